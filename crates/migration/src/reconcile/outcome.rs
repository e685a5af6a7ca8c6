//! What a reconciliation comes to: the form of `report.json`, and all that the page shows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::manifest::{Certainty, Scope};
use crate::{Entity, RowAt};

/// The version of the form.
pub const VERSION: u32 = 1;

/// Gaps of one code that stand in the result; all of them are in the folder's list.
pub const GAPS_SHOWN_MAX: usize = 100;

/// What came of comparing an export, its plan and Engage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    /// The version of the form.
    pub version: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// When the plan was first made, as its files' names have it.
    pub stamp: String,
    /// What the plan covers.
    pub scope: Scope,
    /// How much of Engage was looked at.
    pub looked_at: LookedAt,
    /// What it comes to.
    pub verdict: Verdict,
    /// Each kind from the export to Engage.
    pub chains: BTreeMap<Entity, Chain>,
    /// The files for Engage.
    pub files: Files,
    /// Receipts and turnover by store and month.
    pub turnover: Vec<Month>,
    /// Contacts that have each identifier.
    pub identifiers: BTreeMap<String, Counted<u64>>,
    /// The sum of all points.
    pub points: Counted<Decimal>,
    /// The worth of all vouchers, by currency.
    pub vouchers: BTreeMap<String, Counted<Decimal>>,
    /// Receipts that Engage has got from the tills since the plan was made: expected, and none of the migration's.
    pub live_receipts: u64,
    /// How many gaps there are of each code.
    pub gap_counts: BTreeMap<GapCode, u64>,
    /// The first [`GAPS_SHOWN_MAX`] of each code.
    pub gaps: Vec<Gap>,
}

/// How much of Engage was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LookedAt {
    /// Nothing: the export and the plan only.
    Plan,
    /// Some contacts and what they have, chosen by chance.
    Sample {
        /// How many.
        contacts: u64,
        /// Of how many.
        of: u64,
        /// What the chance began with, so that the same ones can be chosen again.
        seed: u64,
    },
    /// Every contact and what it has.
    Everything {
        /// How many.
        contacts: u64,
    },
    /// A sandbox, by its sums.
    Twin,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// All that was looked at agrees.
    Agrees,
    /// There are gaps.
    Gaps,
    /// The plan is sound, and Engage wasn't asked.
    NotLookedAt,
}

/// One kind of record from the export to Engage. Each row is counted once: `rows = sent + rejected + left out`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// Rows read.
    pub rows: u64,
    /// Of these, mended ones.
    pub mended: u64,
    /// Rows that went into records that are sent.
    pub rows_sent: u64,
    /// Rows of records that aren't.
    pub rows_rejected: u64,
    /// Rows left out by a rule, by its code.
    pub rows_left_out: BTreeMap<String, u64>,
    /// Why rows are rejected: blockers by their code.
    pub blockers: BTreeMap<String, u64>,
    /// What was noticed and sent all the same.
    pub warnings: BTreeMap<String, u64>,
    /// Records: contacts, receipts, …
    pub records: Counted<u64>,
    /// What it comes to.
    pub verdict: Verdict,
}

/// Something that was sent, and what of it is in Engage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counted<T> {
    /// All that is sent.
    pub sent: T,
    /// The part of it that was looked for, and what was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub engage: Option<Compared<T>>,
}

/// What was looked for, and what was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared<T> {
    /// What was looked for.
    pub sought: T,
    /// What Engage has of it.
    pub found: T,
}

/// Receipts of a store in a month, by the receipts' own clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Month {
    /// The store's external id.
    pub store: String,
    /// `YYYY-MM`.
    pub month: String,
    /// The currency's code.
    pub currency: String,
    /// In the export.
    pub export: Sum,
    /// Sent.
    pub sent: Sum,
    /// The part of it that was looked for, and what was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub engage: Option<Compared<Sum>>,
}

/// Receipts, and what they come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sum {
    /// How many.
    pub receipts: u64,
    /// What they come to; returns are negative.
    pub total: Decimal,
}

impl Sum {
    /// Counts one receipt more.
    pub fn add(&mut self, total: Decimal) {
        self.receipts += 1;
        self.total += total;
    }
}

/// The files for Engage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Files {
    /// How many the plan names.
    pub planned: u64,
    /// Those that are as they were planned, byte for byte.
    pub unchanged: u64,
    /// Kinds of which Engage's layout isn't public.
    pub unverified: Vec<Entity>,
}

impl Files {
    /// Notes that a kind's layout isn't public.
    pub fn note(&mut self, entity: Entity, layout: Certainty) {
        if layout == Certainty::Unverified && !self.unverified.contains(&entity) {
            self.unverified.push(entity);
        }
    }
}

/// A difference, named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Of which kind.
    pub entity: Entity,
    /// What it is.
    pub code: GapCode,
    /// What it is about: a receipt's id, a file's name, a contact's key. Masked where it tells who somebody is.
    pub subject: String,
    /// The row of the export that it is from, so that a masked key is found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<RowAt>,
    /// What should be there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<String>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found: Option<String>,
}

