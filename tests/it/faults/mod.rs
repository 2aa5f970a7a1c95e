//! What breaks in the middle of a deploy: clients, lines, supervisors, disks. Whatever it was, a host ends by itself on
//! a whole release, and says the truth about it.

mod clients;
mod ctrl_c;
mod lease;
mod line;
mod operators;
mod power;
mod recoverers;
pub mod site;
mod supervisor;
mod sync;
mod unconfirmed;
mod unnoted;
mod unwritten;
mod upload;
