//! Receipts: what is refused at the door, what the import makes of the rest, and what a contact's list shows.

use sandbox::{Fate, Rule, Settings};
use serde_json::{Value, json};

use crate::tenant::{RECEIPT, RETURN, Tenant, changed};

const POST: &str = "/api/v3/receipts";

fn transactions(tenant: &mut Tenant, id: &str) -> Value {
    let (status, page) = tenant.get(&format!("/api/v2/contacts/{id}/transactions?offset=0&count=100"));
    assert_eq!(status, 200);
    page
}

#[test]
fn the_documented_receipt_becomes_a_transaction_at_the_import() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    assert_eq!(tenant.post(POST, RECEIPT), (202, Value::Null));
    assert_eq!(transactions(&mut tenant, &id)["totalCount"], json!(0));
    tenant.import();
    let page = transactions(&mut tenant, &id);
    let transaction_id = page["items"][0]["id"].as_str().unwrap();
    let line_id = page["items"][0]["lineItems"][0]["id"].as_str().unwrap();
    let example = include_str!("../examples/transactions-answer.json").replace("«id»", transaction_id);
    let example = example.replace("«line»", line_id);
    assert_eq!(page, serde_json::from_str::<Value>(&example).unwrap());
    assert_eq!(tenant.world.receipts()[0].content.body, RECEIPT, "stored byte for byte");
    assert_eq!(tenant.findings(), [], "the example goes against nothing");
}

#[test]
fn a_return_and_the_old_path_are_taken_alike() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    tenant.post(POST, RECEIPT);
    assert_eq!(tenant.post("/api/v2/receipts", RETURN).0, 202);
    tenant.import();
    let page = transactions(&mut tenant, &id);
    assert_eq!(
        page["items"][0]["localNetPriceSum"].to_string(),
        "-300.00",
        "the last first, all its places kept"
    );
    let second = tenant.get(&format!("/api/v2/contacts/{id}/transactions?offset=1&count=1")).1;
    assert_eq!((&second["totalCount"], &second["items"][0]), (&json!(2), &page["items"][1]));
    assert_eq!(tenant.findings(), []);
}

#[test]
fn a_receipt_is_refused_with_every_fault_of_its_shape_at_once() {
    let mut tenant = Tenant::new();
    let body = json!({
        "contact": { "matchKey": "", "matchKeyType": "shoeSize" },
        "uniqueReceiptId": null, "receiptNumber": 17, "createdDate": "yesterday", "currency": "SEK",
        "totalGrossPrice": "12.50", "paymentMethods": [], "items": [{ "type": "PURCHASE", "quantity": 1.5 }, 7],
    });
    let (status, answer) = tenant.post(POST, &body.to_string());
    assert_eq!((status, answer["errorCode"].as_str()), (400, Some("ValidationError")));
    let faults: Vec<&str> = answer["validationErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["errorDescription"].as_str().unwrap())
        .collect();
    for expected in [
        "contact.matchKey is required but empty.",
        "contact.matchKeyType is not one of the known words.",
        "uniqueReceiptId is required but null.",
        "createdDate is not a time in ISO 8601.",
        "storeExternalId is required but absent.",
        "items[0].sku is required but absent.",
        "items[0].quantity is not a whole number.",
        "items[1] is not an object.",
        "paymentMethods has no row.",
    ] {
        assert!(faults.contains(&expected), "{expected} in {faults:#?}");
    }
    assert!(tenant.world.receipts().is_empty());
}

#[test]
fn each_mandatory_field_is_missed_when_it_is_absent_null_or_empty() {
    let mut tenant = Tenant::new();
    for path in [
        "/uniqueReceiptId",
        "/receiptNumber",
        "/createdDate",
        "/storeExternalId",
        "/currency",
        "/totalGrossPrice",
        "/paymentMethods",
        "/items",
        "/contact",
        "/contact/matchKey",
        "/contact/matchKeyType",
        "/items/0/sku",
        "/items/0/taxPercent",
        "/paymentMethods/0/value",
    ] {
        for value in [None, Some(Value::Null), Some(json!(""))] {
            let (status, answer) = tenant.post(POST, &changed(RECEIPT, path, value.clone()));
            let name = path.rsplit('/').next().unwrap();
            assert_eq!(status, 400, "{path} {value:?}");
            assert!(answer["validationErrors"][0]["errorDescription"].as_str().unwrap().contains(name));
        }
    }
}

#[test]
fn a_known_receipt_is_ignored_and_other_content_under_its_id_is_found() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    tenant.post(POST, RECEIPT);
    tenant.post(POST, RECEIPT);
    tenant.import();
    tenant.post(POST, RECEIPT);
    tenant.import();
    assert_eq!(tenant.fates(), ["imported", "ignored", "ignored"]);
    assert!(!tenant.found(Rule::ReceiptIdReused), "the same content is no fault");
    tenant.post(POST, &changed(RECEIPT, "/receiptNumber", Some(json!("000872"))));
    tenant.import();
    assert!(tenant.found(Rule::ReceiptIdReused));
    assert!(matches!(tenant.world.receipts()[3].fate, Fate::Ignored { same_as: 1, .. }));
}

