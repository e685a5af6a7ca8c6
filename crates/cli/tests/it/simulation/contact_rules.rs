//! What must hold of contacts, by the journal and history of Engage's stand-in and by what tills said: every change of a
//! field is somebody's word, none is lost, and none overwrites what is newer.

use std::time::Duration;

use gateway::desk::{ASSIGNMENT, ENROLMENT, REACTIVATION, RECEIPT, REDEMPTION};
use jiff::Timestamp;
use sandbox::{By, Change, What as Event};
use serde_json::Value;
use store::{Accept, Command, Filed, Operated, Outcome, Settle, Settled, Verdict};

use super::census::Class;
use super::ledger::base;
use super::link::{Cargo, Parcel};
use super::offers::AGAIN;
use super::run::Simulation;
use super::wish::{Update, What, Wish};
use super::words::{Word, said_as, value_of};

/// Between the look that a change was decided by and the change's call: nobody can know of what happens then.
const UNSEEN: Duration = Duration::from_secs(30);
/// The same where the answer of the call was lost.
const UNSEEN_MAX: Duration = Duration::from_secs(60);
/// How old what the gateway saw may have been when it saw it.
const SEEN_LATE: Duration = Duration::from_secs(40);

impl Simulation {
    /// Looks at what has changed in Engage since it was last looked at. `parcel` is the gateway's request that was just
    /// served, and whether the gateway waits for its answer no longer; none where somebody else was at work.
    pub(super) fn watch(&mut self, parcel: Option<(&Parcel, bool)>) {
        let changes: Vec<Change> = self.engage.world.contact_changes()[self.engage.watched..].to_vec();
        self.engage.watched += changes.len();
        for change in changes {
            self.note(format_args!("changed {} {:?} {:?}", change.contact, change.by, change.what));
            match (parcel, change.by) {
                (Some((parcel, false)), By::Request(_)) => self.our_change(&change, parcel),
                // Nobody can tell how long a request may survive the gateway's patience: it counts as somebody else's.
                (Some((_, true)), By::Request(_)) | (None, _) | (_, By::Person | By::Engage) => {
                    if let Event::Field { name, .. } = &change.what {
                        self.engage.touched(&change.contact.to_string(), name, change.at);
                    }
                }
            }
            if change.what == Event::Deleted {
                self.contact_deleted(&change, parcel.map(|(parcel, _)| parcel));
            }
        }
    }

    fn contact_deleted(&mut self, change: &Change, parcel: Option<&Parcel>) {
        let id = change.contact.to_string();
        if parcel.is_some() && !self.is_forgotten_id(&id) {
            self.violated("onlyTheForgottenAreDeleted", format!("{id} is deleted by us"));
        }
        let Some(contact) = self.engage.contact(&id) else { return };
        let key = contact.attribute(self.engage.key_attribute()).unwrap_or_default().to_owned();
        if contact.contact_type == "Member" {
            self.engage.made.remove(&key);
        }
        *self.engage.deletions.entry(key).or_default() += 1;
        if let Some(person) = self.person_of(&id) {
            let who = &mut self.setup.people[person];
            who.deleted = Some(change.at);
            if parcel.is_none() {
                who.deleted_by_others = Some(change.at);
            }
        }
    }

