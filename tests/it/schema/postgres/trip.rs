//! From one schema to another and back, with everything looked at on the way.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use release::schema::{Direction, HazardName, Upgrade};

use super::engine;
use super::rows::Rows;
use crate::support::{Dump, Postgres};

/// Two schemas, and rows in the first.
#[derive(Debug, Clone, Copy)]
pub struct Trip<'a> {
    pub from: &'a str,
    pub rows: &'a str,
    pub to: &'a str,
    /// A query that must say `t` when we are there.
    pub after: Option<&'a str>,
}

/// How it ended when nothing was wrong.
#[derive(Debug)]
pub enum End {
    /// The schemas are equal.
    Nothing,
    /// There and back, with these dangers.
    Back(Vec<HazardName>),
    /// Not begun: the name of the refusal or of the hazard, and what was said.
    Refused(&'static str, String),
}

impl End {
    /// In a table of what happened.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing to do",
            Self::Back(_) => "there and back",
            Self::Refused(name, _) => name,
        }
    }
}

static KNOWN: Mutex<Option<HashMap<String, Dump>>> = Mutex::new(None);

/// A database of a trip; it goes with it.
struct Db<'a> {
    server: &'a Postgres,
    name: String,
}

impl<'a> Db<'a> {
    fn new(server: &'a Postgres) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("trip{}", NEXT.fetch_add(1, Relaxed));
        server.create(&name);
        Self { server, name }
    }

    /// What a text makes of nothing.
    fn load(server: &'a Postgres, text: &str) -> Result<Self, String> {
        let db = Self::new(server);
        db.run(text).map_err(|e| format!("the text does not load: {e}"))?;
        Ok(db)
    }

    /// What a text makes of nothing, as `pg_dump` says it. Half of all texts are asked for twice: the way there ends where the way back
    /// begins.
    fn wanted(server: &'a Postgres, text: &str) -> Result<Dump, String> {
        if let Some(known) = KNOWN.lock().unwrap().get_or_insert_default().get(text) {
            return Ok(known.clone());
        }
        Ok(Self::load(server, text)?.dump_as(text))
    }

    /// Its dump, which is that of this text.
    fn dump_as(&self, text: &str) -> Dump {
        let dump = self.dump();
        KNOWN.lock().unwrap().get_or_insert_default().insert(text.to_owned(), dump.clone());
        dump
    }

    fn run(&self, script: &str) -> Result<String, String> {
        let out = self.server.client(&self.name).script(script);
        if out.ok() { Ok(out.stdout) } else { Err(format!("exit code {}: {}{}", out.code, out.stdout, out.stderr)) }
    }

    fn dump(&self) -> Dump {
        self.server.dump(&self.name)
    }

    /// The schema in the words that the server has for its own words: those of a view change once more when they are read again.
    fn settled(&self) -> Result<Dump, String> {
        Ok(Self::load(self.server, &self.server.dump_text(&self.name))?.dump())
    }
}

impl Drop for Db<'_> {
    fn drop(&mut self) {
        self.server.drop(&self.name);
    }
}

