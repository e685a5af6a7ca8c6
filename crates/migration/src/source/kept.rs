//! A row as bytes, so that more rows than fit in memory can be put in another order.

use super::{Row, offset};

impl Row {
    /// Writes the row after what is there. The line that JSON came from is kept of its first part alone: a rejected line is
    /// written once.
    pub(crate) fn keep(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.number.to_le_bytes());
        into.extend_from_slice(&self.part.to_le_bytes());
        let line = if self.part == 0 { self.line.as_str() } else { "" };
        into.extend_from_slice(&offset(line.len()).to_le_bytes());
        into.extend_from_slice(line.as_bytes());
        into.extend_from_slice(&offset(self.cells.len()).to_le_bytes());
        for (from, to) in &self.cells {
            into.extend_from_slice(&(to - from).to_le_bytes());
        }
        for cell in self.cells() {
            into.extend_from_slice(cell.as_bytes());
        }
    }

    /// Reads what [`Self::keep`] wrote, in the memory of this row; `None` of anything else.
    pub(crate) fn kept(mut self, bytes: &[u8]) -> Option<Self> {
        let (number, bytes) = bytes.split_first_chunk()?;
        let (part, bytes) = word(bytes)?;
        let (length, bytes) = word(bytes)?;
        let (line, bytes) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
        let (count, bytes) = word(bytes)?;
        let (lengths, text) =
            bytes.split_at_checked(usize::try_from(count).ok()?.checked_mul(size_of::<u32>())?)?;
        self.clear(u64::from_le_bytes(*number));
        self.part = part;
        self.line.push_str(std::str::from_utf8(line).ok()?);
        self.text.push_str(std::str::from_utf8(text).ok()?);
        self.cells.reserve(lengths.len() / size_of::<u32>());
        let mut from = 0_u32;
        for length in lengths.chunks_exact(size_of::<u32>()) {
            let to = from.checked_add(word(length)?.0)?;
            self.text.get(from as usize..to as usize)?;
            self.cells.push((from, to));
            from = to;
        }
        (self.text.len() == from as usize).then_some(self)
    }
}

fn word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(word, rest)| (u32::from_le_bytes(*word), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Row;

    proptest! {
        #[test]
        fn a_row_that_was_kept_is_the_same_row(cells in prop::collection::vec(".{0,9}", 0..6), number in 0_u64..9) {
            let row = Row::of(number, &cells);
            let mut bytes = Vec::new();
            row.keep(&mut bytes);
            let kept = Row::of(7, ["another", "row"]).kept(&bytes).expect("it was kept");
            prop_assert_eq!(kept.number(), number);
            prop_assert!(kept.cells().eq(cells.iter().map(String::as_str)));
        }

        #[test]
        fn any_bytes_are_a_row_or_none(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = Row::new().kept(&bytes).map(|row| row.cells().count());
        }
    }
}
