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
  walked=$1 rest=$2
  while :; do
    case $rest in */*) ;; *) return 0 ;; esac
    walked=$walked/${rest%%/*} rest=${rest#*/}
    if [ -L "$walked" ]; then why "$2: ${walked#"$1"/} is a link in the release"; return 1; fi
  done
}

do_share() { # do_share PATH...: links BASE/shared/PATH into the release; a first deploy seeds it from the release
  mkdir -p "$B/shared" || { why "can't make shared/"; return 1; }
  for w in "$@"; do
    dec "$w"
    p=$val
    own_parents "$S" "$p" || return 1
    case $p in */*) mkdir -p "$S/${p%/*}" "$B/shared/${p%/*}" || { why "can't make a directory for $p"; return 1; } ;; esac
    [ -e "$B/shared/$p" ] || [ -L "$B/shared/$p" ] || seed "$p" || { why "can't make shared/$p"; return 1; }
    share_link "$p" || { why "can't link $p"; return 1; }
  done
}

seed() { # seed PATH: shared/PATH, whole or not at all, on whatever file system it is
  new=$(seeding "$1")
  printf '%s\n' "$w" >>"$T/seeded" && fsync "$T/seeded" && rm -rf "$new" || return 1
  if [ -e "$S/$1" ] || [ -L "$S/$1" ]; then cp -RPp "$S/$1" "$new" && fsync_tree "$B/shared/"; else mkdir "$new"; fi &&
    mv "$new" "$B/shared/$1"
}

seeding() { # seeding PATH: where it is made, beside where it will be
  case $1 in */*) echo "$B/shared/${1%/*}/.${1##*/}.$I" ;; *) echo "$B/shared/.$1.$I" ;; esac
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
