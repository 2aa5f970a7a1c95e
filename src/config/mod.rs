//! hosts.toml: read, checked and merged into [`Target`]s.
//!
//! Text becomes `toml`'s spanned tree; `layer` reads the keys that may stand at the top and in a target, checking
//! each value by itself; a target's layer is laid over the file's; `target` fills in defaults and checks what needs
//! several keys; `across` checks what needs several targets. Complaints are collected on the way, so one run shows
//! all that one pass can see.

// A failure is large because it is complete; each ends the program, so boxing it would buy nothing.

mod across;
mod activate;
mod address;
mod branch;
mod build;
mod env;
mod excerpt;
mod file;
mod health;
mod hosts;
mod kind;
mod layer;
mod maintenance;
mod naming;
mod notify;
mod own_paths;
mod paths;
mod problem;
mod schema;
mod secrets;
mod service;
mod signatures;
mod suggest;
mod table;
mod target;
mod template;
mod units;
mod url;
mod words;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::model::Failure;
use crate::model::target::{ArtifactName, Build, Target};
use excerpt::{Source, quoted};
use layer::Layer;
use problem::{Complaint, Problems};
use table::{At, Table};
use target::Own;

pub use file::{NOWHERE, find, load, word};
pub use suggest::suggest;
pub use template::TEMPLATE;
pub use words::VERBS;

/// A hosts.toml in which nothing is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// The application's name.
    pub app: String,
    /// How artifacts are named where no target has its own way.
    pub artifact: ArtifactName,
    /// How they are built, the same.
    pub build: Build,
    /// The target of a command given none, where the file names one.
    pub default: Option<String>,
    /// The targets, in the order of the file.
    pub targets: Vec<Target>,
    /// What is allowed, but should be known: sentences that start with a place.
    pub warnings: Vec<String>,
}

/// Whether others than its owner can read the file.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Privacy {
    Private,
    Shared,
}

/// Checks a text. Relative paths of this side start at `dir`, which must be absolute.
///
/// Nothing is known of the file's mode here, so values that look like secrets are warned of; [`load`] refuses them
/// where others can read the file.
pub fn parse(text: &str, path: &Path, dir: &Path) -> Result<Config, Failure> {
    read_text(text, path, dir, Privacy::Private)
}

impl Config {
    /// The target of this name.
    pub fn target(&self, name: &str) -> Result<&Target, Failure> {
        self.targets.iter().find(|target| target.name == name).ok_or_else(|| {
            let failure = self.refusal(format!("no target {}", quoted(name))).why(self.list());
            match suggest(name, self.names()) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("release status"),
            }
        })
    }

    /// The target of a command given none: the only one, else the file's `default`. Never a guess.
    pub fn default_target(&self) -> Result<&Target, Failure> {
        match (&self.targets[..], &self.default) {
            ([only], _) => Ok(only),
            (_, Some(name)) => self.target(name),
            ([], None) => {
                Err(self.refusal("there is no target".into()).hint("add [targets.NAME] with hosts = [\"user@host\"]"))
            }
            (_, None) => Err(self
                .refusal("which target?".into())
                .why(self.list())
                .hint("name one, or write default = \"NAME\" at the top of the file")),
        }
    }

    fn refusal(&self, what: String) -> Failure {
        Failure::usage(self.path.display().to_string(), what)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(|target| target.name.as_str())
    }

    fn list(&self) -> String {
        match self.targets[..] {
            [] => "there is none".into(),
            _ => format!("targets are {}", self.names().collect::<Vec<_>>().join(", ")),
        }
    }
}

fn read_text(text: &str, path: &Path, dir: &Path, privacy: Privacy) -> Result<Config, Failure> {
    let mut source = Source { text, name: path.display().to_string(), masked: vec![] };
    let problems = Problems::default();
    let file = DeTable::parse(text).map_err(|error| syntax(&error, &source))?;
    let secrets = secrets::find(file.get_ref());
    source.masked = secrets.iter().map(|(span, _)| span.clone()).collect();
    let config = read_file(&file, path, dir, &source, &problems);
    if privacy == Privacy::Shared {
        for (span, what) in &secrets {
            let complaint = Complaint::new(format!("looks like a secret: {what}")).why("others can read this file");
            problems
                .add(span.clone(), complaint.hint("put it into a file on the host, and name that under [env] files"));
        }
    }
    if let Some(failure) = problems.failure(&source) {
        return Err(failure);
    }
    // Without a complaint there is a config; should that ever fail to hold, it must not read as success.
    let mut config = config.ok_or_else(|| Failure::usage(&source.name, "can't be understood"))?;
    config.warnings.extend(secrets.iter().map(|(span, what)| {
        format!(
            "{}: looks like a secret: {what}; better kept in a file on the host, under [env] files",
            source.place(span)
        )
    }));
    let roles = config.targets.iter().filter(|target| target.hosts.iter().any(|host| host.role.is_some()));
    let unused = roles.map(|target| {
        format!(
            "target `{}`: `role` is shown in the status; every host gets and runs the same, whatever its role",
            target.name
        )
    });
    let unused: Vec<String> = unused.collect();
    config.warnings.extend(unused);
    Ok(config)
}

/// The stages; each later one runs only where the earlier ones had nothing to say, lest one mistake is told twice.
fn read_file(file: &At<DeTable>, path: &Path, dir: &Path, source: &Source, problems: &Problems) -> Option<Config> {
    let mut top = Table::file(file, problems);
    let app = top.text("app", words::app).map(At::into_inner);
    top.require("app", "app = \"NAME\"");
    let named = app.as_deref().unwrap_or("app");
    let default = top.text("default", words::target);
    let under = Layer::read(&mut top, named, dir);
    let tables = top.table("targets").map(|mut targets| targets.tables()).unwrap_or_default();
    let owns: Vec<Own> = tables.into_iter().map(|(name, table)| Own::read(name, table, named, dir)).collect();
    top.done();
    if !problems.none() {
        return None;
    }
    let app = app?;
    let resolve = |own: Own| {
        let merged = own.layer.clone().over(under.clone());
        own.resolve(merged, &app, problems)
    };
    let drafts: Vec<_> = owns.into_iter().map(resolve).collect();
    across::requirements(&drafts, problems);
    across::places(&drafts, problems);
    if let Some(default) = &default {
        across::default(default, &drafts, problems);
    }
    let verbs = drafts.iter().filter(|draft| VERBS.contains(&draft.target.name.as_str()));
    let mut warnings: Vec<String> = verbs
        .map(|draft| {
            let (place, name) = (source.place(&draft.span), &draft.target.name);
            format!("{place}: the target `{name}` is called as a command is: use `release deploy {name}`")
        })
        .collect();
    if drafts.is_empty() {
        warnings.push(format!("{}: no [targets.NAME]: there is nothing to deploy to", source.name));
    }
    let targets = drafts.into_iter().map(|draft| draft.target).collect();
    let artifact = under.artifact.clone().unwrap_or_else(|| naming::usual(&app));
    let build = under.build.clone().resolve();
    Some(Config {
        path: path.to_owned(),
        app,
        artifact,
        build,
        default: default.map(At::into_inner),
        targets,
        warnings,
    })
}

/// Facts item 3: what `toml` itself refuses, in our form.
fn syntax(error: &toml::de::Error, source: &Source) -> Failure {
    let span = error.span().unwrap_or(0..0);
    Failure::usage(source.place(&span), error.message().replace('\n', ", "))
        .why("not TOML")
        .detail(source.excerpt(&span))
        .hint(problem::AGAIN)
}