    /// A change by the gateway: whose word it is, and whether that word still counted.
    fn our_change(&mut self, change: &Change, parcel: &Parcel) {
        let Event::Field { name, from, to } = &change.what else { return };
        let id = change.contact.to_string();
        let Some(wish) = parcel.wish else {
            return self.violated("everyChangeIsSomebodysWord", format!("{name} of {id} became {to}"));
        };
        if name == "contactType" {
            let is_promotion = matches!(parcel.cargo, Cargo::ChangeOfType(_)) && to == "Member";
            self.census.saw(Class::Promoted);
            if !is_promotion {
                self.violated("everyChangeIsSomebodysWord", format!("{id} became a {to}"));
            }
            return;
        }
        let key = &self.wishes[wish].key;
        let Some(word) = self.wishes[wish].word() else { return };
        let what = format!("{name} of {id}: {from} became {to} by {key}");
        // Two may be under way at once.
        if self.is_twice_here(wish) && word.says.get(name) != Some(to) && self.other_word(wish, name, to) {
            return;
        }
        let unseen = self.engage.touched_at(&id, name).is_some_and(|at| at >= parcel.sent - UNSEEN);
        if self.person_of(&id).is_some_and(|person| person != word.person) && !self.shares(word.person) {
            return self.violated("theRightPerson", format!("{what}, who is person {}", word.person));
        }
        match word.says.get(name) {
            Some(said) if said == to => {}
            // All preferences go as they were read; what somebody changed in between nobody could know.
            _ if unseen && name.starts_with("preferences.") => return,
            said => {
                let detail = format!("{what}, which said {said:?}");
                return self.violated("everyChangeIsSomebodysWord", detail);
            }
        }
        if unseen {
            return;
        }
        match &self.wishes[wish].what {
            What::Enrolment(_) => {
                self.census.saw(Class::Filled);
                let is_filling = from.is_null() || *from == Value::Bool(false);
                if !is_filling {
                    self.violated("anEnrolmentOnlyFills", what);
                }
            }
            What::Update(update) => {
                let since = self.wishes[wish].filed.map_or(self.now, |(_, at)| at);
                let newer = self.engage.touched_at(&id, name).filter(|at| *at >= since);
                // Where somebody else put there what was there before, or a till's earlier word, nobody can tell.
                let was_then = |at: Timestamp| self.engage.value_at(&id, name, at) == *from;
                let was_so = was_then(since)
                    || update.base_seen.is_some_and(|at| was_then(at) || was_then(at - SEEN_LATE))
                    || self.earlier_word(wish, name, from);
                // Where nothing was known, what is empty is filled; and a change of ours that got no answer hides what
                // others changed before it.
                // Given up and taken up again.
                let is_late = self.taken_up.contains(key);
                let lost = self.engage.unanswered_at(&id);
                let hides = |at: Timestamp| lost.is_some_and(|ours| ours >= at - UNSEEN_MAX);
                let nobody_knew = update.base_seen.is_none() && (from.is_null() || newer.is_some_and(hides));
                if let Some(at) = newer.filter(|_| !was_so && !nobody_knew) {
                    self.violated("newerInEngageStands", format!("{what}, and somebody changed it at {at}"));
                } else if let Some(later) = self
                    .later_word_done(wish, name)
                    .filter(|_| from != to && !is_late && !self.is_twice_here(wish))
                {
                    self.violated("updatesLandInOrder", format!("{what}, after {later} was done"));
                }
            }
            What::Receipt(_) | What::Void | What::Claim | What::Assign(_) => {}
        }
    }

    /// Whether the person that is meant was known here by two names, one of them nobody's here.
    pub(super) fn is_twice_here(&self, wish: usize) -> bool {
        self.wishes[wish].person.is_some_and(|person| self.setup.people[person].twice_here)
    }

    /// Whether another word of the same person makes a field so.
    fn other_word(&self, wish: usize, name: &str, value: &Value) -> bool {
        let mut of = self.wishes.iter().filter(|other| other.person == self.wishes[wish].person);
        of.any(|other| other.word().is_some_and(|word| word.says.get(name) == Some(value)))
    }

    /// Whether something else that was said of the same person came to its end since, and not at once.
    fn begun_anew(&self, wish: usize, since: Timestamp) -> bool {
        let mut of = self.wishes.iter().filter(|other| other.person == self.wishes[wish].person);
        of.any(|other| other.attempts > 1 && other.done.is_some_and(|at| at >= since))
    }

    /// Whether an earlier word of the same person made a field so.
    fn earlier_word(&self, wish: usize, name: &str, value: &Value) -> bool {
        let of = &self.wishes[wish];
        self.wishes.iter().any(|other| {
            other.person == of.person
                && other.filed.zip(of.filed).is_some_and(|(other, of)| other.0 < of.0)
                && other.word().is_some_and(|word| word.says.get(name) == Some(value))
        })
    }

    /// A later update of the same field that was done before.
    fn later_word_done(&self, wish: usize, name: &str) -> Option<&str> {
        let of = &self.wishes[wish];
        let later = self.wishes.iter().find(|other| {
            other.person == of.person
                && matches!(other.what, What::Update(_))
                && other.filed.zip(of.filed).is_some_and(|(other, of)| other.0 > of.0)
                && other.done.is_some()
                && other.word().is_some_and(|word| word.says.contains_key(name))
        });
        later.map(|other| other.key.as_str())
    }

