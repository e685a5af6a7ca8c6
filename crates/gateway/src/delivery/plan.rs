//! A due delivery read back into what is to be done.

use engage::call::FindBy;
use engage::model::ContactId;
use jiff::Timestamp;
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
    /// When the first look-up was begun: what an answer says is as old as that.
    pub sought_at: Option<Timestamp>,
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
        Ok(Held { due, plan, urgent, next, seek: 0, sought_at: None })
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
        self.who(engage).iter().filter_map(|who| to_engage::find_by(who, engage)).nth(self.seek)
    }

    /// Whether its last attempt may have landed.
    pub fn is_unknown(&self) -> bool {
        self.due.state == DeliveryState::Unknown
    }

    /// The identifiers it may be looked up by: the tenant's key only, where it is known, for any other may be
    /// somebody else's as well (fact C-06).
    fn who(&self, engage: &Engage) -> &[Who] {
        match &self.plan {
            Plan::Create(frozen) => frozen.key(),
            Plan::Register(frozen) => {
                match frozen.who.iter().position(|who| who.is_key(engage.contact_key)) {
                    Some(key) => &frozen.who[key..=key],
                    None => &frozen.who,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engage::model::Text;

    use super::*;
    use crate::settings::{ContactKey, CustomKey};

    /// What a receipt that names these is looked up by, one after the other.
    fn looked_up_by(key: ContactKey, who: &[Who]) -> Vec<FindBy> {
        let engage = Engage {
            source: "POS".into(),
            contact_type: "Member".into(),
            contact_key: key,
            custom_key: CustomKey::MemberNumber,
            requests_per_second: None,
            max_in_flight: 1,
            import_interval: Duration::ZERO,
            visibility_window: Duration::ZERO,
        };
        let due = Due {
            id: "d-1".parse().unwrap(),
            kind: REGISTER_RECEIPT.into(),
            state: DeliveryState::Waiting,
            accepted_at: Timestamp::UNIX_EPOCH,
            attempts: 0,
            failures: 0,
            unknown_since: None,
            note: None,
            key: "r1".into(),
            store: "s1".into(),
            body: Vec::new(),
            frozen: FrozenReceipt::new(None, who.to_vec(), Vec::new()).write(),
            contact: None,
        };
        let held = |seek| Held { seek, ..Held::read(due.clone(), false).unwrap() };
        (0..).map_while(|seek| held(seek).find_by(&engage)).collect()
    }

    #[test]
    fn a_receipt_that_names_the_tenants_key_is_looked_up_by_nothing_that_others_may_share() {
        let text = |text: &str| Text::new(text).unwrap();
        let (email, phone) =
            (Who::Email("family@example.com".into()), Who::MobilePhone("+46701740605".into()));
        let by_email = FindBy::Email(text("family@example.com"));
        let by_phone = FindBy::MobilePhone(text("+46701740605"));
        let both = [email.clone(), phone];
        assert_eq!(looked_up_by(ContactKey::MobilePhone, &both), [by_phone]);
        assert_eq!(looked_up_by(ContactKey::Email, &both), std::slice::from_ref(&by_email));
        assert_eq!(looked_up_by(ContactKey::MobilePhone, &[email]), [by_email]);
    }
}
