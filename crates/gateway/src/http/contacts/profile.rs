//! What is known of one contact.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use engage::model::ContactId;
use serde::Deserialize;

use super::super::App;
use super::super::auth::AsTill;
use super::super::problem::Problem;
use super::view::{ContactView, View};
use super::{ById, at_till, by_id, forgotten, here, not_found, unknown_offline};
use crate::delivery::{Question, Told};
use crate::desk::{found_by, lay};
use crate::frozen::{Who, is_local_id};
use crate::profile::Known;

/// How much to show, and where.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    store: Option<String>,
    currency: Option<String>,
    view: View,
}

/// Reads a contact's profile.
///
/// By any id that it ever had: Engage's, or one that Tillbridge gave, also of a contact that was merged since.
#[utoipa::path(
    get, path = "/v1/contacts/{contactId}", tag = "contacts", operation_id = "getContact",
    params(
        ("contactId" = String, Path, description = "The contact's id"),
        ("store" = Option<String>, Query, description = "The store that asks"),
        ("currency" = Option<String>, Query, description = "What is paid in; the store's where left out"),
        ("view" = Option<View>, Query, description = "`full`, or `minimal` without level, points, vouchers and promotions"),
    ),
    responses(
        (status = 200, description = "The contact: live, last known with its age, or enrolled here", body = ContactView),
        (status = 400, description = "An unknown parameter", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "`contactNotFound`", body = Problem),
        (status = 422, description = "No such currency", body = Problem),
        (status = 410, description = "`contactForgotten`", body = Problem),
        (status = 502, description = "`engageRefused`: Engage refused the question", body = Problem),
        (status = 503, description = "`contactUnknownOffline`: Engage can't be asked, and nothing is known here", body = Problem),
    ),
)]
pub async fn get(
    State(app): State<App>,
    AsTill(by): AsTill,
    Path(id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<ContactView>, Problem> {
    let Query(asked) = asked.map_err(|_| {
        let detail = "known parameters are store, currency and view, which is minimal or full";
        Problem::new(StatusCode::BAD_REQUEST, "queryNotRead", detail)
    })?;
    let till = at_till(&app, &by, asked.store.as_deref(), asked.currency.as_deref())?;
    found(&app, &id, asked.view).await.map(|view| Json(view.at_till(&till)))
}

async fn found(app: &App, id: &str, view: View) -> Result<ContactView, Problem> {
    let (here, contact_id) = match by_id(app, id).await? {
        ById::Forgotten(_) => return Err(forgotten()),
        ById::Stranger(contact_id) => (None, Some(contact_id)),
        ById::Known(here) => {
            let named = || (!is_local_id(id)).then(|| id.to_owned());
            let contact_id = here.contact.remote_id.clone().or_else(named);
            (Some(*here), contact_id.and_then(|id| ContactId::new(id).ok()))
        }
    };
    let now = app.clock.now();
    let Some(contact_id) = contact_id else {
        return here.map(|here| ContactView::here(here, view, now)).ok_or_else(not_found);
    };
    let told = app.dispatcher.ask(Question::Read(contact_id, view.into()), app.settings.lookup_wait).await;
    app.metrics.looked_up(&told);
    match told {
        Told::Known(known) => live(app, &[], *known).await?.ok_or_else(forgotten),
        Told::NotFound => {
            let fresh = here.filter(|here| here.is_fresh(&app.desk(), now));
            fresh.map(|here| ContactView::enrolled(here, view, now)).ok_or_else(not_found)
        }
        Told::Offline => here.map(|here| ContactView::here(here, view, now)).ok_or_else(unknown_offline),
        Told::Refused(note) => Err(Problem::new(StatusCode::BAD_GATEWAY, "engageRefused", note.detail)),
        Told::Offers(..) | Told::Several(_) | Told::Consents(_) => Err(Problem::internal()),
    }
}

/// A contact as Engage just showed it, with what was said here since laid over it; `None` if it was forgotten here and
/// is not deleted there yet. What Engage showed is kept for when it can't be asked.
pub(super) async fn live(app: &App, readings: &[Who], known: Known) -> Result<Option<ContactView>, Problem> {
    let contact_id = known.contact.id.as_str().to_owned();
    let (here, is_forgotten) = here(app, &contact_id).await?;
    if is_forgotten {
        return Ok(None);
    }
    let now = app.clock.now();
    let mut profile = app.desk().profile_of(&known, now);
    if let Some(loyalty) = &profile.loyalty {
        app.metrics.incomplete(loyalty);
    }
    let asked = found_by(readings, &profile).cloned();
    // Kept beside the answer, not before it: a till never waits for a cache.
    let memory = app.memory();
    tokio::spawn(async move {
        if let Err(error) = memory.keep(asked.as_ref(), &known).await {
            tracing::warn!(error = %crate::delivery_chain(&error), "a profile could not be kept");
        }
    });
    let changes = here.map(|here| here.changes).unwrap_or_default();
    lay(&mut profile, &changes);
    Ok(Some(ContactView::live(contact_id, profile, &changes, now)))
}
