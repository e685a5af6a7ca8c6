//! A customer's way with her contact data, with her offers and with her orders, from outside: a gateway and a sandbox,
//! real sockets between them.
//!
//! [`walk`], [`offers`] and [`orders`] are the whole way of each, and each holds under each value of each switch of the
//! sandbox's that it can meet: what nobody knows about Engage must not matter. The other modules look at one part of it
//! closely.

mod enrolment;
mod forgetting;
mod lessons;
mod offers;
mod orders;
mod personal;
mod profile;
mod stage;
mod switches;
mod update;
mod walk;
