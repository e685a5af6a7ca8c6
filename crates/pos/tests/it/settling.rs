//! What configuration decides: time, currency, rate, identifiers; and what is frozen of it.

use jiff::civil::date;
use pos::money::Currency;
use pos::rates::{Rates, Row};
use pos::receipt::{Rate, SettledReceipt, Settlement, Severity, parse, settle};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::{EXAMPLE, example_with, json, known, outcome, outcome_in, store};

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

/// Kronor as the group's currency, and a rate for euro.
fn rates() -> Rates {
    let row = Row { currency: currency("EUR"), from: date(2026, 1, 1), rate: Decimal::new(1135, 2) };
    Rates::new(Some(currency("SEK")), vec![row]).unwrap()
}

#[test]
fn a_time_without_an_offset_is_read_in_the_stores_zone() {
    for (time, read, code) in [
        ("2026-11-22T16:42:07", "2026-11-22T16:42:07+01:00", "warning timeWithoutOffset /createdAt"),
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00+02:00", "warning timeAmbiguous /createdAt"),
        ("2026-03-29T02:30:00", "2026-03-29T03:30:00+02:00", "warning timeNonexistent /createdAt"),
    ] {
        let outcome = outcome(&example_with(&[("/createdAt", &format!("\"{time}\""))]));
        assert_eq!(outcome.codes(), [code]);
        assert_eq!(outcome.settled().created_at.to_string(), read);
    }
}

#[test]
fn an_unknown_store_needs_the_offset_and_the_currency_from_the_till() {
    let with_both = outcome_in(&json(EXAMPLE), None, &Rates::default());
    assert_eq!(with_both.codes(), ["warning unknownStore /store"]);
    assert_eq!(with_both.settled().total.minor(), 36_310);
    let without = example_with(&[("/createdAt", "\"2026-11-22T16:42:07\""), ("/currency", "null")]);
    let without = outcome_in(&without, None, &Rates::default());
    assert_eq!(
        without.codes(),
        ["warning unknownStore /store", "fault offsetMissing /createdAt", "fault currencyMissing /currency"]
    );
    assert!(without.settlement.is_none());
}

#[test]
fn the_stores_currency_stands_in_for_one_that_isnt_given() {
    let outcome = outcome(&example_with(&[("/currency", "null")]));
    assert_eq!(outcome.codes(), [""; 0]);
    assert_eq!(outcome.settled().currency, currency("SEK"));
}

#[test]
fn the_rate_is_the_tills_else_the_tables_else_the_groups() {
    let rate = |changes: &[(&str, &str)], rates: &Rates| {
        outcome_in(&example_with(changes), Some(&store()), rates).settled().rate
    };
    let euro = ("/currency", "\"EUR\"");
    assert_eq!(rate(&[], &Rates::default()), None);
    assert_eq!(rate(&[], &rates()), Some(Rate::Group));
    assert_eq!(rate(&[euro], &rates()), Some(Rate::Table(Decimal::new(1135, 2))));
    assert_eq!(rate(&[euro, ("/exchangeRate", "11.40")], &rates()), Some(Rate::Till(Decimal::new(114, 1))));
    assert_eq!(
        rate(&[("/exchangeRate", "\"11.40\"")], &Rates::default()).map(Rate::value),
        Some(Decimal::new(114, 1))
    );
}

#[test]
fn a_rate_for_the_group_currency_that_isnt_1_is_said() {
    let body = example_with(&[("/exchangeRate", "0.5")]);
    let outcome = outcome_in(&body, Some(&store()), &rates());
    assert_eq!(outcome.codes(), ["warning exchangeRateUnexpected /exchangeRate"]);
}

#[test]
fn the_rate_is_that_of_the_tills_day() {
    let rates = Rates::new(
        Some(currency("SEK")),
        vec![
            Row { currency: currency("EUR"), from: date(2026, 1, 1), rate: Decimal::new(1100, 2) },
            Row { currency: currency("EUR"), from: date(2026, 6, 1), rate: Decimal::new(1200, 2) },
        ],
    );
    // Still May in UTC, June at the till.
    let body = example_with(&[("/currency", "\"EUR\""), ("/createdAt", "\"2026-06-01T00:30:00+02:00\"")]);
    let outcome = outcome_in(&body, Some(&store()), &rates.unwrap());
    assert_eq!(outcome.settled().rate, Some(Rate::Table(Decimal::new(1200, 2))));
}

