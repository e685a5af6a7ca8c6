//! A contact's profile: what a till is shown, and what is kept of it for when Engage can't be asked.
//!
//! Fields go by the till's names and in the till's form, so that what a till says and what Engage has can be compared.
//! A personal identity number is never in it: only whether Engage has one.

mod kept;
mod loyalty;
pub mod offers;
mod patch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use engage::model::{Contact, Text};
use pos::identifier::{Email, MobilePhone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::kept::{From as KeptFrom, Kept};
pub use self::loyalty::{Known, KnownLoyalty, Loyalty};
pub use self::offers::{Amount, AtTill};
pub use self::patch::{Patch, fill, update};

use crate::frozen::{FrozenEnrolment, FrozenUpdate, Preferences, Who};
use crate::settings::{ContactKey, Engage};

/// The fields of a profile that are texts of the person's own, by the till's names.
pub const FIELDS: [&str; 15] = [
    "email",
    "mobilePhone",
    "memberNumber",
    "externalId",
    "firstName",
    "lastName",
    "street",
    "zipCode",
    "city",
    "careOf",
    "country",
    "language",
    "birthDay",
    "gender",
    "personalIdentityNumber",
];

/// What is known of a contact.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// The contact type in Engage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_type: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Mobile phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// Member number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_number: Option<String>,
    /// The id in another system of the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Whether Engage has a personal identity number; the number itself is never shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_personal_identity_number: bool,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_code: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Care of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub care_of: Option<String>,
    /// Country, ISO 3166-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Language, ISO 639-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_day: Option<String>,
    /// `male`, `female` or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// What the tenant added to its contacts, as far as it is configured.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What the person accepts; a channel that isn't named was not stated.
    #[schema(inline)]
    pub preferences: ProfilePreferences,
    /// Consents by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ProfileConsent>,
    /// Level, points, vouchers and promotions, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loyalty: Option<Loyalty>,
}

/// What the person accepts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ProfilePreferences {
    /// E-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<bool>,
    /// Text messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms: Option<bool>,
    /// Letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal: Option<bool>,
}

/// A consent that was given or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProfileConsent {
    /// The definition's id.
    pub id: String,
    /// Given or refused.
    pub value: bool,
}

impl Profile {
    /// What a till is shown of it: offers that can't be used there and then stand apart.
    #[must_use]
    pub fn at_till(self, till: &AtTill<'_>) -> Profile {
        Profile { loyalty: self.loyalty.map(|loyalty| loyalty.at_till(till)), ..self }
    }
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profile(…)")
    }
}

