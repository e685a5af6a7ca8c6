//! The change feed: who was created, updated or deleted in a stretch of time.

use sandbox::{Act, Settings, Zone};
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, Tenant, changed};

/// What the feed says of a kind, from a local time to another.
fn feed(tenant: &mut Tenant, kind: &str, from: &str, to: &str) -> Value {
    let time = |text: &str| format!("2026-11-22%20{}.000", text.replace(':', "%3A"));
    let query = format!("changeType={kind}&fromDate={}&toDate={}", time(from), time(to));
    let (status, ids) = tenant.get(&format!("/api/v3/contacts/changes?{query}"));
    assert_eq!(status, 200, "{ids}");
    ids
}

fn enrol(tenant: &mut Tenant, name: &str) -> String {
    let body = changed(CONTACT, "/email", Some(json!(format!("{name}@example.com"))));
    tenant.post(CREATE, &body).1["id"].as_str().unwrap().to_owned()
}

#[test]
fn each_contact_stands_once_in_the_list_of_what_happened_to_it() {
    let mut tenant = Tenant::new();
    let ada = enrol(&mut tenant, "ada");
    tenant.wait(60);
    let bea = enrol(&mut tenant, "bea");
    tenant.wait(60);
    tenant.patch(&bea, &json!({ "street": "Nygatan 9", "city": "Lund" }));
    tenant.patch(&ada, &json!({ "preferences": { "acceptsSms": false } }));
    tenant.patch(&bea, &json!({ "street": "Kungsgatan 1" }));
    tenant.patch(&ada, &json!({ "city": "Stockholm" }));
    assert_eq!(feed(&mut tenant, "Created", "15:00:00", "15:00:59"), json!([ada]));
    assert_eq!(feed(&mut tenant, "created", "15:00:00", "15:01:00"), json!([ada, bea]));
    assert_eq!(feed(&mut tenant, "Updated", "15:00:00", "15:01:59"), json!([]));
    assert_eq!(feed(&mut tenant, "Updated", "15:02:00", "15:02:00"), json!([bea, ada]));
    assert_eq!(feed(&mut tenant, "Deleted", "15:00:00", "16:00:00"), json!([]));
    tenant.wait(60);
    tenant.delete(&bea);
    assert_eq!(feed(&mut tenant, "Deleted", "15:03:00", "15:03:00"), json!([bea]));
    assert_eq!(feed(&mut tenant, "Created", "15:00:00", "16:00:00"), json!([ada]));
    assert_eq!(feed(&mut tenant, "Updated", "15:00:00", "16:00:00"), json!([ada]));
    tenant.wait(60);
    tenant.act(Act::Restore { contact: bea.parse().unwrap() });
    assert_eq!(feed(&mut tenant, "Deleted", "15:00:00", "16:00:00"), json!([]));
    assert_eq!(feed(&mut tenant, "Updated", "15:04:00", "16:00:00"), json!([bea]));
}

#[test]
fn an_erased_contact_is_still_listed_as_deleted_when_it_was() {
    let mut tenant = Tenant::new();
    let ada = enrol(&mut tenant, "ada");
    tenant.delete(&ada);
    tenant.wait(8 * 24 * 3_600);
    assert_eq!(feed(&mut tenant, "Deleted", "15:00:00", "15:00:00"), json!([ada]));
}

#[test]
fn without_an_end_it_lists_up_to_now() {
    let mut tenant = Tenant::new();
    let ada = enrol(&mut tenant, "ada");
    let listed =
        tenant.get("/api/v3/contacts/changes?changeType=Created&fromDate=2026-11-22%2015%3A00%3A00.000");
    assert_eq!(listed, (200, json!([ada])));
    let with_zone = "/api/v3/contacts/changes?changeType=Created&fromDate=2026-11-22T16%3A00%3A00%2B01%3A00";
    assert_eq!(tenant.get(with_zone), (200, json!([ada])));
}

#[test]
fn its_times_are_in_the_zone_that_the_switch_says() {
    let zone = Zone::named("Europe/Stockholm").unwrap();
    let mut tenant = Tenant::with(Settings { time_zone: zone, ..Settings::default() });
    let ada = enrol(&mut tenant, "ada");
    assert_eq!(feed(&mut tenant, "Created", "15:00:00", "15:30:00"), json!([ada]));
    tenant.switch("changesZone", "tenantZone");
    assert_eq!(feed(&mut tenant, "Created", "15:00:00", "15:30:00"), json!([]));
    assert_eq!(feed(&mut tenant, "Created", "16:00:00", "16:30:00"), json!([ada]));
}

#[test]
fn what_it_cannot_read_and_what_is_too_much_is_refused() {
    let mut tenant = Tenant::new();
    enrol(&mut tenant, "ada");
    enrol(&mut tenant, "bea");
    let from = "fromDate=2026-11-22%2000%3A00%3A00.000";
    for (query, field) in [
        (from.to_owned(), "changeType"),
        (format!("changeType=Changed&{from}"), "changeType"),
        ("changeType=Created".to_owned(), "fromDate"),
        ("changeType=Created&fromDate=yesterday".to_owned(), "fromDate"),
        ("changeType=Created&fromDate=2026-13-01%2000%3A00%3A00.000".to_owned(), "fromDate"),
        (format!("changeType=Created&{from}&toDate=later"), "toDate"),
    ] {
        let (status, answer) = tenant.get(&format!("/api/v3/contacts/changes?{query}"));
        assert_eq!(status, 400, "{query}");
        assert!(answer["validationErrors"].to_string().contains(field), "{query}: {answer}");
    }
    tenant.switch("changesCap", "1");
    let (status, answer) = tenant.get(&format!("/api/v3/contacts/changes?changeType=Created&{from}"));
    assert_eq!((status, &answer["errorCode"]), (400, &json!("TooManyContacts")));
}

#[test]
fn it_may_not_be_switched_on() {
    for (value, status) in [("off403", 403), ("off404", 404)] {
        let mut tenant = Tenant::new();
        tenant.switch("changesFeed", value);
        let target = "/api/v3/contacts/changes?changeType=Created&fromDate=2026-11-22%2000%3A00%3A00.000";
        assert_eq!(tenant.get(target).0, status);
    }
}
