//! What is made of answers, without a transport.

use engage::call::{self, Created, Find, FindBy, Found};
use engage::model::{ContactType, NewContact, Preferences};
use engage::{Call, Failure, Refusal, Response, limits};
use rust_decimal::Decimal;

use crate::{id, text};

pub const ID: &str = "2b6f6b0e-6a3c-4b3f-9d0c-b21a00c7f0aa";
pub const HTML: &str = "<!doctype html><title>Sign in</title>";

pub fn response(status: u16, body: impl Into<String>) -> Response {
    Response { status, body: body.into().into(), ..Response::default() }
}

fn find() -> Call<Found> {
    call::find_contact(&Find { by: FindBy::Email(text("ada.lind@example.com")), contact_type: None })
}

fn create() -> Call<Created> {
    let origin = call::Origin { source: text("POS"), store_external_id: text("S01") };
    call::create_contact(&NewContact::default(), &origin)
}

#[expect(clippy::panic, reason = "a check that fails its test")]
pub fn refusal<T: std::fmt::Debug>(result: Result<T, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => *refusal,
        other => panic!("no refusal: {other:?}"),
    }
}

/// Fails unless the answer can't be read, and says nothing of its content.
pub fn check_unreadable<T: std::fmt::Debug>(call: &Call<T>, status: u16, body: &str) {
    let failure = call.read(&response(status, body)).expect_err("an answer that can't be read");
    assert!(matches!(&failure, Failure::Unreadable { status: s, .. } if *s == status), "{body}: {failure:?}");
    assert!(!format!("{failure} {failure:?}").contains("marker"), "{failure:?}");
}

