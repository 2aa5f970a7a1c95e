# --- masks: what was parsed as a secret is known, and shown to nobody ----------------------------------------------
# A mask is a script for sed with one line for each text. It is made of values, not of patterns: of what [env] has set, and
# of the database's URL. Short and everyday values would turn a log into stars, so there is a rule (SECURITY.md):
# - a name that says so (PASSWORD, SECRET, TOKEN, KEY, ...), and what stands in a URL as password: from 4 characters on;
# - any other value: from 8 characters on, with letters and digits in it, and if it is no path, locale or version.
# Only builtins see a value, so none is ever in argv.
# shellcheck shell=sh

mask_telling() { # mask_telling NAME: does the name say that its value is a secret?
  case $1 in *_FILE | *_PATH | *_DIR | *_NAME | *_ID) return 1 ;; esac
  case $1 in
    *[Pp][Aa][Ss][Ss]* | *PWD | *[Ss][Ee][Cc][Rr][Ee][Tt]* | *[Tt][Oo][Kk][Ee][Nn]* | *KEY* | *_key | *CREDENTIAL* | *DSN* | *PRIVATE* | *SALT* | *COOKIE* | *AUTH*)
      case $1 in PWD | OLDPWD) return 1 ;; esac ;;
    *) return 1 ;;
  esac
}

mask_everyday() { # mask_everyday NAME: a variable of every login
  case $1 in
    *PATH | HOME | PWD | OLDPWD | SHELL | USER | LOGNAME | MAIL | TERM | TZ | LANG | LANGUAGE | LC_* | SHLVL | _ | EDITOR | PAGER | XDG_* | HOSTNAME | RELEASE_* | LS_COLORS | *_VERSION | *_ENV | *_ROOT | *_HOME | *_DIR | SSH_C*) ;;
    *) return 1 ;;
  esac
}

mask_long() { # mask_long TEXT: the text, if it is not everyday
  case $1 in true | false | none | null) ;; ????*) printf '%s\n' "$1" ;; esac
}

mask_any() { # mask_any TEXT: the text, if it looks like something that nobody says by chance
  case $1 in
    /* | '~'* | ./* | *.UTF-8 | *.utf8 | *' '*' '*) ;;
    *://*) ;;
    *[A-Za-z]*) case $1 in *[0-9]*) case $1 in ????????*) printf '%s\n' "$1" ;; esac ;; esac ;;
  esac
}

mask_url_parts() { # mask_url_parts URL: its login's password and those of its query, as they stand there and decoded
  mask_rest=${1#*://}
  case $mask_rest in
    *:*@*)
      # Up to the last @, wherever it stands: a raw / or ? may be a part of the password. And up to the last one before the path.
      mask_login=${mask_rest%@*}
      mask_secret "${mask_login#*:}"
      mask_login=${mask_rest%%[/?]*}
      case $mask_login in *:*@*) mask_login=${mask_login%@*}; mask_secret "${mask_login#*:}" ;; esac ;;
  esac
  case $mask_rest in *\?*) ;; *) return ;; esac
  mask_query=${mask_rest#*\?}\&
  while [ -n "$mask_query" ]; do
    mask_pair=${mask_query%%\&*}
    mask_query=${mask_query#*\&}
    case $mask_pair in *=*) mask_telling "${mask_pair%%=*}" && mask_secret "${mask_pair#*=}" ;; esac
  done
}

mask_secret() { # mask_secret TEXT: as it is, and with %2F and the like as what they stand for
  mask_long "$1"
  case $1 in *%[0-9A-Fa-f][0-9A-Fa-f]*) percent "$1"; mask_long "$val" ;; esac
}

mask_value() { # mask_value NAME VALUE: what of it is to be masked, a line each
  case $2 in *://*:*@* | *://*\?*=*)
    mask_url_parts "$2"
    case $2 in *://*:*@*) mask_long "$2" ;; esac ;;
  esac
  mask_text=$2$nl
  while [ -n "$mask_text" ]; do
    mask_line=${mask_text%%"$nl"*}
    mask_text=${mask_text#*"$nl"}
    if mask_telling "$1"; then mask_secret "$mask_line"; else mask_any "$mask_line"; fi
  done
}

mask_values() { # mask_values FILE: of the environment that is kept there as lines for sh, all that it does not have from the login
  mask_names=$(sed -n 's/^export \([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p; s/^declare -x \([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' "$1" | sort -u)
  for mask_n in $mask_names; do eval "mask_was_$mask_n=\${$mask_n-}"; done
  # shellcheck disable=SC1090
  . "$1"
  for mask_n in $mask_names; do
    eval "mask_v=\${$mask_n-} mask_o=\${mask_was_$mask_n-}"
    if mask_telling "$mask_n"; then :; elif [ "$mask_v" = "$mask_o" ] || mask_everyday "$mask_n"; then continue; fi
    mask_value "$mask_n" "$mask_v"
  done
}

mask_words() { # mask_words l:TEXT|v:NAME...: of a database's URL in pieces
  mask_whole=
  for w in "$@"; do
    case $w in
      l:*) dec "${w#l:}"; mask_whole=$mask_whole$val ;;
      v:*[!A-Za-z0-9_]*) ;;
      v:?*)
        eval "val=\${${w#v:}-}"
        mask_whole=$mask_whole$val
        case $val in *://*) ;; *) mask_secret "$val" ;; esac ;;
    esac
  done
  case $mask_whole in postgres*) mask_value DATABASE_URL "$mask_whole" ;; esac
}

mask_tokens() { # mask_tokens FILE...: every piece of what stands behind a =, for files that a shell could not read
  for mask_f in "$@"; do sed -n 's/^[^#=]*=//p' "$mask_f" 2>/dev/null; done | tr -c 'A-Za-z0-9._~+%\n-' '\n' | grep '....'
}

mask_script() { # lines on stdin -> a script for sed: each as it is, and as a shell or JSON would quote it
  sed -e 'h' -e 's/[\\"$`]/\\&/g' -e 'G' -e 's/\n/&/' |
    sed '/^$/d' | sort -ru | sed -e 's/[][\/.*^$]/\\&/g' -e 's/.*/s\/&\/***\/g/'
}
