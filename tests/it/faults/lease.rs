//! The lease alone, by a clock that stands still: a host never gives up before it is over, and does when it is.

use std::process::Command;

const LIB: &str = include_str!("../../../src/agent/sh/lib.sh");
const SUPERVISE: &str = include_str!("../../../src/agent/sh/supervise.sh");

/// Was heard of at $2 seconds, the time is $3, and the lease 3 s. Whole seconds would make 2.01 s of 3.
const ASK: &str = r#"
now_up() { up=$now; }
T=$1 lease=3
echo begin >"$T/sig"
now=$2
up_hundredths
echo "$hundredths" >"$T/hb"
now=$3
give_up && echo "$gone"
true
"#;

/// What a supervisor says that looks at this moment.
fn gone(shell: &[&str], heard: &str, now: &str) -> String {
    let dir = tempfile::Builder::new().prefix("rt-lease-").tempdir().unwrap();
    // All but the last line, which begins to work.
    let supervise = SUPERVISE.trim_end().strip_suffix("agent_main \"$@\"").unwrap();
    let text = format!("{LIB}{supervise}{ASK}");
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(["-c", &text, "sh"]).arg(dir.path()).args([heard, now]);
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{shell:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_is_counted_in_hundredths() {
    for shell in [&["dash"][..], &["bash"], &["busybox", "ash"]] {
        for (heard, now) in [("100.99", "103.00"), ("100.99", "103.98"), ("99.08", "102.07"), ("100.50", "100.50")] {
            assert_eq!(gone(shell, heard, now), "", "{shell:?}: heard at {heard}, {now} now");
        }
        for (heard, now) in [("100.99", "103.99"), ("100.00", "103.00"), ("99.08", "9999.00")] {
            let says = gone(shell, heard, now);
            assert_eq!(says, "the client was silent for 3 s\n", "{shell:?}: heard at {heard}, {now} now");
        }
    }
}
