//! `cargo bench [-- WHAT...]`: what a deploy costs, beside what ssh alone costs on the same line in the same run. WHAT is any
//! of `link`, `fleet`, `large`, `look`, `schema`, `build`; nothing means all. Medians of several runs, and less than four minutes in all.
//!
//! Figures of one machine are no promise, but ratios hold: the README's are made by this.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "../tests/it/support/mod.rs"]
mod support;

mod build;
mod schema;

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use support::{Background, HostSpec, Run, Tarball, World};

const ROUND_TRIP: Duration = Duration::from_millis(80);
const SMALL: usize = 2_500_000;
const LARGE: u64 = 1 << 30;
const BOUND: Duration = Duration::from_secs(120);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let parts: [(&str, fn()); 6] = [
        ("look", look),
        ("link", link),
        ("fleet", fleet),
        ("large", large),
        ("schema", schema::schema),
        ("build", build::build),
    ];
    for (name, part) in parts.iter().filter(|(name, _)| words.is_empty() || words.iter().any(|w| w == name)) {
        let started = Instant::now();
        part();
        println!("({name}: {:.0} s)\n", started.elapsed().as_secs_f64());
    }
}

fn hosts(count: usize) -> World {
    let names: Vec<String> = (1..=count).map(|n| format!("h{n}")).collect();
    let world = World::of(names.iter().map(|name| HostSpec::new(name).relay()).collect());
    world.hosts_toml(&format!("app = \"app\"\nkeep = 2\n[targets.view]\nhosts = {names:?}\n"));
    world
}

fn delay(world: &World, round_trip: Duration) {
    world.hosts().iter().for_each(|host| host.relay().delay(round_trip / 2));
}

