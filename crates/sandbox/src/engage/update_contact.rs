//! `PATCH /api/v3/contacts/{contactId}`: only what is there changes, and what is there empty is emptied (facts C-50 to
//! C-55, C-69 to C-76).

use serde_json::{Map, Value};

use super::{Asked, Moment, Refusal, create_contact, object, reading};
use crate::effect::Answer;
use crate::findings::{Note, Rule};
use crate::history::By;
use crate::profile::{self, Author, Problem};
use crate::switches::{ContactTypeInUpdate, UpdateAnswer};
use crate::world::World;
use crate::{fields, lint};

pub(super) fn answer(world: &mut World, asked: &mut Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = reading::visible(world, asked, id)?.clone();
    let body = object(asked)?;
    let troubles = fields::inspect(&body, fields::CONTACT, &world.settings.custom_attributes);
    asked.notes.extend(lint::update_troubles(&troubles));
    asked.notes.extend(create_contact::email_case(&body));
    refuse_type(world, asked, &body)?;
    let Moment { at, number, .. } = asked.moment;
    let after = profile::refuse_wrong_kinds(&troubles)
        .and_then(|()| profile::updated(world, &contact, &body, Author::Call, at, &mut asked.notes))
        .map_err(|wrong| Refusal::of(world, wrong))?;
    world.change_contact(after, at, By::Request(number));
    Ok(match world.switches.update_answer {
        UpdateAnswer::Contact => {
            Answer::json(200, &reading::answered(world, reading::visible(world, asked, id)?))
        }
        UpdateAnswer::Empty200 => Answer::empty(200),
        UpdateAnswer::Empty204 => Answer::empty(204),
    })
}

/// A contact type has no effect here; whether it is an error is the switch's (facts C-53, C-71).
fn refuse_type(world: &World, asked: &mut Asked<'_>, body: &Map<String, Value>) -> Result<(), Refusal> {
    if !body.contains_key("contactType") {
        return Ok(());
    }
    asked.notes.push(Note::at(Rule::TypeInUpdate, "contactType"));
    match world.switches.contact_type_in_update {
        ContactTypeInUpdate::Ignored => Ok(()),
        ContactTypeInUpdate::Refused422 => {
            Err(Refusal::invalid(422, vec![Problem::of("contactType", "cannot be updated")]))
        }
    }
}
