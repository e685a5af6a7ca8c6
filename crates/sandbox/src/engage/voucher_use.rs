//! Redeeming a voucher and giving it back (facts P-58 to P-61). No body is read.

use serde_json::json;
use uuid::Uuid;

use super::offers::done;
use super::{Asked, Refusal, reading};
use crate::effect::Answer;
use crate::findings::{Note, Rule};
use crate::history::By;
use crate::switches::ReactivationConflict;
use crate::vouchers::{self, Unfit};
use crate::world::World;

/// In whose words a call refuses, and with which status it says that a voucher cannot be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V2,
    V3,
}

impl Version {
    fn malformed(self) -> Refusal {
        let code = match self {
            Version::V2 => "InvalidBonusCheckId",
            Version::V3 => "InvalidRewardVoucherId",
        };
        Refusal::new(400, code, "The voucher id is not valid.")
    }

    fn refusal(self, because: Unfit, conflict: u16) -> Refusal {
        let word = |v2, v3| if self == Version::V2 { v2 } else { v3 };
        let (status, code, message) = match because {
            Unfit::Unknown => {
                (404, word("BonusCheckNotFound", "RewardVoucherNotFound"), "The voucher was not found.")
            }
            Unfit::Redeemed => (
                conflict,
                word("BonusCheckAlreadyRedeemed", "RewardVoucherAlreadyRedeemed"),
                "The voucher was redeemed before.",
            ),
            Unfit::Active => (
                conflict,
                word("BonusCheckAlreadyActivated", "RewardVoucherAlreadyActivated"),
                "The voucher is active.",
            ),
            Unfit::Expired => {
                (conflict, word("BonusCheckExpired", "RewardVoucherExpired"), "The voucher has expired.")
            }
            Unfit::LimitReached => {
                (conflict, "ReactivationLimitExceeded", "The voucher was reactivated too often.")
            }
        };
        Refusal::new(status, code, message)
    }
}

/// The voucher's id, if it is one and belongs to somebody who is still there.
fn found(world: &World, version: Version, id: &str) -> Result<Uuid, Refusal> {
    let id = Uuid::try_parse(id).map_err(|_| version.malformed())?;
    let voucher = world.vouchers.get(id).filter(|one| world.contacts.get(one.contact).is_some());
    voucher.map(|one| one.id).ok_or_else(|| version.refusal(Unfit::Unknown, 409))
}

fn use_it(world: &mut World, asked: &mut Asked<'_>, version: Version, id: Uuid) -> Result<(), Refusal> {
    vouchers::redeem(world, id, By::Request(asked.moment.number), asked.moment.at)
        .map_err(|because| version.refusal(because, 409))?;
    if world.offers_on_receipts.has(id) {
        asked.notes.push(Note::of(Rule::RedeemedAfterReceipt));
    }
    Ok(())
}

pub(super) fn redeem(world: &mut World, asked: &mut Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let id = found(world, Version::V3, id)?;
    use_it(world, asked, Version::V3, id)?;
    Ok(done(world))
}

/// The twin in version 2, which names the contact as well and answers the voucher.
pub(super) fn redeem_bonus_check(
    world: &mut World,
    asked: &mut Asked<'_>,
    contact: &str,
    id: &str,
) -> Result<Answer, Refusal> {
    let contact = reading::visible(world, asked, contact)?.id;
    let id = found(world, Version::V2, id)?;
    if world.vouchers.get(id).is_none_or(|one| one.contact != contact) {
        return Err(Version::V2.refusal(Unfit::Unknown, 409));
    }
    use_it(world, asked, Version::V2, id)?;
    let voucher = world.vouchers.get(id).map(|one| one.in_version_2(&world.settings.time_zone));
    Ok(Answer::json(200, &json!(voucher)))
}

pub(super) fn reactivate(world: &mut World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let conflict = match world.switches.reactivation_conflict {
        ReactivationConflict::Conflict => 409,
        ReactivationConflict::NotAcceptable => 406,
    };
    give_back(world, asked, Version::V3, id, conflict)?;
    Ok(done(world))
}

/// The twin in version 2: its conflicts are 406, its answer a string (fact P-60).
pub(super) fn reactivate_in_version_2(
    world: &mut World,
    asked: &Asked<'_>,
    id: &str,
) -> Result<Answer, Refusal> {
    give_back(world, asked, Version::V2, id, 406)?;
    Ok(Answer::json(200, &json!("Reactivated")))
}

fn give_back(
    world: &mut World,
    asked: &Asked<'_>,
    version: Version,
    id: &str,
    conflict: u16,
) -> Result<(), Refusal> {
    let id = found(world, version, id)?;
    vouchers::reactivate(world, id, By::Request(asked.moment.number), asked.moment.at)
        .map_err(|because| version.refusal(because, conflict))
}
