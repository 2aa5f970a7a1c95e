//! hosts.toml as a whole, and each kind of value in it.

use std::path::Path;

use release::agent::wire;
use release::config::{self, Config};
use release::model::target::{Address, Host, Probe, Service};
use release::model::{Observed, Target};
use release::plan;

/// A whole file: refused in a form fit to be shown, or nothing in it leads anywhere that it must not.
pub fn config(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        read(text);
    }
}

/// The keys whose values have rules of their own; `@` is where the value goes.
const KEYS: &[&str] = &[
    "hosts = [@]",
    "hosts = ['h']\nbase = @",
    "hosts = ['h']\nlive = @",
    "hosts = ['h']\nreleases = @",
    "hosts = ['h']\nshared = [@]",
    "hosts = ['h']\nartifact = @",
    "hosts = ['h']\nlease = @",
    "hosts = ['h']\nmax_unpacked = @",
    "hosts = ['h', 'i', 'j']\nstrategy = 'rolling'\nbatch = @",
    "hosts = ['h']\nenv.files = [@]",
    "hosts = ['h']\nenv.vars.A = @",
    "hosts = ['h']\nprepare.run = [@]",
    "hosts = ['h']\nmaintenance.flag = @",
    "hosts = ['h']\nservice.systemd = @",
    "hosts = ['h']\nservice.restart = @",
    "hosts = ['h']\nhealth.url = @",
    "hosts = ['h']\nhealth = { command = 'x', expect = @ }",
    "hosts = ['h']\nhealth = { command = 'x', timeout = @ }",
    "hosts = ['h']\nactivate.clear = [@]",
    "hosts = ['h']\nactivate.copy = [{ from = 'a', to = @ }]",
    "hosts = ['h']\nssh.config = @",
    "hosts = [{ address = @ }]",
    "hosts = [{ address = 'h', user = @ }]",
    "hosts = [{ address = 'h', identity = @ }]",
    "hosts = [{ address = 'h', jump = @ }]",
    "hosts = [{ address = 'h', host_key = @ }]",
];

/// One value: the first byte says whose.
pub fn value(data: &[u8]) {
    let Some((key, value)) = data.split_first() else { return };
    let Ok(value) = std::str::from_utf8(value) else { return };
    let table = KEYS[usize::from(*key) % KEYS.len()].replace('@', &toml::Value::from(value).to_string());
    read(&format!("app = 'app'\n[targets.t]\n{table}\n"));
}

fn read(text: &str) {
    let dir = Path::new("/home/me/site");
    match config::parse(text, &dir.join("hosts.toml"), dir) {
        Ok(config) => safe(&config),
        Err(failure) => {
            assert_eq!(failure.exit.code(), 2);
            assert!(!failure.what.is_empty());
            assert!(!failure.detail.unwrap_or_default().contains('\u{1b}'));
        }
    }
}

fn safe(config: &Config) {
    assert!(is_name(&config.app), "{}", config.app);
    for target in &config.targets {
        places(target);
        commands(target);
        target.hosts.iter().for_each(host);
        super::on_the_wire(&wire::hello(target, &target.base));
        super::on_the_wire(&wire::look(&plan::questions(target)));
        plan::complaints(target, &Observed::default());
    }
}

/// Nothing is cleared, pruned or linked but under the base, and the base is no directory of the system.
fn places(target: &Target) {
    assert!(is_name(&target.name), "{}", target.name);
    let base = &target.base;
    let deep = base.starts_with('/') && base.matches('/').count() >= 2;
    assert!(deep || base == "~" || base.starts_with("~/"), "{base}");
    assert!(!base.split('/').any(|part| part == ".."), "{base}");
    assert!(is_name(&target.live) && is_name(&target.releases) && target.live != target.releases);
    let copied = target.activate.copy.iter().flat_map(|copy| [&copy.from, &copy.to]);
    for path in target.shared.iter().chain(&target.activate.clear).chain(copied) {
        assert!(!path.is_empty() && !path.starts_with(['/', '~']), "{path}");
        assert!(!path.split('/').any(|part| matches!(part, "" | "." | "..")), "{path}");
    }
    assert!(target.keep >= 1 && !target.lease.is_zero() && target.max_unpacked > 0);
}

fn commands(target: &Target) {
    if let Service::Systemd { unit, .. } = &target.service {
        assert!(!unit.starts_with('-') && !unit.contains(char::is_whitespace), "{unit}");
    }
    if let Some(Probe::Url(url)) = target.health.as_ref().map(|health| &health.probe) {
        assert!(url.starts_with("http://") || url.starts_with("https://"), "{url}");
        assert!(!url.contains(|c: char| c.is_control() || c == ' '), "{url}");
    }
}

/// Nothing that ssh could take for an option, or its configuration for another line.
fn host(host: &Host) {
    let Address::Ssh { host, user, port, identity, jump, host_key } = &host.address else { return };
    let hops = jump.iter().flat_map(|jump| jump.split(','));
    for word in hops.chain(user.as_deref()).chain(host_key.as_deref()).chain([host.as_str()]) {
        assert!(!word.is_empty() && !word.starts_with('-'), "{word}");
        assert!(word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:@%[]+/".contains(&b)), "{word}");
    }
    assert_ne!(*port, Some(0));
    if let Some(identity) = identity {
        let text = identity.to_str().unwrap();
        assert!(!text.starts_with('-') && !text.contains(char::is_control), "{text}");
    }
}

/// One component of a path, without a meaning for a shell.
fn is_name(text: &str) -> bool {
    let alphabet = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+@".contains(&b));
    alphabet && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}
