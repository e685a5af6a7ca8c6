//! What the store is, said once more and simply: no files, no indexes, no edges that are kept.
//!
//! Who waits for whom is worked out from the states whenever it is asked, so an edge that the store forgot to draw or
//! to remove shows as a difference. Only what was hinted at is kept, for it is read once.

use std::collections::{BTreeMap, BTreeSet};

use store::{Behind, DeliveryState, Role, Way};

use crate::people::{Extent, Name, People, Whom};

mod dealings;
mod offers;
mod operators;
mod subjects;

pub use dealings::{Claiming, Dealings, Drawing, KEYS, Listed, Parting, Seen, Voiding, is_shortened};
use dealings::{Drawn, Filing, put_aside};
use offers::Offers;
pub use offers::{Alonging, Holding, NAMES, remote_id};

/// One thing that happens. Numbers stand for keys, contents, aliases, hints and ids in Engage.
#[derive(Debug, Clone)]
pub enum Act {
    Accept(Saying),
    Begin {
        id: usize,
        mark: Option<u8>,
    },
    Settle {
        id: usize,
        came: Came,
    },
    Confirm {
        id: usize,
        look: Look,
    },
    Bind {
        person: usize,
        remote: u8,
        names: Vec<Name>,
    },
    Remember {
        remote: u8,
        names: Vec<Name>,
    },
    Retry {
        id: usize,
    },
    Discard {
        id: usize,
        behind: Behind,
    },
    Replace {
        id: usize,
        content: u8,
        names: Vec<Name>,
        role: Role,
        faulty: bool,
        with: Dealings,
    },
    /// Condenses what has expired by now.
    Condense,
    Sweep,
    Hold(Holding),
    Release {
        key: u8,
    },
    Forget {
        person: usize,
        key: String,
        deletes_there: bool,
    },
    Restart,
}

#[derive(Debug, Clone)]
pub struct Saying {
    pub key: u8,
    pub content: u8,
    pub names: Vec<Name>,
    pub hints: Vec<u8>,
    pub role: Role,
    pub faulty: bool,
    pub owes: bool,
    pub keep: bool,
    pub expects: Expected,
    /// The subject, by its place among the names, and the way.
    pub about: Option<(usize, Way)>,
    pub once: Option<u8>,
    pub with: Dealings,
}

#[derive(Debug, Clone, Copy)]
pub enum Expected {
    Anything,
    /// Which change is expected to be the last of its contact.
    Change(Option<usize>),
    /// Which document is expected to be the last about its subject.
    About(Option<usize>),
}

#[derive(Debug, Clone, Copy)]
pub enum Came {
    Done { remote: Option<u8>, confirm: bool, profile: bool, offer: Option<u8> },
    Again,
    Unknown { mark: Option<u8> },
    NeedsAttention,
}

#[derive(Debug, Clone, Copy)]
pub enum Look {
    Seen,
    Missed,
    Resend,
    GiveUp,
}

/// Seconds from a step until what it puts off is due.
pub const PUT_OFF: i64 = 3;

/// Seconds that checkouts, and what goes first, are safe from a sweep.
pub const SWEPT_AFTER: i64 = 10;

#[derive(Debug, Clone, Default)]
pub struct Model {
    pub people: People,
    /// A document has the place in here, plus one, as its number; its delivery has the same.
    documents: Vec<Document>,
    pub owed: BTreeMap<usize, Owed>,
    /// Who waits for which creation because of a hint.
    hinting: BTreeSet<(usize, usize)>,
    pub offers: Offers,
}

#[derive(Debug, Clone)]
pub struct Document {
    pub key: String,
    contents: Vec<u8>,
    person: Option<usize>,
    beside: Option<usize>,
    pub part_of: Option<usize>,
    pub voided: bool,
    draws: Vec<Drawn>,
    pub has_body: bool,
    pub listed: Listed,
}

