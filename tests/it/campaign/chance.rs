//! Chance from a seed: a trial that went wrong is run again by its number.

use std::cell::Cell;

/// SplitMix64.
pub struct Chance(Cell<u64>);

impl Chance {
    pub fn new(seed: usize) -> Self {
        Self(Cell::new(seed as u64))
    }

    /// A number from 0 to `n - 1`.
    pub fn below(&self, n: usize) -> usize {
        let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % n as u64) as usize
    }

    /// One of these.
    pub fn of<T: Copy>(&self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// True so many times in a thousand.
    pub fn in_1000(&self, times: usize) -> bool {
        times > 0 && self.below(1000) < times
    }
}
