# --- children: somebody else's commands, each in a session of its own, and none for longer than it may -------------
# Whatever a child does with signals, descriptors or children of its own: nobody waits for anything but its first process,
# and for that only as long as its limit, or its client, lets it.
# shellcheck shell=sh disable=SC2030,SC2031

limit_of() { # limit_of TABLE: the seconds that hosts.toml gives to each of its commands -> $limit
  limit=,${limits-},
  case $limit in
    *",$1="*) limit=${limit#*",$1="}; limit=${limit%%,*} ;;
    *) limit=600 ;; # a plan that is older than the key
  esac
}

# run_child SECONDS DIR COMMAND...: runs it in DIR, with the environment of hosts.toml. It begins in the operation's
# directory, where its script lies, and enters DIR by itself: so no argument holds a path of the user's. RELEASE_STEP marks
# what it starts, for the recovery that has to end it when we are dead.
run_child() {
  limit=$1
  (
    cd "$T" || exit 126
    RELEASE_CWD=$2
    shift 2
    trap - HUP PIPE INT # a service would inherit that they are ignored
    own_locale
    # The lock is a file and no descriptor, so a service can't inherit it.
    if [ -f env ]; then . ./env; fi
    RELEASE_NAME=$N RELEASE_VERSION=$V RELEASE_BASE=$B RELEASE_DIR=$rel RELEASE_PREVIOUS=$prev RELEASE_OPERATION=$I
    RELEASE_STEP=$I/$K.
    export RELEASE_CWD RELEASE_NAME RELEASE_VERSION RELEASE_BASE RELEASE_DIR RELEASE_PREVIOUS RELEASE_OPERATION RELEASE_STEP
    if [ -n "$unnoted" ]; then export RELEASE_UNNOTED="$unnoted"; fi
    if [ -n "${part_words-}" ]; then export RELEASE_WORDS="$part_words"; fi
    exec setsid "$@"
  ) </dev/null >>"$T/log" 2>&1 9>&- &
  attended "$!" "$limit"
}

run_bare() { # run_bare SECONDS COMMAND...: the same for a program of the host, without that environment, and with our stdout
  limit=$1
  (
    shift
    trap - HUP PIPE INT
    RELEASE_OPERATION=$I RELEASE_STEP=$I/$K.
    export RELEASE_OPERATION RELEASE_STEP
    exec setsid "$@"
  ) </dev/null 9>&- &
  attended "$!" "$limit"
}

# run_part SECONDS DIR VERB ARGUMENT WORD...: this very script as a child: see `part_main`.
run_part() {
  part_limit=$1 part_dir=$2 part_verb=$3 part_argument=$4
  shift 4
  part_words=$*
  run_child "$part_limit" "$part_dir" sh "../../$script" part "$part_verb" "$part_argument"
  part_rc=$?
  part_words=
  return "$part_rc"
}

attended() { # attended PID SECONDS: fails with $reason unless it ended well
  attend "$@" || { why "stopped: $cut"; return 1; }
  [ "$rc" -eq 0 ] || why "exit $rc"
}

attend() { # attend PID SECONDS: until PID has ended -> $rc; fails with $cut when it had to be ended. PID leads a session
  # No other process watches the clock: when there are none to be had, that one would be missing.
  cut= rc=137 looks=0
  up_hundredths
  ends=$((hundredths + $2 * 100))
  while start_time "$1"; do
    up_hundredths
    if [ "$hundredths" -ge "$ends" ]; then cut="took more than $2 s"
    elif [ "$undoing" = no ] && give_up; then cut=$gone
    fi
    if [ -n "$cut" ]; then end_session "$1"; return 1; fi
    doze "$looks"
    looks=$((looks + 1))
  done
  wait "$1"
  rc=$?
}

end_session() { # end_session PID: ends it and what it has started
  { kill -s TERM -- "-$1" || kill -s TERM "$1"; } 2>/dev/null
  # A second to end well; what ends at once is not waited for.
  turns=0
  while [ "$turns" -lt 50 ] && group_runs "$1"; do
    turns=$((turns + 1))
    sleep "$nap"
    [ "$nap" != 1 ] || turns=50
  done
  { kill -s KILL -- "-$1" || kill -s KILL "$1"; } 2>/dev/null
  # What has left its process group did not hear of it.
  end_marked "RELEASE_STEP=$I/$K."
  # One that can't be killed, another account's or one that hangs in the kernel, is not waited for.
  start_time "$1" || wait "$1"
}

# BusyBox' kill does not know `--`, and does what it is told all the same, but for what it returns.
group_runs() { { kill -s 0 -- "-$1" || kill -s 0 "-$1"; } 2>/dev/null; } # group_runs PID

command_file() { # command_file WORD -> $cmd, the name of a file in $T with the command's text
  dec "$1"
  cmd=cmd-$K ran=$val
  say "\$ $val"
  # shellcheck disable=SC2016
  printf 'cd "$RELEASE_CWD" || exit 126; unset RELEASE_CWD\n%s\n' "$val" >"$T/$cmd" || { why "no room for a command"; return 1; }
}

other_command() { # other_command WORD SECONDS: runs it, if there is one
  dec "$1"
  [ -n "$val" ] || return 0
  risk "$1" && command_file "$1" || return 1
  run_child "$2" "$B" sh "./$cmd"
  child_rc=$?
  survived
  return "$child_rc"
}

# --- what run_part calls: in a process of its own, with the environment of hosts.toml ------------------------------

part_main() { # part VERB ARGUMENT: the words of the step come by the environment, where no other account sees them
  B=$RELEASE_BASE R=$RELEASE_BASE/.release T=$RELEASE_BASE/.release/tx/$RELEASE_OPERATION
  cd "$RELEASE_CWD" || exit 126
  words=${RELEASE_WORDS-}
  unset RELEASE_WORDS RELEASE_CWD
  verb=$1 argument=$2
  set -f
  # shellcheck disable=SC2086
  set -- "$argument" $words
  set +f
  "${verb}_main" "$@"
}

env_main() { # env FILE f:FILE... v:NAME=VALUE...: what they make of the environment -> FILE
  f=$T/$1
  shift
  # Not into the log: what they print is masked by what they set, which is known only afterwards.
  env_lines "$@" 3>"$f" >"$T/env.said" 2>&1
}
