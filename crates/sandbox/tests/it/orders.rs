//! Orders of version 3: changes that become jobs, tags, actions, and what is told of each.

use jiff::SignedDuration;
use sandbox::{Act, By, Event, Fault, FaultKind, OrderDeed, Reply, Rule, Settings, next_due};
use serde_json::{Value, json};

use crate::tenant::{Tenant, changed, request};

pub const ORDER: &str = include_str!("../examples/order.json");
pub const ORDERS: &str = "/api/v3/orders";
const ID: &str = "/api/v3/orders/store03-2-000871";

/// A tenant with the example's contact and store.
fn tenant() -> (Tenant, String) {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    tenant.post("/api/v3/stores", r#"{"name":"Stockholm 03","externalId":"store03-stockholm"}"#);
    (tenant, id)
}

/// Sends a change and answers the link to its job.
fn accepted(tenant: &mut Tenant, method: &str, target: &str, body: &str) -> String {
    let (status, answer) = tenant.call(method, target, body);
    assert_eq!(status, 202, "{answer}");
    answer["link"].as_str().unwrap().to_owned()
}

/// The same, and waits until the job is done.
fn done(tenant: &mut Tenant, method: &str, target: &str, body: &str) {
    let job = accepted(tenant, method, target, body);
    tenant.wait(2);
    assert_eq!(tenant.get(&job).0, 302);
}

fn tag(tenant: &mut Tenant) -> String {
    let (status, order) = tenant.get(ID);
    assert_eq!(status, 200, "{order}");
    order["versionTag"].as_str().unwrap().to_owned()
}

fn act(tenant: &mut Tenant, action: &str, tag: &str) -> u16 {
    let body = json!({ "action": action, "versionTag": tag, "language": "sv-SE", "data": { "a": 1 } });
    tenant.post(&format!("{ID}/action"), &body.to_string()).0
}

/// What was done, as kind and action.
fn effects(tenant: &Tenant) -> Vec<(OrderDeed, Option<String>)> {
    tenant.world.order_effects().iter().map(|one| (one.kind, one.action.clone())).collect()
}

fn log(tenant: &Tenant) -> Vec<String> {
    tenant.world.log_lines().map(|line| line.text.clone()).collect()
}

/// The answer with its headers.
fn raw(tenant: &mut Tenant, method: &str, target: &str, body: &str) -> sandbox::Answer {
    tenant.send(Event::Request(request(method, target, body))).answer().unwrap().clone()
}

fn header(answer: &sandbox::Answer, wanted: &str) -> Option<String> {
    answer.headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
}

#[test]
fn an_order_is_stored_when_its_job_is_done_and_read_as_it_was_sent() {
    let (mut tenant, contact) = tenant();
    let answer = raw(&mut tenant, "POST", ORDERS, ORDER);
    let link = header(&answer, "location").unwrap();
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &body["link"]), (202, &json!(link)));
    assert_eq!(link, format!("{ORDERS}/jobs/{}", body["jobId"].as_str().unwrap()));
    assert_eq!(tenant.get(&link), (200, json!({ "jobId": body["jobId"], "status": "Pending" })));
    assert_eq!(tenant.get(ID).0, 404);
    tenant.wait(2);
    let done = raw(&mut tenant, "GET", &link, "");
    assert_eq!((done.status, header(&done, "location").unwrap()), (302, ID.to_owned()));
    let (status, mut order) = tenant.get(ID);
    let tag = order.as_object_mut().unwrap().remove("versionTag").unwrap();
    assert_eq!((status, tag.as_str().unwrap().len()), (200, 24));
    let mut expected: Value = serde_json::from_str(ORDER).unwrap();
    expected["contactId"] = json!(contact);
    expected["type"] = json!("purchase");
    assert_eq!(order, expected);
    assert_eq!(order["lineItems"]["items"][0]["extraData"]["weight"].to_string(), "1.2300");
    assert_eq!(tenant.findings(), []);
    assert_eq!(log(&tenant), Vec::<String>::new());
}

