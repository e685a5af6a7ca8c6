//! The deciding: row by row, each after those that apply already.
//!
//! What is left for a row is what it would take if it took all: so the rules of discounts stand in one place alone.

use rust_decimal::Decimal;

use super::basket::{Basket, Figure, OfferRow};
use super::{Candidate, Kind, Larger, Outcome, Policy, Refusal, Worth, settled};
use crate::money::{Amount, Currency, Percent};
use crate::receipt::{Finding, Known, Severity};

/// Offers that are being applied, one after the other.
pub(super) struct Pricing<'p> {
    currency: Currency,
    candidates: &'p [Candidate<'p>],
    policy: Policy,
    known: &'p Known<'p>,
    /// What each offer that applies has taken or forfeited so far.
    taken: Vec<(&'p Candidate<'p>, Amount)>,
    said: Vec<Finding>,
}

/// What a row would take off.
enum Wanted {
    Percent(Percent),
    /// This amount; of a voucher all that it is worth, where the till left that open.
    Amount(Amount),
}

impl<'p> Pricing<'p> {
    pub(super) fn new(
        currency: Currency,
        candidates: &'p [Candidate<'p>],
        policy: Policy,
        known: &'p Known<'p>,
    ) -> Self {
        Self { currency, candidates, policy, known, taken: Vec::new(), said: Vec::new() }
    }

    /// What was found wrong with rows.
    pub(super) fn said(self) -> Vec<Finding> {
        self.said
    }

    /// What becomes of a row; where it applies, the basket has it from then on.
    pub(super) fn decide(&mut self, basket: &mut Basket<'_>, row: &OfferRow<'_>) -> Result<Outcome, Refusal> {
        let mut named = self.candidates.iter();
        let candidate = named.find(|candidate| candidate.name == row.name).ok_or(Refusal::Unknown)?;
        if let Worth::Unusable { code, detail } = &candidate.worth {
            return Err(Refusal::Unusable { code, detail: detail.clone() });
        }
        self.stands_beside(candidate)?;
        let wanted = self.wanted(basket, candidate, row)?;
        let left = self.trial(basket, row, &Wanted::Percent(Percent::ALL))?;
        if left.is_zero() {
            return Err(Refusal::NothingLeftToPay);
        }
        let (wanted, forfeited) = match wanted {
            Wanted::Amount(amount) if amount > left => (Wanted::Amount(left), amount - left),
            wanted => (wanted, Amount::ZERO),
        };
        let is_voucher = candidate.kind == Kind::Voucher;
        if is_voucher && !forfeited.is_zero() && self.policy.larger_than_basket == Larger::Refuse {
            let rest = self.currency.decimal(forfeited);
            return Err(Refusal::LargerThanBasket { rest, currency: self.currency });
        }
        let amount = self.trial(basket, row, &wanted)?;
        basket.keep(row, self.figure(&wanted));
        self.note(candidate, amount + forfeited);
        let percent = match wanted {
            Wanted::Percent(percent) => Some(percent),
            Wanted::Amount(_) => None,
        };
        Ok(Outcome::Applies { amount, percent, forfeited })
    }

    /// Whether it goes together with every other offer that applies already.
    fn stands_beside(&self, candidate: &Candidate<'_>) -> Result<(), Refusal> {
        let mut others = self.taken.iter().map(|(other, _)| other);
        let clash =
            others.find(|other| other.offer != candidate.offer && !self.go_together(candidate, other));
        match clash {
            Some(other) => Err(Refusal::NotStackable { beside: other.name.to_owned() }),
            None => Ok(()),
        }
    }

    fn go_together(&self, one: &Candidate<'_>, other: &Candidate<'_>) -> bool {
        match (one.kind, other.kind) {
            (Kind::Voucher, Kind::Voucher) => true,
            (Kind::Voucher, Kind::Promotion { stacks }) | (Kind::Promotion { stacks }, Kind::Voucher) => {
                stacks && self.policy.vouchers_stack
            }
            (Kind::Promotion { stacks: one }, Kind::Promotion { stacks: other }) => one && other,
        }
    }

    /// What the row is to take off: the till's figure, of a voucher at most its worth, else what the offer gives.
    fn wanted(
        &mut self,
        basket: &mut Basket<'_>,
        candidate: &Candidate<'_>,
        row: &OfferRow<'_>,
    ) -> Result<Wanted, Refusal> {
        let worth = match &candidate.worth {
            Worth::Amounts(amounts) => Some(self.worth_left(candidate, amounts)?),
            Worth::Percent(_) | Worth::ByTill { .. } | Worth::Unusable { .. } => None,
        };
        if let Some(figure) = self.figure_of(row)? {
            return match worth.filter(|_| candidate.kind == Kind::Voucher) {
                Some(worth) => self.at_most(basket, row, &figure, worth),
                None => Ok(figure),
            };
        }
        match (&candidate.worth, worth) {
            (_, Some(worth)) if worth.is_zero() => Err(Refusal::NothingLeftToPay),
            (_, Some(worth)) => Ok(Wanted::Amount(worth)),
            (Worth::Percent(percent), None) => Ok(Wanted::Percent(*percent)),
            (Worth::ByTill { instruction }, None) => {
                Err(Refusal::AmountNeeded { instruction: instruction.clone() })
            }
            (Worth::Amounts(_) | Worth::Unusable { .. }, None) => {
                Err(Refusal::AmountNeeded { instruction: None })
            }
        }
    }

    /// The till's figure of a voucher, as an amount and no more than it is worth, which is said.
    fn at_most(
        &mut self,
        basket: &mut Basket<'_>,
        row: &OfferRow<'_>,
        figure: &Wanted,
        worth: Amount,
    ) -> Result<Wanted, Refusal> {
        let amount = match figure {
            Wanted::Amount(amount) => *amount,
            Wanted::Percent(_) => self.trial(basket, row, figure)?,
        };
        if amount > worth {
            let [said, most] = [amount, worth].map(|amount| self.currency.decimal(amount));
            let detail =
                format!("the till says {said}, the voucher is worth {most} {}; that counts", self.currency);
            let (severity, pointer) = (Severity::Warning, row.pointer());
            self.said.push(Finding { severity, code: "voucherAboveWorth", pointer, detail });
        }
        Ok(Wanted::Amount(amount.min(worth)))
    }

    /// What is left of an offer that is worth an amount, after its earlier rows.
    fn worth_left(
        &self,
        candidate: &Candidate<'_>,
        amounts: &[(Currency, Decimal)],
    ) -> Result<Amount, Refusal> {
        let here = amounts.iter().find(|(currency, _)| *currency == self.currency);
        let amount = here.and_then(|(_, amount)| self.currency.amount(*amount).ok());
        let nothing = Refusal::WorthNothingInCurrency(self.currency);
        let worth = amount.filter(|amount| amount.is_positive()).ok_or(nothing)?;
        let same = self.taken.iter().filter(|(other, _)| other.offer == candidate.offer);
        let taken: Amount = same.map(|(_, taken)| *taken).sum();
        Ok((worth - taken).max(Amount::ZERO))
    }

    /// The till's own figure; what of it can't be read is said.
    fn figure_of(&mut self, row: &OfferRow<'_>) -> Result<Option<Wanted>, Refusal> {
        if !row.has_figure() {
            return Ok(None);
        }
        match row.figure(self.currency) {
            Ok(figure) => Ok(Some(match figure {
                Figure::Amount(amount) => Wanted::Amount(amount),
                Figure::Percent(percent) => Wanted::Percent(percent),
            })),
            Err(findings) => {
                self.said.extend(findings);
                Err(Refusal::Faulty)
            }
        }
    }

    /// What the basket's row takes off in all with this figure, after everything that applies before it.
    fn trial(
        &mut self,
        basket: &mut Basket<'_>,
        row: &OfferRow<'_>,
        wanted: &Wanted,
    ) -> Result<Amount, Refusal> {
        basket.keep(row, self.figure(wanted));
        let tried = settled(basket, &basket.without_tax(), self.known);
        let taken = tried.settlement.as_ref().map(|settlement| basket.taken_by(row, settlement));
        basket.drop(row);
        taken.ok_or_else(|| {
            let pointer = row.pointer();
            self.said.extend(tried.findings.into_iter().filter(|one| one.pointer.starts_with(&pointer)));
            Refusal::Faulty
        })
    }

    fn figure(&self, wanted: &Wanted) -> (&'static str, Decimal) {
        match wanted {
            Wanted::Percent(percent) => ("percent", percent.decimal()),
            Wanted::Amount(amount) => ("amount", self.currency.decimal(*amount)),
        }
    }

    fn note(&mut self, candidate: &'p Candidate<'p>, amount: Amount) {
        self.taken.push((candidate, amount));
    }
}
