//! `release TARGET [ARTIFACT]`

use super::ask::Question;
use super::find::{Builds, Found, find};
use super::operate::{Operation, operate_asked};
use super::without::{leave_out, other_primary};
use super::{Context, plan, requires};
use crate::artifact::{self, Artifact};
use crate::cli::{self, verbs};
use crate::config::{self, Config};
use crate::fleet::Fleet;
use crate::model::target::Target;
use crate::model::{Exit, Failure, History, Plan};
use crate::plan::{Allowances, Operator, SchemaPart, Seen, deploy, free_name};

/// What is deployed where, found and checked on this side.
pub struct Prepared {
    pub target: Target,
    pub artifact: Artifact,
    pub reference: Option<String>,
    pub allow: Allowances,
    /// Hosts that are left out; `target` has the others.
    pub without: Vec<String>,
    /// Holds an artifact that was built for a plan; goes with it.
    pub _scratch: Option<tempfile::TempDir>,
}

pub async fn run(args: cli::Deploy, context: &mut Context) -> Result<Exit, Failure> {
    if args.dry_run {
        let args = cli::Plan {
            target: args.target,
            artifact: args.artifact,
            script: args.script,
            sql: args.sql,
            allow: args.allow,
            force_new_build: args.force_new_build,
            force: args.force,
            without: args.without,
            message: args.message,
            no_health: args.no_health,
            again: args.again,
        };
        return plan::run(args, context).await;
    }
    let message = said(args.message, (args.force, args.no_health), &args.without)?;
    let no_health = message.clone().filter(|_| args.no_health);
    let allow =
        Allowances { new_build: args.force_new_build, hazards: args.allow, again: args.again, ..Allowances::default() };
    let what = args.artifact.as_deref();
    let mut prepared = prepare(context, (&args.target, &args.without), what, Builds::Kept, allow, args.force).await?;
    prepared.target = prepared.target.without_health(no_health);
    let operator = prepared.by(context.operator(message));
    let to = |_: &[Seen<'_>]| Ok(prepared.artifact.version.to_string());
    let question = Question { what: "deploy to", to: &to };
    operate_asked(context, &prepared.target, &operator, &Deploying(&prepared), question).await
}

impl Prepared {
    /// Who deploys, with what they leave out.
    pub fn by(&self, operator: Operator) -> Operator {
        Operator { without: self.without.clone(), ..operator }
    }
}

/// A deploy.
pub struct Deploying<'a>(pub &'a Prepared);

impl Operation for Deploying<'_> {
    fn switches(&self) -> bool {
        true
    }

    fn artifact(&self) -> Option<&Artifact> {
        Some(&self.0.artifact)
    }

    fn may_leave_out(&self) -> bool {
        true
    }

    fn nothing_to_do(&self, seen: &[Seen<'_>]) -> Option<(String, String)> {
        let Prepared { target, artifact, allow, .. } = self.0;
        let serves = |(_, observed): &Seen<'_>| {
            let live = observed.live_release(&target.releases);
            let meta = live.as_ref().and_then(|live| observed.meta(live));
            let good = live.is_some() && History::of(&observed.ledger).live() == live.as_ref();
            let free = observed.lock.is_none() && observed.freeze.is_none() && observed.leftovers().count() == 0;
            good && free && meta.is_some_and(|meta| meta.sha256 == artifact.digest)
        };
        (!allow.again && seen.iter().all(serves)).then(|| {
            let (version, name) = (&artifact.version, &target.name);
            (
                format!("nothing to do: {version} is already live on {name}, with these very bytes"),
                format!("release {name} {version} --again, to deploy it all the same"),
            )
        })
    }

    async fn database(&self, fleet: &mut Fleet, operator: &Operator) -> Result<Option<SchemaPart>, Failure> {
        let Prepared { target, artifact, allow, .. } = self.0;
        let Some(schema) = &target.schema else { return Ok(None) };
        fleet.ask_databases(target).await?;
        // What is no reason against the deploy itself is told first.
        self.plan(&fleet.seen(), None, operator)?;
        let release = free_name(artifact, &fleet.seen(), operator.now);
        super::upgrade::of_deploy(target, schema, artifact, &release, fleet, operator, allow).await
    }

    fn plan(&self, seen: &[Seen<'_>], schema: Option<&SchemaPart>, operator: &Operator) -> Result<Plan, Failure> {
        let Prepared { target, artifact, reference, allow, .. } = self.0;
        super::seed::no_guess(target, artifact, seen)?;
        let mut plan = deploy(target, artifact, reference.clone(), seen, operator, allow, schema)?;
        // It stays with the bytes: a target to which they are promoted may ask for it.
        if let Some(signature) = artifact::signature_beside(&artifact.path) {
            plan.hosts.iter_mut().for_each(|host| host.files.push(("artifact.sig", signature.clone())));
        }
        Ok(plan)
    }
}

