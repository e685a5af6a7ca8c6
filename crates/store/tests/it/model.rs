//! What the store is, said once more and simply: no files, no indexes, no edges that are kept.
//!
//! Who waits for whom is worked out from the states whenever it is asked, so an edge that the store forgot to draw or
//! to remove shows as a difference.

use std::collections::BTreeMap;

use store::{Behind, DeliveryState, Role};

/// One thing that happens. Numbers stand for keys, contents, aliases and ids in Engage.
#[derive(Debug, Clone)]
pub enum Act {
    Accept { key: u8, content: u8, aliases: Vec<u8>, role: Role, faulty: bool, keep: bool },
    Begin { id: usize },
    Settle { id: usize, came: Came },
    Confirm { id: usize, look: Look },
    Bind { alias: u8, remote: u8, aliases: Vec<u8> },
    Remember { remote: u8, aliases: Vec<u8> },
    Retry { id: usize },
    Discard { id: usize, behind: Behind },
    Replace { id: usize, content: u8, aliases: Vec<u8>, role: Role, faulty: bool },
    Restart,
}

#[derive(Debug, Clone, Copy)]
pub enum Came {
    Done { remote: Option<u8>, confirm: bool },
    Again,
    Unknown,
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

#[derive(Debug, Default)]
pub struct Model {
    people: Vec<Person>,
    aliases: BTreeMap<u8, usize>,
    /// A document has the place in here, plus one, as its number; its delivery has the same.
    documents: Vec<Document>,
    pub owed: BTreeMap<usize, Owed>,
}

#[derive(Debug)]
struct Person {
    public: String,
    remote: Option<u8>,
    merged_into: Option<usize>,
}

#[derive(Debug)]
struct Document {
    key: String,
    contents: Vec<u8>,
    person: Option<usize>,
    delivery: Option<usize>,
    beside: Option<usize>,
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
}

pub fn is_open(state: DeliveryState) -> bool {
    !matches!(state, DeliveryState::Done | DeliveryState::Discarded)
}

impl Model {
    /// What a command is answered, in words.
    pub fn apply(&mut self, act: &Act, now: i64) -> String {
        let fresh = format!("c{now}");
        match act {
            Act::Accept { key, content, aliases, role, faulty, keep } => {
                self.accept(&key.to_string(), *content, aliases, *role, *faulty, *keep, now)
            }
            Act::Begin { id } => self.begin(*id, now),
            Act::Settle { id, came } => self.settle(*id, *came, now),
            Act::Confirm { id, look } => self.confirm(*id, *look, now),
            Act::Bind { alias, remote, aliases } => {
                let Some(person) = self.of_alias(*alias) else { return String::new() };
                self.bind(person, *remote);
                let person = self.root(person);
                if self.people[person].remote == Some(*remote) {
                    self.claim(aliases, person);
                }
                self.describe(Some(person))
            }
            Act::Remember { remote, aliases } => {
                let known = self.of_remote(*remote);
                let unbound = aliases.iter().filter_map(|alias| self.of_alias(*alias));
                let person =
                    known.or(unbound.into_iter().find(|person| self.people[*person].remote.is_none()));
                let person = person.unwrap_or_else(|| self.new_person(&fresh));
                self.bind(person, *remote);
                self.claim(aliases, person);
                self.describe(Some(person))
            }
            Act::Retry { id } => self.retry(*id, now),
            Act::Discard { id, behind } => self.discard(*id, *behind),
            Act::Replace { id, content, aliases, role, faulty } => {
                self.replace(*id, *content, aliases, *role, *faulty, now)
            }
            Act::Restart => {
                for owed in self.owed.values_mut().filter(|owed| owed.state == DeliveryState::InFlight) {
                    *owed = Owed {
                        state: DeliveryState::Unknown,
                        due: Some(now),
                        landed: owed.begun,
                        ..owed.clone()
                    };
                }
                String::new()
            }
        }
    }

    pub fn of_alias(&self, alias: u8) -> Option<usize> {
        self.aliases.get(&alias).map(|person| self.root(*person))
    }

    pub fn public_id(&self, person: usize) -> &str {
        &self.people[person].public
    }

    pub fn person_of(&self, id: usize) -> Option<usize> {
        self.owed[&id].person.map(|person| self.root(person))
    }

    /// The open deliveries that this one waits for.
    pub fn waits_for(&self, id: usize) -> Vec<usize> {
        let waiter = &self.owed[&id];
        let Some(person) = self.person_of(id).filter(|_| is_open(waiter.state)) else { return Vec::new() };
        self.creations(person)
            .filter(|creation| match waiter.role {
                Role::NeedsContact => true,
                Role::CreatesContact => *creation < id,
                Role::Independent => false,
            })
            .collect()
    }

