//! The canonical form of a JSON text: equal contents give equal bytes, so that a content can be compared by
//! its hash.
//!
//! Keys are sorted by their bytes; a number is its digits without outer zeros and a power of ten, so that
//! `1.50`, `1.5` and `15e-1` are one; strings are untouched, so `"1.50"` stays another content than `"1.5"`.
//! The bytes are themselves JSON of the same meaning. A change of the form needs a new [`VERSION`].

use std::io::Write;

use serde_json::{Map, Value};

/// The version of the form, stored beside every hash of it.
pub const VERSION: u8 = 1;

/// The canonical bytes of a JSON value.
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(2048);
    write_value(&mut out, value);
    out
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(out, number.as_str()),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write_value(out, item);
            }
            out.push(b']');
        }
        Value::Object(map) => write_object(out, map),
    }
}

/// Sorts only where it must: the usual map is sorted already, one that keeps the order of its text isn't.
fn write_object(out: &mut Vec<u8>, map: &Map<String, Value>) {
    if map.keys().is_sorted() {
        write_entries(out, map.iter());
    } else {
        let mut entries: Vec<(&String, &Value)> = map.iter().collect();
        entries.sort_unstable_by_key(|&(key, _)| key);
        write_entries(out, entries.into_iter());
    }
}

fn write_entries<'a>(out: &mut Vec<u8>, entries: impl Iterator<Item = (&'a String, &'a Value)>) {
    out.push(b'{');
    for (position, (key, value)) in entries.enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write_string(out, key);
        out.push(b':');
        write_value(out, value);
    }
    out.push(b'}');
}

fn write_string(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a string always becomes JSON, and a Vec takes every byte");
}

/// Writes `-15.00e3` as `-15e3`. An exponent too large for arithmetic stays as it was written.
fn write_number(out: &mut Vec<u8>, text: &str) {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (digits, exponent) = match unsigned.bytes().position(|byte| byte | 0x20 == b'e') {
        Some(at) => (&unsigned[..at], unsigned[at + 1..].parse::<i64>().ok()),
        None => (unsigned, Some(0)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    // The digits are `whole` and then `fraction`; zeros at either end only move the power of ten.
    let (first, rest, zeros) = if fraction.is_empty() {
        let first = whole.trim_end_matches('0');
        (first, "", whole.len() - first.len())
    } else {
        (whole, fraction, 0)
    };
    let first = first.trim_start_matches('0');
    let rest = if first.is_empty() { rest.trim_start_matches('0') } else { rest };
    if first.is_empty() && rest.is_empty() {
        out.push(b'0');
        return;
    }
    let Some(power) = exponent.and_then(|power| {
        power.checked_add_unsigned(zeros as u64)?.checked_sub_unsigned(fraction.len() as u64)
    }) else {
        out.extend_from_slice(text.as_bytes());
        return;
    };
    if unsigned.len() < text.len() {
        out.push(b'-');
    }
    out.extend_from_slice(first.as_bytes());
    out.extend_from_slice(rest.as_bytes());
    if power != 0 {
        write!(out, "e{power}").expect("a Vec takes every byte");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::canonical;

    fn text(json: &str) -> String {
        let value: Value = serde_json::from_str(json).unwrap();
        String::from_utf8(canonical(&value)).unwrap()
    }

    #[test]
    fn numbers_of_one_value_have_one_form() {
        for (json, form) in [
            ("1.50", "15e-1"),
            ("1.5", "15e-1"),
            ("15e-1", "15e-1"),
            ("0.0015E+3", "15e-1"),
            ("100", "1e2"),
            ("1e2", "1e2"),
            ("120.00", "12e1"),
            ("10.01", "1001e-2"),
            ("0", "0"),
            ("-0.00", "0"),
            ("0e99999999999999999999", "0"),
            ("-7", "-7"),
            ("0.05", "5e-2"),
            ("123456789012345678901234567890.5", "1234567890123456789012345678905e-1"),
        ] {
            assert_eq!(text(json), form, "{json}");
        }
    }

    #[test]
    fn an_exponent_beyond_arithmetic_is_kept_and_never_expanded() {
        let huge = "1e99999999999999999999";
        assert!(text(huge).len() <= huge.len() + 1);
        assert_eq!(text("1e999999999"), "1e999999999");
    }

    #[test]
    fn keys_are_sorted_and_space_is_gone() {
        assert_eq!(text(r#" { "b" : [ 1 , true , null ] , "a" : { "d" : 1, "c" : "x y" } } "#), {
            r#"{"a":{"c":"x y","d":1},"b":[1,true,null]}"#
        });
    }

    #[test]
    fn strings_are_untouched() {
        assert_eq!(text(r#"["1.50","1.5","\u00e5\n\"/"]"#), "[\"1.50\",\"1.5\",\"å\\n\\\"/\"]");
        assert_ne!(text(r#""1.50""#), text(r#""1.5""#));
    }

    #[test]
    fn the_form_of_a_form_is_itself() {
        for json in [r#"{"z":1.50,"a":[0.10,-3e4,{"q":"\u0000"}],"m":""}"#, "[]", "{}", "-0.0", "1e-7"] {
            assert_eq!(text(&text(json)), text(json), "{json}");
        }
    }
}
