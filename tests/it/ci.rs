//! docs/release.yml: it parses, it gives no key to strangers, and its jobs do on real hosts what docs/ci.md says.

use std::fs;
use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

use crate::support::{Host, HostSpec, Run, World, is_root, key_pair, mode};

fn workflow() -> Yaml {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/release.yml")).unwrap();
    let mut all = YamlLoader::load_from_str(&text).unwrap_or_else(|e| panic!("docs/release.yml: {e}"));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Everything that a part of it says.
fn text(part: &Yaml) -> String {
    format!("{part:?}")
}

#[test]
fn strangers_are_built_without_a_key() {
    let workflow = workflow();
    let on: Vec<_> = workflow["on"].as_hash().unwrap().keys().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(on, ["push", "pull_request"]);
    assert_eq!(workflow["permissions"].as_hash().unwrap().len(), 1);
    assert_eq!(workflow["permissions"]["contents"].as_str(), Some("read"));
    let jobs = &workflow["jobs"];
    assert!(!text(&jobs["build"]).contains("secrets.") && jobs["build"]["environment"].is_badvalue());
    // A job that is not for strangers has its keys from an environment, and no other secret.
    assert_eq!(jobs["stage"]["if"].as_str(), Some("github.event_name == 'push'"));
    assert_eq!((jobs["stage"]["needs"].as_str(), jobs["promote"]["needs"].as_str()), (Some("build"), Some("stage")));
    for (job, environment, keys) in [("stage", "view", 1), ("promote", "prod", 2)] {
        assert_eq!(jobs[job]["environment"].as_str(), Some(environment));
        assert_eq!(text(&jobs[job]).matches("secrets.").count(), keys, "{job}");
        assert_eq!(jobs[job]["concurrency"]["cancel-in-progress"].as_bool(), Some(false));
    }
    for (name, job) in jobs.as_hash().unwrap() {
        for step in job["steps"].as_vec().unwrap() {
            let run = step["run"].as_str().unwrap_or_default();
            assert!(!run.contains("${{"), "{name:?}: a value in the text of a command: {run}");
            if step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout")) {
                assert_eq!(step["with"]["persist-credentials"].as_bool(), Some(false), "{name:?}");
            }
        }
    }
}

/// A project with two targets as docs/ci.md has them: pinned keys, no ssh configuration, the key in an agent alone, and an account
/// and a key for each target that open nothing else.
pub struct Project {
    pub world: World,
}

impl Project {
    pub fn new(prod: &str) -> Self {
        let world = World::of(vec![HostSpec::new("h1"), HostSpec::new("h2").second_account()]);
        let known = fs::read_to_string(world.home().join("ssh/known_hosts")).unwrap();
        let public = world.write("host.pub", known.lines().next().unwrap().split_once(' ').unwrap().1);
        let mut keygen = world.command("ssh-keygen");
        keygen.args(["-lf", public.to_str().unwrap()]);
        let key = Run::of(keygen).ok().split(' ').nth(1).unwrap().to_owned();
        let host = |target: &str, host: &Host| {
            let (port, user) = (host.port(), &host.login().name);
            format!(
                "[[targets.{target}.hosts]]\naddress = \"127.0.0.1\"\nport = {port}\nuser = \"{user}\"\nhost_key = \"{key}\"\n"
            )
        };
        let hosts = [host("view", world.host("h1")), host("prod", world.host("h2"))];
        let toml = format!(
            "app = \"app\"\nbase = \"~\"\n[targets.prod]\nrequires = \"view\"\nprotected = true\n{prod}\n{}",
            hosts.concat()
        );
        // A key for each: what opens one does not open the other.
        let (private, public) = key_pair();
        fs::write(world.home().join("ssh/prod"), private).unwrap();
        mode(&world.home().join("ssh/prod"), 0o600);
        let accepted = world.root().join("h2/sshd/authorized_keys");
        fs::write(&accepted, format!("{}\n", public.trim())).unwrap();
        // Both are 127.0.0.1: their ports tell them apart.
        world.write("hosts.toml", toml);
        world.write("dist/README", "not an artifact");
        Self { world }
    }

