//! `/v1/receipts`: finished sales.

mod claim;
pub(super) mod document;
mod void;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::{Accepted, Command, DocumentRow, Filed, FindContact};
use utoipa::ToSchema;

pub use self::claim::{__path_claim, claim};
pub use self::void::{__path_void, void};
use super::auth::AsTill;
use super::body::Raw;
use super::contacts::settled_until;
use super::offers;
use super::problem::{Finding, Problem};
use super::schema::ReceiptBody;
use super::view::{ReceiptView, split};
use super::{App, ROUNDS_MAX};
use crate::amounts::Amounts;
use crate::delivery::{REDEEM_PROMOTION, REDEEM_VOUCHER};
use crate::desk::{
    Found, KnownOffers, OpenReceipt, RECEIPT, Refusal, Said, Scope, TakenReceipt, named_sales, paying,
};

/// How strict to be with a receipt.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Strictness {
    strict: bool,
}

/// Registers a finished sale.
///
/// Any JSON object with an id and a store is taken, whatever else is wrong with it; what is wrong comes back as
/// `warnings`, or as `faults` when it can't go to Engage as it is and a person must look. It is on disk before the
/// answer. The answer doesn't wait for Engage, except, within the call's deadline, for the redemption of the offers that
/// the sale used: a conflict is known while the customer stands there.
#[utoipa::path(
    put, path = "/v1/receipts/{id}", tag = "receipts", operation_id = "putReceipt",
    params(
        ("id" = String, Path, description = "The receipt's identity, of the till's making and unique for good", example = "store03-2-000871"),
        ("strict" = Option<bool>, Query, description = "Refuse a receipt with faults (422) instead of keeping it"),
    ),
    request_body = ReceiptBody,
    responses(
        (status = 201, description = "Taken, on disk", body = ReceiptView),
        (status = 200, description = "The same was taken before", body = ReceiptView),
        (status = 400, description = "Not JSON, or it names no store; kept in quarantine", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "The token doesn't speak for this store", body = Problem),
        (status = 409, description = "Other content was taken under this id; this one is kept and needs attention", body = Problem),
        (status = 413, description = "Too large", body = Problem),
        (status = 422, description = "With `strict=true`: it has faults, and nothing is kept", body = Problem),
        (status = 503, description = "The disk failed; send it again", body = Problem),
    ),
)]
pub async fn put(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
    strictness: Result<Query<Strictness>, QueryRejection>,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    let Query(strictness) = strictness.map_err(|_| {
        let detail = "the only parameter is strict, which is true or false";
        Problem::new(StatusCode::BAD_REQUEST, "queryNotRead", detail)
    })?;
    for _ in 0..ROUNDS_MAX {
        let said = Said {
            id: &id,
            body: &body,
            by: &by,
            at: app.clock.now(),
            new_contact_id: app.clock.new_contact_id(),
        };
        let open = match app.desk().open_receipt(said) {
            Ok(open) => open,
            Err(refusal) => {
                return Err(quarantine(&app, &by, &format!("/v1/receipts/{id}"), &body, refusal).await);
            }
        };
        // Who wants to be refused is judged as the first time, whatever it took itself since. For all others that counts:
        // the same again gets its first answer anyway, and other content under its id mustn't take the same goods again.
        let by_itself = if strictness.strict { id.as_str() } else { "" };
        let taken = take(&app, open, by_itself).await?;
        let taken = if strictness.strict { taken.without_faults()? } else { taken };
        let (accept, taken) = taken.split();
        match app.accept(accept).await? {
            Accepted::New(filed) => {
                app.metrics.accepted(RECEIPT);
                redeemed(&app, &filed.along).await?;
                let view = match taken.is_plain && (filed.contact.is_some() || !taken.names_contact) {
                    true => ReceiptView::taken(taken, filed).linked(app.desk().document_link(&id)),
                    // The store knows what became of the rest, and whether whom it names was forgotten.
                    false => read(&app, &by, &id).await?,
                };
                let location = [(header::LOCATION, location(&id))];
                return Ok((StatusCode::CREATED, location, Json(view)).into_response());
            }
            Accepted::Repeated(_) => {
                app.metrics.repeated(RECEIPT);
                return Ok(Json(read(&app, &by, &id).await?).into_response());
            }
            Accepted::Conflict { kept, .. } => {
                app.metrics.conflicted(RECEIPT);
                return Err(conflict(kept));
            }
            // Another took something back of the same sale in this moment.
            Accepted::Overtaken => {}
        }
    }
    Err(overtaken())
}

/// Decides about a receipt by all that is known here of what it refers to.
pub(super) async fn take(app: &App, open: OpenReceipt<'_>, id: &str) -> Result<TakenReceipt, Problem> {
    let desk = app.desk();
    let Some(wanted) = desk.wanted(&open) else { return Ok(desk.receipt(open, &Found::default())) };
    let (id, asked, at) = (id.to_owned(), app.clone(), app.clock.now());
    let found = app.store.read(move |reader| {
        let sales = named_sales(reader, &wanted.receipts)?;
        let buyer = wanted.buyer.first().map(|alias| reader.known(&FindContact::Alias(*alias)));
        let buyer = buyer.transpose()?.flatten();
        let link = offers::link(&asked);
        let checkout = wanted.checkout.map(|key| reader.checkout(&key, at)).transpose()?.flatten();
        let pays = paying(checkout.as_ref(), &id, &wanted.store);
        let (desk, of, limits) = (asked.desk(), &wanted.offers, &wanted.limits);
        let offers = KnownOffers::read(&desk, reader, of, buyer.as_ref(), limits, link, at)?;
        let offers = offers.paying(reader, pays, at)?;
        Ok(Found::new(&id, sales, buyer, offers).paying(checkout))
    });
    Ok(desk.receipt(open, &found.await?))
}

