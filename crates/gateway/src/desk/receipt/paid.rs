//! The checkout that a receipt pays. What differs from it is said and stands in nobody's way: the sale has happened.

use std::collections::BTreeSet;

use pos::receipt::SettledReceipt;
use store::{Along, CheckoutRow, CheckoutState};

use super::{Found, fault};
use crate::desk::Paying;
use crate::frozen::{FrozenCheckout, FrozenFinding};

/// What a receipt comes to that pays a checkout.
pub(super) struct Paid<'p> {
    /// Its identity.
    pub(super) key: &'p str,
    /// Its store.
    pub(super) store: &'p str,
    /// Its money.
    pub(super) settled: &'p SettledReceipt<'p>,
    /// The redemptions of the offers that it used.
    pub(super) along: &'p [Along],
}

/// The checkout that a receipt of a store pays, as far as it says what its offers are.
pub fn paying(row: Option<&CheckoutRow>, key: &str, store: &str) -> Option<Paying> {
    let row = row
        .filter(|row| row.store == store && (row.paid_by.is_none() || row.paid_by.as_deref() == Some(key)))?;
    let frozen = FrozenCheckout::read(row.frozen.as_deref()?)?;
    Some(Paying { frozen, is_open: row.state == CheckoutState::Open })
}

impl Found {
    /// The checkout that a receipt ends by paying it, and what is odd about that.
    pub(super) fn paid(&self, named: &str, paid: &Paid<'_>) -> (Option<String>, Vec<FrozenFinding>) {
        let Some(row) = self.checkout.as_ref().filter(|row| row.store == paid.store) else {
            let detail =
                "this store has no such checkout, or it is kept no longer; the sale is taken as it is";
            return (None, vec![warning("checkoutUnknown", detail)]);
        };
        let mut findings = Vec::new();
        match row.state {
            CheckoutState::Open => {}
            CheckoutState::Paid if row.paid_by.as_deref() == Some(paid.key) => {}
            CheckoutState::Paid => {
                let detail = "another receipt has paid this checkout; the sale is taken as it is";
                return (None, vec![warning("checkoutPaid", detail)]);
            }
            CheckoutState::Released => {
                findings.push(warning(
                    "checkoutReleased",
                    "this checkout was given up; its offers were free meanwhile",
                ));
            }
            CheckoutState::Expired => {
                findings
                    .push(warning("checkoutExpired", "its time was over; its offers were free meanwhile"));
            }
        }
        let frozen = row.frozen.as_deref().and_then(FrozenCheckout::read);
        findings.extend(frozen.and_then(|frozen| differs(&frozen, paid)));
        (Some(named.to_owned()), findings)
    }
}

/// What the sale has otherwise than its checkout.
fn differs(frozen: &FrozenCheckout, paid: &Paid<'_>) -> Option<FrozenFinding> {
    let settlement = paid.settled.settlement();
    let same_money =
        (settlement.currency, settlement.total) == (frozen.settlement.currency, frozen.settlement.total);
    let held: BTreeSet<&str> = frozen.held().map(|(offer, _)| offer.name.as_str()).collect();
    let used: BTreeSet<&str> =
        paid.along.iter().filter_map(|along| along.about.as_ref().map(|about| &*about.name)).collect();
    let detail = match (same_money, held == used) {
        (true, true) => return None,
        (false, _) => {
            "it comes to another total than its checkout; put the checkout again when the basket changes"
        }
        (true, false) => {
            "it uses other offers than its checkout holds; put the checkout again when the basket changes"
        }
    };
    Some(warning("checkoutDiffers", detail))
}

fn warning(code: &str, detail: &str) -> FrozenFinding {
    FrozenFinding { fault: false, ..fault(code, "/checkout", detail) }
}
