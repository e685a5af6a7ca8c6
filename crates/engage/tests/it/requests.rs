//! What is sent, compared with the documented examples as JSON text.

use engage::call::{self, Find, FindBy, Origin};
use engage::model::{
    ContactType, CreatedDate, Discount, Gender, Item, ItemKind, ListName, MatchContact, MatchKeyType,
    NameValue, NewConsent, NewContact, Payment, Preferences, Receipt, TaxDetail, Text, UsedOffers,
};
use engage::{ConfigError, Request, limits};
use rust_decimal::Decimal;
use secrecy::SecretString;

use crate::{id, text};

/// Fails unless the request's body and the example are the same JSON, digit for digit.
pub fn check_body(request: &Request, example: &str) {
    let body = request.body.as_ref().expect("a body");
    // Numbers compare as text here: serde_json keeps their digits.
    let ours: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    let theirs: serde_json::Value = serde_json::from_str(example).expect("JSON");
    assert_eq!(ours, theirs);
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

pub fn ada() -> NewContact {
    NewContact {
        first_name: Text::new("Ada"),
        last_name: Text::new("Lind"),
        email: Text::new("ada.lind@example.com"),
        mobile_phone: Text::new("+46701234567"),
        country_code: Text::new("SE"),
        country: Text::new("Sweden"),
        language: Text::new("sv"),
        street: Text::new("Storgatan 4"),
        zip_code: Text::new("111 22"),
        city: Text::new("Stockholm"),
        birth_day: Some(jiff::civil::date(1980, 1, 1)),
        gender: Some(Gender::Female),
        preferences: Preferences {
            accepts_email: Some(true),
            accepts_sms: Some(true),
            accepts_postal: Some(false),
        },
        consents: vec![NewConsent { id: text("memberTerms"), value: true, source: Text::new("POS") }],
        ..NewContact::default()
    }
}

pub fn origin() -> Origin {
    Origin { source: text("POS"), store_external_id: text("S01 Åre & Co") }
}

fn sweaters(kind: ItemKind, quantity: i64) -> Item {
    Item {
        kind,
        quantity,
        gross_paid_price: decimal("300.00"),
        tax_amount: decimal("60.00"),
        tax_percent: decimal("25.00"),
        sku: text("3001-BLK-M"),
        article_number: text("3001"),
        article_name: text("Wool sweater"),
        article_group: None,
        margin_percent: None,
        awards_bonus: Some(true),
        discounts: Vec::new(),
        extra_data: Vec::new(),
    }
}

fn purchase() -> Receipt {
    Receipt {
        contact: MatchContact::by_id(&id("7f0c2f0e-0b1a-4a1c-9a56-5a7a0e7d1a01")),
        unique_receipt_id: text("store03-till2-20250314-000871"),
        receipt_number: text("000871"),
        created_date: CreatedDate {
            instant: "2025-03-14T15:42:07Z".parse().expect("a time"),
            offset: jiff::tz::offset(1),
        },
        store_external_id: text("store03-stockholm"),
        currency: text("SEK"),
        exchange_rate_to_group_currency: Some(decimal("1.0")),
        total_gross_price: decimal("300.00"),
        tax_details: vec![TaxDetail {
            description: Text::new("VAT 25%"),
            percent: Some(decimal("25.0")),
            value: Some(decimal("60.00")),
            total_including_tax: Some(decimal("300.00")),
            total_excluding_tax: Some(decimal("240.00")),
        }],
        payment_methods: vec![Payment {
            kind: text("card"),
            description: Text::new("Debit card"),
            value: decimal("300.00"),
        }],
        items: vec![Item {
            article_group: Text::new("Knitwear"),
            margin_percent: Some(decimal("41.5")),
            discounts: vec![Discount {
                kind: Text::new("PROMO"),
                description: Text::new("25% welcome"),
                value: decimal("-100.00"),
            }],
            extra_data: vec![NameValue { name: text("size"), value: text("M") }],
            ..sweaters(ItemKind::Purchase, 2)
        }],
        used: UsedOffers {
            vouchers: vec![text("900100200")],
            promotions: vec![text("2a0d6d9e-2f0c-4f7e-8ce5-d3a3c1a0ee10")],
            ..no_offers()
        },
        extra_data: vec![NameValue { name: text("tillId"), value: text("2") }],
    }
}

fn no_offers() -> UsedOffers {
    UsedOffers {
        vouchers_in: ListName::vouchers_v2(),
        vouchers: Vec::new(),
        promotions_in: ListName::promotions_v2(),
        promotions: Vec::new(),
    }
}

#[test]
fn used_offers_are_named_where_the_tenant_has_them() {
    let name = |text: &str| text.parse::<ListName>().unwrap();
    let used = UsedOffers {
        vouchers_in: name("usedRewardVouchers.voucherNumber"),
        promotions_in: name("promotions.id"),
        ..purchase().used
    };
    let body = call::register_receipt(&Receipt { used, ..purchase() }).request.body.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["usedRewardVouchers"], serde_json::json!([{ "voucherNumber": "900100200" }]));
    assert_eq!(body["promotions"], serde_json::json!([{ "id": "2a0d6d9e-2f0c-4f7e-8ce5-d3a3c1a0ee10" }]));
    assert!(body.get("usedBonusChecks").is_none() && body.get("usedPromotions").is_none());
}

