//! (stub until the room lands)
use crate::model::*;
use std::path::PathBuf;
#[allow(missing_docs)]
#[derive(Debug, Clone)]
pub struct Artifact {
    pub path: PathBuf,
    pub version: Version,
    pub digest: Digest,
    pub size: u64,
    pub unpacked: u64,
    pub entries: u64,
    pub commit: Option<String>,
    pub warnings: Vec<String>,
}
#[allow(missing_docs)]
pub fn reopen(artifact: &Artifact) -> Result<std::fs::File, Failure> {
    std::fs::File::open(&artifact.path).map_err(|e| Failure::refused("", e.to_string()))
}
