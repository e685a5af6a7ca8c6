//! Migrations against real servers: OpenSSH's for the files, and a small one that answers as Engage does.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking, helpers too")]

mod engage_api;
mod files;
mod lookups;
mod sftp;
mod sshd;
