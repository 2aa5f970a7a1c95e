# --- health ------------------------------------------------------------------------------------------------------
# shellcheck shell=sh

fetch() { # fetch URL SECONDS: the start of the body -> probe; headers, and what went wrong -> probe-head
  printf '' >"$T/probe-head"
  (
    unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
    # shellcheck disable=SC2016
    if command -v curl >/dev/null 2>&1; then
      exec setsid sh -c 'curl -sS -D "$3" -m "$2" -- "$1" 2>>"$3" | head -c 65536' fetch "$1" "$2" "$T/probe-head"
    fi
    # shellcheck disable=SC2016
    exec setsid sh -c 'wget -q -S -t 1 -T "$2" -O - "$1" 2>"$3" | head -c 65536' fetch "$1" "$2" "$T/probe-head"
  ) </dev/null >"$T/probe" 9>&- &
  attend "$!" "$2"
}

probe() { # probe KIND SECONDS: is it the new release that answers? reads $p_word and $p_expect
  if [ "$1" = command ]; then
    printf '' >"$T/probe-head"
    run_probe "$2" >"$T/probe" 2>&1 || return 1
  else
    # One that hangs leaves time for another.
    if [ "$2" -lt 5 ]; then fetch "$p_word" "$2"; else fetch "$p_word" 5; fi
    # The status line counts, whoever fetched.
    tr -d '\r' <"$T/probe-head" | grep -E '^ *HTTP/[0-9.]+ ' | tail -n 1 | grep -qE '^ *HTTP/[0-9.]+ 2' || return 1
  fi
  [ -n "$p_expect" ] || return 0
  # One header and the body, and nothing else: every answer of HTTP/1.1 has a 1.1 in it.
  { grep -i '^ *x-release:' "$T/probe-head"; cat "$T/probe"; } | tr '\000\r' '  ' | grep -qE -e "$p_expect"
}

run_probe() { # run_probe SECONDS
  (
    cd "$T" || exit 126
    own_locale
    if [ -f env ]; then . ./env; fi
    RELEASE_CWD=$B RELEASE_NAME=$N RELEASE_VERSION=$V RELEASE_BASE=$B RELEASE_DIR=$rel RELEASE_STEP=$I/$K.
    export RELEASE_CWD RELEASE_NAME RELEASE_VERSION RELEASE_BASE RELEASE_DIR RELEASE_STEP
    exec setsid sh "./$cmd"
  ) </dev/null 9>&- &
  attend "$!" "$1" && [ "$rc" -eq 0 ]
}

do_health() { # do_health url|command WORD EXPECT-REGEX SECONDS: twice in a row, before the time is over
  release_dir
  dec "$3"
  p_expect=$val
  if [ "$1" = command ]; then command_file "$2" || return 1; fi
  dec "$2"
  p_word=$val
  up_secs
  last=$((secs + $4))
  good=0
  pause=$nap
  while :; do
    if probe "$1" $((last > secs ? last - secs : 1)); then
      good=$((good + 1))
      [ "$good" -lt 2 ] || return 0
    else
      good=0
    fi
    up_secs
    # The clock counts whole seconds: this many have passed only when it is past the last one.
    if [ "$secs" -gt "$last" ]; then
      cat "$T/probe-head" "$T/probe" >>"$T/log" 2>/dev/null
      why "no good answer within $4 s"
      return 1
    fi
    if [ "$undoing" = no ] && give_up; then why "$gone"; return 1; fi
    sleep "$pause"
    [ "$good" -gt 0 ] || pause=$tick
  done
}

asked_once() { # asked_once url|command WORD EXPECT-REGEX SECONDS: one question, and a short patience
  release_dir
  dec "$3"
  p_expect=$val
  if [ "$1" = command ]; then command_file "$2" || return 1; fi
  dec "$2"
  p_word=$val
  if [ "$4" -lt 5 ]; then probe "$1" "$4"; else probe "$1" 5; fi
}

do_well() { :; } # stands before everything that switches: its undo, the last one, asks whether the old release answers

undo_well() { # undo_well url|command WORD EXPECT-REGEX SECONDS
  [ -n "$was" ] || return 0
  begun_step start || begun_step restart || begun_step unit_start || begun_step stop || return 0
  as_old do_health "$@"
}
