//! Rows divided by `;` (facts M-07, M-12).

use serde_json::Value;

use super::{Column, Lines};

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
pub(super) fn record(columns: &[Column], record: &Value) -> Lines {
    let list = ROWS.iter().find(|(prefix, _)| columns.iter().any(|column| column.path.starts_with(prefix)));
    let Some((prefix, name)) = list else {
        let cells: Vec<_> = columns.iter().map(|column| cell(at(record, &column.path))).collect();
        return row(columns, cells.iter().map(Option::as_deref));
    };
    let mut lines = Lines::default();
    for entry in record.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
        let cells: Vec<_> = columns
            .iter()
            .map(|column| match column.path.strip_prefix(prefix) {
                Some(path) => cell(at(entry, path)),
                None => cell(at(record, &column.path)),
            })
            .collect();
        row_into(&mut lines, columns, cells.iter().map(Option::as_deref));
        lines.count += 1;
    }
    lines
}

fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| value.get(name))
}

/// A value as it stands in a cell: several texts divided by commas (fact M-12), and what has an inner form as JSON, as the
/// voucher file has it (fact M-23).
fn cell(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(values) if values.is_empty() => None,
        Value::Array(values) if values.iter().all(Value::is_string) => {
            Some(values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
        }
        inner @ (Value::Array(_) | Value::Object(_)) => Some(inner.to_string()),
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
