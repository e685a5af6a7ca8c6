//! Engage's stand-in, what must be remembered of it, and the people there: they sign up on the web, edit contacts and
//! delete some, and whatever they touch is theirs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sandbox::{Act, Change, Contact, Reply, What, World};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::census::Class;
use super::people::{Before, Kind};
use super::run::{Event, Simulation};
use super::setup::{CONSENTS, Setup};
use super::words::{edit, value_of};

/// In place of a field's name: somebody made the contact.
const EVERYTHING: &str = "*";

/// Engage, and what must be remembered of it.
pub(super) struct EngageSide {
    pub(super) world: World,
    seed: u64,
    key: Kind,
    journal: Option<Vec<(Timestamp, String)>>,
    due: Option<Timestamp>,
    pub(super) headers: Vec<(String, String)>,
    /// Contacts that the gateway made, by key, until they are deleted.
    pub(super) made: BTreeSet<String>,
    /// How many contacts with a key were deleted.
    pub(super) deletions: BTreeMap<String, u64>,
    /// When a key was last looked up.
    pub(super) looked_up: BTreeMap<String, Timestamp>,
    /// Receipts that were sent, whether they arrived or not, and how often.
    pub(super) sent: BTreeMap<String, u32>,
    /// What somebody else than the gateway changed of which contact's fields, and when.
    foreign: BTreeMap<(String, String), Vec<Timestamp>>,
    /// Changes of contacts whose answers haven't reached the gateway, by flight.
    pub(super) unanswered: BTreeMap<u64, (String, Timestamp)>,
    /// How much of the history was looked at.
    pub(super) watched: usize,
    /// How much of what was done with offers was looked at.
    pub(super) offers_watched: usize,
    /// Offers that calls of ours changed of which the gateway expected nothing any longer.
    pub(super) late: BTreeSet<String>,
    /// What only Engage's people said, by the contact's id.
    pub(super) marks: Vec<(String, String)>,
}

impl EngageSide {
    pub(super) fn new(seed: u64, setup: &Setup) -> EngageSide {
        let headers = engage::headers(&SecretString::from("key-of-the-tenant"), "Simulation/1.0");
        let headers = headers.expect("good headers");
        let headers = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("plain text").to_owned()));
        EngageSide {
            world: World::new(seed, setup.tenant.clone()),
            seed,
            key: setup.key(),
            journal: setup.odds.sandbox_stops.then(Vec::new),
            due: None,
            headers: headers.collect(),
            made: BTreeSet::new(),
            deletions: BTreeMap::new(),
            looked_up: BTreeMap::new(),
            sent: BTreeMap::new(),
            foreign: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            watched: 0,
            offers_watched: 0,
            late: BTreeSet::new(),
            marks: Vec::new(),
        }
    }

    pub(super) fn step(&mut self, event: sandbox::Event, now: Timestamp) -> Reply {
        if let Some(journal) = &mut self.journal {
            journal.push((now, serde_json::to_string(&event).expect("an event can be written")));
        }
        sandbox::step(&mut self.world, event, now).0
    }

    pub(super) fn key_attribute(&self) -> &'static str {
        self.key.attribute()
    }

    /// The contacts that are there, of the type that tills enrol.
    pub(super) fn members(&self) -> impl Iterator<Item = &Contact> {
        self.world.contacts().filter(|contact| contact.is_here() && contact.contact_type == "Member")
    }

    /// The member that has this key.
    pub(super) fn with_key(&self, key: &str) -> Option<&Contact> {
        self.members().find(|contact| contact.attribute(self.key_attribute()) == Some(key))
    }

    /// A contact, deleted or not.
    pub(super) fn contact(&self, id: &str) -> Option<&Contact> {
        self.world.contacts().find(|contact| contact.id.to_string() == id)
    }

    fn changes<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Change> {
        let id = self.contact(id).map(|contact| contact.id);
        id.into_iter().flat_map(|id| self.world.changes_of(id))
    }

    /// What a contact had under a name at a time.
    pub(super) fn value_at(&self, id: &str, name: &str, at: Timestamp) -> Value {
        let later = self.changes(id).find_map(|change| match &change.what {
            What::Field { name: own, from, .. } if own == name && change.at > at => Some(from.clone()),
            _ => None,
        });
        later.unwrap_or_else(|| self.contact(id).map_or(Value::Null, |contact| value_of(contact, name)))
    }

    /// Whether a contact had this under a name at some time since.
    pub(super) fn was(&self, id: &str, name: &str, value: &Value, since: Timestamp) -> bool {
        self.value_at(id, name, since) == *value
            || self.changes(id).any(|change| {
                matches!(&change.what, What::Field { name: own, to, .. }
                    if own == name && to == value && change.at >= since)
            })
    }

    /// Whether a field was changed since, or the contact came or went.
    pub(super) fn changed_since(&self, id: &str, name: &str, since: Timestamp) -> bool {
        self.changes(id).any(|change| {
            change.at >= since
                && match &change.what {
                    What::Field { name: own, .. } => own == name,
                    What::Deleted | What::Restored | What::Erased => true,
                    What::Triggered { .. } => false,
                }
        })
    }

    /// Somebody else than the gateway had a hand in it.
    pub(super) fn touched(&mut self, id: &str, name: &str, at: Timestamp) {
        let times = self.foreign.entry((id.to_owned(), name.to_owned())).or_default();
        let place = times.partition_point(|other| *other <= at);
        times.insert(place, at);
    }

    /// The same of all that is there of somebody.
    pub(super) fn touched_by_key(&mut self, key: &str, at: Timestamp) {
        if let Some(id) = self.with_key(key).map(|contact| contact.id.to_string()) {
            self.touched(&id, EVERYTHING, at);
        }
    }

    /// When somebody else last changed a field.
    pub(super) fn touched_at(&self, id: &str, name: &str) -> Option<Timestamp> {
        let last = |name: &str| self.foreign.get(&(id.to_owned(), name.to_owned()))?.last().copied();
        last(name).max(last(EVERYTHING))
    }

    /// When a change of the gateway's last got no answer.
    pub(super) fn unanswered_at(&self, id: &str) -> Option<Timestamp> {
        self.unanswered.values().filter(|(contact, _)| contact == id).map(|(_, at)| *at).max()
    }

    /// When somebody else last changed anything of a contact.
    pub(super) fn anything_touched_at(&self, id: &str) -> Option<Timestamp> {
        let of = self.foreign.range((id.to_owned(), String::new())..).take_while(|((own, _), _)| own == id);
        of.filter_map(|(_, times)| times.last().copied()).max()
    }
}

