//! The offers that a receipt names as used (facts ): which of its contact's they are, what its import
//! does to them, and what is odd about them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::fields;
use crate::findings::{Note, Rule};
use crate::history::By;
use crate::promotions::{self, Assignment, AssignmentState, ChannelKind};
use crate::switches::ReceiptsRedeem;
use crate::vouchers;
use crate::world::World;

/// An offer of a contact's, as a receipt names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Voucher(Uuid),
    Assignment(Uuid),
    /// Some assignment of this promotion; which, the receipt does not say.
    SomeOf(Uuid),
}

/// Those that the contact has; what else is named means nothing.
fn named(world: &World, contact: Uuid, body: &Value) -> Vec<Named> {
    let rows = |list: &str| body.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let ((vouchers, number), (promotions, promotion)) = fields::offer_lists(world.switches.offer_lists);
    let text = |row: &Value, member: &str| row.get(member).and_then(fields::text);
    let of_vouchers = rows(vouchers).iter().filter_map(|row| {
        let number = text(row, number)?;
        world.vouchers.of(contact).find(|one| one.number == number).map(|one| Named::Voucher(one.id))
    });
    let of_promotions = rows(promotions).iter().filter_map(|row| {
        let ids = ["couponId", promotion].map(|member| text(row, member)?.parse::<Uuid>().ok());
        let ids = ids.into_iter().flatten();
        ids.into_iter().find_map(|id| assigned(world, contact, id))
    });
    of_vouchers.chain(of_promotions).collect()
}

fn assigned(world: &World, contact: Uuid, id: Uuid) -> Option<Named> {
    let mut mine = world.assignments.of(contact);
    let found = mine.find(|one| one.id == id || one.promotion == id)?;
    Some(if found.id == id { Named::Assignment(id) } else { Named::SomeOf(id) })
}

fn assignments_of(world: &World, contact: Uuid, promotion: Uuid) -> impl Iterator<Item = &Assignment> {
    world.assignments.of(contact).filter(move |one| one.promotion == promotion)
}

/// The offers that receipts named, so that a redemption after its receipt is found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct OnReceipts(BTreeSet<Uuid>);

impl OnReceipts {
    pub(crate) fn has(&self, offer: Uuid) -> bool {
        self.0.contains(&offer)
    }
}

/// Notes what a receipt names that was taken.
pub(crate) fn arrived(world: &mut World, contact: Uuid, body: &Value) {
    for one in named(world, contact, body) {
        let id = match one {
            Named::Voucher(id) | Named::Assignment(id) => Some(id),
            Named::SomeOf(promotion) => {
                let mut all = assignments_of(world, contact, promotion);
                let first = all.next().map(|one| one.id);
                first.filter(|_| all.next().is_none())
            }
        };
        world.offers_on_receipts.0.extend(id);
    }
}

/// Uses the offers that an imported receipt names, where that is how it is, or finds that nobody did (fact P-70).
pub(crate) fn imported(world: &mut World, contact: Uuid, body: &Value, request: u64, at: Timestamp) {
    for one in named(world, contact, body) {
        match world.switches.receipts_redeem {
            ReceiptsRedeem::Yes => redeem(world, contact, one, By::Request(request), at),
            ReceiptsRedeem::No if sells(body) && is_unused(world, contact, one) => {
                world.note(Note::of(Rule::UsedNotRedeemed), "POST /api/v3/receipts", at, request);
            }
            ReceiptsRedeem::No => {}
        }
    }
}

/// Whether something was bought: what a return names was given back, perhaps, before it.
fn sells(body: &Value) -> bool {
    let items = body.get("items").and_then(Value::as_array);
    let is_purchase =
        |row: &Value| row.get("type").is_some_and(|of| fields::word(of, &["PURCHASE"]).is_some());
    items.is_some_and(|rows| rows.iter().any(is_purchase))
}

/// One that is used or over stays as it is.
fn redeem(world: &mut World, contact: Uuid, named: Named, by: By, at: Timestamp) {
    let assignment = match named {
        Named::Voucher(id) => {
            vouchers::redeem(world, id, by, at).ok();
            return;
        }
        Named::Assignment(id) => Some(id),
        Named::SomeOf(promotion) => {
            let mut all = assignments_of(world, contact, promotion);
            all.find(|one| one.state(at) == AssignmentState::Available).map(|one| one.id)
        }
    };
    if let Some(id) = assignment {
        promotions::redeem(world, id, ChannelKind::Pos, by, at).ok();
    }
}

fn is_unused(world: &World, contact: Uuid, named: Named) -> bool {
    match named {
        Named::Voucher(id) => world.vouchers.get(id).is_some_and(|one| one.redeemed.is_none()),
        Named::Assignment(id) => world.assignments.get(id).is_some_and(|one| one.redeemed.is_none()),
        Named::SomeOf(promotion) => {
            assignments_of(world, contact, promotion).all(|one| one.redeemed.is_none())
        }
    }
}
