//! Exit 3: what is known beforehand to go wrong, said for every host, with nothing changed.

use std::os::unix::fs::symlink;

use crate::support::{Fleet, HostSpec, RawEntry, Run, Tarball, Userland, raw_tar};

#[track_caller]
fn refused(fleet: &Fleet, version: &str, words: &[&str]) -> Run {
    let before: Vec<_> = fleet.world.hosts().iter().map(|h| h.state()).collect();
    let run = fleet.deploy(version).expect(3);
    for word in words.iter().chain(&["nothing was changed"]) {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    for (host, before) in fleet.world.hosts().iter().zip(&before) {
        before.assert_same(&host.state());
    }
    run
}

#[test]
fn a_host_that_can_not_be_reached() {
    let mut fleet = Fleet::files(&["h1", "h2"], "");
    fleet.deploy("1").expect(0);
    fleet.world.host_mut("h2").sshd_mut().stop();
    refused(&fleet, "2", &["h2", "can't connect", "refused"]);
    let status = fleet.release(&["status", "--json"]).json();
    assert_eq!(status["targets"][0]["hosts"][1]["reachable"], false);
    fleet.world.host_mut("h2").sshd_mut().start();
    fleet.deploy("2").expect(0);
}

/// The command that an error gives to go on with.
fn hinted(run: &Run, after: &str) -> String {
    let line = run.stderr.lines().find(|line| line.contains(after)).unwrap_or_else(|| panic!("{}", run.stderr));
    line.split_once(after).unwrap().1.trim().to_owned()
}

#[test]
fn a_host_key_that_is_not_known() {
    let fleet = Fleet::files(&["h1"], "");
    std::fs::write(fleet.world.home().join("ssh/known_hosts"), "").unwrap();
    let run = refused(&fleet, "1", &["host key is not known"]);
    let known = std::fs::read_to_string(fleet.world.home().join("ssh/known_hosts")).unwrap();
    assert_eq!(known, "", "nothing is accepted unseen");
    // The command that it shows does lead to a known host.
    let ssh = hinted(&run, "accept it: ").replacen("ssh ", "ssh -o StrictHostKeyChecking=accept-new ", 1);
    let mut command = fleet.world.command("sh");
    command.args(["-c", &format!("{ssh} true")]);
    Run::of(command).ok();
    fleet.deploy("1").expect(0);
}

#[test]
fn a_host_key_that_has_changed() {
    let fleet = Fleet::files(&["h1"], "");
    let mut keygen = fleet.world.command("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-f", "other"]);
    Run::of(keygen).ok();
    let other = std::fs::read_to_string(fleet.world.project().join("other.pub")).unwrap();
    let line = format!("[127.0.0.1]:{} {other}", fleet.host().port());
    let known_hosts = fleet.world.home().join("ssh/known_hosts");
    std::fs::write(&known_hosts, line).unwrap();
    let run = refused(&fleet, "1", &["host key has changed", "SHA256:"]);
    let forget = hinted(&run, "if it is right: ");
    let forget = forget.split(", then").next().unwrap();
    assert!(forget.starts_with("ssh-keygen "), "{forget}");
    let mut command = fleet.world.command("sh");
    command.args(["-c", forget]);
    Run::of(command).ok();
    assert_eq!(std::fs::read_to_string(&known_hosts).unwrap(), "", "the command forgets that very key");
}

#[test]
fn a_live_that_is_not_our_link() {
    let fleet = Fleet::files(&["h1"], "");
    let (host, live) = (fleet.host(), fleet.host().path("live"));
    host.write("live", "a file");
    refused(&fleet, "1", &["h1", "is a file"]);
    std::fs::remove_file(&live).unwrap();
    std::fs::create_dir(host.path("elsewhere")).unwrap();
    for to in ["elsewhere", "releases/../elsewhere", "releases/new", "live", "/etc"] {
        symlink(to, &live).unwrap();
        refused(&fleet, "1", &["h1", "leads out of", to]);
        std::fs::remove_file(&live).unwrap();
    }
    // To a release that is gone: there is nothing to go back to, and nothing in the way.
    symlink("releases/20140218-114503-0.940", &live).unwrap();
    let run = fleet.deploy("1").expect(0);
    assert!(run.stderr.contains("leads nowhere"), "{}", run.stderr);
    fleet.assert_live("1");
}

#[test]
fn a_base_that_can_not_be_written() {
    let fleet = Fleet::files(&["h1", "h2"], "");
    fleet.world.ssh("h1", "chmod a-w .").ok();
    refused(&fleet, "1", &["h1", "can't be written by"]);
    fleet.world.ssh("h1", "chmod u+w .; chmod o+w .").ok();
    fleet.world.ssh("h2", "chmod o+w .").ok();
    let run = refused(&fleet, "1", &["2 reasons", "h1", "h2", "can be written by anyone"]);
    assert!(run.stderr.contains("release check view"), "{}", run.stderr);
    fleet.toml("base = '/srv/nobody/made/this'\n");
    refused(&fleet, "1", &["/srv/nobody/made/this"]);
    fleet.toml("base = '/etc/passwd/x'\n");
    refused(&fleet, "1", &["/etc/passwd/x"]);
}

#[test]
fn a_tool_that_is_missing() {
    let spec = HostSpec::new("h1").userland(Userland::Toybox);
    let fleet = Fleet::of(vec![spec], "[health]\nurl = 'http://127.0.0.1:1/'\n");
    let bin = fleet.world.root().join("h1/sshd/bin");
    for tool in ["wget", "curl", "sha256sum"] {
        let _ = std::fs::remove_file(bin.join(tool));
    }
    refused(&fleet, "1", &["needs curl or wget", "sha256sum is not installed"]);
}

#[test]
fn a_hostile_artifact() {
    let fleet = Fleet::files(&["h1"], "");
    let entries = [RawEntry::dir("app-1/"), RawEntry::file("app-1/VERSION", "1"), RawEntry::file("app-1/../../x", "1")];
    let path = fleet.world.write("dist/app-1.tar.gz", raw_tar(&entries));
    let run = fleet.release(&["view", "1"]).expect(3);
    assert!(run.stderr.contains("app-1.tar.gz") && run.stderr.contains("nothing was changed"), "{}", run.stderr);
    std::fs::write(path, "no gzip").unwrap();
    fleet.release(&["view", "1"]).expect(3);
    assert!(!fleet.host().path(".release").exists(), "no host has heard of it");
}

#[test]
fn the_same_version_with_other_bytes() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    fleet.deploy("1").expect(0);
    fleet.dist(&Tarball::new("app", "1").file("more", ""));
    let run = fleet.release(&["view", "1"]).expect(3);
    assert!(run.stderr.contains("other bytes") && run.stderr.contains("--force-new-build"), "{}", run.stderr);
    fleet.release(&["view", "1", "--force-new-build"]).expect(0);
    assert!(fleet.host().path("live/more").exists());
}
