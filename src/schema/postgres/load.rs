//! What is wanted, loaded into the scratch copy, and under the names that the live schema has.

mod text;

use super::catalog::{Catalog, Fact};
use super::kind::Kind;
use super::rename::{self, Rename};
use super::scratch::{self, Scratch};
use super::{path, refused};
use crate::schema::postgres::change::{Act, Changes, Known};
use crate::schema::sql::{self, Purpose};
use crate::schema::{Client, Engine, Error, Hazard, Refusal, Request, Wanted};

/// What is wanted.
pub struct Loaded {
    /// Under the names of the live schema.
    pub wanted: Catalog,
    /// Under its own.
    pub end: Catalog,
    pub renames: Vec<Rename>,
    /// What the text calls new.
    pub fresh: Vec<sql::Fresh>,
    pub hazards: Vec<Hazard>,
    pub notes: Vec<String>,
    /// The files that lead there, if it was not told but made by them.
    pub files: Option<Vec<String>>,
}

/// What the operator should know of a text that need not be loaded.
pub fn notes(file: &str, text: &str) -> Result<Vec<String>, Refusal> {
    Ok(sql::check(Engine::Postgresql, Purpose::Wanted, file, &unrestricted(text))?.notes)
}

/// Loads it. The scratch copy is under the wanted names afterwards.
pub async fn load<C: Client>(
    client: &mut C,
    scratch: &mut Scratch,
    live: &Catalog,
    request: &Request<'_>,
) -> Result<Loaded, Error<C::Error>> {
    let mut loaded = Loaded {
        wanted: Catalog::default(),
        end: Catalog::default(),
        renames: Vec::new(),
        fresh: Vec::new(),
        hazards: Vec::new(),
        notes: Vec::new(),
        files: None,
    };
    let mut notes = Vec::new();
    let mut name = "";
    match &request.wanted {
        Wanted::Text { file, text } => {
            name = file;
            let text = unrestricted(text);
            let checked = sql::check(Engine::Postgresql, Purpose::Wanted, file, &text)?;
            notes = sql::renamed(Engine::Postgresql, &text).map_err(|wrong| wrong.of(file))?;
            loaded.fresh = sql::fresh(Engine::Postgresql, &text).map_err(|wrong| wrong.of(file))?;
            loaded.wanted = text::run(client, scratch, file, &checked.statements).await?;
            loaded.hazards = checked.hazards;
            loaded.notes = checked.notes;
        }
        Wanted::Catalog(json) => {
            let catalog = serde_json::from_str(json).ok().and_then(|json| Catalog::from_json(&json));
            let catalog = catalog.ok_or_else(|| refused("the wanted catalog is none of PostgreSQL"))?;
            loaded.wanted = make(client, scratch, &catalog).await?;
        }
        Wanted::After(files) => {
            loaded.wanted = make(client, scratch, live).await?;
            let mut texts = Vec::new();
            for file in *files {
                let checked = sql::check(Engine::Postgresql, Purpose::Step, &file.name, &file.sql)?;
                loaded.wanted = text::run(client, scratch, &file.name, &checked.statements).await?;
                texts.push(super::prove::step(&file.name, &checked.text()));
                loaded.hazards.extend(checked.hazards);
                loaded.notes.extend(checked.notes);
            }
            loaded.files = Some(texts);
        }
    }
    modelled(&loaded.wanted)?;
    left_alone(live, &loaded.wanted)?;
    named_back(client, scratch, live, &mut loaded, &notes, name).await?;
    Ok(loaded)
}

/// A dump begins with `\restrict` and ends with `\unrestrict`, against commands of psql in between; those are refused anyway.
fn unrestricted(text: &str) -> String {
    let is = |line: &str| line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ");
    text.split_inclusive('\n').map(|line| if is(line) { "\n" } else { line }).collect()
}

/// What is not modelled, and whose definition can't be read to compare it, is named and refused.
pub fn modelled(catalog: &Catalog) -> Result<(), Refusal> {
    unmodelled(catalog.facts.values().filter(|fact| fact.kind == Kind::Unknown && !fact.has("def")))
}

