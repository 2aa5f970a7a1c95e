//! `release TARGET ARTIFACT` on two real hosts, with a real service on each.

use crate::support::{App, Mode, World};

/// Two hosts, each with its own application behind its own port.
fn fleet() -> (World, Vec<App>) {
    let world = World::new(&["h1", "h2"]);
    let apps: Vec<App> = world.hosts().iter().map(|host| App::install(host.base())).collect();
    for (host, app) in world.hosts().iter().zip(&apps) {
        host.write("port", app.port().to_string());
    }
    world.hosts_toml(
        r#"app = "app"
shared = ["uploads", "log"]

[service]
stop = "bin/stop"
start = "bin/start"

[health]
command = 'curl -sf "http://127.0.0.1:$(cat port)/"'
expect = "{version}"
timeout = "5s"

[targets.view]
hosts = ["h1", "h2"]
"#,
    );
    (world, apps)
}

#[test]
fn deploys_goes_back_and_says_so() {
    let (world, apps) = fleet();
    for version in ["1.0", "1.1"] {
        let artifact = App::artifact(version, Mode::Good).write(&world.project());
        let run = world.release(&["view", artifact.to_str().unwrap()]).expect(0);
        assert!(run.stderr.contains(&format!("{version} is live on view (2 hosts)")), "{}", run.stderr);
        for (host, app) in world.hosts().iter().zip(&apps) {
            assert_eq!(app.version().as_deref(), Some(version), "{}", host.name());
            assert!(host.live().unwrap().ends_with(version));
        }
    }
    world.release(&["rollback"]).expect(0);
    for (host, app) in world.hosts().iter().zip(&apps) {
        assert_eq!(app.version().as_deref(), Some("1.0"), "{}", host.name());
        assert_eq!(host.releases().len(), 2);
    }
    let status = world.release(&["status", "--json"]).expect(0).json();
    for host in status["targets"][0]["hosts"].as_array().unwrap() {
        assert_eq!(host["live"]["version"], "1.0");
        assert_eq!(host["live"]["deployed_by"].as_str().unwrap().split('@').next(), Some("operator"));
        assert!(host["lock"].is_null() && host["operation"].is_null() && host["maintenance"].is_null());
    }
}
