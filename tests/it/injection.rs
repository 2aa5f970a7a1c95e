//! Text that wants to be a command, in every place that takes text: refused before anything happens, or kept to the
//! letter; never run. And the one command line that hosts are given.

mod elsewhere;
mod values;

use std::fs;
use std::path::Path;

use release::agent;

use self::values::{CANARY, VALUES, lines};
use crate::support::{Host, Run, Tarball, World};

/// As TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list<'a>(values: impl IntoIterator<Item = &'a String>) -> String {
    format!("[{}]", values.into_iter().map(|v| quoted(v)).collect::<Vec<_>>().join(", "))
}

/// The values that hosts.toml may have in a place; the others must be refused as exit 2, with line and column, and
/// without showing anything raw.
fn accepted(world: &World, table: impl Fn(&str) -> String) -> Vec<String> {
    let path = world.project().join("try.toml");
    let fits = |value: &&String| {
        fs::write(&path, format!("app = \"app\"\n{}\n[targets.t]\nhosts = [\"h1\"]\n", table(&quoted(value)))).unwrap();
        match release::config::load(&path) {
            Ok(_) => true,
            Err(failure) => {
                let shown = format!("{} {:?}", failure.what, failure.why);
                assert_eq!(failure.exit.code(), 2, "{value:?}: {failure:?}");
                assert!(failure.place.contains("try.toml:2:") || failure.place.contains("try.toml:3:"), "{failure:?}");
                assert!(!shown.contains(|c: char| c.is_control() || c == '\u{202e}'), "{failure:?}");
                false
            }
        }
    };
    VALUES
        .iter()
        .map(|v| (*v).to_owned())
        .chain(values::long())
        .collect::<Vec<_>>()
        .iter()
        .filter(fits)
        .cloned()
        .collect()
}

/// Values as the components of one path, as many as a path can have: one operation tries them all.
fn path_of(values: &[String]) -> String {
    let mut path = String::from("deep");
    for value in values.iter().filter(|v| v.len() < 100 && !v.starts_with('~')) {
        if path.len() + value.len() < 1000 {
            path += &format!("/{}", value.trim_end_matches('/'));
        }
    }
    path
}

/// A command that appends a value to a file, to the letter; `cat` has it from the command's own text.
fn writes(file: &str, value: &str) -> String {
    format!("cat >>\"$RELEASE_BASE/{file}\" <<'-.end.-'\n{value}\n-.end.-\n")
}

#[track_caller]
fn no_canary(world: &World) {
    fn look(dir: &Path) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            assert!(entry.file_name() != CANARY, "somebody ran it: {}", entry.path().display());
            if entry.file_type().unwrap().is_dir() {
                look(&entry.path());
            }
        }
    }
    look(world.root());
}

#[track_caller]
fn only_our_command(host: &Host) {
    let commands = host.sshd().commands();
    assert!(!commands.is_empty());
    for command in commands {
        assert_eq!(command, agent::COMMAND);
    }
}

fn operator(world: &World, who: &str, args: &[&str]) -> Run {
    let mut command = world.release_command(args);
    command.env("USER", who).env("LOGNAME", who);
    Run::of(command)
}

