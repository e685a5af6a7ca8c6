//! Orders and digital receipts from outside: whatever is lost on the way, Engage has each order once and as it was said,
//! and each message is triggered once, or a person was asked. Judged by what the sandbox says was done with an order.

mod killed;
mod lost_answers;
mod receipts;
pub mod stand;
mod troubles;
