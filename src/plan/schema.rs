//! The database's part in an operation.

use super::{Allowances, Operator};
use crate::model::target::{BackupWhen, Schema, SchemaCommand, Target, UrlPart};
use crate::model::{Failure, HazardName, ReleaseId, Step};
use crate::schema::{Direction, Engine, Entry, Hazard, Upgrade, bury, by_hand, scripts};

/// What the host of the database does beside the others.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaPart {
    /// Where the database is.
    pub url: Vec<UrlPart>,
    /// How it is upgraded.
    pub work: SchemaWork,
    /// The schema is another one afterwards: flags go up for it, and the hosts wait for each other.
    pub changes: bool,
    /// A backup is made before.
    pub backup: bool,
    /// What the steps read.
    pub files: Vec<(&'static str, String)>,
    /// The statements alone, as a text that stands for itself.
    pub sql: String,
    /// What should be known before it runs.
    pub warnings: Vec<String>,
}

/// How a schema is upgraded.
#[derive(Debug, Clone, PartialEq)]
pub enum SchemaWork {
    /// By the scripts in `files`.
    Scripts {
        /// What they do, in a few words.
        what: String,
    },
    /// By the application's own tool.
    Tool {
        /// From the live release to an older one.
        back: bool,
        /// Exits 0 when there is nothing to do.
        check: String,
        /// Upgrades.
        up: String,
        /// Goes back.
        down: Option<String>,
    },
}

/// The part of a deploy: there by the upgrade, and back by it. It also notes the release in the database's ledger, so it is
/// there when nothing changes.
///
/// # Errors
/// A hazard that was not allowed, or rows that are in the way.
pub fn upgrading(
    target: &Target,
    schema: &Schema,
    upgrade: &Upgrade,
    (before, release): (Option<&ReleaseId>, &ReleaseId),
    operator: &Operator,
    allow: &Allowances,
    files: &[(String, String)],
) -> Result<SchemaPart, Failure> {
    refuse_stranger(target, upgrade)?;
    let mut warnings = told_of(upgrade);
    let refused = refuse_hazards(target, schema, &upgrade.hazards, &allow.hazards);
    if allow.shown {
        warnings.extend(refused.err().map(|failure| would_be(&failure)));
    } else {
        refused?;
    }
    let operation = upgrade.operation.clone();
    let undo = format!("{operation}-undo");
    let (release_name, before) = (release.to_string(), before.map(ToString::to_string).unwrap_or_default());
    let (app, who) = (target.app.as_str(), operator.who.as_str());
    let entry = |operation, verb, release, files| Entry { app, operation, verb, release, who, files };
    let up = scripts(upgrade.engine, &[&upgrade.forward], &entry(&operation, "deploy", &release_name, files));
    let mut files = vec![("up.sql", up.run), ("up.ask.sql", up.ask), ("bury.sql", bury(upgrade.engine, &operation))];
    if let Ok(back) = &upgrade.backward {
        let down = scripts(upgrade.engine, &[back], &entry(&undo, "undo", &before, &[]));
        files.extend([("down.sql", down.run), ("down.ask.sql", down.ask)]);
    }
    // Strings, numbers and lists always serialise.
    files.push(("upgrade", serde_json::to_string(upgrade).unwrap_or_default() + "\n"));
    Ok(scripted(schema, (upgrade.engine, &[&upgrade.forward]), files, warnings))
}

