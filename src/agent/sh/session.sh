# --- a session: what the client speaks to over one channel --------------------------------------------------------
# shellcheck shell=sh

line_end=$(printf '\001')

follow() { # follow FROM PID ID: streams the journal (6) from its line FROM on, and the log (7), until the end
  line=0 part= idle=0 sent=0 held= last_look=no closed=
  pick_nap
  while :; do
    if IFS= read -r l <&6; then
      l=$part$l
      part=
      line=$((line + 1))
      said=${l#* }
      case $said in 'end '* | 'ok '* | 'fail '* | 'stuck '* | 'undone '*) send_log; send_held ;; esac
      # After a power cut the journal may be shorter than what the client has read of it: the end is always told.
      case $said in 'end '*) told=yes ;; *) told=no ;; esac
      [ "$told" = no ] || recovered_all
      if [ "$told" = yes ] || [ "$line" -gt "$1" ]; then printf 'journal %s\n' "$l"; fi
      [ "$idle" -lt 4 ] || idle=4 # the next one comes soon, or takes its time
      case $said in
        'close '*) closed=${said#* } ;;
        'end '*) return 0 ;;
      esac
      continue
    fi
    part=$part$l
    if [ "$last_look" = yes ]; then
      # Killed before it began, or with only the last word missing: there is nothing to recover.
      if [ -d "$R/new/$3" ]; then
        rm -rf "$R/new/${3:?}"
        printf 'journal 0.00 end refused - the work was killed before it began\n'
      elif [ -n "$closed" ] && [ ! -d "$R/tx/$3" ]; then printf 'journal 0.00 end %s\n' "$closed"
      else echo 'gone'
      fi
      return 1
    fi
    idle=$((idle + 1))
    # Said unasked, too: the question may stand in a queue behind the upload.
    if [ "$idle" -lt 40 ]; then often=10; else often=3; fi
    [ $((idle % often)) -ne 0 ] || { send_log; echo alive; }
    doze "$idle"
    # Between its end and this look it may have written more: read once again. (A dead child of this shell is a zombie.)
    runs "$2" || last_look=yes
  done
}

runs() { # runs PID: does the supervisor? One of another container is the lock's holder
  if elsewhere; then lock_alive; else start_time "$1"; fi
}

recovered_all() { # whoever hears of an end finds the lock free, also where a recovery has brought it about; five seconds at most
  turns=0
  while [ "$turns" -lt 250 ]; do
    lock_top
    [ "$top" -gt 0 ] && lock_read "$top" && lock_alive && [ "$l_op" = recover ] || return 0
    turns=$((turns + 1))
    sleep "$nap"
  done
}

