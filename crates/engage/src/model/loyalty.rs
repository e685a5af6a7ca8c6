//! What a contact has: points, vouchers, promotions, and what it bought in all. Only read, but for
//! [`Money`], which definitions are made of too.
//!
//! Amounts are exact, and an amount that can't be held exactly makes its answer unreadable: money is
//! never guessed. The one exception is a promotion's value, whose form depends on its kind.

use rust_decimal::Decimal;
use rust_decimal::serde::arbitrary_precision as digits;
use serde::Serialize;

use super::reader::exact;
use super::{Mismatch, Object, Shape, Text};

/// An account of points (facts P-03, P-04).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointAccount {
    /// Its id: a GUID, in version 2 a number.
    pub id: Text,
    /// Which kind of points it holds (fact P-06).
    pub definition: Option<Text>,
    /// Points owned now (fact P-05).
    pub balance: Decimal,
    /// Points that become valid later.
    pub pending: Option<Decimal>,
    /// When points of the balance expire.
    pub expires: Option<Text>,
}

/// An amount of a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Money {
    /// How much.
    #[serde(with = "digits")]
    pub amount: Decimal,
    /// ISO 4217 code.
    pub currency: Text,
}

/// A voucher: money made of points (facts P-11, P-13, P-18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voucher {
    /// The id to redeem it by.
    pub id: Text,
    /// The number that people read and receipts name (fact P-16).
    pub number: Text,
    /// Name of the payout that it is from.
    pub name: Option<Text>,
    /// Worth in the tenant's main currency (fact P-14).
    pub value: Money,
    /// Worth in other currencies, which no conversion replaces (fact P-15).
    pub local_values: Vec<Money>,
    /// Points that it was made of.
    pub points: Option<Decimal>,
    /// Until when it is good (fact P-17).
    pub expires_on: Option<Text>,
    /// Whether it was used. The list of available ones need not say.
    pub redeemed: bool,
    /// When it was used.
    pub redeemed_on: Option<Text>,
}

/// A promotion assigned to a contact (fact P-21).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The assignment's id, to redeem it by.
    pub id: Text,
    /// The promotion's id.
    pub promotion_id: Option<Text>,
    /// The promotion's id in an outside system; none when it was made by hand.
    pub external_id: Option<Text>,
    /// Name, for the cashier (fact P-31).
    pub name: Option<Text>,
    /// Heading, for the customer.
    pub heading: Option<Text>,
    /// Description, for the customer.
    pub description: Option<Text>,
    /// Until when it is good; none is until further notice (fact P-27).
    pub expires_on: Option<Text>,
    /// Whether it was used.
    pub redeemed: bool,
    /// When it was used.
    pub redeemed_on: Option<Text>,
    /// Where and how it can be redeemed. A channel without a kind is left out.
    pub channels: Vec<RedemptionChannel>,
}

/// Where a promotion can be redeemed, and for what (fact P-22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionChannel {
    /// `POS`, `ECOM` or `OTHER`.
    pub kind: Text,
    /// `PERCENT`, `MONEY`, `EXTERNALOFFER`, `MANUAL` or `SWIPE`.
    pub value_type: Option<Text>,
    /// Its value; none where it can't be read.
    pub value: Option<ChannelValue>,
    /// Its value in other currencies.
    pub local_values: Vec<Money>,
    /// What the cashier is to do.
    pub instruction: Option<Text>,
}

/// The value of a promotion in a channel, which takes the form of its kind (fact P-23).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelValue {
    /// A percentage; or an amount whose currency isn't said.
    Number(Decimal),
    /// An amount.
    Money(Money),
    /// A code, or words.
    Text(Text),
}

/// What a contact has bought in all (fact P-38).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurchaseSummary {
    /// When the latest receipt was made.
    pub latest_receipt: Option<Text>,
    /// When these figures were made.
    pub updated: Option<Text>,
    /// Amount bought for.
    pub amount: Spans,
    /// Articles bought.
    pub articles: Spans,
    /// Average amount of a receipt.
    pub average_receipt: Spans,
    /// How often.
    pub frequency: Spans,
}

/// A figure over three spans of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spans {
    /// Since ever.
    pub all: Option<Decimal>,
    /// Over the last 12 months.
    pub last_year: Option<Decimal>,
    /// Over the last 24 months.
    pub last_two_years: Option<Decimal>,
}

impl PointAccount {
    pub(crate) fn read(object: &Object<'_>) -> Result<PointAccount, Mismatch> {
        let balance = object.decimal("balance")?;
        Ok(PointAccount {
            id: object.required("id")?,
            definition: object.key("definitionId")?,
            balance: balance.ok_or(Mismatch { member: "balance", expected: "there" })?,
            pending: object.decimal("pendingPoints")?,
            expires: object.text("balanceExpires"),
        })
    }
}

