//! The calls that the core makes, as one type, and their answers.

use engage::call::{Accepted, ActionAnswer, Assigned, Created, Deleted, Found, JobState};
use engage::model::{
    Assignment, ConsentDefinition, Contact, ContactId, Definition, Page, PointAccount, StoredOrder,
    Transaction, Voucher,
};
use engage::{Call, Failure, Request, Response};

/// One call to Engage.
#[derive(Debug)]
pub enum EngageCall {
    /// Look a contact up by an identifier.
    Find(Call<Found>),
    /// Read a contact.
    Read(Call<Contact>),
    /// Create a contact.
    Create(Call<Created>),
    /// Change a contact.
    Update(Call<()>),
    /// Make a contact one of another type.
    ChangeType(Call<()>),
    /// Delete a contact.
    Delete(Call<Deleted>),
    /// Register a receipt.
    Register(Call<()>),
    /// List a contact's transactions.
    Transactions(Call<Page<Transaction>>),
    /// Read a contact's overview.
    Overview(Call<Contact>),
    /// List a contact's point accounts.
    Points(Call<Vec<PointAccount>>),
    /// List a contact's vouchers that can be used.
    Vouchers(Call<Page<Voucher>>),
    /// List a contact's promotions.
    Promotions(Call<Vec<Assignment>>),
    /// Look a promotion up.
    Definition(Call<Option<Definition>>),
    /// Assign a promotion.
    Assign(Call<Assigned>),
    /// Redeem an offer.
    Redeem(Call<()>),
    /// Make a voucher usable again.
    Reactivate(Call<()>),
    /// Create an order.
    CreateOrder(Call<Accepted>),
    /// Replace an order, or delete it.
    ChangeOrder(Call<Option<Accepted>>),
    /// Look how an order's job fares.
    OrderJob(Call<JobState>),
    /// Read an order.
    Order(Call<Option<StoredOrder>>),
    /// Trigger an action of an order.
    Act(Call<ActionAnswer>),
    /// Tell of an order that isn't stored.
    Announce(Call<()>),
    /// List the consents that people can be asked for.
    Consents(Call<Vec<ConsentDefinition>>),
    /// List the contacts that changed.
    Changes(Call<Vec<ContactId>>),
}

/// The answer to an [`EngageCall`], variant by variant.
#[derive(Debug)]
pub enum Answer {
    /// To `Find`.
    Found(Found),
    /// To `Read`.
    Contact(Box<Contact>),
    /// To `Create`.
    Created(Created),
    /// To `Update` and `ChangeType`.
    Changed,
    /// To `Delete`.
    Deleted(Deleted),
    /// To `Register`.
    Registered,
    /// To `Transactions`.
    Transactions(Page<Transaction>),
    /// To `Overview`.
    Overview(Box<Contact>),
    /// To `Points`.
    Points(Vec<PointAccount>),
    /// To `Vouchers`.
    Vouchers(Page<Voucher>),
    /// To `Promotions`.
    Promotions(Vec<Assignment>),
    /// To `Definition`.
    Definition(Option<Box<Definition>>),
    /// To `Assign`.
    Assigned(Assigned),
    /// To `Redeem`.
    Redeemed,
    /// To `Reactivate`.
    Reactivated,
    /// To `CreateOrder` and `ChangeOrder`; `None` where there is none to change.
    OrderTaken(Option<Accepted>),
    /// To `OrderJob`.
    Job(JobState),
    /// To `Order`.
    Order(Option<Box<StoredOrder>>),
    /// To `Act`.
    Acted(ActionAnswer),
    /// To `Announce`.
    Announced,
    /// To `Consents`.
    Consents(Vec<ConsentDefinition>),
    /// To `Changes`.
    Changes(Vec<ContactId>),
}

impl EngageCall {
    /// What goes over the wire.
    pub fn request(&self) -> &Request {
        match self {
            EngageCall::Find(call) => &call.request,
            EngageCall::Read(call) | EngageCall::Overview(call) => &call.request,
            EngageCall::Create(call) => &call.request,
            EngageCall::Update(call)
            | EngageCall::ChangeType(call)
            | EngageCall::Register(call)
            | EngageCall::Redeem(call)
            | EngageCall::Reactivate(call)
            | EngageCall::Announce(call) => &call.request,
            EngageCall::CreateOrder(call) => &call.request,
            EngageCall::ChangeOrder(call) => &call.request,
            EngageCall::Act(call) => &call.request,
            EngageCall::OrderJob(call) => &call.request,
            EngageCall::Order(call) => &call.request,
            EngageCall::Definition(call) => &call.request,
            EngageCall::Assign(call) => &call.request,
            EngageCall::Delete(call) => &call.request,
            EngageCall::Transactions(call) => &call.request,
            EngageCall::Points(call) => &call.request,
            EngageCall::Vouchers(call) => &call.request,
            EngageCall::Promotions(call) => &call.request,
            EngageCall::Consents(call) => &call.request,
            EngageCall::Changes(call) => &call.request,
        }
    }

    /// Reads what came back.
    pub fn read(&self, response: &Response) -> Result<Answer, Failure> {
        match self {
            EngageCall::Find(call) => call.read(response).map(Answer::Found),
            EngageCall::Read(call) => call.read(response).map(Box::new).map(Answer::Contact),
            EngageCall::Create(call) => call.read(response).map(Answer::Created),
            EngageCall::Update(call) | EngageCall::ChangeType(call) => {
                call.read(response).map(|()| Answer::Changed)
            }
            EngageCall::Delete(call) => call.read(response).map(Answer::Deleted),
            EngageCall::Register(call) => call.read(response).map(|()| Answer::Registered),
            EngageCall::Transactions(call) => call.read(response).map(Answer::Transactions),
            EngageCall::Overview(call) => call.read(response).map(Box::new).map(Answer::Overview),
            EngageCall::Points(call) => call.read(response).map(Answer::Points),
            EngageCall::Vouchers(call) => call.read(response).map(Answer::Vouchers),
            EngageCall::Promotions(call) => call.read(response).map(Answer::Promotions),
            EngageCall::Definition(call) => {
                call.read(response).map(|definition| Answer::Definition(definition.map(Box::new)))
            }
            EngageCall::Assign(call) => call.read(response).map(Answer::Assigned),
            EngageCall::Redeem(call) => call.read(response).map(|()| Answer::Redeemed),
            EngageCall::Reactivate(call) => call.read(response).map(|()| Answer::Reactivated),
            EngageCall::CreateOrder(call) => call.read(response).map(Some).map(Answer::OrderTaken),
            EngageCall::ChangeOrder(call) => call.read(response).map(Answer::OrderTaken),
            EngageCall::OrderJob(call) => call.read(response).map(Answer::Job),
            EngageCall::Order(call) => call.read(response).map(|stored| Answer::Order(stored.map(Box::new))),
            EngageCall::Act(call) => call.read(response).map(Answer::Acted),
            EngageCall::Announce(call) => call.read(response).map(|()| Answer::Announced),
            EngageCall::Consents(call) => call.read(response).map(Answer::Consents),
            EngageCall::Changes(call) => call.read(response).map(Answer::Changes),
        }
    }
}
