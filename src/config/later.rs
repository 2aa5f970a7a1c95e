//! `[build]` and `[notify]`: checked here in shape, so that a mistake in them is seen by each command; what
//! they mean belongs to the parts that use them.

use super::paths::inside;
use super::table::Table;
use super::words::command;

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

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};

    #[test]
    fn build_and_notify_are_checked() {
        target("[build]\ntest = 'prove -l t'\ninclude = []\nexclude = ['t/', '.travis.yml']\n[notify]\ncommand = 'x'");
        for tables in
            ["[build]\ntests = 'x'", "[build]\nexclude = ['../x']", "[notify]\nurl = 'x'", "[notify]\ncommand = 1"]
        {
            error(tables);
        }
    }
}
