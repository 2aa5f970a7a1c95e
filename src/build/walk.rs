//! Files below a directory of this machine.

use std::fs;
use std::path::Path;

use crate::model::Failure;

/// More are no part of a release.
const FILES_MAX: usize = 500_000;

/// The paths of all files and links at or below `path`, which is below `root` too, in order; links are not followed, and
/// no repository's own directory is entered. Nothing when nothing is there.
///
/// # Errors
/// It can't be read, or a name is no UTF-8.
pub fn below(root: &Path, path: &str) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let mut todo = vec![path.to_owned()];
    while let Some(path) = todo.pop() {
        let wrong =
            |error: std::io::Error| Failure::refused(format!("{path:?}"), "can't be read").why(error.to_string());
        let full = root.join(&path);
        let Ok(meta) = fs::symlink_metadata(&full) else { continue };
        if !meta.is_dir() {
            found.push(path);
            if found.len() > FILES_MAX {
                return Err(Failure::refused(root.display().to_string(), format!("holds more than {FILES_MAX} files")));
            }
            continue;
        }
        for entry in fs::read_dir(&full).map_err(wrong)? {
            let name = entry.map_err(wrong)?.file_name();
            let Some(name) = name.to_str() else {
                let name = name.as_encoded_bytes().escape_ascii().to_string();
                return Err(Failure::refused(format!("{path:?}"), format!("holds a name that is not UTF-8: {name}")));
            };
            if name != ".git" {
                todo.push(if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") });
            }
        }
    }
    found.sort();
    Ok(found)
}
