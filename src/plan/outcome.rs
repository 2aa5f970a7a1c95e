//! From how each host ended to what the operation came to.

use crate::agent::journal::End;
use crate::model::{Exit, HostState, ReleaseId};

/// How one host ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// How; `None`: nobody could learn it.
    pub how: Option<End>,
    /// What `live` names there, where the host said it.
    pub live: Option<ReleaseId>,
    /// Why, or by whom it is locked.
    pub text: String,
}

impl Ending {
    /// The state, for people and machines.
    pub fn state(&self) -> HostState {
        match self.how {
            Some(End::Committed) => HostState::Committed,
            Some(End::Aborted | End::Locked | End::Frozen | End::Stale | End::Refused) => HostState::Unchanged,
            Some(End::Reverted) => HostState::RolledBack,
            Some(End::Broken) => HostState::Broken,
            None => HostState::Unknown,
        }
    }
}

/// A host's `SINCE VERB WHO` as a sentence; any other text as it is.
pub(super) fn locked_by(text: &str) -> String {
    match text.splitn(3, ' ').collect::<Vec<_>>().as_slice() {
        [since, verb, who] if since.ends_with('Z') => format!("locked by {who}: {verb} since {since}"),
        _ => text.to_owned(),
    }
}

/// The exit code: it says what every host really serves.
pub fn judge(endings: &[Ending], interrupted: bool) -> Exit {
    let all = |wanted: &[HostState]| endings.iter().all(|ending| wanted.contains(&ending.state()));
    let any = |wanted: End| endings.iter().any(|ending| ending.how == Some(wanted));
    if all(&[HostState::Committed]) {
        Exit::Done
    } else if all(&[HostState::Unchanged]) {
        match () {
            () if interrupted => Exit::Interrupted,
            () if any(End::Locked) || any(End::Frozen) => Exit::Locked,
            () if any(End::Refused) || any(End::Stale) => Exit::Refused,
            () => Exit::Failed,
        }
    } else if all(&[HostState::Unchanged, HostState::RolledBack]) {
        if interrupted { Exit::Interrupted } else { Exit::RolledBack }
    } else if all(&[HostState::Unknown]) {
        Exit::Unknown
    } else {
        Exit::Differ
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(hows: &[Option<End>], interrupted: bool) -> u8 {
        let endings: Vec<_> = hows.iter().map(|how| Ending { how: *how, live: None, text: String::new() }).collect();
        judge(&endings, interrupted).code()
    }

    #[test]
    fn says_what_every_host_serves() {
        let (done, back, gave_up, broken) =
            (Some(End::Committed), Some(End::Reverted), Some(End::Aborted), Some(End::Broken));
        assert_eq!(code(&[done, done], false), 0);
        assert_eq!(code(&[gave_up, gave_up], false), 1);
        assert_eq!(code(&[gave_up, Some(End::Refused)], false), 3);
        assert_eq!(code(&[done, back], false), 4);
        assert_eq!(code(&[back, broken], false), 4);
        assert_eq!(code(&[back, None], false), 4);
        assert_eq!(code(&[back, gave_up], false), 5);
        assert_eq!(code(&[None], false), 6);
        assert_eq!(code(&[None, None], true), 6);
        assert_eq!(code(&[Some(End::Locked), gave_up], false), 75);
        assert_eq!(code(&[Some(End::Locked), done], false), 4);
        assert_eq!(code(&[gave_up, back], true), 130);
    }
}
