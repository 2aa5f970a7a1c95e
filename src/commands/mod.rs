//! One file a command; each reads as its own description.

mod adopt;
mod ask;
mod blocked;
mod build;
pub mod candidates;
mod catch_up;
mod check;
mod completions;
mod cut;
mod deploy;
mod done_words;
mod find;
mod init;
mod live;
mod log;
mod man;
mod memory;
mod noted;
mod notes;
mod notify;
mod operate;
mod plan;
mod promote;
mod requires;
mod rollback;
mod schema;
mod seed;
mod setup;
mod small;
mod status;
mod sudoers;
mod upgrade;
mod wanting;
mod without;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::cli::{self, Cli, Command};
use crate::config::{self, Config};
use crate::fleet::Interrupts;
use crate::host;
use crate::model::target::Signatures;
use crate::model::{Exit, Failure, ReleaseId};
use crate::plan::Operator;
use crate::ui;

/// Everything that a command needs of the world, read once.
pub struct Context {
    /// The directory it was started in.
    pub directory: PathBuf,
    /// The user's own directory, what `~` is on this side.
    pub home: Option<PathBuf>,
    /// `user@machine`.
    pub who: String,
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// Letters and digits that make operations of one second differ.
    pub salt: String,
    /// Where a private directory for sockets may be made; a short path.
    pub runtime: PathBuf,
    /// Where what may be lost is kept, if there is such a place.
    pub cache: Option<PathBuf>,
    /// How output is shown.
    pub ui: ui::Settings,
    /// The options that every command takes.
    pub global: cli::Global,
    /// Ctrl-C, as it is pressed once the command is armed.
    pub interrupts: Interrupts,
    /// Before this is set, an interrupt just ends the command: there is nothing to undo.
    pub armed: Arc<AtomicBool>,
}

impl Context {
    /// From here on the command itself answers to Ctrl-C.
    fn arm(&self) {
        self.armed.store(true, Ordering::Relaxed);
    }

    /// Finds and reads hosts.toml.
    fn config(&self) -> Result<Config, Failure> {
        let path = config::find(&self.directory, self.global.config.as_deref())?;
        let mut config = config::load(&path)?;
        for target in &mut config.targets {
            target.ssh.accept_new = self.global.accept_new;
            target.ssh.ask = self.ui.may_ask();
        }
        Ok(config)
    }

    /// The same rules, with the paths below `~` as they are here.
    fn at_home(&self, rules: &Signatures) -> Result<Signatures, Failure> {
        let here = |path: &PathBuf| match (path.strip_prefix("~"), &self.home) {
            (Err(_), _) => Ok(path.clone()),
            (Ok(rest), Some(home)) => Ok(home.join(rest)),
            (Ok(_), None) => Err(Failure::usage(path.display().to_string(), "HOME is not set, so there is no ~")),
        };
        Ok(Signatures {
            allowed_signers: here(&rules.allowed_signers)?,
            revoked: rules.revoked.as_ref().map(here).transpose()?,
            required: rules.required,
        })
    }

    /// The directory of hosts.toml, where there is one: the project, whose repository is asked.
    fn project(&self) -> PathBuf {
        let file = config::find(&self.directory, self.global.config.as_deref()).ok();
        let dir = file.as_deref().and_then(std::path::Path::parent);
        dir.map_or_else(|| self.directory.clone(), |dir| self.directory.join(dir))
    }

    fn operator(&self, message: Option<String>) -> Operator {
        Operator { who: self.who.clone(), now: (self.clock)(), salt: self.salt.clone(), message, without: Vec::new() }
    }

    /// Keeps the names of a target's releases for the shell's completion.
    fn remember<'a>(&self, target: &str, releases: impl IntoIterator<Item = &'a ReleaseId>) {
        let config = config::find(&self.directory, self.global.config.as_deref());
        if let (Some(cache), Ok(config)) = (&self.cache, config) {
            memory::remember(cache, &config, target, &releases.into_iter().cloned().collect());
        }
    }

    /// A private directory for the sockets of this run; removed when it is dropped.
    fn control(&self) -> Result<tempfile::TempDir, Failure> {
        host::directory(&self.runtime).map_err(|error| {
            Failure::refused(self.runtime.display().to_string(), "can't make a directory for connections")
                .why(error.to_string())
        })
    }
}

