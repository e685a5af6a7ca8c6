//! What the model knows of what comes along, of offers and their uses, and of checkouts.

use std::collections::BTreeMap;

use store::{CheckoutState, DeliveryState, Role, Way};

use super::dealings::Filing;
use super::{Dealings, Document, Model, is_open};
use crate::people::{Name, Whom};

/// The names that tills use for offers.
pub const NAMES: [&str; 5] = ["o0", "o1", "o2", "k/x0", "k/x1"];

/// What comes along with a document. Numbers stand for keys, names and words.
#[derive(Debug, Clone)]
pub struct Alonging {
    pub key: u8,
    pub role: Role,
    pub faulty: bool,
    pub owes: bool,
    pub about: Option<(usize, Way)>,
    pub uses: bool,
    pub once: Option<u8>,
    pub first: bool,
    pub undoes: Option<usize>,
    pub risk: Option<u8>,
}

#[derive(Debug, Clone)]
pub struct About {
    pub leader: Option<usize>,
    pub offer: Option<usize>,
    pub way: Way,
    pub base: Option<usize>,
    uses: bool,
    first: bool,
    pub undone: bool,
    risk: Option<u8>,
    at: i64,
}

#[derive(Debug, Clone)]
pub struct Offer {
    pub name: String,
    pub remote: Option<u8>,
}

#[derive(Debug, Clone)]
pub struct Checkout {
    pub person: Option<usize>,
    at: i64,
    until: i64,
    state: CheckoutState,
    pub paid_by: Option<usize>,
    pub has_body: bool,
}

/// A checkout that is written.
#[derive(Debug, Clone)]
pub struct Holding {
    pub key: u8,
    pub names: Vec<Name>,
    /// Names of offers, and what each risks.
    pub offers: Vec<(usize, Option<u8>)>,
    pub lasts: i64,
}

/// Offers are numbered; whoever is one with another, or of no interest to anybody, is gone.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    known: BTreeMap<usize, Offer>,
    made: usize,
    /// By document.
    pub abouts: BTreeMap<usize, About>,
    /// Which checkout holds an offer, with what risk.
    holds: BTreeMap<usize, (u8, Option<u8>)>,
    pub checkouts: BTreeMap<u8, Checkout>,
    /// Of whom which word was said by which document.
    said: Vec<(usize, u8, usize)>,
}

/// What a till names an offer by, without its kind.
fn bare(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, bare)| bare)
}

pub fn remote_id(remote: u8) -> String {
    format!("x{remote}")
}

impl Offers {
    pub fn get(&self, offer: usize) -> &Offer {
        &self.known[&offer]
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        let by_remote = |id: &str| {
            let has_it = |offer: &Offer| offer.remote.is_some_and(|remote| remote_id(remote) == id);
            self.known.iter().find(|(_, offer)| has_it(offer)).map(|(id, _)| *id)
        };
        let by_name = self.known.iter().find(|(_, offer)| offer.name == name).map(|(id, _)| *id);
        by_name.or_else(|| by_remote(name)).or_else(|| by_remote(bare(name)))
    }

    fn named(&mut self, name: &str) -> usize {
        self.find(name).unwrap_or_else(|| {
            self.made += 1;
            self.known.insert(self.made, Offer { name: name.to_owned(), remote: None });
            self.made
        })
    }

    /// Which checkout holds an offer at an instant.
    pub fn held_by(&self, offer: usize, at: i64) -> Option<u8> {
        let (key, _) = self.holds.get(&offer)?;
        (self.state(*key, at) == Some(CheckoutState::Open)).then_some(*key)
    }

    pub fn state(&self, key: u8, at: i64) -> Option<CheckoutState> {
        self.checkouts.get(&key).map(|checkout| match checkout.state {
            CheckoutState::Open if checkout.until <= at => CheckoutState::Expired,
            state => state,
        })
    }

    fn let_go(&mut self, key: u8) -> Vec<usize> {
        let held = self.holds.iter().filter(|(_, (by, _))| *by == key).map(|(offer, _)| *offer);
        let held: Vec<usize> = held.collect();
        self.holds.retain(|_, (by, _)| *by != key);
        held
    }

    fn prune(&mut self, offers: Vec<usize>) {
        for offer in offers {
            let is_about = self.abouts.values().any(|about| about.offer == Some(offer));
            if !is_about && !self.holds.contains_key(&offer) {
                self.known.remove(&offer);
            }
        }
    }

