//! Archives: what one reader of tar judges, every other must obey (pax records, global headers, numbers).
