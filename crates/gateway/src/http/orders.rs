//! `/v1/orders`: orders of tills and web shops, and the actions that they trigger.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::{AboutRow, Accept, Accepted, DeliveryId, DeliveryState, Filed};
use utoipa::ToSchema;

use super::auth::AsTill;
use super::body::Raw;
use super::contacts::{idempotency_key, other_content, settled};
use super::problem::{Finding, Problem};
use super::schema::{ActionBody, OrderBody};
use super::view::{DeliveryView, public_id, split};
use super::{App, ROUNDS_MAX};
use crate::desk::{ACTION, KnownOrder, ORDER, ORDER_DELETION, Said, Scope, TakenOrder, order_subject};
use crate::frozen::{FrozenAction, FrozenOrder};

/// An order and how it fares.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderView {
    /// Its identity, of the till's making.
    pub order_id: String,
    /// The store that said the newest of it.
    pub store: String,
    /// How its newest state fares.
    pub state: OrderState,
    /// When its newest state was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub accepted_at: jiff::Timestamp,
    /// The contact it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// What it comes to.
    #[serde(
        with = "rust_decimal::serde::arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total: Option<rust_decimal::Decimal>,
    /// ISO 4217 code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<&'static str>,
    /// What was odd about it; it goes to Engage all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Finding>,
    /// What was said of it, the newest last: its states, and its deletion.
    pub changes: Vec<OrderChangeView>,
    /// What was triggered of it, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<OrderActionView>,
}

/// How an order fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum OrderState {
    /// Kept here; on its way to Engage.
    Accepted,
    /// Engage has it.
    Delivered,
    /// A person must decide.
    NeedsAttention,
    /// A person gave it up, or the sale that it is of was voided.
    Discarded,
    /// It was deleted here, and is or will be in Engage.
    Deleted,
}

/// Something that was said of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderChangeView {
    /// `stored` or `deleted`.
    pub what: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub accepted_at: jiff::Timestamp,
    /// The call that it owes to Engage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
}

/// An action of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderActionView {
    /// What the tenant's automation waits for.
    pub action: String,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub accepted_at: jiff::Timestamp,
    /// The call that it owes to Engage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
}

impl OrderView {
    fn of(order_id: String, known: KnownOrder) -> Option<OrderView> {
        let frozen = known.frozen();
        let newest = known.rows.iter().rev().find(|row| row.kind != ACTION)?;
        let state = state_of(newest);
        let (accepted_at, store) = (newest.accepted_at, newest.store.clone());
        let contact_id = newest.contact.clone().map(public_id);
        let (_, warnings) = split(frozen.as_ref().map(|frozen| frozen.findings.clone()).unwrap_or_default());
        let currency = frozen.as_ref().map(|frozen| frozen.settlement.money.currency);
        let total = frozen.as_ref().map(|frozen| frozen.settlement.money.total);
        let (actions, changes): (Vec<AboutRow>, Vec<AboutRow>) =
            known.rows.into_iter().partition(|row| row.kind == ACTION);
        Some(OrderView {
            order_id,
            store,
            state,
            accepted_at,
            contact_id,
            total: currency.zip(total).map(|(currency, total)| currency.decimal(total)),
            currency: currency.map(|currency| currency.code()),
            warnings,
            changes: changes.into_iter().map(OrderChangeView::of).collect(),
            actions: actions.into_iter().map(OrderActionView::of).collect(),
        })
    }
}

impl OrderChangeView {
    fn of(row: AboutRow) -> OrderChangeView {
        let what = if row.kind == ORDER_DELETION { "deleted" } else { "stored" };
        OrderChangeView { what, accepted_at: row.accepted_at, delivery: row.delivery.map(DeliveryView::of) }
    }
}

impl OrderActionView {
    fn of(row: AboutRow) -> OrderActionView {
        let action = row.frozen.as_deref().and_then(action_of).unwrap_or_default();
        OrderActionView { action, accepted_at: row.accepted_at, delivery: row.delivery.map(DeliveryView::of) }
    }
}

/// What an action is called: as an action of its own, or as the status of an order that is told of.
fn action_of(frozen: &[u8]) -> Option<String> {
    let announced = || FrozenOrder::read(frozen)?.announces.map(|announces| announces.order_status);
    FrozenAction::read(frozen).map(|frozen| frozen.action).or_else(announced)
}

