//! What only the one who runs the process has: a clock, patience, and the wish to stop.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// A pause under way. It may end early when the run is told to stop.
pub type Pausing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The surroundings of steps that talk to servers.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The clock.
    pub now: &'a (dyn Fn() -> Timestamp + Sync),
    /// Lets time pass.
    pub pause: &'a (dyn Fn(Duration) -> Pausing + Sync),
    /// Set by whoever wants an end. What is under way is then broken off where it can be taken up again.
    pub stop: &'a AtomicBool,
}

impl Surroundings<'_> {
    /// Whether somebody wants an end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("stop", &self.is_stopped()).finish_non_exhaustive()
    }
}
