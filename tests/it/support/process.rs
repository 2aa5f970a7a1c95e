//! Processes that tests start, and their end: by pid, and nobody else's.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::wait::wait_until;

/// Sends a signal (`INT`, `KILL`, `STOP` ...) to pids; the dead are no error.
pub fn signal(name: &str, pids: &[u32]) {
    if pids.is_empty() {
        return;
    }
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    Command::new("kill").args(["-s", name]).args(pids).stderr(Stdio::null()).status().unwrap();
}

/// A child that does not outlive its owner, nor do its children that are still its own.
#[derive(Debug)]
pub struct Owned(pub Child);

impl Owned {
    /// Its pid.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Ends it and its descendants now.
    pub fn kill(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            signal("STOP", &[self.pid()]); // it could start another while we look
            let mut all = descendants(self.pid());
            all.push(self.pid());
            signal("KILL", &all);
        }
        let _ = self.0.wait();
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.kill();
    }
}

fn pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc").unwrap().filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok())
}

/// Name, state and parent from `/proc/PID/stat`: the name may hold spaces and brackets.
fn stat(pid: u32) -> Option<(String, char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (head, tail) = (text.split_once('(')?.1, text.rsplit_once(") ")?.1);
    let mut fields = tail.split(' ');
    Some((head.rsplit_once(") ")?.0.to_owned(), fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// Every process below this one, deepest last.
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for p in pids() {
        if let Some((_, _, parent)) = stat(p) {
            children.entry(parent).or_default().push(p);
        }
    }
    let mut found = Vec::new();
    let mut todo = vec![pid];
    while let Some(p) = todo.pop() {
        let below = children.remove(&p).unwrap_or_default();
        todo.extend(&below);
        found.extend(below);
    }
    found
}

/// Whether it runs (a zombie does not) and is called so.
pub fn is_called(pid: u32, name: &str) -> bool {
    stat(pid).is_some_and(|(n, state, _)| n == name && state != 'Z')
}

/// Whether it runs; a zombie does not.
pub fn is_running(pid: u32) -> bool {
    stat(pid).is_some_and(|(_, state, _)| state != 'Z')
}

/// Processes that belong to a test's directory: it is in their environment, arguments or working directory. That finds
/// those that left their session on purpose, as a deploy's supervisor and the service that it started do.
pub fn belonging_to(root: &Path) -> Vec<u32> {
    let me = std::process::id();
    let mark = root.as_os_str().as_bytes();
    let holds = |bytes: Vec<u8>| bytes.windows(mark.len()).any(|w| w == mark);
    pids()
        .filter(|p| *p != me && is_running(*p))
        .filter(|p| {
            let file = |name: &str| fs::read(format!("/proc/{p}/{name}")).is_ok_and(holds);
            file("environ")
                || file("cmdline")
                || fs::read_link(format!("/proc/{p}/cwd")).is_ok_and(|d| d.starts_with(root))
        })
        .collect()
}

/// Ends everything that belongs to a test's directory, and sees it gone.
pub fn end_all(root: &Path) {
    let gone = wait_until(Duration::from_secs(5), || {
        let left = belonging_to(root);
        signal("KILL", &left);
        left.is_empty()
    });
    if !gone {
        eprintln!("processes of {} would not end: {:?}", root.display(), belonging_to(root));
    }
}
