//! Becoming a member at the till: one identifier is enough, and whatever else is known goes along.

use pos::identifier::{Email, MobilePhone};
use pos::store::Store as Shop;
use serde_json::Value;
use store::{Accept, NewDelivery, OnConflict, Role, Start};

use super::{Desk, ENROLMENT, Refusal, Said, check_id, fault, object, store_of};
use crate::delivery::CREATE_CONTACT;
use crate::frozen::{FrozenEnrolment, FrozenFinding, Preferences, Who};
use crate::settings::ContactKey;

/// The longest text of one field, in characters (fact R-56 is the only bound that Engage names).
const TEXT_CHARS_MAX: usize = 255;
/// Consents in one enrolment at most.
const CONSENTS_MAX: usize = 50;
/// Texts that go along as they are.
const TEXTS: [&str; 6] = ["firstName", "lastName", "street", "zipCode", "city", "careOf"];
/// Everything that an enrolment may hold.
pub const ENROLMENT_FIELDS: [&str; 15] = [
    "store",
    "email",
    "mobilePhone",
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
    "preferences",
    "consents",
];

/// An enrolment that was taken.
#[derive(Debug)]
pub struct TakenEnrolment {
    /// What the store is told.
    pub accept: Accept,
    /// What was decided.
    pub frozen: FrozenEnrolment,
}

impl Desk<'_> {
    /// Decides what becomes of an enrolment.
    ///
    /// # Errors
    /// Unlike a finished sale an enrolment is refused for its faults, all at once: the customer still stands there.
    pub fn enrolment(&self, said: Said<'_>) -> Result<TakenEnrolment, Refusal> {
        check_id(said.id)?;
        let body = object(said.body)?;
        let store = store_of(&body, said.by)?;
        let frozen = self.freeze_enrolment(&body, store)?;
        let mut aliases = self.aliases(frozen.key());
        // So that a till may name the contact by the id it is given now, whatever Engage calls it later.
        aliases.push(self.keys.alias("contactId", &said.new_contact_id));
        let content = self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&body));
        let accept = Accept {
            at: said.at,
            kind: ENROLMENT,
            key: said.id.to_owned(),
            store: frozen.store.clone(),
            content,
            body: said.body.to_vec(),
            frozen: frozen.write(),
            contact: aliases,
            delivery: Some(NewDelivery {
                kind: CREATE_CONTACT,
                start: Start::Due,
                role: Role::CreatesContact,
            }),
            on_conflict: OnConflict::Refuse,
            new_contact_id: said.new_contact_id,
        };
        Ok(TakenEnrolment { accept, frozen })
    }

    /// Reads an enrolment's body into what is frozen of it.
    pub fn freeze_enrolment(&self, body: &Value, store: String) -> Result<FrozenEnrolment, Refusal> {
        let shop = self.shop(&store);
        let mut form = Form { body, faults: Vec::new() };
        form.refuse_unknown();
        if shop.is_none() {
            form.fault(
                "unknownStore",
                "/store",
                "no such store is configured; add it under [[stores]] or correct the id",
            );
        }
        let who = form.who(shop, self.settings.engage.contact_key);
        let attributes = form.attributes(shop);
        let preferences = form.preferences();
        let consents = form.consents();
        if !form.faults.is_empty() {
            return Err(Refusal::Faults(form.faults));
        }
        if let Some(missing) = missing_key(&who, self.settings.engage.contact_key) {
            return Err(Refusal::NeedsMoreFields(vec![missing]));
        }
        let source = self.settings.engage.source.clone();
        Ok(FrozenEnrolment::new(who, attributes, preferences, consents, store, source))
    }
}

/// The tenant's key, if the person didn't give it (fact C-30).
fn missing_key(who: &[Who], key: ContactKey) -> Option<FrozenFinding> {
    let (is_there, field) = match key {
        ContactKey::Email => (who.iter().any(|who| matches!(who, Who::Email(_))), "email"),
        ContactKey::MobilePhone => (who.iter().any(|who| matches!(who, Who::MobilePhone(_))), "mobilePhone"),
    };
    (!is_there).then(|| {
        fault(
            "missing",
            format!("/{field}"),
            format!("this tenant's members are known by their {field}: ask for it"),
        )
    })
}

/// A form being read: every fault is noted, none stops the reading.
struct Form<'a> {
    body: &'a Value,
    faults: Vec<FrozenFinding>,
}