    fn free(&mut self, key: u8) {
        let held = self.let_go(key);
        self.prune(held);
    }

    pub(super) fn pay(&mut self, key: u8, by: usize, now: i64) {
        let Some(checkout) = self.checkouts.get_mut(&key) else { return };
        if checkout.state != CheckoutState::Paid {
            (checkout.state, checkout.paid_by, checkout.at) = (CheckoutState::Paid, Some(by), now);
            self.free(key);
        }
    }

    pub(super) fn release(&mut self, key: u8, now: i64) -> String {
        let Some(checkout) = self.checkouts.get_mut(&key) else { return "notFound".to_owned() };
        if checkout.state != CheckoutState::Open {
            return format!("ended {:?}", checkout.state);
        }
        (checkout.state, checkout.at) = (CheckoutState::Released, now);
        self.free(key);
        "released".to_owned()
    }

    /// Removes old checkouts, and lets go of what waits for what goes first; answers how many there were.
    pub(super) fn sweep(&mut self, before: i64) -> usize {
        let is_old = |checkout: &Checkout| {
            checkout.at < before && (checkout.state != CheckoutState::Open || checkout.until < before)
        };
        let old: Vec<u8> = self.checkouts.iter().filter(|(_, c)| is_old(c)).map(|(key, _)| *key).collect();
        for key in &old {
            self.free(*key);
            self.checkouts.remove(key);
        }
        let first = self.abouts.values_mut().filter(|about| about.first && about.at < before);
        old.len() + first.map(|about| about.first = false).count()
    }

    /// A delivery told the id in Engage of the offer that it is about.
    pub(super) fn learn(&mut self, id: usize, remote: u8) {
        let Some(offer) = self.abouts.get(&id).and_then(|about| about.offer) else { return };
        let is_taken = self.known.values().any(|offer| offer.remote == Some(remote));
        if self.known[&offer].remote.is_some() || is_taken {
            return;
        }
        self.known.entry(offer).and_modify(|offer| offer.remote = Some(remote));
        let is_same = |of: &Offer| bare(&of.name) == remote_id(remote) && of.remote.is_none();
        let same = self.known.iter().find(|(other, of)| **other != offer && is_same(of));
        let Some(same) = same.map(|(same, _)| *same) else { return };
        for about in self.abouts.values_mut().filter(|about| about.offer == Some(same)) {
            about.offer = Some(offer);
        }
        if let Some(hold) = self.holds.remove(&same) {
            self.holds.insert(offer, hold);
        }
        self.known.remove(&same);
    }
}

impl Model {
    /// The document whose use of an offer is live.
    pub fn used_by(&self, offer: usize) -> Option<usize> {
        let is_live = |(document, about): &(&usize, &About)| {
            let state = self.owed.get(document).map(|owed| owed.state);
            about.offer == Some(offer)
                && about.uses
                && !about.undone
                && !self.documents[**document - 1].voided
                && state != Some(DeliveryState::Discarded)
        };
        self.offers.abouts.iter().find(is_live).map(|(document, _)| *document)
    }

    pub fn alongs_of(&self, leader: usize) -> Vec<usize> {
        let abouts = self.offers.abouts.iter().filter(|(_, about)| about.leader == Some(leader));
        abouts.map(|(document, _)| *document).collect()
    }

    /// The name of the offer that a document is about.
    pub fn offer_of(&self, id: usize) -> Option<String> {
        let offer = self.offers.abouts.get(&id)?.offer?;
        Some(self.offers.get(offer).name.clone())
    }

    /// What is at risk at an instant.
    pub fn exposed(&self, at: i64) -> i64 {
        let held = self.offers.holds.iter().filter(|(offer, _)| self.offers.held_by(**offer, at).is_some());
        let held: i64 = held.filter_map(|(_, (_, risk))| risk.map(i64::from)).sum();
        held + self.risks().into_iter().filter(|(is_owed, _)| *is_owed).map(|(_, risk)| risk).sum::<i64>()
    }

    /// What was not undone, and what of it is still owed.
    pub fn risks(&self) -> Vec<(bool, i64)> {
        let abouts = self.offers.abouts.iter().filter(|(_, about)| !about.undone);
        let is_owed = |id: &usize| self.owed.get(id).is_some_and(|owed| is_open(owed.state));
        abouts.filter_map(|(id, about)| Some((is_owed(id), i64::from(about.risk?)))).collect()
    }

