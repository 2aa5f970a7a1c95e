//! `[maintenance]`: the flag file that the web server looks for.

use super::excerpt::{Span, quoted};
use super::paths::{flag, within};
use super::problem::{Complaint, Problems};
use super::table::{At, Table};
use crate::model::target::{Maintenance, MaintenanceWhen};

/// One `[maintenance]` table.
#[derive(Debug, Clone, Default)]
pub(super) struct MaintenanceLayer {
    span: Option<Span>,
    flag: Option<At<String>>,
    long_flag: Option<At<String>>,
    when: Option<MaintenanceWhen>,
}

/// Names in `base` that are not the operator's, once the layers are merged.
pub(super) struct Taken<'a> {
    /// The directory itself.
    pub base: &'a str,
    /// The names of `live` and of `releases`, with the word for each.
    pub names: [(&'a str, &'static str); 2],
}

impl Taken<'_> {
    /// Complains about a path that is one of ours, or lies where a swap or a pruning would take it away.
    pub fn check(&self, path: &str) -> Result<(), Complaint> {
        let path = within(path, self.base).unwrap_or(path);
        let taken = |why: &str| Err(Complaint::new(format!("{} is taken", quoted(path))).why(why));
        for (name, word) in self.names {
            if within(path, name).is_some() {
                return taken(&format!("`{word}` is there, and comes and goes with releases"));
            }
        }
        if within(path, ".release").is_some() {
            return taken("release itself keeps things under that name");
        }
        match path {
            "" => Err(Complaint::new("must not be `base` itself")),
            "shared" => taken("the shared directories are there"),
            _ => Ok(()),
        }
    }
}

impl MaintenanceLayer {
    /// Reads it.
    pub fn read(mut table: Table) -> Self {
        let found = Self {
            span: Some(table.span.clone()),
            flag: table.text("flag", flag),
            long_flag: table.text("long_flag", flag),
            when: table.text("when", when).map(At::into_inner),
        };
        table.done();
        found
    }

    /// Lays it over another.
    pub fn over(self, under: Self) -> Self {
        Self {
            span: self.span.or(under.span),
            flag: self.flag.or(under.flag),
            long_flag: self.long_flag.or(under.long_flag),
            when: self.when.or(under.when),
        }
    }

    /// The result.
    pub fn resolve(self, taken: &Taken, cleared: &[At<String>], problems: &Problems) -> Option<Maintenance> {
        let span = self.span?;
        let Some(flag) = self.flag else {
            let complaint = Complaint::new("[maintenance] has no `flag`");
            problems.add(span, complaint.hint("add flag = \"maintenance\", the file that the web server looks for"));
            return None;
        };
        let named = [Some((&flag, "flag")), self.long_flag.as_ref().map(|long| (long, "long_flag"))];
        for (path, key) in named.into_iter().flatten() {
            if let Err(complaint) = taken.check(path.get_ref()) {
                problems.add(path.span(), complaint.about(key));
            }
            let inside = within(path.get_ref(), taken.base).unwrap_or(path.get_ref());
            if cleared.iter().any(|cleared| within(inside, cleared.get_ref()).is_some()) {
                let complaint = Complaint::new(format!("{} is cleared by [activate]", quoted(path.get_ref())));
                problems.add(path.span(), complaint.why("the flag must stay until the end").about(key));
            }
        }
        if let Some(long) = self.long_flag.as_ref().filter(|long| long.get_ref() == flag.get_ref()) {
            problems.add(long.span(), Complaint::new("`long_flag` is the same file as `flag`"));
        }
        Some(Maintenance {
            flag: flag.into_inner(),
            long_flag: self.long_flag.map(At::into_inner),
            when: self.when.unwrap_or(MaintenanceWhen::Schema),
        })
    }
}

fn when(text: &str) -> Result<MaintenanceWhen, Complaint> {
    match text {
        "always" => Ok(MaintenanceWhen::Always),
        "schema" => Ok(MaintenanceWhen::Schema),
        "never" => Ok(MaintenanceWhen::Never),
        _ => Err(Complaint::new(format!("{} is not one of \"always\", \"schema\", \"never\"", quoted(text)))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};
    use super::*;

    #[test]
    fn the_flag_goes_up_with_the_schema() {
        assert_eq!(target("").maintenance, None);
        let found = target("[maintenance]\nflag = 'down'").maintenance.unwrap();
        assert_eq!(found, Maintenance { flag: "down".into(), long_flag: None, when: MaintenanceWhen::Schema });
        let found =
            target("[maintenance]\nflag = 'down'\n[targets.t.maintenance]\nwhen = 'never'").maintenance.unwrap();
        assert_eq!(found.when, MaintenanceWhen::Never);
        assert!(target("[maintenance]\nflag = 'shared/down'").maintenance.is_some());
    }

    /// Facts item 13.
    #[test]
    fn the_flag_is_a_file_that_stays() {
        for (flag, what) in [
            ("", "must be a file"),
            ("down/", "must be a file"),
            ("../down", "must be a file"),
            ("/dev/null", "can't be in /dev"),
            ("live", "is taken"),
            ("live/down", "is taken"),
            ("~/live/down", "is taken"),
            ("releases/down", "is taken"),
            ("shared", "is taken"),
            (".release/down", "is taken"),
            ("cache/down", "is cleared"),
            ("~/cache/down", "is cleared"),
        ] {
            for key in ["flag", "long_flag"] {
                let other = if key == "flag" { "long_flag" } else { "flag" };
                let tables = format!("[maintenance]\n{key} = '{flag}'\n{other} = 'x'\n[activate]\nclear = ['cache']");
                assert!(error(&tables).what.contains(what), "{tables}: {}", error(&tables));
            }
        }
        assert!(error("[maintenance]\nwhen = 'never'").what.contains("has no `flag`"));
        assert!(error("[maintenance]\nflag = 'a'\nlong_flag = 'a'").what.contains("same file"));
        assert!(error("[maintenance]\nflag = 'a'\nwhen = 'often'").what.contains("not one of"));
    }
}
