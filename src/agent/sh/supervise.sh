# --- the supervisor: runs a plan from its journal, alone ---------------------------------------------------------
# shellcheck shell=sh

signalled() { # signalled WORD: has the client said it?
  while read -r s; do
    [ "$s" = "$1" ] && return 0
  done <"$T/sig"
  return 1
}

give_up() { # has the client asked to stop, or has it been silent for a lease? -> $gone
  if signalled abort; then gone='interrupted'; return 0; fi
  if signalled failed; then gone='another host failed'; return 0; fi
  read -r beat _ 2>/dev/null <"$T/hb" || return 1
  case $beat in '' | *[!0-9]*) return 1 ;; esac
  [ "$beat" -ge "${fed:-0}" ] || beat=$fed
  up_hundredths
  [ $((hundredths - beat)) -ge $((lease * 100)) ] || return 1
  gone="the client was silent for $lease s"
}

do_wait() { # do_wait go|confirm: the word is looked for before the clock is
  looks=0
  while :; do
    signalled "$1" && return 0
    give_up && { why "$gone"; return 1; }
    doze "$looks"
    looks=$((looks + 1))
  done
}

forward() { # forward FROM: runs the steps from number FROM to $last_step; stops at the first that fails
  K=$1
  while [ "$K" -le "$last_step" ]; do
    step_words "$K"
    # Words of a plan hold nothing that a shell expands: see `dec`.
    set -f
    # shellcheck disable=SC2086
    set -- $words
    set +f
    name=$1
    shift
    reason= ran=
    # What is not in the journal is not undone, so it is not done.
    note "do $K" || { why 'no room for the journal'; return 1; }
    case $name in
      wait | receive | meta | share | prepare | sync | env | verify) ;;
      *) durable || { why 'the journal can not be written to disk'; return 1; } ;;
    esac
    if "do_$name" "$@"; then
      note "ok $K"
    else
      note "fail $K $reason"
      return 1
    fi
    if [ "$name:${1-}" = wait:confirm ]; then
      # What is not in the journal is no confirmation: a recovery would undo it.
      note confirmed || { why 'no room for the journal'; return 1; }
      durable
    fi
    K=$((K + 1))
  done
}

backward() { # undoes each step that was begun, last first -> $sound
  # What is undone anew may take back the undo of an earlier step, which stands on it: those are undone anew, too.
  # After a boot into the new release none of it is undone; and where an undo has failed, the others come again with it.
  undoing=yes anew=no
  goes_on=no
  if fell_short; then goes_on=yes
  elif boot_began || was_stuck; then anew=yes
  fi
  sound=yes
  last_begun
  while [ "$K" -gt 0 ]; do
    step_words "$K" || break
    set -f
    # shellcheck disable=SC2086
    set -- $words
    set +f
    name=$1
    shift
    if [ "$goes_on" = yes ] && stuck_lately "$K"; then sound=no
    elif command -v "undo_$name" >/dev/null 2>&1 && { [ "$anew" = yes ] || ! undone "$K"; }; then
      reason= anew=yes child_number=0
      # An undo needs no room: without its note, what it runs has a mark that says so.
      if note "undo $K"; then unnoted=; else unnoted=$I/$K.; fi
      durable
      if "undo_$name" "$@"; then note "undone $K"; else sound=no; note "stuck $K $reason"; fi
    fi
    K=$((K - 1))
  done
}

finish() { # finish FROM: after the confirmation, to the end; $outcome is `broken` when it has to be tried again
  K=$1
  undoing=yes # nothing may stop it any more
  outcome=committed failure=
  while [ "$K" -le "$steps" ]; do
    step_words "$K"
    set -f
    # shellcheck disable=SC2086
    set -- $words
    set +f
    name=$1
    shift
    reason=
    note "do $K"
    if "do_$name" "$@"; then note "ok $K"
    else
      note "fail $K $reason"
      # Old releases can wait. A flag that stays up and a ledger that does not know what is live can not.
      case $name in unflag | record) outcome=broken failure=$reason ;; esac
    fi
    K=$((K + 1))
  done
}

revert() { # revert REASON -> $outcome
  failure=$1
  # A service may need room to start again.
  rm -rf "$R/ballast"
  backward
  # After a power cut the journal may not know that it was begun; its mark, which is on disk before there is a release, does.
  if [ -f "$T/unpacked" ] && [ -d "$S" ]; then undo_unpack || sound=no; fi
  if [ "$sound" = no ]; then outcome=broken
  elif began_switching; then outcome=reverted
  else outcome=aborted
  fi
  ledger_line "$outcome" "$failure"
}

