//! What a look says, line by line, as an [`Observed`].

use crate::model::{
    Adoptable, BaseState, DatabaseAt, Flag, Identity, Installed, Live, LiveHealth, LockHolder, Observed, Record,
};

/// Takes one line of a look up. Lines that mean nothing to this version are left alone.
pub fn take_up(observed: &mut Observed, line: &str) {
    let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
    match key {
        "user" => observed.user = rest.into(),
        "uid" => observed.uid = rest.parse().ok(),
        "base_path" => observed.base = rest.into(),
        "base" => base(observed, rest),
        "base_owner" => observed.base_owner = rest.parse().ok(),
        "base_mount" => {
            let (kind, how) = rest.split_once(' ').unwrap_or((rest, ""));
            observed.file_system = kind.into();
            observed.noexec = how == "noexec";
        }
        "identity" => observed.identity = identity(rest),
        "unpacked" => observed.unpacked = Some(rest.into()),
        "adopt_name" => observed.adoptable.push(Adoptable::called(rest)),
        "foreign" => observed.foreign.push(rest.into()),
        "state" => match rest.strip_prefix("unreadable ") {
            Some(what) => observed.unreadable = what.split_once(' ').map(|(uid, path)| (uid.parse().ok(), path.into())),
            None => observed.state_readonly |= rest == "readonly",
        },
        "boot" => observed.boot = rest.into(),
        "time" => observed.time = rest.parse().ok(),
        "no_proc" => observed.no_proc = true,
        "tool" => observed.tools.push(rest.into()),
        "disk_kib" => observed.disk_kib = rest.parse().ok(),
        "inodes" => observed.inodes = rest.parse().ok(),
        "live" => observed.live = live(rest),
        "release" => observed.releases.extend(installed(rest)),
        "gone" => observed.gone.push(rest.into()),
        "lock" => observed.lock = lock(rest),
        "open" => observed.open.extend(rest.split(' ').next().map(str::to_owned)),
        "freeze" => observed.freeze = Some(rest.into()),
        "ledger_lines" => observed.ledger_lines = rest.parse().unwrap_or(0),
        "ledger" => ledger(observed, rest),
        "flag" => flag(observed, rest),
        "shared_missing" => observed.shared_missing.push(rest.into()),
        "shared_directory" => observed.shared_directories.push(rest.into()),
        "shared_linked" | "shared_dangling" | "shared_led" | "shared_other" | "shared_apart" => {
            sharing(observed, key, rest)
        }
        "unit" => observed.unit.extend(rest.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()))),
        "agent" => observed.agent = true,
        _ if key.starts_with("adopt_") => observed.adoptable.last_mut().map_or((), |found| adoptable(found, key, rest)),
        "linger" | "unit_unasked" | "journal" | "killed" | "way_closed" | "place" => right(observed, key, rest),
        "health" => observed.health = health(rest),
        _ => observed.complaints.extend(complaint(key, rest)),
    }
}

fn ledger(observed: &mut Observed, line: &str) {
    match serde_json::from_str::<Record>(line) {
        Ok(record) => {
            observed.ledger_doubt &= !record.goes_live();
            observed.ledger.push(record);
        }
        Err(_) => {
            observed.ledger_doubt = true;
            observed.ledger_unread += 1;
        }
    }
}

fn identity(rest: &str) -> Option<Identity> {
    let mut words = rest.split(' ').map(super::unword);
    Some(Identity { app: words.next()?, releases: words.next()?, live: words.next()? })
}

fn adoptable(found: &mut Adoptable, key: &str, rest: &str) {
    match key {
        "adopt_text" => found.text = Some(rest.into()),
        "adopt_path" => found.path = rest.into(),
        "adopt_changed" => found.changed = rest.parse().unwrap_or_default(),
        "adopt_others" => found.others = rest.parse().unwrap_or_default(),
        "adopt_revision" if matches!(rest.len(), 40 | 64) => found.revision = Some(rest.into()),
        _ => {}
    }
}

fn sharing(observed: &mut Observed, key: &str, rest: &str) {
    let sharing = &mut observed.sharing;
    let led = || {
        let (path, to) = rest.split_once(' ')?;
        Some((super::unword(path), to.to_owned()))
    };
    match key {
        "shared_linked" => sharing.linked.push(rest.into()),
        "shared_apart" => sharing.apart.push(rest.into()),
        "shared_dangling" if !sharing.dangling.iter().any(|said| said == rest) => sharing.dangling.push(rest.into()),
        "shared_other" => sharing.other.extend(led()),
        "shared_led" => match led() {
            Some((path, to)) if to == "nowhere" => sharing.astray.push(path),
            found => sharing.led.extend(found),
        },
        _ => {}
    }
}

fn right(observed: &mut Observed, key: &str, rest: &str) {
    let rights = &mut observed.rights;
    match key {
        "linger" => rights.linger = Some(rest == "yes"),
        "unit_unasked" => rights.unit_unasked = rest.split_once(' ').map(|(_, why)| why.to_owned()),
        "journal" => rights.journal_closed = rest == "closed",
        "killed" => rights.killed = Some(rest != "scope"),
        "place" => rights.place = Some(rest.into()),
        _ => rights.way_closed.push(rest.into()),
    }
}

