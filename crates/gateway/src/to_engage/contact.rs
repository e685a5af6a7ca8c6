//! A contact, from a till's words to Engage's.

use engage::model::{
    Attribute, ContactPatch, ContactType, Gender, NewConsent, NewContact, Preferences, Text,
};

use crate::frozen::{self, FrozenEnrolment};
use crate::profile::Patch;
use crate::settings::Engage;

pub(super) fn new_contact(frozen: &FrozenEnrolment, engage: &Engage) -> NewContact {
    let field = |name| frozen.fields().find(|(own, _)| *own == name).and_then(|(_, value)| Text::new(value));
    let custom = engage.custom_attributes.iter();
    NewContact {
        contact_type: ContactType::new(engage.contact_type.as_str()).unwrap_or_default(),
        first_name: field("firstName"),
        last_name: field("lastName"),
        email: field("email"),
        mobile_phone: field("mobilePhone"),
        social_security_number: field("personalIdentityNumber"),
        member_number: field("memberNumber"),
        external_id: field("externalId"),
        street: field("street"),
        zip_code: field("zipCode"),
        city: field("city"),
        care_of: field("careOf"),
        country: frozen.attribute("country").and_then(country_name).and_then(Text::new),
        country_code: field("country"),
        language: field("language"),
        birth_day: frozen.attribute("birthDay").and_then(|day| day.parse().ok()),
        gender: frozen.attribute("gender").and_then(gender),
        preferences: preferences(frozen.preferences),
        consents: consents(&frozen.consents, &frozen.source),
        custom: custom.filter_map(|name| Some((Text::new(name.as_str())?, field(name)?))).collect(),
    }
}

/// What changes of a contact. A country goes as its code and its name; a name that isn't known here is emptied, or the old
/// one would stand beside the new code.
pub(super) fn contact_patch(patch: &Patch, source: &str) -> ContactPatch {
    let mut sent = ContactPatch {
        preferences: patch.preferences.map(preferences),
        consents: consents(&patch.consents, source),
        ..ContactPatch::default()
    };
    for (name, value) in &patch.set {
        let value = match name.as_str() {
            "gender" => gender(value).map(gender_word).unwrap_or(value),
            "country" => {
                match country_name(value).and_then(Text::new) {
                    Some(country) => drop(sent.set.insert(Attribute::Country, country)),
                    None => drop(sent.clear.insert(Attribute::Country)),
                }
                value
            }
            _ => value,
        };
        if let (Some(attribute), Some(value)) = (attribute(name), Text::new(value)) {
            sent.set.insert(attribute, value);
        }
    }
    for name in &patch.clear {
        if name == "country" {
            sent.clear.insert(Attribute::Country);
        }
        sent.clear.extend(attribute(name));
    }
    sent
}

/// What Engage calls a till's field.
fn attribute(name: &str) -> Option<Attribute> {
    match name {
        "personalIdentityNumber" => Some(Attribute::SocialSecurityNumber),
        "country" => Some(Attribute::CountryCode),
        _ => Text::new(name).map(Attribute::named),
    }
}

fn preferences(preferences: frozen::Preferences) -> Preferences {
    Preferences {
        accepts_email: preferences.email,
        accepts_sms: preferences.sms,
        accepts_postal: preferences.postal,
    }
}

fn consents(consents: &[(String, bool)], source: &str) -> Vec<NewConsent> {
    let consent = |(id, value): &(String, bool)| {
        Some(NewConsent { id: Text::new(id.as_str())?, value: *value, source: Text::new(source) })
    };
    consents.iter().filter_map(consent).collect()
}

fn gender(word: &str) -> Option<Gender> {
    match word {
        "male" => Some(Gender::Male),
        "female" => Some(Gender::Female),
        "other" => Some(Gender::Other),
        _ => None,
    }
}

/// As Engage writes it (fact C-59).
fn gender_word(gender: Gender) -> &'static str {
    match gender {
        Gender::Male => "Male",
        Gender::Female => "Female",
        Gender::Other => "Other",
    }
}

/// The English name that goes beside the code (fact C-60), for the countries where Engage's shops are. Elsewhere the
/// code alone goes.
fn country_name(code: &str) -> Option<&'static str> {
    Some(match code {
        "AT" => "Austria",
        "BE" => "Belgium",
        "CH" => "Switzerland",
        "DE" => "Germany",
        "DK" => "Denmark",
        "EE" => "Estonia",
        "ES" => "Spain",
        "FI" => "Finland",
        "FR" => "France",
        "GB" => "United Kingdom",
        "IE" => "Ireland",
        "IS" => "Iceland",
        "IT" => "Italy",
        "LT" => "Lithuania",
        "LV" => "Latvia",
        "NL" => "Netherlands",
        "NO" => "Norway",
        "PL" => "Poland",
        "PT" => "Portugal",
        "SE" => "Sweden",
        "US" => "United States",
        _ => return None,
    })
}
