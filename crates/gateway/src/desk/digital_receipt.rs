//! The digital receipt that a customer asked for: an order with what was sold, and the action that has it sent.
//!
//! Both come along with the receipt and wait for nothing of it, nor it for them. The order is known by the receipt's id.

use jiff::Timestamp;
use pos::order::OrderSettlement;
use pos::receipt::SettledReceipt;
use serde_json::{Map, Value, json};
use store::{About, Along, DeliveryRow, NewDelivery, Role, SaleRow, Start, Way};

use super::orders::{KnownOrder, after};
use super::{Desk, FrozenFinding, with_store};
use crate::delivery::{ANNOUNCE_ORDER, ORDER_ACTION, STORE_ORDER};
use crate::frozen::{Announcement, FrozenAction, FrozenOrder, FrozenReceipt, OrderOf, Who};
use crate::settings::{OrderStatuses, OrdersApi};

/// The kind of document that a state of an order is.
pub const ORDER: &str = "order";
/// The kind of document that an action of an order is.
pub const ACTION: &str = "orderAction";

/// What the key of a digital receipt's order ends with.
const OF_RECEIPT: &str = "receipt";
/// What the key of the state that cancels it ends with.
const OF_VOID: &str = "void";

/// The code of a digital receipt that nobody is named for.
const WITHOUT_CONTACT: &str = "digitalReceiptWithoutContact";

/// The sale that a digital receipt is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sold<'s> {
    /// The receipt's identity.
    pub(super) key: &'s str,
    /// The receipt's body.
    pub(super) body: &'s [u8],
    /// The receipt and its money.
    pub(super) settled: &'s SettledReceipt<'s>,
    /// Whom the receipt names.
    pub(super) who: &'s [Who],
    /// Whether it concerns somebody.
    pub(super) is_somebodys: bool,
    /// When it was taken in.
    pub(super) at: Timestamp,
}

/// Whether an order can go by this id: it stands in an address, where these would lead elsewhere (fact O-23).
pub(super) fn is_order_id(id: &str) -> bool {
    !id.trim().is_empty() && id != "." && id != ".."
}

/// The subject under which all that is about an order is kept.
pub fn order_subject(order_id: &str) -> String {
    format!("order:{order_id}")
}