/// What kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GapCode {
    /// Rows read aren't rows sent, rejected and left out.
    RowsNotCounted,
    /// A planned file isn't there.
    FileMissing,
    /// A file isn't what was planned.
    FileChanged,
    /// The list of what is sent doesn't fit the plan.
    IndexDiffers,
    /// A contact isn't in Engage.
    ContactMissing,
    /// A key leads to several contacts.
    ContactAmbiguous,
    /// Engage refuses to tell of a contact.
    ContactUnreadable,
    /// A contact is without an identifier that was sent.
    IdentifierMissing,
    /// A receipt isn't in Engage.
    ReceiptMissing,
    /// Engage has a receipt twice.
    ReceiptTwice,
    /// A receipt of the time before the plan that wasn't sent.
    ReceiptUnexpected,
    /// A receipt comes to something else.
    AmountDiffers,
    /// A contact's points come to something else.
    PointsDiffer,
    /// A voucher isn't in Engage.
    VoucherMissing,
    /// A voucher is worth something else, or used where it shouldn't be, or not used where it should.
    VoucherDiffers,
    /// A sum of the sandbox is another.
    TotalDiffers,
    /// The sandbox could take nothing of a file.
    FileFailed,
    /// The sandbox left values of a field out of the rows that it took.
    ValuesLeftOut,
}

impl Gap {
    /// A gap of a kind, about something that may be shown.
    #[must_use]
    pub fn new(entity: Entity, code: GapCode, subject: impl Into<String>) -> Self {
        Self { entity, code, subject: subject.into(), at: None, expected: None, found: None }
    }

    /// The same with what should be there and what is.
    #[must_use]
    pub fn between(self, expected: impl ToString, found: impl ToString) -> Self {
        Self { expected: Some(expected.to_string()), found: Some(found.to_string()), ..self }
    }
}

impl GapCode {
    /// What it means, in a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::RowsNotCounted => "The rows read aren't those sent, rejected and left out together.",
            Self::FileMissing => "A file of the plan isn't in the folder.",
            Self::FileChanged => "A file was changed after it was planned.",
            Self::IndexDiffers => "The list of what is sent doesn't fit the plan.",
            Self::ContactMissing => "A contact that was sent isn't in Engage.",
            Self::ContactAmbiguous => "A key leads to more than one contact.",
            Self::ContactUnreadable => "Engage refuses to tell of a contact.",
            Self::IdentifierMissing => "A contact is without an identifier that was sent.",
            Self::ReceiptMissing => "A receipt that was sent isn't in Engage.",
            Self::ReceiptTwice => "Engage has a receipt twice.",
            Self::ReceiptUnexpected => {
                "Engage has a receipt from before the plan that this migration didn't send."
            }
            Self::AmountDiffers => "A receipt comes to another amount in Engage.",
            Self::PointsDiffer => "A contact's points aren't what was sent.",
            Self::VoucherMissing => "A voucher that was sent isn't in Engage.",
            Self::VoucherDiffers => "A voucher's worth, or whether it was used, is another.",
            Self::TotalDiffers => "A sum in the sandbox isn't that of the plan.",
            Self::FileFailed => "The sandbox could take nothing of a file.",
            Self::ValuesLeftOut => "The sandbox left values of a field out of the rows that it took.",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn mend(self) -> &'static str {
        match self {
            Self::RowsNotCounted => "Plan again; if it stays, it is a fault of Tillbridge's: report it.",
            Self::FileMissing | Self::FileChanged => {
                "Plan again: the same export gives the same files. Mend rows in mended/, never in files/."
            }
            Self::IndexDiffers => "Plan again: the files of index/ belong to the plan.",
            Self::ContactMissing => {
                "Look at the integration log of Engage for the file's faults, mend the row and run a delta."
            }
            Self::ContactAmbiguous => {
                "Merge the contacts in Engage, or find out which one is the customer's."
            }
            Self::ContactUnreadable => "Reconcile again; then ask Voyado about this contact.",
            Self::IdentifierMissing => {
                "Engage leaves out what it finds faulty: mend the field and run a delta, or set it in Engage."
            }
            Self::ReceiptMissing => {
                "Its contact or store wasn't there when its file was imported, or the file wasn't: see the \
                 integration log, then send the file again; what is there already is ignored."
            }
            Self::ReceiptTwice => "Ask Voyado: a receipt's id should be there once.",
            Self::ReceiptUnexpected => {
                "Find out who else has sent receipts; where it was an earlier migration, nothing is lost."
            }
            Self::AmountDiffers => {
                "A receipt that is there is never updated: it was sent before, by something else or by another plan."
            }
            Self::PointsDiffer => {
                "See whether a points file was imported twice or not at all; correct with an adjustment in Engage."
            }
            Self::VoucherMissing => "Ask Voyado whether the voucher file was imported, and for its faults.",
            Self::VoucherDiffers => "Compare with the voucher in Engage; a used one can't be sent as unused.",
            Self::TotalDiffers => {
                "Look at the sandbox's integration log: it names each row that it left out."
            }
            Self::FileFailed => {
                "Mend what it says. Where it is a layout that Voyado has confirmed, the sandbox, which knows no other, is wrong."
            }
            Self::ValuesLeftOut => {
                "Engage passes over what it finds faulty in silence: mend the field's rule or its values, then plan again."
            }
        }
    }
}
