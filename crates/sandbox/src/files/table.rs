//! CSV as Engage reads it (fact M-07): UTF-8, divided by `;`, which no value may hold, with a header, columns in any
//! order. A file that is not so fails as a whole, before anything of it is imported.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ReaderBuilder, StringRecord};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// What some spreadsheets put before UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A file that was read.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<StringRecord>,
}

/// One row of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    /// The number of its line; the header's is 1.
    pub(super) number: u64,
    columns: &'a [String],
    record: &'a StringRecord,
}

/// The text of a file, if it is UTF-8.
pub(super) fn text(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not UTF-8")
    })?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.trim().is_empty() { Err("the file is empty".to_owned()) } else { Ok(text) }
}

impl Table {
    /// Reads a file. `usual` has the usual names of columns that are called otherwise here.
    pub(super) fn read(bytes: &[u8], usual: &BTreeMap<&str, &str>) -> Result<Table, String> {
        let text = text(bytes)?;
        let mut reader = ReaderBuilder::new().delimiter(b';').flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| error.to_string())?;
        let name = |name: &str| usual.get(name).copied().unwrap_or(name).to_owned();
        let columns: Vec<String> = header.iter().map(|own| name(own.trim())).collect();
        check_header(&columns)?;
        let mut rows = Vec::new();
        for record in reader.into_records() {
            let record = record.map_err(|error| error.to_string())?;
            check_row(&columns, &record)?;
            rows.push(record);
        }
        Ok(Table { columns, rows })
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|one| one == column)
    }

    /// Refuses a file without these columns.
    pub(super) fn must_have(&self, columns: &[&str]) -> Result<(), String> {
        let missing: Vec<&str> = columns.iter().copied().filter(|column| !self.has(column)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("it has no column {}", missing.join(", "))) }
    }

    /// The columns that are none of these.
    pub(super) fn others<'a>(&'a self, known: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.columns.iter().map(String::as_str).filter(move |column| !known.contains(column))
    }

    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().map(|record| Row {
            number: record.position().map_or(0, csv::Position::line),
            columns: &self.columns,
            record,
        })
    }
}

fn check_header(columns: &[String]) -> Result<(), String> {
    if let [only] = columns
        && only.contains([',', '\t', '|'])
    {
        return Err("its columns are not divided by `;`".to_owned());
    }
    if columns.iter().any(String::is_empty) {
        return Err("a column has no name".to_owned());
    }
    let mut seen = BTreeSet::new();
    match columns.iter().find(|column| !seen.insert(*column)) {
        Some(twice) => Err(format!("column {twice} is there twice")),
        None => Ok(()),
    }
}

fn check_row(columns: &[String], record: &StringRecord) -> Result<(), String> {
    let line = record.position().map_or(0, csv::Position::line);
    if record.len() != columns.len() {
        let (has, wanted) = (record.len(), columns.len());
        return Err(format!("line {line} has {has} values for {wanted} columns: does one hold a `;`?"));
    }
    if record.iter().any(|value| value.contains([';', '\n', '\r'])) {
        return Err(format!("line {line} has a value that holds a `;` or a line break"));
    }
    Ok(())
}

impl<'a> Row<'a> {
    /// A value, without spaces around it; empty where there is none.
    pub(super) fn get(&self, column: &str) -> &'a str {
        let place = self.columns.iter().position(|one| one == column);
        place.and_then(|place| self.record.get(place)).map_or("", str::trim)
    }

    /// A value that is not empty.
    pub(super) fn filled(&self, column: &str) -> Option<&'a str> {
        Some(self.get(column)).filter(|value| !value.is_empty())
    }

    /// Every column with its value.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let values = self.record.iter().map(str::trim);
        self.columns.iter().map(String::as_str).zip(values)
    }
}

/// A decimal as files write it: a point before the decimals, no spaces.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

/// A time in ISO 8601 with its zone.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Table::read(text.as_bytes(), &BTreeMap::new()).unwrap_err()
    }

    #[test]
    fn a_file_that_is_not_as_it_should_be_fails_as_a_whole() {
        let refused = Table::read(b"a;b\n1;2\n\xe5;3\n", &BTreeMap::new()).unwrap_err();
        assert_eq!(refused, "line 3 is not UTF-8");
        assert_eq!(refusal("  \n"), "the file is empty");
        assert_eq!(refusal("a,b\n1,2\n"), "its columns are not divided by `;`");
        assert_eq!(refusal("a;a\n1;2\n"), "column a is there twice");
        assert!(refusal("a;b\n1;2;3\n").starts_with("line 2 has 3 values for 2 columns"));
        assert!(refusal("a;b\n1;\"2;3\"\n").contains("holds a `;`"));
        assert!(refusal("a;b\n1;\"2\n3\"\n").contains("a line break"));
    }

    #[test]
    fn quotes_are_understood_json_may_stand_without_them_and_a_column_may_have_another_name() {
        let text = "\u{feff}a;b\n\"x\"\"y\";[{\"Currency\":\"EUR\"}]\n";
        let table = Table::read(text.as_bytes(), &BTreeMap::from([("b", "json")])).unwrap();
        let row = table.rows().next().unwrap();
        assert_eq!((row.number, row.get("a"), row.get("json")), (2, "x\"y", r#"[{"Currency":"EUR"}]"#));
        assert_eq!((row.get("c"), row.filled("c")), ("", None));
    }
}
