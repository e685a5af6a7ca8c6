//! `/v1/deliveries`: what is owed to Engage, for operators.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::{
    Accept, Behind, Command, DeliveryFilter, DeliveryId, DeliveryRow, DeliveryState, FindContact, Operated,
    Verdict,
};
use utoipa::ToSchema;

use super::auth::AsOperator;
use super::body::{Raw, typed};
use super::problem::Problem;
use super::receipts::{self, overtaken};
use super::view::DeliveryView;
use super::{App, ROUNDS_MAX};
use crate::delivery::{ANNOUNCE_ORDER, CREATE_CONTACT, REGISTER_RECEIPT, STORE_ORDER, UPDATE_CONTACT};
use crate::desk::{KnownHere, RECEIPT, Reach, Said, Scope, UPDATE};
use crate::frozen::FrozenUpdate;

/// Rows of a page at most.
const PAGE_MAX: u32 = 500;
/// Rows of a page where the caller doesn't say.
const PAGE: u32 = 100;
/// The longest reason for a discard, in characters.
pub const REASON_CHARS_MAX: usize = 500;
/// Why an operator's act was not done although the delivery's state allows it.
pub const OVERTAKEN: &str =
    "what it takes back may have been taken back by another since; correct its content, or leave it";

/// Which deliveries to list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Listing {
    state: Option<DeliveryState>,
    store: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryPage {
    /// The deliveries, oldest first.
    pub items: Vec<DeliveryView>,
    /// The `after` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Lists deliveries.
#[utoipa::path(
    get, path = "/v1/deliveries", tag = "deliveries", operation_id = "listDeliveries",
    params(
        ("state" = Option<String>, Query, description = "waiting, inFlight, unknown, done, needsAttention or discarded"),
        ("store" = Option<String>, Query, description = "Only this store's"),
        ("after" = Option<String>, Query, description = "The `next` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 100 where left out"),
    ),
    responses(
        (status = 200, description = "A page", body = DeliveryPage),
        (status = 400, description = "A parameter can't be read", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token, or not its store", body = Problem),
    ),
)]
pub async fn list(
    State(app): State<App>,
    AsOperator(by): AsOperator,
    listing: Result<Query<Listing>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<DeliveryPage>, Problem> {
    let Query(listing) = listing.map_err(|_| {
        let detail = "known parameters are state, store, after and limit; states are waiting, inFlight, unknown, done, needsAttention and discarded";
        Problem::new(StatusCode::BAD_REQUEST, "queryNotRead", detail)
    })?;
    let limit = listing.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let after = listing.after.as_deref().map(delivery_id).transpose()?;
    let stores = stores_in_reach(&by, listing.store)?;
    let filter = DeliveryFilter { state: listing.state, stores, after, limit };
    let rows = app.store.read(move |reader| reader.deliveries(&filter)).await?;
    let next = (rows.len() as u32 == limit).then(|| rows.last().map(|row| row.id.to_string())).flatten();
    Ok(Json(DeliveryPage { items: rows.into_iter().map(DeliveryView::of).collect(), next }))
}

fn stores_in_reach(by: &Scope, named: Option<String>) -> Result<Option<Vec<String>>, Problem> {
    match (named, &by.stores) {
        (Some(store), _) if !by.reaches(&store) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "storeNotAllowed",
            "this token doesn't speak for that store",
        )),
        (Some(store), _) => Ok(Some(vec![store])),
        (None, Reach::All) => Ok(None),
        (None, Reach::Only(stores)) => Ok(Some(stores.clone())),
    }
}

/// A delivery with what happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// What happened to it, oldest first.
    pub history: Vec<HistoryView>,
}

/// One thing that happened to a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// What.
    pub what: String,
    /// A stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Who, for operators' acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Reads one delivery and its history.
#[utoipa::path(
    get, path = "/v1/deliveries/{id}", tag = "deliveries", operation_id = "getDelivery",
    params(("id" = String, Path, description = "The delivery's number", example = "d-17")),
    responses(
        (status = 200, description = "The delivery", body = DeliveryDetail),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
    ),
)]
pub async fn get(
    State(app): State<App>,
    AsOperator(by): AsOperator,
    Path(id): Path<String>,
) -> Result<Json<DeliveryDetail>, Problem> {
    let row = reachable(&app, &by, &id).await?;
    let id = row.id;
    let history = app.store.read(move |reader| reader.history(id)).await?;
    let history = history.into_iter().map(|row| {
        let (code, detail) = row.note.map(|note| (note.code, note.detail)).unzip();
        HistoryView { at: row.at, what: row.what, code, detail, by: row.by }
    });
    Ok(Json(DeliveryDetail { delivery: DeliveryView::of(row), history: history.collect() }))
}

