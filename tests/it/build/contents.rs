//! What is in an artifact, and what is not.

use super::{Project, unpacked};

#[test]
fn git_has_it_or_it_is_included_and_it_is_not_left_out() {
    let build = "test = 'mkdir -p public/js; echo css > public/a.css; echo js > public/js/a.js; echo map > public/a.map; \
                 chmod +x public/js/a.js; ln -s a.css public/b.css'\ninclude = ['public/']\n\
                 exclude = ['t/', '.travis.yml', 'hosts.toml', '.gitignore', '**/*.map']";
    let project = Project::new(build);
    project.repo().tag("v0.940");
    project.world.write("public/a.css", "of the work tree");
    let document = project.build(&[]);
    let path = project.world.project().join(document["artifact"].as_str().unwrap());
    let found = unpacked(&path);
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    let expected = [
        "VERSION",
        "bin/",
        "bin/run",
        "lib/",
        "lib/App.pm",
        "main",
        "public/",
        "public/a.css",
        "public/b.css",
        "public/js/",
        "public/js/a.js",
    ];
    assert_eq!(names, expected);
    assert_eq!((found["public/a.css"].as_str(), found["main"].as_str()), ("css\n", "-> lib/App.pm"));
    assert_eq!(document["files"], names.len(), "{document}");
    assert_eq!((document["version"].as_str(), document["ref"].as_str()), (Some("0.940"), None));
    assert_eq!(document["commit"], project.repo().head());
    assert_eq!(document["warnings"].as_array().unwrap().len(), 0, "{document}");
    let mut list = project.world.command("tar");
    list.args(["tvzf", "dist/app-0.940.tar.gz"]);
    let list = crate::support::Run::of(list).ok();
    for line in list.lines() {
        let mode = line.split(' ').next().unwrap();
        assert!(["drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x", "lrwxrwxrwx"].contains(&mode), "{line}");
        assert_eq!(mode == "-rwxr-xr-x", line.ends_with("bin/run") || line.ends_with("a.js"), "{line}");
    }
}

#[test]
fn what_the_tests_do_not_make_is_taken_from_the_work_tree_of_head_alone() {
    let project = Project::new("include = ['public', 'gen/*.txt']");
    project.repo().tag("0.940");
    project.refused(&[], 3, &["[build] include: there is nothing at public", "have [build] test make it"]);
    project.world.write("public/app.css", "built by hand");
    project.world.write("gen/a.txt", "a");
    project.refused(&["view"], 2, &["is no tag, branch or commit"]);
    let run = project.release(&["build"]).expect(0);
    assert!(run.stderr.contains("warning: public is from the work tree"), "{}", run.stderr);
    let found = unpacked(&project.world.project().join("dist/app-0.940.tar.gz"));
    assert_eq!((found["public/app.css"].as_str(), found["gen/a.txt"].as_str()), ("built by hand", "a"));
    project.repo().commit("two", &[("VERSION", "0.941\n")]);
    project.refused(&["0.940"], 3, &["there is nothing at public"]);
}

#[test]
fn an_artifact_has_files() {
    let project = Project::new("exclude = ['*']");
    project.refused(&[], 3, &["would hold no file"]);
}

/// What a deploy would refuse is not built.
#[test]
fn what_a_deploy_would_refuse_is_not_built() {
    let project = Project::new("");
    for (target, words) in [
        ("../outside", "leads out of the release"),
        ("/etc/passwd", "which is absolute"),
        ("lib/../../x", "'..' behind a name"),
    ] {
        let _ = std::fs::remove_file(project.world.project().join("leads"));
        std::os::unix::fs::symlink(target, project.world.project().join("leads")).unwrap();
        project.repo().commit("a link", &[]);
        project.refused(&[], 3, &["leads", words]);
    }
    std::fs::remove_file(project.world.project().join("leads")).unwrap();
    project.repo().commit("README and readme", &[("README", "a"), ("readme", "b"), (".env", "SECRET=1")]);
    let run = project.release(&["build"]).expect(0);
    assert!(
        run.stderr.contains("differs only in case") && run.stderr.contains("\".env\": looks like"),
        "{}",
        run.stderr
    );
    project.repo().commit("ours", &[(".release/lock", "x")]);
    project.refused(&[], 3, &["reserved name"]);
}
