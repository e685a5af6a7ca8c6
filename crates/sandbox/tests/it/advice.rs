//! Findings: each piece of the guide's advice, gone against once.

use sandbox::{Effect, RULES, Rule, Settings};
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, RECEIPT, RETURN, Tenant, changed};

#[test]
fn each_fault_of_a_receipt_is_found_where_it_is() {
    let with = |path: &str, value: Value| changed(RECEIPT, path, Some(value));
    let cases = [
        (with("/items/0/articleGroup", json!("")), Rule::EmptyValue, "items[].articleGroup"),
        (with("/items/0/marginPercent", Value::Null), Rule::NullValue, "items[].marginPercent"),
        (with("/items/0/artikelGroup", json!("x")), Rule::UnknownField, "items[].artikelGroup"),
        (with("/contact/matchKey", json!("Ada.Lind@example.com")), Rule::EmailCase, "contact.matchKey"),
        (with("/currency", json!("")), Rule::NoCurrency, "currency"),
        (with("/createdDate", json!("2026-11-22T16:42:07")), Rule::NoZone, "createdDate"),
        (with("/items/0/type", json!("DISCOUNT")), Rule::DiscountAsLine, "items[].type"),
        (with("/items/0/grossPaidPrice", json!(-300)), Rule::DiscountAsLine, "items[].type"),
        (
            with("/items/0/discounts", json!([{ "value": 100 }])),
            Rule::PositiveDiscount,
            "items[].discounts[].value",
        ),
        (
            with("/paymentMethods", json!([{ "type": "Bonuscheck", "value": 300 }])),
            Rule::VoucherAsTender,
            "paymentMethods[].type",
        ),
        (with("/paymentMethods/0/value", Value::Null), Rule::NullValue, "paymentMethods[].value"),
        (with("/totalGrossPrice", json!(301)), Rule::PaymentsDiffer, "paymentMethods"),
        (with("/totalGrossPrice", json!(301)), Rule::LinesDiffer, "items"),
        (with("/items/0/taxAmount", json!(75)), Rule::TaxDiffers, "items[].taxAmount"),
        (with("/taxDetails/0/value", json!(8.33)), Rule::TaxDetailsDiffer, "taxDetails"),
        (with("/totalGrossPrice", json!(600)), Rule::PerUnitPrice, "items[].grossPaidPrice"),
        (with("/exchangeRateToGroupCurrency", json!(1.1)), Rule::OddRate, "exchangeRateToGroupCurrency"),
        (with("/exchangeRateToGroupCurrency", json!(-1)), Rule::OddRate, "exchangeRateToGroupCurrency"),
        (with("/items/0/quantity", json!(-2)), Rule::WrongSign, "items[].quantity"),
        (changed(RETURN, "/items/0/quantity", Some(json!(2))), Rule::WrongSign, "items[].quantity"),
        (
            changed(RETURN, "/items/0/grossPaidPrice", Some(json!(-300))),
            Rule::WrongSign,
            "items[].grossPaidPrice",
        ),
        (changed(RETURN, "/totalGrossPrice", Some(json!(300))), Rule::WrongSign, "totalGrossPrice"),
        (
            changed(RETURN, "/paymentMethods/0/value", Some(json!(300))),
            Rule::WrongSign,
            "paymentMethods[].value",
        ),
    ];
    for (body, rule, place) in cases {
        let mut tenant = Tenant::new();
        tenant.post("/api/v3/receipts", &body);
        let found = tenant.findings();
        assert!(
            found.contains(&(rule.advice().code, place.to_owned())),
            "{rule:?} at {place}: {found:?}\n{body}"
        );
    }
}

#[test]
fn a_gift_voucher_is_tender_and_small_change_in_tax_is_none() {
    let mut tenant = Tenant::new();
    let paid = json!([{ "type": "giftVoucher", "value": 300 }]);
    let body = changed(RECEIPT, "/paymentMethods", Some(paid));
    let body = changed(&body, "/taxDetails/0/value", Some(json!(60.01)));
    tenant.post("/api/v3/receipts", &changed(&body, "/items/0/taxAmount", Some(json!(60.01))));
    assert_eq!(tenant.findings(), []);
}

#[test]
fn a_voucher_is_known_as_tender_however_it_is_spelt() {
    let numbered = json!([{ "name": "checkNumber", "value": "900100200" }]);
    for (row, is_voucher) in [
        (json!({ "type": "bonuscheck", "value": 300 }), true),
        (json!({ "type": "Bonus-Check", "value": 300 }), true),
        (json!({ "type": "reward voucher", "value": 300 }), true),
        (json!({ "type": "REWARD_VOUCHER", "value": 300 }), true),
        (json!({ "type": "other", "value": 300, "extraData": numbered }), true),
        (json!({ "type": "gift-voucher", "value": 300, "extraData": numbered }), false),
        (json!({ "type": "giftCard", "value": 300 }), false),
        (json!({ "type": "card", "value": 300 }), false),
    ] {
        let mut tenant = Tenant::new();
        tenant.post("/api/v3/receipts", &changed(RECEIPT, "/paymentMethods", Some(json!([row]))));
        assert_eq!(tenant.found(Rule::VoucherAsTender), is_voucher, "{row}");
    }
}

#[test]
fn every_rule_about_receipts_says_which_section_of_the_guide_it_is_from() {
    let sections: Vec<&str> = RULES.iter().map(|advice| advice.guide).collect();
    for section in ["3.1", "3.2", "3.3"] {
        assert!(sections.contains(&section), "{section}");
    }
    let of_the_guide = |section: &&str| section.starts_with(['1', '2', '3', '4']) || *section == "migration";
    assert!(sections.iter().all(of_the_guide), "{sections:?}");
}

