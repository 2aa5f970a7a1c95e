//! Health: what counts as healthy, and what a failure tells.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::{App, Fleet, HostSpec, Mode, Owned, Run, Userland, eventually};

/// A server that gives the same bytes to everyone, and keeps what it was asked.
struct Server {
    port: u16,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(Mutex::new(Vec::new()));
        let given = answer.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, given) = (stream.unwrap(), given.clone());
                thread::spawn(move || {
                    let _ = stream.read(&mut [0; 4096]);
                    let bytes = given.lock().unwrap().clone();
                    let hangs = bytes.ends_with(b"HANG");
                    let _ = stream.write_all(bytes.strip_suffix(b"HANG").unwrap_or(&bytes));
                    if hangs {
                        // Until the other side has had enough.
                        let _ = stream.read(&mut [0; 1]);
                    }
                });
            }
        });
        Self { port, answer }
    }

    fn gives(&self, answer: impl AsRef<[u8]>) {
        *self.answer.lock().unwrap() = answer.as_ref().to_vec();
    }

    fn toml(&self, more: &str) -> String {
        format!("[health]\nurl = 'http://127.0.0.1:{}/'\nexpect = '{{version}}'\ntimeout = '1s'\n{more}", self.port)
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

const GOOD: &str = "HTTP/1.1 200 OK\r\nX-Release: 1.0\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

/// What `check` says of the health of 1.0, which is live.
fn said(fleet: &Fleet) -> String {
    let run = fleet.release(&["check", "view"]).expect(0);
    run.stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("warning: 1.0, ").map(str::to_owned))
        .unwrap_or_default()
}

/// Without curl. Not among BusyBox's applets, whose shell takes its own `wget` first, whatever the PATH says.
fn with_gnu_wget() -> HostSpec {
    HostSpec::new("h1").userland(Userland::Toybox).program("wget").program("dd").program("tr")
}

fn answers_are_judged(host: HostSpec) {
    let server = Server::start();
    let fleet = Fleet::of(vec![host], &server.toml(""));
    server.gives(GOOD);
    fleet.deploy("1.0").expect(0);
    assert_eq!(said(&fleet), "");
    // A page that is longer than anybody needs to read of it: a front page with its data in it.
    server.gives(answer("200 OK", "", &format!("version 1.0\n{}", "x".repeat(400_000))));
    assert_eq!(said(&fleet), "");
    for (bytes, expected) in [
        // A worker that is killed in the middle of an answer (gunicorn's timeout, an OOM kill).
        (
            "HTTP/1.1 200 OK\r\nX-Release: 1.0\r\nContent-Length: 100\r\n\r\nab".to_owned(),
            "got 200 and a body that did not come",
        ),
        (
            "HTTP/1.1 200 OK\r\nX-Release: 1.0\r\nContent-Length: 100\r\n\r\nabHANG".to_owned(),
            "got 200 and a body that did not come",
        ),
        // A header that was folded by a proxy, as old ones do.
        (
            "HTTP/1.1 500 No\r\nX-Y: a\r\n HTTP/1.1 200 OK\r\nX-Release: 1.0\r\nContent-Length: 0\r\n\r\n".to_owned(),
            "got 500",
        ),
        // An application that sends everybody to https, or to its login.
        (
            answer("301 Moved", "X-Release: 1.0\r\nLocation: https://example.com/\r\n", ""),
            "got 301 to https://example.com/, which is not followed",
        ),
        (answer("503 Down", "X-Release: 1.0\r\n", "<h1>back soon</h1>"), "got 503"),
        (answer("200 OK", "X-Release: 0.9\r\n", "ok"), "got 200 \"X-Release: 0.9\", expected \"1.0\""),
        (answer("200 OK", "", "\n  0.9  \n"), "got 200 \"0.9\", expected \"1.0\""),
        ("HANG".to_owned(), "got no answer"),
    ] {
        server.gives(&bytes);
        let said = said(&fleet);
        assert!(said.contains(expected), "{bytes:?}: {said}");
    }
}

#[test]
fn answer_with_curl_is_judged_by_status_and_end() {
    answers_are_judged(HostSpec::new("h1"));
}

#[test]
fn answer_with_busybox_wget_is_judged_the_same() {
    // BusyBox 1.35 (Debian 12): its wget crashes as soon as it is given -T, so that no release was ever healthy.
    answers_are_judged(HostSpec::new("h1").userland(Userland::BusyBox));
}

