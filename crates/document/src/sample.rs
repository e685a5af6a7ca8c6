//! Documents that have everything, and next to nothing: what a template is tried with.

use crate::Language;
use crate::shown::{Document, ShownDiscount, ShownIssuer, ShownLine, ShownPayment, ShownVat};

/// One of each.
pub(crate) fn documents(language: Language) -> [Document; 2] {
    [full(language), bare(language)]
}

fn full(language: Language) -> Document {
    let discount = |voucher, description: Option<&str>| ShownDiscount {
        description: description.map(str::to_owned),
        voucher,
        amount: "-5".to_owned(),
    };
    let line = |kind, back| ShownLine {
        name: Some("Sample".to_owned()),
        kind,
        back,
        quantity: Some("2".to_owned()),
        unit_price: Some("10".to_owned()),
        amount: "20".to_owned(),
        discounts: vec![discount(false, Some("Sample")), discount(false, None)],
    };
    let payment = |kind: &str| ShownPayment {
        kind: kind.to_owned(),
        description: Some("Sample".to_owned()),
        amount: "10".to_owned(),
    };
    let lines = pos::receipt::Kind::ALL.map(|kind| line(kind.as_str(), kind == pos::receipt::Kind::Return));
    let amount = || "10".to_owned();
    Document {
        voided: true,
        issuer: ShownIssuer {
            name: "Sample".to_owned(),
            address: vec!["Sample 1".to_owned(), "Sample".to_owned()],
            phone: Some("1".to_owned()),
            organisation_number: Some("1".to_owned()),
            vat_number: Some("1".to_owned()),
            website: Some("sample.example".to_owned()),
        },
        till: Some("1".to_owned()),
        operator: Some("1".to_owned()),
        lines: lines.into(),
        subtotal: Some(amount()),
        discounts: vec![discount(true, None), discount(false, Some("Sample"))],
        tax_on_top: Some(amount()),
        difference: Some(amount()),
        payments: vec![payment("card"), payment("change"), payment("shells")],
        vat: vec![ShownVat { rate: "25 %".to_owned(), net: amount(), tax: amount(), gross: amount() }],
        references: vec!["sample-0".to_owned()],
        ..bare(language)
    }
}

fn bare(language: Language) -> Document {
    Document {
        language,
        id: "sample-1".to_owned(),
        code: "sample-1".to_owned(),
        voided: false,
        issuer: ShownIssuer {
            name: "Sample".to_owned(),
            address: Vec::new(),
            phone: None,
            organisation_number: None,
            vat_number: None,
            website: None,
        },
        number: "1".to_owned(),
        till: None,
        operator: None,
        date: "2026-01-01".to_owned(),
        time: "12:00".to_owned(),
        lines: Vec::new(),
        subtotal: None,
        discounts: Vec::new(),
        tax_on_top: None,
        difference: None,
        total: "0".to_owned(),
        currency: "SEK",
        payments: Vec::new(),
        vat: Vec::new(),
        references: Vec::new(),
    }
}
