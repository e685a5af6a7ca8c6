//! `/v1/contacts`: who the customer is, becoming one, what is known of him, changing it, and being forgotten.
//!
//! A contact is named by any id it ever had: Engage's, or one that Tillbridge gave. Contacts belong to the shop, not to
//! one of its stores: every till of it may look one up.

mod assign;
mod documented;
mod enrol;
mod export;
mod forget;
mod lookup;
mod profile;
mod update;
mod view;

use axum::http::{HeaderMap, StatusCode};
use engage::model::ContactId;
use jiff::Timestamp;
use pos::money::Currency;
use store::{ContactKey, DeliveryId, FindContact};

pub use self::assign::{__path_assign, assign};
pub use self::enrol::{__path_enrol, enrol};
pub use self::export::{__path_export, ContactExport, export};
pub use self::forget::{__path_forget, ForgottenView, forget};
pub use self::lookup::{__path_find, __path_lookup, find, lookup};
pub use self::profile::{__path_get, get};
pub use self::update::{__path_update, update};
pub use self::view::Source;

use super::App;
use super::problem::Problem;
use crate::delivery::How;
use crate::desk::{KnownHere, Refusal, Scope};
use crate::frozen::{FrozenFinding, is_engages_id};
use crate::profile::AtTill;

/// Deliveries that one call of a till's waits for, at most.
const WAITED_FOR_MAX: usize = 16;

/// Whom an id names.
enum ById {
    /// Somebody who is known here.
    Known(Box<KnownHere>),
    /// Somebody who was forgotten; the key where the database still has the place.
    Forgotten(Option<ContactKey>),
    /// Nobody who was seen here; the id can be Engage's.
    Stranger(ContactId),
}

/// Finds out whom an id names.
///
/// # Errors
/// 404 for one that can be nobody's.
async fn by_id(app: &App, id: &str) -> Result<ById, Problem> {
    match here(app, id).await? {
        (known, true) => Ok(ById::Forgotten(known.map(|known| known.contact.key))),
        (Some(known), false) if known.is_somebody() => Ok(ById::Known(Box::new(known))),
        (_, false) => match ContactId::new(id) {
            // Engage isn't asked for another: it may be a personal identity number that somebody put there.
            Ok(contact_id) if is_engages_id(id) => Ok(ById::Stranger(contact_id)),
            _ => Err(not_found()),
        },
    }
}

/// The contact that this database has by an id, and whether it was forgotten.
async fn here(app: &App, id: &str) -> Result<(Option<KnownHere>, bool), Problem> {
    let (find, alias) = (FindContact::Id(id.to_owned()), app.keys.contact_id(id));
    let found = app.store.read(move |reader| {
        let forgotten = reader.is_forgotten(&alias)?;
        let known = match reader.known(&find)? {
            Some(known) => Some(known),
            // Something may have been said of an id of Engage's that was never seen otherwise.
            None => reader.known(&FindContact::Alias(alias))?,
        };
        Ok((known, forgotten))
    });
    let (known, forgotten) = found.await?;
    let known = known.map(KnownHere::of);
    let forgotten = forgotten || known.as_ref().is_some_and(|known| known.forgotten);
    Ok((known, forgotten))
}

/// Where and when a till is shown offers: in the currency that it says, else its store's, else the one that all stores
/// have for which it speaks.
///
/// # Errors
/// 422 for what is no currency.
fn at_till<'a>(
    app: &'a App,
    by: &Scope,
    store: Option<&str>,
    currency: Option<&str>,
) -> Result<AtTill<'a>, Problem> {
    let said = currency.map(Currency::parse).transpose().map_err(|error| {
        Problem::from(Refusal::Faults(vec![FrozenFinding {
            fault: true,
            code: "currencyUnknown".to_owned(),
            pointer: "/currency".to_owned(),
            detail: error.to_string(),
        }]))
    })?;
    let of_store = || Some(app.settings.stores.get(store?)?.currency);
    let common = || {
        let reached = app.settings.stores.iter().filter(|store| by.reaches(&store.external_id));
        let mut currencies = reached.map(|store| store.currency);
        let first = currencies.next()?;
        currencies.all(|other| other == first).then_some(first)
    };
    let currency = said.or_else(of_store).or_else(common);
    Ok(AtTill { at: app.clock.now(), currency, offers: &app.settings.offers })
}

/// Waits until something comes of a delivery and of those that it waits for, within the call's deadline. `None`: nothing
/// came of it in time, or it ended unnoticed.
pub(super) async fn settled(app: &App, id: DeliveryId) -> Result<Option<How>, Problem> {
    settled_until(app, id, app.clock.now() + app.settings.wait).await
}

/// The same, until then.
pub(super) async fn settled_until(
    app: &App,
    id: DeliveryId,
    until: Timestamp,
) -> Result<Option<How>, Problem> {
    let mut next = id;
    for _ in 0..WAITED_FOR_MAX {
        let left = until.duration_since(app.clock.now()).try_into().unwrap_or_default();
        let how = app.dispatcher.hurry(next, left).await;
        let row = app.store.read(move |reader| reader.delivery(id)).await?;
        let before = row.and_then(|row| row.waits_for.first().copied());
        match (how, before) {
            // What it waits for will not be done soon either.
            (None | Some(How::Later), Some(before)) if before == next => return Ok(None),
            (_, Some(before)) => next = before,
            (how, None) if next == id => return Ok(how),
            (_, None) => next = id,
        }
    }
    Ok(None)
}

/// The identity of what is said: the till's, or one of its own.
pub(super) fn idempotency_key(headers: &HeaderMap, kind: &str, unique: &str) -> Result<String, Problem> {
    match headers.get("idempotency-key").map(|key| key.to_str()) {
        Some(Ok(key)) => Ok(key.to_owned()),
        Some(Err(_)) => Err(Refusal::IdInvalid.into()),
        None => Ok(format!("{kind}-{unique}")),
    }
}

fn not_found() -> Problem {
    let detail = "there is no such contact; identify the customer, or enrol with POST /v1/contacts";
    Problem::new(StatusCode::NOT_FOUND, "contactNotFound", detail)
}

pub(super) fn forgotten() -> Problem {
    let detail = "this contact asked to be forgotten; the customer may enrol again with POST /v1/contacts";
    Problem::new(StatusCode::GONE, "contactForgotten", detail)
}

fn unknown_offline() -> Problem {
    let detail = "Engage can't be asked now, and nobody is known here by this; sell on, and send the receipt with the \
                  customer's identifier: it finds its contact later";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "contactUnknownOffline", detail)
}

pub(super) fn other_content() -> Problem {
    let detail = "something else was said under this idempotency key; use a key of its own for each wish";
    Problem::new(StatusCode::CONFLICT, "otherContent", detail)
}