/// What the operator says; whoever forces something, leaves `[health]` out or leaves a host out has to say why.
pub fn said(
    message: Option<String>,
    (force, no_health): (bool, bool),
    without: &cli::Without,
) -> Result<Option<String>, Failure> {
    let is_said = message.as_ref().is_some_and(|message| !message.trim().is_empty());
    let needs = [(force, "--force"), (no_health, "--no-health"), (!without.hosts.is_empty(), "--without HOST")];
    match needs.into_iter().find(|(given, _)| *given && !is_said) {
        Some((_, option)) => {
            Err(Failure::usage("", format!("{option} and no reason for it")).hint(format!("say why: {option} -m WHY")))
        }
        None => Ok(message),
    }
}

/// Finds target and artifact, and checks everything that needs no host but those of `requires`.
pub async fn prepare(
    context: &Context,
    (name, without): (&str, &cli::Without),
    artifact: Option<&str>,
    builds: Builds,
    allow: Allowances,
    force: bool,
) -> Result<Prepared, Failure> {
    let config = context.config()?;
    let target = known_target(&config, name)?;
    let (target, without) = leave_out(target, without, Some(&other_primary(target)))?;
    let found = find(context, &config, &target, artifact, builds).await?;
    judge(context, &config, Wish { target, without, found, from: None, allow, force }).await
}

/// What is to be deployed where.
pub struct Wish {
    pub target: Target,
    /// Hosts that are left out; `target` has the others.
    pub without: Vec<String>,
    pub found: Found,
    /// The target where these very bytes are live and good, as its hosts have just said.
    pub from: Option<String>,
    pub allow: Allowances,
    /// What `requires` says against it is no reason.
    pub force: bool,
}

/// Sees who signed the artifact, and whether the target may have it.
pub async fn judge(context: &Context, config: &Config, wish: Wish) -> Result<Prepared, Failure> {
    let Wish { target, without, found, from, mut allow, force } = wish;
    let Found { mut artifact, tag, scratch } = found;
    crate::plan::placed::check(&target, &artifact)?;
    if let Some(rules) = &target.signatures {
        artifact.signed_by = artifact::signer(&artifact, &context.at_home(rules)?, &context.project())?;
    }
    let best = |commit: &str| crate::git::refs_of(&context.directory, commit);
    let reference = tag.or_else(|| artifact.commit.as_deref().and_then(best));
    if let Some(required) = target.requires.as_ref().filter(|required| from.as_ref() != Some(*required)) {
        let required = config.target(required)?;
        allow.forced = requires::against(context, required, &artifact, force).await?;
        if let Some(reason) = allow.forced.take_if(|_| !force) {
            return Err(requires::refused(&target, required, &artifact, reason));
        }
    }
    artifact.promoted_from = from;
    Ok(Prepared { target, artifact, reference, allow, without, _scratch: scratch })
}

/// The target, or an error that has an idea of what was meant: a target, or a command.
fn known_target<'a>(config: &'a Config, name: &str) -> Result<&'a Target, Failure> {
    let failure = match config.target(name) {
        Ok(target) => return Ok(target),
        Err(failure) => failure,
    };
    let verbs = verbs();
    let targets: Vec<&str> = config.targets.iter().map(|target| target.name.as_str()).collect();
    let known = || targets.iter().copied().chain(verbs.iter().map(String::as_str));
    let mut own = Failure::usage(failure.place, format!("no target or command `{name}`"));
    own.why = Some(format!("targets: {}", targets.join(", ")));
    Err(match config::suggest(name, known()) {
        Some(meant) => own.hint(format!("did you mean `release {meant}`?")),
        None => own.hint("release --help"),
    })
}
