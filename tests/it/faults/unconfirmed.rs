//! A confirmation that one of several hosts never got: the hosts differ, that is said, and there is a way on.

use super::site::{Site, UNDONE, journal};
use crate::support::{Background, HostSpec, eventually};

/// h2 is confirmed and h1 can't be told: its line dies while both are healthy.
fn half_confirmed() -> (Site, Background) {
    let site = Site::new(vec![HostSpec::new("h1").relay(), HostSpec::new("h2")]);
    let (h1, h2) = (site.world.host("h1"), site.world.host("h2"));
    site.hold("health");
    let client = site.deploy();
    for host in [h1, h2] {
        eventually("both start", || host.path("reached-health").exists());
    }
    // h1 is healthy first, and can say so but no longer hear.
    h1.relay().freeze_up();
    let _ = std::fs::remove_file(h1.path("hold-health"));
    // The step behind the health check is the wait.
    let done = journal(h1).matches(" ok ").count();
    eventually("h1 waits for the confirmation", || journal(h1).matches(" ok ").count() > done);
    let _ = std::fs::remove_file(h2.path("hold-health"));
    (site, client)
}

#[test]
fn it_is_told_and_mended() {
    let (site, client) = half_confirmed();
    let (h1, h2) = (site.world.host("h1"), site.world.host("h2"));
    eventually("h2 is confirmed", || journal(h2).contains(" confirmed"));
    h1.relay().refuse(true);
    h1.relay().cut();
    let run = client.finish(UNDONE * 2);
    assert_eq!(run.code, 4, "{}\n{}", run.stdout, site.journals());
    assert!(run.stdout.contains("h2 done") && run.stdout.contains("h1 unknown"), "{}", run.stdout);
    h1.relay().refuse(false);
    h1.relay().thaw();
    site.await_rest();
    assert!(h1.live().unwrap().ends_with("-1.0") && h2.live().unwrap().ends_with("-1.1"), "{}", site.journals());

    let run = site.world.release(&["recover", "view"]).expect(4);
    assert!(run.stdout.contains("1.0") && run.stderr.contains("release view 1.1"), "{}{}", run.stdout, run.stderr);
    let run = site.world.release(&["view", "app-1.1.tar.gz"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stderr, site.journals());
    site.assert_all("1.1");
    let run = site.world.release(&["recover", "view"]).expect(0);
    assert!(run.stdout.contains("nothing to recover"), "{}", run.stdout);
}
