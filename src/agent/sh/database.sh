# --- the database: through the host's own client, so that no credential leaves the host --------------------------
# shellcheck shell=sh

export_line() { # export_line NAME, value in $val: a line that sh reads back to the letter
  q=
  rest=$val
  while :; do
    case $rest in
      *\'*) q=$q${rest%%\'*}"'\\''"; rest=${rest#*\'} ;;
      *) break ;;
    esac
  done
  printf "export %s='%s'\n" "$1" "$q$rest"
}

# Reads the files, and writes what they exported. `KEY=value` counts without `export`, as it does for systemd and for dotenv. A line
# that fails is an error: what it was to set would be missing without a word. bash knows which line; other shells know the file.
# A line that ends as Windows ends them fails in no shell: the value of its variable would have one byte more, which nobody sees.
# shellcheck disable=SC2016
env_reader='
release_failed() { trap - EXIT; echo "# release: $1${2:+, line $2}: exit $3" >&3; exit 1; }
if [ -n "${BASH_VERSION-}" ]; then
  trap "release_failed \"\${BASH_SOURCE[0]:-\$release_file at its end}\" \"\${BASH_SOURCE[0]:+\$LINENO}\" \$?" ERR
else set -e
fi
trap "release_failed \"\$release_file, which failed or ended the shell\" \"\" \$?" EXIT
release_cr=$(printf "\r")
for release_file do
  release_line=$(sed -n "/$release_cr\$/{=;q;}" "$release_file" 2>/dev/null) || release_line=
  if [ -n "$release_line" ]; then
    trap - EXIT
    echo "# release: $release_file, line $release_line: ends in a carriage return, as lines of Windows do; dos2unix takes it away" >&3
    exit 1
  fi
done
for release_file do
  set -a
  . "$release_file" >&2
  set +a
done
trap - EXIT
exec sh -c "export -p >&3; exit 93"
'

words_of_env() { # words_of_env WORD... -- REST...: the words before the `--` -> $env_words; how many to shift away with it -> $taken
  env_words= taken=1
  for w in "$@"; do
    [ "$w" != -- ] || return 0
    env_words="$env_words $w" taken=$((taken + 1))
  done
}

env_failure() { # what is written in place of the lines -> $val: `: FILE, line 3: exit 1`
  case $1 in *'# release: '*) val=$(one_line "${1##*'# release'}") ;; *) val= ;; esac
}

env_lines() { # env_lines f:FILE... v:NAME=VALUE...: what they make of the environment, as lines for sh, on descriptor 3
  env_vars=
  n=$#
  while [ "$n" -gt 0 ]; do
    n=$((n - 1))
    w=$1
    shift
    case $w in
      f:*) path_of "${w#f:}"; set -- "$@" "$val" ;;
      v:*)
        w=${w#v:}
        dec "${w#*=}"
        env_vars=$env_vars$(export_line "${w%%=*}")$nl ;;
    esac
  done
  if [ $# -gt 0 ]; then
    # Such files are written for bash more often than not. What they exported is printed by sh, which reads it back.
    if command -v bash >/dev/null 2>&1; then envsh=bash; else envsh=sh; fi
    # Where nothing was deployed yet there may be no base.
    # shellcheck disable=SC2086
    ({ cd "$B" 2>/dev/null || cd /; } && own_locale && exec ${apart-} "$envsh" -c "$env_reader" env "$@") </dev/null
    # Not 0: so do an `exit` and an `exec` in a file end, which would leave nothing of it.
    [ $? -eq 93 ] || return 1
  fi
  printf '%s' "$env_vars" >&3
}

percent() { # percent TEXT -> $val: %2F and the like as the bytes that they stand for
  val=
  rest=$1
  while :; do
    case $rest in
      *%[0-9A-Fa-f][0-9A-Fa-f]*)
        before=${rest%%\%[0-9A-Fa-f][0-9A-Fa-f]*}
        rest=${rest#"$before"%}
        hex=${rest%"${rest#??}"}
        rest=${rest#??}
        # The dot: what is a newline must not be the end.
        c=$(printf '%b.' "\\0$(printf %03o "0x$hex")")
        val=$val$before${c%.} ;;
      *) val=$val$rest; return ;;
    esac
  done
}

db_open() { # db_open l:TEXT|v:NAME...: the pieces of a URL -> $engine, $url or $file, $shown without password; fails with $reason
  url= engine= file=
  for w in "$@"; do
    case $w in
      l:*) dec "${w#l:}"; url=$url$val ;;
      v:*[!A-Za-z0-9_]*) reason="bad variable"; return 1 ;;
      v:?*)
        eval "val=\${${w#v:}-}"
        [ -n "$val" ] || { reason="the variable ${w#v:} is not set by [env], nor by the login"; return 1; }
        url=$url$val ;;
    esac
  done
  case $url in
    postgres://* | postgresql://*) engine=postgresql; db_postgres ;;
    sqlite:*) engine=sqlite; db_sqlite ;;
    *) reason="the database's URL is neither postgresql: nor sqlite:"; return 1 ;;
  esac
}

