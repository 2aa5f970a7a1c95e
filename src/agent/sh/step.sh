# --- what the steps share ----------------------------------------------------------------------------------------
# Each step is a do_NAME and, where it leaves something, an undo_NAME. Both can run twice and after half a run.
# $T: the operation's directory; $N: the release's name; $S: where it lives; $part: where it is unpacked; $K: the number of this step.
# shellcheck shell=sh

say() { printf '%s\n' "$*" >>"$T/log"; }

why() { # why TEXT: the reason of a failure, for the journal
  reason=$(mask_line "$*")
  [ -n "$reason" ] || reason=failed # no process could be had for more
  [ -n "${hush-}" ] || say "release: $reason"
  return 1
}

mask_line() { # mask_line TEXT: as one line, without what this operation knows to be secret
  if [ -s "$T/mask" ]; then one_line "$1" | sed -f "$T/mask"; else one_line "$1"; fi
}

warn_once() { # warn_once TEXT: what is tried twice in an operation is told once
  grep -qF -e " warning $1" "$T/journal" 2>/dev/null || note "warning $1"
}

hushed() { # hushed COMMAND...: of our own, that may fail: the log is about what the user's do
  hush=yes
  "$@"
  hush_rc=$? hush=
  return "$hush_rc"
}

mask_file() { # mask_file FILE: its text without what this operation knows to be secret
  if [ -s "$T/mask" ]; then sed -f "$T/mask" "$1"; else cat "$1"; fi
}

mask_more() { # lines on stdin: are masked from here on. Whoever reads the log for a client has the file open: it only grows
  mask_script >"$T/mask.part" && cat "$T/mask.part" >>"$T/mask"
  mask_rc=$?
  rm -f "$T/mask.part"
  return "$mask_rc"
}

mask_database() { # mask_database URL-WORD...: what of it must not be shown, once
  [ -z "${database_masked-}" ] || return 0
  (if [ -f "$T/env" ]; then . "$T/env"; fi; mask_words "$@") | mask_more && database_masked=yes
}

mask_log() { # the log that is kept, and nothing of what was secret
  rm -f "$T/env.said"
  [ -s "$T/mask" ] || { rm -f "$T/mask"; return 0; }
  if sed -f "$T/mask" "$T/log" >"$T/log.part"; then
    # What still runs in the background writes on into a log that had nothing to hide.
    if cmp -s "$T/log" "$T/log.part"; then rm -f "$T/log.part"; else mv -f "$T/log.part" "$T/log"; fi
  else
    rm -f "$T/log.part"
    printf 'release: there was no room to mask the values of [env] in this log, so it was not kept\n' >"$T/log"
  fi 2>/dev/null
  rm -f "$T/mask" "$T/mask.part"
}

wipe() { # rm -rf, also of directories that their owner may not write to
  rm -rf "$@" 2>/dev/null && return 0
  chmod -R u+rwX "$@" 2>/dev/null
  rm -rf "$@"
}

remove_or_say() { # remove_or_say DIR: what another account's commands wrote there stays, and is said
  [ -d "$1" ] || return 0
  # Once more without the log: where that can't be opened, the command does not run at all.
  wipe "$1" 2>>"$T/log" || wipe "$1" 2>/dev/null || [ ! -d "$1" ] || warn_once "$1 can't be removed: another account's files are in it; as root: rm -rf $1"
}

release_dir() { rel=$B/$D/$N; } # -> $rel

live_now() { # what `live` names -> $now; empty: it is no link. Whoever can't read it does not know, and ends
  now=
  [ -L "$B/$L" ] || return 0
  now=$(readlink "$B/$L") || short 'readlink'
}


is_live() { # is_live NAME
  live_now
  [ "$now" = "$D/$1" ]
}

as_old() { # as_old COMMAND...: runs it for the release that was live before, so that its variables name that one
  new_name=$N new_version=$V
  if [ -n "$prev" ]; then N=$prev V=${prev#*-*-}; fi
  release_dir
  "$@"
  as_rc=$?
  N=$new_name V=$new_version
  return "$as_rc"
}