#[test]
fn what_hosts_toml_takes_arrives_to_the_letter() {
    let world = World::new(&["h1"]);
    let host = world.host("h1");

    let vars = accepted(&world, |v| format!("[env]\nvars = {{ A = {v} }}"));
    let files = accepted(&world, |v| format!("[env]\nfiles = [{v}]"));
    let commands = accepted(&world, |v| format!("[prepare]\nrun = [{v}]"));
    let shared = accepted(&world, |v| format!("\nshared = [{v}]"));
    let cleared = accepted(&world, |v| format!("[activate]\nclear = [{v}]"));
    let copied = accepted(&world, |v| format!("[activate]\ncopy = [{{ from = {v}, to = \"to\" }}]"));
    let flags = accepted(&world, |v| format!("[maintenance]\nflag = {v}"));
    let expect = accepted(&world, |v| {
        format!("[health]\ncommand = \"x\"\nexpect = {v}").replace("command = \"x\"\n", "") + "\ncommand = \"x\""
    });
    for (place, found, least) in [
        ("vars", &vars, 80),
        ("files", &files, 50),
        ("commands", &commands, 60),
        ("shared", &shared, 50),
        ("clear", &cleared, 50),
        ("copy", &copied, 50),
        ("flag", &flags, 50),
        ("expect", &expect, 60),
    ] {
        assert!(found.len() >= least, "{place}: {}", found.len());
    }

    // Names that are paths in themselves would lie in one another.
    let alone = |v: &&String| !v.contains('/');
    let shared: Vec<_> = shared.iter().filter(alone).collect();
    let files: Vec<_> = files.iter().filter(alone).collect();
    let (clear, copy, flag) = (path_of(&cleared), path_of(&copied), path_of(&flags));
    let short = |v: &&String| v.len() < 1000;
    let all_expected: String = expect.iter().filter(short).cloned().collect();
    let texts: Vec<_> = commands.iter().map(|v| v.replace("\r\n", "\n")).collect();
    let run = |file: &str| texts.iter().map(|v| writes(file, v)).collect::<Vec<_>>();
    let once = |file: &str| quoted(&run(file).concat());

    let all_vars: Vec<_> = vars.iter().enumerate().map(|(n, v)| format!("V{n} = {}", quoted(v))).collect();
    let mut prepare = run("prepared");
    prepare.push("env -0 >\"$RELEASE_BASE/variables\"".into());
    world.hosts_toml(&format!(
        "app = \"app\"\nshared = {}\n[env]\nfiles = {}\nvars = {{ {} }}\n[prepare]\nrun = {}\n\
         [maintenance]\nflag = {}\nlong_flag = \"long {}\"\nwhen = \"always\"\n\
         [activate]\nclear = [{}]\ncopy = [{{ from = {}, to = {} }}]\nrun = [{}]\n\
         [service]\nstop = {}\nstart = {}\n[health]\ncommand = {}\nexpect = {}\n[targets.t]\nhosts = [\"h1\"]\n",
        list(shared.iter().copied()),
        list(files.iter().copied()),
        all_vars.join(", "),
        list(&prepare),
        quoted(&flag),
        flag.replace('\\', r"\\").replace('"', "\\\""),
        quoted(&format!("clear/{clear}")),
        quoted(&copy),
        quoted(&format!("copy/{copy}")),
        once("activated"),
        once("stopped"),
        once("started"),
        quoted(&format!("cat <<'-.end.-'\n{all_expected}\n-.end.-\n")),
        quoted(&all_expected),
    ));

    for (n, file) in files.iter().enumerate() {
        host.write(file, format!("F{n}={n}; export F{n}\n"));
    }
    for flag in [flag.clone(), format!("long {flag}")] {
        host.write(&format!("{}/x", Path::new(&flag).parent().unwrap().display()), "");
    }
    host.write(&format!("clear/{clear}/old"), "old");
    let long = Path::new(&copy).join("it\\n's");
    host.write(&format!("copy/{}", long.display()), "old");

    // What looks like a file is not made as a directory.
    host.write("shared/.hidden/x", "");
    let who = lines(&VALUES);
    for version in ["1.0", "1.1"] {
        let tarball = Tarball::new("app", version).file(long.to_str().unwrap(), "new").write(&world.project());
        let message = format!("-m{}", lines(&VALUES));
        operator(&world, &who, &["t", tarball.to_str().unwrap(), &message]).expect(0);
    }

    let split = |name: &str| host.read(name).unwrap_or_else(|| panic!("no {name}"));
    let expected: String = texts.iter().map(|v| format!("{v}\n")).collect();
    for (name, times) in [("prepared", 2), ("activated", 2), ("stopped", 1), ("started", 2)] {
        assert!(split(name) == expected.repeat(times), "{name}");
    }
    let env = split("variables");
    let env: Vec<&str> = env.split('\0').collect();
    for (n, value) in vars.iter().enumerate() {
        assert!(env.contains(&format!("V{n}={value}").as_str()), "{value:?}");
    }
    for (n, file) in files.iter().enumerate() {
        assert!(env.contains(&format!("F{n}={n}").as_str()), "{file:?}");
    }
    let live = host.path("live");
    for path in shared {
        let name = path.trim_end_matches('/');
        assert_eq!(fs::read_link(live.join(name)).unwrap(), Path::new("../../shared").join(name));
        assert!(host.path("shared").join(name).is_dir(), "{path:?}");
    }
    assert_eq!(fs::read_dir(host.path("clear").join(&clear)).unwrap().count(), 0);
    assert_eq!(split(&format!("copy/{}", long.display())), "new");
    assert!(!host.path(&flag).exists());

    let log = world.release(&["log", "t", "--json"]).expect(0).json();
    for entry in log["operations"].as_array().unwrap() {
        assert_eq!(entry["record"]["message"], lines(&VALUES).as_str());
        assert!(entry["record"]["who"].as_str().unwrap().starts_with(who.as_str()), "{}", entry["record"]["who"]);
    }
    for args in [&["log", "t"][..], &["status"], &["plan", "t", "app-1.1.tar.gz"]] {
        let shown = world.release(args).stdout;
        assert!(!shown.contains(['\u{1b}', '\r', '\u{202e}', '\u{7}']), "{args:?}: {shown:?}");
    }

    for long in [false, true] {
        let path = if long { format!("long {flag}") } else { flag.clone() };
        let mut args = vec!["maintenance", "on", "t", "-m", &who];
        args.extend(long.then_some("--long"));
        operator(&world, &who, &args).expect(0);
        assert!(host.read(&path).unwrap().contains(who.as_str()));
        args[1] = "off";
        operator(&world, &who, &args).expect(0);
        assert!(!host.path(&path).exists());
    }
    operator(&world, &who, &["lock", "t", "-m", &who]).expect(0);
    let refused = operator(&world, &who, &["t", "app-1.1.tar.gz"]).expect(75);
    assert!(!refused.stderr.contains(['\u{1b}', '\r', '\u{202e}']), "{:?}", refused.stderr);
    operator(&world, &who, &["unlock", "t"]).expect(0);
    operator(&world, &who, &["rollback", "t", "-m", &who]).expect(0);

    no_canary(&world);
    only_our_command(host);
}
