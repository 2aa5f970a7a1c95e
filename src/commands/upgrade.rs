//! What the database has to do with a deploy, a rollback and a roll forward: asks it, and makes its part of the plan.

use super::blocked::blocked;
use super::wanting::{Sources, Wanting};
use crate::artifact::Artifact;
use crate::fleet::{Database, Fleet, Kept, Member};
use crate::model::target::{Schema, Target};
use crate::model::{Failure, HazardName, ReleaseId};
use crate::plan::{Allowances, Operator, SchemaPart, by_tool, switching, upgrading};
use crate::schema::{Direction, Upgrade};

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

/// What is live on the host that does what must be done once.
pub fn live_release(target: &Target, fleet: &Fleet) -> Option<ReleaseId> {
    primary(target, fleet).and_then(|member| member.observed.live_release(&target.releases))
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
    let live = live_release(target, fleet);
    let wanted =
        Wanting::of(target, schema, Sources::of_artifact(target, schema, artifact)?, live.as_ref(), &mut database)
            .await?;
    let allowed = [schema.allow.as_slice(), &allow.hazards].concat();
    let upgrade = wanted.plan(&mut database, &operation, &allowed).await?;
    refuse_narrow(&database, &upgrade)?;
    let mut part = upgrading(target, schema, &upgrade, (live.as_ref(), release), operator, allow, &wanted.noted)?;
    part.warnings.extend(blocked(&mut database, &[&upgrade.forward]).await?);
    Ok(Some(part))
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
