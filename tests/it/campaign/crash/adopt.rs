//! `release adopt`, crashed at every point: what another tool has put live is served at every moment, and is in the end either
//! taken over or as it was.

use std::fs;
use std::os::unix::fs::symlink;

use super::Mode;
use super::aftermath::boot;
use super::check::Kept;
use super::enumerate::{evenly, some};
use super::site::{Site, names};
use super::snapshot::Snapshot;
use crate::campaign::{Tally, trials};
use crate::support::crash::{Crash, Fault, Scope, Traced};
use crate::support::{Run, State};

/// How many points more than those that were counted a run may have.
const MORE: usize = 8;

/// Who made what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Capistrano: `current`, an absolute link into `releases/`, which has older ones.
    Capistrano,
    /// A script of somebody's own: `live`, a link to a directory beside `releases/`.
    HandWritten,
    /// A checkout: `live` is the directory itself.
    Directory,
}

impl Layout {
    /// The release that is live, as hosts.toml's health wants it called.
    fn version(self) -> &'static str {
        match self {
            Self::Capistrano => "20200101120000",
            Self::HandWritten => "0.3",
            Self::Directory => "0.939",
        }
    }

    fn args(self) -> &'static [&'static str] {
        match self {
            Self::Capistrano => &["adopt", "view"],
            Self::HandWritten => &["adopt", "view", "--version", "0.3"],
            Self::Directory => &["adopt", "view", "--version", "0.939"],
        }
    }

    /// What the web server reads.
    fn read_by(self) -> &'static str {
        if self == Self::Capistrano { "current" } else { "live" }
    }

    fn make(self, site: &Site) {
        let base = site.base();
        let release = |path: &str, version: &str| {
            for (file, text) in [("VERSION", version), ("share/docroot/page", "old"), ("uploads/hello", "old")] {
                let file = base.join(path).join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
        };
        match self {
            Self::Capistrano => {
                release("releases/20191231120000", "older");
                release("releases/20200101120000", self.version());
                fs::write(base.join("revisions.log"), "Branch main deployed\n").unwrap();
                symlink(base.join("releases/20200101120000"), base.join("current")).unwrap();
            }
            Self::HandWritten => {
                release("versions/v3", self.version());
                symlink("versions/v3", base.join("live")).unwrap();
            }
            Self::Directory => release("live", self.version()),
        }
        fs::write(base.with_file_name("run").join("served"), self.version()).unwrap();
    }
}

/// One layout, adopted and crashed in one way.
struct Class {
    layout: Layout,
    mode: Mode,
    empty: Snapshot,
}

impl Class {
    fn run(&self, site: &Site, at: usize, fault: Fault<'_>) -> Traced {
        site.restore(&self.empty);
        self.layout.make(site);
        Crash::at(Scope::Below(site.base()), at, fault).run(site.command(self.layout.args()))
    }

    fn points(&self) -> usize {
        let traced = self.run(&Site::new(), 0, Fault::Kill);
        assert_eq!(traced.run.code, 0, "{:?}", traced.run);
        traced.trail.len()
    }

    fn trial(&self, site: &Site, at: usize) -> Kept {
        site.restore(&self.empty);
        self.layout.make(site);
        let before = foreign(site);
        let traced = self.run(site, at, self.mode.fault());
        let kept = self.is_served(site).and_then(|()| match &traced.hit {
            None if traced.run.code == 0 => self.settles(site, at, &before, Some(true)),
            None => Err("undisturbed, it failed".into()),
            Some(_) if self.mode.kills() => self.survives(site, at, &before),
            Some(_) => self.tells(site, at, &before, traced.run.code),
        });
        kept.map_err(|broken| {
            let what = traced.hit.as_ref().map_or("no fault", |point| &point.what);
            let (run, mode) = (&traced.run, self.mode.name());
            let said = format!("exit {}\n{}{}", run.code, run.stdout, run.stderr);
            format!("adopt, {:?}, {mode}, at {at}: {what}\n{broken}\n{said}{}", self.layout, site.journals())
        })
    }

    /// Everybody is dead, and somebody else comes.
    fn survives(&self, site: &Site, at: usize, before: &State) -> Kept {
        let (who, run) = match at % 3 {
            0 => ("recover", site.release(&["recover", "view"])),
            1 => ("the same once more", site.release(self.layout.args())),
            _ => ("the boot hook", boot(site).unwrap_or_else(|| site.release(&["recover", "view"]))),
        };
        went_well(who, &run)?;
        self.settles(site, at, before, (at % 3 == 1).then_some(true))
    }

