//! A deploy or a rollback that is somewhere in the middle: where every fault of network and time begins.

use std::time::Duration;

use super::chance::Chance;
use crate::faults::site::{Site, names};
use crate::support::{App, Background, Host, HostSpec, Mode, Run, wait_until};

/// Longer than any end takes, however busy the machine is.
pub const BOUND: Duration = Duration::from_secs(60);

/// A host that trials follow each other on.
pub struct Scene {
    pub site: Site,
    count: usize,
}

/// How things were before an operation.
pub struct Before {
    /// What was live.
    pub old: String,
    /// Operations that were over.
    over: Vec<String>,
}

/// An operation on the host.
#[derive(Default)]
pub struct Operation {
    pub plan: String,
    pub journal: String,
}

impl Scene {
    /// A host on which 1.1 is live, after 1.0.
    pub fn new(host: HostSpec) -> Self {
        let site = Site::new(vec![host]);
        site.world.release(&["view", "app-1.1.tar.gz"]).expect(0);
        Self { site, count: 1 }
    }

    pub fn host(&self) -> &Host {
        self.site.host()
    }

    pub fn version(&self) -> String {
        self.host().read("live/VERSION").unwrap().trim().to_owned()
    }

    /// The next version and its artifact, with so many bytes of noise.
    pub fn artifact(&mut self, noise: usize) -> (String, String) {
        self.count += 1;
        let version = format!("1.{}", self.count);
        let path = self.site.write(&App::artifact(&version, Mode::Good).noise("noise", noise));
        (version, path)
    }

    /// Is what is live there by a deploy? Then there is something to go back to.
    fn was_deployed(&self) -> bool {
        let ledger = self.host().read(".release/ledger").unwrap();
        let switched = |line: &&str| line.contains(r#""outcome":"committed""#) && line.contains(r#""release":"2"#);
        ledger.lines().rfind(switched).is_some_and(|line| line.contains(r#""op":"deploy""#))
    }

    /// How things are.
    pub fn before(&self) -> Before {
        Before { old: self.version(), over: names(self.host(), ".release/logs") }
    }

    /// A rollback where there is something to go back to, or a deploy with this much noise, at a random moment: every line
    /// of the journal is as likely, and so is the time up to the next.
    pub fn somewhere(&mut self, chance: &Chance, noise: usize) -> (Background, Before) {
        let back = noise == 0 && chance.below(2) == 0 && self.was_deployed();
        let path = if back { None } else { Some(self.artifact(noise).1) };
        let words = path.as_deref().map_or(["rollback", "view", "--json"], |path| ["view", path, "--json"]);
        let before = self.before();
        let mut client = self.site.world.release_bg(&words);
        let line = chance.below(44);
        let lines = || self.operation(&before).map(|operation| operation.journal.lines().count());
        let came = wait_until(BOUND, || lines().is_some_and(|n| n >= line) || !client.is_running());
        assert!(came, "it never came to line {line}\n{}", self.site.journals());
        let step = if noise > 0 && line < 6 { 1500 } else { 40 };
        std::thread::sleep(Duration::from_millis(chance.below(step) as u64)); // the moment itself
        (client, before)
    }

    /// What the client has begun, wherever it is now.
    pub fn operation(&self, before: &Before) -> Option<Operation> {
        let read = |dir: &str, id: &str, file: &str| self.host().read(&format!(".release/{dir}/{id}/{file}"));
        ["new", "tx", "logs"].into_iter().find_map(|dir| {
            let ids = names(self.host(), &format!(".release/{dir}"));
            let id = ids.into_iter().find(|id| !before.over.contains(id))?;
            Some(Operation { journal: read(dir, &id, "journal")?, plan: read(dir, &id, "plan")? })
        })
    }

    /// Waits until the host has ended it, or knows nothing of it.
    pub fn await_end(&self, before: &Before) -> Operation {
        let ended = wait_until(BOUND, || self.operation(before).is_none_or(|operation| operation.is_over()));
        assert!(ended, "it did not end\n{}", self.site.journals());
        self.operation(before).unwrap_or_default()
    }

    /// What was confirmed is served, else the old release; whole, without a flag, and nobody at work.
    pub fn assert_serves(&self, before: &Before) {
        let rests = wait_until(BOUND, || self.site.is_at_rest());
        assert!(rests, "not at rest\n{}", self.site.journals());
        let (version, old) = (self.version(), &before.old);
        let confirmed = self.operation(before).unwrap_or_default().was_confirmed();
        assert!(confirmed != (version == *old), "{old} -> {version}\n{}", self.site.journals());
        self.site.assert_all(&version);
    }

    /// The exit code says what is served. Refused and unknown say nothing else.
    pub fn assert_truth(&self, old: &str, run: &Run) {
        let committed = self.version() != old;
        let truthful = match run.code {
            0 => committed,
            1 | 3 | 5 => !committed,
            6 => run.stdout.contains("release status view"),
            _ => false,
        };
        let journals = self.site.journals();
        assert!(truthful, "exit {} but {old} -> {}\n{}\n{journals}", run.code, self.version(), run.stdout);
    }
}

impl Operation {
    pub fn is_over(&self) -> bool {
        self.journal.lines().last().is_some_and(|last| last.contains(" end "))
    }

    pub fn was_confirmed(&self) -> bool {
        self.journal.lines().any(|line| line.ends_with(" confirmed"))
    }

    /// When its journal was last written to.
    pub fn ended(&self) -> Option<f64> {
        self.journal.lines().last().map(stamp)
    }

    /// Where it stood at a moment.
    pub fn phase(&self, at: f64) -> &'static str {
        let steps: Vec<&str> = self.plan.lines().filter_map(|line| line.strip_prefix("step ")).collect();
        let number = |wait: &str| steps.iter().position(|step| *step == wait).map_or(0, |at| at + 1);
        let (go, confirm) = (number("wait go"), number("wait confirm"));
        let lines: Vec<&str> = self.journal.lines().filter(|line| stamp(line) <= at).collect();
        let said = |word: &str| lines.iter().any(|line| line.split(' ').nth(1) == Some(word));
        let step = lines.iter().rev().find_map(|line| line.split_once(" do ")?.1.parse::<usize>().ok()).unwrap_or(0);
        match () {
            () if lines.is_empty() => "before the lock",
            () if said("end") => "over",
            () if said("confirmed") => "confirmed",
            () if step < go => "preparing",
            () if step == go => "waiting for the others",
            () if step < confirm => "switching",
            () => "healthy",
        }
    }
}

fn stamp(line: &str) -> f64 {
    line.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}
