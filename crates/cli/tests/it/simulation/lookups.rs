//! Look-ups: whom a till asks for, and whether what it is told is so.

use engage::call::FindBy;
use engage::model::{Contact, ContactId, Text};
use gateway::delivery::{self, Question, Ticket, Told, View};
use gateway::desk::{Desk, Identified, Reach, Role, Scope, found_by};
use gateway::{Known, Profile, Who};
use jiff::Timestamp;
use serde_json::Value;
use store::{Command, FindContact};

use super::census::Class;
use super::people::Kind;
use super::process::From;
use super::run::Simulation;
use super::words::value_of;

/// What of a contact a till is told is compared, by both names.
const TOLD: [&str; 7] = ["firstName", "lastName", "street", "zipCode", "city", "email", "mobilePhone"];

/// A look-up that waits for its answer.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    person: usize,
    /// What was asked by; nothing where it was asked by the contact's id.
    readings: Vec<Who>,
    view: View,
    at: Timestamp,
}

impl Simulation {
    pub(super) fn look_up_somebody(&mut self) {
        let person = self.random.below(self.setup.people.len());
        self.look_up(person);
    }

    pub(super) fn look_up(&mut self, person: usize) {
        let view = self.random.pick(&[View::Minimal, View::Full, View::Full]);
        let id = self.an_id_of_engages(person).filter(|_| self.random.one_in(4));
        let (readings, question) = match id {
            Some(id) => (Vec::new(), Question::Read(id, view)),
            None => {
                let readings = self.readings(person);
                let by = readings.iter().filter_map(|who| self.find_by(who)).collect();
                (readings, Question::Identify(by, view))
            }
        };
        self.census.saw(Class::LookedUp);
        self.questions += 1;
        let (ticket, at) = (Ticket::asked(self.questions), self.now);
        let until = at + self.setup.settings.lookup_wait;
        let Some(process) = &mut self.process else { return };
        process.asked.insert(ticket, Asked { person, readings, view, at });
        self.core(delivery::Event::Asked(ticket, question, until));
    }

    fn an_id_of_engages(&mut self, person: usize) -> Option<ContactId> {
        let ids = &self.setup.people[person].contact_ids;
        let ids: Vec<&String> = ids.iter().filter(|id| !id.starts_with("tb-")).collect();
        let id = ids.get(self.random.below(ids.len()))?;
        ContactId::new((*id).clone()).ok()
    }

    /// What the desk reads in what the cashier typed.
    fn readings(&mut self, person: usize) -> Vec<Who> {
        let askable: Vec<(Kind, String)> = self.setup.people[person].known_by.clone();
        let (kind, text) = askable[self.random.below(askable.len())].clone();
        let any = self.random.one_in(3);
        let text = match (any, text.strip_prefix("+46")) {
            // As people write it, in the store's country.
            (true, Some(rest)) if self.random.one_in(2) => format!("0{rest}"),
            _ => text,
        };
        let mut identified = Identified::default();
        let place = match (any, kind) {
            (true, _) => &mut identified.any,
            (false, Kind::Email) => &mut identified.email,
            (false, Kind::Phone) => &mut identified.mobile_phone,
            (false, Kind::Member) => &mut identified.member_number,
            (false, Kind::External) => &mut identified.external_id,
            (false, Kind::Personal) => &mut identified.personal_identity_number,
        };
        *place = Some(&text);
        if any {
            self.census.saw(Class::LookedUpByAny);
        }
        let Some(process) = &self.process else { return Vec::new() };
        let keys = process.database.keys();
        let desk = Desk { settings: &self.setup.settings, keys: &keys };
        let by = Scope { name: "till".to_owned(), role: Role::Till, stores: Reach::All };
        match desk.identify(&identified, Some("store01-malmo"), &by, self.now) {
            Ok(readings) => readings,
            Err(fault) => {
                self.violated("everyIdentifierIsRead", format!("{kind:?}: {}", fault.code));
                Vec::new()
            }
        }
    }

    fn find_by(&self, who: &Who) -> Option<FindBy> {
        let text = |text: &str| Text::new(text).expect("not blank");
        Some(match who {
            Who::Email(value) => FindBy::Email(text(value)),
            Who::MobilePhone(value) => FindBy::MobilePhone(text(value)),
            Who::PersonalIdentityNumber(value) => FindBy::SocialSecurityNumber(text(value)),
            Who::MemberNumber(value) | Who::ExternalId(value) => FindBy::CustomKey(text(value)),
            Who::ContactId(_) => return None,
        })
    }

