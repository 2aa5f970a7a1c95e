# --- adopt: what is live gets a name among the releases, where it stands, and is no longer another tool's ---------
# shellcheck shell=sh

exchange() { # exchange A B: two names change places in one rename(2), or nothing happens
  [ -e "$1" ] || [ -L "$1" ] || return 1
  was_there=$(stat -c %i "$1") || return 1
  {
    mv --exchange --no-copy -T "$1" "$2" || # GNU coreutils 9.5
      mv -x "$1" "$2" ||                    # toybox
      # No shell has renameat2, and hosts without either of these are rare.
      perl -MPOSIX -e '
        my %number = (x86_64 => 316, aarch64 => 276, riscv64 => 276, loongarch64 => 276, i686 => 353, i586 => 353,
          armv7l => 382, armv6l => 382, ppc64le => 357, ppc64 => 357, s390x => 347);
        my $number = $number{(POSIX::uname())[4]} or exit 1;
        exit(syscall($number, -100, $ARGV[0], -100, $ARGV[1], 2) == 0 ? 0 : 1)' "$1" "$2" ||
      python3 -c '
import ctypes, os, sys
a, b = map(os.fsencode, sys.argv[1:])
sys.exit(0 if ctypes.CDLL(None).renameat2(-100, a, -100, b, 2) == 0 else 1)' "$1" "$2"
  } >/dev/null 2>&1
  # What an unknown mv makes of an unknown option is not taken on trust.
  [ "$(stat -c %i "$2" 2>/dev/null)" = "$was_there" ]
}

same_place() { # same_place A B: do both lead to the same directory?
  a=$(cd "$1" 2>/dev/null && pwd -P) && b=$(cd "$2" 2>/dev/null && pwd -P) && [ "$a" = "$b" ]
}

adopt_dirs() { # releases/, if there is none
  new_dirs "$B/$D" "$T/adopt.dirs" && mkdir -p "$B/$D" || { why "can't make $D"; return 1; }
}

