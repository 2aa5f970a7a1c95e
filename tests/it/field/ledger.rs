//! Maintenance, locks and the ledger, as people use them.

mod cut;
mod said;
mod whole;
