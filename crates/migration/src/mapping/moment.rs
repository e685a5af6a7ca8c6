//! Dates and times as exports write them.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::Unfit;

/// When something was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// How far the clock was from UTC.
    pub offset: Offset,
    /// Whether only the day was said: the time is then midnight.
    pub day_only: bool,
    /// What somebody should know: that the clock skipped this time, or had it twice.
    pub note: Option<Unfit>,
}

impl fmt::Display for Moment {
    /// ISO 8601 with the offset.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.display_with_offset(self.offset).fmt(f)
    }
}

/// What a text says of time.
struct Said {
    date: Date,
    time: Option<Time>,
    offset: Option<Offset>,
}

/// Reads a date: in the format, or else as ISO 8601, `YYYYMMDD`, `D.M.YYYY` or `D/M/YYYY`.
///
/// # Errors
///
/// If it isn't one, or could be two.
pub fn read_date(text: &str, format: Option<&str>) -> Result<Date, Unfit> {
    said(text, format).map(|said| said.date)
}

/// Reads a time, in this zone where it names none. Where the clock skipped it, or had it twice, it is as if the clock
/// hadn't been changed yet, with a note.
///
/// # Errors
///
/// If it isn't one, or could be two.
pub fn read_moment(text: &str, format: Option<&str>, zone: &TimeZone) -> Result<Moment, Unfit> {
    let said = said(text, format)?;
    let civil = DateTime::from_parts(said.date, said.time.unwrap_or(Time::midnight()));
    let day_only = said.time.is_none();
    if let Some(offset) = said.offset {
        let at = offset.to_timestamp(civil).map_err(|_| not_a_time(format))?;
        return Ok(Moment { at, offset, day_only, note: None });
    }
    let (offset, note) = match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, None),
        AmbiguousOffset::Gap { before, .. } => {
            (before, Some(note("timeSkipped", "the clock skipped this time")))
        }
        AmbiguousOffset::Fold { before, .. } => {
            (before, Some(note("timeTwice", "the clock had this time twice")))
        }
    };
    let at = offset.to_timestamp(civil).map_err(|_| not_a_time(format))?;
    // After a gap the clock is ahead: the instant is what counts.
    let offset = zone.to_offset(at);
    Ok(Moment { at, offset, day_only, note })
}

fn note(code: &'static str, reason: &str) -> Unfit {
    Unfit {
        code,
        reason: format!("{reason} when summer time began or ended"),
        mend: "it is taken as of the clock before the change; give the offset to be exact".to_owned(),
    }
}

fn not_a_time(format: Option<&str>) -> Unfit {
    let (reason, mend) = match format {
        Some(format) => {
            (format!("the value isn't a date of the form {format}"), "mend it, or the rule's `date`")
        }
        None => (
            "the value isn't a date".to_owned(),
            "write it as YYYY-MM-DD HH:MM:SS, or give the rule a `date`",
        ),
    };
    Unfit { code: "notADate", reason, mend: mend.to_owned() }
}

fn said(text: &str, format: Option<&str>) -> Result<Said, Unfit> {
    let text = text.trim();
    match format {
        Some(format) => formatted(text, format).ok_or_else(|| not_a_time(Some(format))),
        None => match iso(text).or_else(|| digits(text)) {
            Some(said) => Ok(said),
            None => by_day_month_year(text),
        },
    }
}

/// Whether a format can be read by.
pub(super) fn is_format(format: &str) -> bool {
    // A date on which the day can't be taken for the month.
    let example = Date::constant(2001, 2, 23).at(13, 14, 15, 0).to_zoned(TimeZone::UTC);
    let Ok(example) = example else { return false };
    let Ok(text) = jiff::fmt::strtime::format(format, &example) else { return false };
    formatted(&text, format).is_some_and(|said| said.date == example.date())
}

fn formatted(text: &str, format: &str) -> Option<Said> {
    let broken = BrokenDownTime::parse(format, text).ok()?;
    let date = broken.to_date().ok()?;
    Some(Said {
        date,
        time: broken.to_time().ok().filter(|_| broken.hour().is_some()),
        offset: broken.offset(),
    })
}

fn iso(text: &str) -> Option<Said> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    // 20240131 and the like are read by `digits`, which knows when they aren't dates.
    if text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let pieces = PARSER.parse_pieces(text).ok()?;
    Some(Said { date: pieces.date(), time: pieces.time(), offset: pieces.to_numeric_offset() })
}

/// `YYYYMMDD`, with `HHMM` or `HHMMSS` after it, with or without something between.
fn digits(text: &str) -> Option<Said> {
    let (date, rest) = text.split_at_checked(8)?;
    let date = Date::new(
        date.get(..4)?.parse().ok().filter(|_| is_digits(date))?,
        date[4..6].parse().ok()?,
        date[6..].parse().ok()?,
    )
    .ok()?;
    let time = match rest.trim_start_matches([' ', 'T', '-']) {
        "" => None,
        clock => Some(clock_of(clock)?),
    };
    Some(Said { date, time, offset: None })
}

/// `H:MM`, `HH.MM.SS`, `HHMM`, `HHMMSS`.
fn clock_of(text: &str) -> Option<Time> {
    let parts: Vec<&str> = match text.len() {
        4 | 6 if is_digits(text) => vec![&text[..2], &text[2..4], &text[4..]],
        _ => text.split([':', '.']).collect(),
    };
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] | [hour, minute, ""] => (hour, minute, "0"),
        [hour, minute, second] => (hour, minute, *second),
        _ => return None,
    };
    Time::new(hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?, 0).ok()
}

/// Dates with the year last: with dots the day is first, with strokes one of them must be above twelve.
fn by_day_month_year(text: &str) -> Result<Said, Unfit> {
    let (date, clock) =
        text.split_once([' ', 'T']).map_or((text, None), |(date, clock)| (date, Some(clock.trim())));
    let mark = if date.contains('.') { '.' } else { '/' };
    let parts: Option<Vec<i16>> =
        date.split(mark).map(|part| part.parse().ok().filter(|_| is_digits(part))).collect();
    let Some(&[first, second, year]) = parts.as_deref() else { return Err(not_a_time(None)) };
    if year < 1000 {
        return Err(not_a_time(None));
    }
    let (day, month) = match (first, second) {
        (day, month) if mark == '.' || day > 12 || day == month => (day, month),
        (month, day) if day > 12 => (day, month),
        _ => {
            return Err(Unfit {
                code: "ambiguousDate",
                reason: "the day can't be told from the month".to_owned(),
                mend: "say which is first with the rule's `date`, such as \"%d/%m/%Y\"".to_owned(),
            });
        }
    };
    let small = |number: i16| i8::try_from(number).ok();
    let date = small(month).zip(small(day)).and_then(|(month, day)| Date::new(year, month, day).ok());
    let time = clock.map(clock_of);
    match (date, time) {
        (Some(date), None) => Ok(Said { date, time: None, offset: None }),
        (Some(date), Some(Some(time))) => Ok(Said { date, time: Some(time), offset: None }),
        (None, _) | (_, Some(None)) => Err(not_a_time(None)),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
