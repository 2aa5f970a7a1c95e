//! `[env]`: what is sourced and set on the host before any command.

use std::collections::BTreeMap;
use std::time::Duration;

use super::kind::text;
use super::paths::host_file;
use super::table::{At, Table};
use super::units::duration;
use super::words::{variable, variable_value};
use crate::model::target::Env;

/// One `[env]` table.
#[derive(Debug, Clone, Default)]
pub(super) struct EnvLayer {
    files: Option<Vec<String>>,
    /// How long the files may take.
    pub timeout: Option<Duration>,
    /// A table itself, so it merges variable by variable.
    vars: BTreeMap<String, String>,
}

impl EnvLayer {
    /// Reads it.
    pub fn read(mut table: Table) -> Self {
        let files = table.texts("files", host_file).map(plain);
        let vars = table.table("vars").map(|vars| {
            let pair = |(name, value): (At<String>, &At<_>)| {
                vars.checked("vars", &name, |name| variable(name))?;
                let value = vars.checked(name.get_ref(), value, |value| variable_value(text(value)?))?;
                Some((name.into_inner(), value.into_inner()))
            };
            vars.entries().into_iter().filter_map(pair).collect()
        });
        let timeout = table.text("timeout", duration).map(At::into_inner);
        table.done();
        Self { files, timeout, vars: vars.unwrap_or_default() }
    }

    /// Lays it over another.
    pub fn over(self, under: Self) -> Self {
        let mut vars = under.vars;
        vars.extend(self.vars);
        Self { files: self.files.or(under.files), timeout: self.timeout.or(under.timeout), vars }
    }

    /// The result.
    pub fn resolve(self) -> Env {
        Env { files: self.files.unwrap_or_default(), vars: self.vars.into_iter().collect() }
    }
}

/// A list without its places.
pub(super) fn plain<T>(list: At<Vec<At<T>>>) -> Vec<T> {
    list.into_inner().into_iter().map(At::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};

    #[test]
    fn variables_merge_one_by_one() {
        let found =
            target("[env]\nfiles = ['a']\nvars = { A = '1', B = '2' }\n[targets.t.env.vars]\nB = '3'\nC = ''").env;
        assert_eq!(found.files, ["a"]);
        let pairs: Vec<_> = found.vars.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "3"), ("C", "")]);
    }

    #[test]
    fn what_is_sourced_is_a_file() {
        assert_eq!(target("[env]\nfiles = ['~/a', '/etc/b', 'c d']").env.files, ["~/a", "/etc/b", "c d"]);
        for file in ["", "~", "a/", "../a", "$HOME/a", "a\\nb"] {
            assert!(error(&format!("[env]\nfiles = [\"{file}\"]")).what.contains("must be a file"), "{file}");
        }
    }

    #[test]
    fn what_is_set_is_a_variable() {
        assert!(error("[env.vars]\n'A;id' = 'x'").what.contains("not a variable's name"));
        assert!(error("[env.vars]\nPORT = 80").hint.unwrap().contains("\"80\""));
        assert!(error("[env]\nvars = ['A=1']").what.contains("must be a table"));
    }
}
