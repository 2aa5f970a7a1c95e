//! Facts item 66: a repository that wants to run something, or that is somebody else's.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};

use super::{Project, unpacked};
use crate::support::{Login, is_root};

/// Every hook, and every key of a configuration that names a command: each would leave a file behind.
#[test]
fn nothing_of_its_configuration_runs() {
    let project = Project::new("test = 'true'\nexclude = ['hosts.toml']");
    let repo = project.repo();
    let attributes = "* filter=evil diff=evil merge=evil ident text eol=crlf export-subst\n\
                      t export-ignore\n";
    repo.commit("attributes", &[("keep", "$Format:%H$ $Id$\n"), (".gitattributes", attributes)]);
    repo.tag("0.940");
    let ran = project.world.root().join("ran");
    let script = project.world.write("../canary", format!("#!/bin/sh\necho \"$0 $*\" >> {}\ncat\n", ran.display()));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let canary = script.canonicalize().unwrap();
    let canary = canary.to_str().unwrap();
    let git = project.world.project().join(".git");
    for hook in [
        "pre-commit",
        "post-checkout",
        "post-index-change",
        "reference-transaction",
        "fsmonitor-watchman",
        "pre-auto-gc",
    ] {
        let path = git.join("hooks").join(hook);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(canary, &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut config = fs::read_to_string(git.join("config")).unwrap();
    config += &format!(
        "[core]\n fsmonitor = {canary}\n sshCommand = {canary}\n pager = {canary}\n editor = {canary}\n askPass = {canary}\n \
         attributesFile = {canary}\n gitProxy = {canary}\n alternateRefsCommand = {canary}\n\
         [filter \"evil\"]\n smudge = {canary}\n clean = {canary}\n process = {canary}\n required = true\n\
         [diff]\n external = {canary}\n[diff \"evil\"]\n textconv = {canary}\n command = {canary}\n\
         [merge \"evil\"]\n driver = {canary}\n[credential]\n helper = {canary}\n[gpg]\n program = {canary}\n\
         [tar \"tar.gz\"]\n command = {canary}\n[alias]\n archive = !{canary}\n describe = !{canary}\n[uploadpack]\n packObjectsHook = {canary}\n"
    );
    fs::write(git.join("config"), config).unwrap();
    let _ = fs::remove_file(&ran);
    project.build(&["0.940"]);
    let touched = project.world.project().join("VERSION");
    fs::write(&touched, fs::read(&touched).unwrap()).unwrap(); // its time is new, so that its contents are looked at
    let _ = project.release(&["build"]);
    project.release(&["view", "0.940"]).expect(0);
    let _ = project.release(&["view", "--dry-run"]);
    assert!(!ran.exists(), "{}", fs::read_to_string(&ran).unwrap_or_default());
    let found = unpacked(&project.world.project().join("dist/app-0.940.tar.gz"));
    assert_eq!(found["keep"], "$Format:%H$ $Id$\n", "as git has it");
    assert_eq!(found["VERSION"], "0.940\n", "no line end is changed");
    assert_eq!(found["t/app.t"], "ok\n", "[build] exclude says what is left out, and nothing else");
    let seen = repo.git_in(&project.world.project(), &["diff"]);
    assert!(ran.exists(), "the canary does sing: {seen:?}");
}

#[test]
fn one_that_is_another_users_is_not_trusted() {
    if !is_root() {
        return;
    }
    let project = Project::new("");
    let own = |uid, gid| {
        for path in [project.world.project(), project.world.project().join(".git")] {
            chown(path, Some(uid), Some(gid)).unwrap();
        }
    };
    own(Login::get().uid, Login::get().gid);
    project.refused(&[], 2, &["belongs to another user", "safe.directory"]);
    project.release(&["view", "0.940"]).expect(2);
    project.world.write("../home/.gitconfig", format!("[safe]\n\tdirectory = {}\n", project.world.project().display()));
    project.build(&[]);
    own(0, 0);
}

/// A tree that would write through a link of its own, or beside the checkout.
#[test]
fn a_tree_can_not_leave_its_checkout() {
    let project = Project::new("test = 'true'");
    let repo = project.repo();
    let outside = project.world.root().join("outside");
    fs::create_dir(&outside).unwrap();
    let blob = repo.git(&["rev-parse", "HEAD:VERSION"]);
    let hash = |kind: &str, bytes: &[u8]| {
        let file = project.world.write("../object", bytes);
        repo.git(&["hash-object", "-t", kind, "-w", "--literally", file.to_str().unwrap()])
    };
    let raw =
        |hex: &str| -> Vec<u8> { (0..20).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap()).collect() };
    let entry = |mode: &str, name: &str, id: &str| [format!("{mode} {name}\0").as_bytes(), &raw(id)].concat();
    let link = hash("blob", outside.to_str().unwrap().as_bytes());
    let below = hash("tree", &entry("100644", "x", &blob));
    let trees = [
        [entry("120000", "a", &link), entry("40000", "a", &below)].concat(),
        entry("40000", "..", &below),
        entry("100644", "../x", &blob),
        entry("40000", ".git", &below),
    ];
    for tree in trees {
        let tree = hash("tree", &tree);
        let text = format!("tree {tree}\nauthor a <a@b> 0 +0000\ncommitter a <a@b> 0 +0000\n\nx\n");
        let commit = hash("commit", text.as_bytes());
        let run = project.release(&["build", &commit]);
        assert!(matches!(run.code, 1 | 3), "{run:?}");
        assert!(project.dist().is_empty() && fs::read_dir(&outside).unwrap().next().is_none(), "{run:?}");
    }
}
