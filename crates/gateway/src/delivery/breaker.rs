//! One breaker for Engage as a whole: no link, a storm of 5xx or of 429 pauses all traffic, with one probe at a time.
//!
//! While it is open no delivery is charged for what isn't its fault. When it closes, everything that is due goes,
//! limited only by the rate.

use std::time::Duration;

use jiff::Timestamp;

/// Failures of the whole in a row before the breaker opens.
const FAILURES_MAX: u32 = 3;
/// The first pause before a probe.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest pause that we choose ourselves; a shop wants its live answers back soon after the link is.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// The longest pause that Engage may ask for.
const ASKED_PAUSE_MAX: Duration = Duration::from_secs(600);

/// Whether Engage as a whole can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Calls pass. How many failed in a row.
    Closed { failed: u32 },
    /// No call passes before `probe_at`; then one does.
    Open { probe_at: Timestamp, pause: Duration },
    /// The probe is under way.
    Probing { pause: Duration },
}

/// What the breaker says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It may go.
    Go,
    /// It may go, and what comes of it decides.
    Probe,
    /// Not before this instant, or before the probe under way has ended.
    Not(Option<Timestamp>),
}

/// The breaker.
#[derive(Debug, Clone)]
pub struct Breaker {
    state: State,
}

impl Breaker {
    /// A closed breaker.
    pub fn new() -> Breaker {
        Breaker { state: State::Closed { failed: 0 } }
    }

    /// Whether calls pass freely.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// What a call would be told now.
    pub fn look(&self, now: Timestamp) -> Leave {
        match self.state {
            State::Closed { .. } => Leave::Go,
            State::Open { probe_at, .. } if now >= probe_at => Leave::Probe,
            State::Open { probe_at, .. } => Leave::Not(Some(probe_at)),
            State::Probing { .. } => Leave::Not(None),
        }
    }

    /// The call that was told [`Leave::Probe`] goes.
    pub fn probe(&mut self) {
        if let State::Open { pause, .. } = self.state {
            self.state = State::Probing { pause };
        }
    }

    /// The probe was not made after all; the next may be.
    pub fn probe_forgone(&mut self, now: Timestamp) {
        if let State::Probing { pause } = self.state {
            self.state = State::Open { probe_at: now, pause };
        }
    }

    /// Engage answered like itself.
    pub fn well(&mut self) {
        self.state = State::Closed { failed: 0 };
    }

    /// Engage as a whole failed; `asked` is a `Retry-After` it sent. `jitter` is from 0 to 1.
    #[expect(clippy::float_arithmetic, reason = "a share of a wait; no money")]
    pub fn ill(&mut self, now: Timestamp, asked: Option<Duration>, jitter: f64) {
        let pause = match self.state {
            State::Closed { failed } if failed + 1 < FAILURES_MAX && asked.is_none() => {
                self.state = State::Closed { failed: failed + 1 };
                return;
            }
            State::Closed { .. } => PAUSE_FIRST,
            // Calls that were under way when it opened say nothing new.
            State::Open { .. } => return,
            State::Probing { pause } => (pause * 2).min(PAUSE_MAX),
        };
        let wait = match asked {
            Some(asked) => asked.min(ASKED_PAUSE_MAX).max(pause),
            None => pause.mul_f64(0.8 + 0.2 * jitter.clamp(0.0, 1.0)),
        };
        self.state = State::Open { probe_at: now + wait, pause };
    }
}

impl Default for Breaker {
    fn default() -> Breaker {
        Breaker::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + s).unwrap()
    }

    fn probe_at(breaker: &Breaker) -> Timestamp {
        match breaker.look(Timestamp::MIN) {
            Leave::Not(Some(at)) => at,
            other => panic!("the breaker isn't open: {other:?}"),
        }
    }

    #[test]
    fn three_failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let mut breaker = Breaker::new();
        for _ in 0..10 {
            breaker.ill(at(0), None, 0.0);
            breaker.ill(at(0), None, 0.0);
            breaker.well();
        }
        assert_eq!(breaker.look(at(0)), Leave::Go);
        (0..3).for_each(|_| breaker.ill(at(0), None, 0.0));
        assert!(matches!(breaker.look(at(0)), Leave::Not(Some(_))));
    }

    #[test]
    fn one_probe_at_a_time_and_its_success_closes() {
        let mut breaker = Breaker::new();
        (0..3).for_each(|_| breaker.ill(at(0), None, 1.0));
        assert_eq!(breaker.look(at(1)), Leave::Probe);
        breaker.probe();
        assert_eq!(breaker.look(at(60)), Leave::Not(None));
        breaker.well();
        assert_eq!(breaker.look(at(60)), Leave::Go);
    }

    #[test]
    fn the_pause_grows_to_half_a_minute_and_no_further() {
        let mut breaker = Breaker::new();
        let mut now = at(0);
        (0..3).for_each(|_| breaker.ill(now, None, 1.0));
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let next = probe_at(&breaker);
            pauses.push(next.duration_since(now).as_secs());
            now = next;
            breaker.probe();
            breaker.ill(now, None, 1.0);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn engage_may_ask_for_a_longer_pause_within_reason() {
        let mut breaker = Breaker::new();
        breaker.ill(at(0), Some(Duration::from_secs(120)), 0.0);
        assert_eq!(probe_at(&breaker), at(120));
        let mut breaker = Breaker::new();
        breaker.ill(at(0), Some(Duration::from_secs(86_400)), 0.0);
        assert_eq!(probe_at(&breaker), at(600));
    }
}
