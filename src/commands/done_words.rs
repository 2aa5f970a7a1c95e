//! How the end of an operation that brings no release live is told.

use crate::model::{Plan, Step, Target};

/// What an operation of one step has come to, and how many releases it has removed; `None`: it is not one of those.
pub fn small(plan: &Plan, of: &Target, pruned: usize) -> Option<String> {
    let target = &plan.target;
    let steps = || plan.hosts.iter().flat_map(|host| &host.steps);
    let has = |test: fn(&Step) -> bool| steps().any(test);
    let text = match plan.verb {
        "maintenance" if has(|step| matches!(step, Step::Raise { .. })) => {
            format!("maintenance mode is on for {target}: {}", flags(plan, of, ""))
        }
        "maintenance" => format!("maintenance mode is off for {target}: {}", flags(plan, of, " removed")),
        "lock" => format!("{target} is locked"),
        "unlock" => format!("{target} is unlocked"),
        "pin" => format!("{} is pinned on {target}", plan.subject),
        "unpin" => format!("{} is no longer pinned on {target}", plan.subject),
        "setup" => format!("{target} is set up"),
        "prune" => match pruned {
            0 if has(|step| matches!(step, Step::Prune { releases } if !releases.is_empty())) => {
                format!("nothing was removed on {target}")
            }
            0 => format!("there was nothing to remove on {target}"),
            1 => format!("removed 1 old release on {target}"),
            many => format!("removed {many} old releases on {target}"),
        },
        _ => return None,
    };
    Some(text)
}

/// `/srv/app/down and /srv/app/down_long removed`
fn flags(plan: &Plan, of: &Target, end: &str) -> String {
    let steps = plan.hosts.first().map(|host| host.steps.as_slice()).unwrap_or_default();
    let path = |step: &Step| match step {
        Step::Raise { path, .. } | Step::Lower { path } if path.starts_with(['/', '~']) => Some(path.clone()),
        Step::Raise { path, .. } | Step::Lower { path } => Some(format!("{}/{path}", of.base)),
        _ => None,
    };
    let flags: Vec<String> = steps.iter().filter_map(path).collect();
    format!("{}{end}", flags.join(" and "))
}

/// What every other one has.
pub fn other(plan: &Plan) -> String {
    match plan.subject.as_str() {
        "" => format!("{} done on {}", plan.verb, plan.target),
        subject => format!("{} of {subject} done on {}", plan.verb, plan.target),
    }
}
