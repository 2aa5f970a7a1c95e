//! Shared files: none is made by guessing, and `release setup TARGET --seed FILE` puts one there.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use super::Context;
use super::ask::confirm;
use super::operate::operate;
use crate::artifact::{Artifact, contents};
use crate::cli;
use crate::model::target::Target;
use crate::model::{Exit, Failure};
use crate::plan::{Operator, Seed, Seen, Simple, shared, simple};

/// A file that is larger belongs into the artifact, or is copied there by hand.
const SIZE_MAX: u64 = 1 << 20;

/// Refuses to make a directory of a shared path that looks like a file, where neither the host nor the artifact has it.
///
/// # Errors
/// There is such a path.
pub fn no_guess(target: &Target, artifact: &Artifact, seen: &[Seen<'_>]) -> Result<(), Failure> {
    let guesses: Vec<(&str, &String)> = seen
        .iter()
        .flat_map(|(host, observed)| shared::guesses(target, observed).map(move |path| (*host, path)))
        .collect();
    if guesses.is_empty() {
        return Ok(());
    }
    let brought = RefCell::new(BTreeSet::new());
    let top = target.artifact.top_directory(&artifact.version);
    contents(artifact, &top, |path| {
        let within =
            |guess: &String| path.strip_prefix(guess.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'));
        brought
            .borrow_mut()
            .extend(guesses.iter().filter(|(_, guess)| within(guess)).map(|(_, guess)| (*guess).clone()));
        false
    })?;
    let brought = brought.into_inner();
    match guesses.iter().find(|(_, path)| !brought.contains(*path)) {
        Some((host, path)) => Err(shared::refused(target, host, path)),
        None => Ok(()),
    }
}

/// `release setup TARGET --seed FILE[:PATH]`
pub async fn run(args: &cli::Setup, word: &str, target: &Target, context: &mut Context) -> Result<Exit, Failure> {
    let (file, path) = named(context, target, word)?;
    let content = read(&context.directory.join(&file))?;
    confirm(context, target, &format!("put a file at shared/{path}"))?;
    let operator = context.operator(args.message.clone());
    operate(context, target, &operator, &|seen: &[Seen<'_>], by: &Operator| {
        let seed = Seed { path: path.clone(), content: content.clone(), replace: args.replace };
        simple(target, &Simple::Seed(seed), seen, by)
    })
    .await
}

/// The file here, and the shared path that it is: said behind a colon, or the one that the file's path or name fits.
fn named(context: &Context, target: &Target, word: &str) -> Result<(String, String), Failure> {
    let known: Vec<&String> = target.shared_files.iter().chain(&target.shared).collect();
    let list = || known.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(", ");
    let unknown = |what: String| {
        Failure::usage("hosts.toml", what)
            .why(if known.is_empty() { "it shares nothing".to_owned() } else { format!("it shares {}", list()) })
            .hint(format!("release setup {} --seed FILE:PATH, with a PATH of `shared_files` or `shared`", target.name))
    };
    if !context.directory.join(word).exists()
        && let Some((file, path)) = word.rsplit_once(':')
    {
        let is_known = known.iter().any(|known| *known == path);
        return if is_known { Ok((file.into(), path.into())) } else { Err(unknown(format!("{path:?} is not shared"))) };
    }
    let plain = word.trim_start_matches("./");
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let exact: Vec<&&String> = known.iter().filter(|path| path.as_str() == plain).collect();
    let by_name: Vec<&&String> = known.iter().filter(|path| name(path) == name(plain)).collect();
    match (exact.as_slice(), by_name.as_slice()) {
        ([path, ..], _) | ([], [path]) => Ok((word.into(), (**path).clone())),
        ([], []) => Err(unknown(format!("no shared path is called {:?}", name(plain)))),
        _ => Err(unknown(format!("several shared paths are called {:?}", name(plain)))),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let place = path.display().to_string();
    let unreadable = |why: String| Failure::usage(&place, "can't be put on a host").why(why);
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > SIZE_MAX {
        return Err(unreadable(format!("it has {size} bytes, more than {SIZE_MAX}")).hint("scp"));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
        .ok_or_else(|| unreadable("it is no text".into()).hint("scp"))
}
