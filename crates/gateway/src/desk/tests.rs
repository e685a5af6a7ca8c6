//! What becomes of what is said of a person, without a store.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pos::money::Currency;
use pos::rates::Rates;
use pos::store::{Country, Language, Store as Shop, Stores};
use serde_json::{Value, json};
use store::{Alias, Database, DeliveryState, Expects, FindContact, KnownContact, Limits, Options, Role};

use super::{Desk, Identified, KnownHere, Reach, Refusal, Said, Scope, found_by};
use crate::frozen::{FrozenFinding, FrozenReceipt, FrozenUpdate, Who};
use crate::profile::Profile;
use crate::settings::{Auth, ContactKey, CustomKey, Engage, Settings};

const STORE: &str = "store03";
/// A test number that Skatteverket published: a coordination number.
const PERSONAL_NUMBER: &str = "701063-2391";

fn settings() -> Settings {
    let store = Shop {
        external_id: STORE.into(),
        name: "Stockholm".into(),
        country: Country::parse("SE").unwrap(),
        language: Language::parse("sv").unwrap(),
        currency: Currency::parse("SEK").unwrap(),
        time_zone: TimeZone::UTC,
    };
    Settings {
        stores: Stores::new(vec![store]).unwrap(),
        rates: Rates::default(),
        auth: Auth::None,
        wait: Duration::ZERO,
        lookup_wait: Duration::ZERO,
        engage: Engage {
            custom_attributes: vec!["shoeSize".into()],
            visibility_window: Duration::from_secs(60),
            ..Engage::default()
        },
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T16:42:07Z")
}

/// A desk with its keys, and a database to read what it is told.
struct World {
    settings: Settings,
    database: Database,
    _dir: tempfile::TempDir,
}

impl World {
    fn new(change: impl FnOnce(&mut Engage)) -> World {
        let mut settings = settings();
        change(&mut settings.engage);
        let dir = tempfile::tempdir().unwrap();
        let options = Options { secret_seed: [7; 32], now: now(), limits: Limits::default() };
        World { settings, database: Database::open(dir.path(), options).unwrap(), _dir: dir }
    }

    fn identify(&self, identified: Identified<'_>) -> Result<Vec<Who>, FrozenFinding> {
        let keys = self.database.keys();
        Desk { settings: &self.settings, keys: &keys }.identify(&identified, Some(STORE), &anybody(), now())
    }

    fn enrol(&self, body: &Value) -> Result<super::TakenEnrolment, Refusal> {
        let keys = self.database.keys();
        let (body, by) = (body.to_string(), anybody());
        Desk { settings: &self.settings, keys: &keys }.enrolment(said(body.as_bytes(), &by))
    }

    fn update(&self, body: &Value, known: Option<&KnownHere>) -> Result<super::TakenUpdate, Refusal> {
        let keys = self.database.keys();
        let (body, by) = (body.to_string(), anybody());
        Desk { settings: &self.settings, keys: &keys }.update(said(body.as_bytes(), &by), "some-id", known)
    }

    fn alias(&self, kind: &str, value: &str) -> Alias {
        self.database.keys().alias(kind, value)
    }

    /// Somebody who was enrolled, as the store knows her.
    fn enrolled(&mut self, email: &str) -> KnownContact {
        let accept =
            self.enrol(&json!({ "store": STORE, "email": email, "street": "Gamla gatan 1" })).unwrap().accept;
        self.database.commit(&[store::Command::Accept(accept)]).unwrap();
        let find = FindContact::Alias(self.alias("email", email));
        self.database.reader().unwrap().known(&find).unwrap().unwrap()
    }
}

fn anybody() -> Scope {
    Scope { name: "till".into(), role: super::Role::Till, stores: Reach::All }
}

fn said<'a>(body: &'a [u8], by: &'a Scope) -> Said<'a> {
    Said { id: "said", body, by, at: now(), new_contact_id: "tb-new".into() }
}

fn any(text: &str) -> Identified<'_> {
    Identified { any: Some(text), ..Identified::default() }
}