    /// The answer to a look-up, which is also remembered.
    pub(super) fn told(&mut self, ticket: Ticket, told: Told) {
        let Some(process) = &mut self.process else { return };
        let Some(asked) = process.asked.remove(&ticket) else {
            return self.violated("oneAnswerEach", format!("{ticket:?} is answered twice"));
        };
        let person = asked.person;
        let shares = self.setup.people[person].shares;
        match told {
            Told::Known(known) => {
                let keys = process.database.keys();
                self.told_the_truth(&asked, &known.contact);
                let desk = Desk { settings: &self.setup.settings, keys: &keys };
                let profile = desk.profile_of(&known, self.now);
                self.level_is_true_or_said_stale(&known.contact, &profile, asked.at);
                let id = known.contact.id.as_str().to_owned();
                self.remember(found_by(&asked.readings, &profile).cloned().as_ref(), &known);
                if self.random.one_in(3) && self.person_of(&id) == Some(person) {
                    self.setup.people[person].contact_ids.push(id);
                }
            }
            Told::NotFound => {
                if let Some(contact) = self.was_there_all_the_time(&asked) {
                    let detail = format!("person {person}, {contact}, is said not to be there");
                    self.violated("whoIsThereIsFound", detail);
                }
            }
            Told::Several(_) if shares => self.census.saw(Class::SharedIdentifier),
            Told::Several(_) if self.readings_are_of_several(&asked) => {}
            Told::Several(_) => self.violated("theRightPerson", format!("person {person} is several")),
            Told::Offline | Told::Refused(_) | Told::Consents(_) | Told::Offers(..) => {}
        }
    }

    /// Whether what was typed can be read as something of somebody else's.
    fn readings_are_of_several(&self, asked: &Asked) -> bool {
        let has = |who: &Who| self.setup.people.iter().position(|person| person.has(who.value()));
        let people: std::collections::BTreeSet<usize> = asked.readings.iter().filter_map(has).collect();
        people.len() > 1
    }

    fn told_the_truth(&mut self, asked: &Asked, told: &Contact) {
        let Some(held) = self.engage.contact(told.id.as_str()) else {
            return self.violated("theRightPerson", format!("nobody is {}", told.id.as_str()));
        };
        let who = &self.setup.people[asked.person];
        let is_theirs = match asked.readings.as_slice() {
            [] => held.attribute(self.engage.key_attribute()) == who.value(self.setup.key()),
            readings => readings.iter().any(|reading| {
                let kinds = [Kind::Email, Kind::Phone, Kind::Member, Kind::External, Kind::Personal];
                kinds.iter().any(|kind| held.attribute(kind.attribute()) == Some(reading.value()))
            }),
        };
        let wrong: Vec<&str> = TOLD
            .into_iter()
            .filter(|name| {
                let told = told_as(told, name);
                !self.engage.was(&held.id.to_string(), name, &told, asked.at)
            })
            .collect();
        let person = asked.person;
        if !is_theirs && !who.ended_since(asked.at) {
            self.violated("theRightPerson", format!("person {person} is told to be somebody else"));
        }
        if !wrong.is_empty() {
            self.violated(
                "whatIsToldIsSo",
                format!("{wrong:?} of person {person} were never so since asked"),
            );
        }
    }

    /// The level is Engage's of now, or it is said that it may be old.
    fn level_is_true_or_said_stale(&mut self, told: &Contact, profile: &Profile, asked_at: Timestamp) {
        let Some(loyalty) = &profile.loyalty else { return };
        if loyalty.incomplete.contains("level") {
            return;
        }
        let told_level = loyalty.level.as_deref().map_or(Value::Null, Value::from);
        let is_true = self.engage.was(told.id.as_str(), "bonusBasedLevel", &told_level, asked_at);
        match (is_true, loyalty.level_may_be_stale) {
            (false, true) => self.census.saw(Class::StaleOverview),
            (false, false) if loyalty.level.is_some() => {
                self.violated("whatIsOldIsSaidToBe", format!("level {told_level} is no longer so"));
            }
            _ => {}
        }
    }

    /// Somebody who could be seen from when the till asked until now, by all that was asked by.
    fn was_there_all_the_time(&self, asked: &Asked) -> Option<String> {
        let [reading] = asked.readings.as_slice() else { return None };
        let kinds = [Kind::Email, Kind::Phone, Kind::Member, Kind::External, Kind::Personal];
        let kind = kinds.into_iter().find(|kind| kind.said() == reading.kind())?;
        let value = Value::from(reading.value());
        let seen = self.engage.members().find(|contact| {
            contact.visible <= asked.at
                && value_of(contact, kind.attribute()) == value
                && !self.engage.changed_since(&contact.id.to_string(), kind.attribute(), asked.at)
                && !self.engage.changed_since(&contact.id.to_string(), "contactType", asked.at)
        });
        seen.map(|contact| format!("{} {}", contact.id, asked.view == View::Full))
    }

    /// What Engage showed is kept, as the memory does it.
    pub(super) fn remember(&mut self, asked: Option<&Who>, known: &Known) {
        let Some(process) = &self.process else { return };
        let find = FindContact::Id(known.contact.id.as_str().to_owned());
        let held = process.reader.known(&find).expect("it is read").and_then(|held| held.profile);
        let keys = process.database.keys();
        let desk = Desk { settings: &self.setup.settings, keys: &keys };
        self.questions += 1;
        let new_contact_id = format!("tb-seen-{}", self.questions);
        let remember = desk.remembered(asked, known, held.as_deref(), new_contact_id);
        self.submit(Command::Remember(remember), From::Nobody);
    }
}

fn told_as(contact: &Contact, name: &str) -> Value {
    let text = match name {
        "firstName" => &contact.first_name,
        "lastName" => &contact.last_name,
        "street" => &contact.street,
        "zipCode" => &contact.zip_code,
        "city" => &contact.city,
        "email" => &contact.email,
        _ => &contact.mobile_phone,
    };
    text.as_ref().map_or(Value::Null, |text| Value::from(text.as_str()))
}
