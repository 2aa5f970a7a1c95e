# --- the guard: an operation on a host has a successor ------------------------------------------------------------
# `supervise` and `recover` are two processes each: one works, and the other waits in a read for its last word, on descriptor 9,
# which no command inherits. When that end is closed without the word `done`, the guard has what was begun finished or
# undone, whatever ended the worker. A shell that can't fork ends, and runs its EXIT trap: the guard's begins it anew by
# `exec`, which needs no process.
# No argument of either holds a path or a name of the user's (pkill -f): the place comes by the environment, values as they are.
# shellcheck shell=sh disable=SC2030,SC2031

stopped_most=10 # seconds that something of a worker may be stopped (SIGSTOP, a debugger): it hears of no lease, and holds lock and flag
guard_turns=24 # how often a guard has somebody go on: about two minutes

find_place() { # find_place [BASE RELEASES LIVE]: from the environment, unless a session or boot hook of an earlier version says it
  if [ $# -ge 3 ]; then B=$1 D=$2 L=$3; else B=$RELEASE_BASE D=$RELEASE_RELEASES L=$RELEASE_LIVE; fi
  unset RELEASE_RELEASES RELEASE_LIVE
  R=$B/.release
  turn=${RELEASE_TURN:-0} witness=${RELEASE_WITNESS:-alone} today=${RELEASE_TODAY-}
  unset RELEASE_TURN RELEASE_WITNESS RELEASE_TODAY
}

as_agent() { # as_agent COMMAND...: becomes it, with what `find_place` reads
  cd "$R" || exit 3
  RELEASE_BASE=$B RELEASE_RELEASES=$D RELEASE_LIVE=$L RELEASE_TURN=$turn RELEASE_WITNESS=$witness RELEASE_TODAY=$today
  export RELEASE_BASE RELEASE_RELEASES RELEASE_LIVE RELEASE_TURN RELEASE_WITNESS RELEASE_TODAY
  exec "$@"
}

guard() { # guard work ID | recovery: until one of them has come to its end -> $code
  # Caught and not ignored: a process that begins with a signal that is ignored, a service in the end, can't change that.
  trap : HUP PIPE INT
  trap guard_falls EXIT
  code=3
  watch_stopped </dev/null >/dev/null 2>&1 &
  watching=$!
  while :; do
    # The read ends when the last who has it open is gone.
    word=$(as_agent setsid sh "$script" "$@" 9>&1 >/dev/null)
    case $word in *done*) code=${word##*done }; break ;; esac
    turn=$((turn + 1))
    [ "$turn" -le "$guard_turns" ] || break
    set -- recovery
    witness=killed
    # The first one comes at once: mostly the worker was killed, and nothing is missing.
    [ "$turn" -le 1 ] || rest "$turn"
  done
  trap - EXIT
  kill "$watching" 2>/dev/null
  wait "$watching" 2>/dev/null
}

watch_stopped() { # as a process of the guard's, which waits in a read: ends a worker that stands still, so that the guard goes on
  trap - EXIT HUP PIPE INT
  start_time $$ || return
  born=$start stood=0
  while sleep 1 && start_time $$ && [ "$start" = "$born" ]; do
    if worker_stands; then stood=$((stood + 1)); else stood=0; fi
    [ "$stood" -lt "$stopped_most" ] || { kill -s KILL -- "-$l_pid" || kill -s KILL "$l_pid"; } 2>/dev/null
  done
}

worker_stands() { # is anything of this guard's worker stopped: itself, or a program that it waits for?
  lock_top
  [ "$top" -gt 0 ] && lock_read "$top" && [ "$l_state" = held ] && start_time "$l_pid" &&
    [ "$l_start" = "$start" ] && [ "$parent" = $$ ] || return 1
  # Of its process group: commands of hosts.toml have each a session of their own, and a limit.
  cat /proc/[0-9]*/stat 2>/dev/null | grep -q ") T [0-9]* $l_pid "
}

guard_falls() { # the shell ends, because it can't fork
  turn=$((turn + 1))
  [ "$turn" -le "$guard_turns" ] || return
  hold_on "$turn"
  witness=alone
  as_agent sh "$script" recover
}

rest() { # rest TURN: a second at first, then five
  if [ "$1" -lt 6 ]; then rest=1; else rest=5; fi
  up_secs
  rested=$((secs + rest))
  while [ "$secs" -gt 0 ] && [ "$secs" -lt "$rested" ]; do
    sleep 1
    up_secs
  done
}

hold_on() { # hold_on TURN: the same where no process can be had for a sleep
  if [ "$1" -lt 6 ]; then rest=1; else rest=5; fi
  up_secs
  rested=$((secs + rest))
  while [ "$secs" -gt 0 ] && [ "$secs" -lt "$rested" ]; do up_secs; done
}

last_word() { # last_word CODE: the guard hears that nothing is left to do
  trap - EXIT
  { printf 'done %s\n' "$1" >&9; } 2>/dev/null
}

fallen() { # a worker ends that has not come to its end: what ran then has not killed it
  if [ -f "$T/journal" ]; then
    note short
    [ ! -f "$T/ran" ] || printf 'over\n' >>"$T/ran"
  fi
  exit 75 # the code of a failed fork is another in each shell
}

fell_short() { # did the work before us end for want of means? Then this one goes on where that stood
  opened=no fell=no
  { opened=yes; while read -r _ a _; do case $a in short) fell=yes ;; recover) ;; *) fell=no ;; esac; done; } <"$T/journal"
  known
  [ "$fell" = yes ]
}

short() { # what can't be read is not known, and must not be guessed: the guard begins again in a while
  say "release: the host is out of processes, descriptors or memory${1:+ ($1)}"
  exit 75
}

# --- what kills the work: not done a third time ----------------------------------------------------------------------

risk() { # risk WORD: this command is about to be run by an undo; fails when it has killed the work too often
  [ "$undoing" = yes ] || return 0
  child_number=$((child_number + 1))
  risky="run $K.$child_number $1"
  if [ "$(deaths "$risky")" -ge 4 ]; then
    why 'skipped: it has ended the work on this host twice'
    note "warning skipped a command of step $K, which has ended the work here twice: $(one_line "$val")"
    return 1
  fi
  printf '%s\n' "$risky" >>"$T/ran" 2>/dev/null
}

survived() { [ "$undoing" = no ] || printf 'over\n' >>"$T/ran" 2>/dev/null; }

deaths() { # deaths LINE: how often it was the last thing that was run: twice as much where a guard has seen it, since then not all died
  weight=0 last=
  [ ! -f "$T/ran" ] || while IFS= read -r l; do
    [ "$last" != "$1" ] || case $l in killed) weight=$((weight + 2)) ;; alone) weight=$((weight + 1)) ;; esac
    last=$l
  done <"$T/ran"
  echo "$weight"
}

tell_death() { # in a recovery: what ran when the work before us died
  child_number=0
  [ -f "$T/ran" ] || return 0
  case $(tail -n 1 "$T/ran") in 'run '*) printf '%s\n' "$witness" >>"$T/ran" ;; esac
}

today_for() { # today_for ROLE WORD -> $command: what hosts.toml says now, where what it said then has killed the work or could not be undone
  command=$2
  [ "$undoing" = yes ] && [ -n "$today" ] && { [ -f "$T/ran" ] && grep -q -e '^killed$' -e '^alone$' "$T/ran" || was_stuck; } || return 0
  set -f
  # shellcheck disable=SC2086
  set -- "$1" $today
  set +f
  role=$1
  shift
  for w in "$@"; do
    case $w in "$role="*) command=${w#*=} ;; esac
  done
}
