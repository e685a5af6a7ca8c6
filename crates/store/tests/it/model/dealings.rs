//! What the model knows of draws, parts, claims, voids and retention.

use store::{DeliveryState, Role, Standing};

use super::{Alonging, Document, Model, Owed, Saying, is_open, starting};
use crate::people::{Name, Whom};

/// What is done together with a document. Documents are named by their numbers.
#[derive(Debug, Clone, Default)]
pub struct Dealings {
    pub like: Option<usize>,
    pub draws: Vec<Drawing>,
    pub parts: Vec<Parting>,
    pub claims: Vec<Claiming>,
    pub voids: Vec<Voiding>,
    pub along: Vec<Alonging>,
    pub checkout: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub drawn_by: Vec<usize>,
    pub contact: bool,
    pub standing: Standing,
}

#[derive(Debug, Clone)]
pub struct Drawing {
    pub on: usize,
    pub seen: Seen,
}

#[derive(Debug, Clone)]
pub struct Parting {
    pub names: Vec<Name>,
    pub like: Option<usize>,
    pub hints: Vec<u8>,
    pub role: Role,
    pub faulty: bool,
    pub owes: bool,
    pub draws: Vec<Drawing>,
    pub along: Vec<Alonging>,
}

#[derive(Debug, Clone)]
pub struct Claiming {
    pub of: usize,
    pub seen: Seen,
    pub role: Role,
    pub faulty: bool,
    pub owes: bool,
}

#[derive(Debug, Clone)]
pub struct Voiding {
    pub of: usize,
    pub seen: Seen,
    pub compensation: Parting,
    pub along: Vec<Alonging>,
}

/// Whether a body is on a list of those that nothing needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    Needed,
    Expiring,
    Condensed,
    /// It was on one, and is gone.
    Taken,
}

/// What a document took back of another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    pub(super) on: usize,
    lapsed: bool,
}

/// How many keys tills use.
pub const KEYS: u8 = 7;

/// How a document is filed.
pub(super) struct Filing<'a> {
    pub(super) role: Role,
    pub(super) faulty: bool,
    pub(super) owes: bool,
    pub(super) hints: &'a [u8],
    pub(super) draws: &'a [Drawing],
}

impl Model {
    /// How a document would be read now.
    pub fn seen(&self, id: usize) -> Seen {
        let document = &self.documents[id - 1];
        let standing = match self.owed.get(&id).map(|owed| owed.state) {
            _ if document.voided => Standing::Voided,
            Some(DeliveryState::Discarded) => Standing::Discarded,
            Some(_) | None => Standing::Good,
        };
        Seen { drawn_by: self.drawn_by(id), contact: document.person.is_some(), standing }
    }

    /// Whose draws on a document are live.
    pub fn drawn_by(&self, id: usize) -> Vec<usize> {
        let is_live = |by: &usize| {
            let document = &self.documents[by - 1];
            !document.voided
                && self.owed.get(by).is_none_or(|owed| owed.state != DeliveryState::Discarded)
                && document.draws.iter().any(|drawn| drawn.on == id && !drawn.lapsed)
        };
        (1..=self.documents.len()).filter(is_live).collect()
    }

    pub fn parts_of(&self, id: usize) -> Vec<usize> {
        (1..=self.documents.len()).filter(|part| self.documents[part - 1].part_of == Some(id)).collect()
    }

    /// The open deliveries of what its document draws on.
    pub(super) fn drawn_ahead(&self, id: usize) -> impl Iterator<Item = usize> {
        let is_open = |on: &usize| {
            self.owed.get(on).is_some_and(|owed| is_open(owed.state) && owed.role != Role::ErasesContact)
        };
        let waits = matches!(self.owed[&id].role, Role::NeedsContact | Role::Independent);
        self.documents[id - 1].draws.iter().map(|drawn| drawn.on).filter(move |on| waits && is_open(on))
    }

    pub(super) fn draws_on(&self, by: usize, on: usize) -> bool {
        self.documents[by - 1].draws.iter().any(|drawn| drawn.on == on)
    }

    pub(super) fn has_lapsed(&self, id: usize) -> bool {
        self.documents[id - 1].draws.iter().any(|drawn| drawn.lapsed)
    }

