//! Whatever becomes of the answer of a call about an offer, it has one effect.
//!
//! The calls are those that assign, redeem a promotion, redeem a voucher and make one usable again. Engage tells none of
//! them apart from its repetition. Each meets each fault in a shop of its own.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::stand::{
    ASSIGN, FIFTY, REACTIVATE, REDEEM_PROMOTION, REDEEM_VOUCHER, Stand, offers_of, sale, states,
};
use crate::wrong::Wrong;

/// What goes wrong with a call here.
const TRIED: [Wrong; 6] =
    [Wrong::CutBefore, Wrong::CutAfter, Wrong::Late, Wrong::GatewayTimeout, Wrong::TooMany, Wrong::Ill];

/// Plays something under each fault, all of them at once: most of it is waiting.
async fn under_each<F: Future<Output = ()> + Send + 'static>(play: impl Fn(Wrong) -> F) {
    let plays: JoinSet<()> = TRIED.into_iter().map(play).collect();
    plays.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_of_an_assignment_is_lost_it_is_one_offer() {
    under_each(async |wrong| {
        let stand = Stand::open().await;
        let ada = stand.member().await;
        // One that she has already, of the same promotion, is not mistaken for ours.
        let other = stand.given_in_engage(&ada, FIFTY).await;
        stand.fault("POST", ASSIGN, 1, wrong.kind()).await;
        let answer = stand.assign("gift-1", &ada, FIFTY).await;
        assert_eq!((answer.status, &answer.body["state"]), (202, &json!("pending")), "{wrong:?}: {answer:?}");
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{wrong:?}");
        let again = stand.assign("gift-1", &ada, FIFTY).await;
        assert_eq!((again.status, &again.body["state"]), (200, &json!("ready")), "{wrong:?}: {again:?}");
        assert_eq!(again.body["offerId"], answer.body["offerId"], "{wrong:?}");
        let own = again.body["assignmentId"].as_str().unwrap();
        assert_ne!(own, other, "{wrong:?}");
        assert_eq!(stand.deeds(own).await, ["assigned"], "{wrong:?}");
        assert_eq!(stand.deeds_of(&ada).await, ["assigned", "assigned"], "{wrong:?}: hers, and ours once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_of_a_promotions_redemption_is_lost_it_is_redeemed_once() {
    under_each(async |wrong| {
        let stand = Stand::open().await;
        let ada = stand.member().await;
        let assignment = stand.given_in_engage(&ada, FIFTY).await;
        stand.looked_up(&ada).await;
        stand.fault("POST", REDEEM_PROMOTION, 1, wrong.kind()).await;
        let taken = stand.sell("sale", sale(&assignment, 50)).await;
        assert_eq!(states(&taken), ["pending"], "{wrong:?}: {taken}");
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{wrong:?}");
        assert_eq!(states(&stand.receipt("sale").await), ["redeemed"], "{wrong:?}");
        assert_eq!(stand.deeds(&assignment).await, ["assigned", "redeemed"], "{wrong:?}");
        stand.is_imported_once("sale", &ada).await;
        // The till had no answer either.
        assert_eq!(stand.shop.call("PUT", "/v1/receipts/sale", sale(&assignment, 50)).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_of_a_vouchers_redemption_is_lost_it_is_redeemed_once() {
    under_each(async |wrong| {
        let stand = Stand::open().await;
        let ada = stand.member().await;
        let voucher = stand.voucher(&ada).await;
        stand.looked_up(&ada).await;
        stand.fault("POST", REDEEM_VOUCHER, 1, wrong.kind()).await;
        let taken = stand.sell("sale", sale(&voucher.number, 100)).await;
        assert_eq!(states(&taken), ["pending"], "{wrong:?}: {taken}");
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{wrong:?}");
        assert_eq!(states(&stand.receipt("sale").await), ["redeemed"], "{wrong:?}");
        assert_eq!(stand.deeds(&voucher.id).await, ["redeemed"], "{wrong:?}");
        stand.is_imported_once("sale", &ada).await;
        assert_eq!(stand.exceptions().await, [], "{wrong:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_of_a_reactivation_is_lost_it_counts_once() {
    under_each(async |wrong| {
        let stand = Stand::open().await;
        let ada = stand.member().await;
        let voucher = stand.voucher(&ada).await;
        stand.looked_up(&ada).await;
        stand.sell("sale", sale(&voucher.number, 100)).await;
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{wrong:?}");
        stand.fault("POST", REACTIVATE, 1, wrong.kind()).await;
        stand.void("sale").await;
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{wrong:?}");
        let shown = stand.receipt("sale").await;
        assert_eq!(states(&shown), ["givenBack"], "{wrong:?}: {shown}");
        assert_eq!(stand.deeds(&voucher.id).await, ["redeemed", "reactivated"], "{wrong:?}");
        let row = stand.voucher_in_engage(&voucher.id).await;
        assert_eq!((&row["redeemed"], &row["reactivations"]), (&Value::Null, &json!(1)), "{wrong:?}");
        stand.is_imported_once("sale~void", &ada).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_redeemed_elsewhere_is_an_exception_with_its_cost_that_holds_nothing_up() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let (voucher, assignment) = (stand.voucher(&ada).await, stand.given_in_engage(&ada, FIFTY).await);
    stand.looked_up(&ada).await;
    // The web shop is quicker.
    stand.shop.admin("POST", &format!("vouchers/{}/redeem", voucher.id), Value::Null).await;
    let used = json!({ "channel": "POS" });
    stand.shop.admin("POST", &format!("assignments/{assignment}/redeem"), used).await;
    for (id, offer, off) in [("with-voucher", &voucher.number, 100), ("with-promotion", &assignment, 50)] {
        let taken = stand.sell(id, sale(offer, off)).await;
        let conflict = ("exception".to_owned(), "alreadyRedeemed".to_owned());
        assert_eq!(offers_of(&taken), [conflict], "the cashier is told: {taken}");
        assert_eq!(taken["offers"][0]["amount"]["amount"].to_string(), format!("{off}.00"), "{taken}");
        stand.shop.until(id, "delivered").await;
    }
    let exceptions = stand.exceptions().await;
    let both = [&voucher.number, &assignment].map(|offer| (offer.clone(), "alreadyRedeemed".to_owned()));
    assert_eq!(exceptions, both);
    assert_eq!(stand.deeds(&voucher.id).await, ["redeemed"]);
    assert_eq!(stand.deeds(&assignment).await, ["assigned", "redeemed"]);
    // Once somebody has accounted for it, it is gone.
    for row in stand.settled().await {
        let discard = format!("/v1/deliveries/{}/discard", row["id"].as_str().unwrap());
        let reason = json!({ "reason": "written off" });
        assert_eq!(stand.shop.call("POST", &discard, reason).await.status, 200);
    }
    assert_eq!(stand.exceptions().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_after_a_lost_answer_is_ours_by_its_time_alone() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    // Far from our first attempt, which is lost without having happened.
    stand.shop.admin("POST", "clock", json!({ "advanceSeconds": 3_600 })).await;
    stand.shop.admin("POST", &format!("vouchers/{}/redeem", voucher.id), Value::Null).await;
    stand.fault("POST", REDEEM_VOUCHER, 1, json!("cutBefore")).await;
    stand.sell("sale", sale(&voucher.number, 100)).await;
    let attention = stand.settled().await;
    assert_eq!(attention.len(), 1, "{attention:?}");
    let shown = stand.receipt("sale").await;
    assert_eq!(offers_of(&shown), [("exception".to_owned(), "alreadyRedeemed".to_owned())], "{shown}");
    stand.is_imported_once("sale", &ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_that_was_given_back_three_times_is_an_exception_the_fourth() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    for n in 1..=3 {
        let id = format!("sale-{n}");
        let taken = stand.sell(&id, sale(&voucher.number, 100)).await;
        assert_eq!(states(&taken), ["redeemed"], "{n}: {taken}");
        assert_eq!(stand.settled().await, Vec::<Value>::new());
        stand.void(&id).await;
        assert_eq!(stand.settled().await, Vec::<Value>::new());
    }
    stand.sell("sale-4", sale(&voucher.number, 100)).await;
    stand.settled().await;
    stand.void("sale-4").await;
    stand.settled().await;
    assert_eq!(stand.exceptions().await, [(voucher.number.clone(), "notReactivated".to_owned())]);
    let shown = stand.receipt("sale-4").await;
    assert_eq!(states(&shown), ["exception"], "{shown}");
    let deeds = stand.deeds(&voucher.id).await;
    assert_eq!(deeds.iter().filter(|deed| *deed == "reactivated").count(), 3, "{deeds:?}");
    stand.is_imported_once("sale-4~void", &ada).await;
}
