//! A retailer's history: read, checked, moved to Engage and reconciled.
//!
//! Each row of an export is counted once: it is sent, or rejected with its reason, or left out by a rule that is named.
//! [`folder::Folder`] is where one migration lives; each step reads what the step before it left there, so that each can
//! be interrupted and taken again.
//!
//! Invariants: nothing is written to Engage before all rows are checked; the same export and mapping give the same bytes;
//! memory doesn't grow with an export but by sixteen bytes a key; no finding repeats personal data.
//!
//! It has no clock: instants are handed to it.

pub mod check;
pub mod draft;
pub mod entity;
pub mod finding;
pub mod folder;
pub mod ids;
pub mod layout;
pub mod manifest;
pub mod mapping;
pub mod plan;
pub mod reconcile;
pub mod report;
pub mod returnables;
pub mod run;
pub mod sample;
pub mod sftp;
pub mod sorter;
pub mod source;
pub mod surroundings;
mod tape;
mod whole;

pub use entity::Entity;
pub use finding::{Finding, RowAt, Severity};
pub use folder::Folder;
pub use manifest::Manifest;
