//! Sales with vouchers and promotions that come back, in every part and order: nothing of their money is left, and each
//! offer was used once and is given back once, with the last of it.

use gateway::settings::{Auth, Offers, OnReturn, Vouchers, Welcome};
use serde_json::{Value, json};

use super::stand::{ADA, FIFTY, Stand, promotions, states};
use crate::api::{STOCKHOLM, settings};
use crate::chains::{Left, back, earning, left, receipt};
use crate::golden::strict;
use crate::tills::Chance;

/// What comes back with one receipt: pieces of the first line, pieces of the second.
type Part = (u32, u32);

/// A sale of three sweaters and seven pairs of socks that a percentage, a promotion and a voucher take something off.
fn sale(assignment: &str, voucher: &str) -> Value {
    let lines = json!([
        { "id": "1", "kind": "purchase", "sku": "sweater", "quantity": 3, "unitPrice": "333.33", "taxPercent": 25 },
        { "id": "2", "kind": "purchase", "sku": "socks", "quantity": 7, "unitPrice": "19.90", "taxPercent": 25 },
    ]);
    let mut sale = receipt(STOCKHOLM, "000100", "2026-11-22T10:00:00+01:00", lines);
    sale["contact"] = json!({ "email": ADA });
    sale["discounts"] = json!([
        { "percent": "12.5", "description": "Member" },
        { "amount": 50, "offer": assignment, "description": "Fifty" },
        { "amount": 100, "offer": voucher, "description": "Bonus" },
    ]);
    sale
}

fn comes_back(n: usize, (sweaters, socks): Part) -> Value {
    let part = |line, pieces: u32| (pieces > 0).then(|| back("sale", line, Some(&pieces.to_string())));
    let lines: Vec<Value> = [part("1", sweaters), part("2", socks)].into_iter().flatten().collect();
    receipt(STOCKHOLM, &format!("00020{n}"), "2026-11-23T10:00:00+01:00", json!(lines))
}

/// The shop's promotions, where vouchers come back like this.
fn offers(on_return: OnReturn) -> Offers {
    let vouchers = Vouchers { on_return, ..Vouchers::default() };
    Offers { vouchers, ..promotions(Some(Welcome::Till)) }
}

impl Stand {
    /// What Engage is left with.
    async fn left(&self) -> Left {
        self.shop.admin("POST", "import", Value::Null).await;
        let receipts = self.shop.admin("GET", "receipts?count=1000", Value::Null).await;
        let accounts = self.shop.admin("GET", "point-accounts?count=1000", Value::Null).await;
        left(receipts["items"].as_array().unwrap(), accounts["items"].as_array().unwrap())
    }
}

async fn earning_stand(on_return: OnReturn) -> Stand {
    let settings = gateway::settings::Settings { offers: offers(on_return), ..settings(Auth::None) };
    Stand::of_tenant(settings, earning(), strict()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_way_a_sale_with_offers_comes_back_nothing_is_left_and_the_last_part_gives_them_back() {
    let mut chance = Chance::drawn();
    let mut ways: Vec<Vec<Part>> = vec![vec![(3, 7)], vec![(1, 0), (1, 3), (0, 4), (1, 0)]];
    let mut drawn: Vec<Part> = vec![(1, 0), (1, 0), (1, 0), (0, 1), (0, 2), (0, 4)];
    chance.shuffle(&mut drawn);
    ways.push(drawn);
    for way in ways {
        let stand = earning_stand(OnReturn::Whole).await;
        let ada = stand.member().await;
        let (voucher, fifty) = (stand.voucher(&ada).await, stand.given_in_engage(&ada, FIFTY).await);
        stand.looked_up(&ada).await;
        let taken = stand.sell("sale", sale(&fifty, &voucher.number)).await;
        assert_eq!(states(&taken), ["redeemed", "redeemed"], "{taken}");
        let last = way.len() - 1;
        for (n, part) in way.iter().enumerate() {
            assert_eq!(stand.deeds(&voucher.id).await, ["redeemed"], "before {part:?} of {way:?}");
            stand.sell(&format!("back-{n}"), comes_back(n, *part)).await;
            assert_eq!(stand.settled().await, Vec::<Value>::new(), "{part:?} of {way:?}");
        }
        assert_eq!(stand.left().await, Left::new(), "{way:?}");
        assert_eq!(stand.deeds(&voucher.id).await, ["redeemed", "reactivated"], "{way:?}");
        let shown = stand.receipt(&format!("back-{last}")).await;
        assert_eq!(states(&shown), ["givenBack"], "the voucher by name: {shown}");
        let deeds = stand.deeds_of(&ada).await;
        assert_eq!(deeds.iter().filter(|deed| *deed == "assigned").count(), 2, "once anew: {deeds:?}");

        // Both are used again, by another sale that comes back as a whole.
        let hers = stand.looked_up(&ada).await;
        let anew = hers["profile"]["loyalty"]["promotions"][0]["assignmentId"].as_str().unwrap().to_owned();
        let taken = stand.sell("again", sale(&anew, &voucher.number)).await;
        assert_eq!(states(&taken), ["redeemed", "redeemed"], "{taken}");
        stand.void("again").await;
        assert_eq!(stand.settled().await, Vec::<Value>::new());
        assert_eq!(stand.left().await, Left::new(), "{way:?}");
        assert_eq!(stand.findings().await, Vec::<String>::new(), "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_voucher_comes_back_is_the_shops_to_say() {
    for (on_return, after_a_part, after_all) in [
        (OnReturn::Whole, &["redeemed"][..], &["redeemed", "reactivated"][..]),
        (OnReturn::Any, &["redeemed", "reactivated"], &["redeemed", "reactivated"]),
        (OnReturn::Never, &["redeemed"], &["redeemed"]),
    ] {
        let stand = earning_stand(on_return).await;
        let ada = stand.member().await;
        let (voucher, fifty) = (stand.voucher(&ada).await, stand.given_in_engage(&ada, FIFTY).await);
        stand.looked_up(&ada).await;
        stand.sell("sale", sale(&fifty, &voucher.number)).await;
        stand.sell("back-0", comes_back(0, (1, 2))).await;
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{on_return:?}");
        assert_eq!(stand.deeds(&voucher.id).await, after_a_part, "{on_return:?}");
        stand.sell("back-1", comes_back(1, (2, 5))).await;
        assert_eq!(stand.settled().await, Vec::<Value>::new(), "{on_return:?}");
        assert_eq!(stand.deeds(&voucher.id).await, after_all, "{on_return:?}");
        assert_eq!(stand.left().await, Left::new(), "{on_return:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_that_was_a_mistake_uses_the_offer_again_or_says_that_it_cannot() {
    let stand = earning_stand(OnReturn::Whole).await;
    let ada = stand.member().await;
    let (voucher, fifty) = (stand.voucher(&ada).await, stand.given_in_engage(&ada, FIFTY).await);
    stand.looked_up(&ada).await;
    stand.sell("sale", sale(&fifty, &voucher.number)).await;
    stand.sell("back-0", comes_back(0, (3, 7))).await;
    assert_eq!(stand.settled().await, Vec::<Value>::new());
    stand.void("back-0").await;
    stand.settled().await;
    // The goods are hers again; they come back another time, and the voucher is given back no second time.
    stand.sell("back-1", comes_back(1, (3, 7))).await;
    stand.settled().await;
    assert_eq!(stand.left().await, Left::new());
    let deeds = stand.deeds(&voucher.id).await;
    let count = |word: &str| deeds.iter().filter(|deed| *deed == word).count();
    assert!(count("reactivated") <= count("redeemed"), "{deeds:?}");
}
