//! Being forgotten: at once here, in the end in Engage, whichever answer is lost and whatever is still on its way.

use serde_json::{Value, json};

use super::stage::{Person, Stage, of_the_tenant, tenant};
use crate::api::{STOCKHOLM, purchase};

const EMAIL: &str = "ada.lind@example.com";

fn enrolment() -> Value {
    json!({ "store": STOCKHOLM, "email": EMAIL, "firstName": "Ada", "lastName": "Lind", "mobilePhone": "070-174 06 05" })
}

async fn member(stage: &Stage) -> String {
    let enrolled = stage.till("POST", "/v1/contacts", enrolment()).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    enrolled.body["contactId"].as_str().unwrap().to_owned()
}

async fn is_deleted_in_engage(stage: &Stage, id: &str) -> bool {
    stage.in_engage(id).await["presence"]["deleted"].is_object()
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_is_lost_she_is_deleted_in_engage() {
    let stage = Stage::open().await;
    let status = |code: u16| json!({ "status": { "code": code } });
    for kind in [json!("cutBefore"), json!("cutAfter"), status(500), status(429)] {
        let id = member(&stage).await;
        stage.shop.until_that(&format!("/v1/contacts/{id}"), |body| body["source"] == "live").await;
        stage.fault("DELETE", "/api/v3/contacts/*", 1, kind.clone()).await;
        let forgotten = stage.till("DELETE", &format!("/v1/contacts/{id}"), Value::Null).await;
        assert_eq!(
            (forgotten.status, &forgotten.body["outcome"]),
            (202, &json!("later")),
            "{kind}: {forgotten:?}"
        );
        let gone = stage.till("GET", &format!("/v1/contacts/{id}"), Value::Null).await;
        assert_eq!((gone.status, gone.code()), (410, "contactForgotten"), "at once here: {gone:?}");
        stage.delivered(&forgotten).await;
        assert!(is_deleted_in_engage(&stage, &id).await, "{kind}");
    }
    assert_eq!(stage.until_quiet().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_in_the_dark_and_enrols_again_there_is_deleted_and_then_somebody_new() {
    let stage = Stage::open().await;
    let before = member(&stage).await;
    stage.shop.until_that(&format!("/v1/contacts/{before}"), |body| body["source"] == "live").await;
    stage.cut().await;
    let forgotten = stage.till("DELETE", &format!("/v1/contacts/{before}"), Value::Null).await;
    assert_eq!(forgotten.status, 202, "{forgotten:?}");
    let unknown = stage.who_is("email", EMAIL).await;
    assert_eq!((unknown.status, unknown.code()), (503, "contactUnknownOffline"), "{unknown:?}");
    let again = json!({ "store": STOCKHOLM, "email": EMAIL, "lastName": "Lind" });
    let enrolled = stage.till("POST", "/v1/contacts", again).await;
    assert_eq!((enrolled.status, &enrolled.body["outcome"]), (202, &json!("later")), "{enrolled:?}");
    let drawn = enrolled.body["contactId"].as_str().unwrap().to_owned();
    let bought = stage.till("PUT", "/v1/receipts/new", purchase(STOCKHOLM, EMAIL)).await;
    assert_eq!(bought.status, 201, "{bought:?}");
    stage.mend().await;
    stage.delivered(&enrolled).await;
    assert_eq!(stage.until_quiet().await, Vec::<Value>::new());
    assert!(is_deleted_in_engage(&stage, &before).await);
    let [after] = stage.with_email(EMAIL).await.try_into().unwrap();
    assert_ne!(after, before);
    let row = Person::of(&stage.in_engage(&after).await);
    let of_before = ["firstName", "mobilePhone"].map(|name| row.attributes.get(name));
    assert_eq!(of_before, [None, None], "nothing of before came back");
    assert_eq!(stage.shop.until("new", "delivered").await["contactId"], json!(after));
    let shown = stage.till("GET", &format!("/v1/contacts/{drawn}"), Value::Null).await;
    assert_eq!(shown.body["contactId"], json!(after), "{shown:?}");
    assert_eq!(stage.till("GET", &format!("/v1/contacts/{before}"), Value::Null).await.status, 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_came_to_engage_is_forgotten_without_a_trace_there() {
    let stage = Stage::open().await;
    stage.cut().await;
    let enrolled = stage.till("POST", "/v1/contacts", enrolment()).await;
    let path = format!("/v1/contacts/{}", enrolled.body["contactId"].as_str().unwrap());
    let changed = stage.till("PATCH", &path, json!({ "store": STOCKHOLM, "city": "Lund" })).await;
    assert_eq!((enrolled.status, changed.status), (202, 202), "{changed:?}");
    let forgotten = stage.till("DELETE", &path, Value::Null).await;
    assert!(forgotten.status == 200 || forgotten.status == 202, "{forgotten:?}");
    assert_eq!(stage.till("GET", &path, Value::Null).await.status, 410);
    stage.mend().await;
    assert_eq!(stage.until_quiet().await, Vec::<Value>::new());
    assert_eq!(stage.with_email(EMAIL).await, Vec::<String>::new());
    for answer in [&enrolled, &changed] {
        let delivery = format!("/v1/deliveries/{}", answer.body["delivery"]["id"].as_str().unwrap());
        let row = stage.till("GET", &delivery, Value::Null).await;
        assert_eq!(
            (&row.body["state"], &row.body["code"]),
            (&json!("discarded"), &json!("contactForgotten")),
            "{row:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_have_been_created_is_looked_for_and_deleted() {
    let stage = Stage::with(of_the_tenant(), tenant(), json!({ "visibilityDelaySeconds": 1 })).await;
    stage.fault("POST", "/api/v3/contacts", 1, json!("cutAfter")).await;
    let enrolled = stage.till("POST", "/v1/contacts", enrolment()).await;
    assert_eq!(enrolled.status, 202, "{enrolled:?}");
    let [made] = stage.with_email(EMAIL).await.try_into().unwrap();
    let path = format!("/v1/contacts/{}", enrolled.body["contactId"].as_str().unwrap());
    let forgotten = stage.till("DELETE", &path, Value::Null).await;
    assert_eq!(forgotten.status, 202, "{forgotten:?}");
    assert_eq!(stage.till("GET", &path, Value::Null).await.status, 410);
    stage.delivered(&enrolled).await;
    stage.delivered(&forgotten).await;
    assert!(is_deleted_in_engage(&stage, &made).await);
    assert_eq!(stage.with_email(EMAIL).await, Vec::<String>::new(), "and nobody made her again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_all_that_is_held_and_the_same_question_after_forgetting_has_nothing() {
    let stage = Stage::open().await;
    let id = member(&stage).await;
    stage.change(&id, json!({ "city": "Lund" })).await;
    let mut receipt = purchase(STOCKHOLM, "");
    receipt["contact"] = json!({ "contactId": id });
    stage.till("PUT", "/v1/receipts/r", receipt).await;
    stage.shop.until("r", "delivered").await;
    let export = format!("/v1/contacts/{id}/export");
    let held = stage.till("GET", &export, Value::Null).await.body;
    let kinds: Vec<&Value> = held["documents"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, [&json!("enrolment"), &json!("update"), &json!("receipt")], "{held}");
    assert_eq!(held["documents"][0]["content"]["mobilePhone"], json!("070-174 06 05"), "as it was said");
    assert_eq!((&held["contactId"], &held["profile"]["city"]), (&json!(id), &json!("Lund")));
    assert_eq!(stage.till("DELETE", &format!("/v1/contacts/{id}"), Value::Null).await.status, 200);
    assert_eq!(stage.till("GET", &export, Value::Null).await.status, 410);
    let receipt = stage.till("GET", "/v1/receipts/r", Value::Null).await;
    assert_eq!(receipt.status, 200, "that there was a sale stays: {receipt:?}");
    assert!(!receipt.body.to_string().contains("Wool sweater"), "{receipt:?}");
}
