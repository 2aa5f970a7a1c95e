//! What can't be promoted, and what the refusal says.

use std::fs;

use super::Pair;
use crate::support::{Login, Tarball, eventually};

#[track_caller]
fn refused(pair: &Pair, code: i32, words: &[&str]) {
    let before = pair.world.host("h3").state();
    let run = pair.promote(&[]).expect(code);
    for word in words.iter().chain(&["nothing was changed"]) {
        assert!(run.stderr.contains(word), "{word:?}: {}", run.stderr);
    }
    before.assert_same(&pair.world.host("h3").state());
}

#[test]
fn a_target_on_which_nothing_is_live() {
    let pair = Pair::new("");
    refused(&pair, 3, &["nothing is live on view", "hint: release view ARTIFACT"]);
}

#[test]
fn itself_and_what_is_no_target() {
    let pair = Pair::new("");
    let run = pair.release(&["promote", "prod", "prod"]).expect(2);
    assert!(run.stderr.contains("prod can't be promoted to itself"), "{}", run.stderr);
    let run = pair.release(&["promote", "veiw", "prod"]).expect(2);
    assert!(run.stderr.contains("did you mean `view`?"), "{}", run.stderr);
    pair.release(&["promote", "view"]).expect(2);
}

#[test]
fn hosts_that_differ_are_listed() {
    let pair = Pair::new("");
    pair.view("1.0");
    pair.view("1.1");
    let host = pair.world.host("h2");
    let old = host.releases().remove(0);
    fs::remove_file(host.path("live")).unwrap();
    std::os::unix::fs::symlink(format!("releases/{old}"), host.path("live")).unwrap();
    refused(&pair, 3, &["view: the hosts differ", "h1: 2", "-1.1 (sha256 ", "h2: 2", "-1.0 (sha256 "]);
    // Changed by hand on both: they agree, and their ledgers don't.
    let host = pair.world.host("h1");
    fs::remove_file(host.path("live")).unwrap();
    std::os::unix::fs::symlink(format!("releases/{old}"), host.path("live")).unwrap();
    refused(&pair, 3, &["is live there, and its ledger says 2", "hint: release log view"]);
}

#[test]
fn what_is_not_what_somebody_has_in_mind() {
    let pair = Pair::new("");
    pair.view("1.0");
    for other in ["1.1", "0123456", "", "1"] {
        let run = pair.promote(&["--expect", other]).expect(3);
        assert!(run.stderr.contains(&format!("({other} is expected); nothing was changed")), "{}", run.stderr);
    }
    pair.promote(&["--expect", "1.0"]).expect(0);
}

#[test]
fn a_release_whose_ledger_and_own_word_differ() {
    let pair = Pair::new("");
    pair.view("1.0");
    let host = pair.world.host("h2");
    let meta = host.read("live/.release.json").unwrap();
    let sha256 = serde_json::from_str::<serde_json::Value>(&meta).unwrap()["sha256"].as_str().unwrap().to_owned();
    host.write("live/.release.json", meta.replace(&sha256, &"ab".repeat(32)));
    refused(&pair, 3, &["h2: ", "its .release.json says sha256 abababababab, and the ledger"]);
}

#[test]
fn a_host_that_can_not_be_reached() {
    let mut pair = Pair::new("");
    pair.view("1.0");
    pair.world.host_mut("h2").sshd_mut().stop();
    refused(&pair, 3, &["h2: can't connect"]);
    pair.world.host_mut("h2").sshd_mut().start();
    pair.world.host_mut("h3").sshd_mut().stop();
    let run = pair.promote(&[]).expect(3);
    assert!(run.stderr.contains("h3: can't connect"), "{}", run.stderr);
}

#[test]
fn a_target_where_somebody_is_at_work_or_was() {
    let pair = Pair::new("");
    pair.view("1.0");
    pair.world.hosts_toml(
        "app = \"app\"\nlease = \"3s\"\n[targets.view]\nhosts = [\"h1\", \"h2\"]\n[targets.view.activate]\n\
         run = [\"touch ~/reached; while [ ! -e ~/go ]; do sleep 0.1; done\"]\n[targets.prod]\nhosts = [\"h3\"]\n",
    );
    Tarball::new("app", "1.1").write(&pair.world.project().join("dist"));
    let deploy = pair.world.release_bg(&["view", "1.1"]);
    eventually("it is held", || ["h1", "h2"].iter().all(|host| pair.world.host(host).path("reached").exists()));
    refused(&pair, 75, &["deploy by operator@", "is under way since", "hint: release status view"]);
    deploy.sigkill();
    for host in ["h1", "h2"] {
        eventually("it has undone it", || {
            fs::read_dir(pair.world.host(host).path(".release/tx")).unwrap().count() == 0
        });
    }
    pair.promote(&[]).expect(0);
    assert_eq!(pair.live().as_deref(), Some("1.0"));
    // What the host's death has left.
    let tx = pair.world.host("h2").path(".release/tx/20200101-000000-deploy-aaaaa");
    Login::get().mkdir(&tx);
    Login::get().write(&tx.join("plan"), "op deploy\n");
    Login::get().write(&tx.join("journal"), "1.00 begin x 1\n");
    let run = pair.promote(&[]).expect(3);
    assert!(
        run.stderr.contains("was interrupted there") && run.stderr.contains("hint: release recover view"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_version_that_is_there_with_other_bytes() {
    let pair = Pair::new("");
    Tarball::new("app", "1.0").file("page", "another build").write(&pair.world.project().join("dist"));
    pair.release(&["prod", "1.0"]).expect(0);
    pair.view("1.0");
    refused(&pair, 3, &["1.0 is here already", "with other bytes", "--force-new-build"]);
    pair.promote(&["--force-new-build"]).expect(0);
    assert_eq!(pair.world.host("h3").read("live/page").as_deref(), Some("1.0"));
}

#[test]
fn a_lock_and_a_missing_signature_are_in_the_way_as_of_a_deploy() {
    let pair = Pair::new("");
    pair.view("1.0");
    pair.release(&["lock", "prod", "-m", "the talk"]).expect(0);
    let run = pair.promote(&[]).expect(75);
    assert!(run.stderr.contains("the talk"), "{}", run.stderr);
    pair.release(&["unlock", "prod"]).expect(0);
    let home = pair.world.home();
    fs::write(
        home.join("signers"),
        "ann ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE7YpQ1vT4mZ0T0sMmbWgVMRJXgkDR5HRXS/RWQnZ7cS\n",
    )
    .unwrap();
    pair.toml("[targets.prod.signatures]\nallowed_signers = \"~/signers\"");
    refused(&pair, 3, &["app-1.0.tar.gz: is not signed"]);
}
