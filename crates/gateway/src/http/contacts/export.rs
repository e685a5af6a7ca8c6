//! All that is held about a person, for the person.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use store::{HeldAbout, HeldCheckout, HeldDocument};
use utoipa::ToSchema;

use super::super::App;
use super::super::auth::AsOperator;
use super::super::problem::Problem;
use super::super::view::DeliveryView;
use super::{ById, by_id, forgotten, not_found};
use crate::profile::Profile;

/// All that is held about a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactExport {
    /// When it was put together.
    #[schema(value_type = String, format = DateTime)]
    pub exported_at: Timestamp,
    /// The id in Engage, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<String>,
    /// Every id that tills were given for it.
    pub ids: Vec<String>,
    /// The profile as Engage was last seen to have it, consents and preferences included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub profile_seen_at: Option<Timestamp>,
    /// Everything that was said of it: receipts, enrolments, updates, and what came of the offers that it used.
    pub documents: Vec<ExportedDocument>,
}

/// Something that was said of a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedDocument {
    /// `receipt`, `enrolment`, `update`, `erasure`, `assignment`, `redemption`, `reactivation`, `order`, `orderDeletion`,
    /// `orderAction` or `checkout`.
    pub kind: String,
    /// The identity under which it was said.
    pub id: String,
    /// The store that said it.
    pub store: String,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub accepted_at: Timestamp,
    /// What was said, as it was sent; left out once it is no longer kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub content: Option<Exported>,
    /// What became of it on its way to Engage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
}

/// A content. Its `Debug` shows nothing of it.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Exported(Value);

impl Exported {
    fn of(body: Vec<u8>) -> Exported {
        Exported(match serde_json::from_slice(&body) {
            Ok(json) => json,
            Err(_) => Value::String(String::from_utf8_lossy(&body).into_owned()),
        })
    }
}

impl std::fmt::Debug for Exported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exported(…)")
    }
}

impl ContactExport {
    /// From what is held.
    pub fn of(held: HeldAbout, at: Timestamp) -> ContactExport {
        let profile = held.profile.as_deref().and_then(Profile::read);
        ContactExport {
            exported_at: at,
            contact_id: held.contact.remote_id,
            ids: held.public_ids,
            profile_seen_at: held.seen_at.filter(|_| profile.is_some()),
            profile,
            documents: held
                .documents
                .into_iter()
                .map(ExportedDocument::of)
                .chain(held.checkouts.into_iter().map(ExportedDocument::of_checkout))
                .collect(),
        }
    }
}

impl ExportedDocument {
    fn of(held: HeldDocument) -> ExportedDocument {
        ExportedDocument {
            kind: held.kind,
            id: held.key,
            store: held.store,
            accepted_at: held.accepted_at,
            content: held.body.map(Exported::of),
            delivery: held.delivery.map(DeliveryView::of),
        }
    }

    fn of_checkout(held: HeldCheckout) -> ExportedDocument {
        ExportedDocument {
            kind: "checkout".to_owned(),
            id: held.key,
            store: held.store,
            accepted_at: held.at,
            content: held.body.map(Exported::of),
            delivery: None,
        }
    }
}

/// Exports all that is held about a contact.
///
/// What Tillbridge itself holds: the last known profile, receipts, enrolments and updates with their deliveries. What
/// Engage holds is exported there. An operator's: it is done for a person who asked for it, and it is whole whichever
/// stores the person was in.
#[utoipa::path(
    get, path = "/v1/contacts/{contactId}/export", tag = "contacts", operation_id = "exportContact",
    params(("contactId" = String, Path, description = "The contact's id")),
    responses(
        (status = 200, description = "Everything, as a file", body = ContactExport),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token", body = Problem),
        (status = 404, description = "`contactNotFound`: nothing is held about it here", body = Problem),
        (status = 410, description = "`contactForgotten`", body = Problem),
    ),
)]
pub async fn export(
    State(app): State<App>,
    AsOperator(_): AsOperator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let key = match by_id(&app, &id).await? {
        ById::Known(known) => known.contact.key,
        ById::Forgotten(_) => return Err(forgotten()),
        ById::Stranger(_) => return Err(not_found()),
    };
    let held = app.store.read(move |reader| reader.held_about(key)).await?;
    let attachment = [(header::CONTENT_DISPOSITION, "attachment; filename=\"contact.json\"")];
    Ok((attachment, Json(ContactExport::of(held, app.clock.now()))).into_response())
}
