//! What happened and cost something: offers that were used and could not be redeemed, or came back and could not be given
//! back.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{DeliveryFilter, DeliveryId, DeliveryRow, DeliveryState, DocumentRow};
use utoipa::ToSchema;

use super::view::amount;
use crate::delivery::{REACTIVATE_VOUCHER, REDEEM_PROMOTION, REDEEM_VOUCHER};
use crate::desk::Reach;
use crate::frozen::{FrozenRedemption, OfferKind};
use crate::http::App;
use crate::http::auth::AsOperator;
use crate::http::problem::Problem;
use crate::profile::Amount;

/// Deliveries that are looked through for one page.
const LOOKED_THROUGH: u32 = 200;

/// Where to go on.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cursor {
    after: Option<String>,
}

/// A page of exceptions.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exceptions {
    /// The exceptions, oldest first.
    pub items: Vec<ExceptionView>,
    /// `after` of the next page, where there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Something that happened and cost something. Nothing waits for it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExceptionView {
    /// Its delivery: discard it, with a reason, once it is accounted for; or retry it.
    pub delivery: String,
    /// What was tried: `redeemPromotion`, `redeemVoucher` or `reactivateVoucher`.
    pub kind: String,
    /// The identity of the sale.
    pub sale: String,
    /// The store.
    pub store: String,
    /// When the sale was taken.
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// What the till called the offer.
    pub offer: String,
    /// What it is.
    pub offer_kind: OfferKind,
    /// What it cost.
    pub cost: Amount,
    /// What went wrong.
    pub code: String,
    /// The same in words, with what to do.
    pub detail: String,
}

/// Lists exceptions.
///
/// Each is a delivery of an offer that needs attention. The sale itself has gone its way.
#[utoipa::path(
    get, path = "/v1/exceptions", tag = "offers", operation_id = "listExceptions",
    params(("after" = Option<String>, Query, description = "`next` of the page before")),
    responses(
        (status = 200, description = "A page", body = Exceptions),
        (status = 400, description = "An unknown parameter", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token", body = Problem),
    ),
)]
pub async fn exceptions(
    State(app): State<App>,
    AsOperator(by): AsOperator,
    cursor: Result<Query<Cursor>, QueryRejection>,
) -> Result<Json<Exceptions>, Problem> {
    let bad = || Problem::new(StatusCode::BAD_REQUEST, "queryNotRead", "the only parameter is after");
    let Query(cursor) = cursor.map_err(|_| bad())?;
    let after: Option<DeliveryId> = cursor.after.map(|id| id.parse().map_err(|_| bad())).transpose()?;
    let stores = match &by.stores {
        Reach::All => None,
        Reach::Only(stores) => Some(stores.clone()),
    };
    let filter =
        DeliveryFilter { state: Some(DeliveryState::NeedsAttention), stores, after, limit: LOOKED_THROUGH };
    let read = app.store.read(move |reader| {
        let rows = reader.deliveries(&filter)?;
        let next = (rows.len() >= LOOKED_THROUGH as usize).then(|| rows.last().map(|row| row.id)).flatten();
        let of_offers = rows.into_iter().filter(|row| is_of_offer(&row.kind));
        let with_documents = of_offers.map(|row| Ok((reader.document(&row.document_kind, &row.key)?, row)));
        Ok((with_documents.collect::<Result<Vec<_>, store::Error>>()?, next))
    });
    let (rows, next) = read.await?;
    let items = rows.into_iter().filter_map(|(document, row)| view(document?, row)).collect();
    Ok(Json(Exceptions { items, next: next.map(|id| id.to_string()) }))
}

fn is_of_offer(kind: &str) -> bool {
    [REDEEM_PROMOTION, REDEEM_VOUCHER, REACTIVATE_VOUCHER].contains(&kind)
}

fn view(document: DocumentRow, row: DeliveryRow) -> Option<ExceptionView> {
    let frozen = document.frozen.as_deref()?;
    let FrozenRedemption { sale, offer, cost, .. } = FrozenRedemption::read(frozen)?;
    let note = row.note?;
    Some(ExceptionView {
        delivery: row.id.to_string(),
        kind: row.kind,
        sale,
        store: row.store,
        at: row.accepted_at,
        offer: offer.named,
        offer_kind: offer.kind,
        cost: amount(cost),
        code: note.code,
        detail: note.detail,
    })
}
