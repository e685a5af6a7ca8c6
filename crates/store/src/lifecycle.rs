//! The life of a delivery, as pure transitions.
//!
//! A transition consumes what was and answers what is, or `None` where the state doesn't allow it. Which other
//! deliveries are held up or let go follows from the states and is not decided here.

use jiff::Timestamp;

use crate::columns::Extent;
use crate::command::{Done, Outcome, Role, Sight, Start};
use crate::rows::{DeliveryState, HistoryRow, Note};

/// Where a delivery stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress {
    pub(crate) phase: Phase,
    /// How many attempts were begun.
    pub(crate) attempts: u32,
    /// How many steps failed and put it off, since the last that did not.
    pub(crate) failures: u32,
    /// When an attempt that may have landed was last known to be under way. It stays until it is known to be done,
    /// and then says when that was: what has landed has landed for good.
    pub(crate) landed: Option<Timestamp>,
    /// Whether it was sent a second time because it was not seen.
    pub(crate) resent: bool,
}

/// The states, each with what is true only in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Phase {
    Waiting {
        due: Timestamp,
        note: Option<Note>,
    },
    InFlight {
        begun: Timestamp,
    },
    /// `landed` is `Some`.
    Unknown {
        due: Timestamp,
        note: Option<Note>,
    },
    /// `begun` is the attempt that did it, unless a look found it done.
    Done {
        begun: Option<Timestamp>,
        ended: Timestamp,
        note: Option<Note>,
        sighting: Sighting,
    },
    NeedsAttention {
        note: Note,
    },
    Discarded {
        ended: Timestamp,
        note: Note,
    },
}

/// Whether what is done was seen on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// Nobody looks.
    NotAsked,
    /// To be looked for.
    Awaited { due: Timestamp, misses: u32 },
    /// It was there.
    Seen(Timestamp),
}

impl Progress {
    /// A delivery that was just accepted.
    pub(crate) fn new(start: &Start, at: Timestamp) -> Self {
        Self { phase: Phase::starting(start, at), attempts: 0, failures: 0, landed: None, resent: false }
    }

    pub(crate) fn state(&self) -> DeliveryState {
        match self.phase {
            Phase::Waiting { .. } => DeliveryState::Waiting,
            Phase::InFlight { .. } => DeliveryState::InFlight,
            Phase::Unknown { .. } => DeliveryState::Unknown,
            Phase::Done { .. } => DeliveryState::Done,
            Phase::NeedsAttention { .. } => DeliveryState::NeedsAttention,
            Phase::Discarded { .. } => DeliveryState::Discarded,
        }
    }

    /// Whether some attempt may have reached Engage: one that is under way may as well.
    pub(crate) fn may_have_landed(&self) -> bool {
        self.landed.is_some() || self.state() == DeliveryState::InFlight
    }

    /// Whether something is known, or not to be known, about some attempt: one that is under way tells nothing yet, and
    /// one that did not land and is made again is none.
    pub(crate) fn was_tried(&self) -> bool {
        match self.state() {
            DeliveryState::Waiting | DeliveryState::InFlight => self.landed.is_some(),
            DeliveryState::Unknown
            | DeliveryState::Done
            | DeliveryState::NeedsAttention
            | DeliveryState::Discarded => true,
        }
    }

    /// The attempt is written, then the call is made.
    pub(crate) fn begin(self, at: Timestamp) -> Option<Self> {
        match self.phase {
            Phase::Waiting { .. } | Phase::Unknown { .. } => {
                Some(Self { phase: Phase::InFlight { begun: at }, attempts: self.attempts + 1, ..self })
            }
            Phase::InFlight { .. }
            | Phase::Done { .. }
            | Phase::NeedsAttention { .. }
            | Phase::Discarded { .. } => None,
        }
    }

