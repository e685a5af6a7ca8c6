//! What tills say of their customers: they enrol them, and change what is known of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use store::{ContactKey, FindContact};

use super::census::Class;
use super::people::Kind;
use super::run::{Event, Simulation};
use super::setup::STORES;
use super::wish::{Update, What, Wish, mark};
use super::words::{Saying, Word};

impl Simulation {
    pub(super) fn enrol(&mut self, till: usize) {
        let (n, person) = (self.wishes.len(), self.random.below(self.setup.people.len()));
        let (engage, key) = (&self.setup.settings.engage, self.setup.key());
        let who = &self.setup.people[person];
        if self.wishes.iter().any(|wish| wish.person == Some(person) && wish.is_enrolment()) {
            self.census.saw(Class::EnrolledTwice);
        }
        let kinds: Vec<Kind> = (who.known_by.iter().map(|(kind, _)| *kind))
            .filter(|kind| *kind == key || self.random.one_in(2))
            .collect();
        let mandatory = !engage.mandatory_fields.is_empty() || self.random.one_in(2);
        let mut saying = Saying::new(&mut self.random, mark(n), n);
        kinds.iter().for_each(|kind| saying.identifier(who, *kind));
        if mandatory {
            saying.text("firstName");
        }
        saying.fields(3, !engage.custom_attributes.is_empty());
        let store = self.setup.tills[till].store;
        let (_, country, language, _) = STORES.into_iter().find(|one| one.0 == store).expect("a store");
        saying.add_the_stores(country, language);
        let (mut body, says) = (saying.body, saying.says);
        body.insert("store".to_owned(), json!(store));
        let what = What::Enrolment(Word { person, says });
        self.wish(Wish::new(format!("enrolment-{n}"), &Value::Object(body), store, what));
        self.the_next_till_at_once(till);
    }

    /// The person goes to the next till meanwhile.
    fn the_next_till_at_once(&mut self, till: usize) {
        if self.random.one_in(6) && self.setup.tills.len() > 1 && self.acts_left[till] > 0 {
            let other = (till + 1) % self.setup.tills.len();
            let soon = self.random.millis(0, 400);
            self.at_in(soon, Event::Act(other));
        }
    }

    pub(super) fn update(&mut self, till: usize) {
        let known = |person: &usize| !self.setup.people[*person].contact_ids.is_empty();
        let people: Vec<usize> = (0..self.setup.people.len()).filter(known).collect();
        if people.is_empty() {
            return self.enrol(till);
        }
        let (n, person) = (self.wishes.len(), people[self.random.below(people.len())]);
        let who = &self.setup.people[person];
        let contact_id = match self.random.one_in(12) && !who.dead_ids.is_empty() {
            true => who.dead_ids[self.random.below(who.dead_ids.len())].clone(),
            false => who.contact_ids[self.random.below(who.contact_ids.len())].clone(),
        };
        let contact_id = self.id_of_the_card(person).unwrap_or(contact_id);
        let who = &self.setup.people[person];
        let (engage, key) = (&self.setup.settings.engage, self.setup.key());
        let fills = self.random.one_in(8);
        let kind = who.known_by[self.random.below(who.known_by.len())].0;
        let mut saying = Saying::new(&mut self.random, mark(n), n);
        if fills && kind != key {
            saying.identifier(who, kind);
        }
        saying.fields(4, !engage.custom_attributes.is_empty());
        saying.clear(8, &engage.mandatory_fields);
        if saying.says.is_empty() {
            saying.text("street");
        }
        let (mut body, says) = (saying.body, saying.says);
        let store = self.setup.tills[till].store;
        body.insert("store".to_owned(), json!(store));
        let update = Update { word: Word { person, says }, contact_id, base_seen: None, bases: Vec::new() };
        self.wish(Wish::new(format!("update-{n}"), &Value::Object(body), store, What::Update(update)));
        self.the_next_till_at_once(till);
        // Two tills change one contact at the same time.
        if self.random.one_in(5) && self.acts_left[till] > 1 {
            self.acts_left[till] -= 1;
            self.update(till);
        }
    }

    /// Whether the ids that tills were given for somebody lead to several contacts here.
    pub(super) fn has_several_rows(&self, person: usize) -> bool {
        let Some(process) = &self.process else { return false };
        let ids: BTreeSet<&String> = self.setup.people[person].contact_ids.iter().collect();
        let known = |id: &String| process.reader.known(&FindContact::Id(id.clone())).expect("it is read");
        let rows: BTreeSet<ContactKey> =
            ids.into_iter().filter_map(known).map(|known| known.contact.key).collect();
        rows.len() > 1
    }

    /// A card may show an id of Engage's that nobody here has ever seen.
    fn id_of_the_card(&mut self, person: usize) -> Option<String> {
        let there = self.engage.with_key(self.key_of(person)).filter(|contact| contact.visible <= self.now);
        let card = there.map(|contact| contact.id.to_string())?;
        if !self.random.one_in(12) {
            return None;
        }
        let who = &mut self.setup.people[person];
        who.twice_here |= !who.contact_ids.contains(&card);
        Some(card)
    }
}
