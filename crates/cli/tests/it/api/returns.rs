//! What comes back: returns by reference and by price, exchanges, receipts that fall into parts.

use serde_json::{Value, json};

use super::{HELSINKI, STOCKHOLM, Shop, enrolment, purchase};

const ADA: &str = "ada@example.com";
const BO: &str = "bo@example.com";

/// Three sweaters at 333.33 with 10 % off: 899.99, which no part of three divides.
fn sale(email: Option<&str>) -> Value {
    let mut sale = purchase(STOCKHOLM, email.unwrap_or_default());
    if email.is_none() {
        sale.as_object_mut().unwrap().remove("contact");
    }
    sale["lines"][0]["quantity"] = json!(3);
    sale["lines"][0]["unitPrice"] = "333.33".parse().unwrap();
    sale["discounts"] = json!([{ "percent": 10, "type": "WELCOME", "description": "Welcome" }]);
    sale["payments"] = json!([{ "type": "card", "amount": "899.99" }]);
    sale["total"] = "899.99".parse().unwrap();
    sale
}

/// A receipt that takes one piece of line 1 back.
fn give_back(of: &str, pieces: u32, refund: &str) -> Value {
    let mut back = purchase(STOCKHOLM, "");
    back.as_object_mut().unwrap().remove("contact");
    back["lines"] = json!([{ "kind": "return", "of": { "receipt": of, "line": "1" }, "quantity": pieces }]);
    back["payments"] = json!([{ "type": "card", "amount": format!("-{refund}") }]);
    back["total"] = format!("-{refund}").parse().unwrap();
    back
}

