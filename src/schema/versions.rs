//! `[schema] versions`: which of a release's files are still to run, in which order.

use std::cmp::Ordering;

use crate::model::Digest;

/// A file of `sql/VERSION/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// Its path in the release.
    pub path: String,
    /// The directory that names its version.
    pub version: String,
    /// `before`, `after`, or nothing: directly in the version's directory.
    pub part: String,
    /// Its own name, `00-blog-new-cols.sql`.
    pub name: String,
    /// The sha256 of its bytes.
    pub sha256: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why the files can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disorder {
    /// It ran, and was changed afterwards.
    #[error("{0} has run already, and was edited since: put it back as it was, and write a new file")]
    Edited(String),
    /// It would run behind one that comes after it.
    #[error("{0} has not run, and {1}, which comes after it, has: give it a later version")]
    Gap(String, String),
    /// Nobody can say which is first.
    #[error("{0} and {1} have the same number: renumber one of them")]
    SamePlace(String, String),
    /// It is a program.
    #[error(
        "{0} is no .sql file: programs can't be part of the transaction; run it from [activate] run, or make it SQL"
    )]
    Program(String),
}

impl VersionFile {
    /// The file at `path`, if it is one: `DIRECTORY/VERSION/NAME` or `DIRECTORY/VERSION/before/NAME`.
    pub fn of(directory: &str, path: &str, bytes: &[u8]) -> Option<Self> {
        let rest = path.strip_prefix(directory)?.strip_prefix('/')?;
        let words: Vec<&str> = rest.split('/').collect();
        let (version, part, name) = match words[..] {
            [version, name] => (version, "", name),
            [version, part @ ("before" | "after"), name] => (version, part, name),
            _ => return None,
        };
        // Notes and backups of editors are no steps.
        if name.starts_with('.') || name.ends_with('~') || name.ends_with(".md") || name.ends_with(".txt") {
            return None;
        }
        Some(Self {
            path: path.to_owned(),
            version: version.to_owned(),
            part: part.to_owned(),
            name: name.to_owned(),
            sha256: Digest::of(bytes).to_string(),
            bytes: bytes.to_vec(),
        })
    }

    /// The number that its name begins with.
    fn number(&self) -> Option<&str> {
        let end = self.name.find(|c: char| !c.is_ascii_digit())?;
        Some(self.name[..end].trim_start_matches('0')).filter(|_| end > 0)
    }

    fn place(&self, other: &Self) -> Ordering {
        let numbers = |file: &Self| file.number().map(|number| (number.len(), number.to_owned()));
        by_version(&self.version, &other.version)
            .then_with(|| self.part.cmp(&other.part).reverse())
            .then_with(|| numbers(self).cmp(&numbers(other)))
            .then_with(|| self.name.cmp(&other.name))
    }
}

/// The files that have not run, in order. `applied`: path and sha256 of those that have; `baseline`: where nothing is known
/// to have run, the files of this version and of those before it are taken as done.
///
/// # Errors
/// They can't be run in their order.
pub fn pending(
    mut files: Vec<VersionFile>,
    applied: &[(String, String)],
    baseline: Option<&str>,
) -> Result<Vec<VersionFile>, Disorder> {
    files.sort_by(VersionFile::place);
    for pair in files.windows(2) {
        let same = pair[0].version == pair[1].version && pair[0].part == pair[1].part;
        if same && pair[0].number().is_some() && pair[0].number() == pair[1].number() {
            return Err(Disorder::SamePlace(pair[0].path.clone(), pair[1].path.clone()));
        }
    }
    let baseline = baseline.filter(|_| applied.is_empty());
    let done = |file: &VersionFile| match baseline {
        Some(baseline) => by_version(&file.version, baseline) != Ordering::Greater,
        None => applied.iter().any(|(path, _)| *path == file.path),
    };
    for file in &files {
        if applied.iter().any(|(path, sha256)| *path == file.path && *sha256 != file.sha256) {
            return Err(Disorder::Edited(file.path.clone()));
        }
    }
    let last_done = files.iter().rposition(done);
    let first_open = files.iter().position(|file| !done(file));
    if let (Some(last), Some(first)) = (last_done, first_open)
        && first < last
    {
        return Err(Disorder::Gap(files[first].path.clone(), files[last].path.clone()));
    }
    let open: Vec<VersionFile> = files.into_iter().filter(|file| !done(file)).collect();
    match open.iter().find(|file| !file.name.ends_with(".sql")) {
        Some(program) => Err(Disorder::Program(program.path.clone())),
        None => Ok(open),
    }
}

