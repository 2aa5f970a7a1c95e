//! The text of schema files and steps, for both engines.

use release::schema::Engine;
use release::schema::sql::{Purpose, check, renamed, split, tokens};

/// Splitting loses no byte, and what is left to run splits into the same statements again.
pub fn sql(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for engine in [Engine::Postgresql, Engine::Sqlite] {
        if let Ok(tokens) = tokens(engine, &text) {
            assert_eq!(tokens.iter().map(|token| token.text).collect::<String>(), text);
            let statements = split(engine, &text).expect("the tokens were read");
            assert_eq!(statements.iter().map(|statement| statement.text).collect::<String>(), text);
        }
        if let Err(wrong) = renamed(engine, &text) {
            assert!(wrong.line > 0 && !wrong.what.contains('\n'));
        }
        for purpose in [Purpose::Wanted, Purpose::Step] {
            let Ok(checked) = check(engine, purpose, "x.sql", &text) else { continue };
            let left = checked.text();
            let again = split(engine, &left).expect("what may run can be read");
            assert_eq!(again.iter().filter(|one| !one.is_empty()).count(), checked.statements.len(), "{left:?}");
        }
    }
}
