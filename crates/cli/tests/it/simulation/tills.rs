//! Tills: they enrol, sell and look up, through the desk's pure functions and the store's commands, as the HTTP layer
//! does; and they send the same again until they have an answer.

use std::time::Duration;

use engage::call::FindBy;
use engage::model::Text;
use gateway::delivery::{self, How, Question, Ticket, Told};
use gateway::desk::{Desk, Reach, Role, Said, Scope};
use gateway::settings::ContactKey;
use gateway::{Profile, Who};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Accepted, Command, Filed, Remember};

use super::census::Class;
use super::money::{Figures, Sale, decimal};
use super::process::From;
use super::run::{Event, Simulation};
use super::setup::Sabotage;

/// How long an enrolment's answer waits for its delivery.
const HURRY: Duration = Duration::from_millis(1_500);

/// Something that a till wants to be taken.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) key: String,
    pub(super) body: Vec<u8>,
    store: &'static str,
    pub(super) person: Option<usize>,
    /// What Engage must hold; an enrolment has none.
    pub(super) figures: Option<Figures>,
    /// Whether it is owed to Engage.
    pub(super) owed: bool,
    /// How the receipt names its customer.
    pub(super) named: Named,
    sends: u32,
    pub(super) answered: bool,
    /// Since when the store has it, as its answer said.
    pub(super) kept_since: Option<Timestamp>,
    public_id: Option<String>,
}

/// How a receipt names its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Nobody,
    Email,
    Phone,
    EmailAndPhone,
    ContactId(String),
}

/// A look-up that waits for its answer.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    person: usize,
    by: Who,
    at: Timestamp,
}

impl Wish {
    pub(super) fn kind(&self) -> &'static str {
        if self.figures.is_some() { "receipt" } else { "enrolment" }
    }
}

impl Simulation {
    /// A till's next act, and when it does another.
    pub(super) fn act(&mut self, till: usize) {
        if self.acts_left[till] == 0 {
            return;
        }
        match self.random.below(12) {
            0..=5 => self.sell(till),
            6..=8 => self.enrol(till),
            9 => self.look_up(),
            10 => self.same_again(),
            _ => self.other_content(),
        }
        self.acts_left[till] -= 1;
        if self.acts_are_done() {
            return self.tills_are_done();
        }
        let gap = self.setup.odds.act_gap_ms;
        let next = self.random.stretch(gap, 6);
        self.at_in(next, Event::Act(till));
    }

    fn sell(&mut self, till: usize) {
        let sale = Sale::draw(&mut self.random);
        let person = match self.random.below(10) {
            0 => None,
            _ => Some(self.random.below(self.setup.people.len())),
        };
        let named = match person {
            None => {
                self.census.saw(Class::Anonymous);
                Named::Nobody
            }
            Some(person) => self.name(person),
        };
        let training = self.random.one_in(15);
        let setup = &self.setup.tills[till];
        let number = format!("{:06}", self.wishes.len());
        let key = format!("{}-{}-{number}", setup.store, setup.till);
        let figures = sale.figures();
        let mut body = json!({
            "store": setup.store, "till": setup.till.to_string(), "receiptNumber": number,
            "createdAt": self.now.to_string(), "lines": sale.lines_json(), "discounts": sale.discounts_json(),
            "total": decimal(figures.total),
            "payments": [{ "type": "card", "amount": decimal(figures.total) }],
        });
        let store = setup.store;
        if let Some(contact) = person.and_then(|person| self.contact_json(person, &named)) {
            body["contact"] = contact;
        }
        if training {
            self.census.saw(Class::Training);
            body["training"] = json!(true);
        }
        let owed = !training && named != Named::Nobody;
        self.wish(Wish { person, figures: Some(figures), owed, named, ..Wish::new(key, &body, store) });
    }

    fn name(&mut self, person: usize) -> Named {
        let ids = &self.setup.people[person].contact_ids;
        match self.random.below(6) {
            0..=1 => Named::Email,
            2 => Named::Phone,
            3 => Named::EmailAndPhone,
            _ if !ids.is_empty() => Named::ContactId(ids[self.random.below(ids.len())].clone()),
            _ => Named::Email,
        }
    }

