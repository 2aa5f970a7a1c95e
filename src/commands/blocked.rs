//! What a schema upgrade would be blocked by: sessions of the database that hold its tables.

use crate::fleet::Database;
use crate::model::Failure;
use crate::schema::{Direction, Holder};

/// By whom these statements would be blocked: one line each. A table counts where a statement has its name.
///
/// # Errors
/// The database can't be asked.
pub async fn blocked(database: &mut Database, ways: &[&Direction]) -> Result<Vec<String>, Failure> {
    let statements: Vec<&String> = ways.iter().flat_map(|way| &way.statements).collect();
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    let named = |table: &String| statements.iter().any(|statement| statement.contains(table.as_str()));
    let said = |Holder { said, mut tables }: Holder| {
        tables.retain(named);
        (!tables.is_empty())
            .then(|| format!("schema: the upgrade fails unless this ends soon: {} is blocked by {said}", few(&tables)))
    };
    Ok(database.holders().await?.into_iter().filter_map(said).collect())
}

/// The first of these names, and how many more there are.
pub fn few(names: &[String]) -> String {
    let more = names.len().saturating_sub(4);
    let first = names[..names.len() - more].join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}
