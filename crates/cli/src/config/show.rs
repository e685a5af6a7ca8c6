//! The effective configuration as people read it: every setting, where it comes from, and no secret.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::document::{FROM, UP_TO};
use super::fault::Origin;
use super::raw::{Entry, Raw};
use super::schema::{self, Field, Kind};
use super::value;

/// What stands in place of a secret.
const HIDDEN: &str = "(hidden)";

/// The column at which origins begin.
const ORIGIN_COLUMN: usize = 56;

/// What is in force, as it was written, without secrets.
#[derive(Debug)]
pub(crate) struct Settings(Raw);

impl Settings {
    pub(super) fn without_secrets(mut raw: Raw) -> Self {
        for field in schema::FIELDS.iter().filter(|field| field.kind == Kind::Secret) {
            if let Some(entry) = raw.settings.get_mut(field.key) {
                entry.text = HIDDEN.to_owned();
            }
        }
        Self(raw)
    }

    /// Where a setting comes from; none if it is not set.
    #[cfg(test)]
    pub(super) fn origin(&self, key: &str) -> Option<&Origin> {
        self.0.settings.get(key).map(|entry| &entry.origin)
    }
}

pub(super) fn text(settings: &Settings) -> String {
    let Settings(raw) = settings;
    let mut out = String::new();
    let mut section = "";
    for field in schema::FIELDS {
        let (name, key) = field.key.rsplit_once('.').unwrap_or(("", field.key));
        if name != section {
            section = name;
            heading(&mut out, &format!("[{section}]"));
        }
        match raw.settings.get(field.key) {
            Some(entry) => line(&mut out, key, field, entry),
            None => _ = writeln!(out, "# {key} is not set"),
        }
    }
    for table in schema::TABLES {
        if raw.table(table.key).next().is_some() {
            heading(&mut out, &format!("[{}]", table.key));
        }
        for (currency, entry) in raw.table(table.key) {
            line(&mut out, currency, table, entry);
        }
    }
    for store in &raw.stores {
        heading(&mut out, &format!("[[{}]]", schema::STORES));
        for field in schema::STORE_FIELDS {
            if let Some(entry) = store.settings.get(field.key) {
                line(&mut out, field.key, field, entry);
            }
        }
    }
    out
}

/// What is in force as JSON. Rates are texts, so that their digits stay; dated ones are an object of days.
pub(super) fn json(settings: &Settings) -> Value {
    let Settings(raw) = settings;
    let named = schema::FIELDS.iter().filter_map(|field| Some((field, raw.settings.get(field.key)?)));
    let store = |store: &super::raw::Table| {
        let fields = schema::STORE_FIELDS.iter();
        fields
            .filter_map(|field| Some(row(field.key, field, store.settings.get(field.key)?)))
            .collect::<Value>()
    };
    let table = |key: &'static str| {
        let rows = schema::table(key)
            .into_iter()
            .flat_map(|table| raw.table(key).map(move |(currency, entry)| row(currency, table, entry)));
        rows.collect::<Value>()
    };
    json!({
        "settings": named.map(|(field, entry)| row(field.key, field, entry)).collect::<Value>(),
        "rates": table(schema::RATES),
        "points": table(schema::POINTS),
        "stores": raw.stores.iter().map(store).collect::<Value>(),
    })
}

fn row(key: &str, field: &Field, entry: &Entry) -> Value {
    let value = match field.kind {
        Kind::Whole(..) => entry.text.parse::<u32>().map_or_else(|_| entry.text.as_str().into(), Value::from),
        Kind::Flag => Value::from(entry.text == "true"),
        Kind::Words(_) | Kind::Names | Kind::Currencies => value::list(&entry.text).collect(),
        Kind::Lines => entry.text.lines().collect(),
        Kind::Rate | Kind::Amounts if entry.text.contains(FROM) => object(&entry.text),
        Kind::Outage if entry.text.contains(FROM) => json!({ UP_TO: object(&entry.text) }),
        _ => Value::from(entry.text.as_str()),
    };
    json!({ "key": key, "value": value, "origin": entry.origin.to_string() })
}

/// The days or currencies of a text that has them, each with what is said of it.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    value::list(text).filter_map(value::split_pair)
}

fn object(text: &str) -> Value {
    Value::Object(pairs(text).map(|(name, value)| (name.to_owned(), value.into())).collect())
}

fn inline_table(text: &str) -> String {
    let pairs: Vec<String> = pairs(text).map(|(name, value)| format!("{name} = {value}")).collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn heading(out: &mut String, name: &str) {
    let gap = if out.is_empty() { "" } else { "\n" };
    _ = writeln!(out, "{gap}{name}");
}

fn line(out: &mut String, key: &str, field: &Field, entry: &Entry) {
    let value = match field.kind {
        Kind::Rate | Kind::Amounts if entry.text.contains(FROM) => inline_table(&entry.text),
        Kind::Outage if entry.text.contains(FROM) => format!("{{ {UP_TO} = {} }}", inline_table(&entry.text)),
        Kind::Whole(..) | Kind::Decimal | Kind::Rate | Kind::Flag => entry.text.trim().to_owned(),
        Kind::Words(_) | Kind::Names | Kind::Currencies => {
            toml::Value::from(value::list(&entry.text).collect::<Vec<_>>()).to_string()
        }
        Kind::Lines => toml::Value::from(entry.text.lines().collect::<Vec<_>>()).to_string(),
        Kind::Address
        | Kind::Path
        | Kind::Url
        | Kind::Secret
        | Kind::Text
        | Kind::Choice(_)
        | Kind::ListName
        | Kind::Country
        | Kind::Language
        | Kind::Currency
        | Kind::Amounts
        | Kind::Outage
        | Kind::Day
        | Kind::TimeZone => toml::Value::String(entry.text.clone()).to_string(),
    };
    let setting = format!("{key} = {value}");
    let origin = match &entry.origin {
        Origin::Default => "default".to_owned(),
        origin @ (Origin::File { .. } | Origin::Variable(_)) => origin.to_string(),
    };
    _ = writeln!(out, "{setting:ORIGIN_COLUMN$} # {origin}");
}
