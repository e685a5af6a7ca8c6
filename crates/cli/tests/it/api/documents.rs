//! The customer's copy of a receipt: by token and by link, as a page, a PDF and a code.

use gateway::settings::{Auth, Documents};
use serde_json::{Value, json};

use super::{STOCKHOLM, Shop, enrolment, purchase, settings};
use crate::offers::stand::ADA;
use crate::orders::stand::{open, sale};
use crate::tills::{Chance, Sale};

/// Where customers reach the gateway.
const PUBLIC: &str = "https://receipts.shop.example";

/// A document as it came.
struct Got {
    status: u16,
    kind: String,
    policy: String,
    cache: String,
    body: Vec<u8>,
}

impl Got {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

async fn public_shop() -> Shop {
    let documents = Documents { public_url: Some(PUBLIC.to_owned()), ..Documents::default() };
    Shop::with(gateway::settings::Settings { documents, ..settings(Auth::Tokens) }).await
}

/// One with the command line's token.
async fn shop() -> Shop {
    let mut shop = public_shop().await;
    let secret = std::fs::read_to_string(shop.dir.path().join("gateway").join("command-line.token")).unwrap();
    shop.token = Some(secret);
    shop
}

async fn get(shop: &Shop, token: Option<&str>, path: &str) -> Got {
    let mut request = shop.http.get(format!("{}{path}", shop.gateway));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = request.send().await.unwrap();
    let header = |name: &str| {
        let value = response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        value.unwrap_or_default()
    };
    let (kind, policy, cache) =
        (header("content-type"), header("content-security-policy"), header("cache-control"));
    let status = response.status().as_u16();
    Got { status, kind, policy, cache, body: response.bytes().await.unwrap().to_vec() }
}

/// The path of a receipt's link.
async fn link(shop: &Shop, id: &str) -> String {
    let told = shop.call("GET", &format!("/v1/receipts/{id}"), Value::Null).await;
    let link = told.body["document"]["link"].as_str().unwrap_or_else(|| panic!("{told:?}")).to_owned();
    link.strip_prefix(PUBLIC).expect("where customers reach it").to_owned()
}

fn anonymous() -> Value {
    let mut sale = purchase(STOCKHOLM, "");
    sale.as_object_mut().unwrap().remove("contact");
    sale
}

#[tokio::test(flavor = "multi_thread")]
async fn every_buyer_has_a_document_by_token_and_by_link_and_as_a_code_of_that_link() {
    let shop = shop().await;
    let taken = shop.call("PUT", "/v1/receipts/r%2F1", anonymous()).await;
    assert_eq!(taken.status, 201, "{taken:?}");
    let link = link(&shop, "r%2F1").await;
    let token = shop.token.as_deref();
    let mut codes = Vec::new();
    for (path, token) in [("/v1/receipts/r%2F1/document", token), (link.as_str(), None)] {
        let page = get(&shop, token, path).await;
        assert_eq!((page.status, page.kind.as_str()), (200, "text/html; charset=utf-8"), "{path}");
        assert!(page.text().contains("Wool sweater") && page.text().contains("400,00"), "{}", page.text());
        let pdf = get(&shop, token, &format!("{path}?format=pdf")).await;
        assert_eq!(
            (pdf.status, pdf.kind.as_str(), pdf.body.starts_with(b"%PDF-")),
            (200, "application/pdf", true)
        );
        let code = get(&shop, token, &format!("{path}?format=code")).await;
        assert_eq!((code.status, code.kind.as_str()), (200, "image/svg+xml"));
        codes.push(code.text());
        for got in [page, pdf, code] {
            assert!(got.policy.starts_with("default-src 'none'"), "{path}: {}", got.policy);
            assert!(got.cache.contains("no-store"), "{path}: {}", got.cache);
        }
        for (language, word) in [("en", "Total"), ("sv", "Totalt"), ("de", "Summe")] {
            let page = get(&shop, token, &format!("{path}?language={language}")).await;
            assert_eq!(page.status, 200, "{language}");
            assert!(
                page.text().contains(&format!("lang=\"{language}")),
                "{language}, {word}: {}",
                page.text()
            );
        }
        for wrong in ["?format=doc", "?language=fr", "?language=", "?size=a4"] {
            let refused = get(&shop, token, &format!("{path}{wrong}")).await;
            assert_eq!((refused.status, refused.code().as_str()), (400, "queryNotRead"), "{path}{wrong}");
        }
    }
    assert!(codes[0].contains("<svg") && codes[0] == codes[1], "one link, one code: {codes:?}");
    assert_eq!(get(&shop, None, "/v1/receipts/r%2F1/document").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_wrong_says_nothing_of_what_there_is() {
    let shop = shop().await;
    for id in ["r1", "r2"] {
        shop.call("PUT", &format!("/v1/receipts/{id}"), anonymous()).await;
    }
    let (one, two) = (link(&shop, "r1").await, link(&shop, "r2").await);
    let secret = |link: &str| link.rsplit('/').next().unwrap().to_owned();
    let bodies: Vec<(u16, String)> = {
        let mut bodies = Vec::new();
        let wrong = [
            format!("/documents/r1/{}", secret(&two)),
            format!("/documents/r1/{}x", secret(&one)),
            format!("/documents/r1/{}", &secret(&one)[1..]),
            format!("/documents/unknown/{}", secret(&one)),
        ];
        for path in wrong {
            let got = get(&shop, None, &path).await;
            bodies.push((got.status, got.text()));
        }
        bodies
    };
    assert_eq!(bodies[0].0, 404);
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert_eq!(get(&shop, None, &one).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_leaves_no_document_behind() {
    let shop = shop().await;
    let enrolled = shop.call("POST", "/v1/contacts", enrolment(ADA)).await;
    let ada = enrolled.body["contactId"].as_str().unwrap().to_owned();
    shop.call("PUT", "/v1/receipts/hers", purchase(STOCKHOLM, ADA)).await;
    shop.until("hers", "delivered").await;
    let link = link(&shop, "hers").await;
    assert_eq!(get(&shop, None, &link).await.status, 200);
    shop.call("DELETE", &format!("/v1/contacts/{ada}"), Value::Null).await;
    let gone = get(&shop, None, &link).await;
    assert_eq!((gone.status, gone.code().as_str()), (409, "noLongerKept"), "{}", gone.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_decided_has_no_document_and_what_was_typed_is_only_shown() {
    let shop = shop().await;
    let mut faulty = anonymous();
    faulty["currency"] = json!("ABC");
    shop.call("PUT", "/v1/receipts/faulty", faulty).await;
    let token = shop.token.as_deref();
    let refused = get(&shop, token, "/v1/receipts/faulty/document").await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "notSettled"), "{}", refused.text());
    let mut typed = anonymous();
    typed["lines"][0]["name"] = json!("<script>alert(1)</script>\"'&{{ x }}{% y %}\u{202e}evil");
    let id = "%3Cimg%20src%3Dx%20onerror%3D1%3E";
    assert_eq!(shop.call("PUT", &format!("/v1/receipts/{id}"), typed).await.status, 201);
    let page = get(&shop, token, &format!("/v1/receipts/{id}/document")).await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("<script>alert") && !page.text().contains("<img src=x"), "{}", page.text());
    assert!(page.text().contains("&lt;script&gt;alert(1)"), "{}", page.text());
    assert_eq!(get(&shop, token, &format!("/v1/receipts/{id}/document?format=pdf")).await.status, 200);
}

/// Amounts in minor units that stand in a page, as a customer reads them.
fn shows(page: &str, minor: i64) -> bool {
    let (whole, cents) = (minor.abs() / 100, minor.abs() % 100);
    let grouped = whole.to_string();
    let digits: Vec<char> = grouped.chars().collect();
    let parts: Vec<String> = digits.rchunks(3).rev().map(|part| part.iter().collect()).collect();
    ["\u{a0}", "\u{202f}", " ", "&nbsp;", ""].iter().any(|mark| {
        let text = format!("{},{cents:02}", parts.join(mark));
        page.contains(&text)
    })
}

fn minor(amount: &Value) -> i64 {
    amount.to_string().replace('.', "").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_the_same_to_the_cent_on_the_document_the_order_and_the_receipt() {
    let stand = open().await;
    let mut chance = Chance::drawn();
    for number in 0..40 {
        let id = format!("g-{number}");
        let sold = Sale::ring_up(&id, ADA, json!({ "email": ADA }), &mut chance);
        let mut body: Value = serde_json::from_str(&sold.body).unwrap();
        body["digitalReceipt"] = sale()["digitalReceipt"].clone();
        body.as_object_mut().unwrap().remove("total");
        stand.sell(&id, body).await;
        let page = get(&stand.shop, None, &format!("/v1/receipts/{id}/document?language=sv")).await;
        assert!(
            page.status == 200 && shows(&page.text(), sold.figures.total),
            "{}: {}",
            sold.body,
            page.text()
        );
    }
    assert_eq!(stand.ended().await, Vec::<Value>::new());
    stand.shop.admin("POST", "import", Value::Null).await;
    for number in 0..40 {
        let id = format!("g-{number}");
        let (order, receipt) = (stand.order_in_engage(&id).await, stand.shop.engages(&id).await);
        let receipt: Value = serde_json::from_str(receipt[0]["body"].as_str().unwrap()).unwrap();
        assert_eq!(order["totalPrice"].to_string(), receipt["totalGrossPrice"].to_string(), "{id}");
        let (lines, items) = (&order["lineItems"]["items"], receipt["items"].as_array().unwrap());
        assert_eq!(lines.as_array().unwrap().len(), items.len(), "{id}");
        let page = get(&stand.shop, None, &format!("/v1/receipts/{id}/document?language=sv")).await.text();
        for (line, item) in lines.as_array().unwrap().iter().zip(items) {
            assert_eq!(line["totalPrice"].to_string(), item["grossPaidPrice"].to_string(), "{id}");
            assert_eq!(line["taxAmount"].to_string(), item["taxAmount"].to_string(), "{id}");
            // A page shows what a line cost before its discounts, and these beneath it.
            let discounts = line["discounts"].as_array().into_iter().flatten();
            let taken: i64 = discounts.map(|discount| minor(&discount["value"])).sum();
            assert!(shows(&page, minor(&line["totalPrice"]) - taken), "{id}: {line}: {page}");
        }
    }
}
