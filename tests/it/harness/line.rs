//! The line between operator and host.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Background, HostSpec, Relay, World, eventually, wait_until};

fn far() -> World {
    World::of(vec![HostSpec::new("far").relay()])
}

#[test]
fn a_slow_line_takes_its_time_each_way_and_counts() {
    let echo = TcpListener::bind("127.0.0.1:0").unwrap();
    let relay = Relay::to(echo.local_addr().unwrap().port());
    let mut here = TcpStream::connect(("127.0.0.1", relay.port())).unwrap();
    let (mut there, _) = echo.accept().unwrap();
    relay.delay(Duration::from_millis(50));
    let began = Instant::now();
    let mut word = [0; 4];
    for _ in 0..2 {
        here.write_all(b"ping").unwrap();
        there.read_exact(&mut word).unwrap();
        there.write_all(&word).unwrap();
        here.read_exact(&mut word).unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    assert_eq!((&word, relay.connections(), relay.up(), relay.down()), (b"ping", 1, 8, 8));
}

#[test]
fn an_upload_can_trickle_be_frozen_and_be_cut() {
    let world = far();
    let relay = world.host("far").relay();
    relay.trickle(1_000_000); // sshd throws away what it has not given on when the line is cut
    relay.cut_after(300_000);
    let file = world.write("big", vec![7; 2_000_000]);
    let upload = || std::fs::File::open(&file).unwrap().into();
    let send = || Background::start(world.ssh_command("far", &["cat >got"]), upload());
    let got = || std::fs::metadata(world.host("far").path("got")).map_or(0, |m| m.len());

    assert_eq!(send().finish(Duration::from_secs(10)).code, 255);
    eventually("the host notices", || relay.open() == 0);
    eventually("what went through arrives", || got() > 100_000);
    assert!(got() < 310_000, "cut in the middle: {}", got());

    relay.trickle(400_000);
    let mut sending = send();
    eventually("some of it arrives", || (50_000..300_000).contains(&got()));
    relay.freeze();
    std::thread::sleep(Duration::from_millis(100)); // what the kernels had already taken
    let before = got();
    assert!(!wait_until(Duration::from_millis(300), || got() > before), "frozen");
    assert!(sending.is_running(), "and nobody was told");
    relay.trickle(0);
    relay.thaw();
    sending.finish(Duration::from_secs(10)).ok();
    assert_eq!(got(), 2_000_000);
}

#[test]
fn a_cut_ends_the_client_and_a_refusing_line_lets_nobody_in() {
    let world = far();
    let relay = world.host("far").relay();
    let session = Background::start(world.ssh_command("far", &["touch began; sleep 30"]), Stdio::null());
    eventually("the command runs", || world.host("far").path("began").exists());
    relay.cut();
    assert_eq!(session.finish(Duration::from_secs(5)).code, 255);
    relay.refuse(true);
    assert_eq!(world.ssh("far", "true").code, 255);
    relay.refuse(false);
    world.ssh("far", "true").ok();
}
