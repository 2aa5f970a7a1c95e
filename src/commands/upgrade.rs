//! What the database has to do with a deploy, a rollback and a roll forward: asks it, and makes its part of the plan.

use super::blocked::blocked;
use crate::artifact::{Artifact, Content, contents};
use crate::fleet::{Database, Fleet, Kept, Member};
use crate::model::target::{Schema, Target};
use crate::model::{Failure, HazardName, ReleaseId};
use crate::plan::{Allowances, Operator, SchemaPart, by_tool, switching, upgrading};
use crate::schema::versions::{VersionFile, pending};
use crate::schema::{Direction, Hazard, Request, Step, Upgrade, Wanted, sql};

/// What the operator says of the schema in a rollback.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Hazards that are allowed.
    pub allow: Vec<HazardName>,
    /// The schema stays.
    pub keep_schema: bool,
}

/// The host that does what must be done once. By its name: a fleet may lack hosts that have nothing to do.
fn primary<'f>(target: &Target, fleet: &'f Fleet) -> Option<&'f Member> {
    fleet.members.iter().find(|member| target.is_primary(&member.host.name))
}

/// The database of a target, reached from the host that is to upgrade it.
pub async fn database(target: &Target, fleet: &Fleet) -> Result<Database, Failure> {
    match primary(target, fleet) {
        Some(member) => member.database(target).await,
        None => Err(Failure::usage(&target.name, "the target has no hosts")),
    }
}

/// The same, if it can be written.
pub async fn database_to_change(target: &Target, fleet: &Fleet) -> Result<Database, Failure> {
    let database = database(target, fleet).await?;
    match &database.in_the_way {
        Some(why) => Err(Failure::refused(&database.shown, "the database can't be upgraded")
            .why(why.clone())
            .hint("see to whom it belongs, and who deploys")),
        None => Ok(database),
    }
}

/// Is there room for what a change of rows takes on disk?
pub fn refuse_narrow(database: &Database, upgrade: &Upgrade) -> Result<(), Failure> {
    let needs = crate::schema::room(upgrade);
    match database.room {
        Some(room) if room < needs => {
            let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
            Err(Failure::refused(&database.shown, "there is too little room for the upgrade")
                .why(format!("tables that are made anew need about {}, and {} are free", mib(needs), mib(room)))
                .hint("make room beside the database"))
        }
        _ => Ok(()),
    }
}

/// The part of a deploy.
///
/// # Errors
/// The release says nothing or nonsense of its schema, or the upgrade to it is refused.
pub async fn of_deploy(
    target: &Target,
    schema: &Schema,
    artifact: &Artifact,
    release: &ReleaseId,
    fleet: &mut Fleet,
    operator: &Operator,
    allow: &Allowances,
) -> Result<Option<SchemaPart>, Failure> {
    if let Some(tool) = &schema.command {
        if schema.desired.is_some() || schema.versions.is_some() {
            return Err(Failure::usage("hosts.toml", "[schema] has `command` beside `desired` or `versions`")
                .why("one of them says what the schema is")
                .hint("remove the other"));
        }
        return Ok(by_tool(schema, tool, false));
    }
    let mut database = database_to_change(target, fleet).await?;
    let operation = operator.operation(artifact.verb());
    let steps = steps(target, schema, artifact, fleet, &mut database).await?;
    let (before, after) = (checked(&database, &steps.before)?, checked(&database, &steps.after)?);
    let text = match &schema.desired {
        Some(file) => Some((file.as_str(), wanted_text(target, artifact, file)?)),
        None => None,
    };
    let request = match &text {
        Some((file, text)) => {
            Request { wanted: Wanted::Text { file, text }, before: &before.0, after: &after.0, operation: &operation }
        }
        None => Request { wanted: Wanted::After(&before.0), before: &[], after: &[], operation: &operation },
    };
    let allowed = [schema.allow.as_slice(), &allow.hazards].concat();
    let mut upgrade = database.plan(&request, &allowed).await?;
    refuse_narrow(&database, &upgrade)?;
    let live = primary(target, fleet).and_then(|member| member.observed.live_release(&target.releases));
    for hazard in before.1.into_iter().chain(after.1) {
        if !upgrade.hazards.contains(&hazard) {
            upgrade.hazards.push(hazard);
        }
    }
    upgrade.notes.extend(steps.note);
    let mut part = upgrading(target, schema, &upgrade, (live.as_ref(), release), operator, allow, &steps.noted)?;
    part.warnings.extend(blocked(&mut database, &[&upgrade.forward]).await?);
    Ok(Some(part))
}

