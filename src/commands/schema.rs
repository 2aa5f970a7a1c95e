//! `release schema`: the database half alone.

use serde_json::json;

use super::ask::confirm;
use super::blocked::blocked;
use super::operate::{Operation, operate};
use super::rollback::chosen;
use super::wanting::{Sources, Wanting, read_text};
use super::{Context, upgrade};
use crate::artifact::{self, Limits};
use crate::cli::{self, SchemaAction};
use crate::fleet::{Database, Fleet, Uploads};
use crate::model::target::{Schema, Target};
use crate::model::{Exit, Failure, HazardName, Plan, Step};
use crate::plan::{Operator, SchemaPart, Seen, allow_flags, database_only, told, upgrading_alone, without_leave};
use crate::schema::{Request, State, Upgrade, Wanted, by_hand};
use crate::ui;

pub async fn run(action: SchemaAction, context: &mut Context) -> Result<Exit, Failure> {
    match action {
        SchemaAction::Status(args) => status(args, context).await,
        SchemaAction::Diff(args) => diff(args, context).await,
        SchemaAction::Upgrade(args) => upgrade(args, context).await,
        SchemaAction::Backup(args) => backup(args, context).await,
        SchemaAction::Restore(args) => restore(args, context).await,
    }
}

/// The target with the host of its database alone.
fn with_database(target: &Target) -> Result<(Target, Schema), Failure> {
    let Some(schema) = target.schema.clone().filter(|schema| !schema.url.is_empty()) else {
        return Err(Failure::usage("hosts.toml", format!("target `{}` has no [schema] url", target.name))
            .hint("add [schema] with url and desired"));
    };
    let mut alone = target.clone();
    alone.hosts = target.hosts.get(target.primary).cloned().into_iter().collect();
    alone.primary = 0;
    Ok((alone, schema))
}

async fn status(args: cli::TargetOnly, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let (target, _) = with_database(chosen(&config, args.target.as_deref())?)?;
    let control = context.control()?;
    let mut fleet = Fleet::look(&target, &[], control.path(), Uploads::None).await?;
    let mut database = upgrade::database(&target, &fleet).await?;
    let state = database.state().await?;
    let backups = match fleet.members.first_mut() {
        Some(member) => member.kept().await?.1,
        None => Vec::new(),
    };
    fleet.close();
    if context.global.json {
        let backups: Vec<_> = backups.iter().map(|(name, bytes)| json!({"name": name, "bytes": bytes})).collect();
        let mut document = document(&database, &state);
        document["database"] = json!(database.shown);
        document["backups"] = json!(backups);
        ui::print_json(&document)?;
    } else {
        ui::print_text(&context.ui, &status_text(&database, &state, &backups))?;
    }
    Ok(Exit::Done)
}

/// The `schema` member of `release status --json`.
pub fn document(database: &Database, state: &State) -> serde_json::Value {
    json!({
        "engine": database.engine, "server": state.server, "fingerprint": state.fingerprint, "expected": state.expected,
        "drift": drifted(state), "release": state.release, "operation": state.operation,
    })
}

fn drifted(state: &State) -> bool {
    state.expected.as_ref().is_some_and(|expected| *expected != state.fingerprint)
}

fn status_text(database: &Database, state: &State, backups: &[(String, u64)]) -> String {
    let line = |text: &str| ui::escape::line(text);
    let mut text = format!("database     {} ({})\n", line(&database.shown), line(&state.server));
    text.push_str(&format!("schema       {}\n", state.fingerprint));
    text.push_str(&match (&state.release, drifted(state)) {
        (_, true) => format!(
            "expected     {}\ndrift        it was changed by hand\n",
            state.expected.clone().unwrap_or_default()
        ),
        (Some(release), false) => format!("made by      {}\n", line(release)),
        (None, false) => "made by      release has not upgraded it yet\n".into(),
    });
    for (name, bytes) in backups {
        text.push_str(&format!("backup       {} ({bytes} bytes)\n", line(name)));
    }
    text
}

