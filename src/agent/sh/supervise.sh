# --- the supervisor: runs a plan from its journal, alone ---------------------------------------------------------
# shellcheck shell=sh

undo_limit=600 # seconds that one command may take while undoing: nobody is there to end it

note() { # a line for the journal: what happened and when
  now_up
  printf '%s %s\n' "$up" "$*" >>"$T/journal" 2>/dev/null && return 0
  # The disk is full: what was put by is for this. The line's end closes what the first try may have left.
  rm -rf "$R/ballast"
  printf '\n%s %s\n' "$up" "$*" >>"$T/journal" 2>/dev/null
}

durable() { fsync "$T/journal"; }

signalled() { # signalled WORD: has the client said it?
  while read -r s; do
    [ "$s" = "$1" ] && return 0
  done <"$T/sig"
  return 1
}

give_up() { # has the client asked to stop, or has it been silent for a lease? -> $gone
  if signalled abort; then gone='interrupted'; return 0; fi
  read -r beat _ 2>/dev/null <"$T/hb" || return 1
  case $beat in '' | *[!0-9]*) return 1 ;; esac
  [ "$beat" -ge "${fed:-0}" ] || beat=$fed
  up_hundredths
  [ $((hundredths - beat)) -ge $((lease * 100)) ] || return 1
  gone="the client was silent for $lease s"
}

do_wait() { # do_wait go|confirm: the word is looked for before the clock is
  while :; do
    signalled "$1" && return 0
    give_up && { why "$gone"; return 1; }
    sleep "$nap"
  done
}

load_plan() { # the plan's head -> variables; its steps -> $steps, $step_1, $step_2 ...: sh reads files byte by byte
  op= I= lease=60 was= N= V= prev= who= since= record= respect_freeze=yes seen= unnoted=
  steps=0
  while IFS= read -r line; do
    case $line in
      'step '*)
        steps=$((steps + 1))
        eval "step_$steps=\${line#step }" ;;
      'record '*) record=${line#record } ;;
      *' '*)
        dec "${line#* }"
        case ${line%% *} in
          op) op=$val ;;
          lease) lease=$val ;;
          was) was=$val ;;
          release) N=$val ;;
          version) V=$val ;;
          previous) prev=$val ;;
          who) who=$val ;;
          since) since=$val ;;
          freeze) respect_freeze=$val ;;
          seen) seen=$val ;;
        esac ;;
    esac
  done <"$T/plan"
  I=${T##*/}
  S=$B/$D/$N part=$B/$D/.$N.part
  rel=
}

