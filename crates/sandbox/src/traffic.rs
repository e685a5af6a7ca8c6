//! How fast each key calls: the limit, and the busiest second there was.
//!
//! The window is a sliding second of the *host's* time. The world's may be frozen, and a limit that never opened again
//! would make a frozen world useless. A request that is refused does not count against those that follow.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How many requests a second are recommended at most (fact B-13).
const RECOMMENDED_PER_SECOND: usize = 50;
/// How many keys are watched; beyond that, the least lately used is forgotten.
const KEYS_MAX: usize = 100;

const WINDOW: SignedDuration = SignedDuration::from_secs(1);

/// Requests by key, as fingerprints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Traffic {
    keys: BTreeMap<String, Window>,
    busiest_second: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Window {
    last: Timestamp,
    taken: VecDeque<Timestamp>,
}

/// Whether a request is within its key's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    Within,
    /// Within the limit, above what is recommended.
    Fast,
    Above,
}

impl Traffic {
    pub(crate) fn arrive(&mut self, key: &str, limit: u32, now: Timestamp) -> Pass {
        if !self.keys.contains_key(key) {
            self.make_room();
            self.keys.insert(key.to_owned(), Window::default());
        }
        let Some(window) = self.keys.get_mut(key) else { return Pass::Within };
        window.last = now;
        while window.taken.front().is_some_and(|then| now.duration_since(*then) >= WINDOW) {
            window.taken.pop_front();
        }
        if window.taken.len() >= limit as usize {
            return Pass::Above;
        }
        window.taken.push_back(now);
        self.busiest_second = self.busiest_second.max(window.taken.len());
        if window.taken.len() >= RECOMMENDED_PER_SECOND { Pass::Fast } else { Pass::Within }
    }

    fn make_room(&mut self) {
        if self.keys.len() < KEYS_MAX {
            return;
        }
        let oldest = self.keys.iter().min_by_key(|(_, window)| window.last).map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.keys.remove(&key);
        }
    }

    /// The most requests of one key that were taken within any one second.
    pub(crate) fn busiest_second(&self) -> usize {
        self.busiest_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides() {
        let mut traffic = Traffic::default();
        let at = |ms: i64| Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap();
        for ms in [0, 400, 800] {
            assert_eq!(traffic.arrive("key", 3, at(ms)), Pass::Within, "{ms}");
        }
        assert_eq!(traffic.arrive("key", 3, at(999)), Pass::Above);
        assert_eq!(traffic.arrive("other", 3, at(999)), Pass::Within, "counted per key");
        assert_eq!(traffic.arrive("key", 3, at(1_000)), Pass::Within, "the first one is a second old");
        assert_eq!(traffic.arrive("key", 3, at(1_399)), Pass::Above);
        assert_eq!(traffic.busiest_second(), 3);
    }
}
