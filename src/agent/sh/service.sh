# --- the service: commands, or a systemd unit --------------------------------------------------------------------
# shellcheck shell=sh

do_stop() { # do_stop COMMAND UNDO-COMMAND
  release_dir
  other_command "$1" 0
}

undo_stop() { # a stop that was cut short, or that a boot or an earlier undo took back, is made good: start must not find it alive
  { was_done "$K" && ! rebooted && ! undone "$K"; } || as_old other_command "$1" "$undo_limit"
  as_old other_command "$2" "$undo_limit"
}

do_start() { # do_start COMMAND UNDO-COMMAND
  release_dir
  other_command "$1" 0
}

undo_start() { # stops what may run of the new release; there may be nothing, so only the log hears of a failure
  release_dir
  dec "$2"
  [ -n "$val" ] || return 0
  command_file "$2" || return 1
  run_child "$undo_limit" "$B" sh "$cmd"
  return 0
}

do_again() { :; } # stands before the swap: its undo comes after the swap's, and makes the old release run again

undo_again() { # undo_again COMMAND STOP-COMMAND
  begun_step restart || return 0
  if [ -n "$was" ]; then as_old other_command "$1" "$undo_limit"; else other_command "$2" "$undo_limit"; fi
}

do_restart() { # do_restart COMMAND: after the swap
  release_dir
  other_command "$1" 0
}

unit_cmd() { # unit_cmd user|system VERB UNIT...
  if [ "$1" = user ]; then shift; systemctl --user "$@"
  elif [ "$(id -u)" = 0 ]; then shift; systemctl "$@"
  else shift; sudo -n systemctl "$@"
  fi
}

unit_show() { # unit_show user|system UNIT -> $u_state $u_pid $u_restarts
  u_state= u_pid=0 u_restarts=0
  if [ "$1" = user ]; then set -- "$2" --user; else set -- "$2"; fi
  unit=$1
  shift
  for l in $(systemctl "$@" show -p ActiveState -p MainPID -p NRestarts -- "$unit" 2>/dev/null); do
    case $l in
      ActiveState=*) u_state=${l#*=} ;;
      MainPID=*) u_pid=${l#*=} ;;
      NRestarts=*) u_restarts=${l#*=} ;;
    esac
  done
}

unit_step() { # unit_step VERB UNIT user|system
  dec "$2"
  # A release that crashed in a loop has used up the starts that systemd allows in a while; the one before is to start.
  unit_cmd "$3" reset-failed -- "$val" >/dev/null 2>&1 </dev/null
  unit_cmd "$3" "$1" -- "$val" >>"$T/log" 2>&1 </dev/null || { why "systemctl $1 $val failed"; return 1; }
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
  if [ "$2" = user ]; then journalctl --user -n 20 --no-pager -u "$val" >>"$T/log" 2>&1 </dev/null
  else journalctl -n 20 --no-pager -u "$val" >>"$T/log" 2>&1 </dev/null
  fi
}

do_unit_again() { :; }

undo_unit_again() { # undo_unit_again UNIT user|system, after the swap's undo
  begun_step unit_start || return 0
  if [ -n "$was" ]; then unit_step restart "$@"; else unit_step stop "$@"; fi
}
