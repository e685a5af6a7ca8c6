//! Updates: only what is sent changes, what is sent empty is emptied, and what cannot change stays.

use sandbox::{Act, By, Event, Identifier, Rule, Settings, What};
use serde_json::{Map, Value, json};

use crate::tenant::{CONTACT, CREATE, Tenant, changed, request};

/// A second contact beside the examples' one.
fn enrol_other(tenant: &mut Tenant) -> String {
    let other = changed(CONTACT, "/email", Some(json!("bea@example.com")));
    tenant.post(CREATE, &other).1["id"].as_str().unwrap().to_owned()
}

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn only_what_is_sent_changes() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let before = tenant.contact(&id);
    tenant.wait(60);
    let (status, answer) = tenant.patch(&id, &json!({ "lastName": "Berg", "street": "Nygatan 9" }));
    assert_eq!(status, 200);
    let mut expected = before;
    expected["attributes"]["lastName"] = json!("Berg");
    expected["attributes"]["street"] = json!("Nygatan 9");
    expected["meta"]["modifiedOn"] = json!("2026-11-22T15:01:00.000Z");
    assert_eq!(tenant.contact(&id), expected);
    assert_eq!(answer, expected, "the answer is the contact");
    let changes = [r#"lastName: "Lind" > "Berg""#, r#"street: "Storgatan 4" > "Nygatan 9""#];
    assert_eq!(tenant.changes(), changes);
    assert_eq!(tenant.findings(), []);
}

#[test]
fn the_same_update_again_changes_nothing_and_succeeds() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let update = json!({
        "street": "Nygatan 9", "preferences": { "acceptsSms": false },
        "consents": [{ "id": "memberTerms", "value": false, "source": "POS" }],
    });
    tenant.patch(&id, &update);
    let (once, changes) = (tenant.contact(&id), tenant.changes());
    tenant.wait(60);
    assert_eq!(tenant.patch(&id, &update).0, 200);
    assert_eq!((tenant.contact(&id), tenant.changes()), (once, changes));
}

#[test]
fn an_empty_value_empties_the_field_and_is_found() {
    for empty in [json!(""), Value::Null] {
        let mut tenant = Tenant::new();
        let id = tenant.enrol();
        assert_eq!(tenant.patch(&id, &json!({ "street": empty, "mobilePhone": empty })).0, 200);
        let attributes = &tenant.contact(&id)["attributes"];
        assert_eq!((&attributes["street"], &attributes["city"]), (&empty, &json!("Stockholm")));
        let expected = ["street", "mobilePhone"].map(|place| ("emptyInUpdate", place.to_owned()));
        let mut found = tenant.findings();
        found.sort_by(|left, right| right.1.cmp(&left.1));
        assert_eq!(found, expected);
        assert_eq!(tenant.get("/api/v3/contacts/id?mobilePhone=%2B46701234567").0, 404);
        tenant.switch("unsetAttributes", "null");
        let attributes = &tenant.contact(&id)["attributes"];
        assert_eq!((&attributes["street"], attributes.get("careOf")), (&Value::Null, Some(&Value::Null)));
    }
}

#[test]
fn who_changes_an_identifier_is_found_by_the_new_one_only() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let update =
        json!({ "email": "ada@example.org", "mobilePhone": "+46 70 999 88 77", "externalId": "X-1" });
    assert_eq!(tenant.patch(&id, &update).0, 200);
    assert_eq!(tenant.contact(&id)["attributes"]["mobilePhone"], json!("+46709998877"));
    for gone in ["email=ada.lind%40example.com", "mobilePhone=%2B46701234567"] {
        assert_eq!(tenant.get(&format!("/api/v3/contacts/id?{gone}")).0, 404, "{gone}");
    }
    for found in ["email=ada%40example.org", "mobilePhone=%2B46709998877"] {
        assert_eq!(tenant.get(&format!("/api/v3/contacts/id?{found}")), (200, json!(id)), "{found}");
    }
    assert_eq!(tenant.post(CREATE, CONTACT).0, 201, "the old key is free");
}

