//! `[schema]`, `[build]` and `[notify]`: checked here in shape, so that a mistake in them is seen by each command; what
//! they mean belongs to the parts that use them.

use super::paths::inside;
use super::problem::Complaint;
use super::table::Table;
use super::words::{command, line};

/// Checks a `[schema]` table.
pub(super) fn schema(mut table: Table) {
    table.text("url", database);
    table.text("desired", inside);
    table.text("versions", inside);
    table.text("backup", |text| match text {
        "always" | "before-change" | "never" => Ok(()),
        _ => Err(Complaint::new("must be \"always\", \"before-change\" or \"never\"")),
    });
    table.texts("allow", line);
    if let Some(mut tool) = table.table("command") {
        for verb in ["check", "up", "down"] {
            tool.text(verb, command);
        }
        tool.done();
    }
    table.done();
}

/// Checks a `[build]` table.
pub(super) fn build(mut table: Table) {
    table.text("test", command);
    table.texts("include", inside);
    table.texts("exclude", inside);
    table.done();
}

/// Checks a `[notify]` table.
pub(super) fn notify(mut table: Table) {
    table.text("command", command);
    table.done();
}

/// A database, or the variable that names one. Not quoted in complaints: it may hold a password.
fn database(url: &str) -> Result<(), Complaint> {
    let schemes = ["postgres://", "postgresql://", "mysql://", "mariadb://", "sqlite:"];
    line(url).map_err(|_| Complaint::new("must be one line"))?;
    if url.starts_with('$') || schemes.iter().any(|scheme| url.starts_with(scheme)) {
        return Ok(());
    }
    Err(Complaint::new("is not a database's URL")
        .hint("write \"$DATABASE_URL\", or a postgres:, mysql: or sqlite: URL without a password"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};

    #[test]
    fn a_schema_is_noticed_and_checked() {
        assert!(!target("").schema);
        assert!(target("[schema]").schema);
        assert!(target("[targets.t.schema]\nurl = '$DATABASE_URL'").schema);
        assert!(target("[schema]\nurl = 'sqlite:app.db'\ncommand = { check = 'c' }\nallow = ['drop-column']").schema);
        for tables in [
            "url = 'oracle://x'",
            "desired = '/x'",
            "backup = 'often'",
            "allow = 'x'",
            "command = 'x'",
            "command = { chek = 'x' }",
            "ulr = '$X'",
        ] {
            error(&format!("[schema]\n{tables}"));
        }
    }

    #[test]
    fn so_are_build_and_notify() {
        target("[build]\ntest = 'prove -l t'\ninclude = []\nexclude = ['t/', '.travis.yml']\n[notify]\ncommand = 'x'");
        for tables in
            ["[build]\ntests = 'x'", "[build]\nexclude = ['../x']", "[notify]\nurl = 'x'", "[notify]\ncommand = 1"]
        {
            error(tables);
        }
    }
}
