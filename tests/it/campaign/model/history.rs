//! One history: hosts, operators, what befalls them, and what is left when it is over.

use std::rc::Rc;

use release::model::target::Service;
use release::model::{Exit, Record, Target};
use release::plan::Simple;

use super::client::Client;
use super::disk::{Cached, Disk, Name, Ordering};
use super::fixture::{Fixture, Want, Wish};
use super::host::{BAD, Host};
use super::shell::Shell;
use super::world::{Mutant, Who, World};
use super::{faults, promises};
use crate::campaign::chance::Chance;

/// More turns than any history needs.
const ENOUGH: usize = 60_000;

/// Plays the history of a seed; what went wrong in it.
pub fn play(fixture: &Fixture, seed: usize, mutant: Option<Mutant>, told: bool) -> Result<(), String> {
    let chance = Chance::new(seed);
    let target = fixture.targets[chance.below(fixture.targets.len())].clone();
    let count = [1, 1, 2, 2, 3][chance.below(5)];
    let bare = chance.below(8) == 0;
    let hosts: Vec<Host> = (0..count)
        .map(|_| {
            let ordering = if chance.below(3) == 0 { Ordering::Nothing } else { Ordering::Names };
            let disk = if bare { Disk::default() } else { furnished() };
            Host::new(Cached::new(disk, ordering), 900 + chance.below(200) as u64, target.service != Service::None)
        })
        .collect();
    let clients = 1 + chance.below(2);
    let world = World::new(chance, hosts, clients + 1, mutant, told);
    let plagued = world.chance.below(10) != 0;
    if plagued {
        let unlucky = [0, 0, 0, 5, 30][world.chance.below(5)];
        (0..count).for_each(|at| world.host(at).unlucky = unlucky);
    }
    let mut wishes = Vec::new();
    for id in 0..clients {
        let wish = wish(fixture, &world.chance, &target, id);
        world.fates.borrow_mut()[id].sleeps_until = if id == 0 { 0 } else { world.chance.below(12_000) as u64 };
        wishes.push(wish.want.clone());
        let client = Client { world: world.clone(), id };
        world.add(Who::Client(id), client.run(wish));
    }
    // In some histories only, so that the others stay what they were.
    let hunter = (seed % 5 == 1).then(|| faults::Hunter::new(seed));
    let blot = (plagued && seed % 10 == 8).then(faults::Blot::default);
    troubles(&world, plagued, hunter, blot)?;
    calm(&world)?;
    if !plagued && clients == 1 {
        went_well(&world, &wishes[0])?;
    }
    same_everywhere(&world)?;
    mended(fixture, &world, &target, clients)
}

/// Some releases, the last one live, as their deploys have left them.
pub fn furnished() -> Disk {
    let names = ["20251104-101500-1.0", "20251105-101500-1.1", "20251106-101500-1.2", "20251107-101500-1.3"]
        .map(|name| -> Name { Rc::new(name.parse().unwrap()) });
    let record = |at: usize| -> Rc<Record> {
        let value = serde_json::json!({"seq": at + 1, "id": format!("before-{at}"), "op": "deploy",
            "outcome": "committed", "release": *names[at]});
        Rc::new(serde_json::from_value(value).unwrap())
    };
    Disk {
        live: names.last().cloned(),
        ledger: (0..names.len()).map(record).collect(),
        releases: names.into_iter().map(|name| (name, true)).collect(),
        ballast: true,
        ..Disk::default()
    }
}

fn wish(fixture: &Fixture, chance: &Chance, target: &Rc<Target>, id: usize) -> Wish {
    let good = chance.below(6) != 0;
    let version = if good { format!("2.{id}") } else { format!("{BAD}.{id}") };
    let deploy = || Want::Deploy(Box::new(fixture.artifact(&version)));
    let want = match chance.below(12) {
        0..=5 => deploy(),
        6 | 7 => Want::Rollback,
        8 => Want::Forward,
        9 => Want::Prune,
        10 if target.maintenance.is_some() => Want::Small(Simple::MaintenanceOn { long: false }),
        10 => deploy(),
        _ => Want::Small(Simple::Setup(None)),
    };
    let skew = [0, 0, 0, -31_000_000, 31_000_000, -61][chance.below(6)];
    Wish { target: target.clone(), want, skew }
}

