//! Orders as a person sees them, and as programs count what was done with them.

use serde_json::json;

use crate::orders::{ORDER, ORDERS};
use crate::pages::with_contact;
use crate::server::Running;
use crate::tenant::changed;

async fn pass(running: &Running, seconds: u32) {
    let clock = json!({ "advanceSeconds": seconds }).to_string();
    assert_eq!(running.call("POST", "/_sandbox/clock", &clock).await.unwrap().0, 204);
}

#[tokio::test]
async fn the_pages_show_orders_with_lines_jobs_and_what_was_done() {
    let (running, contact) = with_contact().await;
    let hostile = changed(ORDER, "/orderId", Some(json!("<script>/ö 1")));
    let hostile = changed(&hostile, "/externalStatus", Some(json!("<b onload=\"x\">")));
    for body in [ORDER, hostile.as_str()] {
        assert_eq!(running.call("POST", ORDERS, body).await.unwrap().0, 202);
    }
    let orders = running.page("/_sandbox/orders").await;
    assert!(orders.contains("No order has been stored yet."), "{orders}");
    let waiting = running.page("/_sandbox/orders/store03-2-000871").await;
    assert!(waiting.contains("It is not stored now.") && waiting.contains(">pending</span>"), "{waiting}");
    pass(&running, 2).await;

    let (_, order) = running.call("GET", "/api/v3/orders/store03-2-000871", "").await.unwrap();
    let action =
        json!({ "action": "DigitalReceipt", "versionTag": order["versionTag"], "language": "sv-SE" });
    let target = "/api/v3/orders/store03-2-000871/action";
    assert_eq!(running.call("POST", target, &action.to_string()).await.unwrap().0, 202);
    let page = running.page("/_sandbox/orders/store03-2-000871").await;
    let to_contact = format!("/_sandbox/contacts/{contact}");
    let tag = order["versionTag"].as_str().unwrap();
    for expected in [
        "Order store03-2-000871",
        "Wool sweater",
        "2 pcs",
        "324.00",
        "64.80 at 25 %",
        "-76.00 Weekend",
        ">Return<",
        "action triggered",
        "DigitalReceipt",
        "sv-SE",
        ">done<",
        "ReceiptPrinted",
        &to_contact,
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(page.contains(&tag.replace('+', "&#43;")) || page.contains(tag), "{tag}: {page}");
    let list = running.page("/_sandbox/orders").await;
    let escaped = "/_sandbox/orders/%3Cscript%3E%2F%C3%B6%201";
    for (name, page) in [
        ("list", list.clone()),
        ("contact", running.page(&to_contact).await),
        ("order", running.page(escaped).await),
    ] {
        assert!(
            page.starts_with("HTTP/1.1 200") && !page.contains("<script") && !page.contains("<b on"),
            "{name}: {page}"
        );
        assert!(page.contains("/ö 1"), "{name}: {page}");
    }
    assert!(list.contains(escaped) && list.contains("274.00 SEK"), "{list}");
    assert!(running.page("/_sandbox/").await.contains("<b>2</b> orders"));
    assert!(running.page("/_sandbox/orders/none").await.starts_with("HTTP/1.1 404"));
    running.stop().await;
}

#[tokio::test]
async fn what_was_done_with_orders_is_counted_by_programs() {
    let (running, contact) = with_contact().await;
    let embedded = changed(ORDER, "/orderAction", Some(json!({ "action": "Confirm", "language": "da" })));
    assert_eq!(running.call("POST", ORDERS, &embedded).await.unwrap().0, 202);
    assert_eq!(running.call("GET", "/_sandbox/effects/orders", "").await.unwrap().1["totalCount"], json!(0));
    pass(&running, 2).await;
    let count = async |query: &str| {
        running.call("GET", &format!("/_sandbox/effects/orders?{query}"), "").await.unwrap().1["totalCount"]
            .clone()
    };
    assert_eq!(count("").await, json!(2));
    assert_eq!(count("kind=actionTriggered&action=Confirm&orderId=store03-2-000871").await, json!(1));
    assert_eq!(count("kind=replaced").await, json!(0));
    let (_, page) = running.call("GET", "/_sandbox/effects/orders?kind=actionTriggered", "").await.unwrap();
    let row = &page["items"][0];
    let (_, order) = running.call("GET", "/_sandbox/orders/store03-2-000871", "").await.unwrap();
    assert_eq!(
        (&row["action"], &row["language"], &row["contact"], &row["versionTag"]),
        (&json!("Confirm"), &json!("da"), &json!(contact), &order["order"]["versionTag"])
    );
    assert!(row["by"]["request"].is_u64() && row["at"].is_string(), "{row}");
    assert_eq!((&order["jobs"][0]["state"], order["effects"].as_array().unwrap().len()), (&json!("done"), 2));
    for (list, query, total) in [
        ("orders", format!("contact={contact}"), 1),
        ("orders", "orderId=none".to_owned(), 0),
        ("order-jobs", "orderId=store03-2-000871".to_owned(), 1),
        ("order-jobs", "orderId=none".to_owned(), 0),
    ] {
        let (status, page) = running.call("GET", &format!("/_sandbox/{list}?{query}"), "").await.unwrap();
        assert_eq!((status, &page["totalCount"]), (200, &json!(total)), "{list} {query}");
    }
    assert_eq!(running.call("GET", "/_sandbox/orders/none", "").await.unwrap().0, 404);
    let (_, all) = running.call("GET", &format!("/_sandbox/contacts/{contact}"), "").await.unwrap();
    assert_eq!(all["orders"], json!(["store03-2-000871"]));
    running.stop().await;
}

#[tokio::test]
async fn the_register_and_the_statuses_are_set_by_the_listed_examples() {
    let (running, _) = with_contact().await;
    let (_, calls) = running.call("GET", "/_sandbox/calls", "").await.unwrap();
    for path in ["articles", "order-statuses"] {
        let example = calls.as_array().unwrap().iter().find(|call| call["path"] == path).unwrap();
        let target = format!("/_sandbox/{path}");
        let set = running.call("PUT", &target, example["body"].as_str().unwrap()).await;
        assert_eq!(set.unwrap().0, 204, "{path}");
        assert_eq!(running.call("PUT", &target, "7").await.unwrap().0, 400);
    }
    assert_eq!(running.call("POST", ORDERS, &ORDER.replace("2002", "2003")).await.unwrap().0, 202);
    pass(&running, 2).await;
    let page = running.page("/_sandbox/log").await;
    assert!(page.contains("Article is missing (2003)") && !page.contains("3001"), "{page}");
    running.stop().await;
}
