//! Where artifacts go.

use std::fs;

use super::Project;
use crate::support::Run;

#[test]
fn what_is_there_is_never_lost() {
    let project = Project::new("");
    project.repo().tag("0.940");
    let path = project.world.write("dist/app-0.940.tar.gz", "made by hand");
    project.refused(&[], 3, &["is there already, with other bytes", "it is no good artifact", "--force"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "made by hand");
    project.release(&["view"]).expect(3);
    project.release(&["plan", "view"]).expect(3);
    assert_eq!(fs::read_to_string(&path).unwrap(), "made by hand");
    project.release(&["build", "--force"]).expect(0);
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    assert!(project.release(&["build"]).expect(0).stdout.starts_with("already built"));
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before, "it is not written again");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    project.release(&["build", "--force"]).expect(1);
}

#[test]
fn a_directory_may_be_named() {
    let project = Project::new("");
    project.repo().tag("0.940");
    let document = project.build(&["-o", "some/where"]);
    assert_eq!(document["artifact"], "some/where/app-0.940.tar.gz");
    let mut below = project.world.release_command(&["build", "-o", "../up"]);
    below.current_dir(project.world.project().join("lib"));
    Run::of(below).expect(0);
    assert!(project.world.project().join("up/app-0.940.tar.gz").exists());
    assert!(project.dist().is_empty());
    project.world.write("file", "");
    project.repo().commit("a file", &[]);
    let run = project.release(&["build", "-o", "file"]).expect(1);
    assert!(run.stderr.contains("can't be written"), "{}", run.stderr);
}

#[test]
fn a_target_may_have_its_own_way() {
    let project = Project::new("exclude = ['t/']");
    let text = fs::read_to_string(project.world.project().join("hosts.toml")).unwrap();
    project.world.write(
        "hosts.toml",
        format!("{text}artifact = \"own-{{version}}.tar.gz\"\n[targets.view.build]\nexclude = ['lib']\n"),
    );
    project.repo().commit("own", &[]);
    project.repo().tag("0.940");
    assert_eq!(project.build(&[])["artifact"], "dist/app-0.940.tar.gz");
    assert_eq!(project.build(&["--target", "view"])["artifact"], "dist/own-0.940.tar.gz");
    let own = super::unpacked(&project.world.project().join("dist/own-0.940.tar.gz"));
    assert!(own.contains_key("t/app.t") && !own.contains_key("lib/App.pm"));
    project.refused(&["--target", "prod"], 2, &["no target"]);
}
