//! Findings: each piece of the guide's advice, gone against once.

use sandbox::{Effect, Rule};
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
        (with("/items/0/quantity", json!(-2)), Rule::WrongSign, "items[].quantity"),
        (changed(RETURN, "/items/0/quantity", Some(json!(2))), Rule::WrongSign, "items[].quantity"),
        (
            changed(RETURN, "/items/0/grossPaidPrice", Some(json!(-300))),
            Rule::WrongSign,
            "items[].grossPaidPrice",
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
    tenant.post("/api/v3/receipts", &changed(&body, "/items/0/taxAmount", Some(json!(60.01))));
    assert_eq!(tenant.findings(), []);
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