/// Files of `[schema] versions`.
#[derive(Default)]
struct Steps {
    /// They run before the statements of the diff, or instead of them.
    before: Vec<VersionFile>,
    /// They run after them.
    after: Vec<VersionFile>,
    /// What the ledger is told to have run: path and sha256.
    noted: Vec<(String, String)>,
    /// What the operator should know.
    note: Option<String>,
}

/// The files of `[schema] versions` that are still to run.
async fn steps(
    target: &Target,
    schema: &Schema,
    artifact: &Artifact,
    fleet: &Fleet,
    database: &mut Database,
) -> Result<Steps, Failure> {
    let Some(directory) = &schema.versions else { return Ok(Steps::default()) };
    let top = target.artifact.top_directory(&artifact.version);
    let inside = format!("{directory}/");
    let found = contents(artifact, &top, |path| path.starts_with(&inside))?;
    let of = |content: &Content| VersionFile::of(directory, &content.path, &content.bytes);
    // Beside `desired`, what stands directly in a version's directory is what made the schema once.
    let files: Vec<VersionFile> =
        found.iter().filter_map(of).filter(|file| schema.desired.is_some() != file.part.is_empty()).collect();
    let applied = database.state().await?.files;
    let live = primary(target, fleet).and_then(|member| member.observed.live_release(&target.releases));
    let baseline = live.filter(|_| applied.is_empty() && !files.is_empty()).map(|live| live.version().to_string());
    let all: Vec<(String, String)> = files.iter().map(|file| (file.path.clone(), file.sha256.clone())).collect();
    let open = pending(files, &applied, baseline.as_deref())
        .map_err(|disorder| Failure::refused(artifact.path.display().to_string(), disorder.to_string()))?;
    let note = baseline.map(|version| {
        format!("schema: nothing is noted of what has run; the files up to {version}, which is live, are taken as done")
    });
    // What is taken as done is noted with the rest, or the next deploy would miss it.
    let noted = all.into_iter().filter(|(path, _)| !applied.iter().any(|(done, _)| done == path)).collect();
    let (after, before) = open.into_iter().partition(|file| file.part == "after");
    Ok(Steps { before, after, noted, note })
}

/// The files as steps of the transaction, and what is dangerous about them.
fn checked(database: &Database, files: &[VersionFile]) -> Result<(Vec<Step>, Vec<Hazard>), Failure> {
    let (mut steps, mut hazards) = (Vec::new(), Vec::new());
    for file in files {
        let text = String::from_utf8(file.bytes.clone()).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Failure::refused(&file.path, format!("is not UTF-8, at byte {at}"))
        })?;
        let checked = sql::check(database.engine, sql::Purpose::Step, &file.path, &text)
            .map_err(|refusal| database.refused(refusal))?;
        if checked.no_transaction {
            return Err(Failure::refused(&file.path, "is marked no-transaction, and all files run in one")
                .hint("run it by hand before the deploy"));
        }
        // As it is, so that its lines keep their numbers: the engine takes off what it can't use.
        steps.push(Step { name: file.path.clone(), sql: text });
        hazards.extend(checked.hazards);
    }
    Ok((steps, hazards))
}

/// What an artifact says of its schema.
///
/// # Errors
/// It says nothing.
pub fn wanted_text(target: &Target, artifact: &Artifact, file: &str) -> Result<String, Failure> {
    let top = target.artifact.top_directory(&artifact.version);
    let found = contents(artifact, &top, |path| path == file)?;
    text_of(artifact, file, found.first())
}

