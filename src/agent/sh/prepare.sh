# --- prepare: beside what is live, harmless ----------------------------------------------------------------------
# shellcheck shell=sh

do_env() { # do_env f:FILE... v:NAME=VALUE...: sources each file once and keeps what they exported
  rm -f "$T/env" "$T/env.part"
  env_lines "$@" 3>"$T/env.part" >>"$T/log" 2>&1 || { why "an [env] file failed, or there was no room for the environment"; return 1; }
  mv -f "$T/env.part" "$T/env"
}

do_receive() { # do_receive BYTES SHA256: waits for the upload, then proves it
  had=0 turns=0
  until [ -e "$T/artifact" ]; do
    turns=$((turns + 1))
    # On a slow line the heartbeat stands in one queue with the upload: what arrives of that is a sign of life as well.
    if [ $((turns % 10)) -eq 0 ] && got=$({ wc -c <"$T/artifact.part"; } 2>/dev/null) && [ "$got" -ne "$had" ]; then
      up_hundredths
      had=$got fed=$hundredths
    fi
    give_up && { why "$gone"; return 1; }
    sleep "$nap"
  done
  got=$(($(wc -c <"$T/artifact")))
  [ "$got" -eq "$1" ] || { why "$got of $1 bytes arrived"; return 1; }
  sum=$(sha256sum <"$T/artifact") || { why "sha256sum failed"; return 1; }
  [ "${sum%% *}" = "$2" ] || { why "sha256 is ${sum%% *}, not $2"; return 1; }
}

undo_receive() { rm -f "$T/artifact" "$T/artifact.part"; }

do_unpack() { # do_unpack TOP: the one directory of the archive becomes the release
  dec "$1"
  wipe "$S" "$T/unpack"
  mkdir -p "$T/unpack" "${S%/*}" || { why "no room to unpack"; return 1; }
  # -o: files belong to whoever unpacks, also when that is root; the umask decides what others may write. Not with
  # --strip-components, which of a name like ./app-1.0/file takes away the dot and leaves app-1.0.
  tar -xzof "$T/artifact" --no-same-permissions -C "$T/unpack" >>"$T/log" 2>&1 || { why "tar failed"; return 1; }
  [ -d "$T/unpack/$val" ] || { why "there is no directory $val in the archive"; return 1; }
  chmod -R u+rwX,go-w,a-st "$T/unpack/$val" >>"$T/log" 2>&1 || { why "chmod failed"; return 1; }
  mv "$T/unpack/$val" "$S" || { why "can't move what was unpacked"; return 1; }
  rm -rf "$T/unpack"
}

undo_unpack() { wipe "$S" "$T/unpack"; }

do_meta() { # do_meta JSON
  dec "$1"
  rm -rf "$S/.release.json"
  printf '%s\n' "$val" >"$S/.release.json" || { why "can't write .release.json"; return 1; }
}

do_share() { # do_share PATH...: links BASE/shared/PATH into the release; a first deploy seeds it from the release
  # The links fit a release in BASE/releases. While it is prepared it stands one directory deeper, in .release/staging.
  [ -L "$R/shared" ] || ln -s ../shared "$R/shared" || { why "can't make a link"; return 1; }
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
      printf '%s\n' "$w" >>"$T/seeded" || { why "no room for a list"; return 1; }
      if [ -e "$S/$p" ] || [ -L "$S/$p" ]; then
        cp -RPp "$S/$p" "$T/seed" && mv "$T/seed" "$B/shared/$p" || { why "can't copy $p to shared/"; return 1; }
      else
        mkdir "$B/shared/$p" || { why "can't make shared/$p"; return 1; }
      fi
    fi
    # Into a directory that is still there, `ln` would put it.
    rm -rf "${S:?}/$p" && ln -s "${up}shared/$p" "$S/$p" || { why "can't link $p"; return 1; }
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
  run_child 0 "$S" sh "$cmd"
}

do_sync() { # with the manifest: what `prepare` made belongs to the release
  write_manifest "$T/manifest" || return 1
  fsync_tree "$S" || { why 'the release can not be written to disk'; return 1; }
}

do_name() { # from here on the name in releases/ is a complete release
  mkdir -p "$B/$D" || { why "can't make $D/"; return 1; }
  if [ -e "$B/$D/$N" ] || [ -L "$B/$D/$N" ]; then
    [ ! -d "$S" ] && return 0
    why "$D/$N is there already"
    return 1
  fi
  if [ -d "$T/manifest" ]; then
    # The bytes that it was made of stay with it: `release promote` takes them elsewhere.
    [ ! -f "$T/artifact" ] || mv "$T/artifact" "$T/manifest/artifact" || { why "can't keep the artifact"; return 1; }
    mkdir -p "$R/manifests" && rm -rf "$R/manifests/${N:?}" && mv "$T/manifest" "$R/manifests/$N" && fsync "$R/manifests" ||
      { why "can't keep the manifest"; return 1; }
  fi
  mv "$S" "$B/$D/" || { why "can't move the release into $D/"; return 1; }
  fsync "$B/$D" || { why "$D/ can not be written to disk"; return 1; }
}

undo_name() { # first back into staging, in one rename, so that no half release ever has a name
  if [ -d "$B/$D/$N" ]; then
    case $(readlink "$B/$L" 2>/dev/null) in "$D/$N") why "$D/$N is live"; return 1 ;; esac
    wipe "$S"
    mkdir -p "${S%/*}" && mv "$B/$D/$N" "${S%/*}/" && wipe "$S" && fsync_undone "$B/$D" || return 1
  fi
  stale_manifests
}

do_link() { # makes both links while there is room: the swap and its undo then only rename
  rm -rf "$T/swap" "$T/back"
  mkdir "$T/swap" "$T/back" || { why "no room for the links"; return 1; }
  ln -s "$D/$N" "$T/swap/$L" || { why "can't make the link"; return 1; }
  # Proves on this very file system that mv is one rename over a link to a directory, and not a move into it.
  mkdir "$T/try" "$T/try/a" "$T/try/b" "$T/try/st" && ln -s a "$T/try/$L" && ln -s b "$T/try/st/$L" &&
    mv -f "$T/try/st/$L" "$T/try/" && [ "$(readlink "$T/try/$L")" = b ] || { why "mv can't replace a symlink here"; return 1; }
  rm -rf "$T/try"
  if [ -n "$was" ]; then ln -s "$was" "$T/back/$L" || { why "can't make the link back"; return 1; }; fi
  fsync "$T/swap" "$T/back" || { why "the links can not be written to disk"; return 1; }
}
