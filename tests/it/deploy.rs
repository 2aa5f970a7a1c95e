//! `release TARGET [ARTIFACT]`, `rollback` and `forward` on two real hosts, with a real service on each.

use crate::support::{Fleet, Host, HostSpec, Mode, Run, Tarball, Userland, World, version_of};

#[test]
fn deploys_goes_back_and_forward_and_says_so() {
    let fleet = Fleet::served(&["h1", "h2"], "shared = [\"uploads\", \"log\"]");
    for version in ["1.0", "1.1"] {
        let run = fleet.deploy_app(version, Mode::Good).expect(0);
        assert!(run.stderr.contains(&format!("{version} is live on view (2 hosts)")), "{}", run.stderr);
        fleet.assert_live(version);
    }
    fleet.release(&["rollback"]).expect(0);
    fleet.assert_live("1.0");
    let status = fleet.release(&["status", "--json"]).expect(0).json();
    for host in status["targets"][0]["hosts"].as_array().unwrap() {
        assert_eq!(host["live"]["version"], "1.0");
        assert_eq!(host["live"]["deployed_by"].as_str().unwrap().split('@').next(), Some("operator"));
        assert!(host["lock"].is_null() && host["operation"].is_null() && host["maintenance"].is_null());
        assert_eq!(host["releases"].as_array().unwrap().len(), 2, "a rollback removes nothing");
    }
    fleet.release(&["forward"]).expect(0);
    fleet.assert_live("1.1");
    let run = fleet.release(&["forward", "view"]).expect(3);
    assert!(run.stderr.contains("no rollback to take back"), "{}", run.stderr);
    fleet.assert_live("1.1");
}

#[test]
fn a_release_has_a_dated_name_and_says_what_it_is() {
    let fleet = Fleet::files(&["h1", "h2"], "");
    let run = fleet.deploy_tarball("1.0", &Tarball::new("app", "1.0").file(".release.json", "{\"version\":\"9\"}"));
    run.expect(0);
    let names: Vec<_> = fleet.world.hosts().iter().map(Host::releases).collect();
    assert_eq!(names[0], names[1], "one release has one name on every host");
    let [name] = &names[0][..] else { panic!("{names:?}") };
    let (date, time) = (&name[..8], &name[9..15]);
    assert!(date.bytes().chain(time.bytes()).all(|b| b.is_ascii_digit()), "{name}");
    assert_eq!(version_of(name), "1.0");
    let host = fleet.host();
    assert_eq!(host.live().unwrap(), format!("releases/{name}"), "relative, so that the base can be moved");
    let meta: serde_json::Value = serde_json::from_str(&host.read("live/.release.json").unwrap()).unwrap();
    assert_eq!(meta["version"], "1.0");
    assert_eq!(meta["sha256"].as_str().unwrap().len(), 64);
    for key in ["commit", "ref", "built_at", "built_by"] {
        assert!(meta.get(key).is_some(), "{key}");
    }
}

#[test]
fn an_artifact_is_a_path_or_a_version_in_dist() {
    let fleet = Fleet::files(&["h1"], "");
    let elsewhere = Tarball::new("app", "1.0").write(&fleet.world.project().join("else"));
    fleet.release(&["view", elsewhere.to_str().unwrap()]).expect(0);
    fleet.assert_live("1.0");
    fleet.deploy("1.1").expect(0);
    fleet.assert_live("1.1");
    let run = fleet.release(&["view", "1.2"]).expect(2);
    assert!(run.stderr.contains("dist/app-1.2.tar.gz"), "{}", run.stderr);
    // Found from below the directory of hosts.toml, too.
    let mut below = fleet.world.release_command(&["view", "1.0"]);
    below.current_dir(fleet.world.project().join("else"));
    fleet.dist(&Tarball::new("app", "1.0"));
    crate::support::Run::of(below).expect(0);
    fleet.assert_live("1.0");
}

#[test]
fn a_target_named_like_a_command_is_deployed_to_by_its_full_command() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.world.hosts_toml("app = \"app\"\n[targets.status]\nhosts = [\"h1\"]\n");
    fleet.dist(&Tarball::new("app", "1.0"));
    fleet.release(&["deploy", "status", "1.0"]).expect(0);
    fleet.assert_live("1.0");
    fleet.release(&["rollback", "status"]).expect(3);
}

#[test]
fn a_rollback_goes_so_many_steps_or_to_what_is_named() {
    let fleet = Fleet::files(&["h1"], "");
    ["1", "2", "3"].iter().for_each(|version| drop(fleet.deploy(version).expect(0)));
    fleet.release(&["rollback", "--steps", "2"]).expect(0);
    fleet.assert_live("1");
    fleet.release(&["forward"]).expect(0);
    fleet.assert_live("3");
    fleet.release(&["rollback", "view", "--to", "2"]).expect(0);
    fleet.assert_live("2");
    let first = fleet.host().releases().remove(0);
    fleet.release(&["rollback", "--to", &first]).expect(0);
    fleet.assert_live("1");
    let run = fleet.release(&["rollback", "--to", "1"]).expect(3);
    assert!(run.stderr.contains("usable: ") && run.stderr.contains("-3"), "{}", run.stderr);
    fleet.release(&["rollback", "--to", "4"]).expect(3);
    fleet.release(&["rollback", "--to", "a/b"]).expect(2);
    fleet.assert_live("1");
}

/// `tar czf X ./app-1.0` writes such names, and `--strip-components=1` would take only the dot away.
#[test]
fn an_archive_whose_names_begin_with_a_dot_is_unpacked_as_well() {
    for userland in [Userland::Gnu, Userland::BusyBox] {
        let world = World::of(vec![HostSpec::new("h1").userland(userland)]);
        world.target("view");
        Tarball::new("app", "1.0").file("VERSION", "1.0").unpack(&world.project().join("app-1.0"));
        let mut tar = world.command("tar");
        tar.args(["-czf", "app-1.0.tar.gz", "./app-1.0"]);
        Run::of(tar).ok();
        world.release(&["view", "app-1.0.tar.gz"]).expect(0);
        assert_eq!(world.host("h1").read("live/VERSION").as_deref(), Some("1.0"));
    }
}
