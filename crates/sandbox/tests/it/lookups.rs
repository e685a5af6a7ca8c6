//! Who is meant, and who has the key already, under the answers that nobody knows; and what is never shown.

use sandbox::{Settings, Zone};
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, Tenant, changed};

fn find(tenant: &mut Tenant, query: &str) -> (u16, Value) {
    tenant.get(&format!("/api/v3/contacts/id?{query}"))
}

#[test]
fn several_parameters_must_all_match_or_the_first_one_counts() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let both = "email=ada.lind%40example.com&mobilePhone=%2B46709999999";
    assert_eq!(find(&mut tenant, both).0, 404);
    tenant.switch("severalParameters", "firstNonEmpty");
    assert_eq!(find(&mut tenant, both), (200, json!(id)));
    assert_eq!(find(&mut tenant, "email=&mobilePhone=%2B46701234567&any=nobody"), (200, json!(id)));
    assert_eq!(find(&mut tenant, "email=").1["errorCode"], json!("InvalidSearchQuery"));
}

#[test]
fn a_look_up_without_a_type_may_search_members_only() {
    let mut tenant = Tenant::new();
    let body = changed(CONTACT, "/contactType", Some(json!("Contact")));
    let id = tenant.post(CREATE, &body).1["id"].clone();
    assert_eq!(find(&mut tenant, "email=ada.lind%40example.com"), (200, id.clone()));
    tenant.switch("untypedLookup", "defaultType");
    assert_eq!(find(&mut tenant, "email=ada.lind%40example.com").0, 404);
    assert_eq!(find(&mut tenant, "email=ada.lind%40example.com&contactType=contact"), (200, id));
}

#[test]
fn the_case_of_an_address_may_matter() {
    let shouted = changed(CONTACT, "/email", Some(json!("ADA.Lind@example.com")));
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    assert_eq!(find(&mut tenant, "email=ADA.Lind%40example.com"), (200, json!(id)));
    tenant.switch("emailCase", "matters");
    assert_eq!(find(&mut tenant, "email=ADA.Lind%40example.com").0, 404);
    assert_eq!(find(&mut tenant, "any=ADA.Lind%40example.com").0, 404);
    assert_eq!(tenant.post(CREATE, CONTACT).0, 409);
    let (status, other) = tenant.post(CREATE, &shouted);
    assert_eq!(status, 201);
    assert_eq!(find(&mut tenant, "email=ADA.Lind%40example.com"), (200, other["id"].clone()));
    assert!(tenant.world.creations().all(|(_, count)| count.made == 1));
}

#[test]
fn an_unapproved_contact_may_be_hidden_from_look_ups() {
    let mut tenant = Tenant::new();
    tenant.post(&format!("{CREATE}&createAsUnapproved=true"), CONTACT);
    assert_eq!(find(&mut tenant, "email=ada.lind%40example.com").0, 200);
    tenant.switch("unapprovedInLookup", "hidden");
    assert_eq!(find(&mut tenant, "email=ada.lind%40example.com").0, 404);
}

#[test]
fn a_creation_approves_an_unapproved_contact_or_makes_a_second_or_is_refused() {
    let later = changed(CONTACT, "/street", Some(json!("Nygatan 9")));
    for (value, status, contacts) in
        [("approvesExisting", 201, 1), ("createsSecond", 201, 2), ("conflict409", 409, 1)]
    {
        let mut tenant = Tenant::new();
        tenant.switch("unapprovedHolder", value);
        let (_, first) = tenant.post(&format!("{CREATE}&createAsUnapproved=true"), CONTACT);
        let (got, answer) = tenant.post(CREATE, &later);
        assert_eq!((got, tenant.world.contacts().len()), (status, contacts), "{value}");
        let kept = tenant.contact(first["id"].as_str().unwrap());
        let approved = value == "approvesExisting";
        assert_eq!(kept["meta"]["approved"], json!(approved), "{value}");
        assert_eq!(kept["attributes"]["street"] == json!("Nygatan 9"), approved, "{value}");
        assert_eq!(answer["id"] == first["id"], approved, "{value}");
        assert_eq!(tenant.post(CREATE, &later).0, 409, "{value}: now an approved one has it, or none may");
    }
}

