//! Looking at a database: its catalog, its version, its rights, its ledger.

use serde_json::Value;

use super::catalog::{Catalog, texts};
use super::{complaint, quote, refused};
use crate::schema::{Client, Error, Output, Refusal, State};

const FACTS: &str = include_str!("sql/facts.sql");
const LIST: &str = include_str!("sql/list.sql");
const DEPENDS: &str = include_str!("sql/depends.sql");
const FINGERPRINT: &str = include_str!("sql/fingerprint.sql");

/// What is known of the live database.
pub struct Live {
    pub catalog: Catalog,
    /// Version, encoding, rights: see [`ABOUT`].
    pub about: Value,
    /// The last row of the ledger, as far as a plan asks for it; null: there is none.
    pub ledger: Value,
}

/// One row of JSON about the server, the database and the one who asks.
const ABOUT: &str = "SELECT jsonb_build_object('version', current_setting('server_version_num')::int,
  'server', 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1), 'recovery', pg_is_in_recovery(),
  'readonly', current_setting('default_transaction_read_only')::bool, 'path', :'path',
  'createdb', (SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user),
  'create', has_database_privilege(current_database(), 'CREATE'), 'database', current_database(), 'user', current_user,
  'encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate, 'ctype', d.datctype,
  'provider', to_jsonb(d) ->> 'datlocprovider', 'locale', coalesce(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale'),
  'check', (SELECT count(*) FROM pg_settings WHERE name = 'client_connection_check_interval'),
  'large', EXISTS (SELECT FROM pg_largeobject_metadata),
  'extensions', (SELECT jsonb_object_agg(name, default_version) FROM pg_available_extensions WHERE installed_version IS NOT NULL),
  'ledger', to_regclass('_release.ledger') IS NOT NULL)
FROM pg_database d WHERE d.datname = current_database();\n";

const READING: &str = "SET LOCAL search_path = '';\nSET LOCAL client_min_messages = warning;\nSET LOCAL jit = off;\n";

/// The facts, as what a query begins with, without what is told beside them.
pub fn facts() -> String {
    FACTS.replace("{told}", "false")
}

/// Prints the facts and their dependencies, in whatever transaction is open; sets search_path.
pub fn catalog_query() -> String {
    format!("{READING}{}{LIST};\n{DEPENDS};\n", FACTS.replace("{told}", "true"))
}

/// Prints the facts by their hashes, and what they are for these ids.
pub fn hashes_query<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let ids: String = ids.map(|id| format!("({}), ", quote(id))).collect();
    format!(
        "{READING}{}SELECT 'F ' || jsonb_build_array(kind, name, '', '', 0, hash, CASE WHEN kind || ' ' || name IN (VALUES {ids}(NULL)) THEN body END, NULL)::text FROM fact;\n",
        facts()
    )
}

/// A query for the one fingerprint.
pub fn fingerprint_query() -> String {
    format!("{}{FINGERPRINT}", facts())
}

fn about() -> String {
    format!(
        "SELECT pg_catalog.current_setting('search_path') AS path \\gset\nSET search_path = '';\n\\echo @about\n{ABOUT}"
    )
}

/// The last row; columns that older versions don't have are null.
const LAST: &str = "\\echo @ledger
SELECT CASE WHEN to_regclass('_release.ledger') IS NULL THEN false ELSE has_table_privilege(to_regclass('_release.ledger'), 'SELECT') END AS _release_there \\gset
\\if :_release_there
SELECT jsonb_build_object('to', to_fingerprint, 'wanted', to_jsonb(l) -> 'wanted', 'app', to_jsonb(l) -> 'app') FROM _release.ledger l ORDER BY seq DESC LIMIT 1;
\\endif\n";

fn look_script() -> String {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n";
    format!("{}{begin}{LAST}\\echo @catalog\n{}COMMIT;\n", about(), catalog_query())
}

/// The lines that were printed after `\echo @name`.
pub fn section<'a>(stdout: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let wanted = format!("@{name}");
    let mut lines = stdout.lines().skip_while(move |line| *line != wanted);
    lines.next();
    lines.take_while(|line| !line.starts_with('@')).filter(|line| !line.is_empty())
}

/// The catalog of a section.
pub fn catalog(stdout: &str, name: &str) -> Result<Catalog, Refusal> {
    Catalog::parse(section(stdout, name)).ok_or_else(|| refused("psql printed something that is no catalog"))
}

