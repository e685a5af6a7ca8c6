//! Ctrl-C, and what else only a process has: a clock and patience.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use migration::surroundings::Pausing;
use tokio::sync::watch;

use crate::serve;

/// How a process ends that was told to end at once: as a shell says it of SIGINT.
const ENDED_AT_ONCE: i32 = 130;

/// Whether somebody wants an end. The first signal ends the step where it can be taken up again, the second at once,
/// which is safe as well: that is what each step's files are written for.
#[derive(Debug, Clone)]
pub(super) struct Interrupt {
    asked: Arc<AtomicBool>,
    told: watch::Receiver<bool>,
}

impl Interrupt {
    /// Begins to watch, and says what ends safely.
    ///
    /// # Errors
    /// When the system doesn't let signals be watched.
    pub(super) fn watch() -> anyhow::Result<Self> {
        let first = serve::stop_asked()?;
        let (tell, told) = watch::channel(false);
        let asked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&asked);
        tokio::spawn(async move {
            first.await;
            flag.store(true, Ordering::Relaxed);
            tell.send_replace(true);
            eprintln!(
                "stopping; what is done is kept, and the same command goes on from here. Again to end at once."
            );
            let Ok(second) = serve::stop_asked() else { return };
            second.await;
            std::process::exit(ENDED_AT_ONCE);
        });
        Ok(Self { asked, told })
    }

    /// What a step looks at.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.asked
    }

    /// Lets time pass, or less of it where somebody wants an end.
    pub(super) fn pause(&self, duration: Duration) -> Pausing {
        let mut told = self.told.clone();
        Box::pin(async move {
            // Whoever told it is gone only when the process ends.
            let _ = tokio::time::timeout(duration, told.wait_for(|asked| *asked)).await;
        })
    }
}

/// What time it is.
pub(super) fn now() -> Timestamp {
    gateway::Clock::start().now()
}
