//! Promotions as they are defined.

use std::num::NonZeroU32;

use engage::Call;
use engage::call;
use engage::model::{
    AssignedValidity, ChannelKind, ChannelValue, Definition, Money, NewChannel, NewDefinition, NewValidity,
    NewValue, Presentation, Status, Text, Unit, Until, Validity,
};
use http::Method;
use jiff::civil::date;
use rust_decimal::Decimal;

use crate::answers::{HTML, check_unreadable, refusal, response};
use crate::requests::check_body;
use crate::text;

const ID: &str = "0d9b5a52-8f5f-4a39-8a0e-2a7c1f4d9e20";
const READ: &str = include_str!("../examples/promotion.json");

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("a decimal")
}

fn days(amount: u32) -> AssignedValidity {
    AssignedValidity { unit: Unit::Days, amount: NonZeroU32::new(amount).expect("a count") }
}

fn welcome() -> NewDefinition {
    let channel = |kind, value| NewChannel { kind, value, instruction: None };
    let euros = Money { amount: decimal("2.00"), currency: text("EUR") };
    let money = NewValue::Money { amount: decimal("20.50"), local_values: vec![euros] };
    NewDefinition {
        external_id: Text::new("WELCOME10"),
        name: text("Welcome 10%"),
        validity: NewValidity { start: date(2026, 1, 15), until: Until::Assigned(days(30)) },
        presentation: Presentation {
            heading: Text::new("10% on your first visit"),
            description: Text::new("For new members"),
            link: Text::new("https://shop.example/welcome"),
        },
        redemption_channels: vec![
            NewChannel {
                instruction: Text::new("Press Promo, then 10"),
                ..channel(ChannelKind::Pos, NewValue::ExternalOffer(text("WELCOME10")))
            },
            channel(ChannelKind::Ecom, NewValue::Percent(10)),
            channel(ChannelKind::Other, money),
        ],
    }
}

fn read() -> Call<Option<Definition>> {
    call::promotion(&text(ID))
}

/// The definition that differs from the documented one in this.
fn read_with(pointer: &str, value: &str) -> Definition {
    let mut body: serde_json::Value = serde_json::from_str(READ).expect("JSON");
    *body.pointer_mut(pointer).expect("a member") = serde_json::from_str(value).expect("JSON");
    read().read(&response(200, body.to_string())).expect("a promotion").expect("one")
}

#[test]
fn a_promotion_is_created_as_documented_and_read_from_the_answer() {
    let call = call::create_promotion(&welcome());
    assert_eq!(
        (&call.request.method, &*call.request.path_and_query),
        (&Method::POST, "/api/v3/promotions/multichannels")
    );
    check_body(&call.request, include_str!("../examples/promotion-create.json"));
    // 200 is documented, and not 201.
    for status in [200, 201] {
        assert_eq!(call.read(&response(status, READ)).expect("a promotion").id, text(ID));
    }
    check_unreadable(&call, 200, HTML);
    check_unreadable(&call, 200, "");
}

#[test]
fn what_a_promotion_does_not_have_is_left_out() {
    let promotion = NewDefinition {
        external_id: None,
        presentation: Presentation::default(),
        redemption_channels: vec![NewChannel {
            kind: ChannelKind::Pos,
            value: NewValue::Manual(text("Give a mug")),
            instruction: None,
        }],
        validity: NewValidity { start: date(2026, 1, 15), until: Until::FurtherNotice },
        ..welcome()
    };
    check_body(
        &call::create_promotion(&promotion).request,
        r#"{"name":"Welcome 10%","validity":{"startDate":"2026-01-15"},"presentation":{},
            "redemptionChannels":[{"type":"POS","valueType":"MANUAL","value":"Give a mug"}]}"#,
    );
}

