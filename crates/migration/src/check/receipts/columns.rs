//! Where in a row each field of a receipt is.

use std::sync::Arc;

use super::field::Field;
use super::gathered::Held;
use crate::mapping::{Bound, FieldAt, Part};

/// The rules of one file, with the places of what is read of each row.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) bound: Arc<Bound>,
    at: [Option<FieldAt>; Field::COUNT],
}

impl Columns {
    pub(super) fn of(bound: &Arc<Bound>) -> Self {
        let at = Field::ALL.map(|field| bound.at(field.as_str()));
        Self { bound: Arc::clone(bound), at }
    }

    /// Where a field is; nowhere if the mapping doesn't fill it.
    pub(super) fn at(&self, field: Field) -> Option<FieldAt> {
        self.at[field as usize]
    }
}

/// The rules of every file that receipts are read from.
#[derive(Debug, Default)]
pub(super) struct Tables {
    whole: Vec<Columns>,
    lines: Vec<Columns>,
}

impl Tables {
    /// The rules of a row's file.
    pub(super) fn columns(&self, held: &Held) -> &Columns {
        &self.of(held.part)[usize::from(held.at.file)]
    }

    /// Takes the rules of a file in, before its first row. Files without rows have those of the next, which nothing asks for.
    pub(super) fn learn(&mut self, part: Part, file: u16, bound: &Arc<Bound>) {
        let tables = match part {
            Part::Whole => &mut self.whole,
            Part::Lines => &mut self.lines,
        };
        while tables.len() <= usize::from(file) {
            tables.push(Columns::of(bound));
        }
    }

    fn of(&self, part: Part) -> &[Columns] {
        match part {
            Part::Whole => &self.whole,
            Part::Lines => &self.lines,
        }
    }
}
