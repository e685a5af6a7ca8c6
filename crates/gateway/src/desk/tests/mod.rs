//! What becomes of what is said of a person, without a store.

mod receipts;
mod updates;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pos::money::Currency;
use pos::rates::Rates;
use pos::store::{Country, Language, Letterhead, Store as Shop, Stores};
use serde_json::{Value, json};
use store::{Alias, Database, FindContact, KnownContact, Limits, Options};

use super::{Desk, Identified, KnownHere, Reach, Refusal, Said, Scope, found_by};
use crate::frozen::{FrozenFinding, Who};
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
        letterhead: Letterhead::default(),
    };
    Settings {
        stores: Stores::new(vec![store]).unwrap(),
        rates: Rates::default(),
        auth: Auth::None,
        wait: Duration::ZERO,
        lookup_wait: Duration::ZERO,
        offers: crate::settings::Offers::default(),
        orders: crate::settings::Orders::default(),
        documents: crate::settings::Documents::default(),
        claim_window: Duration::from_secs(30 * 24 * 3_600),
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
