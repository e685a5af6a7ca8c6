//! `/v1/contacts`: who the customer is, and becoming one.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engage::model::Contact;
use jiff::Timestamp;
use pos::store::Country;
use serde::{Deserialize, Serialize};
use store::{Accepted, Command, ContactState, Filed, Verdict};
use utoipa::ToSchema;

use super::App;
use super::auth::AsTill;
use super::body::{Raw, typed};
use super::problem::{Candidate, Problem};
use super::view::{DeliveryView, public_id};
use crate::delivery::{How, Question, Told};
use crate::desk::{ENROLMENT, Identified, Refusal, Said, Scope, TakenEnrolment, identify};
use crate::frozen::{FrozenEnrolment, Who};
use crate::profile::{Profile, masked};
use crate::to_engage;

/// Whom to look for: one identifier.
#[derive(Debug, Default, Deserialize, ToSchema)]
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
}

/// Who somebody is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactView {
    /// Engage's id, or the one that Tillbridge gave until Engage has one. Either stays valid for ever.
    pub contact_id: String,
    /// Where the answer comes from.
    pub source: Source,
    /// When it was so.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// How old the answer is, in seconds.
    pub age_seconds: i64,
    /// What is known.
    pub profile: Profile,
    /// The enrolment that is still on its way to Engage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<String>,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// Engage said so just now.
    Live,
    /// Engage can't be asked now; it said so earlier.
    LastKnown,
    /// Enrolled here, not yet in Engage.
    Enrolled,
}

/// Identifies a customer.
#[utoipa::path(
    post, path = "/v1/contacts/lookup", tag = "contacts", operation_id = "lookupContact",
    request_body = Lookup,
    responses(
        (status = 200, description = "The customer: live, last known with its age, or enrolled here", body = ContactView),
        (status = 400, description = "Not JSON, or an unknown field", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "`contactNotFound`: Engage knows nobody by it", body = Problem),
        (status = 409, description = "`multipleMatches`, with masked candidates", body = Problem),
        (status = 422, description = "The identifier can't be one", body = Problem),
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
        ("store" = Option<String>, Query, description = "The store that asks"),
    ),
    responses(
        (status = 200, description = "As of a look-up", body = ContactView),
        (status = 400, description = "An unknown parameter", body = Problem),
        (status = 401, description = "No token in force", body = Problem),
        (status = 404, description = "`contactNotFound`", body = Problem),
        (status = 409, description = "`multipleMatches`", body = Problem),
        (status = 422, description = "The identifier can't be one", body = Problem),
        (status = 503, description = "`contactUnknownOffline`", body = Problem),
    ),
)]
pub async fn find(
    State(app): State<App>,
    AsTill(by): AsTill,
    query: Result<Query<Lookup>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<ContactView>, Problem> {
    let Query(lookup) = query.map_err(|_| {
        let detail =
            "known parameters are email, mobilePhone and store; use POST /v1/contacts/lookup for the rest";
        Problem::new(StatusCode::BAD_REQUEST, "queryNotRead", detail)
    })?;
    look_up(&app, &by, lookup).await.map(Json)
}

async fn look_up(app: &App, by: &Scope, lookup: Lookup) -> Result<ContactView, Problem> {
    let country = app.country(lookup.store.as_deref(), by);
    let asked = Identified { email: lookup.email.as_deref(), mobile_phone: lookup.mobile_phone.as_deref() };
    let who = identify(&asked, country).map_err(|finding| Problem::from(Refusal::Faults(vec![finding])))?;
    let finds: Vec<_> = to_engage::find_by(&who, &app.settings.engage).into_iter().collect();
    let told = app.dispatcher.ask(Question::Identify(finds), app.settings.lookup_wait).await;
    app.metrics.looked_up(&told);
    match told {
        Told::Profile(contact) => Ok(remember(app, who, &contact)),
        Told::NotFound => match known_here(app, &who).await? {
            // Enrolled here and not visible in Engage yet.
            Some(known) if known.is_fresh(app) => Ok(known.view(app)),
            _ => {
                let detail = "Engage knows nobody by this; enrol the customer with POST /v1/contacts";
                Err(Problem::new(StatusCode::NOT_FOUND, "contactNotFound", detail))
            }
        },
        Told::Several(contacts) => {
            let detail =
                "several contacts share this; ask the customer which is theirs, and go on with its contactId";
            Err(Problem::new(StatusCode::CONFLICT, "multipleMatches", detail)
                .with_candidates(contacts.iter().map(candidate).collect()))
        }
        Told::Refused(note) => Err(Problem::new(StatusCode::BAD_GATEWAY, "engageRefused", note.detail)),
        Told::Offline => match known_here(app, &who).await? {
            Some(known) => Ok(known.view(app)),
            None => Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "contactUnknownOffline",
                "Engage can't be asked now, and nobody is known here by this; sell on, and send the receipt with the \
                 customer's identifier: it finds its contact later",
            )),
        },
    }
}