/// What says the wanted schema: a file, an artifact, or what lies beside hosts.toml.
fn sources(context: &Context, target: &Target, schema: &Schema, word: Option<&str>) -> Result<Sources, Failure> {
    match word {
        Some(file) if !file.ends_with(&target.artifact.suffix) => {
            Ok(Sources::of_text(file, read_text(&context.directory.join(file))?))
        }
        _ if schema.command.is_some() => Err(Failure::usage("hosts.toml", "[schema] has a `command`")
            .why("what its tool would do only the tool knows")
            .hint(format!("release plan {} ARTIFACT asks its `check`", target.name))),
        _ if schema.desired.is_none() && schema.versions.is_none() => {
            Err(Failure::usage("hosts.toml", "[schema] has neither `desired` nor `versions`")
                .hint("name the file that says what the schema should be, or the directory of what leads there"))
        }
        Some(artifact) => {
            let limits = Limits { max_unpacked: target.max_unpacked, ..Limits::default() };
            let artifact = artifact::inspect(&context.directory.join(artifact), &target.artifact, &limits)?;
            Sources::of_artifact(target, schema, &artifact)
        }
        None => {
            let path =
                context.directory.join(crate::config::find(&context.directory, context.global.config.as_deref())?);
            Sources::beside(path.parent().unwrap_or(&context.directory), schema)
        }
    }
}

async fn diff(args: cli::SchemaDiff, context: &Context) -> Result<Exit, Failure> {
    let operation = context.operator(None).operation("diff");
    let mut allowed = args.allow.clone();
    let upgrade = match (&args.from, &args.to) {
        (Some(from), Some(to)) => between(context, from, to, &operation, &allowed).await?,
        _ => {
            let config = context.config()?;
            let (target, schema) = with_database(chosen(&config, args.target.as_deref())?)?;
            let sources = sources(context, &target, &schema, args.wanted.as_deref())?;
            let control = context.control()?;
            let fleet = Fleet::look(&target, &[], control.path(), Uploads::None).await?;
            let mut database = upgrade::database(&target, &fleet).await?;
            allowed.extend(&schema.allow);
            let live = upgrade::live_release(&target, &fleet);
            let upgrade = match Wanting::of(&target, &schema, sources, live.as_ref(), &mut database).await {
                Ok(wanting) => wanting.plan(&mut database, &operation, &allowed).await,
                Err(failure) => Err(failure),
            };
            fleet.close();
            upgrade?
        }
    };
    show(context, &upgrade, &without_leave(&upgrade.hazards, &allowed))?;
    // As `diff` has it: 1 is no trouble, but a difference.
    Ok(if upgrade.is_empty() { Exit::Done } else { Exit::Failed })
}

fn request<'a>(file: &'a str, text: &'a str, operation: &'a str) -> Request<'a> {
    Request { wanted: Wanted::Text { file, text }, before: &[], after: &[], operation }
}

/// From a database to a file or to another database, both reached from here.
async fn between(
    context: &Context,
    from: &str,
    to: &str,
    operation: &str,
    allowed: &[HazardName],
) -> Result<Upgrade, Failure> {
    let mut database = Database::here(from, &context.directory).await?;
    let is_url = ["postgres://", "postgresql://", "sqlite:"].iter().any(|scheme| to.starts_with(scheme));
    if !is_url {
        let text = read_text(&context.directory.join(to))?;
        return database.plan(&request(to, &text, operation), allowed).await;
    }
    let mut other = Database::here(to, &context.directory).await?;
    if other.engine != database.engine {
        return Err(Failure::usage("", "the two databases are not of one engine"));
    }
    let catalog = other.read().await?;
    let wanted = Wanted::Catalog(&catalog);
    database.plan(&Request { wanted, before: &[], after: &[], operation }, allowed).await
}

/// `needed`: what nobody has allowed yet.
fn show(context: &Context, upgrade: &Upgrade, needed: &[HazardName]) -> Result<(), Failure> {
    if context.global.json {
        let backward = upgrade.backward.as_ref().map(|direction| &direction.statements).map_err(Clone::clone);
        return ui::print_json(&json!({
            "equal": upgrade.is_empty(), "sql": upgrade.forward.statements, "script": by_hand(upgrade.engine, &upgrade.forward), "back": backward.as_ref().ok(),
            "no_way_back": backward.as_ref().err(), "hazards": upgrade.hazards, "needs_leave": needed, "notes": upgrade.notes,
        }));
    }
    for hazard in &upgrade.hazards {
        ui::warn(&context.ui, &told(hazard));
    }
    if !needed.is_empty() {
        ui::warn(&context.ui, &format!("to do this takes {}", allow_flags(needed)));
    }
    for note in &upgrade.notes {
        ui::warn(&context.ui, note);
    }
    if upgrade.is_empty() {
        return Ok(());
    }
    if upgrade.forward.statements.iter().any(|statement| statement.contains("_release_trash")) {
        ui::warn(
            &context.ui,
            "run by hand, it leaves what it takes away in _release_trash; drop that when nobody needs it",
        );
    }
    ui::print_exact(&context.ui, &by_hand(upgrade.engine, &upgrade.forward))
}

