//! Secrets: masked by what was parsed, in every output, argv, file and log.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Run, Tarball, World, files_with};

/// What a password generator makes: everything that a shell, a URL, sed or JSON may stumble over.
const TOKEN: &str = r#"s3cr&t/[x]*^$\"`q"#;

fn local(text: &str) -> (World, PathBuf) {
    let world = World::of(vec![]);
    let base = world.root().join("base");
    fs::create_dir_all(&base).unwrap();
    let hosts = format!("app = \"app\"\n{text}\n[targets.t]\nhosts = [\"local:{}\"]\n", base.display());
    let path = world.write("hosts.toml", hosts);
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    (world, base)
}

#[track_caller]
fn hidden(runs: &[Run], base: &Path, secrets: &[&str]) {
    for secret in secrets {
        let json = serde_json::to_string(secret).unwrap();
        for run in runs {
            for text in [&run.stdout, &run.stderr] {
                assert!(!text.contains(secret) && !text.contains(json.trim_matches('"')), "{secret}: {text}");
            }
        }
        let found = files_with(&base.join(".release"), secret);
        assert!(found.is_empty(), "{secret}: {found:?}");
    }
}

/// The newest operation's output, as the ledger has it.
fn log(world: &World) -> Run {
    let log = world.release(&["log", "t", "--json"]).expect(0);
    let id = log.json()["operations"].as_array().unwrap().last().unwrap()["record"]["id"].as_str().unwrap().to_owned();
    world.release(&["log", "t", &id]).expect(0)
}

/// Where from: a `bundle exec rake` that prints its environment when it fails, and `set -x` in a start script (GitHub's and
/// GitLab's runners mask for this reason).
#[test]
fn command_that_prints_its_environment_is_masked_in_stream_log_and_files() {
    let (world, base) = local(
        "[env]\nfiles = [\"app.env\"]\nvars = { RAILS_ENV = \"production\", WEB_CONCURRENCY = \"2\", PLAIN_SETTING = \"hunter2canary\" }\n\
         [prepare]\nrun = ['env', 'export -p', 'set -x; : \"$API_TOKEN\" \"$PLAIN_SETTING\"', 'printf %s \"$PLAIN_SETTING\"; sleep 0.3; printf \"%s\\n\" \"$API_TOKEN\" >&2']\n",
    );
    let quoted = TOKEN.replace('\'', r"'\''");
    let text = format!(
        "export API_TOKEN='{quoted}'\nexport REDIS_URL='redis://:r3d%21sPw@cache:6379/0'\n\
         export SIGNING_KEY='-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----'\n"
    );
    fs::write(base.join("app.env"), text).unwrap();
    Tarball::new("app", "1.0").write(&world.project().join("dist"));
    let mut runs = vec![world.release(&["-v", "t", "1.0"]).expect(0)];
    runs.push(log(&world));
    Tarball::new("app", "1.1").write(&world.project().join("dist"));
    runs.push(world.release(&["--json", "-v", "t", "1.1"]).expect(0));
    runs.push(world.release(&["plan", "t", "1.1", "--script"]).expect(0));
    hidden(&runs, &base, &[TOKEN, "hunter2canary", "r3d%21sPw", "r3d!sPw", "MIIEvQIBADANBg"]);
    // And it is a log still: what everybody says is not starred.
    for run in &runs[..2] {
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("RAILS_ENV=production") && said.contains("WEB_CONCURRENCY=2"), "{said}");
        assert!(said.contains("PLAIN_SETTING=***") && said.contains("API_TOKEN=***"), "{said}");
    }
}

/// Where from: an `[env]` file with an unquoted `&` in a password: bash complains of a command that is the password's second
/// half (Stack Overflow, "special characters in .env").
#[test]
fn env_file_that_fails_is_told_without_pieces_of_its_values() {
    let (world, base) = local("[env]\nfiles = [\"app.env\"]\n");
    fs::write(base.join("app.env"), "case $RELEASE_OPERATION in look-*) return ;; esac\nexport DATABASE_URL=postgres://app:first0half&second0half@db/shop\nfalse\n")
        .unwrap();
    Tarball::new("app", "1.0").write(&world.project().join("dist"));
    let run = world.release(&["-v", "t", "1.0"]);
    assert_ne!(run.code, 0, "{run:#?}");
    hidden(&[run], &base, &["first0half", "second0half"]);
}

