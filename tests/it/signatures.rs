//! `[signatures]`: only what somebody who may has signed is deployed.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::support::{Run, Tarball, World, key_pair};

/// A world, a signer `ann` whose key is allowed, and somebody else.
struct Signing {
    world: World,
    artifact: PathBuf,
    ann: String,
}

impl Signing {
    fn new() -> Self {
        let world = World::new(&["h1"]);
        world.hosts_toml(
            "app = \"app\"\n[targets.t]\nhosts = [\"h1\"]\n[signatures]\nallowed_signers = \"~/trust/signers\"\n\
             revoked = \"~/trust/revoked\"\n",
        );
        fs::create_dir(world.home().join("trust")).unwrap();
        let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
        let signing = Self { artifact, ann: String::new(), world };
        let ann = signing.key("ann");
        signing.trust("revoked", "");
        signing.trust("signers", &format!("ann@laptop {ann}\n"));
        Self { ann, ..signing }
    }

    /// Makes a key; its public half.
    fn key(&self, name: &str) -> String {
        let (private, public) = key_pair();
        let path = self.world.home().join(name);
        fs::write(&path, private).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        public
    }

    fn trust(&self, file: &str, text: &str) -> PathBuf {
        let path = self.world.home().join("trust").join(file);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        path
    }

    fn sign(&self, artifact: &Path, key: &str, namespace: &str) {
        let _ = fs::remove_file(signature(artifact));
        let mut keygen = self.world.command("ssh-keygen");
        keygen.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(self.world.home().join(key)).arg(artifact);
        Run::of(keygen).ok();
    }

    fn deploy(&self, options: &[&str]) -> Run {
        self.world.release(&[&["t", self.artifact.to_str().unwrap()][..], options].concat())
    }

    /// It must be refused with this code and these words, and the host must be as it was; not even asked.
    #[track_caller]
    fn refused(&self, code: i32, words: &[&str]) {
        let (host, connections) = (self.world.host("h1"), self.world.host("h1").sshd().connections());
        let before = host.state();
        let run = self.deploy(&[]).expect(code);
        for word in words.iter().chain(&["nothing was changed"]) {
            assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
        }
        before.assert_same(&host.state());
        assert_eq!(host.sshd().connections(), connections);
    }
}

fn signature(artifact: &Path) -> PathBuf {
    format!("{}.sig", artifact.display()).into()
}

#[test]
fn a_good_signature_is_shown_and_recorded() {
    let it = Signing::new();
    it.sign(&it.artifact, "ann", "release-artifact");
    let plan = it.deploy(&["--dry-run"]).expect(0);
    assert!(plan.stdout.contains("signed by ann@laptop"), "{}", plan.stdout);
    assert_eq!(it.deploy(&["--dry-run", "--json"]).expect(0).json()["signed_by"], "ann@laptop");
    it.deploy(&[]).expect(0);
    let log = it.world.release(&["log", "--json"]).expect(0).json();
    assert_eq!(log["operations"][0]["record"]["signed_by"], "ann@laptop");
    assert!(it.world.release(&["log"]).expect(0).stdout.contains("signed by ann@laptop"));
}

#[test]
fn one_that_is_missing_is_asked_for_with_the_command_that_makes_it() {
    let mut it = Signing::new();
    it.refused(3, &["is not signed", "ssh-keygen -Y sign -n release-artifact -f KEY"]);
    let hint = format!("ssh-keygen -Y sign -n release-artifact -f KEY {}", it.artifact.display());
    assert!(it.deploy(&[]).stderr.contains(&hint));
    let mut sign = it.world.command("sh");
    sign.args(["-c", &hint.replace("KEY", "~/ann")]);
    Run::of(sign).ok();
    it.deploy(&[]).expect(0);
    // What was live and good needs none to be gone back to.
    let first =
        std::mem::replace(&mut it.artifact, Tarball::new("app", "1.1").file("f", "y").write(&it.world.project()));
    it.sign(&it.artifact, "ann", "release-artifact");
    it.deploy(&[]).expect(0);
    fs::remove_file(signature(&first)).unwrap();
    it.trust("signers", "");
    it.world.release(&["rollback", "t"]).expect(0);
}