/// Versions part by part: `1.9` before `1.10`; a part with a leading zero is read like a decimal, `1.051` before `1.1`.
pub fn by_version(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> Vec<String> {
        text.trim_start_matches('v').split(['.', '-', '_', '+']).map(str::to_owned).collect()
    };
    let (a, b) = (parts(a), parts(b));
    a.iter().zip(&b).map(|(a, b)| by_part(a, b)).find(|order| order.is_ne()).unwrap_or(a.len().cmp(&b.len()))
}

fn by_part(a: &str, b: &str) -> Ordering {
    let decimal = |text: &str| text.len() > 1 && text.starts_with('0');
    match (a.parse::<u128>(), b.parse::<u128>()) {
        (Ok(_), Ok(_)) if decimal(a) || decimal(b) => a.trim_end_matches('0').cmp(b.trim_end_matches('0')),
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> VersionFile {
        VersionFile::of("sql", path, text.as_bytes()).unwrap()
    }

    fn done(file: &VersionFile) -> (String, String) {
        (file.path.clone(), file.sha256.clone())
    }

    fn paths(files: &[VersionFile]) -> Vec<&str> {
        files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn versions_have_an_order() {
        for (a, b) in
            [("1.9", "1.10"), ("0.940", "0.941"), ("1.051", "1.1"), ("1.051", "1.052"), ("1", "1.0"), ("v1", "2")]
        {
            assert_eq!((by_version(a, b), by_version(b, a)), (Ordering::Less, Ordering::Greater), "{a} {b}");
        }
        assert_eq!(by_version("1.0", "1.0"), Ordering::Equal);
    }

    #[test]
    fn what_has_not_run_runs_in_order() {
        let files = ["sql/1.10/00-x.sql", "sql/1.9/10-b.sql", "sql/1.9/2-a.sql", "sql/1.8/00-z.sql"]
            .map(|path| file(path, path));
        let open = pending(files.to_vec(), &[done(&files[3])], Some("1.10")).unwrap();
        assert_eq!(paths(&open), ["sql/1.9/2-a.sql", "sql/1.9/10-b.sql", "sql/1.10/00-x.sql"]);
        assert_eq!(paths(&pending(files.to_vec(), &[], Some("1.9")).unwrap()), ["sql/1.10/00-x.sql"]);
        assert_eq!(pending(files.to_vec(), &[], None).unwrap().len(), 4);
        assert_eq!(pending(files.to_vec(), &files.each_ref().map(done), None), Ok(vec![]));
    }

    #[test]
    fn disorder_is_named() {
        let (a, b) = (file("sql/1/1-a.sql", "a"), file("sql/1/2-b.sql", "b"));
        let both = || vec![a.clone(), b.clone()];
        assert_eq!(pending(both(), &[done(&b)], None), Err(Disorder::Gap(a.path.clone(), b.path.clone())));
        let edited = vec![file("sql/1/1-a.sql", "A"), b.clone()];
        assert_eq!(pending(edited, &[done(&a)], None), Err(Disorder::Edited(a.path.clone())));
        let same = vec![a.clone(), file("sql/1/01-c.sql", "c")];
        assert!(matches!(pending(same, &[], None), Err(Disorder::SamePlace(..))));
        assert!(matches!(pending(vec![file("sql/1/1-x.pl", "")], &[], None), Err(Disorder::Program(_))));
    }

    #[test]
    fn what_is_no_step_is_none() {
        for path in
            ["sql/README.md", "sql/1/README.md", "sql/1/.x.sql", "sql/1/x.sql~", "other/1/x.sql", "sql/1/deep/x.sql"]
        {
            assert_eq!(VersionFile::of("sql", path, b""), None, "{path}");
        }
        assert_eq!(VersionFile::of("sql", "sql/1/before/1-x.sql", b"").unwrap().part, "before");
    }
}
