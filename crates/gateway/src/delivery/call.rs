//! The calls that the core makes, as one type, and their answers.

use engage::call::Found;
use engage::model::{Contact, ContactId, Page, Transaction};
use engage::{Call, Failure, Request, Response};

/// One call to Engage.
#[derive(Debug)]
pub enum EngageCall {
    /// Look a contact up by an identifier.
    Find(Call<Found>),
    /// Read a contact.
    Read(Call<Contact>),
    /// Create a contact.
    Create(Call<ContactId>),
    /// Register a receipt.
    Register(Call<()>),
    /// List a contact's transactions.
    Transactions(Call<Page<Transaction>>),
}

/// The answer to an [`EngageCall`], variant by variant.
#[derive(Debug)]
pub enum Answer {
    /// To `Find`.
    Found(Found),
    /// To `Read`.
    Contact(Box<Contact>),
    /// To `Create`.
    Created(ContactId),
    /// To `Register`.
    Registered,
    /// To `Transactions`.
    Transactions(Page<Transaction>),
}

impl EngageCall {
    /// What goes over the wire.
    pub fn request(&self) -> &Request {
        match self {
            EngageCall::Find(call) => &call.request,
            EngageCall::Read(call) => &call.request,
            EngageCall::Create(call) => &call.request,
            EngageCall::Register(call) => &call.request,
            EngageCall::Transactions(call) => &call.request,
        }
    }

    /// Reads what came back.
    pub fn read(&self, response: &Response) -> Result<Answer, Failure> {
        match self {
            EngageCall::Find(call) => call.read(response).map(Answer::Found),
            EngageCall::Read(call) => call.read(response).map(Box::new).map(Answer::Contact),
            EngageCall::Create(call) => call.read(response).map(Answer::Created),
            EngageCall::Register(call) => call.read(response).map(|()| Answer::Registered),
            EngageCall::Transactions(call) => call.read(response).map(Answer::Transactions),
        }
    }
}
