//! Custom triggers: whom they are for, and that a call of one leaves its trace and nothing else.

use sandbox::{Act, Event, Identifier, Settings, What};
use serde_json::{Value, json};

use crate::automations::set_up;
use crate::tenant::{CONTACT, CREATE, Tenant, changed};

const PATH: &str = "/api/v2/automation/customTriggers";

fn tenant() -> (Tenant, String) {
    let mut tenant = Tenant::with(set_up(&json!({ "customTriggers": ["forgotPassword"] })));
    let body = changed(CONTACT, "/socialSecurityNumber", Some(json!("198112189876")));
    let body = changed(&body, "/externalId", Some(json!("shop 17")));
    let id = tenant.post(CREATE, &body).1["id"].as_str().unwrap().to_owned();
    (tenant, id)
}

/// The triggers that were started, with what was sent along.
fn started(tenant: &Tenant) -> Vec<Value> {
    let all = tenant.world.contact_changes().iter().filter_map(|change| match &change.what {
        What::Triggered { trigger, fields } => Some(json!([change.contact, trigger, fields])),
        _ => None,
    });
    all.collect()
}

#[test]
fn a_trigger_finds_its_contact_by_each_of_the_four_paths_and_is_written_down() {
    let (mut tenant, id) = tenant();
    let before = tenant.contact(&id);
    let fields = json!({ "resetUrlHTML": "https://shop.example/reset" });
    let whom = [
        format!("triggerByContactId/{id}"),
        "triggerByContactTypeAndKey/member/ada.lind%40example.com".to_owned(),
        "triggerByExternalContactId/shop%2017".to_owned(),
        "triggerBySocialSecurityNumber/198112189876".to_owned(),
    ];
    for one in &whom {
        let (status, body) = tenant.post(&format!("{PATH}/forgotPassword/{one}"), &fields.to_string());
        assert_eq!((status, body), (200, Value::Null), "{one}");
    }
    assert_eq!(started(&tenant), vec![json!([id, "forgotPassword", fields]); 4]);
    assert_eq!(tenant.contact(&id), before, "the contact is as it was");
    let feed = "/api/v3/contacts/changes?changeType=Updated&fromDate=2026-11-22%2014%3A00%3A00.000";
    assert_eq!(tenant.get(feed), (200, json!([])));
    for line in tenant.world.requests() {
        assert!(!line.target.contains("198112189876"), "{}", line.target);
    }
}

#[test]
fn a_trigger_needs_to_exist_a_contact_and_flat_fields() {
    let (mut tenant, id) = tenant();
    for (target, body, status, code) in [
        (format!("nothing/triggerByContactId/{id}"), "{}", 404, "CustomTriggerNotFound"),
        ("forgotPassword/triggerByContactId/7".to_owned(), "{}", 404, "ContactNotFound"),
        ("forgotPassword/triggerByExternalContactId/18".to_owned(), "{}", 404, "ContactNotFound"),
        ("forgotPassword/triggerByContactTypeAndKey/Fan/a".to_owned(), "{}", 400, "InvalidContactType"),
        (format!("forgotPassword/triggerByContactId/{id}"), r#"{"a":{"b":"c"}}"#, 400, "ValidationError"),
        (format!("forgotPassword/triggerByContactId/{id}"), "[]", 400, "InvalidJson"),
        (format!("forgotPassword/triggerByShoeSize/{id}"), "{}", 501, "NotImplemented"),
    ] {
        let (answered, refusal) = tenant.post(&format!("{PATH}/{target}"), body);
        assert_eq!((answered, &refusal["errorCode"]), (status, &json!(code)), "{target}");
    }
    assert_eq!(started(&tenant), Vec::<Value>::new());
    assert_eq!(tenant.post(&format!("{PATH}/forgotPassword/triggerByContactId/{id}"), "").0, 200);
}

#[test]
fn a_trigger_is_where_and_answered_as_the_switches_say() {
    let (mut tenant, id) = tenant();
    let target = format!("/api/v3/automation/customTriggers/forgotPassword/triggerByContactId/{id}");
    for answer in ["200", "202", "204"] {
        tenant.switch("triggerAnswer", answer);
        assert_eq!(tenant.post(&target, "{}").0.to_string(), answer);
    }
    tenant.switch("triggersAt", "v2Only");
    assert_eq!(tenant.post(&target, "{}").0, 404);
    assert_eq!(started(&tenant).len(), 3);
}

#[test]
fn what_was_sent_along_is_erased_with_the_contact() {
    let (mut tenant, id) = tenant();
    let target = format!("{PATH}/forgotPassword/triggerByContactId/{id}");
    assert_eq!(tenant.post(&target, r#"{"url":"https://shop.example/ada"}"#).0, 200);
    tenant.act(Act::DeleteContact { contact: id.parse().unwrap() });
    tenant.wait(8 * 86_400);
    assert_eq!(started(&tenant), [json!([id, "forgotPassword", {}])]);
}

#[test]
fn a_key_that_is_a_personal_number_is_shown_nowhere() {
    let settings = Settings::default().with_member_key(Identifier::SocialSecurityNumber);
    let mut tenant = Tenant::with(Settings { custom_triggers: vec!["t".to_owned()], ..settings });
    let body = changed(CONTACT, "/socialSecurityNumber", Some(json!("198112189876")));
    assert_eq!(tenant.post(CREATE, &body).0, 201);
    let target = format!("{PATH}/t/triggerByContactTypeAndKey/Member/198112189876");
    assert_eq!(tenant.post(&target, "").0, 200);
    tenant.send(Event::Timer);
    assert!(tenant.world.requests().all(|line| !line.target.contains("1981")));
}
