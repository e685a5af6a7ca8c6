//! Tills: they enrol, sell, take back, change and look up, through the desk's pure functions and the store's commands, as
//! the HTTP layer does; and they send the same again until they have an answer.

use std::time::Duration;

use gateway::delivery::{self, How};
use gateway::desk::{CLAIM, Desk, KnownHere, REDEMPTION, Reach, Role, Said, Scope};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Accept, Accepted, Command, Filed, FindContact, KnownContact};

use super::census::Class;
use super::money::Sale;
use super::people::Kind;
use super::process::{From, Process};
use super::run::{Event, Simulation};
use super::setup::Sabotage;
use super::undoing::{Undoing, claim, found, void};
use super::wish::{Assign, Named, Rung, Update, What, Wish, mark};

/// How long an enrolment's or update's answer waits for its delivery.
const HURRY: Duration = Duration::from_millis(1_500);

/// What the desk makes of a till's word.
enum Taken {
    Accept(Box<Accept>),
    /// 404 or 410: nothing is taken, and the till has its answer.
    Gone,
    /// It was so before.
    IsSo,
    /// A void or a claim that is refused.
    Refused409(&'static str),
    Refused(String),
}

impl Simulation {
    /// A till's next act, and when it does another.
    pub(super) fn act(&mut self, till: usize) {
        if self.acts_left[till] == 0 {
            return;
        }
        match self.random.below(27) {
            0..=5 => self.sell(till),
            6..=8 => self.enrol(till),
            9..=12 => self.update(till),
            13..=14 => self.look_up_somebody(),
            15 => self.same_again(),
            16 => self.other_content(),
            17..=20 => self.bring_back(till),
            21 => self.void(),
            22..=23 => self.claim(),
            _ => self.assign(till),
        }
        self.acts_left[till] -= 1;
        if self.acts_are_done() {
            return self.tills_are_done();
        }
        let gap = self.setup.odds.act_gap_ms;
        let next = self.random.stretch(gap, 6);
        self.at_in(next, Event::Act(till));
    }

    pub(super) fn sell(&mut self, till: usize) {
        let mut sale = Sale::draw(&mut self.random, self.wishes.len());
        let person = match self.random.below(6) {
            0 => None,
            _ => Some(self.random.below(self.setup.people.len())),
        };
        let training = self.random.one_in(15);
        let named = self.offers_to_use(person);
        named.iter().for_each(|named| sale.offer(&mut self.random, named.clone()));
        self.ring(till, person, Some(&sale), Vec::new(), training);
        let sold = self.wishes.len() - 1;
        self.use_them_elsewhere(till, person, &named);
        if self.random.one_in(if named.is_empty() { 12 } else { 3 }) {
            self.void_soon(sold);
        }
    }

    pub(super) fn name(&mut self, person: usize) -> Named {
        let key = self.setup.key();
        let who = &self.setup.people[person];
        let any = |random: &mut super::random::Random| {
            random.pick(&who.known_by.iter().map(|(kind, _)| *kind).collect::<Vec<_>>())
        };
        match self.random.below(7) {
            0..=1 => Named::By(vec![key]),
            2 => Named::By(vec![any(&mut self.random)]),
            3 => {
                let (first, second) = (any(&mut self.random), any(&mut self.random));
                let kinds = std::collections::BTreeSet::from([first, second]);
                Named::By(kinds.into_iter().collect())
            }
            4 if !who.dead_ids.is_empty() => {
                self.census.saw(Class::DeadIdUsed);
                Named::ContactId(who.dead_ids[self.random.below(who.dead_ids.len())].clone())
            }
            _ if !who.contact_ids.is_empty() => {
                Named::ContactId(who.contact_ids[self.random.below(who.contact_ids.len())].clone())
            }
            _ => Named::By(vec![key]),
        }
    }

