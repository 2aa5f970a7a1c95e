# --- steps ------------------------------------------------------------------------------------------------------
# Each step is a do_NAME and, where it leaves something, an undo_NAME. Both can run twice and after half a run.
# $T: the operation's directory; $S: the release being made, in staging; $N: its name; $K: the number of this step.
# shellcheck shell=sh

say() { printf '%s\n' "$*" >>"$T/log"; }

why() { # why TEXT: the reason of a failure, for the journal
  reason=$(one_line "$*")
  say "release: $reason"
  return 1
}

wipe() { # rm -rf, also of directories that their owner may not write to
  rm -rf "$@" 2>/dev/null && return 0
  chmod -R u+rwX "$@" 2>/dev/null
  rm -rf "$@"
}

release_dir() { # where the release stands now -> $rel
  if [ -d "$B/$D/$N" ]; then rel=$B/$D/$N; else rel=$S; fi
}

# run_child SECONDS DIR FILE: runs FILE with sh in DIR, in a session of its own, with the environment of hosts.toml.
# Ended with all it started when the client asks, when its lease is over, or after SECONDS (0: no limit). RELEASE_STEP
# marks what it starts, for whoever has to end it when we are dead.
run_child() {
  limit=$1
  rm -f "$T/cut"
  (
    cd "$2" || exit 126
    trap - HUP PIPE INT # a service would inherit that they are ignored
    # The lock is a file and no descriptor, so a service can't inherit it.
    if [ -f "$T/env" ]; then . "$T/env"; fi
    RELEASE_NAME=$N RELEASE_VERSION=$V RELEASE_BASE=$B RELEASE_DIR=$rel RELEASE_PREVIOUS=$prev RELEASE_OPERATION=$I
    RELEASE_STEP=$I/$K.
    export RELEASE_NAME RELEASE_VERSION RELEASE_BASE RELEASE_DIR RELEASE_PREVIOUS RELEASE_OPERATION RELEASE_STEP
    exec setsid sh "$3"
  ) </dev/null >>"$T/log" 2>&1 &
  child=$!
  watch "$child" "$limit" </dev/null >/dev/null 2>&1 &
  watcher=$!
  wait "$child"
  rc=$?
  kill "$watcher" 2>/dev/null
  wait "$watcher" 2>/dev/null
  if [ -f "$T/cut" ]; then
    # The command may have ended at once, and left behind what did not listen.
    end_marked "RELEASE_STEP=$I/$K."
    read -r cut <"$T/cut"
    why "stopped: $cut"
    return 1
  fi
  [ "$rc" -eq 0 ] || why "exit $rc"
}

watch() { # watch PID SECONDS: ends PID's session when its time is over
  up_secs
  begun=$secs
  while sleep "$tick"; do
    up_secs
    if [ "$2" -gt 0 ] && [ $((secs - begun)) -ge "$2" ]; then echo "took more than $2 s" >"$T/cut"
    elif [ "$undoing" = no ] && give_up; then echo "$gone" >"$T/cut"
    else continue
    fi
    kill -s TERM -- "-$1"
    sleep 1
    kill -s KILL -- "-$1" || kill -s KILL "$1"
    return
  done
}

command_file() { # command_file WORD -> $cmd, a file with the command's text
  dec "$1"
  cmd=$T/cmd-$K
  say "\$ $val"
  printf '%s\n' "$val" >"$cmd" || { why "no room for a command"; return 1; }
}

other_command() { # other_command WORD SECONDS: runs it, if there is one
  dec "$1"
  [ -n "$val" ] || return 0
  command_file "$1" && run_child "$2" "$B" "$cmd"
}

# --- prepare ---

