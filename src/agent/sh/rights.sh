# --- looking: what the account may do beside its files ------------------------------------------------------------
# shellcheck shell=sh

look_sudo() { # look_sudo USER WORD...: may this be run without a password? asks sudo, runs nothing
  dec "$1"
  as=$val
  shift
  n=$#
  while [ "$n" -gt 0 ]; do
    n=$((n - 1))
    dec "$1"
    shift
    set -- "$@" "$val"
  done
  sudo_line=${as:+-u $as }$*
  if ! command -v sudo >/dev/null 2>&1; then echo 'sudo missing'; return; fi
  if [ -n "$as" ]; then set -- -u "$as" -l "$@"; else set -- -l "$@"; fi
  if said=$(LC_ALL=C sudo -n "$@" 2>&1 </dev/null); then
    if sudo_asks "$(printf '%s\n' "$said" | tail -n 1)"; then printf 'sudo refused sudo %s\n' "$(one_line "$sudo_line")"; else echo 'sudo ok'; fi
    return
  fi
  said=$(printf '%s\n' "$said" | grep . | head -n 1)
  case $said in
    *password*) printf 'sudo refused sudo %s\n' "$(one_line "$sudo_line")" ;;
    *) printf 'sudo denied sudo %s%s\n' "$(one_line "$sudo_line")" "$(one_line "${said:+ (${said#sudo: })}")" ;;
  esac
}

# `sudo -l COMMAND` wants no password as soon as one rule of the account has NOPASSWD, whatever the rule of COMMAND says.
sudo_asks() { # sudo_asks COMMAND-WITH-ITS-PATH: is the last rule that fits one that asks for a password?
  sudo -n -v >/dev/null 2>&1 </dev/null && return 1
  asks=no
  while IFS= read -r rule; do
    tag=yes
    while [ -n "$rule" ]; do
      spec=${rule%%, *}
      case $rule in *', '*) rule=${rule#*, } ;; *) rule= ;; esac
      while :; do
        case $spec in
          NOPASSWD:*) tag=no ;;
          PASSWD:*) tag=yes ;;
          [A-Z]*': '*) ;;
          *) break ;;
        esac
        spec=${spec#*: }
      done
      rule_fits "$1" "$spec" && asks=$tag
    done
  done <<END
$(LC_ALL=C sudo -n -l 2>/dev/null </dev/null | sed -n 's/^ *([^)]*) //p')
END
  [ "$asks" = yes ]
}

rule_fits() { # rule_fits COMMAND SPEC, as sudoers means it
  # shellcheck disable=SC2254
  case $2 in
    ALL) return 0 ;;
    *' ""') [ "$1" = "${2% *}" ] ;;
    *' '*) case $1 in $2) return 0 ;; *) return 1 ;; esac ;;
    # A command alone: with any arguments.
    *) case ${1%% *} in $2) return 0 ;; *) return 1 ;; esac ;;
  esac
}

look_unit() { # look_unit UNIT user|system
  dec "$1"
  if [ "$2" = user ]; then
    look_linger
    set -- --user
  else
    look_journal
    set --
  fi
  said=$(systemctl "$@" show -p LoadState -p ActiveState -p MainPID -p UnitFileState -- "$val" 2>&1 </dev/null)
  case $said in
    *LoadState=*) printf '%s\n' "$said" | grep '^[A-Za-z]*=' | while IFS= read -r l; do printf 'unit %s\n' "$l"; done ;;
    *) printf 'unit_unasked %s %s\n' "${1:-system}" "$(one_line "$(printf '%s\n' "$said" | grep . | head -n 1)")" ;;
  esac
}

look_linger() { # does the account's own manager outlive its logins? Asked of logind and its files: a question to the manager would start it
  me=$(id -un 2>/dev/null || id -u)
  if [ -e "/var/lib/systemd/linger/$me" ]; then echo 'linger yes'; return; fi
  command -v loginctl >/dev/null 2>&1 || return 0
  said=$(LC_ALL=C loginctl show-user "$me" -p Linger 2>&1 </dev/null)
  case $said in
    *Linger=yes*) echo 'linger yes' ;;
    # An account that is not logged in, and has no file, is not known to it.
    *Linger=no* | *'not logged in'* | *'Failed to look up user'* | *'No user'*) echo 'linger no' ;;
  esac
}

look_journal() { # what a unit of the system prints can be read by these only
  command -v journalctl >/dev/null 2>&1 || return 0
  case " $(id -Gn 2>/dev/null) " in *' root '* | *' systemd-journal '* | *' adm '* | *' wheel '*) ;; *) [ "$own_uid" = 0 ] || echo 'journal closed' ;; esac
}

session_is_killed() { # does logind end what a session leaves behind when it ends (KillUserProcesses=yes)?
  grep -q '/session-[^/]*\.scope' /proc/self/cgroup 2>/dev/null && command -v loginctl >/dev/null 2>&1 || return 1
  case $(LC_ALL=C loginctl show-user -p KillUserProcesses 2>/dev/null </dev/null) in *=yes*) ;; *) return 1 ;; esac
  me=$(id -un)
  case " $(LC_ALL=C loginctl show-user -p KillExcludeUsers 2>/dev/null </dev/null | cut -d= -f2) " in *" $me "*) return 1 ;; esac
  case " $(LC_ALL=C loginctl show-user -p KillOnlyUsers 2>/dev/null </dev/null | cut -d= -f2) " in '  ' | *" $me "*) return 0 ;; esac
  return 1
}

look_killers() { # an operation has to outlive the login that began it
  session_is_killed || return 0
  look_linger
  if command -v systemd-run >/dev/null 2>&1; then echo 'killed scope'; else echo 'killed yes'; fi
}

away() { # what an operation is started with, so that it does not end with its login -> $away, words
  away=
  # The account's own manager outlives the login where it lingers, and what is in a scope of it with it.
  if session_is_killed && command -v systemd-run >/dev/null 2>&1; then away='systemd-run --user --scope --quiet --collect'; fi
}

look_way() { # directories on the way to BASE that no other account can pass, a web server's for one
  d=$(cd "$B" 2>/dev/null && pwd -P) || return 0
  while [ -n "$d" ]; do
    # shellcheck disable=SC2012
    case $(ls -ld "$d" 2>/dev/null) in d????????[-T][!+]*) printf 'way_closed %s\n' "$(one_line "$d")" ;; esac
    d=${d%/*}
  done
}

look_place() { # two names of one machine lead to one base: its device and inode, or those of what it would be made in
  d=$B
  while [ ! -d "$d" ] && [ "$d" != / ]; do d=${d%/*}; d=${d:-/}; done
  if id=$(stat -L -c %d:%i "$d" 2>/dev/null); then printf 'place %s %s\n' "$id" "$(one_line "${B#"$d"}")"; fi
}
