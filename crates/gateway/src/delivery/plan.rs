//! A due delivery read back into what is to be done.

use std::collections::VecDeque;

use engage::call::FindBy;
use engage::model::{ContactId, Text};
use jiff::Timestamp;
use store::{DeliveryId, DeliveryState, Due, Note};

use super::orders::Following;
use crate::frozen::{
    FrozenAction, FrozenAssignment, FrozenEnrolment, FrozenErasure, FrozenOrder, FrozenOrderDeletion,
    FrozenReceipt, FrozenRedemption, FrozenUpdate, OfferKind, Who,
};
use crate::profile::{Kept, Patch};
use crate::settings::Engage;
use crate::to_engage;

/// The kind of delivery that creates a contact, or fills one that is there.
pub const CREATE_CONTACT: &str = "createContact";
/// The kind of delivery that changes a contact.
pub const UPDATE_CONTACT: &str = "updateContact";
/// The kind of delivery that deletes a contact.
pub const DELETE_CONTACT: &str = "deleteContact";
/// The kind of delivery that registers a receipt.
pub const REGISTER_RECEIPT: &str = "registerReceipt";
/// The kind of delivery that assigns a promotion to a contact.
pub const ASSIGN_PROMOTION: &str = "assignPromotion";
/// The kind of delivery that redeems a promotion.
pub const REDEEM_PROMOTION: &str = "redeemPromotion";
/// The kind of delivery that redeems a voucher.
pub const REDEEM_VOUCHER: &str = "redeemVoucher";
/// The kind of delivery that makes a voucher usable again.
pub const REACTIVATE_VOUCHER: &str = "reactivateVoucher";
/// The kind of delivery that stores a state of an order.
pub const STORE_ORDER: &str = "storeOrder";
/// The kind of delivery that deletes an order.
pub const DELETE_ORDER: &str = "deleteOrder";
/// The kind of delivery that triggers an action of an order.
pub const ORDER_ACTION: &str = "orderAction";
/// The kind of delivery that tells a tenant of version 2 of an order, which triggers its automations.
pub const ANNOUNCE_ORDER: &str = "announceOrder";
/// The code of the note on an update that left something alone; the detail names what, separated by commas.
pub const NEWER_IN_ENGAGE: &str = "newerInEngage";

/// What a delivery is to do.
#[derive(Debug)]
pub enum Plan {
    /// Create a contact; one that is found is filled.
    Create(FrozenEnrolment),
    /// Change a contact.
    Update(FrozenUpdate),
    /// Delete a contact.
    Delete(FrozenErasure),
    /// Register a receipt for a contact.
    Register(FrozenReceipt),
    /// Assign a promotion, or wait for it to be assigned.
    Assign(FrozenAssignment),
    /// Redeem an offer.
    Redeem(FrozenRedemption),
    /// Make a voucher usable again.
    Reactivate(FrozenRedemption),
    /// Store a state of an order.
    StoreOrder(Box<FrozenOrder>),
    /// Delete an order.
    DeleteOrder(FrozenOrderDeletion),
    /// Trigger an action of an order.
    Act(FrozenAction),
    /// Tell of an order that isn't stored.
    Announce(Box<FrozenOrder>),
}

/// One change that a delivery makes in Engage.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A new contact.
    Create,
    /// A contact's fields.
    Patch(Patch),
    /// A contact's type becomes the tenant's.
    Promote,
    /// A contact is deleted.
    Delete,
    /// A receipt.
    Register,
    /// The promotion of this id is assigned.
    Assign(Text),
    /// The offer of this id is redeemed.
    Redeem(Text),
    /// The voucher of this id is made usable again.
    Reactivate(Text),
    /// An order is stored.
    StoreOrder {
        /// Whether it replaces one that is there.
        replaces: bool,
    },
    /// An order is deleted.
    DeleteOrder,
    /// An action is triggered, on the state of the order that has this version tag.
    Act(Text),
    /// An order is told of.
    Announce,
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
    /// When it was decided what to change, by a look at what was there.
    pub decided_at: Option<Timestamp>,
    /// Whom its own creation named.
    pub found: Option<ContactId>,
    /// Whether its attempt is on disk.
    pub begun: bool,
    /// Whether one of its changes was made.
    pub wrote: bool,
    /// Whether it made the contact, as far as is known.
    pub created: bool,
    /// The changes that it still has to make.
    pub changes: VecDeque<Change>,
    /// Whether it made a contact of another type one of the tenant's.
    pub promoted: bool,
    /// The contact as it is, or will be after the changes.
    pub profile: Option<Kept>,
    /// What there is to say about it when it is done.
    pub remark: Option<Note>,
    /// What the attempt must remember, to be written with it.
    pub mark: Option<Vec<u8>>,
    /// How many of the contact's vouchers were looked through.
    pub listed: u64,
    /// Why the contact's offers are listed once more.
    pub doubt: Option<Doubt>,
    /// What is known of its order meanwhile.
    pub following: Following,
}

