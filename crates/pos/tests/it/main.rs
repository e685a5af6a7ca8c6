//! The point-of-sale domain, from outside: any JSON in, findings and frozen money out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what the tests share may fail as loudly as they do")]

mod basket;
mod contract;
mod identifiers;
mod laws;
mod lessons;
mod mutations;
mod oracle;
mod random;
mod settling;
mod stated;
mod support;
mod tax_rows;