#[test]
fn one_that_does_not_hold_says_why() {
    let it = Signing::new();
    let somebody = it.key("somebody");
    it.sign(&it.artifact, "somebody", "release-artifact");
    it.refused(3, &["the signature does not hold", "not that of an allowed signer"]);
    it.sign(&it.artifact, "ann", "file");
    it.refused(3, &["the signature does not hold", "namespace"]);
    let other = Tarball::new("app", "1.0").file("f", "tampered").write(&it.world.home());
    it.sign(&other, "ann", "release-artifact");
    fs::copy(signature(&other), signature(&it.artifact)).unwrap();
    it.refused(3, &["the signature does not hold", "incorrect signature"]);
    fs::write(signature(&it.artifact), "no signature\x1b[2J").unwrap();
    it.refused(3, &["the signature does not hold"]);
    it.sign(&it.artifact, "ann", "release-artifact");
    it.trust("signers", &format!("ann@laptop valid-before=\"20200101\" {}\n", it.ann));
    it.refused(3, &["the signature does not hold", "expired"]);
    it.trust("signers", &format!("ann@laptop namespaces=\"git\" {}\n", it.ann));
    it.refused(3, &["the signature does not hold", "not permitted"]);
    it.trust("signers", &format!("ann@laptop {}\n", it.ann));
    it.trust("revoked", &format!("{}\n", it.ann));
    it.refused(3, &["the signature does not hold", "revoked"]);
    it.trust("revoked", &format!("{somebody}\n"));
    it.deploy(&[]).expect(0);
}

#[test]
fn signers_that_others_could_change_are_not_believed() {
    let it = Signing::new();
    it.sign(&it.artifact, "ann", "release-artifact");
    let trust = it.world.home().join("trust");
    for (file, mode) in [("signers", 0o664), ("signers", 0o646), ("revoked", 0o666)] {
        fs::set_permissions(trust.join(file), Permissions::from_mode(mode)).unwrap();
        it.refused(2, &["can be written by others", "chmod go-w"]);
        fs::set_permissions(trust.join(file), Permissions::from_mode(0o644)).unwrap();
    }
    fs::set_permissions(&trust, Permissions::from_mode(0o777)).unwrap();
    it.refused(2, &["can be replaced by others", "chmod go-w"]);
    fs::set_permissions(&trust, Permissions::from_mode(0o755)).unwrap();
    it.deploy(&["--dry-run"]).expect(0);
    fs::remove_file(trust.join("signers")).unwrap();
    it.refused(2, &["can't be read", "[signatures] names it"]);
    // A commit can change what a link of the repository leads to, and a file that a link from outside leads to.
    it.world.write("signers", format!("ann@laptop {}\n", it.ann));
    symlink(it.world.project().join("signers"), trust.join("signers")).unwrap();
    it.refused(2, &["is in the repository", "a commit could name its own signers"]);
    git2::Repository::init(it.world.home()).unwrap();
    fs::remove_file(trust.join("signers")).unwrap();
    it.trust("signers", &format!("ann@laptop {}\n", it.ann));
    it.deploy(&["--dry-run"]).expect(0);
    git2::Repository::init(it.world.root()).unwrap();
    it.refused(2, &["is in the repository"]);
}

#[test]
fn a_target_may_do_without() {
    let it = Signing::new();
    let hosts = fs::read_to_string(it.world.project().join("hosts.toml")).unwrap();
    it.world.write("hosts.toml", format!("{hosts}\n[targets.t.signatures]\nrequired = false\n"));
    it.deploy(&["--dry-run"]).expect(0);
    // But one that is there must hold.
    it.key("somebody");
    it.sign(&it.artifact, "somebody", "release-artifact");
    it.refused(3, &["the signature does not hold"]);
    it.sign(&it.artifact, "ann", "release-artifact");
    it.deploy(&[]).expect(0);
}
