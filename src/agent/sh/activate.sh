# --- activate: flag, files and the swap --------------------------------------------------------------------------
# shellcheck shell=sh

do_flag() { # do_flag PATH: raises it, unless somebody else has
  path_of "$1"
  [ -e "$val" ] && return 0
  printf '%s %s\n' "$I" "$who" >"$T/flag" || { why "no room for the flag"; return 1; }
  ln "$T/flag" "$val" 2>/dev/null || cp "$T/flag" "$val" 2>/dev/null || { rm -f "$val"; why "can't write $val"; return 1; }
}

undo_flag() { # lowers it, if it is ours
  path_of "$1"
  { read -r f _ <"$val"; } 2>/dev/null || return 0
  [ "$f" != "$I" ] || rm -f "$val"
}

do_unflag() { undo_flag "$1"; }

do_clear() { # do_clear DIR: an empty directory in its place; the old one waits for the end
  path_of "$1"
  [ -d "$T/clear-$K" ] && return 0
  if [ -d "$val" ]; then
    mkdir "$T/clear-$K.new" || { why "no room"; return 1; }
    mode=$(ls -ld "$val" | cut -c2-10)
    mv "$val" "$T/clear-$K" || { why "can't move $val away"; return 1; }
    mv "$T/clear-$K.new" "$val" || { why "can't make $val"; return 1; }
    case $mode in *w?x??? | ????w????) chmod g+w "$val" ;; esac
  else
    mkdir -p "$val" || { why "can't make $val"; return 1; }
  fi
}

undo_clear() {
  path_of "$1"
  [ -d "$T/clear-$K" ] || return 0
  rm -rf "$val"
  mv "$T/clear-$K" "$val"
}

do_copy() { # do_copy FROM TO: copies the release's FROM over BASE/TO; what it replaces is kept for the undo
  dec "$1"
  release_dir
  from=$rel/${val%/}
  path_of "$2"
  to=${val%/}
  [ -d "$from" ] || { why "the release has no directory $from"; return 1; }
  mkdir -p "$to" || { why "can't make $to"; return 1; }
  if [ ! -f "$T/copy-$K.ready" ]; then
    : >"$T/copy-$K.old"
    : >"$T/copy-$K.new"
    (cd "$from" && find . ! -type d) >"$T/copy-$K.all" || { why "can't read $from"; return 1; }
    while IFS= read -r f; do
      if [ -e "$to/$f" ] || [ -L "$to/$f" ]; then printf '%s\n' "$f" >>"$T/copy-$K.old"
      else printf '%s\n' "$f" >>"$T/copy-$K.new"
      fi
    done <"$T/copy-$K.all"
    if [ -s "$T/copy-$K.old" ]; then
      # GNU tar reads a backslash in such a list (and in -C) as an escape; the others take each line as it is.
      bs='s/x/x/'
      if tar --version 2>/dev/null | grep -q GNU; then bs='s/\\/\\\\/g'; fi
      LC_ALL=C sed "$bs" "$T/copy-$K.old" >"$T/copy-$K.list" &&
        (cd "$to" && tar -cf "$T/copy-$K.tar" -T "$T/copy-$K.list") >>"$T/log" 2>&1 || { why "no room to keep what $to had"; return 1; }
    fi
    fsync "$T/copy-$K.old" "$T/copy-$K.new"
    : >"$T/copy-$K.ready"
  fi
  # Through tar, because it replaces files and never writes into them: a reader keeps the old one.
  (cd "$from" && tar -cf - .) 2>>"$T/log" | (cd "$to" && tar -xof -) >>"$T/log" 2>&1 || { why "can't copy to $to"; return 1; }
  fsync_tree "$to"
}

undo_copy() {
  path_of "$2"
  to=${val%/}
  [ -f "$T/copy-$K.ready" ] || return 0
  if [ -s "$T/copy-$K.old" ]; then (cd "$to" && tar -xof "$T/copy-$K.tar") >>"$T/log" 2>&1 || { why "can't restore $to"; return 1; }; fi
  while IFS= read -r f; do rm -f "$to/$f"; done <"$T/copy-$K.new"
  return 0
}

do_run() { # do_run COMMAND
  command_file "$1"
  release_dir
  run_child 0 "$rel" "$cmd"
}

do_swap() { # one rename(2), only over the link that the plan was made for
  fsync_tree "$B/$D/$N"
  now=$(readlink "$B/$L" 2>/dev/null)
  if [ "$now" = "$D/$N" ] && [ ! -L "$T/swap/$L" ]; then return 0; fi
  [ "$now" = "$was" ] || { why "$L was changed meanwhile: it names ${now:-nothing}"; return 1; }
  if [ -e "$B/$L" ] && [ ! -L "$B/$L" ]; then why "$L is not a link"; return 1; fi
  [ -d "$B/$D/$N" ] || { why "$D/$N is not there"; return 1; }
  mv -f "$T/swap/$L" "$B/" || { why "can't replace $L"; return 1; }
  fsync "$B"
  [ "$(readlink "$B/$L")" = "$D/$N" ] || { why "$L names $(readlink "$B/$L") after the swap"; return 1; }
}

undo_swap() {
  now=$(readlink "$B/$L" 2>/dev/null)
  [ "$now" = "$D/$N" ] || return 0
  if [ -n "$was" ]; then
    [ "$now" != "$was" ] || return 0
    [ -L "$T/back/$L" ] || ln -s "$was" "$T/back/$L" || return 1
    mv -f "$T/back/$L" "$B/" || { why "can't put $L back"; return 1; }
  else
    rm -f "$B/$L"
  fi
  fsync "$B"
}
