//! `release notes [FROM..TO]`: what commits say to whoever deploys them.

use serde_json::json;

use super::{Context, live};
use crate::cli;
use crate::config::{self, Config};
use crate::fleet::{Fleet, Uploads};
use crate::git;
use crate::model::notes::{Place, short};
use crate::model::target::Target;
use crate::model::{Exit, Failure, Note, Notes};
use crate::ui;
use crate::ui::paint::Paint;

pub async fn run(args: cli::Notes, context: &mut Context) -> Result<Exit, Failure> {
    let config = own_config(context)?;
    let (from, to) = ends(args.range.as_deref())?;
    let repository = git::open(&context.project())?;
    let to = end(context, config.as_ref(), to.unwrap_or("HEAD")).await?;
    let mut warnings = Vec::new();
    let from = match from {
        Some(from) => Some(end(context, config.as_ref(), from).await?),
        None => match beginning(context, config.as_ref()).await {
            Ok(live) => live.filter(|live| {
                let here = git::knows(&repository, &live.commit);
                if !here {
                    warnings.push(unknown_here(live));
                }
                here
            }),
            Err(why) => {
                warnings.push(format!("from the last tag, because {why}"));
                None
            }
        },
    };
    let mut notes = git::notes(&repository, from.as_ref().map(|from| &*from.commit), &to.commit)
        .map_err(|failure| placed(failure, &[from.as_ref(), Some(&to)]))?;
    // The name that was asked for says more than the digits that git was asked for.
    notes.to.name = to.name;
    if let (Some(place), Some(from)) = (&mut notes.from, from) {
        place.name = from.name;
    }
    warnings.extend(notes.course());
    warnings.extend(notes.incomplete.iter().cloned());
    if context.global.json {
        ui::print_json(&as_json(&notes, &warnings)?)?;
    } else {
        ui::print_text(&context.ui, &as_text(&notes, &warnings))?;
    }
    Ok(Exit::Done)
}

/// hosts.toml, where there is one: tags and commits need none.
fn own_config(context: &Context) -> Result<Option<Config>, Failure> {
    let named = context.global.config.as_deref();
    match config::find(&context.directory, named) {
        Ok(_) => context.config().map(Some),
        Err(failure) if named.is_some() => Err(failure),
        Err(_) => Ok(None),
    }
}

/// The two ends of a range, where they are named.
fn ends(range: Option<&str>) -> Result<(Option<&str>, Option<&str>), Failure> {
    let Some(range) = range else { return Ok((None, None)) };
    let named = |end: &'static str, text| if text == end { None } else { Some(text) };
    match range.split_once("..") {
        Some((from, to)) if to.starts_with('.') => {
            Err(Failure::usage("", format!("a range has two dots, and {range:?} has more"))
                .hint(format!("release notes {from}..{}", to.trim_start_matches('.'))))
        }
        Some((from, to)) => Ok((named("", from), named("", to))),
        None => Ok((named("", range), None)),
    }
}

/// A target's live commit, or what git is to look up.
async fn end(context: &Context, config: Option<&Config>, name: &str) -> Result<Place, Failure> {
    let target = config.and_then(|config| config.targets.iter().find(|target| target.name == name));
    let commit = match target {
        Some(target) => live_commit(context, target).await?.map_err(|unknown| unknown.failure(name))?,
        None => name.to_owned(),
    };
    Ok(Place { name: name.to_owned(), commit })
}

/// What is live on the target of a command given none; an error is a clause that says why nobody knows.
async fn beginning(context: &Context, config: Option<&Config>) -> Result<Option<Place>, String> {
    let Some(Ok(target)) = config.map(Config::default_target) else { return Ok(None) };
    let commit =
        live_commit(context, target).await.map_err(|failure| format!("{}: {}", failure.place, failure.what))?;
    let commit = commit.map_err(|unknown| unknown.reason(&target.name))?;
    Ok(Some(Place { name: target.name.clone(), commit }))
}

