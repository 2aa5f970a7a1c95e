//! The plan: both ways, tried on an empty database in memory, with the live figures of what is dangerous.

mod trial;

use std::collections::BTreeSet;

use super::build::{Way, build};
use super::catalog::{Catalog, Object, fingerprint};
use super::diff::{Diff, Names, diff};
use super::hazards::{Suspect, objections, suspects};
use super::keep::Keep;
use super::scratch::{Printed, Script};
use super::script::{APP_SQL, Proof, create};
use super::steps::{File, Files};
use super::{chunks, unknown};
use crate::schema::sql::{Fresh, Sql, bare, fresh, renamed};
use crate::schema::{Client, Direction, Engine, Error, Hazard, Refusal, Request, Upgrade, Wanted};

use trial::Tried;

pub(super) async fn plan<C: Client>(client: &mut C, request: &Request<'_>) -> Result<Upgrade, Error<C::Error>> {
    let files = Files::read(request)?;
    let Both { live, wanted, app } = both(client, request, &files).await?;
    unknown(&[&live, &wanted])?;
    let names = names(request, &files, &live, &wanted)?;
    let way = diff(&live, &wanted, &names, Way::There);
    let by_hand = matches!(request.wanted, Wanted::After(_));
    if let Some(question) = way.question(&called_fresh(request)?).filter(|_| !by_hand) {
        return Err(question.into());
    }
    let back = diff(&wanted, &live, &names.back(), Way::Back);
    let keep = Keep::of(&way, request.operation);
    let mut plan = Plan {
        request,
        files: &files,
        way,
        back,
        keep,
        by_hand,
        there: Vec::new(),
        home: Vec::new(),
        objections: Vec::new(),
    };
    plan.write();
    let suspects = suspects(&plan.way);
    let tried = Tried::run(&plan, &suspects, client).await?;
    Ok(Upgrade { app, ..plan.upgrade(&tried, &suspects)? })
}

/// The live schema and the wanted one.
struct Both {
    live: Catalog,
    wanted: Catalog,
    /// Whose the live database is.
    app: Option<String>,
}

impl Both {
    fn read(live: &Printed, wanted: &Printed) -> Result<Self, Refusal> {
        let app = live.part("app").next().map(|quoted| bare(Engine::Sqlite, quoted));
        Ok(Self { live: live.catalog("live")?, wanted: wanted.catalog("wanted")?, app })
    }
}

async fn both<C: Client>(client: &mut C, request: &Request<'_>, files: &Files<'_>) -> Result<Both, Error<C::Error>> {
    let mut script = Script::live();
    script.catalog("live");
    script.part("app");
    script.add(APP_SQL);
    match &request.wanted {
        Wanted::Text { .. } => {
            let checked = files.wanted.iter().map(|file| (Some(file.name), file.checked.statements.as_slice()));
            checked.for_each(|(file, statements)| chunks::wanted(&mut script, file, statements));
        }
        Wanted::Catalog(json) => chunks::wanted(&mut script, None, &copied(json)?),
        Wanted::After(_) => {
            let live = script.run(client).await?;
            let mut script = Script::default();
            script.empty();
            script.add(&live.catalog("live")?.text());
            add_all(&mut script, &files.versions);
            script.catalog("wanted");
            return Ok(Both::read(&live, &script.run(client).await?)?);
        }
    }
    let printed = script.run(client).await?;
    Ok(Both::read(&printed, &printed)?)
}

