//! The version in files of the project: found where hosts.toml says, and only there.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::model::target::{VersionFile, VersionLine};
use crate::model::{Exit, Failure, Version};

/// A file that has to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// From the top of the repository.
    pub path: String,
    /// The version that it holds.
    pub old: String,
    before: String,
    after: String,
}

/// What has to change so that every file holds this version; nothing, if they do.
///
/// # Errors
/// A file can't be read, or it is not clear where the version stands in it.
pub fn edits(work_tree: &Path, files: &[VersionFile], version: &Version) -> Result<Vec<Edit>, Failure> {
    let mut edits: Vec<Edit> = Vec::new();
    for file in files {
        let earlier = edits.iter().position(|edit| edit.path == file.path);
        let before = match earlier {
            Some(at) => edits[at].after.clone(),
            None => fs::read_to_string(work_tree.join(&file.path)).map_err(|error| {
                Failure::refused(format!("{:?}", file.path), "can't be read").why(error.to_string()).hint(HINT)
            })?,
        };
        let (old, after) = replaced(&before, file, version)?;
        match earlier {
            Some(at) => edits[at].after = after,
            None => edits.push(Edit { path: file.path.clone(), old, before, after }),
        }
    }
    edits.retain(|edit| edit.before != edit.after);
    Ok(edits)
}

/// The version that a file's text holds, where it is clear.
pub fn version_held(text: &str, file: &VersionFile) -> Option<String> {
    let any = "0".parse().ok()?;
    replaced(text, file, &any).ok().map(|(held, _)| held)
}

const HINT: &str = "look at [build] version_files in hosts.toml";

/// The version that stands there, and the text with the new one.
fn replaced(text: &str, file: &VersionFile, version: &Version) -> Result<(String, String), Failure> {
    let refuse = |what: String| Failure::refused(format!("{:?}", file.path), what).hint(HINT);
    let Some(line) = &file.line else {
        let old = text.trim();
        if old.parse::<Version>().is_err() {
            return Err(refuse("holds more than a version, or none".into())
                .why("say in which line it stands: { path = \"...\", line = \"version = '{version}'\" }"));
        }
        return Ok((old.to_owned(), text.replacen(old, version.as_str(), 1)));
    };
    let form = format!("{}{{version}}{}", line.before, line.after);
    let found: Vec<(usize, usize)> = places(text, line);
    match found[..] {
        [(from, to)] => Ok((text[from..to].to_owned(), format!("{}{version}{}", &text[..from], &text[to..]))),
        [] => Err(refuse(format!("has no line that begins with {form}"))),
        _ => {
            let lines: Vec<String> =
                found.iter().map(|(from, _)| (text[..*from].matches('\n').count() + 1).to_string()).collect();
            Err(refuse(format!("has several lines that begin with {form}")).why(format!("lines {}", lines.join(", "))))
        }
    }
}

/// Where versions stand: from and to, in bytes.
fn places(text: &str, line: &VersionLine) -> Vec<(usize, usize)> {
    let mut start = 0;
    let mut found = Vec::new();
    for whole in text.split_inclusive('\n') {
        let indent = whole.len() - whole.trim_start_matches([' ', '\t']).len();
        if let Some(rest) = whole[indent..].strip_prefix(&line.before) {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._+~-".contains(c))).unwrap_or(rest.len());
            if rest[..end].parse::<Version>().is_ok() && rest[end..].starts_with(&line.after) {
                let from = start + indent + line.before.len();
                found.push((from, from + end));
            }
        }
        start += whole.len();
    }
    found
}

impl Edit {
    /// Writes the new text; the file keeps its mode, and is never half.
    ///
    /// # Errors
    /// It can't be written; it is as it was.
    pub fn write(&self, work_tree: &Path) -> Result<(), Failure> {
        put(&work_tree.join(&self.path), &self.after)
    }

    /// Writes the old text back.
    ///
    /// # Errors
    /// It can't be written.
    pub fn take_back(&self, work_tree: &Path) -> Result<(), Failure> {
        put(&work_tree.join(&self.path), &self.before)
    }
}

fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let written = || {
        let mut file = tempfile::Builder::new().prefix(".release-").tempfile_in(path.parent().unwrap_or(path))?;
        file.write_all(text.as_bytes())?;
        fs::set_permissions(file.path(), fs::metadata(path)?.permissions())?;
        file.persist(path).map_err(|error| error.error).map(drop)
    };
    written().map_err(|error: std::io::Error| {
        Failure::new(Exit::Failed, path.display().to_string(), "can't be written").why(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, line: Option<(&str, &str)>) -> VersionFile {
        let line = line.map(|(before, after)| VersionLine { before: before.into(), after: after.into() });
        VersionFile { path: path.into(), line }
    }

    fn edited(text: &str, line: Option<(&str, &str)>) -> Result<(String, String), Failure> {
        replaced(text, &file("f", line), &"0.941".parse().unwrap())
    }

    #[test]
    fn a_file_with_nothing_else_is_all_version() {
        assert_eq!(edited("0.940\n", None), Ok(("0.940".into(), "0.941\n".into())));
        assert_eq!(edited("0.940", None), Ok(("0.940".into(), "0.941".into())));
        assert_eq!(edited(" 0.940\r\n", None), Ok(("0.940".into(), " 0.941\r\n".into())));
        for text in ["", "\n", "0.940\n0.939\n", "version 0.940"] {
            assert!(edited(text, None).unwrap_err().what.contains("more than a version"), "{text:?}");
        }
    }

    #[test]
    fn a_line_is_found_by_its_beginning() {
        let perl = "package DDGC;\n  our $VERSION = '0.940'; # by hand\n1;\n";
        let (old, new) = edited(perl, Some(("our $VERSION = '", "';"))).unwrap();
        assert_eq!((old.as_str(), new), ("0.940", perl.replace("0.940", "0.941")));
        let cargo = "[package]\nversion = \"0.940\"\n[dependencies]\nserde = { version = \"1\" }\n";
        assert_eq!(edited(cargo, Some(("version = \"", "\""))).unwrap().1, cargo.replace("0.940", "0.941"));
        assert_eq!(edited("version = 0.940\r\n", Some(("version = ", ""))).unwrap().1, "version = 0.941\r\n");
        let none = edited("our $V = '0.940';", Some(("our $VERSION = '", "';"))).unwrap_err();
        assert!(none.what.contains("has no line that begins with our $VERSION = '{version}';"), "{none}");
        let twice = edited("v=1\nx\nv=2\n", Some(("v=", ""))).unwrap_err();
        assert_eq!(twice.why.as_deref(), Some("lines 1, 3"));
    }

    #[test]
    fn several_places_of_one_file_are_one_edit_that_can_be_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, "a=1\nb=1\n").unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let files = [file("f", Some(("a=", ""))), file("f", Some(("b=", "")))];
        let version = "2".parse().unwrap();
        let found = edits(dir.path(), &files, &version).unwrap();
        assert_eq!(found.len(), 1);
        found[0].write(dir.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a=2\nb=2\n");
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o755);
        assert_eq!(edits(dir.path(), &files, &version), Ok(vec![]));
        found[0].take_back(dir.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a=1\nb=1\n");
        assert!(edits(dir.path(), &[file("none", None)], &version).is_err());
    }
}
