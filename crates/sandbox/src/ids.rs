//! Ids made from the seed: GUIDs as Engage gives them, without any chance of the host's.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A sequence of ids; the state is all there is to it. SplitMix64: every seed is a good one, and it needs no crate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) fn from_seed(seed: u64) -> Ids {
        Ids(seed)
    }

    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub(crate) fn next(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.word().to_be_bytes());
        bytes[8..].copy_from_slice(&self.word().to_be_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}
