//! `/v1/returnables/{id}`: sales from before the gateway, for operators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use store::Accepted;
use utoipa::ToSchema;

use super::App;
use super::auth::AsOperator;
use super::body::Raw;
use super::problem::Problem;
use super::schema::ReceiptBody;
use crate::desk::{RECEIPT, RETURNABLE, Said};

/// A sale from before the gateway, as it is kept.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReturnableView {
    /// The receipt's identity.
    pub id: String,
    /// The store that sold it.
    pub store: String,
}

/// Keeps a sale from before the gateway, so that a return of it by reference finds its lines, prices and contact, and
/// nothing is taken back twice. Engage has it from the shop's history: nothing is sent. A receipt that a till sent under the
/// same id is left alone, and what is kept is no receipt of its own: it ends with the return window, and with its contact.
#[utoipa::path(
    put, path = "/v1/returnables/{id}", tag = "receipts", operation_id = "putReturnable",
    params(("id" = String, Path, description = "The receipt's identity, as its till made it", example = "store03-2-000871")),
    request_body = ReceiptBody,
    responses(
        (status = 201, description = "Kept, on disk", body = ReturnableView),
        (status = 200, description = "The same was kept before", body = ReturnableView),
        (status = 400, description = "Not JSON, or it names no store", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token, or it doesn't speak for this store", body = Problem),
        (status = 409, description = "Other content was kept under this id, or a till sent a receipt under it; that one counts", body = Problem),
        (status = 413, description = "Too large", body = Problem),
        (status = 422, description = "It has faults, and nothing is kept", body = Problem),
        (status = 503, description = "The disk failed; send it again", body = Problem),
    ),
)]
pub async fn put(
    State(app): State<App>,
    AsOperator(by): AsOperator,
    Path(id): Path<String>,
    Raw(body): Raw,
) -> Result<(StatusCode, Json<ReturnableView>), Problem> {
    let at = app.clock.now();
    let said = Said { id: &id, body: &body, by: &by, at, new_contact_id: app.clock.new_contact_id() };
    let accept = app.desk().returnable(app.desk().open_receipt(said)?)?;
    let key = id.clone();
    if app.store.read(move |reader| reader.document(RECEIPT, &key)).await?.is_some() {
        let detail = "a till sent a receipt under this id, which counts; there is nothing to keep";
        return Err(Problem::new(StatusCode::CONFLICT, "receiptIsLive", detail));
    }
    let store = accept.store.clone();
    match app.accept(accept).await? {
        Accepted::New(_) => {
            app.metrics.accepted(RETURNABLE);
            Ok((StatusCode::CREATED, Json(ReturnableView { id, store })))
        }
        Accepted::Repeated(_) => {
            app.metrics.repeated(RETURNABLE);
            Ok((StatusCode::OK, Json(ReturnableView { id, store })))
        }
        Accepted::Conflict { .. } => {
            app.metrics.conflicted(RETURNABLE);
            let detail = "another sale was kept under this id; nothing was changed";
            Err(Problem::new(StatusCode::CONFLICT, "otherContent", detail))
        }
        Accepted::Overtaken => Err(Problem::internal()),
    }
}
