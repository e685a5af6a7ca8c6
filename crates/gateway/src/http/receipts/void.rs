//! Undoing a receipt.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use store::{Accepted, DocumentRow, SaleRow};

use super::super::auth::AsTill;
use super::super::body::Raw;
use super::super::problem::Problem;
use super::super::schema::VoidBody;
use super::super::view::ReceiptView;
use super::super::{App, ROUNDS_MAX};
use super::{overtaken, read, row_of, too_old};
use crate::desk::{KnownOrder, RECEIPT, Said, VOID, order_subject};

/// Voids a receipt, whole.
///
/// What can't have reached Engage is withdrawn. Otherwise its reverse is sent as a receipt of its own, under the same id
/// with `~void`: purchases become returns and returns purchases. A receipt of which something was taken back can't be
/// voided before that was. Voiding a return makes its goods returnable again. The same again changes nothing.
#[utoipa::path(
    post, path = "/v1/receipts/{id}/void", tag = "receipts", operation_id = "voidReceipt",
    params(("id" = String, Path, description = "The receipt's identity")),
    request_body(content = VoidBody, description = "May be left out"),
    responses(
        (status = 201, description = "Voided, on disk", body = ReceiptView),
        (status = 200, description = "It was voided before", body = ReceiptView),
        (status = 400, description = "Not JSON", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
        (status = 409, description = "`hasReturns`: something of it was taken back; `isPart`; `noLongerKept`", body = Problem),
        (status = 422, description = "Faults, all at once", body = Problem),
        (status = 503, description = "The disk failed, or too many changed it at once; send it again", body = Problem),
    ),
)]
pub async fn void(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    for _ in 0..ROUNDS_MAX {
        let row = row_of(&app, &by, &id).await?;
        if row.voided.is_some() {
            return Ok(Json(read(&app, &by, &id).await?).into_response());
        }
        let (receipt, parts) = undoable(&app, &row).await?;
        let new_contact_id = app.clock.new_contact_id();
        let said = Said { id: &id, body: &body, by: &by, at: app.clock.now(), new_contact_id };
        let subject = order_subject(&id);
        let rows = app.store.read(move |reader| reader.about(&subject)).await?;
        let accept = app.desk().void(said, &receipt, &parts, &KnownOrder { rows })?;
        match app.accept(accept).await? {
            Accepted::New(_) => {
                app.metrics.accepted(VOID);
                return Ok((StatusCode::CREATED, Json(read(&app, &by, &id).await?)).into_response());
            }
            Accepted::Repeated(_) | Accepted::Overtaken => {}
            Accepted::Conflict { .. } => return Err(Problem::internal()),
        }
    }
    Err(overtaken())
}

/// The receipt and its parts, if it can be undone.
async fn undoable(app: &App, row: &DocumentRow) -> Result<(SaleRow, Vec<SaleRow>), Problem> {
    if row.part_of.is_some() {
        let detail = "this is a part of another receipt; void that one";
        return Err(Problem::new(StatusCode::CONFLICT, "isPart", detail));
    }
    let keys: Vec<String> =
        [&row.key].into_iter().chain(row.parts.iter().map(|part| &part.key)).cloned().collect();
    let (wanted, first) = (keys.len(), row.key.clone());
    let rows = app.store.read(move |reader| reader.sales(RECEIPT, &keys)).await?;
    if rows.len() < wanted {
        return Err(too_old());
    }
    let (receipt, parts): (Vec<SaleRow>, Vec<SaleRow>) = rows.into_iter().partition(|row| row.key == first);
    let taken_back: Vec<&str> =
        receipt.iter().chain(&parts).flat_map(|row| &row.drawn).map(|drawn| drawn.key.as_str()).collect();
    if !taken_back.is_empty() {
        let detail = format!("something of it was taken back by {}; void that first", taken_back.join(", "));
        return Err(Problem::new(StatusCode::CONFLICT, "hasReturns", detail));
    }
    let receipt = receipt.into_iter().next().ok_or_else(too_old)?;
    Ok((receipt, parts))
}
