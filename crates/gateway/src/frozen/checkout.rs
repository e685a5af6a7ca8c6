//! What is frozen of a checkout: the basket as its receipt will say it, its money, and what became of its offers.

use jiff::Timestamp;
use pos::receipt::Settlement;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Form, FrozenFinding, FrozenOffer, Money, VERSION};

/// What is frozen of a checkout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenCheckout {
    v: u8,
    /// The basket with the figures of the offers that apply, and without those that don't.
    pub body: Value,
    /// Its money.
    pub settlement: Settlement,
    /// The offers that it names, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<CheckoutOffer>,
    /// What was odd about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FrozenFinding>,
}

/// An offer that a checkout names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutOffer {
    /// Its one name in this database.
    pub name: String,
    /// What it is.
    pub offer: FrozenOffer,
    /// The promotion that it is of, by Engage's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion_id: Option<String>,
    /// What to call it in checkouts and receipts.
    pub offer_id: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the cashier is to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// What became of it.
    pub standing: Standing,
}

/// What became of an offer that a checkout names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Standing {
    /// It applies, and is held.
    Held(Holding),
    /// It doesn't apply, and is free for others.
    NotHeld {
        /// Why not: the stable code.
        code: String,
        /// The same in words, with what to do.
        detail: String,
        /// Until when another holds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
}

/// An offer that applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holding {
    /// How it is known to be good.
    pub verified: Verified,
    /// What it takes off in all.
    pub amount: Money,
    /// The percentage that this is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// What of it is lost, because no more was left to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forfeited: Option<Money>,
    /// What honouring it risks: the bucket that counts it, and how much in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<(String, i64)>,
}

/// How an offer is known to be good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verified {
    /// Engage listed it as usable for this checkout.
    Live,
    /// Engage couldn't be asked; it was usable when it was last seen, and the shop honours that.
    LastKnown,
    /// It was given here and is on its way to Engage.
    NotYet,
}

impl CheckoutOffer {
    /// Whether a till means it by this.
    pub fn is_called(&self, named: &str) -> bool {
        let ids = [
            Some(&self.offer.named),
            Some(&self.offer_id),
            self.offer.id.as_ref(),
            self.offer.number.as_ref(),
        ];
        ids.into_iter().flatten().any(|id| id.eq_ignore_ascii_case(named))
    }
}

impl FrozenCheckout {
    /// Freezes.
    pub fn new(
        body: Value,
        settlement: Settlement,
        offers: Vec<CheckoutOffer>,
        findings: Vec<FrozenFinding>,
    ) -> FrozenCheckout {
        FrozenCheckout { v: VERSION, body, settlement, offers, findings }
    }

    /// The offers that it holds.
    pub fn held(&self) -> impl Iterator<Item = (&CheckoutOffer, &Holding)> {
        self.offers.iter().filter_map(|offer| match &offer.standing {
            Standing::Held(holding) => Some((offer, holding)),
            Standing::NotHeld { .. } => None,
        })
    }

    /// Whether it holds an offer that Engage listed as usable, by its one name.
    pub fn verified_live(&self, name: &str) -> bool {
        self.held().any(|(offer, holding)| offer.name == name && holding.verified == Verified::Live)
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenCheckout> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }
}

impl Form for FrozenCheckout {
    fn version(&self) -> u8 {
        self.v
    }
}
