//! Becoming a member in the shop: the welcome is there at once, and once, whoever gives it and whatever is lost.

use gateway::settings::Welcome;
use serde_json::{Value, json};

use super::stand::{ADA, ASSIGN, Stand, WELCOME, promotions, sale, states, with};
use crate::api::{Answer, enrolment};

/// The one offer that came with an enrolment.
fn welcome(enrolled: &Answer) -> &Value {
    let [offer] = enrolled.body["offers"].as_array().map_or(&[][..], Vec::as_slice) else {
        panic!("one welcome: {enrolled:?}")
    };
    assert_eq!(offer["promotion"], WELCOME, "{enrolled:?}");
    offer
}

fn offer_id(offer: &Value) -> String {
    let id = offer["offerId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("tbo-"), "{offer}");
    id
}

async fn enrol(stand: &Stand) -> Answer {
    stand.shop.call("POST", "/v1/contacts", enrolment(ADA)).await
}

/// Her only assignment, once it is there.
async fn assignment(stand: &Stand, contact: &str) -> String {
    let mine = stand.shop.admin("GET", &format!("contacts/{contact}"), Value::Null).await;
    let [one] = mine["assignments"].as_array().unwrap().as_slice() else { panic!("one: {mine}") };
    one["assignment"]["id"].as_str().unwrap().to_owned()
}

async fn contact(stand: &Stand) -> String {
    let all = stand.shop.admin("GET", "contacts?count=1000", Value::Null).await;
    let [one] = all["items"].as_array().unwrap().as_slice() else { panic!("one contact: {all}") };
    one["id"].as_str().unwrap().to_owned()
}

/// She buys with her welcome, and it is redeemed before the receipt goes.
async fn is_used_at_once(stand: &Stand, offer: &str) {
    let taken = stand.sell("first", sale(offer, 40)).await;
    assert_eq!(states(&taken), ["redeemed"], "{taken}");
    stand.shop.until("first", "delivered").await;
    let (ada, sent) = (contact(stand).await, stand.shop.engages("first").await);
    assert_eq!(stand.deeds(&assignment(stand, &ada).await).await, ["assigned", "redeemed"]);
    let sent: Value = serde_json::from_str(sent[0]["body"].as_str().unwrap()).unwrap();
    let used = json!([{ "promotionId": stand.promotion(WELCOME).await }]);
    assert_eq!(sent["usedPromotions"], used, "{sent}");
    assert_eq!(stand.findings().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_up_gets_the_welcome_and_uses_it_in_the_same_sale() {
    let stand = Stand::open().await;
    let enrolled = enrol(&stand).await;
    let offer = welcome(&enrolled);
    assert_eq!((enrolled.status, &offer["state"]), (201, &json!("ready")), "{enrolled:?}");
    let ada = enrolled.body["contactId"].as_str().unwrap();
    assert_eq!(offer["assignmentId"], json!(assignment(&stand, ada).await));
    is_used_at_once(&stand, &offer_id(offer)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_a_subscriber_and_becomes_a_member_gets_it_too() {
    let stand = Stand::open().await;
    stand.shop.has("Contact", json!({ "email": ADA })).await;
    let enrolled = enrol(&stand).await;
    assert_eq!(enrolled.body["outcome"], "promoted", "{enrolled:?}");
    assert_eq!(welcome(&enrolled)["state"], "ready", "{enrolled:?}");
    is_used_at_once(&stand, &offer_id(welcome(&enrolled))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_a_member_before_gets_none() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let enrolled = enrol(&stand).await;
    assert_eq!((enrolled.status, &enrolled.body["outcome"]), (200, &json!("existed")), "{enrolled:?}");
    let told = (&welcome(&enrolled)["state"], &welcome(&enrolled)["code"]);
    assert_eq!(told, (&json!("notGiven"), &json!("notNew")), "{enrolled:?}");
    assert_eq!(stand.deeds_of(&ada).await, Vec::<String>::new());
    // Nor does a till that asks for it by itself get her one that it can't have.
    assert_eq!(stand.assign("own", &ada, WELCOME).await.body["state"], "notGiven");
    assert_eq!(stand.deeds_of(&ada).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_had_the_welcome_before_gets_no_second_and_may_use_the_first() {
    let stand = Stand::with(with(promotions(Some(Welcome::Till))), json!({ "redeemedListed": "yes" })).await;
    let subscriber = stand.shop.has("Contact", json!({ "email": ADA })).await;
    let first = stand.given_in_engage(&subscriber, WELCOME).await;
    let enrolled = enrol(&stand).await;
    let offer = welcome(&enrolled);
    assert_eq!((&offer["state"], &offer["assignmentId"]), (&json!("ready"), &json!(first)), "{enrolled:?}");
    assert_eq!(stand.deeds_of(&subscriber).await, ["assigned"]);

    let other = Stand::with(with(promotions(Some(Welcome::Till))), json!({ "redeemedListed": "yes" })).await;
    let subscriber = other.shop.has("Contact", json!({ "email": ADA })).await;
    let first = other.given_in_engage(&subscriber, WELCOME).await;
    other.shop.admin("POST", &format!("assignments/{first}/redeem"), json!({ "channel": "POS" })).await;
    let enrolled = enrol(&other).await;
    let told = (&welcome(&enrolled)["state"], &welcome(&enrolled)["code"]);
    assert_eq!(told, (&json!("notGiven"), &json!("hadBefore")), "{enrolled:?}");
    assert_eq!(other.deeds_of(&subscriber).await, ["assigned", "redeemed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_welcome_whose_answer_was_lost_is_given_once_and_can_be_used_meanwhile() {
    for kind in [json!("cutBefore"), json!("cutAfter"), json!({ "statusAfter": { "code": 504 } })] {
        let stand = Stand::open().await;
        stand.fault("POST", ASSIGN, 1, kind.clone()).await;
        let enrolled = enrol(&stand).await;
        assert_eq!(
            (enrolled.status, &welcome(&enrolled)["state"]),
            (201, &json!("pending")),
            "{kind}: {enrolled:?}"
        );
        let taken = stand.sell("first", sale(&offer_id(welcome(&enrolled)), 40)).await;
        assert!(["pending", "redeemed"].contains(&states(&taken)[0].as_str()), "{kind}: {taken}");
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{kind}");
        assert_eq!(states(&stand.receipt("first").await), ["redeemed"], "{kind}");
        let ada = contact(&stand).await;
        assert_eq!(stand.deeds_of(&ada).await, ["assigned", "redeemed"], "{kind}");
        stand.is_imported_once("first", &ada).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_welcome_reaches_a_fresh_contact_that_engage_does_not_show_yet() {
    for unknown in ["notFound404", "empty"] {
        let switches = json!({ "visibilityDelaySeconds": 1, "listsOfUnknownContact": unknown });
        let stand = Stand::with(with(promotions(Some(Welcome::Till))), switches).await;
        let enrolled = enrol(&stand).await;
        assert_eq!(enrolled.status, 201, "{unknown}: {enrolled:?}");
        let offer = offer_id(welcome(&enrolled));
        stand.sell("first", sale(&offer, 40)).await;
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{unknown}");
        let ada = contact(&stand).await;
        assert_eq!(stand.deeds_of(&ada).await, ["assigned", "redeemed"], "{unknown}");
        stand.is_imported_once("first", &ada).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_tenants_automation_gives_the_welcome_the_till_waits_for_that_one() {
    for delay in [0, 1] {
        let stand = Stand::with(with(promotions(Some(Welcome::Automation))), json!({})).await;
        let automation = json!({ "welcome": { "promotion": WELCOME, "delaySeconds": delay } });
        stand.shop.admin("PUT", "automations", automation).await;
        let enrolled = enrol(&stand).await;
        assert_eq!(enrolled.status, 201, "{delay}: {enrolled:?}");
        let offer = offer_id(welcome(&enrolled));
        stand.sell("first", sale(&offer, 40)).await;
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{delay}");
        let ada = contact(&stand).await;
        assert_eq!(stand.deeds_of(&ada).await, ["assigned", "redeemed"], "{delay}: the automation's alone");
        stand.is_imported_once("first", &ada).await;
        assert_eq!(stand.findings().await, Vec::<String>::new(), "{delay}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_up_in_the_dark_uses_the_welcome_at_once_and_gets_it_later() {
    let stand = Stand::open().await;
    stand.cut().await;
    let enrolled = enrol(&stand).await;
    assert_eq!((enrolled.status, &enrolled.body["outcome"]), (202, &json!("later")), "{enrolled:?}");
    assert_eq!(welcome(&enrolled)["state"], "offline", "{enrolled:?}");
    let taken = stand.sell("first", sale(&offer_id(welcome(&enrolled)), 40)).await;
    assert_eq!(
        (&taken["state"], states(&taken)),
        (&json!("accepted"), vec!["pending".to_owned()]),
        "{taken}"
    );
    stand.mend().await;
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    let ada = contact(&stand).await;
    assert_eq!(stand.deeds_of(&ada).await, ["assigned", "redeemed"]);
    stand.is_imported_once("first", &ada).await;
    let shown = stand.receipt("first").await;
    assert_eq!((states(&shown), &shown["contactId"]), (vec!["redeemed".to_owned()], &json!(ada)), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_assigns_the_welcome_by_itself_gets_the_offer_that_came_with_the_sign_up() {
    let stand = Stand::open().await;
    let enrolled = enrol(&stand).await;
    let ada = enrolled.body["contactId"].as_str().unwrap();
    for (key, named) in [("till-1", WELCOME.to_owned()), ("till-2", stand.promotion(WELCOME).await)] {
        let again = stand.assign(key, ada, &named).await;
        assert_eq!((again.status, &again.body["state"]), (200, &json!("ready")), "{again:?}");
        assert_eq!(again.body["offerId"], welcome(&enrolled)["offerId"], "{again:?}");
    }
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    assert_eq!(stand.deeds_of(ada).await, ["assigned"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_tills_that_sign_the_same_person_up_give_one_welcome() {
    let stand = Stand::open().await;
    stand.fault("POST", "/api/v3/contacts", 1, json!({ "delay": { "ms": 200 } })).await;
    let (a, b, c, d) = tokio::join!(enrol(&stand), enrol(&stand), enrol(&stand), enrol(&stand));
    for answer in [a, b, c, d] {
        assert!(answer.status <= 202, "{answer:?}");
    }
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    let ada = contact(&stand).await;
    assert_eq!(stand.deeds_of(&ada).await, ["assigned"]);
}
