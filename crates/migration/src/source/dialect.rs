//! How a CSV file divides its cells, found out from its first lines; that all other lines agree is checked as they are
//! read.

use super::{Encoding, Quote};

/// What cells are divided by, the most usual first.
const DELIMITERS: [u8; 4] = *b";,\t|";

/// How many lines are looked at.
pub(super) const LINES_LOOKED_AT: usize = 200;

/// How a CSV file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// What stands between cells.
    pub delimiter: u8,
    /// What stands around some.
    pub quote: Quote,
    /// How letters are written.
    pub encoding: Encoding,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b';', quote: Quote::By(b'"'), encoding: Encoding::UTF_8 }
    }
}

/// The delimiter that divides most lines into as many cells as the first, by preference into many.
pub(super) fn delimiter_of(lines: &[&str], quote: Quote) -> u8 {
    let mut best = (0, 0, DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let counts: Vec<usize> = lines.iter().map(|line| cells_in(line, delimiter, quote)).collect();
        let Some(header) = counts.first().copied().filter(|cells| *cells > 1) else { continue };
        let agreeing = counts.iter().filter(|cells| **cells == header).count();
        if (agreeing, header) > (best.0, best.1) {
            best = (agreeing, header, delimiter);
        }
    }
    best.2
}

/// The quotes: apostrophes where whole cells stand in them and none in quotation marks.
pub(super) fn quote_of(lines: &[&str]) -> Quote {
    let wrapped = |line: &&&str, quote: char| {
        let mut cells = line.split(['\t', ';', ',', '|']).map(str::trim);
        cells.any(|cell| cell.len() > 1 && cell.starts_with(quote) && cell.ends_with(quote))
    };
    let by = |quote: char| lines.iter().filter(|line| wrapped(line, quote)).count();
    if by('"') == 0 && by('\'') * 2 > lines.len() { Quote::By(b'\'') } else { Quote::By(b'"') }
}

fn cells_in(line: &str, delimiter: u8, quote: Quote) -> usize {
    let mut quoted = false;
    let mut cells = 1;
    for byte in line.bytes() {
        if quote == Quote::By(byte) {
            quoted = !quoted;
        } else if byte == delimiter && !quoted {
            cells += 1;
        }
    }
    cells
}
