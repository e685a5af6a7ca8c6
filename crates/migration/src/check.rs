//! Every row is read and judged before anything is written to Engage.

pub mod keys;
pub mod ledger;

pub use keys::KeyDigest;
pub use ledger::Ledger;