    pub(super) fn contact_json(&mut self, person: usize, named: &Named) -> Option<Value> {
        let who = &self.setup.people[person];
        Some(match named {
            Named::Nobody => return None,
            Named::By(kinds) => {
                let said = |kind: &Kind| {
                    let value = who.value(*kind).unwrap_or_default();
                    let said = if *kind == Kind::Email {
                        format!(" {}", value.to_uppercase())
                    } else {
                        value.into()
                    };
                    (kind.said().to_owned(), json!(said))
                };
                Value::Object(kinds.iter().map(said).collect())
            }
            Named::ContactId(id) => {
                if id.starts_with("tb-") {
                    self.census.saw(Class::TemporaryIdUsed);
                }
                json!({ "contactId": id })
            }
        })
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
        let Some(rung) = wish.rung().filter(|_| wish.owed) else { return };
        self.census.saw(Class::OtherContent);
        let n = self.wishes.len();
        let sale = Sale::draw(&mut self.random, n);
        let mut body: Value = serde_json::from_slice(&wish.body).expect("a body is JSON");
        body["operator"] = json!(mark(n));
        let back = rung.back.clone();
        let (own, uses) = self.goods_json(&mut body, Some(&sale), &back, "cash");
        let rung = Rung { own, back, training: false, uses };
        let other = Wish::new(wish.key.clone(), &body, wish.store, What::Receipt(rung));
        self.wish(Wish { person: wish.person, named: wish.named, ..other });
    }

    fn some_wish(&mut self) -> Option<usize> {
        (!self.wishes.is_empty()).then(|| self.random.below(self.wishes.len()))
    }

    pub(super) fn wish(&mut self, wish: Wish) {
        let Wish { key, person, named, what, .. } = &wish;
        self.note(format_args!("a till says {key} of {person:?} {named:?}: {what:?}"));
        self.wishes.push(wish);
        self.at_in(Duration::ZERO, Event::Send(self.wishes.len() - 1));
    }

    /// A till's word reaches the gateway, if that is there.
    pub(super) fn send(&mut self, wish: usize) {
        let patience = self.random.stretch(2_000, 5);
        self.wishes[wish].sends += 1;
        let sends = self.wishes[wish].sends;
        self.at_in(patience, Event::Impatient(wish, sends));
        if self.process.is_none() {
            return;
        }
        match self.taken(wish) {
            Taken::Accept(mut accept) => {
                self.sabotage_accept(wish, &mut accept);
                // What most things are made from was read before they are written.
                let is_plain = match &self.wishes[wish].what {
                    What::Receipt(rung) => rung.back.is_empty() && rung.uses.is_empty(),
                    What::Enrolment(_) => true,
                    What::Void | What::Claim | What::Update(_) | What::Assign(_) => false,
                };
                let after = if is_plain { Duration::ZERO } else { self.random.micros(20, 3_000) };
                let epoch = self.epoch;
                self.at_in(after, Event::Submit(epoch, accept, wish));
            }
            Taken::Gone => self.answer(wish),
            Taken::IsSo => {
                self.filed(wish, self.wishes[wish].key.clone());
                self.answer(wish);
            }
            Taken::Refused409(why) => {
                let is_void = matches!(self.wishes[wish].what, What::Void);
                self.undoing_refused(&self.wishes[wish].key.clone(), is_void, why);
                self.answer(wish);
            }
            Taken::Refused(why) => self.violated("aSaleIsNeverRefused", why),
        }
        if self.setup.sabotage == Sabotage::AnsweredBeforeCommit {
            let wish = &mut self.wishes[wish];
            wish.answered = true;
            wish.kept_since = Some(self.now);
        }
    }