async fn live_commit(context: &Context, target: &Target) -> Result<Result<String, live::Unknown>, Failure> {
    let control = context.control()?;
    let fleet = Fleet::look(target, &[], control.path(), Uploads::None).await?;
    let hosts = fleet.members.iter();
    let serves = hosts.map(|member| (member.host.name.as_str(), live::Serves::of(target, &member.observed)));
    let commit = live::commit(serves);
    fleet.close();
    Ok(commit)
}

fn unknown_here(live: &Place) -> String {
    let commit = short(&live.commit);
    format!("from the last tag, because this repository does not have {commit}, which is live on {}", live.name)
}

/// A failure that is about the commit of a target says so.
fn placed(mut failure: Failure, ends: &[Option<&Place>]) -> Failure {
    let of_target = |end: &&&Place| end.name != end.commit && failure.what.contains(&end.commit);
    if let Some(end) = ends.iter().flatten().find(of_target) {
        failure.place = end.name.clone();
    }
    failure
}

fn as_json(notes: &Notes, warnings: &[String]) -> Result<serde_json::Value, Failure> {
    let mut document = serde_json::to_value(notes).map_err(|error| {
        Failure::new(Exit::Failed, "", "the notes could not be written as JSON").why(error.to_string())
    })?;
    document["range"] = json!(notes.range());
    document["diverged"] = json!(notes.diverged());
    document["warnings"] = json!(warnings);
    Ok(document)
}

fn as_text(notes: &Notes, warnings: &[String]) -> String {
    let ends = match &notes.from {
        Some(from) => format!("from {} to {}", from.describe(), notes.to.describe()),
        None => format!("up to {}", notes.to.describe()),
    };
    let amount = if notes.commits == 0 { "no commits".to_owned() } else { notes.amount() };
    let mut text = format!("{} {}\n", Paint::Bold.on(&amount), Paint::Dim.on(&ui::escape::line(&ends)));
    for warning in warnings {
        text.push_str(&format!("{} {}\n", Paint::Yellow.on("warning:"), ui::escape::line(warning)));
    }
    let mut last = None;
    for note in &notes.notes {
        if last != Some(&note.commit) {
            text.push_str(&heading(note));
        }
        for line in &note.lines {
            text.push_str(format!("  {}", ui::escape::written(line)).trim_end());
            text.push('\n');
        }
        text.push_str(if note.cut { "  …\n" } else { "" });
        last = Some(&note.commit);
    }
    let missing = notes.count - notes.notes.len();
    if missing > 0 {
        text.push_str(&format!("\n… {missing} more, too long to be shown\n"));
    }
    text
}

fn heading(note: &Note) -> String {
    let subject = Paint::Bold.on(&ui::escape::written(&note.subject));
    let day = note.at.as_deref().and_then(|at| at.split('T').next()).map(|day| format!(", {day}")).unwrap_or_default();
    let by = Paint::Dim.on(&format!("({}{day})", ui::escape::line(&note.author)));
    format!("\n{} {subject} {by}\n", Paint::Dim.on(short(&note.commit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_may_be_left_out() {
        let read = |range| ends(range).unwrap();
        assert_eq!(read(None), (None, None));
        assert_eq!(read(Some("")), (None, None));
        assert_eq!(read(Some("v1..v2")), (Some("v1"), Some("v2")));
        assert_eq!(read(Some("v1")), (Some("v1"), None));
        assert_eq!((read(Some("..v2")), read(Some("v1.."))), ((None, Some("v2")), (Some("v1"), None)));
        assert_eq!(read(Some("v1.0..v1.1-x")), (Some("v1.0"), Some("v1.1-x")));
        let failure = ends(Some("v1...v2")).unwrap_err();
        assert_eq!((failure.exit, failure.hint.as_deref()), (Exit::Usage, Some("release notes v1..v2")));
    }
}
