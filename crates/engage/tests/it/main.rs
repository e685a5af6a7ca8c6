//! The crate at its boundary: what goes over the wire, what is made of what comes back, and what
//! the transport does when the other side misbehaves.

mod announcements;
mod answers;
mod bulk;
mod contacts;
mod hostile;
mod loyalty;
mod offers;
mod orders;
mod points;
mod promotions;
mod requests;
mod secrets;
mod server;
mod tls;
mod transport;

use engage::model::{ContactId, Text};

fn text(text: &str) -> Text {
    Text::new(text).expect("a text that isn't blank")
}

fn id(text: &str) -> ContactId {
    ContactId::new(text).expect("a contact's id")
}
