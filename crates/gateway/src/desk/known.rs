//! A contact as this database knows it: what Engage was last seen to have, with what was said here since laid over it.

use jiff::Timestamp;
use store::{ContactState, DeliveryId, DeliveryState, KnownContact, OpenChange};

use super::Desk;
use crate::delivery::{CREATE_CONTACT, UPDATE_CONTACT};
use crate::frozen::{FrozenEnrolment, FrozenUpdate, Who};
use crate::profile::{self, Profile};

/// A contact as this database knows it.
#[derive(Debug, Clone)]
pub struct KnownHere {
    /// The contact.
    pub contact: ContactState,
    /// The profile, with the open changes laid over it; `None` where nothing is known but an id.
    pub profile: Option<Profile>,
    /// How good it is.
    pub basis: Basis,
    /// What is still to reach Engage, oldest first.
    pub changes: Vec<OpenChange>,
    /// Whether the person was forgotten; then all else is empty.
    pub forgotten: bool,
}

/// What a profile that is known here rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Engage had it at that time.
    Seen(Timestamp),
    /// It was said here at that time, and Engage was never seen to have it.
    Said(Timestamp),
    /// Only an id is known.
    Nothing,
}

impl KnownHere {
    /// From what is stored.
    pub fn of(known: KnownContact) -> KnownHere {
        let seen = known.profile.as_deref().and_then(Profile::read);
        let basis = match (&seen, known.seen_at, known.changes.first()) {
            (Some(_), Some(at), _) => Basis::Seen(at),
            (_, _, Some(first)) => Basis::Said(first.accepted_at),
            (_, _, None) => Basis::Nothing,
        };
        let is_known = seen.is_some() || !known.changes.is_empty();
        let mut profile = seen.unwrap_or_default();
        lay(&mut profile, &known.changes);
        KnownHere {
            contact: known.contact,
            profile: is_known.then_some(profile),
            basis,
            changes: known.changes,
            forgotten: known.forgotten,
        }
    }

    /// Whether it is more than a name that a receipt once mentioned.
    pub fn is_somebody(&self) -> bool {
        self.profile.is_some() || self.contact.remote_id.is_some()
    }

    /// The newest change that is open; what is worked out from this holds as long as that is the newest.
    pub fn last_change(&self) -> Option<DeliveryId> {
        self.changes.last().map(|change| change.id)
    }

    /// Whether it was enrolled here so lately that Engage may not show it yet (fact B-22).
    pub fn is_fresh(&self, desk: &Desk<'_>, now: Timestamp) -> bool {
        let window = desk.settings.engage.visibility_window;
        self.contact.creation.is_some() || self.contact.bound_at.is_some_and(|at| now < at + window)
    }
}

/// Lays what is still to reach Engage over a profile, so that a till sees what it said. An update that a person must
/// look at is not laid: Engage refused it, or it is on hold.
pub fn lay(profile: &mut Profile, changes: &[OpenChange]) {
    for change in changes {
        let frozen = change.frozen.as_deref().unwrap_or_default();
        match change.kind.as_str() {
            CREATE_CONTACT => {
                if let Some(frozen) = FrozenEnrolment::read(frozen) {
                    profile.lay_enrolment(&frozen);
                }
            }
            UPDATE_CONTACT if change.state != DeliveryState::NeedsAttention => {
                if let Some(frozen) = FrozenUpdate::read(frozen) {
                    profile.lay_update(&frozen);
                }
            }
            _ => {}
        }
    }
}

impl Desk<'_> {
    /// What the store is told to remember of a contact that Engage just showed. `asked` is what it was found by; `held`
    /// is the profile that is kept of it: where this time less was asked for, its loyalty stays.
    pub fn remembered(
        &self,
        asked: Option<&Who>,
        known: &profile::Known,
        held: Option<&Profile>,
        new_contact_id: String,
        at: Timestamp,
    ) -> store::Remember {
        let mut profile = self.profile_of(known, at);
        if profile.loyalty.is_none() {
            profile.loyalty = held.and_then(|held| held.loyalty.clone());
        }
        let remote_id = known.contact.id.as_str().to_owned();
        store::Remember {
            aliases: self.known_by(asked.cloned(), &remote_id, &profile),
            remote_id,
            new_contact_id,
            profile: profile.write(),
            at,
        }
    }

    /// What a till is shown of a contact that Engage just showed.
    pub fn profile_of(&self, known: &profile::Known, at: Timestamp) -> Profile {
        let engage = &self.settings.engage;
        let mut profile = Profile::of(&known.contact, engage);
        profile.loyalty = profile::Loyalty::of(known, engage, at);
        profile
    }
}

/// A profile that a delivery read, with the loyalty that was last seen: a delivery asks for the contact alone.
pub fn with_loyalty_of(profile: Vec<u8>, held: Option<&[u8]>) -> Vec<u8> {
    let loyalty = held.and_then(Profile::read).and_then(|held| held.loyalty);
    match (Profile::read(&profile), loyalty) {
        (Some(read), Some(loyalty)) if read.loyalty.is_none() => {
            Profile { loyalty: Some(loyalty), ..read }.write()
        }
        _ => profile,
    }
}

/// The reading that a contact was found by: the only one, else the one that its profile bears out. The others were read
/// into the same text and are nobody's.
pub fn found_by<'a>(readings: &'a [Who], profile: &Profile) -> Option<&'a Who> {
    match readings {
        [only] => Some(only),
        several => several.iter().find(|who| profile.field(who.kind()) == Some(who.value())),
    }
}
