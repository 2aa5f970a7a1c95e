# --- what the steps share ----------------------------------------------------------------------------------------
# Each step is a do_NAME and, where it leaves something, an undo_NAME. Both can run twice and after half a run.
# $T: the operation's directory; $N: the release's name; $S: where it lives; $part: where it is unpacked; $K: the number of this step.
# shellcheck shell=sh

say() { printf '%s\n' "$*" >>"$T/log"; }

why() { # why TEXT: the reason of a failure, for the journal
  reason=$(one_line "$*")
  say "release: $reason"
  return 1
}

wipe() { # rm -rf, also of directories that their owner may not write to
  rm -rf "$@" 2>/dev/null && return 0
  chmod -R u+rwX "$@" 2>/dev/null
  rm -rf "$@"
}

release_dir() { rel=$B/$D/$N; } # -> $rel

is_live() { [ "$(readlink "$B/$L" 2>/dev/null)" = "$D/$1" ]; } # is_live NAME

as_old() { # as_old COMMAND...: runs it for the release that was live before, so that its variables name that one
  new_name=$N new_version=$V
  if [ -n "$prev" ]; then N=$prev V=${prev#*-*-}; fi
  release_dir
  "$@"
  as_rc=$?
  N=$new_name V=$new_version
  return "$as_rc"
}

# run_child SECONDS DIR COMMAND...: runs it in DIR, in a session of its own, with the environment of hosts.toml.
# Ended with all it started when the client asks, when its lease is over, or after SECONDS (0: no limit). RELEASE_STEP
# marks what it starts, for whoever has to end it when we are dead.
run_child() {
  limit=$1
  (
    cd "$2" || exit 126
    shift 2
    trap - HUP PIPE INT # a service would inherit that they are ignored
    own_locale
    # The lock is a file and no descriptor, so a service can't inherit it.
    if [ -f "$T/env" ]; then . "$T/env"; fi
    RELEASE_NAME=$N RELEASE_VERSION=$V RELEASE_BASE=$B RELEASE_DIR=$rel RELEASE_PREVIOUS=$prev RELEASE_OPERATION=$I
    RELEASE_STEP=$I/$K.
    export RELEASE_NAME RELEASE_VERSION RELEASE_BASE RELEASE_DIR RELEASE_PREVIOUS RELEASE_OPERATION RELEASE_STEP
    if [ -n "$unnoted" ]; then export RELEASE_UNNOTED="$unnoted"; fi
    exec setsid "$@"
  ) </dev/null >>"$T/log" 2>&1 &
  child=$!
  if ! wait_for "$child" "$limit"; then
    # What has left its process group did not hear of it.
    end_marked "RELEASE_STEP=$I/$K."
    read -r cut <"$T/cut"
    why "stopped: $cut"
    return 1
  fi
  [ "$rc" -eq 0 ] || why "exit $rc"
}

wait_for() { # wait_for PID SECONDS -> $rc; PID leads a session. Fails when it had to be ended
  rm -f "$T/cut"
  watch "$1" "$2" </dev/null >/dev/null 2>&1 &
  watcher=$!
  wait "$1"
  rc=$?
  # A watcher that has begun to end the session must come to its last blow: PID may be gone, and what it started not.
  [ -f "$T/cut" ] || kill "$watcher" 2>/dev/null
  wait "$watcher" 2>/dev/null
  [ ! -f "$T/cut" ]
}

watch() { # watch PID SECONDS: ends PID's session when its time is over
  up_secs
  begun=$secs
  while sleep "$tick"; do
    up_secs
    if [ "$2" -gt 0 ] && [ $((secs - begun)) -gt "$2" ]; then echo "took more than $2 s" >"$T/cut"
    elif [ "$undoing" = no ] && give_up; then echo "$gone" >"$T/cut"
    else continue
    fi
    kill -s TERM -- "-$1"
    # A second to end well; what ends at once is not waited for.
    turns=0
    while [ "$turns" -lt 50 ] && group_runs "$1"; do
      turns=$((turns + 1))
      sleep "$nap"
      [ "$nap" != 1 ] || turns=50
    done
    kill -s KILL -- "-$1" || kill -s KILL "$1"
    return
  done
}

# BusyBox' kill does not know `--`, and does what it is told all the same, but for what it returns.
group_runs() { kill -s 0 -- "-$1" || kill -s 0 "-$1"; } # group_runs PID

command_file() { # command_file WORD -> $cmd, a file with the command's text
  dec "$1"
  cmd=$T/cmd-$K
  say "\$ $val"
  printf '%s\n' "$val" >"$cmd" || { why "no room for a command"; return 1; }
}

other_command() { # other_command WORD SECONDS: runs it, if there is one
  dec "$1"
  [ -n "$val" ] || return 0
  command_file "$1" && run_child "$2" "$B" sh "$cmd"
}
