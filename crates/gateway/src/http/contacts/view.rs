//! What callers see of a contact.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{DeliveryState, OpenChange};
use utoipa::ToSchema;

use super::super::problem::Candidate;
use super::super::view::public_id;
use crate::delivery;
use crate::desk::{Basis, KnownHere};
use crate::profile::{AtTill, Profile, masked};

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
    /// What is known, with what was said here since laid over it.
    pub profile: Profile,
    /// What was said here and is still to reach Engage, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeView>,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// Engage said so just now.
    Live,
    /// Engage can't be asked now; it said so earlier.
    LastKnown,
    /// Enrolled here, not yet to be seen in Engage.
    Enrolled,
}

/// Something that was said of a contact and is still to reach Engage.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeView {
    /// The delivery's number.
    #[schema(example = "d-17")]
    pub delivery: String,
    /// `createContact` or `updateContact`.
    pub kind: String,
    /// How it fares. What needs a person is not laid over the profile, unless it is the enrolment itself.
    #[schema(value_type = String, example = "waiting")]
    pub state: DeliveryState,
}

/// How much of a contact is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum View {
    /// The contact itself: one call to Engage less to wait for.
    Minimal,
    /// Level, points, vouchers and promotions too.
    #[default]
    Full,
}

impl From<View> for delivery::View {
    fn from(view: View) -> delivery::View {
        match view {
            View::Minimal => delivery::View::Minimal,
            View::Full => delivery::View::Full,
        }
    }
}

impl ContactView {
    /// Of a contact that Engage just showed, with the changes laid over it.
    pub fn live(contact_id: String, profile: Profile, changes: &[OpenChange], now: Timestamp) -> ContactView {
        ContactView {
            contact_id,
            source: Source::Live,
            as_of: now,
            age_seconds: 0,
            profile,
            changes: changes.iter().map(ChangeView::of).collect(),
        }
    }

    /// Of a contact as it is known here.
    pub fn here(known: KnownHere, view: View, now: Timestamp) -> ContactView {
        let (source, as_of) = match known.basis {
            Basis::Seen(at) => (Source::LastKnown, at),
            Basis::Said(at) if known.contact.creation.is_some() => (Source::Enrolled, at),
            Basis::Said(at) => (Source::LastKnown, at),
            Basis::Nothing => (Source::LastKnown, known.contact.bound_at.unwrap_or(now)),
        };
        let mut profile = known.profile.unwrap_or_default();
        if view == View::Minimal {
            profile.loyalty = None;
        }
        ContactView {
            contact_id: public_id(known.contact),
            source,
            as_of,
            age_seconds: now.duration_since(as_of).as_secs().max(0),
            profile,
            changes: known.changes.iter().map(ChangeView::of).collect(),
        }
    }

    /// The same of one that was enrolled here and that Engage doesn't show yet.
    pub fn enrolled(known: KnownHere, view: View, now: Timestamp) -> ContactView {
        ContactView { source: Source::Enrolled, ..ContactView::here(known, view, now) }
    }
}

impl ContactView {
    /// With the offers as the till that asks can use them.
    #[must_use]
    pub fn at_till(self, till: &AtTill<'_>) -> ContactView {
        ContactView { profile: self.profile.at_till(till), ..self }
    }
}

impl ChangeView {
    fn of(change: &OpenChange) -> ChangeView {
        ChangeView { delivery: change.id.to_string(), kind: change.kind.clone(), state: change.state }
    }
}

/// One of several contacts that match, so far that a customer knows which is theirs.
pub fn candidate(contact_id: String, profile: &Profile) -> Candidate {
    let name: Vec<String> =
        [&profile.first_name, &profile.last_name].into_iter().flatten().map(|name| masked(name)).collect();
    Candidate {
        contact_id,
        name: (!name.is_empty()).then(|| name.join(" ")),
        email: profile.email.as_deref().map(|email| match email.split_once('@') {
            Some((local, domain)) => format!("{}@{}", masked(local), domain),
            None => masked(email),
        }),
        mobile_phone: profile.mobile_phone.as_deref().map(masked),
    }
}
