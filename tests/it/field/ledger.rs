//! Maintenance, locks and the ledger, as people use them.