/// Waits until something came of the redemptions of a sale, so that a conflict is known while the customer stands there.
async fn redeemed(app: &App, along: &[Filed]) -> Result<(), Problem> {
    let until = app.clock.now() + app.settings.wait;
    for id in along.iter().filter_map(|filed| filed.delivery) {
        let row = app.store.read(move |reader| reader.delivery(id)).await?;
        if row.is_some_and(|row| [REDEEM_PROMOTION, REDEEM_VOUCHER].contains(&row.kind.as_str())) {
            settled_until(app, id, until).await?;
        }
    }
    Ok(())
}

pub(super) fn overtaken() -> Problem {
    Problem::overtaken("too many changed the same receipts at this moment; send the same again")
}

fn too_old() -> Problem {
    let detail = "its lines are no longer kept here; it was forgotten with its customer, or is older than the return window";
    Problem::new(StatusCode::CONFLICT, "noLongerKept", detail)
}

fn conflict(kept: Option<Filed>) -> Problem {
    let delivery = kept.and_then(|filed| filed.delivery).map(|id| id.to_string());
    let detail = match delivery {
        Some(delivery) => format!(
            "another receipt was taken under this id. This one is kept and needs attention as delivery {delivery}; \
             if it is a sale of its own, the till's numbers were reset: send it under an id that is its own"
        ),
        None => "another receipt was taken under this id".to_owned(),
    };
    Problem::new(StatusCode::CONFLICT, "otherContent", detail)
}

/// Reads a receipt and how it fares.
#[utoipa::path(
    get, path = "/v1/receipts/{id}", tag = "receipts", operation_id = "getReceipt",
    params(("id" = String, Path, description = "The receipt's identity")),
    responses(
        (status = 200, description = "The receipt", body = ReceiptView),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
    ),
)]
pub async fn get(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
) -> Result<Json<ReceiptView>, Problem> {
    read(&app, &by, &id).await.map(Json)
}

async fn read(app: &App, by: &Scope, id: &str) -> Result<ReceiptView, Problem> {
    let row = row_of(app, by, id).await?;
    let link = app.desk().document_link(id);
    Ok(ReceiptView::of(row, app.clock.now(), app.settings.claim_window).linked(link))
}

/// A receipt of a store that the caller speaks for.
async fn row_of(app: &App, by: &Scope, id: &str) -> Result<DocumentRow, Problem> {
    let key = id.to_owned();
    let row = app.store.read(move |reader| reader.document(RECEIPT, &key)).await?;
    row.filter(|row| by.reaches(&row.store)).ok_or_else(|| Problem::not_found("receipt"))
}

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Validation {
    /// The money as it would go to Engage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amounts: Option<Amounts>,
    /// What is odd about it.
    pub warnings: Vec<Finding>,
}

/// Checks a receipt and keeps nothing.
#[utoipa::path(
    post, path = "/v1/receipts/validate", tag = "receipts", operation_id = "validateReceipt",
    request_body = ReceiptBody,
    responses(
        (status = 200, description = "It would go to Engage", body = Validation),
        (status = 400, description = "Not JSON, or it names no store", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "The token doesn't speak for this store", body = Problem),
        (status = 422, description = "Every fault at once", body = Problem),
    ),
)]
pub async fn validate(
    State(app): State<App>,
    AsTill(by): AsTill,
    Raw(body): Raw,
) -> Result<Json<Validation>, Problem> {
    let said =
        Said { id: "validate", body: &body, by: &by, at: app.clock.now(), new_contact_id: String::new() };
    let open = app.desk().open_receipt(said)?;
    let (_, taken) = take(&app, open, "").await?.without_faults()?.split();
    let (_, warnings) = split(taken.findings);
    Ok(Json(Validation { amounts: taken.amounts, warnings }))
}

/// Keeps a body that can't be taken, and says why it can't.
pub(super) async fn quarantine(app: &App, by: &Scope, path: &str, body: &[u8], refusal: Refusal) -> Problem {
    let keep = Command::Quarantine(store::Quarantine {
        at: app.clock.now(),
        path: path.to_owned(),
        by: by.name.clone(),
        reason: refusal.to_string(),
        body: body.to_vec(),
    });
    app.metrics.quarantined();
    match app.store.submit(keep).await {
        Ok(_) => Problem::from(refusal).kept_for_operators(),
        Err(error) => error.into(),
    }
}

fn location(id: &str) -> HeaderValue {
    let path = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC);
    HeaderValue::try_from(format!("/v1/receipts/{path}")).unwrap_or(HeaderValue::from_static("/v1/receipts"))
}
