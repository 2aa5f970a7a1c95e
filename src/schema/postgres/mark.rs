//! A wanted text that the database has come to already: then nothing has to be loaded to know that there is nothing to do.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::catalog::fingerprint;
use super::info::Live;
use crate::schema::{Request, Wanted};

/// What stands for a wanted text in the ledger, together with all that says what it means. `None`: there is no text.
pub fn of(live: &Live, request: &Request<'_>) -> Option<String> {
    let Wanted::Text { text, .. } = request.wanted else { return None };
    let about = &live.about;
    let meant = [&about["version"], &about["user"], &about["path"], &about["extensions"]];
    let mut hash = Sha256::new();
    for part in meant {
        hash.update(format!("{part}\n"));
    }
    hash.update(text);
    Some(hash.finalize().iter().fold(String::new(), |mut mark, byte| {
        let _ = write!(mark, "{byte:02x}");
        mark
    }))
}

/// The mark of the text that the live schema came from. A schema that somebody has changed since came from none.
pub fn last(live: &Live) -> Option<&str> {
    let same = live.ledger["to"].as_str() == Some(fingerprint(&live.catalog.hashes()).as_str());
    live.ledger["wanted"].as_str().filter(|_| same)
}