    fn contact_json(&mut self, person: usize, named: &Named) -> Option<Value> {
        let who = &self.setup.people[person];
        Some(match named {
            Named::Nobody => return None,
            Named::Email => json!({ "email": format!(" {}", who.email.to_uppercase()) }),
            Named::Phone => json!({ "mobilePhone": who.phone }),
            Named::EmailAndPhone => json!({ "email": who.email, "mobilePhone": who.phone }),
            Named::ContactId(id) => {
                if id.starts_with("tb-") {
                    self.census.saw(Class::TemporaryIdUsed);
                }
                json!({ "contactId": id })
            }
        })
    }

    fn enrol(&mut self, till: usize) {
        let person = self.random.below(self.setup.people.len());
        let key = format!("enrolment-{}", self.wishes.len());
        if self.wishes.iter().any(|wish| wish.person == Some(person) && wish.figures.is_none()) {
            self.census.saw(Class::EnrolledTwice);
        }
        let (by_email, by_phone) = match self.setup.settings.engage.contact_key {
            ContactKey::Email => (true, self.random.one_in(2)),
            ContactKey::MobilePhone => (self.random.one_in(2), true),
        };
        let (store, who) = (self.setup.tills[till].store, &self.setup.people[person]);
        let mut body = json!({ "store": store, "firstName": "Robin" });
        if by_email {
            body["email"] = json!(who.email);
        }
        if by_phone {
            body["mobilePhone"] = json!(who.phone);
        }
        let wish = Wish { person: Some(person), owed: true, ..Wish::new(key, &body, store) };
        self.wish(wish);
        // The person goes to the next till meanwhile.
        if self.random.one_in(6) && self.setup.tills.len() > 1 && self.acts_left[till] > 0 {
            let other = (till + 1) % self.setup.tills.len();
            let soon = self.random.millis(0, 400);
            self.at_in(soon, Event::Act(other));
        }
    }

    fn same_again(&mut self) {
        if let Some(wish) = self.some_wish() {
            self.census.saw(Class::SameAgain);
            self.at_in(Duration::ZERO, Event::Send(wish));
        }
    }

    /// The till's numbers were reset, or two tills have one number.
    fn other_content(&mut self) {
        let Some(wish) = self.some_wish().map(|wish| self.wishes[wish].clone()) else { return };
        if wish.figures.is_none() || !wish.owed {
            return;
        }
        self.census.saw(Class::OtherContent);
        let sale = Sale::draw(&mut self.random);
        let figures = sale.figures();
        let mut body: Value = serde_json::from_slice(&wish.body).expect("a body is JSON");
        body["lines"] = sale.lines_json();
        body["discounts"] = sale.discounts_json();
        body["total"] = decimal(figures.total);
        body["payments"] = json!([{ "type": "cash", "amount": decimal(figures.total) }]);
        let other = Wish::new(wish.key.clone(), &body, wish.store);
        self.wish(Wish {
            person: wish.person,
            figures: Some(figures),
            owed: true,
            named: wish.named,
            ..other
        });
    }

    fn some_wish(&mut self) -> Option<usize> {
        (!self.wishes.is_empty()).then(|| self.random.below(self.wishes.len()))
    }

    fn wish(&mut self, wish: Wish) {
        self.wishes.push(wish);
        self.at_in(Duration::ZERO, Event::Send(self.wishes.len() - 1));
    }

    /// A till's word reaches the gateway, if that is there.
    pub(super) fn send(&mut self, wish: usize) {
        let patience = self.random.stretch(2_000, 5);
        self.wishes[wish].sends += 1;
        let sends = self.wishes[wish].sends;
        self.at_in(patience, Event::Impatient(wish, sends));
        let Some(process) = &self.process else { return };
        let keys = process.database.keys();
        let desk = Desk { settings: &self.setup.settings, keys: &keys };
        let by = Scope { name: "till".to_owned(), role: Role::Till, stores: Reach::All };
        let Wish { key, body, figures, .. } = &self.wishes[wish];
        let new_contact_id = format!("tb-{wish}-{sends}");
        let said = Said { id: key, body, by: &by, at: self.now, new_contact_id };
        let accept = match figures {
            Some(_) => desk.receipt(said).map(|taken| taken.split().0),
            None => desk.enrolment(said).map(|taken| taken.accept),
        };
        match accept {
            Ok(mut accept) => {
                if self.setup.sabotage == Sabotage::DeliveryForgotten && figures.is_some() {
                    accept.delivery = None;
                }
                self.submit(Command::Accept(accept), From::Till(wish));
            }
            Err(refusal) => self.violated("aSaleIsNeverRefused", format!("{refusal}")),
        }
        if self.setup.sabotage == Sabotage::AnsweredBeforeCommit {
            let wish = &mut self.wishes[wish];
            wish.answered = true;
            wish.kept_since = Some(self.now);
        }
    }

