//! `/v1/checkouts`: a basket before it is paid, priced with its offers, which are held for it.

mod look;
mod view;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use store::{CheckoutRow, CheckoutState, Command, Held, Release, Released, Verdict};

use self::view::CheckoutView;
use super::auth::AsTill;
use super::body::Raw;
use super::contacts::forgotten;
use super::problem::Problem;
use super::schema::CheckoutBody;
use super::{App, ROUNDS_MAX};
use crate::desk::{KnownBasket, OpenCheckout, Said, Scope, TakenCheckout, WantedBasket};

/// Prices a basket and holds its offers.
///
/// The same form as a receipt, without payments. A discount row that names an offer without a figure gets it from the
/// offer; with a figure, the till's counts. Every offer is verified in Engage while it answers, and held for this checkout
/// until `holdUntil`; those that can't be used are `notHeld`, with why. Put again under the same id it is priced anew,
/// and its hold begins anew: so a basket changes, and another till of the store takes it over. The receipt that pays it
/// names it as `checkout`, and copies the discount rows.
#[utoipa::path(
    put, path = "/v1/checkouts/{id}", tag = "offers", operation_id = "putCheckout",
    params(("id" = String, Path, description = "The checkout's identity, of the till's making", example = "store03-2-c871")),
    request_body = CheckoutBody,
    responses(
        (status = 201, description = "Priced and held", body = CheckoutView),
        (status = 200, description = "Priced anew; its earlier offers are free again", body = CheckoutView),
        (status = 400, description = "Not JSON, or it names no store", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "The token doesn't speak for this store", body = Problem),
        (status = 404, description = "Another store's", body = Problem),
        (status = 409, description = "`checkoutPaid` or `checkoutReleased`: it has ended", body = Problem),
        (status = 410, description = "`contactForgotten`", body = Problem),
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
    let said = said(&app, &by, &id, &body);
    let open = app.desk().open_checkout(said)?;
    let wanted = app.desk().wanted_by_checkout(&open);
    let known = read(&app, &open, &wanted).await?;
    is_open(&known, &open)?;
    app.desk().check_basket(&open, &known)?;
    let before = known.seen();
    let sight = look::look(&app, &wanted, known.buyer).await?;
    let mut taken = Vec::new();
    for _ in 0..ROUNDS_MAX {
        // As of now: the look took its time.
        let open = app.desk().open_checkout(self::said(&app, &by, &id, &body))?;
        let mut known = read(&app, &open, &wanted).await?.seen_before(before.clone());
        known.learn(&taken);
        let is_new = is_open(&known, &open)?;
        let TakenCheckout { hold, frozen } = app.desk().checkout(&open, &known, &wanted, &sight)?;
        let (store, until) = (hold.store.clone(), hold.until);
        match app.store.submit(Command::Hold(hold)).await? {
            Verdict::Hold(Held::Held) => {
                let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
                let view = CheckoutView::of(id, store, CheckoutState::Open, until, None, frozen);
                return Ok((status, Json(view)).into_response());
            }
            // Another took one of them in this moment.
            Verdict::Hold(Held::Taken(rows)) => taken = rows,
            Verdict::Hold(Held::Ended(state)) => return Err(ended(state)),
            _ => return Err(Problem::internal()),
        }
    }
    Err(Problem::overtaken("too many want the same offers at this moment; send the same again"))
}

/// Reads a checkout.
#[utoipa::path(
    get, path = "/v1/checkouts/{id}", tag = "offers", operation_id = "getCheckout",
    params(("id" = String, Path, description = "The checkout's identity")),
    responses(
        (status = 200, description = "The checkout, as it was last priced", body = CheckoutView),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "Not there, no longer kept, or another store's", body = Problem),
        (status = 410, description = "`contactForgotten`", body = Problem),
    ),
)]
pub async fn get(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
) -> Result<Json<CheckoutView>, Problem> {
    let row = row_of(&app, &by, &id).await?;
    let frozen = row.frozen.as_deref().ok_or_else(forgotten)?;
    let frozen = crate::frozen::FrozenCheckout::read(frozen).ok_or_else(Problem::internal)?;
    Ok(Json(CheckoutView::of(row.key, row.store, row.state, row.until, row.paid_by, frozen)))
}

/// Gives a checkout up: its offers are free again at once.
#[utoipa::path(
    delete, path = "/v1/checkouts/{id}", tag = "offers", operation_id = "releaseCheckout",
    params(("id" = String, Path, description = "The checkout's identity")),
    responses(
        (status = 204, description = "Released, now or before"),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "Not there, or another store's", body = Problem),
        (status = 409, description = "`checkoutPaid`: a receipt has paid it", body = Problem),
        (status = 503, description = "The disk failed; send it again", body = Problem),
    ),
)]
pub async fn release(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    row_of(&app, &by, &id).await?;
    let release = Command::Release(Release { key: id, at: app.clock.now() });
    match app.store.submit(release).await? {
        Verdict::Release(Released::Released | Released::Ended(CheckoutState::Released)) => {
            Ok(StatusCode::NO_CONTENT)
        }
        Verdict::Release(Released::Ended(state)) => Err(ended(state)),
        Verdict::Release(Released::NotFound) => Err(not_there()),
        _ => Err(Problem::internal()),
    }
}

fn said<'a>(app: &App, by: &'a Scope, id: &'a str, body: &'a [u8]) -> Said<'a> {
    Said { id, body, by, at: app.clock.now(), new_contact_id: app.clock.new_contact_id() }
}

async fn read(app: &App, open: &OpenCheckout<'_>, wanted: &WantedBasket) -> Result<KnownBasket, Problem> {
    let (id, store, day) = (open.id().to_owned(), open.store().to_owned(), open.at());
    let (asked, wanted, at) = (app.clone(), wanted.clone(), app.clock.now());
    let known = app
        .store
        .read(move |reader| KnownBasket::read(&asked.desk(), reader, (&id, &store), &wanted, day, at))
        .await?;
    Ok(known)
}

/// Whether it can be written, and is new.
fn is_open(known: &KnownBasket, open: &OpenCheckout<'_>) -> Result<bool, Problem> {
    match &known.row {
        None => Ok(true),
        Some(row) if row.store != open.store() => Err(not_there()),
        Some(row) => match row.state {
            CheckoutState::Open | CheckoutState::Expired => Ok(false),
            ended_as @ (CheckoutState::Paid | CheckoutState::Released) => Err(ended(ended_as)),
        },
    }
}

/// A checkout of a store that the caller speaks for.
async fn row_of(app: &App, by: &Scope, id: &str) -> Result<CheckoutRow, Problem> {
    let (key, at) = (id.to_owned(), app.clock.now());
    let row = app.store.read(move |reader| reader.checkout(&key, at)).await?;
    row.filter(|row| by.reaches(&row.store)).ok_or_else(not_there)
}

fn not_there() -> Problem {
    Problem::not_found("checkout")
}

fn ended(state: CheckoutState) -> Problem {
    let (code, detail) = match state {
        CheckoutState::Paid => {
            ("checkoutPaid", "a receipt has paid this checkout; begin another under an id of its own")
        }
        CheckoutState::Released | CheckoutState::Open | CheckoutState::Expired => {
            ("checkoutReleased", "this checkout was given up; begin another under an id of its own")
        }
    };
    Problem::new(StatusCode::CONFLICT, code, detail)
}
