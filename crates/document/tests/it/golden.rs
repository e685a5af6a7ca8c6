//! Golden HTML, in every language: what a customer reads changes only on purpose.
//!
//! `UPDATE_GOLDEN=1` writes the files anew.

use std::fs;
use std::path::Path;

use document::{Document, Language, Templates};
use serde_json::json;

use crate::support::{EVERYTHING, json, shown, shown_as};

#[test]
fn a_receipt_with_everything_is_shown_in_every_language() {
    for language in Language::ALL {
        compare(&format!("everything.{}.html", language.code()), &shown(&json(EVERYTHING), language));
    }
}

#[test]
fn a_voided_receipt_without_tax_in_its_prices_is_shown_with_its_link() {
    let body = json!({
        "store": "store03-stockholm", "receiptNumber": "7", "createdAt": "2026-07-04T09:05:00-05:00", "currency": "USD",
        "pricesInclude": "noTax",
        "lines": [{ "kind": "purchase", "sku": "s", "name": "Mug", "quantity": 3, "unitPrice": 9.5, "taxPercent": 8 }],
        "payments": [{ "type": "card", "amount": "30.78" }],
    });
    let document = shown_as(&body, Language::En, |told| document::Told {
        link: Some("https://receipts.example/documents/store03-2-000871/mac"),
        voided: true,
        ..told
    });
    compare("voided.en.html", &document);
}

#[test]
fn the_customer_is_not_named() {
    let mut body = json(EVERYTHING);
    body["contact"] = json!({ "email": "marker@example.com", "mobilePhone": "+46701234567" });
    let html = Templates::default().html(&shown(&body, Language::Sv)).unwrap();
    assert!(!html.contains("marker") && !html.contains("70123"), "{html}");
}

fn compare(name: &str, document: &Document) {
    let html = Templates::default().html(document).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &html).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let differs = html.lines().zip(golden.lines()).find(|(now, then)| now != then);
    assert!(html == golden, "{name} changed, first at {differs:?}; UPDATE_GOLDEN=1 if that is right");
}
