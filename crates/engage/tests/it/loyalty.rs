//! Points, vouchers, promotions and the summary of purchases.

use engage::call::{self, PromotionsAt, VoucherList};
use engage::model::{Assignment, ChannelValue, Money, PointAccount, Spans, Text, Voucher};
use engage::{Call, Request, limits};
use http::Method;
use rust_decimal::Decimal;

use crate::answers::{HTML, ID, check_unreadable, refusal, response};
use crate::{id, text};

const POINTS: &str = include_str!("../examples/point-accounts.json");
const VOUCHERS: &str = include_str!("../examples/vouchers.json");
const PROMOTIONS: &str = include_str!("../examples/promotions.json");
const SUMMARY: &str = include_str!("../examples/purchase-summary.json");

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

fn money(amount: &str, currency: &str) -> Money {
    Money { amount: decimal(amount), currency: text(currency) }
}

fn points() -> Call<Vec<PointAccount>> {
    call::point_accounts(&id(ID))
}

fn promotions() -> Call<Vec<Assignment>> {
    call::contact_promotions(&id(ID), PromotionsAt::Assignments, "POS")
}

/// The one voucher that this text is, in a bare list.
fn voucher(row: &str) -> Voucher {
    let page =
        call::vouchers(&id(ID), VoucherList::Available, 0, 100).read(&response(200, format!("[{row}]")));
    page.expect("a voucher").items.remove(0)
}

