//! No silent guess: tags, tarballs, shallow clones, sparse checkouts, `[env]` files, the same version again.

mod again;
mod clean;
mod env;
mod git;
mod nowhere;
mod shared;
