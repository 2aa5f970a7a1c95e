//! Chance from a seed: the whole of a history follows from one number.

use std::cell::Cell;

/// SplitMix64.
pub struct Chance(Cell<u64>);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `n - 1`.
    pub fn below(&self, n: usize) -> usize {
        // Multiplied instead of divided: this is asked more often than anything else.
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// True so many times in a thousand.
    pub fn in_1000(&self, times: usize) -> bool {
        times > 0 && self.below(1000) < times
    }
}
