# --- health ------------------------------------------------------------------------------------------------------
# shellcheck shell=sh

fetch() { # fetch URL: headers and the start of the body on stdout
  (
    unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
    if command -v curl >/dev/null 2>&1; then exec curl -sS -i -m 5 -- "$1" 2>"$T/probe-err"; fi
    exec wget -q -S -T 5 -O - "$1" 2>&1
  ) | head -c 65536
}

probe() { # probe KIND: is it the new release that answers? reads $p_word and $p_expect
  case $1 in
    url) fetch "$p_word" >"$T/probe" ;;
    command) run_probe >"$T/probe" 2>&1 || return 1 ;;
  esac
  [ -s "$T/probe" ] || [ "$1" = command ] || return 1
  if [ "$1" = url ]; then
    # The status line counts, whoever fetched.
    tr -d '\r' <"$T/probe" | grep -E '^ *HTTP/[0-9.]+ ' | tail -n 1 | grep -qE '^ *HTTP/[0-9.]+ 2' || return 1
  fi
  [ -z "$p_expect" ] || tr '\000\r' '  ' <"$T/probe" | LC_ALL=C grep -qE -e "$p_expect"
}

run_probe() {
  (
    cd "$B" || exit 126
    if [ -f "$T/env" ]; then . "$T/env"; fi
    RELEASE_NAME=$N RELEASE_VERSION=$V RELEASE_BASE=$B RELEASE_DIR=$rel
    export RELEASE_NAME RELEASE_VERSION RELEASE_BASE RELEASE_DIR
    exec sh "$cmd"
  ) </dev/null &
  child=$!
  (
    left=50
    while [ "$left" -gt 0 ]; do
      sleep "$tick"
      left=$((left - 1))
    done
    kill -s KILL "$child"
  ) </dev/null >/dev/null 2>&1 &
  watcher=$!
  wait "$child"
  rc=$?
  kill "$watcher" 2>/dev/null
  wait "$watcher" 2>/dev/null
  return "$rc"
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
    if probe "$1"; then
      good=$((good + 1))
      [ "$good" -lt 2 ] || return 0
    else
      good=0
    fi
    up_secs
    if [ "$secs" -ge "$last" ]; then
      cat "$T/probe-err" "$T/probe" >>"$T/log" 2>/dev/null
      why "no good answer within $4 s"
      return 1
    fi
    if [ "$undoing" = no ] && give_up; then why "$gone"; return 1; fi
    sleep "$pause"
    [ "$good" -gt 0 ] || pause=$tick
  done
}

do_well() { :; } # stands before everything that switches: its undo, the last one, asks whether the old release answers

undo_well() { # undo_well url|command WORD EXPECT-REGEX SECONDS
  [ -n "$was" ] || return 0
  begun_step start || begun_step restart || begun_step unit_start || begun_step stop || return 0
  as_old do_health "$@"
}
