//! Promotions as templates: `/api/v3/promotions/multichannels` and its twin in version 2 (facts P-62 to P-65).
//!
//! A call makes drafts, changes and deletes them. It can neither activate nor end one: that is done in Engage's pages
//! only (fact P-66), here by the sandbox's own calls.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Asked, Refusal, object};
use crate::effect::Answer;
use crate::fields::{self, Field};
use crate::lint;
use crate::profile::Problem;
use crate::promotions::{self, Definition, Locked, Promotion};
use crate::switches::LockedPromotion;
use crate::world::World;

/// The calls about a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Template<'a> {
    Create,
    Read(Named<'a>),
    Update(&'a str),
    Delete(Named<'a>),
    ReadValidity(Named<'a>),
    UpdateValidity(&'a str),
}

/// How a template is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// By its id, in the path.
    Id(&'a str),
    /// By its external id, in the query.
    ExternalId,
}

impl<'a> Template<'a> {
    /// The call that a method and the segments of a path mean.
    pub(super) fn of(method: &str, segments: &[&'a str]) -> Option<Template<'a>> {
        let ["v3" | "v2", "promotions", "multichannels", rest @ ..] = segments else { return None };
        Some(match (method, rest) {
            ("POST", []) => Template::Create,
            ("GET", []) => Template::Read(Named::ExternalId),
            ("DELETE", []) => Template::Delete(Named::ExternalId),
            ("GET", ["validity"]) => Template::ReadValidity(Named::ExternalId),
            ("GET", [id]) => Template::Read(Named::Id(id)),
            ("PUT", [id]) => Template::Update(id),
            ("DELETE", [id]) => Template::Delete(Named::Id(id)),
            ("GET", [id, "validity"]) => Template::ReadValidity(Named::Id(id)),
            ("PUT", [id, "validity"]) => Template::UpdateValidity(id),
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Template::Create => "POST /api/v3/promotions/multichannels",
            Template::Read(Named::ExternalId) => "GET /api/v3/promotions/multichannels",
            Template::Read(Named::Id(_)) => "GET /api/v3/promotions/multichannels/{promotionId}",
            Template::Update(_) => "PUT /api/v3/promotions/multichannels/{promotionId}",
            Template::Delete(Named::ExternalId) => "DELETE /api/v3/promotions/multichannels",
            Template::Delete(Named::Id(_)) => "DELETE /api/v3/promotions/multichannels/{promotionId}",
            Template::ReadValidity(Named::ExternalId) => "GET /api/v3/promotions/multichannels/validity",
            Template::ReadValidity(Named::Id(_)) => {
                "GET /api/v3/promotions/multichannels/{promotionId}/validity"
            }
            Template::UpdateValidity(_) => "PUT /api/v3/promotions/multichannels/{promotionId}/validity",
        }
    }

    pub(super) fn parameters(self) -> &'static [&'static str] {
        match self {
            Template::Read(Named::ExternalId)
            | Template::Delete(Named::ExternalId)
            | Template::ReadValidity(Named::ExternalId) => &["externalId"],
            Template::Create
            | Template::Read(Named::Id(_))
            | Template::Update(_)
            | Template::Delete(Named::Id(_))
            | Template::ReadValidity(Named::Id(_))
            | Template::UpdateValidity(_) => &[],
        }
    }

    pub(super) fn answer(self, world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
        match self {
            Template::Create => create(world, asked),
            Template::Read(named) => {
                let answer = in_full(world, asked, found(world, asked, named)?);
                Ok(Answer::json(200, &answer))
            }
            Template::ReadValidity(named) => {
                let answer = in_full(world, asked, found(world, asked, named)?);
                Ok(Answer::json(200, &answer["validity"]))
            }
            Template::Update(id) => update(world, asked, id),
            Template::UpdateValidity(id) => update_validity(world, asked, id),
            Template::Delete(named) => {
                let id = found(world, asked, named)?.id;
                promotions::delete(world, id).map_err(|because| locked(world, because))?;
                Ok(Answer::empty(200))
            }
        }
    }
}

fn not_found() -> Refusal {
    Refusal::new(404, "PromotionNotFound", "The promotion was not found.")
}

fn bad_request(problems: Vec<Problem>) -> Refusal {
    Refusal { problems, ..Refusal::new(400, "BadRequest", "The request is not valid.") }
}

/// How a template that cannot be changed is refused: the codes are not known (facts P-62, P-64, P-65).
fn locked(world: &World, because: Locked) -> Refusal {
    let status = match world.switches.locked_promotion {
        LockedPromotion::Conflict => 409,
        LockedPromotion::BadRequest => 400,
    };
    match because {
        Locked::Unknown => not_found(),
        Locked::Full => Refusal::new(500, "Error", "There are too many promotions."),
        Locked::ExternalIdTaken => {
            Refusal::new(409, "PromotionExternalIdExists", "A promotion with this externalId exists.")
        }
        Locked::NotDraft => {
            Refusal::new(status, "PromotionNotDraft", "Only a promotion in Draft can be changed.")
        }
        Locked::Assigned => {
            Refusal::new(status, "PromotionAssigned", "A promotion that was assigned cannot be deleted.")
        }
    }
}

fn found<'w>(world: &'w World, asked: &Asked<'_>, named: Named<'_>) -> Result<&'w Promotion, Refusal> {
    match named {
        Named::Id(id) => world.promotions.get(parsed(id)?).ok_or_else(not_found),
        Named::ExternalId => {
            let external = asked.query.filled("externalId");
            let external =
                external.ok_or_else(|| bad_request(vec![Problem::of("externalId", "is empty")]))?;
            world.promotions.with_external_id(external).ok_or_else(not_found)
        }
    }
}

pub(super) fn parsed(id: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(id).map_err(|_| Refusal::new(400, "InvalidPromotionId", "The promotion id is not valid."))
}

fn in_full(world: &World, asked: &Asked<'_>, promotion: &Promotion) -> Value {
    promotion.answered(asked.moment.at, &world.settings.time_zone)
}

fn answered(world: &World, asked: &Asked<'_>, id: Uuid) -> Result<Value, Refusal> {
    world.promotions.get(id).map(|promotion| in_full(world, asked, promotion)).ok_or_else(not_found)
}

/// A body whose fields are those of its table.
pub(super) struct Body {
    /// What the table knows of it.
    pub(super) known: Map<String, Value>,
    /// All that was sent.
    sent: Map<String, Value>,
}

/// A body as its table knows it, with every fault at once. `also` names further fields that mean nothing here.
pub(super) fn checked(
    asked: &mut Asked<'_>,
    table: &'static [Field],
    also: &[&str],
) -> Result<Body, Refusal> {
    let body = object(asked)?;
    let also: Vec<String> = also.iter().map(|name| (*name).to_owned()).collect();
    let troubles = fields::inspect(&body, table, &also);
    asked.notes.extend(lint::troubles(&troubles));
    let problems: Vec<Problem> = troubles.iter().filter(|one| one.refuses()).map(Problem::from).collect();
    if problems.is_empty() {
        Ok(Body { known: fields::known(&body, table), sent: body })
    } else {
        Err(bad_request(problems))
    }
}

fn odd(text: String) -> Refusal {
    bad_request(vec![Problem { field: String::new(), text }])
}

fn create(world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let known = checked(asked, fields::PROMOTION, &[])?.known;
    let definition = Definition::read(known).map_err(odd)?;
    let id = promotions::create(world, definition).map_err(|because| locked(world, because))?;
    // 200, and not 201 (fact P-62).
    Ok(Answer::json(200, &answered(world, asked, id)?))
}

/// The body is the whole promotion, its id among it (fact P-64).
fn update(world: &mut World, asked: &mut Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let id = parsed(id)?;
    let Body { known, sent } = checked(asked, fields::PROMOTION, &["id", "status"])?;
    let sent = sent.get("id").and_then(Value::as_str).and_then(|text| Uuid::try_parse(text).ok());
    if sent != Some(id) {
        return Err(bad_request(vec![Problem::of("id", "is not the id in the path")]));
    }
    let definition = Definition::read(known).map_err(odd)?;
    promotions::update(world, id, definition).map_err(|because| locked(world, because))?;
    Ok(Answer::json(200, &answered(world, asked, id)?))
}

fn update_validity(world: &mut World, asked: &mut Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let id = parsed(id)?;
    let known = checked(asked, fields::VALIDITY, &[])?.known;
    let before = world.promotions.get(id).ok_or_else(not_found)?.definition.clone();
    let definition = before.with_days(known).map_err(odd)?;
    promotions::update(world, id, definition).map_err(|because| locked(world, because))?;
    Ok(Answer::json(200, &answered(world, asked, id)?["validity"]))
}
