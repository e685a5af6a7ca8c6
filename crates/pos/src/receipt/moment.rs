//! When a receipt was made: an instant with the offset of the till's clock.
//!
//! Engage wants local time with its offset (fact R-09), so the offset is kept, not only the instant. A time
//! without an offset is read in the store's zone. Whether the till's clock is right is not judged here.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, tz};
use serde::{Deserialize, Serialize};

/// The years that a receipt can be of: before them no till had a clock, after them it is a slip.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

/// A text that is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this isn't a time; write it as 2026-11-22T16:42:07+01:00")]
pub struct NotATime;

/// An instant with the offset it was written in; shown and stored as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "Cow<'_, str>")]
pub struct Moment {
    timestamp: Timestamp,
    offset: Offset,
}

/// A time as a till sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// With its offset.
    Exact(Moment),
    /// Without one: read in the store's zone when the receipt is settled.
    Local(DateTime),
}

/// How sure it is which instant a local time was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// The zone has this time once.
    Once,
    /// The clocks went back: it was twice, and the first is taken.
    Twice,
    /// The clocks went forward: it never was, and it is read as if they hadn't.
    Never,
}

impl Moment {
    /// An instant, in the time of a shop.
    #[must_use]
    pub fn new(timestamp: Timestamp, offset: Offset) -> Self {
        Self { timestamp, offset }
    }

    /// What a local time was where the clocks had this offset.
    ///
    /// # Errors
    /// [`NotATime`] at the ends of time.
    pub fn at_offset(local: DateTime, offset: Offset) -> Result<Self, NotATime> {
        let timestamp = offset.to_timestamp(local).map_err(|_| NotATime)?;
        Ok(Self { timestamp, offset })
    }

    /// The instant.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The till's offset from UTC.
    #[must_use]
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// The day at the till.
    #[must_use]
    pub fn date(&self) -> Date {
        self.offset.to_datetime(self.timestamp).date()
    }

    /// What a local time was in this zone.
    pub(crate) fn in_zone(local: DateTime, zone: &TimeZone) -> Result<(Self, Certainty), NotATime> {
        let ambiguous = zone.to_ambiguous_timestamp(local);
        let certainty = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => Certainty::Once,
            AmbiguousOffset::Fold { .. } => Certainty::Twice,
            AmbiguousOffset::Gap { .. } => Certainty::Never,
        };
        let timestamp = ambiguous.disambiguate(tz::Disambiguation::Compatible).map_err(|_| NotATime)?;
        Ok((Self { timestamp, offset: zone.to_offset(timestamp) }, certainty))
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.timestamp.display_with_offset(self.offset).fmt(f)
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

impl TryFrom<Cow<'_, str>> for Moment {
    type Error = NotATime;

    fn try_from(text: Cow<'_, str>) -> Result<Self, NotATime> {
        match When::parse(&text)? {
            When::Exact(moment) => Ok(moment),
            When::Local(_) => Err(NotATime),
        }
    }
}

impl When {
    /// Reads a date and time, with or without an offset.
    ///
    /// # Errors
    /// [`NotATime`], also for a date alone, for a zone's name in place of an offset, and for an offset that
    /// isn't of whole minutes.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let pieces = Pieces::parse(text.trim()).map_err(|_| NotATime)?;
        let local = DateTime::from_parts(pieces.date(), pieces.time().ok_or(NotATime)?);
        if !YEARS.contains(&local.year()) {
            return Err(NotATime);
        }
        match pieces.to_numeric_offset() {
            Some(offset) if offset.seconds() % 60 == 0 => {
                let timestamp = offset.to_timestamp(local).map_err(|_| NotATime)?;
                Ok(Self::Exact(Moment { timestamp, offset }))
            }
            None if pieces.time_zone_annotation().is_none() => Ok(Self::Local(local)),
            _ => Err(NotATime),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{Certainty, Moment, When};

    fn shown(text: &str) -> Option<String> {
        match When::parse(text) {
            Ok(When::Exact(moment)) => Some(moment.to_string()),
            Ok(When::Local(local)) => Some(format!("local {local}")),
            Err(_) => None,
        }
    }

    fn stockholm(text: &str) -> (String, Certainty) {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let Ok(When::Local(local)) = When::parse(text) else { panic!("{text} isn't local") };
        let (moment, certainty) = Moment::in_zone(local, &zone).unwrap();
        (moment.to_string(), certainty)
    }

    #[test]
    fn a_time_keeps_the_offset_it_was_written_in() {
        for (text, same) in [
            ("2026-11-22T16:42:07+01:00", "2026-11-22T16:42:07+01:00"),
            ("2026-11-22T16:42:07.250-03:30", "2026-11-22T16:42:07.25-03:30"),
            ("2026-11-22T15:42:07Z", "2026-11-22T15:42:07+00:00"),
            ("2026-11-22 16:42+01", "2026-11-22T16:42:00+01:00"),
            ("2026-11-22T16:42:07", "local 2026-11-22T16:42:07"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(same), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-11-22",
            "16:42",
            "22/11/2026 16:42",
            "2026-13-01T00:00:00Z",
            "2026-11-22T25:00:00Z",
            "2026-11-22T16:42:07[Europe/Stockholm]",
            "0001-01-01T00:00:00Z",
            "1763829727",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }

    #[test]
    fn the_day_is_that_of_the_till_not_of_utc() {
        let Ok(When::Exact(moment)) = When::parse("2026-01-01T00:30:00+01:00") else { panic!("no time") };
        assert_eq!(moment.date(), jiff::civil::date(2026, 1, 1));
    }

    #[test]
    fn a_local_time_is_read_in_the_zone_also_when_the_clocks_change() {
        let once = |text: &str| (text.to_owned(), Certainty::Once);
        assert_eq!(stockholm("2026-07-01T12:00:00"), once("2026-07-01T12:00:00+02:00"));
        assert_eq!(stockholm("2026-12-01T12:00:00"), once("2026-12-01T12:00:00+01:00"));
        let twice = ("2026-10-25T02:30:00+02:00".to_owned(), Certainty::Twice);
        assert_eq!(stockholm("2026-10-25T02:30:00"), twice);
        let never = ("2026-03-29T03:30:00+02:00".to_owned(), Certainty::Never);
        assert_eq!(stockholm("2026-03-29T02:30:00"), never);
    }
}
