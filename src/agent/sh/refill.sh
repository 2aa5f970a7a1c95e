# --- refill: what users wrote in the live release, where the next one has what is shared ------------------------------
# A path becomes shared, or is again, after a rollback to a release that has it as its own.
# shellcheck shell=sh
# shellcheck disable=SC3013

share_led() { # share_led PATH: shared/PATH leads to $led: within BASE by a way that BASE can be moved with
  case $1 in */*) real_dir "$B/shared/${1%/*}" ;; *) real_dir "$B/shared" ;; esac || return 1
  from=$val
  case $led in
    "$(cd "$B" && pwd -P)"/*) relative "$from" "${led%/*}"; led=$val${led##*/} ;;
  esac
  rm -rf "$new" && ln -s "$led" "$new" && mv "$new" "$B/shared/$1" && fsync_tree "$B/shared/" || why "can't make the link shared/$1"
}

filling() { # filling PATH: is filled before the swap, once
  grep -qxF -e "$1" "$T/filled" 2>/dev/null || printf '%s\n' "$1" >>"$T/filled" || { why "no room for a list"; return 1; }
}

rejoin() { # rejoin PATH: shared/PATH is there; what came into the live release's own joins it
  from_live "$1" && [ ! "$B/shared/$1" -ef "$origin" ] || return 0
  if [ -d "$B/shared/$1" ] && [ -d "$origin" ]; then
    note "warning $1 is not shared in $was, which is live: what shared/$1 lacks of it is copied there"
    filling "$1" && printf '%s\n' "$1" >>"$T/filled.joined"
  elif ! cmp -s "$B/shared/$1" "$origin"; then
    note "warning $1 is not shared in $was, which is live: shared/$1 differs from it, and stays as it is"
  fi
}

refill() { # before the swap, when nobody writes any more: what came into the live release since
  [ -f "$T/filled" ] || return 0
  while IFS= read -r p; do
    from_live "$p" || continue
    joined=no
    if grep -qxF -e "$p" "$T/filled.joined" 2>/dev/null; then joined=yes; fi
    if [ -d "$origin" ]; then
      (cd "$origin" && find . ! -type d) >"$T/filled.list" || { why "can't read $was/$p"; return 1; }
      while IFS= read -r f; do
        refill_file "$origin/${f#./}" "$p/${f#./}" || { why "can't copy $p/${f#./} to shared/"; return 1; }
      done <"$T/filled.list"
    else
      refill_file "$origin" "$p" || { why "can't copy $p to shared/"; return 1; }
    fi
  done <"$T/filled"
  fsync_tree "$B/shared/" || { why "shared/ can not be written to disk"; return 1; }
}

refill_file() { # refill_file FROM PATH: the newer one wins, and what this operation has not made is set aside
  [ -f "$1" ] && { [ ! -e "$B/shared/$2" ] || [ "$1" -nt "$B/shared/$2" ]; } || return 0
  if [ -f "$B/shared/$2" ] && [ "$joined" = yes ] && ! cmp -s "$1" "$B/shared/$2"; then aside "$2" || return 1; fi
  case $2 in */*) mkdir -p "$B/shared/${2%/*}" || return 1 ;; esac
  cp -RPp "$1" "$B/shared/$2.$I" && mv -f "$B/shared/$2.$I" "$B/shared/$2" || { rm -f "$B/shared/$2.$I"; return 1; }
}

aside() { # aside PATH: what stood at shared/PATH
  kept=$R/kept/shared-$I
  if [ ! -e "$kept.until" ]; then
    now=$(date +%s) && mkdir -p "$kept" && printf '%s\n' $((now + kept_days * 86400)) >"$kept.until" || return 1
    note "warning the live release has newer files than shared/ (first: $(one_line "$1")): the older ones are kept in $kept"
  fi
  case $1 in */*) mkdir -p "$kept/${1%/*}" || return 1 ;; esac
  cp -RPp "$B/shared/$1" "$kept/$1"
}

# What a release links to, and what it does not -----------------------------------------------------------------------

shared_links() { # shared_links DIR: the paths in it that are links to what is shared by that path
  (cd "$1/" && find . -type l) 2>/dev/null | while IFS= read -r f; do
    f=${f#./}
    [ -e "$B/shared/$f" ] || [ ! -e "$1/$f" ] || continue
    case $(readlink "$1/$f") in */"shared/$f") printf '%s\n' "$f" ;; esac
  done
}

verify_shared() { # the way to a release that is there: what it links to, and what users have written meanwhile
  { shared_links "$B/$D/$N" >"$T/filled.links"; } 2>/dev/null || return 0 # a full disk is no reason against a rollback
  while IFS= read -r p; do
    if [ -e "$B/shared/$p" ]; then rejoin "$p"; else note "warning $D/$N links to shared/$p, which is not there"; fi
  done <"$T/filled.links"
  live_dir && shared_links "$live" >"$T/filled.links" || return 0
  while IFS= read -r p; do
    [ ! -L "$B/$D/$N/$p" ] || continue
    first=$(cd "$B/shared" && find "./$p/" ! -type d 2>/dev/null | sort | tally)
    [ -d "$B/shared/$p" ] || first=$p${nl}1
    [ -z "$first" ] || note "warning $p is not shared in $D/$N, which does not serve $(files_of "$first") of shared/$p (first: $(first_of "$first"))"
  done <"$T/filled.links"
}

name_left_out() { # name_left_out PATH: what the release brings there, and shared/PATH lacks
  [ -d "$S/$1" ] && [ ! -L "$S/$1" ] || return 0
  first=$(cd "$S" && find "./$1" ! -type d | sort | while IFS= read -r f; do
    # They are there to have the directory.
    case $f in "./$1/.keep" | "./$1/.gitkeep" | "./$1/.gitignore") continue ;; esac
    [ -e "$B/shared/$f" ] || [ -L "$B/shared/$f" ] || printf '%s\n' "$f"
  done | tally)
  [ -z "$first" ] || note "warning $1 is shared, and shared/$1 lacks $(files_of "$first") that the release brings there: not served (first: $(first_of "$first"))"
}
