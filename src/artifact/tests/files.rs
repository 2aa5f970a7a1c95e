//! What lies at the path, before any byte of it is read; and whether it is still the same later.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::artifact::testing::{FILE, dir, file, gz, inspected_file, line, naming, says, tar};
use crate::artifact::{Artifact, Limits, inspect, reopen};
use crate::model::Failure;

fn inspected(path: &Path) -> Result<Artifact, Failure> {
    inspect(path, &naming(), &Limits::default())
}

fn usage(path: &Path) -> String {
    let failure = inspected(path).unwrap_err();
    assert_eq!(failure.exit.code(), 2, "{failure}");
    assert!(failure.hint.is_some());
    failure.to_string()
}

fn good() -> Vec<u8> {
    gz(&tar(&[dir("DDGC-1.0/"), file("DDGC-1.0/a", "hello")]))
}

#[test]
fn a_missing_file() {
    let home = tempfile::tempdir().unwrap();
    says(&usage(&home.path().join(FILE)), &["DDGC-1.0.tar.gz: does not exist"]);
    says(&usage(&home.path().join("dist").join(FILE)), &["does not exist"]);
    fs::write(home.path().join("plain"), "").unwrap();
    says(&usage(&home.path().join("plain").join(FILE)), &["does not exist"]);
}

#[test]
fn a_directory() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    fs::create_dir(&path).unwrap();
    says(&usage(&path), &["DDGC-1.0.tar.gz: is a directory (an artifact is a regular file); nothing was changed."]);
}

#[test]
fn a_fifo_does_not_block() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    says(&usage(&path), &["is a FIFO"]);
}

#[test]
fn a_socket_and_a_device() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    says(&usage(&path), &["is a socket"]);
    says(&usage(Path::new("/dev/null")), &["null: is a device"]);
}

#[test]
fn an_unreadable_file() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    fs::write(&path, good()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        return; // root reads everything; `file.rs` tests the message alone
    }
    says(&line(inspected(&path).unwrap_err()), &["can't be read", "denied"]);
}

#[test]
fn a_name_without_a_version_is_a_usage_error() {
    let home = tempfile::tempdir().unwrap();
    for name in ["DDGC.tar.gz", "DDGC-$(id).tar.gz", "-rf.tar.gz"] {
        let path = home.path().join(name);
        fs::write(&path, good()).unwrap();
        says(&usage(&path), &[name]);
    }
}

#[test]
fn what_is_there_comes_before_how_it_is_named() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("dist")).unwrap();
    says(&usage(&home.path().join("dist")), &["dist: is a directory"]);
    says(&usage(&home.path().join("tpyo")), &["tpyo: does not exist"]);
}

#[test]
fn a_file_that_is_written_to_meanwhile() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    fs::write(&path, gz(&tar(&[file("DDGC-1.0/a", vec![b'x'; 8 << 20])]))).unwrap();
    let done = AtomicBool::new(false);
    // The writer may not get its turn within one inspection; it does within a few.
    let failure = std::thread::scope(|scope| {
        scope.spawn(|| {
            let file = fs::File::options().write(true).open(&path).unwrap();
            for second in 0.. {
                file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(second)).unwrap();
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let failure = (0..200).find_map(|_| inspected(&path).err());
        done.store(true, Ordering::Relaxed);
        failure
    });
    says(&line(failure.unwrap()), &["was changed while it was in use"]);
}

#[test]
fn a_symlink_to_an_artifact_is_followed() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    fs::write(home.path().join("blob"), good()).unwrap();
    std::os::unix::fs::symlink("blob", &path).unwrap();
    assert_eq!(inspected_file(&path).entries, 1);
}

#[test]
fn reopens_what_was_inspected() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    fs::write(&path, good()).unwrap();
    let artifact = inspected_file(&path);
    let mut bytes = Vec::new();
    reopen(&artifact).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, good());
}

#[test]
fn does_not_reopen_what_was_changed() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(FILE);
    fs::write(&path, good()).unwrap();
    let artifact = inspected_file(&path);

    // Other bytes of the same length, in the same file.
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let rewritten = fs::File::options().write(true).open(&path).unwrap();
    rewritten.set_modified(time + Duration::from_nanos(1)).unwrap();
    says(&line(reopen(&artifact).unwrap_err()), &["was changed while it was in use"]);
    rewritten.set_modified(time).unwrap();
    assert!(reopen(&artifact).is_ok());

    // More bytes, with the time put back.
    fs::write(&path, [good(), vec![0]].concat()).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    says(&line(reopen(&artifact).unwrap_err()), &["was changed"]);

    // Another file with equal bytes and time.
    let other = home.path().join("other");
    fs::write(&other, good()).unwrap();
    fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
    fs::rename(&other, &path).unwrap();
    says(&line(reopen(&artifact).unwrap_err()), &["was changed"]);

    fs::remove_file(&path).unwrap();
    says(&line(reopen(&artifact).unwrap_err()), &["does not exist"]);
}
