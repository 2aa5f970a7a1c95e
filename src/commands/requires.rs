//! `requires`: only bytes that were live and good on another target, unless it is forced.

use std::path::Path;

use super::Context;
use crate::agent::wire::Question;
use crate::artifact::Artifact;
use crate::fleet::{Fleet, Uploads};
use crate::model::target::Target;
use crate::model::{Failure, Record, Standing, standing};
use crate::plan::Serving;

/// What speaks against these bytes; `None`: nothing. One that is forced needs no answer from hosts that can't be asked.
///
/// # Errors
/// The hosts of `from` can't be asked, and it is not forced.
pub async fn against(
    context: &Context,
    from: &Target,
    artifact: &Artifact,
    force: bool,
) -> Result<Option<String>, Failure> {
    let control = context.control()?;
    let fleet = match ask(from, artifact, control.path()).await {
        Ok(fleet) => fleet,
        Err(_) if force => return Ok(Some(format!("{} could not be asked for {}", from.name, artifact.version))),
        Err(failure) => return Err(failure),
    };
    let serving = Serving::of(fleet.members.iter().map(|member| &member.observed));
    // A host that is behind does not know the last word.
    let up = fleet.members.iter().filter(|member| !serving.is_some_and(|serving| serving.lacks(&member.observed)));
    let ledgers: Vec<&[Record]> = up.map(|member| member.observed.ledger.as_slice()).collect();
    let reason = reason(from, artifact, &ledgers);
    fleet.close();
    Ok(reason)
}

/// Asks the hosts; one that can't be reached is missed unless the others say that it was left out.
async fn ask(from: &Target, artifact: &Artifact, control: &Path) -> Result<Fleet, Failure> {
    let (mut members, mut missed) = (Vec::new(), Vec::new());
    for (looked, host) in Fleet::survey(from, &[Question::Bytes(artifact.digest)], control, Uploads::None)
        .await?
        .into_iter()
        .zip(&from.hosts)
    {
        match looked {
            Ok(member) => members.push(member),
            Err(failure) => missed.push((host, failure)),
        }
    }
    let fleet = Fleet { members };
    let serving = Serving::of(fleet.members.iter().map(|member| &member.observed));
    let is_out = |name: &str| serving.is_some_and(|serving| serving.left_out(name, None).is_some());
    let failure = missed.into_iter().find_map(|(host, failure)| (!is_out(&host.name)).then_some(failure));
    match failure {
        Some(failure) => {
            fleet.close();
            Err(failure)
        }
        None => Ok(fleet),
    }
}

/// Good on one host and on none taken back: a target's hosts get and lose their releases together.
fn reason(from: &Target, artifact: &Artifact, ledgers: &[&[Record]]) -> Option<String> {
    let all: Vec<Standing<'_>> = ledgers.iter().map(|records| standing(records, artifact.digest)).collect();
    let (version, name) = (&artifact.version, &from.name);
    let back = all.iter().find_map(|standing| match standing {
        Standing::TakenBack(record) => Some(*record),
        _ => None,
    });
    match back {
        Some(record) => {
            let said = record.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
            Some(format!("{version} was rolled back on {name} by {} at {}{said}", record.who, record.at))
        }
        None if all.contains(&Standing::Good) => None,
        None => Some(format!("{version} was never live and good on {name}")),
    }
}

/// The refusal.
pub fn refused(to: &Target, from: &Target, artifact: &Artifact, reason: String) -> Failure {
    let digest = artifact.digest.short();
    Failure::refused(&to.name, reason)
        .why(format!(
            "target `{}` requires these very bytes there first, sha256 {digest}; --force -m WHY overrides it",
            to.name
        ))
        .hint(format!("release {} {}", from.name, artifact.path.display()))
}