/// Tries a delivery again now, whatever it waits for.
#[utoipa::path(
    post, path = "/v1/deliveries/{id}/retry", tag = "deliveries", operation_id = "retryDelivery",
    params(("id" = String, Path, description = "The delivery's number")),
    responses(
        (status = 200, description = "Requeued", body = DeliveryView),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
        (status = 409, description = "Done, or under way", body = Problem),
    ),
)]
pub async fn retry(
    State(app): State<App>,
    AsOperator(by): AsOperator,
    Path(id): Path<String>,
) -> Result<Json<DeliveryView>, Problem> {
    let row = reachable(&app, &by, &id).await?;
    let retry = store::Retry { id: row.id, at: app.clock.now(), by: by.name.clone() };
    operate(&app, row.id, Command::Retry(retry)).await
}

/// Why a delivery is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiscardBody {
    /// Why, in the operator's words; no personal data.
    reason: String,
    /// What becomes of the deliveries that wait for it: `release` (they are tried on their own, where left out) or
    /// `discard`.
    #[serde(default)]
    behind: BehindWord,
}

/// What becomes of the deliveries that wait for a discarded one.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum BehindWord {
    /// They are tried on their own.
    #[default]
    Release,
    /// They are discarded too.
    Discard,
}

/// Gives a delivery up. It can be retried later all the same.
#[utoipa::path(
    post, path = "/v1/deliveries/{id}/discard", tag = "deliveries", operation_id = "discardDelivery",
    params(("id" = String, Path, description = "The delivery's number")),
    request_body = DiscardBody,
    responses(
        (status = 200, description = "Discarded", body = DeliveryView),
        (status = 400, description = "No reason, or not JSON", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
        (status = 409, description = "Done, or under way", body = Problem),
    ),
)]
pub async fn discard(
    State(app): State<App>,
    AsOperator(by): AsOperator,
    Path(id): Path<String>,
    Raw(body): Raw,
) -> Result<Json<DeliveryView>, Problem> {
    let DiscardBody { reason, behind } = typed(&body)?;
    if reason.trim().is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        let detail = format!(
            "give a `reason` of 1 to {REASON_CHARS_MAX} characters: whoever looks later wants to know"
        );
        return Err(Problem::new(StatusCode::BAD_REQUEST, "reasonMissing", detail));
    }
    let row = reachable(&app, &by, &id).await?;
    let behind = match behind {
        BehindWord::Release => Behind::Release,
        BehindWord::Discard => Behind::Discard,
    };
    let discard = store::Discard { id: row.id, at: app.clock.now(), by: by.name.clone(), reason, behind };
    operate(&app, row.id, Command::Discard(discard)).await
}

/// Reads the content that a delivery came from, as it was sent.
#[utoipa::path(
    get, path = "/v1/deliveries/{id}/content", tag = "deliveries", operation_id = "getDeliveryContent",
    params(("id" = String, Path, description = "The delivery's number")),
    responses(
        (status = 200, description = "The content", body = Object),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token", body = Problem),
        (status = 404, description = "Not there, another store's, or no longer kept", body = Problem),
    ),
)]
pub async fn content(
    State(app): State<App>,
    AsOperator(by): AsOperator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = reachable(&app, &by, &id).await?;
    let document = app.store.read(move |reader| reader.document(&row.document_kind, &row.key)).await?;
    let body = document.and_then(|document| document.body).ok_or_else(|| Problem::not_found("content"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Corrects the content of a delivery that can't have landed, and requeues it.
#[utoipa::path(
    put, path = "/v1/deliveries/{id}/content", tag = "deliveries", operation_id = "replaceDeliveryContent",
    params(("id" = String, Path, description = "The delivery's number")),
    request_body(content = Object, content_type = "application/json"),
    responses(
        (status = 200, description = "Corrected; still `needsAttention` if faults are left", body = DeliveryView),
        (status = 400, description = "Not JSON, or it names no store", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token, or another store", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
        (status = 409, description = "An attempt may have landed: Engage would ignore the correction", body = Problem),
        (status = 422, description = "An enrolment or an update with faults", body = Problem),
    ),
)]
pub async fn replace(
    State(app): State<App>,
    AsOperator(by): AsOperator,
    Path(id): Path<String>,
    Raw(body): Raw,
) -> Result<Json<DeliveryView>, Problem> {
    let row = reachable(&app, &by, &id).await?;
    for _ in 0..ROUNDS_MAX {
        let correction = correction(&app, &by, &row, &body).await?;
        match app.owe(Command::Replace(correction)).await {
            // What it takes back of a sale was worked out from what is no longer so.
            Ok(Verdict::Operate(Operated::Overtaken)) => {}
            operated => return operated_on(&app, row.id, operated).await,
        }
    }
    Err(overtaken())
}

/// What is said in the place of a delivery's content.
async fn correction(
    app: &App,
    by: &Scope,
    row: &DeliveryRow,
    body: &[u8],
) -> Result<store::Replace, Problem> {
    let at = app.clock.now();
    let new_contact_id = app.clock.new_contact_id();
    let said = Said { id: &row.key, body, by, at, new_contact_id };
    let accept = match row.kind.as_str() {
        CREATE_CONTACT => app.desk().enrolment(said)?.accept,
        UPDATE_CONTACT => update_again(app, said, row).await?,
        REGISTER_RECEIPT => {
            refuse_returned(app, row).await?;
            receipts::take(app, app.desk().open_receipt(said)?, &row.key).await?.split().0
        }
        STORE_ORDER | ANNOUNCE_ORDER => {
            let detail =
                "an order is corrected by what replaces it: put it again under its id, then discard this";
            return Err(Problem::new(StatusCode::CONFLICT, "notInThisState", detail));
        }
        _ => {
            let detail = "this has no content to correct; retry or discard it";
            return Err(Problem::new(StatusCode::CONFLICT, "notInThisState", detail));
        }
    };
    let Some(delivery) = accept.delivery else {
        let detail = "with this content nothing would be owed to Engage (training, or no contact); discard the delivery instead";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "nothingOwed", detail));
    };
    Ok(store::Replace {
        id: row.id,
        at,
        by: by.name.clone(),
        content: accept.content,
        body: accept.body,
        frozen: accept.frozen,
        contact: accept.contact,
        new_contact_id: accept.new_contact_id,
        start: delivery.start,
        role: delivery.role,
        with: accept.with,
    })
}

