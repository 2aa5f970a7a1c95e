# --- share: what outlives a release, linked into each -------------------------------------------------------------
# shellcheck shell=sh

real_dir() { # real_dir DIR -> $val, where it really is; fails when it is none
  val=$(cd "$1" 2>/dev/null && pwd -P && echo .) || return 1
  val=${val%"$nl".}
}

relative() { # relative FROM TO -> $val: the way from one real directory to the other
  common=${1%/} up=
  until case $2/ in "$common"/*) ;; *) false ;; esac; do common=${common%/*} up=../$up; done
  val=${2#"$common"}
  val=${val#/}
  val=$up${val:+"$val/"}
}

own_parents() { # own_parents DIR PATH: no parent of PATH in DIR is a link: behind one lies what is not DIR's
  ! linked_parent "$1" "$2" || why "$2: ${walked#"$1"/} is a link in the release, and nothing is written through it"
}

do_share() { # do_share d:PATH|f:PATH...: links BASE/shared/PATH into the release
  mkdir -p "$B/shared" || { why "can't make shared/"; return 1; }
  for w in "$@"; do
    dec "${w#?:}"
    p=$val
    own_parents "$S" "$p" || return 1
    if leads_nowhere "$p"; then why "$astray is a link that leads nowhere: $(readlink "$B/$astray")"; return 1; fi
    case $p in */*) mkdir -p "$S/${p%/*}" "$B/shared/${p%/*}" || { why "can't make a directory for $p"; return 1; } ;; esac
    if [ -e "$B/shared/$p" ]; then rejoin "$p" || return 1; else seed "$p" "${w%%:*}" || return 1; fi
    case $w in f:*) [ ! -d "$B/shared/$p" ] || { why "shared/$p is a directory, and has to be a file"; return 1; } ;; esac
    name_left_out "$p"
    share_link "$p" || { why "can't link $p"; return 1; }
  done
}

do_seed() { # do_seed PATH KEEP|REPLACE: what came with the plan becomes shared/PATH, for its owner alone
  dec "$1"
  p=$B/shared/$val new=$(seeding "$val")
  [ ! -d "$p" ] || { why "shared/$val is a directory"; return 1; }
  if [ -e "$p" ] || [ -L "$p" ]; then
    if [ "$(sha256sum <"$T/seed.data")" = "$(sha256sum <"$p")" ]; then say "shared/$val is there already, with these very bytes"; return 0; fi
    [ "$2" = replace ] || { say "shared/$val is there already, and stays"; return 0; }
  fi
  mkdir -p "${p%/*}" && rm -f "$new" && (umask 077 && cp "$T/seed.data" "$new") && chmod 600 "$new" && fsync "$new" && mv -f "$new" "$p" &&
    fsync "${p%/*}" || { rm -f "$new"; why "can't write shared/$val"; return 1; }
}

undo_seed() { :; } # nothing follows it that could fail and undo it but the ledger, which is tried again

seed() { # seed PATH d|f: shared/PATH, whole or not at all: from what is live, where users wrote; else from the release
  new=$(seeding "$1")
  printf '%s\n' "${w#?:}" >>"$T/seeded" && fsync "$T/seeded" && rm -rf "$new" || { why "no room for a list"; return 1; }
  if from_live "$1"; then
    note "warning $1 is shared from now on: shared/$1 is filled from $was, which is live"
    filling "$1" || return 1
  elif live_link "$1"; then
    case $led in '') why "$1 in the live release is a link that leads nowhere: $(readlink "$live/$1")"; return 1 ;; esac
    note "warning $1 is a link in the live release: shared/$1 leads where that leads, to $led"
    share_led "$1"
    return
  elif [ -e "$S/$1" ] || [ -L "$S/$1" ]; then origin=$S/$1
  elif [ "$2" = f ]; then
    why "shared/$1 is not there, and neither the release nor what is live has it: put the file there"
    return 1
  else
    mkdir "$new" && mv "$new" "$B/shared/$1" || why "can't make shared/$1"
    return
  fi
  cp -RPp "$origin" "$new" && fsync_tree "$B/shared/" && mv "$new" "$B/shared/$1" || why "can't copy $1 to shared/"
}

seeding() { # seeding PATH: where it is made, beside where it will be
  # A backslash is one: no `echo`.
  case $1 in */*) printf '%s\n' "$B/shared/${1%/*}/.${1##*/}.$I" ;; *) printf '%s\n' "$B/shared/.$1.$I" ;; esac
}

share_link() { # share_link PATH: as relative as the directories really lie, so that BASE can be moved
  case $1 in */*) real_dir "$S/${1%/*}" ;; *) real_dir "$S" ;; esac || return 1
  from=$val
  real_dir "$B/shared" || return 1
  relative "$from" "$val"
  # Into a directory that is still there, `ln` would put it.
  rm -rf "${S:?}/$1" && ln -s "$val$1" "$S/$1"
}

undo_share() { # takes away what this very operation made; once the release has been live, only where it is empty
  [ -f "$T/seeded" ] || return 0
  while read -r w; do
    dec "$w"
    rm -rf "$(seeding "$val")"
    if began_switching; then rmdir "$B/shared/$val" 2>/dev/null; else rm -rf "$B/shared/${val:?}"; fi
  done <"$T/seeded"
  return 0
}
