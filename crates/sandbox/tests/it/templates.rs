//! Promotions as templates: what calls make, read, change and delete, and what only a person does.

use sandbox::{Act, Rule};
use serde_json::{Value, json};

use crate::loyalty::{PROMOTION, assign, promotion, reach};
use crate::tenant::{Tenant, changed};

const TEMPLATES: &str = "/api/v3/promotions/multichannels";

fn created(tenant: &mut Tenant, body: &str) -> Value {
    let (status, answer) = tenant.post(TEMPLATES, body);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn id_of(template: &Value) -> String {
    template["id"].as_str().unwrap().to_owned()
}

fn path(template: &Value) -> String {
    format!("{TEMPLATES}/{}", id_of(template))
}

fn read(tenant: &mut Tenant, template: &Value) -> Value {
    let (status, answer) = tenant.get(&path(template));
    assert_eq!(status, 200, "{answer}");
    answer
}

fn code((status, body): (u16, Value)) -> (u16, String) {
    (status, body["errorCode"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_promotion_is_made_as_a_draft_and_reads_as_it_was_written_but_for_its_days() {
    let mut tenant = Tenant::new();
    let template = created(&mut tenant, PROMOTION);
    let mut expected: Value = serde_json::from_str(PROMOTION).unwrap();
    expected["id"] = template["id"].clone();
    expected["status"] = json!("Draft");
    expected["validity"]["startDate"] = json!("2026-01-15T00:00:00+01:00");
    expected["validity"]["endDate"] = Value::Null;
    expected["presentation"]["imageUrl"] = Value::Null;
    for channel in expected["redemptionChannels"].as_array_mut().unwrap() {
        for name in ["instruction", "localValues"] {
            if channel.get(name).is_none() {
                channel[name] = if name == "instruction" { Value::Null } else { json!([]) };
            }
        }
    }
    assert_eq!(template, expected);
    assert_eq!(read(&mut tenant, &template), expected);
    let version_2 = tenant.get(&format!("/api/v2/promotions/multichannels/{}", id_of(&template)));
    assert_eq!(version_2, (200, expected.clone()));
    assert_eq!(tenant.get(&format!("{TEMPLATES}?externalId=WELCOME10")), (200, expected.clone()));
    assert_eq!(
        tenant.get(&format!("{TEMPLATES}/validity?externalId=WELCOME10")),
        (200, expected["validity"].clone())
    );
    assert_eq!(tenant.findings(), []);
}

#[test]
fn what_cannot_be_a_promotion_is_a_bad_request_and_makes_none() {
    let mut tenant = Tenant::new();
    for (path, value) in [
        ("/name", None),
        ("/name", Some(json!(""))),
        ("/validity/startDate", None),
        ("/validity/startDate", Some(json!("2026-01-15T00:00:00+01:00"))),
        ("/validity/startDate", Some(json!("soon"))),
        ("/validity/endDate", Some(json!("2026-02-15"))),
        ("/validity/assignedValidity", Some(json!({ "unit": "Weeks", "amount": 2 }))),
        ("/validity/assignedValidity", Some(json!({ "unit": "Days", "amount": 0 }))),
        ("/externalId", Some(json!("x".repeat(451)))),
        ("/redemptionChannels", Some(json!([{ "type": "PHONE", "valueType": "PERCENT", "value": "1" }]))),
        ("/redemptionChannels", Some(json!([{ "type": "POS", "valueType": "PERCENT", "value": "1.5" }]))),
        ("/redemptionChannels", Some(json!([{ "type": "ECOM", "valueType": "MANUAL", "value": "wave" }]))),
    ] {
        let refused = tenant.post(TEMPLATES, &changed(PROMOTION, path, value.clone()));
        assert_eq!(code(refused), (400, "BadRequest".to_owned()), "{path} {value:?}");
    }
    assert_eq!(code(tenant.post(TEMPLATES, "")), (400, "NoData".to_owned()));
    assert!(tenant.world.promotions().is_empty());
}

#[test]
fn an_unknown_field_of_a_promotion_is_found_and_does_nothing() {
    let mut tenant = Tenant::new();
    let template = created(&mut tenant, &changed(PROMOTION, "/maxRedemptions", Some(json!(1))));
    assert!(template.get("maxRedemptions").is_none());
    assert_eq!(tenant.findings(), [("unknownField", "maxRedemptions".to_owned())]);
}

#[test]
fn a_promotion_that_is_not_there_is_told_from_an_id_that_is_none() {
    let mut tenant = Tenant::new();
    let not_found = (404, "PromotionNotFound".to_owned());
    let unknown = "0d9b5a52-8f5f-4a39-8a0e-2a7c1f4d9e20";
    let body = changed(PROMOTION, "/id", Some(json!(unknown)));
    for (method, below, body) in [
        ("GET", format!("/{unknown}"), ""),
        ("GET", format!("/{unknown}/validity"), ""),
        ("PUT", format!("/{unknown}"), body.as_str()),
        ("PUT", format!("/{unknown}/validity"), r#"{"startDate":"2026-01-15"}"#),
        ("DELETE", format!("/{unknown}"), ""),
        ("GET", "?externalId=WELCOME10".to_owned(), ""),
        ("DELETE", "?externalId=WELCOME10".to_owned(), ""),
    ] {
        let answer = tenant.call(method, &format!("{TEMPLATES}{below}"), body);
        assert_eq!(code(answer), not_found, "{method} {below}");
    }
    assert_eq!(code(tenant.get(&format!("{TEMPLATES}/7"))), (400, "InvalidPromotionId".to_owned()));
    assert_eq!(code(tenant.get(TEMPLATES)), (400, "BadRequest".to_owned()), "there is no list of all");
}

#[test]
fn only_a_draft_can_be_changed() {
    let mut tenant = Tenant::new();
    let template = created(&mut tenant, PROMOTION);
    let id = id_of(&template);
    let update = changed(PROMOTION, "/name", Some(json!("Welcome 12%")));
    let refused = code(tenant.call("PUT", &path(&template), &update));
    assert_eq!(refused, (400, "BadRequest".to_owned()), "the id belongs into the body");
    let update = changed(&update, "/id", Some(json!(id)));
    let (status, answer) = tenant.call("PUT", &path(&template), &update);
    assert_eq!((status, &answer["name"], &answer["status"]), (200, &json!("Welcome 12%"), &json!("Draft")));
    let days = r#"{"startDate":"2026-12-01","endDate":"2026-12-24"}"#;
    let validity = format!("{}/validity", path(&template));
    let expected = json!({ "startDate": "2026-12-01T00:00:00+01:00", "endDate": "2026-12-24T00:00:00+01:00",
        "assignedValidity": null });
    assert_eq!(tenant.call("PUT", &validity, days), (200, expected.clone()));
    assert_eq!(read(&mut tenant, &template)["validity"], expected);
    assert_eq!(read(&mut tenant, &template)["name"], json!("Welcome 12%"));

    let activate = || Act::ActivatePromotion { promotion: id.parse().unwrap() };
    assert_eq!((tenant.act(activate()), tenant.act(activate())), (204, 409));
    for (value, status) in [("409", 409), ("400", 400)] {
        tenant.switch("lockedPromotion", value);
        let locked = (status, "PromotionNotDraft".to_owned());
        assert_eq!(code(tenant.call("PUT", &path(&template), &update)), locked);
        assert_eq!(code(tenant.call("PUT", &validity, days)), locked);
    }
    assert_eq!(read(&mut tenant, &template)["validity"], expected);
    assert_eq!(tenant.findings(), []);
}

#[test]
fn a_status_follows_the_calendar_and_what_a_person_did() {
    let mut tenant = Tenant::new();
    let days = json!({ "startDate": "2026-12-01", "endDate": "2026-12-24" });
    let template = created(&mut tenant, &changed(PROMOTION, "/validity", Some(days)));
    let promotion = id_of(&template).parse().unwrap();
    assert_eq!(tenant.act(Act::EndPromotion { promotion }), 409, "a draft can't be ended");
    assert_eq!(tenant.act(Act::ActivatePromotion { promotion }), 204);
    for (moment, status) in [
        ("2026-11-30T22:59:59Z", "Scheduled"),
        ("2026-11-30T23:00:00Z", "Active"),
        ("2026-12-24T22:59:59Z", "Active"),
        ("2026-12-24T23:00:00Z", "Ended"),
    ] {
        reach(&mut tenant, moment);
        assert_eq!(read(&mut tenant, &template)["status"], json!(status), "{moment}");
    }
    let other = created(&mut tenant, &changed(PROMOTION, "/externalId", None));
    let promotion = id_of(&other).parse().unwrap();
    assert_eq!(tenant.act(Act::ActivatePromotion { promotion }), 204);
    assert_eq!(read(&mut tenant, &other)["status"], json!("Active"));
    let end = || Act::EndPromotion { promotion };
    assert_eq!((tenant.act(end()), tenant.act(end())), (204, 409));
    assert_eq!(read(&mut tenant, &other)["status"], json!("Ended"));
    assert_eq!(tenant.act(Act::ActivatePromotion { promotion }), 409);
}

#[test]
fn only_what_was_never_assigned_can_be_deleted() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let assigned = promotion(&mut tenant, PROMOTION);
    let assignment = assign(&mut tenant, &id, &assigned);
    tenant.act(Act::DeleteAssignment { assignment: assignment.parse().unwrap() });
    for (value, status) in [("409", 409), ("400", 400)] {
        tenant.switch("lockedPromotion", value);
        let refused = tenant.call("DELETE", &format!("{TEMPLATES}/{assigned}"), "");
        assert_eq!(code(refused), (status, "PromotionAssigned".to_owned()));
    }
    let free = created(&mut tenant, &changed(PROMOTION, "/externalId", Some(json!("OTHER"))));
    assert_eq!(tenant.call("DELETE", &path(&free), ""), (200, Value::Null));
    assert_eq!(tenant.call("DELETE", &path(&free), "").0, 404);
    let free = created(&mut tenant, &changed(PROMOTION, "/externalId", Some(json!("OTHER"))));
    assert_ne!(free["id"], json!(assigned));
    assert_eq!(tenant.call("DELETE", &format!("{TEMPLATES}?externalId=OTHER"), "").0, 200);
    assert_eq!(tenant.world.promotions().len(), 1);
}

#[test]
fn an_external_id_is_taken_once_unless_the_switch_says_otherwise() {
    let mut tenant = Tenant::new();
    let first = created(&mut tenant, PROMOTION);
    let taken = (409, "PromotionExternalIdExists".to_owned());
    assert_eq!(code(tenant.post(TEMPLATES, PROMOTION)), taken);
    let other = created(&mut tenant, &changed(PROMOTION, "/externalId", None));
    let update = changed(PROMOTION, "/id", Some(other["id"].clone()));
    assert_eq!(code(tenant.call("PUT", &path(&other), &update)), taken);
    let own = changed(PROMOTION, "/id", Some(first["id"].clone()));
    assert_eq!(tenant.call("PUT", &path(&first), &own).0, 200, "it keeps its own");
    tenant.switch("duplicateExternalId", "accepted");
    assert_eq!(tenant.post(TEMPLATES, PROMOTION).0, 200);
    let (_, found) = tenant.get(&format!("{TEMPLATES}?externalId=WELCOME10"));
    assert_eq!(found["id"], first["id"]);
    assert!(!tenant.found(Rule::UnknownField));
}
