//! Offers while Engage can't be asked: what the shop's policy says, what is risked, and that it is settled afterwards.

use gateway::settings::{Offers, Outage, Vouchers, Welcome};
use serde_json::{Value, json};

use super::stand::{FIFTY, Stand, Voucher, offers_of, promotions, sale, states, with};
use crate::api::{HELSINKI, STOCKHOLM};

/// The usual promotions, with these policies for what can't be checked.
fn policies(vouchers: &Outage, fifty: &Outage) -> Offers {
    let mut offers = promotions(Some(Welcome::Till));
    for promotion in offers.promotions.iter_mut().filter(|one| one.code == FIFTY) {
        promotion.outage = fifty.clone();
    }
    Offers { vouchers: Vouchers { outage: vouchers.clone(), ..Vouchers::default() }, ..offers }
}

/// Up to so many kronor.
fn up_to(sek: u32) -> Outage {
    Outage::HonourUpTo(vec![(pos::money::Currency::parse("SEK").unwrap(), sek.into())])
}

/// A shop with these policies, a member, and so many vouchers of hers that were seen before the link went.
async fn in_the_dark(vouchers: &Outage, count: usize) -> (Stand, String, Vec<Voucher>) {
    let stand = Stand::with(with(policies(vouchers, &Outage::Refuse)), json!({})).await;
    let ada = stand.member().await;
    let mut hers = Vec::new();
    for _ in 0..count {
        hers.push(stand.voucher(&ada).await);
    }
    stand.looked_up(&ada).await;
    stand.cut().await;
    (stand, ada, hers)
}

fn codes(taken: &Value) -> Vec<&str> {
    let warnings = taken["warnings"].as_array().into_iter().flatten();
    warnings.map(|warning| warning["code"].as_str().unwrap()).collect()
}

impl Stand {
    async fn exposure(&self) -> Value {
        self.shop.call("GET", "/v1/exposure", Value::Null).await.body["items"].take()
    }
}

/// One row of what is shown to operators.
fn exposed(store: &str, of: &str, open: u32, all: u32, count: u32) -> Value {
    let sek = |amount: u32| json!({ "amount": amount, "currency": "SEK" });
    json!({ "store": store, "day": "2026-11-22", "of": of, "open": sek(open), "all": sek(all), "count": count })
}

