//! From a request to an upgrade.

use super::catalog::{Catalog, texts};
use super::change::{Act, Changes, Known};
use super::info::{self, Live};
use super::keep::{Keeping, carry};
use super::kind::Kind;
use super::load::{self, Loaded, load, modelled, untouched};
use super::prove::{self, Tried};
use super::scratch::Scratch;
use super::{body, hazards, mark, path, question, refused, rename};
use crate::schema::sql::{self, Purpose};
use crate::schema::{Client, Engine, Error, Hazard, HazardName, Refusal, Request, Step, Upgrade, Wanted};

/// So many times texts are compared anew before it is given up.
const ROUNDS: usize = 6;

/// Both ways, as statements.
struct Ways<'a> {
    forward: Changes<'a>,
    backward: Changes<'a>,
    keeping: Keeping,
    there: Vec<String>,
    back: Vec<String>,
}

/// The hand-written steps, as they run.
struct Steps {
    before: Vec<String>,
    after: Vec<String>,
}

impl Steps {
    fn of(request: &Request<'_>) -> Result<Self, Refusal> {
        let list = |steps: &[Step]| steps.iter().map(step).collect::<Result<Vec<_>, _>>();
        Ok(Self { before: list(request.before)?, after: list(request.after)? })
    }

    fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

fn step(step: &Step) -> Result<String, Refusal> {
    let checked = sql::check(Engine::Postgresql, Purpose::Step, &step.name, &step.sql)?;
    if checked.no_transaction {
        return Err(refused(format!("{} is marked no-transaction: it can't be part of an upgrade", step.name)));
    }
    Ok(prove::step(&step.name, &checked.text()))
}

impl<'a> Ways<'a> {
    fn between(live: &'a Catalog, loaded: &'a Loaded, known: &Known, steps: &Steps, operation: &str) -> Self {
        let forward = Changes::between(live, &loaded.wanted, known);
        let backward = Changes::between(&loaded.wanted, live, known);
        let keeping = Keeping::of(&forward, operation);
        let carried = carry(&forward, operation, "there");
        let middle = match &loaded.files {
            Some(files) => files.clone(),
            None => path::statements(&forward, &carried.fills),
        };
        let named = rename::there(&loaded.renames);
        let (first, last) =
            if loaded.files.is_some() { (Vec::new(), Vec::new()) } else { (carried.first, carried.last) };
        let there = [keeping.first(), first, middle, last, named].concat();
        let there = [steps.before.clone(), there, steps.after.clone()].concat();
        let carried = carry(&backward, operation, "back");
        let mut fills = keeping.fills_back.clone();
        fills.extend(carried.fills);
        let middle = path::statements(&backward, &fills);
        let named = rename::back(&loaded.renames);
        let back = [named, carried.first, middle, carried.last, keeping.end_back.clone()].concat();
        Self { forward, backward, keeping, there, back }
    }
}

pub async fn plan<C: Client>(client: &mut C, request: &Request<'_>) -> Result<Upgrade, Error<C::Error>> {
    let live = info::look(client).await?;
    info::fit(&live.about)?;
    modelled(&live.catalog)?;
    let steps = Steps::of(request)?;
    let mark = mark::of(&live, request);
    if let (Wanted::Text { file, text }, Some(_), true) = (&request.wanted, &mark, steps.is_empty())
        && mark::last(&live) == mark.as_deref()
    {
        return Ok(marked(unchanged(&live.catalog, load::notes(file, text)?, request), &live, mark));
    }
    let mut scratch = Scratch::open(client, &live, request.operation).await?;
    let planned = on_scratch(client, &live, &mut scratch, request, &steps).await;
    let closed = scratch.close(client).await;
    let planned = planned?;
    closed?;
    Ok(marked(planned, &live, mark))
}

/// Tells what is left alone, and notes which text either end comes from: whoever plans the same one again has nothing to load. And whose database it is.
fn marked(mut upgrade: Upgrade, live: &Live, mark: Option<String>) -> Upgrade {
    if live.about["large"] == true {
        upgrade.notes.push("schema: large objects are taken for rows, and are left as they are".into());
    }
    upgrade.app = live.ledger["app"].as_str().map(str::to_owned);
    upgrade.forward.proof["wanted"] = mark.into();
    if let Ok(backward) = &mut upgrade.backward {
        backward.proof["wanted"] = mark::last(live).into();
    }
    upgrade
}

async fn on_scratch<C: Client>(
    client: &mut C,
    live: &Live,
    scratch: &mut Scratch,
    request: &Request<'_>,
    steps: &Steps,
) -> Result<Upgrade, Error<C::Error>> {
    let loaded = load(client, scratch, &live.catalog, request).await?;
    if loaded.files.is_none() {
        question::ask(&Changes::between(&live.catalog, &loaded.wanted, &Known::default()), &loaded.fresh)?;
    }
    let mut known = Known::default();
    let mut seen: Vec<Tried> = Vec::new();
    for _ in 0..ROUNDS {
        let ways = Ways::between(&live.catalog, &loaded, &known, steps, request.operation);
        untouched(&ways.forward)?;
        untouched(&ways.backward)?;
        if ways.there.is_empty() && steps.is_empty() {
            return Ok(unchanged(&live.catalog, loaded.notes, request));
        }
        let enums = used_enums(&ways);
        if !enums.is_empty() {
            known.remake.extend(enums);
            continue;
        }
        let tried = trial(client, scratch, &ways).await?;
        let equal = prove::equal(&live.catalog, &loaded.wanted, &loaded.end, &tried, &ways.backward);
        if !equal.is_empty() {
            known.equal.extend(equal);
            seen.push(tried);
            continue;
        }
        let before: Vec<&Catalog> =
            seen.iter().map(|tried| &tried.forth).chain([&loaded.wanted, &loaded.end]).collect();
        let mut wrong = prove::wrong(&live.catalog, &before, &tried.back, &ways.backward);
        wrong.extend(prove::wrong(&loaded.end, &before, &tried.forth, &ways.forward));
        if !wrong.is_empty() {
            return Err(Refusal::Unproved(wrong.join("; ")).into());
        }
        return finished(client, live, &loaded, &ways, &tried, request).await;
    }
    Err(Refusal::Unproved("the server writes expressions in another way each time it reads them".into()).into())
}

async fn finished<C: Client>(
    client: &mut C,
    live: &Live,
    loaded: &Loaded,
    ways: &Ways<'_>,
    tried: &Tried,
    request: &Request<'_>,
) -> Result<Upgrade, Error<C::Error>> {
    let start = live.catalog.hashes();
    let end = prove::expected(&live.catalog, &ways.forward, &loaded.end, &tried.forth);
    let mut again = prove::expected(&loaded.wanted, &ways.backward, &live.catalog, &tried.back);
    for (id, hash) in &mut again {
        // What neither way touched is what it was.
        if *ways.backward.act(id) == Act::Keep {
            hash.clone_from(&start[id]);
        }
    }
    let mut hazards = hazards::find(client, &ways.forward, request).await?;
    hazards.extend(loaded.hazards.iter().cloned());
    hazards.extend(loaded.renames.iter().filter_map(rename::Rename::told).map(|(object, detail)| Hazard {
        name: HazardName::BreaksRunningCode,
        object,
        detail,
        fails_now: false,
    }));
    let mut objections = ways.keeping.objections.clone();
    objections.extend(hazards::objections(&ways.backward));
    // They are asked under the new names. What they would have told fails by itself, and changes nothing.
    objections.retain(|query| !rename::outdated(&loaded.renames, query));
    let mut backward = prove::direction(&end, &again, ways.back.clone(), objections);
    backward.proof["undoes"] = request.operation.into();
    Ok(Upgrade {
        engine: Engine::Postgresql,
        operation: request.operation.into(),
        forward: prove::direction(&start, &end, ways.there.clone(), Vec::new()),
        backward: Ok(backward),
        hazards,
        notes: loaded.notes.clone(),
        app: None,
    })
}

fn unchanged(live: &Catalog, notes: Vec<String>, request: &Request<'_>) -> Upgrade {
    let hashes = live.hashes();
    let way = || prove::direction(&hashes, &hashes, Vec::new(), Vec::new());
    let mut backward = way();
    backward.proof["undoes"] = request.operation.into();
    Upgrade {
        engine: Engine::Postgresql,
        operation: request.operation.into(),
        forward: way(),
        backward: Ok(backward),
        hazards: Vec::new(),
        notes,
        app: None,
    }
}

/// Enums that get values in place while something in the same transaction uses these.
fn used_enums(ways: &Ways<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (changes, statements) in [(&ways.forward, &ways.there), (&ways.backward, &ways.back)] {
        for (id, act) in &changes.acts {
            let Act::Alter(sql) = act else { continue };
            let (Some(old), Some(new)) = (changes.from.facts.get(*id), changes.to.facts.get(*id)) else { continue };
            if new.kind != Kind::Enum {
                continue;
            }
            let before = texts(&old.body["labels"]);
            let mut come = texts(&new.body["labels"]).into_iter().filter(|label| !before.contains(label));
            let others: Vec<&String> = statements.iter().filter(|one| !sql.contains(one)).collect();
            if come.any(|label| others.iter().any(|one| one.contains(super::quote(label).trim_start()))) {
                found.push((*id).to_owned());
            }
        }
    }
    found
}

async fn trial<C: Client>(client: &mut C, scratch: &Scratch, ways: &Ways<'_>) -> Result<Tried, Error<C::Error>> {
    let script =
        prove::script(scratch, &ways.keeping.tables, (&ways.backward, &ways.back), (&ways.forward, &ways.there));
    match scratch.run(client, &script).await? {
        Ok(stdout) => Ok(Tried { back: info::catalog(&stdout, "back")?, forth: info::catalog(&stdout, "forth")? }),
        Err(failure) if body::unqualified(&failure.what, &ways.forward).is_some() => {
            Err(refused(body::unqualified(&failure.what, &ways.forward).unwrap_or_default()).into())
        }
        Err(failure) => {
            let way = if failure.stdout.contains("@back") { "the way there" } else { "the way back" };
            let line = script.lines().nth(failure.line.saturating_sub(1)).unwrap_or_default();
            Err(Refusal::Unproved(format!("{way} failed on the scratch copy: {} at `{line}`", failure.what)).into())
        }
    }
}
