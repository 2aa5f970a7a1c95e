//! 83-85, 93, 95 and 97 over a real ssh: logins that talk, refuse or lack, and hosts that talk back.

use super::{harmless, holds, house_form, unchanged, well_said};
use crate::campaign::{Tally, trials};
use crate::support::{Fleet, HostSpec, LoginShell, State, Tarball, Userland, is_root};

/// Of a host that is reached by ssh: its home, and the operator's side.
fn everything(fleet: &Fleet) -> [State; 2] {
    let cache = fleet.world.home().join(".cache");
    std::fs::create_dir_all(cache).unwrap();
    let operator = State::exact(fleet.world.root()).only(&["project", "home"]).without(&["home/.cache"]);
    [State::exact(fleet.host().base()), operator]
}

/// A deploy is refused in these words, and nothing was changed; so is a look.
fn refused(fleet: &Fleet, what: &str, words: &[&str]) -> Result<(), String> {
    fleet.dist(&Tarball::new("app", "1"));
    let before = everything(fleet);
    let check = fleet.release(&["check", "view"]);
    let run = fleet.release(&["view", "1"]);
    well_said(&check, 3, &[])
        .and_then(|()| well_said(&run, 3, words))
        .and_then(|()| house_form(&run))
        .and_then(|()| {
            let after = everything(fleet);
            before.iter().zip(&after).try_for_each(|(before, after)| unchanged(before, after))
        })
        .map_err(|violation| format!("{what}: {violation}"))
}

fn deployed(fleet: &Fleet, what: &str) -> Result<(), String> {
    let run = fleet.deploy("1");
    let live = fleet.host().read("live/VERSION");
    well_said(&run, 0, &["1 is live"])
        .and_then(|()| holds(live.as_deref() == Some("1\n"), || format!("{live:?} is live")))
        .map_err(|violation| format!("{what}: {violation}"))
}

fn bash() -> Fleet {
    Fleet::of(vec![HostSpec::new("h1").shell(LoginShell::Bash)], "")
}

/// 83 and 97: what a login prints before our script speaks, and one that lets nobody in.
fn logins(tally: &mut Tally) {
    let fleet = bash();
    let rc = |text: &str| drop(fleet.host().write(".bashrc", text));
    rc("printf '\\033]0;pwned\\007\\033[31m\\377\\376 closed\\342\\200\\256\\n'; exit 1\n");
    tally.trial(refused(&fleet, "83: it prints and ends", &["unexpected text before the handshake", "closed"]));
    rc("exit 0\n");
    tally.trial(refused(&fleet, "83: it ends", &["its login shell ended, or has no `sh`", "sh -c 'echo ok'"]));
    rc("exec yes 'I never end'\n");
    tally.trial(refused(&fleet, "97: lines without end", &["prints without end", "I never end"]));
    // All beyond the first MiB is only thrown away, slowly without optimisation.
    let size = trials(10_000_000, 300_000_000);
    rc(&format!("head -c {size} /dev/zero | tr '\\0' x; echo; exit 1\n"));
    tally.trial(refused(&fleet, "97: an endless line", &["unexpected text before the handshake", "xxxxx"]));
    rc("read -p 'Which terminal? ' answer; read answer\n");
    tally.trial(refused(&fleet, "83: it asks", &["does not answer as it should"]));
    rc("printf '\\033[31mquota: 3%%\\377 '; umask 077; alias ls=rm cat=rm; set -e\n");
    tally.trial(deployed(&fleet, "83: it talks, and lets us in"));
    for shell in ["/usr/sbin/nologin", "/bin/false"] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").shell(LoginShell::At(shell))], "");
        tally.trial(refused(&fleet, &format!("83: {shell}"), &["does not answer as it should"]));
    }
    let fleet = Fleet::of(vec![HostSpec::new("h1").shell(LoginShell::At("/bin/rbash"))], "");
    tally.trial(either(&fleet, "83: rbash"));
    for shell in [LoginShell::Fish, LoginShell::Tcsh, LoginShell::Mksh] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").shell(shell)], "");
        tally.trial(deployed(&fleet, &format!("83: {shell:?}")));
    }
}