    /// A group was committed: what was done in it must be so in Engage.
    pub(super) fn committed(&mut self, commands: &[Command], verdicts: &[Result<Verdict, store::Error>]) {
        for (command, verdict) in commands.iter().zip(verdicts) {
            match (command, verdict) {
                (Command::Accept(accept), Ok(Verdict::Accept(store::Accepted::New(filed)))) => {
                    let place = self.wishes.iter().position(|wish| {
                        wish.kind() == accept.kind && wish.key == accept.key && wish.body == accept.body
                    });
                    let creates = filed.contact.as_ref().and_then(|contact| contact.creation);
                    let waits = creates.is_some() && creates != filed.delivery;
                    if waits && accept.kind == "enrolment" {
                        self.census.saw(Class::EnrolledWhileEnrolling);
                    }
                    if let (Some(wish), Some(delivery)) = (place, filed.delivery) {
                        self.wishes[wish].filed = Some((delivery, self.now));
                        if let What::Update(update) = &mut self.wishes[wish].what {
                            let base = update.bases.iter().find(|(id, _)| *id == accept.new_contact_id);
                            update.base_seen = base.and_then(|(_, seen)| *seen);
                        }
                    }
                    if let Some(wish) = place {
                        self.receipts_changed(accept, wish, filed);
                    }
                }
                (
                    Command::Accept(accept),
                    Ok(Verdict::Accept(store::Accepted::Conflict { kept: Some(kept), .. })),
                ) if accept.kind == RECEIPT => self.kept_beside(accept, kept),
                (
                    Command::Discard(_) | Command::Retry(_) | Command::Replace(_),
                    Ok(Verdict::Operate(Operated::Done)),
                ) => self.see_what_is_discarded(),
                (
                    Command::Settle(Settle { id, outcome: Outcome::Done { .. }, .. }),
                    Ok(Verdict::Settle(Settled::Settled)),
                ) => {
                    self.settled(*id);
                    if !self.forgotten.is_empty() {
                        self.see_what_is_discarded();
                    }
                }
                (Command::Forget(forget), Ok(Verdict::Forget(forgotten))) => {
                    self.person_forgotten(forget, *forgotten);
                    self.see_what_is_discarded();
                }
                (Command::Bind(bind), Ok(Verdict::Bind(contact))) if contact.key != bind.contact => {
                    self.census.saw(Class::Merged);
                }
                _ => {}
            }
        }
    }

    fn receipts_changed(&mut self, accept: &Accept, wish: usize, filed: &Filed) {
        match self.wishes[wish].what {
            What::Receipt(_) => self.receipt_committed(accept, wish, &accept.key),
            What::Void => self.void_committed(&accept.key, filed),
            What::Claim => self.claim_committed(accept, wish, filed),
            What::Enrolment(_) | What::Update(_) | What::Assign(_) => {}
        }
    }

    /// Other content was kept beside a receipt, now or before.
    fn kept_beside(&mut self, accept: &Accept, kept: &Filed) {
        let said = |wish: &Wish| wish.is_receipt() && wish.key == accept.key && wish.body == accept.body;
        let Some(process) = &self.process else { return };
        let row = kept.delivery.and_then(|id| process.reader.delivery(id).expect("it is read"));
        let key = row.map(|row| row.key).filter(|key| self.ledger.get(key).is_none());
        if let Some((wish, key)) = self.wishes.iter().position(said).zip(key) {
            self.receipt_committed(accept, wish, &key);
        }
    }

    /// A delivery is done: what it was to bring about is so, or somebody else brought about another thing.
    fn settled(&mut self, id: store::DeliveryId) {
        let Some(process) = &self.process else { return };
        let Some(row) = process.reader.delivery(id).expect("it is read") else { return };
        let of_its_own = |wish: &usize| self.wishes[*wish].kind() == row.document_kind;
        let Some(wish) = self.wish_of(&row).filter(of_its_own) else { return };
        (self.wishes[wish].done, self.wishes[wish].attempts) = (Some(self.now), row.attempts);
        let remote_id = row.contact.as_ref().and_then(|contact| contact.remote_id.clone());
        let Some(word) = self.wishes[wish].word().cloned() else { return };
        let Some(contact) = remote_id.filter(|id| self.engage.contact(id).is_some_and(|one| one.is_here()))
        else {
            return;
        };
        // Somebody took its call in Engage's name.
        if self.swallowed.contains(&contact) {
            return;
        }
        let said = row.note.as_ref().filter(|note| note.code == "newerInEngage");
        let left_alone: Vec<&str> = said.map_or(Vec::new(), |note| note.detail.split(", ").collect());
        if !left_alone.is_empty() {
            self.census.saw(Class::LeftAlone);
        }
        let problems: Vec<(&'static str, String)> = match &self.wishes[wish].what {
            What::Receipt(_) | What::Void | What::Claim | What::Assign(_) => return,
            What::Enrolment(_) => self.not_filled(wish, &word, &contact),
            What::Update(update) => self.not_updated(wish, update, &contact, &left_alone),
        };
        let since = self.wishes[wish].filed.map_or(self.now, |(_, at)| at);
        if self.engage.anything_touched_at(&contact).is_some_and(|at| at > since)
            && self.now.duration_since(since).as_secs() > 60
        {
            self.census.saw(Class::WaitedWhileEdited);
        }
        for (rule, detail) in problems {
            self.violated(rule, detail);
        }
    }

