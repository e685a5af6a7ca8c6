//! What a person says of himself, read from a body field by field: every fault is noted with its place, none stops the
//! reading. Enrolments and updates share it, so that a field means the same in both.

use jiff::Timestamp;
use pos::identifier::Kind;
use pos::store::{Country, Language, Store as Shop};
use serde_json::Value;

use super::identify::Place;
use super::{Desk, fault};
use crate::frozen::{FrozenFinding, Preferences, Who};
use crate::settings::ContactKey;

/// The longest text of one field, in characters (fact R-56 is the only bound that Engage names).
const TEXT_CHARS_MAX: usize = 255;
/// Consents in one form at most.
const CONSENTS_MAX: usize = 50;
/// Identifiers, in the order in which they are asked for.
const IDENTIFIERS: [Kind; 5] =
    [Kind::Email, Kind::MobilePhone, Kind::MemberNumber, Kind::ExternalId, Kind::PersonalIdentityNumber];
/// Texts that go along as they are.
const TEXTS: [&str; 6] = ["firstName", "lastName", "street", "zipCode", "city", "careOf"];
/// Everything that says something of a person.
pub(super) const PERSON_FIELDS: [&str; 18] = [
    "email",
    "mobilePhone",
    "memberNumber",
    "externalId",
    "personalIdentityNumber",
    "firstName",
    "lastName",
    "street",
    "zipCode",
    "city",
    "careOf",
    "birthDay",
    "gender",
    "country",
    "language",
    "attributes",
    "preferences",
    "consents",
];

/// A form being read.
pub(super) struct Form<'a> {
    desk: &'a Desk<'a>,
    body: &'a Value,
    shop: Option<&'a Shop>,
    place: Place,
    faults: Vec<FrozenFinding>,
}

impl<'a> Form<'a> {
    /// Begins to read a body that a store said.
    pub(super) fn open(desk: &'a Desk<'a>, body: &'a Value, store: &str, at: Timestamp) -> Form<'a> {
        let shop = desk.shop(store);
        let mut form = Form { desk, body, shop, place: desk.place(Some(store), at), faults: Vec::new() };
        if shop.is_none() {
            form.fault(
                "unknownStore",
                "/store",
                "no such store is configured; add it under [[stores]] or correct the id",
            );
        }
        form
    }

    /// Ends the reading.
    pub(super) fn faults(self) -> Vec<FrozenFinding> {
        self.faults
    }

    /// The store that said it, where it is configured.
    pub(super) fn shop(&self) -> Option<&'a Shop> {
        self.shop
    }

    pub(super) fn fault(&mut self, code: &str, pointer: &str, detail: impl Into<String>) {
        self.faults.push(fault(code, pointer, detail));
    }