do_env() { # do_env f:FILE... v:NAME=VALUE...: sources each file once and keeps what they exported
  rm -f "$T/env" "$T/env.part" "$T/env.vars"
  n=$#
  while [ "$n" -gt 0 ]; do
    n=$((n - 1))
    w=$1
    shift
    case $w in
      f:*) path_of "${w#f:}"; set -- "$@" "$val" ;;
      v:*)
        w=${w#v:}
        dec "${w#*=}"
        export_line "${w%%=*}" >>"$T/env.vars" ;;
    esac
  done
  if [ $# -gt 0 ]; then
    # Such files are written for bash more often than not. What they exported is printed by sh, which reads it back.
    if command -v bash >/dev/null 2>&1; then envsh=bash; else envsh=sh; fi
    # shellcheck disable=SC2016
    (
      cd "$B" && exec 3>"$T/env.part" &&
        exec "$envsh" -c 'for f do . "$f" >&2 || { echo "$f: exit $?" >&2; exit 1; }; done; exec sh -c "export -p >&3"' env "$@"
    ) </dev/null >>"$T/log" 2>&1 || { why "an [env] file failed"; return 1; }
  fi
  if [ -f "$T/env.vars" ]; then cat "$T/env.vars" >>"$T/env.part" || { why "no room for the environment"; return 1; }; fi
  if [ -f "$T/env.part" ]; then mv -f "$T/env.part" "$T/env"; fi
}

export_line() { # export_line NAME, value in $val: a line that sh reads back to the letter
  q=
  rest=$val
  while :; do
    case $rest in
      *\'*) q=$q${rest%%\'*}"'\\''"; rest=${rest#*\'} ;;
      *) break ;;
    esac
  done
  printf "export %s='%s'\n" "$1" "$q$rest"
}

do_receive() { # do_receive BYTES SHA256: waits for the upload, then proves it
  until [ -e "$T/artifact" ]; do
    give_up && { why "$gone"; return 1; }
    sleep "$nap"
  done
  got=$(($(wc -c <"$T/artifact")))
  [ "$got" -eq "$1" ] || { why "$got of $1 bytes arrived"; return 1; }
  sum=$(sha256sum <"$T/artifact") || { why "sha256sum failed"; return 1; }
  [ "${sum%% *}" = "$2" ] || { why "sha256 is ${sum%% *}, not $2"; return 1; }
}

undo_receive() { rm -f "$T/artifact" "$T/artifact.part"; }

do_unpack() {
  wipe "$S"
  mkdir -p "$S" || { why "no room to unpack"; return 1; }
  # -o: files belong to whoever unpacks, also when that is root; the umask decides what others may write.
  tar -xzof "$T/artifact" --strip-components=1 --no-same-permissions -C "$S" >>"$T/log" 2>&1 || { why "tar failed"; return 1; }
  chmod -R u+rwX,go-w,a-st "$S" >>"$T/log" 2>&1 || { why "chmod failed"; return 1; }
  rm -f "$T/artifact"
}

undo_unpack() { wipe "$S"; }

do_meta() { # do_meta JSON
  dec "$1"
  rm -rf "$S/.release.json"
  printf '%s\n' "$val" >"$S/.release.json" || { why "can't write .release.json"; return 1; }
}

