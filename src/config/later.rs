//! `[notify]`: checked here in shape, so that a mistake in it is seen by each command; what it means belongs to the part
//! that uses it.

use super::table::Table;
use super::words::command;

/// Checks a `[notify]` table.
pub(super) fn notify(mut table: Table) {
    table.text("command", command);
    table.done();
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, target};

    #[test]
    fn notify_is_checked() {
        target(
            "[notify]
command = 'x'",
        );
        for tables in [
            "[notify]
url = 'x'",
            "[notify]
command = 1",
        ] {
            error(tables);
        }
    }
}
