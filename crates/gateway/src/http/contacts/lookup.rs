//! Who the customer is, by whatever identifier there is: live, last known with its age, or a plain "unknown".

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{OriginalUri, Query, State};
use axum::http::{StatusCode, Uri};
use engage::model::Contact;
use serde::Deserialize;
use store::{ContactKey, FindContact, Reader};
use utoipa::ToSchema;

use super::super::App;
use super::super::auth::AsTill;
use super::super::body::{Raw, typed};
use super::super::problem::{Candidate, Problem};
use super::super::view::public_id;
use super::profile::live;
use super::view::{ContactView, View, candidate};
use super::{at_till, unknown_offline};
use crate::delivery::{Question, Told};
use crate::desk::{Identified, KnownHere, Refusal, Scope};
use crate::frozen::Who;
use crate::profile::Profile;
use crate::to_engage;

/// Parameters that may hold a personal identity number, which never stands in a URL.
const NEVER_IN_A_URL: [&str; 2] = ["personalIdentityNumber", "any"];

/// Whom to look for: one identifier.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Lookup {
    /// The store that asks; decides the country of a number without a calling code.
    #[schema(example = "store03-stockholm")]
    store: Option<String>,
    /// An e-mail address.
    email: Option<String>,
    /// A mobile phone number, as people write it.
    #[schema(example = "070-174 06 05")]
    mobile_phone: Option<String>,
    /// A member number, where the tenant can be asked by it.
    member_number: Option<String>,
    /// An id from another system of the shop, where the tenant can be asked by it.
    external_id: Option<String>,
    /// A personal identity number, where they are turned on.
    personal_identity_number: Option<String>,
    /// What is paid in, where it isn't what the store asks for: decides which offers are worth something.
    #[schema(example = "SEK")]
    currency: Option<String>,
    /// Whatever was typed or scanned: it is read in every way that it can be, and all of them are tried.
    any: Option<String>,
    /// `full`, or `minimal` without level, points, vouchers and promotions.
    view: View,
}

impl Lookup {
    fn identified(&self) -> Identified<'_> {
        Identified {
            email: self.email.as_deref(),
            mobile_phone: self.mobile_phone.as_deref(),
            member_number: self.member_number.as_deref(),
            external_id: self.external_id.as_deref(),
            personal_identity_number: self.personal_identity_number.as_deref(),
            any: self.any.as_deref(),
        }
    }
}

/// Identifies a customer.
///
/// Exactly one identifier, or `any` for whatever was typed. Engage is asked within the call's deadline; what of the
/// profile could not be read in time is named in `incomplete`.
#[utoipa::path(
    post, path = "/v1/contacts/lookup", tag = "contacts", operation_id = "lookupContact",
    request_body = Lookup,
    responses(
        (status = 200, description = "The customer: live, last known with its age, or enrolled here", body = ContactView),
        (status = 400, description = "Not JSON, or an unknown field", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "`contactNotFound`: Engage knows nobody by it", body = Problem),
        (status = 409, description = "`multipleMatches`, with masked candidates", body = Problem),
        (status = 422, description = "The identifier can't be one, or nobody can be asked for by it", body = Problem),
        (status = 502, description = "`engageRefused`: Engage refused the question", body = Problem),
        (status = 503, description = "`contactUnknownOffline`: Engage can't be asked, and nobody is known here by it", body = Problem),
    ),
)]
pub async fn lookup(
    State(app): State<App>,
    AsTill(by): AsTill,
    Raw(body): Raw,
) -> Result<Json<ContactView>, Problem> {
    look_up(&app, &by, typed(&body)?).await.map(Json)
}

/// Identifies a customer by a key that may stand in a URL.
#[utoipa::path(
    get, path = "/v1/contacts", tag = "contacts", operation_id = "findContact",
    params(
        ("email" = Option<String>, Query, description = "An e-mail address"),
        ("mobilePhone" = Option<String>, Query, description = "A mobile phone number; its + is %2B in a URL"),
        ("memberNumber" = Option<String>, Query, description = "A member number"),
        ("externalId" = Option<String>, Query, description = "An id from another system of the shop"),
        ("store" = Option<String>, Query, description = "The store that asks"),
        ("currency" = Option<String>, Query, description = "What is paid in; the store's where left out"),
        ("view" = Option<View>, Query, description = "`full`, or `minimal`"),
    ),
    responses(
        (status = 200, description = "As of a look-up", body = ContactView),
        (status = 400, description = "An unknown parameter, or one that may not stand in a URL", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "`contactNotFound`", body = Problem),
        (status = 409, description = "`multipleMatches`", body = Problem),
        (status = 422, description = "The identifier can't be one", body = Problem),
        (status = 502, description = "`engageRefused`", body = Problem),
        (status = 503, description = "`contactUnknownOffline`", body = Problem),
    ),
)]
pub async fn find(
    State(app): State<App>,
    AsTill(by): AsTill,
    OriginalUri(uri): OriginalUri,
    query: Result<Query<Lookup>, QueryRejection>,
) -> Result<Json<ContactView>, Problem> {
    if names_one_of(&uri, &NEVER_IN_A_URL) {
        let detail = "a personal identity number never stands in a URL, nor what may be one: \
                      use POST /v1/contacts/lookup";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "notInUrl", detail));
    }
    let Query(lookup) = query.map_err(|_| {
        let detail = "known parameters are email, mobilePhone, memberNumber, externalId, store, currency and view; use \
                      POST /v1/contacts/lookup for the rest";
        Problem::new(StatusCode::BAD_REQUEST, "queryNotRead", detail)
    })?;
    look_up(&app, &by, lookup).await.map(Json)
}