fn add_all(script: &mut Script, files: &[File<'_>]) {
    files.iter().for_each(|file| script.file(file.name, &file.checked.statements));
}

/// The statements of a catalog's JSON.
fn copied(json: &str) -> Result<Vec<Sql>, Refusal> {
    let odd = |_| Refusal::Database("the other database's catalog can't be read".into());
    let value: serde_json::Value = serde_json::from_str(json).map_err(odd)?;
    let objects = serde_json::from_value(value["objects"].clone()).map_err(odd)?;
    let sql = |object: &Object| Sql { text: create(&object.sql), line: 0 };
    Ok(Catalog::new(objects).in_order().map(sql).collect())
}

fn names(request: &Request<'_>, files: &Files<'_>, live: &Catalog, wanted: &Catalog) -> Result<Names, Refusal> {
    let Wanted::Text { file, text } = request.wanted else {
        let mut names = files.renames();
        names
            .tables
            .retain(|(from, to)| live.table(from).is_some() && live.table(to).is_none() && wanted.table(to).is_some());
        names.columns.retain(|(table, from, to)| {
            let old = live.table(names.tables.iter().find(|(_, new)| new == table).map_or(table, |(old, _)| old));
            let new = wanted.table(table);
            old.is_some_and(|old| old.column(from).is_some() && old.column(to).is_none())
                && new.is_some_and(|new| new.column(to).is_some() && new.column(from).is_none())
        });
        return Ok(names);
    };
    let notes = renamed(Engine::Sqlite, text).map_err(|wrong| wrong.of(file))?;
    Names::read(&notes, live, wanted).map_err(|(line, what)| Refusal::Wanted { file: file.to_owned(), line, what })
}

fn called_fresh(request: &Request<'_>) -> Result<Vec<Fresh>, Refusal> {
    let Wanted::Text { file, text } = request.wanted else { return Ok(Vec::new()) };
    fresh(Engine::Sqlite, text).map_err(|wrong| wrong.of(file))
}

struct Plan<'p, 'a> {
    request: &'p Request<'a>,
    files: &'p Files<'a>,
    way: Diff<'p>,
    back: Diff<'p>,
    keep: Keep<'p>,
    /// The versions' files make the schema, not we.
    by_hand: bool,
    there: Vec<String>,
    home: Vec<String>,
    objections: Vec<String>,
}

fn lines(files: &[File<'_>]) -> Vec<String> {
    let each = |file: &File<'_>| {
        let statements = file.checked.statements.iter().map(|statement| statement.text.trim().to_owned());
        [format!("-- {}", file.name)].into_iter().chain(statements).collect::<Vec<_>>()
    };
    files.iter().flat_map(each).collect()
}

impl Plan<'_, '_> {
    fn write(&mut self) {
        self.there = lines(&self.files.before);
        if self.by_hand {
            self.there.extend(self.keep.fill());
            self.there.extend(lines(&self.files.versions));
            // Files may delete rows and add some: only what became of values is noted.
            self.there.extend(self.keep.note().into_iter().filter(|statement| statement.starts_with("UPDATE")));
        } else {
            self.there.extend(build(&self.way, &self.keep, Way::There));
        }
        self.there.extend(lines(&self.files.after));
        self.home = build(&self.back, &self.keep, Way::Back);
        self.objections = objections(&self.back, &self.keep);
    }

    fn upgrade(self, tried: &Tried, suspects: &[Suspect]) -> Result<Upgrade, Refusal> {
        let there = tried.catalog("there")?;
        let left = diff(&there, self.way.to, &Names::default(), Way::There);
        if !left.is_empty() {
            return Err(Refusal::Unproved(format!(
                "the way there ends with another schema: {}",
                differing(&there, self.way.to)
            )));
        }
        let live = &self.way.from.objects;
        let strings = |part: &str| tried.part(part).filter_map(|line| serde_json::from_str(line).ok()).collect();
        let (keys_from, keys_to): (Vec<String>, Vec<String>) = (strings("keys from"), strings("keys to"));
        let now = |old: &String| self.way.of(old).map(|pair| pair.to.name.clone()).unwrap_or_default();
        let then = |new: &String| self.back.of(new).map(|pair| pair.to.name.clone()).unwrap_or_default();
        let named = |names: &[String], other: &dyn Fn(&String) -> String| -> Vec<_> {
            names.iter().map(|name| (name.clone(), other(name))).collect()
        };
        let forward = Direction {
            from: fingerprint(live),
            to: fingerprint(&there.objects),
            statements: self.there.clone(),
            objections: Vec::new(),
            proof: Proof {
                from: live.clone(),
                to: there.objects.clone(),
                keys_from: named(&keys_from, &now),
                keys_to: keys_to.clone(),
                undoes: None,
                // The new one beside the old one, and as much again for the journal.
                room: 2 * tried.part("room").filter_map(|bytes| bytes.parse::<u64>().ok()).sum::<u64>(),
            }
            .value(),
        };
        let backward = match self.keep.impossible() {
            Some(why) => Err(why),
            None => Ok(self.backward(tried, &forward, named(&keys_to, &then), keys_from, there)?),
        };
        Ok(Upgrade {
            app: None,
            engine: Engine::Sqlite,
            operation: self.request.operation.to_owned(),
            hazards: self.hazards(tried, suspects),
            notes: self.files.notes(),
            forward,
            backward,
        })
    }

    fn backward(
        &self,
        tried: &Tried,
        forward: &Direction,
        keys_from: Vec<(String, String)>,
        keys_to: Vec<String>,
        there: Catalog,
    ) -> Result<Direction, Refusal> {
        let (live, home) = (&self.way.from.objects, tried.catalog("home")?);
        if home.objects != *live {
            return Err(Refusal::Unproved(format!(
                "the way back ends with another schema: {}",
                differing(&home, self.way.from)
            )));
        }
        // Steps may have put rows even into an empty database.
        if let Some(objection) = tried.part("objections").next().filter(|_| !self.files.has_steps()) {
            return Err(Refusal::Unproved(format!("without any row there is something in the way back: {objection}")));
        }
        let undoes = Some(self.request.operation.to_owned());
        let proof = Proof { from: there.objects, to: live.clone(), keys_from, keys_to, undoes, room: 0 };
        Ok(Direction {
            from: forward.to.clone(),
            to: forward.from.clone(),
            statements: self.home.clone(),
            objections: self.objections.clone(),
            proof: proof.value(),
        })
    }

    fn hazards(&self, tried: &Tried, suspects: &[Suspect]) -> Vec<Hazard> {
        let mut found = self.files.hazards();
        let mut figures: Vec<(u64, String)> = vec![(0, String::new()); suspects.len()];
        for line in tried.part("figures") {
            let Ok((at, count, keys)) = serde_json::from_str::<(usize, u64, Option<String>)>(line) else { continue };
            if let Some(figure) = figures.get_mut(at) {
                *figure = (count, keys.unwrap_or_default());
            }
        }
        let told = suspects.iter().zip(&figures).filter_map(|(suspect, (count, keys))| suspect.hazard(*count, keys));
        // Where files make the schema, what is in the way when they begin may be gone when they end.
        found.extend(told.map(|hazard| Hazard { fails_now: hazard.fails_now && !self.by_hand, ..hazard }));
        found
    }
}

/// The names of objects that are not the same; if all mean the same, of those whose text is not.
fn differing(one: &Catalog, other: &Catalog) -> String {
    let names = |same: &dyn Fn(&Object, &Object) -> bool| {
        let lacks =
            |than: &Catalog, object: &Object| !than.of(&object.kind, &object.name).is_some_and(|own| same(own, object));
        let here = one.objects.iter().filter(|object| lacks(other, object));
        let there = other.objects.iter().filter(|object| lacks(one, object));
        let names: BTreeSet<_> = here.chain(there).map(|object| format!("{} {}", object.kind, object.name)).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    let meant = names(&|a, b| match (one.table(&a.name), other.table(&b.name)) {
        (Some(a), Some(b)) => a.same(b),
        _ => a.same(b),
    });
    if meant.is_empty() { names(&|a, b| a.sql == b.sql) } else { meant }
}