    /// A value of the body.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.body.get(name)
    }

    /// Refuses every field that isn't one of these.
    pub(super) fn refuse_unknown(&mut self, known: &[&str]) {
        let Some(fields) = self.body.as_object() else { return };
        for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
            let detail = format!("this field is not known; known are {}", known.join(", "));
            self.fault("unknownField", &format!("/{}", escaped(name)), detail);
        }
    }

    /// A text that is there and not blank.
    fn text(&mut self, name: &str) -> Option<String> {
        self.text_of(self.body.get(name)?, &format!("/{name}"))
    }

    fn text_of(&mut self, value: &Value, pointer: &str) -> Option<String> {
        match value {
            Value::String(text) if text.trim().is_empty() => {
                self.fault("blank", pointer, "leave the field out rather than sending it blank");
                None
            }
            Value::String(text) if text.chars().count() > TEXT_CHARS_MAX => {
                self.fault("tooLong", pointer, format!("at most {TEXT_CHARS_MAX} characters"));
                None
            }
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Null => {
                self.fault("blank", pointer, "leave the field out rather than sending null");
                None
            }
            _ => {
                self.fault("wrongType", pointer, "a text is expected");
                None
            }
        }
    }

    /// The person's identifiers, the tenant's key first.
    pub(super) fn identifiers(&mut self) -> Vec<Who> {
        let key = self.desk.settings.engage.contact_key;
        let mut who: Vec<Who> = IDENTIFIERS.into_iter().filter_map(|kind| self.identifier(kind)).collect();
        who.sort_by_key(|who| !who.is_key(key));
        who
    }

    fn identifier(&mut self, kind: Kind) -> Option<Who> {
        let text = self.text(kind.as_str())?;
        if kind == Kind::MemberNumber && self.desk.settings.engage.contact_key != ContactKey::MemberNumber {
            self.fault("notSettable", "/memberNumber", MEMBER_NUMBER_IS_ENGAGES);
            return None;
        }
        self.desk.who(kind, &text, self.place).map_err(|fault| self.faults.push(fault)).ok()
    }

    /// Everything else that is a text, by the till's names and in the till's form.
    pub(super) fn fields(&mut self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for name in TEXTS {
            fields.extend(self.text(name).map(|text| (name.to_owned(), text)));
        }
        if let Some(day) = self.text("birthDay") {
            match day.parse::<jiff::civil::Date>() {
                Ok(day) if day <= self.place.today => fields.push(("birthDay".into(), day.to_string())),
                Ok(_) => self.fault("birthDayInvalid", "/birthDay", "this day lies ahead"),
                Err(_) => self.fault("birthDayInvalid", "/birthDay", "a date such as 1980-01-31 is expected"),
            }
        }
        if let Some(gender) = self.text("gender") {
            match gender.as_str() {
                "male" | "female" | "other" => fields.push(("gender".into(), gender)),
                _ => self.fault("genderInvalid", "/gender", "`male`, `female` or `other` is expected"),
            }
        }
        if let Some(country) = self.text("country") {
            match Country::parse(&country) {
                Ok(country) => fields.push(("country".into(), country.as_str().to_owned())),
                Err(_) => self.fault(
                    "countryInvalid",
                    "/country",
                    "an ISO 3166-1 code of two letters is expected, such as SE",
                ),
            }
        }
        if let Some(language) = self.text("language") {
            match Language::parse(&language) {
                Ok(language) => fields.push(("language".into(), language.as_str().to_owned())),
                Err(_) => self.fault(
                    "languageInvalid",
                    "/language",
                    "an ISO 639-1 code of two letters is expected, such as sv",
                ),
            }
        }
        fields.extend(self.attributes());
        fields
    }

    /// The tenant's own attributes.
    fn attributes(&mut self) -> Vec<(String, String)> {
        let Some(body) = self.body.get("attributes") else { return Vec::new() };
        let Some(stated) = body.as_object() else {
            self.fault("wrongType", "/attributes", "an object of names and texts is expected");
            return Vec::new();
        };
        let configured = &self.desk.settings.engage.custom_attributes;
        let mut attributes = Vec::new();
        for (name, value) in stated {
            let pointer = format!("/attributes/{}", escaped(name));
            if configured.contains(name) {
                attributes.extend(self.text_of(value, &pointer).map(|text| (name.clone(), text)));
            } else {
                let known = match configured.is_empty() {
                    true => "none are configured".to_owned(),
                    false => format!("known are {}", configured.join(", ")),
                };
                let detail = format!("this attribute is not among `[engage] custom_attributes`; {known}");
                self.fault("unknownField", &pointer, detail);
            }
        }
        attributes
    }

    pub(super) fn preferences(&mut self) -> Preferences {
        let Some(body) = self.body.get("preferences") else { return Preferences::default() };
        let mut preferences = Preferences::default();
        let Some(stated) = body.as_object() else {
            self.fault("wrongType", "/preferences", "an object of email, sms and postal is expected");
            return preferences;
        };
        for (name, value) in stated {
            match (preferences.place(name), value.as_bool()) {
                (Some(place), Some(yes)) => *place = Some(yes),
                (Some(_), None) => self.fault(
                    "wrongType",
                    &format!("/preferences/{name}"),
                    "true or false is expected; leave it out if the person was not asked",
                ),
                (None, _) => {
                    let pointer = format!("/preferences/{}", escaped(name));
                    self.fault("unknownField", &pointer, "known are email, sms and postal");
                }
            }
        }
        preferences
    }

    pub(super) fn consents(&mut self) -> Vec<(String, bool)> {
        let Some(body) = self.body.get("consents") else { return Vec::new() };
        let Some(rows) = body.as_array().filter(|rows| rows.len() <= CONSENTS_MAX) else {
            self.fault(
                "wrongType",
                "/consents",
                format!("a list of at most {CONSENTS_MAX} rows of id and value is expected"),
            );
            return Vec::new();
        };
        let mut consents: Vec<(String, bool)> = Vec::new();
        for (n, row) in rows.iter().enumerate() {
            let id = row.get("id").and_then(Value::as_str).map(str::trim).filter(|id| !id.is_empty());
            let pointer = format!("/consents/{n}");
            match (id, row.get("value").and_then(Value::as_bool)) {
                (Some(id), Some(_)) if consents.iter().any(|(other, _)| other == id) => {
                    self.fault("consentInvalid", &pointer, "this consent is named twice; say it once");
                }
                (Some(id), Some(value)) if id.chars().count() <= TEXT_CHARS_MAX => {
                    consents.push((id.to_owned(), value));
                }
                _ => self.fault(
                    "consentInvalid",
                    &pointer,
                    "an `id` and a `value` of true or false are expected",
                ),
            }
        }
        consents
    }
}

/// Why a till can't give out a member number.
pub(super) const MEMBER_NUMBER_IS_ENGAGES: &str =
    "Engage gives out member numbers, unless the tenant's contacts are known by them; leave it out";

/// Where a field stands in a body, by its name.
pub(super) fn pointer_to(name: &str) -> String {
    match PERSON_FIELDS.contains(&name) {
        true => format!("/{name}"),
        false => format!("/attributes/{}", escaped(name)),
    }
}

pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
