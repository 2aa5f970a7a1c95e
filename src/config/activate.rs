//! `[activate]`: what goes with the swap, and is undone with it.

use std::time::Duration;

use super::env::plain;
use super::excerpt::quoted;
use super::maintenance::Taken;
use super::paths::{inside, inside_not_ours, overlap};
use super::problem::{Complaint, Problems};
use super::table::{At, Table};
use super::units::duration;
use super::words::command;
use crate::model::target::{Activate, CopyTree};

/// One `[activate]` table.
#[derive(Debug, Clone, Default)]
pub(super) struct ActivateLayer {
    /// What is emptied, with places: the flag must not lie in it.
    pub clear: Option<Vec<At<String>>>,
    copy: Option<Vec<At<CopyTree>>>,
    run: Option<Vec<String>>,
    /// How long each command may take.
    pub timeout: Option<Duration>,
}

impl ActivateLayer {
    /// Reads it.
    pub fn read(mut table: Table) -> Self {
        let clear = table.texts("clear", inside_not_ours).map(At::into_inner);
        if let Some(clear) = &clear {
            apart(clear, "clear", &table);
        }
        let copy = table.list("copy").map(|list| {
            let tree = |item| {
                let mut entry = table.item("copy", item)?;
                let (from, to) = (entry.text("from", inside), entry.text("to", inside_not_ours));
                for key in ["from", "to"] {
                    entry.require(key, "copy = [{ from = \"IN/RELEASE\", to = \"IN/BASE\" }]");
                }
                entry.done();
                let (from, to) = (from?, to?);
                Some(At::new(to.span(), CopyTree { from: from.into_inner(), to: to.into_inner() }))
            };
            list.into_inner().into_iter().filter_map(tree).collect()
        });
        let run = table.texts("run", command).map(plain);
        let timeout = table.text("timeout", duration).map(At::into_inner);
        table.done();
        Self { clear, copy, run, timeout }
    }

    /// Lays it over another.
    pub fn over(self, under: Self) -> Self {
        Self {
            clear: self.clear.or(under.clear),
            copy: self.copy.or(under.copy),
            run: self.run.or(under.run),
            timeout: self.timeout.or(under.timeout),
        }
    }

    /// The result.
    pub fn resolve(self, taken: &Taken, problems: &Problems) -> Activate {
        let clear = self.clear.unwrap_or_default();
        let copy = self.copy.unwrap_or_default();
        let cleared = clear.iter().map(|path| (path.span(), path.get_ref(), "clear"));
        let copied = copy.iter().map(|tree| (tree.span(), &tree.get_ref().to, "copy"));
        for (span, path, key) in cleared.chain(copied) {
            if let Err(complaint) = taken.check(path) {
                problems.add(span, complaint.about(key));
            }
        }
        Activate {
            clear: clear.into_iter().map(At::into_inner).collect(),
            copy: copy.into_iter().map(At::into_inner).collect(),
            run: self.run.unwrap_or_default(),
        }
    }
}

/// Complains about a path that is another of the list, or lies in it: undoing one would undo half of the other.
pub(super) fn apart(paths: &[At<String>], key: &str, table: &Table) {
    for (at, path) in paths.iter().enumerate() {
        if let Some(other) = paths[..at].iter().find(|other| overlap(other.get_ref(), path.get_ref())) {
            let what = format!("{} and {} overlap", quoted(other.get_ref()), quoted(path.get_ref()));
            table.complain(path.span(), Complaint::new(what).hint("leave one of them away").about(key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};
    use super::*;

    #[test]
    fn slashes_at_the_end_say_nothing() {
        let found =
            target("[activate]\nclear = ['cache/']\ncopy = [{ from = 'share/docroot/', to = 'docroot/' }]").activate;
        assert_eq!(found.clear, ["cache"]);
        assert_eq!(found.copy, [CopyTree { from: "share/docroot".into(), to: "docroot".into() }]);
        assert_eq!(target("[activate]\nclear = ['shared/cache']").activate.clear, ["shared/cache"]);
    }

    #[test]
    fn nothing_of_ours_is_cleared_or_overwritten() {
        for path in ["live", "live/x", "releases", "releases/x", "shared", ".release", ".release/x"] {
            for tables in [
                format!("[activate]\nclear = ['{path}']"),
                format!("[activate]\ncopy = [{{ from = 'a', to = '{path}' }}]"),
            ] {
                assert!(error(&tables).what.contains("is taken"), "{tables}: {}", error(&tables));
            }
        }
        for path in ["", ".", "..", "/srv/app/cache", "~/cache", "a/../..", "a\\u0000"] {
            assert!(error(&format!("[activate]\nclear = [\"{path}\"]")).what.contains("path inside"), "{path}");
        }
        assert!(error("[activate]\nclear = ['a', 'a/b']").what.contains("overlap"));
    }

    #[test]
    fn a_copy_has_two_ends() {
        assert!(error("[activate]\ncopy = [{ from = 'a' }]").what.contains("has no `to`"));
        assert!(error("[activate]\ncopy = [{ from = 'a', to = 'b', mode = 1 }]").what.contains("unknown key `mode`"));
        assert!(error("[activate]\ncopy = ['a']").what.contains("must be a table"));
        assert!(error("[activate]\ncopy = [{ from = '../a', to = 'b' }]").what.contains("path inside"));
    }
}
