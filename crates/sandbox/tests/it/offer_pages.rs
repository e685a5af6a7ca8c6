//! What whoever runs the sandbox does with promotions and vouchers: by programs, and by the pages' buttons.

use serde_json::{Value, json};

use crate::loyalty::PROMOTION;
use crate::pages::{made, with_contact};
use crate::server::Running;
use crate::tenant::changed;

async fn status(running: &Running) -> Value {
    running.call("GET", "/_sandbox/promotions", "").await.unwrap().1["items"][0]["status"].clone()
}

#[tokio::test]
async fn a_promotion_is_drafted_activated_and_ended_by_the_sandboxs_own_calls() {
    let (running, _) = with_contact().await;
    let draft = changed(PROMOTION, "/status", Some(json!("Draft")));
    let odd = changed(PROMOTION, "/status", Some(json!("Ended")));
    assert_eq!(running.call("POST", "/_sandbox/promotions", &odd).await.unwrap().0, 400);
    let promotion = made(&running, "/_sandbox/promotions", &draft).await;
    assert_eq!(status(&running).await, json!("Draft"));
    for (verb, expected) in [("end", 409), ("activate", 204), ("activate", 409), ("end", 204), ("end", 409)] {
        let answer = running.call("POST", &format!("/_sandbox/promotions/{promotion}/{verb}"), "").await;
        assert_eq!(answer.unwrap().0, expected, "{verb}");
    }
    assert_eq!(status(&running).await, json!("Ended"));
    running.stop().await;
}

#[tokio::test]
async fn what_was_done_with_offers_is_listed_and_can_be_narrowed_down() {
    let (running, contact) = with_contact().await;
    let promotion = made(&running, "/_sandbox/promotions", PROMOTION).await;
    let body = json!({ "contactId": contact, "promotionId": promotion }).to_string();
    let (_, answer) = running.call("POST", "/api/v3/promotion-assignments", &body).await.unwrap();
    let assignment = answer["id"].as_str().unwrap();
    let redeem = format!("/api/v3/promotion-assignments/{assignment}/redeem");
    for expected in [200, 409] {
        let body = r#"{"redemptionChannel":"POS"}"#;
        assert_eq!(running.call("POST", &redeem, body).await.unwrap().0, expected);
    }
    let gift = json!({ "amount": 50 }).to_string();
    let voucher = made(&running, &format!("/_sandbox/contacts/{contact}/vouchers"), &gift).await;
    for verb in ["redeem", "reactivate"] {
        let target = format!("/_sandbox/vouchers/{voucher}/{verb}");
        assert_eq!(running.call("POST", &target, "").await, Some((204, Value::Null)));
    }
    let target = format!("/_sandbox/assignments/{assignment}");
    assert_eq!(running.call("DELETE", &target, "").await, Some((204, Value::Null)));
    let (_, all) = running.call("GET", "/_sandbox/effects/offers", "").await.unwrap();
    let rows = all["items"].as_array().unwrap();
    let kinds: Vec<_> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["assigned", "redeemed", "redeemed", "reactivated", "deleted"]);
    let used = &rows[1];
    assert_eq!(
        (&used["id"], &used["contact"], &used["promotion"], &used["channel"], &used["by"]),
        (&json!(assignment), &json!(contact), &json!(promotion), &json!("POS"), &json!({ "request": 3 }))
    );
    assert!(rows[2]["voucher"].is_string() && rows[2]["by"] == json!("person"), "{}", rows[2]);
    for (query, count) in [
        (format!("id={assignment}"), 3),
        (format!("id={assignment}&kind=redeemed"), 1),
        (format!("contact={contact}"), 5),
        ("contact=nobody".to_owned(), 0),
    ] {
        let target = format!("/_sandbox/effects/offers?{query}");
        let (_, page) = running.call("GET", &target, "").await.unwrap();
        assert_eq!(page["totalCount"], json!(count), "{query}");
    }
    running.stop().await;
}

#[tokio::test]
async fn the_pages_have_buttons_for_what_only_a_person_does() {
    let (running, contact) = with_contact().await;
    let define = "act=definePromotion&name=Welcome&stage=draft&channel=POS&valueType=PERCENT&value=10&days=30\
                  &firstDay=&lastDay=&externalId=&heading=&description=&instruction=";
    assert!(running.form(define).await.contains("location: /_sandbox/promotions"));
    let (_, promotions) = running.call("GET", "/_sandbox/promotions", "").await.unwrap();
    let promotion = promotions["items"][0]["id"].as_str().unwrap().to_owned();
    let page = running.page("/_sandbox/promotions").await;
    assert!(page.contains(">Draft<") && page.contains("value=\"activatePromotion\""), "{page}");
    let own = running.page(&format!("/_sandbox/contacts/{contact}")).await;
    assert!(!own.contains(&promotion), "a draft cannot be given");
    let activate = format!("act=activatePromotion&promotion={promotion}");
    assert!(running.form(&activate).await.contains("location: /_sandbox/promotions"));

    let contact_page = format!("/_sandbox/contacts/{contact}");
    running.form(&format!("act=assignPromotion&contact={contact}&promotion={promotion}")).await;
    running.form(&format!("act=giveVoucher&contact={contact}&amount=100&name=&lastDay=&points=0")).await;
    let (_, all) = running.call("GET", &contact_page, "").await.unwrap();
    let voucher = all["vouchers"][0]["id"].as_str().unwrap();
    let assignment = all["assignments"][0]["assignment"]["id"].as_str().unwrap();
    running.form(&format!("act=redeemVoucher&contact={contact}&voucher={voucher}")).await;
    let own = running.page(&contact_page).await;
    assert!(
        own.contains("value=\"reactivateVoucher\"") && own.contains("value=\"deleteAssignment\""),
        "{own}"
    );
    for (act, field, id) in
        [("reactivateVoucher", "voucher", voucher), ("deleteAssignment", "assignment", assignment)]
    {
        let answer = running.form(&format!("act={act}&contact={contact}&{field}={id}")).await;
        assert!(answer.contains(&format!("location: {contact_page}")), "{act}: {answer}");
    }
    let own = running.page(&contact_page).await;
    assert!(own.contains(">deleted<") && !own.contains("value=\"deleteAssignment\""), "{own}");
    let (_, all) = running.call("GET", &contact_page, "").await.unwrap();
    assert_eq!(
        (&all["vouchers"][0]["redeemed"], &all["vouchers"][0]["reactivations"]),
        (&Value::Null, &json!(1))
    );
    let end = format!("act=endPromotion&promotion={promotion}");
    assert!(running.form(&end).await.contains("location: /_sandbox/promotions"));
    assert!(running.page("/_sandbox/promotions").await.contains(">Ended<"));
    running.stop().await;
}
