//! `release TARGET` and `release plan TARGET`, of what has to be built first.

use std::fs;

use super::Project;
use crate::support::{Fleet, Repo, Run};

fn fleet() -> Fleet {
    let fleet = Fleet::files(&["h1", "h2"], "[build]\ntest = 'test -f VERSION'\nexclude = ['t/']");
    let repo = Repo::init(&fleet.world);
    repo.commit("one", &[("VERSION", "0.940\n"), ("t/a.t", "ok\n")]);
    repo.git(&["tag", "-a", "-m", "x", "v0.940"]);
    fleet
}

fn meta(fleet: &Fleet) -> serde_json::Value {
    serde_json::from_str(&fleet.host().read("live/.release.json").unwrap()).unwrap()
}

#[test]
fn nothing_means_head_and_a_version_its_tag() {
    let fleet = fleet();
    let repo = Repo::of(&fleet.world);
    let one = repo.head();
    let two = repo.commit("two", &[("VERSION", "0.941\n")]);
    let run = fleet.release(&["view"]).expect(0);
    let version = format!("0.940-1-g{}", &two[..10]);
    assert!(run.stderr.contains(&format!("{version} is live on view (2 hosts)")), "{}", run.stderr);
    fleet.assert_live("0.941");
    let told = meta(&fleet);
    assert_eq!((told["version"].as_str(), told["commit"].as_str()), (Some(version.as_str()), Some(two.as_str())));
    assert_eq!(told["ref"], "main");
    assert!(fleet.host().read("live/t/a.t").is_none());
    for word in ["0.940", "v0.940"] {
        fleet.release(&["view", word]).expect(0);
        fleet.assert_live("0.940");
        let told = meta(&fleet);
        assert_eq!((told["version"].as_str(), told["commit"].as_str()), (Some("0.940"), Some(one.as_str())));
        assert_eq!(told["ref"], "v0.940");
    }
    let mut sum = fleet.world.command("sha256sum");
    sum.arg("dist/app-0.940.tar.gz");
    assert!(Run::of(sum).ok().starts_with(meta(&fleet)["sha256"].as_str().unwrap()));
    let run = fleet.release(&["view", "0.939"]).expect(2);
    for word in ["dist/app-0.939.tar.gz", "is no tag, branch or commit", "git fetch --tags"] {
        assert!(run.stderr.contains(word), "{}", run.stderr);
    }
    let run = fleet.release(&["view", "no;thing"]).expect(2);
    assert!(run.stderr.contains("neither a file nor a version"), "{}", run.stderr);
}

#[test]
fn a_plan_builds_and_leaves_nothing() {
    let fleet = fleet();
    let repo = Repo::of(&fleet.world);
    repo.commit("two", &[("VERSION", "0.941\n")]);
    let before = fleet.visible();
    let status = repo.git(&["status", "--porcelain", "--ignored"]);
    for args in [&["plan", "view"][..], &["view", "--dry-run"], &["plan", "view", "0.940"], &["plan", "view", "--json"]]
    {
        let run = fleet.release(args).expect(0);
        assert!(run.stdout.contains("0.940"), "{}", run.stdout);
        assert!(!fleet.world.project().join("dist").exists());
    }
    assert_eq!(repo.git(&["status", "--porcelain", "--ignored"]), status);
    fleet.assert_same(&before);
    let steps = |run: Run| run.stdout.lines().filter(|line| !line.contains("releases/")).collect::<Vec<_>>().join("\n");
    let planned = steps(fleet.release(&["plan", "view", "0.940"]).expect(0));
    fleet.release(&["build", "0.940"]).expect(0);
    let then = steps(fleet.release(&["plan", "view", "0.940"]).expect(0));
    assert_eq!(planned.lines().count(), then.lines().count());
    let temporary = fleet.world.root().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut plan = fleet.world.release_command(&["plan", "view", "v0.940"]);
    plan.env("TMPDIR", &temporary);
    Run::of(plan).expect(0);
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "neither the checkout nor the artifact stays");
}

/// What git knows is not needed for what lies in `dist/`.
#[test]
fn a_tarball_in_dist_comes_first() {
    let project = Project::new("");
    project.repo().tag("0.940");
    crate::support::Tarball::new("app", "0.940").write(&project.world.project().join("dist"));
    project.release(&["view", "0.940"]).expect(0);
    let live = project.world.root().join("view/live/VERSION");
    assert_eq!(fs::read_to_string(live).unwrap(), "0.940\n");
    let meta = fs::read_to_string(project.world.root().join("view/live/.release.json")).unwrap();
    assert!(meta.contains("\"commit\":null"), "{meta}");
    project.release(&["view", "dist/app-0.940.tar.gz"]).expect(0);
}
