//! What can be wrong with a record of the sample, and how often it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::chance::{Chance, Of};
use crate::Entity;

/// Of how many records a share is told.
pub const OF: u32 = 10_000;

/// Something that is wrong with a record; a record has one fault at most, so that what a check must say is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// An e-mail address without its @.
    BadEmail,
    /// A phone number that ends too early.
    BadPhone,
    /// A birth day that is to come.
    FutureBirthDay,
    /// A street with a semicolon, quoted.
    Semicolon,
    /// The same without its quotes, so that the row has a cell too many.
    TooManyCells,
    /// The address of an earlier customer.
    RepeatedEmail,
    /// The number of an earlier customer.
    RepeatedKey,
    /// A customer without a number.
    MissingKey,
    /// A sale by nobody known, as most shops have them.
    NoContact,
    /// A sale that is too old.
    BeforeSince,
    /// A receipt that stands in the export twice.
    Repeated,
    /// A receipt of a customer that the export doesn't have.
    UnknownContact,
    /// A receipt of a store that it doesn't have.
    UnknownStore,
    /// A total that isn't the sum of its lines: 1.00 more.
    TotalOff,
    /// A day that no calendar has.
    BadDate,
    /// A currency that nobody has.
    UnknownCurrency,
    /// Points of a customer that the export doesn't have.
    PointsOfNobody,
    /// Points that are no number.
    PointsNotANumber,
    /// A voucher of a customer that the export doesn't have.
    VoucherOfNobody,
    /// A voucher that is worth nothing.
    VoucherWithoutValue,
    /// A voucher with the code of an earlier one.
    RepeatedCode,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The record is sent, and somebody is told.
    Warned,
    /// It isn't sent before it is mended.
    Blocked,
    /// It isn't sent, by a rule.
    LeftOut,
    /// It is sent, and what repeats it is left out.
    SentOnce,
}

impl Fault {
    /// Each of them.
    pub const ALL: [Self; 21] = [
        Self::BadEmail,
        Self::BadPhone,
        Self::FutureBirthDay,
        Self::Semicolon,
        Self::TooManyCells,
        Self::RepeatedEmail,
        Self::RepeatedKey,
        Self::MissingKey,
        Self::NoContact,
        Self::BeforeSince,
        Self::Repeated,
        Self::UnknownContact,
        Self::UnknownStore,
        Self::TotalOff,
        Self::BadDate,
        Self::UnknownCurrency,
        Self::PointsOfNobody,
        Self::PointsNotANumber,
        Self::VoucherOfNobody,
        Self::VoucherWithoutValue,
        Self::RepeatedCode,
    ];

    /// Whose fault it is.
    #[must_use]
    pub const fn entity(self) -> Entity {
        match self {
            Self::BadEmail
            | Self::BadPhone
            | Self::FutureBirthDay
            | Self::Semicolon
            | Self::TooManyCells
            | Self::RepeatedEmail
            | Self::RepeatedKey
            | Self::MissingKey => Entity::Contacts,
            Self::NoContact
            | Self::BeforeSince
            | Self::Repeated
            | Self::UnknownContact
            | Self::UnknownStore
            | Self::TotalOff
            | Self::BadDate
            | Self::UnknownCurrency => Entity::Receipts,
            Self::PointsOfNobody | Self::PointsNotANumber => Entity::Points,
            Self::VoucherOfNobody | Self::VoucherWithoutValue | Self::RepeatedCode => Entity::Vouchers,
        }
    }

    /// What comes of it.
    #[must_use]
    pub const fn effect(self) -> Effect {
        match self {
            Self::BadEmail | Self::BadPhone | Self::FutureBirthDay | Self::Semicolon => Effect::Warned,
            Self::NoContact | Self::BeforeSince => Effect::LeftOut,
            Self::Repeated => Effect::SentOnce,
            _ => Effect::Blocked,
        }
    }

    /// The code by which a check must name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadEmail => "badEmail",
            Self::BadPhone => "badMobilePhone",
            Self::FutureBirthDay => "badBirthDay",
            Self::Semicolon => "unsendableCharacter",
            Self::TooManyCells => "cellCount",
            Self::RepeatedEmail => "duplicateEmail",
            Self::RepeatedKey => "duplicateKey",
            Self::MissingKey => "missingKey",
            Self::NoContact => "noContact",
            Self::BeforeSince => "beforeSince",
            Self::Repeated => "repeated",
            Self::UnknownContact | Self::PointsOfNobody | Self::VoucherOfNobody => "unknownContact",
            Self::UnknownStore => "unknownStore",
            Self::TotalOff => "totalDiffers",
            Self::BadDate => "notADate",
            Self::UnknownCurrency => "currencyUnknown",
            Self::PointsNotANumber => "notANumber",
            Self::VoucherWithoutValue => "badVoucherValue",
            Self::RepeatedCode => "duplicateCode",
        }
    }
}

/// How often each fault is made, of ten thousand records of its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(BTreeMap<Fault, u32>);

impl Faults {
    /// Sales by nobody known are part of any export: a quarter of them, and nothing else.
    #[must_use]
    pub fn none() -> Self {
        Self(BTreeMap::from([(Fault::NoContact, OF / 4)]))
    }

    /// As exports are: each of them, some more often than others.
    #[must_use]
    pub fn usual() -> Self {
        let seldom = Fault::ALL.map(|fault| (fault, 20));
        let often = [(Fault::BadPhone, 150), (Fault::BadEmail, 80), (Fault::RepeatedEmail, 60)];
        let mut faults = Self(seldom.into_iter().chain(often).collect());
        faults.0.insert(Fault::NoContact, OF / 4);
        faults
    }

    /// With this many of ten thousand.
    #[must_use]
    pub fn with(mut self, fault: Fault, share: u32) -> Self {
        self.0.insert(fault, share);
        self
    }

    /// What is drawn for a record.
    pub(super) fn draw(&self, seed: u64, entity: Entity, index: u64) -> Option<Fault> {
        let mut at = Chance::of(seed, Of::Fault, index * 8 + entity as u64).below(u64::from(OF));
        let of_kind = self.0.iter().filter(|(fault, _)| fault.entity() == entity);
        for (fault, share) in of_kind {
            match at.checked_sub(u64::from(*share)) {
                None => return Some(*fault),
                Some(rest) => at = rest,
            }
        }
        None
    }
}
