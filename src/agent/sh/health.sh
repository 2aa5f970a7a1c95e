# --- health ------------------------------------------------------------------------------------------------------
# shellcheck shell=sh

# health_words KIND WORD REGEX SECONDS [e:WHAT-REGEX-STANDS-FOR] [h:HEADER]... [s:SOCKET] [insecure] [behind]: -> $p_...
health_words() {
  p_kind=$1
  dec "$3"; p_expect=$val
  p_secs=$4
  p_wanted=$p_expect p_headers= p_socket= p_insecure= p_behind=
  dec "$2"; p_word=$val
  p_asked=$2
  shift 4
  for p_option in "$@"; do
    case $p_option in
      e:*) dec "${p_option#??}"; p_wanted=$val ;;
      h:*) dec "${p_option#??}"; p_headers=$p_headers$val$nl ;;
      s:*) path_of "${p_option#??}"; p_socket=$val ;;
      insecure) p_insecure=yes ;;
      behind) p_behind=yes ;;
    esac
  done
}

curl_line() { printf '%s = "%s"\n' "$1" "$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')"; } # curl_line KEY VALUE: of a file for curl -K

curl_asks() { # curl_asks SECONDS: what curl is to do: none of it stands in argv
  printf 'silent\nshow-error\ngloboff\nproto = "=http,https"\nmax-time = %s\n' "$1"
  curl_line noproxy '*'
  curl_line dump-header "$T/probe-head"
  curl_line url "$p_word"
  [ -z "$p_socket" ] || curl_line unix-socket "$p_socket"
  [ -z "$p_insecure" ] || echo insecure
  each_header curl_line header
}

each_header() { # each_header COMMAND...: runs it with each header
  printf '%s' "$p_headers" | while IFS= read -r h; do "$@" "$h"; done
}

# What the account's ~/.curlrc, ~/.wgetrc, ~/.netrc and proxies say is said to people: none of it is obeyed here.
# How the client ended goes into probe-rc: of a pipe one hears only how its last part did.
# shellcheck disable=SC2016
curl_text='{ curl -q -K - <"$RELEASE_PROBE/probe-ask"; echo "$?" >"$RELEASE_PROBE/probe-rc"; } | head -c 65536'
# shellcheck disable=SC2016
wget_text='{ wget "$@" 2>"$RELEASE_PROBE/probe-head"; echo "$?" >"$RELEASE_PROBE/probe-rc"; } | head -c 65536'

fetch() { # fetch SECONDS: the start of the body -> probe; headers -> probe-head; what went wrong -> probe-said, probe-rc
  for f in probe-head probe-said probe-rc; do printf '' >"$T/$f"; done
  p_limit=$1
  if command -v curl >/dev/null 2>&1; then
    # Shown as they come.
    p_pad=
    curl_asks "$1" >"$T/probe-ask" || return 1
    p_text=$curl_text
    set --
  else
    # Shown behind two blanks.
    p_pad='  '
    p_text=$wget_text
    set -- -q -S -O -
    # BusyBox' has no rc file, and one of them (1.35) crashes when it is given a time limit; it is ended with the others.
    case $(wget --version 2>&1 </dev/null) in
      'GNU Wget'*) set -- "$@" --no-config --no-proxy --max-redirect=0 -t 1 -T "$p_limit" ;;
    esac
    [ -z "$p_insecure" ] || set -- "$@" --no-check-certificate
    p_rest=$p_headers
    while [ -n "$p_rest" ]; do
      set -- "$@" --header "${p_rest%%"$nl"*}"
      p_rest=${p_rest#*"$nl"}
    done
    set -- "$@" "$p_word"
  fi
  (
    unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY CURL_HOME WGETRC
    HOME=/nonexistent RELEASE_PROBE=$T
    export HOME RELEASE_PROBE
    exec setsid sh -c "$p_text" fetch "$@"
  ) </dev/null >"$T/probe" 2>>"$T/probe-said" 9>&- &
  attend "$!" "$p_limit"
}

read_answer() { # what the client wrote down -> $p_status, $p_release, $p_whole (how the body came), $p_where (of a redirect)
  # The first that is no interim one. A line that is folded stands behind a blank, and is none.
  p_status=$(tr -d '\r' <"$T/probe-head" | sed -n "s/^${p_pad}HTTP\/[0-9.]* \([2-9][0-9][0-9]\).*/\1/p" | head -n 1)
  p_release=$(tr '\000' ' ' <"$T/probe-head" | tr -d '\r' | grep -i "^${p_pad}x-release:" | tail -n 1)
  p_where=$(tr '\000' ' ' <"$T/probe-head" | tr -d '\r' | sed -n "s/^${p_pad}[Ll][Oo][Cc][Aa][Tt][Ii][Oo][Nn]: *//p" | head -n 1)
  p_rc=
  read -r p_rc 2>/dev/null <"$T/probe-rc"
  case $p_rc in
    0) p_whole=yes ;;
    # Nobody read on behind the start of a long one.
    *) if [ "$(($(wc -c <"$T/probe")))" -ge 65536 ]; then p_whole=yes; else p_whole=no; fi ;;
  esac
}

