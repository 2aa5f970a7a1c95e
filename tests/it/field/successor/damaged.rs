//! What an operation left that died, and a disk or a hand has damaged since: nothing is done by what can't be trusted.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::faults::site::{self, Site, holder};
use crate::support::{Fleet, Room, Run, SmallFs, Tarball, World, eventually, is_running, signal};

/// Killed in its start, behind the swap, and everybody who could go on with it.
fn left_behind(site: &Site) -> PathBuf {
    site.hold("start");
    let client = site.deploy();
    eventually("the start is held", || site.host().path("reached-start").exists());
    client.sigkill();
    crate::faults::site::forsake(site.host());
    let worker = holder(site.host()).unwrap();
    signal("KILL", &[worker]);
    eventually("the worker is gone", || !is_running(worker));
    site.let_go("start");
    let mut all = fs::read_dir(site.host().path(".release/tx")).unwrap();
    all.next().unwrap().unwrap().path()
}

type Damage = fn(&Path);

fn zeros(path: &Path) {
    let length = fs::read(path).unwrap().len();
    fs::write(path, vec![0; length]).unwrap();
}

fn cut(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    fs::write(path, lines[..lines.len() / 3].concat()).unwrap();
}

fn one_word(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, text.replacen("step swap", "step swab", 1)).unwrap();
}

fn noise(path: &Path) {
    fs::write(path, "x\n").unwrap();
}

fn emptied(path: &Path) {
    fs::write(path, "").unwrap();
}

fn gone(path: &Path) {
    fs::remove_file(path).unwrap();
}

fn elsewhere(path: &Path) {
    fs::remove_file(path).unwrap();
    symlink("/nonexistent/x", path).unwrap();
}

/// ext4 and XFS leave zeros of the length of what was not written; a person who looked for what holds up the deploys left the rest.
#[test]
fn damaged_books_of_an_operation_remove_nothing_and_are_not_called_undone() {
    let on_plan: [Damage; 7] = [zeros, cut, one_word, noise, emptied, gone, elsewhere];
    let on_journal: [Damage; 5] = [zeros, noise, emptied, gone, elsewhere];
    let all = on_plan.map(|damage| ("plan", damage)).into_iter().chain(on_journal.map(|damage| ("journal", damage)));
    let site = Site::new(site::one());
    site.host().write("live/upload", "of a user");
    let left = left_behind(&site);
    let keep = site.world.root().join("keep");
    let copy = |from: &Path, to: &Path| {
        Run::of({
            let mut cp = site.world.command("cp");
            cp.arg("-a").arg(from).arg(to);
            cp
        })
        .ok()
    };
    copy(&site.host().path(".release"), &keep);
    for (at, (file, damage)) in all.enumerate() {
        if at > 0 {
            fs::remove_dir_all(site.host().path(".release")).unwrap();
            copy(&keep, &site.host().path(".release"));
        }
        let releases = site.host().releases();
        damage(&left.join(file));
        let run = site.world.release(&["recover", "view"]).expect(4);
        assert!(run.stdout.contains("not everything could be undone"), "{at} {file}: {}", run.stdout);
        assert_eq!(site.host().releases(), releases, "{at} {file}");
        assert!(releases.iter().any(|name| site.host().path(&format!("releases/{name}/upload")).exists()), "{at}");
        let log = site.world.release(&["log", "view", "-n", "1"]).expect(0).stdout;
        assert!(log.contains("deploy") && log.contains("is damaged, and nothing of it was undone"), "{at}: {log}");
        assert!(!left.exists() && site.host().path(".release/damaged").is_dir(), "{at} {file}");
        let run = site.world.release(&["recover", "view"]).expect(0);
        assert!(run.stdout.contains("nothing to recover"), "{}", run.stdout);
    }
    // What it has raised is nobody's any more.
    site.world.release(&["maintenance", "off", "view"]).expect(0);
    site.assert_next_deploy();
}

/// A disk that was full for the first line, until room was made for it: that is no damage.
#[test]
fn journal_whose_first_line_found_no_room_is_gone_by() {
    let site = Site::new(site::one());
    let journal = left_behind(&site).join("journal");
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, format!("{}\n{text}", &text[..7])).unwrap();
    let run = site.world.release(&["recover", "view"]).expect(0);
    assert!(run.stdout.contains("1 interrupted operation finished or undone"), "{}", run.stdout);
    site.assert_all("1.0");
}

