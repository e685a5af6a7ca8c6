//! A sheet of an Excel workbook, a row at a time.
//!
//! The reader of cells borrows from the open workbook, so both live on a thread that hands over rows; it ends with the
//! sheet, or when nobody listens any more.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx, XlsxError};

use super::{Broken, COLUMNS_MAX, Error, Row, Unreadable, cell_count, names_of};

/// How many rows are handed over at a time, and how many such batches wait.
const BATCH_ROWS: usize = 256;
const BATCHES_WAITING: usize = 2;

/// The longest cell in Excel, in characters.
const CELL_CHARS_MAX: usize = 32_767;

#[derive(Debug)]
pub(super) struct Workbook {
    rows: Option<Receiver<Message>>,
    thread: Option<JoinHandle<()>>,
    batch: std::vec::IntoIter<SheetRow>,
    width: usize,
    ended: bool,
}

#[derive(Debug)]
enum Message {
    Rows(Vec<SheetRow>),
    End,
    Failed(String),
}

#[derive(Debug, Default)]
struct SheetRow {
    number: u64,
    cells: Vec<String>,
    /// The first cell that holds an error of Excel's own.
    fault: Option<String>,
}

impl Workbook {
    pub(super) fn open(path: &Path, sheet: Option<&str>) -> Result<(Vec<String>, Self), Error> {
        let (sender, receiver) = sync_channel(BATCHES_WAITING);
        let (file, sheet) = (path.to_owned(), sheet.map(str::to_owned));
        let thread = std::thread::spawn(move || {
            let last = match hand_over(&file, sheet.as_deref(), &sender) {
                Ok(()) => Message::End,
                Err(reason) => Message::Failed(reason),
            };
            // Whoever listened may have had enough.
            let _ = sender.send(last);
        });
        let mut this = Self {
            rows: Some(receiver),
            thread: Some(thread),
            batch: Vec::new().into_iter(),
            width: 0,
            ended: false,
        };
        let form = |reason: String| Error::Form { path: path.to_owned(), reason };
        let header = match this.next_row() {
            Ok(Some(header)) => names_of(header.cells.iter().map(String::as_str)),
            Ok(None) => {
                return Err(form("the sheet is empty: its first row must name the columns".to_owned()));
            }
            Err(error) => return Err(form(error.to_string())),
        };
        this.width = header.len();
        Ok((header, this))
    }

    pub(super) fn read(&mut self, row: &mut Row) -> Result<bool, Broken> {
        let Some(found) = self.next_row()? else { return Ok(false) };
        row.clear(found.number);
        let used = found.cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
        for cell in found.cells.iter().take(used.max(self.width)) {
            row.push(cell);
        }
        for _ in row.len()..self.width {
            row.push("");
        }
        if let Some(fault) = found.fault {
            return Err(Broken::Row(Unreadable {
                row: found.number,
                code: "cellError",
                reason: format!("a cell holds Excel's error {fault}"),
                mend: "mend the formula, or write the value".to_owned(),
            }));
        }
        if used > self.width {
            return Err(Broken::Row(cell_count(found.number, used, self.width)));
        }
        Ok(true)
    }

    fn next_row(&mut self) -> io::Result<Option<SheetRow>> {
        loop {
            if let Some(row) = self.batch.next() {
                return Ok(Some(row));
            }
            if self.ended {
                return Ok(None);
            }
            match self.rows.as_ref().map(Receiver::recv) {
                Some(Ok(Message::Rows(rows))) => self.batch = rows.into_iter(),
                Some(Ok(Message::End)) => self.ended = true,
                Some(Ok(Message::Failed(reason))) => {
                    self.ended = true;
                    return Err(io::Error::other(reason));
                }
                Some(Err(_)) | None => {
                    self.ended = true;
                    return Err(io::Error::other(
                        "the workbook is damaged; open it in Excel and save it again",
                    ));
                }
            }
        }
    }
}

impl Drop for Workbook {
    fn drop(&mut self) {
        // Without a listener the thread ends at its next batch.
        self.rows = None;
        if let Some(thread) = self.thread.take() {
            // That it panicked on a damaged workbook was told already, by the end of what it handed over.
            let _ = thread.join();
        }
    }
}

/// The names of a workbook's sheets.
///
/// # Errors
///
/// If it can't be read.
pub fn sheets(path: &Path) -> Result<Vec<String>, Error> {
    let book = open(path).map_err(|reason| Error::Form { path: path.to_owned(), reason })?;
    Ok(book.sheet_names())
}

fn open(path: &Path) -> Result<Xlsx<BufReader<File>>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    Xlsx::new(BufReader::new(file)).map_err(|error| format!("it isn't a workbook that can be read ({error})"))
}

fn hand_over(path: &Path, sheet: Option<&str>, to: &SyncSender<Message>) -> Result<(), String> {
    let mut book = open(path)?;
    let names = book.sheet_names();
    let name = match sheet {
        Some(wanted) => names
            .iter()
            .find(|name| *name == wanted)
            .ok_or_else(|| format!("it has no sheet {wanted:?}; it has {}", names.join(", ")))?,
        None => names.first().ok_or("it has no sheets")?,
    }
    .clone();
    let reason = |error: XlsxError| format!("the sheet {name:?} can't be read ({error})");
    let mut cells = book.worksheet_cells_reader(&name).map_err(reason)?;
    let mut batch: Vec<SheetRow> = Vec::with_capacity(BATCH_ROWS);
    let mut row = SheetRow::default();
    loop {
        let cell = cells.next_cell().map_err(reason)?;
        let number = cell.as_ref().map(|cell| u64::from(cell.get_position().0) + 1);
        if number != Some(row.number) {
            let done = std::mem::take(&mut row);
            if done.cells.iter().any(|cell| !cell.trim().is_empty()) {
                batch.push(done);
            }
            if (batch.len() == BATCH_ROWS || number.is_none())
                && to.send(Message::Rows(std::mem::take(&mut batch))).is_err()
            {
                return Ok(());
            }
        }
        let (Some(cell), Some(number)) = (cell, number) else { return Ok(()) };
        row.number = number;
        let column = cell.get_position().1 as usize;
        if column >= COLUMNS_MAX {
            return Err(format!("row {number} has more than {COLUMNS_MAX} columns"));
        }
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        if let DataRef::Error(error) = cell.get_value() {
            row.fault = Some(error.to_string());
        }
        row.cells[column] = text_of(cell.get_value());
    }
}

/// A cell as text: a time as ISO 8601, a number as Excel shows it.
fn text_of(value: &DataRef<'_>) -> String {
    let text = match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => shown(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(time) => time_of(time),
        DataRef::Error(error) => error.to_string(),
    };
    if text.len() > CELL_CHARS_MAX { text.chars().take(CELL_CHARS_MAX).collect() } else { text }
}

/// Fifteen digits, as Excel has them, without an exponent: 0.1 + 0.2 is 0.3.
fn shown(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
}

fn time_of(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let clock = match milli {
        0 => format!("{hour:02}:{minute:02}:{second:02}"),
        milli => format!("{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    };
    let date = format!("{year:04}-{month:02}-{day:02}");
    if time.as_f64() < 1.0 {
        clock
    } else if (hour, minute, second, milli) == (0, 0, 0, 0) {
        date
    } else {
        format!("{date} {clock}")
    }
}