    fn taken(&mut self, wish: usize) -> Taken {
        let Some(process) = &self.process else { return Taken::Gone };
        let keys = process.database.keys();
        let desk = Desk { settings: &self.setup.settings, keys: &keys };
        let by = Scope { name: "till".to_owned(), role: Role::Till, stores: Reach::All };
        let Wish { key, body, what, sends, person, .. } = &self.wishes[wish];
        let new_contact_id = format!("tb-{wish}-{sends}");
        let brought = new_contact_id.clone();
        let said = Said { id: key, body, by: &by, at: self.now, new_contact_id };
        let accept = match what {
            What::Receipt(_) => desk.open_receipt(said).map(|open| {
                let found = found(&desk, &open, process, self.now);
                desk.receipt(open, &found).split().0
            }),
            What::Void => return Taken::of(void(&desk, said, &process.reader)),
            What::Claim => return Taken::of(claim(&desk, said, process)),
            What::Enrolment(_) => desk.enrolment(said).map(|taken| taken.accept),
            What::Assign(Assign { contact_id, .. }) => {
                let (known, is_forgotten) = here(process, contact_id);
                if is_forgotten {
                    self.census.saw(Class::Refused410);
                    return Taken::Gone;
                }
                let is_somebody = known.map(KnownHere::of).is_some_and(|known| known.is_somebody());
                if !is_somebody && contact_id.starts_with("tb-") {
                    return Taken::Gone;
                }
                let looked_up = desk.looked_up(&process.reader).expect("it is read");
                desk.assignment_for(said, contact_id, &looked_up).map(|(accept, _)| accept)
            }
            What::Update(Update { contact_id, .. }) => {
                let (known, is_forgotten) = here(process, contact_id);
                if is_forgotten {
                    self.census.saw(Class::Refused410);
                    return Taken::Gone;
                }
                if person.is_some_and(|person| self.has_several_rows(person)) {
                    self.setup.people[person.expect("there is one")].twice_here = true;
                }
                let seen_at = known.as_ref().and_then(seen_at);
                let known = known.map(KnownHere::of).filter(KnownHere::is_somebody);
                let is_local = contact_id.starts_with("tb-");
                if known.is_none() && is_local {
                    let who = person.map(|person| &self.setup.people[person]);
                    let excused = self.restored.is_some() || who.is_some_and(|who| who.meddled);
                    let detail = format!("{contact_id} is nobody to change");
                    if !excused {
                        self.violated("contactIdsAreForEver", detail);
                    }
                    return Taken::Gone;
                }
                if known.is_none() {
                    self.census.saw(Class::StrangerUpdated);
                }
                let taken = desk.update(said, contact_id, known.as_ref()).map(|taken| taken.accept);
                if let What::Update(update) = &mut self.wishes[wish].what {
                    update.bases.push((brought, seen_at));
                }
                taken
            }
        };
        match accept {
            Ok(accept) => Taken::Accept(Box::new(accept)),
            Err(refusal) => Taken::Refused(format!("{refusal:?}")),
        }
    }

    fn sabotage_accept(&self, wish: usize, accept: &mut Accept) {
        let wish = &self.wishes[wish];
        let others =
            || self.wishes.iter().filter(|other| other.person == wish.person && other.is_enrolment());
        let is_second = || {
            wish.is_enrolment() && others().any(|other| other.key != wish.key && other.kept_since.is_some())
        };
        match self.setup.sabotage {
            Sabotage::DeliveryForgotten if wish.is_receipt() => accept.delivery = None,
            Sabotage::DrawForgotten => {
                accept.with.draws.clear();
                accept.with.parts.iter_mut().for_each(|part| part.draws.clear());
            }
            Sabotage::ReturnWaitsForNothing if !accept.with.draws.is_empty() => {
                accept.delivery.iter_mut().for_each(|delivery| delivery.role = store::Role::ChangesContact);
            }
            Sabotage::VoidWithoutReverse => {
                accept.with.voids.iter_mut().for_each(|void| void.compensation.delivery = None);
            }
            Sabotage::ClaimWithoutReturns => accept.with.claims.truncate(1),
            Sabotage::PartsOfOneContact => {
                for part in &mut accept.with.parts {
                    part.contact_of = accept.with.contact_of;
                    part.contact.clone_from(&accept.contact);
                }
            }
            Sabotage::RedemptionForgotten => accept.with.along.retain(|along| along.kind != REDEMPTION),
            Sabotage::ReactivationForgotten => {
                accept.with.voids.iter_mut().for_each(|void| void.along.clear());
            }
            Sabotage::SecondEnrolmentIgnored if is_second() => accept.delivery = None,
            Sabotage::AliasBySharedIdentifier if wish.is_enrolment() => {
                accept.contact.append(&mut accept.hints);
            }
            _ => {}
        }
    }

    pub(super) fn submit_wish(&mut self, epoch: u64, accept: Accept, wish: usize) {
        if self.process.as_ref().is_some_and(|process| process.epoch == epoch) {
            self.submit(Command::Accept(accept), From::Till(wish));
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
            Accepted::Overtaken => {
                let is_receipt = self.wishes[wish].is_receipt();
                self.census.saw(if is_receipt { Class::ReturnOvertaken } else { Class::Overtaken });
                return self.at_in(Duration::ZERO, Event::Send(wish));
            }
        };
        self.hear_of_offers(wish, &filed);
        if self.was_said_before(wish, &filed) {
            return self.answer(wish);
        }
        self.filed(wish, self.wishes[wish].key.clone());
        if matches!(self.wishes[wish].what, What::Receipt(_) | What::Void | What::Claim) {
            return self.answer(wish);
        }
        self.wishes[wish].public_id = filed.contact.map(|contact| contact.public_id);
        if self.wishes[wish].public_id.is_none() && self.wishes[wish].is_enrolment() {
            return self.violated("anEnrolmentHasAContact", format!("{:?}", self.wishes[wish].key));
        }
        let Some(process) = self.process.as_mut() else { return };
        match filed.delivery {
            Some(delivery) => {
                process.hurried.entry(delivery).or_default().push(wish);
                let epoch = self.epoch;
                self.at(self.now, Event::ToCore(epoch, delivery::Event::Hurried(delivery)));
                self.at_in(HURRY, Event::HurryOver(epoch, wish));
            }
            None => self.contact_answered(wish, None),
        }
    }

