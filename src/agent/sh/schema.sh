# --- schema: one transaction, and what is known of it afterwards -------------------------------------------------
# up.sql upgrades and down.sql goes back, each in one transaction that also writes its row into the database's own ledger;
# up.ask.sql and down.ask.sql say whether that row is there: that is what happened, whatever the client program said.
# shellcheck shell=sh

in_the_way='release: in the way: '
db_tries=20  # how often a transaction is tried that waits for somebody's lock
db_patience=60 # seconds that a database may be away before nobody knows

in_database() { # in_database SCRIPT URL-WORD...: runs it, as $db_verb; what it says is in the log from byte $said_from on
  said_from=$(($(wc -c <"$T/log") + 1))
  f=$1
  shift
  mask_database "$@"
  limit_of schema
  run_part "$limit" "$B" "${db_verb:-database}" "$f" "$@"
}

# Without the words of others that `watched` passes on.
said() { tail -c +"$said_from" "$T/log" | grep -v "$in_the_way"; }

db_ask() { # db_ask SCRIPT URL-WORD...: -> $answer, present or absent; fails when the database says neither for too long
  turns=0
  while :; do
    if in_database "$@"; then
      answer=$(said | grep -x -e present -e absent | tail -n 1)
      [ -z "$answer" ] || return 0
    fi
    turns=$((turns + 1))
    [ "$turns" -lt "$db_patience" ] || { why 'the database does not answer: nobody knows whether the schema was upgraded'; return 1; }
    sleep 1
  done
}

db_run() { # db_run up|down URL-WORD...: until it is known what came of it; fails when it is known not to be there
  way=$1
  shift
  try=0 blockers=
  while :; do
    try=$((try + 1))
    # Whoever was waited for once is looked for from then on.
    [ "$try" -eq 1 ] || db_verb=watched
    in_database "$way.sql" "$@"
    ran=$?
    db_verb=
    [ "$ran" -ne 0 ] || return 0
    # A COMMIT may have gone through whose answer did not come.
    first=$(said | grep -m 1 -e 'ERROR:' -e 'FATAL:' -e '[Ee]rror' || said | tail -n 2 | head -n 1)
    waits=no
    if said | grep -q -e 'canceling statement due to lock timeout' -e 'database is locked' -e 'deadlock detected' -e 'could not serialize'; then waits=yes; fi
    asked=$undoing
    undoing=yes # an answer is owed, also to a client that has gone
    db_ask "$way.ask.sql" "$@"
    known=$?
    undoing=$asked
    [ "$known" -eq 0 ] || return 1
    [ "$answer" = absent ] || return 0
    [ "$waits" = no ] || blockers
    if [ "$waits" = no ] || [ "$try" -ge "$db_tries" ]; then why "$first$blockers"; return 1; fi
    if [ "$undoing" = no ] && give_up; then why "$gone"; return 1; fi
    # Longer each time, and not in step with whoever else waits.
    sleep "0.$(((try * 7 + $$) % 10))" 2>/dev/null || sleep 1
    [ "$try" -lt 6 ] || sleep 1
  done
}

blockers() { # -> $blockers: who was in the way of the last try, or of one before that, as `watched` saw them
  seen_now=$(tail -c +"$said_from" "$T/log" | sed -n "s/^.*$in_the_way//p" | sort -u | head -n 4 | tr '\n' ';')
  [ -z "$seen_now" ] || blockers="; in the way: ${seen_now%;}"
}

