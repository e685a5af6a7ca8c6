//! What the link and Engage are like for a while, and what that makes of one call.

use std::time::Duration;

use sandbox::FaultKind;

use super::random::Random;

/// What goes on between the gateway and Engage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// All is well.
    Clear,
    /// No connection is made.
    Dark,
    /// Connections break before Engage has read the request.
    CutsBefore,
    /// Connections break when Engage has done what was asked.
    CutsAfter,
    /// Answers take up to twice as long as the client waits.
    SlowAnswers,
    /// Requests lie on the way for long, and arrive.
    SlowRequests,
    /// Too many requests.
    Busy { retry_after: Option<u32> },
    /// Engage breaks down.
    Broken { code: u16 },
    /// Engage does what was asked, and something between gives up before.
    TooLate { code: u16 },
    /// The key is not accepted.
    KeyRefused,
    /// Something between answers with a page of its own.
    Portal,
    /// Something between replaces answers by a page of its own.
    PortalAfter,
    /// A bit of everything.
    Gusts,
}

/// What happens to one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It arrives, and Engage does this with it.
    Arrives { after: Duration, fault: Option<FaultKind>, page: bool },
    /// Nobody is reached.
    Refused { after: Duration },
    /// A page with status 200 comes from somebody else.
    Page { after: Duration },
}

/// How long the client waits.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request lies on the way at most. With the longest delay of visibility it is below the window, as an
/// operator must see to: a gateway can't tell how long a request may survive it.
const ON_THE_WAY_MAX_MS: u64 = 30_000;

impl Weather {
    /// The next weather, and how long it lasts.
    pub(super) fn draw(random: &mut Random) -> (Weather, Duration) {
        let weather = match random.below(20) {
            0..=4 => Weather::Clear,
            5..=6 => Weather::Dark,
            7 => Weather::CutsBefore,
            8..=9 => Weather::CutsAfter,
            10 => Weather::SlowAnswers,
            11..=12 => Weather::SlowRequests,
            13 => Weather::Busy { retry_after: random.pick(&[None, Some(1), Some(5), Some(90)]) },
            14 => Weather::Broken { code: random.pick(&[500, 502, 503, 504]) },
            15 => match random.below(3) {
                0 => Weather::KeyRefused,
                _ => Weather::TooLate { code: random.pick(&[500, 502, 504]) },
            },
            16 => Weather::Portal,
            17 => Weather::PortalAfter,
            _ => Weather::Gusts,
        };
        let doublings = if random.one_in(12) { 15 } else { 9 };
        (weather, random.stretch(1_000, doublings))
    }

    /// What it makes of a call.
    pub(super) fn fate(self, random: &mut Random) -> Fate {
        let soon = random.millis(2, 150);
        let arrives = |fault| Fate::Arrives { after: soon, fault, page: false };
        let status =
            |code, retry_after_seconds| arrives(Some(FaultKind::Status { code, retry_after_seconds }));
        // Even a storm lets some through.
        if random.percent(15) && self != Weather::Dark {
            return arrives(None);
        }
        match self {
            Weather::Clear => arrives(None),
            Weather::Dark => Fate::Refused { after: random.millis(1, 5_000) },
            Weather::CutsBefore => arrives(Some(FaultKind::CutBefore)),
            Weather::CutsAfter => arrives(Some(FaultKind::CutAfter)),
            Weather::SlowAnswers => arrives(Some(match random.one_in(2) {
                true => FaultKind::Delay { ms: random.between(10, 20_000) as u32 },
                false => FaultKind::Drip { ms: random.between(10, 20_000) as u32 },
            })),
            Weather::SlowRequests => {
                Fate::Arrives { after: random.millis(10, ON_THE_WAY_MAX_MS), fault: None, page: false }
            }
            Weather::Busy { retry_after } => status(429, retry_after),
            Weather::Broken { code } => status(code, None),
            Weather::TooLate { code } => arrives(Some(FaultKind::StatusAfter { code })),
            Weather::KeyRefused => status(random.pick(&[401, 403]), None),
            Weather::Portal => Fate::Page { after: soon },
            Weather::PortalAfter => Fate::Arrives { after: soon, fault: None, page: true },
            Weather::Gusts if random.percent(3) => status(random.pick(&[400, 422]), None),
            Weather::Gusts => {
                let kinds = [
                    Weather::Dark,
                    Weather::CutsBefore,
                    Weather::CutsAfter,
                    Weather::TooLate { code: 504 },
                    Weather::SlowAnswers,
                    Weather::SlowRequests,
                    Weather::Busy { retry_after: None },
                    Weather::Broken { code: 500 },
                    Weather::Clear,
                    Weather::Clear,
                ];
                random.pick(&kinds).fate(random)
            }
        }
    }
}
