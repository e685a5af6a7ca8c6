//! What callers see of receipts, contacts and deliveries.

use std::time::Duration;

use axum::http::HeaderValue;
use serde::Serialize;
use store::{ContactState, DeliveryId, DeliveryRow, DeliveryState, DocumentRow, Filed, NewDelivery, Start};
use utoipa::ToSchema;

use super::offers::UsedOfferView;
use super::problem::Finding;
use crate::amounts::Amounts;
use crate::desk::{Owes, Taken, is_training, with_store};
use crate::frozen::{FrozenFinding, FrozenReceipt};

/// A receipt and how it fares.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptView {
    /// The id that the till gave it.
    pub id: String,
    /// The store's external id.
    pub store: String,
    /// How it fares.
    pub state: ReceiptState,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub accepted_at: jiff::Timestamp,
    /// The contact it belongs to: Engage's id, or the one that Tillbridge gave until Engage has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Its money, as it goes to Engage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amounts: Option<Amounts>,
    /// What was odd about it; it goes to Engage all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Finding>,
    /// What keeps it from going to Engage as it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Finding>,
    /// When it was voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub voided_at: Option<jiff::Timestamp>,
    /// The receipts that take something back of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub returned_by: Vec<String>,
    /// The customer's copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentLink>,
    /// The offers that it used, and those that it gives back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<UsedOfferView>,
    /// How many other contents were said under this id: kept beside it, for a person to decide about.
    #[serde(skip_serializing_if = "is_zero")]
    pub other_contents: u32,
    /// The deliveries it owes: its own first, then those of the parts it fell into, what undoes it, and those of offers.
    pub deliveries: Vec<DeliveryView>,
}

/// Where the customer's copy of a receipt is.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentLink {
    /// A page that everybody may open who has this link; shown as a code it is for the customer's telephone.
    #[schema(example = "https://kvitto.example.com/documents/store03-2-000871/6f0c…")]
    pub link: String,
}

/// How a receipt fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReceiptState {
    /// Kept here; on its way to Engage.
    Accepted,
    /// Engage has taken it.
    Delivered,
    /// Engage lists it among the contact's transactions.
    Confirmed,
    /// A person must decide.
    NeedsAttention,
    /// It was withdrawn by a void, or a person gave it up.
    Discarded,
    /// It names no customer; it can be claimed.
    Unclaimed,
    /// It named no customer, and can be claimed no longer.
    Expired,
    /// It never goes: training, or nothing that Engage keeps.
    NotSent,
}

