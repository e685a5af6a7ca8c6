//! The rows of one receipt, wherever they stand in the export.
//!
//! Rows travel through the sorter as bytes and come out by receipt. What stands together is an
//! *occurrence*: one that is
//! there again word for word was exported twice, and one that says another store, time or contact is another receipt that
//! was given the same id.

use std::ops::Range;

use super::columns::Tables;
use super::field::Field;
use crate::RowAt;
use crate::check::Entry;
use crate::check::book::Counted;
use crate::mapping::Part;
use crate::source::Row;

/// A row on its way into a receipt.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) at: RowAt,
    pub(super) part: Part,
    pub(super) mended: bool,
    /// Its place among all rows that were read, so that it shows which stood together.
    pub(super) place: u64,
    pub(super) row: Row,
}

/// Bytes that are no row: another program wrote into the sorter's files.
#[derive(Debug, thiserror::Error)]
#[error("a sorted row is damaged; run the check again")]
pub(super) struct Damaged;

impl Held {
    /// The form of a row in the sorter.
    pub(super) fn write(entry: &Entry, part: Part, place: u64, into: &mut Vec<u8>) {
        let flags = u8::from(part == Part::Lines) | u8::from(entry.mended) << 1;
        into.push(flags);
        into.extend_from_slice(&entry.at.file.to_le_bytes());
        into.extend_from_slice(&place.to_le_bytes());
        entry.row.keep(into);
    }

    /// Reads what [`Self::write`] wrote, into this row's memory.
    pub(super) fn read(bytes: &[u8], row: Row) -> Result<Self, Damaged> {
        let (&[flags], rest) = bytes.split_first_chunk::<1>().ok_or(Damaged)?;
        let (file, rest) = rest.split_first_chunk().ok_or(Damaged)?;
        let (place, rest) = rest.split_first_chunk().ok_or(Damaged)?;
        let row = row.kept(rest).ok_or(Damaged)?;
        Ok(Self {
            at: RowAt { file: u16::from_le_bytes(*file), row: row.number() },
            part: if flags & 1 == 1 { Part::Lines } else { Part::Whole },
            mended: flags & 2 == 2,
            place: u64::from_le_bytes(*place),
            row,
        })
    }

    /// The row as it is entered into the book.
    pub(super) fn counted(&self) -> Counted<'_> {
        Counted { part: self.part, at: self.at, mended: self.mended, row: &self.row }
    }

    fn says_as(&self, other: &Self) -> bool {
        self.part == other.part && self.row.cells().eq(other.row.cells())
    }
}

/// The rows of one receipt.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// What Engage knows it by.
    pub(super) id: String,
    /// The first says what is of the whole receipt.
    pub(super) rows: Vec<Held>,
    /// Whether its lines are rows of a table of their own.
    pub(super) has_lines: bool,
    pub(super) standing: Standing,
}

/// What rows are among those of their id.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The receipt.
    #[default]
    First,
    /// They say again what was said.
    Repeated,
    /// Another receipt, which was given the id that the one at this row has.
    Other(Part, RowAt),
}

impl Gathered {
    /// Of which part the rows are that say what was sold.
    pub(super) fn detail(&self) -> Part {
        if self.has_lines { Part::Lines } else { Part::Whole }
    }

    /// Whether all of it stands in one place, as almost all receipts do: then there is nothing to part.
    pub(super) fn stands_together(&self) -> bool {
        self.rows.windows(2).all(|pair| follows(&pair[0], &pair[1]))
    }

    /// Parts the rows of one id, which are in the order in which they were read.
    pub(super) fn part(self, tables: &Tables) -> Vec<Self> {
        let occurrences = occurrences(&self.rows);
        if occurrences.len() <= 1 {
            return vec![self];
        }
        let standings: Vec<Standing> =
            (0..occurrences.len()).map(|at| self.standing(tables, &occurrences, at)).collect();
        let same =
            |standing| Self { id: self.id.clone(), has_lines: self.has_lines, rows: Vec::new(), standing };
        let mut parted = vec![same(Standing::First)];
        let mut rows = self.rows.into_iter();
        for (range, standing) in occurrences.iter().zip(standings) {
            let own = rows.by_ref().take(range.len());
            match standing {
                Standing::First => parted[0].rows.extend(own),
                Standing::Repeated | Standing::Other(..) => {
                    parted.push(Self { rows: own.collect(), ..same(standing) });
                }
            }
        }
        parted
    }

    fn standing(&self, tables: &Tables, occurrences: &[Range<usize>], at: usize) -> Standing {
        let rows = &self.rows[occurrences[at].clone()];
        let is_said = |before: &Range<usize>| {
            let before = &self.rows[before.clone()];
            before.len() == rows.len() && before.iter().zip(rows).all(|(one, other)| one.says_as(other))
        };
        if occurrences[..at].iter().any(is_said) {
            return Standing::Repeated;
        }
        // Lines of a table of their own say nothing of the receipt but its id.
        let head = self.rows.iter().find(|row| row.part == Part::Whole && rows[0].part == Part::Whole);
        match head {
            Some(head) if differs(tables, head, &rows[0]).is_some() => Standing::Other(head.part, head.at),
            _ => Standing::First,
        }
    }

    /// The first row that says something else of the whole receipt than the first does, and what.
    pub(super) fn contradiction(&self, tables: &Tables) -> Option<(usize, Field)> {
        let head = self.rows.first().filter(|head| head.part == Part::Whole)?;
        let mut rest = self.rows.iter().enumerate().skip(1).filter(|(_, row)| row.part == Part::Whole);
        rest.find_map(|(at, row)| Some((at, contradicts(tables, head, row)?)))
    }
}

/// Whether a row stands right after another.
fn follows(row: &Held, next: &Held) -> bool {
    next.place <= row.place + 1 && next.part == row.part
}

/// Runs of rows that stand together.
fn occurrences(rows: &[Held]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match all.last_mut() {
            Some(last) if follows(&rows[at - 1], row) => last.end = at + 1,
            _ => all.push(at..at + 1),
        }
    }
    all
}

/// What a row says of the whole receipt that another doesn't.
fn differs(tables: &Tables, one: &Held, other: &Held) -> Option<Field> {
    Field::OF_HEAD.into_iter().find(|&field| text(tables, one, field) != text(tables, other, field))
}

/// What two rows of one receipt can't both say; what only one of them says is no contradiction.
fn contradicts(tables: &Tables, one: &Held, other: &Held) -> Option<Field> {
    const SAME: [Field; 4] = [Field::Store, Field::Contact, Field::ReceiptNumber, Field::Currency];
    SAME.into_iter().find(|&field| match (text(tables, one, field), text(tables, other, field)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    })
}

fn text<'h>(tables: &'h Tables, held: &'h Held, field: Field) -> Option<std::borrow::Cow<'h, str>> {
    let columns = tables.columns(held);
    columns.bound.text(columns.at(field)?, &held.row).ok().flatten()
}
