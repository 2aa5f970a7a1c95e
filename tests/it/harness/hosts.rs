//! Hosts of other kinds.

use crate::support::{HostSpec, LoginShell, Userland, World};

fn one(host: HostSpec) -> World {
    World::of(vec![host])
}

#[test]
fn a_busybox_host_has_only_busybox() {
    let world = one(HostSpec::new("h1").userland(Userland::BusyBox).program("perl"));
    let bin = world.root().join("h1/sshd/bin");
    let probe = "exec sh -c 'for p in mv tar perl; do command -v $p; done; readlink /proc/$$/exe'";
    let found = world.ssh("h1", probe).ok();
    // Debian's ash runs its own applets without looking for them on the PATH.
    let expected = ["mv", "tar", bin.join("perl").to_str().unwrap(), "/usr/bin/busybox"].join("\n");
    assert_eq!(found, expected);
    assert!(world.ssh("h1", "mv --help 2>&1").ok().starts_with("BusyBox"));
    assert_eq!(world.ssh("h1", "python3 || dpkg-query || git || bash").code, 127);
}

#[test]
fn a_toybox_host_has_toybox_and_dash() {
    let world = one(HostSpec::new("h1").userland(Userland::Toybox));
    assert!(world.ssh("h1", "mv --help").ok().starts_with("Toybox"));
    let swap = "mkdir a b st; ln -s a live; ln -s b st/live; mv -f st/live . && readlink live";
    assert_eq!(world.ssh("h1", swap).ok(), "b");
    assert_ne!(world.ssh("h1", "ln -s a new; mv -T new live").code, 0, "the reason to have such a host");
}

#[test]
fn login_shells_take_the_command_line() {
    for (shell, line, answer) in [
        (LoginShell::Bash, "echo ${BASH_VERSION:+bash}", "bash"),
        (LoginShell::Dash, "echo ${BASH_VERSION:-none}", "none"),
        (LoginShell::Fish, "set x fish; echo $x (echo $FISH_VERSION | count)", "fish 1"),
        (LoginShell::Tcsh, "set x = tcsh; echo $x $?tcsh", "tcsh 1"),
        (LoginShell::Mksh, "echo ${KSH_VERSION%% *}", "@(#)MIRBSD"),
    ] {
        let world = one(HostSpec::new("h1").shell(shell));
        assert_eq!(world.ssh("h1", line).ok(), answer, "{shell:?}");
        assert_eq!(world.ssh("h1", "exec sh -c 'echo $0'").ok(), "sh", "{shell:?}");
    }
}

#[test]
fn a_talkative_bashrc_is_read_as_on_a_real_host() {
    let world = one(HostSpec::new("h1").shell(LoginShell::Bash));
    world.host("h1").write(".bashrc", "echo welcome\n");
    assert_eq!(world.ssh("h1", "echo hi").ok(), "welcome\nhi");
}

#[test]
fn a_host_has_the_variables_and_sshd_settings_that_were_asked_for() {
    let world = one(HostSpec::new("h1").env("PLACK_ENV", "deployment").sshd_config("MaxSessions 1"));
    assert_eq!(world.ssh("h1", "echo $PLACK_ENV").ok(), "deployment");
}