step_words() { # step_words K -> $words: NAME ARGUMENT...
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  [ "$1" -ge 1 ] && [ "$1" -le "$steps" ] && eval "words=\$step_$1"
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
    reason=
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

begun_step() { # begun_step NAME: was a step of this name begun?
  while read -r _ a b _; do
    if [ "$a" = "do" ] && step_words "$b" && [ "${words%% *}" = "$1" ]; then return 0; fi
  done <"$T/journal"
  return 1
}

was_done() { # was_done K: did this step go well?
  while read -r _ a b _; do [ "$a $b" = "ok $1" ] && return 0; done <"$T/journal"
  return 1
}

undone() { # has step K been undone?
  while read -r _ a b _; do [ "$a $b" = "undone $1" ] && return 0; done <"$T/journal"
  return 1
}

last_begun() { # the last step that was begun -> $K
  K=0
  while read -r _ a b _; do [ "$a" = "do" ] && [ "$b" -gt "$K" ] && K=$b; done <"$T/journal"
}

backward() { # undoes each step that was begun, last first -> $sound
  # What is undone anew may take back the undo of an earlier step, which stands on it: those are undone anew, too.
  # After a boot into the new release none of it is undone; and where an undo has failed, the others come again with it.
  undoing=yes anew=no
  if boot_began || was_stuck; then anew=yes; fi
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
    if command -v "undo_$name" >/dev/null 2>&1 && { [ "$anew" = yes ] || ! undone "$K"; }; then
      reason= anew=yes
      # An undo needs no room: without its note, what it runs has a mark that says so.
      if note "undo $K"; then unnoted=; else unnoted=$I/$K.; fi
      durable
      if "undo_$name" "$@"; then note "undone $K"; else sound=no; note "stuck $K $reason"; fi
    fi
    K=$((K - 1))
  done
}

began_switching() { # did the dangerous half begin?
  while read -r _ a b _; do
    if [ "$a" = ok ] && step_words "$b" && [ "$words" = 'wait go' ]; then return 0; fi
  done <"$T/journal"
  return 1
}

was_confirmed() {
  while read -r _ a _; do [ "$a" = confirmed ] && return 0; done <"$T/journal"
  return 1
}

ledger_append() { # ledger_append OP OUTCOME REASON PRUNED
  text=$(one_line "$3" | tr '\\"' "/'")
  [ -z "$(tail -c 1 "$R/ledger" 2>/dev/null)" ] || printf '\n' >>"$R/ledger"
  printf '{"seq":%s,"id":"%s","op":"%s",%s,"ended_at":"%s","outcome":"%s","reason":"%s","pruned":[%s]}\n' \
    "$gen" "$I" "$1" "$record" "$(utc)" "$2" "$text" "$4" >>"$R/ledger" || { why "can't write the ledger"; return 1; }
  fsync "$R/ledger"
}

recorded() { # is this operation's record in the ledger, and whole? -> $record_says, its outcome
  l=$(grep -F -e "\"id\":\"$I\",\"op\":\"$op\"" "$R/ledger" 2>/dev/null | grep '}$' | tail -n 1)
  case $l in *'"outcome":"'*) ;; *) return 1 ;; esac
  record_says=${l#*\"outcome\":\"}
  record_says=${record_says%%\"*}
}

ledger_line() { # ledger_line OUTCOME REASON: this operation's record, once; again when what was broken no longer is
  # Whoever wrote it may have died before it was on disk.
  if recorded && { [ "$record_says" = "$1" ] || [ "$record_says" != broken ]; }; then fsync "$R/ledger" || rewrite_ledger; return; fi
  ledger_append "$op" "$1" "$2" '' && return 0
  rm -rf "$R/ballast"
  if recorded && [ "$record_says" = "$1" ]; then rewrite_ledger; else ledger_append "$op" "$1" "$2" ''; fi
}

rewrite_ledger() { # its last line is there, but not on disk: asked once more the kernel would say it is, so it is written anew
  cp "$R/ledger" "$T/ledger" && fsync "$T/ledger" && mv -f "$T/ledger" "$R/ledger" && fsync "$R" ||
    { rm -f "$T/ledger"; why "can't write the ledger"; return 1; }
}

do_record() { ledger_line committed ''; }

close_op() { # the operation's directory becomes its log; what can be derived or is secret goes
  note "close $outcome $(live_name) $(one_line "$failure")"
  wipe "$T/env" "$T/env.vars" "$T/env.part" "$T/swap" "$T/back" "$T/try" "$T/probe" "$T/probe-head" "$T/prune" "$T/artifact" \
    "$T/artifact.part" "$T/unpack"* "$T/manifest" "$T/flag" "$T/seed" "$T/clear-"* "$T/copy-"* "$T/cmd-"* "$T/cut" "$T/crontab"* "$T/ledger" "$T/"*.sql "$T/upgrade"* "$T/kept"
  pruned_away
  mkdir -p "$R/logs"
  hide_values
  ballast
  if mv "$T" "$R/logs/$I" || { rm -rf "$R/ballast" && mkdir -p "$R/logs" && mv "$T" "$R/logs/$I"; }; then T=$R/logs/$I; fi
  # An upload that goes on until its client hears of the end.
  rm -f "$T/artifact.part"
  fsync "$R"
  old_logs
  old_agents
  old_backups
}

hide_values() { # the plan stays for whoever reads the log, but without the values of [env]
  if LC_ALL=C sed 's/^step env .*/step env/' "$T/plan" >"$T/plan.part"; then mv -f "$T/plan.part" "$T/plan"; else rm -f "$T/plan" "$T/plan.part"; fi
}

end_op() { # the last line; who reads it finds lock and directory already free
  note "end $outcome $(live_name) $(one_line "$failure")"
}

live_name() { # what live names now, as one word for the client
  to=$(readlink "$B/$L" 2>/dev/null)
  case $to in
    "$D"/*[!A-Za-z0-9._+~-]*) echo '?' ;;
    "$D"/*) echo "${to#"$D"/}" ;;
    '') echo - ;;
    *) echo '?' ;;
  esac
}

old_logs() { # the last hundred are kept
  # shellcheck disable=SC2012
  ls -1t "$R/logs" 2>/dev/null | tail -n +101 | while IFS= read -r f; do
    case $f in *[!A-Za-z0-9-]*) ;; *) rm -rf "$R/logs/${f:?}" ;; esac
  done
}

old_agents() { # the four that were used last stay: clients of several versions may take turns. So does what an operation needs
  # shellcheck disable=SC2012
  ls -1t "$R"/agent-*.sh 2>/dev/null | tail -n +5 | while IFS= read -r f; do
    h=${f##*/agent-}
    grep -qsx "agent ${h%.sh}" "$T/plan" "$R"/tx/*/plan "$R"/new/*/plan || rm -f "$f"
  done
}

