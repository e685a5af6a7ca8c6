//! What is written for Engage and for the steps after: files of records, and an index of what is in them.
//!
//! Everything is written to a folder that nothing reads yet, and takes its place when it is whole; a plan that is stopped or
//! killed leaves the former one. The same records give the same bytes and names.

pub mod files;
pub mod index;
pub mod inputs;
pub mod place;
pub mod sent;

pub use files::{Files, Spec};
pub use index::Index;
pub use place::Place;
pub use sent::Sent;
