//! There and back, with everything that has to hold.

use release::schema::{Refusal, Upgrade};

use super::Database;

/// How a round ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// There and back.
    Good,
    /// Rows were in the way: named beforehand, and nothing was changed.
    InTheWay,
    /// It asked whether something is a rename, in these words.
    Asked(String),
}

/// One round: the first schema with rows, and the wanted one.
pub fn round(first: &str, rows: &str, wanted: &str) -> Result<End, String> {
    let mut database = Database::new(first);
    // A row that the schema does not take is none.
    database.shell(&format!(".bail off\nPRAGMA foreign_keys = OFF;\n{rows}"));
    let (texts, data) = (database.texts(), database.rows());
    let upgrade = match database.ask(wanted) {
        Ok(upgrade) => upgrade,
        Err(Refusal::Question(question)) => return Ok(End::Asked(question)),
        Err(refusal) => return Err(format!("refused: {refusal:?}")),
    };
    let unchanged = |database: &Database, when: &str| match (database.texts() == texts, database.rows() == data) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("{when}, the schema is another:\n{texts}\n--- and now\n{}", database.texts())),
        _ => Err(format!("{when}, the rows are others:\n{data}\n--- and now\n{}", database.rows())),
    };
    unchanged(&database, "after the plan")?;
    let ran = database.go(&upgrade.forward);
    if !ran.ok() {
        unchanged(&database, "after a failure")?;
        let named = upgrade.hazards.iter().any(|hazard| hazard.name.as_str() == "may-fail-on-data");
        let on_data =
            ["constraint failed", "cannot store", "datatype mismatch"].iter().any(|said| ran.stderr.contains(said));
        let ours = ["made for", "did not become", "rows would be lost"].iter().any(|own| ran.stderr.contains(own));
        return if named && on_data && !ours {
            Ok(End::InTheWay)
        } else {
            Err(format!("the way there failed: {ran:?}\n{upgrade:#?}"))
        };
    }
    if let Some(hazard) = upgrade.hazards.iter().find(|hazard| hazard.fails_now) {
        return Err(format!("this was no hazard: {hazard:?}"));
    }
    if !ran.stdout.is_empty() {
        return Err(format!("it printed {:?}", ran.stdout));
    }
    arrived(&mut database, wanted)?;
    home(&mut database, &upgrade)?;
    unchanged(&database, "back again")?;
    match database
        .sql("PRAGMA integrity_check;\nSELECT name FROM sqlite_schema WHERE name LIKE '_release_trash%';")
        .as_str()
    {
        "ok" => Ok(End::Good),
        other => Err(format!("left: {other}")),
    }
}

fn arrived(database: &mut Database, wanted: &str) -> Result<(), String> {
    let fresh = Database::new(wanted);
    let (found, expected) = (database.meaning(), fresh.meaning());
    if found != expected {
        return Err(format!("the schema is not the wanted one:\n{expected}\n--- but\n{found}"));
    }
    match database.ask(wanted) {
        Ok(second) if second.is_empty() && second.hazards.is_empty() => Ok(()),
        other => Err(format!("a second plan: {other:#?}")),
    }
}

fn home(database: &mut Database, upgrade: &Upgrade) -> Result<(), String> {
    let back = upgrade.backward.as_ref().map_err(|why| format!("no way back: {why}"))?;
    let objections = database.objections(back);
    if !objections.is_empty() {
        return Err(format!("objections without any new row: {objections:?}"));
    }
    let ran = database.go(back);
    if ran.ok() { Ok(()) } else { Err(format!("the way back failed: {ran:?}\n{back:#?}")) }
}