#[derive(Debug, Clone)]
pub struct Owed {
    role: Role,
    person: Option<usize>,
    pub state: DeliveryState,
    pub due: Option<i64>,
    begun: Option<i64>,
    pub attempts: u32,
    pub failures: u32,
    pub landed: Option<i64>,
    pub awaited: bool,
    /// What its last attempt had to remember, and what came of it.
    pub mark: Option<u8>,
    pub learnt: Option<u8>,
}

impl Document {
    fn new(key: String, contents: Vec<u8>, whom: Whom) -> Self {
        let (person, draws) = (whom.person(), Vec::new());
        let (beside, part_of, listed) = (None, None, Listed::Needed);
        Self { key, contents, person, beside, part_of, voided: false, draws, has_body: true, listed }
    }
}

pub fn is_open(state: DeliveryState) -> bool {
    !matches!(state, DeliveryState::Done | DeliveryState::Discarded)
}

impl Owed {
    fn new(faulty: bool, now: i64) -> Self {
        let (state, due) = starting(faulty, now);
        let (role, person, begun, landed) = (Role::Independent, None, None, None);
        let (attempts, failures, awaited) = (0, 0, false);
        let (mark, learnt) = (None, None);
        Self { role, person, state, due, begun, attempts, failures, landed, awaited, mark, learnt }
    }

    fn may_have_landed(&self) -> bool {
        self.landed.is_some() || self.state == DeliveryState::InFlight
    }

    /// Its contact was forgotten.
    fn forget(&mut self, extent: Extent) {
        let all = extent == Extent::Everywhere || self.role == Role::Independent;
        match (self.role, self.state) {
            (Role::ErasesContact, _) | (_, DeliveryState::InFlight | DeliveryState::Discarded) => {}
            (_, DeliveryState::Done) => self.awaited = false,
            _ if all || self.landed.is_none() => (self.state, self.due) = (DeliveryState::Discarded, None),
            _ => {}
        }
    }
}

impl Model {
    /// What a command is answered, in words.
    pub fn apply(&mut self, act: &Act, now: i64) -> String {
        let fresh = format!("c{now}");
        let said = match act {
            Act::Accept(saying) => self.accept(saying, now),
            Act::Begin { id, mark } => self.begin(*id, *mark, now),
            Act::Settle { id, came } => self.settle(*id, *came, now),
            Act::Confirm { id, look } => self.confirm(*id, *look, now),
            Act::Bind { person, remote, names } => {
                self.people.bind_known(*person, *remote, names);
                self.describe(Some(*person))
            }
            Act::Remember { remote, names } => {
                let person = self.people.remember(*remote, names, &fresh, now);
                self.describe(person)
            }
            Act::Retry { id } => self.retry(*id, now),
            Act::Discard { id, behind } => self.discard(*id, *behind),
            Act::Replace { .. } => self.replace(act, now),
            Act::Condense => format!("condensed {}", self.condense()),
            Act::Sweep => format!("swept {}", self.sweep() + self.offers.sweep(now - SWEPT_AFTER)),
            Act::Hold(holding) => self.hold(holding, now),
            Act::Release { key } => self.offers.release(*key, now),
            Act::Forget { person, key, deletes_there } => self.forget(*person, key, *deletes_there, now),
            Act::Restart => {
                for owed in self.owed.values_mut().filter(|owed| owed.state == DeliveryState::InFlight) {
                    (owed.state, owed.due, owed.landed) = (DeliveryState::Unknown, Some(now), owed.begun);
                }
                self.tidy();
                String::new()
            }
        };
        let is_open = |id: &usize| is_open(self.owed[id].state);
        self.hinting.retain(|(waiter, creation)| is_open(waiter) && is_open(creation));
        self.list();
        said
    }

    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The documents about somebody, by number.
    pub fn documents_of(&self, person: usize) -> Vec<usize> {
        let concerns =
            |document: &Document| document.person.map(|person| self.people.root(person)) == Some(person);
        (1..=self.documents.len()).filter(|id| concerns(&self.documents[id - 1])).collect()
    }