    pub(super) fn is_in_parts(&self, id: usize) -> bool {
        self.documents[id - 1].part_of.is_some() || !self.parts_of(id).is_empty()
    }

    pub(super) fn draw(&mut self, id: usize, draws: &[Drawing]) {
        for drawing in draws {
            self.lapse(drawing.on);
            self.documents[id - 1].draws.push(Drawn { on: drawing.on, lapsed: false });
        }
    }

    fn lapse(&mut self, on: usize) {
        for (id, owed) in &self.owed {
            if owed.state == DeliveryState::Discarded {
                let draws = self.documents[id - 1].draws.iter_mut();
                draws.filter(|drawn| drawn.on == on).for_each(|drawn| drawn.lapsed = true);
            }
        }
    }

    pub(super) fn concerned(&mut self, like: Option<usize>, names: &[Name], fresh: &str) -> Whom {
        match like.map(|like| self.documents[like - 1].person) {
            None => self.people.resolve(names, fresh),
            Some(None) => Whom::Nobody,
            Some(Some(person)) if self.people.get(person).forgotten.is_some() => Whom::Forgotten,
            Some(Some(person)) => Whom::Person(self.people.root(person)),
        }
    }

    pub(super) fn holds(&self, with: &Dealings) -> bool {
        let compensations = with.voids.iter().map(|void| &void.compensation);
        let of_parts = with.parts.iter().chain(compensations).flat_map(|part| &part.draws);
        let is_same = |drawing: &Drawing| self.seen(drawing.on) == drawing.seen;
        let is_claimable = |claim: &Claiming| {
            let owed = self.owed.get(&claim.of);
            let is_free =
                |owed: &Owed| matches!(owed.state, DeliveryState::Waiting | DeliveryState::NeedsAttention);
            self.documents[claim.of - 1].person.is_none()
                && self.documents[claim.of - 1].has_body
                && owed.is_none_or(|owed| claim.owes && is_free(owed) && owed.landed.is_none())
        };
        with.draws.iter().chain(of_parts).all(is_same)
            && with.claims.iter().all(|claim| self.seen(claim.of) == claim.seen && is_claimable(claim))
            && with
                .voids
                .iter()
                .all(|void| self.seen(void.of) == void.seen && void.seen.standing != Standing::Voided)
    }

    /// What is done with a document that was just filed; answers what it is told of in words.
    pub(super) fn carry_out(
        &mut self,
        id: usize,
        whom: Whom,
        hints: &[u8],
        with: &Dealings,
        now: i64,
    ) -> String {
        let mut along = self.bring_along((id, hints), whom, &with.along, now);
        if let Some(checkout) = with.checkout {
            self.offers.pay(checkout, id, now);
        }
        let mut said = self.add_parts(id, &with.parts, false, now);
        if let Some(person) = self.documents[id - 1].person {
            with.claims.iter().for_each(|claim| self.give(claim, person, now));
        }
        let mut withdrawn = Vec::new();
        for (n, void) in with.voids.iter().enumerate() {
            self.documents[void.of - 1].voided = true;
            self.lapse(void.of);
            match self.owed.get(&void.of) {
                Some(owed) if owed.may_have_landed() => {
                    let key = self.free_key(&self.documents[void.of - 1].key, "void");
                    let whole = self.documents[void.of - 1].part_of.unwrap_or(void.of);
                    let fresh = format!("c{now}v{n}");
                    said.push(self.add_part(whole, key, &void.compensation, false, fresh, now));
                }
                Some(owed) if owed.state != DeliveryState::Discarded => {
                    self.give_up(void.of);
                    withdrawn.push(void.of);
                }
                Some(_) | None => {}
            }
            let (whom, before) = (self.concerned(Some(void.of), &[], ""), self.documents.len());
            along.extend(self.bring_along((void.of, &[]), whom, &void.along, now));
            self.withdraw_rest(void.of, before);
        }
        self.tidy();
        format!("+{along:?} {said:?} {withdrawn:?}")
    }

    pub(super) fn add_parts(&mut self, id: usize, parts: &[Parting], aside: bool, now: i64) -> Vec<String> {
        let whole = self.documents[id - 1].part_of.unwrap_or(id);
        let mut said = Vec::new();
        for (n, part) in parts.iter().enumerate() {
            let key = self.free_key(&self.documents[id - 1].key, "");
            said.push(self.add_part(whole, key, part, aside, format!("c{now}p{n}"), now));
        }
        said
    }

