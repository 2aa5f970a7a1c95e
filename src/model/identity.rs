//! Whose a base is, and by which names it goes.

use super::Target;

/// The application of a base, its directory of releases and its link in service: `.release/identity` on the host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The application.
    pub app: String,
    /// The directory of the releases.
    pub releases: String,
    /// The link in service.
    pub live: String,
}

impl Identity {
    /// As hosts.toml has it.
    pub fn of(target: &Target) -> Self {
        Self { app: target.app.clone(), releases: target.releases.clone(), live: target.live.clone() }
    }

    /// What is called otherwise in another one: each key, its value here and there.
    pub fn differences<'a>(&'a self, other: &'a Self) -> Vec<(&'static str, &'a str, &'a str)> {
        let all = [
            ("app", self.app.as_str(), other.app.as_str()),
            ("releases", &self.releases, &other.releases),
            ("live", &self.live, &other.live),
        ];
        all.into_iter().filter(|(_, here, there)| here != there).collect()
    }
}
