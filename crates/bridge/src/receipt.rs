//! A receipt, from what was settled of it to what Engage reads.
//!
//! Live receipts and those of an export are made here alike, so that one that comes both ways is the same receipt
//! (facts R-05, M-03). No decision about money is taken: amounts were settled before. It knows neither where a receipt is
//! kept nor who its contact is: both are handed in.

use engage::model::{
    CreatedDate, Discount, Item, ItemKind, MatchContact, NameValue, Payment, Receipt, TaxDetail, Text,
    UsedOffers,
};
use pos::receipt::{Extra, Moment, Rate, SettledLine, SettledPart, SettledReceipt, SettledTax};

/// What a receipt needs that its part doesn't say.
#[derive(Debug, Clone)]
pub struct Heading<'h> {
    /// Whose it is.
    pub contact: MatchContact,
    /// The identity by which Engage drops repetitions (fact R-05).
    pub unique_receipt_id: &'h str,
    /// The printed number; the receipt's own where there is none.
    pub receipt_number: Option<&'h str>,
    /// When it was made, or undone.
    pub made_at: Moment,
    /// The offers that it used.
    pub used: UsedOffers,
}

/// Why a receipt can't be said to Engage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Its id.
    #[error("the receipt's id is blank")]
    BlankId,
    /// Its printed number.
    #[error("the receipt's number is blank")]
    BlankNumber,
    /// Its store.
    #[error("the receipt names no store")]
    NoStore,
    /// Its currency.
    #[error("the receipt has no currency")]
    NoCurrency,
    /// The article of one of its lines.
    #[error("a line names no article")]
    NoArticle,
}

/// A part of a till's receipt as Engage reads it (fact R-07).
///
/// # Errors
/// Where a text that must be there is blank.
pub fn receipt(
    settled: &SettledReceipt<'_>,
    part: &SettledPart<'_>,
    heading: Heading<'_>,
) -> Result<Receipt, Error> {
    let (receipt, made_at) = (settled.receipt(), heading.made_at);
    let carried = [("till", receipt.till), ("operator", receipt.operator)];
    let carried = carried.into_iter().filter_map(|(name, value)| name_value(name, value?));
    Ok(Receipt {
        contact: heading.contact,
        unique_receipt_id: Text::new(heading.unique_receipt_id).ok_or(Error::BlankId)?,
        receipt_number: Text::new(heading.receipt_number.unwrap_or(receipt.receipt_number))
            .ok_or(Error::BlankNumber)?,
        created_date: CreatedDate { instant: made_at.timestamp(), offset: made_at.offset() },
        store_external_id: Text::new(receipt.store).ok_or(Error::NoStore)?,
        currency: Text::new(settled.settlement().currency.code()).ok_or(Error::NoCurrency)?,
        exchange_rate_to_group_currency: part.rate().map(Rate::value),
        total_gross_price: part.decimal(part.total()),
        tax_details: part.taxes().map(|tax| tax_detail(part, &tax)).collect(),
        payment_methods: part
            .payments()
            .filter_map(|payment| {
                Some(Payment {
                    kind: Text::new(payment.kind)?,
                    description: payment.description.and_then(Text::new),
                    value: part.decimal(payment.amount),
                })
            })
            .collect(),
        items: part.lines().map(|line| item(part, &line)).collect::<Option<_>>().ok_or(Error::NoArticle)?,
        used: heading.used,
        extra_data: carried.chain(receipt.extra_data.iter().filter_map(extra)).collect(),
    })
}

fn item(part: &SettledPart<'_>, line: &SettledLine<'_>) -> Option<Item> {
    // Returned pieces are negative, their amounts are not (facts ).
    let (kind, quantity) = match line.back {
        false => (ItemKind::Purchase, line.pieces),
        true => (ItemKind::Return, -line.pieces),
    };
    let discounts = line.discounts().filter(|discount| !discount.amount.is_zero());
    Some(Item {
        kind,
        quantity,
        gross_paid_price: part.decimal(line.paid),
        tax_amount: part.decimal(line.tax),
        tax_percent: line.tax_percent(),
        sku: Text::new(line.sku)?,
        article_number: Text::new(line.article_number)?,
        article_name: Text::new(line.name)?,
        article_group: line.group.and_then(Text::new),
        margin_percent: None,
        // Left out where the till says nothing or yes: the default earns points (fact R-33).
        awards_bonus: line.awards_points.filter(|awards| !awards),
        discounts: discounts
            .map(|discount| Discount {
                kind: discount.kind.and_then(Text::new),
                description: discount.description.and_then(Text::new),
                // Negative, for the whole line (fact R-37).
                value: -part.decimal(discount.amount),
            })
            .collect(),
        extra_data: measured(line).into_iter().chain(line.extra_data.iter().filter_map(extra)).collect(),
    })
}

/// What Engage has no field for: the measure of weighed goods, which go as one piece (fact R-23), and that the price was
/// set by hand.
fn measured(line: &SettledLine<'_>) -> Vec<NameValue> {
    let measure = line.measure.map(|(amount, unit)| {
        [name_value("quantity", &amount.to_string()), unit.and_then(|unit| name_value("unit", unit))]
    });
    let by_hand = line.price_override.then(|| name_value("priceOverride", "true"));
    measure.into_iter().flatten().chain(by_hand).flatten().collect()
}

fn tax_detail(part: &SettledPart<'_>, tax: &SettledTax<'_>) -> TaxDetail {
    let (gross, amount) = (part.decimal(tax.money.gross), part.decimal(tax.money.amount));
    TaxDetail {
        description: tax.description.and_then(Text::new),
        percent: Some(tax.money.percent.decimal()),
        value: Some(amount),
        total_including_tax: Some(gross),
        total_excluding_tax: Some(gross - amount),
    }
}

fn extra(extra: &Extra<'_>) -> Option<NameValue> {
    name_value(extra.name, extra.value)
}

fn name_value(name: &str, value: &str) -> Option<NameValue> {
    Some(NameValue { name: Text::new(name)?, value: Text::new(value)? })
}
