//! Maintenance, locks and the ledger, as people use them.

mod by_hand;
mod closed;
mod cut;
mod damaged;
mod said;
mod whole;
