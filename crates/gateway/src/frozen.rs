//! What is frozen when something is accepted, so that an old sale never drifts: all money, and all that configuration
//! decided. Only the wire's shape is made at delivery, so that a fault in the mapping is mended by a release.

use pos::receipt::Settlement;
use serde::{Deserialize, Serialize};

use crate::settings::ContactKey;

/// The form's version; a reader refuses what it doesn't know.
const VERSION: u8 = 1;

/// One identifier of a person, normalised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Who {
    /// An e-mail address.
    Email(String),
    /// A mobile phone number, E.164.
    MobilePhone(String),
    /// A member number.
    MemberNumber(String),
    /// An id from another system.
    ExternalId(String),
    /// The contact's id in Engage.
    ContactId(String),
}

impl Who {
    /// The kind, as the till's API names it, and as aliases are hashed.
    pub fn kind(&self) -> &'static str {
        match self {
            Who::Email(_) => "email",
            Who::MobilePhone(_) => "mobilePhone",
            Who::MemberNumber(_) => "memberNumber",
            Who::ExternalId(_) => "externalId",
            Who::ContactId(_) => "contactId",
        }
    }

    /// Whether it is what the tenant's contacts are told apart by (fact C-06).
    pub fn is_key(&self, key: ContactKey) -> bool {
        match (self, key) {
            (Who::Email(_), ContactKey::Email) | (Who::MobilePhone(_), ContactKey::MobilePhone) => true,
            (Who::Email(_) | Who::MobilePhone(_), _) => false,
            (Who::MemberNumber(_) | Who::ExternalId(_) | Who::ContactId(_), _) => false,
        }
    }

    /// The value.
    pub fn value(&self) -> &str {
        match self {
            Who::Email(value)
            | Who::MobilePhone(value)
            | Who::MemberNumber(value)
            | Who::ExternalId(value)
            | Who::ContactId(value) => value,
        }
    }
}

/// What is frozen of a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenReceipt {
    v: u8,
    /// Its money; absent where the receipt can't be settled as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<Settlement>,
    /// The contact's identifiers, in the till's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Who>,
    /// What was found wrong with it, as it was told to the till.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FrozenFinding>,
}

/// A finding, kept so that the same receipt gets the same answer again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenFinding {
    /// Whether it keeps the receipt from going to Engage.
    pub fault: bool,
    /// The stable code.
    pub code: String,
    /// A JSON pointer into the receipt.
    pub pointer: String,
    /// What is wrong and what to do.
    pub detail: String,
}

/// What is frozen of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenEnrolment {
    v: u8,
    /// The person's identifiers; the tenant's key first.
    pub who: Vec<Who>,
    /// Attributes as Engage names them, in order; never empty values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
    /// Preferences that the person stated.
    #[serde(default, skip_serializing_if = "Preferences::is_empty")]
    pub preferences: Preferences,
    /// Consents that the person gave or refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<(String, bool)>,
    /// The store's external id.
    pub store: String,
    /// The source.
    pub source: String,
}

/// What a person accepts; `None` is not stated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preferences {
    /// E-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<bool>,
    /// Text messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<bool>,
    /// Letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal: Option<bool>,
}

impl Preferences {
    fn is_empty(&self) -> bool {
        *self == Preferences::default()
    }
}

impl FrozenReceipt {
    /// Freezes.
    pub fn new(settlement: Option<Settlement>, who: Vec<Who>, findings: Vec<FrozenFinding>) -> FrozenReceipt {
        FrozenReceipt { v: VERSION, settlement, who, findings }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenReceipt> {
        serde_json::from_slice(bytes).ok().filter(|frozen: &FrozenReceipt| frozen.v == VERSION)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data has a JSON form")
    }

    /// The contact's id in Engage, where the till named it by that.
    pub fn contact_id(&self) -> Option<&str> {
        self.who.iter().find_map(|who| match who {
            Who::ContactId(id) if !is_local_id(id) => Some(id.as_str()),
            _ => None,
        })
    }
}

impl FrozenEnrolment {
    /// Freezes.
    pub fn new(
        who: Vec<Who>,
        attributes: Vec<(String, String)>,
        preferences: Preferences,
        consents: Vec<(String, bool)>,
        store: String,
        source: String,
    ) -> FrozenEnrolment {
        FrozenEnrolment { v: VERSION, who, attributes, preferences, consents, store, source }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenEnrolment> {
        serde_json::from_slice(bytes).ok().filter(|frozen: &FrozenEnrolment| frozen.v == VERSION)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data has a JSON form")
    }

    /// The tenant's key: the one identifier that no two contacts share (fact C-06).
    pub fn key(&self) -> &[Who] {
        self.who.get(..1).unwrap_or_default()
    }

    /// One attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a contact id is one that Tillbridge gave before Engage did.
pub fn is_local_id(id: &str) -> bool {
    id.starts_with("tb-")
}
