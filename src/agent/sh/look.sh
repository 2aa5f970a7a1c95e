# --- looking: reads, never writes -------------------------------------------------------------------------------
# shellcheck shell=sh

link_kind() { # what BASE/live is: -> one line
  if [ -L "$B/$L" ]; then
    to=$(readlink "$B/$L")
    if [ -d "$B/$L/" ]; then kind=link; else kind=dangling; fi
    printf 'live %s %s\n' $kind "$(one_line "$to")"
  elif [ -d "$B/$L" ]; then echo 'live directory'
  elif [ -e "$B/$L" ]; then echo 'live file'
  else echo 'live none'
  fi
}

look_tools() {
  for t in sha256sum tar gzip setsid readlink dd tr stat curl wget systemctl sudo; do
    command -v $t >/dev/null 2>&1 && echo "tool $t"
  done
}

look_mount() { # the file system of BASE, and how it is mounted: the last that covers it is on top
  found= options=
  here=$(cd "$B" 2>/dev/null && pwd -P) || return 0
  while read -r _ _ _ _ m o rest; do
    case $here/ in "${m%/}"/*) if [ "${#m}" -ge "${#found}" ]; then found=$m options=$o kind=${rest##*- }; fi ;; esac
  done 2>/dev/null </proc/self/mountinfo
  [ -n "$found" ] || return 0
  case ,$options, in *,noexec,*) options=noexec ;; *) options=exec ;; esac
  echo "base_mount ${kind%% *} $options"
}

look_space() { # free KiB and inodes of the file system that holds the nearest existing parent of BASE
  d=$B
  while [ ! -d "$d" ] && [ "$d" != / ]; do d=${d%/*}; d=${d:-/}; done
  # shellcheck disable=SC2046
  set -- $(df -Pk "$d" 2>/dev/null | tail -n 1)
  [ $# -ge 6 ] && echo "disk_kib $4"
  # shellcheck disable=SC2046
  set -- $(df -Pi "$d" 2>/dev/null | tail -n 1)
  # Some file systems make inodes as they go, and say that they have 0.
  case ${2-}:${4-} in *[!0-9:]* | : | 0:*) ;; *) echo "inodes $4" ;; esac
  if [ -d "$B" ]; then
    if [ -w "$B" ] && [ -x "$B" ]; then echo 'base writable'; else echo 'base readonly'; fi
    # shellcheck disable=SC2012
    case $(ls -ldL "$B" 2>/dev/null) in d???????w*) echo 'base world_writable' ;; esac
    owner=$(stat -L -c %u "$B" 2>/dev/null)
    case $owner in '' | "$own_uid") ;; *) echo "base_owner $owner" ;; esac
    look_mount
  elif [ -e "$B" ] || [ -L "$B" ]; then echo 'base not_directory'
  elif [ -w "$d" ]; then echo 'base missing'
  else echo 'base uncreatable'
  fi
}

look_closed() { # what of our own this account can't read: `state unreadable UID-OF-ITS-OWNER PATH`; then nothing that follows from it is true
  closed=
  d=$B
  while [ ! -d "$d" ] && [ "$d" != / ]; do d=${d%/*}; d=${d:-/}; done
  if [ ! -x "$d" ]; then closed=$d
  else
    for f in "$R" "$R/lock" "$R/tx" "$R/ledger" "$R/freeze"; do
      [ -e "$f" ] || continue
      # It may go while we look.
      if { [ ! -r "$f" ] || { [ -d "$f" ] && [ ! -x "$f" ]; }; } && [ -e "$f" ]; then closed=$f; break; fi
    done
  fi
  [ -z "$closed" ] || printf 'state unreadable %s %s\n' "$(stat -L -c %u "$closed" 2>/dev/null || echo '?')" "$(one_line "$closed")"
}

look_parts() { # what is ours under BASE: where the links for the swap are made must be a directory on its file system
  for f in "$R" "$B/$D" "$B/shared"; do
    [ -e "$f" ] || [ -L "$f" ] || continue
    if [ ! -d "$f" ] || { [ "$f" = "$R" ] && [ -L "$f" ]; }; then printf 'part_no_directory %s\n' "$(one_line "$f")"; continue; fi
    if [ "$f" = "$R" ] && [ "$(stat -L -c %d "$f")" != "$(stat -L -c %d "$B")" ]; then
      printf 'part_elsewhere %s is on another file system: %s\n' "$(one_line "$f")" "$(one_line "$(cd "$f" && pwd -P)")"
    fi
    [ "$f" != "$B/shared" ] || continue # who may write there is for the application to say
    # shellcheck disable=SC2012
    case $(ls -ldL "$f" 2>/dev/null) in d???????w*) printf 'part_open %s\n' "$(one_line "$f")" ;; esac
  done
}

look_identity() { # whose base it is; of one that was made before bases knew it, what its newest plan unpacked
  if identity_read; then echo "identity $id_app $id_releases $id_live"; return; fi
  [ -f "$R/ledger" ] && [ ! -f "$R/identity" ] || return 0
  # shellcheck disable=SC2012
  ls -1t "$R/logs" 2>/dev/null | while IFS= read -r f; do
    w=$(sed -n '/^step unpack /{s///p;q;}' "$R/logs/$f/plan" 2>/dev/null)
    case $w in '' | *[!A-Za-z0-9._+~-]*) continue ;; esac
    echo "unpacked $w"
    break
  done
}

leads_to_live() { # leads_to_live NAME: a link to BASE/live itself, not to what that leads to now
  [ -L "$B/$1" ] || return 1
  to=$(readlink "$B/$1")
  case $to in /*) ;; *) to=$B/$to ;; esac
  [ "${to##*/}" = "${L##*/}" ] && at=$(cd "${to%/*}/" 2>/dev/null && pwd -P) || return 1
  to=$B/$L
  [ "$at" = "$(cd "${to%/*}/" 2>/dev/null && pwd -P)" ]
}

look_foreign() { # what other deploy tools leave where we are to work
  for f in current .dep revisions.log; do
    [ "$f" != "$L" ] && ! leads_to_live "$f" || continue
    if [ -e "$B/$f" ] || [ -L "$B/$f" ]; then echo "foreign $f"; fi
  done
}

known() { # known NAME: a release without .release.json, of another tool or by hand, that is live or was
  [ "$(readlink "$B/$L" 2>/dev/null)" != "$D/$1" ] || return 0
  { ledger_text | grep -qF -e "\"previous\":\"$D/$1\""; } 2>/dev/null || adopted "$1"
}

adopted() { # adopted NAME
  { ledger_text | grep -F -e '"op":"adopt"'; } 2>/dev/null | grep -qF -e "\"$1\""
}

look_adoptable() { # what is served here and has no name among the releases: by which link or directory, and where that leads
  case $(readlink "$B/$L" 2>/dev/null) in "$D"/????????-??????-*) return ;; esac
  seen=/
  identity_read
  dec "${id_live:--}"
  for f in "$L" "$val" current; do
    case $f:$seen in :* | */"$f"/*) continue ;; esac
    seen=$seen$f/
    to=$(cd "$B/$f" 2>/dev/null && pwd -P) || continue
    printf 'adopt_name %s\n' "$(one_line "$f")"
    [ ! -L "$B/$f" ] || printf 'adopt_text %s\n' "$(one_line "$(readlink "$B/$f")")"
    printf 'adopt_path %s\n' "$(one_line "$to")"
    echo "adopt_changed $(stat -c %Y "$to" 2>/dev/null)"
    n=0
    case $to in "$(cd "$B/$D" 2>/dev/null && pwd -P)"/*)
      for d in "$B/$D"/*; do
        case ${d##*/} in ????????-??????-*) ;; *) [ ! -d "$d" ] || [ -L "$d" ] || n=$((n + 1)) ;; esac
      done
      echo "adopt_others $((n - 1))" ;;
    esac
    h=
    { read -r h <"$to/REVISION"; } 2>/dev/null
    case $h in '' | *[!0-9a-f]*) ;; *) echo "adopt_revision $h" ;; esac
  done
}