impl Money {
    fn read(object: &Object<'_>) -> Result<Money, Mismatch> {
        let amount = object.decimal("amount")?.ok_or(Mismatch { member: "amount", expected: "there" })?;
        Ok(Money { amount, currency: object.required("currency")? })
    }

    fn of(shape: Shape<'_>) -> Option<Money> {
        match shape {
            Shape::Object(object) => Money::read(&object).ok(),
            _ => None,
        }
    }
}

impl Voucher {
    pub(crate) fn read(object: &Object<'_>) -> Result<Voucher, Mismatch> {
        let local = object.list("localValues")?.unwrap_or_default().into_iter().map(Money::of);
        let redeemed_on = object.text("redeemedOn");
        Ok(Voucher {
            id: object.required("id")?,
            number: match object.key("voucherNumber")? {
                Some(number) => number,
                // The name in version 2.
                None => object.required("checkNumber")?,
            },
            name: object.text("name"),
            value: Money::read(&object.object("value"))?,
            local_values: local
                .collect::<Option<_>>()
                .ok_or(Mismatch { member: "localValues", expected: "a list of amounts" })?,
            points: match object.decimal("points")? {
                Some(points) => Some(points),
                // The name in version 2.
                None => object.decimal("bonusPoints")?,
            },
            expires_on: object.text("expiresOn"),
            redeemed: object.flag("redeemed")?.unwrap_or(redeemed_on.is_some()),
            redeemed_on,
        })
    }
}

impl Assignment {
    pub(crate) fn read(object: &Object<'_>) -> Result<Assignment, Mismatch> {
        let redeemed_on = object.text("redeemedOn");
        Ok(Assignment {
            id: object.required("id")?,
            promotion_id: object.key("promotionId")?,
            external_id: object.key("externalId")?,
            name: object.text("name"),
            heading: object.text("heading"),
            description: object.text("description"),
            expires_on: object.text("expiresOn"),
            redeemed: object.flag("redeemed")?.unwrap_or(redeemed_on.is_some()),
            redeemed_on,
            channels: object
                .list("redemptionChannels")?
                .unwrap_or_default()
                .into_iter()
                .filter_map(channel)
                .collect(),
        })
    }
}

pub(super) fn channel(row: Shape<'_>) -> Option<RedemptionChannel> {
    let Shape::Object(row) = row else { return None };
    let value_type = row.text("valueType");
    let local = row.list("localValues").ok().flatten().unwrap_or_default();
    Some(RedemptionChannel {
        kind: row.text("type")?,
        value: row.shape("value").and_then(|shape| channel_value(shape, value_type.as_ref())),
        value_type,
        local_values: local.into_iter().filter_map(Money::of).collect(),
        instruction: row.text("instruction"),
    })
}

/// The value as its kind has it: a percentage may come as text, and a code as a number.
fn channel_value(shape: Shape<'_>, value_type: Option<&Text>) -> Option<ChannelValue> {
    if let Shape::Object(object) = shape {
        return Money::read(&object).ok().map(ChannelValue::Money);
    }
    let is_number = match value_type.map(|kind| kind.as_str().to_ascii_uppercase()).as_deref() {
        Some("PERCENT" | "MONEY") => true,
        Some("EXTERNALOFFER" | "MANUAL" | "SWIPE") => false,
        _ => matches!(shape, Shape::Bare(_)),
    };
    let text = shape.into_text().and_then(Text::new)?;
    let number = if is_number { exact(&text) } else { None };
    Some(number.map_or(ChannelValue::Text(text), ChannelValue::Number))
}

impl PurchaseSummary {
    pub(crate) fn read(object: &Object<'_>) -> Result<PurchaseSummary, Mismatch> {
        let spans = |all, last_year, last_two_years| {
            Ok(Spans {
                all: object.decimal(all)?,
                last_year: object.decimal(last_year)?,
                last_two_years: object.decimal(last_two_years)?,
            })
        };
        Ok(PurchaseSummary {
            latest_receipt: object.text("latestReceiptDate"),
            updated: object.text("lastUpdated"),
            amount: spans("purchaseAmountAll", "purchaseAmountLastYear", "purchaseAmountLastTwoYears")?,
            articles: spans(
                "numberOfArticlePurchasesAll",
                "numberOfArticlePurchasesLastYear",
                "numberOfArticlePurchasesLastTwoYears",
            )?,
            average_receipt: spans(
                "averageReceiptAll",
                "averageReceiptLastYear",
                "averageReceiptLastTwoYears",
            )?,
            frequency: spans(
                "purchaseFrequencyAll",
                "purchaseFrequencyLastYear",
                "purchaseFrequencyLastTwoYears",
            )?,
        })
    }
}
