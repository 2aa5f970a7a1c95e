//! Paths on the host. They are compared and joined as text: nothing here touches a disk.

use super::excerpt::{hidden, quoted};
use super::problem::Complaint;

/// Nothing in a path of hosts.toml can be longer than a host's own limit.
pub(super) const PATH_MAX: usize = 1024;

/// Nor can a single name.
const COMPONENT_MAX: usize = 255;

/// Where files of ours could stop the machine from starting, or are no files at all. (`/dev/shm` is a place for files.)
const NO_PLACE: [&str; 4] = ["/boot", "/dev", "/proc", "/sys"];

/// The directory that everything lies under, without a slash at its end.
///
/// Two levels at least: what is cleared and pruned under it must never be a whole `/srv` or `/etc`.
pub(super) fn base(text: &str) -> Result<String, Complaint> {
    let form = |why: &str| {
        Complaint::new(format!(
            "{} must be an absolute directory at least two levels deep, or ~ or ~/DIR",
            quoted(text)
        ))
        .why(why)
    };
    if text.contains('$') {
        return Err(form("variables are not expanded").hint("write ~/ for the ssh user's home"));
    }
    let plain = text.strip_suffix('/').unwrap_or(text);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._+@-/".contains(c);
    let (levels, rest) = match plain.strip_prefix('~') {
        Some("") => return Ok("~".into()),
        Some(rest) => (1, rest),
        None => (2, plain),
    };
    if !rest.chars().all(allowed) || text.len() > PATH_MAX {
        return Err(form("letters, digits and . _ + @ - /"));
    }
    let Some(inside) = rest.strip_prefix('/') else {
        return Err(if levels == 1 {
            form("only your own ~")
        } else {
            form("this one is relative, or no path at all")
        });
    };
    components(inside).map_err(|why| form(&why))?;
    if inside.split('/').count() < levels {
        return Err(form("a directory as high as this belongs to the system").hint("write /srv/APP"));
    }
    no_place(plain)?;
    Ok(plain.to_owned())
}

/// A path inside a directory that is known from elsewhere, without a slash at its end.
pub(super) fn inside(text: &str) -> Result<String, Complaint> {
    let form = |why: &str| {
        Complaint::new(format!("{} must be a path inside, such as log or var/cache", quoted(text))).why(why)
    };
    let plain = text.strip_suffix('/').unwrap_or(text);
    if text.starts_with(['/', '~']) {
        return Err(form("this one stands for itself"));
    }
    if text.len() > PATH_MAX || text.chars().any(hidden) {
        return Err(form("too long, or with characters that don't show"));
    }
    components(plain).map_err(|why| form(&why))?;
    Ok(plain.to_owned())
}

/// As [`inside`], and nothing of ours: neither `.release` nor a release's own record.
pub(super) fn inside_not_ours(text: &str) -> Result<String, Complaint> {
    let plain = inside(text)?;
    match plain.split('/').next() {
        Some(first @ (".release" | ".release.json")) => {
            Err(Complaint::new(format!("{} is taken", quoted(first)))
                .why("release itself keeps things under that name"))
        }
        _ => Ok(plain),
    }
}

/// A file on the host: absolute, `~/...`, or relative to `base`.
pub(super) fn host_file(text: &str) -> Result<String, Complaint> {
    let form = |why: &str| {
        Complaint::new(format!("{} must be a file: relative to `base`, absolute, or ~/FILE", quoted(text))).why(why)
    };
    if text.starts_with('$') {
        return Err(form("variables are not expanded").hint("write ~/ for the ssh user's home"));
    }
    if text.ends_with('/') {
        return Err(form("a directory ends in '/'"));
    }
    if text.len() > PATH_MAX || text.chars().any(hidden) {
        return Err(form("too long, or with characters that don't show"));
    }
    let rest = match text.strip_prefix("~/").or_else(|| text.strip_prefix('/')) {
        Some(rest) => rest,
        None if text.starts_with('~') => return Err(form("only your own ~")),
        None => text,
    };
    components(rest).map_err(|why| form(&why))?;
    Ok(text.to_owned())
}

/// Directories where nothing may come and go with a deploy; in /etc only what is right in it, since servers have theirs below.
const SYSTEM: [&str; 9] = ["/bin", "/boot", "/dev", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr"];

/// The maintenance flag: a file that comes and goes, so not one of the machine's own.
pub(super) fn flag(text: &str) -> Result<String, Complaint> {
    let found = host_file(text)?;
    if text.starts_with('/') && text.matches('/').count() < 2 {
        return Err(
            Complaint::new(format!("{} is too high", quoted(text))).why("a flag is in a directory of its own site")
        );
    }
    no_place(&found)?;
    let directory = text.rsplit_once('/').map_or("", |(directory, _)| directory);
    if directory == "/etc" || SYSTEM.iter().any(|system| within(directory, system).is_some()) {
        return Err(Complaint::new(format!("{} is among the system's own files", quoted(text)))
            .why("a flag is made and removed")
            .hint("write a path below `base`, /run or /var"));
    }
    Ok(found)
}

/// Whether one of two normal paths is the other, or lies in it.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    within(a, b).is_some() || within(b, a).is_some()
}

