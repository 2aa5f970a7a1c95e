//! The journal's lines: what the host says while it works.

use crate::model::ReleaseId;

/// What stands in the reason of a `verify` that failed, behind the release.
pub const INCOMPLETE: &str = " is incomplete: ";

/// One line of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Seconds since the host's boot.
    pub at: f64,
    /// What happened.
    pub said: Said,
}

/// What a line says. Steps are numbered from 1 in the order of the plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// The lock is ours, and nothing has changed since the look.
    Begin,
    /// A step begins.
    Do(usize),
    /// It is done.
    Ok(usize),
    /// It failed, for this reason.
    Fail(usize, String),
    /// It is being undone.
    Undo(usize),
    /// It has been undone.
    Undone(usize),
    /// It could not be undone, for this reason.
    Stuck(usize, String),
    /// Worth knowing, and no reason to stop.
    Warning(String),
    /// So many releases were removed.
    Pruned(usize),
    /// The confirmation is on disk: from here on only forward.
    Confirmed,
    /// Over.
    End {
        /// How.
        how: End,
        /// What `live` names now; `None`: nothing, or nothing of ours.
        live: Option<ReleaseId>,
        /// Why, or by whom it is locked.
        text: String,
    },
    /// A word of a later version.
    Other,
}

/// How an operation ended on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Done, and in the ledger.
    Committed,
    /// Given up before anything was switched.
    Aborted,
    /// Switched, and put back.
    Reverted,
    /// Could not be put back.
    Broken,
    /// Somebody else is at work.
    Locked,
    /// `release lock` is on.
    Frozen,
    /// Something has happened since the client looked.
    Stale,
    /// The host could not begin.
    Refused,
}

/// Reads one line; `None` if it is none.
pub fn parse(line: &str) -> Option<Entry> {
    let mut words = line.splitn(3, ' ');
    let at = words.next()?.parse().ok()?;
    let verb = words.next()?;
    let rest = words.next().unwrap_or_default();
    let (first, tail) = rest.split_once(' ').unwrap_or((rest, ""));
    let number = || first.parse::<usize>().ok();
    let said = match verb {
        "begin" => Said::Begin,
        "do" => Said::Do(number()?),
        "ok" => Said::Ok(number()?),
        "fail" => Said::Fail(number()?, tail.into()),
        "undo" => Said::Undo(number()?),
        "undone" => Said::Undone(number()?),
        "stuck" => Said::Stuck(number()?, tail.into()),
        "warning" => Said::Warning(rest.into()),
        "pruned" => Said::Pruned(number()?),
        "confirmed" => Said::Confirmed,
        "end" => end(first, tail)?,
        _ => Said::Other,
    };
    Some(Entry { at, said })
}

fn end(how: &str, rest: &str) -> Option<Said> {
    let how = match how {
        "committed" => End::Committed,
        "aborted" => End::Aborted,
        "reverted" => End::Reverted,
        "broken" => End::Broken,
        "locked" => End::Locked,
        "frozen" => End::Frozen,
        "stale" => End::Stale,
        "refused" => End::Refused,
        _ => return None,
    };
    let (live, text) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Said::End { how, live: live.parse().ok(), text: text.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_host_writes() {
        let said = |line| parse(line).map(|entry| entry.said);
        assert_eq!(said("12.50 do 3"), Some(Said::Do(3)));
        assert_eq!(said("12.50 fail 3 exit 1"), Some(Said::Fail(3, "exit 1".into())));
        let live = Some("20140218-114503-0.940".parse().unwrap());
        let text = "exit 1".to_owned();
        assert_eq!(
            said("12.50 end reverted 20140218-114503-0.940 exit 1"),
            Some(Said::End { how: End::Reverted, live, text })
        );
        assert_eq!(said("12.50 pid 3 77"), Some(Said::Other));
        assert_eq!(said("x do 3"), None);
        assert_eq!(said("12.50 do x"), None);
    }
}
