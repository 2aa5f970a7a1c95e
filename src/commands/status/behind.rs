//! Along `requires`: how far each target is behind the one before it.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use super::document::{Behind, HostStatus, TargetStatus};
use crate::commands::live::{self, Serves};
use crate::git;
use crate::model::notes::{counted, short};
use crate::model::target::{Schema, Target};
use crate::model::{Failure, Notes};

/// What git said, by the two commits and the paths of the schema: `--watch` asks for the same again and again.
pub type Known = HashMap<(String, String, Vec<String>), (Rc<Notes>, Option<usize>)>;

/// Every pair of targets that were both asked.
pub fn behind(targets: &[&Target], asked: &[TargetStatus], project: &Path, known: &mut Known) -> Vec<Behind> {
    let status = |name: &str| asked.iter().find(|status| status.name == name);
    let pairs = targets.iter().filter_map(|target| {
        let (to, of) = (status(&target.name)?, status(target.requires.as_deref()?)?);
        Some((*target, to, of))
    });
    pairs.map(|(target, own, of)| pair(target, own, of, project, known)).collect()
}

fn pair(target: &Target, own: &TargetStatus, of: &TargetStatus, project: &Path, known: &mut Known) -> Behind {
    let (from, to) = (commit(own), commit(of));
    let silent: Vec<String> = [own, of].into_iter().filter_map(silent).collect();
    let mut found = Behind {
        target: own.name.clone(),
        of: of.name.clone(),
        commits: None,
        schema_changes: None,
        notes: None,
        ahead: None,
        diverged: None,
        from: from.as_ref().ok().cloned(),
        to: to.as_ref().ok().cloned(),
        reason: None,
        incomplete: Vec::new(),
        found: None,
    };
    let (from, to) = match (from, to) {
        (from, to) if same_bytes(own, of) || (from.is_ok() && from == to) => {
            // Whatever git knows of it, it is the same.
            (found.commits, found.schema_changes, found.notes) = (Some(0), Some(0), Some(0));
            (found.ahead, found.diverged, found.incomplete) = (Some(0), Some(false), silent);
            return found;
        }
        (Ok(from), Ok(to)) => (from, to),
        (from, to) => {
            let reasons: Vec<String> = [from, to].into_iter().filter_map(Result::err).collect();
            found.reason = Some(reasons.join(", and "));
            return found;
        }
    };
    let paths = target.schema.as_ref().map(paths_of).unwrap_or_default();
    let by_tool = target.schema.as_ref().is_some_and(|_| paths.is_empty());
    let key = (from, to, paths);
    let git = known.get(&key).cloned().map_or_else(|| ask(project, &key.0, &key.1, &key.2, [own, of]), Ok);
    match git {
        Ok((notes, schema_changes)) => {
            found.commits = Some(notes.commits);
            found.schema_changes = schema_changes.filter(|_| !by_tool || notes.commits == 0);
            found.notes = Some(notes.count);
            found.ahead = Some(notes.lost);
            found.diverged = Some(notes.diverged());
            found.incomplete = silent.into_iter().chain(notes.incomplete.iter().cloned()).collect();
            found.reason = found.schema_changes.is_none().then(|| "the schema has a tool of its own".into());
            known.insert(key, (Rc::clone(&notes), schema_changes));
            found.found = Some(notes);
        }
        Err(reason) => found.reason = Some(reason),
    }
    found
}

/// Do all hosts of both that could be asked serve the very same bytes?
fn same_bytes(own: &TargetStatus, of: &TargetStatus) -> bool {
    let bytes = |status: &TargetStatus| {
        let mut asked = status.hosts.iter().filter(|host| host.reachable);
        let first = asked.next()?.live.as_ref()?.sha256.clone()?;
        let same = |host: &HostStatus| host.live.as_ref().is_some_and(|live| live.sha256.as_ref() == Some(&first));
        asked.all(same).then_some(first)
    };
    bytes(own).is_some_and(|own| bytes(of) == Some(own))
}

