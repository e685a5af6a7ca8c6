//! Tills' questions: who is this customer? Answered live while Engage answers, at once with a no while it doesn't, and at
//! the deadline with what came so far.

use std::collections::VecDeque;

use engage::call::{FindBy, Found};
use engage::model::{ConsentDefinition, Contact, ContactId};
use jiff::Timestamp;
use store::Note;

use super::call::{Answer, EngageCall};
use super::core::Core;
use super::event::{Action, Purpose, Ticket};
use super::verdict::{Failed, Judgement};
use super::window::Haste;
use crate::profile::{Known, KnownLoyalty};
use crate::settings::Engage;
use crate::to_engage;

/// Of several contacts that share an identifier, this many are read to show them masked.
const CANDIDATES_MAX: usize = 5;

/// What a till wants to know.
#[derive(Debug, Clone)]
pub enum Question {
    /// Who has one of these identifiers? They are readings of one thing; all are tried, and who is found is united.
    Identify(Vec<FindBy>, View),
    /// Who is this?
    Read(ContactId, View),
    /// Which vouchers and promotions has this contact?
    Offers(ContactId),
    /// What can people be asked to consent to?
    Consents,
}

/// How much of a contact is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The contact itself.
    Minimal,
    /// Level, points, vouchers and promotions too, each from where it is exact.
    Full,
}

/// What it is told.
#[derive(Debug)]
pub enum Told {
    /// This is the contact, as Engage has it now.
    Known(Box<Known>),
    /// These are the contact's vouchers and promotions, as far as they could be read; asked for at that time.
    Offers(Box<KnownLoyalty>, Timestamp),
    /// Nobody has it.
    NotFound,
    /// Several have it; the first few of them.
    Several(Vec<Contact>),
    /// These are the consents.
    Consents(Vec<ConsentDefinition>),
    /// Engage can't be asked now.
    Offline,
    /// Engage refused the question.
    Refused(Note),
}

/// A question on its way: calls to be made, calls under way, and what they brought.
#[derive(Debug)]
pub(super) struct Asking {
    asked: Ticket,
    view: View,
    until: Timestamp,
    calls: VecDeque<EngageCall>,
    under_way: usize,
    /// When the contact, or what it has, was last asked for.
    read_at: Option<Timestamp>,
    stage: Stage,
}

/// How far a question has come.
#[derive(Debug)]
enum Stage {
    /// Identifiers are being looked up.
    Finding { found: Vec<ContactId>, several: bool, refused: Option<Note>, any_answer: bool },
    /// One contact is being read, with what belongs to it.
    Reading { contact: Option<Box<Contact>>, loyalty: Option<Box<KnownLoyalty>> },
    /// What one contact has is being read.
    Gathering { loyalty: Box<KnownLoyalty> },
    /// Several contacts are being read, to tell them apart.
    Comparing { contacts: Vec<Contact> },
    /// The consents are being read.
    Listing { consents: Option<Vec<ConsentDefinition>> },
}

impl Asking {
    pub(super) fn new(asked: Ticket, question: Question, until: Timestamp, engage: &Engage) -> Asking {
        let (view, stage, calls) = match question {
            Question::Identify(by, view) => {
                let calls = by.into_iter().map(|by| EngageCall::Find(to_engage::find(by, engage))).collect();
                let stage =
                    Stage::Finding { found: Vec::new(), several: false, refused: None, any_answer: false };
                (view, stage, calls)
            }
            Question::Read(id, view) => {
                let (stage, calls) = reading(&id, view, engage);
                (view, stage, calls)
            }
            Question::Offers(id) => {
                let stage = Stage::Gathering { loyalty: Box::default() };
                (View::Full, stage, VecDeque::from(to_engage::offers_of(&id, engage)))
            }
            Question::Consents => {
                let calls = VecDeque::from([EngageCall::Consents(engage::call::consents())]);
                (View::Minimal, Stage::Listing { consents: None }, calls)
            }
        };
        Asking { asked, view, until, calls, under_way: 0, read_at: None, stage }
    }

