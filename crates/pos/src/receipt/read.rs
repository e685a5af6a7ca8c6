//! The reading of single JSON values: each either is what it should be, or becomes a finding.
//!
//! `null` and blank texts are read as absent, everywhere. A number is read from its own text, never through
//! binary floating point.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::finding::{At, Findings};
use super::{EXTRA_DATA_MAX, Extra, TEXT_CHARS_MAX};
use crate::money::{self, Currency, Percent};

/// Reads values and collects what is wrong with them.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) findings: Findings,
}

impl Reader {
    /// A text; what is no text is left out with a warning, so that a slip in a detail stops nothing.
    pub(crate) fn text<'a>(&mut self, at: &At<'_>, value: &'a Value) -> Option<&'a str> {
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.as_str(),
            Value::Number(number) => {
                self.findings.warn(
                    "numberForText",
                    at,
                    "send this as text: a number loses its leading zeros",
                );
                number.as_str()
            }
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.left_out(at, "text", value);
                return None;
            }
        };
        // Most texts are short enough by their bytes alone.
        if text.len() > TEXT_CHARS_MAX && text.chars().count() > TEXT_CHARS_MAX {
            let detail = format!("more than {TEXT_CHARS_MAX} characters; Engage may cut it: shorten it");
            self.findings.warn("textTooLong", at, detail);
        }
        if text.chars().all(char::is_whitespace) { None } else { Some(text) }
    }

    /// Yes or no; what is neither is a fault, because either reading could be wrong.
    pub(crate) fn flag(&mut self, at: &At<'_>, value: &Value) -> Option<bool> {
        match value {
            Value::Null => None,
            Value::Bool(flag) => Some(*flag),
            other => self.wrong_type(at, "true or false", other),
        }
    }

    pub(crate) fn decimal(&mut self, at: &At<'_>, value: &Value) -> Option<Decimal> {
        let text = match value {
            Value::Null => return None,
            Value::Number(number) => number.as_str(),
            Value::String(text) => text.trim(),
            other => return self.wrong_type(at, "a number", other),
        };
        self.or_fault(at, money::parse_decimal(text))
    }

    /// A decimal that isn't below zero.
    pub(crate) fn amount(&mut self, at: &At<'_>, value: &Value) -> Option<Decimal> {
        let amount = self.decimal(at, value)?;
        self.not_negative(at, amount)
    }

    /// What isn't below zero.
    pub(crate) fn not_negative(&mut self, at: &At<'_>, amount: Decimal) -> Option<Decimal> {
        if amount >= Decimal::ZERO {
            return Some(amount);
        }
        let detail = "this can't be below zero; send the amount itself, without a sign";
        self.findings.fault("negativeAmount", at, detail);
        None
    }

    pub(crate) fn percent(&mut self, at: &At<'_>, value: &Value) -> Option<Percent> {
        let percent = self.decimal(at, value)?;
        self.or_fault(at, Percent::new(percent))
    }

    pub(crate) fn currency(&mut self, at: &At<'_>, value: &Value) -> Option<Currency> {
        let code = self.text(at, value)?;
        self.or_fault(at, Currency::parse(code))
    }

    /// A list of at most `max` items.
    pub(crate) fn list<'a>(&mut self, at: &At<'_>, value: &'a Value, max: usize) -> &'a [Value] {
        match value {
            Value::Null => &[],
            Value::Array(items) if items.len() <= max => items,
            Value::Array(items) => {
                let detail = format!("{} items, where at most {max} are read; send fewer", items.len());
                self.findings.fault("tooMany", at, detail);
                &[]
            }
            other => {
                let _: Option<()> = self.wrong_type(at, "a list", other);
                &[]
            }
        }
    }

    pub(crate) fn object<'a>(&mut self, at: &At<'_>, value: &'a Value) -> Option<&'a Map<String, Value>> {
        match value {
            Value::Object(map) => Some(map),
            other => self.wrong_type(at, "an object", other),
        }
    }

    /// An object that goes on as it is, whatever it holds; what is none is left out with a warning.
    pub(crate) fn data<'a>(&mut self, at: &At<'_>, value: &'a Value) -> Option<&'a Map<String, Value>> {
        match value {
            Value::Null => None,
            Value::Object(map) => Some(map),
            other => {
                self.left_out(at, "an object", other);
                None
            }
        }
    }

    /// Says that a detail of another type is left out.
    pub(crate) fn left_out(&mut self, at: &At<'_>, expected: &str, found: &Value) {
        let detail = format!("left out: expected {expected}, found {}; send it so", type_of(found));
        self.findings.warn("wrongType", at, detail);
    }

    /// Names and values: `{ "size": "M", "campaign": 12 }`.
    pub(crate) fn extra_data<'a>(&mut self, at: &At<'_>, value: &'a Value) -> Vec<Extra<'a>> {
        if value.is_null() {
            return Vec::new();
        }
        let Some(map) = self.object(at, value) else { return Vec::new() };
        if map.len() > EXTRA_DATA_MAX {
            let detail = format!("{} names, where at most {EXTRA_DATA_MAX} are read; send fewer", map.len());
            self.findings.fault("tooMany", at, detail);
            return Vec::new();
        }
        map.iter().filter_map(|(name, value)| self.extra(&at.field(name), name, value)).collect()
    }

    /// A value that must be there; unless it was unreadable, which has been said.
    pub(crate) fn require<T>(
        &mut self,
        at: &At<'_>,
        value: Option<T>,
        code: &'static str,
        detail: &str,
    ) -> Option<T> {
        if value.is_none() && !self.findings.has_fault_at(at) {
            self.findings.fault(code, at, detail);
        }
        value
    }

    /// A field that nobody reads: most often a slip of the pen.
    pub(crate) fn unknown(&mut self, at: &At<'_>, name: &str, known: &[&str]) {
        let detail = match closest(name, known) {
            Some(known) => format!("no such field, so it is not read; is it `{known}`?"),
            None => match ["data", "extraData"].into_iter().find(|free| known.contains(free)) {
                Some(free) => format!("no such field, so it is not read; put it into {free} or leave it out"),
                None => "no such field, so it is not read; leave it out".to_owned(),
            },
        };
        self.findings.warn("unknownField", at, detail);
    }

    fn extra<'a>(&mut self, at: &At<'_>, name: &'a str, value: &'a Value) -> Option<Extra<'a>> {
        let value = match value {
            Value::Number(number) => number.as_str(),
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            other => self.text(at, other)?,
        };
        Some(Extra { name, value })
    }

    fn wrong_type<T>(&mut self, at: &At<'_>, expected: &str, found: &Value) -> Option<T> {
        self.findings.fault("wrongType", at, format!("expected {expected}, found {}", type_of(found)));
        None
    }

    fn or_fault<T>(&mut self, at: &At<'_>, read: Result<T, money::Error>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.findings.fault(code_of(error), at, error.to_string());
                None
            }
        }
    }
}