    /// Other content under an identity that is taken: the till hears 409, and both are kept.
    fn conflicted(&mut self, wish: usize, kept: Option<Filed>) {
        let key = self.wishes[wish].key.clone();
        let body = &self.wishes[wish].body;
        let kind = self.wishes[wish].kind();
        let mut others = self.wishes.iter().filter(|other| other.kind() == kind && other.key == key);
        let is_so = others.any(|other| other.body != *body);
        if kind == CLAIM && is_so {
            // Another claimed it before; nothing of this is kept.
            self.census.saw(Class::ClaimRefused);
            return self.answer(wish);
        }
        let Some(process) = &self.process else { return };
        let is_kept = kept.is_some();
        let delivery = kept.and_then(|filed| filed.delivery);
        let row = delivery.and_then(|id| process.reader.delivery(id).expect("it is read"));
        match row {
            Some(row) if is_so => {
                self.filed(wish, row.key);
                self.answer(wish);
            }
            // What is nobody's owes nothing, and is kept all the same.
            None if is_so && is_kept => self.answer(wish),
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
            match self.wishes[wish].what {
                What::Receipt(_) | What::Void | What::Claim => self.census.receipts += 1,
                What::Enrolment(_) => self.census.enrolments += 1,
                What::Update(_) => self.census.updates += 1,
                What::Assign(_) => self.census.assignments += 1,
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
            self.contact_answered(wish, None);
        }
    }

    /// The till hears what id the contact has, for now or for good.
    pub(super) fn contact_answered(&mut self, wish: usize, how: Option<How>) {
        let Some(process) = &self.process else { return };
        let (Some(public_id), Some(person)) = (self.wishes[wish].public_id.clone(), self.wishes[wish].person)
        else {
            return self.answer(wish);
        };
        let known = process.reader.known(&FindContact::Id(public_id.clone())).expect("it is read");
        let Some(known) = known else {
            return self.violated("contactIdsAreForEver", format!("{public_id} is nobody"));
        };
        if how == Some(How::Created) && known.contact.remote_id.is_none() && !known.forgotten {
            self.violated("createdMeansBound", format!("{public_id} was created and has no id"));
        }
        if self.wishes[wish].is_enrolment() && !known.forgotten {
            self.given_ids.push((public_id, person, self.now));
            let id = known.contact.remote_id.unwrap_or(known.contact.public_id);
            self.setup.people[person].contact_ids.push(id);
        }
        self.answer(wish);
    }
}

impl Taken {
    fn of(undoing: Undoing) -> Taken {
        match undoing {
            Undoing::Accept(accept) => Taken::Accept(accept),
            Undoing::IsSo => Taken::IsSo,
            Undoing::Refused(why) => Taken::Refused409(why),
            Undoing::Unread(why) => Taken::Refused(why),
        }
    }
}

/// The contact that the database has by an id, and whether it was forgotten.
fn here(process: &Process, contact_id: &str) -> (Option<KnownContact>, bool) {
    let reader = &process.reader;
    let alias = process.database.keys().contact_id(contact_id);
    let known = reader.known(&FindContact::Id(contact_id.to_owned())).expect("it is read");
    let known = known.or_else(|| reader.known(&FindContact::Alias(alias)).expect("it is read"));
    let is_forgotten = reader.is_forgotten(&alias).expect("it is read")
        || known.as_ref().is_some_and(|known| known.forgotten);
    (known, is_forgotten)
}

/// Since when it is known what Engage has of a contact. What a till said of one that was created is not all of it.
fn seen_at(known: &KnownContact) -> Option<Timestamp> {
    let profile: Value = serde_json::from_slice(known.profile.as_deref()?).expect("a profile is JSON");
    known.seen_at.filter(|_| profile["from"] != "till")
}
