//! A contact's profile: what a till is shown, and what is kept of it for when Engage can't be asked.

use engage::model::Contact;
use pos::identifier::{Email, MobilePhone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::frozen::{FrozenEnrolment, Preferences, Who};
use crate::settings::ContactKey;

/// What is known of a contact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_code: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Country, ISO 3166-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Language, ISO 639-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the person accepts; a channel that isn't named was not stated.
    #[schema(inline)]
    pub preferences: ProfilePreferences,
    /// Consents by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ProfileConsent>,
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
    /// Reads back what was kept.
    pub fn read(bytes: &[u8]) -> Option<Profile> {
        serde_json::from_slice(bytes).ok()
    }

    /// The form that is kept.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data has a JSON form")
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
        }
    }

    /// What a person said of himself who is not yet in Engage.
    pub fn of_enrolment(frozen: &FrozenEnrolment) -> Profile {
        let attribute = |name| frozen.attribute(name).map(str::to_owned);
        let by_kind =
            |kind| frozen.who.iter().find(|who| who.kind() == kind).map(|who| who.value().to_owned());
        Profile {
            first_name: attribute("firstName"),
            last_name: attribute("lastName"),
            email: by_kind("email"),
            mobile_phone: by_kind("mobilePhone"),
            street: attribute("street"),
            zip_code: attribute("zipCode"),
            city: attribute("city"),
            country: attribute("country"),
            language: attribute("language"),
            preferences: frozen.preferences.into(),
            consents: (frozen.consents.iter())
                .map(|(id, value)| ProfileConsent { id: id.clone(), value: *value })
                .collect(),
            ..Profile::default()
        }
    }
}

impl From<&Contact> for Profile {
    fn from(contact: &Contact) -> Profile {
        let text = |text: &Option<engage::model::Text>| text.as_ref().map(|text| text.as_str().to_owned());
        Profile {
            contact_type: contact.contact_type.as_ref().map(|kind| kind.as_str().to_owned()),
            first_name: text(&contact.first_name),
            last_name: text(&contact.last_name),
            email: text(&contact.email),
            mobile_phone: text(&contact.mobile_phone),
            member_number: text(&contact.member_number),
            street: text(&contact.street),
            zip_code: text(&contact.zip_code),
            city: text(&contact.city),
            country: text(&contact.country_code),
            language: text(&contact.language),
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
        }
    }
}

impl From<Preferences> for ProfilePreferences {
    fn from(preferences: Preferences) -> ProfilePreferences {
        ProfilePreferences { email: preferences.email, sms: preferences.sms, postal: preferences.postal }
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
