//! Where the two worlds meet: what is frozen here becomes what Engage is told.
//!
//! Made at delivery, not at accept, so that a fault in it is mended by a release. No decision about money or about whose
//! word counts is taken here: amounts were frozen before, and what changes of a contact was decided in `profile`.

mod contact;
mod order;
mod receipt;

use engage::Call;
use engage::call::{self, Find, FindBy, Found, Origin, VoucherList};
use engage::model::{Contact, ContactId, ContactType, OrderAction, OwnData, Page, Text, Transaction};

use crate::delivery::call::EngageCall;
use crate::delivery::plan::{Among, Change, Held, Next, Plan};
use crate::frozen::{OfferKind, Who};
use crate::settings::{CustomKey, Engage};

/// The channel that a till redeems in.
pub const CHANNEL: &str = "POS";
/// A contact's vouchers that are read at most.
const VOUCHERS_MAX: u32 = 100;

/// The look-up that an identifier allows; `None` where the tenant can't be asked by it.
pub fn find_by(who: &Who, engage: &Engage) -> Option<FindBy> {
    match (who, engage.custom_key) {
        (Who::Email(email), _) => Text::new(email.as_str()).map(FindBy::Email),
        (Who::MobilePhone(phone), _) => Text::new(phone.as_str()).map(FindBy::MobilePhone),
        (Who::PersonalIdentityNumber(number), _) => {
            Text::new(number.as_str()).map(FindBy::SocialSecurityNumber)
        }
        (Who::MemberNumber(value), CustomKey::MemberNumber)
        | (Who::ExternalId(value), CustomKey::ExternalId) => Text::new(value.as_str()).map(FindBy::CustomKey),
        (Who::MemberNumber(_), CustomKey::ExternalId) | (Who::ExternalId(_), CustomKey::MemberNumber) => None,
        (Who::ContactId(_), _) => None,
    }
}

/// A look-up among the contacts of the tenant's type.
pub fn find(by: FindBy, engage: &Engage) -> Call<Found> {
    find_among(by, Among::Ours, engage)
}

/// A look-up.
pub fn find_among(by: FindBy, among: Among, engage: &Engage) -> Call<Found> {
    let contact_type = match among {
        Among::All => None,
        Among::Ours => ContactType::new(engage.contact_type.as_str()),
    };
    call::find_contact(&Find { by, contact_type })
}

/// The reading of a contact.
pub fn read(id: &ContactId) -> Call<Contact> {
    call::read_contact(id)
}

/// The reading of a contact's overview.
pub fn overview(id: &ContactId) -> Call<Contact> {
    call::contact_overview(id)
}

/// The readings of what belongs to a contact, each from where it is exact (fact C-64).
pub fn loyalty(id: &ContactId, engage: &Engage) -> [EngageCall; 3] {
    let [vouchers, promotions] = offers_of(id, engage);
    [EngageCall::Points(call::point_accounts(id)), vouchers, promotions]
}

/// The readings of the vouchers and promotions that a contact can use.
pub fn offers_of(id: &ContactId, engage: &Engage) -> [EngageCall; 2] {
    [
        EngageCall::Vouchers(call::vouchers(id, VoucherList::Available, 0, VOUCHERS_MAX)),
        EngageCall::Promotions(call::contact_promotions(id, engage.promotions_at, CHANNEL)),
    ]
}

/// A page of a contact's transactions.
pub fn transactions(id: &ContactId, offset: u32, count: u32) -> Call<Page<Transaction>> {
    call::contact_transactions(id, u64::from(offset), count)
}

/// The list in which a delivery's offer stands; of vouchers all, for one that was used is looked for too.
pub fn offers(held: &Held, id: &ContactId, engage: &Engage) -> EngageCall {
    match held.offer_kind() {
        OfferKind::Promotion => {
            EngageCall::Promotions(call::contact_promotions(id, engage.promotions_at, CHANNEL))
        }
        OfferKind::Voucher => {
            EngageCall::Vouchers(call::vouchers(id, VoucherList::All, held.listed, VOUCHERS_MAX))
        }
    }
}

/// The look-up of the promotion that a delivery assigns; `None` where it has no external id.
pub fn definition(held: &Held) -> Option<EngageCall> {
    let Plan::Assign(frozen) = &held.plan else { return None };
    let external_id = Text::new(frozen.external_id.as_str())?;
    Some(EngageCall::Definition(call::promotion_by_external_id(&external_id)))
}

