//! Tills' questions: who is this customer? Answered live while Engage answers, at once with a no while it doesn't.

use std::collections::VecDeque;

use engage::call::{FindBy, Found};
use engage::model::{Contact, ContactId};
use jiff::Timestamp;
use store::Note;

use super::call::{Answer, EngageCall};
use super::core::{Action, Core, Purpose, Ticket};
use super::verdict::{Failed, Judgement};
use super::window::Haste;
use crate::to_engage;

/// Of several contacts that share an identifier, this many are read to show them masked.
const CANDIDATES_MAX: usize = 5;

/// What a till wants to know.
#[derive(Debug, Clone)]
pub enum Question {
    /// Who has one of these identifiers? They are readings of one thing, tried in turn.
    Identify(Vec<FindBy>),
    /// Who is this?
    Read(ContactId),
}

/// What it is told.
#[derive(Debug)]
pub enum Told {
    /// This is the contact, as Engage has it now.
    Profile(Box<Contact>),
    /// Nobody has it.
    NotFound,
    /// Several have it; the first few of them.
    Several(Vec<Contact>),
    /// Engage can't be asked now.
    Offline,
    /// Engage refused the question.
    Refused(Note),
}

/// A question on its way.
#[derive(Debug)]
pub(super) struct Asking {
    asked: Ticket,
    finds: VecDeque<FindBy>,
    reads: VecDeque<ContactId>,
    read: Vec<Contact>,
    several: bool,
    stage: Stage,
}

/// Whether a question has a call under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Calling,
}

impl Asking {
    pub(super) fn new(asked: Ticket, question: Question) -> Asking {
        let (finds, reads) = match question {
            Question::Identify(finds) => (finds.into(), VecDeque::new()),
            Question::Read(id) => (VecDeque::new(), VecDeque::from([id])),
        };
        Asking { asked, finds, reads, read: Vec::new(), several: false, stage: Stage::Idle }
    }

    fn next_call(&self, core: &Core) -> Option<EngageCall> {
        match (self.reads.front(), self.finds.front()) {
            (Some(id), _) => Some(EngageCall::Read(to_engage::read(id))),
            (None, Some(by)) => Some(EngageCall::Find(to_engage::find(by.clone(), &core.policy.engage))),
            (None, None) => None,
        }
    }

    /// Nothing more is to be asked.
    fn conclude(mut self) -> Told {
        match self.read.pop() {
            Some(last) if self.several => {
                self.read.push(last);
                Told::Several(self.read)
            }
            Some(contact) => Told::Profile(Box::new(contact)),
            None => Told::NotFound,
        }
    }
}

impl Core {
    /// Starts the next call of each question that has none under way.
    pub(super) fn pump_asks(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        for _ in 0..self.asking.len() {
            let Some(mut asking) = self.asking.pop_front() else { return };
            if asking.stage == Stage::Calling {
                self.asking.push_back(asking);
                continue;
            }
            let Some(call) = asking.next_call(self) else {
                actions.push(Action::Tell(asking.asked, asking.conclude()));
                continue;
            };
            match self.pass(now, Haste::Till) {
                Some(_) => {
                    let request = call.request().clone();
                    self.call(Purpose::Ask { asked: asking.asked, call }, request, now, actions);
                    asking.stage = Stage::Calling;
                    self.asking.push_back(asking);
                }
                None if self.breaker.is_closed() => self.asking.push_back(asking),
                None => actions.push(Action::Tell(asking.asked, Told::Offline)),
            }
        }
    }

    pub(super) fn ask_answered(
        &mut self,
        asked: Ticket,
        answer: Result<Answer, Failed>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(at) = self.asking.iter().position(|asking| asking.asked == asked) else { return };
        let Some(mut asking) = self.asking.remove(at) else { return };
        asking.stage = Stage::Idle;
        match answer {
            Ok(Answer::Found(found)) => {
                asking.finds.pop_front();
                asking.found(found);
            }
            Ok(Answer::Contact(contact)) => {
                asking.reads.pop_front();
                asking.read.push(*contact);
            }
            // Read after a look-up that just named it: gone in between, or not yet visible.
            Err(Failed { judgement: Judgement::NotThere(_), .. }) if !asking.reads.is_empty() => {
                asking.reads.pop_front();
            }
            Err(Failed { judgement: Judgement::NotThere(note) | Judgement::Permanent(note), .. }) => {
                return actions.push(Action::Tell(asked, Told::Refused(note)));
            }
            // Whatever else ails Engage: what was last known is better than nothing.
            Err(_) => return actions.push(Action::Tell(asked, Told::Offline)),
            Ok(Answer::Created(_) | Answer::Registered | Answer::Transactions(_)) => {}
        }
        self.asking.push_front(asking);
        self.pump_asks(now, actions);
    }
}

impl Asking {
    fn found(&mut self, found: Found) {
        match found {
            Found::None => {}
            Found::One(id) => {
                self.finds.clear();
                self.reads.push_back(id);
            }
            Found::Several(ids) => {
                self.finds.clear();
                self.several = true;
                self.reads.extend(ids.into_iter().take(CANDIDATES_MAX));
            }
        }
    }
}