do_share() { # do_share PATH...: links BASE/shared/PATH into the release; a first deploy seeds it from the release
  for w in "$@"; do
    dec "$w"
    p=$val
    up=../../
    rest=$p
    while :; do case $rest in */*) up=../$up; rest=${rest#*/} ;; *) break ;; esac; done
    case $p in
      */*) mkdir -p "$S/${p%/*}" "$B/shared/${p%/*}" || { why "can't make a directory for $p"; return 1; } ;;
      *) mkdir -p "$B/shared" || { why "can't make shared/"; return 1; } ;;
    esac
    if [ ! -e "$B/shared/$p" ] && [ ! -L "$B/shared/$p" ]; then
      printf '%s\n' "$w" >>"$T/seeded"
      if [ -e "$S/$p" ] || [ -L "$S/$p" ]; then
        cp -RPp "$S/$p" "$T/seed" && mv "$T/seed" "$B/shared/$p" || { why "can't copy $p to shared/"; return 1; }
      else
        mkdir "$B/shared/$p" || { why "can't make shared/$p"; return 1; }
      fi
    fi
    rm -rf "${S:?}/$p"
    ln -s "${up}shared/$p" "$S/$p" || { why "can't link $p"; return 1; }
  done
}

undo_share() { # takes away what this very operation made; once the release has been live, only where it is empty
  rm -rf "$T/seed"
  [ -f "$T/seeded" ] || return 0
  while read -r w; do
    dec "$w"
    if began_switching; then rmdir "$B/shared/$val" 2>/dev/null; else rm -rf "$B/shared/${val:?}"; fi
  done <"$T/seeded"
  return 0
}

do_prepare() { # do_prepare COMMAND
  command_file "$1" || return 1
  rel=$S
  run_child 0 "$S" "$cmd"
}

do_sync() { fsync_tree "$S"; }

do_name() { # from here on the name in releases/ is a complete release
  mkdir -p "$B/$D" || { why "can't make $D/"; return 1; }
  if [ -e "$B/$D/$N" ] || [ -L "$B/$D/$N" ]; then
    [ ! -d "$S" ] && return 0
    why "$D/$N is there already"
    return 1
  fi
  mv "$S" "$B/$D/" || { why "can't move the release into $D/"; return 1; }
  fsync "$B/$D"
}

undo_name() { # first back into staging, in one rename, so that no half release ever has a name
  [ -d "$B/$D/$N" ] || return 0
  case $(readlink "$B/$L" 2>/dev/null) in "$D/$N") why "$D/$N is live"; return 1 ;; esac
  wipe "$S"
  mkdir -p "${S%/*}"
  mv "$B/$D/$N" "${S%/*}/" && wipe "$S"
}

do_link() { # makes both links while there is room: the swap and its undo then only rename
  rm -rf "$T/swap" "$T/back"
  mkdir "$T/swap" "$T/back" || { why "no room for the links"; return 1; }
  ln -s "$D/$N" "$T/swap/$L" || { why "can't make the link"; return 1; }
  # Proves on this very file system that mv is one rename over a link to a directory, and not a move into it.
  mkdir "$T/probe" "$T/probe/a" "$T/probe/b" "$T/probe/st" && ln -s a "$T/probe/$L" && ln -s b "$T/probe/st/$L" &&
    mv -f "$T/probe/st/$L" "$T/probe/" && [ "$(readlink "$T/probe/$L")" = b ] || { why "mv can't replace a symlink here"; return 1; }
  rm -rf "$T/probe"
  if [ -n "$was" ]; then ln -s "$was" "$T/back/$L" || { why "can't make the link back"; return 1; }; fi
  fsync "$T/swap" "$T/back"
}

# --- activate ---

do_flag() { # do_flag PATH: raises it, unless somebody else has
  path_of "$1"
  [ -e "$val" ] && return 0
  printf '%s %s\n' "$I" "$who" >"$T/flag" || { why "no room for the flag"; return 1; }
  ln "$T/flag" "$val" 2>/dev/null && return 0
  [ -e "$val" ] && return 0 # somebody else was faster
  cp "$T/flag" "$val.$I" 2>/dev/null && mv -f "$val.$I" "$val" || { rm -f "$val.$I"; why "can't write $val"; return 1; }
}

undo_flag() { # lowers it, if it is ours
  path_of "$1"
  rm -f "$val.$I"
  { read -r f _ <"$val"; } 2>/dev/null || return 0
  [ "$f" != "$I" ] || rm -f "$val"
}

do_unflag() { undo_flag "$1"; }

do_stop() { # do_stop COMMAND UNDO-COMMAND
  release_dir
  other_command "$1" 0
}

undo_stop() { # a stop that was cut short is made good first: start must not find the service half alive
  release_dir
  was_done "$K" || other_command "$1" "$undo_limit" || return 1
  other_command "$2" "$undo_limit"
}

do_start() { # do_start COMMAND UNDO-COMMAND
  release_dir
  other_command "$1" 0
}

undo_start() { # stops what may run of the new release; there may be nothing, so only the log hears of a failure
  release_dir
  other_command "$2" "$undo_limit"
  return 0
}

do_again() { :; } # stands before the swap: its undo comes after the swap's, and makes the old release run again

undo_again() { # undo_again COMMAND STOP-COMMAND
  begun_step restart || return 0
  if [ -n "$was" ]; then other_command "$1" "$undo_limit"; else other_command "$2" "$undo_limit"; fi
}

do_restart() { # do_restart COMMAND: after the swap
  release_dir
  other_command "$1" 0
}

unit_cmd() { # unit_cmd user|system VERB UNIT...
  if [ "$1" = user ]; then shift; systemctl --user "$@"
  elif [ "$(id -u)" = 0 ]; then shift; systemctl "$@"
  else shift; sudo -n systemctl "$@"
  fi
}

unit_show() { # unit_show user|system UNIT -> $u_state $u_pid $u_restarts
  u_state= u_pid=0 u_restarts=0
  if [ "$1" = user ]; then set -- "$2" --user; else set -- "$2"; fi
  unit=$1
  shift
  for l in $(systemctl "$@" show -p ActiveState -p MainPID -p NRestarts -- "$unit" 2>/dev/null); do
    case $l in
      ActiveState=*) u_state=${l#*=} ;;
      MainPID=*) u_pid=${l#*=} ;;
      NRestarts=*) u_restarts=${l#*=} ;;
    esac
  done
}

unit_step() { # unit_step VERB UNIT user|system
  dec "$2"
  unit_cmd "$3" "$1" -- "$val" >>"$T/log" 2>&1 </dev/null || { why "systemctl $1 $val failed"; return 1; }
}

do_unit_start() { # do_unit_start UNIT user|system
  dec "$1"
  unit_show "$2" "$val"
  before=$u_pid
  unit_step restart "$@" || { unit_tail "$@"; return 1; }
  unit_settled "$@" || { unit_tail "$@"; return 1; }
}

unit_settled() { # a new process, active, and no restart while we look
  dec "$1"
  unit_show "$2" "$val"
  [ "$u_pid" = 0 ] || [ "$u_pid" != "$before" ] || { why "$val still runs as process $before"; return 1; }
  pid=$u_pid restarts=$u_restarts
  sleep 1
  unit_show "$2" "$val"
  case $u_state in active | reloading) ;; *) why "$val is ${u_state:-not known}"; return 1 ;; esac
  [ "$u_pid" = "$pid" ] && [ "$u_restarts" = "$restarts" ] || { why "$val does not stay up"; return 1; }
}

unit_tail() { # what the unit said last, for the log
  dec "$1"
  if [ "$2" = user ]; then journalctl --user -n 20 --no-pager -u "$val" >>"$T/log" 2>&1 </dev/null
  else journalctl -n 20 --no-pager -u "$val" >>"$T/log" 2>&1 </dev/null
  fi
}

do_unit_again() { :; }

undo_unit_again() { # undo_unit_again UNIT user|system, after the swap's undo
  begun_step unit_start || return 0
  if [ -n "$was" ]; then unit_step restart "$@"; else unit_step stop "$@"; fi
}

do_clear() { # do_clear DIR: an empty directory in its place; the old one waits for the end
  path_of "$1"
  [ -d "$T/clear-$K" ] && return 0
  if [ -d "$val" ]; then
    mkdir "$T/clear-$K.new" || { why "no room"; return 1; }
    mode=$(ls -ld "$val" | cut -c2-10)
    mv "$val" "$T/clear-$K" || { why "can't move $val away"; return 1; }
    mv "$T/clear-$K.new" "$val" || { why "can't make $val"; return 1; }
    case $mode in *w?x??? | ????w????) chmod g+w "$val" ;; esac
  else
    mkdir -p "$val" || { why "can't make $val"; return 1; }
  fi
}

undo_clear() {
  path_of "$1"
  [ -d "$T/clear-$K" ] || return 0
  rm -rf "$val"
  mv "$T/clear-$K" "$val"
}

do_copy() { # do_copy FROM TO: copies the release's FROM over BASE/TO; what it replaces is kept for the undo
  dec "$1"
  release_dir
  from=$rel/${val%/}
  path_of "$2"
  to=${val%/}
  [ -d "$from" ] || { why "the release has no directory $from"; return 1; }
  mkdir -p "$to" || { why "can't make $to"; return 1; }
  if [ ! -f "$T/copy-$K.ready" ]; then
    : >"$T/copy-$K.old"
    : >"$T/copy-$K.new"
    (cd "$from" && find . ! -type d) >"$T/copy-$K.all" || { why "can't read $from"; return 1; }
    while IFS= read -r f; do
      if [ -e "$to/$f" ] || [ -L "$to/$f" ]; then printf '%s\n' "$f" >>"$T/copy-$K.old"
      else printf '%s\n' "$f" >>"$T/copy-$K.new"
      fi
    done <"$T/copy-$K.all"
    if [ -s "$T/copy-$K.old" ]; then
      tar -cf "$T/copy-$K.tar" -C "$to" -T "$T/copy-$K.old" >>"$T/log" 2>&1 || { why "no room to keep what $to had"; return 1; }
    fi
    for f in "$T/copy-$K.old" "$T/copy-$K.new" "$T/copy-$K.tar"; do [ ! -f "$f" ] || fsync "$f"; done
    : >"$T/copy-$K.ready"
    fsync "$T"
  fi
  # Through tar, because it replaces files and never writes into them: a reader keeps the old one.
  (cd "$from" && tar -cf - .) 2>>"$T/log" | tar -xof - -C "$to" >>"$T/log" 2>&1 || { why "can't copy to $to"; return 1; }
  fsync_tree "$to"
}

undo_copy() {
  path_of "$2"
  to=${val%/}
  [ -f "$T/copy-$K.ready" ] || return 0
  if [ -s "$T/copy-$K.old" ]; then tar -xof "$T/copy-$K.tar" -C "$to" >>"$T/log" 2>&1 || { why "can't restore $to"; return 1; }; fi
  while IFS= read -r f; do rm -f "$to/$f"; done <"$T/copy-$K.new"
  return 0
}

do_run() { # do_run COMMAND
  command_file "$1"
  release_dir
  run_child 0 "$rel" "$cmd"
}

do_swap() { # one rename(2), only over the link that the plan was made for
  fsync_tree "$B/$D/$N"
  now=$(readlink "$B/$L" 2>/dev/null)
  if [ "$now" = "$D/$N" ] && [ ! -L "$T/swap/$L" ]; then return 0; fi
  [ "$now" = "$was" ] || { why "$L was changed meanwhile: it names ${now:-nothing}"; return 1; }
  if [ -e "$B/$L" ] && [ ! -L "$B/$L" ]; then why "$L is not a link"; return 1; fi
  [ -d "$B/$D/$N" ] || { why "$D/$N is not there"; return 1; }
  mv -f "$T/swap/$L" "$B/" || { why "can't replace $L"; return 1; }
  fsync "$B"
  [ "$(readlink "$B/$L")" = "$D/$N" ] || { why "$L names $(readlink "$B/$L") after the swap"; return 1; }
}

undo_swap() {
  now=$(readlink "$B/$L" 2>/dev/null)
  [ "$now" = "$D/$N" ] || return 0
  if [ -n "$was" ]; then
    [ "$now" != "$was" ] || return 0
    [ -L "$T/back/$L" ] || ln -s "$was" "$T/back/$L" || return 1
    mv -f "$T/back/$L" "$B/" || { why "can't put $L back"; return 1; }
  else
    rm -f "$B/$L"
  fi
  fsync "$B"
}

# --- health ---

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
  [ -z "$p_expect" ] || tr '\000\r' '  ' <"$T/probe" | grep -qE -e "$p_expect"
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
      if [ "$undoing" = no ] && give_up; then break; fi
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
  do_health "$@"
}

# --- finish: after the confirmation there is no way back, and each of these can be repeated ---

do_prune() { # do_prune NAME...: never what is live, and nothing that a process still runs in
  pruned=
  for w in "$@"; do
    dec "$w"
    case $val in '' | */* | .*) continue ;; esac
    [ -d "$B/$D/$val" ] || continue
    [ "$(readlink "$B/$L" 2>/dev/null)" != "$D/$val" ] || continue
    if in_use "$B/$D/$val"; then say "kept $val: a process runs in it"; continue; fi
    mkdir -p "$T/prune" && mv "$B/$D/$val" "$T/prune/" || { why "can't remove $val"; return 1; }
    pruned=$pruned,\"$val\"
    chmod -R u+rwX "$T/prune/$val" 2>/dev/null
    rm -rf "$T/prune/${val:?}" || { why "can't remove all of $val"; return 1; }
  done
  [ -z "$pruned" ] || ledger_append prune committed '' "${pruned#,}"
}