/// The finding's code of an error about money.
pub(crate) const fn code_of(error: money::Error) -> &'static str {
    match error {
        money::Error::UnknownCurrency => "currencyUnknown",
        money::Error::NotANumber => "notANumber",
        money::Error::TooLarge => "amountTooLarge",
        money::Error::TooPrecise => "tooManyDigits",
        money::Error::TooManyDecimals { .. } => "tooManyDecimals",
        money::Error::PercentOutOfRange => "percentOutOfRange",
        money::Error::PercentTooPrecise => "percentTooPrecise",
    }
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The known name that `name` most likely is: the same but for case and marks, or within two edits.
fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    /// Beyond it nothing is close, and comparing would only cost time.
    const NAME_BYTES_MAX: usize = 32;
    /// More edits than this make another word.
    const EDITS_MAX: usize = 2;
    if name.len() > NAME_BYTES_MAX {
        return None;
    }
    let name = plain(name);
    let edits = known.iter().map(|&known| (edits_between(&name, &plain(known)), known));
    let (edits, closest) = edits.min_by_key(|&(edits, _)| edits)?;
    (edits <= EDITS_MAX.min(name.len().saturating_sub(1) / 2)).then_some(closest)
}

/// Small letters and digits alone, so that `tax_percent` and `TaxPercent` are one.
fn plain(name: &str) -> Vec<u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect()
}

/// The Levenshtein distance.
fn edits_between(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_misspelt_name_is_recognised_and_another_word_is_not() {
        let known = ["unitPrice", "quantity", "taxPercent", "sku", "id"];
        for (name, meant) in [
            ("unitprice", Some("unitPrice")),
            ("tax_percent", Some("taxPercent")),
            ("quantty", Some("quantity")),
            ("Sku", Some("sku")),
            ("skew", None),
            ("ix", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(closest(name, &known), meant, "{name}");
        }
    }
}
