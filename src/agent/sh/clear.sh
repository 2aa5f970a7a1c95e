# --- clear: an empty directory in place of one that waits for the end ----------------------------------------------
# It is moved by renames alone: beside itself, or, where that can't be (a mount point, a parent that is another's),
# entry by entry within itself. What is moved is told by its inode: where `mv` copied after all (a lower layer of
# overlayfs), an undo puts back what is missing and takes nothing away. $T/clear-K has its inode, the way, and its word.
# shellcheck shell=sh

place_of() { # place_of WORD -> $val: as path_of, and where a link to a directory leads
  path_of "$1"
  val=${val%/}
  [ ! -L "$val" ] || val=$(readlink -f "$val")
}

inode() { stat -c %i "$1" 2>/dev/null; }

entries() { # entries DIR BUT COMMAND...: calls it with each name in DIR but one, hidden ones too
  in=$1 but=$2
  shift 2
  for e in "$in"/* "$in"/.[!.]* "$in"/..?*; do
    { [ -e "$e" ] || [ -L "$e" ]; } && [ "$e" != "$but" ] || continue
    "$@" "$e" || return 1
  done
}

within() { # within DIR: can it not be renamed itself?
  [ ! -w "${1%/*}/" ] || [ "$(stat -c %d "$1")" != "$(stat -c %d "${1%/*}/")" ] ||
    cut -d' ' -f5 /proc/self/mountinfo 2>/dev/null | grep -qxF -e "$(cd "$1" && pwd -P)"
}

do_clear() { # do_clear DIR
  place_of "$1"
  [ -f "$T/clear-$K.done" ] && return 0
  if [ ! -d "$val" ]; then
    new_dirs "$val" "$T/clear-$K.dirs" && fsync "$T/clear-$K.dirs" && mkdir -p "$val" || { why "can't make $val"; return 1; }
    return 0
  fi
  if within "$val"; then way=within; else way=beside; fi
  aside_of "$K"
  printf '%s %s %s\n' "$(inode "$val")" "$way" "$1" >"$T/clear-$K" && fsync "$T/clear-$K" || { why "no room"; return 1; }
  case $way in
    within)
      mkdir "$aside" && entries "$val" "$aside" move_into "$aside" || { why "can't move away what is in $val"; return 1; } ;;
    *)
      # shellcheck disable=SC2046
      set -- $(stat -c '%a %g' "$val")
      mkdir "$aside.new" || { why "no room"; return 1; }
      # Who may write there, often the web server by its group, is not the release's to change.
      chgrp "$2" "$aside.new" 2>/dev/null
      chmod "$1" "$aside.new" || { why "can't give $val its mode"; return 1; }
      mv "$val" "$aside" && mv "$aside.new" "$val" || { why "can't move $val away"; return 1; } ;;
  esac
  printf '' >"$T/clear-$K.done" && fsync "$T/clear-$K.done" || { why "no room"; return 1; }
}

aside_of() { # aside_of K: where $val waits, by its $way -> $aside
  case $way in within) aside=$val/.$I.$1 ;; *) aside=${val%/*}/.${val##*/}.$I.$1 ;; esac
}

move_into() { mv "$2" "$1/"; } # move_into DIR ENTRY

undo_clear() {
  place_of "$1"
  if [ -f "$T/clear-$K.dirs" ]; then
    rm -rf "$val"
    undo_new_dirs "$T/clear-$K.dirs"
    return 0
  fi
  { read -r ino way w <"$T/clear-$K" && [ -n "$w" ]; } 2>/dev/null || return 0
  aside_of "$K"
  if [ -d "$aside" ]; then
    "back_$way" || { why "can't put $val back: what it had is in $aside"; return 1; }
  fi
  remove_or_say "$aside.new"
  fsync_undone "${val%/*}/"
}

back_beside() {
  if [ "$(inode "$aside")" != "$ino" ] && [ ! -f "$T/clear-$K.done" ]; then give_back "$aside" "$val" && wipe "$aside"; return; fi
  if [ -d "$val" ]; then
    wipe "$aside.new"
    mv "$val" "$aside.new" || return 1
  fi
  mv "$aside" "$val"
}

back_within() { # what came after it was cleared goes; before that there was nothing but what it had
  if [ -f "$T/clear-$K.done" ]; then
    entries "$val" "$aside" wipe || return 1
    rm -f "$T/clear-$K.done" && fsync "$T" || return 1
  fi
  give_back "$aside" "$val" && wipe "$aside"
}

give_back() { # give_back FROM TO: what TO lacks of FROM, and nothing over what it has
  mkdir -p "$2" && (cd "$1" && find . -mindepth 1) >"$T/clear-$K.list" || return 1
  while IFS= read -r f; do
    [ -e "$2/$f" ] || [ -L "$2/$f" ] || mv "$1/$f" "$2/$f" || return 1
  done <"$T/clear-$K.list"
}

cleared_away() { # the end of it: what waited goes, unless it could not be put back
  [ "$outcome" = committed ] || return 0
  for f in "$T"/clear-*; do
    case ${f##*/clear-} in *[!0-9]*) continue ;; esac
    { read -r ino way w <"$f" && [ -n "$w" ]; } 2>/dev/null || continue
    place_of "$w"
    aside_of "${f##*/clear-}"
    # There may be files of the web server's.
    remove_or_say "$aside"
    remove_or_say "$aside.new"
  done
}

