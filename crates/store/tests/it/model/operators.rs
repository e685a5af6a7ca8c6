//! What the model knows of operators: trying again, giving up, correcting.

use store::{Behind, DeliveryState, Role};

use super::{Act, Listed, Model, Owed, starting};
use crate::people::Whom;

impl Model {
    pub(super) fn refuse(&self, id: usize) -> String {
        let owed = &self.owed[&id];
        let landed = owed.landed.is_some() || owed.state == DeliveryState::InFlight;
        format!("refused {:?} {landed}", owed.state)
    }

    pub(super) fn retry(&mut self, id: usize, now: i64) -> String {
        let Some(owed) = self.owed.get(&id) else { return "notFound".to_owned() };
        let document = &self.documents[id - 1];
        let state = match owed.state {
            DeliveryState::InFlight | DeliveryState::Done => return self.refuse(id),
            _ if document.voided && owed.landed.is_none() => return self.refuse(id),
            _ if self.barred(id).is_some() => return self.barred(id).unwrap(),
            DeliveryState::Discarded if self.has_lapsed(id) => return "overtaken".to_owned(),
            DeliveryState::Discarded if !document.has_body || document.listed == Listed::Condensed => {
                return self.refuse(id);
            }
            DeliveryState::NeedsAttention | DeliveryState::Discarded if owed.landed.is_some() => {
                DeliveryState::Unknown
            }
            DeliveryState::NeedsAttention | DeliveryState::Discarded => DeliveryState::Waiting,
            same @ (DeliveryState::Waiting | DeliveryState::Unknown) => same,
        };
        let owed = self.owed.get_mut(&id).unwrap();
        (owed.state, owed.due, owed.failures) = (state, Some(now), 0);
        "done".to_owned()
    }

    pub(super) fn discard(&mut self, id: usize, behind: Behind) -> String {
        let Some(owed) = self.owed.get(&id) else { return "notFound".to_owned() };
        match owed.state {
            DeliveryState::Discarded => return "done".to_owned(),
            DeliveryState::InFlight | DeliveryState::Done => return self.refuse(id),
            DeliveryState::Waiting | DeliveryState::Unknown | DeliveryState::NeedsAttention => {}
        }
        let mut chosen = vec![id];
        let mut looked_at = 0;
        while let Some(ahead) = chosen.get(looked_at).copied().filter(|_| behind == Behind::Discard) {
            let leads = matches!(self.owed[&ahead].role, Role::CreatesContact | Role::ChangesContact);
            let follows = |id: &usize| {
                self.owed[id].role != Role::ErasesContact
                    && (self.person_of(*id) == self.person_of(ahead) && leads
                        || self.draws_on(*id, ahead)
                        || self.base_of(*id) == Some(ahead))
                    && self.waits_for(*id).contains(&ahead)
            };
            let ids = self.owed.keys().copied().filter(follows);
            let more: Vec<usize> = ids.filter(|id| !chosen.contains(id)).collect();
            chosen.extend(more);
            looked_at += 1;
        }
        for id in chosen {
            let owed = self.owed.get_mut(&id).unwrap();
            if owed.state != DeliveryState::InFlight {
                (owed.state, owed.due) = (DeliveryState::Discarded, None);
            }
        }
        self.tidy();
        "done".to_owned()
    }

    pub(super) fn replace(&mut self, act: &Act, now: i64) -> String {
        let Act::Replace { id, content, names, role, faulty, with } = act else { panic!("{act:?}") };
        let id = *id;
        let Some(owed) = self.owed.get(&id).cloned() else { return "notFound".to_owned() };
        let free = matches!(owed.state, DeliveryState::Waiting | DeliveryState::NeedsAttention);
        let draws_later = with.draws.iter().any(|drawing| drawing.on >= id);
        if !free || owed.landed.is_some() || owed.role == Role::ErasesContact {
            return self.refuse(id);
        }
        if self.is_in_parts(id) || draws_later || self.offers.abouts.contains_key(&id) {
            return self.refuse(id);
        }
        if !self.holds(with) || !self.can_use(with) {
            return "overtaken".to_owned();
        }
        let before = self.person_of(id);
        let hinting = self.hinting.iter().copied().filter(|(waiter, creation)| {
            *creation == id && *waiter != id && self.person_of(*waiter) != before
        });
        let hinting: Vec<(usize, usize)> = hinting.collect();
        self.hinting.retain(|(waiter, creation)| *waiter != id && *creation != id);
        // It is none of what is open while its contact is looked at anew.
        self.owed.remove(&id);
        let whom = self.concerned(with.like, names, &format!("c{now}"));
        let role = self.place(*role, whom);
        let person = whom.person();
        let document = &mut self.documents[id - 1];
        document.contents.truncate(1);
        document.contents.push(*content);
        document.person = person;
        document.draws.clear();
        self.draw(id, &with.draws);
        let (state, due) = starting(*faulty || whom == Whom::Forgotten, now);
        self.owed.insert(id, Owed { role, person, state, due, failures: 0, ..owed });
        if role == Role::CreatesContact && person == before {
            self.hinting.extend(hinting);
        }
        self.bring_along((id, &[]), whom, &with.along, now);
        self.add_parts(id, &with.parts, false, now);
        "done".to_owned()
    }
}