do_adopt_name() { # do_adopt_name FROM: releases/NAME leads to where BASE/FROM leads
  dec "$1"
  adopt_dirs || return 1
  from=$B/$val called=$B/$D/$N
  if same_place "$called" "$from"; then manifest_of_adopted; return; fi
  [ ! -e "$called" ] && [ ! -L "$called" ] || { why "$D/$N is there, and is not what is live"; return 1; }
  to=$(cd "$from" 2>/dev/null && pwd -P) || { why "$val leads to no directory"; return 1; }
  top=$(cd "$B/$D" && pwd -P) || return 1
  # Relative where it can be: the base may be moved, or mounted elsewhere.
  case $to in "$top"/*/*) ;; "$top"/*) to=${to#"$top"/} ;; esac
  printf '' >"$T/adopted" && ln -s "$to" "$called" && fsync "$B/$D" || { why "can't make $D/$N"; return 1; }
  same_place "$called" "$from" || { why "$D/$N does not lead to what is live"; return 1; }
  manifest_of_adopted
}

undo_adopt_name() {
  [ -f "$T/adopted" ] || { undo_new_dirs "$T/adopt.dirs"; return; }
  [ "$(readlink "$B/$L" 2>/dev/null)" != "$D/$N" ] || { why "$L still names $D/$N"; return 1; }
  [ ! -L "$B/$D/$N" ] || rm -f "$B/$D/$N" || return 1
  rm -rf "$R/manifests/$N"
  rmdir "$R/manifests" 2>/dev/null
  fsync_undone "$B/$D"
  undo_new_dirs "$T/adopt.dirs"
}

manifest_of_adopted() { # what a rollback to it will look for; not what an application writes as it runs: that comes and goes
  m=$R/manifests/$N
  [ ! -f "$m/paths" ] || return 0
  rm -rf "$m" "$m.part"
  mkdir -p "$m.part" && (cd "$B/$D/$N" && find . -mindepth 1 \( -type d \( -name log -o -name logs -o -name tmp -o -name cache \
    -o -name var -o -name run -o -name .git \) -prune \) -o \( ! -name '*.pid' ! -name '*.sock' ! -name '*.log' -print \)) |
    sort -u >"$m.part/paths" && printf '' >"$m.part/ahead" && mv "$m.part" "$m" ||
    { rm -rf "$m.part"; why "no room for the manifest"; return 1; }
}

do_adopt_try() { # do_adopt_try yes|no: can two names change places here? With `yes` it is no reason against it
  adopt_dirs || return 1
  one=$B/.try-$I two=$B/$D/.try-$I
  untry
  mkdir "$one" && ln -s x "$two" || { untry; why "can't write to $B and $D"; return 1; }
  exchange "$one" "$two" && [ -L "$one" ] && [ -d "$two" ]
  able=$?
  untry
  [ "$able" -eq 0 ] || [ "$1" = yes ] ||
    { why "$L is a real directory, and this host can't exchange two names at once (mv --exchange, perl or python3 can): with --allow-gap it is missing for the time of two renames"; return 1; }
}

untry() {
  for f in "$B/.try-$I" "$B/$D/.try-$I"; do
    if [ -L "$f" ]; then rm -f "$f"; elif [ -d "$f" ]; then rmdir "$f"; fi
  done
}

undo_adopt_try() {
  untry
  undo_new_dirs "$T/adopt.dirs"
}

exchanged() { [ "$(readlink "$B/$L" 2>/dev/null)" = "$D/$N" ] && [ -d "$B/$D/$N" ] && [ ! -L "$B/$D/$N" ]; }

do_adopt_exchange() { # do_adopt_exchange yes|no: the real directory BASE/live becomes releases/NAME, and live a link to it
  if exchanged; then manifest_of_adopted; return; fi
  [ -d "$B/$L" ] && [ ! -L "$B/$L" ] || { why "$L is no directory any more"; return 1; }
  [ -L "$B/$D/$N" ] || ln -s "$D/$N" "$B/$D/$N" || { why "can't make $D/$N"; return 1; }
  if ! exchange "$B/$D/$N" "$B/$L"; then
    [ "$1" = yes ] || { why "can't exchange $L and $D/$N"; return 1; }
    rm -f "$B/$D/$N" && mv "$B/$L" "$B/$D/$N" && mv -f "$T/swap/$L" "$B/" || { why "can't replace $L"; return 1; }
  fi
  fsync "$B" "$B/$D" || { why "$L can not be written to disk"; return 1; }
  exchanged || { why "$L names $(readlink "$B/$L") after the exchange"; return 1; }
  manifest_of_adopted
}

undo_adopt_exchange() {
  if exchanged; then
    exchange "$B/$D/$N" "$B/$L" || { rm -f "$B/$L" && mv "$B/$D/$N" "$B/$L"; } || { why "can't put $L back"; return 1; }
  elif [ ! -e "$B/$L" ] && [ ! -L "$B/$L" ] && [ -d "$B/$D/$N" ] && [ ! -L "$B/$D/$N" ]; then
    # Between the two renames.
    mv "$B/$D/$N" "$B/$L" || { why "can't put $L back"; return 1; }
  fi
  [ ! -L "$B/$D/$N" ] || rm -f "$B/$D/$N"
  rm -rf "$R/manifests/$N"
  fsync_undone "$B" "$B/$D"
}

do_adopt_follow() { # do_adopt_follow NAME WAS: another link to what is live leads to `live` from now on, as its readers expect
  dec "$2"
  link_was=$val
  dec "$1"
  now=$(readlink "$B/$val" 2>/dev/null)
  [ "$now" != "$L" ] || return 0
  [ "$now" = "$link_was" ] || { why "$val was changed meanwhile"; return 1; }
  relink "$val" "$L"
}

undo_adopt_follow() {
  dec "$2"
  link_was=$val
  dec "$1"
  [ "$(readlink "$B/$val" 2>/dev/null)" != "$L" ] || relink "$val" "$link_was"
}

relink() { # relink NAME TEXT: one rename over the link
  rm -rf "$T/follow"
  mkdir "$T/follow" && ln -s "$2" "$T/follow/$1" && mv -f "$T/follow/$1" "$B/" && fsync "$B" && [ "$(readlink "$B/$1")" = "$2" ] ||
    { why "can't replace $1"; return 1; }
}

do_adopt_releases() { # do_adopt_releases OLD: the releases stay where they are, and are found by their new name
  dec "$1"
  if [ "$(readlink "$B/$D" 2>/dev/null)" = "$val" ]; then return 0; fi
  [ ! -d "$B/$D" ] || [ -L "$B/$D" ] || rmdir "$B/$D" 2>/dev/null || return 0
  case $D in */*) why "$D is no name directly in $B: move $val there by hand"; return 1 ;; esac
  ln -s "$val" "$B/$D" && fsync "$B" || { why "can't make $D"; return 1; }
}

undo_adopt_releases() {
  dec "$1"
  [ "$(readlink "$B/$D" 2>/dev/null)" != "$val" ] || rm -f "$B/$D"
}

do_adopt_identity() { # the base is this application's, by these names
  # Into a directory `mv` would move it.
  [ ! -d "$R/identity" ] || { why "$R/identity is a directory"; return 1; }
  if [ ! -f "$T/identity.ready" ]; then
    if [ -f "$R/identity" ]; then cp "$R/identity" "$T/identity.old" && fsync "$T/identity.old"; fi &&
      printf '' >"$T/identity.ready" || { why "no room for the identity"; return 1; }
  fi
  printf '%s\n' "$own_identity" >"$R/identity.part" && fsync "$R/identity.part" && mv -f "$R/identity.part" "$R/identity" ||
    { rm -f "$R/identity.part"; why "can't write the identity"; return 1; }
}

undo_adopt_identity() {
  [ -f "$T/identity.ready" ] || return 0
  if [ -f "$T/identity.old" ]; then cp "$T/identity.old" "$R/identity.part" && mv -f "$R/identity.part" "$R/identity"
  else rm -f "$R/identity"
  fi
}
