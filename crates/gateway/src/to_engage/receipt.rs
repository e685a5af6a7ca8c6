//! What is frozen of a receipt, and the offers that it used, as Engage reads them; what is said of a receipt is
//! `bridge`'s.

use std::collections::BTreeSet;

use bridge::receipt::Heading;
use engage::model::{ContactId, MatchContact, Receipt, Text, UsedOffers};
use pos::receipt::{SettledPart, SettledReceipt};

use crate::desk::with_store;
use crate::frozen::FrozenReceipt;
use crate::settings::Engage;

/// A receipt as Engage reads it (fact R-07), always for a contact's id, because one that matches nobody is dropped in
/// silence (fact R-12).
pub(super) fn receipt(
    key: &str,
    store: &str,
    body: &[u8],
    frozen: &FrozenReceipt,
    contact: &ContactId,
    engage: &Engage,
) -> Result<Receipt, String> {
    let settlement =
        frozen.settlement.as_ref().ok_or("the receipt's money could not be decided; correct its content")?;
    let body = serde_json::from_slice(body).map_err(|_| "the kept body is not JSON")?;
    let body = with_store(body, store);
    let reading = pos::receipt::parse(&body);
    let receipt = reading.receipt.ok_or("the receipt has faults; correct its content")?;
    let settled = SettledReceipt::new(&receipt, settlement).map_err(|error| error.to_string())?;
    let part = settled.parts().nth(frozen.part).ok_or("the receipt has no such part")?;
    let (part, made_at) = match &frozen.reversal {
        Some(reversal) => (part.reversed(), reversal.at),
        None => (part, settlement.created_at),
    };
    let heading = Heading {
        contact: MatchContact::by_id(contact),
        unique_receipt_id: key,
        receipt_number: frozen.reversal.as_ref().and_then(|reversal| reversal.receipt_number.as_deref()),
        made_at,
        used: used(&part, frozen, engage),
    };
    bridge::receipt::receipt(&settled, &part, heading).map_err(|error| error.to_string())
}

/// The offers that a purchase used (fact R-39). What undoes a purchase uses none.
fn used(part: &SettledPart<'_>, frozen: &FrozenReceipt, engage: &Engage) -> UsedOffers {
    let offers: BTreeSet<&str> = match frozen.reversal {
        Some(_) => BTreeSet::new(),
        None => part.vouchers().collect(),
    };
    let promotions = offers.iter().filter_map(|offer| frozen.promotions.get(*offer));
    let vouchers = offers.iter().filter_map(|offer| frozen.vouchers.get(*offer));
    UsedOffers {
        vouchers_in: engage.used_vouchers.clone(),
        vouchers: vouchers.filter_map(|number| Text::new(number.as_str())).collect(),
        promotions_in: engage.used_promotions.clone(),
        promotions: promotions.filter_map(|id| Text::new(id.as_str())).collect(),
    }
}
