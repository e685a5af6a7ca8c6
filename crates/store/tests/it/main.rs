//! The store at its boundary: commands in, verdicts and rows out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test throughout, its helpers too")]

mod changes;
mod contacts;
mod delivery;
mod documents;
mod erasure;
mod file;
mod forget;
mod model;
mod operators;
mod people;
mod property;
mod restore;
mod service;
mod upkeep;
mod world;
