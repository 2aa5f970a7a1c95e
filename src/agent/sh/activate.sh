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
  [ -e "$val" ] || return 0
  f= opened=no
  { opened=yes; read -r f _; } 2>/dev/null <"$val"
  # One that we may not read is nobody's of ours.
  [ "$opened" = yes ] || [ ! -r "$val" ] || short 'the flag'
  [ "$f" = "$I" ] || return 0
  rm -f "$val" && [ ! -e "$val" ] || { why "$val can't be removed"; return 1; }
  fsync_undone "${val%/*}"
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

do_run() { # do_run COMMAND
  command_file "$1"
  release_dir
  limit_of activate
  run_child "$limit" "$rel" sh "./$cmd"
}

do_swap() { # one rename(2), only over the link that the plan was made for
  fsync_tree "$B/$D/$N" || { why "$D/$N can not be written to disk"; return 1; }
  live_now
  if [ "$now" = "$D/$N" ] && [ ! -L "$T/swap/$L" ]; then return 0; fi
  [ "$now" = "$was" ] || { why "$L was changed meanwhile: it names ${now:-nothing}"; return 1; }
  if [ -e "$B/$L" ] && [ ! -L "$B/$L" ]; then why "$L is not a link"; return 1; fi
  [ -d "$B/$D/$N" ] || { why "$D/$N is not there"; return 1; }
  refill || return 1
  mv -f "$T/swap/$L" "$B/" || { why "can't replace $L"; return 1; }
  fsync "$B" || { why "$L can not be written to disk"; return 1; }
  [ "$(readlink "$B/$L")" = "$D/$N" ] || { why "$L names $(readlink "$B/$L") after the swap"; return 1; }
}

undo_swap() {
  live_now
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
