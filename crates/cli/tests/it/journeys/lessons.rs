//! What goes wrong in products like this one, as far as contacts are concerned: each a test, named as a sentence.

use serde_json::{Value, json};

use super::stage::{Person, Stage};
use super::switches::Under;
use crate::api::STOCKHOLM;

async fn enrol(stage: &Stage, body: Value) -> String {
    let mut body = body;
    body["store"] = json!(STOCKHOLM);
    let enrolled = stage.till("POST", "/v1/contacts", body).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    enrolled.body["contactId"].as_str().unwrap().to_owned()
}

/// An empty value in an update overwrites.
#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_knows_one_field_wipes_no_other() {
    let stage = Stage::open().await;
    let whole = json!({
        "email": "ada@example.com", "firstName": "Ada", "lastName": "Lind", "street": "Storgatan 4", "city": "Lund",
        "attributes": { "shoeSize": "39" }, "consents": [{ "id": "memberTerms", "value": true }],
        "preferences": { "email": true, "sms": true, "postal": true },
    });
    let id = enrol(&stage, whole).await;
    let mut ada = Person::of(&stage.in_engage(&id).await);
    stage.change(&id, json!({ "firstName": "Adda" })).await;
    ada.set(&[("firstName", "Adda")]);
    stage.is_in_engage(&ada).await;
    let changes = stage.shop.admin("GET", &format!("contacts/{id}"), Value::Null).await["changes"].take();
    assert_eq!(changes.as_array().map(Vec::len), Some(1), "{changes}");
    // Nor does one that knows nothing but the key, and enrols her again.
    let again = json!({ "store": STOCKHOLM, "email": "ada@example.com", "lastName": "Other" });
    assert_eq!(stage.till("POST", "/v1/contacts", again).await.body["outcome"], json!("existed"));
    stage.is_in_engage(&ada).await;
}

/// `source` in a header is ignored in version 3.
#[tokio::test(flavor = "multi_thread")]
async fn engage_knows_where_a_contact_comes_from() {
    let stage = Stage::open().await;
    let id = enrol(&stage, json!({ "email": "ada@example.com", "lastName": "Lind" })).await;
    let row = stage.in_engage(&id).await;
    assert_eq!((&row["source"], &row["store"]), (&json!("POS"), &json!(STOCKHOLM)));
    assert_eq!(stage.findings().await, []);
}

/// A raw `+` in a query is a space.
#[tokio::test(flavor = "multi_thread")]
async fn a_plus_is_a_plus_in_an_address_and_in_a_phone_number() {
    let stage = Stage::open().await;
    let body = json!({ "email": "ada+till@example.com", "lastName": "Lind", "mobilePhone": "+46701740605" });
    let id = enrol(&stage, body).await;
    for (kind, typed) in [
        ("email", "ada+till@example.com"),
        ("mobilePhone", "+46701740605"),
        ("any", "ada+till@example.com"),
        ("any", "+46701740605"),
    ] {
        let found = stage.who_is(kind, typed).await;
        assert_eq!(found.body["contactId"], json!(id), "by {kind}: {found:?}");
    }
    for query in ["email=ada%2Btill%40example.com", "mobilePhone=%2B46701740605"] {
        let found = stage.till("GET", &format!("/v1/contacts?{query}"), Value::Null).await;
        assert_eq!(found.body["contactId"], json!(id), "{query}: {found:?}");
    }
    // A till that forgets to encode it asks for a space, and is told that it can't be an address.
    let raw = stage.till("GET", "/v1/contacts?email=ada+till@example.com", Value::Null).await;
    assert_eq!((raw.status, raw.code()), (422, "hasFaults"), "{raw:?}");
    assert_eq!(stage.findings().await, []);
}

