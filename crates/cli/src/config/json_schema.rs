//! The JSON Schema of the configuration file, for editors. It follows from the table of settings; what must fit
//! together across settings is checked on loading only.

use serde_json::{Map, Value, json};

use super::schema::{self, Field, Kind};
use super::value;

/// The document, as it is committed in `docs/config.schema.json`.
pub(super) fn document() -> Value {
    let mut sections = Map::new();
    for field in schema::FIELDS {
        let (section, key) = field.key.split_once('.').unwrap_or(("", field.key));
        let entry = sections.entry(section).or_insert_with(|| object(Map::new()));
        entry["properties"][key] = property(field);
    }
    if let Some((section, key)) = schema::RATES.split_once('.') {
        sections[section]["properties"][key] = json!({
            "type": "object",
            "description": "By currency: what one unit of it is in the group currency.",
            "propertyNames": pattern("^[A-Z]{3}$"),
            "additionalProperties": property(&schema::RATE),
        });
    }
    sections.insert(schema::STORES.to_owned(), json!({ "type": "array", "items": store() }));
    let mut document = object(sections);
    document["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    document["title"] = json!("tillbridge.toml");
    document
}

fn store() -> Value {
    let properties =
        schema::STORE_FIELDS.iter().map(|field| (field.key.to_owned(), property(field))).collect();
    let mut store = object(properties);
    store["required"] = schema::STORE_FIELDS.iter().map(|field| json!(field.key)).collect();
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
        Kind::Names => list(&json!({ "type": "string", "minLength": 1 })),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Rate => json!({ "type": ["number", "string"], "exclusiveMinimum": 0 }),
        Kind::Country => pattern("^[A-Z]{2}$"),
        Kind::Language => pattern("^[a-z]{2}$"),
        Kind::Currency => pattern("^[A-Z]{3}$"),
    };
    property["description"] = json!(field.summary);
    if let Some(default) = field.default {
        property["default"] = match field.kind {
            Kind::Whole(..) => default.parse::<u32>().map_or(Value::Null, Value::from),
            Kind::Flag => json!(default == "true"),
            Kind::Words(_) | Kind::Names => value::list(default).collect(),
            _ => json!(default),
        };
    }
    property
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items, "uniqueItems": true })
}

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}
