//! What tills want to be taken: receipts, voids, claims, enrolments, updates.

use jiff::Timestamp;
use serde_json::Value;
use store::DeliveryId;

use super::money::{LineFigures, Use};
use super::people::Kind;
use super::words::Word;

/// Something that a till wants to be taken.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) key: String,
    pub(super) body: Vec<u8>,
    pub(super) store: &'static str,
    pub(super) person: Option<usize>,
    pub(super) what: What,
    /// Whether it is owed to Engage.
    pub(super) owed: bool,
    /// How a receipt names its customer.
    pub(super) named: Named,
    pub(super) sends: u32,
    pub(super) answered: bool,
    /// Since when the store has it, as its answer said.
    pub(super) kept_since: Option<Timestamp>,
    /// Its delivery, once it is on disk, and since when.
    pub(super) filed: Option<(DeliveryId, Timestamp)>,
    /// When its delivery was done, and in how many attempts.
    pub(super) done: Option<Timestamp>,
    pub(super) attempts: u32,
    pub(super) public_id: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Receipt(Rung),
    /// Of the receipt whose key it has.
    Void,
    /// Of the receipt whose key it has, for the person.
    Claim,
    Enrolment(Word),
    Update(Update),
    Assign(Assign),
}

/// A promotion for a customer.
#[derive(Debug, Clone)]
pub(super) struct Assign {
    pub(super) contact_id: String,
}

/// What was rung up.
#[derive(Debug, Clone)]
pub(super) struct Rung {
    /// What Engage must hold of what was sold.
    pub(super) own: Vec<LineFigures>,
    pub(super) back: Vec<Back>,
    pub(super) training: bool,
    /// The offers that it used.
    pub(super) uses: Vec<Use>,
}

/// A line that comes back, as a till says it.
#[derive(Debug, Clone)]
pub(super) struct Back {
    /// The key of the receipt that it is said to be of.
    pub(super) of: String,
    /// The place of its line there.
    pub(super) line: usize,
    pub(super) sku: String,
    /// The article alone says which line it is.
    pub(super) by_article: bool,
    /// All that is left, where it isn't said.
    pub(super) quantity: Option<i64>,
    /// What the till says that one cost, for those who don't know the sale.
    pub(super) unit: Option<i64>,
}

/// A change of a contact.
#[derive(Debug, Clone)]
pub(super) struct Update {
    pub(super) word: Word,
    pub(super) contact_id: String,
    /// Since when the gateway knew what Engage had, when it was taken; `None` where it knew nothing.
    pub(super) base_seen: Option<Timestamp>,
    /// The same of each sending, by the contact id that it brought along.
    pub(super) bases: Vec<(String, Option<Timestamp>)>,
}

/// How a receipt names its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Nobody,
    By(Vec<Kind>),
    ContactId(String),
}

impl Wish {
    pub(super) fn new(key: String, body: &Value, store: &'static str, what: What) -> Wish {
        let person = what.word().map(|word| word.person);
        Wish {
            key,
            body: body.to_string().into_bytes(),
            store,
            person,
            what,
            owed: true,
            named: Named::Nobody,
            sends: 0,
            answered: false,
            kept_since: None,
            filed: None,
            done: None,
            attempts: 0,
            public_id: None,
        }
    }

    /// The kind of document that it is.
    pub(super) fn kind(&self) -> &'static str {
        match self.what {
            What::Receipt(_) => "receipt",
            What::Void => "void",
            What::Claim => "claim",
            What::Enrolment(_) => "enrolment",
            What::Update(_) => "update",
            What::Assign(_) => "assignment",
        }
    }

    pub(super) fn rung(&self) -> Option<&Rung> {
        match &self.what {
            What::Receipt(rung) => Some(rung),
            What::Void | What::Claim | What::Enrolment(_) | What::Update(_) | What::Assign(_) => None,
        }
    }

    pub(super) fn is_receipt(&self) -> bool {
        self.rung().is_some()
    }

    pub(super) fn word(&self) -> Option<&Word> {
        self.what.word()
    }

    pub(super) fn is_enrolment(&self) -> bool {
        matches!(self.what, What::Enrolment(_))
    }
}

impl What {
    fn word(&self) -> Option<&Word> {
        match self {
            What::Receipt(_) | What::Void | What::Claim | What::Assign(_) => None,
            What::Enrolment(word) => Some(word),
            What::Update(update) => Some(&update.word),
        }
    }
}

/// What stands in everything that a wish says, and in nothing else.
pub(super) fn mark(wish: usize) -> String {
    format!("wish-{wish}-said")
}
