//! The overview: all of a contact at once, and not of this moment.

use sandbox::Rule;
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, Tenant, changed};

fn overview(tenant: &mut Tenant, query: &str) -> (u16, Value) {
    tenant.get(&format!("/api/v3/contactoverview?{query}"))
}

#[test]
fn it_reads_as_documented() {
    let mut tenant = Tenant::new();
    tenant.switch("preferencesSpelling", "AcceptsEmails");
    let id = tenant.enrol();
    let example = include_str!("../examples/overview-answer.json").replace("«id»", &id);
    let expected: Value = serde_json::from_str(&example).unwrap();
    assert_eq!(overview(&mut tenant, &format!("contactId={id}")), (200, expected));
    assert_eq!(tenant.findings(), []);
}

#[test]
fn what_was_answered_is_answered_again_until_it_is_too_old() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let by_id = format!("contactId={id}");
    let street = |tenant: &mut Tenant| overview(tenant, &by_id).1["attributes"]["street"].clone();
    assert_eq!(street(&mut tenant), json!("Storgatan 4"));
    tenant.wait(299);
    tenant.patch(&id, &json!({ "street": "Nygatan 9" }));
    assert_eq!(street(&mut tenant), json!("Storgatan 4"), "even after an update");
    assert_eq!(
        tenant.contact(&id)["attributes"]["street"],
        json!("Nygatan 9"),
        "the contact itself is exact"
    );
    tenant.wait(1);
    assert_eq!(street(&mut tenant), json!("Nygatan 9"));
    tenant.patch(&id, &json!({ "street": "Kungsgatan 1" }));
    tenant.switch("overviewCacheSeconds", "0");
    assert_eq!(street(&mut tenant), json!("Kungsgatan 1"));
}

#[test]
fn by_an_identifier_it_needs_the_type_and_is_advised_against() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    tenant.post(CREATE, &changed(CONTACT, "/contactType", Some(json!("Contact"))));
    for query in ["email=ada.lind%40example.com", "any=070-123%2045%2067", "mobilePhone=%2B46701234567"] {
        let (status, answer) = overview(&mut tenant, query);
        assert_eq!((status, &answer["errorCode"]), (400, &json!("InvalidContactType")), "{query}");
        let (status, answer) = overview(&mut tenant, &format!("{query}&contactType=member"));
        assert_eq!((status, &answer["id"]), (200, &json!(id)), "{query}");
    }
    assert!(tenant.found(Rule::OverviewAsLookup));
}

#[test]
fn a_wrong_question_says_what_is_wrong() {
    let mut tenant = Tenant::new();
    for (query, status, code) in [
        ("contactId=17", 400, "InvalidContactId"),
        ("contactId=2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa", 404, "ContactNotFound"),
        ("", 400, "InvalidSearchQuery"),
        ("email=ada&contactType=Member", 400, "InvalidEmailAddress"),
        ("email=nobody%40example.com&contactType=Member", 404, "ContactNotFound"),
        ("email=nobody%40example.com&contactType=Robot", 400, "InvalidContactType"),
    ] {
        let (got, answer) = overview(&mut tenant, query);
        assert_eq!((got, &answer["errorCode"]), (status, &json!(code)), "{query}");
    }
}