/// A member number that looks like a phone number is searched as a phone.
#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_looks_like_a_phone_number_is_looked_for_as_both() {
    let under = Under::external_ids();
    let stage = Stage::with(under.settings, under.tenant, json!({})).await;
    let by_number = json!({ "email": "ada@example.com", "lastName": "Lind", "externalId": "0701740612" });
    let ada = enrol(&stage, by_number).await;
    let found = stage.who_is("any", "0701740612").await;
    assert_eq!(found.body["contactId"], json!(ada), "{found:?}");
    let by_phone = json!({ "email": "bo@example.com", "lastName": "Berg", "mobilePhone": "070-174 06 12" });
    let bo = enrol(&stage, by_phone).await;
    let several = stage.who_is("any", "0701740612").await;
    assert_eq!((several.status, several.code()), (409, "multipleMatches"), "{several:?}");
    let candidates = several.body["candidates"].as_array().unwrap();
    assert!(candidates.iter().all(|one| one["contactId"] == json!(ada) || one["contactId"] == json!(bo)));
    for (kind, id) in [("externalId", ada), ("mobilePhone", bo)] {
        assert_eq!(
            stage.who_is(kind, "0701740612").await.body["contactId"],
            json!(id),
            "asked by name it is one"
        );
    }
}

/// Of duplicate e-mail addresses only the last row is kept, in silence.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_enrolments_with_one_address_neither_is_lost_and_the_first_word_stands() {
    let stage = Stage::open().await;
    stage.cut().await;
    for body in [
        json!({ "store": STOCKHOLM, "email": "ada@example.com", "lastName": "Lind", "city": "Lund" }),
        json!({ "store": STOCKHOLM, "email": "ADA@example.com", "lastName": "Lindh", "street": "Nygatan 9" }),
    ] {
        assert_eq!(stage.till("POST", "/v1/contacts", body).await.status, 202);
    }
    stage.mend().await;
    assert_eq!(stage.until_quiet().await, Vec::<Value>::new());
    let [ada] = stage.with_email("ada@example.com").await.try_into().unwrap();
    let row = Person::of(&stage.in_engage(&ada).await);
    let all = ["lastName", "city", "street"].map(|name| row.attributes[name].as_str());
    assert_eq!(all, ["Lind", "Lund", "Nygatan 9"]);
}

/// One bad record stops everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_engage_refuses_holds_up_neither_the_next_nor_anybody_else() {
    let stage = Stage::open().await;
    let ada = enrol(&stage, json!({ "email": "ada@example.com", "lastName": "Lind" })).await;
    let bo = enrol(&stage, json!({ "email": "bo@example.com", "lastName": "Berg" })).await;
    stage.cut().await;
    for (id, change) in [
        (&ada, json!({ "email": "bo@example.com" })),
        (&ada, json!({ "city": "Lund" })),
        (&bo, json!({ "city": "Umeå" })),
    ] {
        assert_eq!(stage.say(id, change).await.status, 202);
    }
    stage.mend().await;
    let attention = stage.until_quiet().await;
    let codes: Vec<&Value> = attention.iter().map(|row| &row["code"]).collect();
    assert_eq!(codes, [&json!("engageRefused")]);
    for (id, city) in [(&ada, "Lund"), (&bo, "Umeå")] {
        assert_eq!(stage.in_engage(id).await["attributes"]["city"], json!(city));
    }
}

/// A resumed run replaces good data with an empty table.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_replaces_nothing_that_was_known() {
    let stage = Stage::open().await;
    let id = enrol(&stage, json!({ "email": "ada@example.com", "lastName": "Lind", "city": "Lund" })).await;
    let path = format!("/v1/contacts/{id}");
    stage.shop.until_that(&path, |body| body["source"] == "live").await;
    let export = format!("{path}/export");
    stage.shop.until_that(&export, |held| held["profile"]["loyalty"].is_object()).await;
    for kind in
        [json!("cutAfter"), json!({ "status": { "code": 500 } }), json!({ "status": { "code": 403 } })]
    {
        stage.fault("GET", "/api/v3/contacts/*", 1, kind.clone()).await;
        let shown = stage.till("GET", &path, Value::Null).await;
        assert_eq!(
            (&shown.body["source"], &shown.body["profile"]["city"]),
            (&json!("lastKnown"), &json!("Lund")),
            "{kind}: {shown:?}"
        );
        let held = stage.till("GET", &export, Value::Null).await;
        assert_eq!(held.body["profile"]["city"], json!("Lund"), "{kind}: {held:?}");
    }
}
