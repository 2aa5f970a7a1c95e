//! What the fuzzer found worth keeping, tried again in every run of the tests. `tests/fuzz` looks for more.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use crate::campaign::Tally;

#[path = "../../../fuzz/src/lib.rs"]
mod properties;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

fn replay(target: &str, property: fn(&[u8])) {
    let mut tally = Tally::new(&format!("fuzz corpus: {target}"));
    for entry in fs::read_dir(corpus().join(target)).unwrap() {
        let path = entry.unwrap().path();
        let input = fs::read(&path).unwrap();
        // The panic's own message is printed where it happens.
        let kept = catch_unwind(|| property(&input));
        tally.trial(kept.map_err(|_| format!("cargo fuzz run {target} {}", path.display())));
    }
    tally.finish();
}

macro_rules! targets {
    ($($target:ident)*) => {
        $(#[test] fn $target() { replay(stringify!($target), properties::$target); })*

        /// Each corpus has its test, and stays small.
        #[test]
        fn every_corpus_is_replayed_and_small() {
            let known = [$(stringify!($target)),*];
            for entry in fs::read_dir(corpus()).unwrap() {
                let entry = entry.unwrap();
                let files: Vec<_> = fs::read_dir(entry.path()).unwrap().map(|file| file.unwrap()).collect();
                let bytes: u64 = files.iter().map(|file| file.metadata().unwrap().len()).sum();
                let name = entry.file_name().into_string().unwrap();
                assert!(known.contains(&name.as_str()), "nobody replays {name}");
                assert!(files.len() <= 110 && bytes < 200 << 10, "{name}: {} files, {bytes} bytes", files.len());
            }
        }
    };
}

targets!(archive config journal ledger look message name sql text value);
