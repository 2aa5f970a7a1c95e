//! The bytes themselves: from `dist/`, else from a host that keeps them.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::source::Source;
use crate::artifact;
use crate::commands::Context;
use crate::fleet::Fleet;
use crate::model::target::Target;
use crate::model::{Digest, Failure};
use crate::ui;

/// What becomes of bytes that were fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// They stay in `dist/`, as if they had been built here.
    InDist,
    /// They go when the command is over: a plan changes nothing.
    ForThisRun,
}

/// Finds the bytes, and what holds them if they are for now only.
///
/// # Errors
/// Neither `dist/` nor a host has them.
pub async fn find(
    context: &Context,
    (from, to): (&Target, &Target),
    live: &Source,
    hosts: &mut Fleet,
    keep: Keep,
) -> Result<(PathBuf, Option<TempDir>), Failure> {
    let dist = context.project().join("dist");
    let path = dist.join(to.artifact.file_name(live.version()));
    let here = digest_of(&path);
    let signature = signature(live, hosts).await;
    if here == Some(live.digest) {
        if signature.is_none() || artifact::signature_beside(&path).is_some() {
            return Ok((path, None));
        }
        if keep == Keep::InDist {
            signed(&path, signature.as_deref())?;
            return Ok((path, None));
        }
        let directory = room(context, &dist, keep)?;
        let copy = directory.path().join(to.artifact.file_name(live.version()));
        fs::copy(&path, &copy).map_err(|error| unwritable(&copy, &error))?;
        signed(&copy, signature.as_deref())?;
        return Ok((copy, Some(directory)));
    }
    if here.is_some() && keep == Keep::InDist {
        let text = format!("{} has other bytes than what is live on {}; it stays as it is", path.display(), from.name);
        ui::warn(&context.ui, &text);
    }
    let directory = room(context, &dist, keep)?;
    let fetched = directory.path().join(to.artifact.file_name(live.version()));
    fetch(context, (from, to), live, hosts, &fetched).await?;
    // Never over another file: a name that is taken stays what it is.
    if keep == Keep::InDist && here.is_none() && fs::hard_link(&fetched, &path).is_ok() {
        signed(&path, signature.as_deref())?;
        return Ok((path, None));
    }
    signed(&fetched, signature.as_deref())?;
    Ok((fetched, Some(directory)))
}

/// Who signed the bytes, as the first host says that keeps it. Whether it holds, the target's rules tell.
async fn signature(live: &Source, hosts: &mut Fleet) -> Option<String> {
    for member in &mut hosts.members {
        if let Ok(Some(signature)) = member.signature(&live.release).await {
            return Some(signature);
        }
    }
    None
}

fn signed(artifact: &Path, signature: Option<&str>) -> Result<(), Failure> {
    let Some(signature) = signature else { return Ok(()) };
    artifact::put_beside(artifact, signature).map_err(|error| unwritable(artifact, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::refused(path.display().to_string(), "can't be written").why(error.to_string())
}

/// A directory of its own: in `dist/`, so that what is fetched can stay by a rename, or where it is only for now.
fn room(context: &Context, dist: &Path, keep: Keep) -> Result<TempDir, Failure> {
    let failed = |error: std::io::Error| {
        Failure::refused(dist.display().to_string(), "there is no place for the artifact").why(error.to_string())
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".promote-");
    if keep == Keep::ForThisRun {
        return builder.tempdir_in(&context.runtime).map_err(failed);
    }
    fs::create_dir_all(dist).map_err(failed)?;
    builder.tempdir_in(dist).map_err(failed)
}

/// Asks one host after the other.
async fn fetch(
    context: &Context,
    (from, to): (&Target, &Target),
    live: &Source,
    hosts: &mut Fleet,
    into: &Path,
) -> Result<(), Failure> {
    let unwritable = |error: std::io::Error| unwritable(into, &error);
    let mut failures = Vec::new();
    for member in &mut hosts.members {
        let host = member.host.name.clone();
        ui::say(
            &context.ui,
            &format!("fetching {} from {} ({host})", to.artifact.file_name(live.version()), from.name),
        );
        let mut file = tokio::fs::File::create(into).await.map_err(unwritable)?;
        match member.fetch(&live.release, live.digest, to.max_unpacked, &mut file).await {
            Ok(true) => return Ok(()),
            Ok(false) => failures.push(format!("{host} does not keep what {} was made of", live.release)),
            Err(failure) => failures.push(failure.to_string()),
        }
    }
    let what = format!("the bytes of {} are nowhere to be found", live.version());
    Err(Failure::refused(&from.name, what)
        .why(format!("neither dist/ nor a host has an artifact with sha256 {}", live.digest.short()))
        .detail(failures.join("\n"))
        .hint(format!(
            "put the tarball that was deployed there into dist/, as {}",
            to.artifact.file_name(live.version())
        )))
}

/// The digest of a file; `None`: there is none that can be read.
fn digest_of(path: &Path) -> Option<Digest> {
    // To open a FIFO would be to wait for a writer.
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut file = File::open(path).ok()?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 256 * 1024]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Some(Digest::from_bytes(hash.finalize().into())),
            Ok(got) => hash.update(&piece[..got]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}
