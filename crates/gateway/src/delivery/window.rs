//! The rate: at most R calls begin in any second, whatever second is looked at.
//!
//! A sliding window rather than a bucket, because a bucket lets a burst of R pass on either side of a second's
//! edge. Engage advises fewer than 50 requests a second for each API key (fact B-13).

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::event::Boot;

/// The window's length. A hair over one second, so that what leaves us evenly still fits the receiver's second when
/// the network squeezes it.
const LENGTH: Duration = Duration::from_millis(1_005);

/// The share of the rate that background work leaves to tills that wait: one part in this many.
const RESERVE_PART: u32 = 5;

/// Who asks to be let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// A till waits for the answer.
    Till,
    /// Nobody waits.
    Background,
}

/// A sliding window over the calls that were begun.
#[derive(Debug, Clone)]
pub struct Window {
    per_second: Option<u32>,
    begun: VecDeque<Timestamp>,
    /// Let through, but not yet begun: the attempt is being written.
    promised: u32,
    /// After a start nobody knows what the last second held: until then it counts as full, or a quick restart would
    /// let the rate through twice. A till's call has time enough for that.
    open_from: Timestamp,
}

impl Window {
    /// An empty window. `per_second` of `None` sets no rate.
    pub fn new(per_second: Option<u32>, started: Timestamp, boot: Boot) -> Window {
        let open_from = match (per_second, boot) {
            (Some(_), Boot::Again) => started + LENGTH,
            (Some(_), Boot::First) | (None, _) => started,
        };
        Window { per_second, begun: VecDeque::new(), promised: 0, open_from }
    }

    /// Lets one call through, or says no. What is let through must be [`begun`](Window::begun) or
    /// [`forgone`](Window::forgone).
    pub fn admit(&mut self, now: Timestamp, haste: Haste) -> bool {
        let Some(per_second) = self.per_second else {
            self.promised += 1;
            return true;
        };
        self.forget_before(now);
        let allowed = match haste {
            _ if now < self.open_from => 0,
            Haste::Till => per_second,
            Haste::Background => per_second - reserve(per_second),
        };
        let free = (self.begun.len() as u32 + self.promised) < allowed;
        self.promised += u32::from(free);
        free
    }

    /// A call that was let through begins now.
    pub fn begun(&mut self, now: Timestamp) {
        self.promised = self.promised.saturating_sub(1);
        if self.per_second.is_some() {
            self.begun.push_back(now);
        }
    }

    /// A call that was let through is not made after all.
    pub fn forgone(&mut self) {
        self.promised = self.promised.saturating_sub(1);
    }

    /// When it is worth asking again for background work.
    pub fn next_place(&self, now: Timestamp) -> Timestamp {
        match self.begun.front() {
            _ if now < self.open_from => self.open_from,
            Some(first) => (*first + LENGTH).max(now + Duration::from_millis(1)),
            None => now + Duration::from_millis(1),
        }
    }

    fn forget_before(&mut self, now: Timestamp) {
        while self.begun.front().is_some_and(|first| *first + LENGTH <= now) {
            self.begun.pop_front();
        }
    }
}

/// What background work leaves free. None of a rate that is too small to share.
fn reserve(per_second: u32) -> u32 {
    per_second / RESERVE_PART
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap()
    }

    #[test]
    fn no_second_ever_holds_more_than_the_rate() {
        let mut window = Window::new(Some(10), at(0), Boot::Again);
        let mut begun = Vec::new();
        for ms in 0..21_000 {
            // Tills ask at every millisecond: far more than there is room for.
            if window.admit(at(ms), Haste::Till) {
                window.begun(at(ms));
                begun.push(ms);
            }
        }
        assert!(begun.len() > 190, "the rate is used: {}", begun.len());
        for (n, first) in begun.iter().enumerate() {
            let in_its_second = begun[n..].iter().take_while(|ms| **ms < first + 1_000).count();
            assert!(in_its_second <= 10, "{in_its_second} calls in the second from {first} ms");
        }
    }

    #[test]
    fn background_work_leaves_a_reserve_for_tills() {
        let mut window = Window::new(Some(10), at(0), Boot::Again);
        let admitted = (0..20).filter(|_| window.admit(at(5_000), Haste::Background)).count();
        assert_eq!(admitted, 8);
        assert!(window.admit(at(5_000), Haste::Till));
    }

    #[test]
    fn after_a_restart_the_window_counts_as_full() {
        let mut window = Window::new(Some(10), at(0), Boot::Again);
        assert!(!window.admit(at(1_004), Haste::Background));
        assert!(!window.admit(at(1_004), Haste::Till));
        assert_eq!(window.next_place(at(1_004)), at(1_005));
        assert!(window.admit(at(1_005), Haste::Background));
        let mut first = Window::new(Some(10), at(0), Boot::First);
        assert!(first.admit(at(0), Haste::Till), "nothing was called before the first start");
    }

    #[test]
    fn what_was_promised_counts_until_it_begins_or_is_forgone() {
        let mut window = Window::new(Some(1), at(0), Boot::Again);
        assert!(window.admit(at(2_000), Haste::Till));
        assert!(!window.admit(at(9_000), Haste::Till), "promised and not begun, however long ago");
        window.forgone();
        assert!(window.admit(at(9_000), Haste::Till));
    }
}
