//! Readers that never stop, while `live` is swapped under them ten thousand times by the step that does it, and by real
//! operations.

use std::process::Stdio;
use std::time::Duration;

use crate::campaign::{Tally, trials};
use crate::support::{
    Background, Hammer, HostSpec, Nginx, Serves, SmallFs, Tarball, Userland, World, eventually, wait_until,
};

/// Longer than all the swaps take on a busy machine.
const LONGEST: Duration = Duration::from_secs(900);

/// The parts of the agent that a swap needs, to the letter.
const AGENT: [&str; 5] = [
    include_str!("../../../src/agent/sh/lib.sh"),
    include_str!("../../../src/agent/sh/step.sh"),
    include_str!("../../../src/agent/sh/share.sh"),
    include_str!("../../../src/agent/sh/refill.sh"),
    include_str!("../../../src/agent/sh/activate.sh"),
];

/// Swaps back and forth, as the agent does it, until it is told to stop, and where it began; notes each swap.
const SWAPPER: &str = r#"
B=$HOME D=releases L=live R=$B/.release T=$B/mass
mkdir -p "$T/swap"
set -- "$B/$D"/*
to=${1##*/} from=${2##*/}
start=$from
until [ -e "$B/stop" ] && [ "$from" = "$start" ]; do
  N=$to was=$D/$from
  ln -s "$D/$N" "$T/swap/$L"
  do_swap || { echo "$reason" >>"$B/broken"; exit 1; }
  echo >>"$B/swaps"
  to=$from from=$N
done
"#;

fn two_releases(world: &World) {
    world.target("view");
    for version in ["1.0", "1.1"] {
        let artifact = Tarball::new("app", version).file("www/page", version).write(&world.project());
        world.release(&["view", artifact.to_str().unwrap()]).expect(0);
    }
}

fn hammered(class: &str, userland: Userland) {
    let mut tally = Tally::new(class);
    let (swaps, requests) = (trials(150, 10_000), trials(10_000, 1_000_000) as u64);
    let world = World::of(vec![HostSpec::new("h1").userland(userland)]);
    let host = &world.hosts()[0];
    // In memory where that can be: each swap is synced.
    let _small = SmallFs::over(host.base(), 64, 4000);
    two_releases(&world);
    let nginx = Nginx::start(&world.root().join("nginx"), host.base(), Serves::Files);
    let pages = Hammer::http_kept(nginx.port(), "/page", 2);

    host.write("swapper", AGENT.concat() + SWAPPER);
    let mut swapper = Background::start(world.ssh_command("h1", &["sh swapper"]), Stdio::null());
    let swapped = || host.read("swaps").map_or(0, |text| text.len());
    let enough = || swapped() >= swaps && pages.asked() >= requests;
    let _ = wait_until(LONGEST, || enough() || !swapper.is_running());
    host.write("stop", "");
    eventually("the swapper stops", || !swapper.is_running());
    assert!(enough(), "{} swaps, {} requests: {:?}", swapped(), pages.asked(), host.read("broken"));

    let opens = Hammer::file(host.path("live/VERSION"), 1);
    for _ in 0..trials(1, 15) {
        world.release(&["rollback", "view"]).expect(0);
        world.release(&["forward", "view"]).expect(0);
    }
    for reader in [pages, opens] {
        reader.await_more(100);
        let got = reader.stop();
        eprintln!("{class}: {} swaps, {got:?}", swapped());
        assert_eq!(got.good.keys().collect::<Vec<_>>(), ["1.0", "1.1"], "both were seen");
        tally.passed(usize::try_from(got.ok()).unwrap());
        for (kind, times) in got.bad {
            tally.trial(Err(format!("{kind}, {times} times\n{}", nginx.log())));
        }
    }
    tally.finish();
}

#[test]
fn nobody_misses_a_swap_of_gnu() {
    hammered("readers: nginx and open(2) over 10,000 swaps, GNU", Userland::Gnu);
}

#[test]
fn nobody_misses_a_swap_of_busybox() {
    hammered("readers: nginx and open(2) over 10,000 swaps, BusyBox", Userland::BusyBox);
}
