//! Strangers' applications, each with what its language bakes into a release: deployed, rolled back and pruned on two accounts
//! that may do by sudo what `release setup` prints, and nothing more.

use crate::support::{Fleet, Host, HostSpec, Run, Tarball, eventually, get, systemd};

/// An application: what `[prepare]` makes of a release, and the program of it that the unit starts.
struct Kind {
    prepare: &'static str,
    program: &'static str,
    artifact: fn(&str) -> Tarball,
}

/// A virtual environment with a console script, as `pip install .` makes one: its first line is a path.
const PYTHON: Kind = Kind {
    prepare: r#"run = [
  "/usr/bin/python3 -m venv --without-pip venv",
  "cp hello.py venv/lib/python3*/site-packages/",
  '''printf '#!%s/venv/bin/python3\nimport hello\nhello.main()\n' "$PWD" >venv/bin/hello && chmod +x venv/bin/hello''',
]"#,
    program: "venv/bin/hello",
    artifact: |version| Tarball::new("app", version).file("hello.py", PYTHON_SERVER),
};

const PYTHON_SERVER: &str = r#"
import http.server, os, sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        top = os.path.dirname(sys.prefix)
        body = (open(top + "/VERSION").read().strip() + " of " + top + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

def main():
    http.server.ThreadingHTTPServer.allow_reuse_address = True
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"#;

/// Bundler's binstubs name the interpreter and the Gemfile by their whole paths; Perl stands in for Ruby.
const BINSTUB: Kind = Kind {
    prepare: r#"run = ["sh make-binstub"]"#,
    program: "bin/server",
    artifact: |version| {
        Tarball::new("app", version).file("lib/app.pl", PERL_SERVER).file(
            "make-binstub",
            "set -e\nmkdir -p vendor/bin bin\nln -s /usr/bin/perl vendor/bin/ruby\n\
             printf '#!%s/vendor/bin/ruby\\n$ENV{GEMFILE} = q(%s);\\nrequire q(%s/lib/app.pl);\\n' \"$PWD\" \"$PWD\" \"$PWD\" >bin/server\n\
             chmod +x bin/server\n",
        )
    },
};

const PERL_SERVER: &str = r#"
use IO::Socket::INET;
$| = 1;
my $listen = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$ARGV[0]", Listen => 16, ReuseAddr => 1) or die $!;
while (my $client = $listen->accept) {
    while (<$client>) { last if /^\r?$/ }
    open my $file, '<', "$ENV{GEMFILE}/VERSION" or die;
    chomp(my $version = <$file>);
    my $body = "$version of $ENV{GEMFILE}\n";
    print $client "HTTP/1.0 200 OK\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
}
1;
"#;

/// What npm leaves: a link in `node_modules/.bin`, and a cache beside it that knows where it was made.
const NODE: Kind = Kind {
    prepare: r#"run = ["mkdir -p node_modules/.bin node_modules/.cache && ln -s \"$PWD/server.js\" node_modules/.bin/server && echo \"$PWD\" >node_modules/.cache/root"]"#,
    program: "node_modules/.bin/server",
    artifact: |version| Tarball::new("app", version).program("server.js", NODE_SERVER),
};

const NODE_SERVER: &str = r#"#!/usr/bin/node
const fs = require('fs');
const root = fs.readFileSync(__dirname + '/node_modules/.cache/root', 'utf8').trim();
const version = fs.readFileSync(root + '/VERSION', 'utf8').trim();
require('http').createServer((_, answer) => answer.end(version + ' of ' + root + '\n')).listen(+process.argv[2], '127.0.0.1');
"#;

struct Two {
    fleet: Fleet,
}

impl Two {
    /// Two machines with an account and a system unit each, and sudo rules as they are printed.
    fn boot(kind: &Kind) -> Self {
        let machines = vec![HostSpec::new("h1").systemd(), HostSpec::new("h2").systemd().second_account()];
        let fleet = Fleet::serving(machines, "");
        let hosts: Vec<String> =
            fleet.world.hosts().iter().map(|host| format!("{}@{}", host.login().name, host.name())).collect();
        assert!(hosts[0] != hosts[1].replace("h2", "h1"), "two accounts: {hosts:?}");
        fleet.world.hosts_toml(&format!(
            "app = \"app\"\nkeep = 2\n[prepare]\n{}\n[service]\nsystemd = \"app.service\"\n[health]\n\
             command = 'wget -qO- \"http://127.0.0.1:$(cat port)/\"'\nexpect = \"{{version}}\"\ntimeout = \"20s\"\n\
             [targets.view]\nhosts = {hosts:?}\n",
            kind.prepare
        ));
        for host in fleet.world.hosts() {
            let (base, who) = (host.base().display(), &host.login().name);
            let unit =
                format!("ExecStart={base}/live/{} {}\nRestart=always\nRestartSec=100ms\n", kind.program, port(host));
            host.systemd().unit("app.service", &format!("[Service]\nUser={who}\nWorkingDirectory={base}/live\n{unit}"));
        }
        let two = Self { fleet };
        two.allow_what_setup_prints();
        two
    }

    fn allow_what_setup_prints(&self) {
        let setup = self.fleet.release(&["setup", "view"]).expect(0).stdout;
        for host in self.fleet.world.hosts() {
            let begins = format!(" on {}@{}:", host.login().name, host.name());
            let rules: String = setup
                .lines()
                .skip_while(|line| !(line.contains("visudo") && line.ends_with(&begins)))
                .skip(1)
                .take_while(|line| !line.is_empty())
                .map(|line| format!("{line}\n"))
                .collect();
            assert!(rules.starts_with(&format!("{} ", host.login().name)), "{setup}");
            let file = host.write("rules", &rules);
            let copy = ["cp", file.to_str().unwrap(), "/etc/sudoers.d/release-test"];
            Run::of(host.systemd().command(&copy)).ok();
        }
    }

    #[track_caller]
    fn deploy(&self, kind: &Kind, version: &str) {
        self.fleet.deploy_tarball(version, &(kind.artifact)(version)).expect(0);
        self.serve(version);
    }

    /// Both serve this version from where it lives.
    #[track_caller]
    fn serve(&self, version: &str) {
        for host in self.fleet.world.hosts() {
            let live = host.base().join(host.live().unwrap());
            let expected = format!("{version} of {}\n", live.display());
            eventually("the application answers", || get(port(host), "/").is_ok_and(|reply| reply.body == expected));
        }
    }
}

fn port(host: &Host) -> u16 {
    host.read("port").unwrap().trim().parse().unwrap()
}

fn lives_on_two_accounts(kind: &Kind) {
    if !systemd::possible() {
        return eprintln!("skipped: only root can boot a systemd in namespaces");
    }
    let two = Two::boot(kind);
    two.deploy(kind, "1.0");
    two.deploy(kind, "1.1");
    two.fleet.release(&["rollback", "view"]).expect(0);
    two.serve("1.0");
    two.deploy(kind, "1.2");
    two.deploy(kind, "1.3");
    two.deploy(kind, "1.4");
    two.fleet.release(&["prune", "view", "--keep", "1"]).expect(0);
    two.serve("1.4");
    for host in two.fleet.world.hosts() {
        let left: Vec<_> = host.releases().iter().map(|name| name.rsplit('-').next().unwrap().to_owned()).collect();
        assert_eq!(left, ["1.2", "1.3", "1.4"], "{}", host.name());
    }
    two.fleet.release(&["rollback", "view"]).expect(0);
    two.serve("1.3");
}

#[test]
fn python_in_a_virtual_environment_lives_on_two_accounts() {
    // gunicorn under a venv: "venv/bin/gunicorn: not found" wherever a release is moved after it was prepared.
    lives_on_two_accounts(&PYTHON);
}

#[test]
fn binstubs_with_whole_paths_live_on_two_accounts() {
    // Rails with `bundle binstubs`, whose first line and Gemfile are whole paths.
    lives_on_two_accounts(&BINSTUB);
}

#[test]
fn node_with_whole_links_lives_on_two_accounts() {
    // npm and pnpm link `node_modules/.bin` and note absolute paths in caches.
    lives_on_two_accounts(&NODE);
}
