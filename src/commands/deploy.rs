//! `release TARGET [ARTIFACT]`

use super::find::{Builds, Found, find};
use super::operate::{Operation, confirm, operate};
use super::{Context, plan};
use crate::artifact::{self, Artifact};
use crate::cli::{self, verbs};
use crate::config::{self, Config};
use crate::fleet::{Fleet, Uploads};
use crate::model::target::Target;
use crate::model::{Exit, Failure, Plan, RecordOutcome};
use crate::plan::{Allowances, Operator, SchemaPart, Seen, deploy, free_name};

/// What is deployed where, found and checked on this side.
pub struct Prepared {
    pub target: Target,
    pub artifact: Artifact,
    pub reference: Option<String>,
    pub allow: Allowances,
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
        };
        return plan::run(args, context).await;
    }
    let allow = Allowances { new_build: args.force_new_build, hazards: args.allow };
    let prepared = prepare(context, &args.target, args.artifact.as_deref(), Builds::Kept, allow).await?;
    confirm(context, &prepared.target, &format!("deploy {}", prepared.artifact.version))?;
    let deploying = Deploying { prepared: &prepared, operator: context.operator(args.message) };
    operate(context, &prepared.target, &deploying).await
}

/// A deploy.
pub struct Deploying<'a> {
    pub prepared: &'a Prepared,
    pub operator: Operator,
}

impl Operation for Deploying<'_> {
    fn artifact(&self) -> Option<&Artifact> {
        Some(&self.prepared.artifact)
    }

    async fn database(&self, fleet: &mut Fleet) -> Result<Option<SchemaPart>, Failure> {
        let Prepared { target, artifact, allow, .. } = self.prepared;
        let Some(schema) = &target.schema else { return Ok(None) };
        // What is no reason against the deploy itself is told first.
        self.plan(&fleet.seen(), None)?;
        let release = free_name(artifact, &fleet.seen(), self.operator.now);
        super::upgrade::of_deploy(target, schema, artifact, &release, fleet, &self.operator, allow).await
    }

    fn plan(&self, seen: &[Seen<'_>], schema: Option<&SchemaPart>) -> Result<Plan, Failure> {
        let Prepared { target, artifact, reference, allow, .. } = self.prepared;
        deploy(target, artifact, reference.clone(), seen, &self.operator, allow, schema)
    }
}

/// Finds target and artifact, and checks everything that needs no host but those of `requires`.
pub async fn prepare(
    context: &Context,
    name: &str,
    artifact: Option<&str>,
    builds: Builds,
    allow: Allowances,
) -> Result<Prepared, Failure> {
    let config = context.config()?;
    let target = known_target(&config, name)?.clone();
    let Found { mut artifact, tag, scratch } = find(context, &config, &target, artifact, builds).await?;
    if let Some(rules) = &target.signatures {
        let project = config.path.parent().map_or_else(|| context.directory.clone(), |dir| context.directory.join(dir));
        artifact.signed_by = artifact::signer(&artifact, &context.at_home(rules)?, &project)?;
    }
    let best = |commit: &str| crate::git::refs_of(&context.directory, commit);
    let reference = tag.or_else(|| artifact.commit.as_deref().and_then(best));
    if let Some(from) = &target.requires {
        was_good_on(context, config.target(from)?, &target, &artifact).await?;
    }
    Ok(Prepared { target, artifact, reference, allow, _scratch: scratch })
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

/// `requires`: these very bytes were live and good there.
async fn was_good_on(context: &Context, from: &Target, to: &Target, artifact: &Artifact) -> Result<(), Failure> {
    let control = context.control()?;
    let fleet = Fleet::look(from, &[], control.path(), Uploads::None).await?;
    let proven = fleet.members.iter().any(|member| {
        member.observed.ledger.iter().any(|record| {
            record.outcome == RecordOutcome::Committed
                && matches!(record.op.as_str(), "deploy" | "rollback" | "forward")
                && record.sha256 == Some(artifact.digest)
        })
    });
    fleet.close();
    if proven {
        return Ok(());
    }
    Err(Failure::refused(&to.name, format!("{} was never live and good on {}", artifact.version, from.name))
        .why(format!("target `{}` requires these very bytes there first, sha256 {}", to.name, artifact.digest.short()))
        .hint(format!("release {} {}", from.name, artifact.path.display())))
}
