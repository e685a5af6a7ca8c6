//! What the shop has decided about orders, digital receipts and the documents that customers open.

/// Everything about orders that configuration decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    /// Which of Engage's interfaces the tenant uses.
    pub api: OrdersApi,
    /// The action that the tenant's automation answers with a digital receipt.
    pub receipt_action: String,
}

/// Which of Engage's interfaces for orders the tenant uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrdersApi {
    /// Orders are stored, and actions trigger automations.
    V3,
    /// Nothing is stored; each call triggers by its statuses (fact O-63).
    V2(OrderStatuses),
}

/// What the tenant of version 2 calls the states of an order; each must be configured there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderStatuses {
    /// An order under way.
    pub in_progress: String,
    /// A completed one.
    pub completed: String,
    /// A cancelled one.
    pub cancelled: String,
    /// The status of the payment of each.
    pub payment: String,
}

/// What customers open themselves.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// Where this gateway is reached by customers, without a slash at its end; `None` where it isn't.
    pub public_url: Option<String>,
    /// How documents look.
    pub templates: document::Templates,
}

impl Default for Orders {
    fn default() -> Orders {
        Orders { api: OrdersApi::V3, receipt_action: "DigitalReceipt".to_owned() }
    }
}

impl Default for OrderStatuses {
    fn default() -> OrderStatuses {
        OrderStatuses {
            in_progress: "InProgress".to_owned(),
            completed: "Completed".to_owned(),
            cancelled: "Cancelled".to_owned(),
            payment: "Paid".to_owned(),
        }
    }
}
