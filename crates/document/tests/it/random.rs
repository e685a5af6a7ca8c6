//! A small seeded source of chance (SplitMix64): plain, quick, the same everywhere.

/// The seed of every run that isn't given another by `DOCUMENT_SEED`.
const SEED: u64 = 20_261_122;

pub struct Random(u64);

impl Random {
    /// A source whose seed is printed, so that a failure can be run again.
    pub fn announced(of: &str) -> Self {
        let seed = std::env::var("DOCUMENT_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(SEED);
        println!("{of}: DOCUMENT_SEED={seed}");
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap();
        low + i64::try_from(self.next() % span).unwrap()
    }

    pub fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[usize::try_from(self.next() % from.len() as u64).unwrap()]
    }

    /// True in one of `n` cases.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}