fn said(stdout: &str) -> Result<Value, Refusal> {
    let line = section(stdout, "about").next().unwrap_or_default();
    serde_json::from_str(line).map_err(|_| refused("psql printed nothing about the server"))
}

/// The row that a section has, or null.
fn row(stdout: &str, name: &str) -> Value {
    section(stdout, name).next().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default()
}

/// Reads the live database.
pub async fn look<C: Client>(client: &mut C) -> Result<Live, Error<C::Error>> {
    let output = client.run(&look_script()).await.map_err(Error::Client)?;
    if !output.ok() {
        return Err(refused(complaint(&output.stderr)).into());
    }
    let stdout = &output.stdout;
    Ok(Live { catalog: catalog(stdout, "catalog")?, about: said(stdout)?, ledger: row(stdout, "ledger") })
}

/// Can this database be changed at all?
pub fn fit(about: &Value) -> Result<(), Refusal> {
    let version = about["version"].as_i64().unwrap_or_default();
    if version < 120_000 {
        return Err(refused(format!("{} is too old: 12 is the oldest", about["server"].as_str().unwrap_or("it"))));
    }
    if let Some(why) = closed(about) {
        return Err(refused(why));
    }
    if about["create"] != true {
        let (database, user) = (about["database"].as_str(), about["user"].as_str());
        let (database, user) = (database.unwrap_or_default(), user.unwrap_or_default());
        return Err(refused(format!(
            "{user} may not create schemas, which the ledger needs: GRANT CREATE ON DATABASE {database} TO {user}"
        )));
    }
    Ok(())
}

/// Why nothing can be written to it.
fn closed(about: &Value) -> Option<String> {
    if about["recovery"] == true {
        return Some("it is a standby: what it has comes from another server, which `url` has to name".into());
    }
    let (database, user) = (about["database"].as_str(), about["user"].as_str());
    let (database, user) = (database.unwrap_or_default(), user.unwrap_or_default());
    let open = format!("ALTER DATABASE {database} (or ROLE {user}) RESET default_transaction_read_only");
    (about["readonly"] == true).then(|| format!("it is read-only, default_transaction_read_only is on: {open}"))
}

/// A script whose answer [`state`] reads.
pub fn state_script() -> String {
    let fingerprint = fingerprint_query();
    let ledger = "SELECT to_regclass('_release.ledger') IS NOT NULL AS _release_there \\gset
\\echo @ledger
\\if :_release_there
SELECT jsonb_build_object('operation', operation, 'release', release, 'to', to_fingerprint) FROM _release.ledger ORDER BY seq DESC LIMIT 1;
\\echo @files
SELECT jsonb_agg(jsonb_build_array(path, sha256) ORDER BY path) FROM (
  SELECT DISTINCT ON (f ->> 0) f ->> 0 AS path, f ->> 1 AS sha256
  FROM _release.ledger l, jsonb_array_elements(l.files) AS f
  WHERE NOT EXISTS (SELECT FROM _release.ledger u WHERE u.seq > l.seq AND l.operation = ANY (u.undoes))
  ORDER BY f ->> 0, l.seq DESC) AS f;
\\endif\n";
    format!("{}BEGIN READ ONLY;\nSET LOCAL jit = off;\n\\echo @fingerprint\n{fingerprint};\nCOMMIT;\n{ledger}", about())
}

/// What the database said of itself.
pub fn state(output: &Output) -> Result<State, Refusal> {
    if !output.ok() {
        return Err(refused(complaint(&output.stderr)));
    }
    let about = said(&output.stdout)?;
    let (ledger, files) = (row(&output.stdout, "ledger"), row(&output.stdout, "files"));
    let text = |key: &str| ledger[key].as_str().map(str::to_owned);
    let file = |pair: &Value| match texts(pair)[..] {
        [path, hash] => Some((path.to_owned(), hash.to_owned())),
        _ => None,
    };
    Ok(State {
        server: about["server"].as_str().unwrap_or_default().into(),
        fingerprint: section(&output.stdout, "fingerprint").next().unwrap_or_default().into(),
        expected: text("to"),
        release: text("release"),
        operation: text("operation"),
        unfit: closed(&about),
        files: files.as_array().into_iter().flatten().filter_map(file).collect(),
    })
}
