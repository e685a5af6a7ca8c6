//! Changing what is known of a contact: only what is sent.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::{Accepted, DeliveryRow, DeliveryState, Filed, FindContact};
use utoipa::ToSchema;

use super::super::auth::AsTill;
use super::super::body::Raw;
use super::super::problem::Problem;
use super::super::view::DeliveryView;
use super::super::{App, ROUNDS_MAX};
use super::documented::Update;
use super::{ById, at_till, by_id, forgotten, idempotency_key, other_content, settled};
use crate::delivery::NEWER_IN_ENGAGE;
use crate::desk::{KnownHere, Said, Scope, TakenUpdate, UPDATE};
use crate::frozen::is_local_id;
use crate::profile::Profile;

/// A contact after an update.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Updated {
    /// Engage's id, or the one that Tillbridge gave until Engage has one. Either stays valid for ever.
    pub contact_id: String,
    /// How it stands.
    pub outcome: UpdateOutcome,
    /// What somebody else changed in Engage since, and was left alone: names of fields, `preferences/…`, `consents/…`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_overwritten: Vec<String>,
    /// What is known of the contact now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The delivery, while Engage doesn't have the update yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
}

/// How an update stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum UpdateOutcome {
    /// Engage has it.
    Updated,
    /// Engage had it already, or all of it was changed by somebody else since.
    Unchanged,
    /// It is kept here and reaches Engage later, or a person must look at its delivery.
    Later,
}

/// Changes a contact.
///
/// Only what is sent changes; `clear` names what is to be emptied. Kept on disk first, then given to Engage within the
/// call's deadline. What somebody else changed in Engage since it was last seen here is left alone and named in
/// `notOverwritten`. With an `Idempotency-Key` the same call again gets the same answer.
#[utoipa::path(
    patch, path = "/v1/contacts/{contactId}", tag = "contacts", operation_id = "updateContact",
    params(
        ("contactId" = String, Path, description = "The contact's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "An identity of the till's making, kept for good"),
    ),
    request_body = Update,
    responses(
        (status = 200, description = "Engage has it", body = Updated),
        (status = 202, description = "Kept; Engage gets it later, or a person must look at the delivery", body = Updated),
        (status = 400, description = "Not JSON, or it names no store", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "The token doesn't speak for this store", body = Problem),
        (status = 404, description = "`contactNotFound`", body = Problem),
        (status = 409, description = "Other content was said under this idempotency key", body = Problem),
        (status = 410, description = "`contactForgotten`", body = Problem),
        (status = 422, description = "Faults, all at once", body = Problem),
        (status = 503, description = "The disk failed, or too many changed this contact at once; send it again", body = Problem),
    ),
)]
pub async fn update(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    let new_contact_id = app.clock.new_contact_id();
    let key = idempotency_key(&headers, UPDATE, &new_contact_id)?;
    let filed = take(&app, &by, &id, &key, &body, &new_contact_id).await?;
    settle(&app, &by, &id, filed).await
}

/// Has it kept, worked out from the newest there is.
async fn take(
    app: &App,
    by: &Scope,
    id: &str,
    key: &str,
    body: &[u8],
    new_contact_id: &str,
) -> Result<Filed, Problem> {
    for _ in 0..ROUNDS_MAX {
        let known = match by_id(app, id).await? {
            ById::Known(known) => Some(known),
            ById::Stranger(_) => None,
            ById::Forgotten(_) => return Err(forgotten()),
        };
        let new_contact_id = new_contact_id.to_owned();
        let said = Said { id: key, body, by, at: app.clock.now(), new_contact_id };
        let TakenUpdate { accept, .. } = app.desk().update(said, id, known.as_deref())?;
        match app.accept(accept).await? {
            Accepted::New(filed) => {
                app.metrics.accepted(UPDATE);
                return Ok(filed);
            }
            Accepted::Repeated(filed) => {
                app.metrics.repeated(UPDATE);
                return Ok(filed);
            }
            Accepted::Conflict { .. } => return Err(other_content()),
            Accepted::Overtaken => {}
        }
    }
    Err(Problem::overtaken("too many changed this contact at the same moment; send the same again"))
}

/// Waits for an update's delivery and tells how it stands.
async fn settle(app: &App, by: &Scope, id: &str, filed: Filed) -> Result<Response, Problem> {
    if let Some(delivery) = filed.delivery {
        settled(app, delivery).await?;
    }
    let contact = filed.contact.as_ref().map(|contact| contact.key);
    let (known, delivery) = app
        .store
        .read(move |reader| {
            let known = contact.map(|key| reader.known(&FindContact::Key(key))).transpose()?.flatten();
            Ok((known, filed.delivery.map(|id| reader.delivery(id)).transpose()?.flatten()))
        })
        .await?;
    let mut updated = updated(id, known.map(KnownHere::of), delivery);
    let till = at_till(app, by, None, None)?;
    updated.profile = updated.profile.map(|profile| profile.at_till(&till));
    let status = match updated.outcome {
        UpdateOutcome::Updated | UpdateOutcome::Unchanged => StatusCode::OK,
        UpdateOutcome::Later => StatusCode::ACCEPTED,
    };
    let location = updated.delivery.as_ref().and_then(DeliveryView::location);
    let mut response = (status, Json(updated)).into_response();
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}

fn updated(id: &str, known: Option<KnownHere>, delivery: Option<DeliveryRow>) -> Updated {
    let outcome = match &delivery {
        Some(row) if row.state == DeliveryState::Done && row.attempts == 0 => UpdateOutcome::Unchanged,
        Some(row) if row.state == DeliveryState::Done => UpdateOutcome::Updated,
        _ => UpdateOutcome::Later,
    };
    let note = delivery.as_ref().and_then(|row| row.note.as_ref());
    let left_alone = note.filter(|note| note.code == NEWER_IN_ENGAGE);
    let not_overwritten = left_alone.map(|note| note.detail.split(", ").map(str::to_owned).collect());
    let contact = known.as_ref().map(|known| &known.contact);
    let contact_id = match contact {
        Some(contact) => contact.remote_id.clone().unwrap_or_else(|| match is_local_id(id) {
            true => contact.public_id.clone(),
            // It is Engage's own: no reason to make another known.
            false => id.to_owned(),
        }),
        None => id.to_owned(),
    };
    Updated {
        contact_id,
        outcome,
        not_overwritten: not_overwritten.unwrap_or_default(),
        profile: known.and_then(|known| known.profile),
        delivery: delivery.filter(|_| outcome == UpdateOutcome::Later).map(DeliveryView::of),
    }
}
