//! What a look has to ask beyond what it always tells, because hosts.toml makes it matter.

use crate::agent::wire::Question;
use crate::model::Unit;
use crate::model::target::{Service, Target};

/// The questions for a target.
pub fn questions(target: &Target) -> Vec<Question> {
    let mut all: Vec<Question> = target.env.files.iter().cloned().map(Question::EnvFile).collect();
    if let Some(maintenance) = &target.maintenance {
        all.push(Question::Flag("short", maintenance.flag.clone()));
        all.extend(maintenance.long_flag.clone().map(|path| Question::Flag("long", path)));
    }
    match &target.service {
        Service::None => {}
        Service::Systemd { unit, user } => all.push(Question::Unit(Unit { name: unit.clone(), user: *user })),
        Service::Commands { stop, start, restart, reload } => {
            let with_sudo = |command: &&String| command.split_whitespace().next() == Some("sudo");
            all.extend(
                [stop, start, restart, reload].into_iter().flatten().filter(with_sudo).cloned().map(Question::Sudo),
            );
        }
    }
    all.extend(target.activate.clear.iter().cloned().map(Question::Directory));
    all.extend(target.activate.copy.iter().map(|copy| Question::Directory(copy.to.clone())));
    all.extend(target.shared.iter().cloned().map(Question::Shared));
    all
}
