//! Claiming a sale that named no customer.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use store::{Accepted, AlongRow, DocumentRow, FindContact, SaleRow};

use super::super::auth::AsTill;
use super::super::body::Raw;
use super::super::contacts::forgotten;
use super::super::problem::Problem;
use super::super::schema::ContactBody;
use super::super::view::{ReceiptState, ReceiptView};
use super::super::{App, ROUNDS_MAX};
use super::{overtaken, read, row_of, too_old};
use crate::delivery::VOUCHER_NEEDS_CONTACT;
use crate::desk::{CLAIM, OpenClaim, RECEIPT, REDEMPTION, Said, follows, taken_of};

/// Claims an anonymous receipt for a customer.
///
/// For a customer who forgot the card and comes back with the receipt. What was taken back of it meanwhile goes along. The
/// same again gets the same answer.
#[utoipa::path(
    post, path = "/v1/receipts/{id}/contact", tag = "receipts", operation_id = "claimReceipt",
    params(("id" = String, Path, description = "The receipt's identity")),
    request_body = ContactBody,
    responses(
        (status = 201, description = "Claimed, on disk", body = ReceiptView),
        (status = 200, description = "The same customer had claimed it", body = ReceiptView),
        (status = 400, description = "Not JSON", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
        (status = 409, description = "`notClaimable`: it names a customer, was voided, or never goes; `claimExpired`; `noLongerKept`", body = Problem),
        (status = 410, description = "`contactForgotten`", body = Problem),
        (status = 422, description = "Faults, all at once", body = Problem),
        (status = 503, description = "The disk failed, or too many changed it at once; send it again", body = Problem),
    ),
)]
pub async fn claim(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    for _ in 0..ROUNDS_MAX {
        let row = row_of(&app, &by, &id).await?;
        let new_contact_id = app.clock.new_contact_id();
        let said = Said { id: &id, body: &body, by: &by, at: app.clock.now(), new_contact_id };
        let claim = app.desk().open_claim(said, &row.store)?;
        refuse_forgotten(&app, &claim).await?;
        let (receipt, returns) = claimable(&app, &row).await?;
        let waiting: Vec<String> = receipt
            .along
            .iter()
            .filter(|along| needs_contact(along))
            .map(|along| along.key.clone())
            .collect();
        let redemptions = app.store.read(move |reader| reader.sales(REDEMPTION, &waiting)).await?;
        let accept = app.desk().claim(claim, &receipt, &returns, &redemptions);
        match app.accept(accept).await? {
            Accepted::New(_) => {
                app.metrics.accepted(CLAIM);
                return Ok((StatusCode::CREATED, Json(read(&app, &by, &id).await?)).into_response());
            }
            Accepted::Repeated(_) => {
                app.metrics.repeated(CLAIM);
                return Ok(Json(read(&app, &by, &id).await?).into_response());
            }
            Accepted::Conflict { .. } => {
                return Err(not_claimable("another customer has claimed it"));
            }
            Accepted::Overtaken => {}
        }
    }
    Err(overtaken())
}

/// Whether it is a voucher that waits for its customer.
fn needs_contact(along: &AlongRow) -> bool {
    let note = along.delivery.as_ref().and_then(|delivery| delivery.note.as_ref());
    along.kind == REDEMPTION && note.is_some_and(|note| note.code == VOUCHER_NEEDS_CONTACT)
}

/// Nobody who was forgotten gets anything.
async fn refuse_forgotten(app: &App, claim: &OpenClaim<'_>) -> Result<(), Problem> {
    let aliases = app.desk().aliases(claim.who());
    let known = app.store.read(move |reader| {
        let known = aliases.iter().map(|alias| reader.known(&FindContact::Alias(*alias)));
        let tombs = aliases.iter().map(|alias| reader.is_forgotten(alias)).collect::<Result<Vec<_>, _>>()?;
        Ok((known.collect::<Result<Vec<_>, _>>()?, tombs))
    });
    let (known, tombs) = known.await?;
    let is_forgotten = tombs.contains(&true) || known.iter().flatten().any(|known| known.forgotten);
    if is_forgotten { Err(forgotten()) } else { Ok(()) }
}

/// The receipt and what only takes something back of it, if it can be claimed, or was.
async fn claimable(app: &App, row: &DocumentRow) -> Result<(SaleRow, Vec<SaleRow>), Problem> {
    let key = row.key.clone();
    let (claimed, sales) = app
        .store
        .read(move |reader| Ok((reader.document(CLAIM, &key)?.is_some(), reader.sales(RECEIPT, &[key])?)))
        .await?;
    let receipt = sales.into_iter().next().ok_or_else(too_old)?;
    if claimed {
        // Whether it is the same claim, the store knows.
        return Ok((receipt, Vec::new()));
    }
    let window = app.settings.claim_window;
    match ReceiptView::state_of(row, app.clock.now(), window) {
        ReceiptState::Unclaimed => {}
        ReceiptState::Expired => {
            let detail = format!(
                "a sale may be claimed for {} days; this one is older",
                window.as_secs() / (24 * 3_600)
            );
            return Err(Problem::new(StatusCode::CONFLICT, "claimExpired", detail));
        }
        ReceiptState::NotSent => return Err(not_claimable("it never goes to Engage")),
        _ if row.voided.is_some() => return Err(not_claimable("it was voided")),
        ReceiptState::NeedsAttention if row.contact.is_none() => {
            return Err(not_claimable("it needs attention: have an operator correct its content"));
        }
        _ => return Err(not_claimable("it names a customer already")),
    }
    let named = taken_of(&receipt);
    let sales = app.store.read(move |reader| reader.sales(RECEIPT, &named)).await?;
    if let Some(sale) = follows(&receipt, &sales) {
        let why = format!("it takes something back of {}, which is nobody's yet; claim that", sale.key);
        return Err(not_claimable(&why));
    }
    let withheld = receipt.drawn.iter().filter(|drawn| !drawn.contact && drawn.delivery.is_none());
    let keys: Vec<String> = withheld.map(|drawn| drawn.key.clone()).collect();
    let returns = app.store.read(move |reader| reader.sales(RECEIPT, &keys)).await?;
    Ok((receipt, returns))
}

fn not_claimable(why: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "notClaimable", format!("the receipt can't be claimed: {why}"))
}