/// What is not modelled is left alone where both sides have it by the same definition; else it is named and refused.
fn left_alone(live: &Catalog, wanted: &Catalog) -> Result<(), Refusal> {
    let other_than = |here: &'_ Catalog, there: &'_ Catalog| {
        let unknown = here.facts.iter().filter(|(_, fact)| fact.kind == Kind::Unknown);
        let differs = unknown.filter(|(id, fact)| there.facts.get(*id).is_none_or(|other| other.hash != fact.hash));
        differs.map(|(_, fact)| fact.clone()).collect::<Vec<_>>()
    };
    let mut found = other_than(live, wanted);
    found.extend(other_than(wanted, live));
    found.dedup_by(|a, b| a.name == b.name);
    unmodelled(found.iter())
}

/// A change of what is modelled would take something along that is not.
pub fn untouched(changes: &Changes<'_>) -> Result<(), Refusal> {
    let touched = changes.acts.iter().filter(|(_, act)| **act != Act::Keep);
    unmodelled(touched.filter_map(|(id, _)| changes.from.facts.get(*id)).filter(|fact| fact.kind == Kind::Unknown))
}

fn unmodelled<'f>(facts: impl Iterator<Item = &'f Fact>) -> Result<(), Refusal> {
    let mut names: Vec<String> = facts.map(|fact| fact.name.clone()).collect();
    names.sort();
    names.dedup();
    if names.is_empty() { Ok(()) } else { Err(Refusal::Unmodelled(names)) }
}

async fn named_back<C: Client>(
    client: &mut C,
    scratch: &mut Scratch,
    live: &Catalog,
    loaded: &mut Loaded,
    notes: &[sql::Renamed],
    file: &str,
) -> Result<(), Error<C::Error>> {
    let noted = rename::noted(notes, file, live, &loaded.wanted)?;
    if !noted.is_empty() {
        loaded.wanted = changed(client, scratch, rename::back(&noted)).await?;
        loaded.renames = noted;
    }
    // Hand-written files say themselves what is renamed.
    let implied = if loaded.files.is_none() { rename::implied(live, &loaded.wanted) } else { Vec::new() };
    if !implied.is_empty() {
        loaded.wanted = changed(client, scratch, rename::back(&implied)).await?;
        loaded.renames.extend(implied);
    }
    let owners = live.facts.values().filter(|fact| fact.kind == Kind::Owner);
    let wanted = &loaded.wanted.facts;
    // A text that names no owner leaves it to the live database: the scratch copy gets the same.
    let adopted = owners.filter(|f| wanted.contains_key(f.told("of")) && !wanted.contains_key(&f.id()));
    let sql: Vec<String> = adopted.map(super::make::access::owner).collect();
    if !sql.is_empty() {
        loaded.wanted = changed(client, scratch, sql).await?;
    }
    loaded.end = if loaded.renames.is_empty() {
        loaded.wanted.clone()
    } else {
        changed(client, scratch, rename::there(&loaded.renames)).await?
    };
    Ok(())
}

async fn changed<C: Client>(
    client: &mut C,
    scratch: &mut Scratch,
    sql: Vec<String>,
) -> Result<Catalog, Error<C::Error>> {
    let script = format!("SET client_min_messages = warning;\n{}\n", sql.join("\n"));
    let changed = scratch.change_and_read(client, &script).await?;
    changed.map_err(|failure| Refusal::Unproved(failure.what).into())
}

/// Makes a schema from its facts.
async fn make<C: Client>(client: &mut C, scratch: &mut Scratch, catalog: &Catalog) -> Result<Catalog, Error<C::Error>> {
    let empty = scratch::read(client, scratch).await?;
    let changes = Changes::between(&empty, catalog, &Known::default());
    let statements = path::statements(&changes, &[]);
    let (begin, commit) = (scratch.begin(), scratch.commit());
    let settings = super::script::SETTINGS;
    let script = format!("\\o /dev/null\n{begin}{settings}{}\n{commit}\\o\n", statements.join("\n"));
    let made = scratch.change_and_read(client, &script).await?;
    made.map_err(|failure| Refusal::Unproved(format!("the schema can't be copied: {}", failure.what)).into())
}