    /// Commits a version and builds it as `git archive` does; the commit.
    pub fn commit(&self, version: &str) -> String {
        let git = |args: &[&str]| {
            let mut git = self.world.command("git");
            Run::of({
                git.args(["-c", "user.name=T", "-c", "user.email=t@example.org"]).args(args);
                git
            })
            .ok()
        };
        git(&["init", "-q"]);
        git(&["commit", "-q", "--allow-empty", "-m", version]);
        self.world.write("VERSION", version);
        git(&["add", "VERSION"]);
        git(&["commit", "-q", "-m", version]);
        fs::remove_dir_all(self.world.project().join("dist")).unwrap();
        fs::create_dir(self.world.project().join("dist")).unwrap();
        let (prefix, out) = (format!("--prefix=app-{version}/"), format!("dist/app-{version}.tar.gz"));
        git(&["archive", "--format=tar.gz", &prefix, "-o", &out, "HEAD"]);
        git(&["rev-parse", "HEAD"])
    }

    /// Runs the last command of a job as its runner does.
    pub fn run(&self, job: &str, commit: &str) -> Run {
        let workflow = workflow();
        let steps = workflow["jobs"][job]["steps"].as_vec().unwrap().clone();
        let step = steps.last().unwrap();
        let mut bash = self.world.command("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()]);
        let binary = Path::new(env!("CARGO_BIN_EXE_release")).parent().unwrap();
        bash.env("PATH", format!("{}:/usr/bin:/bin", binary.display())).env("GITHUB_SHA", commit);
        for (name, value) in step["env"].as_hash().unwrap() {
            let (name, value) = (name.as_str().unwrap(), value.as_str().unwrap());
            let key = match (value, job) {
                ("${{ secrets.DEPLOY_KEY }}", "promote") => "ssh/prod",
                ("${{ secrets.DEPLOY_KEY }}" | "${{ secrets.VIEW_KEY }}", _) => "ssh/key",
                _ => {
                    bash.env(name, value);
                    continue;
                }
            };
            bash.env(name, fs::read_to_string(self.world.home().join(key)).unwrap().trim());
        }
        Run::of(bash)
    }

    pub fn live(&self, host: &str) -> Option<String> {
        self.world.host(host).read("live/VERSION")
    }
}

#[test]
fn what_is_staged_by_one_job_is_promoted_by_the_next() {
    let project = Project::new("");
    let first = project.commit("1.0");
    project.run("stage", &first).expect(0);
    assert_eq!((project.live("h1").as_deref(), project.live("h2")), (Some("1.0"), None));
    // Another machine, which has built nothing.
    fs::remove_dir_all(project.world.project().join("dist")).unwrap();
    let run = project.run("promote", &first).expect(0);
    assert!(run.stdout.contains("prod") && run.stdout.contains("1.0"), "it shows what is live: {}", run.stdout);
    assert_eq!(project.live("h2").as_deref(), Some("1.0"));
    // What a reviewer has not seen is not promoted.
    let second = project.commit("1.1");
    project.run("stage", &second).expect(0);
    let run = project.run("promote", &first).expect(3);
    assert!(
        run.stderr.contains("is expected") && run.stdout.contains("::error::refused, and nothing was changed"),
        "{run:?}"
    );
    assert_eq!(project.live("h2").as_deref(), Some("1.0"));
    project.run("promote", &second[..7]).expect(0);
    project.run("promote", &second).expect(0);
    assert_eq!(project.live("h2").as_deref(), Some("1.1"));
}

/// Whoever may put something on `view` gets no nearer to `prod`, and a key of `prod` is none of `view`: neither into the account,
/// nor to its files from the account beside it on the same machine.
#[test]
fn key_and_account_of_one_target_open_no_other() {
    let project = Project::new("");
    let commit = project.commit("1.0");
    project.run("stage", &commit).expect(0);
    project.run("promote", &commit).expect(0);
    let world = &project.world;
    assert!(!is_root() || world.host("h1").login().uid != world.host("h2").login().uid);
    let enter = |host: &str, key: &str, user: &str, line: &str| {
        let mut ssh = world.command("ssh");
        let key = world.home().join("ssh").join(key);
        ssh.args(["-F", "ssh_config", "-o", "BatchMode=yes", "-o", "IdentityFile=none", "-i", key.to_str().unwrap()]);
        Run::of({
            ssh.args(["-l", user, host, line]);
            ssh
        })
    };
    let accounts = [world.host("h1"), world.host("h2")].map(|host| &host.login().name);
    // Where the key of the configuration is not asked, each opens its own.
    let config = fs::read_to_string(world.project().join("ssh_config")).unwrap();
    world.write(
        "ssh_config",
        config.lines().filter(|line| !line.contains("IdentityFile ")).collect::<Vec<_>>().join("\n"),
    );
    enter("h1", "key", accounts[0], "true").expect(0);
    enter("h2", "prod", accounts[1], "true").expect(0);
    for account in accounts {
        for (host, key) in [("h1", "prod"), ("h2", "key")] {
            let run = enter(host, key, account, "true").expect(255);
            assert!(run.stderr.contains("Permission denied"), "{host}, {key}, {account}: {}", run.stderr);
        }
    }
    if is_root() {
        for (from, key, into) in [("h1", "key", "h2"), ("h2", "prod", "h1")] {
            let base = world.host(into).base();
            let line = format!(
                "echo x >{base}/live/VERSION; ln -sfn / {base}/live; rm -rf {base}/.release",
                base = base.display()
            );
            let before = world.host(into).state();
            enter(from, key, &world.host(from).login().name, &line);
            before.assert_same(&world.host(into).state());
        }
    }
    // A runner that has the key of view alone promotes nothing, and says whom it can't reach.
    fs::copy(world.home().join("ssh/key"), world.home().join("ssh/prod")).unwrap();
    let commit = project.commit("1.1");
    project.run("stage", &commit).expect(0);
    let run = project.run("promote", &commit);
    assert!(run.code != 0 && run.stderr.contains("Permission denied"), "{run:?}");
    assert_eq!(project.live("h2").as_deref(), Some("1.0"));
}

#[test]
fn a_locked_target_and_another_host_key_end_a_job() {
    let project = Project::new("");
    let commit = project.commit("1.0");
    project.run("stage", &commit).expect(0);
    let toml = fs::read_to_string(project.world.project().join("hosts.toml")).unwrap();
    let (at, _) = toml.rmatch_indices("host_key = \"SHA256:").next().unwrap();
    let mut spoilt = toml.clone();
    spoilt.replace_range(at.., &format!("host_key = \"SHA256:{}\"\n", "A".repeat(43)));
    project.world.write("hosts.toml", spoilt);
    let run = project.run("promote", &commit).expect(3);
    assert!(run.stderr.contains("another host key than `host_key`"), "{}", run.stderr);
    project.world.write("hosts.toml", toml);
    let script = "eval \"$(ssh-agent -s)\" >/dev/null; trap 'ssh-agent -k >/dev/null' EXIT; ssh-add -q - <\"$HOME/ssh/prod\"; \
                  \"$0\" lock prod --yes -m 'the talk'";
    let mut lock = project.world.command("bash");
    lock.args(["-c", script, env!("CARGO_BIN_EXE_release")]);
    Run::of(lock).expect(0);
    let run = project.run("promote", &commit).expect(75);
    assert!(run.stdout.contains("::error::somebody else is at work or has locked prod"), "{}", run.stdout);
    assert_eq!(project.live("h2"), None);
}
