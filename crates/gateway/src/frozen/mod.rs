//! What is frozen when something is accepted, so that an old sale never drifts: all money, and all that configuration
//! decided. Only the wire's shape is made at delivery, so that a fault in the mapping is mended by a release.

mod checkout;
mod enrolment;
mod erasure;
mod offer;
mod order;
mod receipt;
mod update;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use self::checkout::{CheckoutOffer, FrozenCheckout, Holding, Standing, Verified};
pub use self::enrolment::FrozenEnrolment;
pub use self::erasure::FrozenErasure;
pub use self::offer::{AssignedBy, FrozenAssignment, FrozenOffer, FrozenRedemption, Money, OfferKind};
pub use self::order::{Announcement, FrozenAction, FrozenOrder, FrozenOrderDeletion, OrderOf};
pub use self::receipt::{FrozenFinding, FrozenReceipt, Reversal};
pub use self::update::{Base, FrozenUpdate};

use crate::settings::ContactKey;

/// The forms' version; a reader refuses what it doesn't know.
const VERSION: u8 = 1;

/// A form that is kept in the store.
trait Form: Serialize + DeserializeOwned {
    fn version(&self) -> u8;

    fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|form: &Self| form.version() == VERSION)
    }

    fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data has a JSON form")
    }
}

/// One identifier of a person, normalised. Its `Debug` shows only the kind.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// A personal identity number, in its long form.
    PersonalIdentityNumber(String),
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
            Who::PersonalIdentityNumber(_) => "personalIdentityNumber",
            Who::ContactId(_) => "contactId",
        }
    }

    /// Whether it is what the tenant's contacts are told apart by (fact C-06).
    pub fn is_key(&self, key: ContactKey) -> bool {
        self.kind() == key.field()
    }

    /// The value.
    pub fn value(&self) -> &str {
        match self {
            Who::Email(value)
            | Who::MobilePhone(value)
            | Who::MemberNumber(value)
            | Who::ExternalId(value)
            | Who::PersonalIdentityNumber(value)
            | Who::ContactId(value) => value,
        }
    }
}

impl std::fmt::Debug for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Who({})", self.kind())
    }
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
    /// Whether nothing is stated.
    pub fn is_empty(&self) -> bool {
        *self == Preferences::default()
    }

    /// Each channel's name and what is stated of it.
    pub fn each(&self) -> [(&'static str, Option<bool>); 3] {
        [("email", self.email), ("sms", self.sms), ("postal", self.postal)]
    }

    /// The place of a channel's statement.
    pub fn place(&mut self, channel: &str) -> Option<&mut Option<bool>> {
        match channel {
            "email" => Some(&mut self.email),
            "sms" => Some(&mut self.sms),
            "postal" => Some(&mut self.postal),
            _ => None,
        }
    }
}

/// The contact's id in Engage, where it is named by that.
pub fn contact_id(who: &[Who]) -> Option<&str> {
    who.iter().find_map(|who| match who {
        Who::ContactId(id) if !is_local_id(id) => Some(id.as_str()),
        _ => None,
    })
}

/// Whether a contact id is one that Tillbridge gave before Engage did.
pub fn is_local_id(id: &str) -> bool {
    id.starts_with("tb-")
}

/// Whether a contact id has the form of Engage's (fact C-01). What has not is nobody's, and may be anything that was typed.
pub fn is_engages_id(id: &str) -> bool {
    let groups =
        id.split('-').map(|group| group.bytes().all(|b| b.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}
