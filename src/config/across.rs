//! What must fit between targets: requirements, the default, and no two of them in one place.

use std::collections::BTreeMap;

use super::excerpt::quoted;
use super::problem::{Complaint, Problems};
use super::suggest::suggest;
use super::table::At;
use super::target::Draft;
use crate::model::target::{Address, Host, Target};

/// Checks that `requires` names another target, and that no chain of them comes back to where it started.
pub(super) fn requirements(drafts: &[Draft], problems: &Problems) {
    let find = |name: &str| drafts.iter().find(|draft| draft.target.name == name);
    for draft in drafts {
        let (Some(required), Some(span)) = (&draft.target.requires, &draft.requires) else { continue };
        if find(required).is_none() {
            problems.add(span.clone(), unknown(required, drafts).about("requires"));
            continue;
        }
        let mut chain = vec![draft.target.name.as_str()];
        let mut next = Some(required.as_str());
        while let Some(name) = next.filter(|name| !chain.contains(name)) {
            chain.push(name);
            next = find(name).and_then(|draft| draft.target.requires.as_deref());
        }
        // A chain that runs into a cycle further on is that cycle's mistake, not this target's.
        if next == Some(chain[0]) {
            let complaint =
                Complaint::new(format!("`requires` goes in a circle: {} -> {}", chain.join(" -> "), chain[0]));
            problems.add(span.clone(), complaint.why("none of them could ever be deployed to first"));
        }
    }
}

/// Checks that `default` is a target.
pub(super) fn default(default: &At<String>, drafts: &[Draft], problems: &Problems) {
    if !drafts.iter().any(|draft| draft.target.name == *default.get_ref()) {
        problems.add(default.span(), unknown(default.get_ref(), drafts).about("default"));
    }
}

/// Checks that no two hosts, of one target or of two, are the same place: they would fight over one live.
pub(super) fn places(drafts: &[Draft], problems: &Problems) {
    let mut known: BTreeMap<Vec<String>, &str> = BTreeMap::new();
    for draft in drafts {
        for (host, span) in draft.target.hosts.iter().zip(&draft.hosts) {
            let Some(other) = known.insert(place(&draft.target, host), &draft.target.name) else { continue };
            let name = &draft.target.name;
            problems.add(
                span.clone(),
                match other == name {
                    true => Complaint::new(format!("{} is listed twice in [targets.{name}]", quoted(&host.name)))
                        .hint("leave one of them away"),
                    false => Complaint::new(format!(
                        "{} is the same host and `base` in [targets.{other}] and [targets.{name}]",
                        quoted(&host.name)
                    ))
                    .why("they would fight over one live")
                    .hint(format!("give [targets.{name}] a `base` of its own")),
                },
            );
        }
    }
}

/// What two hosts must not share. A host with another ssh config or jump host may be another machine of that name, and
/// another user has another `~`.
fn place(target: &Target, host: &Host) -> Vec<String> {
    match &host.address {
        Address::Local { base: Some(base) } => vec!["local".into(), base.to_string_lossy().into_owned()],
        Address::Local { base: None } => vec!["local".into(), target.base.clone()],
        Address::Ssh { host, user, port, jump, .. } => vec![
            "ssh".into(),
            host.to_ascii_lowercase(),
            port.unwrap_or(22).to_string(),
            jump.clone().unwrap_or_default(),
            target.ssh.config.as_ref().map(|config| config.to_string_lossy().into_owned()).unwrap_or_default(),
            target.base.clone(),
            user.clone().filter(|_| target.base.starts_with('~')).unwrap_or_default(),
        ],
    }
}

fn unknown(name: &str, drafts: &[Draft]) -> Complaint {
    let names = || drafts.iter().map(|draft| draft.target.name.as_str());
    let complaint = Complaint::new(format!("there is no target {}", quoted(name)));
    match suggest(name, names()) {
        Some(near) => complaint.hint(format!("did you mean {near:?}?")),
        None => complaint.hint(format!("targets are {}", names().take(10).collect::<Vec<_>>().join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{whole, whole_error};

    #[test]
    fn requirements_are_other_targets() {
        let chain = "app = 'x'\n[targets.a]\nhosts = ['a']\n[targets.b]\nhosts = ['b']\nrequires = 'a'\n[targets.c]\nhosts = ['c']\nrequires = 'b'";
        assert_eq!(whole(chain).targets[2].requires.as_deref(), Some("b"));
        let typo = chain.replace("requires = 'a'", "requires = 'aa'");
        assert_eq!(whole_error(&typo).hint.as_deref(), Some("did you mean \"a\"?"));
        let circle = chain.replace("hosts = ['a']", "hosts = ['a']\nrequires = 'b'");
        let error = whole_error(&circle);
        assert_eq!(error.what, "`requires` goes in a circle: a -> b -> a");
        assert!(!error.detail.unwrap().contains("c -> "));
        let own = chain.replace("requires = 'a'", "requires = 'b'");
        assert_eq!(whole_error(&own).what, "`requires` goes in a circle: b -> b");
    }

    #[test]
    fn the_default_is_a_target() {
        let error = whole_error("app = 'x'\ndefault = 'prd'\n[targets.prod]\nhosts = ['a']");
        assert_eq!(error.what, "`default`: there is no target \"prd\"");
        assert_eq!(error.hint.as_deref(), Some("did you mean \"prod\"?"));
        assert_eq!(error.place, "hosts.toml:2:11");
    }

    /// Facts items 5 and 19.
    #[test]
    fn two_targets_never_share_a_place() {
        let pair = |a: &str, b: &str| format!("app = 'x'\n[targets.a]\n{a}\n[targets.b]\n{b}");
        for (a, b) in [
            ("hosts = ['h']", "hosts = ['h']"),
            ("hosts = ['h']", "hosts = ['H:22']"),
            ("hosts = ['local']", "hosts = ['local']"),
            ("hosts = ['local:out']", "hosts = ['local:./out/']"),
            ("hosts = ['local']\nbase = '/srv/x'", "hosts = ['local:/srv/x']"),
            ("hosts = ['u@h']\nbase = '/srv/x'", "hosts = ['v@h']\nbase = '/srv/x/'"),
        ] {
            assert!(whole_error(&pair(a, b)).what.contains("is the same host and `base`"), "{a} {b}");
        }
        for (a, b) in [
            ("hosts = ['u@h']", "hosts = ['v@h']"),
            ("hosts = ['u@h']\nbase = '~/x'", "hosts = ['v@h']\nbase = '~/x'"),
            ("hosts = ['h']", "hosts = ['h:2222']"),
            ("hosts = ['h']", "hosts = ['h']\nbase = '~/b'"),
            ("hosts = ['local:a']", "hosts = ['local:b']"),
            ("hosts = [{ address = 'h', jump = 'j' }]", "hosts = ['h']"),
        ] {
            whole(&pair(a, b));
        }
        for twice in ["hosts = ['h', 'h']", "hosts = ['u@h', { address = 'h', user = 'u' }]"] {
            assert!(
                whole_error(&pair(twice, "hosts = ['b']")).what.contains("is listed twice in [targets.a]"),
                "{twice}"
            );
        }
    }
}
