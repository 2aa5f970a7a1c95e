//! Who signed an artifact: `ARTIFACT.sig`, judged by `ssh-keygen` against the signers that the operator allows.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sha2::{Digest as _, Sha256};

use super::file::{place, reopen};
use super::{Artifact, root_of_trust};
use crate::model::target::Signatures;
use crate::model::{Digest, Failure};

/// What a signature must be made for, so that one for git or mail counts for nothing here.
const NAMESPACE: &str = "release-artifact";

/// The signer of an artifact, by the name in the file of allowed signers; `None` where it has no signature and needs none.
///
/// The bytes that are judged are those that were inspected: they are read anew and their digest is compared, and a host
/// takes only what has that digest.
///
/// # Errors
/// There is no signature and one is required, it does not hold, or what it is to be judged against is not to be trusted:
/// missing, in the `project`, or open to others.
pub fn signer(artifact: &Artifact, rules: &Signatures, project: &Path) -> Result<Option<String>, Failure> {
    for file in std::iter::once(&rules.allowed_signers).chain(&rules.revoked) {
        root_of_trust::check(file, project)?;
    }
    let signature = signature_of(&artifact.path);
    if !signature.is_file() {
        return if rules.required { Err(unsigned(artifact, &signature)) } else { Ok(None) };
    }
    let mut why = None;
    let names = principals(&signature, rules)?;
    for name in names.lines().filter(|name| !name.is_empty()) {
        match verify(artifact, &signature, rules, name)? {
            Verdict::Good => return Ok(Some(name.to_owned())),
            Verdict::Bad(said) => why = Some(said),
        }
    }
    Err(refused(&signature, why.unwrap_or_else(|| "its key is not that of an allowed signer".into())))
}

/// The signature beside an artifact, to keep it with what is made of those bytes; `None`: there is none that is text and small.
pub fn signature_beside(artifact: &Path) -> Option<String> {
    let path = signature_of(artifact);
    let size = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?.len();
    let text = (size <= SIGNATURE_MAX).then(|| std::fs::read_to_string(&path).ok()).flatten()?;
    Some(text).filter(|text| !text.is_empty() && !text.contains('\0'))
}

/// Puts a signature beside an artifact; one that is there stays.
///
/// # Errors
/// It can't be written.
pub fn put_beside(artifact: &Path, signature: &str) -> std::io::Result<()> {
    let mut options = File::options();
    match options.write(true).create_new(true).open(signature_of(artifact)) {
        Ok(mut file) => std::io::Write::write_all(&mut file, signature.as_bytes()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// A signature of ssh-keygen is a few hundred bytes.
const SIGNATURE_MAX: u64 = 64 << 10;

enum Verdict {
    Good,
    Bad(String),
}

fn signature_of(artifact: &Path) -> PathBuf {
    let mut name = OsString::from(artifact);
    name.push(".sig");
    name.into()
}

fn unsigned(artifact: &Artifact, signature: &Path) -> Failure {
    Failure::refused(place(&artifact.path), "is not signed")
        .why(format!("[signatures] requires it, and there is no {}", place(signature)))
        .hint(format!("ssh-keygen -Y sign -n {NAMESPACE} -f KEY {}", artifact.path.display()))
}

fn refused(signature: &Path, why: String) -> Failure {
    Failure::refused(place(signature), "the signature does not hold")
        .why(why)
        .hint("don't deploy it before you know who made it; then have it signed by somebody who may")
}

/// The allowed signers whose key has made the signature.
fn principals(signature: &Path, rules: &Signatures) -> Result<String, Failure> {
    let mut command = keygen("find-principals", signature, rules);
    let output = command.stdin(Stdio::null()).output().map_err(|error| no_keygen(&error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    match said(&output).filter(|said| !said.starts_with("No principal")) {
        Some(said) => Err(refused(signature, said)),
        None => Ok(String::new()),
    }
}

fn verify(artifact: &Artifact, signature: &Path, rules: &Signatures, name: &str) -> Result<Verdict, Failure> {
    let mut command = keygen("verify", signature, rules);
    command.args(["-n", NAMESPACE, "-I", name]);
    if let Some(revoked) = &rules.revoked {
        command.arg("-r").arg(revoked);
    }
    let file = reopen(artifact)?;
    let mut child = command.stdin(Stdio::piped()).spawn().map_err(|error| no_keygen(&error))?;
    let sent = child.stdin.take().map(|stdin| send(file, stdin));
    let output = child.wait_with_output().map_err(|error| no_keygen(&error))?;
    if !output.status.success() {
        let revoked = || rules.revoked.as_ref().map(|_| "its key is revoked".to_owned());
        return Ok(Verdict::Bad(said(&output).or_else(revoked).unwrap_or_else(|| "ssh-keygen says no more".into())));
    }
    match sent {
        Some(Ok(digest)) if digest == artifact.digest => Ok(Verdict::Good),
        _ => Err(Failure::refused(place(&artifact.path), "was changed while it was in use")
            .why("what was verified is not what was inspected")
            .hint("wait until it is written, and start again")),
    }
}

/// Gives the artifact's bytes to the judge; their digest.
fn send(mut file: File, mut judge: impl std::io::Write) -> std::io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let got = file.read(&mut piece)?;
        if got == 0 {
            return Ok(Digest::from_bytes(hasher.finalize().into()));
        }
        hasher.update(&piece[..got]);
        judge.write_all(&piece[..got])?;
    }
}

/// Never `check-novalidate`, to which any key is as good as another.
fn keygen(what: &str, signature: &Path, rules: &Signatures) -> Command {
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", what, "-f"]).arg(&rules.allowed_signers).arg("-s").arg(signature);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The first thing that `ssh-keygen` complains of.
fn said(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

fn no_keygen(error: &std::io::Error) -> Failure {
    Failure::refused("", "can't run ssh-keygen, which verifies signatures").why(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::testing::{FILE, dir, file, gz, inspected_file, tar};

    fn keygen(args: &[&str], home: &Path) {
        let status = Command::new("ssh-keygen").args(args).current_dir(home).stdout(Stdio::null()).status().unwrap();
        assert!(status.success(), "{args:?}");
    }

    /// Whatever happens between the two readings: what was verified is what was judged, or it is refused.
    #[test]
    fn other_bytes_than_were_judged_are_refused() {
        let (home, project) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = home.path().join(FILE);
        std::fs::write(&path, gz(&tar(&[dir("DDGC-1.0/"), file("DDGC-1.0/a", "hello")]))).unwrap();
        keygen(&["-q", "-t", "ed25519", "-N", "", "-f", "key"], home.path());
        keygen(&["-q", "-Y", "sign", "-n", NAMESPACE, "-f", "key", FILE], home.path());
        let key = std::fs::read_to_string(home.path().join("key.pub")).unwrap();
        let allowed_signers = home.path().join("signers");
        std::fs::write(&allowed_signers, format!("ann {key}")).unwrap();
        let rules = Signatures { allowed_signers, revoked: None, required: true };
        let mut artifact = inspected_file(&path);
        assert_eq!(signer(&artifact, &rules, project.path()), Ok(Some("ann".into())));
        artifact.digest = Digest::of(b"other bytes");
        let failure = signer(&artifact, &rules, project.path()).unwrap_err();
        assert_eq!((failure.exit.code(), failure.what.as_str()), (3, "was changed while it was in use"));
    }
}