do_schema() { # do_schema URL-WORD...
  fsync "$T"/*.sql "$T" || { why 'the way back can not be written to disk'; return 1; }
  db_run up "$@" || return 1
  keep_upgrade
}

undo_schema() { # back, if the transaction went through and has not been taken back already
  db_ask up.ask.sql "$@" || return 1
  if [ "$answer" = present ]; then
    if [ -s "$T/down.sql" ]; then
      db_ask down.ask.sql "$@" || return 1
      if [ "$answer" = absent ]; then
        db_run down "$@" && db_ask down.ask.sql "$@" || return 1
        [ "$answer" = present ] || { why 'the way back ran, and the database does not say so'; return 1; }
      fi
    else
      restore_own_backup
    fi
  fi
  # Of a rollback it is the upgrade of another release, which stays.
  ! brings_release || rm -rf "$R/schema/${N:?}"
}

brings_release() { # is the release this very operation's?
  case $op in deploy | promote) ;; *) return 1 ;; esac
}

keep_upgrade() { # with the release, for its rollback: made and proved now, while both schemas are at hand
  [ -s "$T/upgrade" ] || return 0
  rm -rf "$T/kept" && mkdir -p "$R/schema" "$T/kept" && cp "$T/upgrade" "$T/kept/upgrade" && printf '%s\n' "$prev" >"$T/kept/before" &&
    { [ ! -f "$T/bury.sql" ] || cp "$T/bury.sql" "$T/kept/bury.sql"; } && rm -rf "$R/schema/${N:?}" && mv "$T/kept" "$R/schema/$N" &&
    fsync "$R/schema/$N"/* "$R/schema" || { why 'the way back can not be kept'; return 1; }
}

do_upgrade() { # do_upgrade there|back CHECK COMMAND UNDO: the application's own tool
  release_dir
  # In the release that is to go live: is the schema one that it can run on?
  limit_of schema
  if command_file "$2" && run_child "$limit" "$rel" sh "./$cmd"; then return 0; fi
  if [ -n "$cut" ]; then return 1; fi
  printf 'upgrade' >"$T/upgrade.begun" && fsync "$T/upgrade.begun" "$T" || { why 'no room'; return 1; }
  tool "$1" "$3"
}

tool() { # tool there|back COMMAND: in the newer of the two releases, which knows the way in both directions
  command_file "$2" || return 1
  if [ "$1" = back ]; then as_old run_tool; else run_tool; fi
}

run_tool() {
  release_dir
  limit_of schema
  run_child "$limit" "$rel" sh "./$cmd"
}

undo_upgrade() { # by its own way back, else by the backup
  [ -f "$T/upgrade.begun" ] || return 0
  dec "$4"
  if [ -n "$val" ]; then tool "$1" "$4"; else restore_own_backup; fi
}

do_backup() { # do_backup URL-WORD...: whole, checked and on disk, or not there
  mkdir -p "$R/backups" || { why 'no room for a backup'; return 1; }
  rm -f "$R/backups/$I.part"
  mask_database "$@"
  limit_of schema
  run_part "$limit" "$R/backups" backup "$I.part" "$@" || return 1
  [ -f "$R/backups/$I.part" ] || return 0 # nothing is there yet
  fsync "$R/backups/$I.part" && mv "$R/backups/$I.part" "$R/backups/$I" && fsync "$R/backups" || { why 'the backup can not be written'; return 1; }
  say "backup: $R/backups/$I"
}

undo_backup() { # gives its space back, when all behind it was undone
  rm -f "$R/backups/$I.part"
  [ "$sound" = no ] || ! brings_release || rm -f "$R/backups/$I"
}

backup_words() { # the words of the operation's own `backup` step -> $words
  step=$K words=
  while [ "$step" -gt 1 ]; do
    step=$((step - 1))
    step_words "$step"
    case $words in 'backup '*) words=${words#* }; break ;; *) words= ;; esac
  done
}

restore_own_backup() { # what that step has kept
  backup_words
  [ -n "$words" ] && [ -f "$R/backups/$I" ] || { why 'there is neither a way back nor a backup'; return 1; }
  set -f
  # shellcheck disable=SC2086
  set -- $words
  set +f
  limit_of schema
  run_part "$limit" "$R/backups" restore "$I" "$@"
}

do_restore() { # do_restore BACKUP URL-WORD...
  dec "$1"
  shift
  [ -f "$R/backups/$val" ] || { why "there is no backup $val"; return 1; }
  # To SQLite an empty file is an empty database, and to a disk that lost power it is what is left of a backup.
  [ -s "$R/backups/$val" ] || { why "the backup $val is empty"; return 1; }
  mask_database "$@"
  limit_of schema
  run_part "$limit" "$R/backups" restore "$val" "$@"
}

undo_restore() { # what was there before has been backed up by this operation itself
  shift
  [ -f "$R/backups/$I" ] || return 0
  limit_of schema
  run_part "$limit" "$R/backups" restore "$I" "$@"
}

do_bury() { # do_bury URL-WORD...: what the trash of an upgrade keeps for a release that is no longer there
  for f in "$R"/schema/*/before; do
    [ -f "$f" ] || continue
    f=${f%/before}
    l=
    { read -r l <"$f/before"; } 2>/dev/null
    over=no
    [ -z "$l" ] || [ -d "$B/$D/$l" ] || over=yes
    [ -d "$B/$D/${f##*/}" ] || over=yes
    [ "$over" = yes ] || continue
    if [ -s "$f/bury.sql" ]; then cp "$f/bury.sql" "$T/bury.sql" && in_database bury.sql "$@" || continue; fi
    rm -f "$f/bury.sql"
    [ -d "$B/$D/${f##*/}" ] || rm -rf "$f"
  done
  return 0
}

old_backups() { # the ten newest are kept
  # shellcheck disable=SC2012
  ls -1t "$R/backups" 2>/dev/null | tail -n +11 | while IFS= read -r f; do
    case $f in *[!A-Za-z0-9-]*) ;; *) rm -f "$R/backups/${f:?}" ;; esac
  done
}

