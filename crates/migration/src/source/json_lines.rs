//! JSON Lines: an object a line, whose values are columns by their paths.
//!
//! A path goes into objects by `.`, and once into a list by `[]`: `customer.email`, `items[].sku`. Each element of a list
//! that is wanted makes a row of its own, in which the values outside of lists are repeated and those of other lists
//! blank.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead, Read};
use std::path::Path;

use super::{Broken, COLUMNS_MAX, Encoding, Error, RECORD_BYTES_MAX, Row, Unreadable, encoding};
use crate::tape::{Item, Shape, Tape};

/// What leads into a list.
const LIST: &str = "[]";

/// How deep an object's values are looked for.
const DEPTH_MAX: usize = 6;

pub(super) struct JsonLines {
    input: Box<dyn BufRead + Send>,
    columns: Vec<Column>,
    /// The lists that columns are in.
    lists: Vec<Vec<String>>,
    /// The number of the line that comes next.
    next: u64,
    line: Vec<u8>,
    /// The line as text: what isn't UTF-8 is a character that says so.
    text: String,
    /// The object that rows are being made of.
    object: Tape,
    number: u64,
    /// What its rows are made of: a list and the place in it; one row without, where all lists are empty.
    parts: Vec<Option<(usize, usize)>>,
    /// Which of them comes next.
    at: usize,
}

#[derive(Debug)]
struct Column {
    /// Which of the lists it is in.
    list: Option<usize>,
    /// The way to it, from the object or from the list's element.
    path: Vec<String>,
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines")
            .field("columns", &self.columns)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl JsonLines {
    pub(super) fn open(path: &Path, columns: &[String]) -> Result<Self, Error> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let input = encoding::open(path, Encoding::UTF_8).map_err(io)?;
        let mut lists: Vec<Vec<String>> = Vec::new();
        let mut found = Vec::new();
        for column in columns {
            let (list, rest) = match column.split_once(LIST) {
                Some((list, rest)) => (Some(segments(list)), rest.trim_start_matches('.')),
                None => (None, column.as_str()),
            };
            if rest.contains(LIST) {
                let reason =
                    format!("the path {column:?} goes into a list within a list; one is as deep as it goes");
                return Err(Error::Form { path: path.to_owned(), reason });
            }
            let list = list.map(|list| match lists.iter().position(|known| *known == list) {
                Some(index) => index,
                None => {
                    lists.push(list);
                    lists.len() - 1
                }
            });
            found.push(Column { list, path: segments(rest) });
        }
        Ok(Self {
            input,
            columns: found,
            lists,
            next: 1,
            line: Vec::new(),
            text: String::new(),
            object: Tape::default(),
            number: 0,
            parts: Vec::new(),
            at: 0,
        })
    }

    pub(super) fn read(&mut self, row: &mut Row) -> Result<bool, Broken> {
        if self.at == self.parts.len() && !self.next_object(row)? {
            return Ok(false);
        }
        let part = self.parts[self.at];
        row.clear(self.number);
        row.part = u32::try_from(self.at).unwrap_or(u32::MAX);
        row.line.push_str(&self.text);
        let object = self.object.root();
        let element = part.and_then(|(list, index)| get(object, &self.lists[list])?.entries().nth(index));
        for column in &self.columns {
            let value = match column.list {
                None => get(object, &column.path),
                Some(list) if part.is_some_and(|(of, _)| of == list) => {
                    element.and_then(|element| get(element, &column.path))
                }
                Some(_) => None,
            };
            let from = row.text.len();
            if let Some(value) = value {
                put(value, &mut row.text);
            }
            row.mark(from);
        }
        self.at += 1;
        Ok(true)
    }