/// A backup tool that restores links as links, and a named pipe of a stray command: neither is a lock, and nobody waits for it.
#[test]
fn lock_that_is_no_regular_file_holds_nobody_up() {
    let fleet = Fleet::files(&["h1"], "");
    fleet.deploy("1").expect(0);
    let lock = fleet.host().path(".release/lock/900");
    symlink("/nonexistent/x", &lock).unwrap();
    fleet.deploy("2").expect(0);
    // To a shell that counts by eight.
    fleet.host().write(".release/lock/08", "");
    fleet.release(&["recover", "view"]).expect(0);
    let lock = fleet.host().path(".release/lock/950");
    let mut mkfifo = fleet.world.command("mkfifo");
    mkfifo.arg(&lock);
    Run::of(mkfifo).ok();
    assert!(fleet.release(&["status"]).expect(0).stdout.contains(" ok\n"));
    fleet.deploy("3").expect(0);
    fleet.assert_live("3");
}

const TABLES: [&str; 2] =
    ["CREATE TABLE a (id INTEGER PRIMARY KEY);\n", "CREATE TABLE a (id INTEGER PRIMARY KEY, n TEXT);\n"];

/// A host with a database, and a start that hangs while there is a file `slow`.
fn with_a_database() -> Fleet {
    let fleet = Fleet::files(
        &["h1"],
        "[schema]\nurl = 'sqlite:shared/app.db'\ndesired = 'schema.sql'\n[service]\nstop = 'true'\nstart = '[ ! -e ~/slow ] || sleep 300'\n",
    );
    fleet.deploy_tarball("1", &Tarball::new("app", "1").file("schema.sql", TABLES[0])).expect(0);
    fleet
}

fn columns(fleet: &Fleet) -> String {
    let mut sqlite = fleet.world.command("sqlite3");
    sqlite.arg(fleet.host().path("shared/app.db")).arg("SELECT group_concat(name) FROM pragma_table_info('a')");
    Run::of(sqlite).ok().trim().to_owned()
}

/// The same of the script that takes the schema back: SQLite runs a page of zeros and says that all went well.
#[test]
fn damaged_way_back_of_the_database_is_not_called_undone() {
    for damage in [zeros as Damage, noise, emptied] {
        let fleet = with_a_database();
        let host = fleet.host();
        host.write("slow", "");
        fleet.dist(&Tarball::new("app", "2").file("schema.sql", TABLES[1]));
        let client = fleet.world.release_bg(&["view", "2"]);
        eventually("it is live", || host.live().is_some_and(|live| live.ends_with("-2")));
        client.sigkill();
        crate::faults::site::forsake(host);
        signal("KILL", &[holder(host).unwrap()]);
        fs::remove_file(host.path("slow")).unwrap();
        let mut all = fs::read_dir(host.path(".release/tx")).unwrap();
        damage(&all.next().unwrap().unwrap().path().join("down.sql"));
        fleet.release(&["recover", "view"]).expect(4);
        // Code and database are of one release all the same.
        assert!(host.live().unwrap().ends_with("-2") && columns(&fleet) == "id,n", "{}", columns(&fleet));
        assert!(fleet.release(&["status"]).stdout.contains("could not be undone"));
    }
}

/// A disk that lost what was written with the live release, for its rollback: it is refused at once, and nobody is "too slow".
#[test]
fn damaged_upgrade_of_the_live_release_is_refused_at_once() {
    for damage in [zeros as Damage, noise, emptied] {
        let fleet = with_a_database();
        fleet.deploy_tarball("2", &Tarball::new("app", "2").file("schema.sql", TABLES[1])).expect(0);
        let live = fleet.host().live().unwrap();
        let name = live.rsplit('/').next().unwrap();
        damage(&fleet.host().path(&format!(".release/schema/{name}/upgrade")));
        let run = fleet.release(&["rollback"]).expect(3);
        assert!(run.stderr.contains("--keep-schema") && !run.stderr.contains("slow"), "{}", run.stderr);
        fleet.assert_live("2");
    }
}

/// Session files by the million: no inode is left, and the way back is open.
#[test]
fn rollback_works_without_an_inode() {
    let world = World::of(vec![]);
    let base = world.root().join("base");
    fs::create_dir(&base).unwrap();
    let Some(disk) = SmallFs::over(&base, 24, 600) else { return };
    let commands = "[env]\nvars = { A = 'b' }\n[service]\nstop = 'true'\nstart = 'true'\n[health]\ncommand = 'true'\n[maintenance]\nflag = 'flag'\n";
    world.hosts_toml(&format!("app = 'app'\n[targets.t]\nhosts = ['local:{}/h']\n{commands}", base.display()));
    for version in ["1", "2"] {
        Tarball::new("app", version).file("VERSION", version).write(&world.project().join("dist"));
        world.release(&["t", version]).expect(0);
    }
    for left in [0, 3, 8, 9, 10, 11, 12, 13, 14, 30, 31, 32, 33] {
        disk.leave(Room::Inodes(left));
        world.release(&["rollback", "t"]).expect(0);
        disk.make_room();
        world.release(&["forward", "t"]).expect(0);
    }
}
