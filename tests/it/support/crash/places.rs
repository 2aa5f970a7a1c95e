//! Which files a call of a stopped process is about.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};

use super::calls::{Call, Place};

/// The absolute paths that the call names, without `.` and `..`; links are not followed.
pub fn paths(pid: i32, call: &Call, arguments: &[u64; 6]) -> Vec<PathBuf> {
    call.places.iter().filter_map(|place| path(pid, *place, arguments)).collect()
}

fn path(pid: i32, place: Place, arguments: &[u64; 6]) -> Option<PathBuf> {
    let link = |name: &str| fs::read_link(format!("/proc/{pid}/{name}")).ok();
    // The kernel takes the lower half for the descriptor.
    #[allow(clippy::cast_possible_truncation)]
    let descriptor = |n: usize| arguments[n] as i32;
    let (from, text) = match place {
        Place::Fd(n) => return link(&format!("fd/{}", descriptor(n))),
        Place::Path(n) => (libc::AT_FDCWD, text(pid, arguments[n])?),
        Place::At(directory, n) => (descriptor(directory), text(pid, arguments[n])?),
    };
    if text.is_absolute() {
        return Some(plain(&text));
    }
    let start = if from == libc::AT_FDCWD { link("cwd")? } else { link(&format!("fd/{from}"))? };
    Some(plain(&start.join(text)))
}

/// The text at this address of a stopped process; nothing at the address 0, as in `utimensat` of a descriptor.
fn text(pid: i32, address: u64) -> Option<PathBuf> {
    if address == 0 {
        return Some(PathBuf::new());
    }
    let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let (mut bytes, mut chunk) = (Vec::new(), [0; 256]);
    loop {
        let got = memory.read_at(&mut chunk, address + bytes.len() as u64).ok().filter(|got| *got > 0)?;
        let end = chunk[..got].iter().position(|byte| *byte == 0);
        bytes.extend_from_slice(&chunk[..end.unwrap_or(got)]);
        if end.is_some() {
            return Some(OsStr::from_bytes(&bytes).into());
        }
    }
}

fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}