#[test]
fn an_unmatched_receipt_is_dropped_and_only_the_log_says_so() {
    let mut tenant = Tenant::new();
    assert_eq!(tenant.post(POST, RECEIPT).0, 202);
    tenant.import();
    assert_eq!(tenant.fates(), ["dropped"]);
    let lines: Vec<_> = tenant.world.log_lines().map(|line| line.text.as_str()).collect();
    assert!(lines[0].ends_with("no contact matches, dropped"), "{lines:?}");
    assert!(lines[1].starts_with("1 Xml-file(s) generated for import"), "{lines:?}");
    assert!(tenant.found(Rule::UnmatchedContact));

    tenant.enrol();
    tenant.post(POST, RECEIPT);
    tenant.import();
    assert_eq!(tenant.fates(), ["dropped", "imported"], "a dropped one may come again");
}

#[test]
fn an_unmatched_receipt_may_be_refused_at_the_door_instead() {
    let mut tenant = Tenant::new();
    tenant.switch("unmatchedContact", "refused404");
    let (status, body) = tenant.post(POST, RECEIPT);
    assert_eq!((status, body["errorCode"].as_str()), (404, Some("ContactNotFound")));
    tenant.enrol();
    assert_eq!(tenant.post(POST, RECEIPT).0, 202);
}

#[test]
fn a_contact_is_matched_by_any_identifier_within_its_type() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let cases = [
        (json!({ "matchKey": id, "matchKeyType": "contactId" }), "imported"),
        (json!({ "matchKey": "+46701234567", "matchKeyType": "MobilePhone" }), "imported"),
        (json!({ "matchKey": 10_000_001, "matchKeyType": "memberNumber" }), "imported"),
        (
            json!({ "matchKey": "ADA.LIND@example.com", "matchKeyType": "EMAIL", "contactType": "member" }),
            "imported",
        ),
        (
            json!({ "matchKey": "ada.lind@example.com", "matchKeyType": "email", "contactType": "Contact" }),
            "dropped",
        ),
        (json!({ "matchKey": "nobody", "matchKeyType": "contactId" }), "dropped"),
    ];
    for (number, (contact, fate)) in cases.into_iter().enumerate() {
        let body = changed(RECEIPT, "/contact", Some(contact.clone()));
        let body = changed(&body, "/uniqueReceiptId", Some(json!(number)));
        assert_eq!(tenant.post(POST, &body).0, 202);
        tenant.import();
        assert_eq!(tenant.fates()[number], fate, "{contact}");
    }
}

#[test]
fn an_unknown_store_is_created_by_its_receipt() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    tenant.post(POST, RECEIPT);
    assert_eq!(tenant.world.stores().len(), 0);
    tenant.import();
    assert_eq!(tenant.get("/api/v3/stores").1[0]["externalId"], json!("store03-stockholm"));
}

#[test]
fn the_receipts_rate_wins_over_the_table_and_without_either_it_is_lost() {
    let rates = [("EUR".to_owned(), "10.99".parse().unwrap())].into();
    let mut tenant = Tenant::with(Settings { rates, ..Settings::default() });
    let id = tenant.enrol();
    let mut number = 0;
    let mut send = |tenant: &mut Tenant, currency: &str, rate: Option<Value>| {
        number += 1;
        let mut body: Value = serde_json::from_str(RECEIPT).unwrap();
        body["uniqueReceiptId"] = json!(format!("r-{number}"));
        body["currency"] = json!(currency);
        body["totalGrossPrice"] = serde_json::from_str("120.00").unwrap();
        body["exchangeRateToGroupCurrency"] = rate.unwrap_or(Value::Null);
        tenant.post(POST, &body.to_string());
        tenant.import();
    };
    send(&mut tenant, "EUR", Some(json!("11.35")));
    send(&mut tenant, "EUR", None);
    send(&mut tenant, "USD", None);
    tenant.switch("unknownCurrency", "rateOne");
    send(&mut tenant, "USD", None);
    assert_eq!(tenant.fates(), ["imported", "imported", "dropped", "imported"]);
    let page = transactions(&mut tenant, &id);
    let sums: Vec<String> =
        page["items"].as_array().unwrap().iter().map(|item| item["netPriceSum"].to_string()).collect();
    assert_eq!(sums, ["120.00", "1318.80", "1362.00"]);
    assert!(tenant.found(Rule::NoRate));
}

