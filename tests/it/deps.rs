//! The dependencies keep the rules of `deny.toml`.
//!
//! `cargo deny check bans licenses sources` reads the same file and says more, but takes minutes to install; this holds in
//! every run of the tests.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::support::Run;

/// What is built here; other platforms' packages may not have been fetched.
fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut rustc = Command::new("rustc");
    rustc.arg("-vV");
    let version = Run::of(rustc).ok();
    let host = version.lines().find_map(|l| l.strip_prefix("host: ")).unwrap();
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host]);
    metadata.arg("--manifest-path").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let all = Run::of(metadata).expect(0).json()["packages"].take();
    all.as_array().unwrap().clone()
}

fn rules() -> toml::Table {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml");
    std::fs::read_to_string(file).unwrap().parse().unwrap()
}

fn strings(table: &toml::Value, key: &str) -> BTreeSet<String> {
    let list = table.get(key).and_then(toml::Value::as_array).unwrap();
    list.iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// A licence expression holds when some choice of it is allowed whole. Brackets occur only around one choice here.
fn allowed(expression: &str, list: &BTreeSet<String>) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], "");
    if expression.contains('(') {
        return plain.split(" AND ").all(|part| part.split(" OR ").any(|one| list.contains(one.trim())));
    }
    plain.split(" OR ").any(|choice| choice.split(" AND ").all(|one| list.contains(one.trim())))
}

#[test]
fn every_licence_is_allowed() {
    let list = strings(&rules()["licenses"], "allow");
    let licence = |p: &Value| p["license"].as_str().unwrap_or("none").to_owned();
    let wrong: Vec<_> = packages().into_iter().filter(|p| !allowed(&licence(p), &list)).collect();
    let names: Vec<_> = wrong.iter().map(|p| format!("{}: {}", p["name"], licence(p))).collect();
    assert!(names.is_empty(), "deny.toml does not allow:\n{}", names.join("\n"));
}

#[test]
fn every_dependency_comes_from_the_one_registry() {
    let sources: BTreeSet<_> = packages().iter().filter_map(|p| Some(p["source"].as_str()?.to_owned())).collect();
    assert!(sources.len() == 1 && sources.iter().all(|s| s.starts_with("registry+")), "{sources:?}");
}

#[test]
fn nothing_banned_is_used() {
    let rules = rules();
    let deny = rules["bans"]["deny"].as_array().unwrap();
    let banned: BTreeSet<_> = deny.iter().map(|b| b["crate"].as_str().unwrap()).collect();
    let used = packages();
    let found: Vec<_> = used.iter().filter(|p| banned.contains(p["name"].as_str().unwrap())).collect();
    assert!(found.is_empty(), "deny.toml bans {found:?}");
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    let list = ["MIT", "Unicode-3.0"].map(str::to_owned).into();
    assert!(allowed("MIT OR Apache-2.0", &list) && allowed("Apache-2.0/MIT", &list));
    assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0", &list));
    assert!(!allowed("Apache-2.0 AND MIT", &list) && !allowed("none", &list) && !allowed("(MIT OR X) AND Y", &list));
}
