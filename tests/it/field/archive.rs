//! Archives: what one reader of tar judges, every other must obey (pax records, global headers, numbers).

use std::process::Command;

use crate::support::{Fleet, RawEntry, Tarball, raw_tar};

/// Writes `app-1.0.tar.gz` of these entries below a good beginning.
fn pack(fleet: &Fleet, more: &[RawEntry]) {
    let good = [RawEntry::dir("app-1.0/"), RawEntry::file("app-1.0/VERSION", "1.0\n")];
    fleet.world.write("app-1.0.tar.gz", raw_tar(&[&good, more].concat()));
}

/// An `x` or `g` header of one record.
fn pax(kind: u8, pair: &[u8]) -> RawEntry {
    let rest = pair.len() + 2;
    let length = (1..9).map(|digits| rest + digits).find(|n| rest + n.to_string().len() == *n).unwrap();
    let data = [format!("{length} ").as_bytes(), pair, b"\n"].concat();
    RawEntry { data, ..RawEntry::new(kind, "PaxHeaders/f") }
}

/// Runs a line of shell in the project's directory.
#[track_caller]
fn sh(fleet: &Fleet, line: &str) {
    let status = Command::new("sh").args(["-euc", line]).current_dir(fleet.world.project()).status().unwrap();
    assert!(status.success(), "{line}");
}

/// The plan and the deploy are refused in these words, with a way on, and the host is as it was.
#[track_caller]
fn refused(fleet: &Fleet, words: &[&str]) {
    let before = fleet.visible();
    for args in [&["plan", "view", "./app-1.0.tar.gz"][..], &["view", "./app-1.0.tar.gz"]] {
        let run = fleet.release(args).expect(3);
        for word in words.iter().chain(&["app-1.0.tar.gz: ", "; nothing was changed.", "\nhint: "]) {
            assert!(run.stderr.contains(word), "{args:?} lacks {word:?}:\n{}", run.stderr);
        }
    }
    fleet.assert_same(&before);
}

/// GNU tar passes over blanks before a keyword (`decode_record` in its xheader.c), and obeys what others skip.
#[test]
fn pax_keyword_behind_blanks_is_refused() {
    let fleet = Fleet::files(&["h1"], "");
    let link = RawEntry::symlink("app-1.0/good", "VERSION");
    for pair in [&b" linkpath=/etc/passwd"[..], b"\tlinkpath=/etc/passwd", b"linkpath =/etc/passwd"] {
        pack(&fleet, &[pax(b'x', pair), link.clone()]);
        refused(&fleet, &["has a pax header with the odd keyword", "linkpath"]);
    }
    pack(&fleet, &[pax(b'x', b"LINKPATH=/etc/passwd"), link.clone()]);
    refused(&fleet, &["the unknown keyword \"LINKPATH\""]);
    pack(&fleet, &[pax(b'x', b"comment=a\n26 linkpath=/etc/passwd"), link]);
    refused(&fleet, &["a newline in the value of \"comment\""]);
}

/// tar on a Mac writes what Finder and Safari noted of a download: keywords with colons, values with any bytes
/// (libarchive's issue tracker has them as "Ignoring unknown extended header keyword").
#[test]
fn attributes_of_a_mac_are_refused_with_a_way_on() {
    let fleet = Fleet::files(&["h1"], "");
    let file = RawEntry::file("app-1.0/logo.png", "x");
    pack(&fleet, &[pax(b'x', b"SCHILY.xattr.com.apple.metadata:kMDItemWhereFroms=bplist00"), file.clone()]);
    refused(&fleet, &["the odd keyword", "hint: make it with git archive, or with tar but with --no-xattrs"]);
    pack(&fleet, &[pax(b'x', b"LIBARCHIVE.xattr.com.apple.provenance=AQIA"), file]);
    let run = fleet.release(&["view", "./app-1.0.tar.gz"]).expect(0);
    assert!(run.stderr.contains("has extended attributes"), "{}", run.stderr);
}

/// GNU tar's `--pax-option=KEY=VALUE`, as recipes for reproducible tarballs use it, puts a global header at the beginning.
#[test]
fn global_header_of_gnu_tar_is_refused_and_git_archive_s_is_taken() {
    let fleet = Fleet::files(&["h1"], "");
    sh(&fleet, "mkdir app-1.0; echo 1.0 >app-1.0/VERSION");
    sh(&fleet, "tar -czf app-1.0.tar.gz --format=posix --pax-option=uname=root app-1.0");
    refused(&fleet, &["has a pax global header"]);
    let git = "git -c user.name=t -c user.email=t@example.org";
    sh(&fleet, &format!("git init -q src; cd src; echo 1.0 >VERSION; git add VERSION; {git} commit -qm x"));
    sh(&fleet, "git -C src archive --prefix=app-1.0/ -o ../app-1.0.tar.gz HEAD");
    fleet.release(&["view", "./app-1.0.tar.gz"]).expect(0);
    assert!(fleet.host().read("live/.release.json").unwrap().contains("\"commit\":"));
}