url_is_ambiguous() { # without a word of it: where the password ends is what nobody knows
  reason="a / or ? in the URL's password must be written %2F or %3F, and an @ behind the host %40"
}

db_postgres() { # $url without its password, which goes into the environment, where other users can't see it
  rest=${url#*://}
  authority=${rest%%[/?]*}
  rest=${rest#"$authority"}
  case $authority in
    *@*) ;;
    *:*)
      # What looks like a port may be a password that ends the authority too early, and would be shown.
      case ${authority##*:} in *[!0-9]*) slash=$rest ;; *) slash=${rest%%\?*} ;; esac
      case $slash in *@*) url_is_ambiguous; return 1 ;; esac ;;
  esac
  # Behind the host an @ may be the end of a password that has a raw / or ? in it: psql would be told, and would show, its rest.
  case $authority in *:*@*) slash=$rest ;; *) slash=${rest%%\?*} ;; esac
  case $slash in *@*) url_is_ambiguous; return 1 ;; esac
  query=${rest#"${rest%%\?*}"}
  query=${query#\?}
  while [ -n "$query" ]; do
    pair=${query%%\&*}
    query=${query#"$pair"}
    query=${query#\&}
    case ${pair%%=*} in
      *password | *passwd) reason="password= in the URL's query would be seen by all users; write it before the @"; return 1 ;;
      "$pair" | *[!a-z_]*) url_is_ambiguous; return 1 ;;
    esac
  done
  shown=postgresql://$authority$rest
  case $authority in
    *:*@*)
      login=${authority%@*}
      shown=postgresql://${login%%:*}:xxxx@${authority##*@}$rest
      url=postgresql://${login%%:*}@${authority##*@}$rest
      percent "${login#*:}"
      PGPASSWORD=$val
      export PGPASSWORD ;;
  esac
  PGAPPNAME=release PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-10}
  export PGAPPNAME PGCONNECT_TIMEOUT
  command -v psql >/dev/null 2>&1 || { reason="psql is not installed (package postgresql-client)"; return 1; }
}

db_sqlite() { # $file: as the URL says, under BASE unless it begins with a /
  file=${url#sqlite:}
  case $file in //*) file=${file#//} ;; esac
  file=${file%%\?*}
  [ -n "$file" ] || { reason="the sqlite: URL names no file"; return 1; }
  # shellcheck disable=SC2088
  case $file in
    /*) ;;
    '~/'*) file=$HOME/${file#??} ;;
    *) file=$B/$file ;;
  esac
  shown=sqlite:$file
  # Before the first deploy there is no shared/.
  case $file in "$B"/shared/*) ;; *) [ -d "${file%/*}" ] || { reason="the directory of $file is not there"; return 1; } ;; esac
  command -v sqlite3 >/dev/null 2>&1 || { reason="sqlite3 is not installed (package sqlite3)"; return 1; }
}

db_client() { # runs the script on stdin; [-safe]: nothing in it reaches out of the database, where this sqlite3 can see to that
  case $engine in
    postgresql) exec psql -X -q -A -t -v ON_ERROR_STOP=1 -f - "$url" ;;
    sqlite)
      sqlite3 ${1+"$1"} -batch -init /dev/null :memory: '' </dev/null >/dev/null 2>&1 || set --
      exec sqlite3 ${1+"$1"} -batch -bail -init /dev/null "$file" ;;
  esac
}
