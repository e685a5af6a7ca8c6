//! The model's people: who is who, who was merged, who was forgotten.

use std::collections::{BTreeMap, BTreeSet};

/// What somebody may be named by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Alias(u8),
    /// The id that tills were given.
    Public(String),
    /// The id in Engage.
    Remote(u8),
}

/// Whom a document concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    Nobody,
    Person(usize),
    Forgotten,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    Here,
    Everywhere,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub public: String,
    pub remote: Option<u8>,
    merged_into: Option<usize>,
    pub forgotten: Option<Extent>,
    /// When the profile that is kept was seen.
    pub seen: Option<i64>,
}

#[derive(Debug, Clone, Default)]
pub struct People {
    people: Vec<Person>,
    names: BTreeMap<Name, usize>,
    graves: BTreeSet<Name>,
    /// Who was left which hint.
    hints: BTreeSet<(u8, usize)>,
}

impl Whom {
    pub fn person(self) -> Option<usize> {
        match self {
            Self::Person(person) => Some(person),
            Self::Nobody | Self::Forgotten => None,
        }
    }
}

impl People {
    /// The survivor that somebody has become.
    pub fn root(&self, person: usize) -> usize {
        self.people[person].merged_into.map_or(person, |into| self.root(into))
    }

    pub fn get(&self, person: usize) -> &Person {
        &self.people[self.root(person)]
    }

    pub fn count(&self) -> usize {
        self.people.len()
    }

    /// The id that was given for this very one, whoever it is by now.
    pub fn own_public_id(&self, person: usize) -> &str {
        &self.people[person].public
    }

    pub fn named(&self, name: &Name) -> Option<usize> {
        self.names.get(name).map(|person| self.root(*person))
    }

    pub fn is_forgotten(&self, name: &Name) -> bool {
        self.graves.contains(name)
    }

    pub fn hinted(&self, hint: u8) -> Vec<usize> {
        self.hints.iter().filter(|(of, _)| *of == hint).map(|(_, person)| *person).collect()
    }

    fn of_remote(&self, remote: u8) -> Option<usize> {
        self.people.iter().position(|person| person.remote == Some(remote))
    }

    fn add(&mut self, public: &str) -> usize {
        let (public, person) = (public.to_owned(), self.people.len());
        self.names.insert(Name::Public(public.clone()), person);
        self.people.push(Person { public, remote: None, merged_into: None, forgotten: None, seen: None });
        person
    }

    fn merge(&mut self, loser: usize, survivor: usize) {
        self.people[loser].merged_into = Some(survivor);
        let moved: Vec<u8> = self.hints.iter().filter(|(_, p)| *p == loser).map(|(hint, _)| *hint).collect();
        for hint in moved {
            self.hints.remove(&(hint, loser));
            self.hints.insert((hint, survivor));
        }
    }

    pub fn hint(&mut self, person: usize, hints: &[u8]) {
        self.hints.extend(hints.iter().map(|hint| (*hint, person)));
    }

    pub fn resolve(&mut self, names: &[Name], fresh: &str) -> Whom {
        if names.iter().any(|name| self.graves.contains(name)) {
            return Whom::Forgotten;
        }
        let mut owners: Vec<usize> = Vec::new();
        for owner in names.iter().filter_map(|name| self.named(name)) {
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        let bound: Vec<usize> = owners.iter().copied().filter(|o| self.people[*o].remote.is_some()).collect();
        let person = match (owners.as_slice(), bound.as_slice()) {
            _ if names.is_empty() => return Whom::Nobody,
            ([], _) => self.add(fresh),
            ([first, ..], [_, _, ..]) => *first,
            (all, bound) => {
                let survivor = *bound.first().or(all.iter().min()).unwrap();
                for other in all.iter().filter(|other| **other != survivor) {
                    self.merge(*other, survivor);
                }
                survivor
            }
        };
        for name in names {
            self.names.entry(name.clone()).or_insert(person);
        }
        Whom::Person(person)
    }

    pub fn bind(&mut self, person: usize, remote: u8) {
        let person = self.root(person);
        let (grave, namesake) = (Name::Remote(remote), self.of_remote(remote));
        let Person { remote: known, forgotten, .. } = self.people[person];
        match (known, forgotten, namesake) {
            (Some(_), _, _) | (None, Some(Extent::Everywhere), _) | (None, Some(_), Some(_)) => {}
            (None, Some(Extent::Here), None) => {
                self.people[person].remote = Some(remote);
                self.names.remove(&grave);
                self.graves.insert(grave);
            }
            (None, None, _) if self.graves.contains(&grave) => {}
            (None, None, Some(namesake)) => self.merge(person, namesake),
            (None, None, None) => {
                self.people[person].remote = Some(remote);
                self.claim(&[grave], person);
            }
        }
    }

    /// Answers whom an operator's or a look's word tied to this id.
    pub fn bind_known(&mut self, person: usize, remote: u8, names: &[Name]) {
        self.bind(person, remote);
        let person = self.root(person);
        if self.people[person].remote == Some(remote) && self.people[person].forgotten.is_none() {
            self.claim(names, person);
        }
    }

    pub fn remember(&mut self, remote: u8, names: &[Name], fresh: &str, now: i64) -> Option<usize> {
        if self.graves.contains(&Name::Remote(remote)) {
            return None;
        }
        let person = self.of_remote(remote).unwrap_or_else(|| {
            let unbound = names.iter().filter_map(|name| self.named(name));
            let unbound = unbound.into_iter().find(|person| self.people[*person].remote.is_none());
            let person = unbound.unwrap_or_else(|| self.add(fresh));
            self.bind(person, remote);
            person
        });
        self.claim(names, person);
        self.people[person].seen = Some(now);
        Some(person)
    }

    /// A delivery saw the profile.
    pub fn see(&mut self, person: usize, remote: Option<u8>, now: i64) {
        let person = self.root(person);
        let person = &mut self.people[person];
        let is_its_own = person.remote.is_some() && remote.is_none_or(|remote| person.remote == Some(remote));
        if is_its_own && person.forgotten.is_none() {
            person.seen = Some(now);
        }
    }

    fn claim(&mut self, names: &[Name], person: usize) {
        for name in names {
            match self.named(name) {
                Some(owner) if owner == person => {}
                Some(owner) if self.people[owner].remote.is_none() => self.merge(owner, person),
                None if self.graves.contains(name) => {}
                Some(_) | None => {
                    self.names.insert(name.clone(), person);
                }
            }
        }
    }

    /// Whoever asked for it is forgotten for good: their ids are nobody's any longer.
    pub fn forget(&mut self, person: usize, extent: Extent, for_good: bool) {
        if for_good {
            self.bury(person);
        }
        let people = &self.people;
        let root = |mut person: usize| {
            while let Some(into) = people[person].merged_into {
                person = into;
            }
            person
        };
        let graves = &self.graves;
        self.names.retain(|name, owner| root(*owner) != person && !graves.contains(name));
        self.hints.retain(|(_, owner)| *owner != person);
        let gone = &mut self.people[person];
        gone.seen = None;
        gone.forgotten = gone.forgotten.max(Some(extent));
        if extent == Extent::Everywhere {
            gone.remote = None;
        }
    }

    fn bury(&mut self, person: usize) {
        let family: Vec<usize> = (0..self.people.len()).filter(|other| self.root(*other) == person).collect();
        for member in family {
            self.graves.insert(Name::Public(self.people[member].public.clone()));
        }
        self.graves.extend(self.people[person].remote.map(Name::Remote));
    }
}