fn must(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn equal(what: &str, difference: &str) -> Result<(), String> {
    must(difference.is_empty(), || format!("{what}:\n{difference}"))
}

impl Trip<'_> {
    /// Travels; `Err` is a promise that was broken.
    pub fn run(&self, server: &Postgres) -> Result<End, String> {
        let live = Db::load(server, self.from)?;
        live.run(self.rows).map_err(|e| format!("rows: {e}"))?;
        let (first, rows) = (live.dump_as(self.from), Rows::of(server, &live.name));
        let operation = engine::operation();
        let planned = engine::plan(&mut server.client(&live.name), self.to, &operation);
        no_scratch_left(server, &operation)?;
        let upgrade = match planned {
            Err(refusal) => {
                equal("a refused plan changed the schema", &first.diff(&live.dump()))?;
                return match engine::name(&refusal) {
                    "unproved" | "wanted" | "database" => Err(format!("{refusal:?}")),
                    name => Ok(End::Refused(name, format!("{refusal:?}"))),
                };
            }
            Ok(upgrade) => upgrade,
        };
        let end = self.with(&upgrade, &live, &first, &rows);
        end.map_err(|e| format!("{e}\n--- plan\n{}", shown(&upgrade)))
    }

    fn with(&self, upgrade: &Upgrade, live: &Db<'_>, first: &Dump, rows: &Rows) -> Result<End, String> {
        let wanted = Db::wanted(live.server, self.to)?;
        if upgrade.is_empty() {
            self.same(live, &wanted, "the plan is empty, but the schemas differ")?;
            return Ok(End::Nothing);
        }
        if let Some(hazard) = upgrade.hazards.iter().find(|hazard| hazard.fails_now) {
            let run = engine::scripts(&upgrade.forward, &upgrade.operation, "deploy").run;
            must(live.run(&run).is_err(), || format!("{hazard:?}: but it did not fail"))?;
            equal("a failed upgrade changed the schema", &first.diff(&live.dump()))?;
            return Ok(End::Refused(hazard.name.as_str(), format!("{hazard:?}")));
        }
        self.there(upgrade, live, &wanted, rows)?;
        back(upgrade, live)?;
        let end = live.dump();
        if *first != end {
            self.same_as_first(live, first, &end)?;
            equal("the order of columns changed", &first.order_changed(&end, &wanted))?;
        }
        let back = upgrade.backward.as_ref().map_or(&[][..], |back| &back.statements);
        let drawing = [&upgrade.forward.statements, back].concat();
        let [was, is] = [rows.clone(), Rows::of(live.server, &live.name)].map(|rows| rows.without_drawn(&drawing));
        equal("rows after the way back", &was.diff(&is))?;
        live.run(&engine::bury(&upgrade.operation)).map_err(|e| format!("bury: {e}"))?;
        Ok(End::Back(upgrade.hazards.iter().map(|hazard| hazard.name).collect()))
    }

    /// Equal but for the order of columns, and for an expression that the server writes in other words when it reads its own.
    fn same_as_first(&self, live: &Db<'_>, first: &Dump, end: &Dump) -> Result<(), String> {
        equal("back is elsewhere", &first.clone().without_order().diff(&end.clone().without_order())).or_else(|error| {
            let was = Db::load(live.server, self.from)?.settled()?.without_order();
            if live.settled()?.without_order() == was { Ok(()) } else { Err(error) }
        })
    }

    /// Equal but for the order of columns.
    fn same(&self, live: &Db<'_>, wanted: &Dump, what: &str) -> Result<(), String> {
        let (mut is, mut should) = (live.dump().without_order(), wanted.clone().without_order());
        if !self.to.contains(" OWNER TO ") {
            (is, should) = (is.without_owners(), should.without_owners());
        }
        equal(what, &should.diff(&is)).or_else(|error| {
            let again = Db::load(live.server, self.to)?.settled()?.without_order();
            if live.settled()?.without_order() == again { Ok(()) } else { Err(error) }
        })
    }

    fn there(&self, upgrade: &Upgrade, live: &Db<'_>, wanted: &Dump, rows: &Rows) -> Result<(), String> {
        apply(live, &upgrade.forward, &upgrade.operation, "deploy").map_err(|e| format!("forward: {e}"))?;
        self.same(live, wanted, "the end is not what was wanted")?;
        equal("rows after the way there", &rows.lost(&Rows::of(live.server, &live.name)))?;
        if let Some(query) = self.after {
            let said = live.run(query)?;
            must(said.trim() == "t", || format!("{query}: {said}"))?;
        }
        let mut client = live.server.client(&live.name);
        let state = engine::state(&mut client);
        must(state.expected.as_ref() == Some(&state.fingerprint), || format!("{state:?}"))?;
        must(state.fingerprint == upgrade.forward.to, || format!("{state:?}, not {}", upgrade.forward.to))?;
        let again =
            engine::plan(&mut client, self.to, &engine::operation()).map_err(|e| format!("the second plan: {e:?}"))?;
        must(again.is_empty(), || format!("the second plan is not empty:\n{}", again.forward.statements.join("\n")))
    }
}

fn apply(live: &Db<'_>, direction: &Direction, operation: &str, verb: &str) -> Result<(), String> {
    let scripts = engine::scripts(direction, operation, verb);
    let asked = |wanted: &str| -> Result<(), String> {
        let said = live.run(&scripts.ask)?;
        must(said.trim() == wanted, || format!("asked for its row, it says {said:?}, not {wanted}"))
    };
    asked("absent")?;
    let printed = live.run(&scripts.run)?;
    must(printed.is_empty(), || format!("it printed {printed}"))?;
    asked("present")
}

fn back(upgrade: &Upgrade, live: &Db<'_>) -> Result<(), String> {
    let backward = upgrade.backward.as_ref().map_err(|why| format!("no way back: {why}"))?;
    for query in &backward.objections {
        let said = live.run(query).map_err(|e| format!("{e}\nas the objection {query}"))?;
        must(said.is_empty(), || format!("nothing was written since, but {said}\nsays {query}"))?;
    }
    apply(live, backward, &engine::operation(), "rollback").map_err(|e| format!("backward: {e}"))
}

fn no_scratch_left(server: &Postgres, operation: &str) -> Result<(), String> {
    let pattern = operation.replace('-', "_"); // which is any character to LIKE
    let left = server.psql("postgres", &format!("SELECT datname FROM pg_database WHERE datname LIKE '%{pattern}'"));
    must(left.is_empty(), || format!("the scratch database {left} was left"))
}

fn shown(upgrade: &Upgrade) -> String {
    let backward = upgrade.backward.as_ref().map_or_else(Clone::clone, |way| way.statements.join("\n"));
    let hazards: Vec<String> = upgrade.hazards.iter().map(|hazard| format!("{hazard:?}\n")).collect();
    format!("{}\n--- back\n{backward}\n--- hazards\n{}", upgrade.forward.statements.join("\n"), hazards.concat())
}
