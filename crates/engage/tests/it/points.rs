//! Points one by one, and triggers.

use std::collections::BTreeMap;

use engage::call;
use engage::model::{GivenOrTaken, NewPointTransaction, PointTransaction, Text};
use http::Method;
use rust_decimal::Decimal;

use crate::answers::{HTML, ID, check_unreadable, response};
use crate::requests::check_body;
use crate::{id, text};

const ACCOUNT: &str = "5c0f3a7e-9a3b-4a44-8a5b-3b1c7fd0a2aa";

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

#[test]
fn what_happened_on_an_account_is_read_as_documented() {
    let call = call::point_transactions(&text(ACCOUNT), 100, 50);
    let path = format!("/api/v3/point-transactions?accountId={ACCOUNT}&offset=100&count=50");
    assert_eq!((&call.request.method, &call.request.path_and_query), (&Method::GET, &path));
    let page =
        call.read(&response(200, include_str!("../examples/point-transactions.json"))).expect("a page");
    let transaction = PointTransaction {
        id: text("7f0e2d1c-5a4b-4c3d-8e2f-1a0b9c8d7e6f"),
        account_id: Text::new(ACCOUNT),
        description: Text::new("Receipt 100245"),
        source: Text::new("Purchase"),
        amount: decimal("100.0"),
        kind: Text::new("Addition"),
        made_on: Text::new("2026-01-20T11:51:29.408622+00:00"),
        valid_from: Text::new("2026-02-03T00:00:00+01:00"),
        valid_to: None,
    };
    assert_eq!((page.items, page.total_count), (vec![transaction], Some(1)));
}

#[test]
fn points_of_a_transaction_that_cannot_be_counted_are_not_guessed() {
    let call = call::point_transactions(&text(ACCOUNT), 0, 100);
    for row in [r#"{"id":"a"}"#, r#"{"amount":1}"#, r#"{"id":"a","amount":"marker"}"#, "7"] {
        check_unreadable(&call, 200, &format!("[{row}]"));
    }
    check_unreadable(&call, 200, HTML);
}

#[test]
fn points_are_given_in_the_form_that_was_seen() {
    let at = "2026-01-20T10:00:00Z".parse().expect("a time");
    let call = call::add_points(&NewPointTransaction {
        account_id: text(ACCOUNT),
        transaction_id: text("0b1f7c52-4e0a-4f55-9d55-0a4f4c1b2e11"),
        transaction_type: GivenOrTaken::Addition,
        amount: decimal("15.50"),
        description: text("Survey answered"),
        source: text("Automation"),
        transaction_date: at,
        valid_from: at,
    });
    assert_eq!(
        (&call.request.method, &*call.request.path_and_query),
        (&Method::POST, "/api/v3/point-transactions")
    );
    check_body(&call.request, include_str!("../examples/point-addition.json"));
    for (status, body) in [(202, ""), (200, "{}")] {
        assert_eq!(call.read(&response(status, body)), Ok(()));
    }
    check_unreadable(&call, 200, HTML);
}

#[test]
fn a_trigger_is_pulled_for_one_contact_with_its_fields() {
    let fields = [("oldAccount", "true"), ("resetUrlHTML", "https://shop.example/reset?a=1")];
    let fields = BTreeMap::from(fields.map(|(name, value)| (text(name), text(value))));
    let call = call::trigger(&text("welcome back"), &id(ID), &fields);
    let path = format!("/api/v2/automation/customTriggers/welcome%20back/triggerByContactId/{ID}");
    assert_eq!((&call.request.method, &call.request.path_and_query), (&Method::POST, &path));
    check_body(&call.request, include_str!("../examples/trigger.json"));
    check_body(&call::trigger(&text("t"), &id(ID), &BTreeMap::new()).request, "{}");
    assert_eq!(call.read(&response(204, "")), Ok(()));
}