#[test]
fn a_currency_that_engage_converts_needs_no_rate_and_the_tills_still_counts() {
    let rates = Rates::new(Some(currency("SEK")), vec![]).unwrap().converted_by_engage(vec![currency("EUR")]);
    let in_currency = |code: &str, more: &[(&str, &str)]| {
        let code = format!("\"{code}\"");
        let changes: Vec<(&str, &str)> = [("/currency", code.as_str())].iter().chain(more).copied().collect();
        outcome_in(&example_with(&changes), Some(&store()), &rates)
    };
    assert_eq!(in_currency("EUR", &[]).codes(), [""; 0]);
    assert_eq!(in_currency("EUR", &[]).settled().rate, None);
    let stated = in_currency("EUR", &[("/exchangeRate", "11.40")]);
    assert_eq!(stated.settled().rate, Some(Rate::Till(Decimal::new(114, 1))));
    assert_eq!(in_currency("NOK", &[]).codes(), ["fault noExchangeRate /currency"]);
    // A row here is newer than a table that doesn't follow the days.
    let rates = self::rates().converted_by_engage(vec![currency("EUR")]);
    let outcome = outcome_in(&example_with(&[("/currency", "\"EUR\"")]), Some(&store()), &rates);
    assert_eq!(outcome.settled().rate, Some(Rate::Table(Decimal::new(1135, 2))));
}

#[test]
fn identifiers_are_normalised_and_ordered_by_how_exact_they_are() {
    let contact = r#"{ "mobilePhone": "070-123 45 67", "email": " Anna@Example.com ", "contactId": "c-1",
        "memberNumber": 900100200 }"#;
    let body = example_with(&[("/contact", contact)]);
    let settling = settle(&parse(&body), &known(Some(&store()), &Rates::default()));
    assert_eq!(settling.findings, []);
    let read: Vec<_> = settling.identifiers.iter().map(|one| (one.kind(), one.value())).collect();
    let expected = [
        ("contactId", "c-1"),
        ("memberNumber", "900100200"),
        ("email", "anna@example.com"),
        ("mobilePhone", "+46701234567"),
    ];
    assert_eq!(read, expected);
}

#[test]
fn a_bad_identifier_is_a_fault_only_when_no_other_is_left() {
    let one_left = outcome(&example_with(&[("/contact/email", "\"marker\"")]));
    assert_eq!(one_left.codes(), ["warning identifierInvalid /contact/email"]);
    let none_left = outcome(&example_with(&[("/contact", "{ \"email\": \"marker\" }")]));
    assert_eq!(none_left.codes(), ["fault identifierInvalid /contact/email"]);
    for finding in one_left.findings.iter().chain(&none_left.findings) {
        assert!(!finding.detail.contains("marker"), "{}", finding.detail);
    }
}

#[test]
fn a_personal_identity_number_is_read_by_the_day_of_the_sale() {
    // A test number of Skatteverket's, in ten digits: on the day of the sale its owner was 99.
    let contact =
        ("/contact", "{ \"email\": \"a@example.com\", \"personalIdentityNumber\": \"030818-9802\" }");
    let of = |changes: &[(&str, &str)]| {
        let body = example_with(changes);
        let settling = settle(&parse(&body), &known(Some(&store()), &Rates::default()));
        let read = settling.identifiers.iter().map(|one| format!("{} {}", one.kind(), one.value()));
        (read.collect::<Vec<_>>(), outcome(&body).codes())
    };
    let (read, codes) = of(&[contact, ("/createdAt", "\"2003-08-17T12:00:00+02:00\"")]);
    assert_eq!(read, ["personalIdentityNumber 190308189802", "email a@example.com"]);
    assert_eq!(codes, [""; 0]);
    let (read, codes) = of(&[contact, ("/createdAt", "null")]);
    assert_eq!(read, ["email a@example.com"]);
    assert_eq!(codes, ["fault createdAtMissing /createdAt"]);
    let wrong = ("/contact", "{ \"personalIdentityNumber\": \"030818-9803\" }");
    assert_eq!(of(&[wrong]).1, ["fault identifierInvalid /contact/personalIdentityNumber"]);
}

#[test]
fn a_sale_without_a_contact_is_anonymous_and_no_fault() {
    for contact in ["null", "{}", "{ \"email\": null }", "{ \"email\": \"\" }"] {
        let outcome = outcome(&example_with(&[("/contact", contact)]));
        assert_eq!(outcome.codes(), [""; 0], "{contact}");
    }
}

#[test]
fn the_tills_figures_go_as_they_are_and_disagreements_name_both() {
    let outcome = outcome(&example_with(&[("/total", "400.00"), ("/lines/1/taxAmount", "20.00")]));
    assert_eq!(
        outcome.codes(),
        [
            "warning taxAmountDiffers /lines/1/taxAmount",
            "warning totalDiffers /total",
            "warning paymentsDiffer /payments"
        ]
    );
    for (position, figures) in
        [["20.00 SEK", "9.55 SEK"], ["400.00 SEK", "363.10 SEK"]].into_iter().enumerate()
    {
        let detail = &outcome.findings[position].detail;
        assert!(figures.iter().all(|figure| detail.contains(figure)), "{detail}");
    }
    assert_eq!((outcome.settled().total.minor(), outcome.tax()[1]), (40_000, 2_000));
}

