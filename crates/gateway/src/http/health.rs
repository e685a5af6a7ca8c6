//! Health and figures.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::ExposureRow;
use utoipa::ToSchema;

use super::App;
use super::problem::Problem;
use crate::delivery::Health;
use crate::desk::exposure_parts;

/// Buckets of exposure that are looked at, the newest.
const EXPOSURES_MAX: u32 = 1_000;

/// How the gateway fares.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthView {
    /// `ok`.
    pub status: &'static str,
    /// Whether Engage can be reached: `up` or `down`. Down is no fault of the gateway's: tills go on selling.
    pub engage: &'static str,
    /// The version.
    pub version: &'static str,
}

/// Whether the process lives.
#[utoipa::path(
    get, path = "/healthz", tag = "operations", operation_id = "live", security(()),
    responses((status = 200, description = "It lives", body = HealthView)),
)]
pub async fn live(State(app): State<App>) -> Json<HealthView> {
    Json(view(&app))
}

/// Whether sales can be taken: the data directory can be read. Engage being out of reach doesn't matter here.
#[utoipa::path(
    get, path = "/readyz", tag = "operations", operation_id = "ready", security(()),
    responses(
        (status = 200, description = "Sales can be taken", body = HealthView),
        (status = 503, description = "The data directory can't be read", body = Problem),
    ),
)]
pub async fn ready(State(app): State<App>) -> Result<Json<HealthView>, Problem> {
    app.store.read(|reader| reader.tokens().map(drop)).await?;
    Ok(Json(view(&app)))
}

fn view(app: &App) -> HealthView {
    let engage = match app.dispatcher.health() {
        Health::Up => "up",
        Health::Down => "down",
    };
    HealthView { status: "ok", engage, version: env!("CARGO_PKG_VERSION") }
}

/// Figures for Prometheus. No personal data in any of them.
#[utoipa::path(
    get, path = "/metrics", tag = "operations", operation_id = "metrics", security(()),
    responses(
        (status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"),
        (status = 503, description = "The data directory can't be read", body = Problem),
    ),
)]
pub async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let (counts, oldest, bytes, exposures) = app
        .store
        .read(|reader| {
            let exposures = reader.exposures(None, EXPOSURES_MAX)?;
            Ok((reader.counts()?, reader.oldest_undelivered()?, reader.disk_bytes()?, exposures))
        })
        .await?;
    app.metrics.queue(&counts, oldest.map(|at| app.clock.now().duration_since(at)), bytes);
    app.metrics.offers(&open(&exposures), &counts);
    let text = app.metrics.text();
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, kind)], text).into_response())
}

/// What is still to be redeemed, in minor units, by store and currency.
fn open(exposures: &[ExposureRow]) -> BTreeMap<(&str, &str), i64> {
    let mut open = BTreeMap::new();
    for row in exposures {
        if let Some((store, _, currency, _)) = exposure_parts(&row.bucket) {
            *open.entry((store, currency)).or_default() += row.open;
        }
    }
    open
}
