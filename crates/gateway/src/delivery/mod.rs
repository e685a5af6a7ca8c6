//! Delivery: what is owed to Engage becomes calls, and what comes of each call becomes a state.
//!
//! [`Core`] decides and does nothing: `step(now, event)` in, [`Action`]s out. All traffic to Engage passes through it,
//! tills' look-ups included, so there is one rate, one breaker and one retrier. [`Dispatcher`] is the thin shell that
//! performs the actions on a real store and a real link; a simulation performs them on virtual ones.
//!
//! Invariants:
//! - An attempt to change something in Engage is on disk before its call begins.
//! - What was begun and has no answer is *unknown*, never *not sent*; each kind of delivery says what follows.
//! - Nothing undelivered is dropped by age, and bookkeeping that fails is repeated without repeating the call.
//!
//! It doesn't know the till's HTTP, and of Engage only what [`call`] and `to_engage` tell it.

mod ask;
mod backoff;
mod breaker;
pub mod call;
mod confirm;
mod contact;
mod core;
mod deliver;
mod dispatcher;
mod event;
mod feed;
mod offers;
mod orders;
pub(crate) mod plan;
mod receipt;
mod verdict;
mod window;

#[cfg(test)]
mod tests;

pub use self::ask::{Question, Told, View};
pub use self::backoff::DELAY_MAX;
pub use self::core::Core;
pub use self::dispatcher::{Dispatcher, Health};
pub use self::event::{Action, Boot, Event, Fetch, How, Policy, Ticket};
pub use self::feed::READ_TO;
pub use self::offers::{PROMOTION_ID, USED_HERE, VOUCHER_NEEDS_CONTACT};
pub use self::orders::{
    ACTION_UNKNOWN, ORDER_JOB_NOT_ENDING, ORDER_JOB_PENDING, ORDER_NOT_THERE, ORDER_REFUSED,
    ORDER_WITHOUT_CONTACT, SUPERSEDED,
};
pub use self::plan::{
    ANNOUNCE_ORDER, ASSIGN_PROMOTION, CREATE_CONTACT, DELETE_CONTACT, DELETE_ORDER, NEWER_IN_ENGAGE,
    ORDER_ACTION, REACTIVATE_VOUCHER, REDEEM_PROMOTION, REDEEM_VOUCHER, REGISTER_RECEIPT, STORE_ORDER,
    UPDATE_CONTACT,
};
pub use self::verdict::note;

pub(crate) use self::dispatcher::chain;
