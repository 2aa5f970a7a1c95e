//! The same bytes once more.

use std::fs;

use crate::support::{Fleet, Tarball};

/// A pipeline that is run again on the same commit, an operator who is not sure: nothing is restarted for it.
#[test]
fn what_is_live_already_is_told_and_nothing_is_changed() {
    let fleet = Fleet::files(&["h1", "h2"], "[activate]\nrun = ['echo run >>~/runs']\n");
    fleet.deploy("1.0").expect(0);
    let before = fleet.visible();
    let run = fleet.release(&["view", "1.0"]).expect(0);
    assert!(run.stderr.contains("nothing to do: 1.0 is already live on view"), "{}", run.stderr);
    assert!(run.stderr.contains("release view 1.0 --again"), "{}", run.stderr);
    let lines = fleet.release(&["view", "1.0", "--json"]).expect(0).json_lines();
    assert_eq!((lines.len(), lines[0]["event"].as_str(), lines[0]["exit"].as_u64()), (1, Some("ended"), Some(0)));
    let plan = fleet.release(&["plan", "view", "1.0"]).expect(0).stdout;
    assert!(plan.contains("already live") && !plan.contains("swap"), "{plan}");
    let plan = fleet.release(&["plan", "view", "1.0", "--json"]).expect(0).json();
    assert_eq!(plan["hosts"][0]["steps"].as_array().unwrap().len(), 0, "{plan}");
    fleet.assert_same(&before);
    fleet.release(&["view", "1.0", "--again"]).expect(0);
    assert_eq!(fleet.host().read("runs").unwrap(), "run\nrun\n");
    assert_eq!(fleet.host().releases().len(), 2);
}

/// One of two hosts was set up anew: the fleet does not serve it everywhere, so it is deployed.
#[test]
fn what_one_host_lacks_is_deployed() {
    let fleet = Fleet::files(&["h1", "h2"], "");
    fleet.deploy("1.0").expect(0);
    let lost = fleet.world.host("h2");
    fs::remove_file(lost.path("live")).unwrap();
    fleet.dist(&Tarball::new("app", "1.0"));
    fleet.release(&["view", "1.0"]).expect(0);
    fleet.assert_live("1.0");
}
