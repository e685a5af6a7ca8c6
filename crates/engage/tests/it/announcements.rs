//! Orders of version 2.

use engage::call;
use engage::model::{
    AnnouncedFee, AnnouncedItem, Announcement, Discount, ItemKind, MatchContact, Payment, TaxDetail, Text,
};
use http::Method;

use crate::answers::{HTML, check_unreadable, refusal, response};
use crate::orders::{at, data, decimal};
use crate::requests::check_body;
use crate::{id, text};

fn items() -> Vec<AnnouncedItem> {
    let sweaters = AnnouncedItem {
        kind: ItemKind::Purchase,
        sku: text("3001-BLK-M"),
        description: text("Wool sweater"),
        quantity: decimal("2"),
        gross_paid_price: decimal("324.00"),
        tax_amount: Some(decimal("64.80")),
        tax_percent: Some(decimal("25")),
        discounts: vec![Discount { kind: None, description: None, value: decimal("-76.00") }],
        image_url: Text::new("https://shop.example/3001.jpg"),
        target_url: Text::new("https://shop.example/3001"),
        extra_data: Some(data(r#"{"size":"M"}"#)),
    };
    let cheese = AnnouncedItem {
        kind: ItemKind::Return,
        sku: text("4100"),
        description: text("Cheese"),
        quantity: decimal("-0.750"),
        gross_paid_price: decimal("150.00"),
        tax_amount: None,
        tax_percent: None,
        discounts: Vec::new(),
        image_url: None,
        target_url: None,
        extra_data: None,
    };
    vec![sweaters, cheese]
}

fn announcement() -> Announcement {
    let tax =
        TaxDetail { percent: Some(decimal("25")), value: Some(decimal("44.60")), ..TaxDetail::default() };
    let bare = |value| Some(AnnouncedFee { value: decimal(value), tax: None, tax_percent: None });
    Announcement {
        contact: MatchContact::by_id(&id("7f0c2f0e-0b1a-4a1c-9a56-5a7a0e7d1a01")),
        order_number: text("store03-2-000871"),
        order_status: text("Confirmed"),
        payment_status: text("Paid"),
        created_date: at("2025-03-14T15:42:07Z"),
        status_changed_date: Some(at("2025-03-14T15:42:09Z")),
        shipping_date: Some(at("2025-03-15T09:00:00Z")),
        store_id: text("store03-stockholm"),
        currency: text("SEK"),
        exchange_rate_to_group_currency: Some(decimal("1.0")),
        language: text("sv-SE"),
        total_gross_price: decimal("223.00"),
        total_tax: Some(decimal("44.60")),
        tax_details: vec![tax],
        payment_methods: vec![Payment { kind: text("card"), description: None, value: decimal("223.00") }],
        items: items(),
        freight_fee: Some(AnnouncedFee {
            value: decimal("49.00"),
            tax: Some(decimal("9.80")),
            tax_percent: Some(decimal("25")),
        }),
        handling_fee: bare("0.50"),
        total_round_off: bare("-0.50"),
        extra_data: Some(data(r#"{"action":"DigitalReceipt"}"#)),
    }
}

#[test]
fn an_order_of_version_2_is_announced_as_documented() {
    let request = call::announce_order(&announcement()).request;
    assert_eq!((&request.method, &*request.path_and_query), (&Method::POST, "/api/v2/orders"));
    check_body(&request, include_str!("../examples/announcement.json"));
}

#[test]
fn any_success_but_a_web_page_means_that_an_order_was_announced() {
    let call = call::announce_order(&announcement());
    for (status, body) in [(202, ""), (200, "{\"statusCode\":202}"), (204, "")] {
        assert_eq!(call.read(&response(status, body)), Ok(()));
    }
    check_unreadable(&call, 200, HTML);
    check_unreadable(&call, 302, "");
    for (status, code) in [(400, "InvalidTotals"), (422, "UnknownOrderStatus"), (404, "ContactNotFound")] {
        let refusal = refusal(call.read(&response(status, format!(r#"{{"errorCode":"{code}"}}"#))));
        assert_eq!((refusal.status, refusal.is(code)), (status, true));
    }
}
