//! `POST /api/v2/orders`: nothing is stored, and what is set up for the order's status is triggered, as often as it is
//! posted (facts O-63 to O-71).

use serde_json::Value;

use super::{Asked, Moment, Refusal, object};
use crate::effect::Answer;
use crate::fields;
use crate::import;
use crate::lint;
use crate::orders::actions::{self, About, Wanted};
use crate::orders::v2;
use crate::profile::Problem;
use crate::receipts::Match;
use crate::world::World;

pub(super) fn answer(world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let body = object(asked)?;
    let troubles = fields::inspect(&body, fields::ORDER_V2, &[]);
    asked.notes.extend(lint::troubles(&troubles));
    let problems: Vec<Problem> = troubles.iter().filter(|one| one.refuses()).map(Problem::from).collect();
    if !problems.is_empty() {
        return Err(Refusal::invalid(400, problems));
    }
    let body = fields::known(&body, fields::ORDER_V2);
    let problems = v2::problems(&world.settings, &world.switches, &body);
    if !problems.is_empty() {
        return Err(Refusal::invalid(422, problems));
    }
    let wanted = body.get("contact").and_then(Match::read);
    let contact = wanted.and_then(|wanted| import::matching_contact(world, &wanted));
    // How an unknown contact is told is not known; nobody could be sent anything.
    let contact =
        contact.ok_or_else(|| Refusal::new(422, "ContactNotFound", "The contact was not found."))?;
    let text = |name: &str| body.get(name).and_then(fields::text);
    let (order_id, action) =
        (text("orderNumber").unwrap_or_default(), text("orderStatus").unwrap_or_default());
    asked.notes.extend(actions::repeated(world, &order_id, &action).map(|mut note| {
        note.path = "orderStatus".to_owned();
        note
    }));
    let wanted = Wanted { action, language: text("language"), data: body.get("extraData").cloned() };
    let about = About { order_id, contact, version_tag: None, order: with_contact(&body, contact) };
    let Moment { at, number, .. } = asked.moment;
    actions::trigger(world, about, wanted, number, at);
    Ok(Answer::empty(202))
}

/// The order as version 3 would answer it, with whose it is.
fn with_contact(body: &serde_json::Map<String, Value>, contact: uuid::Uuid) -> Value {
    let mut order = v2::as_version_3(body);
    order["contactId"] = Value::from(contact.to_string());
    order
}
