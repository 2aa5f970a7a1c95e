//! `[build]`: how an artifact is made of a commit.

use toml::de::DeValue;

use super::env::plain;
use super::excerpt::quoted;
use super::kind::wanted;
use super::paths::inside;
use super::problem::Complaint;
use super::table::{At, Table};
use super::words::{command, line};
use crate::model::target::{Build, VersionFile, VersionLine};

/// The word in a line that stands for the version.
const VERSION: &str = "{version}";

/// One `[build]` table.
#[derive(Debug, Clone, Default)]
pub(super) struct BuildLayer {
    test: Option<String>,
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
    version_files: Option<Vec<VersionFile>>,
}

impl BuildLayer {
    /// Reads it.
    pub fn read(mut table: Table) -> Self {
        let found = Self {
            test: table.text("test", command).map(At::into_inner),
            include: table.texts("include", pattern).map(plain),
            exclude: table.texts("exclude", pattern).map(plain),
            version_files: version_files(&mut table),
        };
        table.done();
        found
    }

    /// Lays it over another, key by key.
    pub fn over(self, under: Self) -> Self {
        Self {
            test: self.test.or(under.test),
            include: self.include.or(under.include),
            exclude: self.exclude.or(under.exclude),
            version_files: self.version_files.or(under.version_files),
        }
    }

    /// The result.
    pub fn resolve(self) -> Build {
        Build {
            test: self.test,
            include: self.include.unwrap_or_default(),
            exclude: self.exclude.unwrap_or_default(),
            version_files: self.version_files.unwrap_or_default(),
        }
    }
}

/// A path in the repository, or a pattern for such paths.
fn pattern(text: &str) -> Result<String, Complaint> {
    let path = inside(text)?;
    match glob::Pattern::new(&path) {
        Ok(_) => Ok(path),
        Err(error) => Err(Complaint::new(format!("{} is not a pattern", quoted(text))).why(error.msg)),
    }
}

/// `["VERSION", { path = "lib/DDGC.pm", line = "our $VERSION = '{version}'" }]`
fn version_files(table: &mut Table) -> Option<Vec<VersionFile>> {
    let items = table.list("version_files")?.into_inner();
    let files = items.into_iter().filter_map(|item| match item.get_ref() {
        DeValue::String(_) => {
            let path = table.checked("version_files", item, |item| match item.as_str() {
                Some(path) => inside(path),
                None => Err(wanted("a path", item)),
            })?;
            Some(VersionFile { path: path.into_inner(), line: None })
        }
        _ => {
            let mut file = table.item("version_files", item)?;
            file.require("path", "path = \"lib/App.pm\"");
            let path = file.text("path", inside).map(At::into_inner);
            let line = file.text("line", version_line).map(At::into_inner);
            file.done();
            Some(VersionFile { path: path?, line })
        }
    });
    Some(files.collect())
}

fn version_line(text: &str) -> Result<VersionLine, Complaint> {
    let text = line(text)?;
    let form = |why: &str| {
        Complaint::new(format!("{} does not say where the version stands", quoted(&text)))
            .why(why)
            .hint("write the line's beginning with {version} in it: \"version = '{version}'\"")
    };
    let (before, after) = text.split_once(VERSION).ok_or_else(|| form("{version} is missing"))?;
    if after.contains(VERSION) {
        return Err(form("{version} stands there twice"));
    }
    Ok(VersionLine { before: before.trim_start().to_owned(), after: after.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target, whole};
    use super::*;

    #[test]
    fn says_what_the_file_says_key_by_key() {
        assert_eq!(target("").build, Build::default());
        let text = "app = 'x'\n[build]\ntest = 'prove -l t'\ninclude = ['public/']\nexclude = ['t/', '*.md']\n\
                    [targets.t]\nhosts = ['h']\n[targets.t.build]\nexclude = []";
        let config = whole(text);
        let build = &config.targets[0].build;
        assert_eq!((build.test.as_deref(), build.include.as_slice()), (Some("prove -l t"), &["public".to_owned()][..]));
        assert!(build.exclude.is_empty());
        assert_eq!(config.build.exclude, ["t", "*.md"], "the file's own, for a build that is for no target");
    }

    #[test]
    fn version_files_are_whole_or_have_a_line() {
        let toml = "[build]\nversion_files = ['VERSION', { path = 'lib/A.pm', line = \"  our $V = '{version}';\" }]";
        let line = VersionLine { before: "our $V = '".into(), after: "';".into() };
        assert_eq!(
            target(toml).build.version_files,
            [
                VersionFile { path: "VERSION".into(), line: None },
                VersionFile { path: "lib/A.pm".into(), line: Some(line) }
            ]
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (table, what) in [
            ("tests = 'x'", "unknown key `tests`"),
            ("exclude = ['../x']", "must be a path inside"),
            ("include = ['/etc/passwd']", "must be a path inside"),
            ("exclude = ['a[b']", "is not a pattern"),
            ("version_files = 'VERSION'", "version_files"),
            ("version_files = [1]", "version_files"),
            ("version_files = ['../V']", "must be a path inside"),
            ("version_files = [{ line = '{version}' }]", "has no `path`"),
            ("version_files = [{ path = 'a', line = 'version' }]", "does not say where the version stands"),
            ("version_files = [{ path = 'a', line = '{version}{version}' }]", "does not say where the version stands"),
            ("version_files = [{ path = 'a', match = 'x' }]", "unknown key `match`"),
        ] {
            let failure = error(&format!("[build]\n{table}"));
            assert!(failure.what.contains(what), "{table}: {}", failure.what);
        }
    }
}