    fn not_filled(&self, wish: usize, word: &Word, id: &str) -> Vec<(&'static str, String)> {
        let Some(contact) = self.engage.contact(id) else { return Vec::new() };
        let filed = self.wishes[wish].filed.map_or(self.now, |(_, at)| at);
        let lost = word.says.iter().filter(|(name, said)| {
            let now = value_of(contact, name);
            let is_there = match said {
                Value::Bool(true) => now == Value::Bool(true),
                _ => !now.is_null(),
            };
            // Its name goes with its code.
            !is_there
                && name.as_str() != "country"
                && self.engage.touched_at(id, name).is_none_or(|at| at < filed - SEEN_LATE)
                && !self.somebody_updated(wish, name)
        });
        lost.map(|(name, said)| {
            let key = &self.wishes[wish].key;
            ("anEnrolmentFills", format!("{key} is done, said {name} is {said}, and it is empty in {id}"))
        })
        .collect()
    }

    /// Whether an update of this person that was done says something about a field.
    fn somebody_updated(&self, wish: usize, name: &str) -> bool {
        self.wishes.iter().any(|other| {
            other.person == self.wishes[wish].person
                && matches!(other.what, What::Update(_))
                && other.done.is_some()
                && other.word().is_some_and(|word| word.says.contains_key(name))
        })
    }

    fn not_updated(
        &self,
        wish: usize,
        update: &Update,
        id: &str,
        left_alone: &[&str],
    ) -> Vec<(&'static str, String)> {
        let Some(contact) = self.engage.contact(id) else { return Vec::new() };
        let key = &self.wishes[wish].key;
        let filed = self.wishes[wish].filed.map_or(self.now, |(_, at)| at);
        let mut problems = Vec::new();
        for (name, said) in &update.word.says {
            let now = value_of(contact, name);
            if now == *said || name == "country" {
                continue;
            }
            let touched = self.engage.touched_at(id, name);
            let is_newer = match update.base_seen {
                Some(seen) => touched.is_some_and(|at| at >= seen - SEEN_LATE),
                // Where nothing was known of what was there, any change by somebody else may be of this, and one of ours may
                // be somebody else's if its delivery was begun anew after it.
                None => {
                    let anything = touched.max(self.engage.anything_touched_at(id));
                    anything.max(self.engage.unanswered_at(id)).is_some_and(|at| at >= filed - SEEN_LATE)
                        || self.begun_anew(wish, filed)
                }
            };
            // Its value is never read, so one that is there is left alone.
            let is_hidden = name == "socialSecurityNumber" && !now.is_null();
            // Given up and taken up again, it came later than it was said; or another did.
            let is_late = self.taken_up.contains(key)
                || self.wishes.iter().any(|other| {
                    self.taken_up.contains(&other.key)
                        && other.word().is_some_and(|word| word.says.get(name) == Some(&now))
                });
            let by_another_name =
                self.is_twice_here(wish) && (update.base_seen.is_none() || self.other_word(wish, name, &now));
            // A look that was under way together with an earlier update shows what was before that.
            let is_behind = update.base_seen.is_some_and(|seen| {
                self.engage.changed_since(id, name, seen - SEEN_LATE) && self.earlier_word(wish, name, &now)
            });
            let is_overtaken = is_newer
                || is_behind
                || is_late
                || by_another_name
                || self.later_word_done(wish, name).is_some();
            if !is_overtaken && !is_hidden {
                let detail = format!(
                    "{key} is done and said {name} is {said}; it is {now} in {id}, touched at {touched:?}, seen at {:?}",
                    update.base_seen
                );
                problems.push(("anUpdateArrives", detail));
            } else if touched.is_none_or(|at| at < self.now - UNSEEN - SEEN_LATE)
                && !left_alone.contains(&said_as(name).as_str())
            {
                let detail = format!("{key}: {name} was left alone, only {left_alone:?} are said to be");
                problems.push(("whatIsLeftAloneIsSaid", detail));
            }
        }
        problems
    }

