//! The longest receipt is shown, in bounded time and pages.

use document::{Language, Templates, pdf};
use serde_json::{Value, json};

use crate::support::{poppler, read_back, shown};

/// The most lines of a receipt.
const LINES: usize = 10_000;

#[test]
fn a_receipt_of_ten_thousand_lines_is_cut_into_pages() {
    let line = |at: usize| {
        json!({ "kind": "purchase", "sku": at.to_string(), "name": format!("Article {at} of a long, long list"),
            "quantity": 2, "unitPrice": "10.00", "taxPercent": 25, "discounts": [{ "amount": "1.00" }] })
    };
    let lines: Vec<Value> = (0..LINES).map(line).collect();
    let body = json!({ "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T16:42:07+01:00",
        "currency": "SEK", "lines": lines });
    let html = Templates::default().html(&shown(&body, Language::De)).unwrap();
    let made = pdf(&html).unwrap();
    let pages = poppler("pdfinfo", &["-"], &made);
    assert!(pages.contains("Page size:       226.77 x 841.89 pts"), "{pages}");
    let text = read_back(&made);
    assert!(text.contains("Article 9999 of a long, long list"), "the last line is missing");
    assert!(text.contains("190.000,00"), "the total is missing");
}