/// Why the offers of a contact are listed after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The answer didn't name the new assignment.
    WhichIsNew,
    /// It is redeemed: by an earlier attempt of ours, or by somebody else?
    WhoRedeemed,
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
    Seek(Among),
    /// Read the contact.
    Look,
    /// Make the next change.
    Write,
    /// List what the contact has of the offer's kind.
    List,
    /// Look the promotion up.
    Resolve,
    /// Look how the order's job fares.
    Job,
    /// Read the order.
    Order,
}

/// Among whom a contact is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Contacts of whatever type: who enrols may be a subscriber of another.
    All,
    /// Contacts of the tenant's type.
    Ours,
}

impl Held {
    /// Reads a due row; the error says why it can't be delivered as it is.
    pub fn read(due: Due, urgent: bool) -> Result<Held, NotReadable> {
        let plan = match due.kind.as_str() {
            CREATE_CONTACT => FrozenEnrolment::read(&due.frozen).map(Plan::Create),
            UPDATE_CONTACT => FrozenUpdate::read(&due.frozen).map(Plan::Update),
            DELETE_CONTACT => FrozenErasure::read(&due.frozen).map(Plan::Delete),
            REGISTER_RECEIPT => FrozenReceipt::read(&due.frozen).map(Plan::Register),
            ASSIGN_PROMOTION => FrozenAssignment::read(&due.frozen).map(Plan::Assign),
            REDEEM_PROMOTION | REDEEM_VOUCHER => FrozenRedemption::read(&due.frozen).map(Plan::Redeem),
            REACTIVATE_VOUCHER => FrozenRedemption::read(&due.frozen).map(Plan::Reactivate),
            STORE_ORDER => FrozenOrder::read(&due.frozen).map(Box::new).map(Plan::StoreOrder),
            DELETE_ORDER => FrozenOrderDeletion::read(&due.frozen).map(Plan::DeleteOrder),
            ORDER_ACTION => FrozenAction::read(&due.frozen).map(Plan::Act),
            ANNOUNCE_ORDER => FrozenOrder::read(&due.frozen).map(Box::new).map(Plan::Announce),
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
        let mut held = Held {
            next: Next::Look,
            changes: VecDeque::new(),
            due,
            plan,
            urgent,
            seek: 0,
            sought_at: None,
            decided_at: None,
            found: None,
            begun: false,
            wrote: false,
            created: false,
            promoted: false,
            profile: None,
            remark: None,
            mark: None,
            listed: 0,
            doubt: None,
            following: Following::default(),
        };
        held.following = Following::of(&held);
        (held.next, held.changes) = held.first_step();
        Ok(held)
    }

    /// Back to the look: what was decided by the last one may be so no longer.
    pub fn look_again(&mut self) {
        (self.next, self.changes) = match (&self.plan, &self.found) {
            (Plan::Create(_) | Plan::Update(_) | Plan::Delete(_) | Plan::Register(_), Some(_)) => {
                (Next::Look, VecDeque::new())
            }
            _ => self.first_step(),
        };
        (self.seek, self.sought_at, self.decided_at, self.listed) = (0, None, None, 0);
    }

    fn first_step(&self) -> (Next, VecDeque<Change>) {
        let is_known = self.remote_id().is_some();
        match &self.plan {
            Plan::Create(_) if is_known => (Next::Look, VecDeque::new()),
            Plan::Create(_) => (Next::Seek(Among::All), VecDeque::new()),
            Plan::Update(_) => (Next::Look, VecDeque::new()),
            Plan::Delete(_) => (Next::Write, VecDeque::from([Change::Delete])),
            Plan::Register(_) if is_known => (Next::Write, VecDeque::from([Change::Register])),
            // By whom an offer is used needn't be known where the offer is.
            Plan::Redeem(frozen) if self.offer_id(frozen).is_some() => {
                (Next::Write, self.offer_id(frozen).map(Change::Redeem).into_iter().collect())
            }
            Plan::Assign(_) => (Next::List, VecDeque::new()),
            Plan::Redeem(_) | Plan::Reactivate(_) if is_known => (Next::List, VecDeque::new()),
            Plan::StoreOrder(_) | Plan::DeleteOrder(_) => self.first_of_order(),
            Plan::Announce(_) if is_known => (Next::Write, VecDeque::from([Change::Announce])),
            Plan::Act(_) => match self.version_tag() {
                Some(tag) => (Next::Write, VecDeque::from([Change::Act(tag)])),
                None => (Next::Order, VecDeque::new()),
            },
            Plan::Register(_) | Plan::Redeem(_) | Plan::Reactivate(_) | Plan::Announce(_) => {
                (Next::Seek(Among::Ours), VecDeque::new())
            }
        }
    }

    /// The id by which an offer is redeemed, where it is known: from the till's look-up, or from its assignment since.
    fn offer_id(&self, frozen: &FrozenRedemption) -> Option<Text> {
        let since = || self.due.about.as_ref().and_then(|offer| offer.remote_id.as_deref());
        frozen.offer.id.as_deref().or_else(since).and_then(Text::new)
    }

    /// Which list its offer stands in.
    pub fn offer_kind(&self) -> OfferKind {
        match &self.plan {
            Plan::Redeem(frozen) => frozen.offer.kind,
            Plan::Reactivate(_) => OfferKind::Voucher,
            _ => OfferKind::Promotion,
        }
    }

    /// The contact's id in Engage, where it is known.
    pub fn remote_id(&self) -> Option<ContactId> {
        let bound = || self.due.contact.as_ref().and_then(|contact| contact.remote_id.clone());
        let named = || match &self.plan {
            Plan::Register(frozen) => frozen.contact_id().map(str::to_owned),
            Plan::Update(frozen) => frozen.contact_id.clone(),
            Plan::Assign(frozen) => frozen.contact_id.clone(),
            Plan::Redeem(FrozenRedemption { who, .. }) | Plan::Reactivate(FrozenRedemption { who, .. }) => {
                crate::frozen::contact_id(who).map(str::to_owned)
            }
            Plan::StoreOrder(frozen) | Plan::Announce(frozen) => {
                crate::frozen::contact_id(&frozen.who).map(str::to_owned)
            }
            Plan::Create(_) | Plan::Delete(_) | Plan::DeleteOrder(_) | Plan::Act(_) => None,
        };
        let known = || bound().or_else(named).and_then(|id| ContactId::new(id).ok());
        self.found.clone().or_else(known)
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
            Plan::Register(frozen) => most_exact(&frozen.who, engage),
            Plan::StoreOrder(frozen) | Plan::Announce(frozen) => most_exact(&frozen.who, engage),
            Plan::Redeem(FrozenRedemption { who, .. }) | Plan::Reactivate(FrozenRedemption { who, .. }) => {
                most_exact(who, engage)
            }
            Plan::Update(_) | Plan::Delete(_) | Plan::Assign(_) | Plan::DeleteOrder(_) | Plan::Act(_) => &[],
        }
    }
}

/// The tenant's key alone, where it is among these.
fn most_exact<'w>(who: &'w [Who], engage: &Engage) -> &'w [Who] {
    match who.iter().position(|who| who.is_key(engage.contact_key)) {
        Some(key) => &who[key..=key],
        None => who,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ContactKey;

    /// What a receipt that names these is looked up by, one after the other.
    fn looked_up_by(key: ContactKey, who: &[Who]) -> Vec<FindBy> {
        let engage = Engage { contact_key: key, ..Engage::default() };
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
            profile: None,
            mark: None,
            about: None,
            leader: None,
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
