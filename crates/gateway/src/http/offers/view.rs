//! How an offer fares, for a till.

use serde::Serialize;
use store::{AlongRow, DeliveryRow, DeliveryState, OfferRow};
use utoipa::ToSchema;

use crate::desk::{Link, REACTIVATION, REDEMPTION};
use crate::frozen::{FrozenRedemption, Money, OfferKind};
use crate::profile::Amount;

/// A promotion that was given to a customer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignedOffer {
    /// What to call it in a sale; it works before Engage has answered.
    pub offer_id: String,
    /// The promotion's code.
    pub promotion: String,
    /// What to call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How it stands.
    pub state: AssignedState,
    /// The assignment's id in Engage, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment_id: Option<String>,
    /// Why it isn't given, or what hinders it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How an assignment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum AssignedState {
    /// Engage has it; it can be used.
    Ready,
    /// It is on its way; it can be used.
    Pending,
    /// Engage can't be reached; it is assigned later, and can be used as the shop's policy says.
    Offline,
    /// The customer doesn't get it.
    NotGiven,
    /// A person must decide.
    NeedsAttention,
}

impl AssignedState {
    /// Whether nothing more comes of it by itself.
    pub fn is_final(self) -> bool {
        matches!(self, AssignedState::Ready | AssignedState::NotGiven | AssignedState::NeedsAttention)
    }
}

impl AssignedOffer {
    /// From what is stored.
    pub fn of(
        promotion: &str,
        name: Option<String>,
        offer_id: String,
        row: &DeliveryRow,
        offer: Option<&OfferRow>,
        link: Link,
    ) -> AssignedOffer {
        let assignment_id = offer.and_then(|offer| offer.remote_id.clone());
        let state = match (row.state, &assignment_id, link) {
            (_, Some(_), _) => AssignedState::Ready,
            (DeliveryState::Done | DeliveryState::Discarded, None, _) => AssignedState::NotGiven,
            (DeliveryState::NeedsAttention, None, _) => AssignedState::NeedsAttention,
            (_, None, Link::Down) => AssignedState::Offline,
            (_, None, Link::Up) => AssignedState::Pending,
        };
        let says = matches!(state, AssignedState::NotGiven | AssignedState::NeedsAttention);
        let (code, detail) = row.note.clone().filter(|_| says).map(|note| (note.code, note.detail)).unzip();
        AssignedOffer { offer_id, promotion: promotion.to_owned(), name, state, assignment_id, code, detail }
    }
}

/// An offer that a sale used, or that came back with what a customer brought back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsedOfferView {
    /// What the till called it.
    pub offer: String,
    /// What it is.
    pub kind: OfferKind,
    /// How it fares.
    pub state: OfferState,
    /// What it took off the sale.
    pub amount: Amount,
    /// Why it is an exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in words, with what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How an offer fares that a sale used, or gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum OfferState {
    /// It is being redeemed.
    Pending,
    /// It is redeemed.
    Redeemed,
    /// It could not be redeemed, or not be given back; what it took off is lost.
    Exception,
    /// The sale was undone; it can be used again, or will be in a moment.
    GivenBack,
    /// It is being made usable again.
    GivingBack,
    /// The redemption was withdrawn before it was made.
    Withdrawn,
}

impl UsedOfferView {
    /// From what is stored, each offer once: one that a void gives back stands for itself and for that.
    pub fn all<'r>(rows: impl Iterator<Item = &'r AlongRow>) -> Vec<UsedOfferView> {
        let mut all: Vec<UsedOfferView> = Vec::new();
        for one in rows.filter_map(UsedOfferView::of) {
            let same =
                all.iter_mut().find(|other| other.offer == one.offer && other.state == OfferState::GivenBack);
            match same {
                Some(same) => *same = one,
                None => all.push(one),
            }
        }
        all
    }

    /// From what is stored; `None` of what isn't about a use, or is kept no longer.
    pub fn of(row: &AlongRow) -> Option<UsedOfferView> {
        let frozen = row.frozen.as_deref()?;
        let delivery = row.delivery.as_ref().map(|delivery| delivery.state);
        let state = match (row.kind.as_str(), delivery) {
            (REDEMPTION | REACTIVATION, Some(DeliveryState::Discarded)) => OfferState::Withdrawn,
            (REDEMPTION, _) if row.undone => OfferState::GivenBack,
            (REDEMPTION, Some(DeliveryState::Done)) => OfferState::Redeemed,
            (REACTIVATION, Some(DeliveryState::Done)) => OfferState::GivenBack,
            (REDEMPTION | REACTIVATION, Some(DeliveryState::NeedsAttention)) => OfferState::Exception,
            (REDEMPTION, _) => OfferState::Pending,
            (REACTIVATION, _) => OfferState::GivingBack,
            _ => return None,
        };
        let FrozenRedemption { offer, cost, .. } = FrozenRedemption::read(frozen)?;
        let note = row.delivery.as_ref().and_then(|delivery| delivery.note.clone());
        let (code, detail) =
            note.filter(|_| state == OfferState::Exception).map(|note| (note.code, note.detail)).unzip();
        Some(UsedOfferView {
            offer: offer.named,
            kind: offer.kind,
            state,
            amount: amount(cost),
            code,
            detail,
        })
    }
}

/// An amount as it is shown.
pub fn amount(money: Money) -> Amount {
    Amount { amount: money.amount, currency: money.currency.code().to_owned() }
}
