//! Large files, secrets, and text that wants to be a command.

use super::*;

#[test]
fn ten_thousand_hosts_are_read() {
    let hosts: Vec<String> = (0..10_000).map(|n| format!("'h{n}'")).collect();
    let config = whole(&format!("app = 'x'\n[targets.t]\nhosts = [{}]", hosts.join(",\n")));
    assert_eq!(config.targets[0].hosts.len(), 10_000);
}

#[test]
fn an_excerpt_never_shows_a_secret_beside_it() {
    let failure = error("[env]\nvars = { PGPASSWORD = 'hunter2', '1A' = 'x' }");
    assert!(
        failure.what.contains("not a variable's name") && !format!("{failure:?}").contains("hunter2"),
        "{failure:?}"
    );
    let failure = error("[health]\nurl = 'http://u:hunter2@h/'");
    assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
}

/// The contract's fifty metacharacters: in each strict field they are refused, in each lenient one kept as they are.
#[test]
fn metacharacters_are_refused_or_kept() {
    let nasty = "; & | < > ( ) { } [ ] ! # * ? $ ` \\ ' \" ^ % , = : @@ $(id) `id` ${IFS} && || ;; >> << <( -- -x --x ~x \
                 .. ../x /x/.. a;b a|b a&b a$b a`b a'b a\"b a\\b a*b a?b";
    let words: Vec<&str> = nasty.split_whitespace().chain(["a b", "a\nb", "a\u{1b}b", "\u{202e}x", ""]).collect();
    assert!(words.len() >= 50);
    for word in words {
        let quoted =
            format!("{word:?}").replace("\\u{1b}", "\\u001b").replace("\\u{202e}", "\\u202e").replace("\\'", "'");
        for strict in ["live", "releases", "base", "artifact", "app", "default"] {
            let text =
                format!("{strict} = {quoted}\n{}", keyed("").replace("app", if strict == "app" { "#" } else { "app" }));
            assert!(read(&text).is_err(), "{text}");
        }
        for strict in [
            format!("[targets.t]\nhosts = [{quoted}]"),
            format!("[targets.{quoted}]\nhosts = ['h']"),
            format!("[[targets.t.hosts]]\naddress = 'h'\nuser = {quoted}"),
            format!("[[targets.t.hosts]]\naddress = {quoted}"),
            format!("[[targets.t.hosts]]\naddress = 'h'\nhost_key = {quoted}"),
        ] {
            hosts_error(&strict);
        }
        let found = target(&format!("[env]\nvars = {{ A = {quoted} }}"));
        assert_eq!(found.env.vars, [("A".into(), word.into())]);
        if let Ok(config) = read(&with_target(&format!("[prepare]\nrun = [{quoted}]"))) {
            assert_eq!(config.targets[0].prepare, [word]);
        }
        if let Ok(config) = read(&keyed(&format!("shared = [{quoted}]"))) {
            assert_eq!(config.targets[0].shared, [word]);
            assert!(!word.contains("..") && !word.contains('\n') && !word.starts_with('/'), "{word}");
        }
    }
}
