//! What is remembered of a column: counts, a few values, and a sketch of all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;

use crate::mapping::{read_date, truth_of};

/// How many different values are remembered as they are: more are no table of meanings.
const VALUES_MAX: usize = 40;
/// The longest such value, in characters.
const VALUE_CHARS_MAX: usize = 24;
/// How many values the sketch holds: the smallest by their hash, from which the others are estimated.
const SKETCH_MAX: usize = 512;

/// Forms of dates by the shape of a value, the more usual of two first. A blank form is ISO 8601, which needs none.
pub(super) const DATES: [(&str, &str); 26] = [
    ("9999-99-99", "%Y-%m-%d"),
    ("9999-99-99 99:99", "%Y-%m-%d %H:%M"),
    ("9999-99-99 99:99:99", "%Y-%m-%d %H:%M:%S"),
    ("9999-99-99T99:99", "%Y-%m-%dT%H:%M"),
    ("9999-99-99T99:99:99", "%Y-%m-%dT%H:%M:%S"),
    ("9999-99-99T99:99:99Z", ""),
    ("9999-99-99T99:99:99+99:99", ""),
    ("9999-99-99T99:99:99.999Z", ""),
    ("9999/99/99", "%Y/%m/%d"),
    ("9999/99/99 99:99", "%Y/%m/%d %H:%M"),
    ("99999999", "%Y%m%d"),
    ("99999999", "%d%m%Y"),
    ("99999999 99:99", "%Y%m%d %H:%M"),
    ("99999999 9999", "%Y%m%d %H%M"),
    ("99999999999999", "%Y%m%d%H%M%S"),
    ("99.99.9999", "%d.%m.%Y"),
    ("99.99.9999 99:99", "%d.%m.%Y %H:%M"),
    ("99.99.9999 99:99:99", "%d.%m.%Y %H:%M:%S"),
    ("99/99/9999", "%d/%m/%Y"),
    ("99/99/9999", "%m/%d/%Y"),
    ("99/99/9999 99:99", "%d/%m/%Y %H:%M"),
    ("99/99/9999 99:99", "%m/%d/%Y %H:%M"),
    ("99-99-9999", "%d-%m-%Y"),
    ("99-99-9999", "%m-%d-%Y"),
    ("999999", "%y%m%d"),
    ("999999", "%d%m%y"),
];

/// Forms of times of day.
pub(super) const CLOCKS: [(&str, &str); 4] =
    [("99:99", "%H:%M"), ("99:99:99", "%H:%M:%S"), ("99.99", "%H.%M"), ("9999", "%H%M")];

/// A column that was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) filled: u64,
    pub(super) emails: u64,
    pub(super) phones: u64,
    pub(super) personal: u64,
    pub(super) truths: u64,
    pub(super) letters: u64,
    pub(super) numbers: Numbers,
    pub(super) dates: [u64; DATES.len()],
    pub(super) clocks: [u64; CLOCKS.len()],
    pub(super) latest: Option<Date>,
    /// How often each value occurs, while there are few.
    values: Option<BTreeMap<String, u64>>,
    sketch: BTreeSet<u64>,
    /// The first value, to show masked.
    pub(super) example: String,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Numbers {
    pub(super) all: u64,
    /// With a comma, or with a dot, that could only be before decimals.
    pub(super) comma: u64,
    pub(super) dot: u64,
    /// With both, and which comes last.
    pub(super) comma_last: u64,
    pub(super) dot_last: u64,
    pub(super) negative: u64,
}

impl Numbers {
    pub(super) fn join(&mut self, other: &Self) {
        self.all += other.all;
        self.comma += other.comma;
        self.dot += other.dot;
        self.comma_last += other.comma_last;
        self.dot_last += other.dot_last;
        self.negative += other.negative;
    }
}

