//! What acts on contacts have in common: whom they can be done to, and how they are refused.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::contacts::Contact;
use crate::effect::Answer;
use crate::world::World;

/// Why an act is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It makes no sense.
    Bad(String),
    /// What it names is not there.
    NotFound(String),
    /// It makes no sense any more.
    Conflict(String),
}

impl Refused {
    pub(crate) fn bad(text: impl Into<String>) -> Refused {
        Refused::Bad(text.into())
    }
}

/// The contact of this id, unless it is deleted.
pub(crate) fn living(world: &World, id: Uuid) -> Result<&Contact, Refused> {
    let contact = world.contacts.get(id).map(AsRef::as_ref);
    contact.ok_or_else(|| Refused::NotFound(format!("there is no contact {id}")))
}

/// The answer of an act that made something: its id.
pub(crate) fn made(done: Result<Uuid, Refused>) -> Answer {
    done.map_or_else(refused, |id| Answer::json(201, &json!({ "id": id })))
}

/// The answer of an act that did more than one thing: what it did.
pub(crate) fn told(done: Result<Value, Refused>) -> Answer {
    done.map_or_else(refused, |what| Answer::json(200, &what))
}

/// The answer of an act that changed something.
pub(crate) fn done(done: Result<(), Refused>) -> Answer {
    done.map_or_else(refused, |()| Answer::empty(204))
}

fn refused(refused: Refused) -> Answer {
    let (status, text) = match refused {
        Refused::Bad(text) => (400, text),
        Refused::NotFound(text) => (404, text),
        Refused::Conflict(text) => (409, text),
    };
    Answer::json(status, &json!({ "error": text }))
}
