//! The maintenance flag, by hand and in a deploy, with the web server that looks for it.

use crate::support::{Fleet, HostSpec, Mode, Nginx, SERVICE, Serves, State, eventually, get};

const FLAGS: &str = r#"
[maintenance]
flag = "ddgc_web_maintenance"
long_flag = "ddgc_web_maintenance_long"
"#;

fn fleet(when: &str) -> (Fleet, Nginx) {
    // The health check runs behind the web server's back, and holds until somebody says go.
    let held = SERVICE.replace("'wget", "'test ! -e ~/hold || exit 1; wget").replace("5s", "20s");
    let fleet = Fleet::serving(vec![HostSpec::new("h1")], &format!("{FLAGS}when = '{when}'\n{held}"));
    let nginx = Nginx::start(&fleet.world.root().join("nginx"), fleet.host().base(), Serves::App(fleet.app().port()));
    (fleet, nginx)
}

fn page(nginx: &Nginx) -> (u16, String) {
    get(nginx.port(), "/").map(|reply| (reply.status, reply.body.trim().to_owned())).unwrap()
}

#[test]
fn by_hand() {
    let (fleet, nginx) = fleet("never");
    fleet.deploy_app("1", Mode::Good).expect(0);
    assert_eq!(page(&nginx), (200, "1".into()));
    fleet.release(&["maintenance", "on", "view", "-m", "moving the database"]).expect(0);
    assert_eq!(page(&nginx), (503, "down for maintenance".into()));
    let status = fleet.release(&["status", "--json"]).expect(0).json();
    let raised = &status["targets"][0]["hosts"][0]["maintenance"];
    assert!(raised["by"].as_str().unwrap().contains("moving the database"), "{status}");
    assert!(fleet.release(&["status"]).expect(0).stdout.contains("maintenance"));
    // A deploy meanwhile leaves it as it found it.
    fleet.deploy_app("2", Mode::Good).expect(0);
    assert_eq!(page(&nginx).0, 503);
    fleet.release(&["maintenance", "off", "view"]).expect(0);
    assert_eq!(page(&nginx), (200, "2".into()));
    fleet.release(&["maintenance", "on", "view", "--long"]).expect(0);
    assert_eq!(page(&nginx), (503, "down for long".into()));
    fleet.release(&["maintenance", "off", "view", "--long"]).expect(0);
    assert_eq!(page(&nginx).0, 200);
    fleet.release(&["maintenance", "off", "view"]).expect(0);
    let log = fleet.release(&["log", "--json"]).expect(0).json();
    let said = |entry: &serde_json::Value| entry["record"]["message"] == "moving the database";
    assert!(log["operations"].as_array().unwrap().iter().any(said));
    fleet.toml("");
    let run = fleet.release(&["maintenance", "on", "view"]).expect(2);
    assert!(run.stderr.contains("[maintenance]"), "{}", run.stderr);
}

#[test]
fn always_means_while_it_is_switched_and_proven() {
    let (fleet, nginx) = fleet("always");
    fleet.deploy_app("1", Mode::Good).expect(0);
    assert_eq!(page(&nginx), (200, "1".into()));
    for (version, mode, code, after) in [("2", Mode::Good, 0, "2"), ("3", Mode::Crash, 5, "2")] {
        let hold = fleet.host().write("hold", "");
        if code == 5 {
            fleet.toml(&format!("{FLAGS}when = 'always'\n{}", SERVICE.replace("5s", "1s")));
        }
        fleet.dist(&crate::support::App::artifact(version, mode));
        let client = fleet.world.release_bg(&["view", version]);
        eventually("the flag is up", || page(&nginx) == (503, "down for maintenance".into()));
        std::fs::remove_file(hold).unwrap();
        client.finish(std::time::Duration::from_secs(20)).expect(code);
        assert_eq!(page(&nginx), (200, after.into()));
        assert!(!fleet.host().path("ddgc_web_maintenance").exists());
    }
}

#[test]
fn a_flag_that_an_operator_put_there_stays() {
    let (fleet, nginx) = fleet("always");
    fleet.deploy_app("1", Mode::Good).expect(0);
    fleet.deploy_app("2", Mode::Good).expect(0);
    fleet.host().write("ddgc_web_maintenance", "by hand: new disks\n");
    let flag = || State::of(fleet.host().base()).only(&["ddgc_web_maintenance"]);
    let before = flag();
    fleet.deploy_app("3", Mode::Good).expect(0);
    fleet.deploy_app("4", Mode::Crash).expect(5);
    fleet.release(&["rollback"]).expect(0);
    before.assert_same(&flag());
    assert_eq!(page(&nginx).0, 503);
    fleet.assert_live("2");
}
