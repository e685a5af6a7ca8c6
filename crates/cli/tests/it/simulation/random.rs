//! Chance, all of it from one seed. SplitMix64: every seed is a good one, and it needs no crate.

use std::time::Duration;

/// A sequence of numbers that follows from its seed.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(super) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// From 0 to one less than `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.word() % end.max(1) as u64) as usize
    }

    /// Both ends included.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.word() % (most - least + 1)
    }

    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.word().is_multiple_of(n)
    }

    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.word() % 100 < percent
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub(super) fn micros(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_micros(self.between(least, most))
    }

    pub(super) fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.between(least, most))
    }

    /// A duration of which the order of magnitude is chance too: from `least_ms` up to it doubled `doublings` times.
    pub(super) fn stretch(&mut self, least_ms: u64, doublings: u64) -> Duration {
        let base = least_ms << self.between(0, doublings);
        self.millis(base / 2 + 1, base)
    }

    /// A jitter for the core.
    pub(super) fn jitter(&mut self) -> f64 {
        self.pick(&[0.0, 0.2, 0.5, 0.8, 1.0])
    }
}
