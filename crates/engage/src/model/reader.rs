//! Lenient reading of JSON objects, straight from their text.
//!
//! Values stay raw until they are asked for, so a number keeps its digits and an unknown member of
//! any size costs nothing. Names match without regard to case, exact ones first (fact C-40).
//! Errors name the member and never its value, which may be personal.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::Text;

/// A member that isn't what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{member} is not {expected}")]
pub(crate) struct Mismatch {
    pub member: &'static str,
    pub expected: &'static str,
}

/// A JSON value, one level deep.
pub(crate) enum Shape<'a> {
    Null,
    Text(String),
    /// A number or a boolean, as written.
    Bare(&'a str),
    List(Vec<&'a RawValue>),
    Object(Object<'a>),
}

/// A JSON object whose members are still raw.
pub(crate) struct Object<'a>(BTreeMap<String, &'a RawValue>);

/// A decimal from its digits, unless it can't be held exactly.
pub(crate) fn exact(text: &Text) -> Option<Decimal> {
    let text = text.as_str();
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

impl<'a> Shape<'a> {
    /// Reads a whole body. `None` when it isn't JSON.
    pub fn of_body(body: &'a [u8]) -> Option<Shape<'a>> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        serde_json::from_slice::<&RawValue>(body).ok().and_then(Shape::of)
    }

    pub fn of(raw: &'a RawValue) -> Option<Shape<'a>> {
        let text = raw.get();
        let shape = match text.as_bytes().first()? {
            b'n' => Shape::Null,
            b'"' => Shape::Text(serde_json::from_str(text).ok()?),
            b'[' => Shape::List(serde_json::from_str(text).ok()?),
            b'{' => Shape::Object(Object(serde_json::from_str(text).ok()?)),
            _ => Shape::Bare(text),
        };
        Some(shape)
    }

    /// Text, or a number or boolean as text.
    pub fn into_text(self) -> Option<String> {
        match self {
            Shape::Text(text) => Some(text),
            Shape::Bare(text) => Some(text.to_owned()),
            Shape::Null | Shape::List(_) | Shape::Object(_) => None,
        }
    }
}

impl<'a> Object<'a> {
    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let close = || self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, raw)| raw);
        self.0.get(name).or_else(close).copied()
    }

    /// A member in whatever shape it has.
    pub fn shape(&self, name: &str) -> Option<Shape<'a>> {
        self.raw(name).and_then(Shape::of)
    }

    /// A describing text: absent when it is null, blank, or no text.
    pub fn text(&self, name: &str) -> Option<Text> {
        self.shape(name).and_then(Shape::into_text).and_then(Text::new)
    }

    /// An identifying text: absent when it is null or blank, an error when it is no text.
    pub fn key(&self, name: &'static str) -> Result<Option<Text>, Mismatch> {
        match self.shape(name) {
            None if self.raw(name).is_none() => Ok(None),
            Some(Shape::Null) => Ok(None),
            None | Some(Shape::List(_) | Shape::Object(_)) => {
                Err(Mismatch { member: name, expected: "a text" })
            }
            Some(shape) => Ok(shape.into_text().and_then(Text::new)),
        }
    }

    /// An identifying text that must be there.
    pub fn required(&self, name: &'static str) -> Result<Text, Mismatch> {
        self.key(name)?.ok_or(Mismatch { member: name, expected: "there" })
    }

    /// A boolean, also as text.
    pub fn truth(&self, name: &str) -> Option<bool> {
        let text = self.text(name)?;
        match text.as_str() {
            t if t.eq_ignore_ascii_case("true") => Some(true),
            t if t.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A boolean that something hangs on, also as text: absent when it is null, an error when it is none.
    pub fn flag(&self, name: &'static str) -> Result<Option<bool>, Mismatch> {
        match self.key(name)? {
            None => Ok(None),
            Some(_) => self.truth(name).map(Some).ok_or(Mismatch { member: name, expected: "true or false" }),
        }
    }

    /// A whole number, also as text: absent when it is null, an error when it is none.
    pub fn count(&self, name: &'static str) -> Result<Option<u64>, Mismatch> {
        let expected = Mismatch { member: name, expected: "a whole number" };
        self.key(name)?.map(|text| text.as_str().parse().map_err(|_| expected)).transpose()
    }

    /// A decimal from its digits, also as text: absent when it is null, an error when it can't be
    /// held exactly. Money is never guessed.
    pub fn decimal(&self, name: &'static str) -> Result<Option<Decimal>, Mismatch> {
        let expected = Mismatch { member: name, expected: "a decimal" };
        self.key(name)?.map(|text| exact(&text).ok_or(expected)).transpose()
    }

    /// An object inside: empty when it is absent or something else.
    pub fn object(&self, name: &str) -> Object<'a> {
        match self.shape(name) {
            Some(Shape::Object(object)) => object,
            _ => Object(BTreeMap::new()),
        }
    }

    /// A list inside: `None` when it is absent or null, an error when it is something else.
    pub fn list(&self, name: &'static str) -> Result<Option<Vec<Shape<'a>>>, Mismatch> {
        let expected = Mismatch { member: name, expected: "a list" };
        match self.shape(name) {
            None if self.raw(name).is_none() => Ok(None),
            Some(Shape::Null) => Ok(None),
            Some(Shape::List(rows)) => {
                rows.into_iter().map(|row| Shape::of(row).ok_or(expected)).collect::<Result<_, _>>().map(Some)
            }
            _ => Err(expected),
        }
    }

    /// The members that are texts, by name.
    pub fn texts(&self) -> BTreeMap<String, Text> {
        let texts =
            self.0.iter().filter_map(|(name, raw)| Some((name, Text::new(Shape::of(raw)?.into_text()?)?)));
        texts.map(|(name, text)| (name.clone(), text)).collect()
    }
}
