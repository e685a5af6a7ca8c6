//! What the kinds of records share while they are checked, and the way in which rows come to them.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use pos::store::Country;
use rust_decimal::Decimal;

use super::book::Counted;
use super::desk::{Desk, Known};
use super::flow::{self, BATCH_MAX};
use super::stores::Clocks;
use super::{ContactKeys, Counts, Entry, Error, KeyDigest, Options, Progress, Reader};
use crate::manifest::{Scope, Turnover, VoucherSum};
use crate::mapping::{Mapping, Part, Table};
use crate::plan::inputs::Looked;
use crate::{Entity, Finding, Folder, Severity};

/// The namespace of stores' keys.
pub const STORE: &str = "store";

/// The sums that must come out in Engage.
#[derive(Debug, Default)]
pub struct Sums {
    /// Receipts and turnover.
    pub turnover: Vec<Turnover>,
    /// Contacts that have each identifier.
    pub identifiers: Counts,
    /// All points.
    pub points: Decimal,
    /// Vouchers.
    pub vouchers: VoucherSum,
}

/// What all kinds of records know.
pub struct Frame<'a> {
    /// Where the migration lives.
    pub folder: &'a Folder,
    /// What it was told.
    pub mapping: &'a Mapping,
    /// Now.
    pub now: Timestamp,
    /// The day, where the retailer is.
    pub today: Date,
    /// Whether earlier runs count.
    pub scope: Scope,
    /// Older receipts are left out.
    pub since: Option<Date>,
    /// On how many threads rows are judged.
    pub lanes: usize,
    /// How contacts are told apart.
    pub keys: ContactKeys,
    /// The contacts that there are, by [`ContactKeys::digest`].
    pub contacts: Known,
    /// The stores that there are, by [`Frame::store`].
    pub stores: Known,
    /// By which clock the stores' times are.
    pub clocks: Clocks,
    /// What comes out.
    pub sums: Sums,
    progress: &'a mut dyn FnMut(Progress),
    stop: &'a AtomicBool,
    state: Progress,
}

impl std::fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame")
            .field("folder", &self.folder)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl<'a> Frame<'a> {
    pub(super) fn new(
        folder: &'a Folder,
        mapping: &'a Mapping,
        options: &Options,
        progress: &'a mut dyn FnMut(Progress),
        stop: &'a AtomicBool,
    ) -> Self {
        let retailer = &mapping.retailer;
        let today = options.now.to_zoned(retailer.time_zone.clone()).date();
        let country = Country::parse(&retailer.country).ok();
        Self {
            folder,
            mapping,
            now: options.now,
            today,
            scope: options.scope,
            since: options.since.or(retailer.since),
            lanes: options.lanes,
            keys: ContactKeys { key: mapping.engage.contact_key, country, today },
            contacts: Known::default(),
            stores: Known::default(),
            clocks: Clocks::default(),
            sums: Sums::default(),
            progress,
            stop,
            state: Progress { entity: Entity::Stores, rows: 0, bytes_done: 0, bytes_all: 0 },
        }
    }

    /// The digest of a store's external id.
    #[must_use]
    pub fn store(external_id: &str) -> KeyDigest {
        KeyDigest::of(STORE, external_id)
    }

    /// Learns what Engage has from before.
    pub(super) fn learn(&mut self) -> io::Result<()> {
        self.contacts.assumed = self.mapping.table(Entity::Contacts, Part::Whole).is_none();
        for store in &self.mapping.engage.known_stores {
            self.stores.before.insert(Self::store(store.trim()), 0);
        }
        if self.scope == Scope::Delta {
            let key = self.keys.key.as_str();
            self.contacts.learn(self.folder, Entity::Contacts, "key", key)?;
            self.stores.learn(self.folder, Entity::Stores, "externalId", STORE)?;
        }
        Ok(())
    }

    pub(super) fn assumed(&self) -> Vec<Entity> {
        if self.contacts.assumed { vec![Entity::Contacts] } else { Vec::new() }
    }

    pub(super) fn begin(&mut self, entity: Entity, inputs: &[Looked]) {
        let own = inputs.iter().filter(|looked| looked.entity == entity);
        let bytes_all = own.map(|looked| looked.input.bytes).sum();
        self.state = Progress { entity, rows: 0, bytes_done: 0, bytes_all };
        (self.progress)(self.state);
    }

    /// Tells how far it is, and whether to go on.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn went_on(&mut self, rows: u64, bytes: u64) -> Result<(), Error> {
        self.state.rows += rows;
        self.state.bytes_done = (self.state.bytes_done + bytes).min(self.state.bytes_all);
        (self.progress)(self.state);
        if self.stop.load(Ordering::Relaxed) { Err(Error::Stopped) } else { Ok(()) }
    }
}

/// Reads a table; its rows are judged on several threads and settled one by one, in their order. Rows that can't be read
/// are rejected without being judged.
///
/// # Errors
/// What ends the reading, and what `settle` says.
pub fn each<J: Send>(
    frame: &mut Frame<'_>,
    desk: &mut Desk,
    table: &Table,
    judge: impl Fn(&Entry) -> J + Sync,
    mut settle: impl FnMut(&mut Frame<'_>, &mut Desk, &Entry, &mut J) -> Result<(), Error>,
) -> Result<(), Error> {
    let read = batches(Reader::open(table, frame.folder)?);
    let judge = |entry: &Entry| entry.unreadable.is_none().then(|| judge(entry));
    flow::in_order(frame.lanes, read, judge, |batch, judged| {
        for (entry, judged) in batch.iter().zip(judged) {
            desk.book.learn(&entry.origin);
            match judged {
                Some(judged) => settle(frame, desk, entry, judged)?,
                None => {
                    let findings: Vec<Finding> = entry.unread().into_iter().collect();
                    desk.reject([Counted::from(entry)], &findings)?;
                }
            }
        }
        frame.went_on(batch.len() as u64, batch.iter().map(Entry::bytes).sum())
    })
}

/// A reader's rows, as many at a time as go round together.
pub(super) fn batches(mut reader: Reader) -> impl FnMut(Vec<Entry>) -> Result<Vec<Entry>, Error> + Send {
    move |spent| {
        let mut buffers = spent.into_iter().map(|entry| entry.row);
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while batch.len() < BATCH_MAX {
            match reader.read(buffers.next().unwrap_or_default())? {
                Some(entry) => batch.push(entry),
                None => break,
            }
        }
        Ok(batch)
    }
}

/// Whether anything of it keeps a record from being sent.
#[must_use]
pub(super) fn is_blocked(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Blocker)
}