#[test]
fn a_key_may_be_unique_across_types() {
    let other_type = changed(CONTACT, "/contactType", Some(json!("Contact")));
    let mut tenant = Tenant::new();
    tenant.enrol();
    tenant.switch("keyAcrossTypes", "conflict409");
    let (status, answer) = tenant.post(CREATE, &other_type);
    assert_eq!((status, &answer["errorCode"]), (409, &json!("ApprovedContactWithKeyExists")));
    tenant.switch("keyAcrossTypes", "allowed");
    assert_eq!(tenant.post(CREATE, &other_type).0, 201);
}

#[test]
fn preferences_that_a_creation_does_not_name_may_be_yes() {
    let body = changed(CONTACT, "/preferences", Some(json!({ "acceptsSms": false })));
    let mut tenant = Tenant::new();
    tenant.switch("preferencesDefault", "true");
    let (_, contact) = tenant.post(CREATE, &body);
    let expected = json!({ "acceptsEmail": true, "acceptsSms": false, "acceptsPostal": true });
    assert_eq!(contact["preferences"], expected);
}

#[test]
fn a_validation_error_may_name_its_field() {
    let mut tenant = Tenant::new();
    let body = changed(CONTACT, "/email", Some(json!("ada")));
    let errors = |tenant: &mut Tenant| tenant.post(CREATE, &body).1["validationErrors"].clone();
    assert_eq!(errors(&mut tenant), json!([{ "errorDescription": "email is not valid." }]));
    tenant.switch("errorField", "named");
    let named = json!([{ "field": "email", "errorDescription": "email is not valid." }]);
    assert_eq!(errors(&mut tenant), named);
}

#[test]
fn values_are_checked_where_the_switch_says_so() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let wrong = json!({
        "gender": "female", "language": "swedish", "countryCode": "S1", "birthDay": "1/2/1980",
        "firstName": "A".repeat(256),
    });
    assert_eq!(tenant.patch(&id, &wrong).0, 200);
    tenant.switch("attributeValidation", "strict");
    let (status, answer) = tenant.patch(&id, &wrong);
    assert_eq!((status, answer["validationErrors"].as_array().map(Vec::len)), (422, Some(5)), "{answer}");
    let other = changed(CONTACT, "/email", Some(json!("bea@example.com")));
    assert_eq!(tenant.post(CREATE, &other).0, 201);
}

#[test]
fn a_personal_number_is_not_shown_in_any_list() {
    let mut tenant = Tenant::new();
    tenant.post(CREATE, &changed(CONTACT, "/socialSecurityNumber", Some(json!("811218-9876"))));
    for query in [
        "socialSecurityNumber=811218-9876",
        "any=19811218-9876",
        "ANY=8112189876&contactType=Member",
        "social%53ecurityNumber=8112189876",
        "socialSecurityNumber=811218",
    ] {
        find(&mut tenant, query);
        tenant.get(&format!("/api/v3/contactoverview?contactType=Member&{query}"));
    }
    let world = &tenant.world;
    let told = format!(
        "{:?} {:?} {:?} {:?}",
        world.requests().collect::<Vec<_>>(),
        world.findings().collect::<Vec<_>>(),
        world.log_lines().collect::<Vec<_>>(),
        tenant.effects
    );
    assert!(told.contains("socialSecurityNumber=***") && told.contains("&any=***"), "{told}");
    assert!(!told.contains("811218"), "{told}");
}

#[test]
fn settings_of_before_are_read_with_defaults() {
    let mut old = serde_json::to_value(Settings::default()).unwrap();
    old.as_object_mut().unwrap().remove("timeZone");
    let read: Settings = serde_json::from_value(old).unwrap();
    assert_eq!(read, Settings::default());
    assert_ne!(read.time_zone, Zone::named("Asia/Tokyo").unwrap());
}
