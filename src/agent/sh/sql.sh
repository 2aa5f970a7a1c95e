# --- a session's way to the database: one script in, what it prints out --------------------------------------------
# shellcheck shell=sh

up_to_mark() { # up_to_mark MARK: the lines of stdin before `MARK REST`, and then @REST: what was left behind may hold the pipe open for ever
  while IFS= read -r l; do
    case $l in "$1 "*) printf '@%s' "${l#"$1 "}"; return ;; esac
    printf '%s\n' "$l"
  done
}

env_within() { # env_within SECONDS f:FILE... v:NAME=VALUE...: what they make of the environment -> lines for sh on stdout, within that time
  [ $# -gt 1 ] || return 0
  lines=$({
    seconds=$1
    shift
    pick_nap
    RELEASE_ENV=$$.$token
    export RELEASE_ENV
    (env_lines "$@" 3>&1 >/dev/null 2>&1 5>&-) &
    maker=$!
    up_secs
    ends=$((secs + seconds)) looks=0
    while start_time "$maker"; do
      up_secs
      if [ "$secs" -gt "$ends" ]; then
        kill -s KILL "$maker"
        end_marked "RELEASE_ENV=$RELEASE_ENV"
        echo "an [env] file took more than $seconds s" >&2
        break
      fi
      doze "$looks"
      looks=$((looks + 1))
    done
    wait "$maker"
    printf '\n%s %s\n' "$token" $?
  } | up_to_mark "$token")
  printf '%s' "${lines%@*}"
  [ "${lines##*@}" = 0 ]
}

sql() { # sql TOKEN SECONDS ENV-WORD... -- URL-WORD...: the rest of stdin is a script; what it prints, and a last line with TOKEN
  token=$1 env_limit=$2
  shift 2
  words_of_env "$@"
  shift "$taken"
  exec 5>&1
  said=$(
    (
      # shellcheck disable=SC2086
      lines=$(env_within "$env_limit" $env_words </dev/null) || { env_failure "$lines"; echo "an [env] file failed$val"; exit 125; }
      eval "$lines"
      # What must not be shown is known before anything can say it.
      masks=$(mask_words "$@" | mask_script)
      db_open "$@" || { echo "$reason"; exit 125; }
      room=- in_the_way=-
      if [ "$engine" = sqlite ]; then sqlite_room; fi
      printf '%s %s %s %s %s\n' "$token" "$engine" "$room" "$in_the_way" "$(one_line "$shown")" >&5
      # A plan only looks and tries: what an artifact says must not act by it.
      { (db_client -safe >&5) 2>&1; echo "@$?"; } | masked "$masks"
    ) 2>&1 || echo "@$?"
  )
  printf '\n%s end %s %s\n' "$token" "${said##*@}" "$(printf '%s' "${said%@*}" | tail -c 20000 | tr '\n\000' '\001?')"
}

sqlite_room() { # -> $room, KiB that are free beside $file, and $in_the_way of writing it: file or directory; one that is not there is not made
  d=${file%/*}
  # shellcheck disable=SC2046
  [ ! -d "$d" ] || set -- $(df -Pk "$d" 2>/dev/null | tail -n 1)
  case ${4-} in '' | *[!0-9]*) ;; *) room=$4 ;; esac
  # Beside it stands the journal that a transaction goes back by.
  [ ! -d "$d" ] || [ -w "$d" ] || in_the_way=directory
  [ ! -e "$file" ] || [ -w "$file" ] || in_the_way=file
  [ -e "$file" ] || file=:memory:
}

database_place() { # database_place ENV-WORD... -- URL-WORD...: which database is it? `sqlite PLACE FILE`, `postgresql` or `unknown`; starts no client
  env_words= token=@place
  while [ "$1" != -- ]; do
    env_words="$env_words $1"
    shift
  done
  shift
  # shellcheck disable=SC2086
  lines=$(env_within 30 $env_words </dev/null 2>/dev/null) || { echo 'database unknown'; return; }
  eval "$lines"
  db_open "$@" || [ -n "$file" ] || { echo "database ${engine:-unknown}"; return; }
  if [ "$engine" != sqlite ]; then echo "database $engine"; return; fi
  d=$file
  while [ ! -e "$d" ] && [ "${d%/*}" != "" ]; do d=${d%/*}; done
  boot_id
  printf 'database sqlite %s:%s:%s %s\n' "$boot" "$(stat -L -c %d:%i "$d" 2>/dev/null)" "$(one_line "${file#"$d"}" | tr ' ' '?')" "$(one_line "sqlite:$file")"
}
