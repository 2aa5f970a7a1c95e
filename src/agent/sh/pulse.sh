# --- a holder of the lock in another container ------------------------------------------------------------------
# Containers that share a volume share the boot id as well, and number their processes each for itself: a holder of
# another pid namespace is not found by its number. It is alive as long as it gives signs of life, which are the
# modification times of its own lock file.
# shellcheck shell=sh

silence=60 # seconds after which a holder that nobody can look for counts as gone

pid_ns() { ns=$(readlink /proc/self/ns/pid 2>/dev/null) || ns=; } # -> $ns; empty where nobody may know

elsewhere() { # after lock_read: is its holder in another pid namespace?
  [ -n "$l_ns" ] || return 1
  pid_ns
  [ -n "$ns" ] && [ "$l_ns" != "$ns" ]
}

beats() { # beats FILE: was it written to lately? The clock is one for all containers of a kernel; where it was set just now, the next beat tells
  beat_lately "$1" || { [ -e "$1" ] && sleep 3 && beat_lately "$1"; }
}

beat_lately() {
  beat_at=$(stat -c %Y "$1" 2>/dev/null) || return 1
  silent=$(($(date +%s) - beat_at))
  [ "$silent" -lt "$silence" ] && [ "$silent" -gt "-$silence" ]
}

holder() { # after lock_read -> $holder: who it is, and where, if not here
  holder=$l_who
  ! elsewhere || holder="$l_who (in another container: $l_ns)"
}

pulse() { # as a process of the holder's session: the same bytes again over its own lock file, until it is gone
  me=$$
  start_time "$me" || return
  born=$start
  exec 9<>"$R/lock/$gen" || return
  IFS= read -r line <&9 || return
  # Whoever looks for the supervisor by its mark must not find what is gone in a second.
  while RELEASE_OPERATION=pulse sleep 1 && start_time "$me" && [ "$start" = "$born" ]; do
    # Opened anew, so from the beginning; and this very file, also when the lock was freed meanwhile.
    printf '%s' "$line" 1<>/dev/fd/9 || return
  done
}

pulse_begin() {
  pulse </dev/null >/dev/null 2>&1 &
  pulsing=$!
}

pulse_end() {
  kill "$pulsing" 2>/dev/null
  wait "$pulsing" 2>/dev/null
}

let_go() {
  pulse_end
  lock_free
}