#[test]
fn nobody_gets_the_key_of_another_and_nothing_else_changes_either() {
    for (switch, status, code) in
        [("409", 409, "ApprovedContactWithKeyExists"), ("422", 422, "ValidationError")]
    {
        let mut tenant = Tenant::new();
        tenant.switch("keyClash", switch);
        tenant.enrol();
        let other = enrol_other(&mut tenant);
        let before = tenant.contact(&other);
        let (got, answer) =
            tenant.patch(&other, &json!({ "email": "ADA.Lind@example.com", "street": "Nygatan 9" }));
        assert_eq!((got, answer["errorCode"].as_str()), (status, Some(code)));
        assert_eq!(tenant.contact(&other), before);
        assert_eq!(tenant.patch(&other, &json!({ "email": "bea@example.com" })).0, 200, "its own");
        assert_eq!(tenant.patch(&other, &json!({ "externalId": "X-1" })).0, 200, "no key, so shared");
    }
}

#[test]
fn an_update_that_is_wrong_is_refused_as_a_whole() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let before = tenant.contact(&id);
    for (body, text) in [
        (json!({ "street": "Nygatan 9", "mobilePhone": "0701234567" }), "mobilePhone is not valid."),
        (json!({ "street": "Nygatan 9", "email": "ada" }), "email is not valid."),
        (json!({ "street": { "name": "Nygatan" } }), "street is not text."),
        (json!({ "preferences": { "acceptsSms": "no" } }), "preferences.acceptsSms is not true or false."),
        (json!({ "consents": [{ "id": "memberTerms" }] }), "consents[0].value is required but absent."),
        (json!({ "street": "Nygatan 9", "email": "" }), "email is required."),
    ] {
        let (status, answer) = tenant.patch(&id, &body);
        assert_eq!((status, &answer["errorCode"]), (422, &json!("ValidationError")), "{body}");
        assert!(answer["validationErrors"].to_string().contains(text), "{body}: {answer}");
    }
    for (body, code) in [("", "NoData"), ("{}", "NoData"), ("[]", "InvalidJson"), ("{", "InvalidJson")] {
        let (status, answer) = tenant.call("PATCH", &format!("/api/v3/contacts/{id}"), body);
        assert_eq!((status, &answer["errorCode"]), (400, &json!(code)), "{body}");
    }
    let unknown = "2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa";
    assert_eq!(tenant.patch(unknown, &json!({ "street": "Nygatan 9" })).1["errorCode"], "ContactNotFound");
    assert_eq!((tenant.contact(&id), tenant.changes().len()), (before, 0));
    tenant.switch("badIdentifierOnCreate", "400");
    let (status, answer) = tenant.patch(&id, &json!({ "email": "ada" }));
    assert_eq!((status, &answer["errorCode"]), (400, &json!("InvalidEmailAddress")));
}

#[test]
fn what_an_update_cannot_change_stays_and_is_found() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let before = tenant.contact(&id);
    let update = json!({
        "contactType": "Contact", "createdInStore": "elsewhere", "memberNumber": "17",
        "bonusBasedLevel": "gold", "favouriteColour": "red", "Street": "Nygatan 9",
    });
    assert_eq!(tenant.patch(&id, &update).0, 200);
    assert_eq!(tenant.contact(&id), before);
    for rule in [Rule::TypeInUpdate, Rule::FixedInUpdate, Rule::MemberNumberSent, Rule::UnknownField] {
        assert!(tenant.found(rule), "{rule:?}");
    }
    tenant.switch("contactTypeInUpdate", "refused422");
    let update = json!({ "contactType": "Contact", "street": "Nygatan 9" });
    assert_eq!(tenant.patch(&id, &update).0, 422);
    assert_eq!(tenant.contact(&id), before);
}

