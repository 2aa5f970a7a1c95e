//! What a look has to ask beyond what it always tells, because hosts.toml makes it matter.

use super::sudo::sudo_calls;
use crate::agent::wire::Question;
use crate::model::target::{Service, Target};
use crate::model::{SudoCall, Unit};

/// The questions for a target.
pub fn questions(target: &Target) -> Vec<Question> {
    let mut all: Vec<Question> = target.env.files.iter().cloned().map(Question::EnvFile).collect();
    if let Some(maintenance) = &target.maintenance {
        all.push(Question::Flag("short", maintenance.flag.clone()));
        all.extend(maintenance.long_flag.clone().map(|path| Question::Flag("long", path)));
    }
    match &target.service {
        Service::Systemd { unit, user } => all.push(Question::Unit(Unit { name: unit.clone(), user: *user })),
        Service::None | Service::Commands { .. } => {}
    }
    all.extend(sudo_calls(target).into_iter().filter_map(|call| match call {
        SudoCall::Exact { user, words } => Some(Question::Sudo { user, words }),
        SudoCall::Unknown(_) => None,
    }));
    all.extend(target.activate.clear.iter().cloned().map(Question::Directory));
    all.extend(target.activate.copy.iter().map(|copy| Question::Directory(copy.to.clone())));
    all.extend(target.shared.iter().chain(&target.shared_files).cloned().map(Question::Shared));
    all
}
