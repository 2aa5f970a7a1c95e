//! The ledger's lines, as a host that lies may have them.

use release::model::{History, Record};

/// A record can be written and read again; what follows from records is about releases that they name.
pub fn ledger(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let records: Vec<Record> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for record in &records {
        let written = serde_json::to_string(record).unwrap();
        assert!(!written.contains('\n'), "one line: {written}");
        assert_eq!(&serde_json::from_str::<Record>(&written).unwrap(), record);
    }
    let history = History::of(&records);
    let named = |id| records.iter().any(|record| record.release.as_ref() == Some(id));
    for id in history.live().into_iter().chain(history.before()).chain(history.next()).chain(history.good()) {
        assert!(named(id), "{id}");
    }
    assert!(history.live().is_none_or(|live| history.was_good(live)));
    assert!(history.before().all(|id| history.was_good(id)));
}
