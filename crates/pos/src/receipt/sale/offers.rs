//! What returns give back of the offers that a sale used.
//!
//! An offer is bound to the goods that it took something off; one that took nothing off, to all of them. It has come
//! back whole once the last of these has. What of it isn't goods (freight, a gift card) is never waited for: Engage is
//! told of no return of that.

use super::{Drawn, Sale, SaleLine};
use crate::money::Amount;
use crate::receipt::{Kind, SettledReceipt};

/// An offer that a sale used.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SaleOffer {
    /// The till's word for it.
    name: String,
    /// The positions in the list of the lines that it is bound to.
    lines: Vec<usize>,
}

/// The offers of a sale, bound to its lines.
pub(super) fn of(settled: &SettledReceipt<'_>, lines: &[SaleLine]) -> Vec<SaleOffer> {
    let goods = || (0..lines.len()).filter(|&at| lines[at].kind == Kind::Purchase);
    let offers = settled.offers().into_iter().map(|used| {
        let is_bound = |&at: &usize| used.lines.binary_search(&lines[at].position).is_ok();
        let mut bound: Vec<usize> = goods().filter(is_bound).collect();
        if bound.is_empty() {
            bound = goods().collect();
        }
        SaleOffer { name: used.offer.to_owned(), lines: bound }
    });
    offers.collect()
}

impl Sale {
    /// What taking this gives back, after what is `before` was taken too: of each offer that it concerns its name, what
    /// that had taken off, and whether it is whole with it.
    pub(in crate::receipt) fn given_back(
        &self,
        before: &[&Drawn],
        drawn: &Drawn,
    ) -> Vec<(String, Amount, bool)> {
        if self.offers.is_empty() {
            return Vec::new();
        }
        let mut lines = self.lines.clone();
        before.iter().for_each(|drawn| super::lower(&mut lines, drawn));
        let mut after = lines.clone();
        super::lower(&mut after, drawn);
        let offers = self.offers.iter().filter_map(|offer| {
            let taken = |&&at: &&usize| lines[at].left != after[at].left;
            if !offer.lines.iter().any(|at| taken(&at)) {
                return None;
            }
            let whole = |lines: &[SaleLine]| offer.lines.iter().all(|&at| lines[at].is_back());
            let left = |lines: &[SaleLine]| -> Amount {
                offer.lines.iter().map(|&at| lines[at].left_of(&offer.name)).sum()
            };
            Some((offer.name.clone(), left(&lines) - left(&after), whole(&after) && !whole(&lines)))
        });
        offers.collect()
    }
}

impl SaleLine {
    /// Whether all of it has come back. Of what is measured the quantity may be worked out from amounts, and rounded.
    fn is_back(&self) -> bool {
        let left = &self.left;
        let nothing = left.paid.is_zero() || left.shares.iter().all(|share| share.is_zero());
        left.quantity.is_zero() && (self.unit.is_none() || nothing)
    }

    /// What of an offer's share hasn't come back.
    fn left_of(&self, offer: &str) -> Amount {
        let shares = self.discounts.iter().zip(&self.left.shares);
        shares.filter(|(called, _)| called.offer.as_deref() == Some(offer)).map(|(_, &share)| share).sum()
    }
}