    fn add_part(
        &mut self,
        whole: usize,
        key: String,
        part: &Parting,
        aside: bool,
        fresh: String,
        now: i64,
    ) -> String {
        let whom = self.concerned(part.like, &part.names, &fresh);
        let role = if aside { put_aside(part.role) } else { self.place(part.role, whom) };
        let faulty = part.faulty || aside;
        let filing = Filing { role, faulty, owes: part.owes, hints: &part.hints, draws: &part.draws };
        self.file(
            Document { part_of: Some(whole), ..Document::new(key, Vec::new(), whom) },
            whom,
            &filing,
            now,
        );
        let id = self.documents.len();
        let said = self.describe_document(id - 1);
        let along =
            if aside { Vec::new() } else { self.bring_along((id, &part.hints), whom, &part.along, now) };
        format!("{said} +{along:?}")
    }

    fn free_key(&self, key: &str, suffix: &str) -> String {
        let first = if suffix.is_empty() { 2 } else { 1 };
        let number = |n: usize| if n == 1 { String::new() } else { n.to_string() };
        let is_free = |key: &String| self.documents.iter().all(|document| document.key != *key);
        (first..).map(|n| format!("{key}~{suffix}{}", number(n))).find(is_free).unwrap()
    }

    fn give(&mut self, claim: &Claiming, person: usize, now: i64) {
        let id = claim.of;
        self.documents[id - 1].person = Some(person);
        if !claim.owes {
            return;
        }
        let role = self.place(claim.role, Whom::Person(self.people.root(person)));
        let (state, due) = starting(claim.faulty, now);
        self.hinting.retain(|(waiter, creation)| *waiter != id && *creation != id);
        let owed = match self.owed.get(&id) {
            Some(owed) => Owed { failures: 0, ..owed.clone() },
            None => Owed::new(claim.faulty, now),
        };
        self.owed.insert(id, Owed { role, person: Some(person), state, due, ..owed });
    }

    /// Condenses every other one of what has expired, by its number, and erases the rest; answers how many there were.
    pub(super) fn condense(&mut self) -> usize {
        let mut taken = 0;
        for (place, document) in self.documents.iter_mut().enumerate() {
            if document.listed != Listed::Expiring {
                continue;
            }
            taken += 1;
            document.listed = match document.has_body && is_shortened(place + 1) {
                true => Listed::Condensed,
                false => Listed::Taken,
            };
            document.has_body &= document.listed == Listed::Condensed;
        }
        taken
    }

    pub(super) fn sweep(&mut self) -> usize {
        let condensed = self.documents.iter_mut().filter(|document| document.listed == Listed::Condensed);
        condensed.map(|document| (document.listed, document.has_body) = (Listed::Taken, false)).count()
    }

    /// Puts on the list what has ended, and takes off it what goes on again.
    pub(super) fn list(&mut self) {
        for (place, document) in self.documents.iter_mut().enumerate() {
            let owed = self.owed.get(&(place + 1));
            let is_needed = owed.is_some_and(|owed| is_open(owed.state) || owed.awaited);
            document.listed = match document.listed {
                _ if is_needed => Listed::Needed,
                Listed::Needed => Listed::Expiring,
                listed => listed,
            };
        }
    }
}

/// Which documents are shortened and which are erased when they expire.
pub fn is_shortened(id: usize) -> bool {
    id.is_multiple_of(2)
}

/// What is kept beside another content creates and changes nobody.
pub(super) fn put_aside(role: Role) -> Role {
    match role {
        Role::CreatesContact | Role::ErasesContact | Role::Independent => Role::Independent,
        Role::NeedsContact | Role::ChangesContact => Role::NeedsContact,
    }
}

impl Saying {
    /// The last key is one that a part of the first would have.
    pub fn key(&self) -> String {
        if self.key == KEYS - 1 { "0~2".to_owned() } else { self.key.to_string() }
    }

    pub(super) fn filing(&self) -> Filing<'_> {
        let Self { role, faulty, owes, hints, with, .. } = self;
        Filing { role: *role, faulty: *faulty, owes: *owes, hints, draws: &with.draws }
    }
}
