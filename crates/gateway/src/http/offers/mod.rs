//! Offers as tills and operators see them: what was assigned, what a sale used, what it cost where it went wrong, and
//! what was honoured without asking Engage.

mod exceptions;
mod exposure;
mod view;

pub use self::exceptions::{__path_exceptions, exceptions};
pub use self::exposure::{__path_exposure, exposure};
pub use self::view::{AssignedOffer, UsedOfferView};

use super::App;
use crate::delivery::Health;
use crate::desk::Link;

/// Whether Engage can be asked.
pub fn link(app: &App) -> Link {
    match app.dispatcher.health() {
        Health::Up => Link::Up,
        Health::Down => Link::Down,
    }
}
