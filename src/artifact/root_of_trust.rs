//! Files that say whom to trust: in nobody's hands but the operator's, and out of reach of the code that they judge.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::model::Failure;

/// Refuses a file that is missing, that a commit to the `project` could change, or that others can write or replace.
pub(super) fn check(file: &Path, project: &Path) -> Result<(), Failure> {
    let refuse =
        |what: &str, why: &str, hint: String| Err(Failure::usage(file.display().to_string(), what).why(why).hint(hint));
    let real = match fs::canonicalize(file) {
        Ok(real) if real.is_file() => real,
        Ok(_) => return refuse("is not a file", "[signatures] names it", format!("ls -ld {}", file.display())),
        Err(error) => {
            let hint = "write a line `NAME KEY` for each signer; `man ssh-keygen` has the form under ALLOWED SIGNERS";
            return refuse("can't be read", &format!("[signatures] names it: {error}"), hint.into());
        }
    };
    let ours =
        own_user().map_err(|error| Failure::refused("", "can't make a temporary file").why(error.to_string()))?;
    for inside in trees(project) {
        if file.starts_with(&inside) || real.starts_with(&inside) {
            let hint = format!("mv {} ~/.config/release/, and say so under [signatures]", file.display());
            return refuse("is in the repository", "a commit could name its own signers", hint);
        }
    }
    for path in real.ancestors() {
        let found = fs::metadata(path)
            .map_err(|error| Failure::usage(path.display().to_string(), "can't be looked at").why(error.to_string()))?;
        if others_write(&found, ours) {
            let what = if path == real { "can be written by others" } else { "can be replaced by others" };
            return refuse(what, "they could name their own signers", format!("chmod go-w {}", path.display()));
        }
    }
    Ok(())
}

/// The project's directory, and the work tree around it.
fn trees(project: &Path) -> Vec<PathBuf> {
    let work_tree = crate::git::work_tree(project);
    let named = std::iter::once(project.to_owned()).chain(work_tree);
    named.flat_map(|tree| [fs::canonicalize(&tree).ok(), Some(tree)]).flatten().collect()
}

/// In a sticky directory, such as `/tmp`, nobody replaces what is another's.
fn others_write(found: &Metadata, ours: u32) -> bool {
    let open = if found.is_dir() { found.mode() & 0o1002 == 0o002 } else { found.mode() & 0o022 != 0 };
    open || (found.uid() != 0 && found.uid() != ours)
}

/// Who we are: whoever owns what we make.
fn own_user() -> std::io::Result<u32> {
    Ok(tempfile::tempfile()?.metadata()?.uid())
}
