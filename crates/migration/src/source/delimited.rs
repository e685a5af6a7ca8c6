//! CSV, read a line at a time.
//!
//! Not by the csv crate's reader: a quote that is never closed would swallow the rest of the file there, and its line
//! numbers are off after blank lines and carriage returns. Here such a quote costs the one line that it stands on: the
//! lines after it are read again as lines of their own.

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, Read};
use std::path::Path;

use super::dialect::{self, Dialect};
use super::{
    Broken, COLUMNS_MAX, Error, Quote, RECORD_BYTES_MAX, Reading, Row, Unreadable, cell_count, encoding,
    names_of,
};

/// How many lines a quoted value may run over.
const QUOTED_LINES_MAX: usize = 100;

/// Some programs say in a first line of their own what divides the cells.
const DELIMITER_LINE: &str = "sep=";

pub(super) struct Delimited {
    input: Box<dyn BufRead + Send>,
    dialect: Dialect,
    /// The number of the line that comes next.
    next: u64,
    /// Lines that were read already and come again.
    again: VecDeque<Line>,
    line: Line,
    /// How many blank cells the first row has beyond the header's; none before it is read.
    beyond: Option<usize>,
}

#[derive(Debug, Default)]
struct Line {
    bytes: Vec<u8>,
    too_long: bool,
}

impl fmt::Debug for Delimited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delimited")
            .field("dialect", &self.dialect)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

/// What became of a line's cells.
enum Split {
    Whole,
    /// A quote is open at its end.
    Open,
}

