//! `release cut`: version up, test, build, deploy, tag, push; each step needs the one before, and the same command goes on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::support::{Fleet, Repo, Run};

const BUILD: &str = r#"
[build]
test = "test ! -e broken"
exclude = ["t/"]
version_files = ["VERSION", { path = "lib/App.pm", line = "our $VERSION = '{version}'" }]

[health]
command = "test ! -e live/sick"
timeout = "3s"
"#;

/// Two hosts, a repository at 0.940 with one commit since, and a remote.
struct Site {
    fleet: Fleet,
    origin: PathBuf,
}

impl Site {
    fn new() -> Self {
        let fleet = Fleet::files(&["h1", "h2"], BUILD);
        let repo = Repo::init(&fleet.world);
        repo.commit("one", &[("VERSION", "0.940\n"), ("lib/App.pm", "package App;\nour $VERSION = '0.940';\n")]);
        repo.tag("v0.940");
        repo.commit("two", &[("lib/Two.pm", "1;\n")]);
        let origin = repo.origin();
        Self { fleet, origin }
    }

    fn repo(&self) -> Repo<'_> {
        Repo::of(&self.fleet.world)
    }

    #[track_caller]
    fn cut(&self, args: &[&str]) -> Run {
        self.fleet.release(&[&["cut"], args].concat())
    }

    /// What is at a ref of the remote.
    fn remote(&self, name: &str) -> Option<String> {
        let run = self.repo().git_in(&self.origin, &["rev-parse", "-q", "--verify", &format!("{name}^{{commit}}")]);
        (run.code == 0).then(|| run.stdout.trim().to_owned())
    }

    /// Everything here and there that a cut may change.
    fn state(&self) -> (String, String, String) {
        let refs = |dir: &std::path::Path| self.repo().git_in(dir, &["for-each-ref"]).ok();
        let project = self.fleet.world.project();
        (refs(&project), refs(&self.origin), self.repo().git(&["status", "--porcelain", "--ignored"]))
    }

    fn hook(&self, name: &str, script: &str) {
        let path = self.fleet.world.write(&format!(".git/hooks/{name}"), format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The version is live, tagged and pushed, on one and the same commit.
    #[track_caller]
    fn assert_cut(&self, version: &str) {
        let head = self.repo().head();
        self.fleet.assert_live(version);
        for host in self.fleet.world.hosts() {
            let meta: serde_json::Value = serde_json::from_str(&host.read("live/.release.json").unwrap()).unwrap();
            assert_eq!((meta["version"].as_str(), meta["commit"].as_str()), (Some(version), Some(head.as_str())));
            assert_eq!(meta["ref"], format!("v{version}"));
            assert!(host.read("live/lib/App.pm").unwrap().contains(&format!("'{version}'")));
        }
        let tag = format!("v{version}");
        assert_eq!(self.repo().git(&["cat-file", "-t", &tag]), "tag", "annotated");
        assert_eq!(self.repo().git(&["rev-parse", &format!("{tag}^{{commit}}")]), head);
        assert_eq!(
            (self.remote("refs/heads/main"), self.remote(&format!("refs/tags/{tag}"))),
            (Some(head.clone()), Some(head))
        );
        assert_eq!(self.repo().git(&["status", "--porcelain", "--untracked-files=no"]), "");
    }
}

#[test]
fn the_whole_chain() {
    let site = Site::new();
    site.repo().commit("New foobar magic.\n\nDeployment:\n\n- New dependency - Foo::Bar::Magic\n", &[("magic", "x")]);
    let before = (site.state(), site.fleet.visible());
    let run = site.cut(&["--dry-run"]).expect(0);
    for line in
        ["cut 0.941 after 0.940, on main", "VERSION 0.940", "test ! -e broken", "dist/app-0.941.tar.gz", "h1, h2"]
    {
        assert!(run.stdout.contains(line), "{line}: {}", run.stdout);
    }
    let steps = site.cut(&["--dry-run", "--json"]).expect(0).json();
    let names: Vec<_> = steps["steps"].as_array().unwrap().iter().map(|s| s["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["version", "test", "build", "deploy", "tag", "push"]);
    assert_eq!(site.state(), before.0);
    site.fleet.assert_same(&before.1);

    let run = site.cut(&[]).expect(0);
    assert_eq!(run.stdout, "0.941 is live on view, tagged v0.941, pushed to origin\n");
    site.assert_cut("0.941");
    assert_eq!(site.repo().git(&["log", "-1", "--format=%s"]), "Version 0.941");
    let said = site.repo().git(&["tag", "-l", "--format=%(contents)", "v0.941"]);
    assert!(said.starts_with("app 0.941\n\nDeployment:\n\n") && said.contains("Foo::Bar::Magic"), "{said}");
    let run = site.cut(&[]).expect(3);
    assert!(run.stderr.contains("nothing was committed since 0.941"), "{}", run.stderr);
    let run = site.cut(&["0.941"]).expect(0);
    assert!(
        run.stderr.contains("deploy: done already") && run.stderr.contains("build: done already"),
        "{}",
        run.stderr
    );
    site.repo().commit("three", &[("a", "b")]);
    let lines = site.cut(&["--json"]).expect(0).json_lines();
    assert_eq!(lines.last().unwrap()["version"], "0.942");
    let told: Vec<_> = lines.iter().filter(|l| l["event"] == "cut_step").map(|l| l["step"].as_str().unwrap()).collect();
    assert_eq!(told, ["version", "build", "deploy", "tag", "push"]);
    site.assert_cut("0.942");
}

#[test]
fn tests_that_fail_stop_it_and_the_same_command_goes_on() {
    let site = Site::new();
    site.repo().commit("oops", &[("broken", "x")]);
    let run = site.cut(&[]).expect(1);
    let head = site.repo().head();
    for word in ["did not pass", "0.941 is committed as", &head[..12], "release cut 0.941"] {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    assert!(site.fleet.host().live().is_none() && site.remote("refs/tags/v0.941").is_none());
    fs::remove_file(site.fleet.world.project().join("broken")).unwrap();
    site.repo().commit("mended", &[]);
    site.cut(&[]).expect(0);
    site.assert_cut("0.941");
    assert_eq!(
        site.repo().git(&["rev-list", "--count", "--grep", "Version 0.941", "HEAD"]),
        "1",
        "not committed twice"
    );
}

#[test]
fn a_deploy_that_fails_stops_it_and_is_rolled_back() {
    let site = Site::new();
    site.cut(&[]).expect(0);
    site.repo().commit("sick", &[("sick", "x")]);
    let run = site.cut(&[]).expect(5);
    for word in ["0.942 did not go live", "0.942 is committed as", "is built", "release cut 0.942"] {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    site.fleet.assert_live("0.941");
    assert!(site.remote("refs/tags/v0.942").is_none() && site.repo().git(&["tag", "--list", "v0.942"]).is_empty());
    fs::remove_file(site.fleet.world.project().join("sick")).unwrap();
    site.repo().commit("well", &[]);
    site.cut(&["0.942"]).expect(0);
    site.assert_cut("0.942");
}

#[test]
fn a_push_that_is_refused_leaves_the_tag_and_goes_on_with_it() {
    let site = Site::new();
    site.hook("pre-push", "echo the office is closed >&2; exit 1");
    let run = site.cut(&[]).expect(1);
    for word in ["git push", "the office is closed", "it is live on view", "tag v0.941 is made", "release cut 0.941"] {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    assert!(site.remote("refs/tags/v0.941").is_none());
    site.fleet.assert_live("0.941");
    let ledger = site.fleet.host().read(".release/ledger").unwrap();
    fs::remove_file(site.fleet.world.project().join(".git/hooks/pre-push")).unwrap();
    let run = site.cut(&["0.941"]).expect(0);
    assert!(run.stderr.contains("deploy: done already"), "{}", run.stderr);
    site.assert_cut("0.941");
    assert_eq!(site.fleet.host().read(".release/ledger").unwrap(), ledger, "nothing is deployed twice");
}

#[test]
fn a_hook_that_refuses_the_commit_leaves_the_files() {
    let site = Site::new();
    let before = site.state();
    site.hook("pre-commit", "echo 'no versions on Fridays' >&2; exit 1");
    let run = site.cut(&[]).expect(1);
    assert!(
        run.stderr.contains("no versions on Fridays") && run.stderr.contains("nothing was changed"),
        "{}",
        run.stderr
    );
    assert_eq!(site.state(), before);
    assert_eq!(fs::read_to_string(site.fleet.world.project().join("VERSION")).unwrap(), "0.940\n");
}

#[test]
fn what_is_known_beforehand_is_refused_before_anything() {
    let site = Site::new();
    let (repo, world) = (site.repo(), &site.fleet.world);
    let refused = |args: &[&str], code: i32, words: &[&str]| {
        let before = site.state();
        let run = site.cut(args).expect(code);
        for word in words.iter().chain(&["nothing was changed"]) {
            assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
        }
        assert_eq!(site.state(), before);
        assert!(site.fleet.host().live().is_none());
    };
    world.write("new", "x");
    refused(&[], 3, &["not clean", "new"]);
    fs::remove_file(world.project().join("new")).unwrap();
    repo.git(&["checkout", "-q", "--detach"]);
    refused(&[], 3, &["on no branch", "git switch"]);
    repo.git(&["checkout", "-q", "main"]);
    refused(&["0.939"], 2, &["comes before 0.940"]);
    refused(&["0.940"], 3, &["v0.940", "on another commit"]);
    site.cut(&["0;id"]).expect(2);
    site.cut(&["--minor", "0.941"]).expect(2);
    refused(&["--remote", "upstream"], 2, &["no remote \"upstream\"", "origin"]);
    refused(&["--target", "prod"], 2, &["no target"]);
    repo.git(&["update-index", "--chmod=+x", "VERSION"]);
    refused(&[], 3, &["not clean", "VERSION"]);
    repo.git(&["reset", "-q", "--hard"]);
    repo.commit("no version there", &[("lib/App.pm", "package App;\n")]);
    refused(&[], 3, &["lib/App.pm", "has no line that begins with our $VERSION = '{version}'"]);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    // Somebody else has pushed.
    let other = world.root().join("other");
    repo.git_in(world.root(), &["clone", "-q", site.origin.to_str().unwrap(), "other"]).ok();
    repo.git_in(&other, &["commit", "-q", "--allow-empty", "-m", "theirs"]).ok();
    repo.git_in(&other, &["push", "-q"]).ok();
    refused(&[], 3, &["git push", "git pull --rebase origin main"]);
    repo.git(&["remote", "remove", "origin"]);
    refused(&[], 2, &["where is it pushed to?", "--no-push"]);
    site.cut(&["--no-push"]).expect(0);
    site.fleet.assert_live("0.941");
}

#[test]
fn versions_go_up_from_the_last_of_a_hundred_tags() {
    let fleet = Fleet::files(&["h1"], "");
    let repo = Repo::init(&fleet.world);
    repo.commit("first", &[]);
    for n in 840..940 {
        repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("to 0.{n}")]);
        repo.git(&["tag", &format!("0.{n}")]);
    }
    let run = fleet.release(&["cut", "--no-push", "--dry-run"]).expect(3);
    assert!(run.stderr.contains("nothing was committed since 0.939"), "{}", run.stderr);
    repo.commit("more", &[("f", "x")]);
    for (args, version) in [
        (&[][..], "0.940"),
        (&["--minor"], "0.940"),
        (&["--major"], "1.000"),
        (&["0.945"], "0.945"),
        (&["v1.0"], "1.0"),
    ] {
        let plan = fleet.release(&[&["cut", "--no-push", "--dry-run", "--json"], args].concat()).expect(0).json();
        assert_eq!(plan["version"], version, "{args:?}");
        assert_eq!(plan["tag"], args.first().filter(|a| a.starts_with('v')).copied().unwrap_or(version));
    }
    repo.git(&["tag", "0.999"]);
    repo.commit("more", &[("f", "y")]);
    let run = fleet.release(&["cut", "--no-push"]).expect(2);
    assert!(run.stderr.contains("after 0.999 may come 1.000 or 0.1000"), "{}", run.stderr);
    fleet.release(&["cut", "--no-push", "1.000"]).expect(0);
    assert_eq!(repo.git(&["tag", "--points-at", "HEAD"]), "1.000");
    let fresh = Fleet::files(&["h1"], "");
    Repo::init(&fresh.world).commit("first", &[("f", "x")]);
    let run = fresh.release(&["cut", "--no-push"]).expect(2);
    assert!(run.stderr.contains("no version's tag"), "{}", run.stderr);
    fresh.release(&["cut", "--no-push", "0.001"]).expect(0);
}
