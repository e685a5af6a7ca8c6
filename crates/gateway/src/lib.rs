//! What tills call, and the delivery of what they said to Engage.
//!
//! A till's word passes through four places, each of which knows one thing: [`http`] its contract, [`desk`] what
//! becomes of it, `store` that it is kept, [`delivery`] how it reaches Engage. `to_engage` is the one short file where
//! the till's world and Engage's meet.
//!
//! Invariants:
//! - Nothing is answered with success before it is on disk.
//! - A finished sale is never refused for what is in it.
//! - No e-mail address, phone number, name or body stands in a log, a metric or an error.

pub mod amounts;
mod clock;
pub mod delivery;
pub mod desk;
mod frozen;
pub mod http;
mod memory;
mod metrics;
mod profile;
pub mod settings;
mod start;
mod to_engage;
mod token;
mod upkeep;

pub use clock::{Clock, fill};
pub use frozen::{FrozenEnrolment, FrozenReceipt, Who};
pub use http::openapi;
pub use memory::Memory;
pub use metrics::{Metrics, word};
pub use profile::{FIELDS as CONTACT_FIELDS, Known, Profile};
pub use start::{Gateway, LOCAL_TOKEN_FILE, StartError};

pub(crate) use delivery::chain as delivery_chain;
