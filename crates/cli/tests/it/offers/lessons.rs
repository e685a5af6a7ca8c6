//! What goes wrong with offers in products like this one: each a test, named as a sentence.

use gateway::settings::Welcome;
use serde_json::{Value, json};

use super::stand::{ADA, FIFTY, REDEEM_VOUCHER, Stand, WELCOME, offers_of, promotions, sale, states, with};
use crate::api::enrolment;

/// Check and use of a coupon are apart: used twice.
#[tokio::test(flavor = "multi_thread")]
async fn of_four_tills_that_use_one_voucher_at_once_one_redeems_it_and_the_others_are_told() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    let sell = |n: u32| {
        let (stand, body) = (&stand, sale(&voucher.number, 100));
        async move { stand.sell(&format!("till-{n}"), body).await }
    };
    let (a, b, c, d) = tokio::join!(sell(1), sell(2), sell(3), sell(4));
    let mut told: Vec<(String, String)> = [a, b, c, d].iter().flat_map(offers_of).collect();
    told.sort();
    let used_here = ("exception".to_owned(), "usedHere".to_owned());
    let redeemed = ("redeemed".to_owned(), String::new());
    assert_eq!(told, [used_here.clone(), used_here.clone(), used_here, redeemed]);
    assert_eq!(stand.deeds(&voucher.id).await, ["redeemed"]);
    assert_eq!(stand.exceptions().await.len(), 3);
    for n in 1..=4 {
        stand.shop.until(&format!("till-{n}"), "delivered").await;
    }
}

/// Points doubled on offline re-sync.
#[tokio::test(flavor = "multi_thread")]
async fn a_sale_of_the_dark_that_is_sent_again_and_again_uses_its_voucher_once() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    stand.cut().await;
    for status in [201, 200, 200] {
        let taken = stand.shop.call("PUT", "/v1/receipts/dark", sale(&voucher.number, 100)).await;
        assert_eq!(taken.status, status, "{taken:?}");
        assert_eq!(states(&taken.body), ["pending"], "{taken:?}");
    }
    stand.mend().await;
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    let again = stand.shop.call("PUT", "/v1/receipts/dark", sale(&voucher.number, 100)).await;
    assert_eq!((again.status, states(&again.body)), (200, vec!["redeemed".to_owned()]), "{again:?}");
    assert_eq!(stand.deeds(&voucher.id).await, ["redeemed"]);
    stand.is_imported_once("dark", &ada).await;
}

/// A timed-out order eats the reward; a missed second call leaves it usable.
#[tokio::test(flavor = "multi_thread")]
async fn a_reward_is_used_with_its_sale_and_by_no_other_call() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    // A sale that is never finished: looked up, checked, and that was it.
    let asked = stand.shop.call("POST", "/v1/receipts/validate", sale(&voucher.number, 100)).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let refused =
        stand.shop.call("PUT", "/v1/receipts/cut?strict=true", json!({ "store": "store03-stockholm" })).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    assert_eq!(stand.deeds(&voucher.id).await, Vec::<String>::new(), "nothing was eaten");
    // One call says all of it, and the reward is used.
    stand.sell("sale", sale(&voucher.number, 100)).await;
    assert_eq!(stand.deeds(&voucher.id).await, ["redeemed"]);
}

/// A flaky link leaves a reward reserved for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_reward_whose_sale_was_withdrawn_while_the_link_was_down_can_be_used_again_at_once() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    stand.cut().await;
    stand.sell("first", sale(&voucher.number, 100)).await;
    stand.void("first").await;
    let taken = stand.sell("second", sale(&voucher.number, 100)).await;
    assert_eq!(states(&taken), ["pending"], "{taken}");
    stand.mend().await;
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    assert_eq!(stand.deeds(&voucher.id).await, ["redeemed"], "and no reactivation was spent on it");
    assert_eq!(states(&stand.receipt("second").await), ["redeemed"]);
}

/// A cancelled order doesn't give the code back.
#[tokio::test(flavor = "multi_thread")]
async fn a_void_gives_the_voucher_back_and_the_promotion_anew() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let (voucher, assignment) = (stand.voucher(&ada).await, stand.given_in_engage(&ada, FIFTY).await);
    stand.looked_up(&ada).await;
    stand.sell("with-voucher", sale(&voucher.number, 100)).await;
    stand.sell("with-promotion", sale(&assignment, 50)).await;
    for id in ["with-voucher", "with-promotion"] {
        stand.void(id).await;
    }
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    assert_eq!(stand.deeds(&voucher.id).await, ["redeemed", "reactivated"]);
    assert_eq!(stand.deeds(&assignment).await, ["assigned", "redeemed"], "Engage takes that back of none");
    let shown = stand.looked_up(&ada).await;
    let loyalty = &shown["profile"]["loyalty"];
    assert_eq!(loyalty["vouchers"][0]["number"], json!(voucher.number), "{loyalty}");
    let [anew] = loyalty["promotions"].as_array().unwrap().as_slice() else { panic!("one: {loyalty}") };
    assert_ne!(anew["assignmentId"], json!(assignment));
    // Both can be used again.
    let again = stand.sell("again", sale(&voucher.number, 100)).await;
    assert_eq!(states(&again), ["redeemed"], "{again}");
    let again = stand.sell("anew", sale(anew["assignmentId"].as_str().unwrap(), 50)).await;
    assert_eq!(states(&again), ["redeemed"], "{again}");
}

