# --- the boot hook: optional, one line in the account's crontab ---------------------------------------------------
# shellcheck shell=sh

do_boot_hook() { # do_boot_hook on|off: after a boot, cron has what was interrupted finished or undone
  hook=$R/recover
  hook_line="@reboot sh $hook"
  case $hook in *[!A-Za-z0-9._/@+~-]*) why "a crontab can't name $hook"; return 1 ;; esac
  if ! command -v crontab >/dev/null 2>&1; then
    [ "$1" = off ] || { why 'there is no crontab on this host'; return 1; }
  elif ! read_crontab; then return 1
  elif [ "$1" = on ]; then
    write_hook || { why "can't write $hook"; return 1; }
    grep -qxF -e "$hook_line" "$T/crontab" || { printf '%s\n' "$hook_line" >>"$T/crontab" && change_crontab; }
    return
  elif grep -qxF -e "$hook_line" "$T/crontab"; then
    grep -vxF -e "$hook_line" "$T/crontab" >"$T/crontab.part"
    mv -f "$T/crontab.part" "$T/crontab" && change_crontab || return 1
  fi
  rm -f "$hook"
}

read_crontab() { # -> $T/crontab; fails unless it was read or there is none: what could not be read must not be written over
  crontab -l >"$T/crontab" 2>"$T/crontab.said" && return 0
  said=$(cat "$T/crontab.said")
  case $said in
    *'no crontab'* | *'o such file'*) printf '' >"$T/crontab" ;;
    *) why "can't read the crontab: $said"; return 1 ;;
  esac
}

change_crontab() { crontab - <"$T/crontab" >>"$T/log" 2>&1 || { why "can't change the crontab"; return 1; }; }

write_hook() { # it survives the agents: it takes the newest that is whole
  {
    echo '#!/bin/sh'
    # shellcheck disable=SC2016
    echo '# Finishes or undoes what was interrupted when this host went down. `release setup --boot-hook` made it, cron runs it.'
    for v in PATH B D L; do
      eval "val=\$$v"
      export_line "$v"
    done
    cat <<'END'
cd "$B/.release" || exit
open=
for f in tx/* new/*; do [ ! -d "$f" ] || open=yes; done
[ -n "$open" ] || grep -qs '^held ' lock/* || exit 0
XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR-/run/user/$(id -u)} RELEASE_OPERATION=recover
export XDG_RUNTIME_DIR RELEASE_OPERATION
# In a session of its own, by which what it starts is found if it is killed.
for agent in $(ls -t agent-*.sh); do
  sum=$(sha256sum <"$agent")
  [ "agent-${sum%% *}.sh" = "$agent" ] || continue
  # An older one takes the place as arguments, and does not look at the environment.
  RELEASE_BASE=$B RELEASE_RELEASES=$D RELEASE_LIVE=$L
  export RELEASE_BASE RELEASE_RELEASES RELEASE_LIVE
  if grep -q '^find_place()' "$agent"; then exec setsid sh "$agent" recover; fi
  exec setsid sh "$agent" recover "$B" "$D" "$L"
done
exit 1
END
  } >"$T/recover" && mv -f "$T/recover" "$hook" && fsync "$hook"
}
