# --- the identity: whose base this is, and by which names ---------------------------------------------------------
# .release/identity is one line, `APP RELEASES LIVE`, in words; the first operation writes it, under the lock.
# shellcheck shell=sh

identity_read() { # -> $id_app $id_releases $id_live, words; fails where no operation has left any, or where nothing is left of what it made
  id_app= id_releases= id_live=
  { read -r id_app id_releases id_live _ <"$R/identity"; } 2>/dev/null
  [ -n "$id_live" ] || return 1
  dec "$id_live"
  [ ! -e "$B/$val" ] && [ ! -L "$B/$val" ] || return 0
  dec "$id_releases"
  for f in "$B/$val"/* "$R/tx"/*; do [ -d "$f" ] && return 0; done
  return 1
}

identity_differs() { # is it another one than the plan's? A plan of an older version has none
  [ -n "$own_identity" ] && identity_read && [ "$id_app $id_releases $id_live" != "$own_identity" ]
}

identity_refuses() { # under the lock: turns an operation away that is another application's, or goes by other names
  [ "$adopts" != yes ] && identity_differs || return 1
  text=
  for w in "$id_app" "$id_releases" "$id_live"; do
    dec "$w"
    text="$text${text:+, }$val"
  done
  let_go
  # What is open here is not ours to undo either.
  turn_away refused "this base is $text by its application, releases and live"
}

identity_of_plan() { # identity_of_plan app|releases|live WORD: a line of a plan's head, in this order
  case $1 in
    app) own_identity=$2; return ;;
    releases) D=$val ;;
    live) L=$val ;;
  esac
  own_identity="$own_identity $2"
}

identity_write() { # under the lock; a disk that has no room for it must not stop a rollback
  [ -n "$own_identity" ] && [ "$adopts" != yes ] || return 0
  said=
  { read -r said <"$R/identity"; } 2>/dev/null
  [ "$said" != "$own_identity" ] || return 0
  [ ! -d "$R/identity" ] || return 0 # into it `mv` would move the file
  { printf '%s\n' "$own_identity" >"$R/identity.part" && fsync "$R/identity.part" && mv -f "$R/identity.part" "$R/identity"; } 2>/dev/null ||
    rm -f "$R/identity.part"
}

identity_names() { # the names that this base goes by, where it has any -> $D, $L
  identity_read || return 0
  dec "$id_releases"
  D=$val
  dec "$id_live"
  L=$val
}

op_names() { # op_names DIR: those that an operation goes by -> $D, $L
  own=
  while read -r a b _; do
    case $a in releases | live) own=$own$a; dec "$b" ;; esac
    case $a in releases) D=$val ;; live) L=$val ;; esac
  done <"$1/plan"
  [ "$own" = releaseslive ] && return 0
  # Of a version that did not write them down: the links for its swap and its undo have both.
  # Whoever calls has an $f of its own.
  for a in "$1/back"/* "$1/swap"/*; do
    [ -L "$a" ] || continue
    val=$(readlink "$a")
    case $val in */*) D=${val%/*} L=${a##*/} ;; esac
  done
}