/// An upgrade of the schema alone.
struct Alone<'a> {
    target: &'a Target,
    schema: &'a Schema,
    sources: Sources,
    allow: Vec<HazardName>,
}

impl Operation for Alone<'_> {
    async fn database(&self, fleet: &mut Fleet, operator: &Operator) -> Result<Option<SchemaPart>, Failure> {
        let mut database = upgrade::database_to_change(self.target, fleet).await?;
        let operation = operator.operation("schema");
        let allowed = [self.schema.allow.as_slice(), &self.allow].concat();
        let live = upgrade::live_release(self.target, fleet);
        let wanting = Wanting::of(self.target, self.schema, self.sources.clone(), live.as_ref(), &mut database).await?;
        let upgrade = wanting.plan(&mut database, &operation, &allowed).await?;
        upgrade::refuse_narrow(&database, &upgrade)?;
        let mut part = upgrading_alone(self.target, self.schema, &upgrade, operator, &self.allow, &wanting.noted)?;
        part.warnings.extend(blocked(&mut database, &[&upgrade.forward]).await?);
        Ok(Some(part))
    }

    fn plan(&self, seen: &[Seen<'_>], schema: Option<&SchemaPart>, operator: &Operator) -> Result<Plan, Failure> {
        let Some(part) = schema else { return Err(Failure::refused(&self.target.name, "there is no database")) };
        let mut plan = database_only("schema", self.target, part.alone(), seen, operator)?;
        plan.warnings.clone_from(&part.warnings);
        Ok(plan)
    }
}

async fn upgrade(args: cli::SchemaUpgrade, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let (target, schema) = with_database(config.target(&args.target)?)?;
    let sources = sources(context, &target, &schema, args.wanted.as_deref())?;
    confirm(context, &target, "upgrade the schema")?;
    let operator = context.operator(args.message);
    let alone = Alone { target: &target, schema: &schema, sources, allow: args.allow };
    operate(context, &target, &operator, &alone).await
}

async fn backup(args: cli::TargetOnly, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let (target, schema) = with_database(chosen(&config, args.target.as_deref())?)?;
    let operator = context.operator(None);
    let steps = vec![Step::Backup { url: schema.url.clone() }];
    operate(context, &target, &operator, &|seen: &[Seen<'_>], by: &Operator| {
        database_only("backup", &target, (steps.clone(), Vec::new()), seen, by)
    })
    .await
}

async fn restore(args: cli::SchemaRestore, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let (target, schema) = with_database(config.target(&args.target)?)?;
    let control = context.control()?;
    let mut fleet = Fleet::look(&target, &[], control.path(), Uploads::None).await?;
    let backups = match fleet.members.first_mut() {
        Some(member) => member.kept().await?.1,
        None => Vec::new(),
    };
    fleet.close();
    let names: Vec<&str> = backups.iter().map(|(name, _)| name.as_str()).collect();
    let backup = match &args.backup {
        Some(name) if names.contains(&name.as_str()) => name.clone(),
        other => {
            let what = match other {
                Some(name) => format!("there is no backup {name:?}"),
                None => "no backup was named".to_owned(),
            };
            return Err(Failure::usage(&target.name, what)
                .why(if names.is_empty() {
                    "there are none".into()
                } else {
                    format!("there are: {}", names.join(", "))
                })
                .hint(format!("release schema restore {} BACKUP", target.name)));
        }
    };
    confirm(context, &target, &format!("replace the database by its backup {backup}"))?;
    let operator = context.operator(args.message);
    let url = schema.url.clone();
    let steps = vec![Step::Backup { url: url.clone() }, Step::Restore { backup: backup.clone(), url }];
    operate(context, &target, &operator, &|seen: &[Seen<'_>], by: &Operator| {
        let plan = database_only("restore", &target, (steps.clone(), Vec::new()), seen, by)?;
        Ok(plan.recorded_with("backup", &backup))
    })
    .await
}
