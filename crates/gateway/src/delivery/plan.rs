//! A due delivery read back into what is to be done.

use engage::call::FindBy;
use engage::model::ContactId;
use store::{DeliveryId, DeliveryState, Due};

use crate::frozen::{FrozenEnrolment, FrozenReceipt, Who};
use crate::settings::Engage;
use crate::to_engage;

/// The kind of delivery that creates a contact.
pub const CREATE_CONTACT: &str = "createContact";
/// The kind of delivery that registers a receipt.
pub const REGISTER_RECEIPT: &str = "registerReceipt";

/// What a delivery is to do.
#[derive(Debug)]
pub enum Plan {
    /// Create a contact, unless it is found.
    Create(FrozenEnrolment),
    /// Register a receipt for a contact.
    Register(FrozenReceipt),
}

/// A delivery in the core's hands.
#[derive(Debug)]
pub struct Held {
    /// The row it came from.
    pub due: Due,
    /// What it is to do.
    pub plan: Plan,
    /// Whether a till waits for it.
    pub urgent: bool,
    /// The next of its steps.
    pub next: Next,
    /// Which of its identifiers is looked up next.
    pub seek: usize,
}

/// A delivery that can't be made as it is.
#[derive(Debug, Clone, Copy)]
pub struct NotReadable {
    /// Which.
    pub id: DeliveryId,
    /// Why.
    pub why: &'static str,
}

/// The next step of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Look the contact up.
    Seek,
    /// Make the change.
    Write,
}

impl Held {
    /// Reads a due row; the error says why it can't be delivered as it is.
    pub fn read(due: Due, urgent: bool) -> Result<Held, NotReadable> {
        let plan = match due.kind.as_str() {
            CREATE_CONTACT => FrozenEnrolment::read(&due.frozen).map(Plan::Create),
            REGISTER_RECEIPT => FrozenReceipt::read(&due.frozen).map(Plan::Register),
            _ => {
                return Err(NotReadable {
                    id: due.id,
                    why: "this version doesn't know this kind of delivery",
                });
            }
        };
        let Some(plan) = plan else {
            return Err(NotReadable {
                id: due.id,
                why: "what was decided at accept can't be read by this version",
            });
        };
        let known = due.contact.as_ref().is_some_and(|contact| contact.remote_id.is_some());
        let next = match &plan {
            Plan::Create(_) => Next::Seek,
            Plan::Register(_) if known => Next::Write,
            Plan::Register(frozen) if frozen.contact_id().is_some() => Next::Write,
            Plan::Register(_) => Next::Seek,
        };
        Ok(Held { due, plan, urgent, next, seek: 0 })
    }

    /// The contact's id in Engage, where the delivery knows it without asking.
    pub fn remote_id(&self) -> Option<ContactId> {
        let bound = self.due.contact.as_ref().and_then(|contact| contact.remote_id.clone());
        let named = || match &self.plan {
            Plan::Register(frozen) => frozen.contact_id().map(str::to_owned),
            Plan::Create(_) => None,
        };
        bound.or_else(named).and_then(|id| ContactId::new(id).ok())
    }

    /// The look-up of its current identifier; `None` when there are no more.
    pub fn find_by(&self, engage: &Engage) -> Option<FindBy> {
        self.who().iter().filter_map(|who| to_engage::find_by(who, engage)).nth(self.seek)
    }

    /// Whether its last attempt may have landed.
    pub fn is_unknown(&self) -> bool {
        self.due.state == DeliveryState::Unknown
    }

    /// The identifiers it may be looked up by. A creation has the tenant's key only: another identifier may be shared
    /// with somebody else (fact C-06).
    fn who(&self) -> &[Who] {
        match &self.plan {
            Plan::Create(frozen) => frozen.key(),
            Plan::Register(frozen) => &frozen.who,
        }
    }
}
