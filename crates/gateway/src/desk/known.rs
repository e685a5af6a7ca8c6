//! A contact as this database knows it: what Engage was last seen to have, with what was said here since laid over it.

use jiff::Timestamp;
use store::{ContactState, DeliveryId, DeliveryState, KnownContact, OpenChange};

use super::Desk;
use crate::delivery::{CREATE_CONTACT, UPDATE_CONTACT};
use crate::frozen::{FrozenEnrolment, FrozenUpdate, Who};
use crate::profile::{self, Kept, KeptFrom, Profile};

/// A contact as this database knows it.
#[derive(Debug, Clone)]
pub struct KnownHere {
    /// The contact.
    pub contact: ContactState,
    /// The profile, with the open changes laid over it; `None` where nothing is known but an id.
    pub profile: Option<Profile>,
    /// The profile as Engage was last seen to have it, and as each open change would make it, in their order.
    stages: Vec<Profile>,
    /// What each open enrolment fills, where it finds nothing.
    fills: Vec<Profile>,
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
        let kept = known.profile.as_deref().and_then(Kept::read);
        let basis = match (&kept, known.seen_at, known.changes.first()) {
            (Some(kept), Some(at), _) if kept.from == KeptFrom::Engage => Basis::Seen(at),
            (Some(_), Some(at), _) => Basis::Said(at),
            (_, _, Some(first)) => Basis::Said(first.accepted_at),
            (_, _, None) => Basis::Nothing,
        };
        let is_known = kept.is_some() || !known.changes.is_empty();
        let mut profile = kept.map(|kept| kept.profile).unwrap_or_default();
        let mut stages = vec![profile.clone()];
        for change in &known.changes {
            let mut after = stages.last().cloned().unwrap_or_default();
            lay_one(&mut after, change);
            stages.push(after);
        }
        let enrolments = known.changes.iter().filter(|change| change.kind == CREATE_CONTACT);
        let frozen = enrolments.filter_map(|change| FrozenEnrolment::read(change.frozen.as_deref()?));
        let fills = frozen.map(|frozen| Profile::of_enrolment(&frozen)).collect();
        lay(&mut profile, &known.changes);
        KnownHere {
            contact: known.contact,
            profile: is_known.then_some(profile),
            stages,
            fills,
            basis,
            changes: known.changes,
            forgotten: known.forgotten,
        }
    }

    /// Whether it is more than a name that a receipt once mentioned.
    pub fn is_somebody(&self) -> bool {
        self.profile.is_some() || self.contact.remote_id.is_some()
    }

    /// Whether Engage was seen to have it.
    pub fn is_seen(&self) -> bool {
        matches!(self.basis, Basis::Seen(_))
    }

    /// What something of it may be without anybody else's doing: as it was seen, and as each open change would make it,
    /// also one that a person must look at. Where it was never seen, what nobody said is unknown, not empty.
    pub fn may_be<T: PartialEq>(&self, of: impl Fn(&Profile) -> Option<T>) -> Vec<Option<T>> {
        let stages = self.stages.iter().map(&of).filter(|value| self.is_seen() || value.is_some());
        let fills = self.fills.iter().map(&of).filter(Option::is_some);
        let mut all = Vec::new();
        for value in stages.chain(fills) {
            if !all.contains(&value) {
                all.push(value);
            }
        }
        all
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
    let is_laid =
        |change: &&OpenChange| change.kind != UPDATE_CONTACT || change.state != DeliveryState::NeedsAttention;
    changes.iter().filter(is_laid).for_each(|change| lay_one(profile, change));
}

fn lay_one(profile: &mut Profile, change: &OpenChange) {
    let frozen = change.frozen.as_deref().unwrap_or_default();
    match change.kind.as_str() {
        CREATE_CONTACT => {
            if let Some(frozen) = FrozenEnrolment::read(frozen) {
                profile.lay_enrolment(&frozen);
            }
        }
        UPDATE_CONTACT => {
            if let Some(frozen) = FrozenUpdate::read(frozen) {
                profile.lay_update(&frozen);
            }
        }
        _ => {}
    }
}

impl Desk<'_> {
    /// What the store is told to remember of a contact that Engage just showed. `asked` is what it was found by; `held`
    /// is what is kept of it: where this time less was asked for, its loyalty stays. It is dated by when it was asked for,
    /// so that it doesn't hide what a delivery changed while the answer was under way.
    pub fn remembered(
        &self,
        asked: Option<&Who>,
        known: &profile::Known,
        held: Option<&[u8]>,
        new_contact_id: String,
    ) -> store::Remember {
        let held = held.and_then(Kept::read);
        let mut profile = self.profile_of(known, known.asked_at);
        if profile.loyalty.is_none() {
            profile.loyalty = held.as_ref().and_then(|held| held.profile.loyalty.clone());
        }
        let modified_on = known.contact.modified_on.as_ref().and_then(|at| at.as_str().parse().ok());
        let remote_id = known.contact.id.as_str().to_owned();
        store::Remember {
            aliases: self.known_by(asked.cloned(), &remote_id, &profile),
            remote_id,
            new_contact_id,
            profile: Kept::seen(profile, held.as_ref(), modified_on).write(),
            at: known.asked_at,
        }
    }

    /// What the store is told to remember of a contact's offers that Engage just listed. It is dated by what it is kept
    /// with: that was not read again.
    pub fn with_offers(
        &self,
        held: KnownContact,
        remote_id: &str,
        read: &profile::KnownLoyalty,
        at: Timestamp,
    ) -> Option<store::Remember> {
        let mut kept = Kept::read(held.profile.as_deref()?)?;
        kept.profile.loyalty = Some(profile::Loyalty::with_offers(kept.profile.loyalty.take(), read, at));
        Some(store::Remember {
            aliases: self.aliases(&[Who::ContactId(remote_id.to_owned())]),
            remote_id: remote_id.to_owned(),
            // It is there.
            new_contact_id: held.contact.public_id,
            profile: kept.write(),
            at: held.seen_at?,
        })
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
    let loyalty = held.and_then(Kept::read).and_then(|held| held.profile.loyalty);
    match (Kept::read(&profile), loyalty) {
        (Some(mut read), Some(loyalty)) if read.profile.loyalty.is_none() => {
            read.profile.loyalty = Some(loyalty);
            read.write()
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
