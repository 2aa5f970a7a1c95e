//! What somebody reads who has never used the tool, and does what it says.

use super::two_releases;

/// Where from: a staging file beside hosts.toml; the pasted hint rolled production back.
#[test]
fn hint_with_config_carries_it() {
    let world = two_releases();
    let text = std::fs::read_to_string(world.project().join("hosts.toml")).unwrap();
    world.write("h 2.toml", text);
    world.release(&["--config", "h 2.toml", "t", "1.0"]).expect(0);
    let run = world.release(&["--config", "h 2.toml", "t", "1.1"]).expect(0);
    assert!(run.stderr.ends_with("hint: release --config 'h 2.toml' rollback t\n"), "{}", run.stderr);
    let json = world.release(&["--config", "h 2.toml", "--json", "rollback", "t", "--to", "9.9"]).expect(3).json();
    assert_eq!(json["hint"], "release --config 'h 2.toml' rollback t --to ".to_owned() + &older(&world), "{json}");
    let run = world.release(&["rollback", "t"]).expect(0);
    assert!(run.stderr.ends_with("hint: release forward t\n"), "{}", run.stderr);
}

/// The name of release 1.0.
fn older(world: &crate::support::World) -> String {
    let names = std::fs::read_dir(world.root().join("base/releases")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.into_iter().find(|name| name.ends_with("-1.0")).unwrap()
}

/// Where from: "no release 1.0 is here that was live and good and is not live now", and 1.0 was live.
#[test]
fn rollback_to_the_live_version_says_so() {
    let world = two_releases();
    world.release(&["t", "1.0"]).expect(0);
    let run = world.release(&["rollback", "t", "--to", "1.0"]).expect(3);
    assert!(run.stderr.contains("1.0 is live already"), "{}", run.stderr);
}

/// Where from: the first `release setup` on a server whose /srv is root's: refused, and not a word on what to do.
#[test]
fn setup_without_a_base_prints_what_an_administrator_does() {
    let world = crate::support::World::of(vec![]);
    std::fs::write(world.root().join("file"), "").unwrap();
    let base = world.root().join("file/app");
    let text = format!("app = \"app\"\n[targets.t]\nhosts = [\"local:{}\"]\n", base.display());
    world.write("hosts.toml", text);
    let run = world.release(&["setup", "t"]).expect(3);
    assert!(run.stdout.contains("sudo install -d -o "), "{run:?}");
}
