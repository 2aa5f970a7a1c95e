//! The same commit gives the same bytes: in any directory, time zone, umask, at any time, with any git objects.

use std::fs;
use std::path::Path;

use super::Project;
use crate::support::Run;

/// Builds in another directory, through a command line in front of the binary.
fn built_in(project: &Project, dir: &Path, before: &str, env: &[(&str, &str)]) -> Vec<u8> {
    let mut sh = project.world.command("sh");
    let binary = env!("CARGO_BIN_EXE_release");
    sh.current_dir(dir).args(["-c", &format!("{before} {binary} build 0.940 -o out")]);
    sh.envs(env.iter().copied());
    Run::of(sh).expect(0);
    fs::read(dir.join("out/app-0.940.tar.gz")).unwrap()
}

#[test]
fn on_any_machine_at_any_time() {
    let project = Project::new("exclude = ['t/']");
    let repo = project.repo();
    repo.tag("0.940");
    let first = project.build(&["0.940"]);
    let bytes = fs::read(project.world.project().join("dist/app-0.940.tar.gz")).unwrap();
    let clone = project.world.root().join("a directory/of another name");
    repo.git_in(project.world.root(), &["clone", "-q", "project", clone.to_str().unwrap()]).ok();
    repo.git_in(&clone, &["repack", "-adfq"]).ok();
    fs::copy(project.world.project().join("hosts.toml"), clone.join("hosts.toml")).unwrap();
    let elsewhere = [("TZ", "Asia/Tokyo"), ("LANG", "C"), ("LC_ALL", "C"), ("HOME", "/nonexistent"), ("USER", "other")];
    assert!(built_in(&project, &clone, "umask 077; exec", &elsewhere) == bytes);
    fs::remove_dir_all(clone.join("out")).unwrap();
    assert!(
        built_in(&project, &clone, "umask 000; exec faketime '2038-06-01 12:00:00'", &[("TZ", "EST5EDT")]) == bytes
    );
    let again = project.build(&["0.940"]);
    assert_eq!((first["sha256"].clone(), again["already_built"].clone()), (again["sha256"].clone(), true.into()));
    let mut sum = project.world.command("sha256sum");
    sum.arg("dist/app-0.940.tar.gz");
    assert_eq!(Run::of(sum).ok().split(' ').next(), first["sha256"].as_str());
}

/// One core makes the same bytes as all of them.
#[test]
fn on_any_number_of_cores() {
    let project = Project::new("");
    let files: Vec<(String, String)> = (0..900).map(|n| (format!("many/{n}"), format!("{n}\n").repeat(n))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    project.repo().commit("many", &files);
    project.repo().tag("0.940");
    let dir = project.world.project();
    let all = built_in(&project, &dir, "exec", &[]);
    fs::remove_dir_all(dir.join("out")).unwrap();
    assert!(built_in(&project, &dir, "exec taskset -c 0", &[]) == all);
}
