//! Orders of a till's or a web shop's own: each state that is said replaces the one before, in Engage as here.
//!
//! Unlike a sale an order may be refused. A state that is said again is the same again; one that says of itself that it is
//! older than what is known here is refused, so that a till that was away overwrites nothing.

use std::time::Duration;

use jiff::Timestamp;
use pos::order::OrderStatus;
use serde_json::{Map, Value, json};
use store::{
    About, AboutRow, Accept, ContentHash, DocumentId, Expects, NewDelivery, OnConflict, Role, Start, Way,
    With,
};

use super::digital_receipt::is_order_id;
use super::form::pointer_to;
use super::{
    ACTION, Desk, ORDER, Refusal, Said, check_id, fault, object, order_subject, store_of, with_store,
};
use crate::delivery::{ANNOUNCE_ORDER, DELETE_ORDER, ORDER_ACTION, STORE_ORDER};
use crate::frozen::{Announcement, FrozenAction, FrozenFinding, FrozenOrder, FrozenOrderDeletion, OrderOf};
use crate::settings::{OrderStatuses, OrdersApi};

/// The kind of document that the wish to delete an order is.
pub const ORDER_DELETION: &str = "orderDeletion";
/// Everything that the wish to trigger an action may hold.
pub const ACTION_FIELDS: [&str; 4] = ["store", "action", "language", "data"];

/// The longest name of an action.
const ACTION_CHARS_MAX: usize = 100;

/// What is known here of an order: what was said of it, oldest first.
#[derive(Debug, Clone, Default)]
pub struct KnownOrder {
    /// States, deletions and actions.
    pub rows: Vec<AboutRow>,
}

/// What becomes of an order's state.
#[derive(Debug)]
pub enum TakenOrder {
    /// It is new.
    New(Box<Accept>),
    /// It is what is known here already.
    Same,
    /// It says that it is older than what is known here.
    Older,
}

impl KnownOrder {
    /// The newest document about it.
    fn last(&self) -> Option<DocumentId> {
        self.rows.last().map(|row| row.id)
    }

    /// The newest state that was said, unless the order was deleted since.
    pub fn state(&self) -> Option<&AboutRow> {
        self.rows
            .iter()
            .rev()
            .find(|row| row.kind == ORDER || row.kind == ORDER_DELETION)
            .filter(|row| row.kind == ORDER)
    }

    /// The store that said the newest of it.
    pub fn store(&self) -> Option<&str> {
        self.rows.last().map(|row| row.store.as_str())
    }

    /// The key of the state, or of the deletion, that is said next.
    fn next_key(&self, order_id: &str) -> String {
        let said = self.rows.iter().filter(|row| row.kind != ACTION);
        let numbers = said.filter_map(|row| row.key.rsplit_once('@')?.1.parse::<u64>().ok());
        format!("{order_id}@{}", numbers.max().unwrap_or(0) + 1)
    }

    /// What was decided about the newest state.
    pub fn frozen(&self) -> Option<FrozenOrder> {
        self.state().and_then(|row| FrozenOrder::read(row.frozen.as_deref()?))
    }
}

