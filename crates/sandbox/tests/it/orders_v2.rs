//! Orders of version 2: told, checked, triggered as often as they are posted, and never stored.

use sandbox::{OrderDeed, Rule, Settings};
use serde_json::{Value, json};

use crate::tenant::{Tenant, changed};

const ORDER: &str = include_str!("../examples/order-v2.json");
const ORDERS: &str = "/api/v2/orders";

fn tenant() -> Tenant {
    let mut tenant = Tenant::new();
    tenant.enrol();
    tenant
}

fn with(path: &str, value: Value) -> String {
    changed(ORDER, path, Some(value))
}

/// The status, and where the problems are.
fn post(tenant: &mut Tenant, body: &str) -> (u16, Vec<String>) {
    let (status, answer) = tenant.post(ORDERS, body);
    let problems = answer["validationErrors"].as_array().into_iter().flatten();
    let place = |one: &Value| one["errorDescription"].as_str().unwrap().split(' ').next().unwrap().to_owned();
    (status, problems.map(place).collect())
}

#[test]
fn two_identical_posts_trigger_twice_and_nothing_is_stored() {
    let mut tenant = tenant();
    assert_eq!(post(&mut tenant, ORDER).0, 202);
    assert_eq!(tenant.findings(), []);
    assert_eq!(post(&mut tenant, ORDER).0, 202);
    assert!(tenant.found(Rule::ActionTwice));
    let effects = tenant.world.order_effects();
    assert_eq!((effects.len(), tenant.world.orders().len()), (2, 0));
    assert!(effects.iter().all(|one| one.kind == OrderDeed::ActionTriggered
        && one.action.as_deref() == Some("DigitalReceipt")
        && one.language.as_deref() == Some("sv-SE")
        && one.version_tag.is_none()));
    assert_eq!(tenant.get("/api/v3/orders/store03-2-000871").0, 404);
}

#[test]
fn what_is_always_checked_is_refused_whatever_the_switches_say() {
    for (body, place) in [
        (with("/items/0/discounts", json!([{ "value": 5 }])), "items[0].discounts[0].value"),
        (with("/items/0/quantity", json!(-2)), "items[0].quantity"),
        (with("/items/1/quantity", json!(1)), "items[1].quantity"),
        (with("/items/1/taxAmount", json!(-19.8)), "items[1].taxAmount"),
        (with("/items/0/taxAmount", json!(81)), "items[0].taxAmount"),
        (with("/orderStatus", json!("Dreamt")), "orderStatus"),
        (with("/paymentStatus", json!("paid")), "paymentStatus"),
    ] {
        let mut tenant = tenant();
        let (status, places) = post(&mut tenant, &body);
        assert_eq!(status, 422, "{body}");
        assert!(places.contains(&place.to_owned()), "{place}: {places:?}");
        assert!(tenant.world.order_effects().is_empty());
    }
}

#[test]
fn a_tax_may_be_rounded_as_a_real_order_has_it() {
    let mut tenant = tenant();
    let item = json!([{ "type": "PURCHASE", "sku": "1", "quantity": 1, "description": "Wall",
        "grossPaidPrice": 23157.88, "taxPercent": 2, "taxAmount": 454.08 }]);
    assert_eq!(post(&mut tenant, &with("/items", item)), (202, vec![]));
}

#[test]
fn each_sum_is_checked_by_its_own_switch_and_by_no_other() {
    let cases = [
        ("orderV2TaxSum", with("/totalTax", json!(45)), "totalTax"),
        ("orderV2TotalSum", with("/totalGrossPrice", json!(225)), "totalGrossPrice"),
        ("orderV2PaymentSum", with("/paymentMethods/0/value", json!(1)), "paymentMethods"),
    ];
    for (switch, body, place) in &cases {
        let mut tenant = tenant();
        assert_eq!(post(&mut tenant, body).0, 202, "lenient");
        for (other, _, _) in cases.iter().filter(|(other, _, _)| other != switch) {
            // A total that is not that of the items is none of the payments' either.
            if *switch != "orderV2TotalSum" {
                tenant.switch(other, "strict");
            }
        }
        assert_eq!(post(&mut tenant, body).0, 202, "{switch}");
        tenant.switch(switch, "strict");
        let (status, places) = post(&mut tenant, body);
        assert_eq!((status, places.contains(&(*place).to_owned())), (422, true), "{places:?}");
    }
    let mut tenant = tenant();
    for (switch, _, _) in &cases {
        tenant.switch(switch, "strict");
    }
    assert_eq!(post(&mut tenant, ORDER).0, 202);
    let unpaid = changed(ORDER, "/paymentMethods", None);
    assert_eq!(
        post(&mut tenant, &changed(&unpaid, "/totalTax", None)).0,
        202,
        "what is not given is not checked"
    );
}

#[test]
fn what_is_missing_is_refused_with_every_fault() {
    let mut tenant = tenant();
    let (status, places) = post(&mut tenant, r#"{"contact":{"matchKey":"a"},"items":[{"type":"X"}]}"#);
    let expected = [
        "contact.matchKeyType",
        "orderNumber",
        "orderStatus",
        "paymentStatus",
        "createdDate",
        "storeId",
        "currency",
        "totalGrossPrice",
        "items[0].type",
        "items[0].sku",
        "items[0].quantity",
        "items[0].grossPaidPrice",
        "items[0].description",
    ];
    assert_eq!((status, places), (400, expected.map(str::to_owned).to_vec()));
    let nobody = with("/contact/matchKey", json!("nobody@example.com"));
    let (status, answer) = tenant.post(ORDERS, &nobody);
    assert_eq!((status, &answer["errorCode"]), (422, &json!("ContactNotFound")));
}

#[test]
fn a_tenant_sets_up_the_statuses_it_has() {
    let statuses = serde_json::from_value(json!({ "order": ["Shipped"], "payment": ["Betald"] })).unwrap();
    let mut tenant = Tenant::with(Settings { order_statuses: statuses, ..Settings::default() });
    tenant.enrol();
    assert_eq!(post(&mut tenant, ORDER), (422, vec!["orderStatus".to_owned(), "paymentStatus".to_owned()]));
    let body = changed(&with("/orderStatus", json!("Shipped")), "/paymentStatus", Some(json!("Betald")));
    assert_eq!(post(&mut tenant, &body).0, 202);
}
