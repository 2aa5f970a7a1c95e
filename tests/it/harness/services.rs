//! The application and the web server in front of it.

use std::time::Duration;

use crate::support::{App, Hammer, Host, Mode, Nginx, Serves, World, eventually, get, wait_until};

fn release(host: &Host, version: &str, mode: Mode) {
    App::artifact(version, mode).unpack(&host.path(version));
    let next = host.path("next");
    std::os::unix::fs::symlink(version, &next).unwrap();
    std::fs::rename(next, host.path("live")).unwrap();
}

#[test]
fn the_application_answers_the_version_that_it_was_started_with() {
    let world = World::new(&["h1"]);
    let host = world.host("h1");
    let app = App::install(host.base());
    release(host, "1.0", Mode::Good);
    world.ssh("h1", "bin/start").ok();
    eventually("1.0 answers", || app.version().as_deref() == Some("1.0"));
    let pid = app.pid();

    release(host, "2.0", Mode::Good);
    assert_eq!(app.version().as_deref(), Some("1.0"), "nobody restarted it");
    assert_eq!(get(app.port(), "/page").unwrap().body, "page of 1.0\n", "its directory is the old one");
    world.ssh("h1", "bin/stop && bin/stop && bin/start").ok();
    eventually("2.0 answers", || app.version().as_deref() == Some("2.0"));
    assert_ne!(app.pid(), pid);
    app.stop();
    assert_eq!(app.version(), None);
}

#[test]
fn a_bad_release_is_bad_in_the_way_that_it_says() {
    let world = World::new(&["h1"]);
    let host = world.host("h1");
    let app = App::install(host.base());
    let restart = |version: &str, mode: Mode| {
        release(host, version, mode);
        app.stop();
        app.start();
    };
    let answers = |x: &str| wait_until(Duration::from_secs(3), || app.version().as_deref() == Some(x));
    restart("1", Mode::Wrong);
    assert!(answers("another"));
    restart("2", Mode::Slow(0.3));
    assert!(app.version().is_none() && answers("2"));
    restart("3", Mode::Flap(0.3));
    assert!(answers("3") && wait_until(Duration::from_secs(3), || app.version().is_none()));
    restart("4", Mode::Error);
    eventually("an error is answered", || get(app.port(), "/").is_ok_and(|r| r.status == 500));
    restart("5", Mode::Crash);
    assert!(!wait_until(Duration::from_millis(300), || app.version().is_some()));
    assert!(host.read("app.log").unwrap().contains("crashing, as MODE says"));
}

#[test]
fn nginx_answers_503_and_a_page_of_its_own_while_the_flag_is_up() {
    let world = World::new(&["h1"]);
    let host = world.host("h1");
    let app = App::install(host.base());
    release(host, "1.0", Mode::Good);
    app.start();
    eventually("1.0 answers", || app.version().is_some());
    let nginx = Nginx::start(&world.root().join("nginx"), host.base(), Serves::App(app.port()));
    let files = Nginx::start(&world.root().join("nginx-files"), host.base(), Serves::Files);
    let ask = |n: &Nginx, path: &str| get(n.port(), path).map(|r| (r.status, r.body)).unwrap();

    assert_eq!(ask(&nginx, "/"), (200, "1.0\n".into()));
    assert_eq!(ask(&files, "/page"), (200, "page of 1.0".into()));
    let users = Hammer::http(nginx.port(), "/", 2);
    users.await_more(10);
    world.ssh("h1", "touch ddgc_web_maintenance").ok();
    assert_eq!(ask(&nginx, "/"), (503, "down for maintenance\n".into()));
    assert_eq!(ask(&files, "/page").0, 503);
    users.await_more(10);
    world.ssh("h1", "mv ddgc_web_maintenance ddgc_web_maintenance_long").ok();
    assert_eq!(ask(&nginx, "/"), (503, "down for long\n".into()));
    world.ssh("h1", "rm ddgc_web_maintenance_long").ok();
    users.await_more(10);
    let tally = users.stop();
    assert!(tally.good["1.0"] >= 20 && tally.bad("503") >= 10 && tally.bad.len() == 1, "{tally:?}");
    app.stop();
    assert_eq!(ask(&nginx, "/").0, 502);
}