send_log() { # new bytes of the log, framed by their number; a client is sent 1 MiB at most of one operation
  [ "$sent" -lt 1048576 ] || return 0
  while :; do
    chunk=$(dd bs=8192 count=1 2>/dev/null <&7 | tr '\n\000' '\001?')
    [ -n "$chunk" ] || return 0
    sent=$((sent + ${#chunk}))
    held=$held$chunk
    if [ ! -s /dev/fd/8 ] || [ "${#held}" -gt 65536 ]; then send_held
    else
      # A line that is not whole may end within what has to be masked.
      case $held in *"$line_end"*)
        rest=${held##*"$line_end"}
        held=${held%"$rest"}
        send_held
        held=$rest ;;
      esac
    fi
    [ "$sent" -lt 1048576 ] || { send_held; printf 'log (more in release log)\001\n'; return 0; }
    # A short piece, also in characters, was the last one: to ask for another costs two processes.
    [ "${#chunk}" -ge 2048 ] || return 0
  done
}

send_held() { # what was read and not sent, masked
  [ -n "$held" ] || return 0
  if [ -s /dev/fd/8 ]; then
    held=$(printf '%s' "$held" | sed -f /dev/fd/8) || held="(output that could not be masked)$line_end"
  fi
  printf 'log %s\n' "$held"
  held=
}

agent_is_here() { # the script that does the work, as a file that outlives this session, and to the letter
  sum=$({ sha256sum <"$R/agent-$H.sh"; } 2>/dev/null) && [ "${sum%% *}" = "$H" ]
}

install_agent() { # from $agent_text, where the client has sent it
  agent_is_here && return 0
  [ -n "$agent_text" ] || return 1
  # On disk under its name or not there: after a power cut the boot hook takes what it finds.
  write_agent >"$R/agent-$$.part" && fsync "$R/agent-$$.part" && mv -f "$R/agent-$$.part" "$R/agent-$H.sh" || { rm -f "$R/agent-$$.part"; return 1; }
  agent_is_here
}

write_agent() { # in the pieces that it came in: a host's printf may be a program, and takes no more than 128 KiB
  (
    set -f
    IFS=$nl
    for piece in $agent_text; do printf '%b' "$piece" || exit 1; done
  )
}

drain() { while IFS= read -r line && [ "$line" != . ]; do :; done; }

make_room() { # make_room DIR SPARE: the operation's few files, all made now: nothing is allocated later that can be avoided
  mkdir -p "$R/new" && mkdir "$1" &&
    printf '%s\n' "$plan_text" >"$1/plan" && printf '' >"$1/journal" && printf '' >"$1/log" && printf '' >"$1/mask" && boot_id && echo "begin $boot" >"$1/sig" &&
    up_hundredths && printf '%-20s\n' "$hundredths" >"$1/hb" && put_files "$1" && sums_of "$1" >"$1/sums" && spare "$1/pad" "$2"
}

spare() { # spare DIR INODES: there has to be so much for what can't be avoided, or the ballast gives it: tried out
  mkdir "$1" && dd if=/dev/zero of="$1/0" bs=8192 count=4 2>/dev/null || return 1
  n=0
  while [ "$n" -lt "$2" ]; do
    n=$((n + 1))
    printf '' >"$1/$n" || return 1
  done
  rm -rf "$1"
}

put_files() { # put_files DIR: what the plan has beside its lines: pairs of a name and a piece, in order
  rm -f "$1"/*.sql "$1/upgrade" "$1/seed.data" "$1/artifact.sig"
  f=
  set -f
  for w in $files; do
    if [ -z "$f" ]; then f=$w; continue; fi
    case $f in *[!a-z.]* | .*) return 1 ;; esac
    dec "$w"
    printf '%s' "$val" >>"$1/$f" || { set +f; return 1; }
    f=
  done
  set +f
}

begin() { # begin ID: reads a plan up to a lone dot, and starts its supervisor
  case $1 in '' | *[!A-Za-z0-9-]*) drain; echo 'refused bad operation id'; return ;; esac
  plan_text="agent $H" files=
  while IFS= read -r line; do
    case $line in
      .) break ;;
      'file '*) files=$files$nl${line#file } ;;
      *) plan_text=$plan_text$nl$line ;;
    esac
  done
  [ "$line" = . ] || exit 1
  if ! mkdir -p "$B" "$R" 2>/dev/null || ! chmod 700 "$R" 2>/dev/null; then
    # A full disk: give the ballast up.
    rm -rf "$R/ballast"
    mkdir -p "$B" "$R" && chmod 700 "$R" || { echo 'refused the state directory .release can not be written'; return; }
  fi
  T=$R/new/$1
  if ! make_room "$T" 20 2>/dev/null || ! install_agent 2>/dev/null; then
    rm -rf "$T" "$R/ballast"
    make_room "$T" 0 && install_agent || { rm -rf "$T"; echo 'refused no room for the operation'; return; }
  fi
  touch "$R/agent-$H.sh" 2>/dev/null # see old_agents
  exec 4>>"$T/sig" 5<>"$T/hb" 6<"$T/journal" 7<"$T/log" 8<"$T/mask"
  # Away from this session: its end, and a write to it that blocks or fails, can't touch the work.
  away
  # In the directory, and with the place in the environment: no argument names anything of the user's.
  (
    cd "$R" || exit
    RELEASE_OPERATION=$1 RELEASE_BASE=$B RELEASE_RELEASES=$D RELEASE_LIVE=$L
    export RELEASE_OPERATION RELEASE_BASE RELEASE_RELEASES RELEASE_LIVE
    # shellcheck disable=SC2086
    exec $away setsid sh "agent-$H.sh" supervise "$1"
  ) 4>&- 5>&- 6<&- 7<&- 8<&- </dev/null >/dev/null 2>>"$T/log" &
  supervisor=$! l_ns=
  echo 'begun'
  follow 0 "$supervisor" "$1" 4>&- 5>&- </dev/null &
  follower=$!
}

attach() { # attach ID LINE: the journal again, from LINE on, wherever it is now
  case $1 in '' | *[!A-Za-z0-9-]*) echo 'unknown'; return ;; esac
  for d in "$R/tx/$1" "$R/logs/$1" "$R/new/$1"; do
    # Cut short while it was made, it has never begun; and a redirection that fails would end this shell.
    [ -f "$d/journal" ] && [ -f "$d/log" ] || continue
    case $d in "$R/logs/"*) ;; *) [ -f "$d/sig" ] && [ -f "$d/hb" ] || continue ;; esac
    T=$d
    case $d in "$R/logs/"*) ;; *) exec 4>>"$T/sig" 5<>"$T/hb"; beat ;; esac
    exec 6<"$T/journal" 7<"$T/log" 8</dev/null
    [ ! -f "$T/mask" ] || exec 8<"$T/mask"
    lock_top
    lock_read "$top"
    case $d in "$R/new/"*) marked "RELEASE_OPERATION=$1"; l_pid=${pids##* } l_ns= ;; esac
    echo attached
    follow "$2" "${l_pid:-0}" "$1" 4>&- 5>&- </dev/null &
    follower=$!
    return
  done
  rm -rf "$R/new/${1:?}"
  echo unknown
}

beat() { # written over in place: needs no room
  up_hundredths
  printf '%-20s\n' "$hundredths" 1<>/dev/fd/5 2>/dev/null
}

tell() { # tell WORD: to the supervisor; the client says it once, so it has to arrive
  { printf '%s\n' "$1" >&4 || { rm -rf "$R/ballast"; printf '\n%s\n' "$1" >&4; }; } 2>/dev/null
}

put() { # put ID: the rest of stdin is the artifact; length and sha256 are the supervisor's to check
  case $1 in '' | *[!A-Za-z0-9-]*) return 1 ;; esac
  T=$R/tx/$1
  # It comes at the same time as the plan: wait until that has the lock. One that never gets it says so elsewhere.
  pick_nap
  turns=0 seen=no
  until [ -d "$T" ]; do
    if [ -d "$R/new/$1" ]; then seen=yes
    elif { [ "$seen" = yes ] || [ -d "$R/logs/$1" ]; } && [ ! -d "$T" ]; then
      # It was turned away or is over, and the client hears so elsewhere: that comes first.
      cat >/dev/null
      sleep 2
      return 1
    fi
    doze "$turns"
    turns=$((turns + 1))
    [ "$turns" -lt 190 ] || return 1 # half a minute
  done
  # What did not arrive whole, for whatever reason, is seen by its length.
  cat >"$T/artifact.part"
  # Without that word the client has the operation undone; the supervisor would wait for as long as the client lives.
  mv "$T/artifact.part" "$T/artifact" 2>/dev/null && echo put
}

artifact() { # artifact RELEASE: what a release was made of: length, sha256 as it lies here, and the bytes, up to the end
  case $1 in '' | .* | *[!A-Za-z0-9._+~-]*) echo unknown; return ;; esac
  f=$R/manifests/$1/artifact
  if [ -f "$f" ] && sum=$(sha256sum <"$f"); then
    printf 'artifact %s %s\n' "$(($(wc -c <"$f")))" "${sum%% *}"
    cat "$f"
  else echo unknown
  fi
}

signature() { # signature RELEASE: the lines of the signature of what it was made of
  case $1 in '' | .* | *[!A-Za-z0-9._+~-]*) ;; *)
    f=$R/manifests/$1/artifact.sig
    [ ! -f "$f" ] || head -c 65536 "$f" | sed 's/^/sig /' ;;
  esac
  printf '\nend\n'
}

masked() { # masked SCRIPT: stdin without what the script masks
  if [ -z "$1" ]; then cat; else sed -f /dev/fd/9 9<<END
$1
END
  fi
}

kept() { # the backups, and the upgrades that are kept with releases: NAME, the release before it, and the document
  for f in "$R"/backups/*; do
    case ${f##*/} in *[!A-Za-z0-9-]*) ;; *) [ ! -f "$f" ] || echo "backup ${f##*/} $(($(wc -c <"$f")))" ;; esac
  done
  for f in "$R"/schema/*/upgrade; do
    [ -f "$f" ] || continue
    n=${f%/upgrade}
    l=
    { read -r l <"$n/before"; } 2>/dev/null
    printf 'kept %s %s ' "${n##*/}" "${l:--}"
    # One line, whatever is left of it.
    tr -d '\n' <"$f"
    echo
  done
  echo end
}