/// Keeps what Engage just said, for when it can't be asked: under the identifier that was asked for and the tenant's
/// key. Others in the profile may be shared by several persons (fact C-06).
fn remember(app: &App, asked: Who, contact: &Contact) -> ContactView {
    let profile = Profile::from(contact);
    let remote_id = contact.id.as_str().to_owned();
    let now = app.clock.now();
    let aliases = app.desk().known_by(asked, &remote_id, &profile);
    let keep = store::Remember {
        remote_id: remote_id.clone(),
        aliases,
        new_contact_id: app.clock.new_contact_id(),
        profile: profile.write(),
        at: now,
    };
    // Kept beside the answer, not before it: a till never waits for a cache.
    let store = app.store.clone();
    tokio::spawn(async move {
        if let Err(error) = store.submit(Command::Remember(keep)).await {
            tracing::warn!(error = %crate::delivery_chain(&error), "a profile could not be kept");
        }
    });
    ContactView {
        contact_id: remote_id,
        source: Source::Live,
        as_of: now,
        age_seconds: 0,
        profile,
        delivery: None,
    }
}

/// A contact as this database knows it.
struct KnownHere {
    contact: ContactState,
    profile: Option<Profile>,
    seen_at: Option<Timestamp>,
    enrolled: Option<(FrozenEnrolment, Timestamp)>,
}

async fn known_here(app: &App, who: &Who) -> Result<Option<KnownHere>, Problem> {
    let alias = app.keys.alias(who.kind(), who.value());
    let known = app.store.read(move |reader| {
        let Some(last) = reader.last_known(&alias)? else { return Ok(None) };
        let enrolled = match last.contact.creation {
            Some(id) => {
                reader.delivery(id)?.map(|row| reader.document(ENROLMENT, &row.key)).transpose()?.flatten()
            }
            None => None,
        };
        Ok(Some((last, enrolled)))
    });
    let Some((last, enrolled)) = known.await? else { return Ok(None) };
    let enrolled =
        enrolled.and_then(|row| Some((FrozenEnrolment::read(row.frozen.as_deref()?)?, row.accepted_at)));
    let profile = last.profile.as_deref().and_then(Profile::read);
    let known = KnownHere { contact: last.contact, profile, seen_at: last.seen_at, enrolled };
    // A contact that is only named by a receipt is nobody we could show.
    Ok((known.profile.is_some() || known.enrolled.is_some() || known.contact.remote_id.is_some())
        .then_some(known))
}

impl KnownHere {
    /// Whether Engage may not show it yet.
    fn is_fresh(&self, app: &App) -> bool {
        let window = app.settings.engage.visibility_window;
        let bound_lately = self.contact.bound_at.is_some_and(|at| app.clock.now() < at + window);
        self.contact.creation.is_some() || bound_lately
    }

    fn view(self, app: &App) -> ContactView {
        let now = app.clock.now();
        let delivery = self.contact.creation.map(|id| id.to_string());
        let (source, as_of, profile) = match (self.profile, self.enrolled) {
            (Some(profile), _) => (Source::LastKnown, self.seen_at.unwrap_or(now), profile),
            (None, Some((frozen, at))) => (Source::Enrolled, at, Profile::of_enrolment(&frozen)),
            (None, None) => (Source::LastKnown, self.contact.bound_at.unwrap_or(now), Profile::default()),
        };
        ContactView {
            contact_id: public_id(self.contact),
            source,
            as_of,
            age_seconds: now.duration_since(as_of).as_secs().max(0),
            profile,
            delivery,
        }
    }
}

fn candidate(contact: &Contact) -> Candidate {
    let profile = Profile::from(contact);
    let name = [profile.first_name, profile.last_name]
        .into_iter()
        .flatten()
        .map(|name| masked(&name))
        .collect::<Vec<_>>();
    Candidate {
        contact_id: contact.id.as_str().to_owned(),
        name: (!name.is_empty()).then(|| name.join(" ")),
        email: profile.email.as_deref().map(|email| match email.split_once('@') {
            Some((local, domain)) => format!("{}@{}", masked(local), domain),
            None => masked(email),
        }),
        mobile_phone: profile.mobile_phone.as_deref().map(masked),
    }
}

/// A customer to enrol: a store, one identifier, and whatever else is known.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "it documents the body; the desk reads it field by field, to name every fault at once"
)]
pub struct Enrolment {
    /// The store's external id.
    #[schema(example = "store03-stockholm")]
    store: String,
    /// E-mail address.
    email: Option<String>,
    /// Mobile phone number, as people write it.
    #[schema(example = "070-174 06 05")]
    mobile_phone: Option<String>,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Street and number.
    street: Option<String>,
    /// Postal code.
    zip_code: Option<String>,
    /// City.
    city: Option<String>,
    /// Care of.
    care_of: Option<String>,
    /// Date of birth.
    #[schema(example = "1980-01-31")]
    birth_day: Option<String>,
    /// `male`, `female` or `other`.
    gender: Option<String>,
    /// ISO 3166-1; the store's where left out.
    country: Option<String>,
    /// ISO 639-1; the store's where left out.
    language: Option<String>,
    /// What the person accepts; leave out what was not asked.
    preferences: Option<crate::profile::ProfilePreferences>,
    /// Consents given or refused.
    consents: Option<Vec<crate::profile::ProfileConsent>>,
}