/// The channels of a promotion, written so.
fn channels(written: &str) -> Vec<engage::model::RedemptionChannel> {
    let body = format!(r#"[{{"id":"a","redemptionChannels":{written}}}]"#);
    promotions().read(&response(200, body)).expect("a promotion").remove(0).channels
}

#[test]
fn what_a_contact_has_is_asked_for_at_the_documented_places() {
    let contact = id(ID);
    let requests = [
        (points().request, format!("/api/v3/point-accounts?contactId={ID}")),
        (
            call::vouchers(&contact, VoucherList::Available, 200, 100).request,
            format!("/api/v3/reward-vouchers/available?contactId={ID}&offset=200&count=100"),
        ),
        (
            promotions().request,
            format!("/api/v3/promotion-assignments?contactId={ID}&redemptionChannelType=POS"),
        ),
        (
            call::contact_promotions(&contact, PromotionsAt::Contact, "POS").request,
            format!("/api/v3/contacts/{ID}/promotions?redemptionChannelType=POS"),
        ),
        (call::purchase_summary(&contact).request, format!("/api/v2/contacts/{ID}/purchasehistorysummary")),
    ];
    for (request, path_and_query) in requests {
        let answer_bytes_max = limits::BODY_BYTES_MAX;
        assert_eq!(request, Request { method: Method::GET, path_and_query, body: None, answer_bytes_max });
    }
}

#[test]
fn points_are_read_as_documented_by_their_digits() {
    let accounts = points().read(&response(200, POINTS)).expect("accounts");
    let account = PointAccount {
        id: text("5c0f3a7e-9a3b-4a44-8a5b-3b1c7fd0a2aa"),
        definition: Text::new("1"),
        balance: decimal("250.0"),
        pending: Some(decimal("40.50")),
        expires: Text::new("2027-01-01T00:00:00+01:00"),
    };
    assert_eq!(accounts, [account]);
    assert_eq!(accounts[0].pending.map(|points| points.to_string()).as_deref(), Some("40.50"));
}

#[test]
fn points_are_read_from_a_page_in_other_spellings_and_types() {
    let page = r#"{"Count":1,"Items":[{"Id":4711,"DefinitionId":"1","Balance":"-12.5","PendingPoints":null,"New":[{}]}]}"#;
    let accounts = points().read(&response(200, page)).expect("accounts");
    assert_eq!((&accounts[0].id, accounts[0].balance), (&text("4711"), decimal("-12.5")));
    assert_eq!((accounts[0].pending, &accounts[0].expires), (None, &None));
    for none in ["[]", r#"{"items":[],"totalCount":0}"#] {
        assert_eq!(points().read(&response(200, none)), Ok(Vec::new()));
    }
}

#[test]
fn points_that_cannot_be_counted_exactly_are_not_guessed() {
    for row in [
        "{}",
        r#"{"id":"a"}"#,
        r#"{"balance":1}"#,
        r#"{"id":"a","balance":null}"#,
        r#"{"id":"a","balance":"marker"}"#,
        r#"{"id":"a","balance":1e400}"#,
        r#"{"id":"a","balance":[1]}"#,
        r#"{"id":["marker"],"balance":1}"#,
        r#"{"id":"a","balance":1,"pendingPoints":"marker"}"#,
        "\"marker\"",
        "null",
    ] {
        check_unreadable(&points(), 200, &format!("[{row}]"));
        check_unreadable(&points(), 200, &format!(r#"{{"items":[{row}]}}"#));
    }
    for body in ["", "{}", "null", "7", "\"marker\"", r#"{"items":{}}"#, HTML] {
        check_unreadable(&points(), 200, body);
    }
}

#[test]
fn vouchers_are_read_as_documented() {
    let call = call::vouchers(&id(ID), VoucherList::Available, 0, 100);
    let page = call.read(&response(200, VOUCHERS)).expect("a page");
    assert_eq!((page.offset, page.total_count), (0, Some(1)));
    let voucher = Voucher {
        id: text("3e1b1c1d-0d55-4a8a-9a53-8d7d6f1f2b33"),
        number: text("2600000012345"),
        name: Text::new("Q1 bonus 2026"),
        value: money("100", "SEK"),
        local_values: vec![money("100", "NOK"), money("10.0", "EUR")],
        points: Some(decimal("1000")),
        expires_on: Text::new("2026-06-30T21:59:59.000Z"),
        redeemed: false,
        redeemed_on: None,
    };
    assert_eq!(page.items, [voucher]);
}

#[test]
fn vouchers_are_read_under_their_old_names_too() {
    let old =
        r#"{"Id":"a","CheckNumber":88001234,"Value":{"Amount":"50.00","Currency":"SEK"},"BonusPoints":500}"#;
    let voucher = voucher(old);
    assert_eq!((voucher.number, voucher.value), (text("88001234"), money("50.00", "SEK")));
    assert_eq!((voucher.points, voucher.local_values), (Some(decimal("500")), Vec::new()));
}

#[test]
fn a_list_of_vouchers_without_pages_is_a_whole_one() {
    let row = r#"{"id":"a","voucherNumber":"A0001","value":{"amount":1,"currency":"SEK"}}"#;
    let call = call::vouchers(&id(ID), VoucherList::Available, 0, 100);
    let page = call.read(&response(200, format!("[{row},{row}]"))).expect("a page");
    assert_eq!((page.offset, page.total_count, page.items.len()), (0, Some(2), 2));
}

#[test]
fn a_voucher_is_redeemed_when_it_says_so_or_says_when() {
    let with = |more: &str| {
        voucher(&format!(r#"{{"id":"a","voucherNumber":"1","value":{{"amount":1,"currency":"SEK"}}{more}}}"#))
            .redeemed
    };
    for more in
        ["", r#","redeemed":false"#, r#","redeemed":null,"redeemedOn":null"#, r#","redeemed":"False""#]
    {
        assert!(!with(more), "{more}");
    }
    for more in [r#","redeemed":true"#, r#","Redeemed":"true""#, r#","redeemedOn":"2026-01-01T00:00:00Z""#] {
        assert!(with(more), "{more}");
    }
}

#[test]
fn a_voucher_whose_worth_or_use_cannot_be_read_is_not_guessed() {
    let call = call::vouchers(&id(ID), VoucherList::Available, 0, 100);
    for row in [
        r#""id":"a","voucherNumber":"1""#,
        r#""id":"a","voucherNumber":"1","value":50"#,
        r#""id":"a","voucherNumber":"1","value":{"amount":50}"#,
        r#""id":"a","voucherNumber":"1","value":{"currency":"marker"}"#,
        r#""id":"a","voucherNumber":"1","value":{"amount":"marker","currency":"SEK"}"#,
        r#""id":"a","value":{"amount":1,"currency":"SEK"}"#,
        r#""voucherNumber":"1","value":{"amount":1,"currency":"SEK"}"#,
        r#""id":"a","voucherNumber":"1","value":{"amount":1,"currency":"SEK"},"localValues":"marker""#,
        r#""id":"a","voucherNumber":"1","value":{"amount":1,"currency":"SEK"},"localValues":[{"amount":1}]"#,
        r#""id":"a","voucherNumber":"1","value":{"amount":1,"currency":"SEK"},"redeemed":"marker""#,
        r#""id":"a","voucherNumber":"1","value":{"amount":1,"currency":"SEK"},"points":"marker""#,
    ] {
        check_unreadable(&call, 200, &format!("[{{{row}}}]"));
    }
}

#[test]
fn promotions_are_read_as_documented() {
    let promotion = promotions().read(&response(200, PROMOTIONS)).expect("promotions").remove(0);
    assert_eq!(promotion.id, text("a4c4f0a0-27f2-4f0a-bf55-3f1f7d1b7c01"));
    assert_eq!(promotion.promotion_id, Text::new("0d9b5a52-8f5f-4a39-8a0e-2a7c1f4d9e20"));
    assert_eq!((promotion.external_id, promotion.name), (Text::new("WELCOME10"), Text::new("Welcome 10%")));
    assert_eq!(promotion.heading, Text::new("10% on your first visit"));
    assert_eq!(promotion.expires_on, Text::new("2026-02-14T23:59:59+01:00"));
    assert_eq!((promotion.redeemed, promotion.redeemed_on), (false, None));
    let [pos, ecom, other] = promotion.channels.as_slice() else { panic!("three channels") };
    assert_eq!((&pos.kind, &pos.value_type), (&text("POS"), &Text::new("EXTERNALOFFER")));
    assert_eq!(pos.value, Some(ChannelValue::Text(text("WELCOME10"))));
    assert_eq!(pos.instruction, Text::new("Press Promo, then 10"));
    assert_eq!(ecom.value, Some(ChannelValue::Number(decimal("10"))));
    assert_eq!(other.value, Some(ChannelValue::Money(money("50.0", "SEK"))));
    assert_eq!(other.local_values, [money("5.00", "EUR")]);
}

#[test]
fn the_value_of_a_promotion_takes_the_form_of_its_kind() {
    let number = |digits| Some(ChannelValue::Number(decimal(digits)));
    let words = |words| Some(ChannelValue::Text(text(words)));
    let table = [
        ("\"PERCENT\"", "20", number("20")),
        ("\"PERCENT\"", "\"20\"", number("20")),
        ("\"percent\"", "12.50", number("12.50")),
        ("\"PERCENT\"", "\"a fifth\"", words("a fifth")),
        (
            "\"MONEY\"",
            r#"{"Amount":"20.5","Currency":"SEK"}"#,
            Some(ChannelValue::Money(money("20.5", "SEK"))),
        ),
        ("\"MONEY\"", "\"20.5\"", number("20.5")),
        ("\"MONEY\"", r#"{"amount":20.5}"#, None),
        ("\"EXTERNALOFFER\"", "\"0010\"", words("0010")),
        ("\"EXTERNALOFFER\"", "10", words("10")),
        ("\"MANUAL\"", "\"Give a mug\"", words("Give a mug")),
        ("\"SWIPE\"", "true", words("true")),
        ("null", "10", number("10")),
        ("\"NEW\"", "10", number("10")),
        ("\"NEW\"", "\"10\"", words("10")),
        ("\"NEW\"", r#"{"amount":1,"currency":"SEK"}"#, Some(ChannelValue::Money(money("1", "SEK")))),
        ("\"PERCENT\"", "1e400", words("1e400")),
        ("\"PERCENT\"", "null", None),
        ("\"PERCENT\"", "\" \"", None),
        ("\"PERCENT\"", "[20]", None),
        ("[]", "{}", None),
    ];
    for (value_type, value, expected) in table {
        let row = format!(r#"[{{"type":"POS","valueType":{value_type},"value":{value}}}]"#);
        assert_eq!(channels(&row)[0].value, expected, "{row}");
    }
}

#[test]
fn a_channel_that_cannot_be_read_takes_no_other_with_it() {
    let rows = r#"[null,7,[],{"value":1},{"type":null},{"Type":"POS","LocalValues":[{"amount":1},7,{"amount":5,"currency":"EUR"}]}]"#;
    let channels = channels(rows);
    assert_eq!(channels.len(), 1);
    assert_eq!((&channels[0].kind, &channels[0].local_values), (&text("POS"), &vec![money("5", "EUR")]));
    assert_eq!((channels[0].value.clone(), channels[0].value_type.clone()), (None, None));
    let bare = r#"{"items":[{"Id":17,"PromotionId":null,"Redeemed":"True"}]}"#;
    let promotion = promotions().read(&response(200, bare)).expect("promotions").remove(0);
    assert_eq!((promotion.id, promotion.redeemed, promotion.channels.len()), (text("17"), true, 0));
}

#[test]
fn a_promotion_that_cannot_be_told_from_others_or_from_a_used_one_cannot_be_read() {
    for row in [
        "{}",
        "7",
        r#"{"id":{"marker":1}}"#,
        r#"{"id":"a","promotionId":["marker"]}"#,
        r#"{"id":"a","redeemed":"marker"}"#,
        r#"{"id":"a","redemptionChannels":"marker"}"#,
    ] {
        check_unreadable(&promotions(), 200, &format!("[{row}]"));
    }
}

#[test]
fn a_summary_of_purchases_is_read_as_documented() {
    let call = call::purchase_summary(&id(ID));
    let summary = call.read(&response(200, SUMMARY)).expect("a summary");
    assert_eq!(summary.latest_receipt, Text::new("2026-01-19T16:42:07+01:00"));
    assert_eq!(summary.updated, Text::new("2026-01-20T03:00:00+01:00"));
    let spans = |all, last_year, last_two_years| Spans {
        all: Some(decimal(all)),
        last_year: Some(decimal(last_year)),
        last_two_years: Some(decimal(last_two_years)),
    };
    assert_eq!(summary.amount, spans("12450.50", "3200.00", "7100.25"));
    assert_eq!(summary.articles, spans("61.0", "14.0", "33.0"));
    assert_eq!(summary.average_receipt, spans("415.02", "400.00", "417.66"));
    assert_eq!(summary.frequency, spans("30.0", "8.0", "17.0"));

    let partly = call.read(&response(200, r#"{"PurchaseAmountAll":"1.5","AverageReceiptAll":null}"#));
    let partly = partly.expect("a summary");
    assert_eq!((partly.amount.all, partly.amount.last_year), (Some(decimal("1.5")), None));
    assert_eq!((partly.average_receipt, partly.latest_receipt), (Spans::default(), None));
    for body in ["", "[]", "null", HTML, r#"{"purchaseAmountAll":"marker"}"#] {
        check_unreadable(&call, 200, body);
    }
}

#[test]
fn nobody_known_has_nothing_by_a_refusal_and_not_by_an_empty_list() {
    let body = include_str!("../examples/not-found.json");
    assert!(refusal(points().read(&response(404, body))).is("ContactNotFound"));
    assert!(refusal(promotions().read(&response(404, body))).is("ContactNotFound"));
    let vouchers = call::vouchers(&id(ID), VoucherList::Available, 0, 100);
    assert!(refusal(vouchers.read(&response(404, body))).is("ContactNotFound"));
    assert!(refusal(call::purchase_summary(&id(ID)).read(&response(404, body))).is("ContactNotFound"));
}
