//! Faults that were seen in other people's worlds: one file a kind, and in each test a line that says where it comes from.

mod adoption;
mod apps;
mod archive;
mod bounded;
mod ci;
mod dead_hosts;
mod final_path;
mod guesses;
mod health;
mod identity;
mod kept_files;
mod lease;
mod ledger;
mod links;
mod output;
mod preflight;
mod prune;
mod secrets;
mod successor;
