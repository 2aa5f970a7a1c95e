//! What a host says when it is looked at, and every plan that could come of it.

use std::path::Path;
use std::sync::LazyLock;

use release::agent::{answers, wire};
use release::artifact::{Artifact, FileIdentity};
use release::config;
use release::model::{Digest, Failure, Observed, Plan, Target};
use release::plan::{self, Allowances, Destination, Operator, Simple};

const HOSTS: &str = r#"
app = "app"
env.files = ["~/env"]
shared = ["log"]
[maintenance]
flag = "down"
[service]
systemd = "app.service"
[health]
url = "http://127.0.0.1:80/"
expect = "{version}"
[activate]
clear = ["cache"]
[targets.t]
hosts = ["h"]
"#;

/// Whatever a host answers: each plan is refused, or is one that can be handed over.
pub fn look(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut seen = Observed::default();
    text.lines().for_each(|line| answers::take_up(&mut seen, line));
    let lines = text.lines().count();
    assert!(seen.releases.len() + seen.ledger.len() + seen.complaints.len() + seen.open.len() <= lines);
    let target = &*TARGET;
    let fleet = [("h", &seen)];
    let who = operator();
    sound(plan::deploy(target, &artifact(), Some("$(id)".into()), &fleet, &who, &Allowances::default(), None));
    for destination in [Destination::Steps(1), Destination::Version("1.0".parse().unwrap())] {
        if let Ok(release) = plan::back_to(target, &destination, &fleet) {
            assert!(seen.has(&release), "back to what is not there");
            sound(plan::switch("rollback", target, &release, &fleet, &who, None));
        }
    }
    if let Ok(release) = plan::forward_to(target, &fleet) {
        assert!(seen.has(&release), "forward to what is not there");
        sound(plan::switch("forward", target, &release, &fleet, &who, None));
    }
    let old = plan::expendable(&seen, &target.releases, 2, None);
    let live = seen.live_release(&target.releases);
    assert!(old.iter().all(|id| seen.has(id) && Some(id) != live.as_ref()), "would prune what it must not");
    for what in [Simple::Prune(vec![old]), Simple::Lock, Simple::MaintenanceOn { long: false }, Simple::Setup(None)] {
        sound(plan::simple(target, &what, &fleet, &who));
    }
}

fn sound(plan: Result<Plan, Failure>) {
    match plan {
        Ok(plan) => plan.hosts.iter().for_each(|host| {
            let lines = wire::plan_lines(host);
            let (records, words): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.starts_with("record "));
            words.iter().for_each(|line| super::on_the_wire(line));
            for record in records {
                let members = record.strip_prefix("record ").unwrap();
                assert!(!members.contains('\n'), "{members:?}");
                serde_json::from_str::<serde_json::Value>(&format!("{{{members}}}")).unwrap();
            }
        }),
        Err(failure) => assert!(!failure.what.is_empty() && matches!(failure.exit.code(), 2 | 3 | 75), "{failure:?}"),
    }
}

/// Read once: it takes longer than all the rest.
static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let dir = Path::new("/home/me/site");
    config::parse(HOSTS, &dir.join("hosts.toml"), dir).unwrap().targets.remove(0)
});

fn operator() -> Operator {
    Operator {
        who: "ann@laptop".into(),
        now: jiff::Timestamp::from_second(1_392_723_903).unwrap(),
        salt: "k3x9".into(),
        message: Some("why\n$(not)".into()),
        without: Vec::new(),
    }
}

fn artifact() -> Artifact {
    Artifact {
        path: "app-1.0.tar.gz".into(),
        version: "1.0".parse().unwrap(),
        digest: Digest::of(b"x"),
        size: 1000,
        unpacked: 4000,
        entries: 3,
        commit: None,
        warnings: Vec::new(),
        symlinks: Vec::new(),
        limits: release::artifact::Limits::default(),
        signed_by: None,
        promoted_from: None,
        identity: FileIdentity { dev: 1, ino: 2, size: 1000, mtime_ns: 0 },
    }
}