impl Profile {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), values: Some(BTreeMap::new()), ..Self::default() }
    }

    pub(super) fn add(&mut self, cell: &str) {
        let cell = cell.trim();
        if cell.is_empty() {
            return;
        }
        self.filled += 1;
        if self.example.is_empty() {
            cell.clone_into(&mut self.example);
        }
        self.remember(cell);
        let digits = cell.bytes().filter(u8::is_ascii_digit).count();
        self.truths += u64::from(truth_of(cell).is_some());
        if digits == 0 {
            self.letters += u64::from(cell.chars().all(|char| char.is_alphabetic() || " -'.".contains(char)));
        }
        if cell.contains('@') {
            self.emails += u64::from(is_email(cell));
            return;
        }
        if digits > 0 && cell.len() <= 40 {
            self.phones += u64::from(is_phone(cell, digits));
            self.personal += u64::from(is_personal_number(cell));
            self.add_number(cell, digits);
            self.add_time(cell);
        }
    }

    fn remember(&mut self, cell: &str) {
        let mut hasher = DefaultHasher::new();
        cell.hash(&mut hasher);
        let hash = hasher.finish();
        if self.sketch.len() < SKETCH_MAX || self.sketch.last().is_some_and(|last| hash < *last) {
            self.sketch.insert(hash);
            if self.sketch.len() > SKETCH_MAX {
                self.sketch.pop_last();
            }
        }
        let Some(values) = &mut self.values else { return };
        if let Some(count) = values.get_mut(cell) {
            *count += 1;
        } else if values.len() < VALUES_MAX && cell.chars().count() <= VALUE_CHARS_MAX {
            values.insert(cell.to_owned(), 1);
        } else {
            self.values = None;
        }
    }

    fn add_number(&mut self, cell: &str, digits: usize) {
        let bare =
            cell.trim_start_matches(['-', '+', '(', '\u{2212}']).trim_end_matches(['-', ')', '%', ' ']);
        let (mut dots, mut commas, mut spaces, mut others) = (0, 0, 0, 0);
        for char in bare.chars() {
            match char {
                '0'..='9' => {}
                '.' => dots += 1,
                ',' => commas += 1,
                ' ' | '\u{a0}' | '\u{202f}' => spaces += 1,
                _ => others += 1,
            }
        }
        if others > 0 || digits > 15 || spaces > 4 || (dots > 1 && commas > 1) {
            return;
        }
        let numbers = &mut self.numbers;
        numbers.all += 1;
        numbers.negative += u64::from(bare.len() < cell.trim_end_matches([')', '%', ' ']).len());
        // Three digits after the only mark could be a thousand.
        let decides = |mark| bare.rsplit_once(mark).is_some_and(|(_, after)| after.len() != 3);
        match (dots, commas) {
            (0, 1) => numbers.comma += u64::from(decides(',')),
            (1, 0) => numbers.dot += u64::from(decides('.')),
            (1.., 1) if bare.rfind(',') > bare.rfind('.') => numbers.comma_last += 1,
            (1, 1..) if bare.rfind('.') > bare.rfind(',') => numbers.dot_last += 1,
            _ => {}
        }
    }

    fn add_time(&mut self, cell: &str) {
        for (count, (shape, _)) in self.clocks.iter_mut().zip(CLOCKS) {
            let hour =
                || cell.get(..2).and_then(|hour| hour.parse::<u8>().ok()).is_some_and(|hour| hour < 24);
            *count += u64::from(has_shape(cell, shape) && hour());
        }
        for (index, (shape, form)) in DATES.into_iter().enumerate() {
            if !has_shape(cell, shape) {
                continue;
            }
            if let Ok(date) = read_date(cell, Some(form).filter(|form| !form.is_empty()))
                && (1900..2100).contains(&date.year())
            {
                self.dates[index] += 1;
                if self.dates[..index].iter().all(|count| *count <= self.dates[index]) {
                    self.latest = self.latest.max(Some(date));
                }
            }
        }
    }

    /// Takes over what another file's column of the same name holds.
    pub(super) fn join(&mut self, other: &Self) {
        self.filled += other.filled;
        self.emails += other.emails;
        self.phones += other.phones;
        self.personal += other.personal;
        self.truths += other.truths;
        self.letters += other.letters;
        self.numbers.join(&other.numbers);
        let pairs = self.dates.iter_mut().zip(other.dates).chain(self.clocks.iter_mut().zip(other.clocks));
        pairs.for_each(|(own, other)| *own += other);
        self.latest = self.latest.max(other.latest);
        self.sketch.extend(&other.sketch);
        while self.sketch.len() > SKETCH_MAX {
            self.sketch.pop_last();
        }
        match (&mut self.values, &other.values) {
            (Some(own), Some(other)) => {
                for (value, count) in other {
                    *own.entry(value.clone()).or_default() += count;
                }
                if own.len() > VALUES_MAX {
                    self.values = None;
                }
            }
            (own, _) => *own = None,
        }
    }

    /// This count of the values that aren't blank.
    pub(super) fn share(&self, count: u64) -> f32 {
        if self.filled == 0 { 0.0 } else { ratio(count, self.filled) }
    }

    /// The values with how often they occur, where there are few.
    pub(super) fn values(&self) -> Option<&BTreeMap<String, u64>> {
        self.values.as_ref().filter(|values| !values.is_empty())
    }

    pub(super) fn most_usual(&self) -> Option<String> {
        self.values()?.iter().max_by_key(|(_, count)| **count).map(|(value, _)| value.clone())
    }

    /// About how many different values there are.
    pub(super) fn distinct(&self) -> u64 {
        match (self.sketch.last(), self.sketch.len()) {
            (Some(last), SKETCH_MAX) => {
                let held = SKETCH_MAX as u128 - 1;
                u64::try_from(held * u128::from(u64::MAX) / u128::from((*last).max(1))).unwrap_or(u64::MAX)
            }
            (_, held) => held as u64,
        }
    }

    /// Whether about each value occurs once: the sketch is off by a tenth at most, nearly always.
    pub(super) fn is_key(&self) -> bool {
        self.filled > 0 && self.distinct() >= self.filled - self.filled / 8
    }

    /// How much of what stands here stands there too.
    pub(super) fn share_in(&self, other: &Self) -> f32 {
        let up_to = match other.sketch.last() {
            Some(last) if other.sketch.len() == SKETCH_MAX => *last,
            _ => u64::MAX,
        };
        let comparable = self.sketch.iter().take_while(|hash| **hash <= up_to);
        let (mut all, mut found) = (0, 0);
        for hash in comparable {
            all += 1;
            found += u64::from(other.sketch.contains(hash));
        }
        if all == 0 { 0.0 } else { ratio(found, all) }
    }

    /// The form of its dates that most values have, how many have it, and whether another has as many.
    pub(super) fn date_form(&self) -> (&'static str, u64, bool) {
        best(&self.dates, &DATES)
    }

    pub(super) fn clock_form(&self) -> (&'static str, u64, bool) {
        best(&self.clocks, &CLOCKS)
    }

    /// Whether its dates have a time of day.
    pub(super) fn has_clock(&self) -> bool {
        let (form, count, _) = self.date_form();
        count > 0 && (form.is_empty() || form.contains("%H"))
    }
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a share that is shown, of no money"
)]
fn ratio(part: u64, whole: u64) -> f32 {
    part as f32 / whole as f32
}