/// Assign twice gives two offers.
#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_is_said_twice_is_one_offer_and_two_wishes_are_two() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let first = stand.assign("wish-1", &ada, FIFTY).await;
    let again = stand.assign("wish-1", &ada, FIFTY).await;
    assert_eq!((first.status, again.status), (201, 200), "{first:?} {again:?}");
    assert_eq!(again.body["offerId"], first.body["offerId"]);
    assert_eq!(stand.deeds_of(&ada).await, ["assigned"]);
    let second = stand.assign("wish-2", &ada, FIFTY).await;
    assert_ne!(second.body["offerId"], first.body["offerId"], "{second:?}");
    // Each is used by itself, under the id that the till was given.
    for (id, offer) in [("one", &first), ("two", &second)] {
        let taken = stand.sell(id, sale(offer.body["offerId"].as_str().unwrap(), 50)).await;
        assert_eq!(states(&taken), ["redeemed"], "{taken}");
    }
    assert_eq!(stand.deeds_of(&ada).await, ["assigned", "assigned", "redeemed", "redeemed"]);
}

/// The welcome automation and the till both assign.
#[tokio::test(flavor = "multi_thread")]
async fn where_the_automation_welcomes_a_till_that_asks_for_the_welcome_gives_no_second() {
    let stand = Stand::with(with(promotions(Some(Welcome::Automation))), json!({})).await;
    let automation = json!({ "welcome": { "promotion": WELCOME, "delaySeconds": 0 } });
    stand.shop.admin("PUT", "automations", automation).await;
    let enrolled = stand.shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    let ada = enrolled.body["contactId"].as_str().unwrap();
    let asked = stand.assign("till", ada, WELCOME).await;
    assert!(asked.status <= 202, "{asked:?}");
    assert_eq!(asked.body["offerId"], enrolled.body["offers"][0]["offerId"], "{asked:?}");
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    assert_eq!(stand.deeds_of(ada).await, ["assigned"]);
    assert_eq!(stand.findings().await, Vec::<String>::new());
}

/// The available list may hold redeemed ones.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_is_shown_to_no_till_although_engage_lists_it() {
    let stand = Stand::with(with(promotions(Some(Welcome::Till))), json!({ "redeemedListed": "yes" })).await;
    let ada = stand.member().await;
    let (used, fresh) = (stand.given_in_engage(&ada, FIFTY).await, stand.given_in_engage(&ada, FIFTY).await);
    stand.shop.admin("POST", &format!("assignments/{used}/redeem"), json!({ "channel": "POS" })).await;
    let shown = stand.looked_up(&ada).await;
    let [one] = shown["profile"]["loyalty"]["promotions"].as_array().unwrap().as_slice() else {
        panic!("{shown}")
    };
    assert_eq!(one["assignmentId"], json!(fresh));
    let taken = stand.sell("sale", sale(&fresh, 50)).await;
    assert_eq!(states(&taken), ["redeemed"], "{taken}");
    assert_eq!(stand.deeds(&fresh).await, ["assigned", "redeemed"]);
}

/// `promotionId` is not the assignment id.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_till_calls_a_promotion_the_assignment_is_redeemed() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let promotion = stand.promotion(FIFTY).await;
    for (n, named) in [(1, promotion.as_str()), (2, FIFTY)] {
        let assignment = stand.given_in_engage(&ada, FIFTY).await;
        stand.looked_up(&ada).await;
        let taken = stand.sell(&format!("sale-{n}"), sale(named, 50)).await;
        assert_eq!(states(&taken), ["redeemed"], "by {named}: {taken}");
        assert_eq!(stand.deeds(&assignment).await, ["assigned", "redeemed"], "by {named}");
    }
    assert_eq!(stand.findings().await, Vec::<String>::new());
}

