# --- the environment of hosts.toml: what its files and variables make --------------------------------------------
# shellcheck shell=sh

do_env() { # do_env f:FILE... v:NAME=VALUE...: sources each file once and keeps what they exported
  rm -f "$T/env" "$T/env.part" "$T/env.said"
  limit_of env
  run_part "$limit" "$B" env env.part "$@"
  env_made "$?" "$reason" "$@" && mv -f "$T/env.part" "$T/env"
}

env_made() { # env_made STATUS REASON f:FILE... v:NAME=VALUE...: what came of making $T/env.part, with $T/env.said as what was printed
  env_rc=$1 env_reason=$2
  shift 2
  # What the files have printed is shown when it is known what must not be.
  { [ ! -f "$T/env.part" ] || (mask_values "$T/env.part"); [ "$env_rc" -eq 0 ] || (env_files "$@"); } | mask_more ||
    { rm -f "$T/env.said" "$T/env.part"; why "no room for the environment"; return 1; }
  [ ! -f "$T/env.said" ] || mask_file "$T/env.said" >>"$T/log"
  rm -f "$T/env.said"
  [ "$env_rc" -ne 0 ] || return 0
  env_failure "$(tail -n 1 "$T/env.part" 2>/dev/null)"
  rm -f "$T/env.part"
  case $env_reason in stopped*) why "an [env] file was $env_reason" ;; *) why "an [env] file failed${val:-, or there was no room for the environment}" ;; esac
}

env_files() { # env_files f:FILE...: a shell that can't read one says so with a piece of it
  for w in "$@"; do
    case $w in f:*) path_of "${w#f:}"; mask_tokens "$val" ;; esac
  done
}
