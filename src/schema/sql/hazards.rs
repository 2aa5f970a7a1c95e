//! What is dangerous about a file's statements.

use super::check::{Case, Purpose, begins};
use super::{Kind, Token};
use crate::schema::{Engine, Hazard, HazardName};

/// Functions and words that reach out of the database, wherever they stand: PostgreSQL's.
const OUTWARD_POSTGRES: [&str; 21] = [
    "pg_read_file",
    "pg_read_binary_file",
    "pg_write_file",
    "pg_file_write",
    "pg_ls_dir",
    "pg_stat_file",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_execute_server_program",
    "pg_reload_conf",
    "pg_terminate_backend",
    "lo_import",
    "lo_export",
    "file_fdw",
    "adminpack",
    "plpythonu",
    "plpython2u",
    "plpython3u",
    "plperlu",
    "pltclu",
    "plsh",
];

pub(super) fn find(engine: Engine, case: &Case<'_, '_>, file: &str, found: &mut Vec<Hazard>) {
    let object = format!("{file}:{}", case.statement.line);
    let mut say = |name: HazardName, detail: String| {
        found.push(Hazard { name, object: object.clone(), detail, fails_now: false });
    };
    if let Some(word) = outward(engine, case) {
        say(HazardName::RunsShell, word);
    }
    if case.purpose == Purpose::Step {
        if !case.in_transaction {
            say(HazardName::NotTransactional, first_words(case.code));
        }
        inward(case, &mut |name| say(name, first_words(case.code)));
    }
}

/// What reaches out of the database, by name: in the code, and in the bodies and texts that it may run.
fn outward(engine: Engine, case: &Case<'_, '_>) -> Option<String> {
    // SQLite's are refused, whatever is allowed.
    if engine == Engine::Sqlite {
        return None;
    }
    if case.begins(&["copy"]) && !case.has_row(&["to", "stdout"]) {
        return Some(if case.has("program") { "COPY PROGRAM".into() } else { "COPY of a file of the server".into() });
    }
    case.code.iter().find_map(|token| match token.kind {
        Kind::Word => is_outward(token.text).then(|| lower(token)),
        Kind::Dollar | Kind::Name => in_body(token.text),
        // What EXECUTE may run, and `LANGUAGE 'plperlu'`.
        Kind::Text => in_body(token.text),
        _ => None,
    })
}

fn lower(token: &Token<'_>) -> String {
    token.text.to_ascii_lowercase()
}

fn is_outward(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    OUTWARD_POSTGRES.contains(&word.as_str()) || word == "dblink" || word.starts_with("dblink_")
}

fn in_body(body: &str) -> Option<String> {
    let words: Vec<_> = body.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let named = words.iter().find(|word| is_outward(word)).map(|word| word.to_ascii_lowercase());
    let copies = words.iter().position(|word| word.eq_ignore_ascii_case("copy"));
    let program = copies.is_some_and(|at| words[at..].iter().any(|word| word.eq_ignore_ascii_case("program")));
    named.or_else(|| program.then(|| "COPY PROGRAM".into()))
}

/// The words that a statement begins with, without any value: `ALTER TABLE blog DROP`.
fn first_words(code: &[Token<'_>]) -> String {
    let plain = code.iter().take_while(|token| matches!(token.kind, Kind::Word | Kind::Name) || token.is_mark("."));
    plain.take(6).map(|token| token.text).collect::<Vec<_>>().join(" ").replace(" . ", ".")
}

/// What it does to data, access and running code.
fn inward(case: &Case<'_, '_>, say: &mut impl FnMut(HazardName)) {
    use HazardName::{BlocksWrites, ChangesAccess, ChangesData, DropsData};
    let any = |words: &[&str]| case.code.first().is_some_and(|first| first.is_any(words));
    let kept = ["view", "function", "procedure", "trigger", "index", "policy", "rule", "comment", "aggregate"];
    let of_data = case.code.get(1).is_some_and(|second| !second.is_any(&kept)) || case.has("cascade");
    match () {
        () if any(&["drop"]) && of_data => say(DropsData),
        () if any(&["truncate"]) => say(DropsData),
        () if any(&["delete"]) || (any(&["with"]) && case.has("delete")) => say(DropsData),
        () if any(&["insert", "update", "merge", "replace", "copy", "do", "call", "with"]) => say(ChangesData),
        () if any(&["grant", "revoke", "reassign"]) || case.has_row(&["owner", "to"]) => say(ChangesAccess),
        () if case.begins(&["create", "index"]) || case.begins(&["create", "unique", "index"]) => say(BlocksWrites),
        () if any(&["alter"]) => altered(case, say),
        () if case.begins(&["create", "policy"]) => say(ChangesAccess),
        () => {}
    }
}

fn altered(case: &Case<'_, '_>, say: &mut impl FnMut(HazardName)) {
    use HazardName::{BreaksRunningCode, ChangesAccess, DropsData, MayFailOnData, RewritesTable};
    let drops = case.code.iter().enumerate().filter(|(_, token)| token.is("drop")).any(|(at, _)| {
        let next = ["constraint", "default", "not", "expression", "identity", "owned"];
        case.code.get(at + 1).is_some_and(|token| !token.is_any(&next))
    });
    if drops && case.begins(&["alter", "table"]) {
        say(DropsData);
    }
    if case.has("rename") {
        say(BreaksRunningCode);
    }
    if case.begins(&["alter", "table"]) && case.has("type") {
        say(RewritesTable);
        say(MayFailOnData);
    }
    let nulls = (0..case.code.len()).any(|at| begins(&case.code[at..], &["not", "null"]));
    let adds =
        case.has_row(&["add", "constraint"]) || ["check", "unique", "foreign", "primary"].iter().any(|w| case.has(w));
    if adds || (nulls && !case.has("default") && !case.has_row(&["drop", "not"])) {
        say(MayFailOnData);
    }
    if case.has_row(&["row", "level", "security"]) || case.begins(&["alter", "policy"]) {
        say(ChangesAccess);
    }
}