fn names_one_of(uri: &Uri, names: &[&str]) -> bool {
    let pairs = uri.query().unwrap_or_default().split('&');
    let mut given = pairs.map(|pair| pair.split('=').next().unwrap_or_default());
    given.any(|name| {
        let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
        names.iter().any(|never| name.eq_ignore_ascii_case(never))
    })
}

async fn look_up(app: &App, by: &Scope, lookup: Lookup) -> Result<ContactView, Problem> {
    let till = at_till(app, by, lookup.store.as_deref(), lookup.currency.as_deref())?;
    found(app, by, &lookup).await.map(|view| view.at_till(&till))
}

async fn found(app: &App, by: &Scope, lookup: &Lookup) -> Result<ContactView, Problem> {
    let desk = app.desk();
    let now = app.clock.now();
    let readings = desk
        .identify(&lookup.identified(), lookup.store.as_deref(), by, now)
        .map_err(|finding| Problem::from(Refusal::Faults(vec![finding])))?;
    let view = lookup.view;
    let finds = readings.iter().filter_map(|who| to_engage::find_by(who, &app.settings.engage)).collect();
    let told = app.dispatcher.ask(Question::Identify(finds, view.into()), app.settings.lookup_wait).await;
    app.metrics.looked_up(&told);
    match told {
        Told::Known(known) => live(app, &readings, *known).await?.ok_or_else(nobody),
        // Enrolled here and not visible in Engage yet.
        Told::NotFound => {
            let mut known = known_by(app, &readings).await?;
            known.retain(|known| known.is_fresh(&desk, now));
            let found = the_only(known)?;
            found.map(|known| ContactView::enrolled(known, view, now)).ok_or_else(nobody)
        }
        Told::Several(contacts) => Err(several(candidates(app, &contacts).await?)),
        Told::Refused(note) => Err(Problem::new(StatusCode::BAD_GATEWAY, "engageRefused", note.detail)),
        Told::Offline => {
            let found = the_only(known_by(app, &readings).await?)?;
            found.map(|known| ContactView::here(known, view, now)).ok_or_else(unknown_offline)
        }
        Told::Offers(..) | Told::Consents(_) => Err(Problem::internal()),
    }
}

/// Whom this database knows by one of these identifiers. Only where it knows nobody by them: whose enrolment, which
/// Engage may not show yet, named one of them beside another.
async fn known_by(app: &App, readings: &[Who]) -> Result<Vec<KnownHere>, Problem> {
    let aliases = app.desk().aliases(readings);
    let (known, hinted) = app
        .store
        .read(move |reader| {
            let mut known = Vec::new();
            for alias in &aliases {
                known.extend(reader.known(&FindContact::Alias(*alias))?);
            }
            let mut hinted = Vec::new();
            for alias in &aliases {
                hinted.extend(reader.hinted(alias)?.into_iter().map(|contact| contact.key));
            }
            Ok((known, read_each(reader, hinted)?))
        })
        .await?;
    let mut found: Vec<KnownHere> = Vec::new();
    let (desk, now) = (app.desk(), app.clock.now());
    let known = known.into_iter().map(KnownHere::of).filter(KnownHere::is_somebody);
    for known in known.filter(|known| !known.forgotten) {
        if !found.iter().any(|other| other.contact.key == known.contact.key) {
            found.push(known);
        }
    }
    if found.is_empty() {
        let hinted = hinted.into_iter().map(KnownHere::of).filter(|known| !known.forgotten);
        found.extend(hinted.filter(|known| known.is_fresh(&desk, now)));
    }
    Ok(found)
}

/// These contacts, each once.
fn read_each(reader: &Reader, mut keys: Vec<ContactKey>) -> Result<Vec<store::KnownContact>, store::Error> {
    keys.sort_unstable();
    keys.dedup();
    let mut known = Vec::new();
    for key in keys {
        known.extend(reader.known(&FindContact::Key(key))?);
    }
    Ok(known)
}

fn the_only(mut known: Vec<KnownHere>) -> Result<Option<KnownHere>, Problem> {
    if known.len() <= 1 {
        return Ok(known.pop());
    }
    let shown = known.into_iter().map(|known| {
        let profile = known.profile.unwrap_or_default();
        candidate(public_id(known.contact), &profile)
    });
    Err(several(shown.collect()))
}

/// Those that Engage showed, but for who was forgotten here and is not deleted there yet.
async fn candidates(app: &App, contacts: &[Contact]) -> Result<Vec<Candidate>, Problem> {
    let ids: Vec<_> = contacts.iter().map(|contact| app.keys.contact_id(contact.id.as_str())).collect();
    let forgotten = app
        .store
        .read(move |reader| ids.iter().map(|id| reader.is_forgotten(id)).collect::<Result<Vec<_>, _>>())
        .await?;
    let shown = contacts.iter().zip(forgotten).filter(|(_, forgotten)| !forgotten);
    let view = |(contact, _): (&Contact, bool)| {
        candidate(contact.id.as_str().to_owned(), &Profile::of(contact, &app.settings.engage))
    };
    Ok(shown.map(view).collect())
}

fn several(candidates: Vec<Candidate>) -> Problem {
    let detail =
        "several contacts share this; ask the customer which is theirs, and go on with its contactId";
    Problem::new(StatusCode::CONFLICT, "multipleMatches", detail).with_candidates(candidates)
}

fn nobody() -> Problem {
    let detail = "Engage knows nobody by this; enrol the customer with POST /v1/contacts";
    Problem::new(StatusCode::NOT_FOUND, "contactNotFound", detail)
}