#[test]
fn figures_are_kept_digit_for_digit() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let body = RECEIPT.replace("\"totalGrossPrice\": 300.00", "\"totalGrossPrice\": 49.989999999999995");
    tenant.post(POST, &body);
    tenant.import();
    let page = transactions(&mut tenant, &id);
    assert_eq!(page["items"][0]["localNetPriceSum"].to_string(), "49.989999999999995");
}

#[test]
fn a_receipt_of_zero_needs_a_payment_row_unless_the_switch_says_no() {
    let mut tenant = Tenant::new();
    let unpaid = changed(RECEIPT, "/paymentMethods", Some(json!([])));
    let zero = changed(&unpaid, "/totalGrossPrice", Some(json!(0)));
    assert_eq!(tenant.post(POST, &zero).0, 400);
    tenant.switch("emptyPaymentMethods", "accepted");
    assert_eq!(tenant.post(POST, &zero).0, 202);
    assert_eq!(tenant.post(POST, &unpaid).0, 400, "money must have come from somewhere");
}

/// An exchange in euro: a sweater for two pairs of socks.
fn exchange() -> String {
    let line = |kind: &str, quantity: i32, paid: &str, tax: &str| {
        json!({ "type": kind, "sku": kind, "articleNumber": "1", "articleName": kind, "quantity": quantity,
            "grossPaidPrice": paid, "taxAmount": tax, "taxPercent": 25 })
    };
    let body = changed(RECEIPT, "/currency", Some(json!("EUR")));
    let body = changed(&body, "/exchangeRateToGroupCurrency", Some(json!("11.355")));
    let items = json!([line("PURCHASE", 2, "12.50", "2.50"), line("RETURN", -1, "35.00", "7.00")]);
    let body = changed(&body, "/items", Some(items));
    changed(&body, "/totalGrossPrice", Some(json!("-22.50")))
}

#[test]
fn a_transactions_lines_and_sums_are_in_both_currencies_as_the_switches_say() {
    for (net, lines, group_sum, local_sum, count) in [
        ("withTax", "listed", "-255.49", "-22.50", 2),
        ("withoutTax", "listed", "-204.39", "-18.00", 2),
        ("withTax", "empty", "-255.49", "-22.50", 0),
    ] {
        let mut tenant = Tenant::new();
        let id = tenant.enrol();
        tenant.switch("netSums", net);
        tenant.switch("lineItems", lines);
        tenant.post(POST, &exchange());
        tenant.import();
        let row = transactions(&mut tenant, &id)["items"][0].clone();
        let sums = (row["netPriceSum"].to_string(), row["localNetPriceSum"].to_string());
        assert_eq!(sums, (group_sum.to_owned(), local_sum.to_owned()), "{net}");
        assert_eq!(row["lineItems"].as_array().map(Vec::len), Some(count));
        if count == 2 {
            let back = &row["lineItems"][1];
            assert_eq!((&back["type"], &back["quantity"]), (&json!("RETURN"), &json!(-1)));
            let prices = (back["grossPaidPrice"].to_string(), back["localPrice"].to_string());
            assert_eq!(prices, ("397.43".to_owned(), "35.00".to_owned()));
        }
    }
}

#[test]
fn used_offers_stand_in_the_tenants_lists_and_the_others_are_unknown_fields() {
    let renamed = changed(RECEIPT, "/usedBonusChecks", None);
    let renamed = changed(&renamed, "/usedPromotions", None);
    let vouchers = json!([{ "voucherNumber": "900100200" }]);
    let renamed = changed(&renamed, "/usedRewardVouchers", Some(vouchers));
    let promotions = json!([{ "promotionId": "2a0d6d9e-2f0c-4f7e-8ce5-d3a3c1a0ee10" }]);
    let renamed = changed(&renamed, "/usedPromotionAssignments", Some(promotions));
    let unknown = |lists: &str, body: &str| {
        let mut tenant = Tenant::new();
        tenant.switch("offerLists", lists);
        assert_eq!(tenant.post(POST, body).0, 202);
        let mut found = tenant.findings();
        found.sort();
        found
    };
    assert_eq!(unknown("v2", RECEIPT), []);
    assert_eq!(unknown("renamed", &renamed), []);
    let expected = |names: [&str; 2]| names.map(|name| ("unknownField", name.to_owned())).to_vec();
    assert_eq!(unknown("renamed", RECEIPT), expected(["usedBonusChecks", "usedPromotions"]));
    assert_eq!(unknown("v2", &renamed), expected(["usedPromotionAssignments", "usedRewardVouchers"]));
}

#[test]
fn the_transactions_of_nobody_are_not_found() {
    let mut tenant = Tenant::new();
    let unknown = "/api/v2/contacts/2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa";
    for path in [format!("{unknown}/transactions"), "/api/v2/contacts/nobody/transactions".to_owned()] {
        assert_eq!(tenant.get(&path).0, 404);
    }
    let id = tenant.enrol();
    assert_eq!(tenant.get(&format!("/api/v2/contacts/{id}/transactions?count=many")).0, 400);
}
