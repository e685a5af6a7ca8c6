//! A configuration before it is understood: exact texts by key, each with its origin.
//!
//! Defaults, the file and the environment are laid over each other here, in this order. Numbers stay the text that
//! was written, so that an exchange rate is never a binary fraction on its way.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Finding, Origin};
use super::schema::{self, Field, Kind};

/// What stands between the texts of a list, in an environment variable and in an [`Entry`].
pub(super) const LIST_SEPARATOR: &str = ",";

/// A value as it was written.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The text, without quotes; of a list all texts, with [`LIST_SEPARATOR`] between them.
    pub(super) text: String,
    /// Where it stands.
    pub(super) origin: Origin,
}

/// The settings of one store, by the last part of their keys.
#[derive(Debug, Clone)]
pub(super) struct Store {
    /// Where it begins.
    pub(super) origin: Origin,
    /// What it says.
    pub(super) settings: BTreeMap<&'static str, Entry>,
}

/// Everything that was set, not yet understood.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    /// The settings that have names, defaults included.
    pub(super) settings: BTreeMap<&'static str, Entry>,
    /// The rates, by what should be a currency code.
    pub(super) rates: BTreeMap<String, Entry>,
    /// The stores, in the order of the file.
    pub(super) stores: Vec<Store>,
}

impl Raw {
    /// Only the defaults.
    pub(super) fn defaults() -> Self {
        let entry = |text: &str| Entry { text: text.to_owned(), origin: Origin::Default };
        let settings =
            schema::FIELDS.iter().filter_map(|field| Some((field.key, entry(field.default?)))).collect();
        Self { settings, rates: BTreeMap::new(), stores: Vec::new() }
    }

    /// Lays a file over what is there.
    pub(super) fn read_file(&mut self, path: &Path, text: &str) -> Vec<Finding> {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut file = File { path, text, faults: Vec::new() };
        for error in errors {
            // Only the message: the parser's own display quotes the line, which may hold the key.
            let at = file.origin(error.span().map_or(0, |span| span.start));
            file.faults.push(Finding::at(at, error.message()));
        }
        if file.faults.is_empty() {
            file.section("", document.get_ref(), self);
        }
        file.faults
    }

    /// Lays the environment over what is there. Variables without our prefix are none of ours.
    pub(super) fn read_environment(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Vec<Finding> {
        let rate_prefix = format!("{}__", schema::variable(schema::RATES));
        let mut faults = Vec::new();
        for (name, text) in variables {
            if !name.starts_with(schema::VARIABLE_PREFIX) || super::OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            let entry = Entry { text, origin: Origin::Variable(name.clone()) };
            if let Some(field) = schema::FIELDS.iter().find(|field| field.variable() == name) {
                self.settings.insert(field.key, entry);
            } else if let Some(currency) = name.strip_prefix(&rate_prefix) {
                self.rates.insert(currency.to_owned(), entry);
            } else {
                faults.push(unknown_variable(name));
            }
        }
        faults
    }
}

/// The file that is being read.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
    faults: Vec<Finding>,
}

