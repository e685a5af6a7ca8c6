//! Strict validation of receipts: what orders are always checked for, and the three sums that may be switched on.

use serde_json::{Value, json};

use crate::tenant::{RECEIPT, RETURN, Tenant, changed};

const POST: &str = "/api/v3/receipts";
const SWITCHES: [&str; 4] = ["receiptValidation", "receiptTaxSum", "receiptLineSum", "receiptPaymentSum"];

/// What a receipt is answered where these switches are strict: the status, and which fields were found fault with.
fn answered(strict: &[&str], body: &str) -> (u16, Vec<String>) {
    let mut tenant = Tenant::new();
    for name in strict {
        tenant.switch(name, "strict");
    }
    tenant.switch("errorField", "named");
    let (status, answer) = tenant.post(POST, body);
    let faults = answer["validationErrors"].as_array().map_or(&[][..], Vec::as_slice);
    (status, faults.iter().map(|fault| fault["field"].as_str().unwrap().to_owned()).collect())
}

/// Each receipt that something is wrong with, the one switch that minds, and where.
fn faults() -> Vec<(String, &'static str, &'static str)> {
    let with = |path: &str, value: Value| changed(RECEIPT, path, Some(value));
    let back = |path: &str, value: Value| changed(RETURN, path, Some(value));
    let always = "receiptValidation";
    vec![
        (with("/items/0/discounts", json!([{ "value": 100 }])), always, "items[0].discounts[0].value"),
        (with("/items/0/quantity", json!(-2)), always, "items[0].quantity"),
        (with("/items/0/quantity", json!(0)), always, "items[0].quantity"),
        (back("/items/0/quantity", json!(2)), always, "items[0].quantity"),
        (back("/items/0/taxAmount", json!(-60)), always, "items[0].taxAmount"),
        (with("/items/0/taxPercent", json!(12)), always, "items[0].taxAmount"),
        (back("/items/0/taxPercent", json!(12)), always, "items[0].taxAmount"),
        (with("/taxDetails/0/value", json!(59.99)), "receiptTaxSum", "taxDetails"),
        (with("/items/0/grossPaidPrice", json!(300.01)), "receiptLineSum", "items"),
        (with("/paymentMethods/0/value", json!(299.99)), "receiptPaymentSum", "paymentMethods"),
        (back("/paymentMethods/0/value", json!(-299.99)), "receiptPaymentSum", "paymentMethods"),
    ]
    .into_iter()
    .map(|(body, switch, place)| {
        // Tax rows follow the row above where that is not what is tried.
        (if switch == "receiptTaxSum" { body } else { changed(&body, "/taxDetails", None) }, switch, place)
    })
    .collect()
}

#[test]
fn each_check_is_made_by_its_own_switch_and_by_no_other() {
    for (body, minds, place) in faults() {
        assert_eq!(answered(&[], &body).0, 202, "{place}: nothing is checked of itself");
        for switch in SWITCHES {
            let (status, fields) = answered(&[switch], &body);
            if switch == minds {
                assert_eq!((status, fields.contains(&place.to_owned())), (422, true), "{switch} {fields:?}");
            } else if place != "items[0].taxAmount" {
                assert_eq!((status, fields), (202, Vec::new()), "{switch}: {place}");
            }
        }
    }
}

#[test]
fn what_is_right_is_taken_where_everything_is_checked() {
    let exchange = |quantity: i32, total: Value| {
        let mut body: Value = serde_json::from_str(RECEIPT).unwrap();
        let mut back = serde_json::from_str::<Value>(RETURN).unwrap()["items"][0].take();
        back["quantity"] = json!(quantity);
        body["items"].as_array_mut().unwrap().push(back);
        body["totalGrossPrice"] = total.clone();
        body["paymentMethods"] = json!([{ "type": "exchange", "value": total }]);
        body
    };
    let mut zero = exchange(-2, json!(0));
    // The tax of an exchange is read either way: all of it, or what is left.
    for tax in [120, 0] {
        zero["taxDetails"] = json!([{ "value": tax }]);
        assert_eq!(answered(&SWITCHES, &zero.to_string()), (202, vec![]), "a tax of {tax}");
    }
    // More came back than was bought: the tax that is left may be written with either sign.
    let mut more_back = exchange(-2, json!(-300));
    more_back["items"][1]["grossPaidPrice"] = json!(600);
    more_back["items"][1]["taxAmount"] = json!(120);
    for (tax, status) in [(60, 202), (-60, 202), (180, 202), (61, 422)] {
        more_back["taxDetails"] = json!([{ "value": tax }]);
        assert_eq!(answered(&SWITCHES, &more_back.to_string()).0, status, "a tax of {tax}");
    }
    for right in [RECEIPT, RETURN] {
        assert_eq!(answered(&SWITCHES, right), (202, vec![]));
    }
    // An order that Voyado published is as far off.
    let line = json!({ "type": "PURCHASE", "quantity": 1, "grossPaidPrice": 23157.88, "taxAmount": 454.08,
        "taxPercent": 2, "sku": "1", "articleNumber": "1", "articleName": "A" });
    let rounded = changed(RECEIPT, "/items", Some(json!([line])));
    let rounded = changed(&rounded, "/totalGrossPrice", Some(json!(23157.88)));
    let rounded = changed(&rounded, "/paymentMethods/0/value", Some(json!(23157.88)));
    let rounded = changed(&rounded, "/taxDetails", None);
    assert_eq!(answered(&SWITCHES, &rounded), (202, vec![]));
}

#[test]
fn every_fault_is_said_at_once() {
    let body = changed(RECEIPT, "/items/0/quantity", Some(json!(-2)));
    let body = changed(&body, "/items/0/taxAmount", Some(json!(75)));
    let body = changed(&body, "/items/0/discounts", Some(json!([{ "value": -1 }, { "value": 1 }])));
    let body = changed(&body, "/totalGrossPrice", Some(json!(301)));
    let (status, mut fields) = answered(&SWITCHES, &body);
    fields.sort();
    let expected = [
        "items",
        "items[0].discounts[1].value",
        "items[0].quantity",
        "items[0].taxAmount",
        "paymentMethods",
        "taxDetails",
    ];
    assert_eq!((status, fields), (422, expected.map(str::to_owned).to_vec()));
}

#[test]
fn a_refused_receipt_leaves_nothing_and_may_come_again_when_it_is_right() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    tenant.switch("receiptLineSum", "strict");
    assert_eq!(tenant.post(POST, &changed(RECEIPT, "/totalGrossPrice", Some(json!(299)))).0, 422);
    assert!(tenant.world.receipts().is_empty());
    assert_eq!(tenant.post(POST, RECEIPT).0, 202);
    tenant.import();
    assert_eq!(tenant.fates(), ["imported"]);
}