    pub fn person_about(&self, id: usize) -> Option<usize> {
        self.documents[id - 1].person.map(|person| self.people.root(person))
    }

    pub fn person_of(&self, id: usize) -> Option<usize> {
        self.owed[&id].person.map(|person| self.people.root(person))
    }

    /// The open deliveries that this one waits for.
    pub fn waits_for(&self, id: usize) -> Vec<usize> {
        let waiter = &self.owed[&id];
        if !is_open(waiter.state) {
            return Vec::new();
        }
        let of_its_contact = self.person_of(id).into_iter().flat_map(|person| self.open_of(person));
        let mut ahead: BTreeSet<usize> = of_its_contact
            .filter(|(other, owed)| {
                let (creates, changes) =
                    (owed.role == Role::CreatesContact, owed.role == Role::ChangesContact);
                let goes_on = owed.state != DeliveryState::NeedsAttention;
                *other != id
                    && match waiter.role {
                        Role::NeedsContact => creates,
                        Role::CreatesContact => creates && *other < id,
                        Role::ChangesContact => creates || changes && goes_on && *other < id,
                        Role::ErasesContact => {
                            let counts = !matches!(owed.role, Role::ErasesContact | Role::Independent);
                            counts && owed.may_have_landed() && (goes_on || creates)
                        }
                        Role::Independent => false,
                    }
            })
            .map(|(other, _)| other)
            .collect();
        ahead.extend(self.hinting.iter().filter(|(waiter, _)| *waiter == id).map(|(_, creation)| *creation));
        ahead.extend(self.drawn_ahead(id));
        ahead.extend(self.offers_ahead(id));
        ahead.extend(self.base_ahead(id));
        ahead.into_iter().collect()
    }

    fn open_of(&self, person: usize) -> impl Iterator<Item = (usize, &Owed)> {
        let of_them = move |owed: &Owed| {
            is_open(owed.state) && owed.person.map(|p| self.people.root(p)) == Some(person)
        };
        self.owed.iter().filter(move |(_, owed)| of_them(owed)).map(|(id, owed)| (*id, owed))
    }

    fn creations(&self, person: usize) -> impl Iterator<Item = usize> {
        let creates = |(_, owed): &(usize, &Owed)| owed.role == Role::CreatesContact;
        self.open_of(person).filter(creates).map(|(id, _)| id)
    }

    /// The open creations and changes.
    pub fn changes(&self, person: usize) -> Vec<usize> {
        let changes =
            |(_, owed): &(usize, &Owed)| matches!(owed.role, Role::CreatesContact | Role::ChangesContact);
        self.open_of(person).filter(changes).map(|(id, _)| id).collect()
    }

    fn describe(&self, person: Option<usize>) -> String {
        let Some(person) = person.map(|person| self.people.root(person)) else { return "nobody".to_owned() };
        let known = self.people.get(person);
        format!("{} {:?} {:?}", known.public, known.remote, self.creations(person).next())
    }

    fn describe_document(&self, document: usize) -> String {
        let delivery = Some(document + 1).filter(|id| self.owed.contains_key(id));
        format!("{delivery:?} {}", self.describe(self.documents[document].person))
    }

    fn describe_with_along(&self, document: usize) -> String {
        let along = self.alongs_of(document + 1);
        let along: Vec<String> = along.into_iter().map(|along| self.describe_document(along - 1)).collect();
        format!("{} +{along:?}", self.describe_document(document))
    }

    /// With the parts it is told with.
    fn describe_whole(&self, document: usize) -> String {
        let parts = self.parts_of(document + 1);
        let parts: Vec<String> = parts.into_iter().map(|part| self.describe_with_along(part - 1)).collect();
        format!("{} {parts:?} []", self.describe_with_along(document))
    }

