//! Orders: what is sent of them, and what is made of the answers to changes, jobs, readings and actions.

use engage::call::{self, Accepted, ActionAnswer, JobState};
use engage::model::{
    Address, CreatedDate, Delivery, Discount, Fee, JobLink, LineItems, Order, OrderAction, OrderItem,
    OrderItemKind, OrderPage, OrderStatus, OwnData, PageLink, Payment, Rows, StatusChange, StoredOrder, Text,
};
use engage::{Call, Failure, Response, limits};
use http::Method;
use rust_decimal::Decimal;

use crate::answers::{HTML, ID, check_unreadable, refusal, response};
use crate::requests::check_body;
use crate::{id, text};

const CONTACT: &str = "7f0c2f0e-0b1a-4a1c-9a56-5a7a0e7d1a01";
const JOB: &str = "/api/v3/orders/jobs/0f8b1c52-7d0e-4a55-9d55-0a4f4c1b2e11";
const TAG: &str = "p8Yc3m0k1S2dVbW9Qz7x4A==";
/// What nobody asked for: the answer of somebody in between.
const PAGES: [&str; 2] = [HTML, "\r\n <html>"];

pub fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

pub fn data(json: &str) -> OwnData {
    OwnData(serde_json::from_str(json).expect("an object"))
}

pub fn at(instant: &str) -> CreatedDate {
    CreatedDate { instant: instant.parse().expect("a time"), offset: jiff::tz::offset(1) }
}

fn smallest() -> Order {
    Order {
        order_id: text("store03-2-000872"),
        contact: id(CONTACT),
        external_store_id: text("store03-stockholm"),
        status: OrderStatus::Completed,
        external_status: None,
        references: Vec::new(),
        currency_code: text("SEK"),
        channel: None,
        created_at: at("2025-03-14T15:42:07Z"),
        last_changed_at: None,
        total_price: decimal("0.00"),
        line_items: LineItems { items: Vec::new(), sub_total: decimal("0.00") },
        payments: Rows::none(),
        fees: Rows::none(),
        discounts: Rows::none(),
        delivery: None,
        billing_address: None,
        shipping_address: None,
        data: None,
        order_action: None,
    }
}

fn discount(kind: Option<&str>, description: Option<&str>, value: &str) -> Discount {
    Discount { kind: kind.map(text), description: description.map(text), value: decimal(value) }
}

fn cheese() -> OrderItem {
    OrderItem {
        kind: OrderItemKind::Return,
        sku: text("4100"),
        article_number: None,
        name: text("Cheese"),
        group: None,
        quantity: decimal("-0.750"),
        unit: None,
        price_per_unit: None,
        total_price: decimal("150.00"),
        tax_percent: None,
        tax_amount: None,
        discounts: Vec::new(),
        image_url: None,
        target_url: None,
        extra_data: None,
    }
}