    pub(super) fn impatient(&mut self, wish: usize, sends: u32) {
        if !self.wishes[wish].answered && self.wishes[wish].sends == sends {
            self.census.saw(Class::SameAgain);
            self.send(wish);
        }
    }

    /// The answer said so.
    pub(super) fn send_again(&mut self, wish: usize) {
        let pause = self.random.millis(100, 3_000);
        self.at_in(pause, Event::Send(wish));
    }

    /// The store has taken it, or had it.
    pub(super) fn accepted(&mut self, wish: usize, accepted: Accepted) {
        let filed = match accepted {
            Accepted::New(filed) | Accepted::Repeated(filed) => filed,
            Accepted::Conflict { kept, .. } => return self.conflicted(wish, kept),
        };
        self.filed(wish, self.wishes[wish].key.clone());
        if self.wishes[wish].figures.is_some() {
            return self.answer(wish);
        }
        let Some(contact) = filed.contact else {
            return self.violated("anEnrolmentHasAContact", format!("{:?}", self.wishes[wish].key));
        };
        self.wishes[wish].public_id = Some(contact.public_id);
        let Some(process) = self.process.as_mut() else { return };
        match filed.delivery {
            Some(delivery) => {
                process.hurried.entry(delivery).or_default().push(wish);
                let epoch = self.epoch;
                self.at(self.now, Event::ToCore(epoch, delivery::Event::Hurried(delivery)));
                self.at_in(HURRY, Event::HurryOver(epoch, wish));
            }
            None => self.enrolment_answered(wish, None),
        }
    }

    /// Other content under an identity that is taken: the till hears 409, and both are kept.
    fn conflicted(&mut self, wish: usize, kept: Option<Filed>) {
        let key = self.wishes[wish].key.clone();
        let body = &self.wishes[wish].body;
        let is_so = self.wishes.iter().any(|other| other.key == key && other.body != *body);
        let Some(process) = &self.process else { return };
        let delivery = kept.and_then(|filed| filed.delivery);
        let row = delivery.and_then(|id| process.reader.delivery(id).expect("it is read"));
        match row {
            Some(row) if is_so => {
                self.filed(wish, row.key);
                self.answer(wish);
            }
            _ => self.violated("conflictsAreKept", format!("{key} is said to have other content")),
        }
    }

    /// Its place is known: it is the same for ever.
    fn filed(&mut self, wish: usize, key: String) {
        let since = *self.wishes[wish].kept_since.get_or_insert(self.now);
        let kind = self.wishes[wish].kind();
        let owner = *self.documents.entry((kind, key.clone())).or_insert(wish);
        if self.wishes[owner].body != self.wishes[wish].body {
            self.violated(
                "oneIdentityOneContent",
                format!("{key} was taken at {since} with another content"),
            );
        }
        if owner != wish && self.wishes[owner].key == self.wishes[wish].key {
            // Two tills said the very same; one document stands for both.
            self.wishes[wish].owed = false;
        }
    }

    fn answer(&mut self, wish: usize) {
        if self.random.percent(self.odds_now().answer_lost_percent) {
            self.census.saw(Class::AnswerToTillLost);
        } else if !self.wishes[wish].answered {
            self.wishes[wish].answered = true;
            match self.wishes[wish].figures {
                Some(_) => self.census.receipts += 1,
                None => self.census.enrolments += 1,
            }
        }
    }

    pub(super) fn hurry_over(&mut self, epoch: u64, wish: usize) {
        let Some(process) = self.process.as_mut().filter(|process| process.epoch == epoch) else { return };
        let waits = process.hurried.values_mut().any(|waiting| {
            let before = waiting.len();
            waiting.retain(|one| *one != wish);
            waiting.len() < before
        });
        if waits {
            self.enrolment_answered(wish, None);
        }
    }

