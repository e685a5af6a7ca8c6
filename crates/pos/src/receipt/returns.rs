//! Return lines: whose sale each is of, and what it takes of it.
//!
//! A return by reference to a sale that is known takes its share of that ([`SaleLine::take`]), whatever the
//! till says of price and discounts; only what the till says was paid back, and the tax in it, counts before our
//! figures. A return of something that isn't known goes by the till's price, like anything else that is listed.
//! More than is left is never taken: that is a fault, and so is a sale that is none any more.

use rust_decimal::Decimal;

use super::figures::Figures;
use super::finding::{At, Finding, Severity};
use super::sale::{DrawnLine, Holding, Portion, Sale, SaleLine, Standing};
use super::settlement::{Measured, Taken, TakenDiscount};
use super::{Line, LineMoney, LineTax, Prices, Receipt, Reference};
use crate::money::Amount;
use crate::spread::spread;

/// Where a line's money and contact come from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// The receipt itself.
    Own,
    /// Its price is the till's; its contact is a sale's, and its rate too where that sale is of the same currency.
    Priced { sale: usize, same_currency: bool },
    /// All of it is a sale's.
    Drawn(Box<Drawing>),
}

/// What a line takes of a sale.
#[derive(Debug, Clone)]
pub(super) struct Drawing {
    pub(super) sale: usize,
    pub(super) line: DrawnLine,
    pub(super) money: LineMoney,
}

impl Origin {
    pub(super) fn is_priced(&self) -> bool {
        !matches!(self, Self::Drawn(_))
    }

    /// The sale whose rate it has; `None` where that is the receipt's own.
    pub(super) fn sale_of_rate(&self) -> Option<usize> {
        match self {
            Self::Own | Self::Priced { same_currency: false, .. } => None,
            Self::Priced { sale, same_currency: true } => Some(*sale),
            Self::Drawn(drawing) => Some(drawing.sale),
        }
    }

    /// The sale whose contact it is of.
    pub(super) fn sale(&self) -> Option<usize> {
        match self {
            Self::Own => None,
            Self::Priced { sale, .. } => Some(*sale),
            Self::Drawn(drawing) => Some(drawing.sale),
        }
    }
}

/// Finds the sale of each return line and takes from it, in the order of the lines; one for each line.
///
/// `said` are the findings of reading: what was unreadable is not also called missing.
pub(super) fn draw(
    figures: &mut Figures<'_>,
    receipt: &Receipt<'_>,
    known: &[Sale],
    said: &[Finding],
) -> Vec<Origin> {
    let list = At::Root.field("lines");
    let any = receipt.lines.iter().any(|line| line.of.is_some());
    let mut sales = Sales { receipt, said, sales: if any { known.to_vec() } else { Vec::new() } };
    let lines = receipt.lines.iter().enumerate();
    lines
        .map(|(position, line)| match line.of {
            Some(of) => sales.draw(figures, &list.item(position), line, of),
            None => Origin::Own,
        })
        .collect()
}

/// The sales, while they are drawn on.
struct Sales<'s> {
    receipt: &'s Receipt<'s>,
    said: &'s [Finding],
    sales: Vec<Sale>,
}

