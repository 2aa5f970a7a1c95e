# --- copy: files of the release over those of a directory under BASE ----------------------------------------------
# shellcheck shell=sh

do_copy() { # do_copy FROM TO: copies the release's FROM over BASE/TO; what it replaces is kept for the undo
  copy_ends "$1" "$2" || return 1
  literal_names
  if [ ! -f "$T/copy-$K.ready" ]; then
    copy_lists || return 1
    in_parts keep_part <"$T/copy-$K.old" || { why "can't keep what $to had"; return 1; }
    # On disk before anything is replaced: the undo has nothing else.
    fsync_tree "$T" || { why "can't keep what $to had"; return 1; }
    printf '' >"$T/copy-$K.ready" && fsync "$T/copy-$K.ready" || { why "can't keep what $to had"; return 1; }
  fi
  while IFS= read -r f; do
    mkdir -p "$f" || { why "can't make $f"; return 1; }
  done <"$T/copy-$K.dirs"
  in_parts copy_part <"$T/copy-$K.all" || { why "can't copy to $to"; return 1; }
  fsync_tree "$to" || { why "$to can not be written to disk"; return 1; }
}

copy_ends() { # copy_ends FROM TO -> $from, $to; fails when a link would be walked through, or would lead elsewhere from there
  dec "$1"
  release_dir
  from=$rel/${val%/}
  own_parents "$rel" "${val%/}/" || return 1
  [ -d "$from" ] || { why "the release has no directory $from"; return 1; }
  place_of "$2"
  to=$val
  (cd "$from" && find . -type l) >"$T/copy-$K.links" && (cd "$from" && find . -mindepth 1 -type d) >"$T/copy-$K.tree" ||
    { why "can't read $from"; return 1; }
  while IFS= read -r f; do
    ! leads_out "${f#./}" "$(readlink "$from/$f")" || { why "${f#./} is a link out of $from: from $to it would lead elsewhere"; return 1; }
  done <"$T/copy-$K.links"
  while IFS= read -r f; do
    [ ! -L "$to/$f" ] || { why "$to/${f#./} is a link, and a directory in the release: nothing is written through it"; return 1; }
  done <"$T/copy-$K.tree"
}

leads_out() { # leads_out LINK TARGET: does a relative link climb out of the tree in which it stands at LINK?
  case $2 in /*) return 1 ;; esac
  depth=0 rest=$1
  while :; do case $rest in */*) depth=$((depth + 1)) rest=${rest#*/} ;; *) break ;; esac; done
  rest=$2/
  while [ -n "$rest" ]; do
    case ${rest%%/*} in '' | .) ;; ..) depth=$((depth - 1)) ;; *) depth=$((depth + 1)) ;; esac
    [ "$depth" -ge 0 ] || return 0
    rest=${rest#*/}
  done
  return 1
}

copies_fit() { # asked while nothing has changed yet
  n=$K
  while [ "$n" -lt "$steps" ]; do
    n=$((n + 1))
    step_words "$n"
    case $words in 'copy '*) ;; *) continue ;; esac
    w=${words#copy }
    copy_ends "${w% *}" "${w#* }" || return 1
  done
}

copy_lists() { # of $from: .all, its files; .old, those that $to has; .new, the others; .dirs, directories to make
  printf '' >"$T/copy-$K.old" && printf '' >"$T/copy-$K.new" && printf '' >"$T/copy-$K.dirs" || { why "no room for a list"; return 1; }
  new_dirs "$to" "$T/copy-$K.dirs" || { why "no room for a list"; return 1; }
  (cd "$from" && find . ! -type d) >"$T/copy-$K.all" ||
    { why "can't read $from"; return 1; }
  while IFS= read -r f; do
    [ ! -d "$to/$f" ] || [ -L "$to/$f" ] || { why "$to/$f is a directory, and a file in the release"; return 1; }
    if [ -e "$to/$f" ] || [ -L "$to/$f" ]; then printf '%s\n' "$f" >>"$T/copy-$K.old"
    else printf '%s\n' "$f" >>"$T/copy-$K.new"
    fi || { why "no room for a list"; return 1; }
  done <"$T/copy-$K.all"
  while IFS= read -r f; do
    [ ! -d "$to/$f" ] || continue
    if [ -e "$to/$f" ] || [ -L "$to/$f" ]; then why "$to/$f is a file, and a directory in the release"; return 1; fi
    printf '%s\n' "$to/${f#./}" >>"$T/copy-$K.dirs" || { why "no room for a list"; return 1; }
  done <"$T/copy-$K.tree"
}

in_parts() { # in_parts COMMAND: calls it with the lines of stdin, some hundred at a time: BusyBox' tar reads no list
  nth=0
  each=$1
  set --
  while IFS= read -r f; do
    set -- "$@" "$f"
    [ $# -lt 400 ] && continue
    nth=$((nth + 1))
    "$each" "$@" || return 1
    set --
  done
  nth=$((nth + 1))
  [ $# -eq 0 ] || "$each" "$@"
}

# GNU tar takes a backslash in a name for an escape, unless told not to; behind -C it always does, hence each cd.
literal_names() { # -> $literal
  literal=
  if tar --version 2>/dev/null | grep -q GNU; then literal=--no-unquote; fi
}

keep_part() { (cd "$to" && tar -cf "$T/copy-$K.tar.$nth" ${literal:+"$literal"} "$@") >>"$T/log" 2>&1; }

copy_part() { # through tar, because it replaces files and never writes into them: a reader keeps the old one
  { (cd "$from" && tar -cf - ${literal:+"$literal"} "$@") || echo failed >"$T/copy-$K.bad"; } 2>>"$T/log" |
    (cd "$to" && tar -xof -) >>"$T/log" 2>&1 &&
    [ ! -f "$T/copy-$K.bad" ]
}

undo_copy() {
  place_of "$2"
  to=$val
  [ -f "$T/copy-$K.ready" ] || return 0
  for f in "$T/copy-$K.tar."*; do
    [ ! -f "$f" ] || (cd "$to" && tar -xpf "$f") >>"$T/log" 2>&1 || { why "can't restore $to"; return 1; }
  done
  while IFS= read -r f; do
    rm -f "$to/$f" || { why "can't remove $to/$f"; return 1; }
  done <"$T/copy-$K.new"
  undo_new_dirs "$T/copy-$K.dirs"
  # What the journal calls undone is on disk: nobody keeps the old files after that.
  [ ! -d "$to" ] || fsync_undone -f "$to"
}
