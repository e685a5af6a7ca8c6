//! Which promotions a receipt's discounts used, as Engage numbers them.
//!
//! A till names an offer by its assignment, by its promotion or by the number of a voucher; a receipt in Engage names
//! promotions by their ids and vouchers by their numbers (fact R-39). What an assignment is of is known from the profile
//! that the till was shown.

use std::collections::BTreeMap;

use pos::receipt::Receipt;

use crate::frozen::{FrozenFinding, is_engages_id};
use crate::profile::Profile;

/// The code of an offer that the customer wasn't seen to have.
const OFFER_UNKNOWN: &str = "offerUnknown";

/// The promotions among the offers that a receipt used, by the till's names for them, and what was found about others.
pub(super) fn promotions(
    receipt: &Receipt<'_>,
    buyer: Option<&Profile>,
) -> (BTreeMap<String, String>, Vec<FrozenFinding>) {
    let known = buyer.and_then(|profile| profile.loyalty.as_ref()).map(|loyalty| &loyalty.promotions);
    let mut promotions = BTreeMap::new();
    let mut findings = Vec::new();
    for (pointer, offer) in offers(receipt).filter(|(_, offer)| is_engages_id(offer)) {
        let ids = known.into_iter().flatten().filter_map(|promotion| {
            Some((promotion.assignment_id.as_str(), promotion.promotion_id.as_deref()?))
        });
        let same = |id: &str| id.eq_ignore_ascii_case(offer);
        match ids.into_iter().find(|(assignment, promotion)| same(assignment) || same(promotion)) {
            Some((_, promotion)) => {
                promotions.insert(offer.to_owned(), promotion.to_owned());
            }
            None => findings.push(FrozenFinding {
                fault: false,
                code: OFFER_UNKNOWN.to_owned(),
                pointer,
                detail: "no such promotion was seen at this customer, so the discount goes without naming it; look the \
                         customer up before the sale"
                    .to_owned(),
            }),
        }
    }
    (promotions, findings)
}

/// The offers that a receipt names, with their places.
fn offers<'r>(receipt: &'r Receipt<'r>) -> impl Iterator<Item = (String, &'r str)> {
    let of_lines = receipt.lines.iter().enumerate().flat_map(|(line, one)| {
        let rows = one.discounts.iter().enumerate();
        rows.filter_map(move |(row, discount)| {
            Some((format!("/lines/{line}/discounts/{row}/offer"), discount.offer?))
        })
    });
    let rows = receipt.discounts.iter().enumerate();
    let of_receipt =
        rows.filter_map(|(row, discount)| Some((format!("/discounts/{row}/offer"), discount.offer?)));
    of_lines.chain(of_receipt)
}
