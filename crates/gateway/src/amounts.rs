//! A receipt's money as a till is shown it.

use pos::receipt::{SettledReceipt, Settlement};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A receipt's money, as it goes to Engage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    /// ISO 4217.
    pub currency: String,
    /// What was paid.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    pub total: Decimal,
    /// The multiplier to the group currency, if one goes along.
    #[serde(
        with = "rust_decimal::serde::arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub exchange_rate: Option<Decimal>,
    /// Line by line, in the receipt's order.
    pub lines: Vec<LineAmounts>,
}

/// One line's money; no figure is below zero.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineAmounts {
    /// Whether it was paid back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub back: bool,
    /// What was paid for the line.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    pub paid: Decimal,
    /// The VAT in it.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    pub tax_amount: Decimal,
    /// Its share of each discount, in the order they were applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<ShareAmount>,
}

/// A line's share of a discount.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShareAmount {
    /// How much.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    pub amount: Decimal,
    /// What the till called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Amounts {
    /// Of a receipt that is at hand.
    pub fn of(settled: &SettledReceipt<'_>) -> Amounts {
        let settlement = settled.settlement();
        let share = |discount: pos::receipt::SettledDiscount<'_>| ShareAmount {
            amount: settled.decimal(discount.amount),
            description: discount.description.or(discount.kind).map(str::to_owned),
        };
        let lines = settled.lines().map(|line| LineAmounts {
            back: line.back,
            paid: settled.decimal(line.paid),
            tax_amount: settled.decimal(line.tax),
            discounts: line.discounts().map(share).collect(),
        });
        Amounts {
            currency: settlement.currency.code().to_owned(),
            total: settled.decimal(settlement.total),
            exchange_rate: settlement.rate.map(pos::receipt::Rate::value),
            lines: lines.collect(),
        }
    }

    /// Of a receipt that was kept.
    pub fn again(body: &Value, settlement: &Settlement) -> Option<Amounts> {
        let receipt = pos::receipt::parse(body).receipt?;
        SettledReceipt::new(&receipt, settlement).ok().map(|settled| Amounts::of(&settled))
    }
}