look_releases() { # the complete ones: .release.json is what comes last
  for f in "$B/$D"/*; do
    [ -d "$f" ] || continue
    n=${f##*/}
    case $n in
      [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]-[0-9][0-9][0-9][0-9][0-9][0-9]-*)
        case $n in *[!A-Za-z0-9._+~-]*) continue ;; esac
        j=
        # A link is a release that was adopted.
        if [ -L "$f" ]; then adopted "$n" || continue
        else { [ -f "$f/.release.json" ] && read -r j <"$f/.release.json"; } 2>/dev/null || known "$n" || continue
        fi
        printf 'release %s %s\n' "$n" "$(one_line "$j")" ;;
    esac
  done
}

look_gone() { # what prunes could not remove
  for f in "$B/$D"/.????????-??????-*.gone; do
    [ ! -d "$f" ] || [ -L "$f" ] || printf 'gone %s\n' "$(one_line "$f")"
  done
}

look_lock() {
  lock_top
  [ "$top" -gt 0 ] || return 0
  lock_read "$top" || return 0
  if lock_alive; then holder; echo "lock $l_pid $l_tx $l_op $l_since $(one_line "$holder")"; fi
}

look_open() { # operations that are under way, or were left by a host that died
  for f in "$R"/tx/*; do
    [ -d "$f" ] || continue
    t=${f##*/}
    case $t in *[!A-Za-z0-9-]*) continue ;; esac
    last=$(tail -n 1 "$f/journal" 2>/dev/null)
    printf 'open %s %s\n' "$t" "$(one_line "$last")"
  done
}

