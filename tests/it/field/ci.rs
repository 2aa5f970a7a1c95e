//! CI as it is documented: separate keys, pushes that are refused, signatures that travel.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use crate::build::Project;
use crate::support::{Repo, Run, is_root, key_pair};

/// `view` and `prod` on this machine; `prod` with these keys.
fn project(prod: &str, more: &str) -> Project {
    let project = Project::new("");
    let toml = fs::read_to_string(project.world.project().join("hosts.toml")).unwrap();
    let home = project.world.root().join("prod");
    let text =
        format!("{toml}[targets.prod]\nhosts = ['local:{}']\nrequires = 'view'\n{prod}\n{more}\n", home.display());
    project.repo().commit("1.0", &[("VERSION", "1.0\n"), ("hosts.toml", &text)]);
    project.repo().tag("1.0");
    project
}

fn live(project: &Project, target: &str) -> Option<String> {
    fs::read_to_string(project.world.root().join(target).join("live/VERSION")).ok().map(|text| text.trim().to_owned())
}

/// `actions/checkout` with `contents: read`, a deploy key without write access: the remote may be read, and a push is turned away
/// before it says a word of the branch.
#[test]
fn push_that_is_refused_for_rights_leaves_the_promotion_done() {
    let project = project("git = { branch = 'production' }", "");
    let origin = project.repo().origin();
    // What an ssh server with a read-only key runs.
    let receive = project.world.write(
        "no-receive",
        "#!/bin/sh\necho 'ERROR: The key you are authenticating with has been marked as read only.' >&2\nexit 1\n",
    );
    fs::set_permissions(&receive, fs::Permissions::from_mode(0o755)).unwrap();
    project.repo().git(&["config", "remote.origin.receivepack", receive.to_str().unwrap()]);
    project.repo().git(&["config", "core.excludesFile", "/dev/null"]);
    project.release(&["view", "1.0"]).expect(0);
    let plan = project.release(&["promote", "view", "prod", "--dry-run"]).expect(0);
    assert!(plan.stderr.contains("its branch can't follow from here"), "{}", plan.stderr);
    let run = project.release(&["promote", "view", "prod"]).expect(0);
    let head = project.repo().head();
    let by_hand = format!("git push origin {head}:refs/heads/production");
    for word in ["the promotion is done, and its branch did not follow", &by_hand] {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    assert_eq!(live(&project, "prod").as_deref(), Some("1.0"));
    // The command that is told does it, by somebody who may.
    project.repo().git(&["config", "--unset", "remote.origin.receivepack"]);
    project.repo().git(&by_hand.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(project.repo().git_in(&origin, &["rev-parse", "production"]).ok(), head);
}

/// The whole of docs/ci.md: its jobs, an account and a key for each target, `contents: read`, and a branch that is to follow.
#[test]
fn job_of_prod_promotes_between_accounts_though_it_may_not_push() {
    let project = crate::ci::Project::new("git = { branch = \"production\" }");
    let repo = Repo::of(&project.world);
    let commit = project.commit("1.0");
    repo.git_in(project.world.root(), &["init", "-q", "--bare", "origin.git"]).ok();
    repo.git(&["remote", "add", "origin", project.world.root().join("origin.git").to_str().unwrap()]);
    repo.git(&["push", "-q", "origin", "HEAD:main"]);
    repo.git(&["config", "remote.origin.receivepack", "echo 'ERROR: read only key.' >&2; false"]);
    project.run("stage", &commit).expect(0);
    fs::remove_dir_all(project.world.project().join("dist")).unwrap();
    let run = project.run("promote", &commit).expect(0);
    let by_hand = format!("git push origin {commit}:refs/heads/production");
    assert!(run.stderr.contains(&by_hand), "{}", run.stderr);
    assert_eq!(project.live("h2").as_deref(), Some("1.0"));
    // What the promotion wrote belongs to the account of prod, whoever's the bytes were.
    let (view, prod) = (project.world.host("h1"), project.world.host("h2"));
    for host in [view, prod] {
        let owner = fs::metadata(host.path("live/VERSION")).unwrap().uid();
        assert!(!is_root() || owner == host.login().uid);
    }
}

/// What may be read and would be no fast-forward is refused beforehand all the same.
#[test]
fn read_only_remote_that_has_gone_on_is_refused() {
    let project = project("git = { branch = 'production' }", "");
    let repo = project.repo();
    repo.origin();
    repo.git(&["checkout", "-q", "-b", "fix"]);
    repo.commit("hot fix", &[("fix", "1")]);
    repo.git(&["push", "-q", "origin", "HEAD:production"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["config", "remote.origin.receivepack", "false"]);
    project.release(&["view", "1.0"]).expect(0);
    let run = project.release(&["promote", "view", "prod"]).expect(3);
    for word in
        ["`production` can't be fast-forwarded to ", "nothing was changed", "git log --oneline origin/production"]
    {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    assert_eq!(live(&project, "prod"), None);
}

/// A project whose prod takes only what ann has signed, with 1.0 built.
fn requiring_signatures() -> Project {
    let project = project("[targets.prod.signatures]\nallowed_signers = '~/signers'\nrequired = true", "");
    let home = project.world.home();
    let (private, public) = key_pair();
    for (name, text, mode) in [("ann", private, 0o600), ("signers", format!("ann {public}\n"), 0o644)] {
        fs::write(home.join(name), text).unwrap();
        fs::set_permissions(home.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    project.release(&["build", "1.0"]).expect(0);
    project
}

/// Ann signs 1.0.
fn sign(project: &Project) {
    let mut keygen = project.world.command("ssh-keygen");
    keygen.args(["-q", "-Y", "sign", "-n", "release-artifact", "-f"]).arg(project.world.home().join("ann"));
    keygen.arg("dist/app-1.0.tar.gz");
    Run::of(keygen).ok();
}

/// Built and signed by one job, promoted by another on a machine that has built nothing: the signature comes with the bytes.
#[test]
fn signature_goes_with_the_bytes_to_a_target_that_requires_it() {
    let project = requiring_signatures();
    let dist = project.world.project().join("dist");
    sign(&project);
    project.release(&["view", "1.0"]).expect(0);
    fs::remove_dir_all(&dist).unwrap();
    let plan = project.release(&["promote", "view", "prod", "--dry-run"]).expect(0);
    assert!(plan.stdout.contains("signed by ann") && !dist.exists(), "{}", plan.stdout);
    project.release(&["promote", "view", "prod"]).expect(0);
    let log = project.release(&["log", "prod", "--json"]).expect(0).json();
    assert_eq!(log["operations"][0]["record"]["signed_by"], "ann");
    assert_eq!(live(&project, "prod").as_deref(), Some("1.0"));
}

/// dist/ has the bytes and not the signature: a rebuild is the same bytes, but nobody signs twice.
#[test]
fn signature_is_fetched_beside_bytes_that_are_here() {
    let project = requiring_signatures();
    sign(&project);
    project.release(&["view", "1.0"]).expect(0);
    let signature = project.world.project().join("dist/app-1.0.tar.gz.sig");
    fs::remove_file(&signature).unwrap();
    project.release(&["promote", "view", "prod", "--dry-run"]).expect(0);
    assert!(!signature.exists(), "a plan changes nothing");
    project.release(&["promote", "view", "prod"]).expect(0);
    assert!(signature.exists());
}
