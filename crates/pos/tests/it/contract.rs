//! What a till may send, and what it is told: one check, a row for each finding.

use pos::identifier::Kind;
use pos::money::Currency;
use pos::rates::Rates;
use pos::receipt::{
    Kind as LineKind, LINES_MAX, LineTax, Price, Quantity, REFERENCES_MAX, Reduction, Severity, When, parse,
    settle,
};
use serde_json::Value;

use crate::support::{EXAMPLE, example_with, json, known, outcome, outcome_in, store};

#[test]
fn the_documented_receipt_is_read_without_a_finding() {
    let body = json(EXAMPLE);
    let reading = parse(&body);
    assert_eq!(reading.findings, []);
    let receipt = reading.receipt.unwrap();
    assert_eq!((receipt.store, receipt.receipt_number), ("store03-stockholm", "000871"));
    assert_eq!((reading.store, reading.receipt_number), (Some("store03-stockholm"), Some("000871")));
    assert!(matches!(receipt.created_at, Some(When::Exact(_))));
    assert_eq!(
        receipt.contact.iter().map(|raw| raw.kind).collect::<Vec<_>>(),
        [Kind::Email, Kind::MobilePhone]
    );
    let [sweater, other] = &receipt.lines[..] else { panic!("two lines") };
    assert_eq!(sweater.quantity, Some(Quantity::Pieces(2)));
    let LineTax::One { percent: Some(percent), amount: None } = &sweater.tax else {
        panic!("{:?}", sweater.tax)
    };
    assert_eq!(percent.decimal().to_string(), "25");
    assert!(matches!(sweater.discounts[0].reduction, Reduction::Amount(_)));
    let extra: Vec<_> = sweater.extra_data.iter().map(|extra| (extra.name, extra.value)).collect();
    assert_eq!(extra, [("campaign", "12"), ("size", "M")]);
    assert_eq!((other.sku, other.article_number, other.name), (Some("2002"), None, None));
    assert!(matches!(other.price, Some(Price::Unit(_))));
    assert_eq!(receipt.discounts[1].lines.as_deref(), Some(&["1"][..]));
}

#[test]
fn the_documented_receipt_comes_to_its_total_without_a_finding() {
    let outcome = outcome(&json(EXAMPLE));
    assert_eq!(outcome.codes(), [""; 0]);
    assert_eq!(outcome.settled().total.minor(), 36_310);
    assert_eq!((outcome.paid(), outcome.tax()), (vec![27_400, 8_910], vec![5_480, 955]));
    assert_eq!(outcome.shares(0), [(0, 4_000), (1, 3_600), (2, 5_000)]);
}

/// One change to the documented receipt, and everything that is then found.
#[track_caller]
fn check(changes: &[(&str, &str)], codes: &[&str]) {
    assert_eq!(outcome(&example_with(changes)).codes(), codes, "{changes:?}");
}

#[test]
fn what_is_missing_is_named() {
    check(&[("/store", "null")], &["fault storeMissing /store"]);
    check(&[("/store", "\"  \"")], &["fault storeMissing /store"]);
    check(&[("/receiptNumber", "null")], &["fault receiptNumberMissing /receiptNumber"]);
    check(&[("/createdAt", "null")], &["fault createdAtMissing /createdAt"]);
    check(&[("/lines", "[]")], &["fault noLines /lines"]);
    check(&[("/lines", "null")], &["fault noLines /lines"]);
    check(&[("/lines/1/quantity", "null")], &["fault quantityMissing /lines/1/quantity"]);
    check(&[("/lines/1/sku", "null")], &["fault skuMissing /lines/1/sku"]);
    check(&[("/lines/1/taxPercent", "null")], &["fault taxPercentMissing /lines/1/taxPercent"]);
    check(&[("/lines/1/unitPrice", "null")], &["fault priceMissing /lines/1/unitPrice"]);
    check(&[("/lines/1/kind", "null")], &["warning kindMissing /lines/1/kind"]);
    check(&[("/discounts/0", "{}")], &["fault discountValueMissing /discounts/0/amount"]);
    check(&[("/payments/0/type", "null")], &["fault paymentTypeMissing /payments/0/type"]);
    check(&[("/payments/0/amount", "null")], &["fault paymentAmountMissing /payments/0/amount"]);
    check(&[("/payments", "null")], &["warning paymentsMissing /payments"]);
    check(
        &[("/taxes", "[{}]")],
        &["fault taxPercentMissing /taxes/0/percent", "fault taxValueMissing /taxes/0/amount"],
    );
}

