//! Is there one database for all hosts of a target? The schema is upgraded once, on its primary.

use super::Seen;
use crate::model::DatabaseAt;
use crate::model::target::Target;

/// The hosts whose database is not the one that is upgraded, as far as files can tell: what a server's name leads to, and through
/// which proxies, nobody sees from outside. A host whose `[env]` has no such database does not matter.
pub fn apart<'a>(target: &Target, fleet: &[Seen<'a>]) -> Vec<(&'a str, String)> {
    let primary = fleet.iter().find(|(name, _)| target.is_primary(name));
    let Some((primary, Some(upgraded))) = primary.map(|(name, observed)| (name, &observed.database)) else {
        return Vec::new();
    };
    let shown = |at: &DatabaseAt| match at {
        DatabaseAt::File { shown, .. } => shown.clone(),
        DatabaseAt::Server => "a database server".into(),
    };
    let other = |at: &DatabaseAt| match (at, upgraded) {
        (DatabaseAt::File { place, .. }, DatabaseAt::File { place: upgraded, .. }) => place != upgraded,
        (DatabaseAt::Server, DatabaseAt::Server) => false,
        _ => true,
    };
    let hosts = fleet.iter().filter_map(|(name, observed)| Some((*name, observed.database.as_ref()?)));
    hosts
        .filter(|(_, at)| other(at))
        .map(|(name, at)| {
            let why = format!(
                "has a database of its own, {}, and the schema is upgraded on {primary} alone ({}); give each of them a \
                 target of its own, or all of them one database server",
                shown(at),
                shown(upgraded)
            );
            (name, why)
        })
        .collect()
}
