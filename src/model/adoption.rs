//! The steps of `release adopt`, and what a look says of a directory that could be adopted.

/// One step of an adoption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adoption {
    /// Gives what a link leads to a name among the releases.
    Name {
        /// The link, directly in the base.
        from: String,
    },
    /// Sees whether two names can change places on this host.
    Try {
        /// It is no reason against it if they can't.
        gap: bool,
    },
    /// A real directory becomes a release, and a link to it stands in its place.
    Exchange {
        /// It may be missing for a moment, where it can't be done at once.
        gap: bool,
    },
    /// Another link to what is live leads to `live` from now on.
    Follow {
        /// The link, directly in the base.
        name: String,
        /// Its text until now.
        was: String,
    },
    /// The releases are found by another name.
    Releases {
        /// What their directory is called until now.
        old: String,
    },
    /// The base knows whose it is.
    Identity {
        /// `app, releases, live`.
        names: String,
    },
}

impl Adoption {
    /// The step's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Name { .. } => "adopt_name",
            Self::Try { .. } => "adopt_try",
            Self::Exchange { .. } => "adopt_exchange",
            Self::Follow { .. } => "adopt_follow",
            Self::Releases { .. } => "adopt_releases",
            Self::Identity { .. } => "adopt_identity",
        }
    }

    /// The step in a plan that is shown to people.
    pub fn describe(&self) -> String {
        match self {
            Self::Name { from } => format!("name what {from} leads to as a release, where it stands"),
            Self::Try { gap: false } => "see that two names can change places at once".into(),
            Self::Try { gap: true } => "see whether two names can change places at once".into(),
            Self::Exchange { gap: false } => {
                "make the directory a release and `live` a link to it, in one rename: nothing is ever missing".into()
            }
            Self::Exchange { gap: true } => {
                "make the directory a release and `live` a link to it: in one rename, else it is missing for the time of two".into()
            }
            Self::Follow { name, was } => format!("let {name} lead to `live` (until now: {was}), so that it follows"),
            Self::Releases { old } => format!("find the releases of {old} by their new name, by a link"),
            Self::Identity { names } => format!("note whose base it is: {names}"),
        }
    }
}

/// A link or directory of the base that something is served by, and that names no release of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoptable {
    /// Its name in the base.
    pub name: String,
    /// The link's text; `None`: it is a real directory.
    pub text: Option<String>,
    /// Where it leads, with no link in it.
    pub path: String,
    /// When that directory was last changed, in seconds since 1970.
    pub changed: i64,
    /// How many other directories lie beside it that are no releases of ours.
    pub others: u64,
    /// The commit that a REVISION file there names.
    pub revision: Option<String>,
}

impl Adoptable {
    /// One of this name, of which nothing else is known yet.
    pub fn called(name: &str) -> Self {
        Self { name: name.into(), text: None, path: String::new(), changed: 0, others: 0, revision: None }
    }

    /// What the directory is called.
    pub fn directory(&self) -> &str {
        self.path.rsplit_once('/').map_or(self.path.as_str(), |(_, name)| name)
    }
}