look_ledger() { # what can decide anything, in order: nothing is judged by a part of it
  if [ ! -f "$R/ledger" ] && { [ -e "$R/ledger" ] || [ -L "$R/ledger" ]; }; then printf 'ledger_no_file %s\n' "$(one_line "$R/ledger")"; fi
  [ -f "$R/ledger" ] && [ -r "$R/ledger" ] || return 0
  echo "ledger_lines $(($(wc -l <"$R/ledger")))"
  {
    ledger_about
    tail -n 60 "$R/ledger"
  } | cut -c1-65536 | sed 's/^/ledger /' # longer is none of our lines
}

# The lines before the last 60 that are about a release that is still here, each rollback and way forward, what they left and
# went to, and each pin; of other deploys nothing can depend any more but what made some bytes good, and that is asked for.
ledger_about() {
  total=$(($(wc -l <"$R/ledger")))
  [ "$total" -gt 60 ] || return 0
  moves='"op":"rollback"'$nl'"op":"forward"'$nl'"op":"pin"'$nl'"op":"unpin"'$nl'"op":"adopt"'$nl'"op":"catch-up"'
  keep=$(for f in "$B/$D"/*; do [ -d "$f" ] && printf '%s\n' "${f##*/}"; done)
  named=$(
    {
      ledger_text | grep -F -e "$moves"
      ledger_text | grep -F -e '"outcome":"committed"' | grep -F -e '"op":"deploy"' -e '"op":"promote"' | tail -n 1
    } | sed -n -e 's/.*"release":"\([A-Za-z0-9._+~-]*\)".*/\1/p' -e 's/.*"previous":"[^"]*\/\([A-Za-z0-9._+~-]*\)".*/\1/p' | sort -u
  )
  about=$moves${keep:+$nl$keep}${named:+$nl$named}${bytes:+$nl$bytes}
  # One word of a command line is 128 KiB at most.
  if [ "${#about}" -gt 100000 ]; then about='"outcome":"committed"'; fi
  ledger_text | head -n $((total - 60)) | grep -F -e "$about"
}

look_flag() { # look_flag NAME WORD
  path_of "$2"
  if [ -d "$val" ]; then echo "flag $1 directory"
  elif [ -e "$val" ]; then printf 'flag %s up %s\n' "$1" "$(one_line "$(head -n 1 "$val" 2>/dev/null | cut -c1-1000)")"
  elif [ -d "${val%/*}" ] && [ -w "${val%/*}" ]; then echo "flag $1 down"
  elif [ "${val%/*}" = "$B" ] && [ ! -d "$B" ]; then echo "flag $1 down"
  else echo "flag $1 unwritable"
  fi
}

look_env() { # is the file there and readable?
  path_of "$1"
  if [ -r "$val" ] && [ -f "$val" ]; then :; else printf 'env_missing %s\n' "$(one_line "$val")"; fi
}

look_dir() { # a directory under BASE that [activate] writes to
  path_of "$1"
  if [ -e "$val" ] && { [ ! -d "$val" ] || [ ! -w "$val" ]; }; then printf 'dir_unwritable %s\n' "$(one_line "$val")"; fi
}

look() { # reads questions up to a lone dot, answers, ends with `end`
  echo "user $(id -un 2>/dev/null || id -u)"
  echo "uid $own_uid"
  printf 'base_path %s\n' "$(one_line "$B")"
  boot_id
  echo "boot $boot"
  echo "time $(date +%s)"
  [ -d /proc/self ] || echo 'no_proc'
  [ -d "$R" ] && { [ -w "$R" ] || echo 'state readonly'; }
  look_closed
  look_tools
  look_space
  [ ! -d "$B" ] || look_parts
  look_identity
  look_foreign
  look_killers
  look_way
  look_place
  link_kind
  look_adoptable
  look_releases
  look_gone
  look_linked ''
  look_lock
  look_open
  if [ -f "$R/freeze" ]; then
    l=
    { read -r l <"$R/freeze"; } 2>/dev/null
    printf 'freeze %s\n' "$(one_line "${l:-somebody}")"
  fi
  bytes=
  while IFS= read -r q && [ "$q" != . ]; do
    # shellcheck disable=SC2086
    set -- $q
    case ${1-} in
      bytes) bytes=$bytes${bytes:+$nl}'"sha256":"'$2'"' ;;
      flag) look_flag "$2" "$3" ;;
      unit) look_unit "$2" "$3" ;;
      sudo)
        shift
        look_sudo "$@" ;;
      env) look_env "$2" ;;
      shared) (look_shared "$2") ;;
      dir) look_dir "$2" ;;
    esac
  done
  look_ledger
  echo end
}

ledger() { # ledger LINES [OPERATION]: the last so many lines, or those of one operation, and how many there are in all
  case $1 in '' | *[!0-9]*) echo end; return ;; esac
  if [ -r "$R/ledger" ]; then
    echo "ledger_lines $(($(wc -l <"$R/ledger")))"
    if [ -n "${2-}" ]; then ledger_text | grep -F -e "\"id\":\"$2\""; else tail -n "$1" "$R/ledger"; fi |
      cut -c1-65536 | sed 's/^/ledger /'
  fi
  echo end
}
