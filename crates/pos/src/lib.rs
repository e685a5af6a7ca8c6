//! The point-of-sale domain: receipts, money, identifiers.
//!
//! What a till sends is read here into types that cannot be wrong ([`receipt::parse`]), and its money is
//! frozen once, when it is accepted ([`receipt::settle`]), and of an order the same way ([`order`]); what offers would take off a basket is priced by the same
//! rules before ([`offers::price`]). Everything is a pure function over values.
//!
//! Invariants: no binary floating point touches an amount; no text of a finding or an error holds personal
//! data; any JSON in, never a panic.
//!
//! It has no IO, no clock, no async, and knows no field name of Engage: where the two worlds meet is another
//! crate's work.

pub mod canonical;
pub mod identifier;
pub mod money;
pub mod offers;
pub mod order;
pub mod rates;
pub mod receipt;
pub mod spread;
pub mod store;
