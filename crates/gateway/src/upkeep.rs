//! Retention, in the background and a little at a time.

use std::time::Duration;

use jiff::Timestamp;
use store::{Condense, Condensed, Store, Sweep};

use crate::delivery::Dispatcher;
use crate::desk::{RECEIPT, REDEMPTION, RETURNABLE, is_training};
use crate::frozen::{FrozenReceipt, FrozenRedemption};
use crate::memory::Memory;

/// How often retention is looked at.
const EVERY: Duration = Duration::from_secs(60);
/// Shown profiles are kept this long.
const PROFILES: Duration = Duration::from_secs(24 * 3_600);
/// Bodies of what was delivered are kept this long.
const BODIES: Duration = Duration::from_secs(7 * 24 * 3_600);
/// What is left of them after that, which is what a return of a sale needs, is kept this long.
const CONDENSED: Duration = Duration::from_secs(400 * 24 * 3_600);
/// Bodies that are looked at in one go.
const BODIES_AT_ONCE: u32 = 500;
/// What identifiers hint at is kept this long, as what identifies somebody is.
const HINTS: Duration = Duration::from_secs(400 * 24 * 3_600);
/// Checkouts that have ended are kept this long.
const CHECKOUTS: Duration = Duration::from_secs(24 * 3_600);
/// A receipt waits at most this long for a redemption that is never tried, and then until it is swept.
const HELD_BACK: Duration = Duration::from_secs(60);
/// What is undelivered for this long is shown to a person; it is never dropped.
const UNDELIVERED: Duration = Duration::from_secs(30 * 24 * 3_600);

/// What may go at this time.
pub fn sweep(now: Timestamp) -> Sweep {
    Sweep {
        profiles_before: now - PROFILES,
        hints_before: now - HINTS,
        condensed_before: now - CONDENSED,
        undelivered_before: now - UNDELIVERED,
        checkouts_before: now - CHECKOUTS,
        held_back_before: now - HELD_BACK,
        at: now,
    }
}

/// Sweeps from time to time, for as long as it is polled; and first ends what an older backup had undone.
pub async fn run(memory: Memory, dispatcher: Dispatcher) {
    if let Err(error) = memory.finish_forgetting().await {
        tracing::warn!(error = %crate::delivery_chain(&error), "whom a backup brought back could not be looked up; the next start does it");
    }
    dispatcher.nudge();
    let Memory { store, clock, .. } = memory;
    loop {
        match apply(&store, clock.now()).await {
            // More is left: go on, but let tills in between.
            Ok(rows) if rows > 0 => tokio::task::yield_now().await,
            Ok(_) => rest().await,
            Err(error) => {
                tracing::warn!(error = %crate::delivery_chain(&error), "retention could not be applied; it is tried again");
                rest().await;
            }
        }
    }
}

/// Applies retention to a bounded number of rows; answers how many.
async fn apply(store: &Store, now: Timestamp) -> Result<u64, store::Error> {
    let expired = store.read(move |reader| reader.expired(now - BODIES, BODIES_AT_ONCE)).await?;
    let condensed = expired.iter().map(|of| {
        let kept = of.body.as_deref().zip(of.frozen.as_deref());
        let form = kept.and_then(|(body, frozen)| shorter_form(&of.kind, body, frozen));
        Condensed { document: of.document, since: of.since, form }
    });
    let condense = Condense { documents: condensed.collect() };
    let bodies = if condense.documents.is_empty() { 0 } else { store.condense(condense).await? };
    Ok(bodies + store.sweep(sweep(now)).await?)
}

/// What is left of a document that nothing needs as it was: of a receipt what a return of it needs, of others nothing.
pub fn shorter_form(kind: &str, body: &[u8], frozen: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    match kind {
        RECEIPT | RETURNABLE => {}
        // A return may give its offer back.
        REDEMPTION => return Some((Vec::new(), FrozenRedemption::read(frozen)?.condensed().write())),
        _ => return None,
    }
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let frozen = FrozenReceipt::read(frozen)?;
    // Training, what was never settled and what undoes another is not returned.
    if is_training(&body) || frozen.settlement.is_none() || frozen.reversal.is_some() {
        return None;
    }
    Some((pos::receipt::condensed(&body).to_string().into_bytes(), frozen.condensed().write()))
}

#[expect(clippy::disallowed_methods, reason = "this is a shell: it waits, and decides nothing")]
async fn rest() {
    tokio::time::sleep(EVERY).await;
}
