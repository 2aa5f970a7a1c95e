//! What git calls clean: with sparse checkouts, submodules, and programs before the files.

use crate::build::Project;
use crate::support::Run;

/// Sparse checkouts of monorepos, `git update-index --assume-unchanged` on a local configuration, submodules, Windows' line ends:
/// what real git calls clean is clean, and nothing else.
#[test]
fn clean_is_what_git_calls_clean() {
    let project = Project::new("");
    let repo = project.repo();
    repo.commit(
        "more",
        &[("web/x", "1\n"), ("api/x", "1\n"), ("crlf", "a\r\nb\r\n"), (".gitattributes", "*.txt text\n")],
    );
    let sh = |line: &str| {
        let mut command = project.world.command("sh");
        command.args(["-c", line]);
        Run::of(command).expect(0);
    };
    let sub = "git init -q ../sub && git -C ../sub commit -q --allow-empty -m one && \
               git -c protocol.file.allow=always submodule --quiet add ../sub sub && git commit -qm sub";
    for (change, is_clean) in [
        ("true", true),
        ("git sparse-checkout set web", true),
        ("git sparse-checkout set web && echo more >web/x", false),
        ("git sparse-checkout set web && mkdir -p api && echo other >api/x", false),
        ("git update-index --assume-unchanged api/x && echo local >api/x", true),
        ("git update-index --assume-unchanged api/x && rm api/x", true),
        ("git update-index --skip-worktree api/x && rm api/x", true),
        ("git rm -q --cached api/x", false),
        ("git config core.fileMode false && chmod +x api/x", true),
        ("git config core.autocrlf true && touch crlf api/x", true),
        ("git config core.autocrlf input && touch crlf", true),
        ("printf 'x\\r\\n' >a.txt && git -c core.safecrlf=false add a.txt && git commit -qm a && touch a.txt", true),
        ("touch web/x && chmod u+w api/x", true),
        ("echo x >new && git add -N new", false),
        ("mkdir -p empty/dir", true),
        ("git init -q nested && touch nested/x", false),
        (sub, true),
        (&format!("{sub} && git -C sub commit -q --allow-empty -m two"), false),
        (&format!("{sub} && git -C sub commit -q --allow-empty -m two && git add sub"), false),
        (&format!("{sub} && git submodule --quiet deinit -f sub"), true),
    ] {
        let start = repo.head();
        sh(change);
        // Before and after git has looked, which notes in the index what it has seen.
        let asked = || {
            let run = project.release(&["build", "--json", "-o", "../out"]);
            let refused = run.code == 3 && run.stderr.contains("not clean");
            assert_eq!(!refused, is_clean, "{change}: {}\n{}", run.code, run.stderr);
        };
        asked();
        let mut git = project.world.command("git");
        git.args(["status", "--porcelain"]);
        let said = Run::of(git).expect(0).stdout;
        assert_eq!(said.is_empty(), is_clean, "git itself, {change}: {said}");
        asked();
        // As it was.
        sh(
            "git sparse-checkout disable 2>/dev/null; git update-index --no-assume-unchanged --no-skip-worktree api/x 2>/dev/null; \
            git config core.autocrlf false; git config core.fileMode true; rm -rf nested empty ../sub sub .git/modules; \
            git config --remove-section submodule.sub; true",
        );
        sh(&format!(
            "git update-index --no-skip-worktree api/x 2>/dev/null; git reset -q --hard {start} && git clean -ffdq"
        ));
        let _ = std::fs::remove_dir_all(project.world.root().join("out"));
    }
}

/// What Git LFS' driver does, as a script.
const LFS: &str = r#"#!/bin/sh
case $1 in
clean)
  cat >../had
  if head -c 40 ../had | grep -q '^version https://git-lfs'; then cat ../had; exit; fi
  printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %s\n' "$(sha256sum <../had | cut -d' ' -f1)" "$(($(wc -c <../had)))" ;;
smudge) cat >/dev/null; cat ../original ;;
esac
"#;

