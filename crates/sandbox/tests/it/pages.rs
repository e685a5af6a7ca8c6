//! The sandbox's own calls and pages about contacts and what they have, over real sockets.

use serde_json::{Value, json};

use crate::server::Running;
use crate::tenant::{CONTACT, CREATE, RECEIPT, RETURN, changed};

const PERSONAL_NUMBER: &str = "19811218-9876";

/// A server with one contact, who has a personal number.
pub async fn with_contact() -> (Running, String) {
    let running = Running::start(None).await;
    running.call("POST", "/_sandbox/clock", "\"freeze\"").await.unwrap();
    let body = changed(CONTACT, "/socialSecurityNumber", Some(json!(PERSONAL_NUMBER)));
    let id = running.call("POST", CREATE, &body).await.unwrap().1["id"].as_str().unwrap().to_owned();
    (running, id)
}

pub async fn made(running: &Running, target: &str, body: &str) -> String {
    let (status, body) = running.call("POST", target, body).await.unwrap();
    assert_eq!(status, 201, "{target}: {body}");
    body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_call_that_is_listed_is_done() {
    let running = Running::start(None).await;
    let (_, calls) = running.call("GET", "/_sandbox/calls", "").await.unwrap();
    let calls = calls.as_array().unwrap();
    for call in calls {
        let word = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
        let target =
            format!("/_sandbox/{}", word("path").replace("{id}", "6b0d6c1e-5f0b-4b6e-9d39-0c5f0b7f1a11"));
        let (status, body) = running.call(&word("method"), &target, "{").await.unwrap();
        let error = body["error"].as_str().unwrap_or_default();
        let is_no_call = error.starts_with(&format!("there is nothing under {}", word("method")));
        assert!(!is_no_call, "{call}: {status} {body}");
    }
    let lists = calls.iter().filter(|call| call["method"] == "GET").count();
    assert!(lists > 10 && calls.len() > 30, "{lists} of {}", calls.len());
    running.stop().await;
}

#[tokio::test]
async fn the_listed_examples_of_what_contacts_get_are_taken_as_they_stand() {
    let (running, id) = with_contact().await;
    let (_, calls) = running.call("GET", "/_sandbox/calls", "").await.unwrap();
    let example = |method: &str, path: &str| {
        let mut calls = calls.as_array().unwrap().iter();
        let call = calls.find(|call| call["method"] == method && call["path"] == path).unwrap();
        call["body"].as_str().unwrap().to_owned()
    };
    let promotion = made(&running, "/_sandbox/promotions", &example("POST", "promotions")).await;
    let contact = format!("/_sandbox/contacts/{id}");
    for what in ["points", "vouchers"] {
        made(&running, &format!("{contact}/{what}"), &example("POST", &format!("contacts/{{id}}/{what}")))
            .await;
    }
    let give = example("POST", "contacts/{id}/promotions").replace("{promotionId}", &promotion);
    let assignment = made(&running, &format!("{contact}/promotions"), &give).await;
    let redeem = example("POST", "assignments/{id}/redeem");
    let redeemed = running.call("POST", &format!("/_sandbox/assignments/{assignment}/redeem"), &redeem).await;
    assert_eq!(redeemed, Some((204, Value::Null)));
    let patched = running.call("PATCH", &contact, &example("PATCH", "contacts/{id}")).await;
    assert_eq!(patched, Some((204, Value::Null)));

    let (status, all) = running.call("GET", &contact, "").await.unwrap();
    assert_eq!((status, &all["contact"]["attributes"]["bonusBasedLevel"]), (200, &json!("silver")));
    assert_eq!(all["points"]["transactions"].as_array().unwrap().len(), 1);
    assert_eq!(all["vouchers"][0]["value"], json!({ "amount": 100, "currency": "SEK" }));
    assert_eq!(all["assignments"][0]["state"], json!("redeemed"));
    assert_eq!(all["changes"].as_array().unwrap().len(), 3);
    for list in ["point-accounts", "vouchers", "promotions", "assignments"] {
        let (_, page) = running.call("GET", &format!("/_sandbox/{list}"), "").await.unwrap();
        assert_eq!(page["totalCount"], json!(1), "{list}");
    }
    let created = example("POST", "contacts").replace("ada.lind", "bo.ek");
    let created = made(&running, "/_sandbox/contacts", &created).await;
    let (_, read) = running.call("GET", &format!("/api/v3/contacts/{created}"), "").await.unwrap();
    assert_eq!(read["attributes"]["email"], json!("bo.ek@example.com"));
    running.stop().await;
}

#[tokio::test]
async fn a_contacts_page_shows_all_about_it_but_its_personal_number() {
    let (running, id) = with_contact().await;
    let named = json!({ "matchKey": PERSONAL_NUMBER, "matchKeyType": "socialSecurityNumber" });
    running.call("POST", "/api/v3/receipts", &changed(RECEIPT, "/contact", Some(named))).await.unwrap();
    running.call("POST", "/_sandbox/import", "").await.unwrap();
    let contact = format!("/_sandbox/contacts/{id}");
    running.call("PATCH", &contact, r#"{"street":"Nygatan 9","bonusBasedLevel":"silver"}"#).await.unwrap();
    running.call("PATCH", &contact, r#"{"socialSecurityNumber":"811218-9876"}"#).await.unwrap();
    let page = running.page(&contact).await;
    for expected in [
        "Ada Lind",
        "ada.lind@example.com",
        "Nygatan 9",
        ">silver</span>",
        "store03-till2-20261122-000871",
        "memberTerms",
        "a person",
        "No voucher was given yet.",
        "Give points",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(running.page("/_sandbox/contacts").await.contains(&format!("href=\"{contact}\"")));
    assert!(running.page("/_sandbox/receipts/1").await.contains("socialSecurityNumber"));
    for target in [
        contact.as_str(),
        "/_sandbox/contacts",
        "/_sandbox/receipts/1",
        "/_sandbox/requests",
        "/_sandbox/log",
    ] {
        let page = running.page(target).await;
        assert!(page.starts_with("HTTP/1.1 200"), "{target}: {page}");
        assert!(!page.contains("9876"), "{target} shows the personal number: {page}");
        assert!(!page.contains("<script") && !page.contains("style="), "{target}");
    }
    assert!(running.page("/_sandbox/contacts/17").await.starts_with("HTTP/1.1 404"));
    running.stop().await;
}

#[tokio::test]
async fn the_forms_of_a_contacts_page_act_on_it_and_lead_back() {
    let (running, id) = with_contact().await;
    let define = "act=definePromotion&name=Welcome+10%25&externalId=W10&channel=POS&valueType=PERCENT&value=10&days=30\
                  &firstDay=&lastDay=&heading=&description=&instruction=";
    assert!(running.form(define).await.contains("location: /_sandbox/promotions"));
    let page = running.page("/_sandbox/promotions").await;
    assert!(page.contains("30 day(s) from when it is given") && page.contains("POS: 10 %"), "{page}");
    let (_, promotions) = running.call("GET", "/_sandbox/promotions", "").await.unwrap();
    let promotion = promotions["items"][0]["id"].as_str().unwrap();
    for fields in [
        "act=changeContact&field=city&value=Ume%C3%A5".to_owned(),
        "act=changeContact&field=preferences.acceptsPostal&value=true".to_owned(),
        "act=changeContact&field=consents.memberTerms&value=true".to_owned(),
        "act=changeContact&field=bonusBasedLevelLeftForUpgrade&value=750".to_owned(),
        "act=givePoints&amount=150&firstDay=&lastDay=2099-12-31&description=Welcome".to_owned(),
        "act=giveVoucher&amount=100&name=&lastDay=2099-06-30&points=1000&localAmount=10&localCurrency=eur"
            .to_owned(),
        format!("act=assignPromotion&promotion={promotion}"),
    ] {
        let answer = running.form(&format!("{fields}&contact={id}")).await;
        assert!(answer.contains(&format!("location: /_sandbox/contacts/{id}")), "{fields}: {answer}");
    }
    let (_, contact) = running.call("GET", &format!("/api/v3/contacts/{id}"), "").await.unwrap();
    assert_eq!(contact["attributes"]["city"], json!("Umeå"));
    assert_eq!(contact["attributes"]["bonusBasedLevelLeftForUpgrade"], json!(750));
    assert_eq!(contact["preferences"]["acceptsPostal"], json!(true));
    let page = running.page(&format!("/_sandbox/contacts/{id}")).await;
    for expected in [
        "150</span> owned",
        "2099-12-31 23:00:00 UTC",
        "100 SEK / 10 EUR",
        ">2099-06-30</code>",
        "Welcome 10%",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let (_, all) = running.call("GET", &format!("/_sandbox/contacts/{id}"), "").await.unwrap();
    let word = |pointer: &str| all.pointer(pointer).unwrap().as_str().unwrap();
    let voucher = format!("act=redeemVoucher&contact={id}&voucher={}", word("/vouchers/0/id"));
    let used = format!(
        "act=redeemPromotion&contact={id}&channel=POS&assignment={}",
        word("/assignments/0/assignment/id")
    );
    assert!(running.form(&voucher).await.starts_with("HTTP/1.1 303"));
    assert!(running.form(&used).await.starts_with("HTTP/1.1 303"));
    assert!(running.page(&format!("/_sandbox/contacts/{id}")).await.contains(" in POS</td>"));
    running.stop().await;
}

#[tokio::test]
async fn a_deleted_contacts_page_says_until_when_it_can_be_restored() {
    let (running, id) = with_contact().await;
    let target = format!("/_sandbox/contacts/{id}");
    assert!(running.form(&format!("act=deleteContact&contact={id}")).await.starts_with("HTTP/1.1 303"));
    assert_eq!(running.call("GET", &format!("/api/v3/contacts/{id}"), "").await.unwrap().0, 404);
    let page = running.page(&target).await;
    let (_, all) = running.call("GET", &target, "").await.unwrap();
    let until = all["restorableUntil"].as_str().unwrap();
    assert!(page.contains(&format!("erased {} {} UTC", &until[..10], &until[11..19])), "{page}");
    assert!(page.contains(">Restore</button>") && !page.contains("Give points"), "{page}");
    assert!(running.page("/_sandbox/contacts").await.contains(">deleted</span>"));
    let refused = running.form(&format!("act=givePoints&amount=1&contact={id}")).await;
    assert!(
        refused.starts_with("HTTP/1.1 404") && refused.contains(&format!("href=\"{target}\"")),
        "{refused}"
    );

    assert!(running.form(&format!("act=restoreContact&contact={id}")).await.starts_with("HTTP/1.1 303"));
    assert_eq!(running.call("GET", &format!("/api/v3/contacts/{id}"), "").await.unwrap().0, 200);
    running.form(&format!("act=deleteContact&contact={id}")).await;
    running.call("POST", "/_sandbox/clock", r#"{"advanceSeconds": 604801}"#).await.unwrap();
    let page = running.page(&target).await;
    assert!(page.contains("Erased") && !page.contains("Restore<") && !page.contains("ada.lind"), "{page}");
    running.stop().await;
}

#[tokio::test]
async fn a_form_that_is_refused_says_why_on_a_page_with_a_way_back() {
    let (running, id) = with_contact().await;
    for (fields, status, reason) in [
        ("act=givePoints&amount=many", 400, "amount is not a number"),
        ("act=giveVoucher&amount=0", 400, "is no voucher"),
        ("act=giveVoucher&amount=5&lastDay=soon", 400, "lastDay is no day"),
        ("act=changeContact&field=mobilePhone&value=12", 400, "mobilePhone is not valid"),
        ("act=restoreContact", 409, "is not deleted"),
        ("act=sing", 400, "there is no act sing"),
    ] {
        let answer = running.form(&format!("{fields}&contact={id}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{fields}: {answer}");
        assert!(answer.contains("text/html") && answer.contains(reason), "{fields}: {answer}");
        assert!(answer.contains(&format!("href=\"/_sandbox/contacts/{id}\"")), "{fields}: {answer}");
    }
    running.stop().await;
}

#[tokio::test]
async fn the_pages_and_the_list_of_receipts_show_lines_with_points_and_what_came_back() {
    let (running, id) = with_contact().await;
    let (_, calls) = running.call("GET", "/_sandbox/calls", "").await.unwrap();
    let example = calls.as_array().unwrap().iter().find(|call| call["path"] == "point-rules").unwrap();
    let rules = example["body"].as_str().unwrap();
    assert_eq!(running.call("PUT", "/_sandbox/point-rules", rules).await, Some((204, Value::Null)));
    let euro = changed(RECEIPT, "/currency", Some(json!("EUR")));
    let euro = changed(&euro, "/exchangeRateToGroupCurrency", Some(json!("11.355")));
    running.call("POST", "/api/v3/receipts", &euro).await.unwrap();
    let part = changed(RETURN, "/currency", Some(json!("EUR")));
    let part = changed(&part, "/items/0/grossPaidPrice", Some(json!(75)));
    running.call("POST", "/api/v3/receipts", &part).await.unwrap();
    running.call("POST", "/_sandbox/import", "").await.unwrap();

    let (_, list) = running.call("GET", "/_sandbox/receipts", "").await.unwrap();
    let [bought, back] = [0, 1].map(|row| &list["items"][row]);
    assert_eq!((bought["points"].to_string(), back["points"].to_string()), ("3000.00".into(), "-750".into()));
    let imported = |receipt: &Value| receipt["fate"]["imported"].clone();
    assert_eq!(imported(bought)["groupTotal"], json!("3406.50"));
    let line = &imported(bought)["lines"][0];
    assert_eq!(line["groupPaid"].to_string(), "3406.50");
    assert_eq!(line["what"]["purchase"]["returned"]["paid"], json!(75));
    let matched = &imported(back)["lines"][0]["what"]["return"]["matched"][0];
    assert_eq!((&matched["receipt"], &matched["line"]), (&json!(1), &json!(0)));

    let contact = format!("/_sandbox/contacts/{id}");
    for (target, expected) in [
        ("/_sandbox/receipts/1", vec!["came back: 0.5 for 75 EUR, 750 points", "3406.50", &contact]),
        ("/_sandbox/receipts/2", vec!["receipt 1, line 1: 0.5 for 75 EUR, 750 points", "-750"]),
        ("/_sandbox/receipts", vec!["3406.50", "3000", "-750"]),
        (&contact, vec!["Return 000112 of receipt 000871", "2250", "3406.50", "came back", ">Purchase<"]),
    ] {
        let page = running.page(target).await;
        for text in expected {
            assert!(page.contains(text), "{target} has no {text}: {page}");
        }
    }
    running.stop().await;
}

#[tokio::test]
async fn the_tenant_is_set_up_by_the_listed_examples_and_a_payout_is_made_at_once() {
    let (running, id) = with_contact().await;
    let (_, calls) = running.call("GET", "/_sandbox/calls", "").await.unwrap();
    for path in ["payout-rules", "levels", "automations"] {
        let example = calls.as_array().unwrap().iter().find(|call| call["path"] == path).unwrap();
        let target = format!("/_sandbox/{path}");
        let set = running.call("PUT", &target, example["body"].as_str().unwrap()).await;
        assert_eq!(set, Some((204, Value::Null)), "{path}");
    }
    running.call("POST", &format!("/_sandbox/contacts/{id}/points"), r#"{"amount":450}"#).await.unwrap();
    let only = json!({ "contact": id }).to_string();
    let (status, paid) = running.call("POST", "/_sandbox/payouts", &only).await.unwrap();
    assert_eq!((status, paid["vouchers"].as_array().unwrap().len()), (200, 2), "{paid}");
    let page = running.page(&format!("/_sandbox/contacts/{id}")).await;
    for text in ["20 SEK / 2 EUR", "RewardVoucher", "-200", ">50<"] {
        assert!(page.contains(text), "no {text}: {page}");
    }
    assert_eq!(running.call("PUT", "/_sandbox/payout-rules", "null").await, Some((204, Value::Null)));
    assert_eq!(running.call("POST", "/_sandbox/payouts", "").await.unwrap().0, 409);
    assert_eq!(
        running.call("PUT", "/_sandbox/payout-rules", r#"{"pays":{"steps":[{}]}}"#).await.unwrap().0,
        400
    );
    running.stop().await;
}
