//! `inspect` from the outside: what it refuses and in which words, and that it accepts what real tools write.

mod accepted;
mod bombs;
mod compressed;
mod differential;
mod files;
mod headers;
mod layout;
mod links;
mod properties;
mod tools;
