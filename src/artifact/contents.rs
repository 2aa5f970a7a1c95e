//! Files of an artifact, read on this side: what the plan has to know before anything is sent.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::{Artifact, file, reopen};
use crate::model::Failure;

/// The most bytes of one file that are read; a schema of ten thousand tables is a tenth of it.
const FILE_MAX: u64 = 64 << 20;

/// A file of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its path below the top directory.
    pub path: String,
    /// Its owner may run it.
    pub executable: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The regular files whose path below the directory `top` is wanted, in order of path.
///
/// # Errors
/// The artifact is not the one that was inspected, or such a file is too large.
pub fn contents(artifact: &Artifact, top: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<Content>, Failure> {
    let place = file::place(&artifact.path);
    let unreadable = |error: std::io::Error| Failure::refused(&place, "can't be read").why(error.to_string());
    let mut archive = tar::Archive::new(GzDecoder::new(reopen(artifact)?));
    let mut found = Vec::new();
    for entry in archive.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = name.trim_start_matches("./");
        let Some(path) = name.strip_prefix(top).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned) else {
            continue;
        };
        if !entry.header().entry_type().is_file() || !wanted(&path) {
            continue;
        }
        if entry.size() > FILE_MAX {
            return Err(Failure::refused(&place, format!("{path} is larger than {FILE_MAX} bytes")));
        }
        let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(unreadable)?;
        found.push(Content { path, executable, bytes });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}