fn places(refusal: Refusal) -> Vec<(String, String)> {
    match refusal {
        Refusal::Faults(faults) | Refusal::NeedsMoreFields(faults) => {
            faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(place, code)| ((*place).to_owned(), (*code).to_owned())).collect()
}

#[test]
fn whatever_was_typed_is_read_in_every_way_it_can_be() {
    let world = World::new(|engage| engage.personal_identity_numbers = true);
    let kinds = |text| world.identify(any(text)).unwrap().iter().map(Who::kind).collect::<Vec<_>>();
    assert_eq!(kinds(" Ada@Example.com\r\n"), ["email"]);
    assert_eq!(kinds("0701740605"), ["mobilePhone", "memberNumber"]);
    assert_eq!(kinds("4711"), ["memberNumber"]);
    assert!(kinds("7010632391").contains(&"personalIdentityNumber"));
}

#[test]
fn personal_numbers_are_refused_in_every_place_until_they_are_turned_on() {
    let world = World::new(|_| ());
    let named = Identified { personal_identity_number: Some(PERSONAL_NUMBER), ..Identified::default() };
    for identified in [named, any(PERSONAL_NUMBER)] {
        let fault = world.identify(identified).unwrap_err();
        assert_eq!(fault.code, "personalIdentityNumbersOff");
        assert!(!fault.detail.contains("2391"), "{fault:?}");
    }
    let body =
        json!({ "store": STORE, "email": "ada@example.com", "personalIdentityNumber": PERSONAL_NUMBER });
    let expected = pairs(&[("/personalIdentityNumber", "personalIdentityNumbersOff")]);
    assert_eq!(places(world.enrol(&body).unwrap_err()), expected);
    assert_eq!(places(world.update(&body, None).unwrap_err()), expected);
    let on = World::new(|engage| engage.personal_identity_numbers = true);
    assert_eq!(on.identify(named).unwrap(), [Who::PersonalIdentityNumber("197010632391".into())]);
    assert!(on.enrol(&body).is_ok() && on.update(&body, None).is_ok());
}

#[test]
fn a_key_that_the_tenant_can_not_be_asked_by_is_refused_with_what_can() {
    let member = Identified { member_number: Some("4711"), ..Identified::default() };
    let external = Identified { external_id: Some("4711"), ..Identified::default() };
    let by_member = World::new(|_| ());
    assert!(by_member.identify(member).is_ok());
    assert_eq!(by_member.identify(external).unwrap_err().code, "identifierNotAskable");
    let by_external = World::new(|engage| engage.custom_key = CustomKey::ExternalId);
    assert!(by_external.identify(external).is_ok());
    let fault = by_external.identify(member).unwrap_err();
    assert!(fault.detail.contains("externalId"), "{}", fault.detail);
}

#[test]
fn exactly_one_identifier_is_asked_for() {
    let world = World::new(|_| ());
    assert_eq!(world.identify(Identified::default()).unwrap_err().code, "missing");
    let two = Identified { email: Some("a@example.com"), any: Some("a"), ..Identified::default() };
    assert_eq!(world.identify(two).unwrap_err().code, "oneAtATime");
}

#[test]
fn of_several_readings_a_contact_is_known_by_the_one_that_it_bears_out() {
    let profile = Profile { mobile_phone: Some("+46701740605".into()), ..Profile::default() };
    let phone = Who::MobilePhone("+46701740605".into());
    let member = Who::MemberNumber("0701740605".into());
    assert_eq!(found_by(&[phone.clone(), member.clone()], &profile), Some(&phone));
    assert_eq!(
        found_by(std::slice::from_ref(&member), &profile),
        Some(&member),
        "the only one needs no proof"
    );
    assert_eq!(found_by(&[member.clone(), Who::ExternalId("1".into())], &profile), None);
}

#[test]
fn each_of_the_five_keys_is_asked_for_and_stands_first() {
    let keys = [
        (ContactKey::Email, "email", "ada@example.com"),
        (ContactKey::MobilePhone, "mobilePhone", "070-174 06 05"),
        (ContactKey::MemberNumber, "memberNumber", "4711"),
        (ContactKey::ExternalId, "externalId", "crm-1"),
        (ContactKey::PersonalIdentityNumber, "personalIdentityNumber", PERSONAL_NUMBER),
    ];
    for (key, field, value) in keys {
        let world = World::new(|engage| {
            engage.contact_key = key;
            engage.personal_identity_numbers = true;
        });
        let others = json!({ "store": STORE, "firstName": "Ada" });
        let missing = places(world.enrol(&others).unwrap_err());
        assert_eq!(missing, [(format!("/{field}"), "missing".to_owned())]);
        let mut whole = json!({ "store": STORE, "email": "ada@example.com", "externalId": "crm-1" });
        whole[field] = json!(value);
        let taken = world.enrol(&whole).unwrap();
        assert_eq!(taken.frozen.who[0].kind(), field);
        let own = world.alias(field, taken.frozen.who[0].value());
        assert!(taken.accept.contact.contains(&own) && !taken.accept.hints.contains(&own));
        assert_eq!(taken.accept.hints.len(), taken.frozen.who.len() - 1, "the others are hints");
    }
}

#[test]
fn all_that_the_tenants_type_asks_for_is_named_at_once() {
    let world = World::new(|engage| {
        engage.mandatory_fields = vec!["firstName".into(), "country".into(), "shoeSize".into()];
    });
    let refused = world.enrol(&json!({ "store": STORE, "mobilePhone": "0701740605" })).unwrap_err();
    assert_eq!(refused.code(), "needsMoreFields");
    // The store's own country stands in for the person's.
    let expected =
        pairs(&[("/email", "missing"), ("/firstName", "missing"), ("/attributes/shoeSize", "missing")]);
    assert_eq!(places(refused), expected);
    let whole = json!({ "store": STORE, "email": "ada@example.com", "firstName": "Ada", "attributes": { "shoeSize": "38" } });
    let taken = world.enrol(&whole).unwrap();
    assert_eq!(taken.frozen.attribute("shoeSize"), Some("38"));
    assert_eq!(taken.frozen.attribute("country"), Some("SE"));
    assert_eq!(taken.frozen.attribute("language"), Some("sv"));
}

#[test]
fn a_persons_own_country_and_language_win_over_the_stores() {
    let world = World::new(|_| ());
    let body = json!({ "store": STORE, "email": "ada@example.com", "country": "fi", "language": "fi-FI" });
    let frozen = world.enrol(&body).unwrap().frozen;
    assert_eq!((frozen.attribute("country"), frozen.attribute("language")), (Some("FI"), Some("fi")));
}

#[test]
fn everything_wrong_with_an_update_is_named_at_once() {
    let world = World::new(|engage| engage.mandatory_fields = vec!["lastName".into()]);
    let body = json!({
        "store": STORE, "firstName": " ", "city": null, "zipCode": 11122, "street": "Storgatan 4",
        "favouriteColour": "blue", "contactType": "Member", "email": "not an address", "memberNumber": "4711",
        "attributes": { "shoeSize": "", "hatSize": "57" }, "preferences": { "sms": null, "fax": true },
        "consents": [{ "id": "terms", "value": true }, { "id": "terms", "value": false }],
        "clear": ["street", "email", "lastName", "contactType", 7, "memberNumber", "shoeSize"],
    });
    let mut found = places(world.update(&body, None).unwrap_err());
    let mut expected = pairs(&[
        ("/favouriteColour", "unknownField"),
        ("/contactType", "notSettable"),
        ("/email", "emailInvalid"),
        ("/memberNumber", "notSettable"),
        ("/firstName", "blank"),
        ("/city", "blank"),
        ("/zipCode", "wrongType"),
        ("/attributes/hatSize", "unknownField"),
        ("/attributes/shoeSize", "blank"),
        ("/preferences/fax", "unknownField"),
        ("/preferences/sms", "wrongType"),
        ("/consents/1", "consentInvalid"),
        ("/clear/0", "setAndCleared"),
        ("/clear/1", "setAndCleared"),
        ("/clear/2", "mandatoryField"),
        ("/clear/3", "unknownField"),
        ("/clear/4", "wrongType"),
        ("/clear/5", "setAndCleared"),
        ("/clear/6", "setAndCleared"),
    ]);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_tenants_key_can_be_changed_and_not_emptied() {
    let world = World::new(|_| ());
    let cleared = world.update(&json!({ "store": STORE, "clear": ["email"] }), None).unwrap_err();
    assert_eq!(places(cleared), pairs(&[("/clear/0", "mandatoryField")]));
    let changed = world.update(&json!({ "store": STORE, "email": " Ada@Example.com " }), None).unwrap();
    assert_eq!(changed.frozen.set, [("email".to_owned(), "ada@example.com".to_owned())]);
}

#[test]
fn an_update_that_changes_nothing_is_refused() {
    let world = World::new(|_| ());
    for empty in [json!({}), json!({ "clear": [] }), json!({ "preferences": {}, "consents": [] })] {
        let mut body = empty;
        body["store"] = json!(STORE);
        let refused = world.update(&body, None).unwrap_err();
        assert_eq!(places(refused), pairs(&[("", "nothingToChange")]));
    }
}

#[test]
fn an_update_carries_what_it_was_made_from_with_open_changes_laid_over_it() {
    let mut world = World::new(|_| ());
    let enrolled = KnownHere::of(world.enrolled("ada@example.com"));
    let first = world.update(
        &json!({ "store": STORE, "street": "Nya gatan 2", "clear": ["careOf"], "preferences": { "sms": true } }),
        Some(&enrolled),
    );
    let first = first.unwrap();
    let base = first.frozen.base.as_ref().unwrap();
    assert_eq!(
        base.field("street"),
        Some("Gamla gatan 1"),
        "what the enrolment says, which is not in Engage"
    );
    assert_eq!(base.field("careOf"), None);
    assert_eq!(first.accept.expects, Expects::LastChange(enrolled.last_change()));
    assert!(enrolled.last_change().is_some());
    assert_eq!(first.accept.delivery.as_ref().unwrap().role, Role::ChangesContact);

    world.database.commit(&[store::Command::Accept(first.accept)]).unwrap();
    let find = FindContact::Key(enrolled.contact.key);
    let known = KnownHere::of(world.database.reader().unwrap().known(&find).unwrap().unwrap());
    assert_eq!(
        known.profile.as_ref().unwrap().street.as_deref(),
        Some("Nya gatan 2"),
        "a till sees what it said"
    );
    let second = world.update(&json!({ "store": STORE, "street": "Tredje gatan 3" }), Some(&known)).unwrap();
    assert_eq!(second.frozen.base.unwrap().field("street"), Some("Nya gatan 2"));
}

#[test]
fn an_update_that_a_person_must_look_at_is_not_laid_over_a_profile() {
    let mut world = World::new(|_| ());
    let mut known = world.enrolled("ada@example.com");
    let here = KnownHere::of(known.clone());
    let update = world.update(&json!({ "store": STORE, "street": "Nya gatan 2" }), Some(&here)).unwrap();
    let mut change = known.changes[0].clone();
    (change.kind, change.state) = ("updateContact".into(), DeliveryState::NeedsAttention);
    change.frozen = Some(update.frozen.write());
    known.changes.push(change);
    let laid = KnownHere::of(known).profile.unwrap();
    assert_eq!(laid.street.as_deref(), Some("Gamla gatan 1"));
}

#[test]
fn an_update_of_somebody_unknown_here_names_engages_id_and_has_no_base() {
    let world = World::new(|_| ());
    let taken = world.update(&json!({ "store": STORE, "street": "Storgatan 4" }), None).unwrap();
    assert_eq!((taken.frozen.contact_id.as_deref(), &taken.frozen.base), (Some("some-id"), &None));
    assert_eq!(taken.accept.expects, Expects::LastChange(None));
    let read_back = FrozenUpdate::read(&taken.accept.frozen).unwrap();
    assert_eq!(read_back, taken.frozen);
}

#[test]
fn the_same_words_about_another_contact_are_something_else() {
    let world = World::new(|_| ());
    let keys = world.database.keys();
    let desk = Desk { settings: &world.settings, keys: &keys };
    let by = anybody();
    let body = json!({ "store": STORE, "street": "Storgatan 4" }).to_string();
    let content = |id| desk.update(said(body.as_bytes(), &by), id, None).unwrap().accept.content;
    assert_eq!(content("one"), content("one"));
    assert_ne!(content("one"), content("two"));
}

#[test]
fn a_receipt_waits_for_those_whom_what_it_names_hints_at_unless_it_names_them_exactly() {
    let world = World::new(|_| ());
    let keys = world.database.keys();
    let desk = Desk { settings: &world.settings, keys: &keys };
    let by = anybody();
    let hints = |contact: Value| {
        let body = json!({
            "store": STORE, "receiptNumber": "1", "createdAt": "2026-11-22T16:42:07+01:00", "contact": contact,
            "lines": [{ "sku": "1", "quantity": 1, "unitPrice": 10, "taxPercent": 25 }],
            "payments": [{ "type": "card", "amount": 10 }],
        });
        desk.receipt(said(body.to_string().as_bytes(), &by)).unwrap().split().0.hints
    };
    let phone = world.alias("mobilePhone", "+46701740605");
    assert_eq!(hints(json!({ "mobilePhone": "0701740605" })), [phone]);
    assert_eq!(hints(json!({ "mobilePhone": "0701740605", "email": "ada@example.com" })), []);
    assert_eq!(hints(json!({ "mobilePhone": "0701740605", "contactId": "x" })), []);
    assert_eq!(hints(json!({})), []);
}

#[test]
fn a_receipts_personal_number_is_withheld_where_they_are_off_and_only_then_matters() {
    for (on, contact, code, fault) in [
        (
            false,
            json!({ "personalIdentityNumber": PERSONAL_NUMBER }),
            Some("personalIdentityNumbersOff"),
            true,
        ),
        (
            false,
            json!({ "personalIdentityNumber": PERSONAL_NUMBER, "email": "ada@example.com" }),
            Some("personalIdentityNumbersOff"),
            false,
        ),
        (true, json!({ "personalIdentityNumber": PERSONAL_NUMBER }), None, false),
    ] {
        let world = World::new(|engage| engage.personal_identity_numbers = on);
        let keys = world.database.keys();
        let by = anybody();
        let body = json!({
            "store": STORE, "receiptNumber": "1", "createdAt": "2026-11-22T16:42:07+01:00", "contact": contact,
            "lines": [{ "sku": "1", "quantity": 1, "unitPrice": 10, "taxPercent": 25 }],
            "payments": [{ "type": "card", "amount": 10 }],
        });
        let body = body.to_string();
        let taken =
            Desk { settings: &world.settings, keys: &keys }.receipt(said(body.as_bytes(), &by)).unwrap();
        let (accept, taken) = taken.split();
        let found = taken.findings.iter().find(|finding| finding.pointer.starts_with("/contact"));
        assert_eq!(
            found.map(|finding| (finding.code.as_str(), finding.fault)),
            code.map(|code| (code, fault))
        );
        let frozen = FrozenReceipt::read(&accept.frozen).unwrap();
        let is_there = frozen.who.iter().any(|who| matches!(who, Who::PersonalIdentityNumber(_)));
        assert_eq!(is_there, on);
    }
}
