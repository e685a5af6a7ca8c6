//! Contacts: what is sent to create one, and what is read back.
//!
//! A personal identity number can be sent, but of one that is read only its being there is kept:
//! nothing here needs more.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::{Attribute, ContactId, ContactType, Mismatch, NotAnId, Object, Shape, Text};

/// A contact to create (facts C-28, C-58). `Debug` shows its type only.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewContact {
    /// The contact type, always sent (fact C-29).
    pub contact_type: ContactType,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Text>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Text>,
    /// E-mail address, in lower case (fact C-22).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// Mobile phone with `+` and calling code (fact C-19).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<Text>,
    /// Personal identity number (fact C-20).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_security_number: Option<Text>,
    /// Number given by the tenant, for tenants whose key it is (fact C-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_number: Option<Text>,
    /// Id in an outside system (fact C-21).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<Text>,
    /// ISO 3166-1 code of two letters (fact C-60).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<Text>,
    /// Name of the country (fact C-60).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Text>,
    /// ISO 639-1 code (fact C-60).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Text>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<Text>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_code: Option<Text>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Text>,
    /// Care of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub care_of: Option<Text>,
    /// Date of birth, sent as `YYYY-MM-DD` (fact B-31).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_day: Option<Date>,
    /// Gender (fact C-59).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// Channels accepted; left out when nothing is said (fact C-32).
    #[serde(skip_serializing_if = "Preferences::is_unsaid")]
    pub preferences: Preferences,
    /// Consents given or refused (fact C-34).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<NewConsent>,
    /// Attributes that the tenant made, by their ids (facts C-61, C-91). A name that something else here
    /// goes by is not sent: see [`Attribute::can_be_custom`].
    #[serde(flatten, serialize_with = "only_custom")]
    pub custom: BTreeMap<Text, Text>,
}

/// No member may stand in a body twice, so what isn't a tenant's own attribute is left out.
fn only_custom<S: Serializer>(custom: &BTreeMap<Text, Text>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(custom.iter().filter(|(name, _)| Attribute::can_be_custom(name.as_str())))
}

impl fmt::Debug for NewContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewContact").field("contact_type", &self.contact_type).finish_non_exhaustive()
    }
}

/// Gender, as far as it can be sent (fact C-59).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Gender {
    /// `Male`.
    Male,
    /// `Female`.
    Female,
    /// `Other`.
    Other,
}

/// Channels a contact accepts or refuses; `None` is not said (facts C-32, C-33).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preferences {
    /// E-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts_email: Option<bool>,
    /// Text messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts_sms: Option<bool>,
    /// Post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts_postal: Option<bool>,
}

impl Preferences {
    pub(crate) fn is_unsaid(&self) -> bool {
        *self == Preferences::default()
    }

    fn read(object: &Object<'_>) -> Preferences {
        // Both spellings occur in answers (fact C-40).
        let either = |one: &str, many: &str| object.truth(one).or_else(|| object.truth(many));
        Preferences {
            accepts_email: either("acceptsEmail", "acceptsEmails"),
            accepts_sms: object.truth("acceptsSms"),
            accepts_postal: either("acceptsPostal", "acceptsPostals"),
        }
    }
}

/// A consent to send (fact C-34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewConsent {
    /// The id of its definition.
    pub id: Text,
    /// Yes or no; once set it can't be unset (fact C-35).
    pub value: bool,
    /// Where it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
}

/// A contact as Engage has it (fact C-39), attributes and metadata side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// Its type.
    pub contact_type: Option<ContactType>,
    /// Given name.
    pub first_name: Option<Text>,
    /// Family name.
    pub last_name: Option<Text>,
    /// E-mail address.
    pub email: Option<Text>,
    /// Mobile phone.
    pub mobile_phone: Option<Text>,
    /// Number that Engage gave it.
    pub member_number: Option<Text>,
    /// Id in an outside system.
    pub external_id: Option<Text>,
    /// ISO 3166-1 code of two letters.
    pub country_code: Option<Text>,
    /// Name of the country.
    pub country: Option<Text>,
    /// Language code.
    pub language: Option<Text>,
    /// Street and number.
    pub street: Option<Text>,
    /// Postal code.
    pub zip_code: Option<Text>,
    /// City.
    pub city: Option<Text>,
    /// Care of.
    pub care_of: Option<Text>,
    /// Date of birth, in whatever form it is kept.
    pub birth_day: Option<Text>,
    /// Gender, in whatever word it is kept.
    pub gender: Option<Text>,
    /// Whether it has a personal identity number. The number itself is never held.
    pub has_social_security_number: bool,
    /// Every further attribute that is a text, a number or a boolean, as text and by its name as
    /// answered: the tenant's own, and those that Engage computes.
    pub other: BTreeMap<String, Text>,
    /// Channels accepted.
    pub preferences: Preferences,
    /// Consents that are set.
    pub consents: Vec<Consent>,
    /// When it was created.
    pub created_on: Option<Text>,
    /// When it was last changed.
    pub modified_on: Option<Text>,
    /// Where it was created.
    pub source_type: Option<Text>,
    /// Whether it is approved (fact C-27).
    pub approved: Option<bool>,
}

