# --- an operation's plan and its journal: what is to be done, and what was -----------------------------------------
# shellcheck shell=sh

note() { # a line for the journal: what happened and when
  now_up
  printf '%s %s\n' "$up" "$*" >>"$T/journal" 2>/dev/null && return 0
  # The disk is full: what was put by is for this. The line's end closes what the first try may have left.
  rm -rf "$R/ballast"
  printf '\n%s %s\n' "$up" "$*" >>"$T/journal" 2>/dev/null
}

durable() { fsync "$T/journal"; }

load_plan() { # the plan's head -> variables; its steps -> $steps, $step_1, $step_2 ...: sh reads files byte by byte
  op= I= lease=60 limits= was= N= V= prev= who= since= record= respect_freeze=yes seen= unnoted= own_identity= adopts=
  steps=0 opened=no
  { opened=yes; while IFS= read -r line; do
    case $line in
      'step '*)
        steps=$((steps + 1))
        eval "step_$steps=\${line#step }" ;;
      'record '*) record=${line#record } ;;
      *' '*)
        dec "${line#* }"
        case ${line%% *} in
          app | releases | live) identity_of_plan "${line%% *}" "${line#* }" ;;
          adopts) adopts=$val ;;
          op) op=$val ;;
          lease) lease=$val ;;
          limits) limits=$val ;;
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
  done; } <"$T/plan"
  known
  I=${T##*/}
  # Without a name it is no directory that there is, and never that of all releases.
  S=$B/$D/${N:-.none} part=$B/$D/.${N:-none}.part
  rel=
}

# What can't be opened is not known: a wrong answer would undo what was confirmed.
known() { [ "$opened" = yes ] || short 'the journal'; }

step_words() { # step_words K -> $words: NAME ARGUMENT...
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  [ "$1" -ge 1 ] && [ "$1" -le "$steps" ] && eval "words=\$step_$1"
}

begun_step() { # begun_step NAME: was a step of this name begun?
  opened=no
  { opened=yes; while read -r _ a b _; do
    if [ "$a" = "do" ] && step_words "$b" && [ "${words%% *}" = "$1" ]; then return 0; fi
  done; } <"$T/journal"
  known
  return 1
}

was_done() { # was_done K: did this step go well?
  opened=no
  { opened=yes; while read -r _ a b _; do [ "$a $b" = "ok $1" ] && return 0; done; } <"$T/journal"
  known
  return 1
}

stuck_lately() { # stuck_lately K: could it not be undone, since the last end of a try?
  opened=no stuck=no
  { opened=yes; while read -r _ a b _; do case $a in stuck) [ "$b" != "$1" ] || stuck=yes ;; end) stuck=no ;; esac; done; } <"$T/journal"
  known
  [ "$stuck" = yes ]
}

undone() { # has step K been undone?
  opened=no
  { opened=yes; while read -r _ a b _; do [ "$a $b" = "undone $1" ] && return 0; done; } <"$T/journal"
  known
  return 1
}

last_begun() { # the last step that was begun -> $K
  K=0 opened=no
  { opened=yes; while read -r _ a b _; do [ "$a" = "do" ] && [ "$b" -gt "$K" ] && K=$b; done; } <"$T/journal"
  known
}

began_switching() { # did the dangerous half begin?
  opened=no
  { opened=yes; while read -r _ a b _; do
    if [ "$a" = ok ] && step_words "$b" && [ "$words" = 'wait go' ]; then return 0; fi
  done; } <"$T/journal"
  known
  return 1
}

was_confirmed() {
  opened=no
  { opened=yes; while read -r _ a _; do [ "$a" = confirmed ] && return 0; done; } <"$T/journal"
  known
  return 1
}

how_failed() { # how_failed K: why step K failed, and how long it had run -> $failed_how $failed_after; empty and 0: it did not
  failed_how= failed_after=0 began=
  opened=no
  { opened=yes; while read -r l a b s; do
    case $b in "$1") ;; *) continue ;; esac
    case $a in
      'do') began=${l%.*} ;;
      fail) failed_how=$s failed_after=$((${l%.*} - ${began:-${l%.*}})) ;;
    esac
  done; } <"$T/journal"
  known
}