    pub fn said_once(&self, person: Option<usize>, word: Option<u8>) -> Option<usize> {
        let (person, word) = person.map(|person| self.people.root(person)).zip(word)?;
        let same = |(of, said, _): &&(usize, u8, usize)| self.people.root(*of) == person && *said == word;
        self.offers.said.iter().filter(same).map(|(_, _, document)| *document).min()
    }

    pub(super) fn say_once(&mut self, person: Option<usize>, word: Option<u8>, document: usize) {
        self.offers.said.extend(person.zip(word).map(|(person, word)| (person, word, document)));
    }

    /// Whether all that is to be used is free, or becomes free by what is undone with it.
    pub(super) fn can_use(&self, with: &Dealings) -> bool {
        let parts = with.parts.iter().chain(with.voids.iter().map(|void| &void.compensation));
        let alongs: Vec<&Alonging> = with
            .along
            .iter()
            .chain(parts.flat_map(|part| &part.along))
            .chain(with.voids.iter().flat_map(|void| &void.along))
            .collect();
        let is_free = |along: &Alonging| {
            let offer = along.about.and_then(|(name, _)| self.offers.find(NAMES[name]));
            let user = offer.filter(|_| along.uses).and_then(|offer| self.used_by(offer));
            let is_there = self.documents.iter().any(|document| document.key == along.key());
            user.is_none() || is_there || alongs.iter().any(|other| other.undoes == user)
        };
        alongs.iter().all(|along| is_free(along))
    }

    /// A document that is about a subject, though it came along with none.
    pub(super) fn about(&mut self, id: usize, about: Option<(usize, Way)>, at: i64) {
        let Some((name, way)) = about else { return };
        let offer = Some(self.offers.named(NAMES[name]));
        let base = self.newest_base(offer, way, id);
        let (leader, uses, first, undone, risk) = (None, false, false, false, None);
        self.offers.abouts.insert(id, About { leader, offer, way, base, uses, first, undone, risk, at });
    }

    /// Files what comes along; answers it in words.
    pub(super) fn bring_along(
        &mut self,
        (leader, hints): (usize, &[u8]),
        whom: Whom,
        alongs: &[Alonging],
        now: i64,
    ) -> Vec<String> {
        alongs.iter().filter_map(|along| self.bring((leader, hints), whom, along, now)).collect()
    }

    /// It waits by what its leader hints at, too.
    fn bring(
        &mut self,
        (leader, hints): (usize, &[u8]),
        whom: Whom,
        along: &Alonging,
        now: i64,
    ) -> Option<String> {
        let key = along.key();
        let person = whom.person();
        if self.documents.iter().any(|document| document.key == key)
            || self.said_once(person, along.once).is_some()
            || along.undoes.is_some_and(|undone| !self.undo(undone))
        {
            return None;
        }
        let of_undone = || self.offers.abouts.get(&along.undoes?)?.offer;
        let (offer, way) = match along.about {
            Some((name, way)) => (Some(self.offers.named(NAMES[name])), way),
            None => (of_undone(), Way::InTurn),
        };
        if let Some(offer) = offer.filter(|_| along.uses) {
            if self.used_by(offer).is_some() {
                return None;
            }
            self.offers.holds.remove(&offer);
        }
        let role = self.place(along.role, whom);
        let hints = if along.first || along.undoes.is_some() { &[] } else { hints };
        let filing = Filing { role, faulty: along.faulty, owes: along.owes, hints, draws: &[] };
        self.file(Document::new(key, Vec::new(), whom), whom, &filing, now);
        let id = self.documents.len();
        let about = About {
            leader: Some(leader),
            offer,
            way,
            base: self.newest_base(offer, way, id),
            uses: along.uses && offer.is_some(),
            first: along.first,
            undone: false,
            risk: along.risk,
            at: now,
        };
        self.offers.abouts.insert(id, about);
        self.say_once(person, along.once, id);
        Some(self.describe_document(id - 1))
    }

    /// Answers whether something must take it back.
    fn undo(&mut self, id: usize) -> bool {
        let Some(about) = self.offers.abouts.get_mut(&id).filter(|about| !about.undone) else { return false };
        about.undone = true;
        match self.owed.get(&id) {
            None => false,
            Some(owed) if owed.may_have_landed() => true,
            Some(_) => {
                self.give_up(id);
                false
            }
        }
    }

    /// A document was voided: what came along with it up to then, and can't have landed, is given up.
    pub(super) fn withdraw_rest(&mut self, voided: usize, through: usize) {
        for id in self.alongs_of(voided).into_iter().filter(|id| *id <= through) {
            if self.owed.get(&id).is_some_and(|owed| !owed.may_have_landed()) {
                self.undo(id);
            }
        }
    }