show_log() { # show_log ID
  case $1 in '' | *[!A-Za-z0-9-]*) echo unknown; return ;; esac
  for d in "$R/logs/$1" "$R/tx/$1"; do
    [ -f "$d/log" ] || continue
    if [ -s "$d/mask" ]; then
      printf 'bytes %s\n' "$(($(sed -f "$d/mask" "$d/log" | wc -c)))"
      sed -f "$d/mask" "$d/log"
      return
    fi
    printf 'bytes %s\n' "$(($(wc -c <"$d/log")))"
    cat "$d/log"
    return
  done
  echo unknown
}

session() { # reads requests until the client goes
  # Files of [env] have no terminal of the client's to ask.
  follower='' agent_text='' apart=setsid
  while IFS= read -r req; do
    set -f
    # shellcheck disable=SC2086
    set -- $req
    set +f
    case ${1-} in
      hello)
        # hello SCRIPT-SHA256 BASE RELEASES LIVE
        H=$2
        dec "$4"; D=$val
        dec "$5"; L=$val
        B=/
        path_of "$3"
        B=$val
        R=$B/.release
        printf '@release 1 %s\n' "$H" ;;
      agent) agent_text=${req#agent } ;;
      agent+) agent_text=$agent_text$nl${req#agent+ } ;;
      look)
        agent_is_here && echo "agent $H"
        look ;;
      begin) begin "$2" ;;
      attach) attach "$2" "$3" ;;
      hb) beat; echo alive ;;
      go | turn | confirm | abort | failed) tell "$1" ;;
      put) put "$2"; return ;;
      artifact) artifact "$2"; return ;;
      sql)
        shift
        sql "$@"
        return ;;
      also) eval "$(printf '%b' "${req#also }")" ;;
      health)
        shift
        (ask_live "$@") </dev/null ;;
      database)
        shift
        (database_place "$@") </dev/null ;;
      env)
        shift
        (try_env "$@") </dev/null ;;
      signature) signature "$2" ;;
      ledger) ledger "$2" "${3-}" ;;
      kept) kept ;;
      log) show_log "$2" ;;
      recover)
        shift
        recover_begin "$@" ;;
      bye) break ;;
    esac
  done
  [ -z "$follower" ] || kill "$follower" 2>/dev/null
}