fn state_of(newest: &AboutRow) -> OrderState {
    match newest.delivery.as_ref().map(|delivery| delivery.state) {
        Some(DeliveryState::NeedsAttention) => OrderState::NeedsAttention,
        Some(DeliveryState::Discarded) => OrderState::Discarded,
        _ if newest.kind == ORDER_DELETION => OrderState::Deleted,
        Some(DeliveryState::Waiting | DeliveryState::InFlight | DeliveryState::Unknown) => {
            OrderState::Accepted
        }
        Some(DeliveryState::Done) | None => OrderState::Delivered,
    }
}

/// Says how an order is now.
///
/// All of it: the state replaces the one before, here and in Engage, in the order in which they were said. Kept on disk
/// first, then stored in Engage within the call's deadline if that is soon enough. The same again is the same again. A
/// state whose `changedAt` is older than what is known here is refused.
#[utoipa::path(
    put, path = "/v1/orders/{orderId}", tag = "orders", operation_id = "putOrder",
    params(("orderId" = String, Path, description = "The order's identity, of the till's making and unique for good", example = "web-20251")),
    request_body = OrderBody,
    responses(
        (status = 201, description = "Engage has it, and it is new here", body = OrderView),
        (status = 200, description = "Engage has it, or the same was said before", body = OrderView),
        (status = 202, description = "Kept; Engage gets it later", body = OrderView),
        (status = 400, description = "Not JSON, or it names no store", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "The token doesn't speak for this store", body = Problem),
        (status = 404, description = "Another store's", body = Problem),
        (status = 409, description = "`olderOrder`: a later state is known here", body = Problem),
        (status = 413, description = "Too large", body = Problem),
        (status = 422, description = "Faults, all at once", body = Problem),
        (status = 503, description = "The disk failed; send it again", body = Problem),
    ),
)]
pub async fn put(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    for _ in 0..ROUNDS_MAX {
        let known = known(&app, &by, &id).await?;
        let is_new = known.state().is_none();
        match app.desk().order(said(&app, &by, &id, &body), &known)? {
            TakenOrder::Same => {
                app.metrics.repeated(ORDER);
                return Ok(Json(read(&app, &by, &id).await?).into_response());
            }
            TakenOrder::Older => return Err(older()),
            TakenOrder::New(accept) => {
                let done = if is_new { StatusCode::CREATED } else { StatusCode::OK };
                if let Some(filed) = file(&app, *accept).await? {
                    return answer(&app, &by, &id, filed.delivery, done).await;
                }
            }
        }
    }
    Err(overtaken())
}

/// Reads an order as it is known here, and how it fares.
#[utoipa::path(
    get, path = "/v1/orders/{orderId}", tag = "orders", operation_id = "getOrder",
    params(("orderId" = String, Path, description = "The order's identity; of a digital receipt the receipt's")),
    responses(
        (status = 200, description = "The order", body = OrderView),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
    ),
)]
pub async fn get(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
) -> Result<Json<OrderView>, Problem> {
    read(&app, &by, &id).await.map(Json)
}

/// Deletes an order in Engage. What was said of it stays known here.
#[utoipa::path(
    delete, path = "/v1/orders/{orderId}", tag = "orders", operation_id = "deleteOrder",
    params(("orderId" = String, Path, description = "The order's identity")),
    responses(
        (status = 200, description = "Engage doesn't have it any longer, now or before", body = OrderView),
        (status = 202, description = "Kept; it is deleted in Engage later", body = OrderView),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
        (status = 503, description = "The disk failed; send it again", body = Problem),
    ),
)]
pub async fn delete(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    for _ in 0..ROUNDS_MAX {
        let known = known(&app, &by, &id).await?;
        if known.rows.is_empty() {
            return Err(Problem::not_found("order"));
        }
        let Some(accept) = app.desk().order_deletion(&said(&app, &by, &id, b""), &known) else {
            return Ok(Json(read(&app, &by, &id).await?).into_response());
        };
        if let Some(filed) = file(&app, accept).await? {
            return answer(&app, &by, &id, filed.delivery, StatusCode::OK).await;
        }
    }
    Err(overtaken())
}