    fn creations(&self, person: usize) -> impl Iterator<Item = usize> {
        let creates = move |(id, owed): (&usize, &Owed)| {
            let creates = owed.role == Role::CreatesContact && is_open(owed.state);
            (creates && owed.person.map(|person| self.root(person)) == Some(person)).then_some(*id)
        };
        self.owed.iter().filter_map(creates)
    }

    fn root(&self, person: usize) -> usize {
        self.people[person].merged_into.map_or(person, |into| self.root(into))
    }

    fn of_remote(&self, remote: u8) -> Option<usize> {
        self.people.iter().position(|person| person.remote == Some(remote))
    }

    fn new_person(&mut self, public: &str) -> usize {
        self.people.push(Person { public: public.to_owned(), remote: None, merged_into: None });
        self.people.len() - 1
    }

    fn describe(&self, person: Option<usize>) -> String {
        let Some(person) = person.map(|person| self.root(person)) else { return "nobody".to_owned() };
        let Person { public, remote, .. } = &self.people[person];
        format!("{public} {remote:?} {:?}", self.creations(person).next())
    }

    fn resolve(&mut self, aliases: &[u8], fresh: &str) -> Option<usize> {
        let mut owners: Vec<usize> = Vec::new();
        for owner in aliases.iter().filter_map(|alias| self.of_alias(*alias)) {
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        let bound: Vec<usize> = owners.iter().copied().filter(|o| self.people[*o].remote.is_some()).collect();
        let person = match (owners.as_slice(), bound.as_slice()) {
            _ if aliases.is_empty() => return None,
            ([], _) => self.new_person(fresh),
            ([first, ..], [_, _, ..]) => *first,
            (all, bound) => {
                let survivor = *bound.first().or(all.iter().min()).unwrap();
                for other in all.iter().filter(|other| **other != survivor) {
                    self.people[*other].merged_into = Some(survivor);
                }
                survivor
            }
        };
        for alias in aliases {
            self.aliases.entry(*alias).or_insert(person);
        }
        Some(person)
    }

    fn bind(&mut self, person: usize, remote: u8) {
        let person = self.root(person);
        match (self.people[person].remote, self.of_remote(remote)) {
            (Some(_), _) => {}
            (None, Some(namesake)) => self.people[person].merged_into = Some(namesake),
            (None, None) => self.people[person].remote = Some(remote),
        }
    }

    fn claim(&mut self, aliases: &[u8], person: usize) {
        for alias in aliases {
            match self.of_alias(*alias) {
                Some(owner) if owner == person => {}
                Some(owner) if self.people[owner].remote.is_none() => {
                    self.people[owner].merged_into = Some(person);
                }
                _ => {
                    self.aliases.insert(*alias, person);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are the fields of one act")]
    fn accept(
        &mut self,
        key: &str,
        content: u8,
        aliases: &[u8],
        role: Role,
        faulty: bool,
        keep: bool,
        now: i64,
    ) -> String {
        let fresh = format!("c{now}");
        let Some(first) = self.documents.iter().position(|document| document.key == key) else {
            let person = self.resolve(aliases, &fresh);
            let open = person.and_then(|person| self.creations(person).next());
            let bound = person.is_some_and(|person| self.people[person].remote.is_some());
            let (own, delivery) = match role {
                Role::CreatesContact if bound => (false, None),
                Role::CreatesContact if open.is_some() => (false, open),
                _ => (true, Some(self.documents.len() + 1)),
            };
            self.documents.push(Document {
                key: key.to_owned(),
                contents: vec![content],
                person,
                delivery,
                beside: None,
            });
            if own {
                self.owe(role, person, faulty, now);
            }
            return format!("new {delivery:?} {}", self.describe(person));
        };
        let describe = |model: &Self, document: usize| {
            let Document { delivery, person, .. } = &model.documents[document];
            format!("{delivery:?} {}", model.describe(*person))
        };
        if self.documents[first].contents.contains(&content) {
            return format!("repeated {}", describe(self, first));
        }
        if !keep {
            return "conflict".to_owned();
        }
        let beside = |d: &Document| d.beside == Some(first) && d.contents.contains(&content);
        if let Some(kept) = self.documents.iter().position(beside) {
            return format!("conflict, kept {}", describe(self, kept));
        }
        let n = self.documents.iter().filter(|document| document.beside == Some(first)).count() + 1;
        let person = self.resolve(aliases, &fresh);
        let delivery = Some(self.documents.len() + 1);
        let key = format!("{key}#{n}");
        self.documents.push(Document { key, contents: vec![content], person, delivery, beside: Some(first) });
        let role = if role == Role::CreatesContact { Role::Independent } else { role };
        self.owe(role, person, true, now);
        format!("conflict, kept {}", describe(self, self.documents.len() - 1))
    }

    fn owe(&mut self, role: Role, person: Option<usize>, faulty: bool, now: i64) {
        let (state, due) = starting(faulty, now);
        let (begun, landed) = (None, None);
        let owed = Owed { role, person, state, due, begun, attempts: 0, failures: 0, landed, awaited: false };
        self.owed.insert(self.documents.len(), owed);
    }

    fn begin(&mut self, id: usize, now: i64) -> String {
        if !self.owed.contains_key(&id) || !self.waits_for(id).is_empty() {
            return "gone".to_owned();
        }
        let owed = self.owed.get_mut(&id).unwrap();
        if !matches!(owed.state, DeliveryState::Waiting | DeliveryState::Unknown) {
            return "gone".to_owned();
        }
        owed.state = DeliveryState::InFlight;
        owed.due = None;
        owed.begun = Some(now);
        owed.attempts += 1;
        format!("go {}", owed.attempts)
    }

    fn settle(&mut self, id: usize, came: Came, now: i64) -> String {
        use DeliveryState::{Done, InFlight, NeedsAttention, Unknown, Waiting};
        let Some(owed) = self.owed.get(&id).filter(|owed| matches!(owed.state, Waiting | InFlight | Unknown))
        else {
            return "gone".to_owned();
        };
        let (person, was_unknown) = (owed.person, owed.state == Unknown);
        if let (Came::Done { remote: Some(remote), .. }, Some(person)) = (came, person) {
            self.bind(person, remote);
        }
        let visible = person.is_some_and(|person| self.people[self.root(person)].remote.is_some());
        let owed = self.owed.get_mut(&id).unwrap();
        let put_off = Some(now + PUT_OFF);
        let failed = owed.failures + 1;
        (owed.state, owed.due, owed.failures) = match came {
            Came::Done { .. } => (Done, None, 0),
            Came::Again if was_unknown => (Unknown, put_off, failed),
            Came::Again => (Waiting, put_off, failed),
            Came::Unknown => (Unknown, put_off, failed),
            Came::NeedsAttention => (NeedsAttention, None, owed.failures),
        };
        match came {
            Came::Done { confirm, .. } => {
                owed.landed = Some(now);
                owed.awaited = confirm && visible;
            }
            Came::Unknown if !was_unknown => owed.landed = Some(now),
            Came::Unknown | Came::Again | Came::NeedsAttention => {}
        }
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

    fn refuse(&self, id: usize) -> String {
        let owed = &self.owed[&id];
        let landed = owed.landed.is_some() || owed.state == DeliveryState::InFlight;
        format!("refused {:?} {landed}", owed.state)
    }

    fn retry(&mut self, id: usize, now: i64) -> String {
        let Some(owed) = self.owed.get_mut(&id) else { return "notFound".to_owned() };
        let state = match owed.state {
            DeliveryState::InFlight | DeliveryState::Done => return self.refuse(id),
            DeliveryState::NeedsAttention | DeliveryState::Discarded if owed.landed.is_some() => {
                DeliveryState::Unknown
            }
            DeliveryState::NeedsAttention | DeliveryState::Discarded => DeliveryState::Waiting,
            same @ (DeliveryState::Waiting | DeliveryState::Unknown) => same,
        };
        (owed.state, owed.due, owed.failures) = (state, Some(now), 0);
        "done".to_owned()
    }

    fn discard(&mut self, id: usize, behind: Behind) -> String {
        let Some(owed) = self.owed.get(&id) else { return "notFound".to_owned() };
        match owed.state {
            DeliveryState::Discarded => return "done".to_owned(),
            DeliveryState::InFlight | DeliveryState::Done => return self.refuse(id),
            DeliveryState::Waiting | DeliveryState::Unknown | DeliveryState::NeedsAttention => {}
        }
        let mut chosen = vec![id];
        let mut looked_at = 0;
        while let Some(ahead) = chosen.get(looked_at).copied().filter(|_| behind == Behind::Discard) {
            let ids = self.owed.keys().copied().filter(|id| self.waits_for(*id).contains(&ahead));
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
        "done".to_owned()
    }

    fn replace(
        &mut self,
        id: usize,
        content: u8,
        aliases: &[u8],
        role: Role,
        faulty: bool,
        now: i64,
    ) -> String {
        let Some(owed) = self.owed.get(&id) else { return "notFound".to_owned() };
        let free = matches!(owed.state, DeliveryState::Waiting | DeliveryState::NeedsAttention);
        if !free || owed.landed.is_some() {
            return self.refuse(id);
        }
        let person = self.resolve(aliases, &format!("c{now}"));
        let document = &mut self.documents[id - 1];
        document.contents.truncate(1);
        document.contents.push(content);
        document.person = person;
        let (state, due) = starting(faulty, now);
        let owed = self.owed.get_mut(&id).unwrap();
        *owed = Owed { role, person, state, due, failures: 0, ..owed.clone() };
        "done".to_owned()
    }
}

fn starting(faulty: bool, now: i64) -> (DeliveryState, Option<i64>) {
    if faulty { (DeliveryState::NeedsAttention, None) } else { (DeliveryState::Waiting, Some(now)) }
}
