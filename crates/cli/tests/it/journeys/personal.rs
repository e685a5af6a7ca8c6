//! Personal identity numbers: refused with what to do where they are off, and where they are on found by a body alone.

use serde_json::{Value, json};

use super::stage::{PERSONAL, PERSONAL_IN_ENGAGE, Stage, of_the_tenant, tenant};
use crate::api::{Answer, STOCKHOLM, purchase};

/// The ways in which her number could be repeated, down to its last digits.
const FORMS: [&str; 4] = [PERSONAL, PERSONAL_IN_ENGAGE, "811218", "9876"];

fn repeats_nothing(answer: &Answer) {
    let text = answer.body.to_string();
    assert!(!FORMS.iter().any(|form| text.contains(form)), "it is repeated: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_they_are_off_every_way_to_say_one_is_refused_with_what_to_do() {
    let mut off = of_the_tenant();
    off.engage.personal_identity_numbers = false;
    let stage = Stage::with(off, tenant(), json!({})).await;
    let member = json!({ "store": STOCKHOLM, "email": "ada@example.com", "lastName": "Lind" });
    let id = stage.till("POST", "/v1/contacts", member.clone()).await.body["contactId"]
        .as_str()
        .unwrap()
        .to_owned();
    let calls = stage.calls().await;
    let with_number = |mut body: Value| {
        body["personalIdentityNumber"] = json!(PERSONAL);
        body
    };
    let by_number = |number: &str| json!({ "store": STOCKHOLM, "personalIdentityNumber": number });
    for (method, path, body) in [
        ("POST", "/v1/contacts/lookup".to_owned(), by_number(PERSONAL)),
        ("POST", "/v1/contacts/lookup".to_owned(), by_number(PERSONAL_IN_ENGAGE)),
        ("POST", "/v1/contacts/lookup".to_owned(), json!({ "store": STOCKHOLM, "any": PERSONAL })),
        ("POST", "/v1/contacts".to_owned(), with_number(member)),
        ("PATCH", format!("/v1/contacts/{id}"), with_number(json!({ "store": STOCKHOLM }))),
        (
            "PATCH",
            format!("/v1/contacts/{id}"),
            json!({ "store": STOCKHOLM, "clear": ["personalIdentityNumber"] }),
        ),
    ] {
        let refused = stage.till(method, &path, body).await;
        assert_eq!((refused.status, refused.code()), (422, "hasFaults"), "{method} {path}: {refused:?}");
        let error = &refused.body["errors"][0];
        assert_eq!(error["code"], json!("personalIdentityNumbersOff"), "{refused:?}");
        assert!(error["detail"].as_str().unwrap().contains("personal_identity_numbers"), "{refused:?}");
        repeats_nothing(&refused);
    }
    // A finished sale is taken all the same; of its customer it says so.
    let mut receipt = purchase(STOCKHOLM, "");
    receipt["contact"] = json!({ "personalIdentityNumber": PERSONAL });
    let taken = stage.till("PUT", "/v1/receipts/r", receipt).await;
    assert_eq!(taken.status, 201, "{taken:?}");
    assert!(taken.body.to_string().contains("personalIdentityNumbersOff"), "{taken:?}");
    repeats_nothing(&taken);
    assert_eq!(stage.calls().await, calls, "Engage heard of none of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_they_are_on_she_is_found_by_a_body_and_never_by_a_url() {
    let stage = Stage::open().await;
    let member = json!({ "store": STOCKHOLM, "email": "ada@example.com", "lastName": "Lind", "personalIdentityNumber": PERSONAL });
    let id = stage.till("POST", "/v1/contacts", member).await.body["contactId"].clone();
    for (kind, typed) in [
        ("personalIdentityNumber", PERSONAL),
        ("personalIdentityNumber", PERSONAL_IN_ENGAGE),
        ("personalIdentityNumber", "19811218-9876"),
        ("any", PERSONAL),
        ("any", "8112189876"),
    ] {
        let found = stage.who_is(kind, typed).await;
        assert_eq!(found.body["contactId"], id, "by {kind}: {found:?}");
        assert_eq!(found.body["profile"]["hasPersonalIdentityNumber"], json!(true), "{found:?}");
        repeats_nothing(&found);
    }
    let calls = stage.calls().await;
    for (path, status, code) in [
        (format!("/v1/contacts?personalIdentityNumber={PERSONAL}"), 400, "notInUrl"),
        (format!("/v1/contacts?%70ersonalIdentityNumber={PERSONAL}"), 400, "notInUrl"),
        (format!("/v1/contacts?any={PERSONAL}"), 400, "notInUrl"),
        (format!("/v1/contacts?PersonalIdentityNumber={PERSONAL}"), 400, "notInUrl"),
        // Not asked for by name, but put where another thing belongs.
        (format!("/v1/contacts/{PERSONAL}"), 404, "contactNotFound"),
        (format!("/v1/contacts/{PERSONAL_IN_ENGAGE}"), 404, "contactNotFound"),
        (format!("/v1/contacts/{PERSONAL}/export"), 404, "contactNotFound"),
        (format!("/v1/receipts/{PERSONAL}"), 404, "notFound"),
        (format!("/v1/deliveries/{PERSONAL}"), 404, "notFound"),
    ] {
        let refused = stage.till("GET", &path, Value::Null).await;
        assert_eq!((refused.status, refused.code()), (status, code), "{path}: {refused:?}");
        repeats_nothing(&refused);
    }
    // Engage's URLs name contacts by their ids: none is made of what a receipt calls one.
    for number in [PERSONAL, PERSONAL_IN_ENGAGE] {
        let mut receipt = purchase(STOCKHOLM, "");
        receipt["contact"] = json!({ "contactId": number });
        let taken = stage.till("PUT", &format!("/v1/receipts/of-{number}"), receipt).await;
        assert_eq!((taken.status, &taken.body["state"]), (201, &json!("needsAttention")), "{taken:?}");
        let fault = &taken.body["faults"][0];
        assert_eq!(
            (&fault["code"], &fault["pointer"]),
            (&json!("identifierInvalid"), &json!("/contact/contactId"))
        );
    }
    assert_eq!(stage.calls().await, calls, "nobody is asked for with one in a path");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_stands_in_no_profile_no_list_and_no_figure() {
    let stage = Stage::open().await;
    let member = json!({ "store": STOCKHOLM, "email": "ada@example.com", "lastName": "Lind" });
    let id = stage.till("POST", "/v1/contacts", member).await.body["contactId"].as_str().unwrap().to_owned();
    let path = format!("/v1/contacts/{id}");
    stage.change(&id, json!({ "personalIdentityNumber": PERSONAL })).await;
    assert_eq!(stage.in_engage(&id).await["attributes"]["socialSecurityNumber"], json!(PERSONAL_IN_ENGAGE));
    // What is there is never overwritten, for nobody can see what it is.
    let other = stage.say(&id, json!({ "personalIdentityNumber": "900118-9811" })).await;
    assert_eq!(other.body["notOverwritten"], json!(["personalIdentityNumber"]), "{other:?}");
    let mut receipt = purchase(STOCKHOLM, "");
    receipt["contact"] = json!({ "personalIdentityNumber": PERSONAL });
    let taken = stage.till("PUT", "/v1/receipts/r", receipt).await;
    repeats_nothing(&taken);
    assert_eq!(stage.shop.until("r", "delivered").await["contactId"], json!(id));
    stage.shop.cut().await;
    for seen in [
        stage.till("GET", &path, Value::Null).await,
        stage.who_is("personalIdentityNumber", PERSONAL).await,
        stage.till("GET", "/v1/receipts/r", Value::Null).await,
        stage.till("GET", "/v1/deliveries", Value::Null).await,
        stage.till("GET", "/v1/deliveries/d-2", Value::Null).await,
        stage.till("GET", "/metrics", Value::Null).await,
    ] {
        assert_eq!(seen.status, 200, "{seen:?}");
        repeats_nothing(&seen);
    }
}
