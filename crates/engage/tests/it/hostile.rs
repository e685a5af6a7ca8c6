//! Answers that no sane server gives, made of the documented ones.

use std::fmt::Debug;

use engage::call::{self, ChangeKind, PromotionsAt, VoucherList};
use engage::{Call, Failure};
use serde_json::Value;

use crate::answers::{ID, check_unreadable, response};
use crate::{id, text};

/// Fails unless an answer is read, or is said to be unreadable without a word of it.
fn check_harmless<T: Debug>(call: &Call<T>, body: String) {
    if let Err(failure) = call.read(&response(200, &*body)) {
        assert!(matches!(&failure, Failure::Unreadable { .. }), "{body}: {failure:?}");
        assert!(!format!("{failure} {failure:?}").contains("marker"), "{failure:?}");
    }
}

/// Fails unless every damage to an answer that is documented is borne.
fn check_damage<T: Debug>(call: &Call<T>, example: &str) {
    let example = example.trim();
    assert!(call.read(&response(200, example)).is_ok(), "{example}");
    for end in (0..example.len()).filter(|end| example.is_char_boundary(*end)) {
        check_unreadable(call, 200, &example[..end]);
    }
    let whole: Value = serde_json::from_str(example).expect("JSON");
    let strange =
        ["null", "true", "-7", "1e999", "\"\"", "\"marker\"", "[]", "[1]", "{}", r#"{"marker":["marker"]}"#];
    let paths = paths(&whole, String::new());
    assert!(!paths.is_empty());
    for path in paths {
        for value in strange {
            let mut damaged = whole.clone();
            *damaged.pointer_mut(&path).expect("a path of it") = serde_json::from_str(value).expect("JSON");
            check_harmless(call, damaged.to_string());
        }
    }
    for deep in ["[", "{\"items\":", "{\"id\":\"a\",\"attributes\":", "[{\"id\":"] {
        check_unreadable(call, 200, &deep.repeat(100_000));
    }
}

/// Pointers to every value in a document.
fn paths(value: &Value, at: String) -> Vec<String> {
    let inner: Vec<_> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(rows) => rows.iter().enumerate().map(|(row, value)| (row.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let inner = inner.into_iter().flat_map(|(name, value)| paths(value, format!("{at}/{name}")));
    let inner: Vec<_> = inner.collect();
    std::iter::once(at).chain(inner).collect()
}

#[test]
fn a_damaged_contact_breaks_nothing_and_shows_nothing() {
    check_damage(&call::read_contact(&id(ID)), include_str!("../examples/contact.json"));
    check_damage(&call::contact_overview(&id(ID)), include_str!("../examples/contact-overview.json"));
}

#[test]
fn a_damaged_list_of_changes_breaks_nothing_and_shows_nothing() {
    let from = jiff::civil::date(2026, 1, 1).at(0, 0, 0, 0);
    let call = call::contact_changes(ChangeKind::Updated, from, None);
    check_damage(&call, include_str!("../examples/changes.json"));
}

#[test]
fn damaged_orders_break_nothing_and_show_nothing() {
    check_damage(&call::read_order(&text("a"), None), include_str!("../examples/stored-order.json"));
    check_damage(&call::orders_of(&id(ID), 0, 10), include_str!("../examples/orders.json"));
}

#[test]
fn damaged_points_vouchers_and_promotions_break_nothing_and_show_nothing() {
    check_damage(&call::point_accounts(&id(ID)), include_str!("../examples/point-accounts.json"));
    check_damage(
        &call::vouchers(&id(ID), VoucherList::Available, 0, 100),
        include_str!("../examples/vouchers.json"),
    );
    for at in [PromotionsAt::Assignments, PromotionsAt::Contact] {
        check_damage(
            &call::contact_promotions(&id(ID), at, "POS"),
            include_str!("../examples/promotions.json"),
        );
    }
    for which in [VoucherList::All, VoucherList::Redeemed] {
        check_damage(&call::vouchers(&id(ID), which, 0, 100), include_str!("../examples/vouchers.json"));
    }
    let account = call::point_transactions(&text("a"), 0, 100);
    check_damage(&account, include_str!("../examples/point-transactions.json"));
    check_damage(&call::promotion(&text("a")), include_str!("../examples/promotion.json"));
    check_damage(&call::purchase_summary(&id(ID)), include_str!("../examples/purchase-summary.json"));
}
