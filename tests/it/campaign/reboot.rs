//! A host that goes down in the middle and boots again, with nobody there: the boot hook, or whoever comes next, finds the
//! lock free and finishes or undoes what was begun.

use super::chance::Chance;
use super::scene::Scene;
use super::spread::spread;
use super::{Tally, trials};
use crate::support::{Host, HostSpec, Login, systemd};

/// Who comes first after the boot.
#[derive(Debug, Clone, Copy)]
enum Next {
    Hook,
    Deploy,
    Recover,
}

const NEXT: [Next; 3] = [Next::Hook, Next::Deploy, Next::Recover];

/// The account's crontab, as a file.
pub const CRONTAB: &str = r#"#!/bin/sh
case $1 in
    -l) cat "$HOME/crontab.txt" 2>/dev/null || { echo 'no crontab for you' >&2; exit 1; } ;;
    -) cat >"$HOME/crontab.txt" ;;
esac
"#;

/// The command of the line that `release setup --boot-hook` has put into the crontab.
pub fn hook(host: &Host) -> String {
    let crontab = host.read("crontab.txt").unwrap();
    crontab.lines().find_map(|line| line.strip_prefix("@reboot ")).expect("a boot hook").to_owned()
}

fn machine() -> Scene {
    let scene = Scene::new(HostSpec::new("h1").systemd().own_bin());
    Login::get().program(&scene.host().path("bin/crontab"), CRONTAB);
    scene.site.world.release(&["setup", "view", "--boot-hook"]).expect(0);
    scene
}

fn trial(scene: &mut Scene, seed: usize) {
    let (client, before) = scene.somewhere(&Chance::new(seed), 0);
    client.sigkill();
    scene.site.world.host_mut("h1").reboot();
    // What init does, whatever is live.
    scene.site.world.ssh("h1", "rm -f app.pid; bin/start").ok();
    let world = &scene.site.world;
    match NEXT[seed % NEXT.len()] {
        Next::Hook => {
            // As cron would: with next to nothing in its environment.
            let line = format!("exec env -i HOME=\"$HOME\" PATH=/usr/bin:/bin sh -c '{}'", hook(scene.host()));
            world.ssh("h1", &line).ok();
        }
        Next::Recover => drop(world.release(&["recover", "view"]).expect(0)),
        Next::Deploy => {
            let (version, path) = scene.artifact(0);
            scene.site.world.release(&["view", &path]).expect(0);
            return scene.site.assert_all(&version);
        }
    }
    scene.assert_serves(&before);
}

#[test]
fn rebooted_in_the_middle() {
    if !systemd::possible() {
        return eprintln!("skipped: only root can boot a systemd in namespaces");
    }
    let mut tally = Tally::new("time: host rebooted in the middle");
    let trials = trials(3, 60);
    // The slice has the preparation of a deploy for the hook, and that of a rollback for `recover`.
    let results = spread(3, trials, |_| machine(), |scene, seed| trial(scene, seed + 3));
    results.into_iter().for_each(|outcome| tally.trial(outcome));
    tally.finish();
}