/// The files of a release that say what its schema is; none where a tool of the application's own does.
fn paths_of(schema: &Schema) -> Vec<String> {
    schema.desired.iter().chain(&schema.versions).cloned().collect()
}

/// The notes, and how many commits touch the schema; an error is a clause.
fn ask(
    project: &Path,
    from: &str,
    to: &str,
    paths: &[String],
    [own, of]: [&TargetStatus; 2],
) -> Result<(Rc<Notes>, Option<usize>), String> {
    let repository = git::open(project).map_err(clause)?;
    for (status, commit) in [(own, from), (of, to)] {
        if !git::knows(&repository, commit) {
            let commit = short(commit);
            return Err(format!("this repository does not have {commit}, which is live on {}", status.name));
        }
    }
    let notes = git::notes(&repository, Some(from), to).map_err(clause)?;
    if notes.unknown {
        return Err("this shallow clone ends on the way: git fetch --unshallow --tags".to_owned());
    }
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let changes = git::touching(&repository, from, to, &paths).map_err(clause)?;
    Ok((Rc::new(notes), Some(changes)))
}

fn clause(failure: Failure) -> String {
    match failure.why {
        Some(why) => format!("{} ({why})", failure.what),
        None => failure.what,
    }
}

/// The commit that those hosts serve which could be asked; where none could, that is the reason.
fn commit(status: &TargetStatus) -> Result<String, String> {
    let nobody = status.hosts.iter().all(|host| !host.reachable);
    let hosts = status.hosts.iter().filter(|host| nobody || host.reachable);
    let hosts = hosts.map(|host| (host.host.as_str(), serves(host)));
    live::commit(hosts).map_err(|unknown| unknown.reason(&status.name))
}

/// That some of the hosts are not counted.
fn silent(status: &TargetStatus) -> Option<String> {
    let silent: Vec<&str> = status.hosts.iter().filter(|host| !host.reachable).map(|host| host.host.as_str()).collect();
    (!silent.is_empty())
        .then(|| format!("not counting {} of {}, which can't be reached", silent.join(", "), status.name))
}

fn serves(host: &HostStatus) -> Serves {
    let live = host.live.as_ref();
    match (host.reachable, live.and_then(|live| live.version.clone())) {
        (false, _) => Serves::Unreachable,
        (true, None) => Serves::Nothing,
        (true, Some(version)) => Serves::release(version, live.and_then(|live| live.commit.clone())),
    }
}

impl Behind {
    /// One plain sentence, without a full stop.
    pub fn sentence(&self) -> String {
        let (target, of) = (&self.target, &self.of);
        let (Some(commits), Some(ahead)) = (self.commits, self.ahead) else {
            let reason = self.reason.as_deref().unwrap_or("git did not say");
            return format!("how far {target} is behind {of} is not known: {reason}");
        };
        match (commits, ahead) {
            (0, 0) => format!("{target} serves what {of} serves"),
            (0, _) => format!("{target} is ahead of {of} by {}", counted(ahead, "commit")),
            (_, 0) => format!("{target} is behind {of} by {}", self.amount(commits)),
            _ => format!(
                "{target} and {of} have diverged: {target} lacks {} of {of}, and has {ahead} of its own",
                self.amount(commits)
            ),
        }
    }

    fn amount(&self, commits: usize) -> String {
        let some = |count, what| if count == 0 { format!("no {what}s") } else { counted(count, what) };
        let changes = match self.schema_changes {
            Some(changes) => some(changes, "schema change"),
            None => "an unknown number of schema changes".into(),
        };
        format!("{}, {changes} and {}", counted(commits, "commit"), some(self.notes.unwrap_or(0), "note"))
    }

    /// The command that shows the notes, if there are some.
    pub fn command(&self) -> Option<String> {
        self.notes.filter(|notes| *notes > 0).map(|_| format!("release notes {}..{}", self.target, self.of))
    }
}
