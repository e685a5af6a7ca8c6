//! `/v1/quarantine`: bodies that could not be read, for operators.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::auth::AsAdministrator;
use super::problem::Problem;

/// Rows shown at most; the store keeps a bounded number.
const ROWS_MAX: u32 = 200;

/// A body that could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantineView {
    /// Its number.
    pub id: i64,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// The path it was sent to.
    pub path: String,
    /// The token's name that sent it.
    pub by: String,
    /// What is wrong with it.
    pub reason: String,
    /// The body, cut to a bound; what is no UTF-8 in it is replaced.
    pub body: String,
}

/// Lists bodies that could not be read, newest first. An administrator's, for nobody knows which store's they are.
#[utoipa::path(
    get, path = "/v1/quarantine", tag = "deliveries", operation_id = "listQuarantine",
    responses(
        (status = 200, description = "What could not be read", body = Vec<QuarantineView>),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an administrator's token", body = Problem),
    ),
)]
pub async fn list(State(app): State<App>, _: AsAdministrator) -> Result<Json<Vec<QuarantineView>>, Problem> {
    let rows = app.store.read(|reader| reader.quarantine(ROWS_MAX)).await?;
    let view = |row: store::QuarantineRow| QuarantineView {
        id: row.id,
        at: row.at,
        path: row.path,
        by: row.by,
        reason: row.reason,
        body: String::from_utf8_lossy(&row.body).into_owned(),
    };
    Ok(Json(rows.into_iter().map(view).collect()))
}