/// The look at what became of an order; `None` where it is about none.
pub fn order_read(held: &Held) -> Option<EngageCall> {
    match (held.next, held.following.job()) {
        (Next::Job, Some(job)) => Some(EngageCall::OrderJob(call::order_job(job))),
        _ => Some(EngageCall::Order(call::read_order(&held.order_id()?, None))),
    }
}

/// The next change that a delivery makes. The error says why there is none.
pub fn write(held: &Held, engage: &Engage) -> Result<EngageCall, String> {
    let id = || held.remote_id().ok_or("the contact's id in Engage is not known");
    let order_id = || held.order_id().ok_or("the order's id is blank");
    let source = |source: &str| Text::new(source).ok_or("[engage] source is empty");
    match (&held.plan, held.changes.front()) {
        (Plan::Create(frozen), Some(Change::Create)) => {
            let store_external_id = Text::new(frozen.store.as_str()).ok_or("the enrolment names no store")?;
            let origin = Origin { source: source(&frozen.source)?, store_external_id };
            let contact = contact::new_contact(frozen, engage);
            Ok(EngageCall::Create(call::create_contact(&contact, &origin)))
        }
        (Plan::Create(_), Some(Change::Promote)) => {
            let to = ContactType::new(engage.contact_type.as_str()).unwrap_or_default();
            Ok(EngageCall::ChangeType(call::change_contact_type(&id()?, &to)))
        }
        (Plan::Create(frozen), Some(Change::Patch(patch))) => {
            let patch = contact::contact_patch(patch, &frozen.source);
            Ok(EngageCall::Update(call::update_contact(&id()?, &patch)))
        }
        (Plan::Update(frozen), Some(Change::Patch(patch))) => {
            let patch = contact::contact_patch(patch, &frozen.source);
            Ok(EngageCall::Update(call::update_contact(&id()?, &patch)))
        }
        (Plan::Delete(frozen), Some(Change::Delete)) => {
            Ok(EngageCall::Delete(call::delete_contact(&id()?, &source(&frozen.source)?)))
        }
        (Plan::Register(frozen), Some(Change::Register)) => {
            let due = &held.due;
            let receipt = receipt::receipt(&due.key, &due.store, &due.body, frozen, &id()?, engage)?;
            Ok(EngageCall::Register(call::register_receipt(&receipt)))
        }
        (Plan::Assign(_), Some(Change::Assign(promotion))) => {
            Ok(EngageCall::Assign(call::assign(&id()?, promotion)))
        }
        (Plan::Redeem(frozen), Some(Change::Redeem(offer))) => {
            Ok(EngageCall::Redeem(match frozen.offer.kind {
                OfferKind::Promotion => call::redeem_assignment(offer, CHANNEL),
                OfferKind::Voucher => call::redeem_voucher(offer),
            }))
        }
        (Plan::Reactivate(_), Some(Change::Reactivate(voucher))) => {
            Ok(EngageCall::Reactivate(call::reactivate_voucher(voucher)))
        }
        (Plan::StoreOrder(frozen), Some(Change::StoreOrder { replaces })) => {
            let due = &held.due;
            let order = order::order(frozen, &due.store, &due.body, &id()?, &engage.order_channel)?;
            Ok(match replaces {
                false => EngageCall::CreateOrder(call::create_order(&order)),
                true => EngageCall::ChangeOrder(call::replace_order(&order)),
            })
        }
        (Plan::DeleteOrder(_), Some(Change::DeleteOrder)) => {
            Ok(EngageCall::ChangeOrder(call::delete_order(&order_id()?)))
        }
        (Plan::Act(frozen), Some(Change::Act(tag))) => {
            let action = OrderAction {
                action: Text::new(frozen.action.as_str()).ok_or("the action has no name")?,
                language: frozen.language.as_deref().and_then(Text::new),
                data: Some(frozen.data.clone()).filter(|data| !data.is_empty()).map(OwnData),
            };
            Ok(EngageCall::Act(call::trigger_order_action(&order_id()?, &action, tag)))
        }
        (Plan::Announce(frozen), Some(Change::Announce)) => {
            let due = &held.due;
            let order = order::announcement(frozen, &due.store, &due.body, &id()?, &engage.order_channel)?;
            Ok(EngageCall::Announce(call::announce_order(&order)))
        }
        _ => Err("this change belongs to another kind of delivery; please report this".to_owned()),
    }
}
