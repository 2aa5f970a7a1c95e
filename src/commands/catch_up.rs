//! `release catch-up`: hosts that were left out, were away, or are new get what the others serve.

use super::ask::confirm;
use super::operate::{Operation, operate, plan_only};
use super::promote::bytes::{self, Keep};
use super::promote::source::{self, Source};
use super::rollback::chosen;
use super::{Context, plan};
use crate::artifact::{self, Artifact, Limits};
use crate::cli;
use crate::fleet::Fleet;
use crate::model::target::Target;
use crate::model::{Event, Exit, Failure, Meta, Plan};
use crate::plan::{Given, Operator, SchemaPart, Seen, Serving, catch_up};
use crate::ui;

pub async fn run(args: cli::CatchUp, context: &mut Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let target = chosen(&config, args.target.as_deref())?.clone();
    let control = context.control()?;
    let (mut fleet, away) = Fleet::reached(&target, &[], control.path()).await?;
    let found = Found::of(&target, &fleet);
    let ready = match found {
        Ok(found) if found.behind.is_empty() => {
            fleet.close();
            return nothing_to_do(context, &target, &found, &away);
        }
        Ok(found) => make_ready(context, &target, found, &mut fleet).await,
        Err(failure) => Err(if away.is_empty() { failure } else { failure.detail(lines(&away)) }),
    };
    fleet.close();
    let (narrow, catching) = ready?;
    let operator = context.operator(args.message);
    if args.dry_run {
        let plan = plan_only(context, &narrow, &operator, &catching).await?;
        return plan::show(context, &plan, None, false);
    }
    confirm(context, &narrow, &format!("bring {} of {}", catching.names(&narrow), catching.given.release.version()))?;
    let exit = operate(context, &narrow, &operator, &catching).await?;
    if exit == Exit::Done && !away.is_empty() {
        return Err(Failure::new(Exit::Differ, &target.name, "hosts that can't be reached may still be behind")
            .changed(format!("{} caught up", catching.names(&narrow)))
            .detail(lines(&away))
            .hint(format!("release catch-up {}, once they are back", target.name)));
    }
    Ok(exit)
}

/// What the hosts that could be reached serve, and which of them don't.
struct Found {
    source: Source,
    meta: Meta,
    /// Names.
    behind: Vec<String>,
    /// Some of them have not even got the release.
    needs_bytes: bool,
}

impl Found {
    fn of(target: &Target, fleet: &Fleet) -> Result<Self, Failure> {
        let seen = fleet.seen();
        let serving = Serving::of(seen.iter().map(|(_, observed)| *observed));
        let (behind, up): (Vec<Seen<'_>>, Vec<Seen<'_>>) =
            seen.iter().partition(|(_, observed)| serving.is_some_and(|serving| serving.lacks(observed)));
        let source = source::live_on(target, &up)?;
        let meta = up.iter().find_map(|(_, observed)| observed.meta(&source.release)).cloned();
        let meta = meta.unwrap_or_else(|| Meta {
            version: source.version().clone(),
            commit: source.commit.clone(),
            reference: None,
            sha256: source.digest,
            built_at: None,
            built_by: None,
        });
        let needs_bytes = behind.iter().any(|(_, observed)| !observed.has(&source.release));
        let behind: Vec<String> = behind.iter().map(|(name, _)| (*name).to_owned()).collect();
        if let Some(primary) = behind.iter().find(|name| target.schema.is_some() && target.is_primary(name)) {
            return Err(Failure::refused(primary, "the schema is upgraded from there, and it is behind the others")
                .why("code and schema must come there together, and catching up leaves the schema alone")
                .hint(format!("release {} {}", target.name, source.version())));
        }
        Ok(Self { source, meta, behind, needs_bytes })
    }
}

/// Gets the bytes, where they are needed, from a host that serves them.
async fn make_ready(
    context: &Context,
    target: &Target,
    found: Found,
    fleet: &mut Fleet,
) -> Result<(Target, CatchingUp), Failure> {
    let Found { source, meta, behind, needs_bytes } = found;
    let narrow = target.only(|name| behind.iter().any(|host| host == name));
    fleet.keep(|name| !behind.iter().any(|host| host == name));
    let (mut artifact, mut scratch) = (None, None);
    if needs_bytes {
        let (path, held) = bytes::find(context, (target, target), &source, fleet, Keep::ForThisRun).await?;
        let limits = Limits { max_unpacked: target.max_unpacked, ..Limits::default() };
        let mut found = artifact::inspect(&path, &target.artifact, &limits)?;
        if found.digest != source.digest {
            return Err(Failure::refused(path.display().to_string(), "it was changed meanwhile"));
        }
        if let Some(rules) = &target.signatures {
            found.signed_by = artifact::signer(&found, &context.at_home(rules)?, &context.project())?;
        }
        (artifact, scratch) = (Some(found), held);
    }
    let given = Given { release: source.release, meta };
    let catching = CatchingUp { target: narrow.clone(), given, artifact, _scratch: scratch };
    Ok((narrow, catching))
}

/// The operation, on the hosts that are behind and no other.
struct CatchingUp {
    target: Target,
    given: Given,
    artifact: Option<Artifact>,
    _scratch: Option<tempfile::TempDir>,
}

impl CatchingUp {
    fn names(&self, narrow: &Target) -> String {
        narrow.hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl Operation for CatchingUp {
    fn artifact(&self) -> Option<&Artifact> {
        self.artifact.as_ref()
    }

    fn plan(&self, seen: &[Seen<'_>], _: Option<&SchemaPart>, operator: &Operator) -> Result<Plan, Failure> {
        catch_up(&self.target, &self.given, self.artifact.as_ref(), seen, operator)
    }
}

fn nothing_to_do(context: &Context, target: &Target, found: &Found, away: &[Failure]) -> Result<Exit, Failure> {
    let release = &found.source.release;
    if away.is_empty() {
        let summary = format!("nothing to do: every host of {} serves {release}", target.name);
        ui::reporter(&context.ui).event(&Event::Ended { exit: Exit::Done, summary, hint: None });
        return Ok(Exit::Done);
    }
    let what = format!("every host that can be reached serves {release}, and others can't be reached");
    Err(Failure::refused(&target.name, what)
        .detail(lines(away))
        .hint(format!("release catch-up {}, once they are back", target.name)))
}

fn lines(away: &[Failure]) -> String {
    let line = |failure: &Failure| format!("{}: {}", failure.place, failure.what);
    away.iter().map(line).collect::<Vec<_>>().join("\n")
}