stays_open() { # what could not be finished is tried again by each recovery; what could not be undone, too, until another operation begins
  [ "$outcome" = broken ] || return 1
  [ "$tries" = again ] || was_confirmed
}

confirm_at() { # the number of the step that waits for the confirmation -> $at; 0: this plan has none
  k=0 at=0
  while [ "$k" -lt "$steps" ]; do
    k=$((k + 1))
    step_words "$k"
    if [ "$words" = 'wait confirm' ]; then at=$k; fi
  done
}

name_command() { # a bare `exit 1` says of several commands nothing: the one that failed stands before it -> $reason
  case $reason in 'exit '* | 'stopped: '*) ;; *) return 0 ;; esac
  [ -n "$ran" ] || return 0
  named=$(mask_line "${ran%%"$nl"*}" | short_line)
  [ -z "$named" ] || reason="$named: $reason"
}

short_line() { # the first words of a line, as far as they are easily read; the rest stands in the log
  read -r line
  if [ "${#line}" -gt 72 ]; then
    line=$(printf '%s\n' "$line" | cut -c1-72)
    line="${line% *} ..."
  fi
  printf '%s\n' "$line"
}

execute() { # a plan from its first step to its end -> $outcome, $failure
  undoing=no tries=again
  outcome=committed failure=
  confirm_at
  if [ "$at" -gt 0 ]; then last_step=$at; else last_step=$steps; fi
  if ! forward 1; then name_command; revert "$reason"
  elif [ "$at" -gt 0 ]; then finish $((at + 1))
  fi
}

work() { # work ID: the life of one operation
  T=$R/new/$1
  trap '' HUP PIPE INT
  trap fallen EXIT
  load_plan
  pick_nap
  lock_take "$I" "$op" "$since" "$who"
  case $? in
    0) ;;
    1) lock_read "$top"; holder; turn_away locked "$l_since $l_op $holder"; return ;;
    *) turn_away refused 'the lock can not be written'; return ;;
  esac
  pulse_begin
  identity_refuses && return
  mkdir -p "$R/tx"
  self=$R/tx/$I
  # Nothing may be undone under what this operation is about to make.
  recover_all last
  if [ "$respect_freeze" = yes ] && [ -f "$R/freeze" ]; then
    l=
    read -r l <"$R/freeze"
    let_go
    turn_away frozen "$l"
  elif stale; then
    let_go
    turn_away stale "$now"
  elif unwritten; then
    let_go
    turn_away refused 'an earlier operation is done and not in the ledger, which can not be written'
  elif ! begin_op; then
    let_go
    turn_away refused 'the operation can not be written'
  else
    T=$self
    identity_write
    # The names that lead there, too.
    fsync "$T" "$R/tx"
    execute
    settle
    let_go
    end_op
  fi
}

begin_op() { # written down before it is in tx/: a client that does not hear of the beginning would never begin the others
  boot_id
  # With its plan on disk, or nobody could undo what the journal says; and by its whole name, or without a tx/ it became that.
  # The journal, too: an empty one in tx/ has lost what it said.
  note "begin $boot $gen" && fsync "$T/plan" "$T/sums" "$T/journal" && mv "$T" "$self"
}

turn_away() { # turn_away WORD TEXT: ended before it began, without a trace
  note "end $1 - $(one_line "$2")"
  rm -rf "$T"
}

stale() { # has anything happened since the client looked?
  live_now
  [ "$now" = "$was" ] || return 0
  [ -n "$seen" ] || return 1
  have=0
  [ ! -f "$R/ledger" ] || have=$(($(wc -l <"$R/ledger")))
  [ "$have" -ne "$seen" ]
}

agent_main() { # part VERB ARGUMENT | supervise ID | work ID | recover | recovery | recover-one ID GENERATION again|last
  verb=$1 script=${0##*/}
  shift
  case $verb in
    part) part_main "$@" ;;
    supervise)
      find_place
      guard work "$1" ;;
    work)
      find_place
      work "$1"
      last_word 0 ;;
    recover) # from boot hooks of earlier versions with a place
      find_place "$@"
      guard recovery
      exit "$code" ;;
    recovery)
      find_place
      recover_run
      last_word "$?" ;;
    recover-one) # from agents of earlier versions with a place, and the whole path
      if [ $# -gt 3 ]; then find_place "$@"; shift 3; else find_place; fi
      gen=$2 T=$R/tx/${1##*/}
      trap '' HUP PIPE INT
      trap fallen EXIT
      recover_one "$T" "${3-last}"
      code=$?
      trap - EXIT
      return "$code" ;;
  esac
}

agent_main "$@"