/// Amounts are exact, however they are written.
fn normal(mut rows: Value) -> Value {
    for row in rows.as_array_mut().into_iter().flatten() {
        for name in ["open", "all"] {
            let amount: rust_decimal::Decimal = row[name]["amount"].to_string().parse().unwrap();
            row[name]["amount"] = serde_json::from_str(&amount.normalize().to_string()).unwrap();
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_that_used_an_offer_in_the_dark_is_taken_whatever_the_policy_and_the_policy_is_told() {
    for (policy, warned) in
        [(Outage::Refuse, true), (Outage::Honour, false), (up_to(100), false), (up_to(99), true)]
    {
        let (stand, ada, vouchers) = in_the_dark(&policy, 1).await;
        let taken = stand.sell("dark", sale(&vouchers[0].number, 100)).await;
        assert_eq!(codes(&taken).contains(&"offerAgainstPolicy"), warned, "{policy:?}: {taken}");
        assert_eq!(states(&taken), ["pending"], "{policy:?}: {taken}");
        assert_eq!(
            normal(stand.exposure().await),
            json!([exposed(STOCKHOLM, "voucher", 100, 100, 1)]),
            "{policy:?}"
        );
        stand.mend().await;
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{policy:?}");
        assert_eq!(stand.deeds(&vouchers[0].id).await, ["redeemed"], "{policy:?}");
        stand.is_imported_once("dark", &ada).await;
        assert_eq!(stand.exposure().await, json!([]), "settled");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_goes_for_a_store_and_a_day_and_what_is_undone_counts_no_longer() {
    let (stand, ada, vouchers) = in_the_dark(&up_to(250), 5).await;
    for (n, warned) in [(0, false), (1, false), (2, true)] {
        let taken = stand.sell(&format!("dark-{n}"), sale(&vouchers[n].number, 100)).await;
        assert_eq!(codes(&taken).contains(&"offerAgainstPolicy"), warned, "{n}: {taken}");
    }
    // Another store has a limit of its own.
    let mut elsewhere = sale(&vouchers[3].number, 100);
    elsewhere["store"] = json!(HELSINKI);
    let taken = stand.sell("dark-3", elsewhere).await;
    assert!(!codes(&taken).contains(&"offerAgainstPolicy"), "{taken}");
    for undone in ["dark-1", "dark-2"] {
        stand.void(undone).await;
    }
    let taken = stand.sell("dark-4", sale(&vouchers[4].number, 100)).await;
    assert!(!codes(&taken).contains(&"offerAgainstPolicy"), "there is room again: {taken}");
    let shown = normal(stand.exposure().await);
    for row in [exposed(STOCKHOLM, "voucher", 200, 200, 2), exposed(HELSINKI, "voucher", 100, 100, 1)] {
        assert!(shown.as_array().unwrap().contains(&row), "{row} in {shown}");
    }
    stand.mend().await;
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    // What was voided before anything was sent was never redeemed, and needs nothing to be usable.
    let used: Vec<&Voucher> = [0, 3, 4].map(|n| &vouchers[n]).into();
    for voucher in &vouchers {
        let expected: &[&str] = if used.iter().any(|one| one.id == voucher.id) { &["redeemed"] } else { &[] };
        assert_eq!(stand.deeds(&voucher.id).await, expected, "{}", voucher.number);
    }
    for id in ["dark-0", "dark-3", "dark-4"] {
        stand.is_imported_once(id, &ada).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_web_used_meanwhile_is_an_exception_and_open_until_somebody_accounts_for_it() {
    let (stand, ada, vouchers) = in_the_dark(&Outage::Honour, 1).await;
    stand.sell("dark", sale(&vouchers[0].number, 100)).await;
    let text = stand.metrics().await;
    assert!(
        text.contains(r#"tillbridge_offer_exposure{store="store03-stockholm",currency="SEK"} 10000"#),
        "{text}"
    );
    // Long after whatever was tried in the dark: it can't be taken for ours.
    stand.shop.admin("POST", "clock", json!({ "advanceSeconds": 3_600 })).await;
    stand.shop.admin("POST", &format!("vouchers/{}/redeem", vouchers[0].id), Value::Null).await;
    stand.mend().await;
    stand.settled().await;
    let shown = stand.receipt("dark").await;
    assert_eq!(offers_of(&shown), [("exception".to_owned(), "alreadyRedeemed".to_owned())], "{shown}");
    assert_eq!(normal(stand.exposure().await), json!([exposed(STOCKHOLM, "voucher", 100, 100, 1)]));
    let text = stand.metrics().await;
    assert!(text.contains(r#"tillbridge_exceptions{kind="redeemVoucher"} 1"#), "{text}");
    stand.is_imported_once("dark", &ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_promotion_has_a_policy_of_its_own() {
    let offers = policies(&Outage::Refuse, &Outage::Honour);
    let stand = Stand::with(with(offers), json!({})).await;
    let ada = stand.member().await;
    let (voucher, assignment) = (stand.voucher(&ada).await, stand.given_in_engage(&ada, FIFTY).await);
    stand.looked_up(&ada).await;
    stand.cut().await;
    let honoured = stand.sell("fifty", sale(&assignment, 50)).await;
    assert!(!codes(&honoured).contains(&"offerAgainstPolicy"), "{honoured}");
    let refused = stand.sell("voucher", sale(&voucher.number, 100)).await;
    assert!(codes(&refused).contains(&"offerAgainstPolicy"), "{refused}");
    let shown = normal(stand.exposure().await);
    for row in [exposed(STOCKHOLM, FIFTY, 50, 50, 1), exposed(STOCKHOLM, "voucher", 100, 100, 1)] {
        assert!(shown.as_array().unwrap().contains(&row), "{row} in {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_engage_answers_nothing_is_exposed() {
    let stand = Stand::open().await;
    let ada = stand.member().await;
    let voucher = stand.voucher(&ada).await;
    stand.looked_up(&ada).await;
    stand.sell("sale", sale(&voucher.number, 100)).await;
    assert_eq!(stand.exposure().await, json!([]));
}
