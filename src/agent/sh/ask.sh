# --- a session: is what is live healthy? ---------------------------------------------------------------------------
# Sent with step.sh, child.sh and health.sh, and only where it is asked.
# shellcheck shell=sh

ask_live() { # ask_live ENV-WORD... -- HEALTH-WORD...: `healthy`, or `unhealthy STATUS WHAT CAME AND WHAT WAS EXPECTED`, or `unasked WHY`
  T=$(mktemp -d) || { echo 'health unasked no room for a file'; return; }
  # shellcheck disable=SC2064
  trap "rm -rf '$T'" EXIT
  trap 'exit 1' HUP PIPE INT
  exec 5>&1 >/dev/null
  pick_nap
  undoing=yes K=0 I=look-$$ prev= was= unnoted=
  # By which everything that is started here is ended.
  RELEASE_STEP=$I/$K.
  export RELEASE_STEP
  printf '' >"$T/log"
  N=$(readlink "$B/$L" 2>/dev/null)
  N=${N##*/} V=${N#*-*-}
  rel=$B/$D/$N
  words_of_env "$@"
  shift "$taken"
  health_words "$@"
  [ "$p_kind" = url ] || ask_env || { echo 'health unasked the files of [env] did not come to their end' >&5; return; }
  if [ "$p_kind" = command ]; then
    command_file "$p_asked" || return
    p_most=10
  else p_most=5
  fi
  [ "$p_secs" -ge "$p_most" ] || p_most=$p_secs
  if probe "$p_most" || { sleep "$tick"; probe "$p_most"; }; then echo 'health healthy' >&5
  elif [ "$p_kind" = command ] && [ -n "$cut" ]; then echo "health unasked it did not end within $p_most s" >&5
  else printf 'health unhealthy %s %s\n' "${p_status:--}" "$(one_line "got $p_got, expected $p_want")" >&5
  fi
}

ask_env() { # the environment of its command -> env; sourced within bounds, as it may hang
  # shellcheck disable=SC2086
  env_lines $env_words 3>"$T/env" >>"$T/log" 2>&1 &
  attend "$!" 10 && [ "$rc" -eq 0 ]
}
