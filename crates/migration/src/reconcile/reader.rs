//! Reading from Engage at a rate, patiently.
//!
//! Reading may be repeated as often as needed: a read without an answer, one that came too fast and one that met a fault of
//! the server's are tried again after a pause, a bounded number of times; what is refused for good isn't.

use std::fmt;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engage::{Call, Client, Failure, Request, Response};
use jiff::{SignedDuration, Timestamp};

use crate::surroundings::Surroundings;

/// An answer under way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

/// How often a read is tried.
const TRIES_MAX: u32 = 6;
/// The pause before a second try; each further one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_secs(1);

/// Reads from Engage.
pub struct Reader<'a> {
    exchange: Box<dyn Fn(Request) -> Answering<'a> + Send + Sync + 'a>,
    around: Surroundings<'a>,
    /// Between one request and the next.
    gap: SignedDuration,
    /// When the next request may go.
    next: Mutex<Timestamp>,
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("gap", &self.gap).finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    /// A reader through a client, at a rate (facts B-13, B-14: stay well below 50 a second).
    #[must_use]
    pub fn over(client: &'a Client, around: Surroundings<'a>, per_second: NonZeroU32) -> Self {
        let exchange = move |request: Request| -> Answering<'a> {
            Box::pin(async move { client.exchange(&request).await })
        };
        Self::new(exchange, around, per_second)
    }

    /// A reader through whatever carries a request to Engage and brings the answer back, once.
    #[must_use]
    pub fn new(
        exchange: impl Fn(Request) -> Answering<'a> + Send + Sync + 'a,
        around: Surroundings<'a>,
        per_second: NonZeroU32,
    ) -> Self {
        let gap = SignedDuration::from_secs(1) / i32::try_from(per_second.get()).unwrap_or(i32::MAX);
        Self { exchange: Box::new(exchange), around, gap, next: Mutex::new(Timestamp::MIN) }
    }

    /// Reads, and tries again what may pass.
    ///
    /// # Errors
    /// The last failure.
    pub(super) async fn read<T>(&self, call: &Call<T>) -> Result<T, Failure> {
        let mut pause = PAUSE_FIRST;
        for tried in 1.. {
            self.turn().await;
            let answer = (self.exchange)(call.request.clone()).await;
            match answer.and_then(|response| call.read(&response)) {
                Err(failure) if tried < TRIES_MAX && passes(&failure) => {
                    (self.around.pause)(asked(&failure).unwrap_or(pause)).await;
                    pause *= 2;
                }
                answer => return answer,
            }
        }
        unreachable!("the last try returns")
    }

    /// Waits until the next request may go.
    async fn turn(&self) {
        let now = (self.around.now)();
        let at = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let at = now.max(*next);
            *next = at.saturating_add(self.gap).unwrap_or(at);
            at
        };
        if let Ok(wait) = Duration::try_from(at.duration_since(now))
            && !wait.is_zero()
        {
            (self.around.pause)(wait).await;
        }
    }
}

/// Whether a failure may be gone the next time. An answer that can't be read may be a proxy's.
fn passes(failure: &Failure) -> bool {
    match failure {
        Failure::NoAnswer { .. } | Failure::Unreadable { .. } => true,
        Failure::Refused(refusal) => matches!(refusal.status, 408 | 429 | 500..=599),
    }
}

/// Whether it is about this contact only, so that the others can be read.
pub(super) fn is_of_contact(failure: &Failure) -> bool {
    match failure {
        Failure::Refused(refusal) => !passes(failure) && !matches!(refusal.status, 401 | 403),
        Failure::NoAnswer { .. } | Failure::Unreadable { .. } => false,
    }
}

fn asked(failure: &Failure) -> Option<Duration> {
    match failure {
        Failure::Refused(refusal) => refusal.retry_after,
        Failure::NoAnswer { .. } | Failure::Unreadable { .. } => None,
    }
}