fn text_of(artifact: &Artifact, file: &str, found: Option<&Content>) -> Result<String, Failure> {
    let place = artifact.path.display().to_string();
    let Some(content) = found else {
        return Err(Failure::refused(place, format!("has no {file}"))
            .why("[schema] desired says that the release's schema is there")
            .hint("put it into the artifact, or change `desired` in hosts.toml"));
    };
    String::from_utf8(content.bytes.clone()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::refused(place, format!("{file} is not UTF-8, at byte {at}"))
    })
}

/// The part of a rollback or a roll forward: along the upgrades that are kept with the releases.
///
/// # Errors
/// There is no way, the schema was changed meanwhile, or rows were written that the older schema can't hold.
pub async fn of_switch(
    verb: &'static str,
    target: &Target,
    schema: &Schema,
    release: &ReleaseId,
    fleet: &mut Fleet,
    operator: &Operator,
    terms: &Terms,
) -> Result<Option<SchemaPart>, Failure> {
    if terms.keep_schema {
        return Ok(None);
    }
    if let Some(tool) = &schema.command {
        return Ok(by_tool(schema, tool, verb == "rollback"));
    }
    let Some(member) = fleet.members.iter_mut().find(|member| target.is_primary(&member.host.name)) else {
        return Ok(None);
    };
    let live = member.observed.live_release(&target.releases);
    let (kept, _) = member.kept().await?;
    let Some(live) = live.filter(|_| !kept.is_empty()) else { return Ok(None) };
    let way = way(&kept, &live, release).ok_or_else(|| no_way(target, &live, release))?;
    let there: Vec<&Direction> =
        way.iter().map(|step| step.direction(false)).collect::<Result<_, _>>().map_err(|why| {
            Failure::refused(&target.name, "the schema can't go back")
                .why(why)
                .hint(format!("release schema restore {} BACKUP, then release rollback {0} --keep-schema", target.name))
        })?;
    let back: Vec<&Direction> = way.iter().rev().filter_map(|step| step.direction(true).ok()).collect();
    let mut database = database_to_change(target, fleet).await?;
    drifted(target, &mut database, &there).await?;
    refuse_losses(target, &mut database, &there, terms).await?;
    let mut part = switching((target, schema), verb, &there, &back, (&live, release), operator, database.engine);
    part.warnings = blocked(&mut database, &there).await?;
    Ok(Some(part))
}

/// One upgrade on the way, in one direction or the other.
struct Leg<'a> {
    kept: &'a Kept,
    backward: bool,
}

impl<'a> Leg<'a> {
    /// Its direction, or the one that takes it back.
    fn direction(&self, taken_back: bool) -> Result<&'a Direction, String> {
        if self.backward == taken_back {
            Ok(&self.kept.upgrade.forward)
        } else {
            self.kept.upgrade.backward.as_ref().map_err(Clone::clone)
        }
    }
}

/// From one release to another along what was live before what: up to the last that both come from, then down.
fn way<'a>(kept: &'a [Kept], from: &ReleaseId, to: &ReleaseId) -> Option<Vec<Leg<'a>>> {
    let line = |start: &ReleaseId| {
        let mut line = Vec::new();
        let mut at = start.clone();
        while let Some(found) = kept.iter().find(|kept| kept.release == at) {
            // Clocks that went back could have made a ring of it.
            if line.len() > kept.len() {
                break;
            }
            line.push(found);
            match &found.before {
                Some(before) => at = before.clone(),
                None => break,
            }
        }
        line
    };
    let (up, down) = (line(from), line(to));
    let comes_from = |kept: &&Kept| kept.before.clone();
    let passed = |line: &[&Kept], start: &ReleaseId| {
        let mut all = vec![Some(start.clone())];
        all.extend(line.iter().map(comes_from));
        all
    };
    let (above, below) = (passed(&up, from), passed(&down, to));
    let (at, other) = above.iter().enumerate().find_map(|(at, release)| {
        let other = below.iter().position(|other| other == release && release.is_some())?;
        Some((at, other))
    })?;
    let backward = up[..at].iter().map(|kept| Leg { kept, backward: true });
    let forward = down[..other].iter().rev().map(|kept| Leg { kept, backward: false });
    Some(backward.chain(forward).collect())
}