fn best(counts: &[u64], forms: &[(&'static str, &'static str)]) -> (&'static str, u64, bool) {
    let most = counts.iter().copied().max().unwrap_or(0);
    let mut with = counts.iter().zip(forms).filter(|(count, _)| **count == most);
    let form = with.next().map_or("", |(_, (_, form))| *form);
    (form, most, most > 0 && with.next().is_some())
}

fn has_shape(cell: &str, shape: &str) -> bool {
    cell.len() == shape.len()
        && cell.bytes().zip(shape.bytes()).all(|(byte, form)| match form {
            b'9' => byte.is_ascii_digit(),
            b'+' => matches!(byte, b'+' | b'-'),
            form => byte == form,
        })
}

fn is_email(cell: &str) -> bool {
    let Some((name, domain)) = cell.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains([' ', '@', ',', ';']);
    plain(name) && plain(domain) && domain.contains('.') && !domain.ends_with('.')
}

fn is_phone(cell: &str, digits: usize) -> bool {
    (7..=15).contains(&digits)
        && (cell.starts_with('+') || cell.starts_with('0'))
        && cell.bytes().all(|byte| byte.is_ascii_digit() || b"+ -()/".contains(&byte))
}

/// Ten or twelve digits with a day and the check digit of Sweden's numbers.
fn is_personal_number(cell: &str) -> bool {
    let digits: Vec<u8> = cell.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
    let plain = cell.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+'));
    let ten = match digits.len() {
        10 => &digits[..],
        12 if matches!(digits[..2], [1, 9] | [2, 0]) => &digits[2..],
        _ => return false,
    };
    let (month, day) = (ten[2] * 10 + ten[3], ten[4] * 10 + ten[5]);
    let sum: u8 = ten
        .iter()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { *digit })
        .sum();
    plain && (1..=12).contains(&month) && (1..=31).contains(&(day % 60)) && sum.is_multiple_of(10)
}
