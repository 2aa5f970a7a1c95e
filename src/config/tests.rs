//! Whole files: the contract's example, what each kind of mistake looks like, and properties of arbitrary text.

mod hostile;
mod mistakes;
mod properties;

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::model::Exit;
use crate::model::target::*;

const CONTRACT: &str = include_str!("testdata/contract.toml");

fn read(text: &str) -> Result<Config, Failure> {
    parse(text, Path::new("hosts.toml"), Path::new("/home/me/site"))
}

/// A whole file that must be good.
pub(super) fn whole(text: &str) -> Config {
    read(text).unwrap_or_else(|failure| panic!("{failure}\n{}\n{text}", failure.detail.as_deref().unwrap_or("")))
}

/// The failure of a whole file that must be bad; each is a usage error with an excerpt.
pub(super) fn whole_error(text: &str) -> Failure {
    let failure = read(text).expect_err(text);
    assert_eq!(failure.exit, Exit::Usage);
    assert!(failure.place.starts_with("hosts.toml:"), "{failure}");
    assert!(failure.detail.as_ref().is_some_and(|detail| detail.contains('^')), "{failure:?}");
    failure
}

/// The target `t` of a file with these tables.
pub(super) fn target(tables: &str) -> Target {
    whole(&with_target(tables)).targets.remove(0)
}

/// The failure of a file with a good target `t` and these tables.
pub(super) fn error(tables: &str) -> Failure {
    whole_error(&with_target(tables))
}

/// The hosts of the target `t` that this text defines.
pub(super) fn hosts(text: &str) -> Vec<Host> {
    whole(&format!("app = 'x'\n{text}")).targets.remove(0).hosts
}

/// The failure of this text that defines the target `t`.
pub(super) fn hosts_error(text: &str) -> Failure {
    whole_error(&format!("app = 'x'\n{text}"))
}

fn with_target(tables: &str) -> String {
    format!("app = 'x'\n[targets.t]\nhosts = ['h']\n{tables}\n")
}

/// With a key at the top of the file.
fn keyed(line: &str) -> String {
    format!("app = 'x'\n{line}\n[targets.t]\nhosts = ['h']\n")
}

fn ssh(name: &str, host: &str, port: Option<u16>) -> Host {
    let user = Some("ddgc".into());
    let address = Address::Ssh { host: host.into(), user, port, identity: None, jump: None, host_key: None };
    Host { name: name.into(), address, role: None }
}

#[test]
fn the_contracts_example() {
    let config = whole(CONTRACT);
    let prod = Target {
        name: "prod".into(),
        app: "ddgc".into(),
        artifact: ArtifactName { prefix: "DDGC-".into(), suffix: ".tar.gz".into() },
        build: Build {
            test: Some("prove -l t".into()),
            exclude: vec!["t".into(), ".travis.yml".into()],
            ..Build::default()
        },
        hosts: vec![ssh("ddgc@duck.co", "duck.co", None), ssh("ddgc@web2.duck.co:2222", "web2.duck.co", Some(2222))],
        primary: 0,
        base: "~".into(),
        releases: "releases".into(),
        live: "live".into(),
        keep: 5,
        shared: vec!["uploads".into(), "log".into()],
        shared_files: Vec::new(),
        env: Env {
            files: vec!["~/perl5/perlbrew/etc/bashrc".into(), "~/ddgc_config.sh".into()],
            vars: vec![("PLACK_ENV".into(), "deployment".into())],
        },
        prepare: vec!["cpanm -n --installdeps .".into()],
        maintenance: Some(Maintenance {
            flag: "ddgc_web_maintenance".into(),
            long_flag: Some("ddgc_web_maintenance_long".into()),
            when: MaintenanceWhen::Schema,
        }),
        service: Service::Commands {
            stop: Some("sudo /usr/local/sbin/stop_ddgc.sh".into()),
            start: Some("sudo /usr/local/sbin/start_ddgc.sh".into()),
            restart: None,
            reload: None,
        },
        health: Some(Health {
            probe: Probe::Url("http://127.0.0.1:8989/".into()),
            expect: Some("{version}".into()),
            timeout: Duration::from_secs(30),
            how: Asking::default(),
        }),
        no_health: None,
        activate: Activate {
            clear: vec!["cache".into()],
            copy: vec![CopyTree { from: "share/docroot".into(), to: "docroot".into() }],
            run: vec![],
        },
        signatures: None,
        schema: Some(Schema {
            url: vec![UrlPart::Variable("DATABASE_URL".into())],
            desired: Some("schema.sql".into()),
            versions: Some("sql".into()),
            command: Some(SchemaCommand { check: "...".into(), up: "...".into(), down: Some("...".into()) }),
            backup: BackupWhen::BeforeChange,
            allow: vec![],
        }),
        requires: Some("view".into()),
        git: None,
        notify: None,
        protected: true,
        strategy: Strategy::Together,
        lease: Duration::from_secs(60),
        limits: crate::model::Limits::default(),
        max_unpacked: 4 << 30,
        ssh: Ssh::default(),
    };
    let view = Target {
        name: "view".into(),
        hosts: vec![ssh("ddgc@view.dukgo.com", "view.dukgo.com", None)],
        requires: None,
        protected: false,
        ..prod.clone()
    };
    assert_eq!(config.targets, [view, prod]);
    assert_eq!((config.app.as_str(), config.default.as_deref()), ("ddgc", Some("view")));
    assert_eq!(config.warnings, [""; 0]);
}

