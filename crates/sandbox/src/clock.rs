//! The world's clock: the host's time and an offset, or frozen. It is moved forward by hand and never runs back.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far one act may move the clock, in seconds: about 30 years.
pub(crate) const ADVANCE_SECONDS_MAX: u32 = 1_000_000_000;

/// Where a world's time comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Clock {
    Running { offset: SignedDuration },
    Frozen { at: Timestamp },
}

impl Clock {
    pub(crate) fn new() -> Clock {
        Clock::Running { offset: SignedDuration::ZERO }
    }

    /// The world's time at the host's time `now`. What cannot be represented stops at the calendar's end.
    pub(crate) fn read(&self, now: Timestamp) -> Timestamp {
        match *self {
            Clock::Running { offset } => now.saturating_add(offset).unwrap_or(Timestamp::MAX),
            Clock::Frozen { at } => at,
        }
    }

    /// The host's time at which the world's time will be `due`; none while the clock is frozen.
    pub(crate) fn host_time_of(&self, due: Timestamp) -> Option<Timestamp> {
        match *self {
            Clock::Running { offset } => Some(due.saturating_sub(offset).unwrap_or(Timestamp::MAX)),
            Clock::Frozen { .. } => None,
        }
    }

    /// The clock that stands at `at`.
    pub(crate) fn frozen(at: Timestamp) -> Clock {
        Clock::Frozen { at }
    }

    /// The clock that reads `at` at the host's time `now`, and runs.
    pub(crate) fn running_from(at: Timestamp, now: Timestamp) -> Clock {
        Clock::Running { offset: now.duration_until(at) }
    }

    /// The same clock, further on.
    pub(crate) fn advanced(&self, by: SignedDuration) -> Clock {
        match *self {
            Clock::Running { offset } => Clock::Running { offset: offset.saturating_add(by) },
            Clock::Frozen { at } => Clock::Frozen { at: at.saturating_add(by).unwrap_or(Timestamp::MAX) },
        }
    }
}
