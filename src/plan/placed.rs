//! What an artifact's symlinks do to the places that a target names in it.
//!
//! The artifact alone was judged as one tree. A target links shared directories into that tree and copies parts of it
//! elsewhere: there a link that was harmless may lead somewhere else.

use crate::artifact::{Artifact, Symlink};
use crate::model::Failure;
use crate::model::target::Target;

/// A link on a path.
enum In<'a> {
    /// It is one of the directories that the path goes through.
    Parent(&'a Symlink),
    /// It is what the path names.
    Itself(&'a Symlink),
}

/// Refuses an artifact whose links would lead out of the places that this target puts it.
///
/// # Errors
/// The link, and what of hosts.toml it does not fit.
pub fn check(target: &Target, artifact: &Artifact) -> Result<(), Failure> {
    let links = Links { artifact, links: sorted(&artifact.symlinks) };
    for shared in target.shared.iter().chain(&target.shared_files) {
        // A link at the very place is replaced by the one to what is shared.
        if let Some(In::Parent(link)) = links.on_the_way(shared) {
            return Err(links
                .refused(
                    link,
                    &format!("`shared` has {shared:?} below it"),
                    "what is shared would be linked into another directory",
                )
                .hint(format!("leave the link out of the artifact, or list {:?} itself under `shared`", link.path)));
        }
    }
    for copy in &target.activate.copy {
        let from = copy.from.trim_end_matches('/');
        if let Some(In::Parent(link) | In::Itself(link)) = links.on_the_way(from) {
            return Err(links
                .refused(link, &format!("[activate] copies from {from:?}"), "what is copied would be another directory")
                .hint(format!("make {:?} a directory, or change `from`", link.path)));
        }
        if let Some(link) = artifact.symlinks.iter().find(|link| link.leaves(from)) {
            let where_to = format!("[activate] copies it to {:?}", copy.to);
            return Err(links
                .refused(link, &where_to, &format!("from there it leads out of {:?}", copy.to))
                .hint(format!("let it lead to something in {from:?}, or leave it out")));
        }
    }
    let schema = target.schema.iter().flat_map(|schema| schema.desired.iter().chain(&schema.versions));
    for path in schema {
        if let Some(In::Parent(link) | In::Itself(link)) = links.on_the_way(path) {
            return Err(links
                .refused(
                    link,
                    &format!("[schema] names {path:?}"),
                    "the schema is read before anything is unpacked, where a link leads nowhere",
                )
                .hint("put the files themselves there, or name the place where they are in [schema]"));
        }
    }
    Ok(())
}

struct Links<'a> {
    artifact: &'a Artifact,
    links: Vec<&'a Symlink>,
}

fn sorted(links: &[Symlink]) -> Vec<&Symlink> {
    let mut sorted: Vec<&Symlink> = links.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    sorted
}

impl<'a> Links<'a> {
    /// The first link on the way to a path of the release.
    fn on_the_way(&self, path: &str) -> Option<In<'a>> {
        let path: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        (1..=path.len()).find_map(|parts| {
            let at = path[..parts].join("/");
            let found = self.links.binary_search_by(|link| link.path.as_str().cmp(&at)).ok()?;
            let link = self.links[found];
            Some(if parts == path.len() { In::Itself(link) } else { In::Parent(link) })
        })
    }

    fn refused(&self, link: &Symlink, place: &str, why: &str) -> Failure {
        let name = self.artifact.path.file_name().unwrap_or_default().display().to_string();
        Failure::refused(name, format!("holds the symlink {:?} to {:?}, and {place}", link.path, link.target)).why(why)
    }
}
