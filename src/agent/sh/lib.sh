# The host's half of `release`. POSIX sh: dash, bash, BusyBox ash; GNU and BusyBox userlands on Linux.
# The client sends this text on stdin; values never stand in it, they follow as data.
# shellcheck shell=sh

# What we read and write is C's; commands of hosts.toml get the locale of the login.
RELEASE_LOCALE=${RELEASE_LOCALE-${LC_ALL-}}
LC_ALL=C
export LC_ALL RELEASE_LOCALE
umask 022
nl='
'

# What speaks to the account's own systemd has to know this; not every login sets it, and no cron job has it.
own_uid=
{ while read -r l f w _; do [ "$l" != Uid: ] || { own_uid=$w; break; }; done; } 2>/dev/null </proc/self/status
[ -n "$own_uid" ] || own_uid=$(id -u)
if [ -z "${XDG_RUNTIME_DIR-}" ]; then
  if [ -d "/run/user/$own_uid" ]; then
    XDG_RUNTIME_DIR=/run/user/$own_uid
    export XDG_RUNTIME_DIR
  fi
fi

own_locale() { # in a subshell that is about to run somebody else's command
  if [ -n "$RELEASE_LOCALE" ]; then LC_ALL=$RELEASE_LOCALE; else unset LC_ALL; fi
  unset RELEASE_LOCALE
}

# --- values -----------------------------------------------------------------------------------------------------
# Data lines hold words of letters, digits and _./:@%+=,- ; any other byte is written \0NNN (octal). `-` alone: empty.

dec() { # dec WORD -> $val
  case $1 in
    -) val= ;;
    *\\*) val=$(printf '%b.' "$1"); val=${val%.} ;;
    *) val=$1 ;;
  esac
}

path_of() { # path_of WORD -> $val: under BASE unless absolute or ~
  dec "$1"
  # shellcheck disable=SC2088
  case $val in
    /*) ;;
    '~') val=$HOME ;;
    '~/'*) val=$HOME/${val#??} ;;
    *) val=$B/$val ;;
  esac
}

one_line() { # one_line TEXT: any text as one bounded line without control bytes
  case $1 in
    *[![:print:]]*) printf '%s' "$1" | tr '\000-\037\177' '?' | cut -c1-4096 ;;
    *) if [ "${#1}" -le 4096 ]; then printf '%s\n' "$1"; else printf '%s\n' "$1" | cut -c1-4096; fi ;;
  esac
}

now_up() { # seconds since boot with hundredths -> $up; a clock that nobody can set
  read -r up _ 2>/dev/null </proc/uptime || up=0.00
}

up_secs() { # whole seconds since boot -> $secs
  now_up
  secs=${up%.*}
}

up_hundredths() { # the same as one whole number -> $hundredths
  now_up
  hundredths=${up%.*}${up#*.}
}

boot_id() { # -> $boot
  read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id || boot=unknown
}

start_time() { # start_time PID -> $start, in clock ticks since boot, $parent and $session; fails when it does not run
  { read -r st </proc/"$1"/stat; } 2>/dev/null || return 1
  st=${st##*) }
  # shellcheck disable=SC2086
  set -- $st
  case $1 in Z | X) return 1 ;; esac
  parent=$2 session=$4
  start=${20}
}

marked() { # marked TEXT: the processes that began with this in their environment, as far as we may look -> $pids
  pids=
  # All at once first: mostly there is none, and a shell reads byte by byte.
  { cat /proc/[0-9]*/environ | tr '\000' '\n' | grep -qF -e "$1"; } 2>/dev/null || return 0
  for f in /proc/[0-9]*/environ; do
    [ -r "$f" ] || continue
    # By `read`, which skips the NULs between the variables: BusyBox' grep ends at the first.
    while IFS= read -r e || [ -n "$e" ]; do
      case $e in *"$1"*) ;; *) continue ;; esac
      f=${f%/environ}
      pids="$pids ${f##*/}"
      break
    done 2>/dev/null <"$f"
  done 2>/dev/null
}

end_marked() { # end_marked TEXT [SESSION]: kills them, or those of this session, and sees them gone
  n=0
  while [ "$n" -lt 50 ]; do
    n=$((n + 1))
    marked "$1"
    found=
    for p in $pids; do
      [ "$p" != $$ ] && start_time "$p" && [ "${2:-$session}" = "$session" ] || continue
      # Another user's (sudo) is not ours to end.
      kill -s KILL "$p" 2>/dev/null && found=yes
    done
    [ -n "$found" ] || return 0
    sleep "${nap:-1}"
  done
}

# After a power cut a file may end in NULs, before which grep gives up.
ledger_text() { tr '\000' '?' <"$R/ledger"; }

sums_of() { # sums_of DIR: of what an operation is undone by, as it was handed over
  (cd "$1" && set -- plan && for f in up.sql up.ask.sql down.sql down.ask.sql upgrade; do [ ! -f "$f" ] || set -- "$@" "$f"; done && sha256sum "$@")
}

utc() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# --- durability -------------------------------------------------------------------------------------------------
# `sync FILE` and `sync -f` are in GNU and BusyBox; to toybox each is the global one, which also does where a file system
# can't do it by file. Any other failure counts: what could not be written is not there. (Asked again, the kernel forgets it.)

fsync() { # fsync FILE...; or -f FILE, with all of its file system
  said=$(LC_ALL=C sync "$@" 2>&1) && return 0
  case $said in *'nvalid argument'* | *'ot supported'* | *option*) sync ;; *) return 1 ;; esac
}

fsync_tree() { fsync -f "$1"; }

fsync_undone() { fsync "$@" || :; } # what was undone is undone, also on a disk that can't promise it

