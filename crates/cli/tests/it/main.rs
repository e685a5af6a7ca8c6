//! What is checked from outside: the repository's rules and the command line.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test throughout, its helpers too")]

mod api;
mod chains;
mod cli;
mod codes;
mod config;
mod demo;
mod doctor;
mod edges;
mod examples;
mod golden;
mod journeys;
mod kill;
mod migrate;
mod native;
mod offer_calls;
mod offers;
mod operators;
mod orders;
mod power;
mod privacy;
mod promotions;
mod restore;
mod simulation;
mod support;
mod sync_before_answer;
mod tidy;
mod tills;
mod wrong;