in_use() { # in_use DIR: some process has its cwd, root or program there
  d=$(cd "$1" && pwd -P) || return 1
  # shellcheck disable=SC2012
  ls -l /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe 2>/dev/null | grep -qF -e " -> $d/" && return 0
  # shellcheck disable=SC2012
  ls -l /proc/[0-9]*/cwd /proc/[0-9]*/root 2>/dev/null | grep -q -e "cwd -> $(printf '%s' "$d" | sed 's/[][\.*^$]/\\&/g')\$"
}

do_raise() { # do_raise PATH TEXT: the flag, by hand
  path_of "$1"
  p=$val
  dec "$2"
  printf '%s %s\n' "$I" "$val" >"$T/flag" && cp "$T/flag" "$p" || { why "can't write $p"; return 1; }
}

undo_raise() { undo_flag "$1"; }

do_lower() { # do_lower PATH: whoever raised it
  path_of "$1"
  rm -f "$val" || { why "can't remove $val"; return 1; }
}

do_freeze() { # do_freeze TEXT
  dec "$1"
  printf '%s\n' "$val" >"$T/freeze" && mv -f "$T/freeze" "$R/freeze" || { why "can't write the freeze"; return 1; }
}

do_unfreeze() { rm -f "$R/freeze"; }
do_mark() { :; } # pin, unpin: the ledger's record is all there is
do_dirs() { mkdir -p "$B/$D" "$B/shared"; } # release setup
