//! The digital receipt that a customer asked for: yes, or how it should be.
//!
//! Whatever is wrong with it is a warning: no sale waits for its copy.

use serde_json::Value;

use crate::receipt::DigitalReceipt;
use crate::receipt::finding::At;
use crate::receipt::read::Reader;
use crate::store::Language;

const FIELDS: [&str; 2] = ["language", "data"];

/// The digital receipt; `None` where none is asked for, or what asks for it can't be read.
pub(super) fn read_digital_receipt<'a>(
    reader: &mut Reader,
    at: &At<'_>,
    value: &'a Value,
) -> Option<DigitalReceipt<'a>> {
    let map = match value {
        Value::Null | Value::Bool(false) => return None,
        Value::Bool(true) => return Some(DigitalReceipt::default()),
        Value::Object(map) => map,
        other => {
            reader.left_out(at, "true, false or an object", other);
            return None;
        }
    };
    let mut digital = DigitalReceipt::default();
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            "language" => digital.language = read_language(reader, &at, value),
            "data" => digital.data = reader.data(&at, value),
            _ => reader.unknown(&at, key, &FIELDS),
        }
    }
    Some(digital)
}

fn read_language<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Option<&'a str> {
    let tag = reader.text(at, value)?;
    if Language::is_tag(tag) {
        return Some(tag);
    }
    let detail = "left out, so it is in the default language; write it as sv-SE or sv";
    reader.findings.warn("languageInvalid", at, detail);
    None
}
