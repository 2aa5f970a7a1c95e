# --- shared: how shared/ and what is live stand to each other; reads, never writes -----------------------------------
# shellcheck shell=sh
# shellcheck disable=SC3013

linked_parent() { # linked_parent DIR PATH -> $walked: is a parent of PATH in DIR a link?
  walked=$1 rest=$2
  while :; do
    case $rest in */*) ;; *) return 1 ;; esac
    walked=$walked/${rest%%/*} rest=${rest#*/}
    if [ -L "$walked" ]; then return 0; fi
  done
}

live_dir() { # -> $live: the directory that the plan found live
  case $was in '') live= ;; /*) live=$was ;; *) live=$B/$was ;; esac
  [ -n "$live" ] && [ -d "$live/" ]
}

from_live() { # from_live PATH -> $origin, where it really is: does what is live have it as its own, and not shared?
  live_dir && [ -e "$live/$1" ] || return 1
  origin=$live/$1
  [ -L "$origin" ] || linked_parent "$live" "$1" || return 0
  # By a link within the release, which goes when that goes.
  origin=$(readlink -f "$live/$1") && case $origin/ in "$(cd "$live/" && pwd -P)"/*) ;; *) false ;; esac
}

live_link() { # live_link PATH -> $led, where that leads in what is live, and is not its own; empty: nowhere. No link to a shared/PATH that is gone
  live_dir && { [ -e "$live/$1" ] || [ -L "$live/$1" ]; } || return 1
  led=$(readlink "$live/$1")
  case $led in */"shared/$1") [ -e "$live/$1" ] || return 1 ;; esac
  if [ -e "$live/$1" ]; then led=$(readlink -f "$live/$1"); else led=; fi
}

leads_nowhere() { # leads_nowhere PATH -> $astray: the link on the way to shared/PATH, or at it, that leads to nothing
  astray=shared rest=$1/
  while :; do
    [ ! -L "$B/$astray" ] || [ -e "$B/$astray" ] || return 0
    [ -n "$rest" ] || return 1
    astray=$astray/${rest%%/*} rest=${rest#*/}
  done
}

look_shared() { # what stands at BASE/shared/PATH, and what at PATH in what is live
  dec "$1"
  was=$L p=$val
  if leads_nowhere "$p"; then printf 'shared_dangling %s: %s\n' "$(one_line "$astray")" "$(one_line "$(readlink "$B/$astray")")"; return; fi
  if [ -e "$B/shared/$p" ] && [ ! -r "$B/shared/$p" ]; then printf 'shared_unreadable %s\n' "$(one_line "$p")"; fi
  if [ -d "$B/shared/$p" ]; then printf 'shared_directory %s\n' "$(one_line "$p")"; fi
  if [ -e "$B/shared/$p" ]; then
    [ -e "$B/$L/$p" ] && [ ! "$B/$L/$p" -ef "$B/shared/$p" ] || return 0
    if from_live "$p"; then
      [ ! -d "$origin" ] || printf 'shared_apart %s\n' "$(one_line "$p")"
    elif live_link "$p"; then printf 'shared_other %s %s\n' "$1" "$(one_line "$led")"
    fi
  # What the live release has of its own becomes what is shared.
  elif from_live "$p"; then :
  elif live_link "$p"; then printf 'shared_led %s %s\n' "$1" "$(one_line "${led:-nowhere}")"
  elif [ ! -e "$B/$L/$p" ]; then printf 'shared_missing %s\n' "$(one_line "$p")"
  fi
}

look_linked() { # look_linked [DIR/]: what of shared/ the live release links to; no deeper than where both have directories
  for f in "$B/shared/$1"* "$B/shared/$1".[!.]*; do
    f=${f#"$B/shared/"}
    if [ -L "$B/$L/$f" ]; then
      if [ "$B/$L/$f" -ef "$B/shared/$f" ]; then printf 'shared_linked %s\n' "$(one_line "$f")"; fi
    elif [ -d "$B/$L/$f" ] && [ -d "$B/shared/$f" ]; then (look_linked "$f/")
    fi
  done
}