#[test]
fn the_least_file_has_the_contracts_defaults() {
    let found = target("");
    assert_eq!((found.base.as_str(), found.releases.as_str(), found.live.as_str()), ("~", "releases", "live"));
    assert_eq!(found.artifact, ArtifactName { prefix: "x-".into(), suffix: ".tar.gz".into() });
    assert_eq!((found.keep, found.primary, found.strategy), (5, 0, Strategy::Together));
    assert_eq!((found.lease, found.max_unpacked), (Duration::from_secs(60), 4 << 30));
    assert_eq!((found.maintenance, found.service, found.health), (None, Service::None, None));
}

#[test]
fn a_target_has_its_own_of_everything() {
    let found = target(
        "base = '/srv/x'\nreleases = 'r'\nlive = 'l'\nkeep = 3\nshared = ['a']\nlease = '3s'\nmax_unpacked = '1MB'\n\
         artifact = 'Y-{version}.tar.gz'\nstrategy = 'rolling'\nbatch = '25%'\nwait = '10s'\n\
         [targets.t.ssh]\nconfig = 'ssh_config'\nconnect_timeout = '5s'\n[targets.t.prepare]\nrun = ['make']",
    );
    assert_eq!((found.base.as_str(), found.releases.as_str(), found.live.as_str()), ("/srv/x", "r", "l"));
    assert_eq!((found.keep, found.lease, found.max_unpacked), (3, Duration::from_secs(3), 1_000_000));
    assert_eq!(found.strategy, Strategy::Rolling { batch: 1, wait: Duration::from_secs(10) });
    assert_eq!(found.ssh.config.as_deref(), Some(Path::new("/home/me/site/ssh_config")));
    assert_eq!(
        (found.artifact.prefix.as_str(), found.prepare, found.shared),
        ("Y-", vec!["make".into()], vec!["a".into()])
    );
}

#[test]
fn the_primary_is_a_host_by_name_or_address() {
    let hosts = "app = 'x'\n[targets.t]\nhosts = ['a', { address = 'b', user = 'u' }]\nprimary = ";
    assert_eq!(whole(&format!("{hosts}'u@b'")).targets[0].primary, 1);
    assert_eq!(whole(&format!("{hosts}'b'")).targets[0].primary, 1);
}

/// Facts item 20.
#[test]
fn a_target_is_never_guessed() {
    let config = whole(CONTRACT);
    let failure = config.target("prd").unwrap_err();
    assert_eq!((failure.exit, failure.hint.as_deref()), (Exit::Usage, Some("did you mean `prod`?")));
    assert_eq!(failure.why.as_deref(), Some("targets are view, prod"));
    assert_eq!(config.target("\u{1b}").unwrap_err().what, "no target \"\\u{1b}\"");
    assert_eq!(config.target("view").unwrap().name, "view");
}

#[test]
fn the_default_target_is_the_only_one_or_the_named_one() {
    assert_eq!(whole(CONTRACT).default_target().unwrap().name, "view");
    assert_eq!(whole(&keyed("")).default_target().unwrap().name, "t");
    let two = whole(&CONTRACT.replace("default ", "# "));
    let failure = two.default_target().unwrap_err();
    assert_eq!((failure.exit, failure.why.as_deref()), (Exit::Usage, Some("targets are view, prod")));
    let none = whole("app = 'x'");
    assert_eq!((none.default_target().unwrap_err().exit, none.warnings.len()), (Exit::Usage, 1));
}

#[test]
fn a_target_called_like_a_command_is_warned_of() {
    let config = whole("app = 'x'\n[targets.status]\nhosts = ['h']");
    assert_eq!(
        config.warnings,
        ["hosts.toml:2:10: the target `status` is called as a command is: use `release deploy status`"]
    );
}

#[test]
fn targets_keep_the_order_of_the_file() {
    let config = whole("app = 'x'\n[targets.z]\nhosts = ['z']\n[targets.a]\nhosts = ['a']");
    assert_eq!(config.targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["z", "a"]);
}