impl Delimited {
    /// Opens a file and reads its header.
    pub(super) fn open(path: &Path, reading: &Reading) -> Result<(Vec<String>, Self), Error> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let encoding = match reading.encoding {
            Some(encoding) => encoding,
            None => encoding::look(path).map_err(io)?.encoding,
        };
        let input = encoding::open(path, encoding).map_err(io)?;
        let dialect = Dialect { encoding, ..Dialect::default() };
        let mut this =
            Self { input, dialect, next: 1, again: VecDeque::new(), line: Line::default(), beyond: None };
        this.find_dialect(reading).map_err(io)?;
        let mut row = Row::new();
        let form = |reason: &str| Error::Form { path: path.to_owned(), reason: reason.to_owned() };
        match this.read(&mut row, 0) {
            Ok(true) => {}
            Ok(false) => return Err(form("it is empty: its first line must name the columns")),
            Err(Broken::Io(error)) => return Err(io(error)),
            Err(Broken::Row(unreadable)) => {
                return Err(form(&format!("of its first line {}", unreadable.reason)));
            }
        }
        if row.len() > COLUMNS_MAX {
            return Err(form("it has too many columns"));
        }
        Ok((names_of(row.cells()), this))
    }

    pub(super) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Reads the next record. Where the header isn't known yet its width is 0.
    pub(super) fn read(&mut self, row: &mut Row, width: usize) -> Result<bool, Broken> {
        loop {
            if !self.next_line()? {
                return Ok(false);
            }
            row.clear(self.next - 1);
            if self.line.too_long {
                return Err(Broken::Row(too_long(row.number)));
            }
            self.record(row, width)?;
            if !row.is_blank() {
                return fits(row, width, &mut self.beyond).map_err(Broken::Row);
            }
        }
    }

    /// Makes a record of the line, and of those after it that its quotes run over.
    fn record(&mut self, row: &mut Row, width: usize) -> Result<(), Broken> {
        let first = std::mem::take(&mut self.line);
        let is_quoted = matches!(self.dialect.quote, Quote::By(quote) if first.bytes.contains(&quote));
        if is_quoted {
            let outcome = self.record_from(&first.bytes, row, width);
            self.line = first;
            return outcome;
        }
        // Most lines: the line becomes the row's text, whose buffer takes the next line.
        match String::from_utf8(first.bytes) {
            Ok(text) => {
                self.line.bytes = std::mem::replace(&mut row.text, text).into_bytes();
                split(self.dialect.delimiter, row);
                Ok(())
            }
            Err(error) => plain(error.as_bytes(), self.dialect.delimiter, row),
        }
    }

    fn record_from(&mut self, first: &[u8], row: &mut Row, width: usize) -> Result<(), Broken> {
        let Quote::By(quote) = self.dialect.quote else { return plain(first, self.dialect.delimiter, row) };
        let mut quoted = Quoted::new(self.dialect.delimiter, quote);
        let mut held: Vec<Line> = Vec::new();
        let mut split = quoted.feed(first);
        while let Split::Open = split {
            if held.len() == QUOTED_LINES_MAX || quoted.bytes.len() > RECORD_BYTES_MAX || !self.next_line()? {
                return self.unclosed(first, held, row);
            }
            let line = std::mem::take(&mut self.line);
            quoted.bytes.push(b'\n');
            split = quoted.feed(&line.bytes);
            held.push(line);
        }
        if !held.is_empty() && (quoted.torn || (width > 0 && quoted.ends.len() != width)) {
            return self.unclosed(first, held, row);
        }
        quoted.into_row(row)
    }

    /// Gives back the lines that an open quote ran over, and tells of the line that it stands on.
    fn unclosed(&mut self, first: &[u8], held: Vec<Line>, row: &mut Row) -> Result<(), Broken> {
        self.next -= held.len() as u64;
        for line in held.into_iter().rev() {
            self.again.push_front(line);
        }
        plain(first, self.dialect.delimiter, row)?;
        Err(Broken::Row(Unreadable {
            row: row.number,
            code: "unclosedQuote",
            reason: "a quote is opened and never closed".to_owned(),
            mend: "close it, or take it away; a quote within a quoted value is written twice".to_owned(),
        }))
    }

    /// Reads a line into `self.line`; false after the last.
    fn next_line(&mut self) -> std::io::Result<bool> {
        if let Some(line) = self.again.pop_front() {
            self.line = line;
            self.next += 1;
            return Ok(true);
        }
        let line = &mut self.line;
        line.bytes.clear();
        let limit = RECORD_BYTES_MAX as u64;
        let read = (&mut self.input).take(limit).read_until(b'\n', &mut line.bytes)?;
        if read == 0 {
            return Ok(false);
        }
        self.next += 1;
        let ended = line.bytes.pop_if(|last| *last == b'\n').is_some();
        line.bytes.pop_if(|last| *last == b'\r');
        line.too_long = !ended && read == RECORD_BYTES_MAX;
        if line.too_long {
            line.bytes.clear();
            skip_line(&mut self.input)?;
        }
        Ok(true)
    }

    /// Looks at the first lines, which are read again afterwards.
    fn find_dialect(&mut self, reading: &Reading) -> std::io::Result<()> {
        let mut looked_at: Vec<Line> = Vec::new();
        while looked_at.len() < dialect::LINES_LOOKED_AT && self.next_line()? {
            looked_at.push(std::mem::take(&mut self.line));
        }
        self.next = 1;
        let texts: Vec<_> = looked_at.iter().map(|line| String::from_utf8_lossy(&line.bytes)).collect();
        let lines: Vec<&str> =
            texts.iter().map(AsRef::as_ref).filter(|line: &&str| !line.trim().is_empty()).collect();
        let said = lines.first().and_then(|line| line.trim().strip_prefix(DELIMITER_LINE)).map(str::as_bytes);
        let said = said.and_then(|rest| if let [delimiter] = rest { Some(*delimiter) } else { None });
        let lines = if said.is_some() { &lines[1..] } else { &lines[..] };
        self.dialect.quote = reading.quote.unwrap_or_else(|| dialect::quote_of(lines));
        let found = reading.delimiter.or(said);
        self.dialect.delimiter = found.unwrap_or_else(|| dialect::delimiter_of(lines, self.dialect.quote));
        if said.is_some() {
            let place = looked_at.iter().position(|line| !line.bytes.trim_ascii().is_empty());
            let skipped = place.map_or(0, |index| index + 1);
            looked_at.drain(..skipped);
            self.next += skipped as u64;
        }
        self.again = looked_at.into();
        Ok(())
    }
}

