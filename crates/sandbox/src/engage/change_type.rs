//! `POST /api/v3/contacts/{contactId}/updateContactType?contactTypeId=`: the only way to another type (facts C-53,
//! C-54, C-77, C-78). A body means nothing.

use super::{Asked, Moment, Refusal, find_contact, reading};
use crate::contacts::Contact;
use crate::effect::Answer;
use crate::history::By;
use crate::profile;
use crate::switches::TypeChangeMissing;
use crate::world::World;

pub(super) fn answer(world: &mut World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = reading::visible(world, asked, id)?.clone();
    let handle = find_contact::known_type(world, asked.query.get("contactTypeId").unwrap_or_default())?;
    if handle == contact.contact_type {
        return Ok(Answer::empty(200));
    }
    refuse_unfit(world, &contact, &handle)?;
    let Moment { at, number, .. } = asked.moment;
    world.change_contact(Contact { contact_type: handle, ..contact }, at, By::Request(number));
    Ok(Answer::empty(200))
}

fn refuse_unfit(world: &World, contact: &Contact, handle: &str) -> Result<(), Refusal> {
    let Some(target) = world.settings.contact_type(handle) else { return Ok(()) };
    let lacking = profile::lacking(&contact.attributes, target);
    if !lacking.is_empty() {
        let status = match world.switches.type_change_missing {
            TypeChangeMissing::Unprocessable => 422,
            TypeChangeMissing::BadRequest => 400,
        };
        return Err(Refusal::invalid(status, lacking));
    }
    profile::refuse_taken_key(world, target, &contact.attributes, contact.id)
        .map_err(|wrong| Refusal::of(world, wrong))
}
