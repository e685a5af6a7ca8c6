//! Why an offer of a basket doesn't apply.

use rust_decimal::Decimal;

use crate::money::Currency;

/// Why an offer doesn't apply.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The caller knows of no such offer.
    #[error("this customer has no such offer; look the customer up again")]
    Unknown,
    /// The caller's own reason.
    #[error("{detail}")]
    Unusable {
        /// The stable code.
        code: &'static str,
        /// Why.
        detail: String,
    },
    /// It and one that applies don't go together.
    #[error("it can't be used together with {beside}; leave one of them out")]
    NotStackable {
        /// The till's word for the other.
        beside: String,
    },
    /// It has no amount in the basket's currency.
    #[error("it is worth nothing in {0}")]
    WorthNothingInCurrency(Currency),
    /// Nothing that it may take off is left.
    #[error("nothing is left that it could take off; leave it for another purchase")]
    NothingLeftToPay,
    /// A voucher is worth more than is left, and the shop gives no change for the rest.
    #[error(
        "it is worth {rest} {currency} more than is left to pay, which would be lost; the shop refuses that"
    )]
    LargerThanBasket {
        /// What would be lost.
        rest: Decimal,
        /// Of what currency.
        currency: Currency,
    },
    /// What it takes off is the till's to say.
    #[error("send what it takes off, as amount or percent{}", .instruction.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    AmountNeeded {
        /// What Engage tells the cashier.
        instruction: Option<String>,
    },
    /// Its row can't be read; what is wrong is among the findings.
    #[error("its row has faults; see what was found")]
    Faulty,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "offerUnknown",
            Self::Unusable { code, .. } => code,
            Self::NotStackable { .. } => "notStackable",
            Self::WorthNothingInCurrency(_) => "worthNothingInCurrency",
            Self::NothingLeftToPay => "nothingLeftToPay",
            Self::LargerThanBasket { .. } => "largerThanBasket",
            Self::AmountNeeded { .. } => "amountNeeded",
            Self::Faulty => "offerFaulty",
        }
    }
}
