//! Confirmation: a receipt counts as confirmed when Engage lists it among its contact's transactions.
//!
//! Engage takes receipts in at an interval and drops what it can't match in silence (facts R-03, R-12), so its
//! answer alone proves little. One poll per contact looks for all its receipts. Unseen after a few looks, a receipt is
//! sent once more under the same id, which is safe (fact R-06); unseen after that, a person is asked.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use engage::model::{ContactId, Transaction};
use jiff::Timestamp;
use store::{Command, Confirm, Sight, Unconfirmed, UnconfirmedContact};

use super::call::{Answer, EngageCall};
use super::core::Core;
use super::event::{Action, Purpose};
use super::verdict::{Failed, Judgement, note};
use super::window::Haste;
use crate::to_engage;

/// Looks in vain before a receipt is sent once more, and again before a person is asked.
const LOOKS_MAX: u32 = 3;
/// Transactions asked for in one call.
const PAGE: u32 = 100;
/// Pages of one contact's transactions that are read in one poll.
const PAGES_MAX: u32 = 5;
/// Confirmation takes at most one part in this many of the rate.
const RATE_PART: u32 = 10;
/// The least time between two looks for the same receipt, and the longest pause after a poll that failed.
const PAUSE: Duration = Duration::from_secs(30);
/// The least and the most time that is left to an import.
const IMPORT_MIN: Duration = Duration::from_secs(1);
const IMPORT_MAX: Duration = Duration::from_secs(60);
/// Pause before the next page of contacts is read, in which what was seen of this one reaches the disk.
const SETTLING: Duration = Duration::from_secs(1);

/// How long after its delivery a receipt is looked for: the import interval, and what an import takes, which grows with
/// what gathered in the interval.
pub(super) fn first_look(import_interval: Duration) -> Duration {
    import_interval + (import_interval / 15).clamp(IMPORT_MIN, IMPORT_MAX)
}

/// Where confirmation stands.
#[derive(Debug)]
pub(super) struct Confirming {
    spacing: Duration,
    next_call: Timestamp,
    next_fetch: Option<Timestamp>,
    fetching: bool,
    queue: VecDeque<UnconfirmedContact>,
    poll: Option<Poll>,
}

/// One contact being looked at.
#[derive(Debug)]
struct Poll {
    contact: UnconfirmedContact,
    pages: u32,
    seen: HashSet<String>,
    under_way: bool,
}

impl Confirming {
    pub(super) fn new(per_second: Option<u32>, now: Timestamp) -> Confirming {
        let spacing =
            per_second.map_or(Duration::ZERO, |rate| Duration::from_secs(1) * RATE_PART / rate.max(1));
        Confirming {
            spacing,
            next_call: now,
            next_fetch: Some(now),
            fetching: false,
            queue: VecDeque::new(),
            poll: None,
        }
    }

    /// Something will wait to be seen from this time on.
    pub(super) fn due_at(&mut self, at: Timestamp) {
        self.next_fetch = Some(self.next_fetch.map_or(at, |next| next.min(at)));
    }

    pub(super) fn fetched(
        &mut self,
        contacts: Vec<UnconfirmedContact>,
        next: Option<Timestamp>,
        now: Timestamp,
    ) {
        self.fetching = false;
        self.queue.extend(contacts);
        // What was due already is in the queue now; its end asks again. Asking at once would poll all of it twice.
        match next {
            Some(next) if next > now => self.due_at(next),
            Some(_) if self.queue.is_empty() => self.due_at(now + SETTLING),
            Some(_) | None => {}
        }
    }

    pub(super) fn fetch_failed(&mut self, now: Timestamp) {
        if std::mem::take(&mut self.fetching) {
            self.due_at(now + PAUSE);
        }
    }
}

impl Core {
    pub(super) fn pump_confirmation(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if self.confirming.poll.is_none() {
            self.confirming.poll = self.confirming.queue.pop_front().map(Poll::of);
        }
        match &self.confirming.poll {
            Some(poll) if poll.under_way => {}
            Some(_) => self.poll_next_page(now, actions),
            None => self.fetch_unconfirmed(now, actions),
        }
    }

    fn fetch_unconfirmed(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        match self.confirming.next_fetch {
            Some(next) if now >= next && !self.confirming.fetching => {
                self.confirming.fetching = true;
                self.confirming.next_fetch = None;
                actions.push(Action::FetchUnconfirmed);
            }
            Some(next) if !self.confirming.fetching => self.wake_at(Some(next)),
            _ => {}
        }
    }

