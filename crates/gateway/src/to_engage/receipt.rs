//! A receipt, from what is frozen of it to what Engage reads.

use std::collections::BTreeSet;

use engage::model::{
    ContactId, CreatedDate, Discount, Item, ItemKind, MatchContact, NameValue, Payment, Receipt, TaxDetail,
    Text, UsedOffers,
};
use pos::receipt::{Extra, Rate, SettledLine, SettledPart, SettledReceipt, SettledTax};

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
    let number = frozen.reversal.as_ref().and_then(|reversal| reversal.receipt_number.as_deref());
    let carried = [("till", receipt.till), ("operator", receipt.operator)];
    let carried = carried.into_iter().filter_map(|(name, value)| name_value(name, value?));
    Ok(Receipt {
        contact: MatchContact::by_id(contact),
        unique_receipt_id: Text::new(key).ok_or("the receipt's id is blank")?,
        receipt_number: Text::new(number.unwrap_or(receipt.receipt_number))
            .ok_or("the receipt's number is blank")?,
        created_date: CreatedDate { instant: made_at.timestamp(), offset: made_at.offset() },
        store_external_id: Text::new(store).ok_or("the receipt names no store")?,
        currency: Text::new(settlement.currency.code()).ok_or("the receipt has no currency")?,
        exchange_rate_to_group_currency: part.rate().map(Rate::value),
        total_gross_price: part.decimal(part.total()),
        tax_details: part.taxes().map(|tax| tax_detail(&part, &tax)).collect(),
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
        items: part
            .lines()
            .map(|line| item(&part, &line))
            .collect::<Option<_>>()
            .ok_or("a line names no article")?,
        used: used(&part, frozen, engage),
        extra_data: carried.chain(receipt.extra_data.iter().filter_map(extra)).collect(),
    })
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