/// Triggers an action of an order: the tenant's automation that waits for it runs, and sends what it sends.
///
/// It follows the newest state of the order that is known here, and goes once: where its answer is lost a person decides
/// whether it goes again. With an `Idempotency-Key` the same call again triggers nothing.
#[utoipa::path(
    post, path = "/v1/orders/{orderId}/actions", tag = "orders", operation_id = "triggerOrderAction",
    params(
        ("orderId" = String, Path, description = "The order's identity"),
        ("Idempotency-Key" = Option<String>, Header, description = "An identity of the till's making, kept for good"),
    ),
    request_body = ActionBody,
    responses(
        (status = 201, description = "Triggered", body = OrderView),
        (status = 200, description = "The same was said before", body = OrderView),
        (status = 202, description = "Kept; it is triggered later", body = OrderView),
        (status = 400, description = "Not JSON, or it names no store", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "The token doesn't speak for this store", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
        (status = 409, description = "Other content was said under this idempotency key", body = Problem),
        (status = 422, description = "Faults, all at once", body = Problem),
        (status = 503, description = "The disk failed; send it again", body = Problem),
    ),
)]
pub async fn act(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(order_id): Path<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    let known = known(&app, &by, &order_id).await?;
    if known.state().is_none() {
        return Err(Problem::not_found("order"));
    }
    let key = idempotency_key(&headers, ACTION, &app.clock.new_contact_id())?;
    let accept = app.desk().order_action(said(&app, &by, &key, &body), &order_id, &known)?;
    match app.accept(accept).await? {
        Accepted::New(filed) => {
            app.metrics.accepted(ACTION);
            answer(&app, &by, &order_id, filed.delivery, StatusCode::CREATED).await
        }
        Accepted::Repeated(_) => {
            app.metrics.repeated(ACTION);
            Ok(Json(read(&app, &by, &order_id).await?).into_response())
        }
        Accepted::Conflict { .. } => Err(other_content()),
        // Nothing was expected of anything.
        Accepted::Overtaken => Err(Problem::internal()),
    }
}

fn said<'a>(app: &App, by: &'a Scope, id: &'a str, body: &'a [u8]) -> Said<'a> {
    Said { id, body, by, at: app.clock.now(), new_contact_id: app.clock.new_contact_id() }
}

/// Files something said of an order; `None` where something else was said of it in this moment.
async fn file(app: &App, accept: Accept) -> Result<Option<Filed>, Problem> {
    let kind = accept.kind;
    match app.accept(accept).await? {
        Accepted::New(filed) => {
            app.metrics.accepted(kind);
            Ok(Some(filed))
        }
        Accepted::Overtaken | Accepted::Repeated(_) | Accepted::Conflict { .. } => Ok(None),
    }
}

/// Waits for its own call, if it owes one, within the deadline, and tells how the order fares.
async fn answer(
    app: &App,
    by: &Scope,
    id: &str,
    delivery: Option<DeliveryId>,
    done: StatusCode,
) -> Result<Response, Problem> {
    let Some(delivery) = delivery else {
        return Ok((done, Json(read(app, by, id).await?)).into_response());
    };
    settled(app, delivery).await?;
    let row = app.store.read(move |reader| reader.delivery(delivery)).await?;
    let is_done = row.is_some_and(|row| row.state == DeliveryState::Done);
    let view = Json(read(app, by, id).await?);
    if is_done {
        return Ok((done, view).into_response());
    }
    let location = HeaderValue::try_from(format!("/v1/deliveries/{delivery}"));
    let mut response = (StatusCode::ACCEPTED, view).into_response();
    response.headers_mut().extend(location.ok().map(|location| (header::LOCATION, location)));
    Ok(response)
}

/// What is known of an order, if the caller may know it.
async fn known(app: &App, by: &Scope, id: &str) -> Result<KnownOrder, Problem> {
    let subject = order_subject(id);
    let rows = app.store.read(move |reader| reader.about(&subject)).await?;
    let known = KnownOrder { rows };
    match known.store() {
        Some(store) if !by.reaches(store) => Err(Problem::not_found("order")),
        _ => Ok(known),
    }
}

async fn read(app: &App, by: &Scope, id: &str) -> Result<OrderView, Problem> {
    let known = known(app, by, id).await?;
    OrderView::of(id.to_owned(), known).ok_or_else(|| Problem::not_found("order"))
}

fn older() -> Problem {
    let detail = "a later state of this order is known here, by its `changedAt`; read the order, then say what is to change";
    Problem::new(StatusCode::CONFLICT, "olderOrder", detail)
}

fn overtaken() -> Problem {
    Problem::overtaken("too many changed the same order at this moment; send the same again")
}
