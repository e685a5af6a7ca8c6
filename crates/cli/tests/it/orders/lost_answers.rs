//! Whatever becomes of the answer of a call about an order, Engage has the order once and as it was said, and its action
//! was triggered once, or a person was asked before it could be twice. Each call meets each fault in a shop of its own.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::stand::{ACT, CREATE, DELETE, JOB, READ, REPLACE, codes, open, order, sale};
use crate::api::STOCKHOLM;
use crate::wrong::Wrong;

/// Shops that are open at once; most of it is waiting.
const AT_ONCE: usize = 12;

/// Plays something with each call under each fault.
async fn under_each<F: Future<Output = ()> + Send + 'static>(
    calls: &[(&'static str, &'static str)],
    play: impl Fn((&'static str, &'static str), Wrong) -> F,
) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut plays = JoinSet::new();
    for (call, wrong) in calls.iter().flat_map(|call| Wrong::ALL.map(|wrong| (*call, wrong))) {
        let (place, play) = (Arc::clone(&places), play(call, wrong));
        plays.spawn(async move {
            let _place = place.acquire_owned().await;
            play.await;
        });
    }
    plays.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_about_an_order_is_lost_it_is_there_once_as_it_was_said_and_acted_on_once() {
    under_each(&[CREATE, JOB, READ, REPLACE, DELETE], async |call, wrong| {
        let stand = open().await;
        let tell = format!("{call:?} {wrong:?}");
        stand.order_fault(call, wrong.kind()).await;
        let made = stand.put("o1", order("Ordered")).await;
        assert!(matches!(made.status, 201 | 202), "{tell}: {made:?}");
        assert_eq!(stand.ended().await, Vec::<Value>::new(), "{tell}");
        assert_eq!(stand.order_in_engage("o1").await["externalStatus"], "Ordered", "{tell}");
        let changed = stand.put("o1", order("Packed")).await;
        assert!(matches!(changed.status, 200 | 202), "{tell}: {changed:?}");
        let acted = stand.act("o1", "tell-her", json!({ "store": STOCKHOLM, "action": "Packed" })).await;
        assert!(matches!(acted.status, 201 | 202), "{tell}: {acted:?}");
        assert_eq!(stand.ended().await, Vec::<Value>::new(), "{tell}");
        let stored = stand.order_in_engage("o1").await;
        assert_eq!((&stored["externalStatus"], stand.triggered("o1").await), (&json!("Packed"), 1), "{tell}");
        assert_eq!(stand.order("o1").await["state"], "delivered", "{tell}");
        stand.shop.call("DELETE", "/v1/orders/o1", Value::Null).await;
        assert_eq!(stand.ended().await, Vec::<Value>::new(), "{tell}");
        let deeds = stand.order_deeds("o1").await;
        assert_eq!((deeds.first().unwrap(), deeds.last().unwrap()), (&"stored".into(), &"deleted".into()));
        assert_eq!(stand.order_in_engage("o1").await, Value::Null, "{tell}: {deeds:?}");
        assert_eq!(stand.order("o1").await["state"], "deleted", "{tell}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_of_a_digital_receipts_order_is_lost_it_is_sent_once_and_the_receipt_waits_for_nothing()
 {
    under_each(&[CREATE, JOB, READ], async |call, wrong| {
        let stand = open().await;
        stand.order_fault(call, wrong.kind()).await;
        let taken = stand.sell("r1", sale()).await;
        assert_eq!(taken["warnings"], Value::Null, "{call:?} {wrong:?}: {taken}");
        stand.shop.until("r1", "delivered").await;
        assert_eq!(stand.ended().await, Vec::<Value>::new(), "{call:?} {wrong:?}");
        assert_eq!(stand.triggered("r1").await, 1, "{call:?} {wrong:?}");
        let stored = stand.order_in_engage("r1").await;
        assert_eq!(stored["totalPrice"].to_string(), "400.00", "{call:?} {wrong:?}: {stored}");
        stand.shop.admin("POST", "import", Value::Null).await;
        assert_eq!(stand.shop.engages("r1").await.len(), 1, "{call:?} {wrong:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_whose_answer_is_lost_waits_for_a_person_and_is_never_triggered_twice_by_itself() {
    under_each(&[ACT], async |_, wrong| {
        let stand = open().await;
        stand.order_fault(ACT, wrong.kind()).await;
        stand.sell("r1", sale()).await;
        let attention = stand.ended().await;
        stand.shop.until("r1", "delivered").await;
        if wrong.surely_nothing() {
            assert_eq!((attention.len(), stand.triggered("r1").await), (0, 1), "{wrong:?}: {attention:?}");
            return;
        }
        assert_eq!(codes(&attention), [("orderAction", "actionUnknown")], "{wrong:?}");
        assert_eq!(stand.triggered("r1").await, usize::from(wrong.happens()), "{wrong:?}");
        let told = stand.order("r1").await;
        assert_eq!(told["actions"][0]["delivery"]["state"], "needsAttention", "{wrong:?}: {told}");
        if wrong.happens() {
            // Somebody saw that she has it.
            let path = format!("/v1/deliveries/{}/discard", attention[0]["id"].as_str().unwrap());
            let given_up = stand.shop.call("POST", &path, json!({ "reason": "she has it" })).await;
            assert_eq!(given_up.status, 200, "{wrong:?}: {given_up:?}");
        } else {
            // Somebody saw that she hasn't.
            stand.retry(&attention[0]).await;
        }
        assert_eq!(stand.ended().await, Vec::<Value>::new(), "{wrong:?}");
        assert_eq!(stand.triggered("r1").await, 1, "{wrong:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_what_is_said_is_a_persons_and_holds_nothing_else_up() {
    for status in [400, 404, 409, 422] {
        let stand = open().await;
        for call in [CREATE, REPLACE] {
            stand.order_fault(call, json!({ "status": { "code": status } })).await;
        }
        stand.sell("r1", sale()).await;
        stand.shop.until("r1", "delivered").await;
        let path = "/v1/deliveries?state=needsAttention";
        let is_told = |page: &Value| page["items"].as_array().is_some_and(|rows| !rows.is_empty());
        // A conflict is taken for an order that is there, which is replaced.
        let attention = stand.shop.until_that(path, is_told).await;
        assert_eq!(attention["items"][0]["kind"], "storeOrder", "{status}: {attention}");
        assert_eq!(stand.triggered("r1").await, 0, "{status}: its action waits for it");
        stand.shop.mend().await;
        stand.retry(&attention["items"][0]).await;
        assert_eq!(stand.ended().await, Vec::<Value>::new(), "{status}");
        assert_eq!(stand.order_deeds("r1").await, ["stored", "actionTriggered"], "{status}");
    }
}
