//! Who has which key: each may be used once, and the first row has it.
//!
//! Engage's importer looks for duplicates by the key only (fact M-13), so every attribute that must be unique is claimed here
//! before anything is written. Only rows that are sent claim: one that is rejected leaves its keys to the next.

use super::keys::{KeyDigest, Keys};
use crate::RowAt;

/// The keys of one kind of record.
#[derive(Debug, Default)]
pub struct Ledger {
    keys: Keys,
    /// For each file the number that its row 0 would have.
    bases: Vec<u64>,
    last: u64,
}

impl Ledger {
    /// Who has this value.
    #[must_use]
    pub fn holder(&self, digest: KeyDigest) -> Option<RowAt> {
        self.keys.get(digest).map(|number| self.row(number))
    }

    /// Whether anyone has this value.
    #[must_use]
    pub fn holds(&self, digest: KeyDigest) -> bool {
        self.keys.get(digest).is_some()
    }

    /// Takes a value for a row, rows coming in their order.
    ///
    /// # Errors
    /// The row that has it already; it keeps it.
    pub fn claim(&mut self, digest: KeyDigest, at: RowAt) -> Result<(), RowAt> {
        let number = self.number(at);
        match self.keys.insert(digest, number) {
            None => Ok(()),
            Some(holder) => Err(self.row(holder)),
        }
    }

    /// How many values are taken.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.keys.len()
    }

    /// Whether none is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// A row's number over all files. Beyond four thousand million rows they are counted as the last: only the row that a
    /// finding names would be wrong.
    fn number(&mut self, at: RowAt) -> u32 {
        while self.bases.len() <= usize::from(at.file) {
            self.bases.push(self.last);
        }
        let number = self.bases[usize::from(at.file)] + at.row;
        self.last = self.last.max(number);
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    fn row(&self, number: u32) -> RowAt {
        let number = u64::from(number);
        let file = self.bases.partition_point(|base| *base < number).saturating_sub(1);
        let base = self.bases.get(file).copied().unwrap_or_default();
        RowAt { file: u16::try_from(file).unwrap_or(u16::MAX), row: number - base }
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;
    use crate::RowAt;
    use crate::check::keys::KeyDigest;

    #[test]
    fn the_first_row_has_a_key_and_the_next_learns_of_it() {
        let mut ledger = Ledger::default();
        let rows: Vec<RowAt> =
            [(0, 2), (0, 9), (2, 2), (2, 3), (3, 2)].map(|(file, row)| RowAt { file, row }).into();
        for (name, at) in ["a", "b", "c", "d", "e"].iter().zip(&rows) {
            assert_eq!(ledger.claim(KeyDigest::of("email", name), *at), Ok(()));
        }
        for (name, at) in ["a", "b", "c", "d", "e"].iter().zip(&rows) {
            assert_eq!(ledger.claim(KeyDigest::of("email", name), RowAt { file: 3, row: 7 }), Err(*at));
            assert_eq!(ledger.holder(KeyDigest::of("email", name)), Some(*at));
            assert!(!ledger.holds(KeyDigest::of("mobilePhone", name)));
        }
    }
}