fn no_way(target: &Target, live: &ReleaseId, release: &ReleaseId) -> Failure {
    Failure::refused(&target.name, format!("nothing is kept of how the schema came from {release} to {live}"))
        .hint(format!("release rollback {} --keep-schema, if {release} can run on the schema as it is", target.name))
}

/// The schema must be the one that the way begins with.
async fn drifted(target: &Target, database: &mut Database, there: &[&Direction]) -> Result<(), Failure> {
    let Some(first) = there.first() else { return Ok(()) };
    let state = database.state().await?;
    if let Some(why) = state.unfit {
        return Err(Failure::refused(&database.shown, why).hint("see what `url` in [schema] says"));
    }
    if state.fingerprint == first.from {
        return Ok(());
    }
    Err(Failure::refused(&target.name, "the schema is not the one that the live release made")
        .why(format!("{} was changed by hand", database.shown))
        .hint(format!("release schema diff {} shows how", target.name)))
}

async fn refuse_losses(
    target: &Target,
    database: &mut Database,
    there: &[&Direction],
    terms: &Terms,
) -> Result<(), Failure> {
    if terms.allow.contains(&HazardName::DropsData) {
        return Ok(());
    }
    let queries: Vec<String> = there.iter().flat_map(|direction| direction.objections.clone()).collect();
    let objections = database.texts(&queries).await?;
    if objections.is_empty() {
        return Ok(());
    }
    let name = &target.name;
    Err(Failure::refused(name, "rows were written since that the older schema can't hold")
        .detail(objections.join("\n"))
        .hint(format!(
            "keep the new schema if the older code can run on it: release rollback {name} --keep-schema; let them go: release rollback {name} --allow drops-data"
        )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Engine;

    fn id(version: &str) -> ReleaseId {
        format!("20140218-114503-{version}").parse().unwrap()
    }

    fn kept(version: &str, before: Option<&str>) -> Kept {
        let direction = |from: &str, to: &str| Direction { from: from.into(), to: to.into(), ..Direction::default() };
        let before_name = before.unwrap_or("0");
        let upgrade = Upgrade {
            engine: Engine::Sqlite,
            operation: version.into(),
            forward: direction(before_name, version),
            backward: Ok(direction(version, before_name)),
            hazards: Vec::new(),
            notes: Vec::new(),
            app: None,
        };
        Kept { release: id(version), before: before.map(id), upgrade }
    }

    fn went(kept: &[Kept], from: &str, to: &str) -> Option<Vec<(String, String)>> {
        let way = way(kept, &id(from), &id(to))?;
        let ends = |leg: &Leg<'_>| {
            let direction = leg.direction(false).unwrap();
            (direction.from.clone(), direction.to.clone())
        };
        Some(way.iter().map(ends).collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    #[test]
    fn the_way_leads_over_what_both_come_from() {
        // 1 - 2 - 3, and after a rollback to 1: 4.
        let all = [kept("1", None), kept("2", Some("1")), kept("3", Some("2")), kept("4", Some("1"))];
        assert_eq!(went(&all, "2", "1"), pairs(&[("2", "1")]));
        assert_eq!(went(&all, "3", "1"), pairs(&[("3", "2"), ("2", "1")]));
        assert_eq!(went(&all, "1", "3"), pairs(&[("1", "2"), ("2", "3")]));
        assert_eq!(went(&all, "4", "3"), pairs(&[("4", "1"), ("1", "2"), ("2", "3")]));
        assert_eq!(went(&all, "2", "2"), pairs(&[]));
        // What was live before [schema] came is known by the first that has one.
        assert_eq!(went(&all[1..], "3", "1"), pairs(&[("3", "2"), ("2", "1")]));
        assert_eq!(went(&all[1..2], "3", "1"), None);
        assert_eq!(went(&[kept("a", Some("b")), kept("b", Some("a"))], "a", "c"), None);
    }

    #[test]
    fn a_leg_is_taken_back_by_its_other_direction() {
        let all = [kept("2", Some("1"))];
        let leg = &way(&all, &id("2"), &id("1")).unwrap()[0];
        assert_eq!((leg.direction(false).unwrap().to.as_str(), leg.direction(true).unwrap().to.as_str()), ("1", "2"));
    }
}
