//! Rows divided by `;` (facts M-07, M-12).

use std::borrow::Cow;

use super::{Column, Lines};
use crate::tape::{Item, Shape};

/// What divides values.
const DELIMITER: char = ';';

/// About how long a row is, so that its buffer seldom grows.
const ROW_BYTES: usize = 192;

/// The lists whose entries may have a row each, and what a path calls one of them.
const ROWS: [(&str, &str); 1] = [("item.", "items")];

pub(super) fn header(columns: &[Column]) -> Vec<u8> {
    let mut lines = Lines::default();
    row_into(&mut lines, columns, columns.iter().map(|column| Some(column.name.as_str())));
    lines.bytes
}

/// One row of values in the order of the columns.
pub(super) fn row<'v>(columns: &[Column], values: impl Iterator<Item = Option<&'v str>>) -> Lines {
    let bytes = Vec::with_capacity(ROW_BYTES);
    let mut lines = Lines { bytes, count: 1, ..Lines::default() };
    row_into(&mut lines, columns, values);
    lines
}

/// The rows of a record: one, or one for each entry of the list that its columns speak of.
pub(super) fn record(columns: &[Column], record: Item<'_>) -> Lines {
    let list = ROWS.iter().find(|(prefix, _)| columns.iter().any(|column| column.path.starts_with(prefix)));
    let Some((prefix, name)) = list else {
        let cells: Vec<_> = columns.iter().map(|column| cell(at(record, &column.path))).collect();
        return row(columns, cells.iter().map(Option::as_deref));
    };
    // What is of the whole record stands in all its rows, and is looked for once.
    let shown: Vec<Shown<'_>> = columns
        .iter()
        .map(|column| match column.path.strip_prefix(prefix) {
            Some(path) => Shown::OfEntry(path),
            None => Shown::OfRecord(cell(at(record, &column.path))),
        })
        .collect();
    let entries: Vec<Item<'_>> = record.get(name).map(Item::entries).into_iter().flatten().collect();
    let bytes = Vec::with_capacity(ROW_BYTES * entries.len());
    let mut lines = Lines { bytes, ..Lines::default() };
    let mut cells: Vec<Option<Cow<'_, str>>> = Vec::with_capacity(columns.len());
    for entry in entries {
        cells.clear();
        cells.extend(shown.iter().map(|shown| match shown {
            Shown::OfEntry(path) => cell(at(entry, path)),
            Shown::OfRecord(cell) => cell.as_deref().map(Cow::Borrowed),
        }));
        row_into(&mut lines, columns, cells.iter().map(Option::as_deref));
        lines.count += 1;
    }
    lines
}

/// What a column shows in a row of an entry.
enum Shown<'r> {
    /// Something of the whole record.
    OfRecord(Option<Cow<'r, str>>),
    /// Something of the entry, by its path.
    OfEntry(&'r str),
}

fn at<'t>(record: Item<'t>, path: &str) -> Option<Item<'t>> {
    match path.split_once('.') {
        None => record.get(path),
        Some((name, rest)) => at(record.get(name)?, rest),
    }
}

/// A value as it stands in a cell: several texts divided by commas (fact M-12), and what has an inner form as JSON, as the
/// voucher file has it (fact M-23).
fn cell(value: Option<Item<'_>>) -> Option<Cow<'_, str>> {
    let value = value?;
    match value.shape() {
        Shape::Nothing => None,
        Shape::Truth(true) => Some(Cow::Borrowed("True")),
        Shape::Truth(false) => Some(Cow::Borrowed("False")),
        Shape::Number(text) | Shape::Text(text) => Some(Cow::Borrowed(text)),
        Shape::List(entries) if entries.clone().next().is_none() => None,
        Shape::List(entries) => {
            let texts: Option<Vec<&str>> = entries.map(Item::text).collect();
            Some(Cow::Owned(texts.map_or_else(|| value.json(), |texts| texts.join(","))))
        }
        Shape::Object(_) => Some(Cow::Owned(value.json())),
    }
}

fn row_into<'v>(lines: &mut Lines, columns: &[Column], values: impl Iterator<Item = Option<&'v str>>) {
    for (index, (value, column)) in values.zip(columns).enumerate() {
        if index > 0 {
            lines.bytes.push(b';');
        }
        if put(&mut lines.bytes, value.unwrap_or_default()) && !lines.replaced.contains(&column.name) {
            lines.replaced.push(column.name.clone());
        }
    }
    lines.bytes.push(b'\n');
}

/// Writes a value; whether something in it had to be replaced.
fn put(bytes: &mut Vec<u8>, value: &str) -> bool {
    // Most values hold nothing of the kind. 0xc2 leads the control characters beyond ASCII, and others.
    let is_odd = |byte: u8| matches!(byte, b';' | b'"' | 0x7f | 0xc2) || byte < b' ';
    if !value.bytes().fold(false, |odd, byte| odd | is_odd(byte)) {
        bytes.extend_from_slice(value.as_bytes());
        return false;
    }
    let unsendable = |char: char| char == DELIMITER || char.is_control();
    let replaced = value.contains(unsendable);
    let clean;
    let value = if replaced {
        clean = value.replace(DELIMITER, ",").replace("\r\n", " ").replace(char::is_control, " ");
        clean.as_str()
    } else {
        value
    };
    if value.contains('"') {
        bytes.push(b'"');
        bytes.extend_from_slice(value.replace('"', "\"\"").as_bytes());
        bytes.push(b'"');
    } else {
        bytes.extend_from_slice(value.as_bytes());
    }
    replaced
}