    /// What goes before it because of an offer, or because it goes first.
    pub(super) fn offers_ahead(&self, id: usize) -> Vec<usize> {
        let is_about = |id: usize| {
            self.offers
                .abouts
                .get(&id)
                .and_then(|about| about.offer)
                .filter(|_| self.is_plain(id) && self.documents[id - 1].draws.is_empty())
        };
        let goes_on = |id: usize| {
            is_open(self.owed[&id].state)
                && self.owed[&id].state != DeliveryState::NeedsAttention
                && !self.may_be_passed(id)
        };
        let offer = is_about(id);
        let earlier = self.offers.abouts.keys().copied().filter(|other| *other < id);
        let mut ahead: Vec<usize> =
            earlier.filter(|other| offer.is_some() && is_about(*other) == offer && goes_on(*other)).collect();
        if self.is_plain(id) && !self.offers.abouts.contains_key(&id) {
            ahead.extend(self.alongs_of(id).into_iter().filter(|along| {
                let is_untried = |owed: &super::Owed| {
                    let state = owed.state;
                    owed.landed.is_none() && matches!(state, DeliveryState::Waiting | DeliveryState::InFlight)
                };
                self.offers.abouts[along].first
                    && self.owed.get(along).is_some_and(is_untried)
                    && self.is_plain(*along)
            }));
        }
        ahead
    }

    /// Whether it was taken back, or another uses its offer: what an operator's retry is answered then.
    pub(super) fn barred(&self, id: usize) -> Option<String> {
        let (about, state) = (self.offers.abouts.get(&id)?, self.owed[&id].state);
        let has_stopped = matches!(state, DeliveryState::NeedsAttention | DeliveryState::Discarded);
        let is_used = || about.offer.and_then(|offer| self.used_by(offer)).is_some();
        if about.undone && has_stopped {
            return Some(self.refuse(id));
        }
        let is_overtaken = about.uses && state == DeliveryState::Discarded && is_used();
        is_overtaken.then(|| "overtaken".to_owned())
    }

    pub(super) fn hold(&mut self, holding: &Holding, now: i64) -> String {
        let Holding { key, names, offers, lasts } = holding;
        match self.offers.checkouts.get(key).map(|checkout| checkout.state) {
            Some(CheckoutState::Open) | None => {}
            Some(ended) => return format!("ended {ended:?}"),
        }
        let mut taken: Vec<usize> = Vec::new();
        for offer in offers.iter().filter_map(|(name, _)| self.offers.find(NAMES[*name])) {
            let by_another = self.offers.held_by(offer, now).is_some_and(|by| by != *key);
            if (by_another || self.used_by(offer).is_some()) && !taken.contains(&offer) {
                taken.push(offer);
            }
        }
        if !taken.is_empty() {
            let names: Vec<&str> = taken.iter().map(|offer| &*self.offers.get(*offer).name).collect();
            return format!("taken {names:?}");
        }
        let person = self.people.resolve(names, &format!("c{now}")).person();
        let (state, paid_by, has_body) = (CheckoutState::Open, None, true);
        let checkout = Checkout { person, at: now, until: now + lasts, state, paid_by, has_body };
        self.offers.checkouts.insert(*key, checkout);
        let before = self.offers.let_go(*key);
        for (name, risk) in offers {
            let offer = self.offers.named(NAMES[*name]);
            self.offers.holds.insert(offer, (*key, *risk));
        }
        self.offers.prune(before);
        "held".to_owned()
    }

    /// The checkouts of somebody.
    pub fn checkouts_of(&self, person: usize) -> Vec<u8> {
        let of_them = self.offers.checkouts.iter().filter(|(_, checkout)| {
            checkout.person.map(|person| self.people.root(person)) == Some(self.people.root(person))
        });
        of_them.map(|(key, _)| *key).collect()
    }

    pub(super) fn forget_checkouts(&mut self, person: usize) {
        for key in self.checkouts_of(person) {
            let checkout = self.offers.checkouts.get_mut(&key).unwrap();
            checkout.has_body = false;
            if checkout.state == CheckoutState::Open {
                checkout.state = CheckoutState::Released;
            }
            self.offers.free(key);
        }
    }
}

impl Alonging {
    pub fn key(&self) -> String {
        format!("a{}", self.key)
    }
}