    /// A step ended. One that only read never went in flight, so this is possible from all three open states.
    /// `visible` tells whether there is a contact to look under for what is done.
    pub(crate) fn settle(self, at: Timestamp, outcome: &Outcome, visible: bool) -> Option<Self> {
        let (begun, was_unknown) = match self.phase {
            Phase::InFlight { begun } => (Some(begun), false),
            Phase::Waiting { .. } => (None, false),
            Phase::Unknown { .. } => (None, true),
            Phase::Done { .. } | Phase::NeedsAttention { .. } | Phase::Discarded { .. } => return None,
        };
        // What may go again at once was not its own fault, and is not held against it.
        let is_charged = match outcome {
            Outcome::Again { due, .. } | Outcome::Unknown { due, .. } => *due > at,
            Outcome::Done(_) | Outcome::NeedsAttention(_) => false,
        };
        let failures = self.failures.saturating_add(u32::from(is_charged));
        Some(match outcome {
            Outcome::Done(Done { confirm_due, note, .. }) => {
                let sighting = match confirm_due.filter(|_| visible) {
                    Some(due) => Sighting::Awaited { due, misses: 0 },
                    None => Sighting::NotAsked,
                };
                Self {
                    phase: Phase::Done { begun, ended: at, note: note.clone(), sighting },
                    failures: 0,
                    landed: Some(at),
                    ..self
                }
            }
            // A look that told nothing leaves the unknown unknown.
            Outcome::Again { due, note } if was_unknown => {
                Self { phase: Phase::Unknown { due: *due, note: Some(note.clone()) }, failures, ..self }
            }
            Outcome::Again { due, note } => {
                Self { phase: Phase::Waiting { due: *due, note: Some(note.clone()) }, failures, ..self }
            }
            Outcome::Unknown { due, note, mark: _ } => {
                let landed = if was_unknown { self.landed } else { Some(at) };
                Self {
                    phase: Phase::Unknown { due: *due, note: Some(note.clone()) },
                    failures,
                    landed,
                    ..self
                }
            }
            Outcome::NeedsAttention(note) => {
                Self { phase: Phase::NeedsAttention { note: note.clone() }, ..self }
            }
        })
    }

    /// The process was stopped while a call was under way.
    pub(crate) fn interrupted(self, now: Timestamp, note: Note) -> Option<Self> {
        let Phase::InFlight { begun } = self.phase else { return None };
        Some(Self { phase: Phase::Unknown { due: now, note: Some(note) }, landed: Some(begun), ..self })
    }

    /// Somebody looked on the other side.
    pub(crate) fn confirm(self, at: Timestamp, sight: &Sight) -> Option<Self> {
        let Phase::Done { begun, ended, note, sighting: Sighting::Awaited { misses, .. } } = self.phase
        else {
            return None;
        };
        let seen = |sighting| Phase::Done { begun, ended, note, sighting };
        Some(match sight {
            Sight::Seen => Self { phase: seen(Sighting::Seen(at)), ..self },
            Sight::Missed { next } => Self {
                phase: seen(Sighting::Awaited { due: *next, misses: misses.saturating_add(1) }),
                ..self
            },
            Sight::Resend => Self { phase: Phase::Waiting { due: at, note: None }, resent: true, ..self },
            Sight::GiveUp(note) => Self { phase: Phase::NeedsAttention { note: note.clone() }, ..self },
        })
    }

    /// An operator wants it tried now. What may have landed goes on as unknown, so that the rules for that apply.
    pub(crate) fn retry(self, at: Timestamp) -> Option<Self> {
        let phase = match self.phase {
            Phase::Waiting { .. } => Phase::Waiting { due: at, note: None },
            Phase::Unknown { .. } => Phase::Unknown { due: at, note: None },
            Phase::NeedsAttention { .. } | Phase::Discarded { .. } => match self.landed {
                Some(_) => Phase::Unknown { due: at, note: None },
                None => Phase::Waiting { due: at, note: None },
            },
            Phase::InFlight { .. } | Phase::Done { .. } => return None,
        };
        Some(Self { phase, failures: 0, ..self })
    }

    /// An operator gives it up.
    pub(crate) fn discard(self, at: Timestamp, note: Note) -> Option<Self> {
        match self.phase {
            Phase::Waiting { .. } | Phase::Unknown { .. } | Phase::NeedsAttention { .. } => {
                Some(Self { phase: Phase::Discarded { ended: at, note }, ..self })
            }
            Phase::InFlight { .. } | Phase::Done { .. } | Phase::Discarded { .. } => None,
        }
    }

    /// An operator corrected its content: only while no attempt can have landed.
    pub(crate) fn replace(self, at: Timestamp, start: &Start) -> Option<Self> {
        self.is_replaceable().then(|| Self { phase: Phase::starting(start, at), failures: 0, ..self })
    }

