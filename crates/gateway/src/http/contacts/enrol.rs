//! Becoming a member.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::{Accepted, DeliveryState, Filed};
use utoipa::ToSchema;

use super::super::App;
use super::super::auth::AsTill;
use super::super::body::Raw;
use super::super::offers::AssignedOffer;
use super::super::problem::Problem;
use super::super::view::{DeliveryView, public_id};
use super::assign::welcomes;
use super::documented::Enrolment;
use super::{idempotency_key, not_found, other_content, settled};
use crate::delivery::How;
use crate::desk::{ENROLMENT, Said, TakenEnrolment};

/// A customer after enrolment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enrolled {
    /// Engage's id, or the one that Tillbridge gave until Engage has one. Either stays valid for ever.
    pub contact_id: String,
    /// How it stands.
    pub outcome: EnrolmentOutcome,
    /// The delivery, while Engage doesn't have all of it yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
    /// The welcome offers that come with the enrolment; each can be used in the sale that follows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<AssignedOffer>,
}

/// How an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EnrolmentOutcome {
    /// Engage made a new contact.
    Created,
    /// The person was a contact already; what was empty is filled.
    Existed,
    /// The person was a contact of another type, and is one of the tenant's now.
    Promoted,
    /// It is kept here and reaches Engage later; the contact id can be used at once.
    Later,
}

/// Enrols a customer.
///
/// Kept on disk first, then given to Engage within the call's deadline. Somebody who exists is filled, never
/// overwritten. With an `Idempotency-Key` the same call again gets the same answer, for good; without one, the tenant's
/// key still makes it one contact.
#[utoipa::path(
    post, path = "/v1/contacts", tag = "contacts", operation_id = "enrolContact",
    params(("Idempotency-Key" = Option<String>, Header, description = "An identity of the till's making, kept for good")),
    request_body = Enrolment,
    responses(
        (status = 201, description = "A new contact", body = Enrolled),
        (status = 200, description = "The same person, already a contact, of the tenant's type or of another", body = Enrolled),
        (status = 202, description = "Kept; Engage gets it later. The contact id works now", body = Enrolled),
        (status = 400, description = "Not JSON, or it names no store", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "The token doesn't speak for this store", body = Problem),
        (status = 409, description = "Other content was said under this idempotency key", body = Problem),
        (status = 422, description = "Faults, all at once; or `needsMoreFields`", body = Problem),
        (status = 503, description = "The disk failed; send it again", body = Problem),
    ),
)]
pub async fn enrol(
    State(app): State<App>,
    AsTill(by): AsTill,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    let new_contact_id = app.clock.new_contact_id();
    // Without a till's key it has an identity of its own: what keeps it one contact is the person's key.
    let key = idempotency_key(&headers, ENROLMENT, &new_contact_id)?;
    let said = Said { id: &key, body: &body, by: &by, at: app.clock.now(), new_contact_id };
    let TakenEnrolment { accept, .. } = app.desk().enrolment(said)?;
    match app.accept(accept).await? {
        Accepted::New(filed) => {
            app.metrics.accepted(ENROLMENT);
            settle(&app, filed).await
        }
        Accepted::Repeated(filed) => {
            app.metrics.repeated(ENROLMENT);
            settle(&app, filed).await
        }
        Accepted::Conflict { .. } => Err(other_content()),
        // Nothing was expected of the contact.
        Accepted::Overtaken => Err(Problem::internal()),
    }
}

/// Waits for an enrolment's delivery and tells how it stands.
async fn settle(app: &App, filed: Filed) -> Result<Response, Problem> {
    let how = match filed.delivery {
        Some(id) => settled(app, id).await?,
        None => None,
    };
    let offers = welcomes(app, &filed.along).await?;
    let contact_id = filed.contact.as_ref().map(|contact| contact.public_id.clone()).unwrap_or_default();
    let (contact, delivery) = app
        .store
        .read(move |reader| {
            let contact = reader.contact_by_id(&contact_id)?;
            Ok((contact, filed.delivery.map(|id| reader.delivery(id)).transpose()?.flatten()))
        })
        .await?;
    let contact = contact.or(filed.contact).ok_or_else(not_found)?;
    let is_done = delivery.as_ref().is_none_or(|delivery| delivery.state == DeliveryState::Done);
    let (outcome, status) = match (how, is_done && contact.remote_id.is_some()) {
        (Some(How::Created), true) => (EnrolmentOutcome::Created, StatusCode::CREATED),
        (Some(How::Promoted), true) => (EnrolmentOutcome::Promoted, StatusCode::OK),
        (_, true) => (EnrolmentOutcome::Existed, StatusCode::OK),
        (_, false) => (EnrolmentOutcome::Later, StatusCode::ACCEPTED),
    };
    let delivery = delivery.filter(|_| outcome == EnrolmentOutcome::Later).map(DeliveryView::of);
    let location = delivery.as_ref().and_then(DeliveryView::location);
    let enrolled = Enrolled { contact_id: public_id(contact), outcome, delivery, offers };
    let mut response = (status, Json(enrolled)).into_response();
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}
