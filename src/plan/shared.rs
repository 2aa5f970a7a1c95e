//! Shared paths that are not there yet: what would be made of them, and whether that is meant.

use crate::model::target::Target;
use crate::model::{Failure, Observed};

/// What speaks against linking what is shared on this host.
pub fn reasons(target: &Target, observed: &Observed) -> Vec<String> {
    let of = |path: &String| {
        if observed.shared_directories.contains(path) {
            return Some(format!("shared/{path} is a directory, and hosts.toml says that it is a file"));
        }
        observed
            .shared_missing
            .contains(path)
            .then(|| format!("the file shared/{path} is not there; {} puts it there", seed(target, path)))
    };
    let files = target.shared_files.iter().filter_map(of);
    let astray = observed.sharing.astray.iter().map(|path| {
        format!("{path} is a link in the live release that leads nowhere, and shared/{path} is to be what it leads to; mount that, or to begin with nothing: mkdir -p shared/{path}")
    });
    dangling(observed).chain(astray).chain(files).collect()
}

/// The links in shared/ that lead nowhere.
pub fn dangling(observed: &Observed) -> impl Iterator<Item = String> {
    observed.sharing.dangling.iter().map(|link| {
        let (link, to) = link.split_once(": ").unwrap_or((link, "?"));
        format!("{link} is a link that leads nowhere: {to} is not there, or not mounted")
    })
}

/// What a deploy changes of what users see, and should be known beforehand.
pub fn warnings(target: &Target, observed: &Observed) -> Vec<String> {
    let sharing = &observed.sharing;
    let covers = |shared: &String, path: &str| {
        path.strip_prefix(shared.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'))
    };
    let listed = |path: &str| target.shared.iter().chain(&target.shared_files).any(|shared| covers(shared, path));
    let gone = sharing.linked.iter().filter(|path| !listed(path)).map(|path| {
        format!("{path} is shared in the live release, and hosts.toml does not list it any more: what is in shared/{path} stays there, and the new release does not serve it")
    });
    let led = sharing
        .led
        .iter()
        .map(|(path, to)| format!("{path} in the live release leads to {to}: shared/{path} becomes a link to that"));
    let other = sharing.other.iter().map(|(path, to)| {
        format!("{path} in the live release leads to {to}, and the new one serves shared/{path} instead")
    });
    let apart = sharing.apart.iter().map(|path| {
        format!("{path} is not shared in the live release: what shared/{path} lacks of it is copied there")
    });
    gone.chain(led).chain(other).chain(apart).collect()
}

/// The paths of `shared` that look like files and are not there: a deploy would make directories of them.
pub fn guesses<'a>(target: &'a Target, observed: &'a Observed) -> impl Iterator<Item = &'a String> {
    let missing = |path: &&String| observed.shared_missing.contains(path) && is_like_a_file(path);
    target.shared.iter().filter(missing)
}

/// The refusal of such a path, where the artifact does not bring it either.
pub fn refused(target: &Target, host: &str, path: &str) -> Failure {
    Failure::refused(host, format!("shared/{path} is not there, and looks like a file"))
        .why("a directory would be made of it, for the release does not bring it either")
        .hint(format!("{}; or, if it is to be a directory: mkdir -p shared/{path} there", seed(target, path)))
}

fn seed(target: &Target, path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    format!("release setup {} --seed {name}:{path}", target.name).replace(&format!("{path}:{path}"), path)
}

/// `.env`, `config/database.yml`; but not `conf.d`.
fn is_like_a_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let known = extension.is_some_and(|extension| {
        extension != "d"
            && (1..=10).contains(&extension.len())
            && extension.chars().all(|c| c.is_ascii_alphanumeric())
            && !extension.chars().all(|c| c.is_ascii_digit())
    });
    name.starts_with('.') || known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_a_file_from_a_directory() {
        for file in [".env", "config/database.yml", "config/master.key", ".npmrc", "db.sqlite3", "a/.htpasswd"] {
            assert!(is_like_a_file(file), "{file}");
        }
        for directory in ["uploads", "log", "conf.d", "var/lib/data", "v1.2", "my uploads; $(id)"] {
            assert!(!is_like_a_file(directory), "{directory}");
        }
    }
}
