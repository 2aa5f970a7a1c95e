//! Where `dist/` does not have the bytes, a host does.

use std::fs;

use super::{Pair, file};
use crate::support::{HostSpec, Tarball, Userland, eventually};

/// What hosts have that is too large for one packet, one pipe and one piece, and any byte.
fn large() -> Tarball {
    Tarball::new("app", "1.0").noise("noise", 3_000_000)
}

#[test]
fn they_come_from_a_host_and_stay_in_dist() {
    for userland in [Userland::Gnu, Userland::BusyBox, Userland::Toybox] {
        let more: &[&str] = if userland == Userland::Toybox { &["wget", "dd", "tr"] } else { &[] };
        let spec =
            |name: &str| more.iter().fold(HostSpec::new(name).userland(userland), |spec, tool| spec.program(tool));
        let pair = Pair::of(["h1", "h2", "h3"].map(spec).into(), "requires = \"view\"");
        large().write(&pair.world.project().join("dist"));
        pair.release(&["view", "1.0"]).expect(0);
        let built = fs::read(pair.dist("1.0")).unwrap();
        // On another machine, say.
        fs::remove_dir_all(pair.world.project().join("dist")).unwrap();
        let run = pair.promote(&[]).expect(0);
        assert!(run.stderr.contains("fetching app-1.0.tar.gz from view (h1)"), "{userland:?}: {}", run.stderr);
        assert_eq!(pair.live().as_deref(), Some("1.0"), "{userland:?}");
        assert!(fs::read(pair.dist("1.0")).unwrap() == built, "{userland:?}");
        let left: Vec<_> = fs::read_dir(pair.world.project().join("dist")).unwrap().collect();
        assert_eq!(left.len(), 1, "{userland:?}: {left:?}");
        let (view, prod) = (pair.world.host("h1"), pair.world.host("h3"));
        let sha256 = |host: &crate::support::Host| {
            let meta: serde_json::Value = serde_json::from_str(&host.read("live/.release.json").unwrap()).unwrap();
            meta["sha256"].as_str().unwrap().to_owned()
        };
        assert_eq!(sha256(view), sha256(prod));
    }
}

#[test]
fn a_file_of_that_name_with_other_bytes_stays_as_it_is() {
    let pair = Pair::new("");
    pair.view("1.0");
    Tarball::new("app", "1.0").file("page", "built anew").write(&pair.world.project().join("dist"));
    let before = file(&pair.dist("1.0"));
    let run = pair.promote(&[]).expect(0);
    assert!(run.stderr.contains("has other bytes than what is live on view; it stays as it is"), "{}", run.stderr);
    assert_eq!(pair.world.host("h3").read("live/page").as_deref(), Some("1.0"));
    assert!(file(&pair.dist("1.0")) == before);
    assert_eq!(fs::read_dir(pair.world.project().join("dist")).unwrap().count(), 1, "nothing else is left there");
}

#[test]
fn a_plan_leaves_nothing_here() {
    let pair = Pair::new("");
    pair.view("1.0");
    fs::remove_dir_all(pair.world.project().join("dist")).unwrap();
    pair.promote(&["--dry-run"]).expect(0);
    assert!(!pair.world.project().join("dist").exists());
}

#[test]
fn what_was_changed_on_a_host_is_not_taken_and_the_next_one_is_asked() {
    let pair = Pair::new("");
    pair.view("1.0");
    fs::remove_dir_all(pair.world.project().join("dist")).unwrap();
    let kept = |host: &str| {
        let host = pair.world.host(host);
        let release = host.releases().pop().unwrap();
        host.path(&format!(".release/manifests/{release}/artifact"))
    };
    let mut bytes = fs::read(kept("h1")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(kept("h1"), &bytes).unwrap();
    pair.promote(&[]).expect(0);
    assert_eq!(pair.live().as_deref(), Some("1.0"));

    let pair = Pair::new("");
    pair.view("1.0");
    fs::remove_dir_all(pair.world.project().join("dist")).unwrap();
    for (host, is_kept) in [("h1", true), ("h2", false)] {
        let host = pair.world.host(host);
        let path = host.path(&format!(".release/manifests/{}/artifact", host.releases()[0]));
        if is_kept { fs::write(path, "other").unwrap() } else { fs::remove_file(path).unwrap() }
    }
    let run = pair.promote(&[]).expect(3);
    for words in [
        "the bytes of 1.0 are nowhere to be found",
        "h1: the artifact that it keeps is not what it was made of",
        "h2 does not keep what",
        "nothing was changed",
        "hint: put the tarball that was deployed there into dist/, as app-1.0.tar.gz",
    ] {
        assert!(run.stderr.contains(words), "{words:?}: {}", run.stderr);
    }
    assert_eq!((pair.live(), pair.dist("1.0").exists()), (None, false));
}

/// A line that is cut in the middle leaves no part behind.
#[test]
fn a_line_that_is_cut_leaves_nothing_here() {
    let pair = Pair::of(vec![HostSpec::new("h1").relay(), HostSpec::new("h2").relay(), HostSpec::new("h3")], "");
    Tarball::new("app", "1.0").noise("noise", 20_000_000).write(&pair.world.project().join("dist"));
    pair.release(&["view", "1.0"]).expect(0);
    fs::remove_dir_all(pair.world.project().join("dist")).unwrap();
    let relays = ["h1", "h2"].map(|host| pair.world.host(host).relay());
    let before = relays.map(|relay| (relay.trickle(4_000_000), relay.down()).1);
    let promote = pair.world.release_bg(&["promote", "view", "prod"]);
    for (relay, before) in relays.iter().zip(before) {
        eventually("some of it has come", || relay.down() > before + 2_000_000);
        relay.cut();
    }
    let run = promote.finish(std::time::Duration::from_secs(30)).expect(3);
    assert!(run.stderr.contains("nowhere to be found") && run.stderr.contains(" bytes came"), "{}", run.stderr);
    assert_eq!(fs::read_dir(pair.world.project().join("dist")).map_or(0, Iterator::count), 0);
    assert_eq!(pair.live(), None);
}
