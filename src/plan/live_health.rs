//! What the answer of the live release means for what is about to happen.
//!
//! A live release that is not healthy may be what the operation is to fix: then it goes on, and says so. Or `[health]` asks for
//! what nobody can give, and the operation would fail for that: then it is refused. The ledger tells the two apart. Each
//! operation that proves a release notes by which question it did; one that was passed here once can be passed.

use crate::model::target::{Health, Probe, Target};
use crate::model::{Digest, Flag, LiveHealth, Observed};

/// In the ledger: there is no `[health]`.
const NONE: &str = "none";
/// In the ledger: it was left out.
const LEFT_OUT: &str = "left out";

/// What the ledger notes of the question that proves a release: enough to know it again.
pub fn question(target: &Target) -> String {
    match (&target.health, &target.no_health) {
        (Some(health), _) => fingerprint(health),
        (None, Some(_)) => LEFT_OUT.into(),
        (None, None) => NONE.into(),
    }
}

fn fingerprint(health: &Health) -> String {
    let (kind, probe) = match &health.probe {
        Probe::Url(url) => ("url", url),
        Probe::Command(command) => ("command", command),
    };
    let mut text = format!("{kind}\n{probe}\n{}\n", health.expect.as_deref().unwrap_or_default());
    text.extend(health.how.headers.iter().map(|(name, value)| format!("{name}: {value}\n")));
    text.push_str(health.how.socket.as_deref().unwrap_or_default());
    Digest::of(text.as_bytes()).short()
}

/// Is the live release known to be unhealthy? Then nothing is proved by asking it again.
pub fn is_unhealthy(observed: &Observed) -> bool {
    matches!(observed.health, Some(LiveHealth::Unhealthy { .. }))
}

/// Why the operation would fail, or be called broken, for what `[health]` asks.
pub fn refusal(target: &Target, observed: &Observed) -> Option<String> {
    let Some(LiveHealth::Unhealthy { status, said }) = &observed.health else { return None };
    let live = live(target, observed);
    if let Some(flag) = flag(target, observed).filter(|_| status.is_some()) {
        return Some(format!(
            "the maintenance flag {flag} is on and blocks [health]: {said}; release maintenance off {}, or \
             say --no-health -m WHY",
            target.name
        ));
    }
    let reason = match passed_here(target, observed) {
        Some(true) => return None,
        Some(false) => "never passed here",
        None if status.is_none_or(|status| status >= 500) => return None,
        None => "does not fit",
    };
    Some(format!(
        "{live}, which is live, is not what [health] asks for, and that {reason}: {said}; correct [health] in hosts.toml, or \
         say --no-health -m WHY"
    ))
}

/// A warning about the live release's health, for the operator.
pub fn warning(target: &Target, observed: &Observed) -> Option<String> {
    let live = live(target, observed);
    match observed.health.as_ref()? {
        LiveHealth::Healthy => None,
        LiveHealth::Unhealthy { said, .. } => {
            // What is refused is said there.
            refusal(target, observed)
                .is_none()
                .then(|| format!("{live}, which is live, is not healthy: {said}; an undo will not wait until it is"))
        }
        LiveHealth::Unasked(why) => Some(format!("{live}, which is live, could not be asked for its health: {why}")),
    }
}

fn live(target: &Target, observed: &Observed) -> String {
    observed.live_release(&target.releases).map(|live| live.version().to_string()).unwrap_or_default()
}

/// The flag that is on.
fn flag<'a>(target: &'a Target, observed: &Observed) -> Option<&'a str> {
    let maintenance = target.maintenance.as_ref()?;
    match (&observed.flag, &observed.long_flag) {
        (Flag::Up(_), _) => Some(&maintenance.flag),
        (_, Flag::Up(_)) => maintenance.long_flag.as_deref(),
        _ => None,
    }
}

/// Has a release passed this very question on this host? `None`: its ledger does not say what was asked.
fn passed_here(target: &Target, observed: &Observed) -> Option<bool> {
    let now = question(target);
    let mut asked =
        observed.ledger.iter().filter(|record| record.goes_live()).filter_map(|record| record.health.as_ref());
    let mut known = false;
    let passed = asked.any(|then| {
        known = true;
        *then == now
    });
    (passed || known).then_some(passed)
}