#[test]
fn answer_with_gnu_wget_is_judged_the_same() {
    answers_are_judged(with_gnu_wget());
}

#[test]
fn early_hints_are_not_the_answer() {
    // nginx 1.29 and Rails' puma send 103 before the answer, which is the one that counts.
    let server = Server::start();
    let fleet = Fleet::files(&["h1"], &server.toml(""));
    server.gives(format!("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n{GOOD}"));
    fleet.deploy("1.0").expect(0);
}

#[test]
fn rc_files_and_proxies_of_the_account_are_not_obeyed() {
    // A ~/.curlrc with a proxy or `--fail-early`, a ~/.wgetrc, http_proxy of a company's network.
    for host in [HostSpec::new("h1"), HostSpec::new("h1").userland(Userland::BusyBox), with_gnu_wget()] {
        let server = Server::start();
        let host = host.env("http_proxy", "http://127.0.0.1:1/");
        let fleet = Fleet::of(vec![host], &server.toml(""));
        let host = fleet.host();
        host.write(".curlrc", "proxy = http://127.0.0.1:1/\nuser-agent = x\nrequest = DELETE\noutput = /dev/null\n");
        host.write(".wgetrc", "use_proxy = on\nhttp_proxy = http://127.0.0.1:1/\noutput_document = /dev/null\n");
        host.write(".netrc", "machine 127.0.0.1 login a password b\n");
        server.gives(GOOD);
        fleet.deploy("1.0").expect(0);
    }
}

#[test]
fn socket_and_headers_of_a_url_reach_the_application() {
    // gunicorn and puma behind nginx listen on a socket, and answer only to the Host that they know (ALLOWED_HOSTS).
    let fleet = Fleet::files(
        &["h1"],
        "[health]\nurl = 'http://localhost/'\nexpect = '{version}'\nsocket = 'app.sock'\nheaders = { Host = 'example.com', X-A = 'b \"c\\d' }\n",
    );
    let path = fleet.host().path("app.sock");
    let listener = UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    let asked = Arc::new(Mutex::new(String::new()));
    let kept = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = [0; 4096];
            let n = stream.read(&mut bytes).unwrap_or(0);
            *kept.lock().unwrap() = String::from_utf8_lossy(&bytes[..n]).into_owned();
            let _ = stream.write_all(GOOD.as_bytes());
        }
    });
    fleet.deploy("1.0").expect(0);
    let asked = asked.lock().unwrap().clone();
    assert!(asked.contains("Host: example.com\r\n") && asked.contains("X-A: b \"c\\d\r\n"), "{asked}");
}

#[test]
fn socket_without_curl_is_refused() {
    let fleet = Fleet::of(
        vec![HostSpec::new("h1").userland(Userland::BusyBox)],
        "[health]\nurl = 'http://localhost/'\nsocket = 'app.sock'\n",
    );
    let run = fleet.deploy("1.0").expect(3);
    assert!(run.stderr.contains("socket needs curl"), "{}", run.stderr);
}

/// A server with a certificate that nobody has signed: its process, and its port.
fn self_signed(dir: &Path) -> (Owned, u16) {
    std::fs::create_dir(dir).unwrap();
    let mut certificate = Command::new("openssl");
    certificate.args("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost".split(' '));
    certificate.args(["-addext", "subjectAltName=DNS:localhost", "-keyout", "key", "-out", "cert"]).current_dir(dir);
    Run::of(certificate).expect(0);
    std::fs::write(dir.join("version"), "1.0\n").unwrap();
    let mut server = Command::new("openssl");
    server
        .args("s_server -accept 127.0.0.1:0 -key key -cert cert -cipher ALL:@SECLEVEL=0 -WWW".split(' '))
        .current_dir(dir);
    server.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = Owned(server.spawn().expect("openssl is missing: start the tests with tests/run"));
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.strip_prefix("ACCEPT ")?.rsplit_once(':')?.1.parse().ok()).unwrap();
    // It ends when nobody reads what it says.
    thread::spawn(move || lines.for_each(drop));
    (server, port)
}

