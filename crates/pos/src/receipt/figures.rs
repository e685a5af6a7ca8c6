//! The till's figures, read in the receipt's currency.
//!
//! One that can't be read is a fault and counts as nothing meanwhile, so that all of them are found; in the end
//! nothing is settled then.

use rust_decimal::Decimal;

use super::finding::{At, Findings};
use super::read::code_of;
use crate::money::{Amount, Currency};

/// Reads figures and collects what is wrong with them.
pub(super) struct Figures<'f> {
    pub(super) currency: Currency,
    pub(super) findings: &'f mut Findings,
    /// Whether the money can't be decided.
    pub(super) failed: bool,
}

impl Figures<'_> {
    /// The amount that a figure says.
    pub(super) fn amount(&mut self, at: &At<'_>, figure: Decimal) -> Amount {
        match self.currency.amount(figure) {
            Ok(amount) => amount,
            Err(error) => {
                self.fail(code_of(error), at, error.to_string());
                Amount::ZERO
            }
        }
    }

    /// What a quantity costs at this price.
    pub(super) fn times(&mut self, at: &At<'_>, unit_price: Decimal, quantity: Decimal) -> Amount {
        match self.currency.times(unit_price, quantity) {
            Ok((amount, rounded)) => {
                // What is weighed hardly ever comes to a whole amount: that is no matter worth a word.
                if rounded && quantity.is_integer() {
                    let detail =
                        format!("{quantity} pieces at {unit_price} are rounded to {}", self.shown(amount));
                    self.findings.warn("priceRounded", at, detail);
                }
                amount
            }
            Err(error) => {
                self.fail(code_of(error), at, error.to_string());
                Amount::ZERO
            }
        }
    }

    /// A fault without which the money can't be decided.
    pub(super) fn fail(&mut self, code: &'static str, at: &At<'_>, detail: impl Into<String>) {
        self.failed = true;
        self.findings.fault(code, at, detail);
    }

    /// Figures that disagree; not said once a figure couldn't be read, because then it would mislead.
    pub(super) fn disagree(&mut self, code: &'static str, at: &At<'_>, detail: String) {
        if !self.failed {
            self.findings.warn(code, at, detail);
        }
    }

    /// An amount for people: `78.00 SEK`.
    pub(super) fn shown(&self, amount: Amount) -> String {
        format!("{} {}", self.currency.decimal(amount), self.currency)
    }
}