    /// Takes the answer to one of its calls. An `Err` ends the question.
    fn take(
        &mut self,
        call: &EngageCall,
        answer: Result<Answer, Failed>,
        engage: &Engage,
    ) -> Result<(), Told> {
        match (&mut self.stage, answer) {
            (Stage::Finding { found, several, any_answer, .. }, Ok(Answer::Found(answer))) => {
                *any_answer = true;
                *several |= matches!(answer, Found::Several(_));
                let ids = match answer {
                    Found::None => Vec::new(),
                    Found::One(id) => vec![id],
                    Found::Several(ids) => ids,
                };
                let new: Vec<_> = ids.into_iter().filter(|id| !found.contains(id)).collect();
                found.extend(new);
            }
            // One reading that Engage finds malformed says nothing about the others.
            (Stage::Finding { refused, .. }, Err(failed)) => match failed.judgement {
                Judgement::NotThere(note) | Judgement::Permanent(note) => *refused = Some(note),
                _ => return Err(Told::Offline),
            },
            (Stage::Reading { contact, loyalty }, Ok(answer)) => {
                take_part(contact, loyalty.as_deref_mut(), &mut self.calls, answer, engage);
            }
            // Gone since it was found, or not yet visible.
            (Stage::Reading { .. }, Err(failed)) if matches!(call, EngageCall::Read(_)) => {
                return Err(not_told(failed));
            }
            // A part that can't be read stays unknown.
            (Stage::Reading { .. }, Err(_)) => {}
            (Stage::Gathering { loyalty }, Ok(answer)) => {
                take_part(&mut None, Some(loyalty), &mut self.calls, answer, engage);
            }
            (Stage::Gathering { .. }, Err(Failed { judgement: Judgement::NotThere(_), .. })) => {
                return Err(Told::NotFound);
            }
            (Stage::Gathering { .. }, Err(_)) => {}
            (Stage::Comparing { contacts }, Ok(Answer::Contact(contact))) => contacts.push(*contact),
            (Stage::Comparing { .. }, Err(Failed { judgement: Judgement::NotThere(_), .. })) => {}
            (Stage::Listing { consents }, Ok(Answer::Consents(list))) => *consents = Some(list),
            (Stage::Comparing { .. } | Stage::Listing { .. }, Err(failed)) => return Err(not_told(failed)),
            (_, Ok(_)) => {}
        }
        Ok(())
    }

    /// All calls were answered: on to the next stage, or the end.
    fn advance(&mut self, engage: &Engage) -> Option<Told> {
        let stage = std::mem::replace(&mut self.stage, Stage::Comparing { contacts: Vec::new() });
        match stage {
            Stage::Finding { found, several, refused, any_answer } => match (found.as_slice(), several) {
                ([], true) => Some(Told::Several(Vec::new())),
                ([], false) => Some(match refused {
                    Some(note) if !any_answer => Told::Refused(note),
                    _ => Told::NotFound,
                }),
                ([only], _) => {
                    (self.stage, self.calls) = reading(only, self.view, engage);
                    None
                }
                (several, _) => {
                    let first = several.iter().take(CANDIDATES_MAX);
                    self.calls = first.map(|id| EngageCall::Read(to_engage::read(id))).collect();
                    None
                }
            },
            Stage::Reading { contact, loyalty } => Some(told(contact, loyalty, self.read_at)),
            Stage::Gathering { loyalty } => Some(gathered(loyalty, self.read_at)),
            // All but one may have gone in between.
            Stage::Comparing { contacts } => match contacts.as_slice() {
                [only] => {
                    (self.stage, self.calls) = reading(&only.id, self.view, engage);
                    None
                }
                _ => Some(Told::Several(contacts)),
            },
            Stage::Listing { consents } => Some(consents.map_or(Told::Offline, Told::Consents)),
        }
    }

    /// Nothing more is to come in time: what came so far, if it is enough to answer with.
    fn give_up(&mut self) -> Told {
        match &mut self.stage {
            Stage::Reading { contact, loyalty } => told(contact.take(), loyalty.take(), self.read_at),
            Stage::Gathering { loyalty } => gathered(std::mem::take(loyalty), self.read_at),
            Stage::Finding { .. } | Stage::Comparing { .. } | Stage::Listing { .. } => Told::Offline,
        }
    }
}

fn told(
    contact: Option<Box<Contact>>,
    loyalty: Option<Box<KnownLoyalty>>,
    read_at: Option<Timestamp>,
) -> Told {
    let loyalty = loyalty.map(|loyalty| *loyalty);
    contact.zip(read_at).map_or(Told::Offline, |(contact, asked_at)| {
        Told::Known(Box::new(Known { contact: *contact, asked_at, loyalty }))
    })
}

