//! What is accepted unpacks, by real extractors, to just what was counted, and nothing in it leads out.

use std::fs;
use std::path::Path;
use std::process::Command;

use arbtest::arbitrary::{Result, Unstructured};
use arbtest::arbtest;

use crate::artifact::Limits;
use crate::artifact::check::{Checked, archive};
use crate::artifact::testing::{Raw, dir, file, gz, hardlink, long, pax, symlink, tar};

/// A few names again and again, so that entries meet: below links, twice, with and without a directory of their own.
fn entries(u: &mut Unstructured<'_>) -> Result<Vec<Raw>> {
    let mut entries = vec![file("DDGC-1.0/first", "x")];
    for _ in 0..u.int_in_range(1..=5)? {
        let name = format!("{}{}", u.choose(&["DDGC-1.0/", "./DDGC-1.0/"])?, path(u)?);
        let target = match u.int_in_range(0..=9)? {
            0..=4 => path(u)?,
            5 | 6 => format!("../{}", path(u)?),
            7 => format!("{}/../{}", path(u)?, path(u)?),
            _ => u.choose(&["..", ".", "../..", "../../..", "/etc"])?.to_string(),
        };
        let plain = u.ratio(1, 6)?.then(|| pax(b'x', &[("path", name.as_bytes())]));
        let gnu = u.ratio(1, 6)?.then(|| long(b'L', &name));
        entries.extend(plain.or(gnu));
        entries.push(match u.int_in_range(0..=5)? {
            0 => file(name, "hello"),
            1 => dir(name),
            2 => hardlink(name, format!("DDGC-1.0/{}", path(u)?)),
            _ => symlink(name, target),
        });
    }
    Ok(entries)
}

fn path(u: &mut Unstructured<'_>) -> Result<String> {
    let mut path = u.choose(&["a", "b", "c", "d", "e", "f", "first", "."])?.to_string();
    for _ in 0..u.int_in_range(0..=2)? {
        path = format!("{path}/{}", u.choose(&["a", "b", "c", "d", ".", "-x"])?);
    }
    Ok(path)
}

fn extract(tool: &[&str], bytes: &[u8], good: &Checked) {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    fs::write(home.join("x.tar.gz"), bytes).unwrap();
    fs::create_dir(home.join("out")).unwrap();
    let output =
        Command::new(tool[0]).args(&tool[1..]).args(["xzf", "x.tar.gz", "-C", "out"]).current_dir(&home).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{tool:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{tool:?}: {}", String::from_utf8_lossy(&output.stderr));
    let top = home.join("out").join("DDGC-1.0");
    assert_eq!(fs::read_dir(home.join("out")).unwrap().count(), 1, "nothing beside the top directory");
    assert_eq!(walk(&top, &top), good.entries, "{tool:?}");
}

/// Counts what is below a directory; every link must lead into `top`, or nowhere.
fn walk(top: &Path, at: &Path) -> u64 {
    let entries = fs::read_dir(at).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let kind = entry.file_type().unwrap();
            let leads = fs::canonicalize(entry.path());
            assert!(leads.is_err() || leads.is_ok_and(|leads| leads.starts_with(top)), "{entry:?} leads out");
            1 + if kind.is_dir() { walk(top, &entry.path()) } else { 0 }
        })
        .sum()
}

#[test]
fn extractors_agree_with_what_was_counted() {
    let busybox = Command::new("busybox").arg("true").status().is_ok();
    let (mut accepted, mut refused) = (0, 0);
    arbtest(|u| {
        let bytes = gz(&tar(&entries(u)?));
        match archive(bytes.as_slice(), "DDGC-1.0", &Limits::default()) {
            Ok(good) => {
                accepted += 1;
                extract(&["tar"], &bytes, &good);
                if busybox {
                    extract(&["busybox", "tar"], &bytes, &good);
                }
            }
            Err(_) => refused += 1,
        }
        Ok(())
    })
    .budget_ms(1500);
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused");
}