/// Runs a command.
///
/// # Errors
/// Anything that kept it from its end; the failure carries the exit code.
pub async fn run(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Deploy(args) => deploy::run(args, context).await,
        Command::Adopt(args) => adopt::run(args, context).await,
        Command::Promote(args) => promote::run(args, context).await,
        Command::CatchUp(args) => catch_up::run(args, context).await,
        Command::Rollback(args) => rollback::back(args, context).await,
        Command::Forward(args) => rollback::forward(args, context).await,
        Command::Status(args) => status::run(args, context).await,
        Command::Plan(args) => plan::run(args, context).await,
        Command::Notes(args) => notes::run(args, context).await,
        Command::Build(args) => build::run(args, context).await,
        Command::Cut(args) => cut::run(args, context).await,
        Command::Log(args) => log::run(args, context).await,
        Command::Schema(args) => schema::run(args.action, context).await,
        Command::Maintenance(args) => small::maintenance(args, context).await,
        Command::Lock(args) => small::lock(args, context).await,
        Command::Unlock(args) => small::unlock(args, context).await,
        Command::Recover(args) => small::recover(args, context).await,
        Command::Prune(args) => small::prune(args, context).await,
        Command::Pin(args) => small::pin(args, context).await,
        Command::Unpin(args) => small::unpin(args, context).await,
        Command::Check(args) => check::run(args, context).await,
        Command::Init(args) => init::run(&args, context),
        Command::Setup(args) => setup::run(args, context).await,
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, context),
        Command::UiDemo => {
            ui::demo(ui::reporter(&context.ui).as_mut(), std::thread::sleep);
            Ok(Exit::Done)
        }
        Command::Target(words) => Err(not_a_command(&words)),
    }
}

/// Makes `release view x.tar.gz` a deploy: a first word that is no command is a target's name. `release check
/// --config` with no file behind it means hosts.toml alone.
///
/// # Errors
/// What clap says of it: help, version, or a mistake.
pub fn parse(words: Vec<OsString>) -> Result<Cli, clap::Error> {
    use clap::Parser as _;
    let words = config_only(words);
    let cli = Cli::try_parse_from(&words)?;
    let Command::Target(rest) = &cli.command else { return Ok(cli) };
    let mut again = words.clone();
    again.insert(words.len() - rest.len(), "deploy".into());
    Cli::try_parse_from(again)
}

fn config_only(mut words: Vec<OsString>) -> Vec<OsString> {
    let Some(check) = words.iter().skip(1).position(|word| word == "check").map(|at| at + 1) else { return words };
    let is_file = |word: &OsString| word.to_str().is_some_and(|word| word.contains('/') || word.ends_with(".toml"));
    for at in check + 1..words.len() {
        if words[at] == "--config" && !words.get(at + 1).is_some_and(is_file) {
            words[at] = "--config-only".into();
        }
    }
    words
}

fn not_a_command(words: &[String]) -> Failure {
    Failure::usage("", format!("no command `{}`", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Command {
        parse(line.split(' ').map(OsString::from).collect()).unwrap().command
    }

    #[test]
    fn a_target_first_is_a_deploy() {
        for line in [
            "release view X-1.tar.gz",
            "release --json view X-1.tar.gz",
            "release -q --config f.toml view X-1.tar.gz -y",
        ] {
            let Command::Deploy(deploy) = parsed(line) else { panic!("{line}") };
            assert_eq!((deploy.target.as_str(), deploy.artifact.as_deref()), ("view", Some("X-1.tar.gz")), "{line}");
        }
        assert!(matches!(parsed("release --json status"), Command::Status(_)));
        assert!(matches!(parsed("release rollback"), Command::Rollback(_)));
    }

    #[test]
    fn check_config_reads_the_file_alone() {
        let Command::Check(check) = parsed("release check --config") else { panic!() };
        assert!(check.config_only);
        let Command::Check(check) = parsed("release check prod --config") else { panic!() };
        assert!(check.config_only && check.target.as_deref() == Some("prod"));
        let Command::Check(check) = parsed("release check --config other.toml") else { panic!() };
        assert!(!check.config_only);
    }
}
