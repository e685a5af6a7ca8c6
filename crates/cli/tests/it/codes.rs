//! The stable codes: every one that the code can give stands in a document's table, and every one in a table can be
//! given. Whoever adds a code says there what to do about it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where codes are given: problems, findings, notes of deliveries.
const SOURCES: [&str; 7] = [
    "crates/gateway/src/http",
    "crates/gateway/src/desk",
    "crates/gateway/src/delivery",
    "crates/pos/src/offers",
    "crates/pos/src/order",
    "crates/pos/src/receipt",
    "crates/store/src/writer",
];
/// Where they are explained, between `<!-- codes -->` and `<!-- /codes -->`.
const DOCUMENTS: [&str; 2] = ["docs/integration-guide.md", "docs/operations.md"];

/// Words that stand where codes do and are none: roles, states of the link, types of JSON, words of a history,
/// names of fields and of lists of them.
const NO_CODES: [&str; 44] = [
    "address",
    "administrator",
    "again",
    "amount",
    "country",
    "createdAt",
    "delivery",
    "discard",
    "discount",
    "discounts",
    "down",
    "exchange",
    "false",
    "language",
    "line",
    "lines",
    "needsAttention",
    "null",
    "offer",
    "operator",
    "order",
    "other",
    "paid",
    "payments",
    "percent",
    "promotion",
    "quantity",
    "receipt",
    "receiptNumber",
    "replace",
    "resend",
    "retry",
    "rounding",
    "sale",
    "sku",
    "taxAmount",
    "taxes",
    "text",
    "till",
    "true",
    "unitPrice",
    "unknown",
    "up",
    "voucher",
];

#[test]
fn every_code_is_documented_and_every_documented_code_is_given() {
    let words: BTreeSet<String> = SOURCES.iter().flat_map(|folder| given_in(&root().join(folder))).collect();
    let no_codes: BTreeSet<String> = NO_CODES.map(str::to_owned).into();
    let given: BTreeSet<String> = words.difference(&no_codes).cloned().collect();
    let documented: BTreeSet<String> = DOCUMENTS.iter().flat_map(|path| documented_in(&read(path))).collect();
    let unexplained: Vec<_> = given.difference(&documented).collect();
    let never_given: Vec<_> = documented.difference(&given).collect();
    let not_met: Vec<_> = no_codes.difference(&words).collect();
    assert!(unexplained.is_empty(), "in the code and in no table: {unexplained:?}");
    assert!(never_given.is_empty(), "in a table and not in the code: {never_given:?}");
    assert!(not_met.is_empty(), "no longer met, so no exception: {not_met:?}");
}

#[test]
fn a_code_is_told_from_other_words() {
    let source = r#"
        note("lostOne", format!("a, {b}"));
        Problem::new(StatusCode::BAD_REQUEST, "badOne", detail)
        reader.require(&at.field("sku"), sku, "missingOne", "say it");
        match error { Error::Empty => "emptyOne", Error::Other => "with words" }
        known(&["amount", "percent"]); find("other"); // note("commented", 1)
        Finding { code: "listedOne", pointer }
        /// The code of what was named.
        const NAMED: &str = "namedOne";
        /// The name of what is kept.
        const KEPT: &str = "kept";
    "#;
    let found: Vec<String> = codes_in(source).into_iter().collect();
    assert_eq!(found, ["badOne", "emptyOne", "listedOne", "lostOne", "missingOne", "namedOne"]);
}

/// The first cell of each row of the tables between the marks; several codes may share a row.
fn documented_in(text: &str) -> BTreeSet<String> {
    let parts = text.split("<!-- codes -->").skip(1);
    let rows = parts.flat_map(|part| part.split("<!-- /codes -->").next().unwrap_or_default().lines());
    let cells = rows.filter_map(|row| row.strip_prefix("| ")?.split('|').next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn given_in(folder: &Path) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            codes.extend(given_in(&path));
        } else if path.is_file() && path.file_name().is_some_and(|name| name != "tests.rs") {
            let source = fs::read_to_string(&path).unwrap();
            let without_tests = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            codes.extend(codes_in(without_tests));
        }
    }
    codes
}

/// Literals that look like a code and stand where one is given: an argument that is not the last, a match arm, a field,
/// a constant that says it is one; never an item of a list.
fn codes_in(source: &str) -> BTreeSet<String> {
    let mut codes = codes_with_a_name(source);
    let mut open = Vec::new();
    let mut before = ' ';
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let tail = &rest[next.len_utf8()..];
        match next {
            '"' => {
                let (literal, after) = split_literal(tail);
                let field = source[..source.len() - rest.len()].trim_end().ends_with("code:");
                let given = ("(,>".contains(before) || field) && after.trim_start().starts_with(',');
                if given && open.last() != Some(&'[') && is_code(literal) {
                    codes.insert(literal.to_owned());
                }
                (before, rest) = ('"', after);
                continue;
            }
            '/' if tail.starts_with('/') => {
                rest = tail.split_once('\n').map_or("", |(_, after)| after);
                continue;
            }
            // A quote, a bracket or a slash as a character.
            '\'' if tail.chars().nth(1) == Some('\'') => {
                rest = &tail[tail.char_indices().nth(2).map_or(tail.len(), |(at, _)| at)..];
                continue;
            }
            '(' | '[' | '{' => open.push(next),
            ')' | ']' | '}' => drop(open.pop()),
            _ => {}
        }
        if !next.is_whitespace() {
            before = next;
        }
        rest = tail;
    }
    codes
}

/// Those of the constants that say so.
fn codes_with_a_name(source: &str) -> BTreeSet<String> {
    let constants = source.split("/// The code of").skip(1).filter_map(|rest| rest.split_once("= \""));
    constants.map(|(_, rest)| split_literal(rest).0.to_owned()).collect()
}

/// A literal and what stands behind its closing quote.
fn split_literal(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            '"' if !escaped => return (&text[..at], &text[at + 1..]),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    (text, "")
}

fn is_code(literal: &str) -> bool {
    literal.starts_with(|first: char| first.is_ascii_lowercase())
        && literal.chars().all(|char| char.is_ascii_alphanumeric())
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
