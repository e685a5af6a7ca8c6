//! Updates, deletion, the overview and the change feed: what is sent, and what is made of answers.

use std::collections::{BTreeMap, BTreeSet};

use engage::call::{self, ChangeKind, Deleted};
use engage::model::{
    Attribute, Contact, ContactPatch, ContactType, NewConsent, NewContact, Preferences, Text,
};
use engage::{Failure, limits};
use http::Method;
use jiff::civil::date;

use crate::answers::{HTML, ID, check_unreadable, refusal, response};
use crate::requests::{ada, check_body, origin};
use crate::{id, text};

const OVERVIEW: &str = include_str!("../examples/contact-overview.json");

fn custom(name: &str) -> Attribute {
    Attribute::Custom(text(name))
}

fn patch() -> ContactPatch {
    let all = [(Attribute::LastName, "Berg"), (Attribute::Street, "Nygatan 9"), (custom("shoeSize"), "38")];
    ContactPatch {
        set: all.into_iter().map(|(attribute, value)| (attribute, text(value))).collect(),
        clear: BTreeSet::from([Attribute::BirthDay, Attribute::CareOf]),
        preferences: Some(Preferences {
            accepts_email: Some(true),
            accepts_sms: Some(false),
            accepts_postal: Some(false),
        }),
        consents: vec![NewConsent { id: text("memberTerms"), value: true, source: Text::new("POS") }],
    }
}

/// The body of an update, as text.
fn written(patch: &ContactPatch) -> String {
    let body = call::update_contact(&id(ID), patch).request.body.expect("a body");
    String::from_utf8(body.to_vec()).expect("UTF-8")
}

fn read(body: impl Into<String>) -> Contact {
    call::contact_overview(&id(ID)).read(&response(200, body)).expect("a contact")
}

#[test]
fn an_update_is_sent_as_documented_with_null_for_what_is_emptied() {
    let request = call::update_contact(&id(ID), &patch()).request;
    assert_eq!(request.method, Method::PATCH);
    assert_eq!(request.path_and_query, format!("/api/v3/contacts/{ID}"));
    check_body(&request, include_str!("../examples/contact-update.json"));
}