client_said() { # the client's last word of what went wrong
  { cat "$T/probe-said"; grep -v "^${p_pad:-.}" "$T/probe-head"; printf '%s\n' "${cut-}"; } 2>/dev/null | tr '\000\r' '  ' | grep . | tail -n 1 | sed 's/^curl: //' | cut -c1-300
}

quoted() { # quoted TEXT: its first line with something in it, in quotes and short
  printf '"%s"' "$(one_line "$(printf '%s\n' "$1" | grep '[^[:space:]]' | head -n 1 | sed 's/^[[:space:]]*//; s/[[:space:]]*$//' | cut -c1-120)")"
}

probe() { # probe SECONDS: is it the release that answers? As $p_... says; what came -> $p_got, what was to come -> $p_want
  for f in probe-head probe-said; do printf '' >"$T/$f"; done
  p_release=
  if [ "$p_kind" = command ]; then
    p_want='exit 0'
    run_probe "$1" >"$T/probe" 2>&1 || { command_failed "$1"; return 1; }
    p_got='exit 0'
  else
    p_want='a status of 2xx'
    p_seconds=$1
    # One that hangs leaves time for another.
    if [ "$p_seconds" -gt 5 ]; then p_seconds=5; fi
    fetch "$p_seconds"
    read_answer
    case $p_status in
      2??) p_got=$p_status ;;
      '') p_got="no answer ($(client_said))"; return 1 ;;
      3??) p_got="$p_status to ${p_where:-nowhere}, which is not followed"; return 1 ;;
      *) p_got="$p_status $(quoted "$(body)")"; return 1 ;;
    esac
    [ "$p_whole" = yes ] || { p_got="$p_status and a body that did not come to its end ($(client_said))"; p_want='all of it'; return 1; }
  fi
  [ -n "$p_expect" ] || return 0
  # One header and the body, and nothing else: every answer of HTTP/1.1 has a 1.1 in it.
  { printf '%s\n' "$p_release"; body; } | grep -qE -e "$p_expect" && return 0
  p_want="\"$p_wanted\""
  p_got="$p_got $(if [ -n "$p_release" ]; then quoted "$p_release"; else quoted "$(body)"; fi)"
  return 1
}

body() { tr '\000\r' '  ' <"$T/probe"; }

command_failed() { # command_failed SECONDS
  if [ -n "$cut" ]; then p_got="no end within $1 s"; else p_got="exit $rc"; fi
  [ ! -s "$T/probe" ] || p_got="$p_got $(quoted "$(body | grep '[^[:space:]]' | tail -n 1)")"
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

do_health() { # do_health WORD... as for health_words: twice in a row, before the time is over
  health_words "$@"
  release_dir
  if [ "$p_kind" = command ]; then command_file "$p_asked" || return 1; fi
  up_secs
  last=$((secs + p_secs))
  good=0
  pause=$nap
  while :; do
    if probe $((last > secs ? last - secs : 1)); then
      good=$((good + 1))
      [ "$good" -lt 2 ] || return 0
    else
      good=0
    fi
    up_secs
    # The clock counts whole seconds: this many have passed only when it is past the last one.
    if [ "$secs" -gt "$last" ]; then
      cat "$T/probe-said" "$T/probe-head" "$T/probe" >>"$T/log" 2>/dev/null
      # It may have begun to answer well when its time was over.
      [ "$good" -eq 0 ] || p_got="$p_got only once"
      why "health check failed: got $p_got, expected $p_want ($p_secs s)"
      return 1
    fi
    if [ "$undoing" = no ] && give_up; then why "$gone"; return 1; fi
    sleep "$pause"
    [ "$good" -gt 0 ] || pause=$tick
  done
}

asked_once() { # asked_once WORD... as for health_words: one question, and a short patience
  health_words "$@"
  release_dir
  if [ "$p_kind" = command ]; then command_file "$p_asked" || return 1; fi
  if [ "$p_secs" -lt 5 ]; then probe "$p_secs"; else probe 5; fi
}

# Stands before everything that switches: its undo, the last one, asks whether the old release is healthy. Where a flag was
# raised for this operation, it is asked here as well: one that is not healthy behind it never would be.
do_well() { # do_well WORD... as for health_words
  health_words "$@"
  [ -n "$p_behind" ] && [ -n "$was" ] || return 0
  as_old behind_flag
}

behind_flag() { # the release that is live, behind the flag
  release_dir
  if [ "$p_kind" = command ]; then command_file "$p_asked" || return 1; fi
  probe 5 || { sleep "$tick"; probe 5; } || { why "the maintenance flag blocks [health]: got $p_got, expected $p_want"; return 1; }
}

undo_well() { # undo_well WORD... as for health_words
  [ -n "$was" ] || return 0
  begun_step start || begun_step restart || begun_step unit_start || begun_step stop || return 0
  as_old do_health "$@"
}