#[test]
fn a_tag_changes_with_every_processed_change_and_an_old_one_triggers_nothing() {
    let (mut tenant, _) = tenant();
    done(&mut tenant, "POST", ORDERS, ORDER);
    let mut tags = vec![tag(&mut tenant)];
    let cancelled = changed(ORDER, "/status", Some(json!("Cancelled")));
    for (method, target, body) in [
        ("PUT", ID.to_owned(), cancelled.as_str()),
        ("PUT", ID.to_owned(), cancelled.as_str()),
        ("POST", format!("{ID}/change-status"), r#"{"status":"Completed","externalStatus":"Shipped"}"#),
        ("POST", format!("{ID}/change-delivery"), r#"{"trackingNumber":"T-2"}"#),
    ] {
        done(&mut tenant, method, &target, body);
        tags.push(tag(&mut tenant));
    }
    let order = tenant.get(ID).1;
    assert_eq!((&order["status"], &order["externalStatus"]), (&json!("Completed"), &json!("Shipped")));
    assert_eq!(order["delivery"]["trackingNumber"], json!("T-2"));
    assert_eq!(order["delivery"]["method"], json!("InStore"), "what is left out stays");
    let last = tags.pop().unwrap();
    for old in &tags {
        assert!(*old != last && act(&mut tenant, "Confirm", old) == 404);
    }
    assert!(tenant.found(Rule::StaleTag));
    assert_eq!(act(&mut tenant, "Confirm", &last), 202);
    let deeds: Vec<_> = effects(&tenant).into_iter().map(|(deed, _)| deed).collect();
    let replaced = OrderDeed::Replaced;
    let expected = [OrderDeed::Stored, replaced, replaced, replaced, replaced, OrderDeed::ActionTriggered];
    assert_eq!(deeds, expected);
}

#[test]
fn an_action_needs_its_words_an_order_its_tag_and_a_contact() {
    let (mut tenant, _) = tenant();
    assert_eq!(act(&mut tenant, "Confirm", "p8Yc3m0k1S2dVbW9Qz7x4A=="), 404, "no such order");
    done(&mut tenant, "POST", ORDERS, ORDER);
    let tag = tag(&mut tenant);
    let target = format!("{ID}/action");
    for body in [
        json!({ "versionTag": tag }),
        json!({ "action": "Confirm" }),
        json!({ "action": "  ", "versionTag": tag }),
        json!({ "action": "", "versionTag": tag }),
        json!({ "action": "Confirm", "versionTag": null }),
        json!({ "action": "Confirm", "versionTag": tag, "data": [1] }),
        json!({}),
    ] {
        assert_eq!(tenant.post(&target, &body.to_string()).0, 400, "{body}");
    }
    let nobody = changed(ORDER, "/contact/matchKey", Some(json!("nobody@example.com")));
    done(&mut tenant, "PUT", ID, &nobody);
    let tag = self::tag(&mut tenant);
    assert_eq!(act(&mut tenant, "Confirm", &tag), 422);
    assert!(effects(&tenant).iter().all(|(_, action)| action.is_none()));
    done(&mut tenant, "PUT", ID, ORDER);
    let tag = self::tag(&mut tenant);
    assert_eq!(act(&mut tenant, "Confirm", &tag), 202, "a replacement ties it to the contact");
}

#[test]
fn the_same_action_twice_is_triggered_twice_and_said() {
    let (mut tenant, contact) = tenant();
    done(&mut tenant, "POST", ORDERS, ORDER);
    let tag = tag(&mut tenant);
    assert_eq!(act(&mut tenant, "Confirm", &tag), 202);
    assert_eq!(act(&mut tenant, "Ship", &tag), 202);
    assert!(!tenant.found(Rule::ActionTwice));
    assert_eq!(act(&mut tenant, "Confirm", &tag), 202);
    assert!(tenant.found(Rule::ActionTwice));
    let last = tenant.world.order_effects().last().unwrap();
    assert_eq!(last.contact, Some(contact.parse().unwrap()));
    assert_eq!((last.version_tag.as_deref(), last.language.as_deref()), (Some(tag.as_str()), Some("sv-SE")));
    assert!(matches!(last.by, By::Request(_)));
    assert_eq!(effects(&tenant).len(), 4);
}

#[test]
fn an_embedded_action_is_run_once_when_the_job_is_done() {
    let (mut tenant, _) = tenant();
    let embedded = Some(json!({ "action": "DigitalReceipt", "language": "fi-FI", "data": { "x": 1 } }));
    let body = changed(ORDER, "/orderAction", embedded.clone());
    accepted(&mut tenant, "POST", ORDERS, &body);
    assert_eq!(effects(&tenant), []);
    tenant.wait(2);
    let receipt = || Some("DigitalReceipt".to_owned());
    let stored = [(OrderDeed::Stored, None), (OrderDeed::ActionTriggered, receipt())];
    assert_eq!(effects(&tenant), stored);
    assert_eq!(tenant.get(ID).1.get("orderAction"), None, "it is no part of the order");
    accepted(&mut tenant, "PUT", ID, &ORDER.replace("Completed", "Cancelled"));
    assert!(!tenant.found(Rule::JobNotPolled), "nobody needs the job of an embedded action");
    tenant.wait(60);
    assert_eq!(effects(&tenant).len(), 3);
    let shipped = json!({ "externalStatus": "Sent", "orderAction": { "action": "Ship" } });
    accepted(&mut tenant, "POST", &format!("{ID}/change-status"), &shipped.to_string());
    tenant.wait(2);
    assert_eq!(effects(&tenant).last().unwrap().1.as_deref(), Some("Ship"), "with any change");
    let blank = changed(ORDER, "/orderAction", Some(json!({ "action": " " })));
    assert_eq!(tenant.call("PUT", ID, &blank).0, 400);
    let nobody = changed(&body, "/contact/matchKey", Some(json!("nobody@example.com")));
    accepted(&mut tenant, "PUT", ID, &nobody);
    tenant.wait(2);
    assert_eq!(effects(&tenant).last().unwrap().0, OrderDeed::Replaced, "without a contact it isn't run");
    let failing = changed(ORDER, "/orderAction", embedded);
    accepted(&mut tenant, "POST", ORDERS, &failing);
    tenant.wait(2);
    assert_eq!(effects(&tenant).len(), 6, "nor when the job fails");
}

#[test]
fn an_order_that_is_not_as_it_must_be_is_refused_with_every_fault() {
    let (mut tenant, _) = tenant();
    let body = json!({
        "contact": { "matchKey": "a" }, "status": "Done", "totalPrice": "many",
        "lineItems": { "items": [{ "type": "Gift", "quantity": 1, "totalPrice": 1 }] },
        "data": 7, "references": [{}],
    });
    let (status, answer) = tenant.post(ORDERS, &body.to_string());
    let problems: Vec<&str> = answer["validationErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["errorDescription"].as_str().unwrap().split(' ').next().unwrap())
        .collect();
    let expected = [
        "orderId",
        "contact.matchKeyType",
        "status",
        "references",
        "currencyCode",
        "totalPrice",
        "lineItems.items[0].type",
        "lineItems.items[0].sku",
        "data",
    ];
    assert_eq!((status, problems), (400, expected.to_vec()));
    let long = changed(ORDER, "/orderId", Some(json!("x".repeat(256))));
    assert_eq!(tenant.post(ORDERS, &long).0, 400);
    done(&mut tenant, "POST", ORDERS, ORDER);
    let other = changed(ORDER, "/orderId", Some(json!("another")));
    assert_eq!(tenant.call("PUT", ID, &other).0, 400);
    for (target, body) in [("change-status", "{\"a\":1}"), ("change-delivery", "{\"method\":null}")] {
        assert_eq!(tenant.post(&format!("{ID}/{target}"), body).0, 400, "{target}");
        let missing =
            tenant.post(&format!("{ORDERS}/none/{target}"), r#"{"status":"Completed","method":"x"}"#);
        assert_eq!(missing.0, 404, "{target}");
    }
    assert_eq!(tenant.call("DELETE", "/api/v3/orders/none", "").0, 404);
    assert_eq!(tenant.get("/api/v3/orders/jobs/2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa").0, 404);
}

#[test]
fn what_is_odd_about_an_order_is_found_where_it_is() {
    let with = |path: &str, value: Value| changed(ORDER, path, Some(value));
    for (body, rule, place) in [
        (with("/lineItems/subTotal", json!(324)), Rule::OrderSumDiffers, "lineItems.subTotal"),
        (with("/totalPrice", json!(225)), Rule::OrderSumDiffers, "totalPrice"),
        (with("/payments/total", json!(1)), Rule::OrderSumDiffers, "payments.total"),
        (with("/fees/total", json!(1)), Rule::OrderSumDiffers, "fees.total"),
        (with("/discounts/total", json!(1)), Rule::OrderSumDiffers, "discounts.total"),
        (with("/lineItems/items/1/quantity", json!(1)), Rule::WrongSign, "lineItems.items[].quantity"),
        (with("/lineItems/items/1/taxAmount", json!(-19.8)), Rule::WrongSign, "lineItems.items[].taxAmount"),
        (with("/lineItems/items/0/taxAmount", json!(81)), Rule::TaxDiffers, "lineItems.items[].taxAmount"),
        (
            with("/lineItems/items/0/discounts", json!([{ "value": 5 }])),
            Rule::PositiveDiscount,
            "lineItems.items[].discounts[].value",
        ),
        (
            with("/discounts/items", json!([{ "value": 5 }])),
            Rule::PositiveDiscount,
            "discounts.items[].value",
        ),
        (with("/externalStoreID", json!("x")), Rule::UnknownField, "externalStoreID"),
        (with("/channel", json!("")), Rule::EmptyValue, "channel"),
    ] {
        let (mut tenant, _) = tenant();
        assert_eq!(tenant.post(ORDERS, &body).0, 202);
        assert!(
            tenant.findings().contains(&(rule.advice().code, place.to_owned())),
            "{:?}",
            tenant.findings()
        );
    }
}

#[test]
fn who_changes_an_order_again_before_asking_how_it_went_is_told() {
    let (mut tenant, _) = tenant();
    accepted(&mut tenant, "POST", ORDERS, ORDER);
    tenant.wait(2);
    accepted(&mut tenant, "PUT", ID, ORDER);
    assert!(tenant.found(Rule::JobNotPolled));
    for look in
        [|tenant: &mut Tenant, _: &str| tenant.get(ID).0, |tenant: &mut Tenant, job: &str| tenant.get(job).0]
    {
        let (mut tenant, _) = self::tenant();
        let job = accepted(&mut tenant, "POST", ORDERS, ORDER);
        tenant.wait(2);
        look(&mut tenant, &job);
        accepted(&mut tenant, "PUT", ID, ORDER);
        assert!(!tenant.found(Rule::JobNotPolled));
    }
}

#[test]
fn a_contacts_orders_are_listed_the_newest_first_by_pages_with_links() {
    let (mut tenant, contact) = tenant();
    for number in 0..25 {
        accepted(&mut tenant, "POST", ORDERS, &changed(ORDER, "/orderId", Some(json!(format!("o{number}")))));
    }
    tenant.wait(2);
    let mut target = Some(format!("{ORDERS}?contactId={contact}"));
    let mut seen = Vec::new();
    while let Some(next) = target {
        let (status, page) = tenant.get(&next);
        assert_eq!((status, &page["totalCount"]), (200, &json!(25)));
        let items = page["items"].as_array().unwrap();
        assert!(items.len() == 10 || items.len() == 5, "{}", items.len());
        seen.extend(items.iter().map(|one| one["orderId"].as_str().unwrap().to_owned()));
        assert!(items[0]["versionTag"].is_string());
        let link = |rel: &str| {
            let links = page["links"].as_array().unwrap().iter();
            links.filter(|one| one["rel"] == rel).map(|one| one["href"].as_str().unwrap().to_owned()).next()
        };
        assert_eq!(link("previous").is_some(), page["offset"] != 0);
        target = link("next");
    }
    let expected: Vec<String> = (0..25).rev().map(|number| format!("o{number}")).collect();
    assert_eq!(seen, expected);
    let page = tenant.get(&format!("{ORDERS}?contactId={contact}&offset=24&count=3")).1;
    assert_eq!((&page["count"], page["links"].as_array().unwrap().len()), (&json!(1), 1));
    for (query, status) in
        [("", 400), ("contactId=7", 400), ("contactId=2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa", 404)]
    {
        assert_eq!(tenant.get(&format!("{ORDERS}?{query}")).0, status, "{query}");
    }
    assert_eq!(tenant.get(&format!("{ORDERS}/o3?contactId={contact}")).0, 200);
    let other = "2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa";
    assert_eq!(tenant.get(&format!("{ORDERS}/o3?contactId={other}")).0, 404);
}

#[test]
fn a_deleted_order_and_the_orders_of_a_deleted_contact_are_gone() {
    let (mut tenant, contact) = tenant();
    let another = changed(ORDER, "/orderId", Some(json!("another one/ö")));
    accepted(&mut tenant, "POST", ORDERS, &another);
    done(&mut tenant, "POST", ORDERS, ORDER);
    done(&mut tenant, "DELETE", ID, "");
    assert_eq!(tenant.get(ID).0, 404);
    let path = "/api/v3/orders/another%20one%2F%C3%B6";
    assert_eq!(tenant.get(path).0, 200);
    assert_eq!(tenant.delete(&contact), 200);
    assert_eq!((tenant.get(path).0, tenant.world.orders().len()), (404, 0));
    let deeds: Vec<_> = effects(&tenant).into_iter().map(|(deed, _)| deed).collect();
    assert_eq!(deeds, [OrderDeed::Stored, OrderDeed::Stored, OrderDeed::Deleted, OrderDeed::Deleted]);
    tenant.act(Act::Restore { contact: contact.parse().unwrap() });
    assert_eq!(tenant.world.orders().len(), 0);
    done(&mut tenant, "POST", ORDERS, ORDER);
    assert_eq!(tenant.get(ID).1["contactId"], json!(contact), "an id may be used again");
}

#[test]
fn what_is_missing_is_a_warning_in_the_integration_log() {
    let articles = Some(["3001-BLK-M".to_owned()].into());
    let mut tenant = Tenant::with(Settings { articles, ..Settings::default() });
    done(&mut tenant, "POST", ORDERS, ORDER);
    assert_eq!(
        log(&tenant),
        [
            "order store03-2-000871: Contact is missing",
            "order store03-2-000871: Store is missing (store03-stockholm)",
            "order store03-2-000871: Article is missing (2002)",
        ]
    );
    assert_eq!(tenant.get(ID).1["contactId"], Value::Null);
    tenant.enrol();
    tenant.post("/api/v3/stores", r#"{"name":"Stockholm 03","externalId":"store03-stockholm"}"#);
    done(&mut tenant, "PUT", ID, ORDER);
    assert_eq!(log(&tenant).len(), 4, "only the article is missing still");
}

#[test]
fn changes_of_one_order_are_processed_in_their_order() {
    let (mut tenant, _) = tenant();
    tenant.switch("orderJobSeconds", "600");
    accepted(&mut tenant, "POST", ORDERS, ORDER);
    tenant.switch("orderJobSeconds", "0");
    accepted(&mut tenant, "POST", ORDERS, &changed(ORDER, "/externalStatus", Some(json!("second"))));
    let due = tenant.now + SignedDuration::from_secs(600);
    assert_eq!(next_due(&tenant.world), Some(due));
    tenant.wait(600);
    assert_eq!(tenant.get(ID).1["externalStatus"], json!("ReceiptPrinted"), "the second job failed");
    assert_eq!(next_due(&tenant.world), None);
    assert_eq!(effects(&tenant), [(OrderDeed::Stored, None)]);
    accepted(&mut tenant, "PUT", ID, &changed(ORDER, "/externalStatus", Some(json!("third"))));
    assert_eq!(tenant.get(ID).1["externalStatus"], json!("third"), "0 seconds are none");
}

#[test]
fn a_lost_answer_lost_its_change_or_not_as_the_fault_says() {
    let (mut tenant, _) = tenant();
    let lost = |tenant: &mut Tenant, method: &str, target: &str, body: &str, kind: FaultKind| {
        tenant.act(Act::AddFault(Fault::on(method, target, 1, kind)));
        let reply = tenant.send(Event::Request(request(method, target, body)));
        assert_eq!(reply, Reply::Cut, "{method} {target}");
        tenant.wait(2);
        tenant.world.order_effects().len()
    };
    let (before, after) = (FaultKind::CutBefore, FaultKind::CutAfter);
    assert_eq!(lost(&mut tenant, "POST", ORDERS, ORDER, before.clone()), 0);
    assert_eq!(lost(&mut tenant, "POST", ORDERS, ORDER, after.clone()), 1);
    for (method, target, body) in [
        ("PUT", ID.to_owned(), ORDER),
        ("POST", format!("{ID}/change-status"), r#"{"externalStatus":"Packed"}"#),
        ("POST", format!("{ID}/change-delivery"), r#"{"method":"Post"}"#),
    ] {
        let had = tenant.world.order_effects().len();
        assert_eq!(lost(&mut tenant, method, &target, body, before.clone()), had, "{target}");
        assert_eq!(lost(&mut tenant, method, &target, body, after.clone()), had + 1, "{target}");
    }
    let action = json!({ "action": "Confirm", "versionTag": tag(&mut tenant) }).to_string();
    let target = format!("{ID}/action");
    let had = tenant.world.order_effects().len();
    assert_eq!(lost(&mut tenant, "POST", &target, &action, before.clone()), had);
    assert_eq!(lost(&mut tenant, "POST", &target, &action, after.clone()), had + 1);
    for target in [ORDERS, ID, "/api/v3/orders/jobs/x"] {
        assert_eq!(lost(&mut tenant, "GET", target, "", before.clone()), had + 1);
    }
    assert_eq!(lost(&mut tenant, "DELETE", ID, "", before), had + 1);
    assert_eq!(lost(&mut tenant, "DELETE", ID, "", after), had + 2);
    assert_eq!(tenant.get(ID).0, 404);
}
