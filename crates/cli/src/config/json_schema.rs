//! The JSON Schema of the configuration file, for editors. It follows from the table of settings; what must fit
//! together across settings is checked on loading only.

use pos::store::{ADDRESS_LINES_MAX, PRINTED_CHARS_MAX};
use serde_json::{Map, Value, json};

use super::document::UP_TO;
use super::schema::{self, Field, Kind};
use super::value;

/// How a currency is written.
const CURRENCY: &str = "^[A-Z]{3}$";

/// The document, as it is committed in `docs/config.schema.json`.
pub(super) fn document() -> Value {
    let mut sections = Map::new();
    for field in schema::FIELDS {
        *place(&mut sections, field.key) = property(field);
    }
    for table in schema::TABLES {
        let mut by_currency = by_currency(&property(table));
        by_currency["description"] = json!("By currency.");
        *place(&mut sections, table.key) = by_currency;
    }
    sections.insert(schema::STORES.to_owned(), json!({ "type": "array", "items": store() }));
    let mut document = object(sections);
    document["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    document["title"] = json!("tillbridge.toml");
    document
}

/// The place of a key, with the tables that lie above it.
fn place<'a>(sections: &'a mut Map<String, Value>, key: &str) -> &'a mut Value {
    match key.split_once('.') {
        None => sections.entry(key).or_insert(Value::Null),
        Some((section, rest)) => {
            let section = sections.entry(section).or_insert_with(|| object(Map::new()));
            let properties = section["properties"].as_object_mut();
            place(properties.expect("an object of ours has properties"), rest)
        }
    }
}

fn by_currency(amount: &Value) -> Value {
    json!({ "type": "object", "propertyNames": pattern(CURRENCY), "additionalProperties": amount })
}

fn store() -> Value {
    let properties =
        schema::STORE_FIELDS.iter().map(|field| (field.key.to_owned(), property(field))).collect();
    let mut store = object(properties);
    store["required"] = schema::STORE_NEEDS.iter().map(|key| json!(key)).collect();
    store
}

fn object(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn property(field: &Field) -> Value {
    let mut property = match field.kind {
        Kind::Address | Kind::Path | Kind::Secret | Kind::Text | Kind::TimeZone => {
            json!({ "type": "string", "minLength": 1 })
        }
        Kind::Url => json!({ "type": "string", "format": "uri" }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Words(words) => list(&json!({ "enum": words })),
        Kind::Lines => lines(),
        Kind::Names => list(&json!({ "type": "string", "minLength": 1 })),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::ListName => pattern("^[A-Za-z][A-Za-z0-9]*\\.[A-Za-z][A-Za-z0-9]*$"),
        Kind::Decimal => decimal(),
        Kind::Rate => json!({ "anyOf": [decimal(), {
            "type": "object",
            "propertyNames": pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            "additionalProperties": decimal(),
        }] }),
        Kind::Amounts => by_currency(&decimal()),
        Kind::Outage => json!({ "anyOf": [{ "enum": schema::OUTAGES }, {
            "type": "object",
            "properties": { UP_TO: by_currency(&decimal()) },
            "required": [UP_TO],
            "additionalProperties": false,
        }] }),
        Kind::Day => json!({ "type": "string", "format": "date" }),
        Kind::Country => pattern("^[A-Z]{2}$"),
        Kind::Language => pattern("^[a-z]{2}$"),
        Kind::Currency => pattern(CURRENCY),
        Kind::Currencies => list(&pattern(CURRENCY)),
    };
    property["description"] = json!(field.summary);
    if let Some(default) = field.default {
        property["default"] = match field.kind {
            Kind::Whole(..) => default.parse::<u32>().map_or(Value::Null, Value::from),
            Kind::Flag => json!(default == "true"),
            Kind::Words(_) | Kind::Names | Kind::Currencies => value::list(default).collect(),
            _ => json!(default),
        };
    }
    property
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items, "uniqueItems": true })
}

/// What is printed of a store, line by line.
fn lines() -> Value {
    let line = json!({ "type": "string", "minLength": 1, "maxLength": PRINTED_CHARS_MAX });
    json!({ "type": "array", "items": line, "maxItems": ADDRESS_LINES_MAX })
}

/// A decimal above zero, as a number or as text.
fn decimal() -> Value {
    json!({ "type": ["number", "string"], "exclusiveMinimum": 0 })
}

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}