/// What was taken back of a receipt was worked out from its content, and is its contact's.
async fn refuse_returned(app: &App, row: &DeliveryRow) -> Result<(), Problem> {
    let key = row.key.clone();
    let document = app.store.read(move |reader| reader.document(RECEIPT, &key)).await?;
    let drawn = document.map(|document| document.drawn).unwrap_or_default();
    let Some(first) = drawn.first() else { return Ok(()) };
    let detail = format!(
        "{} takes something back of this receipt: discard that first, and correct it after this",
        first.key
    );
    Err(Problem::new(StatusCode::CONFLICT, "hasReturns", detail))
}

/// Works a corrected update out from what was said before it.
async fn update_again(app: &App, said: Said<'_>, row: &DeliveryRow) -> Result<Accept, Problem> {
    let (id, key) = (row.id, row.key.clone());
    let contact = row.contact.as_ref().ok_or_else(|| Problem::not_found("contact"))?;
    let find = FindContact::Key(contact.key);
    let (known, document) =
        app.store.read(move |reader| Ok((reader.known(&find)?, reader.document(UPDATE, &key)?))).await?;
    let before = known.map(|mut known| {
        known.changes.retain(|change| change.id < id);
        KnownHere::of(known)
    });
    let frozen = document.and_then(|document| FrozenUpdate::read(document.frozen.as_deref()?));
    let named = frozen.and_then(|frozen| frozen.contact_id).or_else(|| contact.remote_id.clone());
    let contact_id = named.unwrap_or_else(|| contact.public_id.clone());
    Ok(app.desk().update(said, &contact_id, before.as_ref())?.accept)
}

/// Performs an operator's act and shows the delivery after it.
async fn operate(app: &App, id: DeliveryId, command: Command) -> Result<Json<DeliveryView>, Problem> {
    operated_on(app, id, app.owe(command).await).await
}

/// Shows a delivery after an operator's act, or why there was none.
async fn operated_on(
    app: &App,
    id: DeliveryId,
    operated: Result<Verdict, store::Error>,
) -> Result<Json<DeliveryView>, Problem> {
    match operated? {
        Verdict::Operate(Operated::Done) => {}
        Verdict::Operate(Operated::Refused { state, may_have_landed }) => {
            return Err(refused(state, may_have_landed));
        }
        Verdict::Operate(Operated::Overtaken) => return Err(taken_meanwhile()),
        _ => return Err(Problem::not_found("delivery")),
    }
    let row = app.store.read(move |reader| reader.delivery(id)).await?;
    row.map(DeliveryView::of).map(Json).ok_or_else(|| Problem::not_found("delivery"))
}

/// Why an operator's act can't be done in this state.
pub fn refused(state: DeliveryState, may_have_landed: bool) -> Problem {
    let detail = match state {
        DeliveryState::Done => "it is done: Engage has it",
        DeliveryState::InFlight => "its call is under way; ask again in a moment",
        _ if may_have_landed => {
            "an attempt may have landed, and Engage ignores other content under the same id; retry or discard it"
        }
        _ => "this can't be done in its state",
    };
    Problem::new(StatusCode::CONFLICT, "notInThisState", detail)
}

/// Why a discarded return can't be taken up again.
fn taken_meanwhile() -> Problem {
    Problem::new(StatusCode::CONFLICT, "takenMeanwhile", OVERTAKEN)
}

/// A delivery of a store that the caller speaks for.
async fn reachable(app: &App, by: &Scope, id: &str) -> Result<DeliveryRow, Problem> {
    let Ok(id) = id.parse::<DeliveryId>() else { return Err(Problem::not_found("delivery")) };
    let row = app.store.read(move |reader| reader.delivery(id)).await?;
    row.filter(|row| by.reaches(&row.store)).ok_or_else(|| Problem::not_found("delivery"))
}

fn delivery_id(text: &str) -> Result<DeliveryId, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "queryNotRead",
            "`after` is the `next` of the page before, such as d-17",
        )
    })
}
