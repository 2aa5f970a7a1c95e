//! The connection: what is left of it when a command is over.

use crate::support::{Tarball, World, belonging_to, is_called};

#[test]
fn no_ssh_stays_behind() {
    let world = World::new(&["h1", "h2"]);
    world.target("view");
    let artifact = Tarball::new("app", "1.0").file("f", "x").write(&world.project());
    for args in [&["view", artifact.to_str().unwrap()][..], &["status"], &["log"], &["lock", "view"], &["check"]] {
        world.release(args).expect(0);
        let masters: Vec<u32> = belonging_to(world.root()).into_iter().filter(|pid| is_called(*pid, "ssh")).collect();
        assert!(masters.is_empty(), "{args:?} left {masters:?}");
        if args[0] == "lock" {
            world.release(&["unlock", "view"]).expect(0);
        }
    }
}
