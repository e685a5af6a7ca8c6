//! Baskets before they are paid: priced, verified and held, from the front door.

use std::time::Duration;

use gateway::settings::{
    Auth, Gives, LargerThanBasket, Offers, Outage, Promotion, Settings, Vouchers, Welcome,
};
use pos::money::Currency;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Answer, HELSINKI, STOCKHOLM, Shop, enrolment, settings};

/// A promotion that the shop knows by a code.
fn promotion(code: &str) -> Promotion {
    Promotion {
        code: code.into(),
        external_id: code.into(),
        promotion_id: None,
        name: code.to_lowercase(),
        gives: None,
        welcome: None,
        stacks: true,
        outage: Outage::Refuse,
        comes_back: false,
    }
}

fn shop_with(offers: Offers) -> Settings {
    Settings { offers, ..settings(Auth::None) }
}

fn sek() -> Currency {
    Currency::parse("SEK").unwrap()
}

/// What a channel of the tenant's promotion gives at tills.
fn gives(kind: &str, value: &str) -> Value {
    json!([{ "type": "POS", "valueType": kind, "value": value }])
}

/// An amount, whatever it was written as.
fn amount(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse::<Decimal>().unwrap_or_else(|_| panic!("{value} is no amount")).normalize()
}

impl Shop {
    /// A member of the tenant.
    async fn member(&self, name: &str) -> String {
        self.has("Member", json!({ "email": format!("{name}@example.com"), "firstName": name })).await
    }

    /// Gives a voucher; answers its number.
    async fn voucher(&self, contact: &str, gift: Value) -> String {
        self.admin("POST", &format!("contacts/{contact}/vouchers"), gift).await;
        let all = self.admin("GET", &format!("contacts/{contact}"), Value::Null).await["vouchers"].clone();
        all.as_array().unwrap().last().unwrap()["number"].as_str().unwrap().to_owned()
    }

    /// Has the tenant give a promotion of this external id, with this at tills.
    async fn given(&self, contact: &str, external_id: &str, channels: Value) {
        let defined = json!({
            "name": external_id, "externalId": external_id, "redemptionChannels": channels,
            "validity": { "startDate": "2020-01-15", "assignedValidity": { "unit": "Days", "amount": 30 } },
        });
        let id = self.admin("POST", "promotions", defined).await["id"].clone();
        self.admin("POST", &format!("contacts/{contact}/promotions"), json!({ "promotion": id })).await;
    }

    /// Puts a checkout of one line of 400 with these discounts.
    async fn put(&self, id: &str, contact: &str, discounts: Value) -> Answer {
        self.call("PUT", &format!("/v1/checkouts/{id}"), basket(contact, discounts)).await
    }
}

/// 400 for two sweaters.
fn basket(contact: &str, discounts: Value) -> Value {
    json!({
        "store": STOCKHOLM, "till": "2", "currency": "SEK", "contact": { "contactId": contact },
        "lines": [{ "id": "1", "kind": "purchase", "sku": "3001-BLK-M", "articleNumber": "3001", "name": "Wool sweater",
                    "quantity": 2, "unitPrice": 200.00, "taxPercent": 25 }],
        "discounts": discounts
    })
}

/// The receipt that pays a checkout, as a till makes it of the answer.
fn paying(checkout: &Value, contact: &str, number: &str) -> Value {
    let mut receipt = basket(contact, checkout.get("discounts").cloned().unwrap_or(json!([])));
    receipt["receiptNumber"] = json!(number);
    receipt["createdAt"] = json!("2026-11-22T16:42:07+01:00");
    receipt["checkout"] = checkout["id"].clone();
    receipt["total"] = checkout["total"].clone();
    receipt["payments"] = json!([{ "type": "card", "amount": checkout["total"] }]);
    receipt
}