#[test]
fn a_return_under_its_purchases_id_is_found_when_it_is_imported() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    tenant.post("/api/v3/receipts", RECEIPT);
    let same_id = serde_json::from_str::<Value>(RECEIPT).unwrap()["uniqueReceiptId"].take();
    tenant.post("/api/v3/receipts", &changed(RETURN, "/uniqueReceiptId", Some(same_id)));
    tenant.import();
    assert_eq!(tenant.findings(), [("receiptIdReused", "uniqueReceiptId".to_owned())]);
    assert_eq!(tenant.fates(), ["imported", "ignored"]);
}

#[test]
fn a_rate_upside_down_is_told_from_one_of_another_day() {
    let rates = [("EUR".to_owned(), "11.20".parse().unwrap()), ("DKK".to_owned(), "1.5".parse().unwrap())];
    for (currency, rate, is_odd) in [
        ("EUR", "11.4731", false),
        ("EUR", "7.0", false),
        ("EUR", "0.0892", true),
        ("EUR", "0", true),
        ("DKK", "0.67", true),
        ("DKK", "0.9", false),
        ("NOK", "0.01", false),
    ] {
        let mut tenant = Tenant::with(Settings { rates: rates.clone().into(), ..Settings::default() });
        let body = changed(RECEIPT, "/currency", Some(json!(currency)));
        tenant.post("/api/v3/receipts", &changed(&body, "/exchangeRateToGroupCurrency", Some(json!(rate))));
        assert_eq!(tenant.found(Rule::OddRate), is_odd, "{currency} at {rate}");
    }
}

#[test]
fn a_time_that_is_not_the_stores_is_found_where_the_stores_zone_is_known() {
    let store = |zone: &str| {
        json!({ "name": "Stockholm 03", "externalId": "store03-stockholm", "timeZone": zone }).to_string()
    };
    for (zone, written, is_odd) in [
        ("Europe/Stockholm", "2026-11-22T16:42:07+01:00", false),
        ("Europe/Stockholm", "2026-11-22T15:42:07Z", true),
        ("Europe/Stockholm", "2026-11-22T15:42:07+00:00", true),
        ("Europe/Stockholm", "2026-07-22T16:42:07+01:00", true),
        ("Europe/Helsinki", "2026-11-22T16:42:07+01:00", true),
        ("Atlantic/Reykjavik", "2026-11-22T15:42:07Z", false),
        ("Europe/Atlantis", "2026-11-22T15:42:07Z", false),
    ] {
        let mut tenant = Tenant::new();
        tenant.post("/api/v3/stores", &store(zone));
        tenant.post("/api/v3/receipts", &changed(RECEIPT, "/createdDate", Some(json!(written))));
        assert_eq!(tenant.found(Rule::NotLocalTime), is_odd, "{written} in {zone}");
    }
}

#[test]
fn a_store_is_unknown_only_where_stores_were_set_up() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    let elsewhere = changed(RECEIPT, "/storeExternalId", Some(json!("store3-stockholm")));
    tenant.post("/api/v3/receipts", &elsewhere);
    tenant.import();
    assert!(!tenant.found(Rule::UnknownStore), "whose stores all come from receipts has set up none");
    tenant.post("/api/v3/stores", r#"{"name":"Uppsala","externalId":"store04-uppsala"}"#);
    tenant.post("/api/v3/receipts", &elsewhere);
    assert!(!tenant.found(Rule::UnknownStore), "that one is known by now");
    tenant.post("/api/v3/receipts", RECEIPT);
    assert!(tenant.found(Rule::UnknownStore));
}

#[test]
fn each_fault_of_a_creation_is_found() {
    let mut tenant = Tenant::new();
    tenant.post(CREATE, &changed(CONTACT, "/email", Some(json!("Ada@example.com"))));
    tenant.post(CREATE, &changed(CONTACT, "/consents", Some(json!([{ "id": "cookies", "value": true }]))));
    tenant.post(&format!("{CREATE}&origin=till"), CONTACT);
    let found = tenant.findings();
    for expected in [("emailCase", "email"), ("unknownConsent", "consents[].id"), ("unknownField", "?origin")]
    {
        assert!(found.contains(&(expected.0, expected.1.to_owned())), "{expected:?}: {found:?}");
    }
}

#[test]
fn a_finding_is_told_once_and_counted_ever_after() {
    let mut tenant = Tenant::new();
    let wrong = changed(RECEIPT, "/totalGrossPrice", Some(json!(301)));
    tenant.post("/api/v3/receipts", &wrong);
    tenant.post("/api/v3/receipts", &wrong);
    let told = tenant.effects.iter().filter(|effect| matches!(effect, Effect::Found { .. })).count();
    assert_eq!(told, 2, "payments and lines, once each");
    assert!(tenant.world.findings().all(|one| one.count == 2));
}

#[test]
fn no_finding_and_no_effect_holds_what_was_in_a_field() {
    let mut tenant = Tenant::new();
    let secret = "Secret.Person@Example.com";
    tenant
        .post("/api/v3/contacts", &json!({ "email": secret, "firstname": secret, "street": "" }).to_string());
    tenant.post("/api/v3/receipts", &changed(RECEIPT, "/contact/matchKey", Some(json!(secret))));
    tenant.import();
    let told = format!("{:?} {:?}", tenant.world.findings().collect::<Vec<_>>(), tenant.effects);
    assert!(!told.to_lowercase().contains(&secret.to_lowercase()), "{told}");
}
