//! When a delivery that failed is tried again: 10 s, 30 s, 60 s, 300 s as Engage advises (fact B-18), then doubling
//! to an hour. Never given up by age alone.

use std::time::Duration;

/// The advised waits, in seconds.
const FIRST_S: [u64; 4] = [10, 30, 60, 300];
/// The longest wait between two tries.
pub const DELAY_MAX: Duration = Duration::from_secs(3_600);

/// The wait after `failures` failures in a row (the first is 0). `jitter`, from 0 to 1, takes up to a fifth off, so
/// that what failed together doesn't come back together. A longer `asked` (Retry-After) is honoured up to an hour.
#[expect(clippy::float_arithmetic, reason = "a share of a wait; no money")]
pub fn delay(failures: u32, jitter: f64, asked: Option<Duration>) -> Duration {
    let failures = failures as usize;
    let base = match FIRST_S.get(failures) {
        Some(seconds) => Duration::from_secs(*seconds),
        None => {
            let doublings = (failures - FIRST_S.len()).min(8) as u32;
            (Duration::from_secs(600) * 2_u32.pow(doublings)).min(DELAY_MAX)
        }
    };
    let ours = base.mul_f64(1.0 - 0.2 * jitter.clamp(0.0, 1.0));
    asked.map_or(ours, |asked| asked.min(DELAY_MAX).max(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_the_advised_waits_and_ends_at_an_hour() {
        let waits: Vec<u64> = (0..10).map(|n| delay(n, 0.0, None).as_secs()).collect();
        assert_eq!(waits, [10, 30, 60, 300, 600, 1_200, 2_400, 3_600, 3_600, 3_600]);
        assert_eq!(delay(u32::MAX, 0.0, None), DELAY_MAX);
    }

    #[test]
    fn retry_after_is_honoured_and_bounded() {
        assert_eq!(delay(0, 0.5, Some(Duration::from_secs(90))).as_secs(), 90);
        assert_eq!(delay(3, 0.0, Some(Duration::from_secs(1))).as_secs(), 300);
        assert_eq!(delay(0, 0.0, Some(Duration::from_secs(1_000_000))), DELAY_MAX);
    }
}
