//! The connection: what is left of it when a command is over.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::support::{Background, Run, Tarball, World, belonging_to, eventually, is_called, wait_until};

#[test]
fn no_ssh_stays_behind() {
    let world = World::new(&["h1", "h2"]);
    world.target("view");
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    for args in [&["view", artifact.to_str().unwrap()][..], &["status"], &["log"], &["lock", "view"], &["check"]] {
        world.release(args).expect(0);
        // The master has been told to end, and takes its moment; one that nobody told would stay for longer.
        let masters = || belonging_to(world.root()).into_iter().filter(|pid| is_called(*pid, "ssh")).count();
        assert!(wait_until(Duration::from_secs(5), || masters() == 0), "{args:?} left {}", masters());
        if args[0] == "lock" {
            world.release(&["unlock", "view"]).expect(0);
        }
    }
}

#[test]
fn a_jump_host_is_jumped_over() {
    let world = World::new(&["gate", "h1"]);
    world.hosts_toml("app = \"app\"\n[[targets.view.hosts]]\naddress = \"h1\"\njump = \"gate\"\n");
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    world.release(&["view", artifact.to_str().unwrap()]).expect(0);
    assert!(world.host("h1").live().is_some());
    assert_eq!(world.host("gate").sshd().connections(), 1);
    assert_eq!(world.host("gate").live(), None);
}

/// The key is nowhere but in the agent, as it often is on a laptop.
#[test]
fn the_operators_agent_opens_the_door() {
    let world = World::new(&["h1"]);
    world.target("view");
    let socket = world.root().join("agent");
    let mut agent = world.command("ssh-agent");
    agent.args(["-D", "-a", socket.to_str().unwrap()]);
    let _agent = Background::start(agent, Stdio::null());
    eventually("the agent to listen", || socket.exists());
    let key = world.home().join("ssh/key");
    let mut add = world.command("ssh-add");
    add.arg(&key).env("SSH_AUTH_SOCK", &socket);
    Run::of(add).ok();
    fs::remove_file(&key).unwrap();
    let config = fs::read_to_string(world.project().join("ssh_config")).unwrap();
    world.write(
        "ssh_config",
        config
            .replace("IdentityAgent none", "IdentityAgent SSH_AUTH_SOCK")
            .replace("IdentitiesOnly yes", "IdentitiesOnly no"),
    );
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let path = artifact.to_str().unwrap();
    world.release(&["view", path]).expect(3);
    let mut release = world.release_command(&["view", path]);
    release.env("SSH_AUTH_SOCK", &socket);
    Run::of(release).expect(0);
}

/// Commands that wait in `prepare` until the test goes on.
const WAITS: &str = "touch \"$RELEASE_BASE/waiting\"\nturns=1200\n\
    until [ -e \"$RELEASE_BASE/go\" ] || [ \"$turns\" -eq 0 ]; do turns=$((turns - 1)); sleep 0.05; done\n";

/// What a host could use against its operator: the agent, a display, ports of the operator's machine.
#[test]
fn nothing_is_forwarded_whatever_the_operators_configuration_says() {
    let world = World::new(&["h1"]);
    let (local, remote) = (free_port(), free_port());
    world.hosts_toml(&format!(
        "app = \"app\"\n[prepare]\nrun = ['''\nenv >\"$RELEASE_BASE/seen\"\n\
         ssh-add -l >\"$RELEASE_BASE/keys\" 2>&1\n{WAITS}''']\n[targets.view]\nhosts = [\"h1\"]\n"
    ));
    let config = fs::read_to_string(world.project().join("ssh_config")).unwrap();
    let forwards = format!(
        "Host *\n  ForwardAgent yes\n  ForwardX11 yes\n  ForwardX11Trusted yes\n  LocalForward {local} 127.0.0.1:9\n  \
         RemoteForward {remote} 127.0.0.1:9\n"
    );
    world.write("ssh_config", forwards + &config);
    let socket = world.root().join("agent");
    let mut agent = world.command("ssh-agent");
    agent.args(["-D", "-a", socket.to_str().unwrap()]);
    let _agent = Background::start(agent, Stdio::null());
    eventually("the agent to listen", || socket.exists());
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let mut release = world.release_command(&["view", artifact.to_str().unwrap()]);
    release.env("SSH_AUTH_SOCK", &socket).env("DISPLAY", ":0");
    let mut deploy = Background::start(release, Stdio::null());
    let host = world.host("h1");
    eventually("prepare runs", || host.path("waiting").exists() || !deploy.is_running());
    for port in [local, remote] {
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "port {port} is forwarded");
    }
    host.write("go", "");
    deploy.finish(Duration::from_secs(60)).expect(0);
    let seen = host.read("seen").unwrap();
    assert!(seen.contains("RELEASE_BASE=") && !seen.contains("SSH_AUTH_SOCK=") && !seen.contains("DISPLAY="), "{seen}");
    assert!(host.read("keys").unwrap().contains("agent"), "{:?}", host.read("keys"));
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Nobody else may enter where the sockets are, and a killed client's connection ends by itself.
#[test]
fn sockets_are_private_and_end_with_their_client() {
    let world = World::new(&["h1"]);
    world.hosts_toml(
        "app = \"app\"\n[prepare]\nrun = ['sleep 600']\n[targets.view]\nhosts = [\"h1\"]\nlease = \"5s\"\n",
    );
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let runtime = world.root().join("run");
    fs::create_dir(&runtime).unwrap();
    let mut release = world.release_command(&["view", artifact.to_str().unwrap()]);
    release.env("XDG_RUNTIME_DIR", &runtime);
    let deploy = Background::start(release, Stdio::null());
    let masters = || belonging_to(world.root()).into_iter().filter(|pid| is_called(*pid, "ssh")).count();
    eventually("the host is entered", || masters() > 0 && world.host("h1").path(".release/tx").exists());
    let mut found = sockets(&runtime);
    eventually("the socket is there", || {
        found = sockets(&runtime);
        !found.is_empty()
    });
    assert_eq!(fs::read_dir(&runtime).unwrap().count(), 1);
    for entry in fs::read_dir(&runtime).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().mode() & 0o7777, 0o700);
    }
    assert!(found.iter().all(|socket| fs::metadata(socket).unwrap().mode() & 0o077 == 0), "{found:?}");
    deploy.sigkill();
    assert!(wait_until(Duration::from_secs(60), || masters() == 0), "the connection does not end by itself");
}

fn sockets(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let found = entries.flatten().flat_map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => sockets(&entry.path()),
        Ok(kind) if kind.is_socket() => vec![entry.path()],
        _ => Vec::new(),
    });
    found.collect()
}

/// A second connection has its socket where the first one had it: in the private directory, whose path is short enough.
#[test]
fn a_connection_that_is_made_anew_is_as_private() {
    let world = World::new(&["h1"]);
    world.hosts_toml(&format!("app = \"app\"\n[prepare]\nrun = ['''{WAITS}''']\n[targets.view]\nhosts = [\"h1\"]\n"));
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    let temporary = world.root().join("x".repeat(100));
    fs::create_dir(&temporary).unwrap();
    let mut release = world.release_command(&["view", artifact.to_str().unwrap()]);
    release.env("TMPDIR", &temporary);
    let mut deploy = Background::start(release, Stdio::null());
    let host = world.host("h1");
    eventually("prepare runs", || host.path("waiting").exists() || !deploy.is_running());
    host.sshd().kill_sessions();
    assert!(wait_until(Duration::from_secs(60), || host.sshd().connections() == 2), "it does not come back");
    host.write("go", "");
    deploy.finish(Duration::from_secs(60)).expect(0);
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}