#[test]
fn the_recruiting_store_can_be_set_where_there_is_none() {
    let mut tenant = Tenant::new();
    let (_, contact) = tenant.post("/api/v3/contacts", CONTACT);
    let id = contact["id"].as_str().unwrap();
    tenant.patch(id, &json!({ "createdInStore": "store07" }));
    tenant.patch(id, &json!({ "createdInStore": "store08" }));
    let contact = tenant.contact(id);
    assert_eq!(contact["attributes"]["createdInStore"], json!("store07"));
    assert_eq!(contact["meta"]["recruitedByStore"]["externalId"], json!("store07"));
}

#[test]
fn a_key_or_mandatory_field_may_be_emptied_where_the_switch_lets_it() {
    let mut settings = Settings::default();
    settings.contact_types[0].mandatory = vec!["lastName".to_owned()];
    let mut tenant = Tenant::with(settings);
    let id = tenant.enrol();
    for name in ["email", "lastName"] {
        assert_eq!(tenant.patch(&id, &json!({ name: null })).0, 422, "{name}");
    }
    tenant.switch("mandatoryEmptied", "accepted");
    for name in ["email", "lastName"] {
        assert_eq!(tenant.patch(&id, &json!({ name: null })).0, 200, "{name}");
    }
    assert_eq!(tenant.get("/api/v3/contacts/id?email=ada.lind%40example.com").0, 404);
}

#[test]
fn preferences_that_are_not_named_are_left_alone_or_become_no() {
    for (value, email) in [("leftAlone", true), ("setToFalse", false)] {
        let mut tenant = Tenant::new();
        tenant.switch("absentPreferences", value);
        let id = tenant.enrol();
        tenant.patch(&id, &json!({ "preferences": { "acceptsPostal": true } }));
        let expected = json!({ "acceptsEmail": email, "acceptsSms": email, "acceptsPostal": true });
        assert_eq!(tenant.contact(&id)["preferences"], expected, "{value}");
        tenant.patch(&id, &json!({ "street": "Nygatan 9" }));
        assert_eq!(tenant.contact(&id)["preferences"], expected, "{value}: no preferences at all");
        tenant.patch(&id, &json!({ "preferences": { "acceptsPostal": null } }));
        assert_eq!(tenant.contact(&id)["preferences"]["acceptsPostal"], json!(false), "null is no");
    }
}

#[test]
fn a_consent_moves_between_yes_and_no_and_never_back_to_nothing() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let say =
        |value: Value| json!({ "consents": [{ "id": "memberTerms", "value": value, "source": "POS" }] });
    tenant.wait(60);
    tenant.patch(&id, &say(json!(false)));
    let consent = tenant.contact(&id)["consents"][0].clone();
    assert_eq!((&consent["value"], &consent["date"]), (&json!(false), &json!("2026-11-22T15:01:00.000Z")));
    assert_eq!(tenant.patch(&id, &say(Value::Null)).0, 422);
    for nothing in [json!({ "consents": [] }), json!({ "consents": null })] {
        assert_eq!(tenant.patch(&id, &nothing).0, 200);
        assert_eq!(tenant.contact(&id)["consents"], json!([consent]), "{nothing}");
    }
    tenant.patch(&id, &json!({ "consents": [{ "id": "cookies", "value": true }] }));
    assert_eq!(tenant.contact(&id)["consents"], json!([consent]), "an undefined one is ignored");
    assert!(tenant.found(Rule::UnknownConsent));
    assert_eq!(tenant.changes(), ["consents.memberTerms: true > false"]);
}

#[test]
fn an_update_may_be_answered_without_the_contact() {
    for (value, status) in [("contact", 200), ("empty200", 200), ("empty204", 204)] {
        let mut tenant = Tenant::new();
        tenant.switch("updateAnswer", value);
        let id = tenant.enrol();
        let (got, answer) = tenant.patch(&id, &json!({ "street": "Nygatan 9" }));
        assert_eq!((got, answer.is_null()), (status, value != "contact"), "{value}");
        assert_eq!(tenant.contact(&id)["attributes"]["street"], json!("Nygatan 9"));
    }
}