impl File<'_> {
    fn section(&mut self, name: &str, table: &DeTable<'_>, raw: &mut Raw) {
        for (key, value) in table {
            let full = join(name, key.get_ref());
            if let Some(field) = schema::find(&full) {
                if let Some(entry) = self.entry(&full, field, value) {
                    raw.settings.insert(field.key, entry);
                }
            } else if name == schema::RATES {
                if let Some(entry) = self.entry(&full, &schema::RATE, value) {
                    raw.rates.insert(key.get_ref().to_string(), entry);
                }
            } else if full == schema::STORES {
                self.stores(value, raw);
            } else if schema::is_section(&full) {
                match value.get_ref() {
                    DeValue::Table(inner) => self.section(&full, inner, raw),
                    other => self.wrong_type(&full, value, &format!("a table [{full}]"), other),
                }
            } else {
                self.unknown(&full, key, schema::names_under(name));
            }
        }
    }

    fn stores(&mut self, value: &Spanned<DeValue<'_>>, raw: &mut Raw) {
        let DeValue::Array(rows) = value.get_ref() else {
            return self.wrong_type(schema::STORES, value, "a list of tables [[stores]]", value.get_ref());
        };
        for (index, row) in rows.iter().enumerate() {
            let name = format!("{}[{index}]", schema::STORES);
            let DeValue::Table(table) = row.get_ref() else {
                self.wrong_type(&name, row, "a table [[stores]]", row.get_ref());
                continue;
            };
            let mut store = Store { origin: self.origin(row.span().start), settings: BTreeMap::new() };
            for (key, value) in table {
                let full = join(&name, key.get_ref());
                let Some(field) = schema::STORE_FIELDS.iter().find(|field| field.key == key.get_ref()) else {
                    self.unknown(&full, key, schema::STORE_FIELDS.iter().map(|field| field.key).collect());
                    continue;
                };
                if let Some(entry) = self.entry(&full, field, value) {
                    store.settings.insert(field.key, entry);
                }
            }
            raw.stores.push(store);
        }
    }

    /// A scalar of the type that the field takes, as text.
    fn entry(&mut self, key: &str, field: &Field, value: &Spanned<DeValue<'_>>) -> Option<Entry> {
        let text = match (field.kind, value.get_ref()) {
            (Kind::Whole(..) | Kind::Rate, DeValue::Integer(number)) => number.to_string(),
            (Kind::Rate, DeValue::Float(number)) => number.as_str().to_owned(),
            (Kind::Whole(..), other) => {
                self.wrong_type(key, value, "a whole number without quotes", other);
                return None;
            }
            (Kind::Rate, DeValue::String(text)) => text.to_string(),
            (Kind::Rate, other) => {
                self.wrong_type(key, value, "a decimal number", other);
                return None;
            }
            (Kind::Flag, DeValue::Boolean(flag)) => flag.to_string(),
            (Kind::Flag, other) => {
                self.wrong_type(key, value, "true or false without quotes", other);
                return None;
            }
            (Kind::Words(_) | Kind::Names, DeValue::Array(items)) => self.list(key, items)?,
            (Kind::Words(_) | Kind::Names, other) => {
                self.wrong_type(key, value, "a list of texts, as in [\"one\", \"two\"]", other);
                return None;
            }
            (_, DeValue::String(text)) => text.to_string(),
            (_, other) => {
                self.wrong_type(key, value, "text in quotes", other);
                return None;
            }
        };
        Some(Entry { text, origin: self.origin(value.span().start) })
    }

    /// The texts of a list as an environment variable would hold them.
    fn list(&mut self, key: &str, items: &[Spanned<DeValue<'_>>]) -> Option<String> {
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref() {
                DeValue::String(text) if !text.contains(LIST_SEPARATOR) && !text.trim().is_empty() => {
                    texts.push(text.as_ref());
                }
                other => {
                    let wanted = "a list of texts in quotes, none of them empty or with a comma in it";
                    self.wrong_type(key, item, wanted, other);
                    return None;
                }
            }
        }
        Some(texts.join(LIST_SEPARATOR))
    }

    fn wrong_type(&mut self, key: &str, at: &Spanned<DeValue<'_>>, wanted: &str, found: &DeValue<'_>) {
        let origin = self.origin(at.span().start);
        let text = format!("this must be {wanted}, and is {}", type_name(found));
        self.faults.push(Finding::of(&origin, key, text));
    }

    fn unknown(&mut self, full: &str, key: &Spanned<impl AsRef<str>>, known: Vec<&'static str>) {
        let origin = self.origin(key.span().start);
        let hint = match schema::nearest(key.get_ref().as_ref(), known.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("known here: {}", known.join(", ")),
        };
        self.faults.push(Finding::of(&origin, full, format!("there is no such setting; {hint}")));
    }

    fn origin(&self, offset: usize) -> Origin {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Origin::File { path: self.path.to_owned(), line }
    }
}

fn join(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn unknown_variable(name: String) -> Finding {
    let known: Vec<String> = schema::FIELDS.iter().map(Field::variable).collect();
    let hint = if name.starts_with(&schema::variable(schema::STORES)) {
        "stores are set in the file".to_owned()
    } else if let Some(near) = schema::nearest(&name, known.iter().map(String::as_str)) {
        format!("did you mean {near}?")
    } else {
        "names look like TILLBRIDGE_GATEWAY__LISTEN, with two underscores after the section".to_owned()
    };
    Finding::at(Origin::Variable(name), format!("this variable sets nothing; {hint}"))
}