/// Until every command is over, or for so long.
fn troubles(
    world: &Rc<World>,
    plagued: bool,
    mut hunter: Option<faults::Hunter>,
    mut blot: Option<faults::Blot>,
) -> Result<(), String> {
    let mut faults_left = if plagued { world.chance.below(6) } else { 0 };
    let every = 60 + world.chance.below(700);
    for _ in 0..ENOUGH {
        if !world.clients_live() {
            return Ok(());
        }
        world.step();
        world.tick();
        match &mut hunter {
            Some(hunter) => hunter.strike(world),
            None => faults::orphans(world),
        }
        if let Some(blot) = &mut blot {
            blot.fall(world);
        }
        if faults_left > 0 && world.chance.below(every) == 0 {
            faults_left -= 1;
            faults::strike(world);
        }
    }
    Err("a command does not end".into())
}

/// Nothing fails any more, and nobody acts; then each host is booted, or somebody comes by.
fn calm(world: &Rc<World>) -> Result<(), String> {
    for at in 0..world.count() {
        let mut host = world.host(at);
        host.unlucky = 0;
        host.full = false;
    }
    settle(world, "a host does not come to rest by itself")?;
    // What could not be undone stays open once, so that it is tried again.
    for _ in 0..2 {
        for at in 0..world.count() {
            let pid = world.host(at).fork(None);
            let shell = Shell::new(world, at, pid, 0);
            world.spawn(at, pid, async move {
                super::recovery::recover_run(shell).await;
            });
        }
        settle(world, "a recovery does not end")?;
    }
    for at in 0..world.count() {
        promises::at_rest(&mut world.host(at)).map_err(|what| format!("host {at}: {what}"))?;
    }
    Ok(())
}

/// Lets everybody go on until nobody is left. Time passes quickly, so that leases end.
fn settle(world: &Rc<World>, what: &str) -> Result<(), String> {
    for _ in 0..ENOUGH {
        if !world.step() {
            let orphans = (0..world.count()).any(|at| !world.host(at).orphans.is_empty());
            if !orphans {
                return Ok(());
            }
        }
        world.tick();
        faults::orphans(world);
    }
    Err(what.into())
}

/// Without a fault and without another operator, what is asked for is done.
fn went_well(world: &World, want: &Want) -> Result<(), String> {
    let outcomes = world.outcomes.borrow();
    let outcome = &outcomes[0];
    let expected = match want {
        Want::Deploy(artifact) if artifact.version.as_str().starts_with(BAD) && outcome.tells_health() => {
            Exit::RolledBack
        }
        _ if outcome.driven.is_none() => return Ok(()),
        _ => Exit::Done,
    };
    if outcome.exit == expected { Ok(()) } else { Err(format!("exit {:?} without any fault: {want:?}", outcome.exit)) }
}

/// Hosts differ only where somebody was told, or died before that.
fn same_everywhere(world: &World) -> Result<(), String> {
    let outcomes = world.outcomes.borrow();
    let told = outcomes.iter().any(|outcome| matches!(outcome.exit, Exit::Differ | Exit::Unknown));
    let died = world.fates.borrow().iter().any(|fate| fate.killed);
    let lives: Vec<_> = (0..world.count()).map(|at| world.host(at).disk.now.live.clone()).collect();
    if told || died || lives.windows(2).all(|pair| pair[0] == pair[1]) {
        return Ok(());
    }
    Err(format!("hosts differ and nobody knows: {lives:?}"))
}

/// Whatever was left, the next deploy goes well everywhere.
fn mended(fixture: &Fixture, world: &Rc<World>, target: &Rc<Target>, id: usize) -> Result<(), String> {
    (0..world.count()).for_each(|at| world.host(at).disk.sync());
    let want = Want::Deploy(Box::new(fixture.artifact("3.0")));
    let client = Client { world: world.clone(), id };
    world.network.borrow_mut().fill(0);
    world.add(Who::Client(id), client.run(Wish { target: target.clone(), want, skew: 0 }));
    for _ in 0..ENOUGH {
        if !world.step() {
            break;
        }
        world.tick();
    }
    let exit = world.outcomes.borrow().last().map(|outcome| outcome.exit);
    if exit != Some(Exit::Done) {
        return Err(format!("the next deploy ends with {exit:?}"));
    }
    for at in 0..world.count() {
        let mut host = world.host(at);
        promises::at_rest(&mut host).map_err(|what| format!("host {at}, after the next deploy: {what}"))?;
    }
    Ok(())
}