#[test]
fn a_list_is_named_with_its_field_and_is_none_of_the_receipts_own() {
    for name in [ListName::vouchers_v2(), ListName::promotions_v2()] {
        assert_eq!(name.to_string().parse(), Ok(name));
    }
    for text in ["", "usedPromotions", ".id", "used.", "a.b.c", "items.sku", "x y.z", "1.x"] {
        assert!(text.parse::<ListName>().is_err(), "{text}");
    }
}

#[test]
fn a_contact_is_created_as_documented_with_its_origin_in_the_query() {
    let call = call::create_contact(&ada(), &origin());
    assert_eq!(call.request.method, http::Method::POST);
    assert_eq!(
        call.request.path_and_query,
        "/api/v3/contacts?source=POS&storeExternalId=S01%20%C3%85re%20%26%20Co"
    );
    check_body(&call.request, include_str!("../examples/contact-create.json"));
}

#[test]
fn what_a_contact_does_not_have_is_left_out_of_its_creation() {
    let contact = NewContact {
        mobile_phone: Text::new("+46701234567"),
        email: Text::new("   "),
        country_code: Text::new("SE"),
        country: Text::new("Sweden"),
        language: Text::new("sv"),
        ..NewContact::default()
    };
    let call = call::create_contact(&contact, &origin());
    check_body(&call.request, include_str!("../examples/contact-smallest.json"));
}

#[test]
fn a_purchase_is_sent_as_documented() {
    let call = call::register_receipt(&purchase());
    assert_eq!(call.request.method, http::Method::POST);
    assert_eq!(call.request.path_and_query, "/api/v3/receipts");
    check_body(&call.request, include_str!("../examples/receipt-purchase.json"));
}

#[test]
fn a_return_is_sent_as_documented_and_without_the_parts_it_lacks() {
    let receipt = Receipt {
        unique_receipt_id: text("store03-till1-20250320-000112"),
        receipt_number: text("000112"),
        created_date: CreatedDate {
            instant: "2025-03-20T10:05:00Z".parse().expect("a time"),
            offset: jiff::tz::offset(1),
        },
        total_gross_price: decimal("-300.00"),
        tax_details: Vec::new(),
        payment_methods: vec![Payment {
            kind: text("card"),
            description: Text::new("Refund"),
            value: decimal("-300.00"),
        }],
        items: vec![sweaters(ItemKind::Return, -2)],
        used: no_offers(),
        extra_data: Vec::new(),
        ..purchase()
    };
    check_body(&call::register_receipt(&receipt).request, include_str!("../examples/receipt-return.json"));
}

