//! What was typed, pasted or scanned, without what only a keyboard, a page or a scanner put there.
//!
//! It knows characters, not identifiers: nothing that anybody would read out is lost.

use std::borrow::Cow;

/// The text in plain characters: full-width digits and letters (an East Asian keyboard) are ASCII, every dash
/// is `-`, every space is one that can be seen, what can't be seen is gone, and so is what a scanner adds
/// before and after (carriage returns, tabs).
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    // Most texts are plain already.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text.trim_matches(' '));
    }
    let plain: String = text.chars().filter(|&c| !is_invisible(c)).map(plain).collect();
    Cow::Owned(plain.trim_matches(|c: char| c.is_whitespace() || c.is_control()).to_owned())
}

fn plain(c: char) -> char {
    match c {
        // The full-width forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => u32::from(c)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .expect("the range maps onto printable ASCII"),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        // A tab or a line break stays what it is: two things were scanned into one field.
        c if c.is_whitespace() && !c.is_control() => ' ',
        c => c,
    }
}

/// Soft hyphens, zero-width characters, and the marks of direction that a phone's address book copies along.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn only_what_was_meant_is_left() {
        for (text, cleaned) in [
            ("０７０－１２３　４５　６７", "070-123 45 67"),
            ("070\u{a0}123\u{202f}45 67", "070 123 45 67"),
            ("\u{202a}+46 70\u{200b}123\u{202c}", "+46 70123"),
            ("\u{feff}131052\u{2212}308T", "131052-308T"),
            ("\t900100242\r\n", "900100242"),
            ("\u{2}900100242\u{3}", "900100242"),
            ("90\t01", "90\t01"),
            ("Ａｎｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "Anna@example.com"),
            ("Åsa@exämple.se", "Åsa@exämple.se"),
            (" \u{200d} ", ""),
        ] {
            assert_eq!(clean(text), cleaned, "{text:?}");
            assert_eq!(clean(cleaned), cleaned);
        }
    }
}