impl Simulation {
    /// Those who are known in Engage from the start.
    pub(super) fn people_exist(&mut self) {
        let switches = self.setup.switches.clone();
        self.promotions_exist();
        for person in 0..self.setup.people.len() {
            match self.setup.people[person].before {
                Before::Unknown => {}
                Before::Member => {
                    self.census.saw(Class::ExistedInEngage);
                    self.sign_up(person, "Member");
                }
                Before::Subscriber => {
                    self.census.saw(Class::ExistedAsSubscriber);
                    self.sign_up(person, "Contact");
                }
            }
        }
        for _ in 0..self.random.below(8) {
            self.offer_in_engage();
        }
        self.engage.step(sandbox::Event::Act(Act::SetSwitches(switches)), self.now);
    }

    /// Somebody becomes a member on the web.
    pub(super) fn sign_up_elsewhere(&mut self, person: usize) {
        if self.odds_now().signs_up_elsewhere && self.engage.with_key(self.key_of(person)).is_none() {
            self.census.saw(Class::SignedUpElsewhere);
            self.sign_up(person, "Member");
        }
    }

    fn sign_up(&mut self, person: usize, contact_type: &str) {
        let mark = format!("signed-up-{person}-{}", self.engage.world.request_count());
        let who = &self.setup.people[person];
        let key = self.setup.key();
        // The key of a subscriber is the address.
        let mut body = Map::from_iter([
            ("contactType".to_owned(), json!(contact_type)),
            ("countryCode".to_owned(), json!("SE")),
            ("language".to_owned(), json!("sv")),
            ("firstName".to_owned(), json!(format!("firstName {mark}"))),
        ]);
        for (kind, value) in &who.known_by {
            let needed = match contact_type {
                "Member" => *kind == key,
                _ => *kind == Kind::Email,
            };
            // Engage gives member numbers to those who are not known by them.
            let given = *kind != Kind::Member && (*kind == key || self.random.one_in(2));
            if needed || given {
                body.insert(kind.attribute().to_owned(), json!(value));
            }
        }
        if self.random.one_in(2) {
            body.insert("street".to_owned(), json!(format!("street {mark}")));
            body.insert("preferences".to_owned(), json!({ "acceptsEmail": self.random.one_in(2) }));
            body.insert(
                "consents".to_owned(),
                json!([{ "id": CONSENTS[0], "value": self.random.one_in(2), "source": "web" }]),
            );
        }
        let request = sandbox::Request::new("POST", "/api/v3/contacts?source=Web&storeExternalId=web")
            .header("apikey", "key-of-the-web-shop")
            .header("content-type", "application/json")
            .header("user-agent", "Web/1.0")
            .body(Value::Object(body).to_string());
        let before = self.engage.world.contacts().len();
        self.engage.step(sandbox::Event::Request(request), self.now);
        self.wait_for_engage();
        self.watch(None);
        let made = self.engage.world.contacts().nth(before).map(|contact| contact.id.to_string());
        if let Some(id) = made {
            self.engage.touched(&id, EVERYTHING, self.now);
            self.engage.marks.push((id, mark));
        }
    }

