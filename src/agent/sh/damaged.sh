# --- operations of which a bad disk, or a hand, has left half: nothing is done by what can't be trusted -----------
# shellcheck shell=sh

# whole DIR: are plan and journal of this operation what was written? An undo by half of a plan removes what is none of its own.
whole() {
  [ -f "$1/plan" ] && [ -f "$1/journal" ] && [ ! -L "$1/plan" ] && [ ! -L "$1/journal" ] && [ -r "$1/plan" ] && [ -r "$1/journal" ] || return 1
  if [ -f "$1/sums" ]; then
    sum=$(sums_of "$1") && [ -n "$sum" ] || short 'sha256sum'
    was_sum=$(cat "$1/sums") || short 'cat'
    [ "$sum" = "$was_sum" ] || return 1
  else
    makes_sense "$1/plan" || return 1
  fi
  # It was begun before it got here: a journal that does not say so has lost what it said. Above may be what a full disk has
  # taken of that line, before `note` made room.
  opened=no a=
  { opened=yes; read -r _ a _; [ "$a" = begin ] || read -r _ a _; } <"$1/journal"
  known
  [ "$a" = begin ]
}

makes_sense() { # makes_sense PLAN: of versions that wrote no sum: is there all that a step goes by?
  named=no has=no knows=no opened=no
  { opened=yes; while read -r a b _; do
    case $a in
      op) named=$b ;;
      release) knows=$b ;;
      step) has=$b ;;
    esac
    case $a:$b in step:unpack | step:complete | step:link | step:swap | step:sync | step:meta | step:share) [ "$knows" != no ] || return 1 ;; esac
  done; } <"$1"
  known
  [ "$named" != no ] && [ "$has" != no ]
}

lay_aside() { # lay_aside DIR: out of the way, with all that it has, and the ledger says so; fails unless it was over by then
  T=$1 I=${1##*/}
  op=${I#*-*-} op=${op%-*} V=
  # Its record is on disk before anything of it is removed: what has one was at that.
  case $({ ledger_text | grep -F -e "\"id\":\"$I\""; } 2>/dev/null | tail -n 1) in
    *'"outcome":"broken"'*) over=no ;;
    *'}') over=yes ;;
    *) over=no
      case $I in *[!A-Za-z0-9-]*) op=unknown I=unknown ;; esac
      record="\"who\":\"$(id -un)@$(uname -n)\",\"at\":\"$(utc)\""
      hush=yes
      ledger_append "$op" broken "its plan or journal is damaged, and nothing of it was undone: what it had is in .release/damaged/$I" '' ;;
  esac
  hush= I=${1##*/}
  mkdir -p "$R/damaged" && rm -rf "$R/damaged/${I:?}" && mv "$T" "$R/damaged/$I" || return 1
  fsync "$R/damaged" "$R/tx"
  [ "$over" = yes ]
}
