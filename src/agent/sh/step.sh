# --- what the steps share ----------------------------------------------------------------------------------------
# Each step is a do_NAME and, where it leaves something, an undo_NAME. Both can run twice and after half a run.
# $T: the operation's directory; $N: the release's name; $S: where it lives; $part: where it is unpacked; $K: the number of this step.
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

release_dir() { rel=$B/$D/$N; } # -> $rel

is_live() { [ "$(readlink "$B/$L" 2>/dev/null)" = "$D/$1" ]; } # is_live NAME

as_old() { # as_old COMMAND...: runs it for the release that was live before, so that its variables name that one
  new_name=$N new_version=$V
  if [ -n "$prev" ]; then N=$prev V=${prev#*-*-}; fi
  release_dir
  "$@"
  as_rc=$?
  N=$new_name V=$new_version
  return "$as_rc"
}