impl Sales<'_> {
    fn draw(&mut self, figures: &mut Figures<'_>, at: &At<'_>, line: &Line<'_>, of: Reference<'_>) -> Origin {
        let of_at = at.field("of");
        let at_receipt = of_at.field("receipt");
        let Some(sale) = self.sales.iter().position(|sale| sale.id == of.receipt) else {
            let detail =
                "no such receipt is known here, so the till's price counts; check the id of the sale";
            figures.findings.warn("returnOfUnknownReceipt", &at_receipt, detail);
            self.by_price(figures, at, line);
            return Origin::Own;
        };
        let found = &self.sales[sale];
        match found.standing {
            Standing::Good => {}
            Standing::Voided => {
                let detail =
                    "that sale was voided, so there is nothing to return; pay nothing back, or void this";
                figures.fail("saleVoided", &at_receipt, detail);
                return Origin::Own;
            }
            Standing::Discarded => {
                let detail = "that sale was given up and never reached Engage; its return mustn't either: give it up too";
                figures.fail("saleDiscarded", &at_receipt, detail);
                return Origin::Own;
            }
        }
        if found.currency != figures.currency {
            let detail = format!(
                "the sale was paid in {}, this is {}; so the till's price counts, at the rate of this receipt",
                found.currency, figures.currency
            );
            figures.findings.warn("returnCurrencyDiffers", &at_receipt, detail);
            self.by_price(figures, at, line);
            return Origin::Priced { sale, same_currency: false };
        }
        let wanted = line.quantity.map(super::Quantity::decimal);
        let Some(position) = found.find(of.line, line.sku, wanted) else {
            let detail = "that receipt has no such line, so the till's price counts; name a line by its `id`, or by its \
                          position from 1 where lines have none";
            figures.findings.warn("returnLineUnknown", &of_at.field("line"), detail);
            self.by_price(figures, at, line);
            return Origin::Priced { sale, same_currency: true };
        };
        match self.take(figures, at, line, &found.lines[position]) {
            Some(holding) => self.drawn(sale, position, &holding),
            None => Origin::Own,
        }
    }

    /// What a line takes of that line of the sale; `None` when that is more than is left, which is said.
    fn take(
        &self,
        figures: &mut Figures<'_>,
        at: &At<'_>,
        line: &Line<'_>,
        of: &SaleLine,
    ) -> Option<Holding> {
        let stated = self.stated(figures, at, line, of);
        let measured = of.unit.is_some();
        let portion = match (line.quantity.map(super::Quantity::decimal), stated.paid) {
            (Some(quantity), Some(paid)) if measured && quantity > of.left.quantity => Portion::Worth(paid),
            (None, Some(paid)) if measured => Portion::Worth(paid),
            (Some(quantity), _) => Portion::Quantity(quantity),
            (None, _) => Portion::Rest,
        };
        let spent = of.left.quantity.is_zero() && (of.left.paid.is_zero() || !measured);
        let portion = match portion {
            Portion::Worth(paid) if rounding(of, paid) => Portion::Rest,
            other => other,
        };
        let holding = if spent { None } else { of.take(portion) };
        let Some(mut holding) = holding else {
            self.over(figures, at, of);
            return None;
        };
        let (share, tax_share) = (holding.paid, holding.tax);
        // What is without tax can't say more exactly than to a minor unit what it is with it.
        let vague = self.receipt.prices == Prices::WithoutTax && stated.tax.is_none();
        let agrees = |paid: Amount| paid == share || vague && (paid - share).abs().minor() <= 1;
        if let Some(paid) = stated.paid.filter(|&paid| !agrees(paid)) {
            if paid > of.left.paid && !rounding(of, paid) {
                self.over(figures, at, of);
                return None;
            }
            holding.paid = paid.min(of.left.paid);
            holding.tax = of.tax_of(holding.paid);
            differs(figures, &at.field("paid"), paid, share, holding.paid);
        }
        if let Some(tax) = stated.tax.filter(|&tax| tax != holding.tax) {
            holding.tax = tax.min(of.left.tax).min(holding.paid);
            differs(figures, &at.field("taxAmount"), tax, tax_share, holding.tax);
        }
        Some(holding)
    }

    /// What the till says was paid back, tax included, and the tax in it.
    fn stated(&self, figures: &mut Figures<'_>, at: &At<'_>, line: &Line<'_>, of: &SaleLine) -> Stated {
        let paid = line.price.and_then(super::Price::paid);
        let paid = paid.map(|paid| figures.amount(&at.field("paid"), paid));
        let tax = match &line.tax {
            LineTax::One { amount: Some(amount), .. } => {
                Some(figures.amount(&at.field("taxAmount"), *amount))
            }
            LineTax::Several(taxes) if taxes.iter().all(|tax| tax.amount.is_some()) => {
                let list = at.field("taxes");
                let amounts = taxes.iter().enumerate().filter_map(|(row, tax)| Some((row, tax.amount?)));
                Some(
                    amounts
                        .map(|(row, amount)| figures.amount(&list.item(row).field("amount"), amount))
                        .sum(),
                )
            }
            LineTax::One { .. } | LineTax::Several(_) | LineTax::Unstated => None,
        };
        let paid = match self.receipt.prices {
            Prices::WithTax => paid,
            // On top comes what the till says, else the same part as at the sale.
            Prices::WithoutTax => paid.map(|net| {
                let whole = &of.whole;
                net + tax.unwrap_or_else(|| whole.tax.scaled(net, whole.paid - whole.tax))
            }),
        };
        Stated { paid, tax }
    }

    fn over(&self, figures: &mut Figures<'_>, at: &At<'_>, of: &SaleLine) {
        let detail = format!(
            "more than is left of that line: {} of {} and {} of {} can still be returned; look for a return of it \
             that was sent already",
            of.left.quantity.normalize(),
            of.whole.quantity.normalize(),
            figures.shown(of.left.paid),
            figures.shown(of.whole.paid)
        );
        figures.fail("overReturn", at, detail);
    }

    fn drawn(&mut self, sale: usize, position: usize, holding: &Holding) -> Origin {
        let of = &mut self.sales[sale].lines[position];
        let line = holding.drawn(of.position);
        let money = LineMoney {
            paid: holding.paid,
            tax: holding.tax,
            taken: Some(Box::new(of.frozen(holding))),
            ..LineMoney::default()
        };
        of.left.lower(&line);
        Origin::Drawn(Box::new(Drawing { sale, line, money }))
    }

    /// What a line that goes by the till's price must say.
    fn by_price(&self, figures: &mut Figures<'_>, at: &At<'_>, line: &Line<'_>) {
        let place = at.to_string();
        let unreadable = |finding: &Finding| {
            let below = finding.pointer.strip_prefix(&place);
            finding.severity == Severity::Fault
                && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if self.said.iter().any(unreadable) {
            figures.failed = true;
            return;
        }
        for (is_missing, name, code, detail) in [
            (line.sku.is_none(), "sku", "skuMissing", "say which article it is: its sale isn't known"),
            (line.quantity.is_none(), "quantity", "quantityMissing", "say how many: its sale isn't known"),
            (line.price.is_none(), "unitPrice", "priceMissing", "say what was paid: its sale isn't known"),
        ] {
            if is_missing {
                figures.fail(code, &at.field(name), detail);
            }
        }
        let shares_tax = self.receipt.prices == Prices::WithoutTax && !self.receipt.taxes.is_empty();
        let has_rate = match &line.tax {
            LineTax::Unstated => shares_tax,
            LineTax::One { percent, .. } => percent.is_some() || self.receipt.prices == Prices::WithoutTax,
            LineTax::Several(_) => true,
        };
        if !has_rate {
            let detail = "say the tax rate in percent: its sale isn't known";
            figures.fail("taxPercentMissing", &at.field("taxPercent"), detail);
        }
    }
}

