//! The feed of changes: whose last-known profile is out of date, and who was deleted in Engage.
//!
//! Only where the tenant offers it (fact C-84). A window from where it was read to, to now, is asked for each kind of
//! change; one that is refused is halved (fact C-83). What changed and is held here is read again, within a share of the
//! rate; what was deleted is removed here. Where the feed was read to is kept, so that a restart misses nothing.

use std::collections::VecDeque;
use std::time::Duration;

use engage::call::ChangeKind;
use engage::model::ContactId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::{Command, Keep};

use super::call::{Answer, EngageCall};
use super::core::Core;
use super::event::{Action, Purpose};
use super::verdict::{Failed, Judgement};
use super::window::Haste;
use crate::profile::Known;
use crate::settings::Engage;
use crate::to_engage;

/// Under this name the store keeps where the feed was read to.
pub const READ_TO: &str = "changesReadTo";
/// The feed takes at most one part in this many of the rate.
const RATE_PART: u32 = 10;
/// Windows overlap by this much, for what was written while the last was read, and for clocks that differ.
const OVERLAP: Duration = Duration::from_secs(5 * 60);
/// Nothing older than this is asked for.
const LOOKED_BACK_MAX: Duration = Duration::from_secs(30 * 86_400);
/// Profiles are held for so long: where nothing tells up to when the feed was read, because it was just turned on or the
/// process was stopped before it had read any, this is how far back it matters.
const HELD_FOR: Duration = Duration::from_secs(86_400);
/// A window that is refused is halved down to this; below, the feed itself is refused.
const WINDOW_MIN: Duration = Duration::from_secs(60);
/// Pause after a poll that failed, and after one that was refused altogether.
const PAUSE: Duration = Duration::from_secs(60);
const REFUSED_PAUSE: Duration = Duration::from_secs(3_600);
/// Contacts that wait to be read again at most; the others are read when they are next looked up.
const READS_MAX: usize = 10_000;
/// The kinds that are asked for, in this order. Of those who were created we hold what tills said of those that they
/// enrolled, and Engage has more of them.
const KINDS: [ChangeKind; 3] = [ChangeKind::Created, ChangeKind::Updated, ChangeKind::Deleted];

/// Where the feed stands.
#[derive(Debug)]
pub(super) struct Feed {
    /// How often; `None` never.
    interval: Option<Duration>,
    zone: TimeZone,
    spacing: Duration,
    next_call: Timestamp,
    called_at: Timestamp,
    /// The longest window that was not refused.
    span: Duration,
    read_to: Timestamp,
    stage: Stage,
    reads: VecDeque<ContactId>,
    is_calling: bool,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Where it was read to is to be fetched from this time on.
    Starting(Timestamp),
    /// It is being fetched, or what is held of a list is.
    Fetching(Option<Poll>),
    /// The next poll is at this time.
    Resting(Timestamp),
    /// This is to be asked, or is being asked.
    Polling(Poll),
}

/// One window, and how many of the kinds were asked.
#[derive(Debug, Clone, Copy)]
struct Poll {
    to: Timestamp,
    kind: usize,
    /// Whether it ends when it was begun: nothing is left to be asked for then.
    is_last: bool,
}

impl Feed {
    pub(super) fn new(engage: &Engage, now: Timestamp) -> Feed {
        let rate = engage.requests_per_second;
        Feed {
            interval: engage.changes_interval,
            zone: engage.changes_time_zone.clone(),
            spacing: rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) * RATE_PART / rate.max(1)),
            next_call: now,
            called_at: now,
            span: LOOKED_BACK_MAX,
            read_to: now,
            stage: Stage::Starting(now),
            reads: VecDeque::new(),
            is_calling: false,
        }
    }

    pub(super) fn start(&mut self, read_to: Option<Timestamp>, now: Timestamp) {
        self.read_to = read_to.unwrap_or(now - HELD_FOR).max(now - LOOKED_BACK_MAX);
        self.stage = Stage::Resting(now);
    }

    pub(super) fn fetch_failed(&mut self, now: Timestamp) {
        self.stage = match self.stage {
            Stage::Fetching(None) => Stage::Starting(now + PAUSE),
            Stage::Fetching(Some(poll)) => Stage::Polling(poll),
            other => other,
        };
    }

    /// The window that begins now.
    fn poll(&self, now: Timestamp) -> Poll {
        let to = now.min(self.read_to + self.span);
        Poll { to, kind: 0, is_last: to >= now }
    }

    fn call(&self, poll: Poll) -> Option<EngageCall> {
        let kind = *KINDS.get(poll.kind)?;
        let local = |at: Timestamp| at.to_zoned(self.zone.clone()).datetime();
        Some(EngageCall::Changes(engage::call::contact_changes(
            kind,
            local(self.read_to - OVERLAP),
            Some(local(poll.to)),
        )))
    }
}

