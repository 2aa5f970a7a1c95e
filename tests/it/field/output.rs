//! Output: what a person reads, on narrow terminals and in plain ASCII too.