    /// The till hears what id the contact has, for now or for good.
    pub(super) fn enrolment_answered(&mut self, wish: usize, how: Option<How>) {
        let (Some(process), Some(public_id)) = (&self.process, self.wishes[wish].public_id.clone()) else {
            return;
        };
        let contact = process.reader.contact_by_id(&public_id).expect("it is read");
        let (Some(contact), Some(person)) = (contact, self.wishes[wish].person) else {
            return self.violated("contactIdsAreForEver", format!("{public_id} is nobody"));
        };
        if how == Some(How::Created) && contact.remote_id.is_none() {
            self.violated("createdMeansBound", format!("{public_id} was created and has no id"));
        }
        self.given_ids.push((public_id, person));
        let id = contact.remote_id.unwrap_or(contact.public_id);
        self.setup.people[person].contact_ids.push(id);
        self.answer(wish);
    }

    fn look_up(&mut self) {
        let person = self.random.below(self.setup.people.len());
        let who = &self.setup.people[person];
        let text = |text: &str| Text::new(text).expect("not blank");
        let (by, find) = match self.random.one_in(2) {
            true => (Who::Email(who.email.clone()), FindBy::Email(text(&who.email))),
            false => (Who::MobilePhone(who.phone.clone()), FindBy::MobilePhone(text(&who.phone))),
        };
        self.census.saw(Class::LookedUp);
        self.questions += 1;
        let (ticket, at) = (Ticket::asked(self.questions), self.now);
        let Some(process) = &mut self.process else { return };
        process.asked.insert(ticket, Asked { person, by, at });
        self.core(delivery::Event::Asked(ticket, Question::Identify(vec![find])));
    }

    /// The answer to a look-up, which is also remembered.
    pub(super) fn told(&mut self, ticket: Ticket, told: Told) {
        let Some(process) = &mut self.process else { return };
        let Some(Asked { person, by, at }) = process.asked.remove(&ticket) else {
            return self.violated("oneAnswerEach", format!("{ticket:?} is answered twice"));
        };
        let keys = process.database.keys();
        let who = &self.setup.people[person];
        match told {
            Told::Profile(contact) => {
                let has =
                    |text: &Option<Text>, own: &str| text.as_ref().is_some_and(|text| text.as_str() == own);
                if !has(&contact.email, &who.email) && !has(&contact.mobile_phone, &who.phone) {
                    self.violated("theRightPerson", format!("person {person} is told to be somebody else"));
                }
                let desk = Desk { settings: &self.setup.settings, keys: &keys };
                let profile = Profile::from(&*contact);
                let aliases = desk.known_by(by, contact.id.as_str(), &profile);
                self.questions += 1;
                let remember = Remember {
                    remote_id: contact.id.as_str().to_owned(),
                    aliases,
                    new_contact_id: format!("tb-seen-{}", self.questions),
                    profile: profile.write(),
                    at: self.now,
                };
                self.submit(Command::Remember(remember), From::Nobody);
            }
            Told::NotFound => {
                let seen = self.engage.world.contacts().any(|contact| {
                    contact.visible <= at
                        && contact.attribute("email") == Some(&who.email)
                        && contact.attribute("mobilePhone") == Some(&who.phone)
                });
                if seen {
                    self.violated("whoIsThereIsFound", format!("person {person} is said not to be there"));
                }
            }
            Told::Several(_) if who.shares => {}
            Told::Several(_) => self.violated("theRightPerson", format!("person {person} is several")),
            Told::Offline | Told::Refused(_) => {}
        }
    }

    /// The identifier by which the tenant knows a person.
    pub(super) fn key_of(&self, person: usize) -> &str {
        let who = &self.setup.people[person];
        match self.setup.settings.engage.contact_key {
            ContactKey::Email => &who.email,
            ContactKey::MobilePhone => &who.phone,
        }
    }
}

impl Wish {
    fn new(key: String, body: &Value, store: &'static str) -> Wish {
        Wish {
            key,
            body: body.to_string().into_bytes(),
            store,
            person: None,
            figures: None,
            owed: false,
            named: Named::Nobody,
            sends: 0,
            answered: false,
            kept_since: None,
            public_id: None,
        }
    }
}