# --- waiting ----------------------------------------------------------------------------------------------------

pick_nap() { # fractional sleep where there is one -> $nap, $longer, $tick
  if sleep 0.01 2>/dev/null; then nap=0.02 longer=0.05 tick=0.2; else nap=1 longer=1 tick=1; fi
}

# A look costs a process: what takes longer is looked at less often.
doze() { # doze LOOKS: until the next, after so many
  if [ "$1" -lt 8 ]; then sleep "$nap"; elif [ "$1" -lt 40 ]; then sleep "$longer"; else sleep "$tick"; fi
}

# --- the lock ---------------------------------------------------------------------------------------------------
# One file a holder, named by a number that only grows: lock/7. The highest number is the lock. It is free when that
# file says so or when its process is gone (boot id, pid and start time tell; see pulse.sh for one of another container).
# `ln` makes the next number appear with its content, for exactly one of those who try. A late starter who makes a number that was used before sees
# the higher one when it looks again, and withdraws. Nothing is ever taken away from a live holder.

lock_top() { # the highest number in lock/ -> $top (0: none)
  top=0
  for f in "$R"/lock/*; do
    n=${f##*/}
    # Sixteen digits are not ours, and more than some shells count; nor is 08, which they count by eight.
    case $n in '*' | *[!0-9]* | 0* | ????????????????*) continue ;; esac
    [ "$n" -gt "$top" ] && top=$n
  done
  return 0
}

lock_read() { # lock_read N -> $l_state $l_boot $l_pid $l_start $l_tx $l_who $l_since $l_op; and $l_ns, empty in one of an older version
  l_state= l_boot= l_pid= l_start= l_tx= l_who= l_since= l_op= l_ns= l_file=$R/lock/$1
  # On a line of its own: who reads only the first, as older versions do, takes the holder for what it is.
  # A link that leads nowhere, or a pipe, that would be waited for, is no lock.
  [ -f "$l_file" ] || return 1
  { read -r l_state l_boot l_pid l_start l_tx l_op l_since l_who && { read -r l_ns || :; }; } 2>/dev/null <"$l_file"
}

lock_alive() { # after lock_read: is its holder at work?
  [ "$l_state" = held ] || return 1
  boot_id
  [ "$l_boot" = "$boot" ] || return 1
  if elsewhere; then beats "$l_file"; return; fi
  start_time "$l_pid" || return 1
  [ "$l_start" = "$start" ]
}

lock_take() { # lock_take TX OP SINCE WHO: returns 0 with $gen, 1 when somebody holds it, 2 when it can't be written
  mkdir -p "$R/lock" || return 2
  boot_id
  start_time $$ || return 2
  mine=$R/lock/.$$-$1
  pid_ns
  lock_claim "$@" || { rm -rf "$R/ballast"; lock_claim "$@"; } || { rm -f "$mine"; return 2; }
  tries=0
  while [ "$tries" -lt 20 ]; do
    tries=$((tries + 1))
    lock_top
    if [ "$top" -gt 0 ]; then
      # Gone between the two looks: a newer holder has tidied up; look again. One that is there and cannot be read lost
      # its content with the power, and its holder with it.
      lock_read "$top" || [ -e "$R/lock/$top" ] || [ -L "$R/lock/$top" ] || continue
      if lock_alive; then rm -f "$mine"; return 1; fi
    fi
    gen=$((top + 1))
    ln "$mine" "$R/lock/$gen" 2>/dev/null || { [ -e "$R/lock/$gen" ] && continue; rm -f "$mine"; return 2; }
    lock_top
    if [ "$top" -ne "$gen" ]; then rm -f "$R/lock/$gen"; continue; fi
    rm -f "$mine"
    end_dead
    lock_tidy
    return 0
  done
  rm -f "$mine"
  return 1
}

lock_claim() { # lock_claim TX OP SINCE WHO: what stands in the lock of its holder -> $mine
  { printf 'held %s %s %s %s %s %s %s\n%s\n' "$boot" $$ "$start" "$1" "$2" "$3" "$4" "$ns" >"$mine"; } 2>/dev/null
}

end_dead() { # what dead holders started may still write: a tar, or the very mv that swaps
  # They share its session, whose number is not given out again as long as they run; what is not ours does not have our
  # mark. Not only the last one's: that one may have died before it came to this.
  for f in "$R"/lock/*; do
    n=${f##*/}
    case $n in '*' | *[!0-9]* | 0* | ????????????????*) continue ;; esac
    [ "$n" -lt "$gen" ] && lock_read "$n" && [ "$l_state" = held ] && [ "$l_boot" = "$boot" ] || continue
    # What another container numbers is not ours to end, nor one that is alive: that came too late, and withdraws.
    elsewhere || lock_alive || end_marked RELEASE_OPERATION= "$l_pid"
  done
}

lock_tidy() { # under the lock: earlier numbers, and what those left who died while they tried for one
  for f in "$R"/lock/* "$R"/lock/.[!.]*; do
    n=${f##*/}
    case $n in
      .*)
        n=${n#.free-}
        n=${n#.}
        start_time "${n%%-*}" || { lock_read "${f##*/}"; elsewhere && beats "$f"; } || rm -f "$f" ;;
      *[!0-9]*) ;;
      *) [ "$n" -ge "$gen" ] || rm -f "$f" ;;
    esac
  done
}

lock_free() { # writes over the own file, so that the number stays the highest
  f=$R/lock/.free-$$
  { printf 'free\n' >"$f" || { rm -rf "$R/ballast" && printf 'free\n' >"$f"; }; } 2>/dev/null && mv -f "$f" "$R/lock/$gen" ||
    rm -f "$f" # it is nobody's all the same as soon as this process is gone
}