    fn poll_next_page(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if now < self.confirming.next_call {
            return self.wake_at(Some(self.confirming.next_call));
        }
        let call = self.confirming.poll.as_ref().and_then(|poll| {
            let id = ContactId::new(poll.contact.remote_id.clone()).ok()?;
            Some(EngageCall::Transactions(to_engage::transactions(&id, poll.pages * PAGE, PAGE)))
        });
        let Some(call) = call else {
            self.confirming.poll = None;
            return;
        };
        if self.pass(now, Haste::Background).is_none() {
            return;
        }
        if let Some(poll) = &mut self.confirming.poll {
            poll.under_way = true;
        }
        self.confirming.next_call = now + self.confirming.spacing;
        let request = call.request().clone();
        self.call(Purpose::Confirm { call }, request, now, actions);
    }

    pub(super) fn confirmation_answered(
        &mut self,
        answer: Result<Answer, Failed>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(mut poll) = self.confirming.poll.take() else { return };
        poll.under_way = false;
        match answer {
            Ok(Answer::Transactions(page)) => {
                let last = (page.items.len() as u32) < PAGE;
                poll.saw(&page.items);
                poll.pages += 1;
                if last || poll.pages >= PAGES_MAX || poll.is_complete() {
                    self.write_sights(poll, now, actions);
                } else {
                    self.confirming.poll = Some(poll);
                }
            }
            // A contact that is gone has no transactions to show.
            Err(Failed { judgement: Judgement::NotThere(_) | Judgement::Permanent(_), .. }) => {
                self.write_sights(poll, now, actions)
            }
            _ => {
                let pause = first_look(self.policy.engage.import_interval).min(PAUSE);
                self.confirming.queue.clear();
                self.confirming.due_at(now + pause);
            }
        }
    }

    fn write_sights(&mut self, poll: Poll, now: Timestamp, actions: &mut Vec<Action>) {
        let interval = self.policy.engage.import_interval;
        for receipt in &poll.contact.deliveries {
            let sight = sight(receipt, poll.seen.contains(&receipt.key), now + interval.max(PAUSE));
            let resend = sight == Sight::Resend;
            if let Sight::Missed { next } = &sight {
                self.confirming.due_at(*next);
            }
            let command = Command::Confirm(Confirm { id: receipt.id, at: now, sight });
            match resend {
                // It is found in the queue only after this commit.
                true => self.store(Purpose::Requeue, command, actions),
                false => actions.push(Action::Note(command)),
            }
        }
        if self.confirming.queue.is_empty() {
            // There may be more than one page of contacts.
            self.confirming.due_at(now + SETTLING);
        }
    }
}

/// What a look means for a receipt.
fn sight(receipt: &Unconfirmed, seen: bool, next: Timestamp) -> Sight {
    match (seen, receipt.misses + 1 >= LOOKS_MAX, receipt.resent) {
        (true, _, _) => Sight::Seen,
        (false, false, _) => Sight::Missed { next },
        (false, true, false) => Sight::Resend,
        (false, true, true) => Sight::GiveUp(note(
            "notConfirmed",
            "Engage took the receipt twice and doesn't list it among the contact's transactions; look into Engage's integration log for the reason",
        )),
    }
}

impl Poll {
    fn of(contact: UnconfirmedContact) -> Poll {
        Poll { contact, pages: 0, seen: HashSet::new(), under_way: false }
    }

    fn saw(&mut self, transactions: &[Transaction]) {
        self.seen.extend(
            transactions.iter().filter_map(|seen| Some(seen.external_id.as_ref()?.as_str().to_owned())),
        );
    }

    fn is_complete(&self) -> bool {
        self.contact.deliveries.iter().all(|receipt| self.seen.contains(&receipt.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_left_its_time() {
        let seconds = |interval| first_look(Duration::from_secs(interval)).as_secs();
        assert_eq!([0, 15, 900, 86_400].map(seconds), [1, 16, 960, 86_460]);
    }

    #[test]
    fn a_receipt_that_engage_never_shows_is_sent_once_more_and_then_shown_to_a_person() {
        let next = Timestamp::UNIX_EPOCH;
        let receipt =
            |misses, resent| Unconfirmed { id: "d-1".parse().unwrap(), key: "r".into(), misses, resent };
        assert_eq!(sight(&receipt(0, false), false, next), Sight::Missed { next });
        assert_eq!(sight(&receipt(1, false), false, next), Sight::Missed { next });
        assert_eq!(sight(&receipt(2, false), false, next), Sight::Resend);
        assert_eq!(sight(&receipt(1, true), false, next), Sight::Missed { next });
        assert!(matches!(sight(&receipt(2, true), false, next), Sight::GiveUp(_)));
        assert_eq!(sight(&receipt(2, true), true, next), Sight::Seen);
    }
}
