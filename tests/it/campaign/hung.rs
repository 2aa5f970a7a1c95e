//! Hung commands: each step, each kind of hang, with and without a client. Host time tells when each was ended.

use super::scene::BOUND;
use super::spread::spread;
use super::{Tally, trials};
use crate::campaign::caught;
use crate::faults::site::{Site, holder, names, one};
use crate::support::{Background, Mode, wait_until};

const STEPS: [&str; 5] = ["env", "prepare", "stop", "start", "health"];
/// A plain one; one that ignores what it can; one that left its session; one that left its parents; one that holds all it was given.
const KINDS: [&str; 5] = [
    "sleep 300",
    "trap '' TERM INT HUP; while :; do sleep 1; done",
    "setsid sleep 300 & wait",
    "(sleep 300 &) ; sleep 300",
    "exec 4>&1 5>&2; (trap '' TERM; sleep 300) & wait",
];
/// The limit of each command, and the lease.
const LIMIT: f64 = 3.0;
/// The limit of one question of `[health]`, and of the whole of it in this site's hosts.toml.
const QUESTION: f64 = 5.0;
/// What the host may take beyond that, to notice and to end it, on a calm machine.
const BEYOND: f64 = 2.0;

/// A host whose commands have a limit; its `bin/hold STEP` hangs as this says, once.
fn site() -> Site {
    let site = Site::new(one());
    let toml = std::fs::read_to_string(site.world.project().join("hosts.toml")).unwrap();
    let toml = ["env", "prepare", "service"]
        .iter()
        .fold(toml, |toml, table| toml.replace(&format!("[{table}]\n"), &format!("[{table}]\ntimeout = \"3s\"\n")));
    std::fs::write(site.world.project().join("hosts.toml"), toml).unwrap();
    site
}

fn trial(site: &Site, at: usize) {
    let (step, kind, alone) = (STEPS[at % 5], KINDS[at / 5 % 5], at / 25 % 2 == 1);
    let host = site.host();
    let old = host.read("live/VERSION").unwrap().trim().to_owned();
    host.write("bin/hold", format!("[ \"$1\" = {step} ] && ls ~/.release/tx/*/journal >/dev/null 2>&1 && mv ~/hang ~/hung 2>/dev/null || exit 0\n{kind}\n"));
    host.write("hang", "");
    let version = format!("2.{at}");
    let path = site.artifact(&version, Mode::Good);
    let over = names(host, ".release/logs");
    let client = site.world.release_bg(&["view", &path, "--json"]);
    assert!(wait_until(BOUND, || host.path("hung").exists()), "it never hung\n{}", site.journals());
    std::fs::remove_file(host.path("hung")).unwrap();
    let client: Option<Background> = if alone {
        client.sigkill();
        None
    } else {
        Some(client)
    };
    assert!(wait_until(BOUND, || site.is_at_rest()), "not at rest\n{}", site.journals());
    let code = client.map(|client| client.finish(BOUND).code);
    assert_eq!(holder(host), None, "the lock is held");
    let id = names(host, ".release/logs").into_iter().find(|id| !over.contains(id)).unwrap();
    let journal = host.read(&format!(".release/logs/{id}/journal")).unwrap();
    if step == "health" && !alone {
        // A question that hangs is one that was not answered; the next one is.
        assert!(matches!(code, Some(0 | 5)), "{code:?}\n{journal}");
    } else {
        assert!(code.is_none_or(|code| code == 1 || code == 5), "{code:?}\n{journal}");
        site.assert_all(&old);
        let took = stopped_after(&journal);
        let limit = if step == "health" { QUESTION } else { LIMIT };
        assert!(took <= limit + BEYOND, "{step}, {kind:?}: ended after {took:.1} s\n{journal}");
    }
    assert!(host.read("ddgc_web_maintenance").is_none(), "the flag is up");
}

/// Seconds from the beginning of the step that failed to its failure.
fn stopped_after(journal: &str) -> f64 {
    let stamp = |line: &str| line.split(' ').next().and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0);
    let failed = journal.lines().position(|line| line.contains(" fail ")).expect("it failed");
    let lines: Vec<&str> = journal.lines().collect();
    stamp(lines[failed]) - stamp(lines[failed - 1])
}

#[test]
fn hung_commands_are_ended_in_time() {
    let mut tally = Tally::new("hung commands: each step, each kind, with and without a client");
    let all: Vec<usize> = match trials(4, 200) {
        200 => (0..200).collect(),
        few => (0..few).map(|turn| turn * 13 + 1).collect(),
    };
    let outcomes = spread(
        all.len().min(8),
        all.len(),
        |_| site(),
        |site, turn| {
            let at = all[turn];
            caught(|| trial(site, at)).unwrap_or_else(|broken| panic!("number {at}: {broken}"));
        },
    );
    outcomes.into_iter().for_each(|outcome| tally.trial(outcome));
    tally.finish();
}
