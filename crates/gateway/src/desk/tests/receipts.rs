//! Whom a receipt waits for, and what of a person it may hold.

use pos::receipt::SettledReceipt;
use serde_json::{Value, json};

use super::{PERSONAL_NUMBER, STORE, World, anybody, said};
use crate::desk::{Desk, Found, Scope, TakenReceipt};
use crate::frozen::{FrozenReceipt, Who};

fn receipt(contact: Value) -> String {
    let body = json!({
        "store": STORE, "receiptNumber": "1", "createdAt": "2026-11-22T16:42:07+01:00", "contact": contact,
        "lines": [{ "sku": "1", "quantity": 1, "unitPrice": 10, "taxPercent": 25 }],
        "payments": [{ "type": "card", "amount": 10 }],
    });
    body.to_string()
}

/// A receipt that takes nothing back.
fn taken(desk: &Desk<'_>, body: &str, by: &Scope) -> TakenReceipt {
    desk.receipt(desk.open_receipt(said(body.as_bytes(), by)).unwrap(), &Found::default())
}

#[test]
fn a_receipt_waits_for_those_whom_what_it_names_hints_at_unless_it_names_them_exactly() {
    let world = World::new(|_| ());
    let keys = world.database.keys();
    let desk = Desk { settings: &world.settings, keys: &keys };
    let by = anybody();
    let hints = |contact: Value| taken(&desk, &receipt(contact), &by).split().0.hints;
    let phone = world.alias("mobilePhone", "+46701740605");
    assert_eq!(hints(json!({ "mobilePhone": "0701740605" })), [phone]);
    assert_eq!(hints(json!({ "mobilePhone": "0701740605", "email": "ada@example.com" })), []);
    let id = "2e40b702-2767-4abe-ae99-aa510108e22b";
    assert_eq!(hints(json!({ "mobilePhone": "0701740605", "contactId": id })), []);
    assert_eq!(hints(json!({})), []);
}

#[test]
fn nobody_gets_an_identifier_because_a_receipt_names_it_beside_one_that_others_share() {
    let world = World::new(|engage| engage.personal_identity_numbers = true);
    let keys = world.database.keys();
    let desk = Desk { settings: &world.settings, keys: &keys };
    let by = anybody();
    let known_as = |contact: Value| taken(&desk, &receipt(contact), &by).split().0.contact;
    let number = world.alias("personalIdentityNumber", "197010632391");
    let phone = world.alias("mobilePhone", "+46701740605");
    let both = json!({ "personalIdentityNumber": PERSONAL_NUMBER, "mobilePhone": "0701740605" });
    let together = known_as(both.clone());
    assert!(together.len() == 1 && !together.contains(&number) && !together.contains(&phone));
    assert_eq!(known_as(both), together, "the same two are the same customer");
    assert_eq!(known_as(json!({ "mobilePhone": "0701740605" })), [phone]);
    assert_eq!(known_as(json!({ "personalIdentityNumber": PERSONAL_NUMBER })), [number]);
    let exact = json!({ "email": "ada@example.com", "mobilePhone": "0701740605" });
    assert_eq!(known_as(exact), [world.alias("email", "ada@example.com")]);
}

#[test]
fn a_receipts_personal_number_is_withheld_where_they_are_off_and_only_then_matters() {
    for (on, contact, code, fault) in [
        (
            false,
            json!({ "personalIdentityNumber": PERSONAL_NUMBER }),
            Some("personalIdentityNumbersOff"),
            true,
        ),
        (
            false,
            json!({ "personalIdentityNumber": PERSONAL_NUMBER, "email": "ada@example.com" }),
            Some("personalIdentityNumbersOff"),
            false,
        ),
        (true, json!({ "personalIdentityNumber": PERSONAL_NUMBER }), None, false),
    ] {
        let world = World::new(|engage| engage.personal_identity_numbers = on);
        let keys = world.database.keys();
        let by = anybody();
        let body = receipt(contact);
        let desk = Desk { settings: &world.settings, keys: &keys };
        let (accept, taken) = taken(&desk, &body, &by).split();
        let found = taken.findings.iter().find(|finding| finding.pointer.starts_with("/contact"));
        assert_eq!(
            found.map(|finding| (finding.code.as_str(), finding.fault)),
            code.map(|code| (code, fault))
        );
        let frozen = FrozenReceipt::read(&accept.frozen).unwrap();
        let is_there = frozen.who.iter().any(|who| matches!(who, Who::PersonalIdentityNumber(_)));
        assert_eq!(is_there, on);
    }
}

#[test]
fn what_is_left_of_a_receipt_after_a_week_names_nobody_and_comes_to_the_same_money() {
    let world = World::new(|_| ());
    let keys = world.database.keys();
    let desk = Desk { settings: &world.settings, keys: &keys };
    let mut body: Value = serde_json::from_str(&receipt(json!({ "email": "ada@example.com" }))).unwrap();
    body["operator"] = json!("Zelda");
    body["extraData"] = json!({ "note": "for Ada's mother" });
    body["discounts"] = json!([{ "percent": 10, "type": "SALE", "description": "Weekend" }]);
    let (accept, _) = taken(&desk, &body.to_string(), &anybody()).split();
    let money = |body: &[u8], frozen: &[u8]| {
        let body: Value = serde_json::from_slice(body).unwrap();
        let settlement = FrozenReceipt::read(frozen).unwrap().settlement.unwrap();
        let reading = pos::receipt::parse(&body);
        let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
        let line = settled.lines().next().unwrap();
        let discount = line.discounts().next().unwrap();
        (line.sku.to_owned(), line.paid, line.tax, discount.amount, discount.kind.map(str::to_owned))
    };
    let (short, frozen) = crate::upkeep::shorter_form(accept.kind, &accept.body, &accept.frozen).unwrap();
    assert_eq!(money(&short, &frozen), money(&accept.body, &accept.frozen));
    let left = [short.as_slice(), &frozen].concat();
    let left = String::from_utf8(left).unwrap();
    for personal in ["ada@example.com", "Zelda", "mother"] {
        assert!(!left.contains(personal), "{left}");
    }
    assert!(short.len() < accept.body.len());
    assert_eq!(crate::upkeep::shorter_form("enrolment", &accept.body, &accept.frozen), None);
    body["training"] = json!(true);
    let (accept, _) = taken(&desk, &body.to_string(), &anybody()).split();
    assert_eq!(crate::upkeep::shorter_form(accept.kind, &accept.body, &accept.frozen), None);
}
