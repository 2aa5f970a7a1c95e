//! What of a host is not as it should be: a word for a table, and the whole of it.

use super::document::HostStatus;

/// One thing.
pub struct State {
    /// A word or two.
    pub word: &'static str,
    /// All of it: `maintenance: ann@laptop since ...`.
    pub text: String,
    /// It will pass by itself, or somebody wants it so.
    pub calm: bool,
}

/// All of them; none when all is well. Text of hosts is raw.
pub fn states(host: &HostStatus) -> Vec<State> {
    let mut all = Vec::new();
    let mut add = |word, calm, text| all.push(State { word, text, calm });
    if let Some(error) = &host.error {
        add("unreachable", false, error.clone());
    }
    if let Some(identity) = &host.identity {
        add("not ours", false, identity.clone());
    }
    if let Some(unreadable) = &host.unreadable {
        add("unreadable", false, unreadable.clone());
    }
    if let Some(by_hand) = &host.by_hand {
        add("by hand", false, by_hand.clone());
    }
    if let Some(damage) = &host.damage {
        add("damaged", false, damage.clone());
    }
    if let Some(remains) = &host.remains {
        add("remains", true, remains.clone());
    }
    match host.operation.as_ref().map(|operation| &operation.holder) {
        Some(Some(holder)) => add("under way", true, format!("{} by {} under way", holder.verb, holder.who)),
        Some(None) => add("interrupted", false, "interrupted: release recover".into()),
        None => {}
    }
    match &host.left_out {
        Some(left) => {
            let why = left.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            add("left out", true, format!("left out by {} since {}{why}", left.who, left.since));
        }
        None if host.behind => add("behind", false, "behind the other hosts".into()),
        None => {}
    }
    if host.reachable && host.live.is_none() && host.unreadable.is_none() {
        add("empty", true, "nothing is deployed here".into());
    }
    if let Some(lock) = &host.lock {
        add("locked", true, format!("locked by {}", lock.by));
    }
    if let Some(schema) = &host.schema {
        if let Some(error) = schema["error"].as_str() {
            add("database?", false, format!("database: {error}"));
        }
        if schema["drift"] == true {
            add("drift", false, "its schema was changed by hand".into());
        }
    }
    if let Some(why) = host.live.as_ref().and_then(|live| live.no_health.as_ref()) {
        add("unproved", false, format!("no health check: {why}"));
    }
    if host.no_linger {
        add(
            "no linger",
            false,
            "no linger: its user unit ends with the last login, so nobody can say whether it runs".into(),
        );
    }
    if let Some(maintenance) = &host.maintenance {
        let by = without_id(&maintenance.by);
        let by = if by.trim().is_empty() { "on (by hand, no reason given)" } else { by };
        add("maintenance", true, format!("maintenance: {by}"));
    }
    all
}

/// What a flag says of itself, without the id of the operation that raised it.
fn without_id(text: &str) -> &str {
    let is_id =
        |word: &str| word.len() > 16 && word.bytes().take(8).all(|b| b.is_ascii_digit()) && word.as_bytes()[8] == b'-';
    text.split_once(' ').filter(|(word, _)| is_id(word)).map_or(text, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_shown_without_the_id() {
        assert_eq!(without_id("20261128-061821-maintenance-on06y ann@laptop since x"), "ann@laptop since x");
        for kept in ["ann@laptop since x", "", "20261128-061821-maintenance-on06y", "back at 20261128-061821"] {
            assert_eq!(without_id(kept), kept);
        }
    }
}