recover_begin() { # recover_begin ROLE=WORD...: in a process of its own, so that it ends even if the client does not wait
  if [ ! -d "$R" ]; then echo 'recovered nothing'; return; fi
  install_agent || { rm -rf "$R/ballast"; install_agent; } || { echo 'recovered failed'; return; }
  away
  (
    cd "$R" || exit
    RELEASE_OPERATION=recover RELEASE_BASE=$B RELEASE_RELEASES=$D RELEASE_LIVE=$L RELEASE_TODAY=$*
    export RELEASE_OPERATION RELEASE_BASE RELEASE_RELEASES RELEASE_LIVE RELEASE_TODAY
    # shellcheck disable=SC2086
    exec $away setsid sh "agent-$H.sh" recover
  ) </dev/null >/dev/null 2>&1 &
  recovery=$! turns=0
  pick_nap
  # The client hears that somebody is at work, and so that somebody is there.
  while start_time "$recovery"; do
    turns=$((turns + 1))
    [ $((turns % 10)) -ne 0 ] || echo alive
    doze "$turns"
  done
  wait "$recovery"
  case $? in
    0) echo 'recovered done' ;;
    2) echo 'recovered broken' ;;
    3) echo 'recovered failed' ;;
    *) echo 'recovered locked' ;;
  esac
}

session
