# --- keep: what users wrote into a release is set aside before the release goes ------------------------------------
# .release/kept/NAME holds it, .release/kept/NAME.until says in which second it may go. What a release brought is in its
# manifest; what was changed since counts as written. Without a manifest nobody knows, and nothing is kept.
# shellcheck shell=sh

kept_days=30

written_in() { # written_in NAME DIR LIST: the files in DIR that release NAME did not bring, or that were changed since
  m=$R/manifests/$1
  [ -f "$m/paths" ] && [ -f "$m/ahead" ] || return 1
  # What is in the manifest counts twice more, so that only what is not in it comes once.
  paths_in "$2" ! -type d | sort -u | sort - "$m/paths" "$m/paths" | uniq -u >"$3" &&
    paths_in "$2" -type f -newer "$m/paths" | sort -u | sort - "$m/paths" | uniq -d | sort - "$m/ahead" "$m/ahead" | uniq -u >>"$3"
}

keep_written() { # keep_written NAME DIR: sets aside what is not the release's own, by taking its own away; DIR is no release any more
  list=$T/written
  written_in "$1" "$2" "$list" && [ -s "$list" ] || { rm -f "$list"; return 0; }
  first=$(sort "$list" | tally)
  # Only what is really there, so that no path leads through a link; and names with a newline in them stay.
  paths_in "$2" ! -type d | sort -u | sort - "$R/manifests/$1/paths" | uniq -d | sort - "$list" "$list" | uniq -u | grep '^\./' >"$list.own"
  (cd "$2" && tr '\n' '\000' <"$list.own" | xargs -0 rm -f) 2>/dev/null
  (cd "$2" && find . -mindepth 1 -depth -type d -exec rmdir {} +) 2>/dev/null
  rm -f "$list" "$list.own"
  [ -n "$(find "$2" ! -type d | head -n 1)" ] || return 0
  set_aside "$1" "$2" || { say "release: what users wrote in $1 can't be kept"; return 1; }
  note "warning $D/$1 had $(files_of "$first") that it did not bring (first: $(first_of "$first")): kept in $kept until $day"
}

set_aside() { # set_aside NAME DIR -> $kept, $day
  kept=$R/kept/$1
  [ ! -e "$kept" ] || kept=$kept.$I
  now=$(date +%s) && until=$((now + kept_days * 86400)) && mkdir -p "$R/kept" && printf '%s\n' "$until" >"$kept.until" || return 1
  day=$(date -u -d "@$until" +%Y-%m-%d 2>/dev/null) || day="$kept_days days from now"
  if [ "$(stat -c %d "$2")" = "$(stat -c %d "$R/kept")" ]; then mv "$2" "$kept"; return; fi
  wipe "$R/kept/.$1.part"
  cp -RPp "$2" "$R/kept/.$1.part" && fsync_tree "$R/kept" && mv "$R/kept/.$1.part" "$kept" || { wipe "$R/kept/.$1.part"; return 1; }
}

expire_kept() { # what was kept long enough
  now=$(date +%s) || return 0
  for f in "$R"/kept/*.until; do
    until=
    { read -r until <"$f"; } 2>/dev/null
    case $until in '' | *[!0-9]*) continue ;; esac
    [ "$now" -gt "$until" ] || continue
    remove_made "${f%.until}"
    [ -d "${f%.until}" ] || rm -f "$f"
  done
  rmdir "$R/kept" 2>/dev/null
  return 0
}

name_written() { # name_written NAME: a word on what stays behind in a release that is not live any more
  [ -n "$1" ] && [ -d "$B/$D/$1" ] && written_in "$1" "$B/$D/$1" "$T/written" 2>/dev/null && [ -s "$T/written" ] || return 0
  first=$(sort "$T/written" | tally)
  note "warning $D/$1 has $(files_of "$first") that it did not bring (first: $(first_of "$first")); it stays there, and $N does not have it"
}
