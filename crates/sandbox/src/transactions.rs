//! Point transactions as calls see them: what was booked and what expired, the newest first (facts P-43, P-75, P-76).

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::fields;
use crate::lots::Standing;
use crate::money::number;
use crate::points::{self, AMOUNT_MAX, PointAccount, PointSource, PointTransaction};
use crate::world::World;

/// Which of an account's transactions are wanted (fact P-75).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    All,
    /// Those whose points count.
    Active,
    /// Those whose points will count later.
    Pending,
}

/// A transaction as it is listed.
pub(crate) struct Listed<'a> {
    pub(crate) id: Uuid,
    pub(crate) amount: Decimal,
    pub(crate) kind: Kind,
    pub(crate) happened: Timestamp,
    pub(crate) booked: Timestamp,
    pub(crate) valid_from: Timestamp,
    pub(crate) valid_to: Option<Timestamp>,
    pub(crate) description: &'a str,
    line: Option<Uuid>,
}

/// What a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Booked(PointSource),
    Expiry,
}

impl Listed<'_> {
    /// Its type (fact P-43).
    fn type_word(&self) -> &'static str {
        match self.kind {
            Kind::Expiry => "Expiry",
            Kind::Booked(PointSource::PointTransactionCancellation) => "Cancellation",
            Kind::Booked(_) if self.amount.is_sign_negative() => "Deduction",
            Kind::Booked(_) => "Addition",
        }
    }

    /// Its source. That of an expiry is not known (fact P-79).
    pub(crate) fn source_word(&self) -> &'static str {
        match self.kind {
            Kind::Booked(source) => source.word(),
            Kind::Expiry => PointSource::Adjustment.word(),
        }
    }

    /// Its type in version 2, which has no sources.
    pub(crate) fn type_word_v2(&self) -> &'static str {
        match self.kind {
            Kind::Expiry => "DueDate",
            Kind::Booked(source) => match source {
                PointSource::Automation => "FromAutomation",
                PointSource::Purchase => "Purchase",
                PointSource::Return => "Return",
                PointSource::BonusPromotion => "BonusPromotion",
                PointSource::BonusPromotionReturn => "BonusPromotionReturn",
                PointSource::RewardVoucher => "BonusCheck",
                PointSource::BonusBalanceAdjustment => "BonusBalanceAdjustment",
                PointSource::Manual
                | PointSource::ReceiptAdjustment
                | PointSource::Adjustment
                | PointSource::UpdateBalance
                | PointSource::PointTransactionCancellation => "Adjustment",
            },
        }
    }

    /// The transaction as it is answered. Its times are in UTC, as in the one example.
    pub(crate) fn answered(&self, account: &Value) -> Value {
        json!({
            "id": self.id,
            "accountId": account,
            "description": self.description,
            "source": self.source_word(),
            "amount": number(self.amount),
            "type": self.type_word(),
            "transactionDate": self.happened,
            "createdOn": self.booked,
            "modifiedOn": self.booked,
            "validFrom": self.valid_from,
            "validTo": self.valid_to,
            "retailTransactionLineItemId": self.line,
        })
    }
}

/// What was booked on an account and what expired of it, the newest first.
pub(crate) fn listed(account: &PointAccount, filter: Filter, at: Timestamp) -> Vec<Listed<'_>> {
    let Standing { expired, ends, .. } = account.standing(at);
    let booked = account.transactions.iter().zip(ends).map(|(one, end)| Listed {
        id: one.id,
        amount: one.amount,
        kind: Kind::Booked(one.source),
        happened: one.happened.unwrap_or(one.booked),
        booked: one.booked,
        valid_from: one.valid_from,
        valid_to: end,
        description: &one.description,
        line: one.line,
    });
    let expired = expired.into_iter().map(|one| Listed {
        id: one.id,
        amount: -one.amount,
        kind: Kind::Expiry,
        happened: one.at,
        booked: one.at,
        valid_from: one.at,
        valid_to: None,
        description: "Expired",
        line: None,
    });
    let wanted = |one: &Listed<'_>| match filter {
        Filter::All => true,
        Filter::Active => one.valid_from <= at && one.valid_to.is_none_or(|end| end > at),
        Filter::Pending => one.valid_from > at,
    };
    let mut all: Vec<Listed<'_>> = booked.chain(expired).filter(wanted).collect();
    all.sort_by_key(|one| one.booked);
    all.reverse();
    all
}

/// Points that a call asks for.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) contact: Uuid,
    /// What the client calls them; an id is made where it has none.
    pub(crate) id: Option<Uuid>,
    /// Below zero they are taken.
    pub(crate) amount: Decimal,
    pub(crate) source: PointSource,
    pub(crate) description: String,
    pub(crate) happened: Option<Timestamp>,
    pub(crate) valid_from: Option<Timestamp>,
    pub(crate) valid_to: Option<Timestamp>,
}

impl Wanted {
    /// What a body says beside whose points it is about, or why it can't be.
    pub(crate) fn read(body: &Map<String, Value>, contact: Uuid) -> Result<Wanted, &'static str> {
        let time = |name: &str| body.get(name).and_then(|value| value.as_str()?.parse().ok());
        let text = |name: &str| body.get(name).and_then(fields::text).filter(|text| !text.is_empty());
        let amount = body.get("amount").and_then(fields::decimal).ok_or("amount is required")?;
        if amount.is_zero() || amount.abs() > AMOUNT_MAX {
            return Err("amount is zero or too large");
        }
        let source = text("source").ok_or("source is required")?;
        Ok(Wanted {
            contact,
            id: None,
            amount,
            source: PointSource::named(&source).ok_or("source is not known")?,
            description: text("description").ok_or("description is required")?,
            happened: time("transactionDate").or(time("timeStamp")),
            valid_from: time("validFrom"),
            valid_to: time("validTo"),
        })
    }
}

/// Books what a call asks for.
pub(crate) fn add(world: &mut World, wanted: Wanted, at: Timestamp) {
    let id = wanted.id.unwrap_or_else(|| world.ids.next());
    let plain = PointTransaction {
        description: wanted.description,
        happened: wanted.happened,
        valid_from: wanted.valid_from.unwrap_or(at),
        ..PointTransaction::at(at, id, wanted.amount, wanted.source)
    };
    let transaction = match wanted.valid_to {
        Some(end) => PointTransaction { valid_to: Some(end), ..plain },
        None => plain.lasting(&world.settings),
    };
    points::book(world, wanted.contact, transaction);
}
