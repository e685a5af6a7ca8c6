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

/// What stands between a day and what counts from it on.
pub(super) const FROM: &str = "=";

/// A value as it was written.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The text, without quotes; of a list all texts, with [`LIST_SEPARATOR`] between them; of days each with its text
    /// behind [`FROM`], as a list.
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
    /// What stands in a table by currency, by the table's key and what should be a currency code.
    pub(super) by_currency: BTreeMap<(&'static str, String), Entry>,
    /// The stores, in the order of the file.
    pub(super) stores: Vec<Store>,
}

impl Raw {
    /// Only the defaults.
    pub(super) fn defaults() -> Self {
        let entry = |text: &str| Entry { text: text.to_owned(), origin: Origin::Default };
        let settings =
            schema::FIELDS.iter().filter_map(|field| Some((field.key, entry(field.default?)))).collect();
        Self { settings, by_currency: BTreeMap::new(), stores: Vec::new() }
    }

    /// What stands in a table by currency.
    pub(super) fn table(&self, key: &'static str) -> impl Iterator<Item = (&str, &Entry)> {
        let rows = self.by_currency.iter().filter(move |((table, _), _)| *table == key);
        rows.map(|((_, currency), entry)| (currency.as_str(), entry))
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
        let mut faults = Vec::new();
        for (name, text) in variables {
            if !name.starts_with(schema::VARIABLE_PREFIX) || super::OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            let entry = Entry { text, origin: Origin::Variable(name.clone()) };
            if let Some(field) = schema::FIELDS.iter().find(|field| field.variable() == name) {
                self.settings.insert(field.key, entry);
            } else if let Some(place) = in_a_table(&name) {
                self.by_currency.insert(place, entry);
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
            } else if let Some(table) = schema::table(name) {
                if let Some(entry) = self.entry(&full, table, value) {
                    raw.by_currency.insert((table.key, key.get_ref().to_string()), entry);
                }
            } else if full == schema::STORES {
                self.stores(value, raw);
            } else if schema::is_section(&full) {
                match value.get_ref() {
                    DeValue::Table(inner) => self.section(&full, inner, raw),
                    _ => self.wrong_type(&full, value, &format!("a table [{full}]")),
                }
            } else {
                self.unknown(&full, key, schema::names_under(name));
            }
        }
    }

    fn stores(&mut self, value: &Spanned<DeValue<'_>>, raw: &mut Raw) {
        let DeValue::Array(rows) = value.get_ref() else {
            return self.wrong_type(schema::STORES, value, "a list of tables [[stores]]");
        };
        for (index, row) in rows.iter().enumerate() {
            let name = format!("{}[{index}]", schema::STORES);
            let DeValue::Table(table) = row.get_ref() else {
                self.wrong_type(&name, row, "a table [[stores]]");
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

    /// A value of the type that the field takes, as text.
    fn entry(&mut self, key: &str, field: &Field, value: &Spanned<DeValue<'_>>) -> Option<Entry> {
        let text = match (field.kind, value.get_ref()) {
            (Kind::Whole(..), DeValue::Integer(number)) => Ok(number.to_string()),
            (Kind::Whole(..), _) => Err("a whole number without quotes"),
            (Kind::Rate, DeValue::Table(days)) => Ok(self.days(key, days)?),
            (Kind::Rate, other) => decimal(other).ok_or("a decimal number, or a table of days with one each"),
            (Kind::Decimal, other) => decimal(other).ok_or("a decimal number"),
            (Kind::Flag, DeValue::Boolean(flag)) => Ok(flag.to_string()),
            (Kind::Flag, _) => Err("true or false without quotes"),
            (Kind::Words(_) | Kind::Names | Kind::Currencies, DeValue::Array(items)) => {
                Ok(self.list(key, items)?)
            }
            (Kind::Words(_) | Kind::Names | Kind::Currencies, _) => {
                Err("a list of texts, as in [\"one\", \"two\"]")
            }
            (_, DeValue::String(text)) => Ok(text.to_string()),
            (_, _) => Err("text in quotes"),
        };
        match text {
            Ok(text) => Some(Entry { text, origin: self.origin(value.span().start) }),
            Err(wanted) => {
                self.wrong_type(key, value, wanted);
                None
            }
        }
    }

    /// Days and what counts from each on, as an environment variable would hold them.
    fn days(&mut self, key: &str, days: &DeTable<'_>) -> Option<String> {
        let mut texts = Vec::with_capacity(days.len());
        for (day, value) in days {
            let Some(text) = decimal(value.get_ref()) else {
                self.wrong_type(&join(key, day.get_ref()), value, "a decimal number");
                return None;
            };
            texts.push(format!("{}{FROM}{text}", day.get_ref()));
        }
        Some(texts.join(LIST_SEPARATOR))
    }

    /// The texts of a list as an environment variable would hold them.
    fn list(&mut self, key: &str, items: &[Spanned<DeValue<'_>>]) -> Option<String> {
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref() {
                DeValue::String(text) if !text.contains(LIST_SEPARATOR) && !text.trim().is_empty() => {
                    texts.push(text.as_ref());
                }
                _ => {
                    let wanted = "a list of texts in quotes, none of them empty or with a comma in it";
                    self.wrong_type(key, item, wanted);
                    return None;
                }
            }
        }
        Some(texts.join(LIST_SEPARATOR))
    }

    fn wrong_type(&mut self, key: &str, found: &Spanned<DeValue<'_>>, wanted: &str) {
        let origin = self.origin(found.span().start);
        let text = format!("this must be {wanted}, and is {}", type_name(found.get_ref()));
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

/// A decimal number as it was written.
fn decimal(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// The place in a table by currency that a variable sets, if it does.
fn in_a_table(variable: &str) -> Option<(&'static str, String)> {
    schema::TABLES.iter().find_map(|table| {
        let currency = variable.strip_prefix(&table.variable())?.strip_prefix("__")?;
        Some((table.key, currency.to_owned()))
    })
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
