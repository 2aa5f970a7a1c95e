//! The lock alone, fought over by shells that are killed while they hold it.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::campaign::{Tally, trials};
use crate::support::{Background, wait_until};

/// Each place is taken by this many shells in turn; all but the last kill themselves while they hold the lock.
const LIVES: u32 = 8;
/// So many shells at once.
const PLACES: u32 = 8;

const LIB: &str = concat!(include_str!("../../../src/agent/sh/lib.sh"), include_str!("../../../src/agent/sh/pulse.sh"));

/// A holder makes `held`, which nobody else may have, and takes it away before it frees the lock. A killed holder
/// leaves it, so that the next one clears what belongs to a dead process. A second holder at a time finds that of a
/// living one.
const CONTENDER: &str = r#"
R=$1
rounds=$2
while [ "$rounds" -gt 0 ]; do
  rounds=$((rounds - 1))
  lock_take "op-$$" test now "me" || continue
  if read -r pid <"$R/held" 2>/dev/null && [ "$pid" != $$ ] && start_time "$pid"; then
    echo "$$ found $pid, gen $gen" >>"$R/broken"
  fi
  echo $$ >"$R/held"
  echo "$gen" >>"$R/won"
  if [ "$rounds" -eq "$3" ]; then kill -s KILL $$; fi
  read -r pid <"$R/held"
  [ "$pid" = $$ ] || echo "$$ lost it to $pid, gen $gen" >>"$R/broken"
  rm -f "$R/held"
  lock_free
done
"#;

/// Lets shells fight over the lock for so many rounds each; the violations.
fn race(shell: &[&str], rounds: u32) -> Result<(), String> {
    let dir = tempfile::Builder::new().prefix("rt-lock-").tempdir().unwrap();
    let script = dir.path().join("contender");
    fs::write(&script, format!("{LIB}{CONTENDER}")).unwrap();
    let contender = |rounds: u32, dies_at: u32| {
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg(&script).arg(dir.path()).arg(rounds.to_string()).arg(dies_at.to_string());
        Background::start(command, Stdio::null())
    };
    let never = rounds + 1;
    let mut places: Vec<(u32, Background)> = (0..PLACES).map(|n| (LIVES - 1, contender(rounds, 7 + n))).collect();
    let done = wait_until(Duration::from_secs(u64::from(2 * rounds)), || {
        for (lives, process) in &mut places {
            if *lives > 0 && !process.is_running() {
                *lives -= 1;
                *process = contender(rounds, if *lives > 0 { *lives * 3 } else { never });
            }
        }
        places.iter_mut().all(|(lives, process)| *lives == 0 && !process.is_running())
    });
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap_or_default();
    let broken = read("broken");
    if !broken.is_empty() {
        return Err(format!("{shell:?}: two at once: {broken}"));
    }
    if !done {
        return Err(format!("{shell:?}: stuck"));
    }
    // Every number was won once, and each by a later one.
    let won: Vec<u64> = read("won").lines().map(|line| line.parse().unwrap()).collect();
    if won.len() < 20 {
        return Err(format!("{shell:?}: only {} rounds were won", won.len()));
    }
    if !won.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(format!("{shell:?}: numbers were won out of order"));
    }
    let mut last = contender(1, never);
    let ended = wait_until(Duration::from_secs(10), || !last.is_running());
    if !ended || read("won").lines().count() != won.len() + 1 {
        return Err(format!("{shell:?}: nobody can take it any more"));
    }
    Ok(())
}

#[test]
fn never_two_holders_and_never_stuck() {
    let rounds = u32::try_from(trials(25, 80)).unwrap();
    let mut tally = Tally::new("races: the lock, with dying holders, dash and BusyBox ash");
    let results: Vec<_> = std::thread::scope(|scope| {
        let shells = [&["dash"][..], &["busybox", "ash"]];
        let racing = shells.map(|shell| scope.spawn(move || race(shell, rounds)));
        racing.into_iter().map(|race| race.join().unwrap()).collect()
    });
    for result in results {
        // The last of them is the one that tells: each try for the lock was one.
        tally.passed((PLACES * LIVES * rounds) as usize - 1);
        tally.trial(result);
    }
    tally.finish();
}