#[test]
fn an_update_does_not_approve() {
    let mut tenant = Tenant::new();
    let (_, contact) = tenant.post(&format!("{CREATE}&createAsUnapproved=true"), CONTACT);
    let id = contact["id"].as_str().unwrap();
    tenant.patch(id, &json!({ "preferences": { "acceptsSms": false } }));
    assert_eq!(tenant.contact(id)["meta"]["approved"], json!(false));
}

#[test]
fn somebody_at_engage_edits_by_the_same_rules_and_the_log_says_who_did_what() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let contact = id.parse().unwrap();
    let edit = |fields| Event::Act(Act::ChangeContact { contact, fields });
    tenant.patch(&id, &json!({ "street": "Nygatan 9" }));
    tenant.wait(60);
    tenant.send(edit(fields(json!({ "street": "Kungsgatan 1", "bonusBasedLevel": "gold" }))));
    let told: Vec<_> = tenant.world.changes_of(contact).map(|one| (one.at, one.by, &one.what)).collect();
    let field =
        |name: &str, from: Value, to: &str| What::Field { name: name.to_owned(), from, to: json!(to) };
    let (first, later) = (tenant.now - jiff::SignedDuration::from_secs(60), tenant.now);
    let expected = [
        (first, By::Request(2), &field("street", json!("Storgatan 4"), "Nygatan 9")),
        (later, By::Person, &field("bonusBasedLevel", Value::Null, "gold")),
        (later, By::Person, &field("street", json!("Nygatan 9"), "Kungsgatan 1")),
    ];
    assert_eq!(told, expected);
    enrol_other(&mut tenant);
    for (wrong, status) in [(json!({ "email": "ada" }), 400), (json!({ "email": "bea@example.com" }), 409)] {
        let act = Act::ChangeContact { contact, fields: fields(wrong) };
        assert_eq!(tenant.act(act), status);
    }
    assert_eq!(tenant.findings(), [], "a person is not advised");
}

#[test]
fn somebody_at_engage_creates_a_contact_that_is_seen_at_once() {
    let mut tenant = Tenant::new();
    tenant.switch("visibilityDelaySeconds", "60");
    let create =
        |kind: &str, body: Value| Act::CreateContact { contact_type: kind.to_owned(), fields: fields(body) };
    assert_eq!(tenant.act(create("member", json!({ "email": "ada@example.com", "firstName": "Ada" }))), 201);
    let contact = tenant.world.contacts().next().unwrap().clone();
    assert_eq!(
        (contact.contact_type.as_str(), contact.attribute("memberNumber")),
        ("Member", Some("10000001"))
    );
    assert_eq!(tenant.get("/api/v3/contacts/id?email=ada%40example.com"), (200, json!(contact.id)));
    assert_eq!(tenant.act(create("Member", json!({ "email": "ADA@example.com" }))), 409);
    assert_eq!(tenant.act(create("Member", json!({ "firstName": "Ada" }))), 400);
    assert_eq!(tenant.act(create("Robot", json!({ "email": "robot@example.com" }))), 400);
    assert_eq!(tenant.world.contacts().len(), 1);
}

#[test]
fn the_level_is_where_the_switch_says() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let level = json!({ "bonusBasedLevel": "silver", "bonusBasedLevelLeftForUpgrade": 750 });
    tenant.act(Act::ChangeContact { contact: id.parse().unwrap(), fields: fields(level) });
    assert_eq!(tenant.contact(&id)["attributes"]["bonusBasedLevel"], json!("silver"));
    tenant.switch("levelIn", "overviewOnly");
    assert_eq!(tenant.contact(&id)["attributes"].get("bonusBasedLevel"), None);
    let (_, overview) = tenant.get(&format!("/api/v3/contactoverview?contactId={id}"));
    assert_eq!(overview["attributes"]["bonusBasedLevel"], json!("silver"));
    assert_eq!(overview["attributes"]["bonusBasedLevelLeftForUpgrade"], json!(750));
}