#[test]
fn the_tills_rounding_of_tax_is_placed_on_the_largest_line_of_its_rate() {
    // The lines hold 0.67 each; the till computed 2.00 of the whole.
    let line = |paid: &str| {
        format!(r#"{{ "kind": "purchase", "sku": "a", "quantity": 1, "paid": {paid}, "taxPercent": 25 }}"#)
    };
    let lines = format!("[{},{},{}]", line("3.33"), line("3.34"), line("3.33"));
    let body = example_with(&[
        ("/lines", &lines),
        ("/discounts", "null"),
        ("/total", "10"),
        ("/payments/0/amount", "10"),
        ("/taxes", r#"[{ "percent": 25, "amount": 2.00, "description": "Moms" }]"#),
    ]);
    let outcome = outcome(&body);
    assert_eq!(outcome.codes(), ["warning taxRoundingPlaced /taxes/0"]);
    assert!(outcome.findings[0].detail.contains("line 2"), "{}", outcome.findings[0].detail);
    assert_eq!(outcome.tax(), [67, 66, 67]);
    let receipt = parse(&body).receipt.unwrap();
    let settled = SettledReceipt::new(&receipt, outcome.settled()).unwrap();
    let rows: Vec<_> = settled
        .taxes()
        .map(|row| (row.description, row.money.amount.minor(), row.money.gross.minor()))
        .collect();
    assert_eq!(rows, [(Some("Moms"), 200, 1000)]);
}

#[test]
fn tax_figures_that_rounding_cannot_explain_are_said_and_change_no_line() {
    let taxes = r#"[{ "percent": 25, "amount": 60.00 }]"#;
    let outcome = outcome(&example_with(&[("/taxes", taxes)]));
    assert_eq!(outcome.codes(), ["warning taxesDiffer /taxes/0", "warning taxesDiffer /taxes"]);
    assert_eq!(outcome.tax(), [5_480, 955]);
}

#[test]
fn without_rows_of_the_tills_tax_is_summed_by_rate() {
    let outcome = outcome(&json(EXAMPLE));
    let rows = &outcome.settled().taxes;
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.percent.decimal().to_string(), row.amount.minor(), row.gross.minor()))
        .collect();
    assert_eq!(rows, [("25".to_owned(), 5_480, 27_400), ("12".to_owned(), 955, 8_910)]);
}

#[test]
fn change_given_is_a_payment_below_zero() {
    let payments = r#"[{ "type": "cash", "amount": 400 }, { "type": "cash", "amount": -36.90 }]"#;
    assert_eq!(outcome(&example_with(&[("/payments", payments)])).codes(), [""; 0]);
}

#[test]
fn the_stored_form_is_short_versioned_and_stable() {
    let body = example_with(&[("/currency", "\"EUR\"")]);
    let outcome = outcome_in(&body, Some(&store()), &rates());
    let stored = serde_json::to_string(outcome.settled()).unwrap();
    assert_eq!(
        stored,
        concat!(
            r#"{"v":2,"at":"2026-11-22T16:42:07+01:00","cur":"EUR","rate":{"table":"11.35"},"sum":36310,"#,
            r#""lines":[{"p":27400,"t":5480,"d":[[0,4000],[1,3600],[2,5000]]},{"p":8910,"t":955,"d":[[0,990]]}],"#,
            r#""pay":[[0,36310]],"tax":[{"r":25000000,"t":5480,"g":27400},{"r":12000000,"t":955,"g":8910}]}"#
        )
    );
    assert_eq!(&serde_json::from_str::<Settlement>(&stored).unwrap(), outcome.settled());
    let value: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(&serde_json::from_value::<Settlement>(value).unwrap(), outcome.settled());
}

#[test]
fn a_stored_form_of_another_version_or_out_of_bounds_is_refused() {
    let stored = serde_json::to_string(outcome(&json(EXAMPLE)).settled()).unwrap();
    for (from, to) in [
        ("\"v\":2", "\"v\":1"),
        ("\"cur\":\"SEK\"", "\"cur\":\"XXX\""),
        ("\"r\":25000000", "\"r\":100000001"),
        ("+01:00", ""),
    ] {
        let other = stored.replace(from, to);
        assert_ne!(other, stored);
        assert!(serde_json::from_str::<Settlement>(&other).is_err(), "{other}");
    }
}

#[test]
fn a_settlement_of_another_receipt_is_refused() {
    let settlement = outcome(&json(EXAMPLE)).settlement.unwrap();
    for changes in [
        &[(
            "/lines",
            r#"[{ "kind": "purchase", "sku": "a", "quantity": 1, "unitPrice": 1, "taxPercent": 25 }]"#,
        )][..],
        &[("/discounts", "[]")],
        &[("/payments", "[]")],
    ] {
        let body = example_with(changes);
        let receipt = parse(&body).receipt.unwrap();
        assert!(SettledReceipt::new(&receipt, &settlement).is_err(), "{changes:?}");
    }
}

#[test]
fn no_settlement_without_a_fault_that_says_why() {
    let body = example_with(&[("/lines/1/paid", "99.005"), ("/total", "1")]);
    let settling = settle(&parse(&body), &known(Some(&store()), &Rates::default()));
    assert_eq!(settling.settlement, None);
    // What an unreadable figure would disagree with is not said: it would mislead.
    let codes: Vec<_> = settling.findings.iter().map(|finding| (finding.severity, finding.code)).collect();
    assert_eq!(codes, [(Severity::Fault, "tooManyDecimals")]);
}