/// What came of the request `health`.
pub fn health(rest: &str) -> Option<LiveHealth> {
    let (how, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(match how {
        "healthy" => LiveHealth::Healthy,
        "unhealthy" => {
            let (status, said) = rest.split_once(' ')?;
            LiveHealth::Unhealthy { status: status.parse().ok(), said: said.into() }
        }
        _ => LiveHealth::Unasked(rest.into()),
    })
}

/// What came of the request `database`.
pub fn database(rest: &str) -> Option<DatabaseAt> {
    match rest.split_once(' ').unwrap_or((rest, "")) {
        ("sqlite", rest) => {
            let (place, shown) = rest.split_once(' ')?;
            Some(DatabaseAt::File { place: place.into(), shown: shown.into() })
        }
        ("postgresql", _) => Some(DatabaseAt::Server),
        _ => None,
    }
}

fn base(observed: &mut Observed, state: &str) {
    observed.base_state = match state {
        "readonly" => BaseState::ReadOnly,
        "missing" => BaseState::Missing,
        "uncreatable" => BaseState::Uncreatable,
        "not_directory" => BaseState::NotDirectory,
        "world_writable" => {
            observed.base_world_writable = true;
            return;
        }
        _ => BaseState::Writable,
    };
}

fn live(rest: &str) -> Live {
    match rest.split_once(' ') {
        Some(("link", text)) => Live::Link(text.into()),
        Some(("dangling", text)) => Live::Dangling(text.into()),
        _ if rest == "directory" => Live::Directory,
        _ if rest == "file" => Live::File,
        _ => Live::None,
    }
}

fn installed(rest: &str) -> Option<Installed> {
    let (name, json) = rest.split_once(' ')?;
    Some(Installed { id: name.parse().ok()?, meta: serde_json::from_str(json).ok() })
}

fn lock(rest: &str) -> Option<LockHolder> {
    let mut words = rest.splitn(5, ' ');
    Some(LockHolder {
        pid: words.next()?.parse().ok()?,
        operation: words.next()?.into(),
        verb: words.next()?.into(),
        since: words.next()?.into(),
        who: words.next().unwrap_or_default().into(),
    })
}

fn flag(observed: &mut Observed, rest: &str) {
    let (name, state) = rest.split_once(' ').unwrap_or((rest, ""));
    let state = match state.split_once(' ').unwrap_or((state, "")) {
        ("up", text) => Flag::Up(text.into()),
        ("down", _) => Flag::Down,
        ("directory", _) => Flag::Directory,
        _ => Flag::Unwritable,
    };
    match name {
        "short" => observed.flag = state,
        _ => observed.long_flag = state,
    }
}

fn complaint(key: &str, rest: &str) -> Option<String> {
    match (key, rest.split_once(' ').unwrap_or((rest, ""))) {
        ("sudo", ("missing", _)) => Some("sudo is not installed".into()),
        ("sudo", ("refused", command)) => {
            Some(format!("sudo asks for a password: {command}; `release setup` prints the rule"))
        }
        ("sudo", ("denied", command)) => {
            Some(format!("sudo does not allow: {command}; `release setup` prints the rule"))
        }
        ("part_no_directory", _) => {
            Some(format!("{rest} is not a directory of its own; move it away: mv {rest} {rest}.old"))
        }
        ("part_elsewhere", _) => Some(format!("{rest}; all of `base` must be on one, or no swap is one rename")),
        ("part_open", _) => Some(format!("{rest} can be written by anyone; chmod o-w {rest}")),
        ("ledger_no_file", _) => Some(format!("{rest} is no regular file; move it away: mv {rest} {rest}.old")),
        ("env_missing", _) => Some(format!("the [env] file {rest} is not there or can't be read")),
        ("shared_unreadable", _) => Some(format!("shared/{rest} can't be read")),
        ("dir_unwritable", _) => Some(format!("{rest} can't be written to")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(lines: &[&str]) -> Observed {
        let mut observed = Observed::default();
        lines.iter().for_each(|line| take_up(&mut observed, line));
        observed
    }

    #[test]
    fn reads_a_look() {
        let o = observed(&[
            "user ddgc",
            "base writable",
            "disk_kib 1024",
            "live link releases/20140218-114503-0.940",
            "release 20140218-114503-0.940 {}",
            "release nonsense {}",
            "lock 12 op-1 deploy 2014-02-18T11:45:03Z maikel@laptop of mine",
            "open op-1 1.0 do 3",
            "open op-0 1.0 do 3",
            "flag short up op-9 somebody",
            "sudo refused sudo /sbin/x",
            "from the future",
        ]);
        assert_eq!(o.live_release("releases").unwrap().version().as_str(), "0.940");
        assert_eq!(o.releases.len(), 1);
        assert_eq!(o.lock.as_ref().unwrap().who, "maikel@laptop of mine");
        assert_eq!(o.leftovers().collect::<Vec<_>>(), ["op-0"]);
        assert_eq!(o.flag, Flag::Up("op-9 somebody".into()));
        assert_eq!(o.complaints, ["sudo asks for a password: sudo /sbin/x; `release setup` prints the rule"]);
    }

    #[test]
    fn any_text_is_survived() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let mut observed = Observed::default();
            text.lines().for_each(|line| take_up(&mut observed, line));
            for key in ["live", "release", "lock", "ledger", "flag", "unit", "open", "base"] {
                take_up(&mut observed, &format!("{key} {text}"));
            }
            Ok(())
        });
    }
}
