//! `DELETE /api/v3/contacts/{contactId}`: gone at once, and for a while not for good (facts C-56, C-57, C-79).

use super::{Asked, Refusal, reading};
use crate::effect::Answer;
use crate::history::By;
use crate::world::World;

pub(super) fn answer(world: &mut World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = reading::visible(world, asked, id)?.clone();
    world.delete_contact(&contact, asked.moment.at, By::Request(asked.moment.number));
    Ok(Answer::empty(200))
}