/// Ending a promotion keeps its assignments.
#[tokio::test(flavor = "multi_thread")]
async fn an_offer_of_a_promotion_that_was_ended_is_still_the_customers() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let assignment = stand.given_in_engage(&ada, FIFTY).await;
    stand.looked_up(&ada).await;
    let promotion = stand.promotion(FIFTY).await;
    stand.shop.admin("POST", &format!("promotions/{promotion}/end"), Value::Null).await;
    let taken = stand.sell("sale", sale(&assignment, 50)).await;
    assert_eq!(states(&taken), ["redeemed"], "{taken}");
    // What comes back can't be given anew: a person is told.
    stand.void("sale").await;
    let attention = stand.settled().await;
    let kinds: Vec<&Value> = attention.iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, [&json!("assignPromotion")], "{attention:?}");
}

/// The third reactivation is the last.
#[tokio::test(flavor = "multi_thread")]
async fn a_reactivation_is_spent_on_nothing_that_can_be_used_already() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    stand.sell("sale", sale(&voucher.number, 100)).await;
    stand.settled().await;
    // Somebody at the head office was quicker.
    stand.shop.admin("POST", &format!("vouchers/{}/reactivate", voucher.id), Value::Null).await;
    stand.void("sale").await;
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    let row = stand.voucher_in_engage(&voucher.id).await;
    assert_eq!((&row["redeemed"], &row["reactivations"]), (&Value::Null, &json!(1)), "{row}");
}

/// Some merchants want to honour a voucher that was shown as valid and lost the race.
#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_that_lost_the_race_is_honoured_and_accounted_for() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    stand.shop.admin("POST", &format!("vouchers/{}/redeem", voucher.id), Value::Null).await;
    let taken = stand.sell("sale", sale(&voucher.number, 100)).await;
    assert_eq!(taken["amounts"]["lines"][0]["paid"].to_string(), "300.00", "{taken}");
    assert_eq!(offers_of(&taken), [("exception".to_owned(), "alreadyRedeemed".to_owned())], "{taken}");
    let page = stand.shop.call("GET", "/v1/exceptions", Value::Null).await;
    let [exception] = page.body["items"].as_array().unwrap().as_slice() else { panic!("{page:?}") };
    let cost = exception["cost"]["amount"].to_string();
    assert_eq!((&exception["sale"], cost.as_str()), (&json!("sale"), "100.00"));
    stand.shop.until("sale", "delivered").await;
    stand.is_imported_once("sale", &ada).await;
}

/// A scanned voucher number without a contact.
#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_of_a_customer_whom_nobody_named_is_told_what_it_needs() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    let mut nobodys = sale(&voucher.number, 100);
    nobodys.as_object_mut().unwrap().remove("contact");
    let taken = stand.sell("sale", nobodys).await;
    assert_eq!(offers_of(&taken), [("exception".to_owned(), "voucherNeedsContact".to_owned())], "{taken}");
    assert_eq!(stand.deeds(&voucher.id).await, Vec::<String>::new());
    // It is used by that sale, and by no other.
    let taken = stand.sell("named", sale(&voucher.number, 100)).await;
    assert_eq!(offers_of(&taken), [("exception".to_owned(), "usedHere".to_owned())], "{taken}");
    // Claimed by the customer's address alone, it is found among hers, though nobody looked her up.
    let claimed = stand.shop.call("POST", "/v1/receipts/sale/contact", json!({ "email": ADA })).await;
    assert_eq!(claimed.status, 201, "{claimed:?}");
    stand.settled().await;
    assert_eq!(states(&stand.receipt("sale").await), ["redeemed"]);
    assert_eq!(stand.deeds(&voucher.id).await, ["redeemed"]);
}

/// A reward that isn't hers.
#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_of_somebody_else_is_not_redeemed() {
    let stand = Stand::open().await;
    let bo = stand.shop.has("Member", json!({ "email": "bo@example.com" })).await;
    stand.member().await;
    let voucher = stand.voucher(&bo).await;
    let taken = stand.sell("sale", sale(&voucher.number, 100)).await;
    assert_eq!(offers_of(&taken), [("exception".to_owned(), "offerNotFound".to_owned())], "{taken}");
    assert_eq!(stand.deeds(&voucher.id).await, Vec::<String>::new());
    stand.shop.until("sale", "delivered").await;
}

/// A receipt waits for nobody for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_redemption_that_engage_is_slow_with_keeps_no_till_waiting() {
    let mut hasty = with(promotions(Some(Welcome::Till)));
    hasty.wait = std::time::Duration::from_millis(500);
    let stand = Stand::with(hasty, json!({})).await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    stand.fault("POST", REDEEM_VOUCHER, 1, json!({ "delay": { "ms": 4_000 } })).await;
    let taken = stand.sell("sale", sale(&voucher.number, 100)).await;
    assert_eq!(states(&taken), ["pending"], "{taken}");
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    assert_eq!(states(&stand.receipt("sale").await), ["redeemed"]);
    stand.is_imported_once("sale", &ada).await;
}
