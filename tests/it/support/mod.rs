//! What tests stand on: real `sshd`s, a real web server, a real application, a real systemd, and the real binary.
//!
//! Nothing here is shared between tests but the keys: every [`World`] is a directory, and everything that was started
//! in it ends with it. Nothing waits for ever.
#![allow(dead_code, unused_imports)] // A toolbox: a tool is here before the test that takes it.

mod app;
mod background;
pub mod crash;
mod fleet;
mod hammer;
mod host;
mod http;
mod keys;
mod login;
mod loopfs;
mod mount;
mod nginx;
mod pgdump;
mod port;
mod postgres;
mod process;
mod psql;
mod rawtar;
mod relay;
mod repo;
mod run;
mod smallfs;
mod sshd;
mod state;
pub mod systemd;
mod tarball;
mod userland;
mod wait;
mod world;

pub use app::{App, Mode};
pub use background::Background;
pub use fleet::{Fleet, SERVICE, version_of};
pub use hammer::{Hammer, Tally};
pub use host::{Host, HostSpec};
pub use http::{Reply, get};
pub use keys::generate as key_pair;
pub use login::{Login, is_root, mode};
pub use loopfs::{FileSystem, LoopFs};
pub use mount::Mount;
pub use nginx::{Nginx, Serves};
pub use pgdump::Dump;
pub use postgres::{Postgres, program as postgres_program};
pub use process::{Owned, belonging_to, descendants, end_all, is_called, is_running, signal};
pub use psql::Psql;
pub use rawtar::{RawEntry, raw_tar};
pub use relay::Relay;
pub use repo::Repo;
pub use run::Run;
pub use smallfs::{Room, SmallFs};
pub use sshd::Sshd;
pub use state::{State, files_with};
pub use tarball::Tarball;
pub use userland::{LoginShell, Userland};
pub use wait::{eventually, wait_until};
pub use world::World;
