//! JSON as people like to read it: in the order in which it was written, members side by side where they fit.

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// The longest line, in characters, unless one value alone is longer.
const WIDTH: usize = 66;
/// How far a level is set in.
const STEP: usize = 2;

/// An object's members in their order.
struct Members(Vec<(String, Box<RawValue>)>);

/// A value on its lines.
pub fn lines(value: &RawValue) -> String {
    broken(value.get(), 0)
}

/// A value, at this depth; its first line begins where the caller stands.
fn broken(text: &str, depth: usize) -> String {
    let inner = depth + STEP;
    let (open, close, parts) = match text.as_bytes().first() {
        Some(b'{') => {
            let parts: Vec<(String, String)> = members(text)
                .into_iter()
                .map(|(name, value)| (format!("{}: ", quoted(&name)), value))
                .collect();
            ('{', '}', parts)
        }
        Some(b'[') => ('[', ']', items(text).into_iter().map(|value| (String::new(), value)).collect()),
        _ => return text.to_owned(),
    };
    let mut out = String::from(open);
    let mut room = 0;
    let mut after_a_leaf = false;
    let last = parts.len().saturating_sub(1);
    for (n, (name, value)) in parts.into_iter().enumerate() {
        let flat = format!("{name}{}", on_one_line(&value));
        let comma = if n == last { "" } else { "," };
        let length = flat.chars().count() + comma.len();
        let is_leaf = !value.starts_with(['{', '[']);
        if is_leaf && after_a_leaf && length < room {
            out.push_str(&format!(" {flat}{comma}"));
            room -= length + 1;
        } else {
            out.push_str(&format!("\n{:inner$}", ""));
            let fits = length + inner <= WIDTH;
            if fits || is_leaf {
                out.push_str(&format!("{flat}{comma}"));
            } else {
                out.push_str(&format!("{name}{}{comma}", broken(&value, inner)));
            }
            room = WIDTH.saturating_sub(inner + length);
        }
        after_a_leaf = is_leaf;
    }
    out.push_str(&format!("\n{:depth$}{close}", ""));
    out
}

fn on_one_line(text: &str) -> String {
    let joined = |open: &str, parts: Vec<String>, close: &str| match parts.is_empty() {
        true => format!("{open}{close}"),
        false => format!("{open} {} {close}", parts.join(", ")),
    };
    match text.as_bytes().first() {
        Some(b'{') => {
            let parts = members(text)
                .into_iter()
                .map(|(name, value)| format!("{}: {}", quoted(&name), on_one_line(&value)));
            joined("{", parts.collect(), "}")
        }
        Some(b'[') => {
            let parts: Vec<String> = items(text).iter().map(|value| on_one_line(value)).collect();
            format!("[{}]", parts.join(", "))
        }
        _ => text.to_owned(),
    }
}

fn members(text: &str) -> Vec<(String, String)> {
    let Members(members) = serde_json::from_str(text).expect("an object");
    members.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect()
}

fn items(text: &str) -> Vec<String> {
    let items: Vec<Box<RawValue>> = serde_json::from_str(text).expect("a list");
    items.into_iter().map(|value| value.get().to_owned()).collect()
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Members, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[test]
fn members_keep_their_order_and_numbers_their_digits() {
    let text = r#"{"b":1.10,"a":{"long":"0123456789012345678901234567890123456789012345678901234567890","c":[]},"d":[{"e":{}}]}"#;
    let raw: Box<RawValue> = serde_json::from_str(text).unwrap();
    let expected = "{\n  \"b\": 1.10,\n  \"a\": {\n    \
                    \"long\": \"0123456789012345678901234567890123456789012345678901234567890\",\n    \
                    \"c\": []\n  },\n  \"d\": [{ \"e\": {} }]\n}";
    assert_eq!(lines(&raw), expected);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&lines(&raw)).unwrap(),
        serde_json::from_str::<serde_json::Value>(text).unwrap()
    );
}
