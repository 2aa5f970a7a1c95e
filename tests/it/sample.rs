//! The sample application and the hosts.toml of this repository: the first thing that anybody tries.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Run, World};

const VERSIONS: [&str; 2] = ["1.0", "1.1"];

fn sample(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sample")).join(path)
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap(); // with its mode
        }
    }
}

/// The files below a directory, by path, with their bytes.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let name = PathBuf::from(entry.file_name());
        if entry.path().is_dir() {
            found.extend(tree(&entry.path()).into_iter().map(|(path, bytes)| (name.join(path), bytes)));
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

#[test]
fn tarballs_hold_the_sample_and_its_version() {
    for version in VERSIONS {
        let mut expected = tree(&sample("hello"));
        expected.insert("VERSION".into(), format!("{version}\n").into());
        expected.insert("schema.sql".into(), fs::read(sample(&format!("schema/{version}.sql"))).unwrap());
        let file = fs::File::open(sample(&format!("hello-{version}.tar.gz"))).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        let mut found = BTreeMap::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().strip_prefix(format!("hello-{version}")).unwrap().to_owned();
            if entry.header().entry_type().is_file() {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                found.insert(path, bytes);
            }
        }
        assert!(found == expected, "pack anew: tests/sample/pack {version}");
    }
}

#[test]
fn pack_makes_the_same_bytes_again() {
    let dir = tempfile::tempdir().unwrap();
    ["hello", "schema"].iter().for_each(|part| copy_tree(&sample(part), &dir.path().join(part)));
    fs::copy(sample("pack"), dir.path().join("pack")).unwrap();
    let mut pack = Command::new(dir.path().join("pack"));
    pack.args(VERSIONS);
    Run::of(pack).expect(0);
    for version in VERSIONS {
        let name = format!("hello-{version}.tar.gz");
        let same = fs::read(dir.path().join(&name)).unwrap() == fs::read(sample(&name)).unwrap();
        assert!(same, "{name} is not what tests/sample/pack makes");
    }
}

#[test]
fn the_hosts_toml_of_this_repository_deploys_it() {
    let world = World::new(&[]);
    copy_tree(&sample(""), &world.project().join("tests/sample"));
    world.write("hosts.toml", fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/hosts.toml")).unwrap());
    let answers = |place: &str| fs::read_to_string(world.project().join("target/demo").join(place).join("answer"));
    let deploy =
        |target: &str, version: &str| world.release(&[target, &format!("tests/sample/hello-{version}.tar.gz")]);

    let refused = deploy("prod", "1.0").expect(3);
    assert!(refused.stderr.contains("never live and good on view"), "{}", refused.stderr);
    let sql = |sql: &str| {
        let mut sqlite = world.command("sqlite3");
        sqlite.args(["target/demo/view/shared/hello.db", sql]);
        Run::of(sqlite).ok()
    };
    for version in VERSIONS {
        deploy("view", version).expect(0);
        sql(&format!("INSERT INTO guest (name) VALUES ('{version}')"));
        assert_eq!(answers("view").unwrap(), format!("hello from {version}\n"));
        assert!(world.project().join("target/demo/view/live/uploads").is_dir());
    }
    deploy("prod", "1.1").expect(0);
    world.release(&["rollback", "view"]).expect(0);
    assert_eq!(answers("view").unwrap(), "hello from 1.0\n");
    assert_eq!(sql("SELECT * FROM guest").trim(), "1|1.0\n2|1.1", "every row, and no mood");
    assert_eq!(answers("prod").unwrap(), "hello from 1.1\n");
    let status = world.release(&["status", "--json"]).expect(0).json();
    let live = |target: usize| status["targets"][target]["hosts"][0]["live"]["version"].clone();
    assert_eq!((live(0), live(1)), ("1.0".into(), "1.1".into()));
}