/// What the till says of a return by reference.
struct Stated {
    paid: Option<Amount>,
    tax: Option<Amount>,
}

/// Whether an amount is above what is left only because the till rounds each piece.
fn rounding(of: &SaleLine, paid: Amount) -> bool {
    let excess = (paid - of.left.paid).minor();
    let pieces = if of.unit.is_some() { Decimal::ONE } else { of.whole.quantity };
    excess > 0 && Decimal::from(excess) <= pieces
}

fn differs(figures: &mut Figures<'_>, at: &At<'_>, stated: Amount, share: Amount, counts: Amount) {
    let detail = format!(
        "the till says {}, the share of what was paid for it is {}; {} counts",
        figures.shown(stated),
        figures.shown(share),
        figures.shown(counts)
    );
    figures.disagree("returnPaidDiffers", at, detail);
}

impl SaleLine {
    /// What its return keeps of it, because the sale may be gone once the return is delivered.
    fn frozen(&self, holding: &Holding) -> Taken {
        let other = |text: &String| Some(text.clone()).filter(|text| *text != self.sku);
        let names = self.discounts.iter().zip(&holding.shares).filter(|(_, amount)| !amount.is_zero());
        let of_taxes: Vec<Amount> = self.taxes.iter().map(|&(_, amount)| amount).collect();
        let taxes = spread(holding.tax, &of_taxes).unwrap_or(of_taxes);
        Taken {
            kind: self.kind,
            sku: self.sku.clone(),
            article_number: other(&self.article_number),
            name: other(&self.name),
            group: self.group.clone(),
            quantity: holding.quantity.normalize(),
            measured: self.unit.clone().map(|unit| Measured { unit }),
            percent: self.percent,
            taxes: self.taxes.iter().map(|&(percent, _)| percent).zip(taxes).collect(),
            awards_points: self.awards_points,
            discounts: names
                .map(|(called, &amount)| TakenDiscount {
                    kind: called.kind.clone(),
                    description: called.description.clone(),
                    amount,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