ballast() { # blocks and inodes put by, so that a rollback has some when the disk has none
  [ -d "$R/ballast" ] && return 0
  mkdir "$R/ballast.part" 2>/dev/null || return 0
  dd if=/dev/zero of="$R/ballast.part/blocks" bs=65536 count=6 2>/dev/null || { rm -rf "$R/ballast.part"; return 0; }
  b=0
  while [ "$b" -lt 40 ]; do
    b=$((b + 1))
    { printf '' >"$R/ballast.part/$b"; } 2>/dev/null || { rm -rf "$R/ballast.part"; return 0; }
  done
  mv "$R/ballast.part" "$R/ballast" || rm -rf "$R/ballast.part"
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
  if [ "$sound" = no ]; then outcome=broken
  elif began_switching; then outcome=reverted
  else outcome=aborted
  fi
  ledger_line "$outcome" "$failure"
}

stays_open() { # what could not be finished is tried again by whoever takes the lock next; what could not be undone, once
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

execute() { # a plan from its first step to its end -> $outcome, $failure
  undoing=no tries=again
  outcome=committed failure=
  confirm_at
  if [ "$at" -gt 0 ]; then last_step=$at; else last_step=$steps; fi
  if ! forward 1; then revert "$reason"
  elif [ "$at" -gt 0 ]; then finish $((at + 1))
  fi
}

supervise() { # supervise ID: the life of one operation
  T=$R/new/$1
  trap '' HUP PIPE INT
  load_plan
  pick_nap
  lock_take "$I" "$op" "$since" "$who"
  case $? in
    0) ;;
    1) lock_read "$top"; turn_away locked "$l_since $l_op $l_who"; return ;;
    *) turn_away refused 'the lock can not be written'; return ;;
  esac
  mkdir -p "$R/tx"
  self=$R/tx/$I
  # Nothing may be undone under what this operation is about to make.
  recover_all last
  if [ "$respect_freeze" = yes ] && [ -f "$R/freeze" ]; then
    l=
    read -r l <"$R/freeze"
    lock_free
    turn_away frozen "$l"
  elif stale; then
    lock_free
    turn_away stale "$(readlink "$B/$L" 2>/dev/null)"
  elif unwritten; then
    lock_free
    turn_away refused 'an earlier operation is done and not in the ledger, which can not be written'
  elif ! begin_op; then
    lock_free
    turn_away refused 'the operation can not be written'
  else
    T=$self
    # The names that lead there, too.
    fsync "$T/plan" "$T/journal" "$T" "$R/tx"
    execute
    settle
    lock_free
    end_op
  fi
}

begin_op() { # written down before it is in tx/: a client that does not hear of the beginning would never begin the others
  boot_id
  # With its plan on disk, or nobody could undo what the journal says; and by its whole name, or without a tx/ it became that.
  fsync "$T/plan" && note "begin $boot $gen" && mv "$T" "$self"
}

turn_away() { # turn_away WORD TEXT: ended before it began, without a trace
  note "end $1 - $(one_line "$2")"
  rm -rf "$T"
}

stale() { # has anything happened since the client looked?
  [ "$(readlink "$B/$L" 2>/dev/null)" = "$was" ] || return 0
  [ -n "$seen" ] || return 1
  have=0
  [ ! -f "$R/ledger" ] || have=$(($(wc -l <"$R/ledger")))
  [ "$have" -ne "$seen" ]
}

agent_main() { # database|watched|backup|restore BASE ... | supervise BASE RELEASES LIVE ID | recover BASE RELEASES LIVE | recover-one BASE RELEASES LIVE DIR GENERATION again|last
  verb=$1 B=$2 D=$3 L=$4 R=$2/.release
  case $verb in
    supervise) supervise "$5" ;;
    recover) recover_run ;;
    recover-one)
      gen=$6
      recover_one "$5" "${7-last}" ;;
    database | watched | backup | restore)
      shift 2
      "${verb}_main" "$@" ;;
  esac
}

agent_main "$@"
