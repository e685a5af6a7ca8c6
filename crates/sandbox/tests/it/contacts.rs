//! Contacts: what every call must have, who is found, who is created.

use sandbox::{ApiKeys, ContactType, Event, Identifier, Request, Rule, Settings};
use serde_json::{Value, json};

use crate::tenant::{CONTACT, CREATE, Tenant, changed};

#[test]
fn a_call_needs_a_key_that_is_good() {
    let settings = Settings { api_keys: ApiKeys::only(["test-key"]), ..Settings::default() };
    let mut tenant = Tenant::with(settings);
    assert_eq!(tenant.get("/api/v3/stores").0, 200);
    for key in [None, Some(""), Some("other")] {
        let request = Request::new("GET", "/api/v3/stores").header("content-type", "application/json");
        let request = key.map_or(request.clone(), |key| request.header("apikey", key));
        let reply = tenant.send(Event::Request(request));
        assert_eq!(reply.answer().unwrap().status, 401, "{key:?}");
    }
}

#[test]
fn a_body_without_its_content_type_gets_engages_500() {
    let mut tenant = Tenant::new();
    let post = Request::new("POST", CREATE).header("apikey", "k").body(CONTACT.to_owned());
    let reply = tenant.send(Event::Request(post.clone()));
    let answer = reply.answer().unwrap();
    assert_eq!((answer.status, &answer.body[..]), (500, &br#"{"message":"An error has occurred."}"#[..]));
    let form = post.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(tenant.send(Event::Request(form)).answer().unwrap().status, 500);
    assert_eq!(tenant.world.contacts().len(), 0);

    let get = Request::new("GET", "/api/v3/stores").header("apikey", "k");
    assert_eq!(tenant.send(Event::Request(get.clone())).answer().unwrap().status, 200);
    assert!(tenant.found(Rule::NoContentType) && tenant.found(Rule::NoUserAgent));
    tenant.switch("contentTypeOnGet", "500");
    assert_eq!(tenant.send(Event::Request(get)).answer().unwrap().status, 500);
}

#[test]
fn what_is_not_done_says_so_by_name() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    for (method, path) in [
        ("PUT", format!("/api/v3/contacts/{id}")),
        ("GET", "/api/v3/contacts/count".to_owned()),
        ("GET", "/api/v2/contactoverview".to_owned()),
        ("DELETE", "/api/v3/contacts/bulk".to_owned()),
        ("GET", "/api/v2/contacts/id".to_owned()),
        ("POST", format!("/api/v3/contacts/{id}/promotions/7/assign")),
        ("GET", "/api/v4/stores".to_owned()),
    ] {
        let (status, body) = tenant.call(method, &format!("{path}?x=1"), "{}");
        let expected = format!("the sandbox does not do {method} {path} yet");
        assert_eq!((status, body["message"].as_str()), (501, Some(expected.as_str())));
    }
}

#[test]
fn the_documented_creation_is_answered_as_documented() {
    let mut tenant = Tenant::new();
    let (status, created) = tenant.post(CREATE, CONTACT);
    let id = created["id"].as_str().unwrap().to_owned();
    let example = include_str!("../examples/contact-answer.json").replace("«id»", &id);
    assert_eq!(status, 201);
    assert_eq!(created, serde_json::from_str::<Value>(&example).unwrap());
    assert_eq!(tenant.get(&format!("/api/v3/contacts/{id}")), (200, created));
    assert_eq!(tenant.findings(), [], "the example goes against nothing");
}

#[test]
fn a_contact_is_found_by_each_of_its_identifiers() {
    let mut tenant = Tenant::new();
    let body = changed(CONTACT, "/socialSecurityNumber", Some(json!("19811218-9876")));
    let id = tenant.post(CREATE, &body).1["id"].clone();
    for query in [
        "email=ada.lind%40example.com",
        "email=ADA.LIND%40example.com",
        "mobilePhone=%2B46701234567",
        "socialSecurityNumber=8112189876",
        "any=ada.lind%40example.com",
        "any=0701234567",
        "any=198112189876",
        "customKey=10000001",
        "email=ada.lind%40example.com&contactType=member",
        "email=ada.lind%40example.com&mobilePhone=%2B46701234567",
    ] {
        assert_eq!(tenant.get(&format!("/api/v3/contacts/id?{query}")), (200, id.clone()), "{query}");
    }
    for query in [
        "email=other%40example.com",
        "any=10000001",
        "customKey=1",
        "email=ada.lind%40example.com&contactType=Contact",
        "email=ada.lind%40example.com&mobilePhone=%2B46709999999",
    ] {
        let (status, body) = tenant.get(&format!("/api/v3/contacts/id?{query}"));
        assert_eq!((status, body["errorCode"].as_str()), (404, Some("ContactNotFound")), "{query}");
    }
}

#[test]
fn a_malformed_look_up_says_what_is_wrong() {
    let mut tenant = Tenant::new();
    for (query, code) in [
        ("email=ada", "InvalidEmailAddress"),
        ("mobilePhone=0701234567", "InvalidPhoneNumber"),
        ("mobilePhone=+46701234567", "InvalidPhoneNumber"),
        ("socialSecurityNumber=8112189875", "InvalidSocialSecurityNumber"),
        ("any=x&contactType=Robot", "InvalidContactType"),
        ("", "InvalidSearchQuery"),
        ("any=", "InvalidSearchQuery"),
    ] {
        let (status, body) = tenant.get(&format!("/api/v3/contacts/id?{query}"));
        assert_eq!((status, body["errorCode"].as_str()), (400, Some(code)), "{query}");
        assert!(body["message"].is_string() && body["requestId"].is_string());
    }
    assert!(tenant.found(Rule::RawPlus));
}

#[test]
fn several_matches_are_a_409_with_their_ids() {
    let mut tenant = Tenant::new();
    let first = tenant.enrol();
    let second = changed(CONTACT, "/email", Some(json!("ada2@example.com")));
    let second = tenant.post(CREATE, &second).1["id"].as_str().unwrap().to_owned();
    let example = include_str!("../examples/multiple-matches.json");
    let example = example.replace("«first»", &first).replace("«second»", &second);
    let answered = tenant.get("/api/v3/contacts/id?mobilePhone=%2B46701234567");
    assert_eq!(answered, (409, serde_json::from_str(&example).unwrap()));
}

#[test]
fn only_the_key_is_unique_and_only_within_its_type() {
    let mut tenant = Tenant::new();
    tenant.enrol();
    let (status, body) = tenant.post(CREATE, CONTACT);
    assert_eq!((status, body["errorCode"].as_str()), (409, Some("ApprovedContactWithKeyExists")));
    let shouted = changed(CONTACT, "/email", Some(json!("ADA.Lind@example.com")));
    assert_eq!(tenant.post(CREATE, &shouted).0, 409);
    let other_type = changed(CONTACT, "/contactType", Some(json!("contact")));
    assert_eq!(tenant.post(CREATE, &other_type).0, 201);
    let counted: Vec<_> =
        tenant.world.creations().map(|(key, count)| (key, count.asked, count.made)).collect();
    let expected =
        [("Contact email ada.lind@example.com", 1, 1), ("Member email ada.lind@example.com", 3, 1)];
    assert_eq!(counted, expected);
}

#[test]
fn an_existing_key_may_answer_the_id_or_the_contact_instead() {
    let mut tenant = Tenant::new();
    let id = tenant.enrol();
    tenant.switch("duplicateKey", "returnsExistingId");
    assert_eq!(tenant.post(CREATE, CONTACT), (200, json!(id)));
    tenant.switch("duplicateKey", "returnsExistingContact");
    let (status, contact) = tenant.post(CREATE, CONTACT);
    assert_eq!((status, contact["id"].as_str()), (200, Some(id.as_str())));
    assert_eq!(tenant.world.contacts().len(), 1);
}

#[test]
fn what_is_missing_or_malformed_creates_nobody() {
    let mut tenant = Tenant::with(Settings {
        contact_types: vec![ContactType {
            handle: "Member".to_owned(),
            key: Identifier::MobilePhone,
            mandatory: vec!["firstName".to_owned()],
        }],
        ..Settings::default()
    });
    for (body, status, code, text) in [
        ("", 400, "NoData", ""),
        ("{}", 400, "NoData", ""),
        ("[1]", 400, "InvalidJson", ""),
        ("{\"email\":", 400, "InvalidJson", ""),
        (r#"{"email":"a@example.com"}"#, 422, "ValidationError", "mobilePhone is required."),
        (
            r#"{"mobilePhone":"+46701234567","firstName":""}"#,
            422,
            "ValidationError",
            "firstName is required.",
        ),
        (
            r#"{"mobilePhone":"0701234567","firstName":"A"}"#,
            422,
            "ValidationError",
            "mobilePhone is not valid.",
        ),
        (
            r#"{"contactType":"Robot","mobilePhone":"+46701234567"}"#,
            422,
            "ValidationError",
            "contactType does not exist.",
        ),
        (
            r#"{"preferences":{"acceptsSms":"yes"}}"#,
            422,
            "ValidationError",
            "preferences.acceptsSms is not true or false.",
        ),
    ] {
        let (got, answer) = tenant.post(CREATE, body);
        assert_eq!((got, answer["errorCode"].as_str()), (status, Some(code)), "{body}");
        let described = answer["validationErrors"].to_string();
        assert!(described.contains(text), "{body}: {described}");
    }
    tenant.switch("badIdentifierOnCreate", "400");
    let (status, answer) = tenant.post(CREATE, r#"{"mobilePhone":"0701234567","firstName":"A"}"#);
    assert_eq!((status, answer["errorCode"].as_str()), (400, Some("InvalidPhoneNumber")));
    assert_eq!(tenant.world.contacts().len(), 0);
}

#[test]
fn fields_outside_the_model_are_dropped_in_silence_and_found() {
    let mut tenant =
        Tenant::with(Settings { custom_attributes: vec!["shoeSize".to_owned()], ..Settings::default() });
    let body =
        r#"{"email":"ada@example.com","shoeSize":"38","firstname":"Ada","memberNumber":"17","street":""}"#;
    let (status, contact) = tenant.post("/api/v3/contacts", body);
    let attributes = json!({
        "email": "ada@example.com", "shoeSize": "38", "street": "", "memberNumber": "10000001"
    });
    assert_eq!((status, &contact["attributes"]), (201, &attributes));
    let hint = tenant.world.findings().find(|one| one.rule == Rule::UnknownField).unwrap();
    assert_eq!((hint.place.as_str(), hint.hint.as_str()), ("firstname", "firstName is known"));
    for rule in [
        Rule::EmptyValue,
        Rule::MemberNumberSent,
        Rule::NoSource,
        Rule::NoStore,
        Rule::NoCountry,
        Rule::NoLanguage,
    ] {
        assert!(tenant.found(rule), "{rule:?}");
    }
}

#[test]
fn a_source_in_a_header_is_ignored_and_found() {
    let mut tenant = Tenant::new();
    let request = crate::tenant::request("POST", "/api/v3/contacts", CONTACT)
        .header("source", "POS")
        .header("storeExternalId", "store03-stockholm");
    let reply = tenant.send(Event::Request(request));
    assert_eq!(reply.answer().unwrap().status, 201);
    let contact = tenant.world.contacts().next().unwrap();
    assert_eq!((&contact.source, &contact.store), (&None, &None));
    assert!(
        tenant.found(Rule::HeaderParameter) && tenant.found(Rule::NoSource) && tenant.found(Rule::NoStore)
    );
}

#[test]
fn an_unknown_store_in_a_creation_is_what_the_switch_says() {
    for (value, status, stores) in [("accepted", 201, 0), ("created", 201, 1), ("refused", 422, 0)] {
        let mut tenant = Tenant::new();
        tenant.switch("unknownStoreOnCreate", value);
        assert_eq!(tenant.post(CREATE, CONTACT).0, status, "{value}");
        assert_eq!(tenant.world.stores().len(), stores, "{value}");
    }
}

#[test]
fn stores_are_created_once_and_listed_with_nulls() {
    let mut tenant = Tenant::new();
    let (status, body) = tenant.post("/api/v3/stores", r#"{"name":"Stockholm 03","externalId":""}"#);
    assert_eq!((status, body["errorCode"].as_str()), (400, Some("ValidationError")));
    let store = r#"{"name":"Stockholm 03","externalId":"store03","type":"RETAIL","active":false}"#;
    assert_eq!(tenant.post("/api/v3/stores", store).0, 201);
    assert_eq!(tenant.post("/api/v3/stores", store).0, 409);
    assert_eq!(tenant.get("/api/v3/stores"), (200, json!([])));
    let (_, all) = tenant.get("/api/v3/stores?includeInactive=true");
    assert_eq!((&all[0]["externalId"], &all[0]["timeZone"]), (&json!("store03"), &Value::Null));
}

#[test]
fn consents_are_a_bare_array() {
    let (status, body) = Tenant::new().get("/api/v3/consents");
    assert_eq!((status, body[0]["id"].as_str()), (200, Some("memberTerms")));
}
