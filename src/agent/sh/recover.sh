# --- recovery: ends or undoes what a supervisor left that died ---------------------------------------------------
# shellcheck shell=sh

end_leftovers() { # a command of a dead supervisor may still run: it ends before anything is undone
  open=
  while read -r _ a b _; do
    case $a in
      do | undo) open=$b ;;
      ok | fail | undone | stuck) open= ;;
    esac
  done <"$T/journal"
  [ -z "$open" ] || end_marked "RELEASE_STEP=$I/$open."
  end_unnoted
}

end_unnoted() { # and so may an undo's that found no room for its note; what one has left that is noted as undone is a service
  marked "RELEASE_UNNOTED=$I/"
  [ -n "$pids" ] || return 0
  last_begun
  while [ "$K" -gt 0 ]; do
    undone "$K" || end_marked "RELEASE_UNNOTED=$I/$K."
    K=$((K - 1))
  done
}

rebooted() { # has the host booted since the operation began?
  boot_id
  opened=no
  { opened=yes; while read -r _ a b _; do [ "$a" != begin ] || [ "$b" = "$boot" ] || return 0; done; } <"$T/journal"
  known
  return 1
}

boot_began() { # has a boot started what is to be undone? It starts the service as `live` names it, whatever was noted
  rebooted || return 1
  live_now
  [ "$now" = "$D/$N" ]
}

note_boot() { # what comes behind a swap has begun then
  boot_began || return 0
  last_begun
  step_words "$K" && [ "$words" = swap ] && step_words $((K + 1)) || return 0
  case $words in 'start '* | 'restart '* | 'unit_start '*) note "do $((K + 1))" ;; esac
}

recover_one() { # recover_one DIR again|last, under the lock: finishes or undoes what a dead supervisor left; fails when it could not
  T=$1
  load_plan
  pick_nap
  # What can't be undone now keeps its way back, until it can, or until another operation goes on from what there is.
  undoing=yes tries=$2
  end_leftovers
  tell_death
  note recover
  outcome=committed failure=
  confirm_at
  if was_confirmed; then
    # Who wrote that may have died before it was on disk; what follows stands on it.
    durable
    finish $((at + 1))
  elif [ "$at" -eq 0 ] && recorded; then
    outcome=$record_says
    ledger_line "$outcome" ''
  else
    note_boot
    revert 'the operation was interrupted on the host'
  fi
  settle
  end_op
  [ "$outcome" != broken ]
}

unwritten() { # is there one that was confirmed and has no record? What begins now would stand before it in the ledger
  for f in "$R"/tx/*; do
    [ -f "$f/journal" ] && (unwritten_one "$f") && return 0
  done
  return 1
}

unwritten_one() { # unwritten_one DIR
  T=$1
  load_plan
  was_confirmed && ! recorded
}

was_stuck() { # has undoing failed before?
  opened=no
  { opened=yes; while read -r _ a _; do [ "$a" = stuck ] && return 0; done; } <"$T/journal"
  known
  return 1
}

settle() { stays_open || close_op; }

recover_all() { # recover_all again|last: each leftover with the very script that began it -> $sound_all
  sound_all=yes
  for f in "$R"/tx/*; do
    [ -d "$f" ] || continue
    [ "$f" = "${self-}" ] && continue
    (T=$f; whole "$f" || exit 3)
    rc=$?
    h=$({ grep '^agent ' "$f/plan"; } 2>/dev/null)
    h=$R/agent-${h#agent }.sh
    if [ "$rc" -eq 3 ]; then (lay_aside "$f")
    elif [ "$rc" -ne 0 ]; then (exit 75)
    elif grep -qs '^find_place()' "$h"; then
      (op_names "$f"; trap - HUP PIPE INT; as_agent sh "${h##*/}" recover-one "${f##*/}" "$gen" "$1" 9>&-)
    elif [ -f "$h" ]; then (op_names "$f"; exec sh "$h" recover-one "$B" "$D" "$L" "$f" "$gen" "$1" 9>&-) # of an earlier version
    else (op_names "$f"; recover_one "$f" "$1")
    fi
    rc=$?
    if [ "$rc" -ge 75 ]; then
      # Killed alone, it leaves a command behind that must not outlive us, and maybe a rm or mv. Whoever takes the lock
      # from the dead looks for those: be dead, too.
      (T=$f I=${f##*/}; [ ! -f "$T/journal" ] || end_leftovers)
      exit "$rc"
    fi
    [ "$rc" -eq 0 ] || sound_all=no
  done
  # Agents of before made releases there; theirs are over now.
  wipe "$R/staging" "$R"/ballast.part "$R/identity.part"
  [ ! -L "$R/shared" ] || rm -f "$R/shared"
  stale_manifests
  for f in "$R"/agent-*.part; do
    h=${f##*/agent-}
    start_time "${h%.part}" || rm -f "$f"
  done
  # An operation that never got the lock, of before the boot, or of a client that died before it had one. To toybox +0
  # is whatever is a second old.
  boot_id
  for f in "$R"/new/*; do
    h=
    { read -r _ h <"$f/sig"; } 2>/dev/null
    case $h in '' | "$boot") ;; *) rm -rf "$f" ;; esac
  done
  find "$R/new" -mindepth 1 -maxdepth 1 -mtime +1 -exec rm -rf {} + 2>/dev/null
  return 0
}

recover_run() { # the whole of `release recover`, of the boot hook and of a look that found leftovers; 1: locked, 2: not all was undone, 3: no lock can be made
  trap '' HUP PIPE INT
  pick_nap
  waits=0
  while :; do
    lock_take recover recover "$(utc)" "$(id -un)@$(uname -n)"
    case $? in
      0) break ;;
      1) # Another recovery is soon over, and has maybe left something.
        lock_read "$top"
        waits=$((waits + 1))
        [ "$l_op" = recover ] && [ "$waits" -le 30 ] || return 1
        sleep 1 ;;
      *) return 3 ;;
    esac
  done
  pulse_begin
  identity_names
  self=
  recover_all again
  let_go
  [ "$sound_all" = yes ] || return 2
}
