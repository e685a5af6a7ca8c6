//! Being forgotten: here at once, in Engage by a delivery of its own.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use engage::model::ContactId;
use serde::Serialize;
use store::{Command, ContactKey, DeliveryRow, DeliveryState, FindContact, Verdict};
use utoipa::ToSchema;

use super::super::App;
use super::super::auth::AsOperator;
use super::super::problem::Problem;
use super::super::view::DeliveryView;
use super::{ById, by_id, not_found, settled, unknown_offline};
use crate::delivery::{Question, Told, View};
use crate::desk::{self, ERASURE, Forgetting, Reach, Scope, There};

/// A contact that was forgotten.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForgottenView {
    /// The id by which it was named.
    pub contact_id: String,
    /// How it stands.
    pub outcome: ForgottenOutcome,
    /// The deletion that Engage is still owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
}

/// How a wish to be forgotten stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ForgottenOutcome {
    /// Nothing is left here, and Engage has deleted it or never had it.
    Deleted,
    /// Nothing is left here but what is still needed to delete it in Engage, which follows.
    Later,
}

impl ForgottenView {
    /// What is told of it. `delivery` is the deletion, if there can be something to delete.
    pub fn of(contact_id: String, delivery: Option<DeliveryRow>) -> ForgottenView {
        let open = delivery.filter(|row| row.state != DeliveryState::Done);
        let outcome = match &open {
            Some(_) => ForgottenOutcome::Later,
            None => ForgottenOutcome::Deleted,
        };
        ForgottenView { contact_id, outcome, delivery: open.map(DeliveryView::of) }
    }
}

/// Forgets a contact.
///
/// Everything that is held here about the person is erased at once, and the contact is deleted in Engage. It can't be
/// undone here. The person may enrol again and is then somebody new. An operator's: it is done for a person who asked
/// for it, whichever store that was in.
#[utoipa::path(
    delete, path = "/v1/contacts/{contactId}", tag = "contacts", operation_id = "forgetContact",
    params(("contactId" = String, Path, description = "The contact's id")),
    responses(
        (status = 200, description = "Erased here, deleted in Engage", body = ForgottenView),
        (status = 202, description = "Erased here; the deletion in Engage follows", body = ForgottenView),
        (status = 401, description = "No token in force", body = Problem),
        (status = 403, description = "Not an operator's token", body = Problem),
        (status = 404, description = "`contactNotFound`", body = Problem),
        (status = 502, description = "`engageRefused`: Engage refused to be asked for it", body = Problem),
        (status = 503, description = "Nothing is held here by this id and Engage can't be asked; or the disk failed: send it again", body = Problem),
    ),
)]
pub async fn forget(
    State(app): State<App>,
    AsOperator(by): AsOperator,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let key = match by_id(&app, &id).await? {
        ById::Known(known) => known.contact.key,
        ById::Forgotten(Some(key)) => key,
        // A database that was restored knows it only as forgotten: nothing is left to erase, and the deletion was owed by
        // the one that was lost.
        ById::Forgotten(None) => return Ok(Json(ForgottenView::of(id, None)).into_response()),
        ById::Stranger(contact_id) => make_known(&app, contact_id).await?,
    };
    let held = app.store.read(move |reader| reader.held_about(key)).await?;
    let store = home(&by);
    let source = &app.settings.engage.source;
    let forgetting = Forgetting { by: &by.name, store: &store, at: app.clock.now(), source };
    let command = desk::forget(&held, forgetting, There::Delete);
    let Verdict::Forget(forgotten) = app.owe(Command::Forget(command)).await? else {
        return Err(Problem::internal());
    };
    match forgotten.already {
        true => app.metrics.repeated(ERASURE),
        false => app.metrics.accepted(ERASURE),
    }
    let delivery = match forgotten.delivery {
        Some(delivery) => {
            settled(&app, delivery).await?;
            app.store.read(move |reader| reader.delivery(delivery)).await?
        }
        None => None,
    };
    let view = ForgottenView::of(id, delivery);
    let status = match view.outcome {
        ForgottenOutcome::Deleted => StatusCode::OK,
        ForgottenOutcome::Later => StatusCode::ACCEPTED,
    };
    let location = view.delivery.as_ref().and_then(DeliveryView::location);
    let mut response = (status, Json(view)).into_response();
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}

/// Somebody of whom nothing is held here must be known before being forgotten: so that the deletion is owed, and the id
/// is remembered as forgotten.
async fn make_known(app: &App, contact_id: ContactId) -> Result<ContactKey, Problem> {
    let find = FindContact::Id(contact_id.as_str().to_owned());
    let question = Question::Read(contact_id, View::Minimal);
    match app.dispatcher.ask(question, app.settings.lookup_wait).await {
        Told::Known(known) => app.memory().keep(None, &known).await?,
        Told::NotFound => return Err(not_found()),
        Told::Refused(note) => {
            return Err(Problem::new(StatusCode::BAD_GATEWAY, "engageRefused", note.detail));
        }
        Told::Offline => return Err(unknown_offline()),
        Told::Offers(..) | Told::Several(_) | Told::Consents(_) => return Err(Problem::internal()),
    }
    let known = app.store.read(move |reader| reader.known(&find)).await?;
    known.map(|known| known.contact.key).ok_or_else(not_found)
}

/// The store in whose name an operator acts.
fn home(by: &Scope) -> String {
    match &by.stores {
        Reach::All => String::new(),
        Reach::Only(stores) => stores.first().cloned().unwrap_or_default(),
    }
}