impl Form<'_> {
    fn fault(&mut self, code: &str, pointer: &str, detail: impl Into<String>) {
        self.faults.push(fault(code, pointer, detail));
    }

    fn refuse_unknown(&mut self) {
        let Some(fields) = self.body.as_object() else { return };
        let unknown: Vec<&String> =
            fields.keys().filter(|name| !ENROLMENT_FIELDS.contains(&name.as_str())).collect();
        for name in unknown {
            let detail = format!("this field is not known; known are {}", ENROLMENT_FIELDS.join(", "));
            self.fault("unknownField", &format!("/{}", name.replace('~', "~0").replace('/', "~1")), detail);
        }
    }

    /// A text that is there and not blank.
    fn text(&mut self, name: &str) -> Option<String> {
        let pointer = format!("/{name}");
        match self.body.get(name)? {
            Value::String(text) if text.trim().is_empty() => {
                self.fault("blank", &pointer, "leave the field out rather than sending it blank");
                None
            }
            Value::String(text) if text.chars().count() > TEXT_CHARS_MAX => {
                self.fault("tooLong", &pointer, format!("at most {TEXT_CHARS_MAX} characters"));
                None
            }
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Null => {
                self.fault("blank", &pointer, "leave the field out rather than sending null");
                None
            }
            _ => {
                self.fault("wrongType", &pointer, "a text is expected");
                None
            }
        }
    }

    fn who(&mut self, shop: Option<&Shop>, key: ContactKey) -> Vec<Who> {
        let email = self.text("email").and_then(|text| match Email::parse(&text) {
            Ok(email) => Some(Who::Email(email.as_str().to_owned())),
            Err(error) => {
                self.fault("emailInvalid", "/email", error.to_string());
                None
            }
        });
        let phone = self.text("mobilePhone").and_then(|text| {
            match MobilePhone::parse(&text, shop.map(|shop| shop.country)) {
                Ok(phone) => Some(Who::MobilePhone(phone.as_str().to_owned())),
                Err(error) => {
                    self.fault("mobilePhoneInvalid", "/mobilePhone", error.to_string());
                    None
                }
            }
        });
        if email.is_none()
            && phone.is_none()
            && self.body.get("email").is_none()
            && self.body.get("mobilePhone").is_none()
        {
            self.fault("missing", "", "give an `email` or a `mobilePhone`");
        }
        let in_order = match key {
            ContactKey::Email => [email, phone],
            ContactKey::MobilePhone => [phone, email],
        };
        in_order.into_iter().flatten().collect()
    }

    fn attributes(&mut self, shop: Option<&Shop>) -> Vec<(String, String)> {
        let mut attributes = Vec::new();
        for name in TEXTS {
            attributes.extend(self.text(name).map(|text| (name.to_owned(), text)));
        }
        if let Some(day) = self.text("birthDay") {
            match day.parse::<jiff::civil::Date>() {
                Ok(day) => attributes.push(("birthDay".into(), day.to_string())),
                Err(_) => self.fault("birthDayInvalid", "/birthDay", "a date such as 1980-01-31 is expected"),
            }
        }
        if let Some(gender) = self.text("gender") {
            match gender.as_str() {
                "male" | "female" | "other" => attributes.push(("gender".into(), gender)),
                _ => self.fault("genderInvalid", "/gender", "`male`, `female` or `other` is expected"),
            }
        }
        let country = self.text("country").or_else(|| shop.map(|shop| shop.country.as_str().to_owned()));
        let language = self.text("language").or_else(|| shop.map(|shop| shop.language.as_str().to_owned()));
        if let Some(country) = country {
            match is_code(&country) {
                true => attributes.push(("country".into(), country.to_ascii_uppercase())),
                false => self.fault(
                    "countryInvalid",
                    "/country",
                    "an ISO 3166-1 code of two letters is expected, such as SE",
                ),
            }
        }
        if let Some(language) = language {
            match is_code(&language) {
                true => attributes.push(("language".into(), language.to_ascii_lowercase())),
                false => self.fault(
                    "languageInvalid",
                    "/language",
                    "an ISO 639-1 code of two letters is expected, such as sv",
                ),
            }
        }
        attributes
    }

    fn preferences(&mut self) -> Preferences {
        let Some(body) = self.body.get("preferences") else { return Preferences::default() };
        let mut preferences = Preferences::default();
        let Some(stated) = body.as_object() else {
            self.fault("wrongType", "/preferences", "an object of email, sms and postal is expected");
            return preferences;
        };
        for (name, value) in stated {
            match (name.as_str(), value.as_bool()) {
                ("email", Some(yes)) => preferences.email = Some(yes),
                ("sms", Some(yes)) => preferences.sms = Some(yes),
                ("postal", Some(yes)) => preferences.postal = Some(yes),
                ("email" | "sms" | "postal", None) => {
                    self.fault(
                        "wrongType",
                        &format!("/preferences/{name}"),
                        "true or false is expected; leave it out if the person was not asked",
                    );
                }
                _ => self.fault("unknownField", "/preferences", "known are email, sms and postal"),
            }
        }
        preferences
    }

    fn consents(&mut self) -> Vec<(String, bool)> {
        let Some(body) = self.body.get("consents") else { return Vec::new() };
        let Some(rows) = body.as_array().filter(|rows| rows.len() <= CONSENTS_MAX) else {
            self.fault(
                "wrongType",
                "/consents",
                format!("a list of at most {CONSENTS_MAX} rows of id and value is expected"),
            );
            return Vec::new();
        };
        let mut consents = Vec::new();
        for (n, row) in rows.iter().enumerate() {
            let id = row.get("id").and_then(Value::as_str).map(str::trim).filter(|id| !id.is_empty());
            match (id, row.get("value").and_then(Value::as_bool)) {
                (Some(id), Some(value)) => consents.push((id.to_owned(), value)),
                _ => self.fault(
                    "consentInvalid",
                    &format!("/consents/{n}"),
                    "an `id` and a `value` of true or false are expected",
                ),
            }
        }
        consents
    }
}

fn is_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}
