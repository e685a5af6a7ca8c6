//! A checkout as a till sees it.

use jiff::Timestamp;
use pos::receipt::SettledReceipt;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use store::CheckoutState;
use utoipa::ToSchema;

use crate::amounts::{Amounts, ShareAmount};
use crate::frozen::{CheckoutOffer, FrozenCheckout, Holding, OfferKind, Standing, Verified};
use crate::http::problem::Finding;
use crate::http::schema::DiscountBody;

/// A basket that was priced, and what it holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutView {
    /// The id that the till gave it.
    pub id: String,
    /// The store's external id.
    pub store: String,
    /// Where it stands.
    pub state: CheckoutStateView,
    /// Until when its offers are held.
    #[schema(value_type = String, format = DateTime)]
    pub hold_until: Timestamp,
    /// The receipt that paid it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_by: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// What is to be paid.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    pub total: Decimal,
    /// Line by line, in the basket's order.
    pub lines: Vec<CheckoutLine>,
    /// The basket's own discounts as the receipt is to say them: copy them into it. An offer that isn't held is not
    /// among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<DiscountBody>)]
    pub discounts: Vec<Value>,
    /// The offers that it names, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<CheckoutOfferView>,
    /// What was odd about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Finding>,
}

/// Where a checkout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CheckoutState)]
pub enum CheckoutStateView {
    /// It holds its offers.
    Open,
    /// A receipt has paid it.
    Paid,
    /// It was given up.
    Released,
    /// Its time is over: its offers are free. Put again, it is priced and held anew.
    Expired,
}

/// One line of a checkout.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutLine {
    /// What the till called it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is to be paid for it, after every discount.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    pub paid: Decimal,
    /// The VAT in it.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64)]
    pub tax_amount: Decimal,
    /// Its share of each discount, in the order they apply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<ShareAmount>,
    /// Its own discounts as the receipt is to say them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<DiscountBody>)]
    pub discounts: Vec<Value>,
}

/// An offer that a checkout names.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutOfferView {
    /// What to call it in checkouts and receipts.
    pub offer_id: String,
    /// What the till called it.
    pub offer: String,
    /// What it is.
    pub kind: OfferKind,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it applies, and is held for this checkout.
    pub state: HeldState,
    /// How it is known to be good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
    /// What it takes off in all.
    #[serde(
        with = "rust_decimal::serde::arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub amount: Option<Decimal>,
    /// The percentage that this is, where it is one.
    #[serde(
        with = "rust_decimal::serde::arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub percent: Option<Decimal>,
    /// What of it is lost, because no more is left to pay: tell the customer.
    #[serde(
        with = "rust_decimal::serde::arbitrary_precision_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub forfeited: Option<Decimal>,
    /// Why it doesn't apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same in words, with what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Until when another checkout holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub held_until: Option<Timestamp>,
    /// What the cashier is to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
}

/// Whether an offer is held for a checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum HeldState {
    /// It applies, and no other till gets it meanwhile.
    Held,
    /// It doesn't apply.
    NotHeld,
}

impl CheckoutView {
    /// From what is kept.
    pub fn of(
        id: String,
        store: String,
        state: CheckoutState,
        hold_until: Timestamp,
        paid_by: Option<String>,
        frozen: FrozenCheckout,
    ) -> CheckoutView {
        let currency = frozen.settlement.currency;
        CheckoutView {
            id,
            store,
            state: state.into(),
            hold_until,
            paid_by,
            currency: currency.code().to_owned(),
            total: currency.decimal(frozen.settlement.total),
            lines: lines(&frozen),
            discounts: rows(&frozen.body),
            offers: frozen.offers.into_iter().map(CheckoutOfferView::of).collect(),
            warnings: frozen.findings.into_iter().map(Finding::from).collect(),
        }
    }
}

fn lines(frozen: &FrozenCheckout) -> Vec<CheckoutLine> {
    let reading = pos::receipt::parse(&frozen.body);
    let settled = reading.receipt.as_ref().map(|receipt| SettledReceipt::new(receipt, &frozen.settlement));
    let Some(Ok(settled)) = settled else { return Vec::new() };
    let written = frozen.body.get("lines").and_then(Value::as_array).into_iter().flatten();
    let lines = Amounts::of(&settled).lines.into_iter().zip(written);
    let line = |(money, written): (crate::amounts::LineAmounts, &Value)| CheckoutLine {
        id: written.get("id").and_then(Value::as_str).map(str::to_owned),
        paid: money.paid,
        tax_amount: money.tax_amount,
        shares: money.discounts,
        discounts: rows(written),
    };
    lines.map(line).collect()
}

/// The discounts that stand on a line, or on the basket itself.
fn rows(holder: &Value) -> Vec<Value> {
    holder.get("discounts").and_then(Value::as_array).cloned().unwrap_or_default()
}

impl CheckoutOfferView {
    fn of(offer: CheckoutOffer) -> CheckoutOfferView {
        let view = CheckoutOfferView {
            offer_id: offer.offer_id,
            offer: offer.offer.named,
            kind: offer.offer.kind,
            name: offer.title,
            state: HeldState::NotHeld,
            verified: None,
            amount: None,
            percent: None,
            forfeited: None,
            code: None,
            detail: None,
            held_until: None,
            instruction: offer.instruction,
        };
        match offer.standing {
            Standing::Held(Holding { verified, amount, percent, forfeited, .. }) => CheckoutOfferView {
                state: HeldState::Held,
                verified: Some(verified),
                amount: Some(amount.amount),
                percent,
                forfeited: forfeited.map(|money| money.amount),
                ..view
            },
            Standing::NotHeld { code, detail, until } => {
                CheckoutOfferView { code: Some(code), detail: Some(detail), held_until: until, ..view }
            }
        }
    }
}

impl From<CheckoutState> for CheckoutStateView {
    fn from(state: CheckoutState) -> CheckoutStateView {
        match state {
            CheckoutState::Open => CheckoutStateView::Open,
            CheckoutState::Paid => CheckoutStateView::Paid,
            CheckoutState::Released => CheckoutStateView::Released,
            CheckoutState::Expired => CheckoutStateView::Expired,
        }
    }
}