/// automake's `make dist` writes tar of 1979 unless told otherwise, and Debian's BusyBox says "invalid tar magic" to it.
#[test]
fn header_of_before_1988_is_refused() {
    let fleet = Fleet::files(&["h1"], "");
    sh(&fleet, "mkdir app-1.0; echo 1.0 >app-1.0/VERSION; tar -czf app-1.0.tar.gz --format=v7 app-1.0");
    refused(&fleet, &["has a tar header of before 1988", "hint: make it with git archive or `tar --format=ustar`"]);
}

/// GNU tar says "Malformed extended header: invalid mtime" and ends with 2, when everything else is unpacked.
#[test]
fn number_that_an_extractor_stops_at_is_refused() {
    let fleet = Fleet::files(&["h1"], "");
    for pair in ["mtime=now", "atime=", "uid=root", "gid=0x1"] {
        pack(&fleet, &[pax(b'x', pair.as_bytes()), RawEntry::file("app-1.0/a", "x")]);
        refused(&fleet, &["has a damaged pax header: its ", " is no number"]);
    }
}

/// Files of the year 9999 (`touch -d 9999-12-31`, a library's "never"), and accounts that a directory service numbers past 2^32: a number
/// is there, and it was called none.
#[test]
fn number_that_no_host_takes_is_said_to_be_out_of_range() {
    let fleet = Fleet::files(&["h1"], "");
    for (pair, what) in [
        ("mtime=253402300799", "mtime"),
        ("ctime=-253402300799.5", "ctime"),
        ("uid=4294967295", "uid"),
        ("gid=-1", "gid"),
        ("size=99999999999999999999", "size"),
    ] {
        pack(&fleet, &[pax(b'x', pair.as_bytes()), RawEntry::file("app-1.0/a", "x")]);
        let said =
            format!("has a pax header whose \"{what}\" is out of range (\"{}\")", pair.split_once('=').unwrap().1);
        refused(&fleet, &[&said]);
    }
    refused(&fleet, &["nothing was changed"]);
    sh(&fleet, "rm -rf app-1.0; mkdir app-1.0; echo 1.0 >app-1.0/VERSION; touch -d 9999-12-31 app-1.0/VERSION || :");
    sh(&fleet, "tar -czf app-1.0.tar.gz --format=pax app-1.0");
    let run = fleet.release(&["view", "./app-1.0.tar.gz"]);
    // Not every file system has that year.
    assert!(
        run.code == 0 || run.stderr.contains("touch the file, or pack it with `tar --mtime=DATE`"),
        "{}",
        run.stderr
    );
}

/// GNU tar stores the second of two hard-linked files as a link (a checkout made by `cp -al`, pnpm, or ostree): the
/// planner's reader took it for no file.
#[test]
fn schema_that_is_a_hard_link_is_read_as_the_file_that_it_is() {
    let fleet = Fleet::files(&["h1"], "[schema]\nurl = 'sqlite:app.db'\ndesired = 'schema.sql'");
    sh(&fleet, "mkdir -p app-1.0/db; echo 1.0 >app-1.0/VERSION; echo 'CREATE TABLE t (a);' >app-1.0/db/schema.sql");
    sh(&fleet, "ln app-1.0/db/schema.sql app-1.0/schema.sql");
    sh(&fleet, "tar -czf app-1.0.tar.gz app-1.0/VERSION app-1.0/db app-1.0/schema.sql");
    let run = fleet.release(&["plan", "view", "./app-1.0.tar.gz", "--sql"]).expect(0);
    assert!(run.stdout.contains("CREATE TABLE t"), "{}{}", run.stdout, run.stderr);
    // And a link to a link.
    let file = RawEntry::file("app-1.0/a", "CREATE TABLE u (a);\n");
    let again = RawEntry::hardlink("app-1.0/b", "app-1.0/a");
    pack(&fleet, &[file, again, RawEntry::hardlink("app-1.0/schema.sql", "app-1.0/./b")]);
    let run = fleet.release(&["plan", "view", "./app-1.0.tar.gz", "--sql"]).expect(0);
    assert!(run.stdout.contains("CREATE TABLE u"), "{}{}", run.stdout, run.stderr);
}

/// `umask 077` in the shell of whoever packs, as hardening guides ask for it: nginx then answers 403.
#[test]
fn files_that_others_can_not_read_are_told_in_plan_and_deploy() {
    let fleet = Fleet::files(&["h1"], "");
    sh(&fleet, "umask 077; mkdir -p app-1.0/www; echo 1.0 >app-1.0/VERSION; tar -czf app-1.0.tar.gz app-1.0");
    let warning =
        "can't be read by other accounts, such as the web server's; if it should: chmod -R go+rX, and pack again";
    for args in [&["plan", "view", "./app-1.0.tar.gz"][..], &["view", "./app-1.0.tar.gz"]] {
        let run = fleet.release(args).expect(0);
        let said = format!("{}{}", run.stdout, run.stderr).replace('\n', " ");
        assert!(said.contains(warning) && said.contains("\"app-1.0/\""), "{said}");
    }
    fleet.dist(&Tarball::new("app", "1.1"));
    let run = fleet.release(&["view", "1.1"]).expect(0);
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}
