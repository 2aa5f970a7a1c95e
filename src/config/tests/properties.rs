//! Properties of arbitrary text, of mutated files, and of merging.

use arbtest::{arbitrary, arbtest};

use super::*;

/// Errors must be presentable too, whatever the text.
fn survives(text: &str) {
    if let Err(failure) = read(text) {
        assert!(!failure.to_string().is_empty());
        assert!(!failure.detail.unwrap_or_default().contains('\u{1b}'));
    }
}

#[test]
fn no_text_panics() {
    arbtest(|u| {
        survives(u.arbitrary()?);
        Ok(())
    })
    .budget_ms(1000);
}

#[test]
fn no_mutation_of_a_good_file_panics() {
    let all = template::uncommented();
    arbtest(|u| {
        let mut bytes = u.choose(&[CONTRACT, all.as_str(), TEMPLATE])?.as_bytes().to_vec();
        for _ in 0..u.int_in_range(1..=8)? {
            let at = u.choose_index(bytes.len())?;
            match u.int_in_range(0..=3)? {
                0 => bytes[at] = u.arbitrary()?,
                1 => drop(bytes.splice(at..at, b"\"'[]{}=.\n\\-~/$"[u.choose_index(14)?..].iter().copied().take(1))),
                2 => drop(bytes.drain(at..(at + u.int_in_range(1..=20)?).min(bytes.len()))),
                _ => bytes.extend_from_within(at..(at + 30).min(bytes.len())),
            }
            if bytes.is_empty() {
                break;
            }
        }
        survives(&String::from_utf8_lossy(&bytes));
        Ok(())
    })
    .budget_ms(3000);
}

/// Table, key, and values to choose from; none of them excludes another.
const KEYS: &[(&str, &str, [&str; 2])] = &[
    ("", "artifact", ["'a-{version}.tar.gz'", "'b-{version}.tar.gz'"]),
    ("", "base", ["'~/a'", "'/srv/b'"]),
    ("", "releases", ["'ra'", "'rb'"]),
    ("", "live", ["'la'", "'lb'"]),
    ("", "keep", ["2", "3"]),
    ("", "shared", ["['a']", "[]"]),
    ("", "lease", ["'5s'", "'6s'"]),
    ("", "max_unpacked", ["1", "'1GiB'"]),
    ("env", "files", ["['a']", "['b']"]),
    ("env", "vars.A", ["'1'", "'2'"]),
    ("env", "vars.B", ["'1'", "'2'"]),
    ("prepare", "run", ["['a']", "['b']"]),
    ("maintenance", "flag", ["'fa'", "'fb'"]),
    ("maintenance", "long_flag", ["'ga'", "'gb'"]),
    ("maintenance", "when", ["'always'", "'never'"]),
    ("service", "stop", ["'a'", "'b'"]),
    ("service", "start", ["'a'", "'b'"]),
    ("service", "restart", ["'a'", "'b'"]),
    ("service", "reload", ["'a'", "'b'"]),
    ("health", "url", ["'http://a/'", "'http://b/'"]),
    ("health", "expect", ["'a'", "'b'"]),
    ("health", "timeout", ["'1s'", "'2s'"]),
    ("env", "timeout", ["'1s'", "'2s'"]),
    ("prepare", "timeout", ["'1s'", "'2s'"]),
    ("service", "timeout", ["'1s'", "'2s'"]),
    ("activate", "timeout", ["'1s'", "'2s'"]),
    ("schema", "timeout", ["'1s'", "'2s'"]),
    ("activate", "clear", ["['a']", "['b']"]),
    ("activate", "copy", ["[{ from = 'a', to = 'b' }]", "[]"]),
    ("activate", "run", ["['a']", "['b']"]),
    ("schema", "backup", ["'always'", "'never'"]),
    ("signatures", "allowed_signers", ["'/a'", "'~/b'"]),
    ("signatures", "required", ["true", "false"]),
    ("ssh", "config", ["'a'", "'b'"]),
    ("ssh", "connect_timeout", ["'1s'", "'2s'"]),
];

/// What each key of [`KEYS`] is set to in one layer.
type Settings = Vec<Option<&'static str>>;

fn file(top: &Settings, own: &Settings) -> String {
    let lines = |settings: &Settings, table: &str, above: &str| {
        let mut text = String::new();
        for (name, group) in
            ["", "env", "prepare", "maintenance", "service", "health", "activate", "schema", "signatures", "ssh"].map(
                |name| {
                    let rows = KEYS.iter().zip(settings).filter(move |((at, ..), _)| *at == name);
                    (
                        name,
                        rows.filter_map(|((_, key, _), value)| value.map(|value| format!("{key} = {value}\n")))
                            .collect::<String>(),
                    )
                },
            )
        {
            match (name, group.is_empty()) {
                ("", _) => text += &format!("{above}{group}"),
                // It makes no sense without these two.
                ("schema", _) if table.is_empty() => {
                    text += &format!("[schema]\nurl = '$A'\ndesired = 'd'\n{group}");
                }
                (_, true) => {}
                (name, false) => text += &format!("[{table}{name}]\n{group}"),
            }
        }
        text
    };
    lines(top, "", "app = 'x'\n") + &lines(own, "targets.t.", "[targets.t]\nhosts = ['h']\n")
}

#[test]
fn overriding_key_by_key_is_merging_by_hand() {
    let (mut good, mut all) = (0, 0);
    arbtest(|u| {
        // Half of the runs set nearly all keys: those are the good files.
        let dense = u.arbitrary::<bool>()?;
        let mut settings = || -> arbitrary::Result<Settings> {
            let one = |values: &'static [&'static str; 2], u: &mut arbitrary::Unstructured| {
                let set = if dense { u.ratio(7, 8)? } else { u.arbitrary()? };
                Ok(if set { Some(*u.choose(values)?) } else { None })
            };
            KEYS.iter().map(|(_, _, values)| one(values, u)).collect()
        };
        let (top, own) = (settings()?, settings()?);
        let merged: Settings = own.iter().zip(&top).map(|(own, top)| own.or(*top)).collect();
        let nothing = vec![None; KEYS.len()];
        let by_tool = read(&file(&top, &own)).map(|config| config.targets);
        let by_hand = read(&file(&nothing, &merged)).map(|config| config.targets);
        all += 1;
        match (by_tool, by_hand) {
            (Ok(by_tool), Ok(by_hand)) => {
                good += 1;
                assert_eq!(by_tool, by_hand);
            }
            // Which of several complaints is the first depends on where they stand, so only the verdict is equal.
            (by_tool, by_hand) => assert_eq!(by_tool.is_ok(), by_hand.is_ok()),
        }
        Ok(())
    })
    .budget_ms(2000);
    assert!(good * 10 > all, "only {good} of {all} files were good");
}