/// The middle of some runs.
fn median(runs: usize, mut one: impl FnMut(usize) -> Duration) -> f64 {
    let mut all: Vec<f64> = (0..runs).map(|n| one(n).as_secs_f64()).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn release(world: &World, args: &[&str]) -> Duration {
    world.release(args).expect(0).took
}

fn ssh(world: &World, line: &str, stdin: Option<&str>) -> Duration {
    let input = stdin.map_or_else(Stdio::null, |file| File::open(world.project().join(file)).unwrap().into());
    Background::start(world.ssh_command("h1", &[line]), input).finish(BOUND).expect(0).took
}

/// Versions that this world has not had yet, all of one size.
struct Versions(u32);

impl Versions {
    fn next(&mut self, world: &World, bytes: usize) -> String {
        self.0 += 1;
        let artifact = Tarball::new("app", &format!("1.{}", self.0)).noise("noise", bytes).write(&world.project());
        artifact.file_name().unwrap().to_str().unwrap().to_owned()
    }
}

/// One host, a tarball of 2.5 MB: with and without a round trip of 80 ms.
fn link() {
    let world = hosts(1);
    let mut versions = Versions(0);
    let file = versions.next(&world, SMALL);
    for file in [file.clone(), versions.next(&world, SMALL)] {
        release(&world, &["view", &file]); // to go back and forth between
    }
    let mut deploy = |runs| {
        median(runs, |_| {
            let file = versions.next(&world, SMALL);
            release(&world, &["view", &file])
        })
    };
    let mut rows = Vec::new();
    for round_trip in [Duration::ZERO, ROUND_TRIP] {
        delay(&world, round_trip);
        let back_and_forth =
            |n: usize| release(&world, &[if n.is_multiple_of(2) { "rollback" } else { "forward" }, "view"]);
        rows.push([
            median(5, |_| ssh(&world, "true", None)),
            median(5, |_| ssh(&world, "cat >f", Some(&file))),
            median(5, |_| release(&world, &["status"])),
            median(6, back_and_forth),
            deploy(5),
        ]);
    }
    println!("one host, 2.5 MB          0 ms    80 ms  round trips  to `ssh h true`  to `ssh h 'cat >f'`");
    for (n, name) in ["ssh h true", "ssh h 'cat >f'", "status", "rollback", "deploy"].iter().enumerate() {
        let (near, far) = (rows[0][n], rows[1][n]);
        let trips = (far - near) / ROUND_TRIP.as_secs_f64();
        let (to_true, to_cat) = (far / rows[1][0], far / rows[1][1]);
        println!("{name:<20} {near:>7.2} s {far:>6.2} s {trips:>12.1} {to_true:>14.2} {to_cat:>20.2}");
    }
}

/// Hosts at once, at 80 ms: how much longer than one.
fn fleet() {
    println!("hosts at once, 80 ms     deploy   to one host   status   to one host");
    let mut one = None;
    for count in [1, 2, 4, 8] {
        let world = hosts(count);
        delay(&world, ROUND_TRIP);
        let mut versions = Versions(0);
        let deploy = median(3, |_| {
            let file = versions.next(&world, SMALL);
            release(&world, &["view", &file])
        });
        let status = median(3, |_| release(&world, &["status"]));
        let (first_deploy, first_status) = *one.get_or_insert((deploy, status));
        let (more, more_status) = (deploy / first_deploy, status / first_status);
        println!("{count:<22} {deploy:>6.2} s {more:>13.2} {status:>6.2} s {more_status:>13.2}");
    }
}

/// A gigabyte: as fast as ssh, in little memory.
fn large() {
    let world = hosts(1);
    let free = Run::of({
        let mut df = world.command("df");
        df.args(["-Pk", "."]);
        df
    });
    let kib = free.ok().lines().last().and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    if kib.is_none_or(|kib| kib < 5 << 20) {
        println!("1 GB: left out, it needs 5 GiB of disk");
        return;
    }
    Tarball::write_large(&world.project(), "1.0", LARGE);
    let cat = ssh(&world, "cat >f; sync f; rm f", Some("app-1.0.tar.gz"));
    let mut deploy = world.release_bg(&["--verbose", "view", "app-1.0.tar.gz"]);
    let mut peak = 0;
    let ended = support::wait_until(BOUND, || {
        peak = peak.max(deploy.peak_kib().unwrap_or(0));
        !deploy.is_running()
    });
    assert!(ended, "1 GB took more than {BOUND:?}");
    let run = deploy.finish(Duration::from_secs(1)).expect(0);
    let speed = |took: Duration| LARGE as f64 / 1e6 / took.as_secs_f64();
    println!("1 GB over loopback           time      MB/s   peak RSS");
    println!("ssh h 'cat >f; sync f'   {:>6.1} s {:>9.0}", cat.as_secs_f64(), speed(cat));
    println!(
        "deploy, all of it        {:>6.1} s {:>9.0} {:>6} MiB",
        run.took.as_secs_f64(),
        speed(run.took),
        peak / 1024
    );
    for step in run.stderr.lines().filter_map(|line| line.strip_prefix("[h1] ")) {
        println!("  {step}");
    }
    assert!(peak < 64 * 1024, "{peak} KiB");
}

/// What looking and planning cost without a network, by how many releases there are.
fn look() {
    let world = World::new(&[]);
    world.write("hosts.toml", "app = \"app\"\nkeep = 100\n[targets.here]\nhosts = [\"local:here\"]\n");
    let mut versions = Versions(0);
    println!("look, no network     releases   status     plan   check --config");
    for count in [1, 20] {
        while versions.0 < count {
            let file = versions.next(&world, 1000);
            release(&world, &["here", &file]);
        }
        let file = format!("app-1.{}.tar.gz", versions.0);
        let status = median(9, |_| release(&world, &["status"]));
        let plan = median(9, |_| release(&world, &["plan", "here", &file]));
        let config = median(9, |_| release(&world, &["check", "--config"]));
        let ms = |seconds: f64| seconds * 1000.0;
        println!("{count:>29} {:>5.0} ms {:>5.0} ms {:>13.0} ms", ms(status), ms(plan), ms(config));
    }
}
