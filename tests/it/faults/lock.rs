//! The lock alone, fought over by shells that are killed while they hold it.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Background, wait_until};

const LIB: &str = include_str!("../../../src/agent/sh/lib.sh");

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

fn race(shell: &[&str]) {
    let dir = tempfile::Builder::new().prefix("rt-lock-").tempdir().unwrap();
    let script = dir.path().join("contender");
    fs::write(&script, format!("{LIB}{CONTENDER}")).unwrap();
    let contender = |rounds: u32, dies_at: i32| {
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg(&script).arg(dir.path()).arg(rounds.to_string()).arg(dies_at.to_string());
        Background::start(command, Stdio::null())
    };
    // 8 places of 200 rounds, each taken by 8 shells in turn; all but the last kill themselves while they hold it.
    let mut places: Vec<(u32, Background)> = (0..8).map(|n| (7, contender(25, 7 + n))).collect();
    let done = wait_until(Duration::from_secs(50), || {
        for (lives, process) in &mut places {
            if *lives > 0 && !process.is_running() {
                *lives -= 1;
                let dies_at = if *lives > 0 { i32::try_from(*lives * 3).unwrap() } else { -1 };
                *process = contender(25, dies_at);
            }
        }
        places.iter_mut().all(|(lives, process)| *lives == 0 && !process.is_running())
    });
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap_or_default();
    assert_eq!(read("broken"), "", "{shell:?}");
    assert!(done, "{shell:?}: stuck");
    // Every number was won once, and each by a later one.
    let won: Vec<u64> = read("won").lines().map(|line| line.parse().unwrap()).collect();
    assert!(won.len() > 20, "{shell:?}: only {} rounds were won", won.len());
    assert!(won.windows(2).all(|pair| pair[0] < pair[1]), "{shell:?}: numbers were won out of order");
    // And it is not stuck now.
    let mut last = contender(1, -1);
    assert!(wait_until(Duration::from_secs(10), || !last.is_running()));
    assert_eq!(read("won").lines().count(), won.len() + 1, "{shell:?}: nobody can take it any more");
}

#[test]
fn never_two_holders_and_never_stuck() {
    std::thread::scope(|scope| {
        for shell in [&["dash"][..], &["busybox", "ash"]] {
            scope.spawn(move || race(shell));
        }
    });
}