#[test]
fn insecure_url_takes_a_certificate_that_nobody_signed_and_no_other_does() {
    // Staging behind Debian's ssl-cert-snakeoil; an application that speaks TLS to its proxy.
    let busybox = HostSpec::new("h1").userland(Userland::BusyBox);
    // BusyBox' own checks nothing (and knows only what is old).
    for (host, checks) in [(HostSpec::new("h1"), true), (busybox, false), (with_gnu_wget(), true)] {
        let fleet = Fleet::of(vec![host], "");
        let (_server, port) = self_signed(&fleet.world.root().join("tls"));
        let toml =
            format!("[health]\nurl = 'https://localhost:{port}/version'\nexpect = '{{version}}'\ntimeout = '1s'\n");
        fleet.toml(&toml);
        if checks {
            let run = fleet.deploy("1.0").expect(5);
            assert!(run.stderr.contains("got no answer"), "{}", run.stderr);
        }
        fleet.toml(&format!("{toml}insecure = true\n"));
        fleet.deploy("1.0").expect(0);
        fleet.assert_live("1.0");
    }
}

#[test]
fn what_the_client_is_told_stands_in_no_argv() {
    // Headers of a health check hold tokens; `ps` shows argv to every account of the host.
    let fleet = Fleet::of(
        vec![HostSpec::new("h1").own_bin()],
        "[health]\nurl = 'https://localhost/?t=hunter2'\ninsecure = true\nheaders = { Authorization = 'Bearer hunter2' }\n",
    );
    let stub = "#!/bin/sh\necho \"$*\" >>\"${0%/*}/../argv\"; cat >\"${0%/*}/../stdin\"\nd=$(sed -n 's/^dump-header = \"\\(.*\\)\"$/\\1/p' \"${0%/*}/../stdin\")\nprintf 'HTTP/2 200\\r\\n\\r\\n' >\"$d\"\n";
    std::fs::set_permissions(fleet.host().write("bin/curl", stub), std::fs::Permissions::from_mode(0o755)).unwrap();
    fleet.deploy("1.0").expect(0);
    let (argv, stdin) = (fleet.host().read("argv").unwrap(), fleet.host().read("stdin").unwrap());
    assert!(argv.starts_with("-q -K -\n") && !argv.contains("hunter2"), "{argv}");
    assert!(
        stdin.contains("\ninsecure\n") && stdin.contains("header = \"Authorization: Bearer hunter2\"\n"),
        "{stdin}"
    );
}

#[test]
fn failure_says_what_came_and_what_was_expected() {
    let fleet = Fleet::serving(vec![HostSpec::new("h1")], "");
    fleet.toml(&fleet.app().toml().replace("5s", "1s"));
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    let run = fleet.deploy_app("1.1", Mode::Wrong).expect(5);
    assert!(
        run.stderr.contains("health check failed: got 200 ") && run.stderr.contains("expected \"1.1\" (1 s)"),
        "{}",
        run.stderr
    );
    let run = fleet.deploy_app("1.1", Mode::Crash).expect(5);
    assert!(run.stderr.contains("health check failed: got no answer ("), "{}", run.stderr);
    fleet.assert_live("1.0");
}

#[test]
fn deploy_without_health_is_told_in_plan_ledger_and_status() {
    // The monitoring endpoint is what is broken, and the fix has to go out.
    let fleet = Fleet::serving(vec![HostSpec::new("h1")], "");
    fleet.toml(&fleet.app().toml().replace("5s", "1s"));
    fleet.deploy_app("1.0", Mode::Good).expect(0);
    fleet.dist(&App::artifact("1.1", Mode::Error));
    fleet.release(&["view", "1.1", "--no-health"]).expect(2);
    let run = fleet.release(&["view", "1.1", "--no-health", "-m", " "]).expect(2);
    assert!(run.stderr.contains("--no-health and no reason for it"), "{}", run.stderr);
    let plan = fleet.release(&["plan", "view", "1.1", "--no-health"]).expect(0).stdout;
    assert!(plan.contains("[health] is left out") && !plan.contains(" health "), "{plan}");
    let run = fleet.release(&["view", "1.1", "--no-health", "-m", "it burns"]).expect(0);
    assert!(run.stderr.contains("[health] is left out: it burns"), "{}", run.stderr);
    let log = fleet.release(&["log", "view"]).expect(0).stdout;
    assert!(log.contains("it burns: without [health]"), "{log}");
    let status = fleet.release(&["status"]).expect(0).stdout;
    assert!(status.contains("no health check: it burns"), "{status}");
    // And back, the same way.
    fleet.release(&["rollback", "--no-health", "-m", "no better"]).expect(0);
    // Nobody has waited for it.
    eventually("1.0 answers", || fleet.app().version().as_deref() == Some("1.0"));
    fleet.assert_live("1.0");
}
