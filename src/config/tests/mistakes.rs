//! What each kind of mistake looks like.

use super::*;

/// Facts items 3, 4 and 5: each with line, column and carets.
#[test]
fn mistakes_are_pointed_at() {
    let failure = whole_error("app = \"x\"\nkeep = = 1\n");
    assert_eq!((failure.place.as_str(), failure.why.as_deref()), ("hosts.toml:2:8", Some("not TOML")));
    assert_eq!(failure.detail.as_deref(), Some(" 2 | keep = = 1\n   |        ^"));

    let failure = whole_error("app = 'x'\n[targets.prod]\nhosst = ['h']\n");
    assert_eq!((failure.place.as_str(), failure.hint.as_deref()), ("hosts.toml:3:1", Some("did you mean `hosts`?")));
    assert_eq!(failure.what, "unknown key `hosst` in [targets.prod]");
    assert_eq!(failure.detail.as_deref(), Some(" 3 | hosst = ['h']\n   | ^^^^^"), "and no word of missing `hosts`");

    let failure = whole_error(&keyed("kepe = 5"));
    assert_eq!((failure.place.as_str(), failure.hint.as_deref()), ("hosts.toml:2:1", Some("did you mean `keep`?")));

    let failure = whole_error(&keyed("keep = \"5\""));
    assert_eq!(failure.what, "`keep`: must be a whole number, not a string");
    assert_eq!(failure.detail.as_deref(), Some(" 2 | keep = \"5\"\n   |        ^^^"));

    let failure = whole_error("app = 'x'\n[targets.a]\nhosts = ['h']\n[targets.a]\nhosts = ['i']\n");
    assert!(failure.what.contains("duplicate key"), "{failure}");
    assert!(failure.place.starts_with("hosts.toml:4:"), "{failure}");
}

#[test]
fn a_key_below_a_table_is_sent_to_the_top() {
    let failure = whole_error("app = 'x'\n[env]\nfiles = []\nkeep = 5\n");
    assert!(failure.hint.unwrap().contains("`keep` belongs at the top of the file"));
    let failure = whole_error("app = 'x'\nhosts = ['h']\n");
    assert_eq!(failure.hint.as_deref(), Some("`hosts` belongs in [targets.NAME]"));
}

#[test]
fn all_mistakes_of_a_pass_are_told() {
    let failure = whole_error("app = 'x y'\nkeep = 1\n[targets.t]\nhosts = ['-x', 'a b']\nfoo = 1\n");
    let detail = failure.detail.unwrap();
    for what in ["at least 2", "may not start with '-'", "not a host name", "unknown key `foo`"] {
        assert!(detail.contains(what), "{what}: {detail}");
    }
}

/// Facts items 10, 12, 14 and 15, and the shapes of the other scalars.
#[test]
fn scalars_have_shapes() {
    for (line, what) in [
        ("base = ''", "at least two levels deep"),
        ("base = '/etc'", "at least two levels deep"),
        ("base = '$HOME/x'", "at least two levels deep"),
        ("live = '../live'", "not a plain name"),
        ("live = 'a/b'", "not a plain name"),
        ("live = 'releases'", "are both \"releases\""),
        ("releases = 'live'", "are both \"live\""),
        ("live = 'shared'", "is taken"),
        ("releases = '.release'", "is taken"),
        ("keep = 0", "at least 2"),
        ("keep = -1", "at least 2"),
        ("keep = 1", "at least 2"),
        ("lease = '0s'", "longer than zero"),
        ("lease = '1 fortnight'", "not a duration"),
        ("lease = 60", "must be a string"),
        ("max_unpacked = '0'", "must be a number of bytes"),
        ("shared = ['a', 'a/b']", "overlap"),
        ("shared = ['a', 'a/']", "overlap"),
        ("shared = ['/a']", "path inside"),
        ("shared = ['.release/x']", "is taken"),
        ("shared = 'a'", "must be a list"),
        ("artifact = 'x.tar.gz'", "not an artifact's name"),
        ("ssh = { config = '-x' }", "not a file"),
        ("targets = 1", "must be a table"),
        ("prepare = { run = [''] }", "can't be empty"),
    ] {
        let text = if line.starts_with("targets") { format!("app = 'x'\n{line}\n") } else { keyed(line) };
        let failure = whole_error(&text);
        assert!(failure.what.contains(what), "{line}: {failure}");
    }
    assert_eq!(whole_error(&keyed("releases = 'live'")).place, "hosts.toml:2:12");
    for (keys, what) in [
        ("batch = 1", "all switch together"),
        ("strategy = 'together'\nwait = '1s'", "all switch together"),
        ("strategy = 'rolling'\nbatch = 0", "number of hosts"),
        ("strategy = 'canary'", "not one of"),
        ("primary = 'hh'", "not one of the target's hosts"),
        ("protected = 'yes'", "must be true or false"),
    ] {
        assert!(error(keys).what.contains(what), "{keys}: {}", error(keys));
    }
    assert!(whole_error("[targets.t]\nhosts = ['h']").what.contains("has no `app`"));
    assert!(whole_error("app = 'x'\n[targets.'a b']\nhosts = ['h']").what.contains("not a target's name"));
}