fn sweaters() -> OrderItem {
    OrderItem {
        kind: OrderItemKind::Purchase,
        sku: text("3001-BLK-M"),
        article_number: Text::new("3001"),
        name: text("Wool sweater"),
        group: Text::new("Knitwear"),
        quantity: decimal("2"),
        unit: Text::new("pcs"),
        price_per_unit: Some(decimal("200.00")),
        total_price: decimal("324.00"),
        tax_percent: Some(decimal("25")),
        tax_amount: Some(decimal("64.80")),
        discounts: vec![discount(Some("PROMO"), Some("10% off"), "-40.00"), discount(None, None, "-36.00")],
        image_url: Text::new("https://shop.example/3001.jpg"),
        target_url: Text::new("https://shop.example/3001"),
        extra_data: Some(data(r#"{"size":"M","weights":[0.10,1e-7,12345678901234567890.123456789]}"#)),
    }
}

/// An order with every part, and an action to follow it.
pub fn whole() -> Order {
    let payment =
        Payment { kind: text("card"), description: Text::new("Debit card"), value: decimal("223.00") };
    let fee = Fee {
        kind: text("shipping"),
        description: Text::new("Home delivery"),
        value: decimal("49.00"),
        tax_percent: Some(decimal("25")),
        tax_amount: Some(decimal("9.80")),
    };
    Order {
        order_id: text("store03-2-000871"),
        status: OrderStatus::InProgress,
        external_status: Text::new("ReceiptPrinted"),
        references: vec![text("store03-2-000650")],
        channel: Text::new("POS"),
        last_changed_at: Some(at("2025-03-14T15:42:09Z")),
        total_price: decimal("223.00"),
        line_items: LineItems { items: vec![sweaters(), cheese()], sub_total: decimal("174.00") },
        payments: Rows { items: vec![payment], total: decimal("223.00") },
        fees: Rows { items: vec![fee], total: decimal("49.00") },
        discounts: Rows {
            items: vec![discount(Some("STAFF"), Some("Staff"), "-36.00")],
            total: decimal("-36.00"),
        },
        delivery: Some(Delivery {
            method: Text::new("InStore"),
            tracking_number: Text::new("JJ-1 2"),
            tracking_uri: Text::new("https://carrier.example/JJ-1"),
            delivery_date: Some(at("2025-03-15T09:00:00Z")),
        }),
        billing_address: Some(Address {
            title: Text::new("Ms"),
            first_name: Text::new("Ada"),
            last_name: Text::new("Lind"),
            street: Text::new("Storgatan 4"),
            street2: Text::new("c/o Berg"),
            zip_code: Text::new("111 22"),
            city: Text::new("Stockholm"),
            country: Text::new("Sweden"),
        }),
        shipping_address: Some(Address {
            first_name: Text::new("Bo"),
            city: Text::new("Åre"),
            ..Address::default()
        }),
        data: Some(data(
            "{\"till\":2,\"loyalty\":{\"estimate\":300.00,\"big\":9007199254740993},\"none\":null,\"<b>\":\"å\u{202e}\"}",
        )),
        order_action: Some(OrderAction {
            action: text("DigitalReceipt"),
            language: Text::new("sv-SE"),
            data: Some(data(r#"{"copies":1.0}"#)),
        }),
        ..smallest()
    }
}

/// Calls that change an order that must be there, each with its method and path.
fn changes() -> [(Call<Option<Accepted>>, Method, &'static str); 4] {
    let order = text("store03-2-000871");
    let status =
        StatusChange { status: Some(OrderStatus::Cancelled), external_status: Text::new("CalledOff") };
    let delivery = Delivery {
        tracking_number: Text::new("JJ-2"),
        delivery_date: Some(at("2025-03-16T09:00:00Z")),
        ..Delivery::default()
    };
    let path = "/api/v3/orders/store03-2-000871";
    [
        (call::replace_order(&whole()), Method::PUT, path),
        (call::delete_order(&order), Method::DELETE, path),
        (
            call::change_order_status(&order, &status),
            Method::POST,
            "/api/v3/orders/store03-2-000871/change-status",
        ),
        (
            call::change_order_delivery(&order, &delivery),
            Method::POST,
            "/api/v3/orders/store03-2-000871/change-delivery",
        ),
    ]
}

fn job_link() -> JobLink {
    JobLink::of(JOB).expect("a job's link")
}

fn action() -> Call<ActionAnswer> {
    let action = OrderAction {
        action: text("ConfirmOrder"),
        language: Text::new("sv-SE"),
        data: Some(data(r#"{"receiptUrl":"https://shop.example/r/1","points":300.00}"#)),
    };
    call::trigger_order_action(&text("store03-2-000871"), &action, &text(TAG))
}

fn redirect(status: u16, location: Option<&str>) -> Response {
    Response { location: location.map(str::to_owned), ..response(status, "") }
}

#[test]
fn an_order_is_created_and_replaced_as_documented() {
    let create = call::create_order(&whole()).request;
    assert_eq!((&create.method, &*create.path_and_query), (&Method::POST, "/api/v3/orders"));
    check_body(&create, include_str!("../examples/order.json"));
    let replace = call::replace_order(&whole()).request;
    check_body(&replace, include_str!("../examples/order.json"));
    check_body(&call::create_order(&smallest()).request, include_str!("../examples/order-smallest.json"));
}

#[test]
fn data_of_the_senders_own_goes_through_with_every_digit() {
    let numbers = r#"[0.10,-0,1e-7,12345678901234567890.123456789,1E400,0.30000000000000004]"#;
    let own = data(&format!(r#"{{"numbers":{numbers}}}"#));
    let order = Order { data: Some(own.clone()), ..smallest() };
    let action = OrderAction { action: text("a"), language: None, data: Some(own.clone()) };
    let embedded = Order { order_action: Some(action.clone()), ..smallest() };
    let bodies = [
        call::create_order(&order).request,
        call::replace_order(&embedded).request,
        call::trigger_order_action(&text("a"), &action, &text(TAG)).request,
    ];
    for request in bodies {
        let body = request.body.expect("a body");
        let body = std::str::from_utf8(&body).expect("UTF-8");
        assert!(body.to_lowercase().replace("e+", "e").contains(&numbers.to_lowercase()), "{body}");
    }
    assert_eq!(format!("{own:?}"), "OwnData(1 members)");
}

#[test]
fn each_change_has_its_place() {
    for (call, method, path) in changes() {
        assert_eq!((call.request.method, &*call.request.path_and_query), (method, path));
    }
    let [_, (delete, ..), (status, ..), (delivery, ..)] = changes();
    assert_eq!(delete.request.body, None);
    check_body(&status.request, include_str!("../examples/order-status.json"));
    check_body(&delivery.request, include_str!("../examples/order-delivery.json"));
}

#[test]
fn an_orders_id_with_other_characters_stays_one_part_of_the_path() {
    let strange = text("../jobs/1?a=b#c é");
    let path = "/api/v3/orders/..%2Fjobs%2F1%3Fa%3Db%23c%20%C3%A9";
    let order = Order { order_id: strange.clone(), ..smallest() };
    assert_eq!(call::replace_order(&order).request.path_and_query, path);
    assert_eq!(call::delete_order(&strange).request.path_and_query, path);
    assert_eq!(call::read_order(&strange, None).request.path_and_query, path);
    let action = OrderAction { action: text("a"), language: None, data: None };
    let trigger = call::trigger_order_action(&strange, &action, &text(TAG)).request;
    assert_eq!(trigger.path_and_query, format!("{path}/action"));
    check_body(&trigger, &format!(r#"{{"action":"a","versionTag":"{TAG}"}}"#));
}

#[test]
fn a_job_is_found_in_the_header_or_the_body_of_whatever_counts_as_a_success() {
    let whole_address = format!("https://demo.voyado.com{JOB}");
    let body = include_str!("../examples/order-accepted.json");
    let only_id = r#"{"JobId":"0f8b1c52-7d0e-4a55-9d55-0a4f4c1b2e11"}"#;
    let absolute = format!(r#"{{"link":"{whole_address}"}}"#);
    let stray = r#"{"jobId":"0f8b1c52-7d0e-4a55-9d55-0a4f4c1b2e11","link":"https://elsewhere.example/"}"#;
    let table = [
        (Some(JOB), ""),
        (Some(&*whole_address), "{}"),
        (Some(JOB), r#"{"jobId":"another"}"#),
        (None, body),
        (None, only_id),
        (None, &*absolute),
        (None, stray),
        (Some("/elsewhere"), body),
    ];
    let accepted = Accepted { job: Some(job_link()) };
    for (header, body) in table {
        for status in [200, 201, 202] {
            let answer = Response { location: header.map(str::to_owned), ..response(status, body) };
            assert_eq!(call::create_order(&whole()).read(&answer), Ok(accepted.clone()), "{header:?} {body}");
            for (call, ..) in changes() {
                assert_eq!(call.read(&answer), Ok(Some(accepted.clone())));
            }
        }
    }
}

#[test]
fn a_change_is_accepted_even_when_nothing_leads_to_its_job() {
    let bodies =
        ["", "{}", "null", "\"OK\"", "[]", "not JSON", r#"{"jobId":null,"link":[]}"#, r#"{"jobId":""}"#];
    for body in bodies {
        let accepted = call::create_order(&whole()).read(&response(202, body));
        assert_eq!(accepted, Ok(Accepted { job: None }), "{body}");
    }
    for page in PAGES {
        check_unreadable(&call::create_order(&whole()), 202, page);
        check_unreadable(&changes()[0].0, 200, page);
    }
    check_unreadable(&call::create_order(&whole()), 302, "");
}

#[test]
fn a_link_keeps_nothing_but_the_path_of_a_job() {
    for link in
        [JOB, &format!("https://elsewhere.example{JOB}"), &format!(" HTTP://demo.voyado.com:8443{JOB}\n")]
    {
        assert_eq!(JobLink::of(link).expect("a link").as_str(), JOB);
    }
    assert_eq!(call::order_job(&job_link()).request.path_and_query, JOB);
    let long = format!("/api/v3/orders/jobs/{}", "a".repeat(limits::JOB_ID_BYTES_MAX + 1));
    let others = [
        "",
        "/",
        "https://demo.voyado.com",
        "//demo.voyado.com/api/v3/orders/jobs/1",
        "ftp://demo.voyado.com/api/v3/orders/jobs/1",
        "api/v3/orders/jobs/1",
        "/api/v3/orders/jobs/",
        "/api/v3/orders/jobs/..",
        "/api/v3/orders/jobs/1/../../../contacts/2",
        "/api/v3/orders/jobs/1?x=/",
        "/api/v3/orders/jobs/1#x",
        "/api/v3/orders/jobs/å",
        "/api/v3/orders/jobs/1 2",
        "/api/v3/orders/1",
        "/x/api/v3/orders/jobs/1",
        &long,
    ];
    for link in others {
        assert_eq!(JobLink::of(link), None, "{link}");
    }
    let odd_id =
        call::create_order(&whole()).read(&response(202, r#"{"jobId":"a/../b"}"#)).expect("accepted");
    assert_eq!(odd_id.job.expect("a link").as_str(), "/api/v3/orders/jobs/a%2F..%2Fb");
}

#[test]
fn an_order_that_is_not_there_is_an_answer_to_a_change_and_a_refusal_to_a_creation() {
    for body in ["", "{}", r#"{"errorCode":"OrderNotFound"}"#, r#"{"title":"Not Found"}"#] {
        for (call, ..) in changes() {
            assert_eq!(call.read(&response(404, body)), Ok(None), "{body}");
        }
        assert_eq!(refusal(call::create_order(&whole()).read(&response(404, body))).status, 404);
    }
    for page in PAGES {
        for (call, ..) in changes() {
            assert_eq!(refusal(call.read(&response(404, page))).status, 404);
        }
    }
}

#[test]
fn a_refused_change_keeps_status_and_code() {
    for (status, code) in [(409, "OrderAlreadyExists"), (422, "ValidationFailed"), (503, "Busy")] {
        let body = format!(r#"{{"errorCode":"{code}"}}"#);
        assert!(refusal(call::create_order(&whole()).read(&response(status, &*body))).is(code));
        for (call, ..) in changes() {
            let refusal = refusal(call.read(&response(status, &*body)));
            assert_eq!((refusal.status, refusal.is(code)), (status, true));
        }
    }
}

#[test]
fn a_job_is_done_only_when_it_leads_to_an_order() {
    let call = call::order_job(&job_link());
    assert_eq!((&call.request.method, &call.request.body), (&Method::GET, &None));
    for to in ["/api/v3/orders/store03-2-000871", "https://demo.voyado.com/api/v3/orders/a%20b"] {
        assert_eq!(call.read(&redirect(302, Some(to))), Ok(JobState::Done), "{to}");
    }
    let elsewhere = [
        None,
        Some(""),
        Some("/api/v3/orders/"),
        Some("/api/v3/orders?contactId=1"),
        Some(JOB),
        Some("https://login.example/?to=/api/v3/orders/1"),
        Some("https://login.example/signin/api/v3/orders/1"),
    ];
    let others = elsewhere.map(|to| (302, to)).into_iter();
    for (status, to) in others.chain([301, 303, 307, 308].map(|status| (status, Some("/api/v3/orders/1")))) {
        let read = call.read(&redirect(status, to));
        assert!(matches!(read, Err(Failure::Unreadable { status: s, .. }) if s == status), "{status} {to:?}");
    }
}

#[test]
fn a_job_without_an_end_is_pending() {
    let call = call::order_job(&job_link());
    let pending = include_str!("../examples/order-job-pending.json");
    for body in [pending, "", " ", "{}", r#"{"status":"Running"}"#, r#"{"status":7}"#] {
        for status in [200, 202] {
            assert_eq!(call.read(&response(status, body)), Ok(JobState::Pending), "{body}");
        }
    }
    for body in [HTML, "marker", "[]", "7", "{\"status\":"] {
        check_unreadable(&call, 200, body);
    }
}

#[test]
fn a_job_that_failed_says_why() {
    let call = call::order_job(&job_link());
    let failed = include_str!("../examples/order-job-failed.json");
    for status in [200, 400, 404, 409, 422, 500] {
        let Ok(JobState::Failed(why)) = call.read(&response(status, failed)) else { panic!("{status}") };
        assert_eq!((why.status, why.code.as_deref()), (status, Some("OrderAlreadyExists")));
        assert_eq!(why.message_hint.as_deref(), Some("There is an order of that id."));
    }
    for status in [400, 409, 422] {
        let read = call.read(&response(status, r#"{"errorCode":"ContactNotFound"}"#));
        assert!(matches!(read, Ok(JobState::Failed(why)) if why.is("ContactNotFound")), "{status}");
    }
}

#[test]
fn a_no_to_the_question_is_not_a_failed_job() {
    let call = call::order_job(&job_link());
    for status in [401, 403, 408, 429, 500, 503] {
        let body = r#"{"errorCode":"Busy"}"#;
        assert_eq!(refusal(call.read(&response(status, body))).status, status);
    }
    for (status, body) in [(400, HTML), (422, ""), (404, HTML)] {
        assert_eq!(refusal(call.read(&response(status, body))).status, status, "{body}");
    }
    for body in ["", r#"{"errorCode":"JobNotFound"}"#] {
        assert_eq!(call.read(&response(404, body)), Ok(JobState::Unknown));
    }
}

fn stored() -> StoredOrder {
    StoredOrder {
        order_id: text("store03-2-000871"),
        version_tag: Text::new(TAG),
        contact_id: Some(id(CONTACT)),
        status: Text::new("InProgress"),
        external_status: Text::new("ReceiptPrinted"),
        last_changed_at: Some("2025-03-14T15:42:09Z".parse().expect("a time")),
        total_price: Some(decimal("223.00")),
    }
}

#[test]
fn an_order_is_read_with_its_tag_and_may_be_asked_for_as_a_contacts() {
    let order = text("store03-2-000871");
    let call = call::read_order(&order, None);
    assert_eq!(call.request.path_and_query, "/api/v3/orders/store03-2-000871");
    let read = call.read(&response(200, include_str!("../examples/stored-order.json")));
    assert_eq!(read, Ok(Some(stored())));
    let call = call::read_order(&order, Some(&id(ID)));
    assert_eq!(call.request.path_and_query, format!("/api/v3/orders/store03-2-000871?contactId={ID}"));
}

#[test]
fn a_tag_may_stand_in_the_header_and_the_bodys_goes_first() {
    let call = call::read_order(&text("a"), None);
    let read = |tag: &str, body: &str| {
        let answer = Response { entity_tag: Some(tag.to_owned()), ..response(200, body) };
        call.read(&answer).expect("an order").expect("one that is there").version_tag
    };
    for tag in [&format!("\"{TAG}\""), &format!("W/\"{TAG}\""), TAG, &format!(" {TAG} ")] {
        assert_eq!(read(tag, r#"{"orderId":"a"}"#), Text::new(TAG), "{tag}");
        assert_eq!(read(tag, r#"{"orderId":"a","versionTag":"b"}"#), Text::new("b"));
    }
    for tag in ["", "\"\"", "W/\"\""] {
        assert_eq!(read(tag, r#"{"orderId":"a"}"#), None, "{tag}");
    }
    let long = "m".repeat(limits::VERSION_TAG_BYTES_MAX + 1);
    check_unreadable(&call, 200, &format!(r#"{{"orderId":"a","versionTag":"{long}"}}"#));
    let answer = Response { entity_tag: Some(long), ..response(200, r#"{"orderId":"a"}"#) };
    assert!(matches!(call.read(&answer), Err(Failure::Unreadable { .. })));
}

#[test]
fn an_order_that_is_not_there_is_told_from_an_answer_that_says_nothing() {
    let call = call::read_order(&text("a"), None);
    for body in ["", "{}", r#"{"errorCode":"OrderNotFound"}"#] {
        assert_eq!(call.read(&response(404, body)), Ok(None), "{body}");
    }
    assert_eq!(refusal(call.read(&response(404, HTML))).status, 404);
    for body in ["", "{}", "[]", "null", HTML, r#"{"orderId":["marker"]}"#] {
        check_unreadable(&call, 200, body);
    }
}

#[test]
fn what_merely_describes_an_order_is_absent_where_it_cannot_be_read() {
    let body = r#"{"orderId":"a","contactId":"/marker","lastChangedAt":"soon","totalPrice":[],"status":{}}"#;
    let order =
        call::read_order(&text("a"), None).read(&response(200, body)).expect("one").expect("an order");
    assert_eq!(
        order,
        StoredOrder {
            order_id: text("a"),
            version_tag: None,
            contact_id: None,
            status: None,
            external_status: None,
            last_changed_at: None,
            total_price: None,
        }
    );
}

#[test]
fn a_contacts_orders_are_listed_page_by_page() {
    let call = call::orders_of(&id(CONTACT), 10, limits::ORDERS_PER_PAGE);
    let path = format!("/api/v3/orders?contactId={CONTACT}&offset=10&count=10");
    assert_eq!((&call.request.method, &call.request.path_and_query), (&Method::GET, &path));
    let OrderPage { page, next } =
        call.read(&response(200, include_str!("../examples/orders.json"))).expect("a page");
    assert_eq!((page.items.len(), page.offset, page.total_count), (2, 10, Some(13)));
    assert_eq!((&page.items[0].version_tag, &page.items[1].version_tag), (&Text::new(TAG), &None));
    let next = next.expect("a next page");
    let path = format!("/api/v3/orders?contactId={CONTACT}&offset=12&count=2");
    assert_eq!((next.as_str(), &call::orders_at(&next).request.path_and_query), (&*path, &path));
    assert!(!format!("{next:?}").contains(CONTACT));
}

#[test]
fn a_page_is_the_last_when_nothing_usable_leads_on() {
    let call = call::orders_of(&id(CONTACT), 0, 10);
    let links = [
        "null",
        "[]",
        r#"[{"rel":"previous","href":"/api/v3/orders?offset=0"}]"#,
        r#"[{"rel":"next"},{"href":"/api/v3/orders?offset=0"},null,7]"#,
        r#"[{"rel":"next","href":"/api/v3/contacts?x=1"}]"#,
        r#"[{"rel":"next","href":"https://elsewhere.example/"}]"#,
    ];
    for links in links {
        let page = call.read(&response(200, format!(r#"{{"items":[],"links":{links}}}"#)));
        assert_eq!(page.expect("a page").next, None, "{links}");
    }
    let body =
        r#"{"items":[],"links":[{"rel":"Next","href":"https://elsewhere.example/api/v3/orders?offset=2"}]}"#;
    let next = call.read(&response(200, body)).expect("a page").next;
    assert_eq!(next.expect("a link").as_str(), "/api/v3/orders?offset=2");
    for link in ["/api/v3/orders", "/api/v3/orders?a=/b", "/api/v3/orders?a b", "/api/v3/orders?a=1#b"] {
        assert_eq!(PageLink::of(link), None, "{link}");
    }
    assert_eq!(
        PageLink::of(&format!("/api/v3/orders?{}", "a".repeat(limits::PAGE_LINK_BYTES_MAX + 1))),
        None
    );
    for body in [HTML, "{}", "[]", r#"{"items":[{}]}"#, r#"{"items":[],"links":{}}"#] {
        check_unreadable(&call, 200, body);
    }
}

#[test]
fn an_action_is_triggered_as_documented() {
    let request = action().request;
    let path = "/api/v3/orders/store03-2-000871/action";
    assert_eq!((&request.method, &*request.path_and_query), (&Method::POST, path));
    check_body(&request, include_str!("../examples/order-action.json"));
}

#[test]
fn every_answer_to_an_action_says_whether_it_was_triggered() {
    for (status, body) in [(202, ""), (200, "{}"), (204, ""), (202, r#"{"id":1}"#)] {
        assert_eq!(action().read(&response(status, body)), Ok(ActionAnswer::Triggered), "{status}");
    }
    for body in ["", r#"{"errorCode":"OrderNotFound"}"#, r#"{"errorCode":"VersionTagMismatch"}"#] {
        assert_eq!(action().read(&response(404, body)), Ok(ActionAnswer::NoOrderOrStale));
    }
    for body in ["", r#"{"errorCode":"OrderHasNoContact"}"#] {
        assert_eq!(action().read(&response(422, body)), Ok(ActionAnswer::NoContact));
    }
    assert!(refusal(action().read(&response(400, r#"{"errorCode":"Invalid"}"#))).is("Invalid"));
    for status in [404, 422, 429, 500, 503] {
        assert_eq!(refusal(action().read(&response(status, HTML))).status, status);
    }
    check_unreadable(&action(), 200, HTML);
    check_unreadable(&action(), 302, "");
}