# --- what run_part calls --------------------------------------------------------------------------------------------

database_main() { # database SCRIPT URL-WORD...
  sql_file=$T/$1
  shift
  db_open "$@" || { echo "$reason" >&2; exit 125; }
  case ${file:-} in "$B"/shared/*) mkdir -p "${file%/*}" || exit 1 ;; esac
  db_client <"$sql_file"
}

watched_main() { # watched SCRIPT URL-WORD...: as `database`, and says who holds what it waits for
  sql_file=$T/$1
  shift
  db_open "$@" || { echo "$reason" >&2; exit 125; }
  if [ "$engine" != postgresql ]; then db_client <"$sql_file"; exit; fi
  who_blocks &
  watching=$!
  (db_client <"$sql_file")
  code=$?
  kill "$watching" 2>/dev/null
  exit "$code"
}

who_blocks() { # looks until it has seen somebody, or until nobody waits any more
  PGAPPNAME=release-watch exec psql -X -q -A -t -f - "$url" <<'END'
set client_min_messages = warning;
do $$ declare b record; found boolean := false; idle int := 0; begin
  while not found and idle < 100 loop
    perform pg_sleep(0.02), pg_stat_clear_snapshot();
    idle := case when exists (select from pg_stat_activity where datname = current_database() and application_name = 'release') then 0 else idle + 1 end;
    for b in
      select p.pid, coalesce(nullif(h.application_name, ''), h.backend_type, 'a prepared transaction') as app,
        extract(epoch from clock_timestamp() - coalesce(h.xact_start, h.state_change))::bigint as age,
        coalesce(h.state, 'unknown') as state, left(regexp_replace(h.query, '\s+', ' ', 'g'), 120) as query
      from (select distinct unnest(pg_blocking_pids(w.pid)) as pid from pg_stat_activity w
        where w.datname = current_database() and w.application_name = 'release' and w.wait_event_type = 'Lock') as p
      left join pg_stat_activity h on h.pid = p.pid
    loop
      found := true;
      raise warning 'release: in the way: pid % (%), since % s, %: %', b.pid, b.app, b.age, b.state, b.query;
    end loop;
  end loop;
end $$;
END
}

backup_main() { # backup FILE URL-WORD..., in the directory of the backups
  umask 077
  file_name=$1
  shift
  db_open "$@" || { echo "$reason" >&2; exit 125; }
  case $engine in
    postgresql)
      command -v pg_dump >/dev/null 2>&1 || { echo 'pg_dump is not installed (package postgresql-client)' >&2; exit 125; }
      pg_dump -Fc --lock-wait-timeout=10000 -N _release_trash -f "$file_name" "$url" && pg_restore -l "$file_name" >/dev/null ;;
    sqlite)
      [ -e "$file" ] || exit 0
      echo ".backup $file_name" | sqlite3 -batch -bail -init /dev/null "$file" &&
        [ "$(sqlite3 -batch -bail -init /dev/null "$file_name" 'PRAGMA integrity_check')" = ok ] || { echo 'the backup is not sound' >&2; exit 1; } ;;
  esac
}

restore_main() { # restore FILE URL-WORD..., in the directory of the backups
  file_name=$1
  shift
  db_open "$@" || { echo "$reason" >&2; exit 125; }
  case $engine in
    postgresql) restore_postgres ;;
    sqlite) echo ".restore $file_name" | sqlite3 -batch -bail -init /dev/null "$file" ;;
  esac
}

restore_postgres() { # everything out and the backup in, in one transaction
  {
    echo 'begin;'
    echo "set local lock_timeout = '10s';"
    cat <<'END'
do $$ declare s text; begin
  for s in select extname from pg_extension where extname <> 'plpgsql' loop execute format('drop extension if exists %I cascade', s); end loop;
  for s in select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', '_release_trash')
    loop execute format('drop schema %I cascade', s); end loop;
  -- As a new database has it, which is what the archive tells the difference to.
  create schema public;
  if current_setting('server_version_num')::int >= 150000
    then alter schema public owner to pg_database_owner; grant usage on schema public to public;
    else grant all on schema public to public; end if;
  comment on schema public is 'standard public schema';
end $$;
END
    # The archive makes public itself only where it is not as usual.
    pg_restore -f - "$file_name" | grep -v -x -e 'CREATE SCHEMA public;' || exit 1
    printf '%s\n' 'commit;' '\echo restored'
  } | psql -X -q -v ON_ERROR_STOP=1 -o /dev/null -f - "$url" | grep -qx restored # an archive that ends early commits nothing
}
