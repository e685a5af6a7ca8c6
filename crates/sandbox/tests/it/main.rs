//! The sandbox from outside: its rules through `step`, its journal through a folder, its server through sockets.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

mod advice;
mod automations;
mod change_feed;
mod contacts;
mod deletion;
mod file_imports;
mod journal;
mod levels;
mod lookups;
mod loyalty;
mod mails;
mod offer_pages;
mod offers;
mod order_pages;
mod order_switches;
mod orders;
mod orders_v2;
mod overview;
mod pages;
mod points;
mod receipts;
mod server;
mod sftp;
mod strict;
mod templates;
mod tenant;
mod time;
mod transactions;
mod triggers;
mod updates;
mod walk;