/// Where from: the failure of a command is told with what it said last, and stands in the ledger.
#[test]
fn reason_of_a_failure_is_masked_in_ledger_and_events() {
    let (world, base) = local(
        "[env]\nvars = { SMTP_PASSWORD = \"canary-9f8e7d\" }\n[prepare]\nrun = ['echo \"login failed: $SMTP_PASSWORD\" >&2; exit 3']\n",
    );
    Tarball::new("app", "1.0").write(&world.project().join("dist"));
    let runs = [
        world.release(&["t", "1.0"]).expect(1),
        world.release(&["--json", "t", "1.0"]).expect(1),
        world.release(&["log", "t", "--json"]).expect(0),
        log(&world),
    ];
    assert!(runs[0].stderr.contains("login failed: ***"), "{}", runs[0].stderr);
    hidden(&runs, &base, &["canary-9f8e7d"]);
}

/// A `psql` that notes its arguments and has no server.
fn fake_psql(world: &World) -> PathBuf {
    let dir = world.root().join("fake");
    fs::create_dir_all(&dir).unwrap();
    let argv = world.root().join("argv");
    let text = format!(
        "#!/bin/sh\necho \"$*\" >>'{}'\ncat >/dev/null\necho \"psql: error: no such host for $PGPASSWORD in $*\" >&2\nexit 2\n",
        argv.display()
    );
    fs::write(dir.join("psql"), text).unwrap();
    fs::set_permissions(dir.join("psql"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    argv
}

/// Where from: `url-password-in-part.sh`; passwords of generators in DATABASE_URL (Heroku's and Azure's documents ask to
/// percent-encode them, and people don't).
#[test]
fn database_password_however_it_is_written_is_in_no_output_and_no_argv() {
    for (url, pieces, refused) in [
        ("postgresql://app:S3cret@Pass/word99@127.0.0.1:5432/shop", &["S3cret", "word99"][..], true),
        ("postgresql://app:S3cret@Pa?w=ord99@127.0.0.1:5432/shop", &["S3cret", "ord99"], true),
        ("postgresql://app:S3cret@word99@127.0.0.1:5432/shop", &["S3cret", "word99"], false),
        ("postgresql://app:S3cr%40tword99@127.0.0.1:5432/shop", &["S3cr%40tword99", "S3cr@tword99"], false),
        ("postgresql://app@127.0.0.1/shop?sslmode=require&password=S3cretword99", &["S3cretword99"], true),
        // The passphrase of a client key, for libpq.
        ("postgresql://app@127.0.0.1/shop?sslpassword=S3cretword99", &["S3cretword99"], true),
    ] {
        let (world, base) =
            local("[env]\nfiles = [\"app.env\"]\n[schema]\nurl = \"$DATABASE_URL\"\ndesired = \"schema.sql\"\n");
        fs::write(base.join("app.env"), format!("export DATABASE_URL='{url}'\n")).unwrap();
        let argv = fake_psql(&world);
        let path = format!("{}:/usr/bin:/bin", world.root().join("fake").display());
        let release = |args: &[&str]| {
            let mut command = world.release_command(args);
            command.env("PATH", &path);
            Run::of(command)
        };
        let runs = [release(&["check", "t"]).expect(3), release(&["--json", "check", "t"]).expect(3)];
        let said = if refused { "URL" } else { "no such host for ***" };
        assert!(runs[0].stdout.contains(said) || runs[0].stderr.contains(said), "{url}: {runs:#?}");
        let argv = fs::read_to_string(argv).unwrap_or_default();
        assert_eq!(argv.is_empty(), refused, "{url}: {argv}");
        for piece in pieces {
            assert!(!argv.contains(piece), "{url}: {argv}");
        }
        if base.join(".release").exists() {
            hidden(&runs, &base, pieces);
        }
        for (run, piece) in runs.iter().flat_map(|run| pieces.iter().map(move |piece| (run, piece))) {
            assert!(!run.stdout.contains(piece) && !run.stderr.contains(piece), "{url}: {run:#?}");
        }
    }
}
