//! Voyado Engage as seen from a client: its wire types and a typed client.
//!
//! A caller builds a [`Call`] (pure: a [`Request`] and the way to read its [`Response`]) and either
//! gives it to a [`Client`], or carries the request itself and reads the answer with the call. So
//! the same calls work over sockets and in a simulation without any.
//!
//! Invariants:
//! - Nothing here retries, waits between calls, or holds a queue: one call is at most one request.
//! - What is sent has documented field names only, or those of the tenant's own attributes, and never
//!   an empty text (fact C-51); `null` stands only where a patch says to empty an attribute.
//! - What is received may hold more than is known, and in other spellings (facts B-29, B-39).
//! - Money is decimal and keeps its digits from text to text; no binary floating point is involved.
//! - The API key, addresses with query values, and bodies appear in no `Debug`, error or log.
//!
//! It doesn't decide what a failure means, when to try again, or how fast to call. Facts are cited
//! by their row in `docs/engage-facts.md`.

pub mod call;
pub mod client;
mod failure;
pub mod limits;
pub mod model;

pub use call::{Call, Request, Response};
pub use client::{Client, Config, ConfigError, headers};
pub use failure::{Failure, Reached, Refusal};