/// What Engage was sent under an id, once.
async fn sent(shop: &Shop, id: &str) -> Value {
    let receipts = shop.engages(id).await;
    let [receipt] = receipts.as_slice() else { panic!("one receipt {id}: {receipts:?}") };
    serde_json::from_str(receipt["body"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_that_is_returned_in_parts_nets_to_nothing() {
    let shop = Shop::open().await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/sale", sale(Some(ADA))).await;
    for (id, refund) in [("back-1", "300.00"), ("back-2", "299.99"), ("back-3", "300.00")] {
        let taken = shop.call("PUT", &format!("/v1/receipts/{id}"), give_back("sale", 1, refund)).await;
        assert_eq!((taken.status, &taken.body["warnings"]), (201, &Value::Null), "{taken:?}");
        assert_eq!(taken.body["contactId"], enrolled.body["contactId"], "it is the sale's contact's");
        shop.until(id, "delivered").await;
    }
    let bought = sent(&shop, "sale").await;
    let mut paid = rust_decimal::Decimal::ZERO;
    let mut discount = rust_decimal::Decimal::ZERO;
    let figure = |value: &Value| value.to_string().parse::<rust_decimal::Decimal>().unwrap();
    for id in ["back-1", "back-2", "back-3"] {
        let back = sent(&shop, id).await;
        let item = &back["items"][0];
        assert_eq!((&item["type"], &item["quantity"]), (&json!("RETURN"), &json!(-1)));
        assert_eq!(item["sku"], "3001-BLK-M", "what the till left out is the sale's");
        assert_eq!(back["contact"]["matchKey"], enrolled.body["contactId"]);
        paid += figure(&item["grossPaidPrice"]);
        discount += figure(&item["discounts"][0]["value"]);
        assert_eq!(figure(&back["totalGrossPrice"]), -figure(&item["grossPaidPrice"]));
    }
    assert_eq!(paid, figure(&bought["items"][0]["grossPaidPrice"]));
    assert_eq!(discount, figure(&bought["items"][0]["discounts"][0]["value"]));

    let over = shop.call("PUT", "/v1/receipts/back-4", give_back("sale", 1, "300.00")).await;
    assert_eq!((over.status, &over.body["state"]), (201, &json!("needsAttention")), "{over:?}");
    assert_eq!(over.body["faults"][0]["code"], "overReturn");
    let shown = shop.call("GET", "/v1/receipts/sale", Value::Null).await;
    assert_eq!(shown.body["returnedBy"], json!(["back-1", "back-2", "back-3"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_return_again_gets_the_same_answer_also_where_nothing_is_left() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/sale", sale(Some(ADA))).await;
    let back = give_back("sale", 3, "899.99");
    for path in ["/v1/receipts/back", "/v1/receipts/back?strict=true"] {
        let first = path == "/v1/receipts/back";
        let taken = shop.call("PUT", path, back.clone()).await;
        assert_eq!(taken.status, if first { 201 } else { 200 }, "{taken:?}");
    }
    shop.until("back", "delivered").await;
    assert_eq!(shop.engages("back").await.len(), 1);
    let strict = shop.call("PUT", "/v1/receipts/other?strict=true", back).await;
    assert_eq!((strict.status, strict.code()), (422, "hasFaults"), "{strict:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_under_the_id_of_a_return_doesnt_take_the_same_goods_again() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/sale", sale(Some(ADA))).await;
    let mut back = give_back("sale", 3, "899.99");
    shop.call("PUT", "/v1/receipts/back", back.clone()).await;
    back["operator"] = json!("another");
    let other = shop.call("PUT", "/v1/receipts/back", back).await;
    assert_eq!((other.status, other.code()), (409, "otherContent"), "{other:?}");
    let shown = shop.call("GET", "/v1/receipts/sale", Value::Null).await;
    assert_eq!(shown.body["returnedBy"], json!(["back"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_waits_for_its_sale_and_belongs_to_its_contact() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.cut().await;
    let taken = shop.call("PUT", "/v1/receipts/sale", sale(Some(ADA))).await;
    let owed = taken.body["deliveries"][0]["id"].clone();
    let back = shop.call("PUT", "/v1/receipts/back", give_back("sale", 1, "300.00")).await;
    assert_eq!(back.body["deliveries"][0]["waitsFor"], json!([owed]), "{back:?}");
    shop.mend().await;
    shop.until("back", "delivered").await;
    let all = shop.admin("GET", "receipts", Value::Null).await;
    let ids: Vec<_> = all["items"].as_array().unwrap().iter().map(|row| &row["uniqueReceiptId"]).collect();
    let position = |id: &str| ids.iter().position(|row| *row == id).unwrap();
    assert!(position("sale") < position("back"), "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_of_one_customer_is_one_receipt_and_one_of_two_is_two() {
    let shop = Shop::open().await;
    let ada = shop.call("POST", "/v1/contacts", enrolment(ADA)).await.body["contactId"].clone();
    let bo = shop.call("POST", "/v1/contacts", enrolment(BO)).await.body["contactId"].clone();
    shop.call("PUT", "/v1/receipts/sale", sale(Some(ADA))).await;
    let exchange = |email: &str| {
        let mut exchange = purchase(STOCKHOLM, email);
        let lines = exchange["lines"].as_array_mut().unwrap();
        lines.push(json!({ "kind": "return", "of": { "receipt": "sale", "line": "1" }, "quantity": 1 }));
        exchange
    };
    let mut own = exchange(ADA);
    own["payments"] = json!([{ "type": "card", "amount": 100.00 }]);
    own["total"] = json!(100.00);
    shop.call("PUT", "/v1/receipts/own", own).await;
    shop.until("own", "delivered").await;
    let whole = sent(&shop, "own").await;
    assert_eq!(whole["totalGrossPrice"].to_string(), "100.00");
    assert_eq!(whole["items"].as_array().unwrap().len(), 2);

    let mut mixed = exchange(BO);
    mixed["payments"] = json!([{ "type": "card", "amount": "100.01" }]);
    mixed["total"] = "100.01".parse().unwrap();
    let taken = shop.call("PUT", "/v1/receipts/mixed", mixed).await;
    assert_eq!(taken.status, 201, "{taken:?}");
    assert_eq!(taken.body["deliveries"].as_array().unwrap().len(), 2, "{taken:?}");
    shop.until_that("/v1/receipts/mixed", |body| {
        body["deliveries"].as_array().unwrap().iter().all(|one| one["state"] == "done")
    })
    .await;
    let (bought, back) = (sent(&shop, "mixed").await, sent(&shop, "mixed~2").await);
    assert_eq!((&bought["contact"]["matchKey"], &back["contact"]["matchKey"]), (&bo, &ada));
    assert_eq!(bought["totalGrossPrice"].to_string(), "400.00");
    assert_eq!(back["totalGrossPrice"].to_string(), "-299.99");
    assert_eq!(back["items"][0]["type"], "RETURN");
    for part in [&bought, &back] {
        let paid: rust_decimal::Decimal = part["paymentMethods"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["value"].to_string().parse::<rust_decimal::Decimal>().unwrap())
            .sum();
        assert_eq!(paid.to_string(), part["totalGrossPrice"].to_string(), "{part}");
    }
    let text = back.to_string();
    assert!(!text.contains(BO), "nothing of one customer's goes to the other: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_of_a_sale_that_nobody_here_knows_goes_by_the_tills_price() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    let mut back = purchase(STOCKHOLM, ADA);
    back["lines"] = json!([{ "kind": "return", "of": { "receipt": "elsewhere", "line": "1" }, "sku": "A",
                             "quantity": 1, "paid": 99.00, "taxPercent": 25 }]);
    back["payments"] = json!([{ "type": "card", "amount": -99.00 }]);
    back["total"] = json!(-99.00);
    let taken = shop.call("PUT", "/v1/receipts/back", back.clone()).await;
    assert_eq!(taken.body["warnings"][0]["code"], "returnOfUnknownReceipt", "{taken:?}");
    shop.until("back", "delivered").await;
    assert_eq!(sent(&shop, "back").await["items"][0]["taxAmount"].to_string(), "19.80");
    back["lines"][0].as_object_mut().unwrap().remove("paid");
    let taken = shop.call("PUT", "/v1/receipts/priceless", back).await;
    assert_eq!(taken.body["state"], "needsAttention", "{taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_in_another_store_goes_at_its_sales_rate() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    let mut euro = purchase(HELSINKI, ADA);
    euro["currency"] = json!("EUR");
    euro["exchangeRate"] = json!("11.02");
    shop.call("PUT", "/v1/receipts/euro", euro).await;
    let mut back = give_back("euro", 1, "200.00");
    back["store"] = json!(STOCKHOLM);
    back["currency"] = json!("EUR");
    let taken = shop.call("PUT", "/v1/receipts/back", back).await;
    assert_eq!(taken.body["warnings"], Value::Null, "{taken:?}");
    shop.until("back", "delivered").await;
    let back = sent(&shop, "back").await;
    assert_eq!(back["exchangeRateToGroupCurrency"].to_string(), "11.02");
    assert_eq!(back["storeExternalId"], STOCKHOLM);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_corrects_a_return_that_took_too_much() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    shop.call("PUT", "/v1/receipts/sale", sale(Some(ADA))).await;
    let over = shop.call("PUT", "/v1/receipts/back", give_back("sale", 4, "1199.99")).await;
    assert_eq!(over.body["faults"][0]["code"], "overReturn", "{over:?}");
    let delivery = over.body["deliveries"][0]["id"].as_str().unwrap();
    let path = format!("/v1/deliveries/{delivery}/content");
    let mended = shop.call("PUT", &path, give_back("sale", 3, "899.99")).await;
    assert_eq!(mended.status, 200, "{mended:?}");
    shop.until("back", "delivered").await;
    let over = shop.call("PUT", "/v1/receipts/again", give_back("sale", 1, "300.00")).await;
    assert_eq!(over.body["faults"][0]["code"], "overReturn", "what the correction took is taken: {over:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_of_a_sale_of_which_something_was_taken_back_stays_as_it_is() {
    let shop = Shop::open().await;
    let taken = shop.call("PUT", "/v1/receipts/sale", sale(Some("stranger@example.com"))).await;
    let delivery = taken.body["deliveries"][0]["id"].as_str().unwrap().to_owned();
    let back = shop.call("PUT", "/v1/receipts/back", give_back("sale", 1, "300.00")).await;
    let path = format!("/v1/deliveries/{delivery}/content");
    let refused = shop.call("PUT", &path, sale(Some(ADA))).await;
    assert_eq!((refused.status, refused.code()), (409, "hasReturns"), "{refused:?}");
    let owed = back.body["deliveries"][0]["id"].as_str().unwrap();
    let reason = json!({ "reason": "the sale names the wrong customer" });
    shop.call("POST", &format!("/v1/deliveries/{owed}/discard"), reason).await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    assert_eq!(shop.call("PUT", &path, sale(Some(ADA))).await.status, 200);
    shop.until("sale", "delivered").await;
    let again = shop.call("PUT", "/v1/receipts/back-2", give_back("sale", 1, "300.00")).await;
    assert_eq!(again.body["faults"], Value::Null, "{again:?}");
    shop.until("back-2", "delivered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tills_that_take_the_same_piece_back_at_once_dont_both_get_it() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    let mut one = sale(Some(ADA));
    one["lines"][0]["quantity"] = json!(1);
    one["payments"] = json!([{ "type": "card", "amount": "300.00" }]);
    one["total"] = "300.00".parse().unwrap();
    shop.call("PUT", "/v1/receipts/sale", one).await;
    let back = |n: usize| {
        let path = format!("/v1/receipts/back-{n}");
        let shop = &shop;
        async move { shop.call("PUT", &path, give_back("sale", 1, "300.00")).await }
    };
    let (a, b, c, d) = tokio::join!(back(0), back(1), back(2), back(3));
    let answers = [a, b, c, d];
    let states: Vec<&str> = answers.iter().map(|answer| answer.body["state"].as_str().unwrap()).collect();
    let good = states.iter().filter(|state| **state != "needsAttention").count();
    assert_eq!(good, 1, "{states:?}");
}
