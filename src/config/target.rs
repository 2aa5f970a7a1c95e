//! `[targets.NAME]`: its own keys, and how they and the merged layers become a [`Target`].

use std::path::Path;
use std::time::Duration;

use super::branch;
use super::excerpt::{Span, quoted};
use super::hosts::{self, Listed};
use super::layer::Layer;
use super::maintenance::Taken;
use super::naming;
use super::problem::{Complaint, Problems};
use super::suggest::suggest;
use super::table::{At, Table};
use super::units::{Batch, batch, pause};
use super::words;
use crate::model::target::{Branch, Ssh, Strategy, Target};

/// The default lease: long enough for a laptop to change its network.
const LEASE: Duration = Duration::from_secs(60);

/// The default limit of what an artifact unpacks to.
const MAX_UNPACKED: u64 = 4 << 30;

/// A target's table, read but not merged.
pub(super) struct Own {
    name: At<String>,
    hosts: Vec<At<Listed>>,
    primary: Option<At<String>>,
    requires: Option<At<String>>,
    git: Option<Branch>,
    protected: bool,
    strategy: Strategy,
    /// What it overrides.
    pub layer: Layer,
}

/// A target, and where what must fit to the other targets stands.
pub(super) struct Draft {
    /// The target.
    pub target: Target,
    /// Where its name stands.
    pub span: Span,
    /// Where each of its hosts stands.
    pub hosts: Vec<Span>,
    /// Where its requirement stands.
    pub requires: Option<Span>,
}

impl Own {
    /// Reads it.
    pub fn read(name: At<String>, mut table: Table, app: &str, dir: &Path) -> Self {
        table.checked("targets", &name, |name| words::target(name));
        let hosts = hosts::read(&mut table, dir).unwrap_or_default();
        table.require("hosts", "hosts = [\"user@host\"]");
        let primary = table.text("primary", words::line);
        let requires = table.text("requires", words::target);
        let git = table.table("git").and_then(branch::read);
        let protected = table.flag("protected").is_some_and(At::into_inner);
        let strategy = strategy(&mut table, hosts.len());
        let layer = Layer::read(&mut table, app, dir);
        table.done();
        Self { name, hosts, primary, requires, git, protected, strategy, layer }
    }

    /// Fills in what neither layer says, and checks what needs both.
    pub fn resolve(self, merged: Layer, app: &str, problems: &Problems) -> Draft {
        let primary = self.primary.map_or(0, |primary| {
            primary_of(&self.hosts, primary.get_ref()).unwrap_or_else(|complaint| {
                problems.add(primary.span(), complaint);
                0
            })
        });
        let limits = merged.limits();
        let base = merged.base.unwrap_or_else(|| "~".into());
        let (live, releases) = entries(merged.live, merged.releases, problems);
        let taken = Taken { base: &base, names: [(&live, "live"), (&releases, "releases")] };
        let cleared = merged.activate.clear.clone().unwrap_or_default();
        let maintenance = merged.maintenance.resolve(&taken, &cleared, problems);
        let activate = merged.activate.resolve(&taken, problems);
        let target = Target {
            name: self.name.get_ref().clone(),
            app: app.to_owned(),
            artifact: merged.artifact.unwrap_or_else(|| naming::usual(app)),
            build: merged.build.resolve(),
            hosts: self.hosts.iter().map(|listed| listed.get_ref().host.clone()).collect(),
            primary,
            releases,
            live,
            keep: merged.keep.unwrap_or(5),
            shared: merged.shared.unwrap_or_default(),
            shared_files: merged.shared_files.unwrap_or_default(),
            env: merged.env.resolve(),
            prepare: merged.prepare.unwrap_or_default(),
            maintenance,
            service: merged.service.resolve(problems),
            no_health: None,
            health: merged.health.resolve(problems),
            activate,
            signatures: merged.signatures.resolve(problems),
            schema: merged.schema.and_then(|schema| schema.resolve(problems)),
            requires: self.requires.as_ref().map(|requires| requires.get_ref().clone()),
            git: self.git,
            notify: merged.notify.resolve(problems),
            protected: self.protected,
            strategy: self.strategy,
            lease: merged.lease.unwrap_or(LEASE),
            limits,
            max_unpacked: merged.max_unpacked.unwrap_or(MAX_UNPACKED),
            ssh: Ssh {
                config: merged.ssh_config,
                connect_timeout: merged.connect_timeout,
                accept_new: false,
                ask: false,
            },
            base,
        };
        Draft {
            target,
            span: self.name.span(),
            hosts: self.hosts.iter().map(At::span).collect(),
            requires: self.requires.map(|requires| requires.span()),
        }
    }
}

/// `live` and `releases`, which must differ; the complaint goes to the one that the file says.
fn entries(live: Option<At<String>>, releases: Option<At<String>>, problems: &Problems) -> (String, String) {
    let span = live.as_ref().or(releases.as_ref()).map_or(0..0, At::span);
    let live = live.map_or_else(|| "live".into(), At::into_inner);
    let releases = releases.map_or_else(|| "releases".into(), At::into_inner);
    if live == releases {
        problems.add(span, Complaint::new(format!("`live` and `releases` are both {}", quoted(&live))));
    }
    (live, releases)
}

fn primary_of(hosts: &[At<Listed>], name: &str) -> Result<usize, Complaint> {
    let called = |wanted: &dyn Fn(&Listed) -> bool| hosts.iter().position(|listed| wanted(listed.get_ref()));
    called(&|listed| listed.host.name == name).or_else(|| called(&|listed| listed.alias == name)).ok_or_else(|| {
        let names = || hosts.iter().map(|listed| listed.get_ref().host.name.as_str());
        let complaint = Complaint::new(format!("`primary`: {} is not one of the target's hosts", quoted(name)));
        match suggest(name, names()) {
            Some(near) => complaint.hint(format!("did you mean {near:?}?")),
            None => complaint.hint(format!("write one of {}", names().take(10).collect::<Vec<_>>().join(", "))),
        }
    })
}

fn strategy(table: &mut Table, hosts: usize) -> Strategy {
    let rolling = table.text("strategy", |text| match text {
        "together" => Ok(false),
        "rolling" => Ok(true),
        _ => Err(Complaint::new(format!("{} is not one of \"together\", \"rolling\"", quoted(text)))),
    });
    let batch = table.value("batch", batch);
    let wait = table.text("wait", pause);
    // A strategy that is there but wrong has its own complaint.
    let together = match &rolling {
        Some(rolling) => !rolling.get_ref(),
        None => !table.has("strategy"),
    };
    for (key, span) in [("batch", batch.as_ref().map(At::span)), ("wait", wait.as_ref().map(At::span))] {
        if let Some(span) = span.filter(|_| together) {
            let what = format!("`{key}` says how hosts follow each other, and they all switch together");
            table.complain(span, Complaint::new(what).hint("add strategy = \"rolling\""));
        }
    }
    match rolling.is_some_and(At::into_inner) {
        false => Strategy::Together,
        true => Strategy::Rolling {
            batch: batch.map_or(Batch::Count(1), At::into_inner).of(hosts),
            wait: wait.map_or(Duration::ZERO, At::into_inner),
        },
    }
}