    /// Everybody lives, and has to say what became of it.
    fn tells(&self, site: &Site, at: usize, before: &State, code: i32) -> Kept {
        let adopted = match code {
            0 => Some(true),
            1 | 3 | 5 => Some(false),
            4 => {
                went_well("recover", &site.release(&["recover", "view"]))?;
                None
            }
            code => return Err(format!("I3: the exit code is {code}")),
        };
        self.settles(site, at, before, adopted)
    }

    /// I1: there was no moment without it.
    fn is_served(&self, site: &Site) -> Kept {
        let found = site.read(&format!("{}/VERSION", self.layout.read_by()));
        ensure(found.as_deref() == Some(self.layout.version()), || format!("I1: {found:?} is what is read"))
    }

    /// All is over: it is taken over, or everything is as it was; and it can be taken over, left, and come back to.
    fn settles(&self, site: &Site, at: usize, before: &State, wanted: Option<bool>) -> Kept {
        self.is_served(site)?;
        let live = fs::read_link(site.base().join("live")).unwrap_or_default();
        let adopted = live.starts_with("releases") && live.to_str().unwrap().ends_with(self.layout.version());
        ensure(wanted.is_none_or(|wanted| wanted == adopted), || format!("I3: adopted: {adopted}, live is {live:?}"))?;
        let changed = before.diff(&foreign(site));
        ensure(adopted || changed.is_empty(), || format!("I1: not taken over, and not as it was:\n{changed}"))?;
        let noted = site.read(".release/ledger").unwrap_or_default();
        let last = noted.lines().last().unwrap_or_default();
        let says = last.contains("\"op\":\"adopt\"") && last.contains("\"outcome\":\"committed\"");
        ensure(says == adopted, || format!("I3: adopted: {adopted}, and the ledger says {noted}"))?;
        let left = leftovers(site);
        ensure(left.is_empty(), || format!("I12: left over: {left:?}"))?;
        went_well("adopt", &site.release(self.layout.args()))?;
        self.is_served(site)?;
        if at.is_multiple_of(4) { self.goes_on(site) } else { Ok(()) }
    }

    /// I7: a deploy, and the way back to what was adopted.
    fn goes_on(&self, site: &Site) -> Kept {
        went_well("a deploy", &site.release(&["view", "app-1.1.tar.gz"]))?;
        let read = site.read(&format!("{}/VERSION", self.layout.read_by()));
        ensure(read.as_deref().map(str::trim) == Some("1.1"), || format!("I7: deployed, and {read:?} is read"))?;
        went_well("a rollback", &site.release(&["rollback", "view"]))?;
        let served = site.served();
        ensure(served.as_deref() == Some(self.layout.version()), || format!("I7: {served:?} is served"))?;
        self.is_served(site)
    }
}

fn ensure(holds: bool, says: impl FnOnce() -> String) -> Kept {
    if holds { Ok(()) } else { Err(says()) }
}

fn went_well(who: &str, run: &Run) -> Kept {
    ensure(run.code == 0, || format!("then {who} ended with {}\n{}{}", run.code, run.stdout, run.stderr))
}

/// What is not ours.
fn foreign(site: &Site) -> State {
    State::of(&site.base()).only(&["releases", "current", "live", "versions", "revisions.log"])
}

/// What an operation in the middle has and one that is over has not.
fn leftovers(site: &Site) -> Vec<String> {
    let mut left = Vec::new();
    for (dir, all) in [(".release/tx", true), (".release", false), ("", false), ("releases", false)] {
        let found = names(&site.base().join(dir));
        let is_ours = |name: &&String| all || name.ends_with(".part") || name.starts_with(".try-");
        left.extend(found.iter().filter(is_ours).map(|name| format!("{dir}/{name}")));
    }
    left
}

/// All points in the campaign, some in every run of the tests.
fn crash(layout: Layout) {
    let empty = Site::new().save();
    for mode in Mode::ALL {
        let mut tally = Tally::new(&format!("crash: adopt, {layout:?}, {}", mode.name()));
        let class = Class { layout, mode, empty: empty.clone() };
        let points = class.points();
        let trial = |site: &Site, at| class.trial(site, at);
        let outcomes = match trials(2, usize::MAX) {
            usize::MAX => some(&(1..=points + MORE).collect::<Vec<_>>(), trial),
            few => some(&evenly(few, points), trial),
        };
        outcomes.into_iter().for_each(|outcome| tally.trial(outcome));
        tally.finish();
    }
}

#[test]
fn capistrano() {
    crash(Layout::Capistrano);
}

#[test]
fn hand_written_link() {
    crash(Layout::HandWritten);
}

#[test]
fn real_directory() {
    crash(Layout::Directory);
}
