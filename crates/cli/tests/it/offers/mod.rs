//! Offers from outside: given, used, given back, whatever is lost on the way. Everything goes through the front door, and
//! is judged by what the sandbox says was done with an offer, and by what the till was told.

mod chains;
pub mod killed;
mod lessons;
mod lost_answers;
mod outage;
mod sign_up;
pub mod stand;
