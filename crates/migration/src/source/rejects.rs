//! Rows that aren't sent, as they came, with what is wrong: a file to be mended and fed back.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use serde_json::json;

use super::dialect::Dialect;
use super::{Quote, Row};
use crate::Finding;
use crate::whole::part_of;

/// The columns at the end: the row's number in the source, the fields at fault, why, and what to do.
pub(super) const ADDED: [&str; 4] = ["_row", "_fields", "_reasons", "_mends"];

/// The field that a rejected JSON object gets.
pub(super) const ADDED_OBJECT: &str = "_tillbridge";

/// How a source's rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Like(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Delimited { header: Vec<String>, dialect: Dialect },
    JsonLines,
}

impl Like {
    pub(super) fn delimited(header: &[String], dialect: Dialect) -> Self {
        Self(Form::Delimited { header: header.to_vec(), dialect })
    }

    pub(super) const fn json_lines() -> Self {
        Self(Form::JsonLines)
    }
}

/// A file of rejects while it is written. It takes its place when it is finished.
#[derive(Debug)]
pub struct Rejects {
    path: PathBuf,
    like: Like,
    file: Option<BufWriter<File>>,
    rows: u64,
    /// The JSON line whose parts are still coming.
    waiting: Option<(Row, Vec<Finding>)>,
}

impl Rejects {
    /// Begins the rejects of a source. Nothing is written before the first row.
    #[must_use]
    pub fn create(path: PathBuf, like: Like) -> Self {
        Self { path, like, file: None, rows: 0, waiting: None }
    }

    /// Adds a row with what is wrong with it. Rows that one JSON line makes are written as the one line, if they come
    /// one after the other.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub fn write(&mut self, row: &Row, findings: &[Finding]) -> io::Result<()> {
        if self.like.0 == Form::JsonLines {
            if let Some((waiting, known)) = &mut self.waiting
                && waiting.number == row.number
            {
                known.extend(
                    findings.iter().filter(|finding| !known.contains(finding)).cloned().collect::<Vec<_>>(),
                );
                return Ok(());
            }
            self.write_waiting()?;
            self.waiting = Some((row.clone(), findings.to_vec()));
            return Ok(());
        }
        self.put(row, findings)
    }

    /// Puts the file in its place, and tells how many rows it has. Without any there is no file, and that of an earlier
    /// check is removed.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub fn finish(mut self) -> io::Result<u64> {
        self.write_waiting()?;
        match self.file.take() {
            None => match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            },
            Some(file) => {
                file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
                fs::rename(part_of(&self.path), &self.path)?;
            }
        }
        Ok(self.rows)
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        match self.waiting.take() {
            Some((row, findings)) => self.put(&row, &findings),
            None => Ok(()),
        }
    }

    fn put(&mut self, row: &Row, findings: &[Finding]) -> io::Result<()> {
        if self.file.is_none() {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = BufWriter::new(File::create(part_of(&self.path))?);
            if let Form::Delimited { header, dialect } = &self.like.0 {
                let names = header.iter().map(String::as_str).chain(ADDED);
                file.write_all(&line_of(names, *dialect)?)?;
            }
            self.file = Some(file);
        }
        let line = match &self.like.0 {
            Form::Delimited { header, dialect } => delimited(row, findings, header.len(), *dialect)?,
            Form::JsonLines => json_line(row, findings).into_bytes(),
        };
        self.rows += 1;
        match &mut self.file {
            Some(file) => file.write_all(&line),
            None => Ok(()),
        }
    }
}

/// What is said of a row: its fields, the reasons and the mends, each once.
fn said(findings: &[Finding]) -> [Vec<&str>; 3] {
    let mut said: [Vec<&str>; 3] = Default::default();
    for finding in findings {
        let texts = [finding.field.as_deref().unwrap_or_default(), &finding.reason, &finding.mend];
        for (list, text) in said.iter_mut().zip(texts) {
            if !text.is_empty() && !list.contains(&text) {
                list.push(text);
            }
        }
    }
    said
}

fn delimited(row: &Row, findings: &[Finding], width: usize, dialect: Dialect) -> io::Result<Vec<u8>> {
    let mut cells: Vec<String> = row.cells().take(width).map(str::to_owned).collect();
    cells.resize(width, String::new());
    // Of a row with too many cells the last keeps the rest, so that nothing is lost and the added columns stay in place.
    if let Some(last) = cells.last_mut() {
        for cell in row.cells().skip(width) {
            last.push(char::from(dialect.delimiter));
            last.push_str(cell);
        }
    }
    let [fields, reasons, mends] = said(findings);
    cells.push(row.number.to_string());
    cells.extend([fields.join(", "), reasons.join(" | "), mends.join(" | ")]);
    line_of(cells.iter().map(String::as_str), dialect)
}

fn line_of<'a>(cells: impl Iterator<Item = &'a str>, dialect: Dialect) -> io::Result<Vec<u8>> {
    let mut builder = csv::WriterBuilder::new();
    builder.delimiter(dialect.delimiter).flexible(true);
    match dialect.quote {
        Quote::By(quote) => {
            builder.quote(quote);
            let mut writer = builder.from_writer(Vec::new());
            writer.write_record(cells)?;
            finished(writer, dialect)
        }
        Quote::Never => {
            let mut writer = builder.quote_style(csv::QuoteStyle::Never).from_writer(Vec::new());
            let breaking = [char::from(dialect.delimiter), '\n', '\r'];
            writer.write_record(cells.map(|cell| cell.replace(breaking, " ")))?;
            finished(writer, dialect)
        }
    }
}

fn finished(writer: csv::Writer<Vec<u8>>, dialect: Dialect) -> io::Result<Vec<u8>> {
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    if dialect.encoding.is_utf8() {
        return Ok(bytes);
    }
    Ok(dialect.encoding.bytes_of(&String::from_utf8_lossy(&bytes)))
}

fn json_line(row: &Row, findings: &[Finding]) -> String {
    let [fields, reasons, mends] = said(findings);
    let mut added = json!({ "row": row.number, "fields": fields, "reasons": reasons, "mends": mends });
    let line = row.line.trim();
    let is_object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).is_ok();
    // The line stays as it was written, to the letter.
    let inner = line.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).map(str::trim);
    match inner.filter(|_| is_object) {
        Some("") => format!("{{\"{ADDED_OBJECT}\":{added}}}\n"),
        Some(inner) => format!("{{{inner},\"{ADDED_OBJECT}\":{added}}}\n"),
        None => {
            added["line"] = json!(line);
            format!("{{\"{ADDED_OBJECT}\":{added}}}\n")
        }
    }
}