/// The part of an upgrade of the schema alone.
///
/// # Errors
/// A hazard that was not allowed, or rows that are in the way.
pub fn upgrading_alone(
    target: &Target,
    schema: &Schema,
    upgrade: &Upgrade,
    operator: &Operator,
    allow: &[HazardName],
    files: &[(String, String)],
) -> Result<SchemaPart, Failure> {
    refuse_stranger(target, upgrade)?;
    refuse_hazards(target, schema, &upgrade.hazards, allow)?;
    let operation = operator.operation("schema");
    let undo = format!("{operation}-undo");
    let (app, who) = (target.app.as_str(), operator.who.as_str());
    let entry = |operation, verb, files| Entry { app, operation, verb, release: "", who, files };
    let up = scripts(upgrade.engine, &[&upgrade.forward], &entry(&operation, "schema", files));
    let mut files = vec![("up.sql", up.run), ("up.ask.sql", up.ask)];
    if let Ok(back) = &upgrade.backward {
        let down = scripts(upgrade.engine, &[back], &entry(&undo, "undo", &[]));
        files.extend([("down.sql", down.run), ("down.ask.sql", down.ask)]);
    }
    Ok(scripted(schema, (upgrade.engine, &[&upgrade.forward]), files, told_of(upgrade)))
}

