//! A receipt, from what is frozen of it to what Engage reads.

use engage::model::{
    ContactId, CreatedDate, Discount, Item, ItemKind, MatchContact, NameValue, Payment, Receipt, TaxDetail,
    Text, UsedOffers,
};
use pos::receipt::{Extra, SettledLine, SettledPart, SettledReceipt, SettledTax};

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
    let settled = settled.parts().next().ok_or("the receipt holds nothing that Engage is told of")?;
    let carried = [("till", receipt.till), ("operator", receipt.operator)];
    let carried = carried.into_iter().filter_map(|(name, value)| name_value(name, value?));
    Ok(Receipt {
        contact: MatchContact::by_id(contact),
        unique_receipt_id: Text::new(key).ok_or("the receipt's id is blank")?,
        receipt_number: Text::new(receipt.receipt_number).ok_or("the receipt's number is blank")?,
        created_date: CreatedDate {
            instant: settlement.created_at.timestamp(),
            offset: settlement.created_at.offset(),
        },
        store_external_id: Text::new(store).ok_or("the receipt names no store")?,
        currency: Text::new(settlement.currency.code()).ok_or("the receipt has no currency")?,
        exchange_rate_to_group_currency: settled.rate().map(pos::receipt::Rate::value),
        total_gross_price: settled.decimal(settled.total()),
        tax_details: settled.taxes().map(|tax| tax_detail(&settled, &tax)).collect(),
        payment_methods: settled
            .payments()
            .filter_map(|payment| {
                Some(Payment {
                    kind: Text::new(payment.kind)?,
                    description: payment.description.and_then(Text::new),
                    value: settled.decimal(payment.amount),
                })
            })
            .collect(),
        items: settled
            .lines()
            .map(|line| item(&settled, &line))
            .collect::<Option<_>>()
            .ok_or("a line names no article")?,
        used: UsedOffers {
            vouchers_in: engage.used_vouchers.clone(),
            vouchers: Vec::new(),
            promotions_in: engage.used_promotions.clone(),
            promotions: Vec::new(),
        },
        extra_data: carried.chain(receipt.extra_data.iter().filter_map(extra)).collect(),
    })
}

fn item(settled: &SettledPart<'_>, line: &SettledLine<'_>) -> Option<Item> {
    Some(Item {
        kind: if line.back { ItemKind::Return } else { ItemKind::Purchase },
        // Negative on a return line; the money is positive (facts ).
        quantity: if line.back { -line.pieces } else { line.pieces },
        gross_paid_price: settled.decimal(line.paid),
        tax_amount: settled.decimal(line.tax),
        tax_percent: line.tax_percent(),
        sku: Text::new(line.sku)?,
        article_number: Text::new(line.article_number)?,
        article_name: Text::new(line.name)?,
        article_group: line.group.and_then(Text::new),
        margin_percent: None,
        // Left out where the till says nothing or yes: the default earns points (fact R-33).
        awards_bonus: line.awards_points.filter(|awards| !awards),
        discounts: line
            .discounts()
            .map(|discount| Discount {
                kind: discount.kind.and_then(Text::new),
                description: discount.description.and_then(Text::new),
                // Negative, for the whole line (fact R-37).
                value: -settled.decimal(discount.amount),
            })
            .collect(),
        extra_data: line.extra_data.iter().filter_map(extra).collect(),
    })
}

fn tax_detail(settled: &SettledPart<'_>, tax: &SettledTax<'_>) -> TaxDetail {
    let (gross, amount) = (settled.decimal(tax.money.gross), settled.decimal(tax.money.amount));
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
