//! What changes of a contact: once, whatever answer is lost; only what is said; never against somebody else's word.

use serde_json::{Value, json};

use super::stage::{Person, Stage};
use crate::api::STOCKHOLM;

const EMAIL: &str = "ada.lind@example.com";

/// A member with an address, who is known here.
async fn member(stage: &Stage) -> Person {
    let enrolment = json!({
        "store": STOCKHOLM, "email": EMAIL, "firstName": "Ada", "lastName": "Lind", "street": "Storgatan 4",
        "zipCode": "111 22", "city": "Stockholm", "careOf": "Berg", "attributes": { "shoeSize": "39" },
        "preferences": { "email": true, "sms": false, "postal": true }, "consents": [{ "id": "memberTerms", "value": true }],
    });
    let enrolled = stage.till("POST", "/v1/contacts", enrolment).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    Person::of(&stage.in_engage(enrolled.body["contactId"].as_str().unwrap()).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_leaves_what_was_last_known_of_points_and_vouchers() {
    let stage = Stage::open().await;
    let ada = member(&stage).await;
    let path = format!("/v1/contacts/{}", ada.id);
    stage.shop.admin("POST", &format!("contacts/{}/points", ada.id), json!({ "amount": 250 })).await;
    stage.till("GET", &path, Value::Null).await;
    // It is kept beside the answer.
    let points = |held: &Value| held["profile"]["loyalty"]["points"] == json!(250);
    stage.shop.until_that(&format!("{path}/export"), points).await;
    stage.change(&ada.id, json!({ "city": "Lund" })).await;
    stage.shop.cut().await;
    let shown = stage.till("GET", &path, Value::Null).await;
    let profile = &shown.body["profile"];
    assert_eq!((&profile["city"], &profile["loyalty"]["points"]), (&json!("Lund"), &json!(250)), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_is_lost_an_update_arrives_once_and_changes_nothing_else() {
    let read = ("GET", "/api/v3/contacts/*");
    let write = ("PATCH", "/api/v3/contacts/*");
    let status = |code: u16| json!({ "status": { "code": code } });
    let asked_to_wait = json!({ "status": { "code": 429, "retryAfterSeconds": 1 } });
    let stage = Stage::open().await;
    let mut ada = member(&stage).await;
    stage.shop.until_that(&format!("/v1/contacts/{}", ada.id), |body| body["source"] == "live").await;
    let faults = [
        (read, json!("cutBefore")),
        (read, json!("cutAfter")),
        (read, status(503)),
        (read, asked_to_wait.clone()),
        (write, json!("cutBefore")),
        (write, json!("cutAfter")),
        (write, status(500)),
        (write, status(503)),
        (write, asked_to_wait),
        (write, json!({ "drip": { "ms": 50 } })),
        (write, json!({ "delay": { "ms": 50 } })),
    ];
    for (n, ((method, path), kind)) in faults.into_iter().enumerate() {
        stage.fault(method, path, 1, kind.clone()).await;
        let (street, sms) = (format!("Street {n}"), n % 2 == 0);
        let change = json!({ "store": STOCKHOLM, "street": street, "preferences": { "sms": sms } });
        let path = format!("/v1/contacts/{}", ada.id);
        let first = stage.till_as(&format!("u{n}"), "PATCH", &path, change.clone()).await;
        let delivered = stage.delivered(&first).await;
        let lands = kind == "cutAfter" && method == "PATCH";
        assert_eq!(delivered["code"], Value::Null, "{method} {kind}: {delivered}");
        assert!(!lands || first.status == 202, "its answer was lost: {first:?}");
        ada.set(&[("street", &street)]);
        ada.preferences.insert("acceptsSms", sms);
        stage.is_in_engage(&ada).await;
    }
    assert_eq!(stage.until_quiet().await, Vec::<Value>::new());
    assert_eq!(stage.findings().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_wipe_something_is_refused_by_name_and_engage_never_hears_of_it() {
    let stage = Stage::open().await;
    let ada = member(&stage).await;
    let calls = stage.calls().await;
    for (change, code, pointer) in [
        (json!({ "street": "" }), "blank", "/street"),
        (json!({ "street": "  " }), "blank", "/street"),
        (json!({ "street": null }), "blank", "/street"),
        (json!({ "attributes": { "shoeSize": "" } }), "blank", "/attributes/shoeSize"),
        (json!({ "attributes": { "hatSize": "57" } }), "unknownField", "/attributes/hatSize"),
        (json!({ "favouriteColour": "blue" }), "unknownField", "/favouriteColour"),
        (json!({ "street": 4 }), "wrongType", "/street"),
        (json!({ "preferences": { "sms": null } }), "wrongType", "/preferences/sms"),
        (json!({ "preferences": { "fax": true } }), "unknownField", "/preferences/fax"),
        (json!({ "consents": [{ "id": "memberTerms", "value": null }] }), "consentInvalid", "/consents/0"),
        (json!({ "consents": [{ "id": "memberTerms" }] }), "consentInvalid", "/consents/0"),
        (json!({ "clear": ["email"] }), "mandatoryField", "/clear/0"),
        (json!({ "clear": ["lastName"] }), "mandatoryField", "/clear/0"),
        (json!({ "clear": ["preferences"] }), "unknownField", "/clear/0"),
        (json!({ "clear": ["street"], "street": "Nygatan 9" }), "setAndCleared", "/clear/0"),
        (json!({ "clear": "street" }), "wrongType", "/clear"),
        (json!({ "contactType": "Contact" }), "notSettable", "/contactType"),
        (json!({ "memberNumber": "17" }), "notSettable", "/memberNumber"),
        (json!({ "email": "ada at example" }), "emailInvalid", "/email"),
        (json!({ "birthDay": "31/12/80" }), "birthDayInvalid", "/birthDay"),
        (json!({}), "nothingToChange", ""),
    ] {
        // Beside it stands something that could be done.
        let mut body = change.clone();
        if code != "nothingToChange" {
            body["city"] = json!("Lund");
        }
        let refused = stage.say(&ada.id, body).await;
        assert_eq!((refused.status, refused.code()), (422, "hasFaults"), "{change}: {refused:?}");
        let error = &refused.body["errors"][0];
        assert_eq!(
            (&error["code"], &error["pointer"]),
            (&json!(code), &json!(pointer)),
            "{change}: {refused:?}"
        );
    }
    let all = stage.say(&ada.id, json!({ "street": "", "city": null, "clear": ["email"], "zip": "1" })).await;
    assert_eq!(all.body["errors"].as_array().map(Vec::len), Some(4), "all of it at once: {all:?}");
    assert_eq!(stage.calls().await, calls);
    stage.is_in_engage(&ada).await;
    let owed = stage.till("GET", "/v1/deliveries", Value::Null).await;
    assert_eq!(owed.body["items"].as_array().map(Vec::len), Some(1), "only the enrolment: {owed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_cleared_by_name_is_emptied() {
    let stage = Stage::open().await;
    let mut ada = member(&stage).await;
    stage.change(&ada.id, json!({ "city": "Lund" })).await;
    assert_eq!(stage.findings().await, []);
    stage.change(&ada.id, json!({ "clear": ["careOf", "shoeSize"], "zipCode": "222 33" })).await;
    ada.set(&[("city", "Lund"), ("zipCode", "222 33")]);
    ada.attributes.retain(|name, _| name != "careOf" && name != "shoeSize");
    stage.is_in_engage(&ada).await;
    let emptied = ["careOf", "shoeSize"].map(|name| ("emptyInUpdate".to_owned(), name.to_owned()));
    assert_eq!(stage.findings().await, emptied);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_while_an_answer_was_lost_is_left_alone() {
    let stage = Stage::open().await;
    let mut ada = member(&stage).await;
    stage.shop.until_that(&format!("/v1/contacts/{}", ada.id), |body| body["source"] == "live").await;
    for (n, kind) in ["cutBefore", "cutAfter"].into_iter().enumerate() {
        stage.fault("PATCH", "/api/v3/contacts/*", 1, json!(kind)).await;
        let (zip, city) = (format!("900 0{n}"), format!("Umeå {n}"));
        let said = stage.say(&ada.id, json!({ "city": "Lund", "zipCode": zip })).await;
        assert_eq!(said.status, 202, "{kind}: {said:?}");
        stage.edited_in_engage(&ada.id, json!({ "city": city })).await;
        let done = stage.delivered(&said).await;
        assert_eq!(
            (&done["code"], &done["detail"]),
            (&json!("newerInEngage"), &json!("city")),
            "{kind}: {done}"
        );
        ada.set(&[("city", &city), ("zipCode", &zip)]);
        stage.is_in_engage(&ada).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tills_that_change_one_contact_at_once_all_have_their_say() {
    let stage = Stage::open().await;
    let mut ada = member(&stage).await;
    let fields = ["firstName", "lastName", "street", "zipCode", "city", "careOf"];
    let id = ada.id.clone();
    let [a, b, c, d, e, f] = fields.map(|name| stage.say(&id, json!({ name: format!("New {name}") })));
    for answer in <[_; 6]>::from(tokio::join!(a, b, c, d, e, f)) {
        assert!(answer.status <= 202, "{answer:?}");
    }
    assert_eq!(stage.until_quiet().await, Vec::<Value>::new());
    for name in fields {
        ada.set(&[(name, &format!("New {name}"))]);
    }
    stage.is_in_engage(&ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_somebody_whom_engage_has_deleted_is_shown_to_a_person() {
    let stage = Stage::open().await;
    let ada = member(&stage).await;
    // Somebody who was enrolled just now may be one whom Engage doesn't show yet.
    stage.shop.admin("DELETE", &format!("contacts/{}", ada.id), Value::Null).await;
    let said = stage.say(&ada.id, json!({ "city": "Lund" })).await;
    assert_eq!(said.status, 202, "{said:?}");
    let attention = loop {
        let rows = stage.until_quiet().await;
        if !rows.is_empty() {
            break rows;
        }
    };
    assert_eq!(
        (&attention[0]["kind"], &attention[0]["code"]),
        (&json!("updateContact"), &json!("contactGone"))
    );
}