#[test]
fn an_update_is_the_whole_promotion_with_its_id() {
    let call = call::update_promotion(&text(ID), &welcome());
    assert_eq!(call.request.method, Method::PUT);
    assert_eq!(call.request.path_and_query, format!("/api/v3/promotions/multichannels/{ID}"));
    let created = include_str!("../examples/promotion-create.json").trim();
    check_body(&call.request, &format!(r#"{{"id":"{ID}",{}"#, created.trim_start_matches('{')));
    assert_eq!(call.read(&response(200, READ)), Ok(()));
    check_unreadable(&call, 200, HTML);
}

#[test]
fn validity_is_changed_by_itself_and_a_promotion_is_deleted_by_its_id() {
    let validity = NewValidity { start: date(2026, 1, 15), until: Until::Day(date(2026, 6, 30)) };
    let call = call::update_validity(&text(ID), &validity);
    assert_eq!(call.request.method, Method::PUT);
    assert_eq!(call.request.path_and_query, format!("/api/v3/promotions/multichannels/{ID}/validity"));
    check_body(&call.request, include_str!("../examples/promotion-validity.json"));

    let call = call::delete_promotion(&text(ID));
    assert_eq!((&call.request.method, &call.request.body), (&Method::DELETE, &None));
    assert_eq!(call.request.path_and_query, format!("/api/v3/promotions/multichannels/{ID}"));
    assert_eq!(call.read(&response(204, "")), Ok(()));
}

#[test]
fn a_promotion_is_read_as_documented_by_either_id() {
    let by_external_id = call::promotion_by_external_id(&text("50 % off & more"));
    let path = "/api/v3/promotions/multichannels?externalId=50%20%25%20off%20%26%20more";
    assert_eq!(by_external_id.request.path_and_query, path);
    assert_eq!(read().request.path_and_query, format!("/api/v3/promotions/multichannels/{ID}"));
    for body in [READ.to_owned(), format!("[{READ}]")] {
        for call in [read(), by_external_id.clone()] {
            let promotion = call.read(&response(200, &*body)).expect("a promotion").expect("one");
            assert_eq!((&promotion.id, promotion.status), (&text(ID), Status::Draft));
            assert_eq!(
                (promotion.external_id, promotion.name),
                (Text::new("WELCOME10"), Text::new("Welcome 10%"))
            );
            let validity = Validity { start: Some(date(2026, 1, 15)), end: None, assigned: Some(days(30)) };
            assert_eq!(promotion.validity, validity);
            assert_eq!(promotion.presentation, welcome().presentation);
            let values = promotion.channels.into_iter().map(|channel| channel.value.expect("a value"));
            let money = Money { amount: decimal("20.50"), currency: text("SEK") };
            let expected = [
                ChannelValue::Text(text("WELCOME10")),
                ChannelValue::Number(decimal("10")),
                ChannelValue::Money(money),
            ];
            assert_eq!(values.collect::<Vec<_>>(), expected);
        }
    }
}

#[test]
fn a_status_is_read_whatever_its_case_and_a_new_one_is_kept() {
    let status = |word| read_with("/status", word).status;
    assert_eq!(status("\"active\""), Status::Active);
    assert_eq!(status("\"Scheduled\""), Status::Scheduled);
    assert_eq!(status("\"ENDED\""), Status::Ended);
    assert_eq!(status("\"Temporary\""), Status::Unknown(text("Temporary")));
}

#[test]
fn a_day_is_the_one_that_is_written_whatever_time_and_offset_follow() {
    let end = |written| read_with("/validity/endDate", written).validity.end;
    for written in [
        "\"2026-06-30\"",
        "\"2026-06-30T23:59:59+02:00\"",
        "\"2026-06-30T21:59:59Z\"",
        "\"2026-06-30 00:00\"",
    ] {
        assert_eq!(end(written), Some(date(2026, 6, 30)), "{written}");
    }
}

#[test]
fn a_promotion_whose_life_or_validity_cannot_be_read_is_not_guessed() {
    for (pointer, value) in [
        ("/status", "null"),
        ("/status", "[\"marker\"]"),
        ("/validity/startDate", "\"marker\""),
        ("/validity/endDate", "\"2026-02-30\""),
        ("/validity/assignedValidity", "\"marker\""),
        ("/validity/assignedValidity/unit", "\"Weeks\""),
        ("/validity/assignedValidity/amount", "0"),
        ("/redemptionChannels", "\"marker\""),
    ] {
        let mut body: serde_json::Value = serde_json::from_str(READ).expect("JSON");
        *body.pointer_mut(pointer).expect("a member") = serde_json::from_str(value).expect("JSON");
        check_unreadable(&read(), 200, &body.to_string());
    }
}

#[test]
fn only_engages_own_word_means_that_there_is_no_promotion() {
    let none = r#"{"errorCode":"PromotionNotFound","message":"…"}"#;
    for call in [read(), call::promotion_by_external_id(&text("a"))] {
        assert_eq!(call.read(&response(404, none)), Ok(None));
        assert_eq!(call.read(&response(200, "[]")), Ok(None));
        for body in ["", HTML, r#"{"message":"No HTTP resource was found"}"#] {
            assert_eq!(refusal(call.read(&response(404, body))).status, 404);
        }
        for body in ["", "null", "7", "[7]", HTML, &format!("[{READ},{READ}]")] {
            check_unreadable(&call, 200, body);
        }
    }
}
