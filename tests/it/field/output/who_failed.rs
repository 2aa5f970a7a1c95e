//! Which command failed, where, and what became of the others: in the last line, on each host, in the log.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::support::Fleet;

/// Where from: `deploy failed (exit 1)` of a pipeline with six commands; and a host of a fleet whose log said
/// "interrupted", for which its administrator searched a day, while another one had failed.
#[test]
fn failure_on_one_host_is_named_everywhere() {
    let fleet = Fleet::files(
        &["h1", "h2"],
        "[env]\nvars = { TOKEN = \"canary-47\" }\n[prepare]\nrun = ['true', 'test ! -e ~/bad || false canary-47', 'sleep 0.2']\n",
    );
    let toml = fleet.world.project().join("hosts.toml");
    fs::set_permissions(toml, Permissions::from_mode(0o600)).unwrap();
    fleet.deploy("1").expect(0);
    fleet.world.host("h2").write("bad", "");
    let run = fleet.deploy("2").expect(1);
    let last = run.stderr.lines().find(|line| line.starts_with("release: ")).unwrap_or_default();
    assert!(last.ends_with("(h2: test ! -e ~/bad || false ***: exit 1)"), "{}", run.stderr);
    assert!(run.stderr.contains("[h1] unchanged, ") && run.stderr.contains("another host failed)"), "{}", run.stderr);
    assert!(!run.stderr.contains("interrupted"), "{}", run.stderr);
    let log = fleet.release(&["log", "view", "-n", "1"]).expect(0).stdout;
    assert!(log.contains("all hosts: h2: test") && log.contains("1 older"), "{log}");
    assert!(log.contains("test ! -e ~/bad || false ***: exit 1") && !log.contains("canary"), "{log}");
}

/// Where from: a command of 600 bytes in one line, of which only its beginning is of use in a last line.
#[test]
fn long_command_is_named_by_its_beginning() {
    let fleet = Fleet::files(&["h1"], &format!("[prepare]\nrun = ['''echo {}\n false''']\n", "größe ".repeat(100)));
    let run = fleet.deploy("1").expect(1);
    assert!(run.stderr.contains(" (h1: echo größe ") && run.stderr.contains(" ...: exit 1)"), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{fffd}'), "{}", run.stderr);
}

/// Where from: the log of a `release lock`, asked for by its id from the chat, was an empty line.
#[test]
fn log_of_an_operation_without_output_says_what_it_was() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.release(&["lock", "view", "-m", "no deploys today"]).expect(0);
    let json = fleet.release(&["log", "view", "--json"]).expect(0).json();
    let id = json["operations"][0]["record"]["id"].as_str().unwrap();
    let log = fleet.release(&["log", "view", id]).expect(0).stdout;
    assert!(log.contains("lock") && log.contains("no deploys today"), "{log}");
}