/// Git LFS keeps a pointer in the commit and the file in the work tree; a `touch` (or a clone within one second) makes git look at it.
/// What real git says of it is asked after us: asking makes git note what it found.
#[test]
fn file_behind_git_lfs_counts_as_git_counts_it() {
    let project = Project::new("exclude = ['big.bin']");
    let repo = project.repo();
    let script = project.world.write("../lfs", LFS);
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    project.world.write("../original", "the film\n");
    let lfs = script.display().to_string();
    let driver = format!("git config filter.lfs.clean '{lfs} clean' && git config filter.lfs.smudge '{lfs} smudge'");
    let sh = |line: &str| {
        let mut command = project.world.command("sh");
        command.args(["-c", line]);
        Run::of(command).expect(0)
    };
    sh(&driver);
    repo.commit(
        "film",
        &[(".gitattributes", "big.bin filter=lfs diff=lfs merge=lfs -text\n"), ("big.bin", "the film\n")],
    );
    assert!(repo.git(&["show", "HEAD:big.bin"]).starts_with("version https://git-lfs"));
    for (change, is_clean) in [
        ("true", true),
        ("touch -d yesterday big.bin", true),
        ("cp ../original new && mv new big.bin", true),
        ("printf 'the filn\\n' >big.bin", false),
        ("printf 'more\\n' >>big.bin", false),
        ("chmod +x big.bin", false),
        ("rm big.bin", false),
        ("git config --remove-section filter.lfs; touch -d yesterday big.bin", false), // no Git LFS on this machine
        // GIT_LFS_SKIP_SMUDGE=1, or a machine without Git LFS: the pointer is what lies there.
        (
            "git config filter.lfs.smudge cat && rm big.bin && git checkout -q big.bin && touch -d yesterday big.bin",
            true,
        ),
        (
            "git config --remove-section filter.lfs && rm big.bin && git checkout -q big.bin && touch -d yesterday big.bin",
            true,
        ),
        ("printf 'other\\n' >big.bin && git add big.bin && touch -d yesterday big.bin", false),
    ] {
        sh(change);
        let run = project.release(&["build", "--json", "-o", "../out"]);
        let refused = run.code == 3 && run.stderr.contains("not clean");
        let said = sh("git status --porcelain").stdout;
        assert_eq!(said.is_empty(), is_clean, "git itself, {change}: {said}");
        assert_eq!(!refused, is_clean, "{change}: {}\n{}", run.code, run.stderr);
        sh(&format!("{driver}; rm -f big.bin; git reset -q --hard"));
    }
}

/// git-crypt, nbstripout, `working-tree-encoding=UTF-16` of Visual Studio's files: only git can compare them, and it is not run for us.
/// It is told by whom, and `git status` by hand is the way on.
#[test]
fn file_behind_another_filter_is_told_with_a_way_on() {
    let project = Project::new("");
    let repo = project.repo();
    repo.git(&["config", "filter.rot.clean", "tr a-m n-z"]);
    repo.git(&["config", "filter.rot.smudge", "tr n-z a-m"]);
    repo.commit(
        "secret",
        &[
            (".gitattributes", "key filter=rot\nform working-tree-encoding=UTF-16LE\n"),
            ("key", "abc\n"),
            ("form", "a\0\n\0"),
        ],
    );
    // git compares whole seconds.
    let mut touch = project.world.command("touch");
    touch.args(["-d", "1 hour ago", "key", "form"]);
    Run::of(touch).expect(0);
    let run = project.refused(
        &[],
        3,
        &["not clean: 2 paths", "key (it seems; the filter rot stands before it)", "git status: it runs them"],
    );
    assert!(run.stderr.contains("form (it seems; the encoding UTF-16LE stands before it)"), "{}", run.stderr);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    project.release(&["build"]).expect(0);
    project.world.write("key", "changed\n");
    repo.git(&["status"]);
    project.refused(&[], 3, &["not clean: 1 path"]);
}
