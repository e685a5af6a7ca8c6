//! Who may do what, and what a hostile caller can't.

use std::io::Write as _;

use serde_json::{Value, json};

use super::{HELSINKI, STOCKHOLM, Shop, enrolment, purchase};

async fn token(shop: &Shop, name: &str, role: &str, stores: &[&str]) -> String {
    let issued =
        shop.call("POST", "/v1/tokens", json!({ "name": name, "role": role, "stores": stores })).await;
    assert_eq!(issued.status, 201, "{issued:?}");
    issued.body["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_asks_for_a_token_and_an_operators_for_an_operator() {
    let shop = Shop::with_tokens().await;
    let till = token(&shop, "till", "till", &["*"]).await;
    let operator = token(&shop, "operator", "operator", &["*"]).await;
    let document = shop.call_as(None, "GET", "/openapi.json", Value::Null).await.body;
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"] == json!([{}]) {
                continue;
            }
            asked += 1;
            let path = path.replace("{id}", "d-1").replace("{name}", "x").replace("{contactId}", "tb-x");
            let method = method.to_uppercase();
            for wrong in [
                None,
                Some(""),
                Some("short"),
                Some("tbt_0000000000000000000000000000000000000000000000000000000000000000"),
            ] {
                let answer = shop.call_as(wrong, &method, &path, json!({})).await;
                assert_eq!(
                    (answer.status, answer.code()),
                    (401, "tokenNotAccepted"),
                    "{method} {path} with {wrong:?}"
                );
            }
            let by_till = shop.call_as(Some(&till), &method, &path, json!({})).await;
            let tag = operation["tags"][0].as_str().unwrap();
            let of_operators =
                ["forgetContact", "exportContact", "listExceptions", "getExposure", "putReturnable"]
                    .contains(&operation["operationId"].as_str().unwrap());
            assert_eq!(
                by_till.status == 403,
                tag == "deliveries" || tag == "operations" || of_operators,
                "{method} {path}: {by_till:?}"
            );
            let by_operator = shop.call_as(Some(&operator), &method, &path, json!({})).await;
            let for_administrators = tag == "operations" || path == "/v1/quarantine";
            assert_eq!(by_operator.status == 403, for_administrators, "{method} {path}: {by_operator:?}");
        }
    }
    assert!(asked >= 14, "the document lists the routes: {asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_stores_receipt_can_not_be_told_from_one_that_is_not_there() {
    let shop = Shop::with_tokens().await;
    let stockholm = token(&shop, "stockholm", "operator", &[STOCKHOLM]).await;
    let helsinki = token(&shop, "helsinki", "operator", &[HELSINKI]).await;
    let taken = shop
        .call_as(Some(&stockholm), "PUT", "/v1/receipts/ours", purchase(STOCKHOLM, "ada@example.com"))
        .await;
    let delivery = format!("/v1/deliveries/{}", taken.body["deliveries"][0]["id"].as_str().unwrap());
    for (theirs, nobodys) in
        [("/v1/receipts/ours", "/v1/receipts/nobodys"), (delivery.as_str(), "/v1/deliveries/d-999999")]
    {
        let there = shop.call_as(Some(&helsinki), "GET", theirs, Value::Null).await;
        let not_there = shop.call_as(Some(&helsinki), "GET", nobodys, Value::Null).await;
        assert_eq!((there.status, there.body), (404, not_there.body));
    }
    let listed = shop.call_as(Some(&helsinki), "GET", "/v1/deliveries", Value::Null).await;
    assert_eq!(listed.body["items"], json!([]));
    let foreign =
        shop.call_as(Some(&helsinki), "PUT", "/v1/receipts/x", purchase(STOCKHOLM, "ada@example.com")).await;
    assert_eq!((foreign.status, foreign.code()), (403, "storeNotAllowed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_refused_at_once() {
    let shop = Shop::with_tokens().await;
    let till = token(&shop, "till", "till", &["*"]).await;
    assert_eq!(shop.call_as(Some(&till), "GET", "/v1/receipts/x", Value::Null).await.status, 404);
    assert_eq!(shop.call("DELETE", "/v1/tokens/till", Value::Null).await.status, 204);
    assert_eq!(shop.call_as(Some(&till), "GET", "/v1/receipts/x", Value::Null).await.status, 401);
    let past = json!({ "name": "old", "role": "till", "stores": ["*"], "expires": "2020-01-01T00:00:00Z" });
    let expired = shop.call("POST", "/v1/tokens", past).await.body["token"].as_str().unwrap().to_owned();
    assert_eq!(shop.call_as(Some(&expired), "GET", "/v1/receipts/x", Value::Null).await.status, 401);
    let listed = shop.call("GET", "/v1/tokens", Value::Null).await;
    assert!(!listed.body.to_string().contains(&expired), "a secret is shown once");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bodies_are_refused_and_the_gateway_goes_on() {
    let shop = Shop::open().await;
    let large = shop.send(None, "PUT", "/v1/receipts/x", vec![b' '; 10 * 1024 * 1024], &[]).await;
    assert_eq!((large.status, large.code()), (413, "bodyTooLarge"), "{large:?}");
    let deep = format!("{{\"store\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let deep = shop.send(None, "PUT", "/v1/receipts/x", deep.into_bytes(), &[]).await;
    assert_eq!((deep.status, deep.code()), (400, "notJson"), "{deep:?}");
    let mut long = purchase(STOCKHOLM, "ada@example.com");
    let line = long["lines"][0].clone();
    long["lines"] = Value::Array(vec![line; 10_001]);
    let long = shop.call("PUT", "/v1/receipts/long", long).await;
    assert_eq!(
        (long.status, &long.body["state"]),
        (201, &json!("needsAttention")),
        "kept, and shown: {}",
        long.code()
    );
    let zipped = shop
        .send(None, "PUT", "/v1/receipts/x", vec![0x1f, 0x8b, 8, 0], &[("content-encoding", "gzip")])
        .await;
    assert_eq!(zipped.status, 415);
    assert_eq!(
        shop.call("PUT", "/v1/receipts/fine", purchase(STOCKHOLM, "ada@example.com")).await.status,
        201
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_are_problems_too() {
    let shop = Shop::open().await;
    let nowhere = shop.call("GET", "/v1/nothing", Value::Null).await;
    assert_eq!((nowhere.status, nowhere.code()), (404, "noSuchRoute"));
    let wrong = shop.call("DELETE", "/v1/receipts/x", Value::Null).await;
    assert_eq!((wrong.status, wrong.code()), (405, "noSuchMethod"));
    let page = shop.http.get(format!("{}/docs/", shop.gateway)).send().await.unwrap();
    assert!(
        page.status().is_success() && page.text().await.unwrap().contains("swagger"),
        "the page of the API"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_sender_holds_up_nobody_else() {
    let shop = Shop::open().await;
    let address = shop.gateway.trim_start_matches("http://").to_owned();
    let mut slow = std::net::TcpStream::connect(&address).unwrap();
    slow.write_all(b"PUT /v1/receipts/slow HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{").unwrap();
    let enrolled = shop.call("POST", "/v1/contacts", enrolment("ada@example.com")).await;
    assert_eq!(enrolled.status, 201);
    drop(slow);
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_stands_in_no_figure_and_no_problem() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/contacts", enrolment("marker.person@example.com")).await;
    let mut receipt = purchase(STOCKHOLM, "marker.person@example.com");
    receipt["lines"][0]["quantity"] = json!("marker-quantity");
    let taken = shop.call("PUT", "/v1/receipts/m", receipt).await;
    let delivery = shop.call("GET", "/v1/deliveries", Value::Null).await;
    let figures = shop.call("GET", "/metrics", Value::Null).await;
    for text in [taken.body.to_string(), delivery.body.to_string(), figures.body.to_string()] {
        assert!(!text.contains("marker"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_store_says_which_store_a_receipt_is_from() {
    let shop = Shop::with_tokens().await;
    let till = token(&shop, "till", "till", &[STOCKHOLM]).await;
    shop.call_as(Some(&till), "POST", "/v1/contacts", enrolment("ada@example.com")).await;
    let mut receipt = purchase(STOCKHOLM, "ada@example.com");
    receipt.as_object_mut().unwrap().remove("store");
    let taken = shop.call_as(Some(&till), "PUT", "/v1/receipts/implied", receipt).await;
    assert_eq!((taken.status, &taken.body["store"]), (201, &json!(STOCKHOLM)), "{taken:?}");
    assert_eq!(shop.until("implied", "delivered").await["amounts"], taken.body["amounts"]);
}
