//! A customer's way with her contact data and with her offers, from outside: a gateway and a sandbox, real sockets
//! between them.
//!
//! [`walk`] is the whole way of the one and [`offers`] of the other, and each holds under each value of each switch of the
//! sandbox's that it can meet: what nobody knows about Engage must not matter. The other modules look at one part of it
//! closely.

mod enrolment;
mod forgetting;
mod lessons;
mod offers;
mod personal;
mod profile;
mod stage;
mod switches;
mod update;
mod walk;
