# --- the service: commands, or a systemd unit --------------------------------------------------------------------
# shellcheck shell=sh

service_command() { # service_command ROLE WORD: of [service], within its time
  today_for "$1" "$2"
  limit_of service
  other_command "$command" "$limit"
}

start_command() { # start_command WORD: one that does not return is named as what it mostly is
  service_command start "$1" && return 0
  case $reason in *'took more than'*) why "$reason: a start must return, and this one stays in the foreground" ;; esac
  return 1
}

do_stop() { # do_stop COMMAND UNDO-COMMAND
  release_dir
  service_command stop "$1"
}

undo_stop() { # undo_stop COMMAND UNDO-COMMAND
  how_failed "$K"
  case $failed_how in 'exit '*) killed "$failed_how" || { undo_failed_stop "$2"; return; } ;; esac
  # What a stop has left that was killed may go on stopping. Of another try it may be a service.
  if [ -n "$failed_how" ] && ! was_stuck; then end_marked "RELEASE_STEP=$I/$K."; fi
  # A stop that was killed or cut short, or that a boot or an earlier undo took back, is made good: start must not find it alive.
  # All in all it gets no longer than its time.
  today_for stop "$1"
  limit_of service
  limit=$((limit - failed_after)) reason=
  { was_done "$K" && ! rebooted && ! undone "$K"; } || [ "$limit" -le 0 ] || as_old other_command "$command" "$limit"
  # Killed again, and it answers: the answer may come from what is about to end.
  doubt=
  if killed "$reason"; then doubt=$reason; old_answers || doubt=; fi
  as_old start_command "$2" || return
  [ -z "$doubt" ] || why "the stop was killed again ($doubt), and the old release still answers: it may be about to end"
}

killed() { # killed REASON: did a command end by a signal? Then nobody knows how far it has come
  case $1 in 'exit 12'[89] | 'exit 1'[3-9]? | 'exit 2'??) ;; *) return 1 ;; esac
}

undo_failed_stop() { # undo_failed_stop COMMAND: a stop that failed by itself has changed nothing, as far as anybody can say
  old_answers && { say 'the stop has failed, and the old release answers'; return 0; }
  as_old start_command "$1" && return 0
  # Whoever runs does not start again.
  note "warning the stop has failed, and so has the start behind it ($reason): what ran before runs on"
}

old_answers() { # does the old release answer, as [health] asks? Fails when nobody can say
  k=0
  while [ "$k" -lt "$steps" ]; do
    k=$((k + 1))
    step_words "$k"
    case $words in 'well '*) ;; *) continue ;; esac
    set -f
    # shellcheck disable=SC2086
    set -- $words
    set +f
    shift
    as_old asked_once "$@"
    return
  done
  return 1
}

do_start() { # do_start COMMAND UNDO-COMMAND
  release_dir
  start_command "$1"
}

undo_start() { # stops what may run of the new release; there may be nothing, so only the log hears of a failure
  release_dir
  dec "$2"
  [ -n "$val" ] || return 0
  service_command stop "$2"
  return 0
}

do_again() { :; } # stands before the swap: its undo comes after the swap's, and makes the old release run again

undo_again() { # undo_again COMMAND STOP-COMMAND
  begun_step restart || return 0
  if [ -n "$was" ]; then as_old service_command restart "$1"; else service_command stop "$2"; fi
}

do_restart() { # do_restart COMMAND: after the swap
  release_dir
  service_command restart "$1"
}

unit_cmd() { # unit_cmd user|system VERB UNIT...
  limit_of service
  if [ "$1" = user ]; then shift; run_bare "$limit" systemctl --user "$@"
  elif [ "$own_uid" = 0 ]; then shift; run_bare "$limit" systemctl "$@"
  else shift; run_bare "$limit" sudo -n systemctl "$@"
  fi
}

unit_show() { # unit_show user|system UNIT -> $u_state $u_pid $u_restarts
  u_state= u_pid=0 u_restarts=0
  if [ "$1" = user ]; then set -- "$2" --user; else set -- "$2"; fi
  unit=$1
  shift
  hushed run_bare 10 systemctl "$@" show -p ActiveState -p MainPID -p NRestarts -- "$unit" >"$T/unit" 2>/dev/null
  while read -r l; do
    case $l in
      ActiveState=*) u_state=${l#*=} ;;
      MainPID=*) u_pid=${l#*=} ;;
      NRestarts=*) u_restarts=${l#*=} ;;
    esac
  done <"$T/unit"
}

unit_step() { # unit_step VERB UNIT user|system
  dec "$2"
  # A release that crashed in a loop has used up the starts that systemd allows in a while; the one before is to start.
  hushed unit_cmd "$3" reset-failed -- "$val" >/dev/null 2>&1
  unit_cmd "$3" "$1" -- "$val" >>"$T/log" 2>&1 || { why "systemctl $1 $val failed: $reason"; return 1; }
  reason=
}

do_unit_start() { # do_unit_start UNIT user|system
  dec "$1"
  unit_show "$2" "$val"
  before=$u_pid
  unit_step restart "$@" || { unit_tail "$@"; return 1; }
  unit_settled "$@" || { unit_tail "$@"; return 1; }
}

unit_settled() { # a new process, active, and no restart while we look
  dec "$1"
  unit_show "$2" "$val"
  [ "$u_pid" = 0 ] || [ "$u_pid" != "$before" ] || { why "$val still runs as process $before"; return 1; }
  pid=$u_pid restarts=$u_restarts
  sleep 1
  unit_show "$2" "$val"
  case $u_state in active | reloading) ;; *) why "$val is ${u_state:-not known}"; return 1 ;; esac
  [ "$u_pid" = "$pid" ] && [ "$u_restarts" = "$restarts" ] || { why "$val does not stay up"; return 1; }
}

unit_tail() { # what the unit said last, for the log
  dec "$1"
  was_reason=$reason
  if [ "$2" = user ]; then hushed run_bare 10 journalctl --user -n 20 --no-pager -u "$val" >>"$T/log" 2>&1
  else hushed run_bare 10 journalctl -n 20 --no-pager -u "$val" >>"$T/log" 2>&1
  fi
  reason=$was_reason
}

do_unit_again() { :; }

undo_unit_again() { # undo_unit_again UNIT user|system, after the swap's undo
  begun_step unit_start || return 0
  if [ -n "$was" ]; then unit_step restart "$@"; else unit_step stop "$@"; fi
}
