//! A file of settings while it is read: values of the types that their fields take, each with its line, and what is
//! wrong with the rest.
//!
//! Numbers stay the text that was written. What the settings are called is told by the caller's table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Finding, Origin};
use super::raw::{Entry, Table};
use super::schema::{self, Field, Kind};

/// What stands between the texts of a list, in an environment variable and in an [`Entry`].
pub(super) const LIST_SEPARATOR: &str = ",";

/// What stands between a day or a currency and what is said of it.
pub(super) const FROM: &str = "=";

/// What stands between the lines of a text, in an [`Entry`]: no line has it in it.
const LINE_SEPARATOR: &str = "\n";

/// The one key of an outage's table.
pub(super) const UP_TO: &str = "up_to";

/// The file that is being read.
pub(super) struct Document<'a> {
    path: &'a Path,
    text: &'a str,
    pub(super) faults: Vec<Finding>,
}

impl<'a> Document<'a> {
    /// Reads a text, and has what stands in it looked at if it can be.
    pub(super) fn read(
        path: &'a Path,
        text: &'a str,
        look: impl FnOnce(&mut Self, &DeTable<'_>),
    ) -> Vec<Finding> {
        let (content, errors) = DeTable::parse_recoverable(text);
        let mut document = Document { path, text, faults: Vec::new() };
        for error in errors {
            // Only the message: the parser's own display quotes the line, which may hold the key.
            let at = document.origin(error.span().map_or(0, |span| span.start));
            document.faults.push(Finding::at(at, error.message()));
        }
        if document.faults.is_empty() {
            look(&mut document, content.get_ref());
        }
        document.faults
    }

    /// The rows of a list of tables, `[[name]]`, each with these fields.
    pub(super) fn rows(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        fields: &'static [Field],
    ) -> Vec<Table> {
        let DeValue::Array(rows) = value.get_ref() else {
            self.wrong_type(name, value, &format!("a list of tables [[{name}]]"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let full = format!("{name}[{index}]");
            let DeValue::Table(table) = row.get_ref() else {
                self.wrong_type(&full, row, &format!("a table [[{name}]]"));
                continue;
            };
            let origin = self.origin(row.span().start);
            let mut read = Table { origin, settings: BTreeMap::new(), named: BTreeSet::new() };
            self.fields(&full, "", table, fields, &mut read);
            tables.push(read);
        }
        tables
    }

    /// The fields of a row that begin with a prefix: directly, or in a table of their own.
    fn fields(
        &mut self,
        name: &str,
        prefix: &str,
        table: &DeTable<'_>,
        fields: &'static [Field],
        read: &mut Table,
    ) {
        for (key, value) in table {
            let key_here = join(prefix, key.get_ref());
            let full = join(name, &key_here);
            let below = |field: &Field| schema::is_under(field.key, &key_here);
            if let Some(field) = fields.iter().find(|field| field.key == key_here) {
                read.named.insert(key_here);
                if let Some(entry) = self.entry(&full, field, value) {
                    read.settings.insert(field.key, entry);
                }
            } else if fields.iter().any(below) {
                read.named.insert(key_here.clone());
                match value.get_ref() {
                    DeValue::Table(inner) if inner.is_empty() => {
                        let origin = self.origin(value.span().start);
                        let text = "this says nothing; fill it, or take it away";
                        self.faults.push(Finding::of(&origin, &full, text));
                    }
                    DeValue::Table(inner) => self.fields(name, &key_here, inner, fields, read),
                    _ => self.wrong_type(&full, value, "a table"),
                }
            } else {
                let known = schema::names_in(fields.iter().map(|field| field.key), prefix);
                self.unknown(&full, key, known);
            }
        }
    }

    /// A value of the type that the field takes, as text.
    pub(super) fn entry(&mut self, key: &str, field: &Field, value: &Spanned<DeValue<'_>>) -> Option<Entry> {
        let text = match (field.kind, value.get_ref()) {
            (Kind::Whole(..), DeValue::Integer(number)) => Ok(number.to_string()),
            (Kind::Whole(..), _) => Err("a whole number without quotes"),
            (Kind::Rate, DeValue::Table(days)) => Ok(self.pairs(key, days)?),
            (Kind::Rate, other) => decimal(other).ok_or("a decimal number, or a table of days with one each"),
            (Kind::Amounts, DeValue::Table(amounts)) => Ok(self.pairs(key, amounts)?),
            (Kind::Amounts, _) => {
                Err("a table of currencies with an amount each, as in { SEK = 50, EUR = 5 }")
            }
            (Kind::Outage, DeValue::Table(limits)) => Ok(self.limits(key, value, limits)?),
            (Kind::Outage, DeValue::String(word)) => Ok(word.to_string()),
            (Kind::Outage, _) => Err("\"refuse\", \"honour\", or a limit as in { up_to = { SEK = 500 } }"),
            (Kind::Day, DeValue::Datetime(day)) => Ok(day.to_string()),
            (Kind::Decimal, other) => decimal(other).ok_or("a decimal number"),
            (Kind::Flag, DeValue::Boolean(flag)) => Ok(flag.to_string()),
            (Kind::Flag, _) => Err("true or false without quotes"),
            (Kind::Words(_) | Kind::Names | Kind::Currencies, DeValue::Array(items)) => {
                Ok(self.list(key, items, LIST_SEPARATOR)?)
            }
            (Kind::Lines, DeValue::Array(items)) => Ok(self.list(key, items, LINE_SEPARATOR)?),
            (Kind::Words(_) | Kind::Names | Kind::Currencies | Kind::Lines, _) => {
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

    /// Days or currencies and what is said of each, as an environment variable would hold them.
    fn pairs(&mut self, key: &str, table: &DeTable<'_>) -> Option<String> {
        let mut texts = Vec::with_capacity(table.len());
        for (name, value) in table {
            let Some(text) = decimal(value.get_ref()) else {
                self.wrong_type(&join(key, name.get_ref()), value, "a decimal number");
                return None;
            };
            texts.push(format!("{}{FROM}{text}", name.get_ref()));
        }
        Some(texts.join(LIST_SEPARATOR))
    }

    /// The limits of an outage, as an environment variable would hold them.
    fn limits(&mut self, key: &str, value: &Spanned<DeValue<'_>>, table: &DeTable<'_>) -> Option<String> {
        if let Some((unknown, _)) = table.iter().find(|(name, _)| name.get_ref() != UP_TO) {
            self.unknown(&join(key, unknown.get_ref()), unknown, vec![UP_TO]);
            return None;
        }
        match table.get(UP_TO).map(|limits| limits.get_ref()) {
            Some(DeValue::Table(limits)) if !limits.is_empty() => self.pairs(&join(key, UP_TO), limits),
            _ => {
                let origin = self.origin(value.span().start);
                let text = "a limit names at least one currency, as in { up_to = { SEK = 500 } }";
                self.faults.push(Finding::of(&origin, key, text));
                None
            }
        }
    }

    /// The texts of a list in one, with what stands between them.
    fn list(&mut self, key: &str, items: &[Spanned<DeValue<'_>>], separator: &str) -> Option<String> {
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref() {
                DeValue::String(text) if !text.contains(separator) && !text.trim().is_empty() => {
                    texts.push(text.as_ref());
                }
                _ => {
                    let wanted = if separator == LINE_SEPARATOR {
                        "a list of texts in quotes, one for each line"
                    } else {
                        "a list of texts in quotes, none of them empty or with a comma in it"
                    };
                    self.wrong_type(key, item, wanted);
                    return None;
                }
            }
        }
        Some(texts.join(separator))
    }

    /// Notes that a value is of another type than it must be.
    pub(super) fn wrong_type(&mut self, key: &str, found: &Spanned<DeValue<'_>>, wanted: &str) {
        let origin = self.origin(found.span().start);
        let text = format!("this must be {wanted}, and is {}", type_name(found.get_ref()));
        self.faults.push(Finding::of(&origin, key, text));
    }

    /// Notes a key that nobody knows.
    pub(super) fn unknown(&mut self, full: &str, key: &Spanned<impl AsRef<str>>, known: Vec<&str>) {
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

/// A key within a section.
pub(super) fn join(section: &str, key: &str) -> String {
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
