//! A table's rules, fitted to the columns of one file.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::fields::{Joining, joining};
use super::moment::{Moment, read_date, read_moment};
use super::number::{self, NotANumber};
use super::problem::did_you_mean;
use super::{From, NumberForm, Problem, Table};
use crate::source::Row;

/// A field's place among the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldAt(u16);

/// Why a value can't be what its field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, without the value.
    pub reason: String,
    /// What to do.
    pub mend: String,
}

/// Rules that fit a file.
#[derive(Debug, Clone)]
pub struct Bound {
    fields: Vec<Field>,
    number: Option<NumberForm>,
    zone: TimeZone,
}

#[derive(Debug, Clone)]
struct Field {
    name: String,
    columns: Vec<String>,
    value: Value,
    date: Option<String>,
    meanings: Option<Meanings>,
}

#[derive(Debug, Clone)]
enum Value {
    Constant(String),
    Column(usize),
    Joined { places: Vec<usize>, join: String, prefix: String, joining: Joining },
}

#[derive(Debug, Clone)]
struct Meanings {
    /// By the value as it is, and by it in small letters.
    of: HashMap<String, String>,
    otherwise: Option<String>,
}

impl Bound {
    pub(super) fn new(table: &Table, header: &[String]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut fields = Vec::with_capacity(table.rules.len());
        for (name, rule) in &table.rules {
            let mut places = Vec::new();
            for column in rule.columns() {
                match header.iter().position(|known| known == column) {
                    Some(place) => places.push(place),
                    None => problems.push(Problem {
                        line: Some(table.line).filter(|line| *line > 0),
                        key: format!("{}.fields.{name}", table.name()),
                        text: format!(
                            "there is no column {column:?}{}",
                            did_you_mean(column, header.iter().map(String::as_str))
                        ),
                    }),
                }
            }
            let value = match (&rule.from, places.as_slice()) {
                (From::Constant(value), _) => Value::Constant(value.clone()),
                (From::Columns { prefix, .. }, [place]) if prefix.is_empty() => Value::Column(*place),
                (From::Columns { join, prefix, .. }, _) => Value::Joined {
                    places,
                    join: join.clone(),
                    prefix: prefix.clone(),
                    joining: joining(table.entity, name),
                },
            };
            let meanings =
                rule.values.as_ref().map(|values| Meanings::new(values.iter(), rule.otherwise.as_deref()));
            fields.push(Field {
                name: name.clone(),
                columns: rule.columns().to_vec(),
                value,
                date: rule.date.clone(),
                meanings,
            });
        }
        if problems.is_empty() {
            Ok(Self { fields, number: table.reading.number, zone: table.zone.clone() })
        } else {
            Err(problems)
        }
    }

    /// A field's place, if the mapping has a rule for it. It is the same for all files of the table.
    #[must_use]
    pub fn at(&self, field: &str) -> Option<FieldAt> {
        self.fields().find(|(name, _)| *name == field).map(|(_, at)| at)
    }

    /// Every field that has a rule.
    pub fn fields(&self) -> impl Iterator<Item = (&str, FieldAt)> {
        let place = |index| FieldAt(u16::try_from(index).expect("a mapping has fewer rules"));
        self.fields.iter().enumerate().map(move |(index, field)| (field.name.as_str(), place(index)))
    }

    /// The field's name.
    #[must_use]
    pub fn name(&self, at: FieldAt) -> &str {
        &self.field(at).name
    }

    /// The columns that a field is made of.
    #[must_use]
    pub fn columns(&self, at: FieldAt) -> &[String] {
        &self.field(at).columns
    }

    /// The value as it stands in the export, joined but not yet understood: what is shown, masked, of one at fault.
    #[must_use]
    pub fn raw<'r>(&'r self, at: FieldAt, row: &'r Row) -> Cow<'r, str> {
        match &self.field(at).value {
            Value::Constant(value) => Cow::Borrowed(value),
            Value::Column(place) => Cow::Borrowed(row.cell(*place)),
            Value::Joined { places, .. } => {
                let cells: Vec<&str> = places.iter().map(|place| row.cell(*place)).collect();
                Cow::Owned(cells.join(" "))
            }
        }
    }

    /// The value as text: trimmed, joined, and what its table says it means. Blank is nothing.
    ///
    /// # Errors
    ///
    /// If the table doesn't know it, or a part of an identity is missing.
    pub fn text<'r>(&'r self, at: FieldAt, row: &'r Row) -> Result<Option<Cow<'r, str>>, Unfit> {
        let field = self.field(at);
        let value = match &field.value {
            Value::Constant(value) => {
                return Ok(Some(value.as_str()).filter(|value| !value.is_empty()).map(Cow::Borrowed));
            }
            Value::Column(place) => Cow::Borrowed(row.cell(*place).trim()),
            Value::Joined { places, join, prefix, joining } => {
                Cow::Owned(joined(places, join, prefix, *joining, row)?)
            }
        };
        let Some(meanings) = &field.meanings else {
            return Ok(Some(value).filter(|value| !value.is_empty()));
        };
        let known = meanings.get(&value);
        match known.or(meanings.otherwise.as_deref().filter(|_| !value.is_empty())) {
            Some(meaning) => Ok(Some(meaning).filter(|meaning| !meaning.is_empty()).map(Cow::Borrowed)),
            None if value.is_empty() => Ok(None),
            None => Err(Unfit {
                code: "unknownValue",
                reason: "the value isn't in the rule's table of values".to_owned(),
                mend: "mend it, or add it to `values`, or say `otherwise`".to_owned(),
            }),
        }
    }

