use jiff::Timestamp;
use pos::money::{Currency, Percent};
use pos::offers::{Kind, Worth};
use rust_decimal::Decimal;

use super::{Amount, AtTill, OfferView, OfferWorth, PromotionView, VoucherView};
use crate::profile::Loyalty;
use crate::settings::{Gives, Offers, Outage, Promotion};

fn voucher(number: &str, currency: &str) -> VoucherView {
    let values = vec![Amount { amount: Decimal::ONE_HUNDRED, currency: currency.to_owned() }];
    VoucherView {
        offer_id: number.to_owned(),
        number: number.to_owned(),
        id: Some(format!("guid-of-{number}")),
        name: None,
        values,
        expires: Some("2026-06-30T23:59:59+02:00".to_owned()),
        redeemed: false,
    }
}

fn promotion(id: &str, worth: OfferWorth) -> PromotionView {
    PromotionView {
        offer_id: id.to_owned(),
        assignment_id: id.to_owned(),
        promotion_id: None,
        external_id: Some("WELCOME10".to_owned()),
        name: Some("Welcome".to_owned()),
        heading: None,
        description: None,
        expires: None,
        worth: Some(worth),
        instruction: None,
        redeemed: false,
        not_for_shops: false,
    }
}

fn loyalty(vouchers: Vec<VoucherView>, promotions: Vec<PromotionView>) -> Loyalty {
    let plain = serde_json::json!({ "asOf": "2026-06-01T00:00:00Z" });
    Loyalty { vouchers, promotions, ..serde_json::from_value(plain).unwrap() }
}

fn rule(gives: Option<Gives>) -> Offers {
    let promotion = Promotion {
        code: "10".to_owned(),
        external_id: "WELCOME10".to_owned(),
        promotion_id: None,
        name: "Welcome".to_owned(),
        gives,
        welcome: None,
        stacks: false,
        outage: Outage::Refuse,
        comes_back: false,
    };
    Offers { promotions: vec![promotion], ..Offers::default() }
}

/// What a till is shown at that time in kronor: what can be used, and what not and why.
fn check(loyalty: Loyalty, at: &str, offers: &Offers, usable: &[&str], unusable: &[&str]) {
    let currency = Some(Currency::parse("SEK").unwrap());
    let shown = loyalty.at_till(&AtTill { at: at.parse::<Timestamp>().unwrap(), currency, offers });
    let vouchers = shown.vouchers.iter().map(|voucher| voucher.offer_id.as_str());
    let shown_usable = vouchers.chain(shown.promotions.iter().map(|promotion| promotion.offer_id.as_str()));
    assert_eq!(shown_usable.collect::<Vec<_>>(), usable);
    let why = shown.unusable.iter().map(|one| format!("{} {} {}", one.kind, one.offer_id, one.why.code));
    assert_eq!(why.collect::<Vec<_>>(), unusable);
}

#[test]
fn what_cannot_be_used_stands_apart_with_why() {
    let used = VoucherView { redeemed: true, ..voucher("1", "SEK") };
    let ended = VoucherView { expires: Some("2026-05-31T23:59:59+02:00".to_owned()), ..voucher("2", "SEK") };
    let abroad = voucher("3", "EUR");
    let online = PromotionView { not_for_shops: true, ..promotion("a", OfferWorth::default()) };
    let all = loyalty(vec![used, ended, abroad, voucher("4", "SEK")], vec![online]);
    let why =
        ["voucher 1 redeemed", "voucher 2 expired", "voucher 3 worthNothing", "promotion a notForShops"];
    check(all, "2026-06-01T12:00:00+02:00", &Offers::default(), &["4"], &why);
}

#[test]
fn an_offer_is_good_through_the_last_second_of_its_last_day() {
    let one = || loyalty(vec![voucher("1", "SEK")], Vec::new());
    check(one(), "2026-06-30T23:59:59.9+02:00", &Offers::default(), &["1"], &[]);
    check(one(), "2026-07-01T00:00:00+02:00", &Offers::default(), &[], &["voucher 1 expired"]);
}

#[test]
fn a_voucher_in_any_currency_is_shown_where_the_till_has_none() {
    let shown = loyalty(vec![voucher("3", "EUR")], Vec::new()).at_till(&AtTill {
        at: Timestamp::UNIX_EPOCH,
        currency: None,
        offers: &Offers::default(),
    });
    assert_eq!((shown.vouchers.len(), shown.unusable.len()), (1, 0));
}

#[test]
fn an_offer_is_found_by_any_name_that_a_till_may_have_for_it() {
    let mut given = promotion("3591F57E", OfferWorth::default());
    given.offer_id = "tbo-1".to_owned();
    let all = loyalty(vec![voucher("2600", "SEK")], vec![given]);
    for (named, offer_id) in
        [("2600", "2600"), ("GUID-of-2600", "2600"), ("tbo-1", "tbo-1"), ("3591f57e", "tbo-1")]
    {
        assert_eq!(
            all.offer(named).map(|offer| offer.offer_id().to_owned()).as_deref(),
            Some(offer_id),
            "{named}"
        );
    }
    assert!(all.offer("").is_none() && all.offer("2601").is_none());
}

#[test]
fn a_code_is_worth_what_the_shop_says_that_it_gives() {
    let code = || OfferWorth { code: Some("10".to_owned()), ..OfferWorth::default() };
    let given = promotion("a", code());
    let offer = OfferView::Promotion(&given);
    let ten = Percent::new(Decimal::TEN).unwrap();
    assert_eq!(offer.worth(&Offers::default()), Worth::ByTill { instruction: None });
    assert_eq!(offer.worth(&rule(None)), Worth::ByTill { instruction: None });
    assert_eq!(offer.worth(&rule(Some(Gives::Percent(Decimal::TEN)))), Worth::Percent(ten));
    assert_eq!(offer.kind(&Offers::default()), Kind::Promotion { stacks: true });
    assert_eq!(offer.kind(&rule(None)), Kind::Promotion { stacks: false });
    let euro = vec![(Currency::parse("EUR").unwrap(), Decimal::TEN)];
    let all = loyalty(Vec::new(), vec![promotion("a", code())]);
    let rule = rule(Some(Gives::Amounts(euro)));
    check(all, "2026-06-01T12:00:00+02:00", &rule, &[], &["promotion a worthNothing"]);
}

#[test]
fn what_was_kept_before_offers_had_ids_is_still_read() {
    let kept = serde_json::json!({ "number": "2600", "values": [] });
    let voucher: VoucherView = serde_json::from_value(kept).unwrap();
    let all = loyalty(vec![voucher], Vec::new());
    assert!(all.offer("2600").is_some() && all.offer("").is_none());
}
