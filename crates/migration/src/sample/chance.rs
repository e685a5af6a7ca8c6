//! Chance that is a function of where it is asked for: the same record of the same seed is the same, whichever was made
//! before it. So nothing has to be remembered of an export of any size.

/// A row of drawings (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

/// What is drawn, so that the drawings of one kind say nothing of those of another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    Fault = 1,
    Person,
    Sale,
    Points,
    Voucher,
}

impl Chance {
    /// The drawings for one record.
    pub(super) fn of(seed: u64, what: Of, index: u64) -> Self {
        let mut mixed = Self(seed ^ (what as u64).wrapping_mul(0xd6e8_feb8_6659_fd93));
        let base = mixed.next();
        Self(base ^ index.wrapping_mul(0xa076_1d64_78bd_642f))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another one that isn't zero.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let scaled = u128::from(self.next()) * u128::from(end);
        u64::try_from(scaled >> 64).expect("the upper half of a product of 64 bits each has 64")
    }

    /// Whether something happens that happens once in so many times.
    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub(super) fn pick<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        let at = self.below(among.len() as u64);
        &among[usize::try_from(at).expect("an index")]
    }
}
