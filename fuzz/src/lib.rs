//! What must hold of each parser, whatever the bytes: more than that none of them panics.
//!
//! One function a fuzz target. The fuzzer calls them with bytes that it makes up, and every run of the tests with the
//! bytes in `corpus/`, which are what the fuzzer found worth keeping (`tests/it/campaign/fuzz.rs`).

mod archive;
mod config;
mod journal;
mod ledger;
mod look;
mod message;
mod name;
mod sql;
mod text;

pub use archive::archive;
pub use config::{config, value};
pub use journal::journal;
pub use ledger::ledger;
pub use look::look;
pub use message::message;
pub use name::name;
pub use sql::sql;
pub use text::text;

/// A line that goes to a host: words of the small alphabet that no shell and no `read` changes.
#[track_caller]
fn on_the_wire(lines: &str) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_./:@%+=,-\\ \n".contains(&b);
    assert!(lines.bytes().all(plain), "{lines:?}");
}