/// A contact's consent as Engage has it (fact S-12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The id of its definition.
    pub id: Text,
    /// Yes, no, or not set (fact C-35).
    pub value: Option<bool>,
    /// When it was given.
    pub date: Option<Text>,
    /// Where it was given.
    pub source: Option<Text>,
}

impl Contact {
    pub(crate) fn read(object: &Object<'_>) -> Result<Contact, Mismatch> {
        let attributes = object.object("attributes");
        let meta = object.object("meta");
        Ok(Contact {
            id: contact_id(object)?,
            contact_type: meta.text("contactType").and_then(|text| ContactType::new(text.into_string())),
            first_name: attributes.text("firstName"),
            last_name: attributes.text("lastName"),
            email: attributes.text("email"),
            mobile_phone: attributes.text("mobilePhone"),
            member_number: attributes.text("memberNumber"),
            external_id: attributes.text("externalId"),
            country_code: attributes.text("countryCode"),
            country: attributes.text("country"),
            language: attributes.text("language"),
            street: attributes.text("street"),
            zip_code: attributes.text("zipCode"),
            city: attributes.text("city"),
            care_of: attributes.text("careOf"),
            birth_day: attributes.text("birthDay"),
            gender: attributes.text("gender"),
            has_social_security_number: attributes.text("socialSecurityNumber").is_some(),
            other: others(&attributes),
            preferences: Preferences::read(&object.object("preferences")),
            consents: object.list("consents")?.unwrap_or_default().into_iter().filter_map(consent).collect(),
            created_on: meta.text("createdOn"),
            modified_on: meta.text("modifiedOn"),
            source_type: meta.text("sourceType"),
            approved: meta.truth("approved"),
        })
    }
}

impl Contact {
    /// The value of an attribute. `None` for the personal identity number, whether there is one or not.
    pub fn attribute(&self, attribute: &Attribute) -> Option<&Text> {
        match attribute {
            Attribute::FirstName => self.first_name.as_ref(),
            Attribute::LastName => self.last_name.as_ref(),
            Attribute::Email => self.email.as_ref(),
            Attribute::MobilePhone => self.mobile_phone.as_ref(),
            Attribute::MemberNumber => self.member_number.as_ref(),
            Attribute::ExternalId => self.external_id.as_ref(),
            Attribute::SocialSecurityNumber => None,
            Attribute::Street => self.street.as_ref(),
            Attribute::ZipCode => self.zip_code.as_ref(),
            Attribute::City => self.city.as_ref(),
            Attribute::CareOf => self.care_of.as_ref(),
            Attribute::Country => self.country.as_ref(),
            Attribute::CountryCode => self.country_code.as_ref(),
            Attribute::Language => self.language.as_ref(),
            Attribute::BirthDay => self.birth_day.as_ref(),
            Attribute::Gender => self.gender.as_ref(),
            Attribute::Custom(name) => match Attribute::named(name.clone()) {
                Attribute::Custom(_) => self.other_named(name.as_str()),
                standard => self.attribute(&standard),
            },
        }
    }

    fn other_named(&self, name: &str) -> Option<&Text> {
        let close =
            || self.other.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, text)| text);
        self.other.get(name).or_else(close)
    }
}

/// The attributes that have no field of their own.
fn others(attributes: &Object<'_>) -> BTreeMap<String, Text> {
    let mut texts = attributes.texts();
    texts.retain(|name, _| Attribute::can_be_custom(name));
    texts
}

fn consent(row: Shape<'_>) -> Option<Consent> {
    let Shape::Object(row) = row else { return None };
    Some(Consent {
        id: row.text("id")?,
        value: row.truth("value"),
        date: row.text("date"),
        source: row.text("source"),
    })
}

/// The id of a contact in an object, as `id` or `contactId`.
pub(crate) fn contact_id(object: &Object<'_>) -> Result<ContactId, Mismatch> {
    let text = match object.key("id")? {
        Some(text) => text,
        None => object.required("contactId")?,
    };
    ContactId::new(text.into_string())
        .map_err(|NotAnId| Mismatch { member: "id", expected: "a contact's id" })
}
