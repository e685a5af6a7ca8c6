//! What is wrong with a row, where, and how to mend it.

use serde::{Deserialize, Serialize};

use crate::Entity;

/// What a finding means for its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// The row isn't sent.
    Blocker,
    /// It is sent; somebody should know.
    Warning,
}

/// A row of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RowAt {
    /// Which of the table's files, from 0.
    pub file: u16,
    /// As a person counts in an editor: the first line is 1, also where it is the header.
    pub row: u64,
}

/// One thing that is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Of which kind the row is.
    pub entity: Entity,
    /// What it means for the row.
    pub severity: Severity,
    /// The stable code, in camel case.
    pub code: String,
    /// Where.
    pub at: RowAt,
    /// Our name of the field, such as `mobilePhone` or `line.quantity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The columns that it is made of, as the export names them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub columns: Vec<String>,
    /// The value, masked so that nobody is recognised by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is wrong, without personal data.
    pub reason: String,
    /// What to do, or the value that was probably meant (masked too).
    pub mend: String,
}

/// A value as it may be shown: the first and the last letter, and how long it is; short ones not at all. Digits and
/// letters are told apart, since that is what a mistyped one is found by.
#[must_use]
pub fn masked(value: &str) -> String {
    const SHOWN_FROM: usize = 6;
    let chars: Vec<char> = value.chars().collect();
    let shape = |char: &char| match char {
        c if c.is_ascii_digit() => '#',
        c if c.is_alphabetic() => 'x',
        c => *c,
    };
    let Some((first, rest)) = chars.split_first() else { return String::new() };
    let Some((last, middle)) = rest.split_last() else { return shape(first).to_string() };
    let shown = |char: &char| if chars.len() < SHOWN_FROM { shape(char) } else { *char };
    let mut masked = String::from(shown(first));
    masked.extend(middle.iter().take(64).map(shape));
    masked.push(shown(last));
    masked
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_masked_value_shows_its_form_and_nobody() {
        assert_eq!(masked("ada.lind@example.com"), "axx.xxxx@xxxxxxx.xxm");
        assert_eq!(masked("0701740605"), "0########5");
        assert_eq!((masked("Ada"), masked("7"), masked("")), ("xxx".into(), "#".into(), String::new()));
        assert!(masked(&"å".repeat(1_000)).chars().count() < 70);
    }
}
