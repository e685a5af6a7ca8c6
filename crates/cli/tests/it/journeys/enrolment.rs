//! Becoming a member once, whoever else says so at the same moment and whichever answer is lost.

use serde_json::{Value, json};

use super::stage::{Person, Stage, of_the_tenant, tenant};
use crate::api::{STOCKHOLM, purchase};

const EMAIL: &str = "ada.lind@example.com";

fn enrolment() -> Value {
    json!({ "store": STOCKHOLM, "email": EMAIL, "firstName": "Ada", "lastName": "Lind" })
}

/// How often a contact with her key was asked for and made, by the sandbox's count.
async fn asked_and_made(stage: &Stage) -> (u64, u64) {
    let all = stage.shop.admin("GET", "creations", Value::Null).await;
    let key = format!("Member email {EMAIL}");
    let row = all["items"].as_array().unwrap().iter().find(|row| row["key"] == json!(key));
    row.map_or((0, 0), |row| (row["asked"].as_u64().unwrap(), row["made"].as_u64().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn four_tills_that_enrol_the_same_person_at_once_make_one_contact_of_all_that_they_know() {
    let stage = Stage::open().await;
    // All four are there before the first is answered.
    stage.fault("POST", "/api/v3/contacts", 1, json!({ "delay": { "ms": 300 } })).await;
    let with = |name: &str, value: &str| {
        let mut body = enrolment();
        body[name] = json!(value);
        stage.till("POST", "/v1/contacts", body)
    };
    let (one, two, three, four) = tokio::join!(
        with("city", "Lund"),
        with("mobilePhone", "070-174 06 05"),
        with("street", "Nygatan 9"),
        with("birthDay", "1980-01-31"),
    );
    let mut answers = [one, two, three, four];
    assert!(answers.iter().all(|answer| answer.status <= 202), "{answers:?}");
    for answer in &mut answers {
        stage.delivered(answer).await;
    }
    let [ada] = stage.with_email(EMAIL).await.try_into().unwrap();
    assert_eq!(asked_and_made(&stage).await, (1, 1));
    let row = Person::of(&stage.in_engage(&ada).await);
    for (name, value) in [
        ("city", "Lund"),
        ("mobilePhone", "+46701740605"),
        ("street", "Nygatan 9"),
        ("birthDay", "1980-01-31"),
    ] {
        assert_eq!(row.attributes.get(name).map(String::as_str), Some(value), "{row:?}");
    }
    for answer in answers {
        let path = format!("/v1/contacts/{}", answer.body["contactId"].as_str().unwrap());
        let shown = stage.shop.until_that(&path, |body| body["source"] == "live").await;
        assert_eq!(shown["contactId"], json!(ada), "whatever id a till was given, it is hers");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_made_by_the_web_shop_between_the_look_and_the_creation_is_filled() {
    let stage = Stage::open().await;
    // Engage's "nobody" is long under way.
    stage.fault("GET", "/api/v3/contacts/id", 1, json!({ "delay": { "ms": 300 } })).await;
    let before = stage.calls().await;
    let asking = stage.till("POST", "/v1/contacts", enrolment());
    let web_shop = async {
        while stage.calls().await == before {
            tokio::task::yield_now().await;
        }
        let fields = json!({ "email": EMAIL, "lastName": "Lindh", "city": "Lund" });
        stage.made_in_engage("Member", fields).await
    };
    let (enrolled, hers) = tokio::join!(asking, web_shop);
    let delivered = stage.delivered(&enrolled).await;
    assert_eq!(enrolled.body["delivery"]["code"], json!("contactExists"), "{enrolled:?}");
    assert_eq!((&delivered["state"], stage.with_email(EMAIL).await), (&json!("done"), vec![hers.clone()]));
    let row = Person::of(&stage.in_engage(&hers).await);
    let names = ["firstName", "lastName", "city"].map(|name| row.attributes[name].as_str());
    assert_eq!(names, ["Ada", "Lindh", "Lund"], "filled, and nothing overwritten");
    assert_eq!(asked_and_made(&stage).await, (1, 0), "ours was asked for once, and never made");
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_is_lost_it_is_one_contact() {
    let post = "POST /api/v3/contacts";
    let find = "GET /api/v3/contacts/id";
    let status = |code: u16| json!({ "status": { "code": code } });
    for (call, kind, asked) in [
        (find, json!("cutBefore"), 1),
        (find, json!("cutAfter"), 1),
        (find, status(503), 1),
        (post, json!("cutBefore"), 1),
        // It was made; what follows finds it.
        (post, json!("cutAfter"), 1),
        (post, status(500), 1),
        (post, status(429), 1),
    ] {
        let stage = Stage::open().await;
        let (method, path) = call.split_once(' ').unwrap();
        stage.fault(method, path, 1, kind.clone()).await;
        let enrolled = stage.till("POST", "/v1/contacts", enrolment()).await;
        assert_eq!(
            (enrolled.status, &enrolled.body["outcome"]),
            (202, &json!("later")),
            "{call} {kind}: {enrolled:?}"
        );
        let by_drawn_id = format!("/v1/contacts/{}", enrolled.body["contactId"].as_str().unwrap());
        stage.delivered(&enrolled).await;
        assert_eq!(asked_and_made(&stage).await, (asked, 1), "{call} {kind}");
        let shown = stage.till("GET", &by_drawn_id, Value::Null).await;
        assert_eq!(json!(stage.with_email(EMAIL).await), json!([shown.body["contactId"]]), "{call} {kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_whose_answer_was_lost_is_not_made_again_while_engage_does_not_show_it() {
    let stage = Stage::with(of_the_tenant(), tenant(), json!({ "visibilityDelaySeconds": 2 })).await;
    stage.fault("POST", "/api/v3/contacts", 1, json!("cutAfter")).await;
    let enrolled = stage.till("POST", "/v1/contacts", enrolment()).await;
    assert_eq!(enrolled.status, 202, "{enrolled:?}");
    stage.delivered(&enrolled).await;
    assert_eq!(asked_and_made(&stage).await, (1, 1));
    assert_eq!(stage.with_email(EMAIL).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_engage_does_not_show_yet_can_be_changed_sold_to_and_enrolled_again() {
    let stage = Stage::with(of_the_tenant(), tenant(), json!({ "visibilityDelaySeconds": 2 })).await;
    let enrolled = stage.till("POST", "/v1/contacts", enrolment()).await;
    assert_eq!(enrolled.status, 201, "{enrolled:?}");
    let id = enrolled.body["contactId"].as_str().unwrap().to_owned();
    let mut again = enrolment();
    again["city"] = json!("Lund");
    for answer in [
        stage.till("POST", "/v1/contacts", again).await,
        stage.say(&id, json!({ "street": "Nygatan 9" })).await,
        stage.till("PUT", "/v1/receipts/first", purchase(STOCKHOLM, EMAIL)).await,
    ] {
        assert!(answer.status <= 202, "{answer:?}");
    }
    let shown = stage.who_is("email", EMAIL).await;
    assert_eq!(
        (&shown.body["source"], &shown.body["profile"]["street"]),
        (&json!("enrolled"), &json!("Nygatan 9"))
    );
    assert_eq!(stage.until_quiet().await, Vec::<Value>::new());
    let row = Person::of(&stage.in_engage(&id).await);
    assert_eq!([&row.attributes["city"], &row.attributes["street"]], ["Lund", "Nygatan 9"]);
    assert_eq!(stage.shop.until("first", "delivered").await["contactId"], json!(id));
    assert_eq!(asked_and_made(&stage).await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_answer_is_lost_a_subscriber_is_promoted_once_and_stays_who_she_is() {
    let (fill, promote) = (("PATCH", "/api/v3/contacts/*"), ("POST", "/api/v3/contacts/*/updateContactType"));
    for ((method, path), kind) in
        [(fill, "cutBefore"), (fill, "cutAfter"), (promote, "cutBefore"), (promote, "cutAfter")]
    {
        let stage = Stage::open().await;
        let fields = json!({ "email": EMAIL, "firstName": "Adda", "preferences": { "acceptsEmail": true } });
        let subscriber = stage.made_in_engage("Contact", fields).await;
        stage.fault(method, path, 1, json!(kind)).await;
        let mut body = enrolment();
        body["attributes"] = json!({ "shoeSize": "39" });
        let enrolled = stage.till("POST", "/v1/contacts", body).await;
        stage.delivered(&enrolled).await;
        assert_eq!(stage.with_email(EMAIL).await, std::slice::from_ref(&subscriber), "{method} {kind}");
        let row = Person::of(&stage.in_engage(&subscriber).await);
        assert_eq!(row.contact_type, "Member", "{method} {kind}");
        let kept = ["firstName", "lastName", "shoeSize"].map(|name| row.attributes[name].as_str());
        assert_eq!(
            (kept, row.preferences["acceptsEmail"]),
            (["Adda", "Lind", "39"], true),
            "{method} {kind}"
        );
        assert_eq!(asked_and_made(&stage).await, (0, 0), "{method} {kind}");
    }
}