#[test]
fn an_update_names_nothing_that_it_does_not_change() {
    let only = |patch| (written(&patch), patch.is_empty());
    let none = ContactPatch::default();
    assert_eq!(only(none.clone()), ("{}".into(), true));
    assert_eq!(
        only(ContactPatch { preferences: Some(Preferences::default()), ..none.clone() }),
        ("{}".into(), true)
    );
    let sms = Preferences { accepts_sms: Some(false), ..Preferences::default() };
    let patch = ContactPatch { preferences: Some(sms), ..none.clone() };
    assert_eq!(only(patch), (r#"{"preferences":{"acceptsSms":false}}"#.into(), false));
    let patch = ContactPatch { set: BTreeMap::from([(Attribute::City, text("Åre"))]), ..none.clone() };
    assert_eq!(only(patch), (r#"{"city":"Åre"}"#.into(), false));
    let patch = ContactPatch { clear: BTreeSet::from([Attribute::City]), ..none };
    assert_eq!(only(patch), (r#"{"city":null}"#.into(), false));
}

#[test]
fn what_changes_of_a_contact_does_not_show() {
    let contact = NewContact { custom: BTreeMap::from([(text("shoeSize"), text("Berg"))]), ..ada() };
    let update = call::update_contact(&id(ID), &patch());
    for shown in [
        format!("{:?}", patch()),
        format!("{update:?}"),
        format!("{contact:?}"),
        format!("{:?}", read(OVERVIEW)),
    ] {
        for secret in ["Berg", "Nygatan", "Storgatan", "silver", "Ada", "1980", "750"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

#[test]
fn an_attribute_is_not_sent_both_with_a_value_and_emptied() {
    let both = ContactPatch {
        set: BTreeMap::from([(custom("City"), text("Åre")), (Attribute::Email, text("a@x.se"))]),
        clear: BTreeSet::from([Attribute::City]),
        ..ContactPatch::default()
    };
    let written = std::panic::catch_unwind(|| written(&both));
    match cfg!(debug_assertions) {
        true => assert!(written.is_err()),
        false => assert_eq!(written.ok().as_deref(), Some(r#"{"email":"a@x.se"}"#)),
    }
}

#[test]
fn a_custom_attribute_never_stands_for_a_member_that_is_none() {
    for name in ["preferences", "Consents", "contactType", "id", "meta"] {
        let patch = ContactPatch {
            set: BTreeMap::from([(custom(name), text("x"))]),
            clear: BTreeSet::from([custom("shoeSize")]),
            ..ContactPatch::default()
        };
        assert_eq!(written(&patch), r#"{"shoeSize":null}"#);
        assert!(!Attribute::can_be_custom(name));
    }
    for name in ["email", "SocialSecurityNumber", "zipcode"] {
        assert!(!Attribute::can_be_custom(name), "{name}");
    }
    assert!(Attribute::can_be_custom("shoeSize"));
}

#[test]
fn a_contact_is_created_with_the_tenants_own_attributes_flat_beside_the_others() {
    let custom = [("shoeSize", "38"), ("club", "Gold"), ("Email", "b@x.se"), ("preferences", "x")];
    let custom = custom.map(|(name, value)| (text(name), text(value)));
    let contact = NewContact { custom: BTreeMap::from(custom), ..ada() };
    let request = call::create_contact(&contact, &origin()).request;
    let plain = include_str!("../examples/contact-create.json");
    check_body(&request, &plain.replacen('{', r#"{ "shoeSize": "38", "club": "Gold","#, 1));
    let body = request.body.expect("a body").to_ascii_lowercase();
    let body = std::str::from_utf8(&body).expect("UTF-8");
    assert_eq!((body.matches("\"email\"").count(), body.matches("\"preferences\"").count()), (1, 1));
}

#[test]
fn each_attribute_has_its_documented_name_and_is_known_by_it_in_any_case() {
    let names = [
        (Attribute::FirstName, "firstName"),
        (Attribute::LastName, "lastName"),
        (Attribute::Email, "email"),
        (Attribute::MobilePhone, "mobilePhone"),
        (Attribute::MemberNumber, "memberNumber"),
        (Attribute::ExternalId, "externalId"),
        (Attribute::SocialSecurityNumber, "socialSecurityNumber"),
        (Attribute::Street, "street"),
        (Attribute::ZipCode, "zipCode"),
        (Attribute::City, "city"),
        (Attribute::CareOf, "careOf"),
        (Attribute::Country, "country"),
        (Attribute::CountryCode, "countryCode"),
        (Attribute::Language, "language"),
        (Attribute::BirthDay, "birthDay"),
        (Attribute::Gender, "gender"),
    ];
    for (attribute, name) in &names {
        assert_eq!(attribute.name(), *name);
        assert_eq!(format!("{attribute:?}"), *name);
        let named = Attribute::named(text(&name.to_uppercase()));
        assert!(named == *attribute && !matches!(named, Attribute::Custom(_)), "{name}");
        assert_eq!(custom(name), *attribute);
    }
    let all: BTreeSet<_> = names.iter().map(|(attribute, _)| attribute.clone()).collect();
    let hashed: std::collections::HashSet<_> =
        all.iter().cloned().chain(names.map(|(_, name)| custom(name))).collect();
    assert_eq!((all.len(), hashed.len()), (16, 16));
    assert!(
        matches!(Attribute::named(text("shoeSize")), Attribute::Custom(name) if name == text("shoeSize"))
    );
}

#[test]
fn an_update_succeeds_with_any_2xx_but_a_web_page() {
    let update = call::update_contact(&id(ID), &patch());
    let retype = call::change_contact_type(&id(ID), &ContactType::member());
    for call in [update, retype] {
        for (status, body) in [(200, OVERVIEW), (200, ""), (202, "\"x\""), (204, "")] {
            assert_eq!(call.read(&response(status, body)), Ok(()), "{status}");
        }
        check_unreadable(&call, 200, HTML);
        check_unreadable(&call, 302, "marker");
        for (status, code) in
            [(404, "ContactNotFound"), (409, "ApprovedContactWithKeyExists"), (422, "ValidationError")]
        {
            let refused = refusal(call.read(&response(status, format!(r#"{{"errorCode":"{code}"}}"#))));
            assert_eq!((refused.status, refused.code.as_deref()), (status, Some(code)));
        }
    }
}

#[test]
fn a_change_of_type_is_a_post_without_a_body() {
    let kind = ContactType::new("Gold & Co").expect("a type");
    let request = call::change_contact_type(&id(ID), &kind).request;
    assert_eq!((request.method, request.body), (Method::POST, None));
    let path = format!("/api/v3/contacts/{ID}/updateContactType?contactTypeId=Gold%20%26%20Co");
    assert_eq!(request.path_and_query, path);
}

#[test]
fn a_deletion_names_its_source_and_says_whether_there_was_something_to_delete() {
    let call = call::delete_contact(&id(ID), &text("POS Åre"));
    assert_eq!((&call.request.method, &call.request.body), (&Method::DELETE, &None));
    assert_eq!(call.request.path_and_query, format!("/api/v3/contacts/{ID}?source=POS%20%C3%85re"));
    for (status, body) in [(200, ""), (200, "{}"), (204, ""), (202, "null")] {
        assert_eq!(call.read(&response(status, body)), Ok(Deleted::Now), "{status}");
    }
    for body in [include_str!("../examples/not-found.json"), r#"{"message":"Contact not found."}"#] {
        assert_eq!(call.read(&response(404, body)), Ok(Deleted::Already), "{body}");
    }
}

#[test]
fn a_404_that_does_not_say_so_does_not_pass_for_a_deleted_contact() {
    let call = call::delete_contact(&id(ID), &text("POS"));
    for body in [
        "",
        "{}",
        HTML,
        r#"{"errorCode":"RouteNotFound"}"#,
        r#"{"errorCode":"TenantNotFound","message":"contact not found"}"#,
    ] {
        assert_eq!(refusal(call.read(&response(404, body))).status, 404, "{body}");
    }
    assert_eq!(refusal(call.read(&response(409, r#"{"errorCode":"ContactNotFound"}"#))).status, 409);
    check_unreadable(&call, 200, HTML);
    check_unreadable(&call, 301, "");
}

#[test]
fn the_overview_is_asked_for_by_id_and_read_as_a_contact() {
    let call = call::contact_overview(&id(ID));
    assert_eq!(call.request.method, Method::GET);
    assert_eq!(call.request.path_and_query, format!("/api/v3/contactoverview?contactId={ID}"));
    let contact = read(OVERVIEW);
    assert_eq!((&contact.id, contact.approved), (&id(ID), Some(true)));
    assert_eq!(contact.street, Text::new("Storgatan 4"));
    let others = [
        ("bonusBasedLevel", "silver"),
        ("bonusBasedLevelChanged", "2025-01-01T00:00:00+01:00"),
        ("bonusBasedLevelLeftForUpgrade", "750.50"),
        ("bonusPoints", "250"),
        ("secrecyMarked", "false"),
        ("shoeSize", "38"),
    ];
    assert_eq!(contact.other, others.map(|(name, value)| (name.to_owned(), text(value))).into());
}

#[test]
fn the_personal_identity_number_of_a_contact_is_known_to_be_there_and_held_nowhere() {
    for name in
        ["socialSecurityNumber", "SocialSecurityNumber", "SOCIALSECURITYNUMBER", r"social\u0053ecurityNumber"]
    {
        for value in ["\"19800101-9876\"", "198001019876"] {
            let contact = read(format!(r#"{{"id":"{ID}","attributes":{{"{name}":{value},"city":"Åre"}}}}"#));
            assert!(contact.has_social_security_number, "{name}");
            assert_eq!(contact.other, BTreeMap::new());
            for attribute in [Attribute::SocialSecurityNumber, custom("socialSecurityNumber"), custom(name)] {
                assert_eq!(contact.attribute(&attribute), None);
            }
        }
    }
    for value in ["null", "\"\"", "\" \"", "[]", "{}"] {
        let contact = read(format!(r#"{{"id":"{ID}","attributes":{{"socialSecurityNumber":{value}}}}}"#));
        assert!(!contact.has_social_security_number, "{value}");
    }
    assert!(read(OVERVIEW).has_social_security_number);
    assert!(!read(format!(r#"{{"id":"{ID}"}}"#)).has_social_security_number);
}

#[test]
fn every_attribute_of_a_contact_is_found_by_its_name() {
    let names = [
        "firstName",
        "lastName",
        "email",
        "mobilePhone",
        "memberNumber",
        "externalId",
        "street",
        "zipCode",
        "city",
        "careOf",
        "country",
        "countryCode",
        "language",
        "birthDay",
        "gender",
        "shoeSize",
    ];
    for spelt in
        [|name: &str| name.to_owned(), |name: &str| format!("{}{}", name[..1].to_uppercase(), &name[1..])]
    {
        let members = names.map(|name| format!(r#""{}":"the {name}""#, spelt(name))).join(",");
        let contact = read(format!(r#"{{"Id":"{ID}","Attributes":{{{members}}}}}"#));
        for name in names {
            let value = text(&format!("the {name}"));
            assert_eq!(contact.attribute(&Attribute::named(text(name))), Some(&value), "{name}");
            assert_eq!(contact.attribute(&custom(name)), Some(&value), "{name}");
        }
        assert_eq!(contact.attribute(&custom("hatSize")), None);
        assert_eq!(contact.other.keys().collect::<Vec<_>>(), [&spelt("shoeSize")]);
    }
}

#[test]
fn the_change_feed_is_asked_in_times_without_a_zone_to_the_millisecond() {
    let from = date(2023, 5, 4).at(11, 5, 0, 0);
    let to = date(2023, 12, 31).at(23, 59, 59, 999_999_999);
    let path = |kind, to| call::contact_changes(kind, from, to).request.path_and_query;
    let updated = "/api/v3/contacts/changes?changeType=Updated&fromDate=2023-05-04%2011%3A05%3A00.000";
    assert_eq!(path(ChangeKind::Updated, None), updated);
    assert_eq!(
        path(ChangeKind::Updated, Some(to)),
        format!("{updated}&toDate=2023-12-31%2023%3A59%3A59.999")
    );
    assert!(path(ChangeKind::Created, None).contains("?changeType=Created&"));
    assert!(path(ChangeKind::Deleted, None).contains("?changeType=Deleted&"));
    let request = call::contact_changes(ChangeKind::Deleted, from, None).request;
    assert_eq!((request.method, request.body), (Method::GET, None));
}

#[test]
fn changes_are_read_as_a_list_of_ids_and_as_nothing_else() {
    let call = call::contact_changes(ChangeKind::Updated, date(2023, 5, 4).at(0, 0, 0, 0), None);
    let ids = [ID, "6f0c7c0e-93aa-4f0e-b0cc-b21a00c7f0a1"].map(id).to_vec();
    assert_eq!(call.read(&response(200, include_str!("../examples/changes.json"))), Ok(ids));
    assert_eq!(call.read(&response(200, "\u{feff}[]")), Ok(Vec::new()));
    // Passing over a row that can't be read could leave a deleted person's data behind.
    for body in [
        "",
        "null",
        "{}",
        "\"marker\"",
        HTML,
        "[null]",
        "[7]",
        "[\"\"]",
        "[\"a/../marker\"]",
        "[\"a\",{}]",
        "[\"a\"",
        "[] marker",
    ] {
        check_unreadable(&call, 200, body);
    }
    for status in [400, 403, 404] {
        assert_eq!(refusal(call.read(&response(status, ""))).status, status);
    }
}

#[test]
fn as_many_changes_are_read_as_the_feed_may_answer_and_not_one_more() {
    let call = call::contact_changes(ChangeKind::Updated, date(2023, 5, 4).at(0, 0, 0, 0), None);
    let body = |ids: usize| format!("[{}]", vec![format!("\r\n    \"{ID}\""); ids].join(","));
    let most = body(limits::CHANGES_MAX);
    assert!(
        most.len() <= call.request.answer_bytes_max && most.len() > limits::BODY_BYTES_MAX,
        "{}",
        most.len()
    );
    assert_eq!(call.read(&response(200, most)).map(|ids| ids.len()), Ok(limits::CHANGES_MAX));
    let read = call.read(&response(200, body(limits::CHANGES_MAX + 1)));
    assert!(matches!(read, Err(Failure::Unreadable { status: 200, .. })));
}