    /// Whether its content may still become another: no attempt can have landed.
    pub(crate) fn is_replaceable(&self) -> bool {
        match self.phase {
            Phase::Waiting { .. } | Phase::NeedsAttention { .. } => self.landed.is_none(),
            Phase::InFlight { .. } | Phase::Unknown { .. } | Phase::Done { .. } | Phase::Discarded { .. } => {
                false
            }
        }
    }

    /// Its contact was forgotten. What can't have landed is given up; once the contact is gone from Engage too, so is
    /// all that isn't under way. What is done is not looked for any longer.
    pub(crate) fn forget(self, at: Timestamp, extent: Extent, note: Note) -> Option<Self> {
        match self.phase {
            Phase::Waiting { .. } | Phase::Unknown { .. } | Phase::NeedsAttention { .. }
                if extent == Extent::Everywhere || self.landed.is_none() =>
            {
                Some(Self { phase: Phase::Discarded { ended: at, note }, ..self })
            }
            Phase::Done { begun, ended, note, sighting: Sighting::Awaited { .. } } => {
                let phase = Phase::Done { begun, ended, note, sighting: Sighting::NotAsked };
                Some(Self { phase, ..self })
            }
            Phase::Waiting { .. }
            | Phase::InFlight { .. }
            | Phase::Unknown { .. }
            | Phase::Done { .. }
            | Phase::NeedsAttention { .. }
            | Phase::Discarded { .. } => None,
        }
    }

    /// It has been owed for too long.
    pub(crate) fn overdue(self, note: Note) -> Option<Self> {
        match self.phase {
            Phase::Waiting { .. } | Phase::Unknown { .. } => {
                Some(Self { phase: Phase::NeedsAttention { note }, ..self })
            }
            Phase::InFlight { .. }
            | Phase::Done { .. }
            | Phase::NeedsAttention { .. }
            | Phase::Discarded { .. } => None,
        }
    }
}

impl Phase {
    fn starting(start: &Start, at: Timestamp) -> Self {
        match start {
            Start::Due => Self::Waiting { due: at, note: None },
            Start::NeedsAttention(note) => Self::NeedsAttention { note: note.clone() },
        }
    }

    /// The lines of the history that the state tells by itself: the attempt that is under way or did it, and its end.
    pub(crate) fn told(&self) -> Vec<HistoryRow> {
        let line = |at, what: &str| HistoryRow { at, what: what.to_owned(), note: None, by: None };
        match self {
            Self::InFlight { begun } => vec![line(*begun, "attempt")],
            Self::Done { begun, ended, note, sighting } => {
                let seen = match sighting {
                    Sighting::Seen(at) => Some(*at),
                    Sighting::NotAsked | Sighting::Awaited { .. } => None,
                };
                let attempt = begun.map(|at| line(at, "attempt"));
                attempt
                    .into_iter()
                    .chain([HistoryRow { note: note.clone(), ..line(*ended, "done") }])
                    .chain(seen.map(|at| line(at, "seen")))
                    .collect()
            }
            Self::Waiting { .. }
            | Self::Unknown { .. }
            | Self::NeedsAttention { .. }
            | Self::Discarded { .. } => Vec::new(),
        }
    }
}

impl DeliveryState {
    /// Whether it still may come to a call.
    pub(crate) fn is_open(self) -> bool {
        match self {
            Self::Waiting | Self::InFlight | Self::Unknown | Self::NeedsAttention => true,
            Self::Done | Self::Discarded => false,
        }
    }

    /// Whether a step of its own may still change it.
    pub(crate) fn goes_on(self) -> bool {
        match self {
            Self::Waiting | Self::InFlight | Self::Unknown => true,
            Self::Done | Self::NeedsAttention | Self::Discarded => false,
        }
    }

    /// Whether others wait for it. A person's decision is waited for only where nothing could be done without it.
    pub(crate) fn holds_up(self, role: Role) -> bool {
        match role {
            Role::CreatesContact => self.is_open(),
            Role::NeedsContact | Role::ChangesContact | Role::ErasesContact | Role::Independent => {
                self.goes_on()
            }
        }
    }
}