/// The cells of a line whose quotes mean nothing.
fn plain(line: &[u8], delimiter: u8, row: &mut Row) -> Result<(), Broken> {
    row.text.clear();
    let foreign = match std::str::from_utf8(line) {
        Ok(text) => {
            row.text.push_str(text);
            false
        }
        Err(_) => {
            row.text.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(line).0);
            true
        }
    };
    split(delimiter, row);
    if foreign { Err(Broken::Row(foreign_letters(row.number))) } else { Ok(()) }
}

/// Divides the row's text. A delimiter is plain ASCII, which is a part of no other letter.
fn split(delimiter: u8, row: &mut Row) {
    row.cells.clear();
    let mut from = 0;
    for (at, byte) in row.text.bytes().enumerate() {
        if byte == delimiter {
            row.cells.push((super::offset(from), super::offset(at)));
            from = at + 1;
        }
    }
    row.cells.push((super::offset(from), super::offset(row.text.len())));
}

/// Cells of which some stand in quotes.
struct Quoted {
    delimiter: u8,
    quote: u8,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    state: State,
    /// Whether a value went on after its closing quote.
    torn: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a cell.
    Start,
    /// In a cell without quotes, or after the end of those that it has.
    Bare,
    /// Between quotes.
    Within,
    /// After a quote that ends the value, or is the first of two.
    Closing,
}

impl Quoted {
    fn new(delimiter: u8, quote: u8) -> Self {
        Self { delimiter, quote, bytes: Vec::new(), ends: Vec::new(), state: State::Start, torn: false }
    }

    fn feed(&mut self, line: &[u8]) -> Split {
        for byte in line.iter().copied() {
            self.state = match self.state {
                State::Within if byte == self.quote => State::Closing,
                State::Within => self.keep(byte, State::Within),
                State::Closing if byte == self.quote => self.keep(byte, State::Within),
                _ if byte == self.delimiter => {
                    self.ends.push(self.bytes.len());
                    State::Start
                }
                State::Start if byte == self.quote => State::Within,
                State::Closing => {
                    self.torn = true;
                    self.keep(byte, State::Bare)
                }
                State::Start | State::Bare => self.keep(byte, State::Bare),
            };
        }
        if self.state == State::Within {
            return Split::Open;
        }
        self.ends.push(self.bytes.len());
        Split::Whole
    }

    fn keep(&mut self, byte: u8, next: State) -> State {
        self.bytes.push(byte);
        next
    }

    fn into_row(self, row: &mut Row) -> Result<(), Broken> {
        let foreign = std::str::from_utf8(&self.bytes).is_err();
        let mut from = 0;
        for end in self.ends {
            let cell = &self.bytes[from..end];
            let start = row.text.len();
            match std::str::from_utf8(cell) {
                Ok(text) => row.text.push_str(text),
                Err(_) => row.text.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0),
            }
            row.mark(start);
            from = end;
        }
        if foreign { Err(Broken::Row(foreign_letters(row.number))) } else { Ok(()) }
    }
}

/// Blank cells beyond the header's are no fault where the first row has as many: some programs end each line of data with
/// a delimiter. In one row alone they mean that a value before them holds one.
fn fits(row: &mut Row, width: usize, beyond: &mut Option<usize>) -> Result<bool, Unreadable> {
    let found = row.len();
    if width == 0 {
        return Ok(true);
    }
    let blank = (width..found).all(|index| row.cell(index).trim().is_empty());
    let first = *beyond.get_or_insert(if blank { found.saturating_sub(width) } else { 0 });
    if found == width {
        return Ok(true);
    }
    if found > width && found - width == first && blank {
        row.cells.truncate(width);
        return Ok(true);
    }
    Err(cell_count(row.number, found, width))
}

fn skip_line(input: &mut dyn BufRead) -> std::io::Result<()> {
    input.skip_until(b'\n').map(drop)
}

fn too_long(row: u64) -> Unreadable {
    Unreadable {
        row,
        code: "tooLong",
        reason: format!("the line is longer than {RECORD_BYTES_MAX} bytes"),
        mend: "break it where its line ends are missing".to_owned(),
    }
}

fn foreign_letters(row: u64) -> Unreadable {
    Unreadable {
        row,
        code: "encoding",
        reason: "the row isn't UTF-8, as the rest of the file is".to_owned(),
        mend: "write its letters as the rest of the file has them".to_owned(),
    }
}
