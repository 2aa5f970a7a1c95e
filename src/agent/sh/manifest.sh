# --- the manifest: which paths a release had when it got its name, so that none is switched to that has lost some ----
# .release/manifests/NAME/ has `paths` and `ahead`: those of them that were newer than the list from the
# beginning, by the clock of the machine that packed them. A name with a newline in it is two lines: no less is seen.
# Beside them lies `artifact`: the very bytes that came.
# shellcheck shell=sh

paths_in() { (cd "$1" && shift && find . -mindepth 1 "$@"); } # paths_in DIR TEST...

# As it is called once it is complete.
finished() { sed 's|^\./\.release\.json\.part$|./.release.json|' | sort -u; }

write_manifest() { # write_manifest DIR: of $S, in DIR
  rm -rf "$1"
  mkdir "$1" && paths_in "$S" | finished >"$1/paths" && paths_in "$S" -type f -newer "$1/paths" | finished >"$1/ahead" ||
    { why "no room for the manifest"; return 1; }
}

tally() { sed -n -e '1s|^\./||' -e 1p -e '$='; } # how many lines, behind the first of them

first_of() { one_line "${1%"$nl"*}"; } # first_of TALLY
count_of() { echo "${1##*"$nl"}"; } # count_of TALLY
files_of() { case ${1##*"$nl"} in 1) echo '1 file' ;; *) echo "${1##*"$nl"} files" ;; esac; } # files_of TALLY

do_verify() { # nothing is written unless something is missing: this also has to be possible when the disk is full
  name_written "$prev"
  verify_shared
  m=$R/manifests/$N
  # A release that is older than manifests; or the way out for whoever knows better: remove the manifest.
  [ -f "$m/paths" ] && [ -f "$m/ahead" ] || return 0
  all=$(($(wc -l <"$m/paths")))
  lost=$(missing_paths)
  if [ -n "$lost" ] && [ -f "$m/artifact" ] && restore_missing; then
    had=$lost
    lost=$(missing_paths)
    back=$(printf '%s\n' "$had" ${lost:+"$lost"} | sort | uniq -u | tally)
    [ "$had" = "$lost" ] || note "warning $D/$N had lost $(files_of "$back") that its artifact has: they are restored (first: $(first_of "$back"))"
  fi
  missing=$(printf '%s' "${lost:+$lost$nl}" | tally)
  if [ -n "$missing" ]; then
    why "$D/$N is incomplete: $(count_of "$missing") of $all files are missing (first: $(first_of "$missing"))"
    return 1
  fi
  # People mend things where they are. Said and no more; what has come since, like caches, is not said.
  changed=$(paths_in "$B/$D/$N" -type f -newer "$m/paths" | sort -u | sort - "$m/paths" | uniq -d |
    sort - "$m/ahead" "$m/ahead" | uniq -u | tally)
  [ -z "$changed" ] || note "warning $D/$N was changed since it was deployed: $(count_of "$changed") of $all files (first: $(first_of "$changed"))"
}

# BusyBox has no comm: what is there counts twice, so that only what is not there comes once.
missing_paths() { paths_in "$B/$D/$N" | sed p | sort - "$m/paths" | uniq -u; }

restore_missing() { # what $lost names and the artifact has; nothing that was a link into shared/, and through no link
  open_artifact "$m/artifact" || return 1
  while IFS= read -r f; do
    f=${f#./}
    [ -e "$tree/$f" ] || [ -L "$tree/$f" ] || continue
    [ ! -e "$B/shared/$f" ] && [ ! -e "$S/$f" ] && (own_parents "$S" "$f") >/dev/null 2>&1 || continue
    mkdir -p "$S/$(dirname "$f")" && mv "$tree/$f" "$S/$f" 2>>"$T/log"
  done <<LOST
$lost
LOST
  wipe "$part"
  fsync_tree "$S"
}

open_artifact() { # open_artifact FILE -> $tree: its one directory, as `unpack` makes it
  wipe "$part"
  mkdir "$part" && tar -xzof "$1" --no-same-permissions -C "$part" >>"$T/log" 2>&1 || { wipe "$part"; return 1; }
  for tree in "$part"/*; do chmod -R u+rwX,go-w,a-st "$tree" >>"$T/log" 2>&1; done
  rm -rf "$tree/.release.json"
  [ -d "$tree" ]
}

stale_manifests() { # removes those of releases that are gone; not those of releases/ by another name
  for f in "$R"/manifests/*; do
    if [ -d "$B/$D/${f##*/}" ] || [ -d "$B/$D/.${f##*/}.gone" ]; then continue; fi
    for d in "$B"/*/"${f##*/}"; do [ -d "$d" ] && continue 2; done
    rm -rf "$f"
  done
  rmdir "$R/manifests" 2>/dev/null
  return 0
}
