//! What the model knows of the ways in which documents stand to others about their subject.

use store::{DeliveryState, Role, Way};

use super::{Expected, Model, NAMES, Owed, is_open};

impl Model {
    /// The documents about a subject, oldest first.
    pub fn about_subject(&self, subject: usize) -> Vec<usize> {
        let abouts = self.offers.abouts.iter().filter(|(_, about)| about.offer == Some(subject));
        abouts.map(|(id, _)| *id).collect()
    }

    /// The newest that states the whole of a subject and was filed before another.
    pub(super) fn newest_base(&self, subject: Option<usize>, way: Way, before: usize) -> Option<usize> {
        let states = |id: &usize| *id < before && self.offers.abouts[id].way == Way::Replaces;
        let subject = subject.filter(|_| way == Way::Follows)?;
        self.about_subject(subject).into_iter().rev().find(states)
    }

    /// Whether what it states is older than what may be there.
    pub fn is_superseded(&self, id: usize) -> bool {
        let about = &self.offers.abouts[&id];
        let may_be_there = |later: usize| {
            let has_landed = |owed: &Owed| owed.may_have_landed() || owed.state == DeliveryState::Done;
            later > id
                && self.offers.abouts[&later].way == Way::Replaces
                && self.owed.get(&later).is_some_and(has_landed)
        };
        let states = about.offer.filter(|_| about.way == Way::Replaces);
        states.is_some_and(|subject| self.about_subject(subject).into_iter().any(may_be_there))
    }

    pub(super) fn base_of(&self, id: usize) -> Option<usize> {
        self.offers.abouts.get(&id)?.base
    }

    /// Whether it neither creates nor changes nor deletes a contact.
    pub(super) fn is_plain(&self, id: usize) -> bool {
        self.owed.get(&id).is_some_and(|owed| matches!(owed.role, Role::NeedsContact | Role::Independent))
    }

    /// What acts on what another makes waits for that, while it is open.
    pub(super) fn base_ahead(&self, id: usize) -> Option<usize> {
        let counts = |id: usize| self.is_plain(id) && self.documents[id - 1].draws.is_empty();
        self.base_of(id).filter(|base| counts(id) && counts(*base) && is_open(self.owed[base].state))
    }

    /// Whether nobody waits for it in turn, because its base needs a person.
    pub(super) fn may_be_passed(&self, id: usize) -> bool {
        let base = self.base_ahead(id);
        base.is_some_and(|base| self.owed[&base].state == DeliveryState::NeedsAttention)
    }

    /// Gives one up, and with it what follows it and can't have landed.
    pub(super) fn give_up(&mut self, id: usize) {
        self.change_with_followers(id, |owed| (owed.state, owed.due) = (DeliveryState::Discarded, None));
    }

    pub(super) fn change_with_followers(&mut self, id: usize, change: impl FnOnce(&mut Owed)) {
        let waits = |follower: &usize| {
            self.base_of(*follower) == Some(id)
                && !self.owed[follower].may_have_landed()
                && self.waits_for(*follower).contains(&id)
        };
        let following: Vec<usize> = self.owed.keys().copied().filter(waits).collect();
        let Some(owed) = self.owed.get_mut(&id) else { return };
        let before = owed.state;
        change(owed);
        if is_open(before) && owed.state == DeliveryState::Discarded {
            for follower in following {
                let owed = self.owed.get_mut(&follower).unwrap();
                (owed.state, owed.due) = (DeliveryState::Discarded, None);
            }
        }
    }

    /// Whether the newest document about a subject is the one that is expected.
    pub(super) fn is_last_about(&self, name: Option<usize>, expected: Expected) -> bool {
        let Expected::About(expected) = expected else { return true };
        self.last_about(name) == expected
    }

    pub fn last_about(&self, name: Option<usize>) -> Option<usize> {
        let subject = name.and_then(|name| self.offers.find(NAMES[name]))?;
        self.about_subject(subject).pop()
    }
}