impl SchemaPart {
    /// Its steps and files where nothing else is done.
    pub fn alone(&self) -> (Vec<Step>, Vec<(&'static str, String)>) {
        let backup = self.backup.then(|| Step::Backup { url: self.url.clone() });
        let what = match &self.work {
            SchemaWork::Scripts { what } => what.clone(),
            SchemaWork::Tool { up, .. } => up.clone(),
        };
        let schema = Step::Schema { url: self.url.clone(), what };
        (backup.into_iter().chain([schema]).collect(), self.files.clone())
    }
}

/// The part of a rollback or a roll forward: along these directions, and back along those if it fails.
pub fn switching(
    (target, schema): (&Target, &Schema),
    verb: &'static str,
    there: &[&Direction],
    back: &[&Direction],
    (live, release): (&ReleaseId, &ReleaseId),
    operator: &Operator,
    engine: Engine,
) -> SchemaPart {
    let operation = operator.operation(verb);
    let undo = format!("{operation}-undo");
    let (live, release) = (live.to_string(), release.to_string());
    let (app, who) = (target.app.as_str(), operator.who.as_str());
    let entry = |operation, verb, release| Entry { app, operation, verb, release, who, files: &[] };
    let up = scripts(engine, there, &entry(&operation, verb, &release));
    let down = scripts(engine, back, &entry(&undo, "undo", &live));
    let files = vec![("up.sql", up.run), ("up.ask.sql", up.ask), ("down.sql", down.run), ("down.ask.sql", down.ask)];
    scripted(schema, (engine, there), files, Vec::new())
}

/// The part that the application's own tool has: `up` first, or, back to an older release, `down`. Without a `down` there is no
/// way back but `up`'s own undo, a restored backup.
pub fn by_tool(schema: &Schema, tool: &SchemaCommand, back: bool) -> Option<SchemaPart> {
    let (command, undo) = match (&tool.down, back) {
        (Some(down), true) => (down.clone(), Some(tool.up.clone())),
        (None, true) => return None,
        (down, false) => (tool.up.clone(), down.clone()),
    };
    Some(SchemaPart {
        url: schema.url.clone(),
        work: SchemaWork::Tool { back, check: tool.check.clone(), up: command, down: undo },
        changes: true,
        backup: !schema.url.is_empty() && schema.backup != BackupWhen::Never,
        files: Vec::new(),
        sql: String::new(),
        warnings: Vec::new(),
    })
}

fn scripted(
    schema: &Schema,
    (engine, ways): (Engine, &[&Direction]),
    files: Vec<(&'static str, String)>,
    warnings: Vec<String>,
) -> SchemaPart {
    let statements: usize = ways.iter().map(|way| way.statements.len()).sum();
    let changes = statements > 0;
    SchemaPart {
        url: schema.url.clone(),
        work: SchemaWork::Scripts { what: counted(statements) },
        changes,
        backup: wants_backup(schema, changes),
        files,
        sql: ways.iter().map(|way| by_hand(engine, way)).collect(),
        warnings,
    }
}

/// What should be known of an upgrade before it runs.
fn told_of(upgrade: &Upgrade) -> Vec<String> {
    let no_way_back = upgrade.backward.as_ref().err();
    let no_way_back = no_way_back.map(|why| format!("schema: only a restored backup goes back: {why}"));
    upgrade.notes.iter().cloned().chain(worth_a_line(&upgrade.hazards)).chain(no_way_back).collect()
}

fn wants_backup(schema: &Schema, changes: bool) -> bool {
    match schema.backup {
        BackupWhen::Always => true,
        BackupWhen::BeforeChange => changes,
        BackupWhen::Never => false,
    }
}

fn counted(statements: usize) -> String {
    match statements {
        0 => "nothing to change; note the release in the database's ledger".into(),
        1 => "1 statement".into(),
        many => format!("{many} statements"),
    }
}

/// What is allowed, and what others will notice. The rest, which can only take its time or fail and be undone, `release schema diff` tells.
fn worth_a_line(hazards: &[Hazard]) -> impl Iterator<Item = String> {
    let noticed = |name: HazardName| {
        name.needs_leave() || matches!(name, HazardName::BreaksRunningCode | HazardName::RewritesTable)
    };
    hazards.iter().filter(move |hazard| noticed(hazard.name)).map(|hazard| format!("schema: {}", told(hazard)))
}

/// One hazard in one line.
pub fn told(hazard: &Hazard) -> String {
    let detail = if hazard.detail.is_empty() { String::new() } else { format!(" ({})", hazard.detail) };
    format!("{}: {}{detail}", hazard.name, hazard.object)
}

/// The ledger in the database is another application's: the URL is most likely wrong.
fn refuse_stranger(target: &Target, upgrade: &Upgrade) -> Result<(), Failure> {
    match &upgrade.app {
        Some(app) if *app != target.app => {
            Err(Failure::refused(&target.name, format!("the database is that of `{app}`, and not of `{}`", target.app))
                .why("its ledger says so: the last upgrade was for that application")
                .hint("see what `url` in [schema] says"))
        }
        _ => Ok(()),
    }
}

/// Which hazards of these an operator has to allow and has not, each once.
pub fn without_leave(hazards: &[Hazard], allowed: &[HazardName]) -> Vec<HazardName> {
    let names = hazards.iter().map(|hazard| hazard.name);
    let mut names: Vec<_> = names.filter(|name| name.needs_leave() && !allowed.contains(name)).collect();
    names.sort();
    names.dedup();
    names
}

/// How these are allowed on the command line.
pub fn allow_flags(names: &[HazardName]) -> String {
    names.iter().map(|name| format!("--allow {name}")).collect::<Vec<_>>().join(" ")
}

/// A refusal as a warning of what is only shown.
fn would_be(failure: &Failure) -> String {
    let detail = failure.detail.as_deref().unwrap_or_default().replace('\n', "; ");
    format!("schema: a deploy would be refused: {}: {detail}", failure.what)
}

fn refuse_hazards(target: &Target, schema: &Schema, hazards: &[Hazard], allowed: &[HazardName]) -> Result<(), Failure> {
    let list = |hazards: &[&Hazard]| hazards.iter().map(|hazard| told(hazard)).collect::<Vec<_>>().join("\n");
    let failing: Vec<&Hazard> = hazards.iter().filter(|hazard| hazard.fails_now).collect();
    if !failing.is_empty() {
        return Err(Failure::refused(&target.name, "rows are in the way of the new schema")
            .detail(list(&failing))
            .hint("change those rows, or the schema"));
    }
    let names = without_leave(hazards, &[schema.allow.as_slice(), allowed].concat());
    if names.is_empty() {
        return Ok(());
    }
    let refused: Vec<&Hazard> = hazards.iter().filter(|hazard| names.contains(&hazard.name)).collect();
    let flags = allow_flags(&names);
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    Err(Failure::refused(&target.name, format!("the schema upgrade needs leave: {}", names.join(", ")))
        .detail(list(&refused))
        .hint(format!("release plan {} --sql shows it; the same command with {flags} does it", target.name)))
}
