# --- prepare: beside what is live, harmless ----------------------------------------------------------------------
# shellcheck shell=sh

do_receive() { # do_receive BYTES SHA256: waits for the upload, then proves it
  had=0 turns=0
  until [ -e "$T/artifact" ]; do
    doze "$turns"
    turns=$((turns + 1))
    # On a slow line the heartbeat stands in one queue with the upload: what arrives of that is a sign of life as well.
    if [ $((turns % 5)) -eq 0 ] && got=$({ wc -c <"$T/artifact.part"; } 2>/dev/null) && [ "$got" -ne "$had" ]; then
      up_hundredths
      had=$got fed=$hundredths
    fi
    give_up && { why "$gone"; return 1; }
  done
  got=$(($(wc -c <"$T/artifact")))
  [ "$got" -eq "$1" ] || { why "$got of $1 bytes arrived"; return 1; }
  sum=$(sha256sum <"$T/artifact") || { why "sha256sum failed"; return 1; }
  [ "${sum%% *}" = "$2" ] || { why "sha256 is ${sum%% *}, not $2"; return 1; }
}

undo_receive() { rm -f "$T/artifact" "$T/artifact.part"; }

do_unpack() { # do_unpack TOP: the one directory of the archive becomes the release, where it will live
  dec "$1"
  if [ -e "$S" ] || [ -L "$S" ]; then why "$D/$N is there already"; return 1; fi
  printf '' >"$T/unpack.dirs" && new_dirs "$B/$D" "$T/unpack.dirs" && fsync "$T/unpack.dirs" && mkdir -p "$B/$D" || { why "can't make $D/"; return 1; }
  wipe "$part"
  # Below releases/ from the first file on: its default ACLs, label and quota are the release's.
  mkdir "$part" || { why "no room to unpack"; return 1; }
  # -o: files belong to whoever unpacks, also when that is root; the umask decides what others may write. Not with
  # --strip-components, which of a name like ./app-1.0/file takes away the dot and leaves app-1.0.
  tar -xzof "$T/artifact" --no-same-permissions -C "$part" >>"$T/log" 2>&1 || { why "tar failed"; return 1; }
  [ -d "$part/$val" ] || { why "there is no directory $val in the archive"; return 1; }
  others=go-w
  # shellcheck disable=SC2012
  case $(ls -ld "$part" | cut -c11) in +) others=o-w ;; esac # the group's bits are the mask of the ACL
  chmod -R "u+rwX,$others,a-st" "$part/$val" >>"$T/log" 2>&1 || { why "chmod failed"; return 1; }
  # It would be called complete. And a mark that the name is ours to remove, on disk before there is one.
  rm -rf "$part/$val/.release.json" && printf '' >"$T/unpacked" && fsync "$T/unpacked" "$T" || { why "no room to unpack"; return 1; }
  mv "$part/$val" "$S" || { why "can't move what was unpacked"; return 1; }
  rm -rf "$part"
}

undo_unpack() {
  if [ -f "$T/unpacked" ] && [ -d "$S" ]; then
    is_live "$N" && { why "$D/$N is live"; return 1; }
    rm -f "$S/.release.json"
    # It has been live, and users have been there.
    if began_switching; then keep_written "$N" "$S" || { why "what users wrote in $D/$N can't be kept"; return 1; }; fi
    remove_made "$S"
  fi
  remove_made "$part"
  undo_new_dirs "$T/unpack.dirs"
  stale_manifests
  [ ! -d "$B/$D" ] || fsync_undone "$B/$D"
}

remove_made() { # remove_made DIR: what another account's commands wrote there stays, and is said: it is no release
  [ -d "$1" ] || return 0
  rm -f "$1/.release.json"
  remove_or_say "$1"
}

do_prepare() { # do_prepare COMMAND
  command_file "$1" || return 1
  release_dir
  limit_of prepare
  run_child "$limit" "$rel" sh "./$cmd"
}

do_meta() { # do_meta JSON: under a name that says nothing yet
  dec "$1"
  rm -rf "$S/.release.json.part" "$S/.release.json"
  printf '%s\n' "$val" >"$S/.release.json.part" || { why "can't write .release.json"; return 1; }
}

do_sync() { # with the manifest: what `prepare` made belongs to the release
  write_manifest "$T/manifest" || return 1
  fsync_tree "$S" || { why 'the release can not be written to disk'; return 1; }
}

do_complete() { # from here on it is a release: it has its .release.json
  if [ -d "$T/manifest" ]; then
    # The bytes that it was made of stay with it: `release promote` takes them elsewhere.
    [ ! -f "$T/artifact" ] || mv "$T/artifact" "$T/manifest/artifact" || { why "can't keep the artifact"; return 1; }
    # And who signed them, for a target that asks.
    [ ! -f "$T/artifact.sig" ] || mv "$T/artifact.sig" "$T/manifest/artifact.sig" || { why "can't keep the signature"; return 1; }
    mkdir -p "$R/manifests" && rm -rf "$R/manifests/${N:?}" && mv "$T/manifest" "$R/manifests/$N" && fsync "$R/manifests" ||
      { why "can't keep the manifest"; return 1; }
  fi
  [ ! -f "$S/.release.json.part" ] || mv -f "$S/.release.json.part" "$S/.release.json" || { why "can't write .release.json"; return 1; }
  [ -f "$S/.release.json" ] && fsync "$S" "$B/$D" || { why "$D/ can not be written to disk"; return 1; }
}

undo_complete() { # first it is no release any more, by one unlink
  is_live "$N" && { why "$D/$N is live"; return 1; }
  if [ -f "$T/unpacked" ] && [ -d "$S" ]; then rm -f "$S/.release.json" && fsync_undone "$S" || return 1; fi
}

make_links() {
  rm -rf "$T/swap" "$T/back" "$T/try"
  mkdir "$T/swap" "$T/back" "$T/try" "$T/try/a" "$T/try/b" "$T/try/st" && ln -s "$D/$N" "$T/swap/$L" &&
    { [ -z "$was" ] || ln -s "$was" "$T/back/$L"; } && ln -s a "$T/try/$L" && ln -s b "$T/try/st/$L"
}

do_link() { # makes both links while there is room: the swap and its undo then only rename
  copies_fit || return 1
  make_links 2>/dev/null || { rm -rf "$R/ballast"; make_links; } || { why "no room for the links"; return 1; }
  # Proves on this very file system that mv is one rename over a link to a directory, and not a move into it.
  mv -f "$T/try/st/$L" "$T/try/" && [ "$(readlink "$T/try/$L")" = b ] || { why "mv can't replace a symlink here"; return 1; }
  rm -rf "$T/try"
  fsync "$T/swap" "$T/back" || { why "the links can not be written to disk"; return 1; }
}