impl Desk<'_> {
    /// The order and the action that send a receipt to its customer, if that was asked for.
    pub(super) fn digital_receipt(&self, sold: Sold<'_>) -> (Vec<Along>, Option<FrozenFinding>) {
        let Some(wish) = sold.settled.receipt().digital_receipt else { return (Vec::new(), None) };
        if !sold.is_somebodys {
            return (Vec::new(), Some(without_contact()));
        }
        if !is_order_id(sold.key) {
            let detail = "no digital receipt is sent: the receipt's id can't be an order's, because it can't stand in an \
                          address; use ids of letters and digits";
            return (Vec::new(), Some(warning("orderIdInvalid", detail)));
        }
        let money = sold.settled.settlement().clone();
        let settlement = OrderSettlement { money, changed_at: None, delivery_date: None };
        let frozen = FrozenOrder::new(sold.key, OrderOf::Receipt, settlement, sold.at);
        let frozen = frozen.of_buyer(sold.who.to_vec());
        let store = sold.settled.receipt().store;
        let of_store = || self.shop(store).map(|shop| shop.language.as_str());
        let language = wish.language.or_else(of_store).map(str::to_owned);
        let mut data = wish.data.cloned().unwrap_or_default();
        if let Some(link) = self.document_link(sold.key) {
            data.entry("receiptUrl").or_insert(Value::String(link));
        }
        let along = match &self.settings.orders.api {
            OrdersApi::V3 => self.stored_and_sent(&sold, &frozen, language, data),
            OrdersApi::V2(statuses) => vec![self.announced(&sold, frozen, statuses, language, data)],
        };
        (along, None)
    }

    fn stored_and_sent(
        &self,
        sold: &Sold<'_>,
        frozen: &FrozenOrder,
        language: Option<String>,
        data: Map<String, Value>,
    ) -> Vec<Along> {
        let action = &self.settings.orders.receipt_action;
        let wish = FrozenAction::new(sold.key, action, language.as_deref(), data);
        let order = along(sold.key, ORDER, OF_RECEIPT, Way::Replaces, STORE_ORDER);
        let send = along(sold.key, ACTION, OF_RECEIPT, Way::Follows, ORDER_ACTION);
        vec![
            Along { body: sold.body.to_vec(), frozen: frozen.write(), ..order },
            Along {
                body: json!({ "action": action }).to_string().into_bytes(),
                frozen: wish.write(),
                ..send
            },
        ]
    }

    /// Where nothing is stored, the order itself triggers (fact O-63).
    fn announced(
        &self,
        sold: &Sold<'_>,
        frozen: FrozenOrder,
        statuses: &OrderStatuses,
        language: Option<String>,
        data: Map<String, Value>,
    ) -> Along {
        let announces = Announcement {
            order_status: self.settings.orders.receipt_action.clone(),
            payment_status: statuses.payment.clone(),
            language,
            data,
        };
        let frozen = frozen.announcing(announces);
        let order = along(sold.key, ORDER, OF_RECEIPT, Way::InTurn, ANNOUNCE_ORDER);
        Along { body: sold.body.to_vec(), frozen: frozen.write(), ..order }
    }

    /// What a customer gets who is found out later: the sale was anonymous, and is claimed.
    pub(super) fn claimed_digital_receipt(&self, row: &SaleRow, who: &[Who], at: Timestamp) -> Vec<Along> {
        let Some(settlement) = FrozenReceipt::read(&row.frozen).and_then(|frozen| frozen.settlement) else {
            return Vec::new();
        };
        let body = with_store(serde_json::from_slice(&row.body).unwrap_or_default(), &row.store);
        let reading = pos::receipt::parse(&body);
        let settled = reading.receipt.as_ref().and_then(|read| SettledReceipt::new(read, &settlement).ok());
        let Some(settled) = settled else { return Vec::new() };
        let sold = Sold { key: &row.key, body: &row.body, settled: &settled, who, is_somebodys: true, at };
        self.digital_receipt(sold).0
    }

    /// What cancels the order of a sale that is undone; where it never went to Engage, it doesn't.
    pub(super) fn cancelled_order(&self, row: &SaleRow, known: &KnownOrder, at: Timestamp) -> Option<Along> {
        let is_stored = |delivery: &DeliveryRow| delivery.kind == STORE_ORDER;
        let order = known.state().filter(|order| order.delivery.as_ref().is_some_and(is_stored))?;
        if order.key != key_of(&row.key, OF_RECEIPT) {
            return None;
        }
        let money = FrozenReceipt::read(&row.frozen)?.settlement?;
        let settlement = OrderSettlement { money, changed_at: None, delivery_date: None };
        let at = at.max(after(order.accepted_at));
        let frozen = FrozenOrder::new(&row.key, OrderOf::Receipt, settlement, at).cancelled();
        Some(Along {
            body: row.body.clone(),
            frozen: frozen.write(),
            undoes: Some(order.id),
            ..along(&row.key, ORDER, OF_VOID, Way::Replaces, STORE_ORDER)
        })
    }
}

fn key_of(order_id: &str, word: &str) -> String {
    format!("{order_id}@{word}")
}

/// Something about an order that comes along with a receipt.
fn along(order_id: &str, kind: &'static str, word: &str, way: Way, delivery: &'static str) -> Along {
    Along {
        kind,
        key: key_of(order_id, word),
        body: Vec::new(),
        frozen: Vec::new(),
        delivery: Some(NewDelivery { kind: delivery, start: Start::Due, role: Role::NeedsContact }),
        about: Some(About { name: order_subject(order_id), way }),
        uses: false,
        once: None,
        goes_first: false,
        undoes: None,
        exposure: None,
    }
}

fn without_contact() -> FrozenFinding {
    let detail = "the receipt names no customer to send it to; show the document's link, or claim the receipt for the \
                  customer, then it is sent";
    warning(WITHOUT_CONTACT, detail)
}

fn warning(code: &str, detail: &str) -> FrozenFinding {
    FrozenFinding { fault: false, ..super::fault(code, "/digitalReceipt", detail) }
}