/// A customer after enrolment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Enrolled {
    /// Engage's id, or the one that Tillbridge gave until Engage has one. Either stays valid for ever.
    pub contact_id: String,
    /// How it stands.
    pub outcome: EnrolmentOutcome,
    /// The delivery, while Engage doesn't have the contact yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryView>,
}

/// How an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EnrolmentOutcome {
    /// Engage made a new contact.
    Created,
    /// The person was a contact already.
    Existed,
    /// It is kept here and reaches Engage later; the contact id can be used at once.
    Later,
}

/// Enrols a customer.
///
/// Kept on disk first, then given to Engage within the call's deadline. With an `Idempotency-Key` the same call again
/// gets the same answer, for good; without one, the person's identifier still makes it one contact.
#[utoipa::path(
    post, path = "/v1/contacts", tag = "contacts", operation_id = "enrolContact",
    params(("Idempotency-Key" = Option<String>, Header, description = "An identity of the till's making, kept for good")),
    request_body = Enrolment,
    responses(
        (status = 201, description = "A new contact", body = Enrolled),
        (status = 200, description = "The same person, already a contact", body = Enrolled),
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
    let key = match headers.get("idempotency-key").map(|key| key.to_str()) {
        Some(Ok(key)) => key.to_owned(),
        Some(Err(_)) => return Err(Refusal::IdInvalid.into()),
        // An identity of its own: what keeps it one contact is the person's identifier.
        None => format!("enrolment-{new_contact_id}"),
    };
    let said = Said { id: &key, body: &body, by: &by, at: app.clock.now(), new_contact_id };
    let TakenEnrolment { accept, .. } = app.desk().enrolment(said)?;
    let accepted = app.store.submit(Command::Accept(accept)).await;
    // Whatever the answer: what was kept without one is owed all the same.
    app.dispatcher.nudge();
    let Verdict::Accept(accepted) = accepted? else {
        return Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the store gave another answer; please report this",
        ));
    };
    let filed = match accepted {
        Accepted::New(filed) => {
            app.metrics.accepted(ENROLMENT);
            filed
        }
        Accepted::Repeated(filed) => filed,
        Accepted::Conflict { .. } => {
            let detail =
                "something else was said under this idempotency key; use a key of its own for each enrolment";
            return Err(Problem::new(StatusCode::CONFLICT, "otherContent", detail));
        }
    };
    settle(&app, filed, app.settings.wait).await
}

/// Waits for an enrolment's delivery and tells how it stands.
async fn settle(app: &App, filed: Filed, wait: Duration) -> Result<Response, Problem> {
    let how = match filed.delivery {
        Some(id) => app.dispatcher.hurry(id, wait).await,
        None => None,
    };
    let contact_id = filed.contact.as_ref().map(|contact| contact.public_id.clone()).unwrap_or_default();
    let (contact, delivery) = app
        .store
        .read(move |reader| {
            let contact = reader.contact_by_id(&contact_id)?;
            Ok((contact, filed.delivery.map(|id| reader.delivery(id)).transpose()?.flatten()))
        })
        .await?;
    let contact = contact.or(filed.contact).ok_or_else(|| Problem::not_found("contact"))?;
    let outcome = match (how, &contact.remote_id) {
        (Some(How::Created), Some(_)) => EnrolmentOutcome::Created,
        (_, Some(_)) => EnrolmentOutcome::Existed,
        (_, None) => EnrolmentOutcome::Later,
    };
    let status = match outcome {
        EnrolmentOutcome::Created => StatusCode::CREATED,
        EnrolmentOutcome::Existed => StatusCode::OK,
        EnrolmentOutcome::Later => StatusCode::ACCEPTED,
    };
    let delivery = delivery.filter(|_| contact.remote_id.is_none()).map(DeliveryView::of);
    let link = delivery.as_ref().map(|delivery| format!("/v1/deliveries/{}", delivery.id));
    let enrolled = Enrolled { contact_id: public_id(contact), outcome, delivery };
    let mut response = (status, Json(enrolled)).into_response();
    if let Some(link) = link.and_then(|link| link.parse().ok()) {
        response.headers_mut().insert(header::LOCATION, link);
    }
    Ok(response)
}

impl App {
    /// The country of a number without a calling code: the asking store's, or that of all the shop's stores.
    fn country(&self, store: Option<&str>, by: &Scope) -> Option<Country> {
        let named = store.or_else(|| by.only_store()).and_then(|id| self.settings.stores.get(id));
        named.map(|store| store.country).or_else(|| self.settings.stores.common_country())
    }
}