    /// The value as a date.
    ///
    /// # Errors
    ///
    /// If it isn't one, and as [`Self::text`].
    pub fn date(&self, at: FieldAt, row: &Row) -> Result<Option<Date>, Unfit> {
        let Some(text) = self.text(at, row)? else { return Ok(None) };
        read_date(&text, self.field(at).date.as_deref()).map(Some)
    }

    /// The value as an instant, in the retailer's zone where it names none.
    ///
    /// # Errors
    ///
    /// If it isn't one, and as [`Self::text`].
    pub fn time(&self, at: FieldAt, row: &Row) -> Result<Option<Moment>, Unfit> {
        self.time_in(at, row, &self.zone)
    }

    /// The value as an instant, in this zone where it names none.
    ///
    /// # Errors
    ///
    /// If it isn't one, and as [`Self::text`].
    pub fn time_in(&self, at: FieldAt, row: &Row, zone: &TimeZone) -> Result<Option<Moment>, Unfit> {
        let Some(text) = self.text(at, row)? else { return Ok(None) };
        read_moment(&text, self.field(at).date.as_deref(), zone).map(Some)
    }

    /// The value as a number.
    ///
    /// # Errors
    ///
    /// If it isn't one or could be two, and as [`Self::text`].
    pub fn decimal(&self, at: FieldAt, row: &Row) -> Result<Option<Decimal>, Unfit> {
        let Some(text) = self.text(at, row)? else { return Ok(None) };
        number::read(&text, self.number).map(Some).map_err(|error| match error {
            NotANumber::Form => Unfit {
                code: "notANumber",
                reason: "the value isn't a number".to_owned(),
                mend: "write digits and at most one decimal mark, or say `number` in the table".to_owned(),
            },
            NotANumber::Ambiguous => Unfit {
                code: "ambiguousNumber",
                reason: "the comma may divide thousands or decimals".to_owned(),
                mend: "say how numbers are written: number = \"1 234,56\" or number = \"1,234.56\""
                    .to_owned(),
            },
        })
    }

    /// The value as yes or no, in the words of several languages.
    ///
    /// # Errors
    ///
    /// If it is another word, and as [`Self::text`].
    pub fn truth(&self, at: FieldAt, row: &Row) -> Result<Option<bool>, Unfit> {
        let Some(text) = self.text(at, row)? else { return Ok(None) };
        truth_of(&text).map(Some).ok_or_else(|| Unfit {
            code: "notATruth",
            reason: "the value says neither yes nor no".to_owned(),
            mend: "write true or false, or give the rule a table of `values`".to_owned(),
        })
    }

    fn field(&self, at: FieldAt) -> &Field {
        &self.fields[usize::from(at.0)]
    }
}

impl Meanings {
    fn new<'a>(
        values: impl Iterator<Item = (&'a String, &'a String)> + Clone,
        otherwise: Option<&str>,
    ) -> Self {
        let small = values.clone().map(|(value, meaning)| (value.to_lowercase(), meaning.clone()));
        let mut of: HashMap<String, String> = small.collect();
        of.extend(values.map(|(value, meaning)| (value.clone(), meaning.clone())));
        Self { of, otherwise: otherwise.map(str::to_owned) }
    }

    fn get(&self, value: &str) -> Option<&str> {
        self.of.get(value).or_else(|| self.of.get(&value.to_lowercase())).map(String::as_str)
    }
}

fn joined(places: &[usize], join: &str, prefix: &str, joining: Joining, row: &Row) -> Result<String, Unfit> {
    let cells = || places.iter().map(|place| row.cell(*place).trim());
    let blank = cells().filter(|cell| cell.is_empty()).count();
    let nothing = match joining {
        Joining::WhatThereIs => blank == places.len(),
        Joining::ByTheLast => cells().next_back().is_none_or(str::is_empty),
        Joining::All if blank > 0 && blank < places.len() => {
            return Err(Unfit {
                code: "partMissing",
                reason: "some of the columns that the value is made of are blank".to_owned(),
                mend: "fill them: without all its parts it could be another's".to_owned(),
            });
        }
        Joining::All => blank > 0,
    };
    let mut text = String::new();
    if nothing {
        return Ok(text);
    }
    text.push_str(prefix);
    let mut first = true;
    for cell in cells().filter(|cell| !cell.is_empty()) {
        if !std::mem::take(&mut first) {
            text.push_str(join);
        }
        text.push_str(cell);
    }
    Ok(text)
}

/// What a word says, if it is one for yes or no.
pub(crate) fn truth_of(text: &str) -> Option<bool> {
    const YES: [&str; 12] = ["true", "1", "yes", "y", "ja", "j", "t", "x", "on", "sant", "kyllä", "k"];
    const NO: [&str; 11] = ["false", "0", "no", "n", "nej", "nei", "nein", "f", "off", "falskt", "ei"];
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    match (is(&YES), is(&NO)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        (false, false) => None,
    }
}
