//! Time: the clock that freezes and advances, imports on their interval, new contacts nobody sees yet, the rate.

use jiff::{SignedDuration, Timestamp};
use sandbox::{Act, Event, next_due};
use serde_json::json;

use crate::tenant::{CONTACT, CREATE, RECEIPT, Tenant, request};

const FIND: &str = "/api/v3/contacts/id?email=ada.lind%40example.com";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn receipts_are_imported_on_the_interval_and_not_before() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    assert_eq!(next_due(&tenant.world), None, "nothing waits");
    tenant.wait(60);
    tenant.post("/api/v3/receipts", RECEIPT);
    assert_eq!(next_due(&tenant.world), Some(at("2026-11-22T15:15:00Z")));
    tenant.wait(13 * 60 + 59);
    assert_eq!(tenant.fates(), ["pending"]);
    tenant.wait(1);
    assert_eq!(tenant.fates(), ["imported"]);
    assert_eq!(next_due(&tenant.world), None);
}

#[test]
fn an_interval_of_zero_imports_at_once() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    tenant.switch("importIntervalSeconds", "0");
    tenant.post("/api/v3/receipts", RECEIPT);
    assert_eq!(tenant.fates(), ["imported"]);
}

#[test]
fn a_frozen_clock_waits_and_an_advance_lets_happen_what_fell_due() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    tenant.act(Act::Freeze);
    tenant.post("/api/v3/receipts", RECEIPT);
    assert_eq!(next_due(&tenant.world), None, "nothing falls due by itself");
    tenant.wait(3_600);
    assert_eq!(tenant.fates(), ["pending"]);
    tenant.act(Act::Advance { seconds: 1_000 });
    assert_eq!(tenant.fates(), ["imported"]);
    let stamped = tenant.world.log_lines().last().unwrap().at;
    assert_eq!(stamped, at("2026-11-22T15:15:00Z"), "at the time it fell due, not when it was noticed");
    assert_eq!(tenant.world.time(tenant.now), at("2026-11-22T15:16:40Z"));
}

#[test]
fn a_resumed_clock_runs_on_from_where_it_stood() {
    let mut tenant = Tenant::new();
    tenant.act(Act::Freeze);
    tenant.wait(3_600);
    tenant.act(Act::Resume);
    tenant.wait(5);
    assert_eq!(tenant.world.time(tenant.now), at("2026-11-22T15:00:05Z"));
    tenant.post(CREATE, CONTACT);
    tenant.post("/api/v3/receipts", RECEIPT);
    let due = next_due(&tenant.world).unwrap();
    assert_eq!(due, at("2026-11-22T16:15:00Z"), "in the host's time, which is an hour ahead");
}

#[test]
fn world_time_never_runs_back_even_when_the_hosts_does() {
    let mut tenant = Tenant::new();
    tenant.wait(100);
    let before = tenant.world.time(tenant.now);
    tenant.now -= SignedDuration::from_secs(500);
    tenant.send(Event::Timer);
    assert_eq!(tenant.world.time(tenant.now), before);
    assert_eq!(tenant.act(Act::Advance { seconds: u32::MAX }), 400);
}

#[test]
fn a_new_contact_is_not_seen_at_once_but_its_receipts_are_matched() {
    let mut tenant = Tenant::new();
    tenant.switch("visibilityDelaySeconds", "60");
    let id = tenant.enrol();
    assert_eq!(tenant.get(FIND).0, 404);
    assert_eq!(tenant.get(&format!("/api/v3/contacts/{id}")).0, 404);
    let (status, body) = tenant.post(CREATE, CONTACT);
    assert_eq!((status, body["errorCode"].as_str()), (409, Some("ContactWithKeyIsBeingCreated")));
    tenant.post("/api/v3/receipts", RECEIPT);
    tenant.import();
    assert_eq!(tenant.fates(), ["imported"]);
    tenant.wait(59);
    assert_eq!(tenant.get(FIND).0, 404);
    tenant.wait(1);
    assert_eq!(tenant.get(FIND), (200, json!(id)));
    assert_eq!(tenant.post(CREATE, CONTACT).1["errorCode"], json!("ApprovedContactWithKeyExists"));
}

#[test]
fn above_the_limit_of_any_second_the_answer_is_429() {
    let mut tenant = Tenant::new();
    tenant.switch("rateLimitPerSecond", "3");
    let stores = || request("GET", "/api/v3/stores", "");
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(tenant.send(Event::Request(stores())).answer().unwrap().status);
        tenant.now += SignedDuration::from_millis(250);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 200, 200, 200, 429]);
    assert_eq!(tenant.world.busiest_second(), 3);

    tenant.switch("retryAfterSeconds", "2");
    tenant.switch("rateLimitPerSecond", "1");
    let reply = tenant.send(Event::Request(stores()));
    let answer = reply.answer().unwrap();
    assert!(answer.headers.contains(&("retry-after", "2".to_owned())), "{answer:?}");
    let other_key = Event::Request(stores().header("apikey", "another"));
    assert_eq!(tenant.send(other_key).answer().unwrap().status, 200, "counted per key");
}

#[test]
fn a_frozen_clock_does_not_hold_the_rate_window_shut() {
    let mut tenant = Tenant::new();
    tenant.switch("rateLimitPerSecond", "1");
    tenant.act(Act::Freeze);
    assert_eq!(tenant.get("/api/v3/stores").0, 200);
    assert_eq!(tenant.get("/api/v3/stores").0, 429);
    tenant.now += SignedDuration::from_secs(1);
    assert_eq!(tenant.get("/api/v3/stores").0, 200);
}
