//! How `shared/` and what is live stand to each other on a host.

/// What a look found of the shared paths, beyond whether they are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sharing {
    /// Paths by which the live release links to what is shared.
    pub linked: Vec<String>,
    /// Links at or above a shared path that lead nowhere: `shared/uploads: /mnt/uploads`.
    pub dangling: Vec<String>,
    /// Not there yet; in the live release the path leads out of it, and where.
    pub led: Vec<(String, String)>,
    /// Not there yet; in the live release the path is a link that leads nowhere.
    pub astray: Vec<String>,
    /// There; in the live release the path leads elsewhere, and where.
    pub other: Vec<(String, String)>,
    /// There; the live release has a directory of its own.
    pub apart: Vec<String>,
}
