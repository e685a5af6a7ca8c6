//! The store at its boundary: commands in, verdicts and rows out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test throughout, its helpers too")]

mod changes;
mod checkouts;
mod claims;
mod contacts;
mod delivery;
mod documents;
mod erasure;
mod file;
mod forget;
mod model;
mod offers;
mod operators;
mod parts;
mod people;
mod property;
mod restore;
mod retention;
mod returns;
mod service;
mod subjects;
mod upkeep;
mod voids;
mod world;