    fn next_object(&mut self, row: &mut Row) -> Result<bool, Broken> {
        (self.at, self.number) = (0, 0);
        self.parts.clear();
        loop {
            self.line.clear();
            let limit = RECORD_BYTES_MAX as u64;
            let read = (&mut self.input).take(limit).read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(false);
            }
            let number = self.next;
            self.next += 1;
            row.clear(number);
            if read == RECORD_BYTES_MAX && self.line.last() != Some(&b'\n') {
                self.input.skip_until(b'\n')?;
                return Err(Broken::Row(unreadable(
                    number,
                    "tooLong",
                    "the line is too long for one record",
                )));
            }
            self.text.clear();
            self.text.push_str(&String::from_utf8_lossy(self.line.trim_ascii()));
            if self.text.is_empty() {
                continue;
            }
            let reason = match self.object.read(&self.text) {
                Ok(()) if matches!(self.object.root().shape(), Shape::Object(_)) => {
                    self.number = number;
                    parts_of(self.object.root(), &self.lists, &mut self.parts);
                    return Ok(true);
                }
                Ok(()) => ("notAnObject", "the line isn't a JSON object".to_owned()),
                Err(error) => ("notJson", format!("the line isn't JSON, from its column {}", error.column())),
            };
            row.line.push_str(&self.text);
            return Err(Broken::Row(unreadable(number, reason.0, &reason.1)));
        }
    }
}

fn parts_of(object: Item<'_>, lists: &[Vec<String>], parts: &mut Vec<Option<(usize, usize)>>) {
    for (list, path) in lists.iter().enumerate() {
        let count = get(object, path).map_or(0, |list| list.entries().count());
        parts.extend((0..count).map(|index| Some((list, index))));
    }
    if parts.is_empty() {
        parts.push(None);
    }
}

fn segments(path: &str) -> Vec<String> {
    path.split('.').filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}

fn get<'t>(object: Item<'t>, path: &[String]) -> Option<Item<'t>> {
    path.iter().try_fold(object, |object, name| object.get(name))
}

/// A value as a cell: several are divided by commas, and what has a form of its own keeps it.
fn put(value: Item<'_>, cell: &mut String) {
    let is_plain = |value: Item<'_>| !matches!(value.shape(), Shape::List(_) | Shape::Object(_));
    match value.shape() {
        Shape::Nothing => {}
        Shape::Number(text) | Shape::Text(text) => cell.push_str(text),
        Shape::Truth(truth) => cell.push_str(if truth { "true" } else { "false" }),
        Shape::List(values) if values.clone().all(is_plain) => {
            for (index, value) in values.enumerate() {
                if index > 0 {
                    cell.push(',');
                }
                put(value, cell);
            }
        }
        Shape::List(_) | Shape::Object(_) => cell.push_str(&value.json()),
    }
}

fn unreadable(row: u64, code: &'static str, reason: &str) -> Unreadable {
    let mend = "write one JSON object a line".to_owned();
    Unreadable { row, code, reason: reason.to_owned(), mend }
}

/// The paths of all values in a file, in the order of their names.
///
/// # Errors
///
/// If it can't be read.
pub fn paths(path: &Path) -> Result<Vec<String>, Error> {
    let mut lines = JsonLines::open(path, &[])?;
    let mut found = BTreeSet::new();
    let mut row = Row::new();
    loop {
        match lines.read(&mut row) {
            Ok(false) => break,
            Ok(true) => {}
            Err(Broken::Row(_)) => continue,
            Err(Broken::Io(source)) => return Err(Error::Io { path: path.to_owned(), source }),
        }
        walk(lines.object.root(), "", 0, &mut found);
        if found.len() > COLUMNS_MAX {
            let reason = "its objects have too many different fields".to_owned();
            return Err(Error::Form { path: path.to_owned(), reason });
        }
    }
    if found.is_empty() {
        let reason = "no line of it is a JSON object with a field".to_owned();
        return Err(Error::Form { path: path.to_owned(), reason });
    }
    Ok(found.into_iter().collect())
}

fn walk(value: Item<'_>, path: &str, depth: usize, found: &mut BTreeSet<String>) {
    match value.shape() {
        Shape::Object(fields) if depth < DEPTH_MAX => {
            for field in fields.filter(|field| !field.name().starts_with('_')) {
                let key = field.name();
                let below = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                walk(field, &below, depth + 1, found);
            }
        }
        Shape::List(values)
            if !path.contains(LIST)
                && values.clone().any(|value| matches!(value.shape(), Shape::Object(_))) =>
        {
            for value in values {
                walk(value, &format!("{path}{LIST}"), depth + 1, found);
            }
        }
        Shape::Nothing
        | Shape::Truth(_)
        | Shape::Number(_)
        | Shape::Text(_)
        | Shape::List(_)
        | Shape::Object(_) => {
            if !path.is_empty() && !found.contains(path) {
                found.insert(path.to_owned());
            }
        }
    }
}
