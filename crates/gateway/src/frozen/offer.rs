//! What is frozen of an assignment, of a redemption, and of what takes a redemption back.

use pos::money::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Form, VERSION, Who};
use crate::settings;

/// What is frozen of an assignment that is owed to a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenAssignment {
    v: u8,
    /// What tills call the promotion.
    pub code: String,
    /// Its external id in Engage.
    pub external_id: String,
    /// Its id in Engage, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion_id: Option<String>,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it is a welcome, which nobody gets who was a member before or had it before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub welcome: bool,
    /// Who assigns it.
    pub by: AssignedBy,
    /// The contact's id in Engage, where the till named it by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
}

/// Who assigns a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AssignedBy {
    /// Tillbridge.
    Us,
    /// The tenant's automation: it is waited for.
    Automation,
}

/// What is frozen of the redemption of an offer that a sale used, and of what takes that back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenRedemption {
    v: u8,
    /// The identity of the sale that used it.
    pub sale: String,
    /// What was used.
    pub offer: FrozenOffer,
    /// What it took off the sale: what it costs the shop where it can't be redeemed.
    pub cost: Money,
    /// The contact's identifiers, as the receipt names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Who>,
}

/// An offer, as far as it is known when it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenOffer {
    /// What the till called it.
    pub named: String,
    /// What it is.
    pub kind: OfferKind,
    /// The id in Engage that it is redeemed by, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// A voucher's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The external id of the promotion that it is of, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// What an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum OfferKind {
    /// A promotion that was assigned to the contact.
    Promotion,
    /// Money made of points.
    Voucher,
}

/// An amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// How much.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.amount, self.currency.code())
    }
}

impl FrozenAssignment {
    /// Of a promotion that the shop knows.
    pub fn new(promotion: &settings::Promotion, welcome: bool, by: AssignedBy) -> FrozenAssignment {
        FrozenAssignment {
            v: VERSION,
            code: promotion.code.clone(),
            external_id: promotion.external_id.clone(),
            promotion_id: promotion.promotion_id.clone(),
            name: Some(promotion.name.clone()).filter(|name| !name.is_empty()),
            welcome,
            by,
            contact_id: None,
        }
    }

    /// Of a promotion that the shop's configuration doesn't know: by Engage's id, or else by its external id.
    pub fn of_unlisted(named: &str) -> FrozenAssignment {
        let promotion_id = super::is_engages_id(named).then(|| named.to_owned());
        let (code, external_id) = (named.to_owned(), named.to_owned());
        FrozenAssignment {
            v: VERSION,
            code,
            external_id,
            promotion_id,
            name: None,
            welcome: false,
            by: AssignedBy::Us,
            contact_id: None,
        }
    }

    /// For a contact that the till named by Engage's id.
    #[must_use]
    pub fn of_contact(self, contact_id: Option<String>) -> FrozenAssignment {
        FrozenAssignment { contact_id, ..self }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenAssignment> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }
}

impl FrozenRedemption {
    /// Freezes.
    pub fn new(sale: &str, offer: FrozenOffer, cost: Money, who: Vec<Who>) -> FrozenRedemption {
        FrozenRedemption { v: VERSION, sale: sale.to_owned(), offer, cost, who }
    }

    /// For whoever goes by these.
    #[must_use]
    pub fn of_claimant(self, who: Vec<Who>) -> FrozenRedemption {
        FrozenRedemption { who, ..self }
    }

    /// The form that is kept for a later return: without whom it was for.
    #[must_use]
    pub fn condensed(self) -> FrozenRedemption {
        FrozenRedemption { who: Vec::new(), ..self }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenRedemption> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }
}

impl Form for FrozenAssignment {
    fn version(&self) -> u8 {
        self.v
    }
}

impl Form for FrozenRedemption {
    fn version(&self) -> u8 {
        self.v
    }
}