    fn accept(&mut self, saying: &Saying, now: i64) -> String {
        let key = saying.key();
        if let Some(first) = self.documents.iter().position(|document| document.key == key) {
            return self.accept_again(first, saying, now);
        }
        let before = self.clone();
        let is_last = self.is_last_about(saying.about.map(|(name, _)| name), saying.expects);
        if !self.holds(&saying.with) || !self.can_use(&saying.with) || !is_last {
            return "overtaken".to_owned();
        }
        let whom = self.concerned(saying.with.like, &saying.names, &format!("c{now}"));
        let last = whom.person().and_then(|person| self.changes(person).last().copied());
        if matches!(saying.expects, Expected::Change(expected) if expected != last) {
            *self = before;
            return "overtaken".to_owned();
        }
        if let Some(first) = self.said_once(whom.person(), saying.once) {
            return format!("repeated {}", self.describe_whole(first - 1));
        }
        if let (Role::CreatesContact, true, Some(person)) = (saying.role, saying.owes, whom.person()) {
            self.people.hint(person, &saying.hints);
        }
        let role = self.place(saying.role, whom);
        let filing = Filing { role, ..saying.filing() };
        self.file(Document::new(key, vec![saying.content], whom), whom, &filing, now);
        let id = self.documents.len();
        self.about(id, saying.about, now);
        self.say_once(whom.person(), saying.once, id);
        let said = self.describe_document(id - 1);
        format!("new {said} {}", self.carry_out(id, whom, &saying.hints, &saying.with, now))
    }

    fn place(&self, role: Role, whom: Whom) -> Role {
        let exists = |person: usize| {
            self.people.get(person).remote.is_some() || self.creations(person).next().is_some()
        };
        match (role, whom.person()) {
            (Role::CreatesContact, Some(person)) if exists(person) => Role::ChangesContact,
            (role, _) => role,
        }
    }

    fn file(&mut self, document: Document, whom: Whom, filing: &Filing<'_>, now: i64) {
        self.documents.push(document);
        let id = self.documents.len();
        self.draw(id, filing.draws);
        if !filing.owes {
            return;
        }
        self.owe(filing.role, whom.person(), filing.faulty || whom == Whom::Forgotten, now);
        if filing.role == Role::NeedsContact {
            let hinted: Vec<usize> = filing.hints.iter().flat_map(|hint| self.people.hinted(*hint)).collect();
            let creations: Vec<usize> =
                hinted.into_iter().flat_map(|person| self.creations(person)).collect();
            self.hinting.extend(creations.into_iter().map(|creation| (id, creation)));
        }
    }

    fn accept_again(&mut self, first: usize, saying: &Saying, now: i64) -> String {
        if self.documents[first].contents.contains(&saying.content) {
            return format!("repeated {}", self.describe_whole(first));
        }
        if !saying.keep {
            return "conflict".to_owned();
        }
        let beside = |d: &Document| d.beside == Some(first) && d.contents.contains(&saying.content);
        if let Some(kept) = self.documents.iter().position(beside) {
            return format!("conflict, kept {}", self.describe_whole(kept));
        }
        if !self.holds(&saying.with) {
            return "overtaken".to_owned();
        }
        let n = self.documents.iter().filter(|document| document.beside == Some(first)).count() + 1;
        let whom = self.concerned(saying.with.like, &saying.names, &format!("c{now}"));
        let filing = Filing { role: put_aside(saying.role), faulty: true, ..saying.filing() };
        let document = Document::new(format!("{}#{n}", saying.key()), vec![saying.content], whom);
        self.file(Document { beside: Some(first), ..document }, whom, &filing, now);
        let kept = self.documents.len();
        let said = self.describe_document(kept - 1);
        let parts = self.add_parts(kept, &saying.with.parts, true, now);
        format!("conflict, kept {said} +[] {parts:?} []")
    }

    fn owe(&mut self, role: Role, person: Option<usize>, faulty: bool, now: i64) {
        self.owed.insert(self.documents.len(), Owed { role, person, ..Owed::new(faulty, now) });
    }