/// What remains of `path` below `directory`; empty when it is the directory itself.
pub(super) fn within<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    match path.strip_prefix(directory)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

/// Each component is a name: not empty, `.` or `..`.
fn components(path: &str) -> Result<(), String> {
    let bad = |part: &&str| matches!(*part, "" | "." | "..") || part.len() > COMPONENT_MAX;
    match path.split('/').find(bad) {
        Some("") if path.is_empty() => Err("it is empty".into()),
        Some("") => Err("'//' says nothing".into()),
        Some(part) if part.len() > COMPONENT_MAX => Err(format!("no host takes a name of {} bytes", part.len())),
        Some(part) => Err(format!("'{part}' is not allowed in it")),
        None => Ok(()),
    }
}

/// Refuses what lies in a directory of the system that is no place for files.
pub(super) fn no_place(path: &str) -> Result<(), Complaint> {
    if path.starts_with("/dev/shm/") {
        return Ok(());
    }
    match NO_PLACE.iter().find(|place| within(path, place).is_some()) {
        Some(place) => Err(Complaint::new(format!("{} can't be in {place}", quoted(path)))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_deep_enough_to_be_ours() {
        for (text, normal) in [
            ("~", "~"),
            ("~/", "~"),
            ("~/app", "~/app"),
            ("/srv/app", "/srv/app"),
            ("/srv/app/", "/srv/app"),
            ("/a/b-c_d.e+f@g", "/a/b-c_d.e+f@g"),
        ] {
            assert_eq!(base(text).as_deref(), Ok(normal), "{text}");
        }
        for bad in [
            "",
            "/",
            "//",
            ".",
            "../x",
            "/etc",
            "/srv",
            "/srv/",
            "$HOME/x",
            "/srv/app\n",
            "/srv//app",
            "/srv/../etc",
            "/srv/.",
            "app",
            "~bob",
            "~bob/app",
            "~/..",
            "~//x",
            "/srv/a b",
            "/srv/a;id",
            "/srv/`id`",
            "/srv/$(id)",
            "/srv/é",
            "-x",
            "/dev/shm",
            "/proc/self",
        ] {
            assert!(base(bad).is_err(), "{bad}");
        }
        for (text, why) in [
            ("$HOME/x", "variables"),
            ("/etc", "as high"),
            ("~bob", "your own"),
            ("x", "relative"),
            ("/srv//a", "'//'"),
            ("/srv/a b", "letters"),
        ] {
            assert!(base(text).unwrap_err().why.unwrap().contains(why), "{text}");
        }
        assert!(base("/dev/shm/app").is_ok() && base("/dev/shm").is_err());
        assert!(base("/etc").unwrap_err().what.contains("at least two levels deep"));
    }

    #[test]
    fn paths_inside_stay_inside() {
        assert_eq!(inside("share/docroot/").as_deref(), Ok("share/docroot"));
        assert!(inside("my uploads; $(id) 'x'").is_ok());
        for bad in ["", ".", "/", "./a", "a/..", "..", "/a", "~/a", "a//b", "a\nb", "a\0"] {
            assert!(inside(bad).is_err(), "{bad:?}");
        }
        for bad in [".release", ".release/x", ".release.json"] {
            assert!(inside(bad).is_ok() && inside_not_ours(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn files_of_the_host() {
        for good in ["flag", "a/b", "~/x", "/etc/nginx/flag", "a b;c"] {
            assert!(host_file(good).is_ok() && flag(good).is_ok(), "{good}");
        }
        for bad in ["", "a/", "~", "~bob/x", "../x", "/a/../b", "$HOME/x", "a\nb", "/"] {
            assert!(host_file(bad).is_err() && flag(bad).is_err(), "{bad}");
        }
        for (text, why) in
            [("$HOME/x", "variables"), ("a/", "a directory"), ("~bob/x", "your own"), ("a\nb", "don't show")]
        {
            assert!(host_file(text).unwrap_err().why.unwrap().contains(why), "{text}");
        }
        assert!(flag("/flag").is_err());
        assert!(flag("/dev/null").is_err());
    }

    #[test]
    fn overlap_is_by_component() {
        assert!(overlap("a", "a") && overlap("a", "a/b") && overlap("a/b/c", "a"));
        assert!(!overlap("a", "ab") && !overlap("a/b", "a/c"));
    }
}
