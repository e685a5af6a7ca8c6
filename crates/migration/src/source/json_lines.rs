//! JSON Lines: an object a line, whose values are columns by their paths.
//!
//! A path goes into objects by `.`, and once into a list by `[]`: `customer.email`, `items[].sku`. Each element of a list
//! that is wanted makes a row of its own, in which the values outside of lists are repeated and those of other lists
//! blank.

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;
use std::io::{BufRead, Read};
use std::path::Path;

use serde_json::Value;

use super::{Broken, COLUMNS_MAX, Encoding, Error, RECORD_BYTES_MAX, Row, Unreadable, encoding};

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
    /// The object that rows are being made of.
    current: Option<Current>,
}

#[derive(Debug)]
struct Column {
    /// Which of the lists it is in.
    list: Option<usize>,
    /// The way to it, from the object or from the list's element.
    path: Vec<String>,
}

struct Current {
    number: u64,
    text: String,
    value: Value,
    /// What its rows are made of: a list and the place in it; one row without, where all lists are empty.
    parts: Vec<Option<(usize, usize)>>,
    at: usize,
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
        Ok(Self { input, columns: found, lists, next: 1, line: Vec::new(), current: None })
    }

    pub(super) fn read(&mut self, row: &mut Row) -> Result<bool, Broken> {
        if self.current.as_ref().is_none_or(|current| current.at == current.parts.len())
            && !self.next_object(row)?
        {
            return Ok(false);
        }
        let Self { columns, lists, current: Some(current), .. } = self else { return Ok(false) };
        let part = current.parts[current.at];
        row.clear(current.number);
        row.part = u32::try_from(current.at).unwrap_or(u32::MAX);
        row.line.push_str(&current.text);
        let element = part.and_then(|(list, index)| get(&current.value, &lists[list])?.get(index));
        for column in columns.iter() {
            let value = match column.list {
                None => get(&current.value, &column.path),
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
        current.at += 1;
        Ok(true)
    }

    fn next_object(&mut self, row: &mut Row) -> Result<bool, Broken> {
        self.current = None;
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
            let text = String::from_utf8_lossy(self.line.trim_ascii());
            if text.is_empty() {
                continue;
            }
            row.line.push_str(&text);
            return match serde_json::from_str::<Value>(&text) {
                Ok(value) if value.is_object() => {
                    let parts = parts_of(&value, &self.lists);
                    self.current = Some(Current { number, text: text.into_owned(), value, parts, at: 0 });
                    Ok(true)
                }
                Ok(_) => Err(Broken::Row(unreadable(number, "notAnObject", "the line isn't a JSON object"))),
                Err(error) => {
                    let reason = format!("the line isn't JSON, from its column {}", error.column());
                    Err(Broken::Row(unreadable(number, "notJson", &reason)))
                }
            };
        }
    }
}

fn parts_of(value: &Value, lists: &[Vec<String>]) -> Vec<Option<(usize, usize)>> {
    let elements = |(list, path): (usize, &Vec<String>)| {
        let count = get(value, path).and_then(Value::as_array).map_or(0, Vec::len);
        (0..count).map(move |index| Some((list, index)))
    };
    let parts: Vec<_> = lists.iter().enumerate().flat_map(elements).collect();
    if parts.is_empty() { vec![None] } else { parts }
}

fn segments(path: &str) -> Vec<String> {
    path.split('.').filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}

fn get<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, segment| value.get(segment))
}

/// A value as a cell: several are divided by commas, and what has a form of its own keeps it.
fn put(value: &Value, cell: &mut String) {
    match value {
        Value::Null => {}
        Value::String(text) => cell.push_str(text),
        Value::Array(values) if !values.iter().any(|value| value.is_object() || value.is_array()) => {
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    cell.push(',');
                }
                put(value, cell);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            write!(cell, "{value}").expect("writing to a string succeeds");
        }
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
        if let Some(current) = &lines.current {
            walk(&current.value, "", 0, &mut found);
        }
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

fn walk(value: &Value, path: &str, depth: usize, found: &mut BTreeSet<String>) {
    let mut leaf = || {
        if !path.is_empty() && !found.contains(path) {
            found.insert(path.to_owned());
        }
    };
    match value {
        Value::Object(fields) if depth < DEPTH_MAX => {
            for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('_')) {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(value, &below, depth + 1, found);
            }
        }
        Value::Array(values) if values.iter().any(Value::is_object) && !path.contains(LIST) => {
            for value in values {
                walk(value, &format!("{path}{LIST}"), depth + 1, found);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            leaf();
        }
    }
}