/// Each offer as `state code-or-amount`.
fn offers(answer: &Answer) -> Vec<String> {
    let rows = answer.body["offers"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    let shown = rows.iter().map(|row| match row["code"].as_str() {
        Some(code) => code.to_owned(),
        None => format!("{} {}", row["verified"].as_str().unwrap(), amount(&row["amount"])),
    });
    shown.collect()
}

fn warnings(answer: &Answer) -> Vec<&str> {
    let rows = answer.body["warnings"].as_array().map_or(&[][..], Vec::as_slice);
    rows.iter().filter_map(|row| row["code"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_are_priced_in_the_order_of_the_basket_whatever_says_what_they_give() {
    let listed = ["TENOFF", "FIFTY", "CODE", "OTHER", "MANUAL"].map(promotion);
    let mut promotions = listed.to_vec();
    promotions[2].gives = Some(Gives::Amounts(vec![(sek(), 30.into())]));
    let shop = Shop::with(shop_with(Offers { promotions, ..Offers::default() })).await;
    let ada = shop.member("ada").await;
    shop.given(&ada, "TENOFF", gives("PERCENT", "10")).await;
    shop.given(&ada, "FIFTY", gives("MONEY", "50")).await;
    shop.given(&ada, "CODE", gives("EXTERNALOFFER", "CODE")).await;
    shop.given(&ada, "OTHER", gives("EXTERNALOFFER", "OTHER")).await;
    shop.given(&ada, "MANUAL", gives("MANUAL", "a bag of choice")).await;
    let voucher = shop.voucher(&ada, json!({ "amount": 100, "name": "Bonus" })).await;
    let rows = json!([
        { "offer": "TENOFF" }, { "offer": "FIFTY" }, { "offer": "CODE" }, { "offer": "OTHER" },
        { "offer": "MANUAL", "amount": 20 }, { "offer": voucher }, { "amount": 5, "description": "till's own" }
    ]);
    let answer = shop.put("c1", &ada, rows).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let expected = ["live 40", "live 50", "live 30", "amountNeeded", "live 20", "live 100"];
    assert_eq!(offers(&answer), expected, "{answer:?}");
    assert_eq!(amount(&answer.body["total"]), 155.into(), "{answer:?}");
    assert_eq!(amount(&answer.body["lines"][0]["paid"]), 155.into());
    assert_eq!(answer.body["discounts"].as_array().unwrap().len(), 6, "what isn't held is left out");
    assert_eq!(answer.body["offers"][4]["instruction"], "a bag of choice", "{answer:?}");
    let receipt = paying(&answer.body, &ada, "1");
    let sold = shop.call("PUT", "/v1/receipts/r1", receipt).await;
    assert_eq!((sold.status, warnings(&sold)), (201, vec![]), "{sold:?}");
    let states: Vec<&Value> =
        sold.body["offers"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["redeemed"; 5], "{sold:?}");
    let paid = shop.call("GET", "/v1/checkouts/c1", Value::Null).await.body;
    assert_eq!((&paid["state"], &paid["paidBy"]), (&json!("paid"), &json!("r1")));
    assert_eq!(shop.put("c1", &ada, json!([])).await.code(), "checkoutPaid");
    assert_eq!(shop.call("DELETE", "/v1/checkouts/c1", Value::Null).await.code(), "checkoutPaid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_that_is_worth_more_than_the_basket_loses_the_rest_or_is_refused_by_policy() {
    for (policy, expected) in
        [(LargerThanBasket::Forfeit, "live 400"), (LargerThanBasket::Refuse, "largerThanBasket")]
    {
        let vouchers = Vouchers { larger_than_basket: policy, ..Vouchers::default() };
        let shop = Shop::with(shop_with(Offers { vouchers, ..Offers::default() })).await;
        let ada = shop.member("ada").await;
        let voucher = shop.voucher(&ada, json!({ "amount": 500 })).await;
        let answer = shop.put("c1", &ada, json!([{ "offer": voucher }])).await;
        assert_eq!(offers(&answer), [expected], "{answer:?}");
        if policy == LargerThanBasket::Forfeit {
            assert_eq!(amount(&answer.body["offers"][0]["forfeited"]), 100.into());
            assert_eq!(amount(&answer.body["total"]), Decimal::ZERO);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_stand_beside_others_or_is_worth_nothing_here_is_not_held() {
    let alone = Promotion { stacks: false, ..promotion("ALONE") };
    let shop = Shop::with(shop_with(Offers { promotions: vec![alone], ..Offers::default() })).await;
    let ada = shop.member("ada").await;
    shop.given(&ada, "ALONE", gives("PERCENT", "10")).await;
    let voucher = shop.voucher(&ada, json!({ "amount": 100 })).await;
    let euro = shop.voucher(&ada, json!({ "amount": 10, "currency": "EUR" })).await;
    let rows = json!([{ "offer": "ALONE" }, { "offer": voucher }, { "offer": euro }]);
    let answer = shop.put("c1", &ada, rows).await;
    assert_eq!(offers(&answer), ["live 40", "notStackable", "worthNothing"], "{answer:?}");
    // What isn't held is free: another till gets it.
    let other = shop.put("c2", &ada, json!([{ "offer": voucher }])).await;
    assert_eq!(offers(&other), ["live 100"], "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_voucher_is_held_for_one_till_until_it_is_released_or_dropped_and_over_a_restart() {
    let mut shop = Shop::open().await;
    let ada = shop.member("ada").await;
    let voucher = shop.voucher(&ada, json!({ "amount": 100 })).await;
    let with = json!([{ "offer": voucher }]);
    assert_eq!(shop.put("c1", &ada, with.clone()).await.status, 201);
    shop.restart_gateway(settings(Auth::None)).await;
    let taken = shop.put("c2", &ada, with.clone()).await;
    assert_eq!(offers(&taken), ["heldElsewhere"], "{taken:?}");
    assert!(taken.body["offers"][0]["heldUntil"].is_string(), "{taken:?}");
    assert_eq!(amount(&taken.body["total"]), 400.into());
    // Handed to another till of the store, and changed: it is the same checkout.
    let mut handed = basket(&ada, with.clone());
    handed["till"] = json!("3");
    handed["lines"][0]["quantity"] = json!(1);
    let handed = shop.call("PUT", "/v1/checkouts/c1", handed).await;
    assert_eq!((handed.status, amount(&handed.body["total"])), (200, 100.into()), "{handed:?}");
    // Dropped from the basket it is free.
    assert_eq!(shop.put("c1", &ada, json!([])).await.status, 200);
    assert_eq!(offers(&shop.put("c2", &ada, with.clone()).await), ["live 100"]);
    assert_eq!(offers(&shop.put("c1", &ada, with.clone()).await), ["heldElsewhere"]);
    assert_eq!(shop.call("DELETE", "/v1/checkouts/c2", Value::Null).await.status, 204);
    assert_eq!(shop.call("DELETE", "/v1/checkouts/c2", Value::Null).await.status, 204);
    assert_eq!(shop.put("c2", &ada, with.clone()).await.code(), "checkoutReleased");
    assert_eq!(offers(&shop.put("c1", &ada, with).await), ["live 100"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_by_itself_and_the_checkout_can_be_put_again() {
    let offers_of = Offers { hold: Duration::from_millis(300), ..Offers::default() };
    let shop = Shop::with(shop_with(offers_of)).await;
    let ada = shop.member("ada").await;
    let voucher = shop.voucher(&ada, json!({ "amount": 100 })).await;
    let with = json!([{ "offer": voucher }]);
    shop.put("c1", &ada, with.clone()).await;
    shop.until_that("/v1/checkouts/c1", |body| body["state"] == "expired").await;
    assert_eq!(offers(&shop.put("c2", &ada, with.clone()).await), ["live 100"]);
    shop.until_that("/v1/checkouts/c2", |body| body["state"] == "expired").await;
    let again = shop.put("c1", &ada, with).await;
    assert_eq!((again.status, offers(&again)), (200, vec!["live 100".to_owned()]), "{again:?}");
    shop.until_that("/v1/checkouts/c1", |body| body["state"] == "expired").await;
    let sold = shop.call("PUT", "/v1/receipts/r1", paying(&again.body, &ada, "1")).await;
    assert_eq!((sold.status, warnings(&sold)), (201, vec!["checkoutExpired"]), "{sold:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_wins_over_another_tills_hold_and_what_differs_from_its_checkout_is_said() {
    let shop = Shop::open().await;
    let ada = shop.member("ada").await;
    let voucher = shop.voucher(&ada, json!({ "amount": 100 })).await;
    let held = shop.put("c1", &ada, json!([{ "offer": voucher }])).await;
    let mut other = paying(&held.body, &ada, "1");
    other["checkout"] = json!("nobody's");
    let sold = shop.call("PUT", "/v1/receipts/r1", other).await;
    assert_eq!(warnings(&sold), ["checkoutUnknown"], "{sold:?}");
    assert_eq!(sold.body["offers"][0]["state"], "redeemed", "{sold:?}");
    let again = shop.put("c1", &ada, json!([{ "offer": voucher }])).await;
    assert_eq!(offers(&again), ["usedHere"], "{again:?}");
    let mut differs = paying(&again.body, &ada, "2");
    differs["lines"][0]["quantity"] = json!(1);
    differs["total"] = json!(200);
    differs["payments"] = json!([{ "type": "card", "amount": 200 }]);
    let sold = shop.call("PUT", "/v1/receipts/r2", differs).await;
    assert_eq!(warnings(&sold), ["checkoutDiffers"], "{sold:?}");
    let elsewhere = json!({ "store": HELSINKI, "lines": [] });
    assert_eq!(shop.call("PUT", "/v1/checkouts/c1", elsewhere).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_engage_no_longer_lists_nobody_has_or_needs_a_customer_is_told_with_why() {
    let shop = Shop::open().await;
    let ada = shop.member("ada").await;
    let voucher = shop.voucher(&ada, json!({ "amount": 100 })).await;
    let with = json!([{ "offer": voucher }, { "offer": "2699999999999" }]);
    assert_eq!(offers(&shop.put("c1", &ada, with.clone()).await), ["live 100", "offerUnknown"]);
    let mut anonymous = basket(&ada, with.clone());
    anonymous.as_object_mut().unwrap().remove("contact");
    let unnamed = shop.call("PUT", "/v1/checkouts/c9", anonymous).await;
    assert_eq!(offers(&unnamed), ["needsContact", "needsContact"], "{unnamed:?}");
    // By e-mail too, of whom this database doesn't know yet.
    let mut by_email = basket(&ada, json!([]));
    by_email["contact"] = json!({ "email": "bo@example.com" });
    let bo = shop.member("bo").await;
    let his = shop.voucher(&bo, json!({ "amount": 50 })).await;
    by_email["discounts"] = json!([{ "offer": his }, { "offer": voucher }]);
    let found = shop.call("PUT", "/v1/checkouts/c3", by_email).await;
    assert_eq!(offers(&found), ["live 50", "heldElsewhere"], "{found:?}");
    // The web shop uses it meanwhile.
    let id = shop.admin("GET", &format!("contacts/{ada}"), Value::Null).await["vouchers"][0]["id"].clone();
    shop.admin("POST", &format!("vouchers/{}/redeem", id.as_str().unwrap()), Value::Null).await;
    assert_eq!(offers(&shop.put("c1", &ada, with).await), ["redeemed", "offerUnknown"]);
    let faulty = shop.put("c4", &ada, json!([{ "amount": -1 }, { "amount": 5, "lines": ["9"] }])).await;
    assert_eq!((faulty.status, faulty.code()), (422, "hasFaults"), "{faulty:?}");
    assert_eq!(faulty.body["errors"].as_array().unwrap().len(), 2, "{faulty:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_welcome_is_good_in_the_same_sale_also_before_engage_has_it() {
    let welcome = Promotion {
        welcome: Some(Welcome::Till),
        outage: Outage::Honour,
        gives: Some(Gives::Percent(10.into())),
        ..promotion("WELCOME10")
    };
    let shop = Shop::with(shop_with(Offers { promotions: vec![welcome], ..Offers::default() })).await;
    let defined = json!({
        "name": "Welcome", "externalId": "WELCOME10", "redemptionChannels": gives("PERCENT", "10"),
        "validity": { "startDate": "2020-01-15", "assignedValidity": { "unit": "Days", "amount": 30 } },
    });
    shop.admin("POST", "promotions", defined).await;
    let ada = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await.body;
    let hers = json!([{ "offer": ada["offers"][0]["offerId"] }]);
    let live = shop.put("c1", ada["contactId"].as_str().unwrap(), hers).await;
    assert_eq!(offers(&live), ["live 40"], "{live:?} {ada}");
    shop.cut().await;
    let bo = shop.call("POST", "/v1/contacts", enrolment("bo@example.com")).await.body;
    let his = json!([{ "offer": bo["offers"][0]["offerId"] }]);
    let dark = shop.put("c2", bo["contactId"].as_str().unwrap(), his.clone()).await;
    assert_eq!(offers(&dark), ["notYet 40"], "{dark:?} {bo}");
    assert_eq!(shop.call("DELETE", "/v1/checkouts/c2", Value::Null).await.status, 204);
    let not_hers = shop.put("c3", ada["contactId"].as_str().unwrap(), his).await;
    assert_eq!(offers(&not_hers), ["offerUnknown"], "{not_hers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_engage_cant_be_asked_each_offer_goes_by_its_policy() {
    let vouchers = Vouchers { outage: Outage::HonourUpTo(vec![(sek(), 150.into())]), ..Vouchers::default() };
    let promotions =
        vec![promotion("REFUSED"), Promotion { outage: Outage::Honour, ..promotion("HONOURED") }];
    let shop = Shop::with(shop_with(Offers { promotions, vouchers, ..Offers::default() })).await;
    let ada = shop.member("ada").await;
    shop.given(&ada, "REFUSED", gives("PERCENT", "10")).await;
    shop.given(&ada, "HONOURED", gives("PERCENT", "10")).await;
    let mut numbers = Vec::new();
    for _ in 0..2 {
        numbers.push(shop.voucher(&ada, json!({ "amount": 100 })).await);
    }
    let all = json!([{ "offer": "REFUSED" }, { "offer": "HONOURED" }, { "offer": numbers[0] }, { "offer": numbers[1] }]);
    // What a checkout saw is what an outage goes by.
    let seen = shop.put("c1", &ada, all.clone()).await;
    assert_eq!(offers(&seen), ["live 40", "live 36", "live 100", "live 100"], "{seen:?}");
    shop.cut().await;
    // What this checkout holds was verified when it took it.
    assert_eq!(
        offers(&shop.put("c1", &ada, all.clone()).await),
        ["live 40", "live 36", "live 100", "live 100"]
    );
    shop.call("DELETE", "/v1/checkouts/c1", Value::Null).await;
    let dark = shop.put("c2", &ada, all.clone()).await;
    let expected = ["offerNotVerified", "lastKnown 40", "lastKnown 100", "outageLimitReached"];
    assert_eq!(offers(&dark), expected, "{dark:?}");
    // Held again by the same checkout it counts once; by another it is beyond the limit.
    assert_eq!(offers(&shop.put("c2", &ada, all).await), expected);
    let other = shop.put("c3", &ada, json!([{ "offer": numbers[1] }, { "offer": "2699999999999" }])).await;
    assert_eq!(offers(&other), ["outageLimitReached", "offerNotVerified"], "{other:?}");
}
