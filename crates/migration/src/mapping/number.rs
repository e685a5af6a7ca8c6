//! Numbers as people and programs write them.

use rust_decimal::Decimal;

/// The longest number that is read.
const DIGITS_MAX: usize = 28;

/// How numbers are written: what stands before the decimals, and what may stand between thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberForm {
    decimal: char,
    group: Option<char>,
}

impl NumberForm {
    /// The form of an example such as `1.234,56`, `1 234.56`, `1234,56` or `1234`.
    #[must_use]
    pub fn of(example: &str) -> Option<Self> {
        let mut marks = example.trim().chars().filter(|char| !char.is_ascii_digit());
        let (first, second) = (marks.next(), marks.next());
        let form = match (first, second) {
            (None, _) => Self { decimal: '.', group: None },
            (Some(decimal @ ('.' | ',')), None) => Self { decimal, group: None },
            (Some(group), Some(decimal @ ('.' | ','))) if group != decimal && is_group(group) => {
                Self { decimal, group: Some(group) }
            }
            _ => return None,
        };
        let digits = example.chars().filter(char::is_ascii_digit).count();
        (marks.next().is_none() && digits > 0).then_some(form)
    }

    /// An example of it, which [`Self::of`] reads back.
    #[must_use]
    pub fn example(self) -> String {
        match self.group {
            Some(group) => format!("1{group}234{}56", self.decimal),
            None => format!("1234{}56", self.decimal),
        }
    }
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotANumber {
    /// It isn't one.
    Form,
    /// `1,234` is a thousand to some and one and a bit to others.
    Ambiguous,
}

/// Reads a number: in the form, or in any that can be told. A minus may stand before or after it, or be a pair of
/// brackets; a currency's or a percent's mark after it is passed over.
pub(super) fn read(text: &str, form: Option<NumberForm>) -> Result<Decimal, NotANumber> {
    let (text, negative) = unsigned(text.trim())?;
    let text = bare(text);
    let (decimal, group) = match form {
        Some(form) => (form.decimal, form.group),
        None => marks_of(text)?,
    };
    let mut plain = String::with_capacity(text.len() + 1);
    if negative {
        plain.push('-');
    }
    let mut decimals = false;
    let mut digits = 0;
    // Digits since the last mark between thousands.
    let mut run = None;
    for char in text.chars() {
        match char {
            '0'..='9' => {
                plain.push(char);
                digits += 1;
                run = run.map(|count: usize| count + 1);
            }
            _ if char == decimal && !decimals && run.is_none_or(|run| run == 3) => {
                plain.push('.');
                decimals = true;
                run = None;
            }
            _ if !decimals && digits > 0 && is_between(char, group) && run.is_none_or(|run| run == 3) => {
                run = Some(0);
            }
            _ => return Err(NotANumber::Form),
        }
    }
    if digits == 0 || digits > DIGITS_MAX || run.is_some_and(|run| run != 3) {
        return Err(NotANumber::Form);
    }
    plain.parse().map_err(|_| NotANumber::Form)
}

fn unsigned(text: &str) -> Result<(&str, bool), NotANumber> {
    const MINUS: [char; 3] = ['-', '\u{2212}', '\u{2013}'];
    if let Some(inner) = text.strip_prefix('(') {
        return Ok((inner.strip_suffix(')').ok_or(NotANumber::Form)?.trim(), true));
    }
    // `:-` ends a price in kronor, and is no minus.
    if text.ends_with(":-") && !text.starts_with(MINUS) {
        return Ok((text, false));
    }
    if let Some(rest) = text.strip_prefix(MINUS) {
        return Ok((rest.trim_start(), true));
    }
    if let Some(rest) = text.strip_suffix(MINUS) {
        return Ok((rest.trim_end(), true));
    }
    Ok((text.strip_prefix('+').unwrap_or(text), false))
}

fn bare(text: &str) -> &str {
    const MARKS: [&str; 5] = [":-", "kr", "%", "\u{20ac}", "SEK"];
    MARKS.iter().find_map(|mark| text.strip_suffix(mark)).unwrap_or(text).trim_end()
}

/// The marks of a number whose form nobody told: of two the last is the decimals', and of one it depends.
fn marks_of(text: &str) -> Result<(char, Option<char>), NotANumber> {
    let (dots, commas) = (text.matches('.').count(), text.matches(',').count());
    match (dots, commas) {
        (0, 0) | (1, 0) => Ok(('.', None)),
        (0, 1) => {
            let (before, after) = text.split_once(',').unwrap_or_default();
            let thousand = after.len() == 3 && (1..=3).contains(&before.len()) && before != "0";
            if thousand { Err(NotANumber::Ambiguous) } else { Ok((',', None)) }
        }
        (_, 0) => Ok((',', Some('.'))),
        (0, _) => Ok(('.', Some(','))),
        (_, _) if text.rfind(',') > text.rfind('.') => Ok((',', Some('.'))),
        (_, _) => Ok(('.', Some(','))),
    }
}

const fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

const fn is_group(char: char) -> bool {
    is_space(char) || matches!(char, '.' | ',' | '\'' | '\u{2019}')
}

/// Whether it may stand between thousands: a space always may.
fn is_between(char: char, group: Option<char>) -> bool {
    is_space(char) || group == Some(char) || (group.is_none() && matches!(char, '\'' | '\u{2019}'))
}