/// Deployed; or refused, or failed without a trace that anybody but the tool could see.
fn either(fleet: &Fleet, what: &str) -> Result<(), String> {
    let before = everything(fleet);
    let run = fleet.deploy("1");
    match run.code {
        0 => harmless(&run),
        3 => harmless(&run).and_then(|()| unchanged(&before[0], &everything(fleet)[0])),
        1 => harmless(&run).and(holds(fleet.host().releases().is_empty(), || "a release is left".into())),
        code => Err(format!("exit code {code}: {}", run.stderr)),
    }
    .map_err(|violation| format!("{what}: {violation}"))
}

/// 84 and 85: programs that are missing are named; BusyBox alone is enough.
fn programs(tally: &mut Tally) {
    for tool in ["sha256sum", "tar", "gzip"] {
        let fleet = Fleet::of(vec![HostSpec::new("h1").userland(Userland::Toybox)], "");
        std::fs::remove_file(fleet.world.root().join("h1/sshd/bin").join(tool)).unwrap();
        tally.trial(refused(&fleet, &format!("84: no {tool}"), &[&format!("{tool} is not installed")]));
    }
    tally.trial(deployed(&Fleet::of(vec![HostSpec::new("h1").userland(Userland::BusyBox)], ""), "85: BusyBox alone"));
    tally.trial(refused(
        &Fleet::of(vec![HostSpec::new("h1").userland(Userland::Toybox)], ""),
        "85: toybox alone",
        &["is not installed"],
    ));
}

/// 93: sudo that asks for a password is found out, not run into.
fn sudo(tally: &mut Tally) {
    if !is_root() {
        return eprintln!("skipped: who runs this may be let in by sudo");
    }
    let fleet = Fleet::files(&["h1"], "[service]\nstop = 'sudo /bin/systemctl stop x'\nstart = 'sudo -n /bin/true'\n");
    tally.trial(refused(&fleet, "93: a password", &["sudo asks for a password", "sudo /bin/systemctl stop x"]));
}

/// 95: servers that allow one channel, or only a command of their own.
fn servers(tally: &mut Tally) {
    let fleet = Fleet::of(vec![HostSpec::new("h1").sshd_config("MaxSessions 1")], "");
    tally.trial(refused(
        &fleet,
        "95: MaxSessions 1",
        &["needs two sessions at a time, and the server opens only one", "MaxSessions"],
    ));
    let status = fleet.release(&["status", "view"]);
    tally.trial(well_said(&status, 0, &[]).map_err(|violation| format!("95: a look needs one session: {violation}")));
    for command in ["printf '\\033[31mThis service allows sftp connections only.\\n'", "internal-sftp", "/bin/false"] {
        let line = format!("ForceCommand {command}");
        let fleet = Fleet::of(vec![HostSpec::new("h1").sshd_config(&line)], "");
        tally.trial(refused(&fleet, &format!("95: {line:?}"), &["h1"]));
    }
}

/// 97: a host that greets as it should, and then never stops to answer, or answers noise.
fn answers(tally: &mut Tally) {
    let greet = format!("@release 1 {}", release::agent::agent_digest());
    let lines = "ledger \\033[31m\\n\\377\\376 \\nrelease x\\nlive link \\033]0;x\\007\\nlive directory\\nend";
    for (what, then, words) in [
        (
            "without end",
            "exec yes \"release $(head -c 5000 /dev/zero | tr '\\0' x) {}\"".to_owned(),
            "answers without end",
        ),
        ("noise", format!("printf '{lines}\\n'; sleep 1; exit"), "real directory"),
        ("cut off", "printf 'live no'; exit".to_owned(), "the connection was lost"),
    ] {
        let fleet = bash();
        fleet.host().write(".bashrc", format!("read -r s; echo '{greet}'; {then}\n"));
        tally.trial(refused(&fleet, &format!("97: {what}"), &[words]));
    }
}

#[test]
fn over_ssh() {
    let mut tally = Tally::new("hostile inputs: logins and servers");
    logins(&mut tally);
    programs(&mut tally);
    sudo(&mut tally);
    servers(&mut tally);
    answers(&mut tally);
    tally.finish();
}
