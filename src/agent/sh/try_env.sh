# --- a session: do the files of [env] come to their end? -----------------------------------------------------------
# Sent with step.sh, child.sh and env.sh, and only where there are such files.
# shellcheck shell=sh

# try_env SECONDS f:FILE... v:NAME=VALUE...: as the step `env` does it, and nothing of it stays: `env fine`, or `env failed WHY`, as
# that step would say it; or `env unasked`
try_env() {
  try_limit=$1
  shift
  for w in "$@"; do
    # What is not there is told by the look.
    case $w in f:*) path_of "${w#f:}"; [ -f "$val" ] && [ -r "$val" ] || { echo 'env unasked'; return; } ;; esac
  done
  T=$(mktemp -d) || { echo 'env unasked'; return; }
  undoing=no hush=yes unnoted='' I=look-$$ K=env
  # By which everything that is started here is ended; what a file leaves running would be one more with each look.
  RELEASE_STEP=$I/$K.
  export RELEASE_STEP
  trap 'trap "" PIPE; end_marked "RELEASE_STEP=$RELEASE_STEP"; rm -rf "$T"' EXIT
  trap 'exit 1' HUP PIPE INT TERM
  pick_nap
  exec 5>&1
  printf '' >"$T/log"
  try_names
  (env_lines "$@" 3>"$T/env.part" >"$T/env.said" 2>&1 5>&-) &
  attended "$!" "$try_limit"
  if env_made "$?" "$reason" "$@"; then echo 'env fine'
  else printf 'env failed %s%s\n' "$reason" "$(try_said)"
  fi
}

try_names() { # the variables that a command of hosts.toml has; there is no release yet: those of the live one
  N=$(readlink "$B/$L" 2>/dev/null)
  N=${N##*/}
  [ -n "$N" ] || N=$(date -u +%Y%m%d-%H%M%S)-0
  V=${N#*-*-}
  RELEASE_NAME=$N RELEASE_VERSION=$V RELEASE_BASE=$B RELEASE_DIR=$B/$D/$N RELEASE_PREVIOUS=$N RELEASE_OPERATION=$I
  export RELEASE_NAME RELEASE_VERSION RELEASE_BASE RELEASE_DIR RELEASE_PREVIOUS RELEASE_OPERATION
}

try_said() { # the last line that they have printed, masked like all of it
  said=$(tr '\000\r' '  ' <"$T/log" | grep '[^[:space:]]' | tail -n 1 | cut -c1-300)
  [ -z "$said" ] || printf ' (%s)' "$(one_line "$said")"
}

give_up() { # asked again and again by `attend`: whoever waits hears that somebody is there
  [ $((looks % 25)) -ne 0 ] || echo alive >&5
  return 1
}
