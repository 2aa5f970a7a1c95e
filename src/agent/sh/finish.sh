# --- finish: after the confirmation there is no way back, and each of these can be repeated ----------------------
# shellcheck shell=sh

do_prune() { # do_prune NAME...: never what is live, what a link leads to, and nothing that a process still runs in
  pruned= stayed= count=0
  if [ "$op" = prune ]; then remains; fi
  for w in "$@"; do
    dec "$w"
    case $val in '' | */* | .*) continue ;; esac
    [ -d "$B/$D/$val" ] && ! is_live "$val" || continue
    if in_use "$B/$D/$val"; then note "warning $D/$val stays: a process runs in it"; continue; fi
    if link_to "$val"; then note "warning $D/$val stays: the link $linked leads there; remove that, then prune again"; continue; fi
    if mounted_in "$B/$D/$val"; then note "warning $D/$val stays: something is mounted in it"; continue; fi
    # In one rename it is no release any more, and never half of one.
    if wipe "$B/$D/.$val.gone" && put_aside "$val"; then
      pruned=$pruned,\"$val\" count=$((count + 1))
      remove_pruned "$val"
    else
      stayed=$val
    fi
  done
  note "pruned $count"
  stale_manifests
  expire_kept
  # What is gone is gone, and is written down; a failure means that nothing was changed.
  if [ -n "$pruned" ]; then ledger_append prune committed "${stayed:+$stayed could not be removed}" "${pruned#,}"
  elif [ -n "$stayed" ]; then why "can't remove $stayed"
  fi
}

remains() { # what an earlier prune could not remove is tried again, and named again
  for f in "$B/$D"/.????????-??????-*.gone; do
    [ -d "$f" ] && [ ! -L "$f" ] || continue
    if mounted_in "$f"; then note "warning $f stays: something is mounted in it"; continue; fi
    f=${f##*/.}
    remove_pruned "${f%.gone}"
  done
}

put_aside() { # put_aside NAME: one rename; of a release that was adopted, the directory, where it lies in releases/, and then the link to it
  if [ ! -L "$B/$D/$1" ]; then mv "$B/$D/$1" "$B/$D/.$1.gone"; return; fi
  to=$(readlink "$B/$D/$1")
  case $to in
    */* | .*) say "$to stays: it is not in $D" ;;
    *) if same_place "$B/$L" "$B/$D/$1"; then say "$to stays: it is live by another name"; rm -f "$B/$D/$1"; return; fi ;;
  esac
  case $to in
    */* | .*) ;;
    *) mv "$B/$D/$to" "$B/$D/.$1.gone" || return ;;
  esac
  rm -f "$B/$D/$1"
}

remove_pruned() { # remove_pruned NAME: what is left of it behind its rename
  gone=$B/$D/.$1.gone
  [ -d "$gone" ] || return 0
  keep_written "$1" "$gone" || { note "warning what users wrote in $1 could not be set aside; it stays in $gone"; return 0; }
  remove_made "$gone"
}

pruned_away() { # what a prune that died has left
  n=0
  while [ "$n" -lt "$steps" ]; do
    n=$((n + 1))
    step_words "$n"
    case $words in 'prune '*) ;; *) continue ;; esac
    for w in ${words#prune }; do
      dec "$w"
      case $val in '' | */* | .*) continue ;; esac
      remove_pruned "$val"
      # Of one that was adopted, the directory goes first.
      [ ! -L "$B/$D/$val" ] || [ -e "$B/$D/$val" ] || rm -f "$B/$D/$val"
    done
    stale_manifests
  done
}

link_to() { # link_to NAME: does another link in BASE lead there, by an older name, say? -> $linked
  for linked in "$B"/*; do
    [ -L "$linked" ] || continue
    case $(readlink "$linked") in "$D/$1" | "$D/$1/"* | "$B/$D/$1" | "$B/$D/$1/"*) linked=${linked##*/}; return 0 ;; esac
  done
  return 1
}

mounted_in() { # mounted_in DIR: what is mounted there would be emptied
  d=$(cd "$1" && pwd -P) || return 0
  cut -d' ' -f5 /proc/self/mountinfo 2>/dev/null | grep -qF -e "$d/"
}

in_use() { # in_use DIR: some process has its cwd, root or program there
  d=$(cd "$1" && pwd -P) || return 1
  # shellcheck disable=SC2012
  ls -l /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe 2>/dev/null | grep -qF -e " -> $d/" && return 0
  # shellcheck disable=SC2012
  ls -l /proc/[0-9]*/cwd /proc/[0-9]*/root 2>/dev/null | grep -q -e "cwd -> $(printf '%s' "$d" | sed 's/[][\.*^$]/\\&/g')\$"
}

do_raise() { # do_raise PATH TEXT: the flag, by hand
  dec "$2"
  printf '%s %s\n' "$I" "$val" >"$T/flag" || { why "no room for the flag"; return 1; }
  path_of "$1"
  place_flag
}

undo_raise() { undo_flag "$1"; }

do_lower() { # do_lower PATH: whoever raised it
  path_of "$1"
  if [ -e "$val" ] || [ -L "$val" ]; then say "$val was up: $(one_line "$(head -n 1 "$val" 2>/dev/null | cut -c1-200)")"; else say "$val was down"; fi
  rm -f "$val" || { why "can't remove $val"; return 1; }
}

do_freeze() { # do_freeze TEXT
  dec "$1"
  printf '%s\n' "$val" >"$T/freeze" && fsync "$T/freeze" && mv -f "$T/freeze" "$R/freeze" || { why "can't write the freeze"; return 1; }
}

do_unfreeze() { rm -f "$R/freeze"; }
do_mark() { :; } # pin, unpin: the ledger's record is all there is
do_dirs() { mkdir -p "$B/$D" "$B/shared"; } # release setup