#[test]
fn a_found_id_is_read_from_a_string_or_an_object() {
    let bodies = [
        format!("\"{ID}\""),
        format!("\u{feff} \"{ID}\"\n"),
        format!(r#"{{"id":"{ID}"}}"#),
        format!(r#"{{"contactId":"{ID}","more":[{{"x":1}}]}}"#),
        format!(r#"{{"Id":"{ID}"}}"#),
    ];
    for body in bodies {
        assert_eq!(find().read(&response(200, &*body)), Ok(Found::One(id(ID))), "{body}");
        assert_eq!(create().read(&response(201, &*body)), Ok(Created::New(id(ID))), "{body}");
        assert_eq!(create().read(&response(200, &*body)), Ok(Created::NewOrNot(id(ID))), "{body}");
    }
}

#[test]
fn a_contact_that_is_not_there_is_an_answer() {
    let documented = include_str!("../examples/not-found.json");
    for body in [documented, r#"{"errorcode":"contactNotFound"}"#, r#"{"message":"Contact not found."}"#] {
        assert_eq!(find().read(&response(404, body)), Ok(Found::None), "{body}");
    }
}

#[test]
fn a_404_that_does_not_say_so_is_not_a_missing_contact() {
    for body in
        ["", "{}", HTML, r#"{"errorCode":"RouteNotFound"}"#, r#"{"message":"No HTTP resource was found"}"#]
    {
        assert_eq!(refusal(find().read(&response(404, body))).status, 404, "{body}");
    }
    let other = r#"{"errorCode":"TenantNotFound","message":"contact not found"}"#;
    assert_eq!(refusal(find().read(&response(404, other))).code.as_deref(), Some("TenantNotFound"));
}

#[test]
fn several_matches_are_an_answer_with_their_ids() {
    let found = find().read(&response(409, include_str!("../examples/multiple-matches.json")));
    let ids = ["6f0c7c0e-93aa-4f0e-b0cc-b21a00c7f0a1", "91d2aa0e-93aa-4f0e-b0cc-b21a00c7f0b7"];
    assert_eq!(found, Ok(Found::Several(ids.map(id).to_vec())));
    for details in ["null", r#"{"multipleMatchesFound":null}"#, r#"{"multipleMatchesFound":"x"}"#, r#"[1]"#] {
        let body = format!(r#"{{"errorCode":"MultipleMatches","messageDetails":{details}}}"#);
        assert_eq!(find().read(&response(409, body)), Ok(Found::Several(Vec::new())), "{details}");
    }
    assert_eq!(refusal(find().read(&response(409, r#"{"errorCode":"Other"}"#))).status, 409);
}

#[test]
fn more_matches_than_the_limit_are_cut_off() {
    let ids = vec![format!("\"{ID}\""); limits::MATCHES_MAX + 1].join(",");
    let body =
        format!(r#"{{"errorCode":"MultipleMatches","messageDetails":{{"multipleMatchesFound":[{ids}]}}}}"#);
    let Ok(Found::Several(ids)) = find().read(&response(409, body)) else { panic!("several were found") };
    assert_eq!(ids.len(), limits::MATCHES_MAX);
}

#[test]
fn an_id_that_is_none_cannot_be_read() {
    let long = format!("\"{}\"", "a".repeat(limits::CONTACT_ID_CHARS_MAX + 1));
    let bodies = ["", "null", "true", "17", "\"\"", "\"a/../marker\"", "\"\\ud800\"", "[]", "{}", HTML, ID];
    for body in
        bodies.into_iter().chain([r#"{"id":null}"#, r#"{"id":["marker"]}"#, r#"{"id":"#, long.as_str()])
    {
        check_unreadable(&find(), 200, body);
        check_unreadable(&create(), 201, body);
    }
}

#[test]
fn a_contact_is_read_as_documented() {
    let call = call::read_contact(&id(ID));
    let contact = call.read(&response(200, include_str!("../examples/contact.json"))).expect("a contact");
    assert_eq!(contact.id, id(ID));
    assert_eq!(contact.contact_type, ContactType::new("member"));
    assert_eq!(contact.first_name, Some(text("Ada")));
    assert_eq!(contact.member_number, Some(text("700123")));
    assert_eq!(contact.source_type, Some(text("POS")));
    assert_eq!(contact.approved, Some(true));
    assert_eq!(contact.street, None);
    let preferences =
        Preferences { accepts_email: Some(true), accepts_sms: Some(true), accepts_postal: Some(false) };
    assert_eq!(contact.preferences, preferences);
    assert_eq!(contact.consents.len(), 1);
    assert_eq!((&contact.consents[0].id, contact.consents[0].value), (&text("memberTerms"), Some(true)));
    let shown = format!("{contact:?}");
    assert!(!shown.contains("Ada") && !shown.contains("example.com") && shown.contains(ID), "{shown}");
}

#[test]
fn a_contact_is_read_in_other_spellings_and_types_and_beside_unknown_members() {
    let body = format!(
        r#"{{"id":"{ID}","new":{{"deep":[1e400]}},
        "attributes":{{"memberNumber":700123,"firstName":" ","city":null,"careOf":{{"a":1}},"zipCode":11122,"own":[1]}},
        "meta":{{"approved":"True","contactType":null}},
        "preferences":{{"AcceptsEmails":true,"AcceptsSms":"false","AcceptsPostals":null}},
        "consents":[null,{{"value":true}},{{"id":"a","value":null}}]}}"#
    );
    let contact = call::read_contact(&id(ID)).read(&response(200, body)).expect("a contact");
    assert_eq!(contact.member_number, Some(text("700123")));
    assert_eq!(contact.zip_code, Some(text("11122")));
    assert_eq!((contact.first_name, contact.city, contact.care_of), (None, None, None));
    assert_eq!((contact.approved, contact.contact_type), (Some(true), None));
    let preferences =
        Preferences { accepts_email: Some(true), accepts_sms: Some(false), accepts_postal: None };
    assert_eq!(contact.preferences, preferences);
    assert_eq!(contact.consents.len(), 1);
}

#[test]
fn a_contact_without_an_id_cannot_be_read() {
    let call = call::read_contact(&id(ID));
    for body in ["{}", r#"{"id":7.5}"#, r#"{"id":"a","consents":"marker"}"#, "[]", "\"marker\"", "null", HTML]
    {
        check_unreadable(&call, 200, body);
    }
}

#[test]
fn a_web_page_is_no_word_of_engages_that_it_took_a_receipt() {
    for body in [HTML, "  \n<html>"] {
        let read = crate::requests::register().read(&response(202, body));
        assert!(matches!(read, Err(Failure::Unreadable { status: 202, .. })), "{read:?}");
    }
}

#[test]
fn any_success_is_a_registered_receipt_whatever_its_body() {
    let register = Call::<()>::read;
    let call = crate::requests::register();
    for (status, body) in [(200, ""), (201, "{}"), (202, ""), (204, ""), (299, "\"x\"")] {
        assert_eq!(register(&call, &response(status, body)), Ok(()), "{status}");
    }
}

#[test]
fn transactions_are_read_as_documented_and_amounts_by_their_digits() {
    let call = call::contact_transactions(&id(ID), 0, limits::TRANSACTIONS_PER_PAGE);
    let page = call.read(&response(200, include_str!("../examples/transactions.json"))).expect("a page");
    assert_eq!((page.offset, page.total_count, page.items.len()), (0, Some(1), 1));
    let row = &page.items[0];
    assert_eq!(row.external_id, Some(text("store03-till2-20250314-000871")));
    assert_eq!(row.local_net_price_sum.map(|sum| sum.to_string()).as_deref(), Some("300.00"));

    let odd = r#"{"items":[{"externalId":5221505696056,"localNetPriceSum":"49.989999999999995"},{}],"totalCount":"2"}"#;
    let page = call.read(&response(200, odd)).expect("a page");
    assert_eq!(page.items[0].external_id, Some(text("5221505696056")));
    assert_eq!(page.items[0].local_net_price_sum, Decimal::from_str_exact("49.989999999999995").ok());
    assert_eq!((page.items[1].external_id.clone(), page.total_count), (None, Some(2)));
}

#[test]
fn a_page_of_the_wrong_types_cannot_be_read() {
    let call = call::contact_transactions(&id(ID), 0, 1);
    let bodies = [
        "{}",
        "[]",
        r#"{"items":null}"#,
        r#"{"items":{"marker":1}}"#,
        r#"{"items":["marker"]}"#,
        r#"{"items":[{"externalId":["marker"]}]}"#,
        r#"{"items":[{"localNetPriceSum":"marker"}]}"#,
        r#"{"items":[],"totalCount":-1}"#,
        HTML,
        "",
    ];
    for body in bodies {
        check_unreadable(&call, 200, body);
    }
}

#[test]
fn stores_and_consents_are_read_as_documented() {
    let stores =
        call::stores().read(&response(200, include_str!("../examples/stores.json"))).expect("stores");
    assert_eq!(stores.len(), 2);
    assert_eq!(stores[0].external_id, Some(text("store03-stockholm")));
    assert_eq!(stores[0].time_zone, Some(text("Europe/Stockholm")));
    assert_eq!((stores[1].active, stores[1].city.clone()), (Some(false), None));

    let body = include_str!("../examples/consents.json");
    let consents = call::consents().read(&response(200, body)).expect("consents");
    assert_eq!(consents[0].id, text("memberTerms"));
    assert_eq!(consents[0].display_text["sv-SE"], text("Jag godkänner"));
    assert_eq!(consents[0].condition_text.len(), 2);

    for body in ["{}", "null", "[1]", HTML] {
        check_unreadable(&call::stores(), 200, body);
        check_unreadable(&call::consents(), 200, body);
    }
    check_unreadable(&call::consents(), 200, r#"[{"name":"marker"}]"#);
}

#[test]
fn a_refusal_tells_what_its_body_tells_and_masks_what_may_be_personal() {
    let refused = refusal(create().read(&response(422, include_str!("../examples/validation.json"))));
    assert_eq!((refused.status, refused.code.as_deref()), (422, Some("ValidationError")));
    assert_eq!(refused.message_hint.as_deref(), Some("The contact is not valid."));
    assert_eq!(refused.validation, ["The value […] of mobilePhone is not a phone number"]);
    assert_eq!(refused.request_id.as_deref(), Some("0HN7ABCDEF:00000005"));
    let shown = Failure::from(refused).to_string();
    assert_eq!(shown, "refused by Engage: status 422, ValidationError, request 0HN7ABCDEF:00000005");
}

#[test]
fn a_refusal_is_one_whatever_its_body() {
    let bodies = [
        "",
        HTML,
        "[]",
        "\"no\"",
        r#"{"errorCode":{"a":1},"message":["x"],"validationErrors":"x","messageDetails":7}"#,
        r#"{"errorCode":"has blanks marker@x.se","requestId":"é","validationErrors":[null,7,[]]}"#,
    ];
    for body in bodies {
        for status in [400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504, 599] {
            let refused = refusal(create().read(&response(status, body)));
            assert_eq!(refused, Refusal { status, ..Refusal::default() }, "{body}");
        }
    }
}

#[test]
fn the_words_of_a_refusal_are_bounded_and_never_in_a_log() {
    let long = format!("marker {} ada@example.com +46701234567", "x ".repeat(10_000));
    let errors = vec![r#"{"errorDescription":"marker"}"#; limits::VALIDATION_ERRORS_MAX + 1].join(",");
    let body = format!(r#"{{"message":"{long}","validationErrors":[{errors}]}}"#);
    let refused = refusal(create().read(&response(400, body)));
    assert!(refused.message_hint.as_ref().expect("a hint").chars().count() <= limits::REFUSAL_TEXT_CHARS_MAX);
    assert_eq!(refused.validation.len(), limits::VALIDATION_ERRORS_MAX);
    assert!(!format!("{refused} {refused:?}").contains("marker"));
}

#[test]
fn a_redirect_is_not_an_answer_of_engage() {
    for status in [300, 301, 302, 304, 307, 308] {
        check_unreadable(&find(), status, "marker");
        check_unreadable(&crate::requests::register(), status, "");
    }
}

#[test]
fn types_of_contacts_are_the_same_in_any_case() {
    assert_eq!(ContactType::new("member"), Some(ContactType::default()));
    assert_ne!(ContactType::new("Contact"), Some(ContactType::default()));
    assert_eq!(ContactType::new(" "), None);
}
