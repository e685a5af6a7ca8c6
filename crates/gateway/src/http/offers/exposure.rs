//! What was taken off sales for offers that Engage hasn't yet confirmed.

use axum::Json;
use axum::extract::State;
use pos::money::{Amount as Minor, Currency};
use serde::Serialize;
use store::ExposureRow;
use utoipa::ToSchema;

use crate::desk::{Reach, exposure_parts};
use crate::http::App;
use crate::http::auth::AsOperator;
use crate::http::problem::Problem;
use crate::profile::Amount;

/// Buckets that are shown at most, the newest.
const EXPOSURES_MAX: u32 = 1_000;

/// What was taken off sales for offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exposures {
    /// By store, day, currency and what goes by one limit; the newest first.
    pub items: Vec<ExposureView>,
}

/// What one store took off on one day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExposureView {
    /// The store.
    pub store: String,
    /// The day, by the tills' time.
    pub day: String,
    /// What goes by one limit: `voucher`, a promotion's code, or `promotion` for all that the shop hasn't listed.
    pub of: String,
    /// What is still to be redeemed: what may be lost.
    pub open: Amount,
    /// All of the day, settled or not.
    pub all: Amount,
    /// How many offers.
    pub count: u64,
}

/// What was taken off sales for offers, and what of it Engage hasn't confirmed.
///
/// What is open may be lost: it is redeemed as soon as Engage can be asked, and what fails then is an exception, which
/// stays open until somebody accounts for it.
#[utoipa::path(
    get, path = "/v1/exposure", tag = "offers", operation_id = "getExposure",
    responses(
        (status = 200, description = "By store and day", body = Exposures),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token", body = Problem),
    ),
)]
pub async fn exposure(
    State(app): State<App>,
    AsOperator(by): AsOperator,
) -> Result<Json<Exposures>, Problem> {
    let stores = match &by.stores {
        Reach::All => None,
        Reach::Only(stores) => Some(stores.clone()),
    };
    let rows = app.store.read(move |reader| reader.exposures(stores.as_deref(), EXPOSURES_MAX)).await?;
    Ok(Json(Exposures { items: rows.iter().filter(|row| row.open > 0).filter_map(view).collect() }))
}

fn view(row: &ExposureRow) -> Option<ExposureView> {
    let (store, day, currency, of) = exposure_parts(&row.bucket)?;
    let currency = Currency::parse(currency).ok()?;
    let amount = |minor: i64| Amount {
        amount: currency.decimal(Minor::from_minor(minor)),
        currency: currency.code().to_owned(),
    };
    Some(ExposureView {
        store: store.to_owned(),
        day: day.to_owned(),
        of: of.to_owned(),
        open: amount(row.open),
        all: amount(row.all),
        count: row.count,
    })
}
