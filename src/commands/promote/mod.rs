//! `release promote FROM TO`: the very bytes that are live and good on one target go to another, by the path of a deploy.

pub mod bytes;
pub mod source;

use super::ask::Question;
use super::deploy::{Deploying, Prepared, Wish, judge, said};
use super::find::Found;
use super::operate::{operate_asked, plan_only};
use super::without::{is_of, leave_out, other_primary};
use super::{Context, plan};
use crate::artifact::{self, Limits};
use crate::cli;
use crate::config::Config;
use crate::fleet::{Fleet, Uploads};
use crate::git::{Push, Pushed};
use crate::model::target::Target;
use crate::model::{Event, Exit, Failure};
use crate::plan::{Allowances, Seen};
use crate::ui;
use bytes::Keep;
use source::Source;

pub async fn run(args: cli::Promote, context: &mut Context) -> Result<Exit, Failure> {
    let message = said(args.message.clone(), (args.force, args.no_health), &args.without)?;
    let config = context.config()?;
    let (from, to) = (config.target(&args.from)?.clone(), config.target(&args.to)?.clone());
    let to = to.without_health(message.clone().filter(|_| args.no_health));
    if from.name == to.name {
        return Err(Failure::usage("", format!("{} can't be promoted to itself", from.name))
            .hint("release promote FROM TO, with two targets of hosts.toml"));
    }
    let ((from, _), (to, without)) = without_some(&args, &from, &to)?;
    let mut looked = look(context, &from, &to).await?;
    if let Some(failure) = args.expect.as_ref().and_then(|expected| looked.live.unlike(&from, expected)) {
        looked.source.close();
        return Err(failure);
    }
    if looked.is_there {
        looked.source.close();
        return nothing_to_do(context, &args, &looked.live, &to).await;
    }
    let ready = make_ready(context, &config, (&args, without), (&from, &to), &mut looked).await;
    looked.source.close();
    let Ready { prepared, push } = ready?;
    let (operator, deploying) = (prepared.by(context.operator(message)), Deploying(&prepared));
    if args.dry_run {
        let plan = plan_only(context, &to, &operator, &deploying).await?;
        if args.sql {
            return plan::show_sql(context, &plan);
        }
        plan::show(context, &plan, prepared.artifact.signed_by.as_deref(), args.script)?;
        if let Some(push) = push.filter(|_| !context.global.json && !args.script) {
            ui::print_text(&context.ui, &format!("Then: {}.\n", push.describe()))?;
        }
        return Ok(Exit::Done);
    }
    let version = |_: &[Seen<'_>]| Ok(prepared.artifact.version.to_string());
    let what = format!("promote from {} to", from.name);
    let exit = operate_asked(context, &to, &operator, &deploying, Question { what: &what, to: &version }).await?;
    if let Some(push) = push.filter(|_| exit == Exit::Done) {
        follow(context, &push).await;
    }
    Ok(exit)
}

/// A target without hosts that are left out, and their names.
type Narrow = (Target, Vec<String>);

/// FROM and TO without those hosts. One that is none of TO may be one of FROM, which is not asked what it serves then.
fn without_some(args: &cli::Promote, from: &Target, to: &Target) -> Result<(Narrow, Narrow), Failure> {
    let (of_to, of_from) = args.without.hosts.iter().cloned().partition(|host| is_of(to, host) || !is_of(from, host));
    let way = other_primary(to);
    let to = leave_out(to, &cli::Without { hosts: of_to }, Some(&way))?;
    Ok((leave_out(from, &cli::Without { hosts: of_from }, None)?, to))
}

/// What was seen of both targets.
struct Looked {
    /// The hosts of FROM, still connected: they may have to send the bytes.
    source: Fleet,
    live: Source,
    /// Every host of TO serves these bytes already.
    is_there: bool,
    _control: tempfile::TempDir,
}

/// Looks at both targets at once.
async fn look(context: &Context, from: &Target, to: &Target) -> Result<Looked, Failure> {
    // One for each: a socket is called after its host's place in the target.
    let (one, two) = (context.control()?, context.control()?);
    let (source, sink) = tokio::join!(
        Fleet::look(from, &[], one.path(), Uploads::None),
        Fleet::look(to, &[], two.path(), Uploads::None),
    );
    let (source, sink) = match (source, sink) {
        (Ok(source), Ok(sink)) => (source, sink),
        (Err(failure), other) | (other, Err(failure)) => {
            other.into_iter().for_each(Fleet::close);
            return Err(failure);
        }
    };
    let live = crate::plan::of_another(from, &source.seen()).and_then(|()| source::live_on(from, &source.seen()));
    let is_there = live.as_ref().is_ok_and(|live| source::serves(to, &sink.seen(), live));
    sink.close();
    match live {
        Ok(live) => Ok(Looked { source, live, is_there, _control: one }),
        Err(failure) => {
            source.close();
            Err(failure)
        }
    }
}

/// All that is to be known before a host of TO is touched.
struct Ready {
    prepared: Prepared,
    push: Option<Push>,
}

/// The bytes, whether TO may have them, and whether its branch could follow.
async fn make_ready(
    context: &Context,
    config: &Config,
    (args, without): (&cli::Promote, Vec<String>),
    (from, to): (&Target, &Target),
    looked: &mut Looked,
) -> Result<Ready, Failure> {
    let live = &looked.live;
    let keep = if args.dry_run { Keep::ForThisRun } else { Keep::InDist };
    let (path, scratch) = bytes::find(context, (from, to), live, &mut looked.source, keep).await?;
    let limits = Limits { max_unpacked: to.max_unpacked, ..Limits::default() };
    let artifact = artifact::inspect(&path, &to.artifact, &limits)?;
    let found = Found { artifact, tag: None, scratch };
    let allow = Allowances {
        new_build: args.force_new_build,
        hazards: args.allow.clone(),
        shown: args.sql,
        ..Allowances::default()
    };
    let wish = Wish { target: to.clone(), without, found, from: Some(from.name.clone()), allow, force: args.force };
    let mut prepared = judge(context, config, wish).await?;
    let artifact = &mut prepared.artifact;
    if artifact.digest != live.digest {
        return Err(Failure::refused(artifact.path.display().to_string(), "it was changed meanwhile"));
    }
    artifact.commit = artifact.commit.take().or_else(|| live.commit.clone());
    let push = follower(context, to, artifact.commit.as_deref())?;
    if let Some(push) = &push
        && let Pushed::Not(why) = push.check().await?
    {
        ui::warn(&context.ui, &format!("its branch can't follow from here: {why}; afterwards: {}", push.by_hand()));
    }
    Ok(Ready { prepared, push })
}

/// What makes the branch of TO follow, if it has one.
fn follower(context: &Context, to: &Target, commit: Option<&str>) -> Result<Option<Push>, Failure> {
    let Some(branch) = &to.git else { return Ok(None) };
    let Some(commit) = commit else {
        return Err(Failure::refused(&to.name, format!("`{}` can't follow: nobody knows the commit", branch.branch))
            .why("the artifact does not say which commit it was built from")
            .hint("release build, which notes the commit"));
    };
    Push::of(&context.project(), branch, commit).map(Some)
}

/// The bytes are there; at most the branch did not follow the last time.
async fn nothing_to_do(
    context: &mut Context,
    args: &cli::Promote,
    live: &Source,
    to: &Target,
) -> Result<Exit, Failure> {
    let summary = format!("nothing to do: {} is live on {} already, with these very bytes", live.version(), to.name);
    ui::reporter(&context.ui).event(&Event::Ended { exit: Exit::Done, summary, hint: None });
    if args.dry_run {
        return Ok(Exit::Done);
    }
    match follower(context, to, live.commit.as_deref()) {
        Ok(Some(push)) => follow(context, &push).await,
        Ok(None) => {}
        Err(failure) => ui::warn(&context.ui, &format!("{failure}")),
    }
    Ok(Exit::Done)
}

/// Pushes. The hosts serve what was promoted whatever comes of it, so that it is said and changes no exit code.
async fn follow(context: &mut Context, push: &Push) {
    context.arm();
    let pushed = tokio::select! {
        pushed = push.push() => pushed,
        Some(()) = context.interrupts.recv() => Pushed::Not("interrupted".into()),
    };
    match pushed {
        Pushed::Moved => ui::say(&context.ui, &format!("done: {}", push.describe())),
        Pushed::Already => {}
        Pushed::Not(why) => ui::warn(
            &context.ui,
            &format!(
                "the promotion is done, and its branch did not follow: {why}; once that is mended: {}",
                push.by_hand()
            ),
        ),
    }
}
