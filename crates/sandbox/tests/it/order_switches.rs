//! What nobody knows of orders: each value of each switch.

use sandbox::{Event, Rule};
use serde_json::{Value, json};

use crate::orders::{ORDER, ORDERS};
use crate::tenant::{Tenant, changed, request};

const ID: &str = "/api/v3/orders/store03-2-000871";

fn tenant(switches: &[(&str, &str)]) -> Tenant {
    let mut tenant = Tenant::new();
    tenant.enrol();
    for (name, value) in switches {
        tenant.switch(name, value);
    }
    tenant
}

/// Status, `Location`, `ETag` and body.
fn call(
    tenant: &mut Tenant,
    method: &str,
    target: &str,
    body: &str,
) -> (u16, Option<String>, Option<String>, Value) {
    let reply = tenant.send(Event::Request(request(method, target, body)));
    let answer = reply.answer().unwrap();
    let header = |wanted: &str| {
        answer.headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
    };
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status, header("location"), header("etag"), body)
}

/// Posts the example and answers its job's link, wherever it stands.
fn post(tenant: &mut Tenant) -> String {
    let (status, location, _, body) = call(tenant, "POST", ORDERS, ORDER);
    assert!(status == 202 || status == 201, "{status} {body}");
    location.or_else(|| body["link"].as_str().map(str::to_owned)).unwrap()
}

#[test]
fn an_acceptance_has_its_status_and_its_link_where_the_switches_say() {
    for (status, expected) in [("202", 202), ("201", 201)] {
        for (place, in_header, in_body) in
            [("headerAndBody", true, true), ("header", true, false), ("body", false, true)]
        {
            let mut tenant = tenant(&[("orderAnswer", status), ("orderJobLink", place)]);
            let (answered, location, _, body) = call(&mut tenant, "POST", ORDERS, ORDER);
            assert_eq!(
                (answered, location.is_some(), body["link"].is_string()),
                (expected, in_header, in_body)
            );
        }
    }
}

#[test]
fn a_job_is_pending_done_or_failed_in_the_words_of_the_switches() {
    for (switch, expected) in [("200", 200), ("202", 202)] {
        let mut tenant = tenant(&[("orderJobPending", switch)]);
        let job = post(&mut tenant);
        assert_eq!(tenant.get(&job).0, expected);
        tenant.wait(2);
        let (status, location, _, _) = call(&mut tenant, "GET", &job, "");
        assert_eq!((status, location.as_deref()), (302, Some(ID)));
    }
    for (switch, expected) in [("422", 422), ("200", 200)] {
        let mut tenant = tenant(&[("orderJobFailed", switch), ("orderJobs", "fail")]);
        let job = post(&mut tenant);
        assert_eq!(tenant.get(&job).1["status"], json!("Pending"));
        tenant.wait(2);
        let (status, body) = tenant.get(&job);
        assert_eq!(
            (status, &body["status"], &body["errorCode"]),
            (expected, &json!("Failed"), &json!("SandboxFault"))
        );
        assert_eq!(tenant.get(ID).0, 404);
    }
}

#[test]
fn a_job_that_never_ends_has_stored_the_order_or_not() {
    for (switch, order) in [("neverEnd", 404), ("doneUntold", 200)] {
        let mut tenant = tenant(&[("orderJobs", switch)]);
        let job = post(&mut tenant);
        tenant.wait(1_000_000);
        assert_eq!(tenant.get(&job).1["status"], json!("Pending"), "{switch}");
        assert_eq!(tenant.get(ID).0, order, "{switch}");
        tenant.switch("orderJobs", "processed");
        tenant.wait(2);
        assert_eq!(tenant.get(&job).1["status"], json!("Pending"), "what was accepted stays what it is");
    }
}

#[test]
fn a_tag_is_in_the_body_or_in_the_header_only() {
    for (switch, in_body) in [("body", true), ("etag", false)] {
        let mut tenant = tenant(&[("orderVersionTag", switch)]);
        post(&mut tenant);
        tenant.wait(2);
        let (_, _, etag, body) = call(&mut tenant, "GET", ID, "");
        assert_eq!((body["versionTag"].is_string(), etag.is_some()), (in_body, !in_body));
        let tag = etag
            .map_or_else(|| body["versionTag"].as_str().unwrap().to_owned(), |etag| etag.replace('"', ""));
        let action = json!({ "action": "Confirm", "versionTag": tag }).to_string();
        assert_eq!(tenant.post(&format!("{ID}/action"), &action).0, 202);
    }
}

#[test]
fn a_creation_of_what_is_there_fails_replaces_or_is_refused() {
    for (switch, status, ended, kept) in [
        ("jobFails", 202, 422, "Completed"),
        ("replaces", 202, 302, "Cancelled"),
        ("conflict409", 409, 0, "Completed"),
    ] {
        let mut tenant = tenant(&[("orderPostExisting", switch)]);
        post(&mut tenant);
        let again = changed(ORDER, "/status", Some(json!("Cancelled")));
        for _ in ["before the first is processed", "after it"] {
            let (answered, location, _, _) = call(&mut tenant, "POST", ORDERS, &again);
            assert_eq!(answered, status, "{switch}");
            tenant.wait(2);
            let job = location.map(|job| tenant.get(&job));
            assert_eq!(job.as_ref().map_or(0, |job| job.0), ended, "{switch}");
            if switch == "jobFails" {
                assert_eq!(job.unwrap().1["errorCode"], json!("OrderAlreadyExists"));
            }
            assert_eq!(tenant.get(ID).1["status"], json!(kept), "{switch}");
        }
    }
}

#[test]
fn a_replacement_of_what_is_not_there_is_refused_or_creates() {
    for (switch, status, read) in [("notFound404", 404, 404), ("creates", 202, 200)] {
        let mut tenant = tenant(&[("orderPutMissing", switch)]);
        assert_eq!(tenant.call("PUT", ID, ORDER).0, status);
        tenant.wait(2);
        assert_eq!(tenant.get(ID).0, read);
    }
    let mut tenant = tenant(&[]);
    post(&mut tenant);
    tenant.wait(2);
    let deleted = call(&mut tenant, "DELETE", ID, "").1.unwrap();
    let replaced = call(&mut tenant, "PUT", ID, ORDER).1.unwrap();
    tenant.wait(2);
    assert_eq!((tenant.get(&deleted).0, tenant.get(&replaced).0), (302, 422), "it was deleted meanwhile");
}

#[test]
fn an_order_of_nobody_is_stored_without_a_contact_or_fails() {
    let nobody = changed(ORDER, "/contact/matchKey", Some(json!("nobody@example.com")));
    for (switch, ended, read) in [("storedWithout", 302, 200), ("jobFails", 422, 404)] {
        let mut tenant = tenant(&[("orderUnknownContact", switch)]);
        let job = call(&mut tenant, "POST", ORDERS, &nobody).1.unwrap();
        tenant.wait(2);
        assert_eq!((tenant.get(&job).0, tenant.get(ID).0), (ended, read), "{switch}");
    }
}

#[test]
fn a_job_takes_as_long_as_the_switch_says() {
    let mut tenant = tenant(&[("orderJobSeconds", "86400")]);
    let job = post(&mut tenant);
    tenant.wait(86_399);
    assert_eq!(tenant.get(&job).0, 200);
    tenant.wait(1);
    assert_eq!(tenant.get(&job).0, 302);
    assert!(!tenant.found(Rule::JobNotPolled));
}
