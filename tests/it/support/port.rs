//! Ports for servers that want a number.
//!
//! Below the range that the kernel hands out by itself, so that no client's own port can take one between the moment
//! it was found free and the moment its server binds it; counted on, so that no two tests of this process get the same.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u32 = 12_000;
const COUNT: u32 = 18_000;
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A free loopback port. Another process can still be quicker: servers try again with the next.
pub fn free() -> u16 {
    let start = std::process::id().wrapping_mul(131);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + start.wrapping_add(step) % COUNT).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port on loopback");
}

/// Whether something listens there.
pub fn answers(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}
