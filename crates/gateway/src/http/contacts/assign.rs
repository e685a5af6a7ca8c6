//! Giving a promotion to a customer.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use store::{Accepted, Filed};

use super::{ById, by_id, forgotten, idempotency_key, other_content, settled};
use crate::desk::{ASSIGNMENT, Said};
use crate::http::App;
use crate::http::auth::AsTill;
use crate::http::body::Raw;
use crate::http::offers::{AssignedOffer, link};
use crate::http::problem::Problem;
use crate::http::schema::PromotionBody;

/// Gives a promotion to a customer.
///
/// Kept on disk first, then assigned in Engage within the call's deadline. The offer can be used in a sale at once, by its
/// `offerId`, whatever Engage has answered. With an `Idempotency-Key` the same call again gets the same offer, for good;
/// a welcome comes to each customer once, whoever asks.
#[utoipa::path(
    post, path = "/v1/contacts/{contactId}/promotions", tag = "offers", operation_id = "assignPromotion",
    params(
        ("contactId" = String, Path, description = "Any id the contact ever had"),
        ("Idempotency-Key" = Option<String>, Header, description = "An identity of the till's making, kept for good"),
    ),
    request_body = PromotionBody,
    responses(
        (status = 201, description = "Assigned", body = AssignedOffer),
        (status = 200, description = "The same was said before, or the customer has it", body = AssignedOffer),
        (status = 202, description = "Kept; Engage gets it later. The offer can be used", body = AssignedOffer),
        (status = 400, description = "Not JSON, or it names no store", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "The token doesn't speak for this store", body = Problem),
        (status = 404, description = "No such contact", body = Problem),
        (status = 409, description = "Other content was said under this idempotency key", body = Problem),
        (status = 410, description = "`contactForgotten`", body = Problem),
        (status = 422, description = "Faults, all at once", body = Problem),
        (status = 503, description = "The disk failed; send it again", body = Problem),
    ),
)]
pub async fn assign(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(contact_id): Path<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    if let ById::Forgotten(_) = by_id(&app, &contact_id).await? {
        return Err(forgotten());
    }
    let new_contact_id = app.clock.new_contact_id();
    let key = idempotency_key(&headers, ASSIGNMENT, &new_contact_id)?;
    let said = Said { id: &key, body: &body, by: &by, at: app.clock.now(), new_contact_id };
    let asked = app.clone();
    let looked_up = app.store.read(move |reader| asked.desk().looked_up(reader)).await?;
    let (accept, frozen) = app.desk().assignment_for(said, &contact_id, &looked_up)?;
    let (filed, new) = match app.accept(accept).await? {
        Accepted::New(filed) => {
            app.metrics.accepted(ASSIGNMENT);
            (filed, true)
        }
        Accepted::Repeated(filed) => {
            app.metrics.repeated(ASSIGNMENT);
            (filed, false)
        }
        Accepted::Conflict { .. } => return Err(other_content()),
        // Nothing was expected of anything.
        Accepted::Overtaken => return Err(Problem::internal()),
    };
    if let Some(id) = filed.delivery {
        settled(&app, id).await?;
    }
    let offer = assigned(&app, &filed, &frozen.code, frozen.name.clone()).await?;
    let offer = offer.ok_or_else(Problem::internal)?;
    let status = match (offer.assignment_id.is_some(), new) {
        (true, true) => StatusCode::CREATED,
        (true, false) => StatusCode::OK,
        (false, _) if offer.state.is_final() => StatusCode::OK,
        (false, _) => StatusCode::ACCEPTED,
    };
    let location = filed.delivery.map(|id| HeaderValue::try_from(format!("/v1/deliveries/{id}")));
    let mut response = (status, Json(offer)).into_response();
    let location = location.and_then(Result::ok).filter(|_| status == StatusCode::ACCEPTED);
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}

/// How an assignment stands that was filed.
pub(super) async fn assigned(
    app: &App,
    filed: &Filed,
    code: &str,
    name: Option<String>,
) -> Result<Option<AssignedOffer>, Problem> {
    let Some(id) = filed.delivery else { return Ok(None) };
    let Some(row) = app.store.read(move |reader| reader.delivery(id)).await? else { return Ok(None) };
    let offer_id = app.desk().offer_id(&row.key, code);
    let (names, at) = ([offer_id.clone()], app.clock.now());
    let offers = app.store.read(move |reader| reader.offers(&names, at)).await?;
    Ok(Some(AssignedOffer::of(code, name, offer_id, &row, offers.first(), link(app))))
}

/// How the welcomes stand that came with an enrolment.
pub(super) async fn welcomes(app: &App, along: &[Filed]) -> Result<Vec<AssignedOffer>, Problem> {
    let mut offers = Vec::new();
    let until = app.clock.now() + app.settings.wait;
    for filed in along {
        let Some(id) = filed.delivery else { continue };
        super::settled_until(app, id, until).await?;
        let Some(row) = app.store.read(move |reader| reader.delivery(id)).await? else { continue };
        let promotions = app.settings.offers.promotions.iter();
        let mut welcomes = promotions.filter(|one| row.key.ends_with(&format!("/{}", one.code)));
        let Some(promotion) = welcomes.next() else { continue };
        offers.extend(assigned(app, filed, &promotion.code, Some(promotion.name.clone())).await?);
    }
    Ok(offers)
}
