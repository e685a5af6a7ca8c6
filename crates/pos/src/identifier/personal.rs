//! Personal identity numbers: Swedish ones, Swedish coordination numbers, and Finnish codes. Engage takes no
//! others (fact C-20).
//!
//! A [`PersonalNumber`] has a real date that isn't in the future, and the right check digit. It doesn't tell
//! whether the number was ever given to anybody, and nothing here shows one.
//!
//! What is taken beyond the plain case: a coordination number whose month or day of birth isn't known (`00`, or
//! 60 alone: Skatteverket's own test numbers have them), and a Finnish individual number from 900 on, which is
//! temporary but has the form and may well be what the shop was given. A Swedish number with a letter in it
//! (a hospital's interim number) is refused.

use jiff::civil::Date;

use super::clean::clean;
use super::{Error, HIDDEN};
use crate::store::Country;

/// Before it nobody was born who could have one: both countries' signs of the century begin there.
const FIRST_YEAR: i16 = 1800;

/// What is added to the day of birth in a coordination number.
const COORDINATION: i8 = 60;

/// The Finnish check characters by the remainder of 31 (Finnish decree 690/2022).
const FINNISH_CHECKS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

/// A personal identity number: twelve digits (`YYYYMMDDNNNN`) of a Swedish one, eleven characters in capitals
/// (`DDMMYY-NNNX`) of a Finnish one. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonalNumber(String);

impl PersonalNumber {
    /// Reads a personal identity number as people write it: `640823-3234`, `19640823 3234`, `131052-308T`.
    ///
    /// Ten digits of a Swedish number are of somebody younger than a hundred, by `today`, unless there is a `+`.
    /// A Finnish code without its sign is of the 1900s. A text that can be either is
    /// Finnish where `country` is Finland.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str, country: Option<Country>, today: Date) -> Result<Self, Error> {
        let mut numbers = Self::all(text, country, today)?;
        Ok(numbers.swap_remove(0))
    }

    /// Everything that the text can be, the likelier first; at least one.
    pub(super) fn all(text: &str, country: Option<Country>, today: Date) -> Result<Vec<Self>, Error> {
        let text: String = clean(text).chars().filter(|&c| c != ' ').collect();
        if text.is_empty() {
            return Err(Error::Empty);
        }
        let mut read = [swedish(&text, today), finnish(&text, today)];
        if country.is_some_and(|country| country.as_str() == "FI") {
            read.reverse();
        }
        // A text in the form of one country's only is told what is wrong with it there.
        let wrong = if read.contains(&Err(Error::NoSuchPersonalNumber)) {
            Error::NoSuchPersonalNumber
        } else {
            Error::NotAPersonalNumber
        };
        let numbers: Vec<Self> = read.into_iter().flatten().map(Self).collect();
        if numbers.is_empty() { Err(wrong) } else { Ok(numbers) }
    }

    /// The number in its one form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PersonalNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// `[YY]YYMMDD[-+]NNNC`, as twelve digits.
fn swedish(text: &str, today: Date) -> Result<String, Error> {
    let (date, serial) = last(text, 4).ok_or(Error::NotAPersonalNumber)?;
    let (date, turned_hundred) = match (date.strip_suffix('-'), date.strip_suffix('+')) {
        (Some(date), _) => (date, false),
        (None, Some(date)) => (date, true),
        (None, None) => (date, false),
    };
    let (years, month_and_day) = last(date, 4).ok_or(Error::NotAPersonalNumber)?;
    let (Some(years_said), Some(month_and_day_said), Some(_)) =
        (digits(years), digits(month_and_day), digits(serial))
    else {
        return Err(Error::NotAPersonalNumber);
    };
    let (month, day) = (month_and_day_said / 100, month_and_day_said % 100);
    let born = |year: i16| born(year, month, day).filter(|&date| date <= today);
    let year = match years.len() {
        4 => Some(years_said),
        2 if turned_hundred => latest(years_said, today.year() - 100),
        2 => {
            latest(years_said, today.year()).map(|year| if born(year).is_some() { year } else { year - 100 })
        }
        _ => return Err(Error::NotAPersonalNumber),
    };
    let year = year.filter(|&year| year >= FIRST_YEAR && born(year).is_some());
    let year = year.ok_or(Error::NoSuchPersonalNumber)?;
    let number = format!("{year}{month_and_day}{serial}");
    // The serials begin at 001 (SKV 704).
    if serial.starts_with("000") || !luhn(&number[2..]) {
        return Err(Error::NoSuchPersonalNumber);
    }
    Ok(number)
}

/// The day of birth by a Swedish number's month and day, the first possible one where it isn't known.
fn born(year: i16, month: i16, day: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    if day < COORDINATION {
        return Date::new(year, month, day).ok();
    }
    Date::new(year, month.max(1), (day - COORDINATION).max(1)).ok()
}

/// The latest year, up to `limit`, that ends in these two digits.
fn latest(two_digits: i16, limit: i16) -> Option<i16> {
    let back = (limit - two_digits).rem_euclid(100);
    limit.checked_sub(back)
}

/// Whether the last of the digits is the check digit of those before it (the Luhn algorithm).
fn luhn(digits: &str) -> bool {
    let weighed = digits.bytes().rev().enumerate().map(|(place, digit)| {
        let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
        value / 10 + value % 10
    });
    weighed.sum::<u32>().is_multiple_of(10)
}

/// `DDMMYY[sign]NNNX`, as eleven characters in capitals.
fn finnish(text: &str, today: Date) -> Result<String, Error> {
    let text = text.to_ascii_uppercase();
    let (rest, check) = last(&text, 1).ok_or(Error::NotAPersonalNumber)?;
    let (rest, individual) = last(rest, 3).ok_or(Error::NotAPersonalNumber)?;
    let (date, sign) = match rest.len() {
        6 => (rest, "-"),
        7 => last(rest, 1).ok_or(Error::NotAPersonalNumber)?,
        _ => return Err(Error::NotAPersonalNumber),
    };
    // The signs of 2023 (Finnish decree 690/2022).
    let century = match sign {
        "+" => 1800,
        "-" | "Y" | "X" | "W" | "V" | "U" => 1900,
        "A" | "B" | "C" | "D" | "E" | "F" => 2000,
        _ => return Err(Error::NotAPersonalNumber),
    };
    let (Some((day_and_month, year)), Some(number)) = (last(date, 2), digits(individual)) else {
        return Err(Error::NotAPersonalNumber);
    };
    let (Some(day_and_month), Some(year_said), true) =
        (digits(day_and_month), digits(year), FINNISH_CHECKS.contains(&check.as_bytes()[0]))
    else {
        return Err(Error::NotAPersonalNumber);
    };
    let (day, month) = (i8::try_from(day_and_month / 100), i8::try_from(day_and_month % 100));
    let born =
        day.ok().zip(month.ok()).and_then(|(day, month)| Date::new(century + year_said, month, day).ok());
    let checked = format!("{date}{individual}").parse::<usize>().ok().map(|nine| FINNISH_CHECKS[nine % 31]);
    // The individual numbers begin at 002 (dvv.fi/en/personal-identity-code).
    if number < 2 || checked != Some(check.as_bytes()[0]) || born.is_none_or(|born| born > today) {
        return Err(Error::NoSuchPersonalNumber);
    }
    Ok(format!("{date}{sign}{individual}{check}"))
}

/// Parts the last so many bytes of a text from those before.
fn last(text: &str, bytes: usize) -> Option<(&str, &str)> {
    text.split_at_checked(text.len().checked_sub(bytes)?)
}

/// At most four digits, and nothing else.
fn digits(text: &str) -> Option<i16> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