#[test]
fn what_is_of_the_wrong_type_is_named_once() {
    check(&[("/lines/1/quantity", "{}")], &["fault wrongType /lines/1/quantity"]);
    check(&[("/lines/1/quantity", "\"two\"")], &["fault notANumber /lines/1/quantity"]);
    check(&[("/lines/1/unitPrice", "\"99,00\"")], &["fault notANumber /lines/1/unitPrice"]);
    check(&[("/lines/1/unitPrice", "true")], &["fault wrongType /lines/1/unitPrice"]);
    check(&[("/lines/1/paid", "[]")], &["fault wrongType /lines/1/paid"]);
    check(&[("/lines/1", "7")], &["fault wrongType /lines/1"]);
    check(&[("/lines", "{}")], &["fault wrongType /lines"]);
    check(&[("/discounts/0/percent", "[]")], &["fault wrongType /discounts/0/percent"]);
    check(&[("/discounts", "7")], &["fault wrongType /discounts"]);
    check(&[("/contact", "\"x\"")], &["fault wrongType /contact"]);
    check(&[("/training", "\"yes\"")], &["fault wrongType /training"]);
    check(&[("/lines/1/discountable", "1")], &["fault wrongType /lines/1/discountable"]);
    check(&[("/till", "[]")], &["warning wrongType /till"]);
    check(&[("/till", "2")], &["warning numberForText /till"]);
    check(&[("/extraData", "[]")], &["fault wrongType /extraData"]);
    check(&[("/extraData", r#"{ "a": [] }"#)], &["warning wrongType /extraData/a"]);
    check(&[("/createdAt", "\"yesterday\"")], &["fault createdAtInvalid /createdAt"]);
}

#[test]
fn figures_out_of_bounds_are_named() {
    check(
        &[("/lines/1/unitPrice", "99.005")],
        &["warning priceRounded /lines/1/unitPrice", "warning totalDiffers /total"],
    );
    check(&[("/total", "363.105")], &["fault tooManyDecimals /total"]);
    check(&[("/total", "-1")], &["fault negativeAmount /total"]);
    check(&[("/total", "1e400")], &["fault amountTooLarge /total"]);
    check(&[("/total", "1e-30")], &["fault tooManyDigits /total"]);
    check(&[("/lines/1/unitPrice", "10000000000000")], &["fault amountTooLarge /lines/1/unitPrice"]);
    check(&[("/lines/1/quantity", "1000001")], &["fault quantityTooLarge /lines/1/quantity"]);
    check(&[("/lines/1/quantity", "0")], &["fault quantityNotPositive /lines/1/quantity"]);
    check(&[("/lines/1/quantity", "-1")], &["fault quantityNotPositive /lines/1/quantity"]);
    check(&[("/lines/1/quantity", "1.0")], &[]);
    check(&[("/lines/1/taxPercent", "101")], &["fault percentOutOfRange /lines/1/taxPercent"]);
    check(&[("/lines/1/taxPercent", "0.0000001")], &["fault percentTooPrecise /lines/1/taxPercent"]);
    check(&[("/discounts/0/percent", "-5")], &["fault percentOutOfRange /discounts/0/percent"]);
    check(&[("/lines/0/discounts/0/amount", "-40")], &["fault negativeAmount /lines/0/discounts/0/amount"]);
    check(&[("/exchangeRate", "0")], &["fault exchangeRateNotPositive /exchangeRate"]);
}

#[test]
fn what_is_no_kind_of_line_and_what_later_releases_deliver_is_said() {
    check(&[("/lines/1/kind", "\"loan\"")], &["fault lineKindUnknown /lines/1/kind"]);
    check(&[("/pricesInclude", "\"gross\"")], &["fault pricesIncludeUnknown /pricesInclude"]);
    check(&[("/discounts/0/offer", "\"o-1\"")], &[]);
    let back = r#"{ "kind": "return", "sku": "s", "quantity": 1, "unitPrice": 1, "taxPercent": 25,
        "discounts": [{ "amount": 1, "offer": "o-1" }] }"#;
    check(
        &[("/lines/1", back)],
        &["warning offerOnReturn /lines/1/discounts/0/offer", "warning totalDiffers /total"],
    );
}

#[test]
fn a_digital_receipt_is_asked_for_with_a_yes_or_with_how_it_should_be() {
    let asked = |value: &str| {
        let body = example_with(&[("/digitalReceipt", value)]);
        let reading = parse(&body);
        let codes: Vec<_> =
            reading.findings.iter().map(|one| format!("{} {}", one.code, one.pointer)).collect();
        let digital = reading.receipt.unwrap().digital_receipt;
        let digital = digital.map(|digital| {
            (
                digital.language.map(str::to_owned),
                digital.data.map(|data| serde_json::to_string(data).unwrap()),
            )
        });
        (digital, codes)
    };
    let in_swedish = |tag: &str, data: Option<&str>| Some((Some(tag.to_owned()), data.map(str::to_owned)));
    for (value, expected) in [
        ("null", None),
        ("false", None),
        ("true", Some((None, None))),
        ("{}", Some((None, None))),
        (r#"{ "language": "sv" }"#, in_swedish("sv", None)),
        (
            r#"{ "language": "sv-SE", "data": { "n": 1.10, "x": [{ "<b>": null }] } }"#,
            in_swedish("sv-SE", Some(r#"{"n":1.10,"x":[{"<b>":null}]}"#)),
        ),
    ] {
        assert_eq!(asked(value), (expected, vec![]), "{value}");
    }
    for (value, expected, code) in [
        (r#"{ "language": "swedish" }"#, Some((None, None)), "languageInvalid /digitalReceipt/language"),
        (r#"{ "language": [] }"#, Some((None, None)), "wrongType /digitalReceipt/language"),
        (r#"{ "data": [1] }"#, Some((None, None)), "wrongType /digitalReceipt/data"),
        (r#"{ "mail": 1 }"#, Some((None, None)), "unknownField /digitalReceipt/mail"),
        ("7", None, "wrongType /digitalReceipt"),
    ] {
        assert_eq!(asked(value), (expected, vec![code.to_owned()]), "{value}");
    }
}

#[test]
fn a_field_nobody_reads_is_named_with_the_likely_one() {
    let body =
        example_with(&[("/lines/1/unitprice", "99.00"), ("/loyalty", "1"), ("/payments/0/value", "1")]);
    let outcome = outcome(&body);
    assert_eq!(
        outcome.codes(),
        [
            "warning unknownField /lines/1/unitprice",
            "warning unknownField /loyalty",
            "warning unknownField /payments/0/value"
        ]
    );
    assert!(outcome.findings[0].detail.contains("`unitPrice`"), "{}", outcome.findings[0].detail);
    assert!(outcome.findings[1].detail.contains("extraData"), "{}", outcome.findings[1].detail);
}

#[test]
fn discounts_name_lines_that_are_there() {
    check(&[("/discounts/1/lines", "[\"9\"]")], &["fault discountLineUnknown /discounts/1/lines/0"]);
    check(&[("/discounts/1/lines", "[]")], &["fault discountWithoutLines /discounts/1/lines"]);
    check(&[("/discounts/1/lines", "[\"1\",\"1\"]")], &[]);
    check(&[("/discounts/1/lines", "[null]")], &["fault discountLineUnknown /discounts/1/lines/0"]);
    check(&[("/lines/0/discounts/0/lines", "[\"2\"]")], &["warning linesNotRead /lines/0/discounts/0/lines"]);
    check(
        &[
            ("/lines/1/discountable", "false"),
            ("/discounts/0/lines", "[\"1\",\"2\"]"),
            ("/total", "373"),
            ("/payments/0/amount", "373"),
        ],
        &["warning lineNotDiscountable /discounts/0/lines/1"],
    );
}

#[test]
fn an_id_of_two_lines_means_both() {
    let outcome = outcome(&example_with(&[("/lines/1/id", "\"1\""), ("/discounts/0", "{ \"amount\": 0 }")]));
    assert_eq!(outcome.codes()[0], "warning lineIdDuplicate /lines");
    assert_eq!((outcome.shares(0).len(), outcome.shares(1).len()), (2, 1));
}

#[test]
fn an_amount_beside_a_percentage_counts() {
    let body = example_with(&[("/discounts/0/amount", "45.90")]);
    check(&[("/discounts/0/amount", "45.90")], &["warning discountAmountAndPercent /discounts/0/percent"]);
    assert_eq!(outcome(&body).settled().total.minor(), 36_310);
}

#[test]
fn every_fault_is_said_at_once() {
    let body = example_with(&[
        ("/receiptNumber", "null"),
        ("/lines/0/quantity", "0"),
        ("/lines/0/taxPercent", "\"x\""),
        ("/lines/1/kind", "\"loan\""),
        ("/discounts/0/percent", "200"),
        ("/total", "[]"),
    ]);
    let reading = parse(&body);
    assert!(reading.receipt.is_none());
    assert_eq!(reading.findings.iter().filter(|finding| finding.severity == Severity::Fault).count(), 6);
    assert_eq!(reading.store, Some("store03-stockholm"));
}

#[test]
fn what_is_no_object_is_one_fault() {
    for text in ["null", "[]", "7", "\"x\"", "true"] {
        let body = json(text);
        let codes: Vec<_> = parse(&body).findings.into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["notAnObject"], "{text}");
    }
}

#[test]
fn training_is_seen_whatever_else_is_wrong() {
    let body = json(r#"{ "training": true, "lines": 7 }"#);
    assert!(parse(&body).training);
}

#[test]
fn lists_have_bounds() {
    let mut body = json(EXAMPLE);
    let line = body["lines"][1].clone();
    body["lines"] = Value::Array(vec![line; LINES_MAX + 1]);
    let codes: Vec<_> =
        parse(&body).findings.into_iter().map(|finding| (finding.code, finding.pointer)).collect();
    assert_eq!(codes[0], ("tooMany", "/lines".to_owned()));
}

#[test]
fn a_receipt_of_the_most_lines_and_discounts_is_settled() {
    let line = r#"{ "id": "x", "kind": "purchase", "sku": "s", "quantity": 1, "unitPrice": 9.99, "taxPercent": 25 }"#;
    let lines = vec![line; LINES_MAX].join(",");
    let names = vec!["\"x\""; LINES_MAX].join(",");
    let discounts = [r#"{ "amount": 1.01 }"#; 49].join(",");
    let body = example_with(&[
        ("/lines", &format!("[{lines}]")),
        ("/discounts", &format!(r#"[{discounts},{{ "amount": 1.01, "lines": [{names}] }}]"#)),
        ("/total", "99849.50"),
        ("/payments/0/amount", "99849.50"),
    ]);
    assert_eq!(outcome(&body).codes(), ["warning lineIdDuplicate /lines"]);
}

#[test]
fn long_texts_are_said_and_go_as_they_are() {
    let name = format!("\"{}\"", "å".repeat(256));
    check(&[("/lines/1/name", &name)], &["warning textTooLong /lines/1/name"]);
    let name = format!("\"{}\"", "å".repeat(255));
    check(&[("/lines/1/name", &name)], &[]);
}

#[test]
fn faults_of_form_of_configuration_and_of_money_are_said_together() {
    let rates = Rates::new(Some(Currency::parse("SEK").unwrap()), vec![]).unwrap();
    let body = example_with(&[
        ("/lines/0/quantity", "\"two\""),
        ("/lines/1/unitPrice", "99.005"),
        ("/lines/1/taxAmount", "1.234"),
        ("/createdAt", "\"2026-11-22T16:42:07\""),
        ("/currency", "\"EUR\""),
        ("/contact", "{ \"email\": \"marker\" }"),
        ("/total", "1.005"),
    ]);
    let outcome = outcome_in(&body, None, &rates);
    let faults: Vec<String> = outcome
        .codes()
        .into_iter()
        .filter_map(|code| Some(code.strip_prefix("fault ")?.to_owned()))
        .collect();
    assert_eq!(
        faults,
        [
            "notANumber /lines/0/quantity",
            "offsetMissing /createdAt",
            "identifierInvalid /contact/email",
            "tooManyDecimals /lines/1/taxAmount",
            "tooManyDecimals /total",
        ]
    );
    assert!(outcome.settlement.is_none());
    let settling = settle(&parse(&body), &known(None, &rates));
    assert_eq!((settling.parts.len(), settling.draws.len()), (0, 0));
    let dated = example_with(&[("/lines/0/quantity", "[]"), ("/currency", "\"EUR\"")]);
    let codes = outcome_in(&dated, Some(&store()), &rates).codes();
    assert_eq!(codes, ["fault wrongType /lines/0/quantity", "fault noExchangeRate /currency"]);
}

#[test]
fn what_reading_found_is_not_said_again_in_settling() {
    for (change, fault) in [
        (("/createdAt", "\"yesterday\""), "fault createdAtInvalid /createdAt"),
        (("/currency", "\"XYZ\""), "fault currencyUnknown /currency"),
        (("/exchangeRate", "-1"), "fault exchangeRateNotPositive /exchangeRate"),
        (("/store", "null"), "fault storeMissing /store"),
        (("/lines/0", "null"), "fault wrongType /lines/0"),
    ] {
        check(&[change], &[fault]);
    }
}

#[test]
fn what_is_wrong_with_a_line_leaves_the_others_in_their_places() {
    let body = example_with(&[("/lines/0", "7"), ("/lines/1/paid", "1.005"), ("/discounts", "null")]);
    assert_eq!(outcome(&body).codes(), ["fault wrongType /lines/0", "fault tooManyDecimals /lines/1/paid"]);
}

#[test]
fn signs_say_what_was_paid_back_where_that_can_be() {
    let tip = r#"{ "kind": "tip", "paid": 5 }"#;
    let deposit = r#"{ "kind": "deposit", "name": "PET", "quantity": -3, "unitPrice": 2 }"#;
    let body = example_with(&[
        ("/lines", &format!("[{tip},{deposit}]")),
        ("/discounts", "null"),
        ("/total", "-1"),
        ("/payments", r#"[{ "type": "cash", "amount": -1 }]"#),
    ]);
    let reading = parse(&body);
    let receipt = reading.receipt.as_ref().unwrap();
    assert_eq!(
        receipt.lines.iter().map(|line| (line.kind, line.back)).collect::<Vec<_>>(),
        [(LineKind::Tip, false), (LineKind::Deposit, true)]
    );
    assert_eq!(receipt.lines[1].quantity, Some(Quantity::Pieces(3)));
    assert_eq!(outcome(&body).codes(), ["warning nothingForEngage /lines"]);
    check(&[("/lines/1/quantity", "-1")], &["fault quantityNotPositive /lines/1/quantity"]);
    check(&[("/lines/1/paid", "-99")], &["fault negativeAmount /lines/1/paid"]);
    check(&[("/taxes", r#"[{ "percent": 25, "amount": -1 }]"#)], &["fault negativeAmount /taxes/0/amount"]);
}

#[test]
fn what_is_measured_has_a_unit_and_pieces_need_none() {
    let quantity = |changes: &[(&str, &str)]| {
        let body = example_with(changes);
        let reading = parse(&body);
        let codes: Vec<_> = reading.findings.iter().map(|finding| finding.code).collect();
        (format!("{:?}", reading.receipt.unwrap().lines[1].quantity), codes)
    };
    let (number, unit) = ("/lines/1/quantity", "/lines/1/unit");
    let measured = |amount: &str, unit: &str| format!("Some(Measure {{ amount: {amount}, unit: {unit} }})");
    for (changes, expected, codes) in [
        (&[(number, "0.752"), (unit, "\"kg\"")][..], measured("0.752", "Some(\"kg\")"), vec![]),
        (&[(number, "2"), (unit, "\"kg\"")], measured("2", "Some(\"kg\")"), vec![]),
        (&[(number, "0.752")], measured("0.752", "None"), vec!["unitMissing"]),
        (&[(number, "2"), (unit, "\"ST\"")], "Some(Pieces(2))".to_owned(), vec![]),
    ] {
        assert_eq!(quantity(changes), (expected, codes), "{changes:?}");
    }
}

#[test]
fn returns_name_their_sales_also_where_the_receipt_has_faults() {
    let back = |of: &str| format!(r#"{{ "kind": "return", "of": {of}, "quantity": "x" }}"#);
    let lines =
        [r#"{ "receipt": "b" }"#, r#"{ "receipt": "a", "line": 2 }"#, r#"{ "receipt": "b" }"#, "{}", "null"]
            .map(back)
            .join(",");
    let body = example_with(&[("/lines", &format!("[{lines}]"))]);
    let reading = parse(&body);
    assert!(reading.receipt.is_none());
    assert_eq!(reading.references().collect::<Vec<_>>(), ["b", "a"]);
    let many: Vec<String> = (0..=REFERENCES_MAX)
        .map(|sale| format!(r#"{{ "kind": "return", "of": {{ "receipt": "{sale}" }} }}"#))
        .collect();
    let body = example_with(&[("/lines", &format!("[{}]", many.join(",")))]);
    let reading = parse(&body);
    assert!(reading.findings.iter().any(|finding| finding.code == "tooMany" && finding.pointer == "/lines"));
    assert_eq!(reading.references().count(), REFERENCES_MAX);
}

#[test]
fn a_reference_that_cannot_be_one_is_said() {
    check(&[("/lines/1/of", r#"{ "receipt": "x" }"#)], &["warning referenceNotRead /lines/1/of"]);
    check(
        &[
            ("/lines/1/kind", "\"return\""),
            ("/lines/1/of", "{}"),
            ("/total", "175"),
            ("/discounts", "null"),
            ("/payments", "null"),
            ("/total", "261"),
        ],
        &["warning referenceNotRead /lines/1/of", "warning paymentsMissing /payments"],
    );
    check(
        &[("/lines/1/taxes", r#"[{ "percent": 60 }, { "percent": 60 }]"#), ("/lines/1/taxPercent", "null")],
        &["fault percentOutOfRange /lines/1/taxes"],
    );
    check(&[("/lines/1/taxes", r#"[{ "percent": 12 }]"#)], &["warning taxStatedTwice /lines/1/taxes"]);
}