    fn forget(&mut self, person: usize, key: &str, deletes_there: bool, now: i64) -> String {
        let person = self.people.root(person);
        let before = self.people.get(person).forgotten;
        let erases = |(_, owed): &(usize, &Owed)| owed.role == Role::ErasesContact;
        let open = self.open_of(person).find(erases).map(|(id, _)| id);
        let extent = match (before, open) {
            (Some(Extent::Everywhere), _) => Extent::Everywhere,
            (_, None) if !deletes_there => Extent::Everywhere,
            _ => Extent::Here,
        };
        self.erase(person, extent, deletes_there || open.is_some());
        let delivery = match (open, extent) {
            (None, Extent::Here) => self.owe_deletion(person, key, now),
            _ => open,
        };
        format!("forgotten {delivery:?} {}", before.is_some())
    }

    fn erase(&mut self, person: usize, extent: Extent, for_good: bool) {
        self.people.forget(person, extent, for_good);
        self.forget_checkouts(person);
        for id in self.documents_of(person) {
            self.change_with_followers(id, |owed| owed.forget(extent));
        }
        self.tidy();
    }

    /// Of those who were forgotten, what has ended keeps no body, and what can't have landed has ended.
    fn tidy(&mut self) {
        for id in 1..=self.documents.len() {
            let person = self.documents[id - 1].person;
            let Some(extent) = person.and_then(|person| self.people.get(person).forgotten) else { continue };
            self.change_with_followers(id, |owed| owed.forget(extent));
            let is_needed = self.owed.get(&id).is_some_and(|owed| {
                is_open(owed.state)
                    || owed.role == Role::ErasesContact && owed.state == DeliveryState::Discarded
            });
            self.documents[id - 1].has_body &= is_needed;
        }
    }

    fn owe_deletion(&mut self, person: usize, key: &str, now: i64) -> Option<usize> {
        if let Some(before) = self.documents.iter().position(|document| document.key == key) {
            let id = before + 1;
            let owed = self.owed.get_mut(&id)?;
            if owed.state == DeliveryState::Discarded {
                let again = owed.landed.map_or(DeliveryState::Waiting, |_| DeliveryState::Unknown);
                (owed.state, owed.due, owed.failures) = (again, Some(now), 0);
                self.documents[before].has_body = true;
            }
            return Some(id);
        }
        let is_open = self.open_of(person).any(|(_, owed)| owed.role != Role::Independent);
        if self.people.get(person).remote.is_none() && !is_open {
            return None;
        }
        self.documents.push(Document::new(key.to_owned(), Vec::new(), Whom::Person(person)));
        self.owe(Role::ErasesContact, Some(person), false, now);
        Some(self.documents.len())
    }

    fn begin(&mut self, id: usize, mark: Option<u8>, now: i64) -> String {
        if !self.owed.contains_key(&id) || !self.waits_for(id).is_empty() {
            return "gone".to_owned();
        }
        if !matches!(self.owed[&id].state, DeliveryState::Waiting | DeliveryState::Unknown) {
            return "gone".to_owned();
        }
        let person = self.person_of(id);
        if let Some(person) = person.filter(|person| self.people.get(*person).forgotten.is_some())
            && self.ends_instead(id, person, now)
        {
            return "gone".to_owned();
        }
        let owed = self.owed.get_mut(&id).unwrap();
        owed.state = DeliveryState::InFlight;
        owed.due = None;
        owed.begun = Some(now);
        owed.attempts += 1;
        owed.mark = mark.or(owed.mark);
        format!("go {}", owed.attempts)
    }

