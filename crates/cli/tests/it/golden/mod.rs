//! Golden receipts: what a till sends, what Engage must get for it, and what it stores, each written by hand.
//!
//! A folder is a case: `about.md` says what it shows, `till.json` is what the till calls and how that must end,
//! `engage.json` is every receipt that Engage gets, and `stored.json` what the sandbox makes of them; `tenant.json` is
//! there where the currencies are set up otherwise than usual. All of it was worked out from the facts and the
//! documented rules, never copied from what the program said: a difference is a question of who is right.
//!
//! `docs/receipts.md` shows them side by side. It is written from the folders, and only from them.

mod case;
mod page;
mod play;
mod text;

use case::Case;
pub use play::strict;
use tokio::task::JoinSet;

/// How many cases are played at once, each with a gateway and a sandbox of its own.
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn every_golden_receipt_reaches_engage_as_it_was_written_by_hand() {
    let mut waiting = Case::all().into_iter();
    assert!(waiting.len() >= 30, "only {} cases found", waiting.len());
    let mut playing: JoinSet<Vec<String>> = waiting.by_ref().take(AT_ONCE).map(play::differences).collect();
    let mut differences = Vec::new();
    while let Some(played) = playing.join_next().await {
        match played {
            Ok(found) => differences.extend(found),
            Err(broken) => differences.push(broken.to_string()),
        }
        if let Some(case) = waiting.next() {
            playing.spawn(play::differences(case));
        }
    }
    differences.sort();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_document_shows_every_golden_receipt() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/receipts.md");
    let page = page::of(&Case::all());
    if std::env::var_os("TILLBRIDGE_BLESS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/receipts.md isn't the golden receipts; TILLBRIDGE_BLESS=1 writes it anew");
}
