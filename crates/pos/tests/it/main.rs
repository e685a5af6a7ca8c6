//! The point-of-sale domain, from outside: any JSON in, findings and frozen money out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what the tests share may fail as loudly as they do")]

mod basket;
mod chains;
mod comparing;
mod contract;
mod identifiers;
mod laws;
mod lessons;
mod mutations;
mod offers;
mod oracle;
mod orders;
mod overall;
mod parts;
mod pricing;
mod random;
mod references;
mod settling;
mod sold;
mod stated;
mod support;
mod tax_rows;
mod tender;
mod tendering;
mod till;