    /// Whether what concerns somebody who was forgotten ends instead of being tried.
    fn ends_instead(&mut self, id: usize, person: usize, now: i64) -> bool {
        let is_known = self.people.get(person).remote.is_some();
        let may_be_there = self.owed.keys().any(|other| {
            let owed = &self.owed[other];
            (owed.role, owed.state) == (Role::CreatesContact, DeliveryState::Discarded)
                && owed.landed.is_some()
                && self.person_of(*other) == Some(person)
        });
        let owed = self.owed.get_mut(&id).unwrap();
        match owed.role {
            Role::ErasesContact if is_known || may_be_there => return false,
            Role::ErasesContact => {
                (owed.state, owed.due, owed.failures) = (DeliveryState::Done, None, 0);
                owed.landed = Some(now);
                self.erase(person, Extent::Everywhere, true);
            }
            Role::CreatesContact => self.change_with_followers(id, |owed| {
                owed.forget(Extent::Everywhere);
                owed.landed = owed.landed.filter(|_| is_known);
            }),
            _ if is_known => self.change_with_followers(id, |owed| owed.forget(Extent::Everywhere)),
            _ => return false,
        }
        self.tidy();
        true
    }

    fn settle(&mut self, id: usize, came: Came, now: i64) -> String {
        use DeliveryState::{Done, InFlight, NeedsAttention, Unknown, Waiting};
        let Some(owed) = self.owed.get(&id).filter(|owed| matches!(owed.state, Waiting | InFlight | Unknown))
        else {
            return "gone".to_owned();
        };
        let (person, was_unknown) = (owed.person, owed.state == Unknown);
        if let (Came::Done { remote, profile, .. }, Some(person)) = (came, person) {
            if let Some(remote) = remote {
                self.people.bind(person, remote);
            }
            if profile {
                self.people.see(person, remote, now);
            }
        }
        let known = person.map(|person| self.people.get(person));
        let visible = known.is_some_and(|known| known.remote.is_some() && known.forgotten.is_none());
        let owed = self.owed.get_mut(&id).unwrap();
        let put_off = Some(now + PUT_OFF);
        let failed = owed.failures + 1;
        (owed.state, owed.due, owed.failures) = match came {
            Came::Done { .. } => (Done, None, 0),
            Came::Again if was_unknown => (Unknown, put_off, failed),
            Came::Again => (Waiting, put_off, failed),
            Came::Unknown { .. } => (Unknown, put_off, failed),
            Came::NeedsAttention => (NeedsAttention, None, owed.failures),
        };
        match came {
            Came::Done { confirm, .. } => {
                owed.landed = Some(now);
                owed.awaited = confirm && visible;
            }
            Came::Unknown { .. } if !was_unknown => owed.landed = Some(now),
            Came::Unknown { .. } | Came::Again | Came::NeedsAttention => {}
        }
        if let Came::Unknown { mark } = came {
            owed.mark = mark.or(owed.mark);
        }
        if let Came::Done { offer, .. } = came {
            owed.learnt = offer.or(owed.learnt);
        }
        if let (Role::ErasesContact, Done, Some(person)) = (owed.role, owed.state, person) {
            self.erase(person, Extent::Everywhere, true);
        }
        if let Came::Done { offer: Some(offer), .. } = came {
            self.offers.learn(id, offer);
        }
        self.tidy();
        "settled".to_owned()
    }

    fn confirm(&mut self, id: usize, look: Look, now: i64) -> String {
        let Some(owed) = self.owed.get_mut(&id).filter(|owed| owed.awaited) else { return "gone".to_owned() };
        owed.awaited = matches!(look, Look::Missed);
        (owed.state, owed.due) = match look {
            Look::Seen | Look::Missed => (DeliveryState::Done, None),
            Look::Resend => (DeliveryState::Waiting, Some(now)),
            Look::GiveUp => (DeliveryState::NeedsAttention, None),
        };
        "settled".to_owned()
    }
}

fn starting(faulty: bool, now: i64) -> (DeliveryState, Option<i64>) {
    if faulty { (DeliveryState::NeedsAttention, None) } else { (DeliveryState::Waiting, Some(now)) }
}