impl Desk<'_> {
    /// Decides what becomes of an order's state.
    ///
    /// # Errors
    /// What is wrong with it, all of it at once.
    pub fn order(&self, said: Said<'_>, known: &KnownOrder) -> Result<TakenOrder, Refusal> {
        check_id(said.id)
            .and_then(|()| if is_order_id(said.id) { Ok(()) } else { Err(Refusal::IdInvalid) })?;
        let body = object(said.body)?;
        let store = store_of(&body, said.by)?;
        let content = self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&body));
        if known.state().is_some_and(|row| row.content == content) {
            return Ok(TakenOrder::Same);
        }
        let body = with_store(body, &store);
        let reading = pos::order::parse(&body);
        let settling = pos::order::settle(&reading, self.shop(&store));
        let findings = reading.findings.iter().chain(&settling.findings).cloned();
        let mut findings: Vec<FrozenFinding> = findings.map(FrozenFinding::from).collect();
        let who = settling.identifiers.iter().map(Into::into).collect();
        let buyer = self.buyer_among(who, &mut findings);
        if buyer.who.is_empty() && !findings.iter().any(|finding| finding.pointer.starts_with("/contact")) {
            let detail = "name the customer: Engage keeps no order without one; to a buyer without a contact show the \
                          receipt's document";
            findings.push(fault("missing", "/contact", detail));
        }
        let faults: Vec<_> = findings.iter().filter(|finding| finding.fault).cloned().collect();
        let (Some(order), Some(settlement), true) = (&reading.order, settling.settlement, faults.is_empty())
        else {
            return Err(Refusal::Faults(faults));
        };
        let changed_at = settlement.changed_at.map_or(said.at, |at| at.timestamp());
        let before = known.frozen();
        if settlement.changed_at.is_some()
            && before.as_ref().is_some_and(|before| said_at(before) > changed_at)
        {
            return Ok(TakenOrder::Older);
        }
        let changed_at = before.map_or(changed_at, |before| changed_at.max(after(before.changed_at)));
        let frozen = FrozenOrder::new(said.id, OrderOf::Order, settlement, changed_at);
        let frozen = frozen.of_buyer(buyer.who.clone()).found(known.state().is_none(), findings);
        let (frozen, delivery, way) = match &self.settings.orders.api {
            OrdersApi::V3 => (frozen, STORE_ORDER, Way::Replaces),
            OrdersApi::V2(statuses) => {
                let announces = self.announcement(statuses, order.status, &store);
                (frozen.announcing(announces), ANNOUNCE_ORDER, Way::InTurn)
            }
        };
        let (contact, hints) = self.named(&buyer, true);
        let new = self.about_order(&said, ORDER, said.id, known, &store);
        Ok(TakenOrder::New(Box::new(Accept {
            content,
            frozen: frozen.write(),
            contact,
            hints,
            delivery: Some(owed(delivery)),
            about: Some(About { name: order_subject(said.id), way }),
            new_contact_id: said.new_contact_id.clone(),
            ..new
        })))
    }

    fn announcement(&self, statuses: &OrderStatuses, status: OrderStatus, store: &str) -> Announcement {
        let order_status = match status {
            OrderStatus::InProgress => &statuses.in_progress,
            OrderStatus::Completed => &statuses.completed,
            OrderStatus::Cancelled => &statuses.cancelled,
        };
        Announcement {
            order_status: order_status.clone(),
            payment_status: statuses.payment.clone(),
            language: self.shop(store).map(|shop| shop.language.as_str().to_owned()),
            data: Map::new(),
        }
    }

    /// Decides what becomes of the wish to delete an order. What isn't stored isn't deleted either: then there is nothing.
    pub fn order_deletion(&self, said: &Said<'_>, known: &KnownOrder) -> Option<Accept> {
        let state = known.state()?;
        let new = self.about_order(said, ORDER_DELETION, said.id, known, &state.store);
        let stored = matches!(self.settings.orders.api, OrdersApi::V3);
        Some(Accept {
            frozen: FrozenOrderDeletion::new(said.id).write(),
            delivery: stored.then(|| owed(DELETE_ORDER)),
            about: Some(About { name: order_subject(said.id), way: Way::Replaces }),
            with: With { contact_of: Some(state.id), ..With::default() },
            ..new
        })
    }

    /// Decides what becomes of the wish to trigger an action of an order.
    ///
    /// # Errors
    /// What is wrong with it, all of it at once.
    pub fn order_action(
        &self,
        said: Said<'_>,
        order_id: &str,
        known: &KnownOrder,
    ) -> Result<Accept, Refusal> {
        check_id(said.id)?;
        check_id(order_id)?;
        let body = object(said.body)?;
        let store = store_of(&body, said.by)?;
        let wish = ActionWish::read(&body)?;
        // The same wish about another order is another one.
        let whole = json!({ "order": order_id, "wish": body });
        let content = self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&whole));
        let new = Accept {
            key: said.id.to_owned(),
            content,
            body: said.body.to_vec(),
            with: With { contact_of: known.state().map(|row| row.id), ..With::default() },
            expects: Expects::Anything,
            ..self.about_order(&said, ACTION, order_id, known, &store)
        };
        let (OrdersApi::V2(statuses), Some(state)) = (&self.settings.orders.api, known.state()) else {
            let frozen = FrozenAction::new(order_id, wish.action, wish.language, wish.data);
            let about = About { name: order_subject(order_id), way: Way::Follows };
            let delivery = Some(owed(ORDER_ACTION));
            return Ok(Accept { frozen: frozen.write(), delivery, about: Some(about), ..new });
        };
        // Nothing is stored there, so the order itself goes again, with the action as its status (facts O-63, O-72).
        let frozen = state.frozen.as_deref().and_then(FrozenOrder::read);
        let (Some(frozen), Some(body)) = (frozen, &state.body) else { return Err(no_longer_kept()) };
        let announces = Announcement {
            order_status: wish.action.to_owned(),
            payment_status: statuses.payment.clone(),
            language: wish.language.map(str::to_owned),
            data: wish.data,
        };
        let frozen = frozen.announcing(announces);
        let about = About { name: order_subject(order_id), way: Way::InTurn };
        let delivery = Some(owed(ANNOUNCE_ORDER));
        Ok(Accept { body: body.clone(), frozen: frozen.write(), delivery, about: Some(about), ..new })
    }

    /// A document about an order.
    fn about_order(
        &self,
        said: &Said<'_>,
        kind: &'static str,
        order_id: &str,
        known: &KnownOrder,
        store: &str,
    ) -> Accept {
        Accept {
            at: said.at,
            kind,
            key: known.next_key(order_id),
            store: store.to_owned(),
            content: self.content_of_nothing(),
            body: said.body.to_vec(),
            frozen: Vec::new(),
            contact: Vec::new(),
            hints: Vec::new(),
            // What was worked out from an older state is worked out anew.
            expects: Expects::LastAbout(known.last()),
            delivery: None,
            on_conflict: OnConflict::Refuse,
            new_contact_id: said.new_contact_id.clone(),
            about: None,
            once: None,
            with: With::default(),
        }
    }

    fn content_of_nothing(&self) -> ContentHash {
        self.keys.content(pos::canonical::VERSION, &pos::canonical::canonical(&Value::Null))
    }
}