    /// Somebody edits a contact in Engage's own pages.
    pub(super) fn edit_in_engage(&mut self) {
        if !self.odds_now().edits {
            return;
        }
        let next = self.random.stretch(5_000, 8);
        self.at_in(next, Event::EditInEngage);
        let Some(contact) = self.some_contact() else { return };
        match self.person_of(&contact) {
            // A till shows the contact shortly before and after.
            Some(person) if self.random.one_in(2) => {
                self.look_up(person);
                let soon = self.random.millis(500, 4_000);
                self.at_in(soon, Event::Edit(contact));
                self.at_in(soon * 2, Event::LookUp(person));
            }
            _ => self.edit(&contact),
        }
    }

    pub(super) fn edit(&mut self, contact: &str) {
        let contact = contact.to_owned();
        let mark = format!("edited-{}-there", self.engage.marks.len());
        let custom = !self.setup.settings.engage.custom_attributes.is_empty();
        let fields = edit(&mut self.random, &mark, custom);
        self.note(format_args!("edit {contact} {fields:?}"));
        self.engage.marks.push((contact.clone(), mark));
        let Some(held) = self.engage.contact(&contact) else { return };
        let act = Act::ChangeContact { contact: held.id, fields };
        self.engage.step(sandbox::Event::Act(act), self.now);
        self.census.saw(Class::EditedInEngage);
        self.wait_for_engage();
        self.watch(None);
    }

    /// Somebody deletes a contact there.
    pub(super) fn delete_in_engage(&mut self) {
        if !self.odds_now().deletes {
            return;
        }
        let Some(contact) = self.some_contact() else { return };
        self.note(format_args!("delete {contact}"));
        let Some(held) = self.engage.contact(&contact) else { return };
        let act = Act::DeleteContact { contact: held.id };
        self.engage.step(sandbox::Event::Act(act), self.now);
        self.census.saw(Class::DeletedInEngage);
        self.wait_for_engage();
        self.watch(None);
    }

    fn some_contact(&mut self) -> Option<String> {
        let all: Vec<String> =
            self.engage.world.contacts().filter(|one| one.is_here()).map(|one| one.id.to_string()).collect();
        all.get(self.random.below(all.len())).cloned()
    }

    /// Whose contact this is, by the tenant's key.
    pub(super) fn person_of(&self, id: &str) -> Option<usize> {
        let contact = self.engage.contact(id)?;
        let key = self.setup.key();
        let by = |kind: Kind| {
            let own = contact.attribute(kind.attribute())?;
            self.setup.people.iter().position(|person| person.value(kind) == Some(own))
        };
        // A subscriber may have no key yet.
        by(key).or_else(|| by(Kind::Email))
    }

    /// The identifier by which the tenant knows a person.
    pub(super) fn key_of(&self, person: usize) -> &str {
        self.setup.people[person].value(self.setup.key()).unwrap_or_default()
    }

    pub(super) fn wait_for_engage(&mut self) {
        let due = sandbox::next_due(&self.engage.world);
        if due != self.engage.due {
            self.engage.due = due;
            if let Some(due) = due {
                self.at(due, Event::EngageDue(due));
            }
        }
    }

    pub(super) fn engage_due(&mut self, at: Timestamp) {
        if self.engage.due == Some(at) {
            self.engage.due = None;
            self.engage.step(sandbox::Event::Timer, self.now);
            self.wait_for_engage();
        }
    }

    /// Engage's stand-in ends and is read again from its journal: it must be the same world.
    pub(super) fn engage_restarts(&mut self) {
        let Some(journal) = &self.engage.journal else { return };
        let mut world = World::new(self.engage.seed, self.setup.tenant.clone());
        for (at, event) in journal {
            let event = serde_json::from_str(event).expect("an event is read again");
            sandbox::step(&mut world, event, *at);
        }
        self.census.saw(Class::SandboxReplayed);
        let same = world.contacts().eq(self.engage.world.contacts())
            && world.receipts() == self.engage.world.receipts()
            && world.contact_changes() == self.engage.world.contact_changes()
            && world.offer_changes() == self.engage.world.offer_changes()
            && world.vouchers().eq(self.engage.world.vouchers())
            && world.assignments().eq(self.engage.world.assignments())
            && world.request_count() == self.engage.world.request_count();
        self.engage.world = world;
        if !same {
            self.violated("journalIsTheTruth", "the world that was read again is another".to_owned());
        }
    }
}
