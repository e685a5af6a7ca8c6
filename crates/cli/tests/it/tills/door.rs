//! The door between the tills and a gateway that comes and goes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Kind, PATIENCE, Reply};

/// The door.
#[derive(Debug, Default)]
pub struct Door {
    traffic: Mutex<Traffic>,
    changed: Condvar,
}

/// What goes on at the door.
#[derive(Debug, Default)]
pub struct Traffic {
    gate: Gate,
    closing: bool,
    broken_off: bool,
    /// Acts that no till has begun yet.
    pub granted: usize,
    /// Tills in the midst of an act.
    pub working: usize,
    /// Calls under way.
    pub calling: usize,
    /// Calls that were answered, ever.
    pub answered: usize,
    /// Sales that were sent since the door was opened and got no answer.
    pub unanswered_sales: usize,
}

#[derive(Debug, Default)]
enum Gate {
    /// There is no gateway.
    #[default]
    Shut,
    /// It is here, and answers.
    Open(String),
}

impl Door {
    /// The gateway is there.
    pub fn open(&self, base_url: &str) {
        self.change(|traffic| {
            traffic.gate = Gate::Open(base_url.to_owned());
            traffic.unanswered_sales = 0;
        });
    }

    /// No call begins from now on; those under way may fail.
    pub fn shut(&self) {
        self.change(|traffic| traffic.gate = Gate::Shut);
    }

    /// Lets the tills do so many more acts between them.
    pub fn grant(&self, acts: u64) {
        self.change(|traffic| traffic.granted += acts as usize);
    }

    /// Sends the tills home when all that was granted is done.
    pub fn close(&self) {
        self.change(|traffic| traffic.closing = true);
    }

    /// Sends the tills home at once when this is dropped, so that a test that fails ends.
    pub fn broken_off_at_the_end(&self) -> impl Drop + '_ {
        BreakOff(self)
    }

    /// Waits until the traffic is like this.
    pub fn wait(&self, what: &str, fits: impl Fn(&Traffic) -> bool) {
        assert!(self.wait_at_most(PATIENCE, fits), "it never came: {what}: {:#?}", self.lock());
    }

    /// The same for a while only; says whether it is.
    pub fn wait_at_most(&self, most: Duration, fits: impl Fn(&Traffic) -> bool) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), most, |traffic| !fits(traffic));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Reads the traffic.
    pub fn look<T>(&self, read: impl FnOnce(&Traffic) -> T) -> T {
        read(&self.lock())
    }

    pub(super) fn begin_act(&self) -> bool {
        let over = |traffic: &mut Traffic| traffic.broken_off || traffic.closing || traffic.granted > 0;
        let waited = self.changed.wait_while(self.lock(), |traffic| !over(traffic));
        let mut traffic = waited.unwrap_or_else(PoisonError::into_inner);
        if traffic.broken_off || traffic.granted == 0 {
            return false;
        }
        traffic.granted -= 1;
        traffic.working += 1;
        true
    }

    pub(super) fn end_act(&self) {
        self.change(|traffic| traffic.working -= 1);
    }

    /// Waits for the gateway. `None` where the run is broken off.
    pub(super) fn enter(&self) -> Option<String> {
        let waiting = |traffic: &mut Traffic| !traffic.broken_off && matches!(traffic.gate, Gate::Shut);
        let waited = self.changed.wait_while(self.lock(), waiting);
        let mut traffic = waited.unwrap_or_else(PoisonError::into_inner);
        let base_url = match &traffic.gate {
            Gate::Open(base_url) if !traffic.broken_off => base_url.clone(),
            _ => return None,
        };
        traffic.calling += 1;
        drop(traffic);
        self.changed.notify_all();
        Some(base_url)
    }

    pub(super) fn leave(&self, kind: Kind, reply: &Reply) {
        let answered = matches!(reply, Reply::Answered(_));
        let mut honest = true;
        self.change(|traffic| {
            traffic.calling -= 1;
            traffic.answered += usize::from(answered);
            traffic.unanswered_sales += usize::from(matches!((kind, reply), (Kind::Sale, Reply::Lost(_))));
            honest = answered || traffic.broken_off || !matches!(traffic.gate, Gate::Open(_));
        });
        assert!(honest, "nobody had touched the gateway, and it failed: {reply}");
    }

    fn change(&self, change: impl FnOnce(&mut Traffic)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct BreakOff<'a>(&'a Door);

impl Drop for BreakOff<'_> {
    fn drop(&mut self) {
        self.0.change(|traffic| traffic.broken_off = true);
    }
}