#[test]
fn an_amount_keeps_every_digit_it_has() {
    for amount in
        ["0", "0.00", "-0.10", "300", "300.000", "79228162514264337593543950335", "0.0000000000000001"]
    {
        let receipt = Receipt { total_gross_price: decimal(amount), ..purchase() };
        let body = call::register_receipt(&receipt).request.body.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("UTF-8");
        assert!(body.contains(&format!(r#""totalGrossPrice":{amount},"#)), "{amount} in {body}");
    }
}

#[test]
fn each_key_of_a_match_has_its_documented_name() {
    let names = [
        (MatchKeyType::ContactId, "contactId"),
        (MatchKeyType::Email, "email"),
        (MatchKeyType::MobilePhone, "mobilePhone"),
        (MatchKeyType::MemberNumber, "memberNumber"),
        (MatchKeyType::ExternalId, "externalId"),
        (MatchKeyType::SocialSecurityNumber, "socialSecurityNumber"),
    ];
    for (kind, name) in names {
        let contact = MatchContact {
            match_key: text("k"),
            match_key_type: kind,
            contact_type: Some(ContactType::member()),
        };
        let written = serde_json::to_string(&contact).expect("JSON");
        assert_eq!(written, format!(r#"{{"matchKey":"k","matchKeyType":"{name}","contactType":"Member"}}"#));
    }
}

#[test]
fn each_identifier_is_looked_up_under_its_name_and_percent_encoded() {
    let table = [
        (FindBy::Email(text("ada.lind@example.com")), "email=ada.lind%40example.com"),
        (FindBy::Email(text("a+b@x.se")), "email=a%2Bb%40x.se"),
        (FindBy::MobilePhone(text("+46701234567")), "mobilePhone=%2B46701234567"),
        (FindBy::SocialSecurityNumber(text("19800101-9876")), "socialSecurityNumber=19800101-9876"),
        (FindBy::CustomKey(text("7&contactType=x#%")), "customKey=7%26contactType%3Dx%23%25"),
    ];
    for (by, query) in table {
        let find = Find { by: by.clone(), contact_type: None };
        assert_eq!(call::find_contact(&find).request.path_and_query, format!("/api/v3/contacts/id?{query}"));
        let find = Find { by, contact_type: ContactType::new("Member") };
        let path = call::find_contact(&find).request.path_and_query;
        assert_eq!(path, format!("/api/v3/contacts/id?{query}&contactType=Member"));
    }
}

#[test]
fn every_character_outside_the_unreserved_ones_is_encoded_and_comes_back_the_same() {
    let value: String = (' '..='~').chain("åß漢🙂\u{7f}".chars()).collect();
    let find = Find { by: FindBy::CustomKey(text(&value)), contact_type: None };
    let path = call::find_contact(&find).request.path_and_query;
    let encoded = path.strip_prefix("/api/v3/contacts/id?customKey=").expect("the key's name");
    assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{encoded}");
    let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8().expect("UTF-8");
    assert_eq!(decoded, value);
}

#[test]
fn reading_calls_have_their_documented_paths_and_no_body() {
    let contact = id("2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa");
    let requests = [
        (call::read_contact(&contact).request, "/api/v3/contacts/2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa"),
        (
            call::contact_transactions(&contact, 200, 100).request,
            "/api/v2/contacts/2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa/transactions?offset=200&count=100",
        ),
        (call::stores().request, "/api/v3/stores"),
        (call::stores_with_inactive().request, "/api/v3/stores?includeInactive=true"),
        (call::consents().request, "/api/v3/consents"),
    ];
    for (request, path) in requests {
        let answer_bytes_max = limits::BODY_BYTES_MAX;
        let expected =
            Request { method: http::Method::GET, path_and_query: path.into(), body: None, answer_bytes_max };
        assert_eq!(request, expected);
    }
}

#[test]
fn every_request_has_the_documented_headers_and_the_key_does_not_show() {
    let headers = engage::headers(&SecretString::from("key-4711\n"), "Tillbridge/0.1").expect("headers");
    assert_eq!(headers["apikey"], "key-4711");
    assert_eq!(headers["user-agent"], "Tillbridge/0.1");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["accept"], "application/json");
    assert!(!format!("{headers:?}").contains("4711"));
}

#[test]
fn a_key_or_user_agent_that_cannot_stand_in_a_header_is_refused() {
    let headers = |key: &str, agent: &str| engage::headers(&SecretString::from(key.to_owned()), agent);
    assert!(matches!(headers("", "A/1"), Err(ConfigError::ApiKey)));
    assert!(matches!(headers(" \n", "A/1"), Err(ConfigError::ApiKey)));
    assert!(matches!(headers("a\nb", "A/1"), Err(ConfigError::ApiKey)));
    assert!(matches!(headers("key", "  "), Err(ConfigError::UserAgent)));
}

#[test]
fn what_holds_personal_data_does_not_show_it() {
    let find = Find { by: FindBy::Email(text("ada.lind@example.com")), contact_type: None };
    let shown = [
        format!("{:?}", ada()),
        format!("{find:?}"),
        format!("{:?}", call::find_contact(&find)),
        format!("{:?}", call::create_contact(&ada(), &origin())),
        format!("{:?}", MatchContact { match_key_type: MatchKeyType::Email, ..purchase().contact }),
    ];
    for shown in shown {
        for secret in ["ada", "Ada", "Lind", "example", "4670", "Storgatan", "1980", "7f0c2f0e"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

/// A call that registers a receipt.
pub fn register() -> engage::Call<()> {
    call::register_receipt(&purchase())
}