/// A delivery: one call owed to Engage.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// Its number.
    #[schema(example = "d-17")]
    pub id: String,
    /// `registerReceipt`, `createContact`, `updateContact`, `deleteContact`, `assignPromotion`, `redeemPromotion`,
    /// `redeemVoucher`, `reactivateVoucher`, `storeOrder`, `deleteOrder`, `orderAction` or `announceOrder`.
    pub kind: String,
    /// How it fares.
    #[schema(value_type = String, example = "waiting")]
    pub state: DeliveryState,
    /// The identity of what it came from: a receipt's id, an idempotency key, or the id of who is forgotten.
    pub of: String,
    /// The store that said it.
    pub store: String,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub accepted_at: jiff::Timestamp,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_try: Option<jiff::Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<jiff::Timestamp>,
    /// When Engage was seen to have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub confirmed_at: Option<jiff::Timestamp>,
    /// How many attempts were begun.
    pub attempts: u32,
    /// Whether some attempt may have reached Engage.
    pub may_have_landed: bool,
    /// The deliveries it waits for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
    /// Why it is as it is: a stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it is as it is, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl ReceiptView {
    /// From what is stored.
    pub fn of(row: DocumentRow, now: jiff::Timestamp, claim_window: Duration) -> ReceiptView {
        let state = ReceiptView::state_of(&row, now, claim_window);
        let frozen = row.frozen.as_deref().and_then(FrozenReceipt::read);
        let body = row.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        let body = body.map(|body| with_store(body, &row.store));
        let (faults, warnings) =
            split(frozen.as_ref().map(|frozen| frozen.findings.clone()).unwrap_or_default());
        let settlement = frozen.and_then(|frozen| frozen.settlement);
        let amounts =
            body.as_ref().zip(settlement).and_then(|(body, settlement)| Amounts::again(body, &settlement));
        // What undoes it takes all of it back too, and is told by itself.
        let is_own = |key: &str| row.parts.iter().any(|part| part.key == key);
        let returned_by = row.drawn.iter().filter(|drawn| !is_own(&drawn.key));
        let returned_by = returned_by.map(|drawn| drawn.key.clone()).collect();
        let of_parts = row.parts.iter().flat_map(|part| &part.along);
        let offers = UsedOfferView::all(row.along.iter().chain(of_parts));
        let along = row.parts.iter().flat_map(|part| &part.along).chain(&row.along);
        let along: Vec<DeliveryRow> = along.filter_map(|along| along.delivery.clone()).collect();
        let of_parts = row.parts.into_iter().filter_map(|part| part.delivery).chain(along);
        ReceiptView {
            id: row.key,
            store: row.store,
            state,
            accepted_at: row.accepted_at,
            contact_id: row.contact.map(public_id),
            amounts,
            warnings,
            faults,
            voided_at: row.voided.map(|void| void.accepted_at),
            other_contents: row.conflicts,
            returned_by,
            document: None,
            offers,
            deliveries: row.delivery.into_iter().chain(of_parts).map(DeliveryView::of).collect(),
        }
    }

    /// With where the customer opens its copy, if there is anything to show.
    #[must_use]
    pub fn linked(self, link: Option<String>) -> ReceiptView {
        let document = link.filter(|_| self.amounts.is_some()).map(|link| DocumentLink { link });
        ReceiptView { document, ..self }
    }

    /// How a receipt fares that is stored.
    pub fn state_of(row: &DocumentRow, now: jiff::Timestamp, claim_window: Duration) -> ReceiptState {
        let Some(delivery) = &row.delivery else {
            let body = row.body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
            let frozen = row.frozen.as_deref().and_then(FrozenReceipt::read);
            let settlement = frozen.as_ref().and_then(|frozen| frozen.settlement.as_ref());
            let never_goes = body.as_ref().is_some_and(is_training)
                || settlement.is_some_and(|settlement| !settlement.is_for_engage());
            return match never_goes {
                true => ReceiptState::NotSent,
                false if row.voided.is_some() => ReceiptState::Discarded,
                false if now > row.accepted_at + claim_window || frozen.is_none() => ReceiptState::Expired,
                false => ReceiptState::Unclaimed,
            };
        };
        match delivery.state {
            DeliveryState::Waiting | DeliveryState::InFlight | DeliveryState::Unknown => {
                ReceiptState::Accepted
            }
            DeliveryState::Done if delivery.confirmed_at.is_some() => ReceiptState::Confirmed,
            DeliveryState::Done => ReceiptState::Delivered,
            DeliveryState::NeedsAttention => ReceiptState::NeedsAttention,
            DeliveryState::Discarded => ReceiptState::Discarded,
        }
    }

    /// A receipt just taken, without reading it back.
    pub fn taken(taken: Taken, filed: Filed) -> ReceiptView {
        let Taken { id, store, accepted_at, owes, delivery, amounts, findings, .. } = taken;
        let (faults, warnings) = split(findings);
        let delivery = filed
            .delivery
            .zip(delivery)
            .map(|(number, new)| DeliveryView::new(number, new, &id, &store, accepted_at))
            .map(|delivery| DeliveryView { waits_for: creation_of(filed.contact.as_ref()), ..delivery });
        let state = match &delivery {
            None if owes == Owes::Nothing => ReceiptState::NotSent,
            None => ReceiptState::Unclaimed,
            Some(delivery) if delivery.state == DeliveryState::NeedsAttention => ReceiptState::NeedsAttention,
            Some(_) => ReceiptState::Accepted,
        };
        ReceiptView {
            id,
            store,
            state,
            accepted_at,
            contact_id: filed.contact.map(public_id),
            amounts,
            warnings,
            faults,
            voided_at: None,
            other_contents: 0,
            returned_by: Vec::new(),
            document: None,
            offers: Vec::new(),
            deliveries: delivery.into_iter().collect(),
        }
    }
}

/// The id by which a till names a contact: Engage's as soon as there is one.
pub fn public_id(contact: ContactState) -> String {
    contact.remote_id.unwrap_or(contact.public_id)
}

/// What a receipt waits for when it is taken: the creation of its contact.
fn creation_of(contact: Option<&ContactState>) -> Vec<String> {
    contact.and_then(|contact| contact.creation).iter().map(ToString::to_string).collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Faults and warnings apart.
pub fn split(findings: Vec<FrozenFinding>) -> (Vec<Finding>, Vec<Finding>) {
    let (faults, warnings): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| finding.fault);
    (faults.into_iter().map(Finding::from).collect(), warnings.into_iter().map(Finding::from).collect())
}

impl DeliveryView {
    /// A delivery that was just taken in.
    fn new(
        id: DeliveryId,
        new: NewDelivery,
        of: &str,
        store: &str,
        accepted_at: jiff::Timestamp,
    ) -> DeliveryView {
        let (state, next_try, note) = match new.start {
            Start::Due => (DeliveryState::Waiting, Some(accepted_at), None),
            Start::NeedsAttention(note) => (DeliveryState::NeedsAttention, None, Some(note)),
        };
        let (code, detail) = note.map(|note| (note.code, note.detail)).unzip();
        DeliveryView {
            id: id.to_string(),
            kind: new.kind.to_owned(),
            state,
            of: of.to_owned(),
            store: store.to_owned(),
            accepted_at,
            next_try,
            ended_at: None,
            confirmed_at: None,
            attempts: 0,
            may_have_landed: false,
            waits_for: Vec::new(),
            code,
            detail,
        }
    }

    /// Where it can be read.
    pub fn location(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(format!("/v1/deliveries/{}", self.id)).ok()
    }

    /// From what is stored.
    pub fn of(row: DeliveryRow) -> DeliveryView {
        let (code, detail) = row.note.map(|note| (note.code, note.detail)).unzip();
        DeliveryView {
            id: row.id.to_string(),
            kind: row.kind,
            state: row.state,
            of: row.key,
            store: row.store,
            accepted_at: row.accepted_at,
            next_try: row.due,
            ended_at: row.ended_at,
            confirmed_at: row.confirmed_at,
            attempts: row.attempts,
            may_have_landed: row.may_have_landed,
            waits_for: row.waits_for.into_iter().map(|id| id.to_string()).collect(),
            code,
            detail,
        }
    }
}
