# --- recovery: ends or undoes what a supervisor left that died ---------------------------------------------------
# shellcheck shell=sh

end_leftovers() { # a step of a dead supervisor may still run: end its session before anything is undone
  oldboot= pids=
  while read -r _ a b c _; do
    case $a in
      begin) oldboot=$b ;;
      pid) pids="$pids $b:$c" ;;
      ok | fail) case $pids in *" $b:"*) pids="${pids%" $b:"*}" ;; esac ;;
    esac
  done <"$T/journal"
  boot_id
  [ "$oldboot" = "$boot" ] || return 0
  for p in $pids; do
    sid=${p#*:}
    for f in /proc/[0-9]*/stat; do
      { read -r st <"$f"; } 2>/dev/null || continue
      pid=${st%% *}
      st=${st##*) }
      # shellcheck disable=SC2086
      set -- $st
      [ "$4" = "$sid" ] && kill -s KILL "$pid" 2>/dev/null
    done
  done
  return 0
}

recover_one() { # recover_one DIR, under the lock: finishes or undoes what a dead supervisor left
  T=$1
  if [ ! -f "$T/plan" ] || [ ! -f "$T/journal" ]; then rm -rf "$T"; return; fi
  load_plan
  pick_nap
  undoing=yes
  end_leftovers
  note recover
  outcome=committed failure=
  confirm_at
  if was_confirmed; then
    finish $((at + 1))
    ledger_line committed ''
  else
    revert 'the operation was interrupted on the host'
  fi
  close_op
  end_op "$outcome" "$failure"
}

recover_all() { # each leftover with the very script that began it
  for f in "$R"/tx/*; do
    [ -d "$f" ] || continue
    [ "$f" = "${self-}" ] && continue
    h=$({ grep '^agent ' "$f/plan"; } 2>/dev/null)
    h=$R/agent-${h#agent }.sh
    if [ -f "$h" ]; then sh "$h" recover-one "$B" "$D" "$L" "$f" "$gen"; else (recover_one "$f"); fi
  done
  rm -rf "$R"/staging/* "$R"/ballast.part
  # An operation that never got the lock, of a machine that died. To toybox +0 is whatever is a second old.
  find "$R/new" -mindepth 1 -maxdepth 1 -mtime +1 -exec rm -rf {} + 2>/dev/null
  return 0
}

recover_run() { # the whole of `release recover`, of the boot hook and of a look that found leftovers
  trap '' HUP PIPE INT
  pick_nap
  lock_take recover recover "$(utc)" "$(id -un)@$(uname -n)" || return 1
  self=
  recover_all
  lock_free
}
