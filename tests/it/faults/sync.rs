//! A disk that takes everything and then says that it has not kept it.

use super::site::Site;
use crate::support::{HostSpec, mode};

/// Fails once a deploy is to be lost, for what the test has put in `~/lost`; otherwise it is the real one.
const SYNC: &str = r#"#!/bin/sh
read -r lost <"$HOME/lost"
for path; do
  case $path in
    $lost) echo "sync: error syncing '$path': Input/output error" >&2; exit 1 ;;
  esac
done 2>/dev/null
PATH=/usr/bin:/bin exec sync "$@"
"#;

/// What a deploy ends with, whose writes to these paths never reach the disk.
fn deploy_that_loses(paths: &str) -> (Site, i32) {
    let site = Site::new(vec![HostSpec::new("h1").own_bin()]);
    site.host().write("lost", format!("{paths}\n"));
    site.host().write("bin/sync", SYNC);
    mode(&site.host().path("bin/sync"), 0o755);
    let run = site.world.release(&["view", "app-1.1.tar.gz"]);
    assert!(run.code == 0 || run.stderr.contains("can not be written"), "{}", run.stderr);
    (site, run.code)
}

#[test]
fn a_release_that_is_not_on_disk_does_not_go_live() {
    let (site, code) = deploy_that_loses("*/releases/[0-9]*");
    assert_eq!(code, 1);
    site.assert_all("1.0");
}

#[test]
fn a_swap_that_is_not_on_disk_is_taken_back() {
    let (site, code) = deploy_that_loses("*/home");
    assert_eq!(code, 5);
    site.assert_all("1.0");
}

#[test]
fn a_journal_that_is_not_on_disk_lets_nothing_begin() {
    let (site, code) = deploy_that_loses("*/journal");
    assert_eq!(code, 3);
    site.assert_all("1.0");
}

#[test]
fn a_record_that_is_not_on_disk_is_written_anew_and_once() {
    let (site, code) = deploy_that_loses("*/.release/ledger");
    assert_eq!(code, 0);
    site.assert_all("1.1");
    let ledger = site.host().read(".release/ledger").unwrap();
    let deploys =
        ledger.lines().filter(|line| line.contains(r#""op":"deploy""#) && line.contains(r#""version":"1.1""#));
    assert_eq!(deploys.count(), 1, "{ledger}");
}
