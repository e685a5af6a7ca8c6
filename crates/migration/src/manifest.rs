//! What a plan holds: each file, and the sums that must come out in Engage.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Entity;

/// The version of the form.
pub const VERSION: u32 = 1;

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of the form.
    pub version: u32,
    /// When it was first planned, `YYYYMMDDHHmmss` in UTC: what the names of its files begin with.
    pub stamp: String,
    /// What came since an earlier plan, or everything.
    pub scope: Scope,
    /// The mapping's digest, so that a changed mapping is noticed.
    pub mapping: String,
    /// What was read.
    pub inputs: Vec<Input>,
    /// What became of the rows of each kind.
    pub tallies: BTreeMap<Entity, Tally>,
    /// The files, in the order in which they are sent.
    pub files: Vec<PlannedFile>,
    /// Receipts and turnover.
    pub turnover: Vec<Turnover>,
    /// Contacts that have each identifier (`email`, `mobilePhone`, …).
    pub identifiers: BTreeMap<String, u64>,
    /// The sum of all points.
    pub points: Decimal,
    /// Vouchers and what they are worth.
    pub vouchers: VoucherSum,
}

/// What a plan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Everything in the export.
    Full,
    /// What an earlier run didn't send.
    Delta,
}

/// A file of the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Its path as the mapping says it.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub blake3: String,
}

/// What became of the rows of one kind. `rows = sent rows + rejected rows + left out`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Rows of the sources, each counted once, with the mended in place of those that they mend.
    pub rows: u64,
    /// Of these, mended ones.
    pub mended: u64,
    /// Rows that went into a record that is sent.
    pub rows_sent: u64,
    /// Rows of records that aren't.
    pub rows_rejected: u64,
    /// Rows left out by a rule that isn't a fault, by its code: `beforeSince`, `alreadySent`.
    pub rows_left_out: BTreeMap<String, u64>,
    /// Records: contacts, receipts, …
    pub records_sent: u64,
    /// Records that aren't.
    pub records_rejected: u64,
    /// Blockers by their code.
    pub blockers: BTreeMap<String, u64>,
    /// Warnings by their code.
    pub warnings: BTreeMap<String, u64>,
}

/// A file for Engage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedFile {
    /// Its name, here and there.
    pub name: String,
    /// What is in it.
    pub entity: Entity,
    /// The folder that it goes to.
    pub folder: String,
    /// Who starts its import.
    pub started_by: StartedBy,
    /// Whether its layout is public.
    pub layout: Certainty,
    /// Whether its member numbers are read back from Engage before it can be written.
    #[serde(default)]
    pub needs_member_numbers: bool,
    /// Contacts, receipts, ….
    pub records: u64,
    /// Lines without the header.
    pub lines: u64,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub blake3: String,
}

/// Who starts an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StartedBy {
    /// Engage, by its clock.
    Engage,
    /// A person at Voyado.
    Voyado,
}

/// Whether something is known of Engage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Certainty {
    /// Public documents say so.
    Documented,
    /// Nobody outside has seen it: ask Voyado.
    Unverified,
}

/// Receipts and turnover of a store in a month, by the receipts' own clock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turnover {
    /// The store's external id.
    pub store: String,
    /// `YYYY-MM`.
    pub month: String,
    /// The currency's code.
    pub currency: String,
    /// Receipts in the export.
    pub receipts: u64,
    /// What they come to; returns are negative.
    pub total: Decimal,
    /// Those of them that are sent.
    pub receipts_sent: u64,
    /// What those come to.
    pub total_sent: Decimal,
}

/// Vouchers and what they are worth.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VoucherSum {
    /// How many.
    pub count: u64,
    /// Of these, used ones.
    pub used: u64,
    /// Their worth by currency.
    pub value: BTreeMap<String, Decimal>,
}
