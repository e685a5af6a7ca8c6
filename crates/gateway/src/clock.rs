//! The one place of the gateway that reads a clock and draws chance.
//!
//! The clock starts at the wall's time and then runs with the machine's uptime, sleep included. A jump of the wall
//! clock (a till's PC corrects itself by an hour) changes no retry schedule; a restart takes the new time.

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// The process's clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    wall_at_start: Timestamp,
    uptime_at_start: SignedDuration,
}

impl Clock {
    /// A clock that shows the wall's time now.
    #[expect(clippy::disallowed_methods, reason = "this is the gateway's owner of the clock")]
    pub fn start() -> Clock {
        Clock { wall_at_start: Timestamp::now(), uptime_at_start: uptime() }
    }

    /// What it shows, to the microsecond: what is stored reads back the same.
    pub fn now(&self) -> Timestamp {
        let passed = uptime().saturating_sub(self.uptime_at_start);
        let now = self.wall_at_start.saturating_add(passed).unwrap_or(Timestamp::MAX);
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// A new contact's public id, valid for ever. Ids begin with the time, so that those made together stand together
    /// in an index, and one page is written for many of them.
    pub(crate) fn new_contact_id(&self) -> String {
        let mut chance = [0_u8; 10];
        fill(&mut chance).expect("the machine had randomness when the gateway started");
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or_default();
        format!("tb-{}", uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid())
    }
}

fn uptime() -> SignedDuration {
    let since_boot = clock_gettime(ClockId::Boottime);
    SignedDuration::new(since_boot.tv_sec, since_boot.tv_nsec as i32)
}

/// A number from 0 to 1 for jitter; its quality doesn't matter.
#[expect(clippy::float_arithmetic, reason = "a share of a wait; no money")]
pub(crate) fn jitter() -> f64 {
    let mut bytes = [0_u8; 1];
    // Without randomness every wait is the full one, which is right too.
    fill(&mut bytes).map_or(0.0, |()| f64::from(bytes[0]) / 255.0)
}

/// Fills `bytes` from the machine's source of randomness.
pub fn fill(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    #[expect(clippy::disallowed_methods, reason = "this is the gateway's owner of chance")]
    getrandom::fill(bytes)
}
