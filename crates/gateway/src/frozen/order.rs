//! What is frozen of an order's state, and of an action that an order is to trigger.

use jiff::Timestamp;
use pos::order::OrderSettlement;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Form, FrozenFinding, VERSION, Who};

/// What is frozen of one state of an order: all of it, for a later state replaces it as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenOrder {
    v: u8,
    /// Its identity, of the till's making.
    pub order_id: String,
    /// What its body is.
    pub of: OrderOf,
    /// Its money and times.
    pub settlement: OrderSettlement,
    /// The contact's identifiers, as the till names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Who>,
    /// Whether this database knew no earlier state: then there is nothing to replace.
    pub first: bool,
    /// Whether the sale that it is of was voided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
    /// When this state came about, as Engage is told.
    pub changed_at: Timestamp,
    /// What it is to trigger at once, where the tenant's orders are version 2 and nothing is stored there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announces: Option<Announcement>,
    /// What was odd about it, as it was told to the till.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FrozenFinding>,
}

/// What an order's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderOf {
    /// The receipt whose copy the customer gets.
    Receipt,
    /// An order of the till's or the web shop's own.
    Order,
}

/// What version 2 of orders triggers on: the words of the tenant's configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    /// The status of the order.
    pub order_status: String,
    /// The status of its payment.
    pub payment_status: String,
    /// The language of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the message shows besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

/// What is frozen of the wish to delete an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenOrderDeletion {
    v: u8,
    /// The order.
    pub order_id: String,
}

/// What is frozen of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrozenAction {
    v: u8,
    /// The order.
    pub order_id: String,
    /// What the tenant's automation waits for.
    pub action: String,
    /// The language of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the message shows besides.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

impl FrozenOrder {
    /// Freezes the first state that is known here. Of its time whole seconds: Engage's pages show no fractions.
    pub fn new(
        order_id: &str,
        of: OrderOf,
        settlement: OrderSettlement,
        changed_at: Timestamp,
    ) -> FrozenOrder {
        FrozenOrder {
            v: VERSION,
            order_id: order_id.to_owned(),
            of,
            settlement,
            who: Vec::new(),
            first: true,
            cancelled: false,
            changed_at: Timestamp::from_second(changed_at.as_second()).unwrap_or(changed_at),
            announces: None,
            findings: Vec::new(),
        }
    }

    /// For whoever goes by these.
    #[must_use]
    pub fn of_buyer(self, who: Vec<Who>) -> FrozenOrder {
        FrozenOrder { who, ..self }
    }

    /// Of an order that is known here, or isn't; with what was odd about it.
    #[must_use]
    pub fn found(self, first: bool, findings: Vec<FrozenFinding>) -> FrozenOrder {
        FrozenOrder { first, findings, ..self }
    }

    /// To be told of, instead of being stored.
    #[must_use]
    pub fn announcing(self, announces: Announcement) -> FrozenOrder {
        FrozenOrder { announces: Some(announces), ..self }
    }

    /// As it is when the sale that it is of is undone.
    #[must_use]
    pub fn cancelled(self) -> FrozenOrder {
        FrozenOrder { cancelled: true, first: false, ..self }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenOrder> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }
}

impl FrozenOrderDeletion {
    /// Freezes.
    pub fn new(order_id: &str) -> FrozenOrderDeletion {
        FrozenOrderDeletion { v: VERSION, order_id: order_id.to_owned() }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenOrderDeletion> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }
}

impl FrozenAction {
    /// Freezes.
    pub fn new(
        order_id: &str,
        action: &str,
        language: Option<&str>,
        data: Map<String, Value>,
    ) -> FrozenAction {
        FrozenAction {
            v: VERSION,
            order_id: order_id.to_owned(),
            action: action.to_owned(),
            language: language.map(str::to_owned),
            data,
        }
    }

    /// Reads it back; `None` for a form of another version.
    pub fn read(bytes: &[u8]) -> Option<FrozenAction> {
        Form::read(bytes)
    }

    /// The form that is stored.
    pub fn write(&self) -> Vec<u8> {
        Form::write(self)
    }
}

impl Form for FrozenOrder {
    fn version(&self) -> u8 {
        self.v
    }
}

impl Form for FrozenOrderDeletion {
    fn version(&self) -> u8 {
        self.v
    }
}

impl Form for FrozenAction {
    fn version(&self) -> u8 {
        self.v
    }
}
