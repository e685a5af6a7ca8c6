//! A configuration before it is understood: exact texts by key, each with its origin.
//!
//! Defaults, the file and the environment are laid over each other here, in this order. Numbers stay the text that
//! was written, so that an exchange rate is never a binary fraction on its way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::document::{Document, join};
use super::fault::{Finding, Origin};
use super::schema::{self, Field};

/// A value as it was written.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The text, without quotes; of a list all texts, with a comma between them (of a text's lines, each on its own); of
    /// days and currencies each with its text behind an equals sign, as a list.
    pub(super) text: String,
    /// Where it stands.
    pub(super) origin: Origin,
}

/// The settings of one row of a list, such as a store, by their keys within it.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Where it begins.
    pub(super) origin: Origin,
    /// What it says.
    pub(super) settings: BTreeMap<&'static str, Entry>,
    /// The keys that stand there and are known, tables among them, whether or not they could be read.
    pub(super) named: BTreeSet<String>,
}

/// Everything that was set, not yet understood.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    /// The settings that have names, defaults included.
    pub(super) settings: BTreeMap<&'static str, Entry>,
    /// What stands in a table by currency, by the table's key and what should be a currency code.
    pub(super) by_currency: BTreeMap<(&'static str, String), Entry>,
    /// The stores, in the order of the file.
    pub(super) stores: Vec<Table>,
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
        Document::read(path, text, |document, table| section(document, "", table, self))
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

fn section(document: &mut Document<'_>, name: &str, table: &DeTable<'_>, raw: &mut Raw) {
    for (key, value) in table {
        let full = join(name, key.get_ref());
        if let Some(field) = schema::find(&full) {
            if let Some(entry) = document.entry(&full, field, value) {
                raw.settings.insert(field.key, entry);
            }
        } else if let Some(table) = schema::table(name) {
            if let Some(entry) = document.entry(&full, table, value) {
                raw.by_currency.insert((table.key, key.get_ref().to_string()), entry);
            }
        } else if full == schema::STORES {
            raw.stores.extend(document.rows(schema::STORES, value, schema::STORE_FIELDS));
        } else if schema::is_section(&full) {
            match value.get_ref() {
                DeValue::Table(inner) => section(document, &full, inner, raw),
                _ => document.wrong_type(&full, value, &format!("a table [{full}]")),
            }
        } else {
            document.unknown(&full, key, schema::names_under(name));
        }
    }
}

/// The place in a table by currency that a variable sets, if it does.
fn in_a_table(variable: &str) -> Option<(&'static str, String)> {
    schema::TABLES.iter().find_map(|table| {
        let currency = variable.strip_prefix(&table.variable())?.strip_prefix("__")?;
        Some((table.key, currency.to_owned()))
    })
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
