# --- the end of an operation: its record in the ledger, and what of it stays ---------------------------------------
# shellcheck shell=sh

ledger_append() { # ledger_append OP OUTCOME REASON PRUNED
  text=$(one_line "$3" | tr '\\"' "/'")
  # Half a line is left alone, whatever it ends in: what follows is whole.
  [ -z "$({ tail -c 1 "$R/ledger" | tr '\000' '?'; } 2>/dev/null)" ] || printf '\n' >>"$R/ledger"
  printf '{"seq":%s,"id":"%s","op":"%s",%s,"ended_at":"%s","outcome":"%s","reason":"%s","pruned":[%s]}\n' \
    "$gen" "$I" "$1" "$record" "$(utc)" "$2" "$text" "$4" >>"$R/ledger" || { why "can't write the ledger"; return 1; }
  fsync "$R/ledger"
}

recorded() { # is this operation's record in the ledger, and whole? -> $record_says, its outcome
  l=$({ ledger_text | grep -F -e "\"id\":\"$I\",\"op\":\"$op\""; } 2>/dev/null | grep '}$' | tail -n 1)
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
  cleared_away
  rm -f "$T/sums" # what follows changes and removes what they are of
  note "close $outcome $(live_name) $(one_line "$failure")"
  mask_log
  wipe "$T/env" "$T/env.vars" "$T/env.part" "$T/swap" "$T/back" "$T/follow" "$T/try" "$T/probe"* "$T/prune" "$T/artifact" \
    "$T/artifact.part" "$T/unpack"* "$T/manifest" "$T/flag" "$T/seed."* "$T/artifact.sig" "$T/filled"* "$T/written"* "$T/clear-"* "$T/copy-"* "$T/cmd-"* "$T/unit" "$T/ran" "$T/crontab"* "$T/ledger" "$T/kept"
  # A way back of the database that could not be gone is for whoever has to go it by hand.
  [ "$outcome" = broken ] || wipe "$T/"*.sql "$T/upgrade"*
  pruned_away
  [ -z "$N" ] || wipe "$part"
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

hide_values() { # the plan stays for whoever reads the log, but without the values of [env] and the text of a URL
  if LC_ALL=C sed -e 's/^step env .*/step env/' -e '/^step /s/ l:[^ ]*/ l:/g' "$T/plan" >"$T/plan.part"; then mv -f "$T/plan.part" "$T/plan"; else rm -f "$T/plan" "$T/plan.part"; fi
}

end_op() { # the last line; who reads it finds lock and directory already free
  note "end $outcome $(live_name) $(one_line "$failure")"
}

live_name() { # what live names now, as one word for the client
  live_now
  to=$now
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