fn retype(tenant: &mut Tenant, id: &str, handle: &str) -> (u16, Value) {
    tenant.post(&format!("/api/v3/contacts/{id}/updateContactType?contactTypeId={handle}"), "")
}

#[test]
fn a_contact_changes_its_type_if_it_has_what_the_type_asks_for() {
    let mut settings = Settings::default();
    settings.contact_types[0].mandatory = vec!["lastName".to_owned()];
    let mut tenant = Tenant::with(settings);
    let body = r#"{"contactType":"Contact","email":"ada@example.com"}"#;
    let id = tenant.post(CREATE, body).1["id"].as_str().unwrap().to_owned();
    for (switch, status) in [("422", 422), ("400", 400)] {
        tenant.switch("typeChangeMissing", switch);
        let (got, answer) = retype(&mut tenant, &id, "Member");
        assert_eq!((got, &answer["errorCode"]), (status, &json!("ValidationError")));
        assert!(answer.to_string().contains("lastName is required."), "{answer}");
    }
    tenant.patch(&id, &json!({ "lastName": "Lind" }));
    assert_eq!(retype(&mut tenant, &id, "member"), (200, Value::Null));
    assert_eq!(tenant.contact(&id)["meta"]["contactType"], json!("Member"));
    assert_eq!(retype(&mut tenant, &id, "Member").0, 200, "the type it has");
    for wrong in ["Robot", ""] {
        let (status, answer) = retype(&mut tenant, &id, wrong);
        assert_eq!((status, &answer["errorCode"]), (400, &json!("InvalidContactType")), "{wrong}");
    }
    assert_eq!(retype(&mut tenant, "2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa", "Member").0, 404);
}

#[test]
fn a_type_in_which_the_key_is_taken_is_refused() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    let of_other_type = changed(CONTACT, "/contactType", Some(json!("Contact")));
    let id = tenant.post(CREATE, &of_other_type).1["id"].as_str().unwrap().to_owned();
    let (status, answer) = retype(&mut tenant, &id, "Member");
    assert_eq!((status, &answer["errorCode"]), (409, &json!("ApprovedContactWithKeyExists")));
    assert_eq!(tenant.contact(&id)["meta"]["contactType"], json!("Contact"));
}

#[test]
fn an_update_right_after_a_creation_may_not_see_the_contact_yet() {
    let mut tenant = Tenant::new();
    tenant.switch("visibilityDelaySeconds", "10");
    let id = tenant.enrol();
    assert_eq!(tenant.patch(&id, &json!({ "street": "Nygatan 9" })).0, 404);
    assert_eq!(tenant.delete(&id), 404);
    tenant.wait(10);
    assert_eq!(tenant.patch(&id, &json!({ "street": "Nygatan 9" })).0, 200);
}

#[test]
fn a_member_number_that_is_the_key_may_be_given_or_is_numbered() {
    let mut tenant = Tenant::with(Settings::default().with_member_key(Identifier::MemberNumber));
    let given = r#"{"firstName":"Ada","memberNumber":"10000001"}"#;
    assert_eq!(tenant.post(CREATE, given).1["attributes"]["memberNumber"], json!("10000001"));
    assert_eq!(tenant.post(CREATE, given).0, 409);
    let (status, numbered) = tenant.post(CREATE, r#"{"firstName":"Bea"}"#);
    assert_eq!((status, &numbered["attributes"]["memberNumber"]), (201, &json!("10000002")));
}

#[test]
fn a_request_is_needed_for_a_call_and_its_body_for_an_update() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    let without = sandbox::Request::new("PATCH", format!("/api/v3/contacts/{id}"))
        .header("apikey", "test-key")
        .body(r#"{"street":"Nygatan 9"}"#);
    let reply = tenant.send(Event::Request(without));
    assert_eq!(reply.answer().unwrap().status, 500, "no content type");
    let other = request("PATCH", "/api/v3/contacts/count", "[]");
    assert_eq!(tenant.send(Event::Request(other)).answer().unwrap().status, 501, "no contact's id");
}