impl Profile {
    /// What Engage has. Of the tenant's own attributes those that are configured.
    pub fn of(contact: &Contact, engage: &Engage) -> Profile {
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_owned());
        let custom = engage.custom_attributes.iter().filter_map(|name| {
            Some((name.clone(), contact.other.get(name).map(|text| text.as_str().to_owned())?))
        });
        Profile {
            contact_type: contact.contact_type.as_ref().map(|kind| kind.as_str().to_owned()),
            first_name: text(&contact.first_name),
            last_name: text(&contact.last_name),
            email: text(&contact.email),
            mobile_phone: text(&contact.mobile_phone),
            member_number: text(&contact.member_number),
            external_id: text(&contact.external_id),
            has_personal_identity_number: contact.has_social_security_number,
            street: text(&contact.street),
            zip_code: text(&contact.zip_code),
            city: text(&contact.city),
            care_of: text(&contact.care_of),
            country: text(&contact.country_code),
            language: text(&contact.language),
            birth_day: contact.birth_day.as_ref().map(|day| date_of(day.as_str())),
            gender: contact.gender.as_ref().map(|word| word.as_str().to_lowercase()),
            attributes: custom.collect(),
            preferences: ProfilePreferences {
                email: contact.preferences.accepts_email,
                sms: contact.preferences.accepts_sms,
                postal: contact.preferences.accepts_postal,
            },
            consents: (contact.consents.iter())
                .filter_map(|consent| {
                    Some(ProfileConsent { id: consent.id.as_str().to_owned(), value: consent.value? })
                })
                .collect(),
            loyalty: None,
        }
    }

    /// What a person said of himself who is not yet in Engage.
    pub fn of_enrolment(frozen: &FrozenEnrolment) -> Profile {
        let mut profile = Profile::default();
        profile.lay_enrolment(frozen);
        profile
    }

    /// Reads back what was kept.
    pub fn read(bytes: &[u8]) -> Option<Profile> {
        serde_json::from_slice(bytes).ok()
    }

    /// The form that is kept.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data has a JSON form")
    }

    /// A field by the till's name; `None` where it is empty. The personal identity number has no value to show.
    pub fn field(&self, name: &str) -> Option<&str> {
        match self.place_of(name) {
            Some(place) => place.as_deref(),
            None => self.attributes.get(name).map(String::as_str),
        }
    }

    /// A consent by its id.
    pub fn consent(&self, id: &str) -> Option<bool> {
        self.consents.iter().find(|consent| consent.id == id).map(|consent| consent.value)
    }

    /// The tenant's key in it, normalised.
    pub fn key(&self, key: ContactKey) -> Option<Who> {
        match key {
            ContactKey::Email => {
                Email::parse(self.email.as_deref()?).ok().map(|email| Who::Email(email.as_str().to_owned()))
            }
            ContactKey::MobilePhone => {
                let phone = MobilePhone::parse(self.mobile_phone.as_deref()?, None).ok()?;
                Some(Who::MobilePhone(phone.as_str().to_owned()))
            }
            ContactKey::MemberNumber => self.member_number.clone().map(Who::MemberNumber),
            ContactKey::ExternalId => self.external_id.clone().map(Who::ExternalId),
            ContactKey::PersonalIdentityNumber => None,
        }
    }

    /// Lays an enrolment over it that has not reached Engage: it only fills and only gives.
    pub fn lay_enrolment(&mut self, frozen: &FrozenEnrolment) {
        for (name, value) in frozen.fields() {
            if self.is_empty(name) {
                self.put(name, Some(value));
            }
        }
        for (channel, stated) in frozen.preferences.each() {
            let Some(place) = self.preferences.place(channel) else { continue };
            *place = either(*place, stated);
        }
        for (id, value) in &frozen.consents {
            let value = either(self.consent(id), Some(*value)).unwrap_or(*value);
            self.put_consent(id, value);
        }
    }

    /// Lays an update over it that has not reached Engage.
    pub fn lay_update(&mut self, frozen: &FrozenUpdate) {
        for (name, value) in frozen.fields() {
            self.put(name, value);
        }
        for (channel, stated) in frozen.preferences.each() {
            if let (Some(place), Some(stated)) = (self.preferences.place(channel), stated) {
                *place = Some(stated);
            }
        }
        for (id, value) in &frozen.consents {
            self.put_consent(id, *value);
        }
    }

    /// Whether all that this says is so in another.
    fn is_part_of(&self, other: &Profile) -> bool {
        let names = FIELDS.into_iter().chain(self.attributes.keys().map(String::as_str));
        let mut fields = names.filter_map(|name| Some((name, self.field(name)?)));
        let preferences = self.preferences.each().into_iter().zip(other.preferences.each());
        fields.all(|(name, value)| other.field(name) == Some(value))
            && preferences.filter(|(own, _)| own.1.is_some()).all(|(own, other)| own == other)
            && self.consents.iter().all(|consent| other.consents.contains(consent))
            && (other.has_personal_identity_number || !self.has_personal_identity_number)
    }

    /// Whether a field has nothing in it.
    pub fn is_empty(&self, name: &str) -> bool {
        match name {
            "personalIdentityNumber" => !self.has_personal_identity_number,
            _ => self.field(name).is_none(),
        }
    }

    pub(crate) fn put(&mut self, name: &str, value: Option<&str>) {
        if name == "personalIdentityNumber" {
            self.has_personal_identity_number = value.is_some();
            return;
        }
        match (self.place(name), value) {
            (Some(place), value) => *place = value.map(str::to_owned),
            (None, Some(value)) => drop(self.attributes.insert(name.to_owned(), value.to_owned())),
            (None, None) => drop(self.attributes.remove(name)),
        }
    }

    pub(crate) fn put_consent(&mut self, id: &str, value: bool) {
        match self.consents.iter_mut().find(|consent| consent.id == id) {
            Some(consent) => consent.value = value,
            None => self.consents.push(ProfileConsent { id: id.to_owned(), value }),
        }
    }

    fn place_of(&self, name: &str) -> Option<&Option<String>> {
        Some(match name {
            "email" => &self.email,
            "mobilePhone" => &self.mobile_phone,
            "memberNumber" => &self.member_number,
            "externalId" => &self.external_id,
            "firstName" => &self.first_name,
            "lastName" => &self.last_name,
            "street" => &self.street,
            "zipCode" => &self.zip_code,
            "city" => &self.city,
            "careOf" => &self.care_of,
            "country" => &self.country,
            "language" => &self.language,
            "birthDay" => &self.birth_day,
            "gender" => &self.gender,
            _ => return None,
        })
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "email" => &mut self.email,
            "mobilePhone" => &mut self.mobile_phone,
            "memberNumber" => &mut self.member_number,
            "externalId" => &mut self.external_id,
            "firstName" => &mut self.first_name,
            "lastName" => &mut self.last_name,
            "street" => &mut self.street,
            "zipCode" => &mut self.zip_code,
            "city" => &mut self.city,
            "careOf" => &mut self.care_of,
            "country" => &mut self.country,
            "language" => &mut self.language,
            "birthDay" => &mut self.birth_day,
            "gender" => &mut self.gender,
            _ => return None,
        })
    }
}

impl ProfilePreferences {
    /// Each channel's name and what is stated of it.
    pub fn each(&self) -> [(&'static str, Option<bool>); 3] {
        Preferences::from(*self).each()
    }

    pub(crate) fn place(&mut self, channel: &str) -> Option<&mut Option<bool>> {
        match channel {
            "email" => Some(&mut self.email),
            "sms" => Some(&mut self.sms),
            "postal" => Some(&mut self.postal),
            _ => None,
        }
    }
}

impl From<Preferences> for ProfilePreferences {
    fn from(preferences: Preferences) -> ProfilePreferences {
        ProfilePreferences { email: preferences.email, sms: preferences.sms, postal: preferences.postal }
    }
}

impl From<ProfilePreferences> for Preferences {
    fn from(preferences: ProfilePreferences) -> Preferences {
        Preferences { email: preferences.email, sms: preferences.sms, postal: preferences.postal }
    }
}

/// A yes that was given stays; a no or nothing gives way to what is stated.
fn either(known: Option<bool>, stated: Option<bool>) -> Option<bool> {
    match (known, stated) {
        (Some(true), _) => Some(true),
        (known, None) => known,
        (_, stated) => stated,
    }
}

/// The date in a text that may hold a time as well.
fn date_of(text: &str) -> String {
    match text.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok()) {
        Some(day) => day.to_string(),
        None => text.to_owned(),
    }
}

/// A text of which only the ends can be read.
pub fn masked(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    match letters.as_slice() {
        [first, .., last] if letters.len() > 3 => format!("{first}…{last}"),
        [first, ..] => format!("{first}…"),
        [] => String::new(),
    }
}
