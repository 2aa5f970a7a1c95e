# --- activate: flag, files and the swap --------------------------------------------------------------------------
# shellcheck shell=sh

do_flag() { # do_flag PATH: raises it, unless somebody else has
  path_of "$1"
  [ -e "$val" ] && return 0
  printf '%s %s\n' "$I" "$who" >"$T/flag" || { why "no room for the flag"; return 1; }
  # An empty flag, which is what a power cut would leave, is nobody's and stays.
  fsync "$T/flag"
  ln "$T/flag" "$val" 2>/dev/null && return 0
  [ -e "$val" ] && return 0 # somebody else was faster
  place_flag
}

place_flag() { # $T/flag -> $val, whole or not at all, on whatever file system it is
  cp "$T/flag" "$val.$I" 2>/dev/null && fsync "$val.$I" && mv -f "$val.$I" "$val" ||
    { rm -f "$val.$I"; why "can't write $val"; return 1; }
}

undo_flag() { # lowers it, if it is ours
  path_of "$1"
  rm -f "$val.$I"
  { read -r f _ <"$val"; } 2>/dev/null || return 0
  [ "$f" != "$I" ] || { rm -f "$val" && fsync_undone "${val%/*}"; }
}

do_unflag() { undo_flag "$1"; }

new_dirs() { # new_dirs DIR LIST: a line in LIST for each directory that `mkdir -p` would make
  { [ -z "$1" ] || [ -d "$1" ]; } && return 0
  case $1 in */*) new_dirs "${1%/*}" "$2" || return 1 ;; esac
  printf '%s\n' "$1" >>"$2"
}

undo_new_dirs() { # undo_new_dirs LIST: those of them that are empty
  [ -f "$1" ] || return 0
  sort -r "$1" | while IFS= read -r f; do rmdir "$f" 2>/dev/null; done
  return 0
}

place_of() { # place_of WORD -> $val: as path_of, and where a link to a directory leads
  path_of "$1"
  val=${val%/}
  [ ! -L "$val" ] || val=$(readlink -f "$val")
}

do_clear() { # do_clear DIR: an empty directory in its place; the old one waits for the end
  place_of "$1"
  [ -d "$T/clear-$K" ] && return 0
  if [ ! -d "$val" ]; then
    new_dirs "$val" "$T/clear-$K.dirs" && fsync "$T/clear-$K.dirs" && mkdir -p "$val" || { why "can't make $val"; return 1; }
    return 0
  fi
  # shellcheck disable=SC2046
  set -- $(stat -c '%a %g' "$val")
  mkdir "$T/clear-$K.new" || { why "no room"; return 1; }
  # Who may write there, often the web server by its group, is not the release's to change.
  chgrp "$2" "$T/clear-$K.new" 2>/dev/null
  chmod "$1" "$T/clear-$K.new" || { why "can't give $val its mode"; return 1; }
  mv "$val" "$T/clear-$K" || { why "can't move $val away"; return 1; }
  mv "$T/clear-$K.new" "$val" || { why "can't make $val"; return 1; }
}

undo_clear() {
  place_of "$1"
  if [ -d "$T/clear-$K" ]; then
    rm -rf "$val" && mv "$T/clear-$K" "$val" && fsync_undone "${val%/*}"
  elif [ -f "$T/clear-$K.dirs" ]; then
    rm -rf "$val"
    undo_new_dirs "$T/clear-$K.dirs"
  fi
}

do_copy() { # do_copy FROM TO: copies the release's FROM over BASE/TO; what it replaces is kept for the undo
  dec "$1"
  release_dir
  from=$rel/${val%/}
  place_of "$2"
  to=$val
  [ -d "$from" ] || { why "the release has no directory $from"; return 1; }
  literal_names
  if [ ! -f "$T/copy-$K.ready" ]; then
    copy_lists || return 1
    in_parts keep_part <"$T/copy-$K.old" || { why "can't keep what $to had"; return 1; }
    # On disk before anything is replaced: the undo has nothing else.
    fsync_tree "$T" || { why "can't keep what $to had"; return 1; }
    printf '' >"$T/copy-$K.ready" && fsync "$T/copy-$K.ready" || { why "can't keep what $to had"; return 1; }
  fi
  while IFS= read -r f; do
    mkdir -p "$f" || { why "can't make $f"; return 1; }
  done <"$T/copy-$K.dirs"
  in_parts copy_part <"$T/copy-$K.all" || { why "can't copy to $to"; return 1; }
  fsync_tree "$to" || { why "$to can not be written to disk"; return 1; }
}

copy_lists() { # of $from: .all, its files; .old, those that $to has; .new, the others; .dirs, directories to make
  printf '' >"$T/copy-$K.old" && printf '' >"$T/copy-$K.new" && printf '' >"$T/copy-$K.dirs" || { why "no room for a list"; return 1; }
  new_dirs "$to" "$T/copy-$K.dirs" || { why "no room for a list"; return 1; }
  (cd "$from" && find . ! -type d) >"$T/copy-$K.all" && (cd "$from" && find . -type d) >"$T/copy-$K.tree" ||
    { why "can't read $from"; return 1; }
  while IFS= read -r f; do
    [ ! -d "$to/$f" ] || [ -L "$to/$f" ] || { why "$to/$f is a directory, and a file in the release"; return 1; }
    if [ -e "$to/$f" ] || [ -L "$to/$f" ]; then printf '%s\n' "$f" >>"$T/copy-$K.old"
    else printf '%s\n' "$f" >>"$T/copy-$K.new"
    fi || { why "no room for a list"; return 1; }
  done <"$T/copy-$K.all"
  while IFS= read -r f; do
    [ ! -d "$to/$f" ] || continue
    if [ -e "$to/$f" ] || [ -L "$to/$f" ]; then why "$to/$f is a file, and a directory in the release"; return 1; fi
    printf '%s\n' "$to/${f#./}" >>"$T/copy-$K.dirs" || { why "no room for a list"; return 1; }
  done <"$T/copy-$K.tree"
}

in_parts() { # in_parts COMMAND: calls it with the lines of stdin, some hundred at a time: BusyBox' tar reads no list
  part=0
  each=$1
  set --
  while IFS= read -r f; do
    set -- "$@" "$f"
    [ $# -lt 400 ] && continue
    part=$((part + 1))
    "$each" "$@" || return 1
    set --
  done
  part=$((part + 1))
  [ $# -eq 0 ] || "$each" "$@"
}

# GNU tar takes a backslash in a name for an escape, unless told not to; behind -C it always does, hence each cd.
literal_names() { # -> $literal
  literal=
  if tar --version 2>/dev/null | grep -q GNU; then literal=--no-unquote; fi
}

keep_part() { (cd "$to" && tar -cf "$T/copy-$K.tar.$part" ${literal:+"$literal"} "$@") >>"$T/log" 2>&1; }

copy_part() { # through tar, because it replaces files and never writes into them: a reader keeps the old one
  { (cd "$from" && tar -cf - ${literal:+"$literal"} "$@") || echo failed >"$T/copy-$K.bad"; } 2>>"$T/log" |
    (cd "$to" && tar -xof -) >>"$T/log" 2>&1 &&
    [ ! -f "$T/copy-$K.bad" ]
}

undo_copy() {
  place_of "$2"
  to=$val
  [ -f "$T/copy-$K.ready" ] || return 0
  for f in "$T/copy-$K.tar."*; do
    [ ! -f "$f" ] || (cd "$to" && tar -xpf "$f") >>"$T/log" 2>&1 || { why "can't restore $to"; return 1; }
  done
  while IFS= read -r f; do rm -f "$to/$f"; done <"$T/copy-$K.new"
  undo_new_dirs "$T/copy-$K.dirs"
  # What the journal calls undone is on disk: nobody keeps the old files after that.
  [ ! -d "$to" ] || fsync_undone -f "$to"
}

do_run() { # do_run COMMAND
  command_file "$1"
  release_dir
  limit_of activate
  run_child "$limit" "$rel" sh "./$cmd"
}

do_swap() { # one rename(2), only over the link that the plan was made for
  fsync_tree "$B/$D/$N" || { why "$D/$N can not be written to disk"; return 1; }
  now=$(readlink "$B/$L" 2>/dev/null)
  if [ "$now" = "$D/$N" ] && [ ! -L "$T/swap/$L" ]; then return 0; fi
  [ "$now" = "$was" ] || { why "$L was changed meanwhile: it names ${now:-nothing}"; return 1; }
  if [ -e "$B/$L" ] && [ ! -L "$B/$L" ]; then why "$L is not a link"; return 1; fi
  [ -d "$B/$D/$N" ] || { why "$D/$N is not there"; return 1; }
  mv -f "$T/swap/$L" "$B/" || { why "can't replace $L"; return 1; }
  fsync "$B" || { why "$L can not be written to disk"; return 1; }
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
  fsync_undone "$B"
}