/// The wish to trigger an action, read.
struct ActionWish<'a> {
    action: &'a str,
    language: Option<&'a str>,
    data: Map<String, Value>,
}

impl<'a> ActionWish<'a> {
    fn read(body: &'a Value) -> Result<ActionWish<'a>, Refusal> {
        let mut faults: Vec<FrozenFinding> = Vec::new();
        for (name, _) in body.as_object().into_iter().flatten() {
            if !ACTION_FIELDS.contains(&name.as_str()) {
                let detail = format!("this field is not known; known are {}", ACTION_FIELDS.join(", "));
                faults.push(fault("unknownField", pointer_to(name), detail));
            }
        }
        let action = body.get("action").and_then(Value::as_str).map(str::trim);
        let action = action.filter(|action| !action.is_empty() && action.chars().count() <= ACTION_CHARS_MAX);
        if action.is_none() {
            let detail = "name the action that the tenant's automation waits for, such as ConfirmOrder";
            faults.push(fault("missing", "/action", detail));
        }
        let language = match body.get("language") {
            None | Some(Value::Null) => None,
            Some(Value::String(tag)) if pos::store::Language::is_tag(tag) => Some(tag.as_str()),
            Some(_) => {
                let detail = "a language is a tag such as sv-SE";
                faults.push(fault("languageInvalid", "/language", detail));
                None
            }
        };
        let data = match body.get("data") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(data)) => data.clone(),
            Some(_) => {
                faults.push(fault("wrongType", "/data", "an object is expected"));
                Map::new()
            }
        };
        match action.filter(|_| faults.is_empty()) {
            Some(action) => Ok(ActionWish { action, language, data }),
            None => Err(Refusal::Faults(faults)),
        }
    }
}

/// A call about an order, which is its contact's.
fn owed(kind: &'static str) -> NewDelivery {
    NewDelivery { kind, start: Start::Due, role: Role::NeedsContact }
}

/// When a state came about by what was said of it.
fn said_at(frozen: &FrozenOrder) -> Timestamp {
    frozen.settlement.changed_at.map_or(frozen.changed_at, |said| said.timestamp())
}

/// The earliest time of a state that follows one: which of the two Engage has is told apart by whole seconds.
pub(super) fn after(before: Timestamp) -> Timestamp {
    before + Duration::from_secs(1)
}

fn no_longer_kept() -> Refusal {
    let detail = "the order's content is no longer kept here; store the order again, then trigger the action";
    Refusal::Faults(vec![fault("noLongerKept", "", detail)])
}
