//! Files of an artifact, read on this side: what the plan has to know before anything is sent.
//!
//! They come from the one reader that judged the artifact, never from another one, which might see other files.

use super::kept::{Content, Kept};
use super::{Artifact, check, file, reopen};
use crate::model::Failure;

/// The regular files whose path below the directory `top` is wanted, in order of path; a hard link is the file that it
/// is a second name of.
///
/// # Errors
/// The artifact is not the one that was inspected, or such a file is too large.
pub fn contents(artifact: &Artifact, top: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<Content>, Failure> {
    let kept = pass(artifact, top, &wanted)?;
    let (mut files, links) = (kept.files, kept.links);
    if !links.is_empty() {
        // What they are names of came before them, and was not wanted then.
        let first = pass(artifact, top, &|path| links.iter().any(|(_, file)| file == path))?.files;
        for (path, file) in links {
            let content = first.iter().find(|content| content.path == file);
            files.extend(content.map(|content| Content { path, ..content.clone() }));
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn pass<'a>(artifact: &Artifact, top: &str, wanted: &'a dyn Fn(&str) -> bool) -> Result<Kept<'a>, Failure> {
    let place = file::place(&artifact.path);
    let mut kept = Kept::of(wanted);
    let checked = check::keeping(reopen(artifact)?, top, &artifact.limits, &mut kept)
        .map_err(|refusal| refusal.about(place.clone()))?;
    if checked.digest != artifact.digest {
        return Err(file::changed(&artifact.path));
    }
    Ok(kept)
}