impl Core {
    pub(super) fn pump_feed(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if self.feed.interval.is_none() || self.feed.is_calling {
            return;
        }
        if let Some(id) = self.feed.reads.front() {
            let call = EngageCall::Read(to_engage::read(id));
            return self.feed_call(call, now, actions);
        }
        match self.feed.stage {
            Stage::Starting(at) | Stage::Resting(at) if now < at => self.wake_at(Some(at)),
            Stage::Starting(_) => {
                self.feed.stage = Stage::Fetching(None);
                actions.push(Action::FetchFeed);
            }
            Stage::Fetching(_) => {}
            Stage::Resting(_) => {
                self.feed.stage = Stage::Polling(self.feed.poll(now));
                self.pump_feed(now, actions);
            }
            Stage::Polling(poll) => match self.feed.call(poll) {
                Some(call) => self.feed_call(call, now, actions),
                None => self.window_read(poll, now, actions),
            },
        }
    }

    fn feed_call(&mut self, call: EngageCall, now: Timestamp, actions: &mut Vec<Action>) {
        if now < self.feed.next_call {
            return self.wake_at(Some(self.feed.next_call));
        }
        if self.pass(now, Haste::Background).is_none() {
            return;
        }
        self.feed.is_calling = true;
        self.feed.called_at = now;
        self.feed.next_call = now + self.feed.spacing;
        let request = call.request().clone();
        self.call(Purpose::Feed { call }, request, now, actions);
    }

    pub(super) fn feed_answered(
        &mut self,
        answer: Result<Answer, Failed>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        self.feed.is_calling = false;
        match (answer, self.feed.stage) {
            (Ok(Answer::Contact(contact)), _) => {
                self.feed.reads.pop_front();
                let known = Known { contact: *contact, asked_at: self.feed.called_at, loyalty: None };
                actions.push(Action::Remember(Box::new(known)));
            }
            (Ok(Answer::Changes(ids)), Stage::Polling(poll)) if ids.is_empty() => {
                self.feed.stage = Stage::Polling(Poll { kind: poll.kind + 1, ..poll });
            }
            (Ok(Answer::Changes(ids)), Stage::Polling(poll)) => {
                self.feed.stage = Stage::Fetching(Some(poll));
                actions.push(Action::FetchHeld(KINDS[poll.kind], ids));
            }
            // A contact that can't be read now is read when it is next looked up.
            (Err(Failed { judgement: Judgement::NotThere(_) | Judgement::Permanent(_), .. }), _)
                if !self.feed.reads.is_empty() =>
            {
                self.feed.reads.pop_front();
            }
            (Err(failed), Stage::Polling(_)) => self.poll_failed(failed, now),
            (Err(_), _) => self.feed.next_call = now + PAUSE,
            (Ok(_), _) => {}
        }
    }

    fn poll_failed(&mut self, failed: Failed, now: Timestamp) {
        let is_refused = matches!(failed.judgement, Judgement::NotThere(_) | Judgement::Permanent(_));
        if !is_refused {
            self.feed.stage = Stage::Resting(now + PAUSE);
            return;
        }
        let asked = self.feed.span.min(now.duration_since(self.feed.read_to).unsigned_abs());
        let half = asked / 2;
        (self.feed.span, self.feed.stage) = match half < WINDOW_MIN {
            true => (LOOKED_BACK_MAX, Stage::Resting(now + REFUSED_PAUSE)),
            false => (half, Stage::Resting(now)),
        };
    }

    /// Of these something is held here.
    pub(super) fn changed_here(&mut self, kind: ChangeKind, ids: Vec<ContactId>, actions: &mut Vec<Action>) {
        let Stage::Fetching(Some(poll)) = self.feed.stage else { return };
        self.feed.stage = Stage::Polling(Poll { kind: poll.kind + 1, ..poll });
        match kind {
            ChangeKind::Deleted => actions.extend(ids.into_iter().map(Action::Erase)),
            ChangeKind::Created | ChangeKind::Updated => {
                let room = READS_MAX.saturating_sub(self.feed.reads.len());
                self.feed.reads.extend(ids.into_iter().take(room));
            }
        }
    }

    /// Every kind of a window was asked.
    fn window_read(&mut self, poll: Poll, now: Timestamp, actions: &mut Vec<Action>) {
        self.feed.read_to = poll.to;
        let value = poll.to.to_string().into_bytes();
        actions.push(Action::Note(Command::Keep(Keep { name: READ_TO.to_owned(), value, at: now })));
        let pause = self.feed.interval.unwrap_or(REFUSED_PAUSE);
        let next = if poll.is_last { now + pause } else { now };
        self.feed.stage = Stage::Resting(next);
        // A span that fits may grow again.
        self.feed.span = (self.feed.span * 2).min(LOOKED_BACK_MAX);
        self.wake_at(Some(next));
    }
}
