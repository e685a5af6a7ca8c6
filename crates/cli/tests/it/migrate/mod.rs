//! A retailer's history, from an export to Engage: the real binary, the sandbox as a process, SFTP between them.
//!
//! The sample knows what is true of it ([`migration::sample::Truth`]), so nothing here is compared with itself.

mod delta;
mod example;
mod excel;
mod journey;
mod killed;
mod lessons;
mod real_world;
mod refusals;
mod rehearsals;
mod returnables;
mod stage;

use migration::sample::Sums;
use serde_json::Value;

/// What a check or a plan counted is what is true.
///
/// # Panics
/// When it isn't.
pub fn assert_counts(found: &Value, truth: &Sums) {
    for (entity, tally) in &truth.tallies {
        let (found, tally) = (&found["tallies"][entity.as_str()], serde_json::to_value(tally).unwrap());
        for (name, wanted) in tally.as_object().unwrap() {
            if name != "warnings" {
                assert_eq!(&found[name], wanted, "{name} of {entity:?}: {found:#}");
            }
        }
        // What a check warns of beside the faults that were made, such as a return of a sale before the export, is its own.
        for (code, wanted) in tally["warnings"].as_object().unwrap() {
            assert_eq!(&found["warnings"][code], wanted, "{code} of {entity:?}: {found:#}");
        }
    }
}