    /// What we created is what the till said, and nothing else.
    pub(super) fn creation_is_as_said(&mut self, key: &str, wish: Option<usize>) {
        let Some(word) = wish.and_then(|wish| self.wishes[wish].word()) else { return };
        let Some(contact) = self.engage.with_key(key) else { return };
        let wrong: Vec<String> = word
            .says
            .iter()
            .filter(|(name, said)| value_of(contact, name) != **said)
            .map(|(name, said)| format!("{name}: {said} became {}", value_of(contact, name)))
            .collect();
        let own = ["createdInStore", "store", "memberNumber"];
        let more: Vec<&String> = contact
            .attributes
            .keys()
            .filter(|name| !word.says.contains_key(*name) && !own.contains(&name.as_str()))
            .collect();
        if !wrong.is_empty() || !more.is_empty() {
            self.violated("aCreationIsAsSaid", format!("{key}: {wrong:?}, and {more:?} beside"));
        }
    }

    /// The feed of changes was read for long enough: what is held of contacts is what Engage has.
    pub(super) fn held_and_there_differ(&self) -> Option<String> {
        let process = self.process.as_ref()?;
        for contact in self.engage.world.contacts() {
            let id = contact.id.to_string();
            // An empty 202 on the way to Engage looks like its own answer to a change, and the profile says so.
            if self.swallowed.contains(&id) {
                continue;
            }
            let known = process.reader.known(&store::FindContact::Id(id.clone())).expect("it is read");
            let held = known.and_then(|known| known.profile);
            let Some(held) = held else { continue };
            if !contact.is_here() {
                return Some(format!("{id} was deleted in Engage and its profile is kept"));
            }
            let held: Value = serde_json::from_slice(&held).expect("a profile is JSON");
            let text = |name: &str| held.get(name).cloned().unwrap_or_default();
            let is = |said: Value, name: &str| said == value_of(contact, name);
            let fields = [
                "email",
                "mobilePhone",
                "externalId",
                "memberNumber",
                "firstName",
                "lastName",
                "street",
                "zipCode",
                "city",
                "careOf",
                "birthDay",
                "language",
                "contactType",
            ];
            let wrong = fields.into_iter().find(|name| !is(text(name), name));
            let preferences = super::words::CHANNELS
                .into_iter()
                .find(|(said, name)| !is(held["preferences"].get(said).cloned().unwrap_or_default(), name))
                .map(|(said, _)| said);
            if let Some(name) = wrong.or(preferences) {
                return Some(format!(
                    "{name} of {id} is {} here and {} there",
                    text(name),
                    value_of(contact, name)
                ));
            }
        }
        None
    }

    pub(super) fn shares(&self, person: usize) -> bool {
        self.setup.people[person].shares
    }

    pub(super) fn wish_of(&self, row: &store::DeliveryRow) -> Option<usize> {
        self.wish_said(&row.document_kind, &row.key)
    }

    /// The document that one came along with, or is one of.
    fn leader<'d>(&self, kind: &'d str, key: &'d str) -> (&'d str, &'d str) {
        let first = key.split('/').next().unwrap_or(key);
        match kind {
            REDEMPTION | REACTIVATION => (RECEIPT, first),
            ASSIGNMENT if key.ends_with(AGAIN) => (RECEIPT, first),
            ASSIGNMENT if key.contains('/') => (ENROLMENT, first),
            _ => (kind, key),
        }
    }

    /// What a till said under an identity, or what a document was made from.
    pub(super) fn wish_said(&self, kind: &str, key: &str) -> Option<usize> {
        let (kind, key) = self.leader(kind, base(key));
        let filed = self.documents.iter().find(|((own, other), _)| *own == kind && other == key);
        let said = || self.wishes.iter().position(|wish| wish.kind() == kind && wish.key == key);
        filed.map(|(_, wish)| *wish).or_else(said)
    }

    /// Whom a document is about.
    pub(super) fn person_said(&self, kind: &str, key: &str) -> Option<usize> {
        let (kind, key) = self.leader(kind, key);
        match kind {
            RECEIPT => self.person_of_document(key),
            _ => self.wish_said(kind, key).and_then(|wish| self.wishes[wish].person),
        }
    }
}