/// What was read of what a contact has, if anything was.
fn gathered(loyalty: Box<KnownLoyalty>, read_at: Option<Timestamp>) -> Told {
    let is_read = loyalty.vouchers.is_some() || loyalty.promotions.is_some();
    read_at.filter(|_| is_read).map_or(Told::Offline, |asked_at| Told::Offers(loyalty, asked_at))
}

/// What a question comes to when what it is about can't be read.
fn not_told(failed: Failed) -> Told {
    match failed.judgement {
        Judgement::NotThere(_) => Told::NotFound,
        Judgement::Permanent(note) => Told::Refused(note),
        // Whatever else ails Engage: what was last known is better than nothing.
        _ => Told::Offline,
    }
}

/// The calls that read a contact.
fn reading(id: &ContactId, view: View, engage: &Engage) -> (Stage, VecDeque<EngageCall>) {
    let mut calls = VecDeque::from([EngageCall::Read(to_engage::read(id))]);
    if view == View::Full {
        calls.extend(to_engage::loyalty(id, engage));
    }
    let loyalty = (view == View::Full).then(Box::default);
    (Stage::Reading { contact: None, loyalty }, calls)
}

/// Takes one part of a contact.
fn take_part(
    contact: &mut Option<Box<Contact>>,
    loyalty: Option<&mut KnownLoyalty>,
    calls: &mut VecDeque<EngageCall>,
    answer: Answer,
    engage: &Engage,
) {
    match (answer, loyalty) {
        (Answer::Contact(read), parts) => {
            // The level has no call of its own: only where the contact doesn't show it, the overview is asked.
            if parts.is_some() && !read.other.contains_key(&engage.level_attribute) {
                calls.push_back(EngageCall::Overview(to_engage::overview(&read.id)));
            }
            *contact = Some(read);
        }
        (Answer::Points(accounts), Some(parts)) => parts.points = Some(accounts),
        (Answer::Vouchers(page), Some(parts)) => parts.vouchers = Some(page.items),
        (Answer::Promotions(list), Some(parts)) => parts.promotions = Some(list),
        (Answer::Overview(read), Some(parts)) => parts.overview = Some(*read),
        (_, _) => {}
    }
}

impl Core {
    /// Starts the next calls of each question, and ends those whose time is up.
    pub(super) fn pump_asks(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        for _ in 0..self.asking.len() {
            let Some(mut asking) = self.asking.pop_front() else { return };
            if now >= asking.until {
                actions.push(Action::Tell(asking.asked, asking.give_up()));
                continue;
            }
            match self.next_calls(&mut asking, now, actions) {
                Some(told) => actions.push(Action::Tell(asking.asked, told)),
                None => {
                    self.wake_at(Some(asking.until));
                    self.asking.push_back(asking);
                }
            }
        }
    }

    fn next_calls(&mut self, asking: &mut Asking, now: Timestamp, actions: &mut Vec<Action>) -> Option<Told> {
        loop {
            while !asking.calls.is_empty() {
                if self.pass(now, Haste::Till).is_none() {
                    // Answers that are under way may still come, but nothing more will be asked.
                    let hopeless = !self.breaker.is_closed() && asking.under_way == 0;
                    return hopeless.then(|| asking.give_up());
                }
                let Some(call) = asking.calls.pop_front() else { break };
                let gathers = matches!(asking.stage, Stage::Gathering { .. }) && asking.read_at.is_none();
                if gathers || matches!(call, EngageCall::Read(_)) {
                    asking.read_at = Some(now);
                }
                let request = call.request().clone();
                self.call(Purpose::Ask { asked: asking.asked, call }, request, now, actions);
                asking.under_way += 1;
            }
            if asking.under_way > 0 {
                return None;
            }
            if let Some(told) = asking.advance(&self.policy.engage) {
                return Some(told);
            }
            if asking.calls.is_empty() {
                return Some(Told::Offline);
            }
        }
    }

    pub(super) fn ask_answered(
        &mut self,
        asked: Ticket,
        call: &EngageCall,
        answer: Result<Answer, Failed>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(at) = self.asking.iter().position(|asking| asking.asked == asked) else { return };
        let Some(mut asking) = self.asking.remove(at) else { return };
        asking.under_way -= 1;
        match asking.take(call, answer, &self.policy.engage) {
            Err(told) => actions.push(Action::Tell(asked, told)),
            Ok(()) => self.asking.push_front(asking),
        }
        self.pump_asks(now, actions);
    }
}
