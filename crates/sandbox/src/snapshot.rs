//! Snapshots: a world written down, so that a restart replays only what came after. A cache: one that is older than
//! the rules, of another journal, or damaged is passed over, and all may be deleted.
//!
//! One JSON line for each contact, receipt and the like, so that neither writing nor reading holds the world twice.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::contacts::Contact;
use crate::files::ImportFile;
use crate::history::Change;
use crate::journal::{self, Journal, Place};
use crate::mail::Mail;
use crate::offers::OfferChange;
use crate::orders::jobs::Job as OrderJob;
use crate::orders::{Order, OrderEffect};
use crate::points::PointAccount;
use crate::promotions::Assignment;
use crate::receipts::Receipt;
use crate::vouchers::Voucher;
use crate::world::{Creations, RULES_VERSION, World};

/// How many snapshots are kept; older ones serve a rewind.
const KEPT: usize = 4;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    rules: u32,
    place: Place,
    fingerprint: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Row {
    Contact(Contact),
    Change(Change),
    Receipt(Receipt),
    Points(PointAccount),
    Voucher(Voucher),
    Assignment(Assignment),
    OfferChange(OfferChange),
    OrderJob(OrderJob),
    Order(Order),
    OrderEffect(OrderEffect),
    Mail(Mail),
    File(ImportFile),
    Creations(String, Creations),
    /// The last row: how many there are before it.
    End(u64),
}

/// The same rows, borrowed, for writing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum RowRef<'a> {
    Contact(&'a Contact),
    Change(&'a Change),
    Receipt(&'a Receipt),
    Points(&'a PointAccount),
    Voucher(&'a Voucher),
    Assignment(&'a Assignment),
    OfferChange(&'a OfferChange),
    OrderJob(&'a OrderJob),
    Order(&'a Order),
    OrderEffect(&'a OrderEffect),
    Mail(&'a Mail),
    File(&'a ImportFile),
    Creations(&'a str, Creations),
    End(u64),
}

/// A snapshot that is to be written; it holds a world of its own, so the other one may go on meanwhile.
#[derive(Debug)]
pub struct Job {
    pub(crate) world: World,
    pub(crate) place: Place,
    pub(crate) fingerprint: String,
    pub(crate) folder: PathBuf,
}

impl Job {
    /// Writes the snapshot, and deletes the oldest ones.
    ///
    /// # Errors
    /// The disk's. A snapshot that is not written is not missed.
    pub fn write(&self) -> std::io::Result<()> {
        let path = self.folder.join(format!("snapshot-{:012}.jsonl", self.place.events));
        let header =
            Header { rules: RULES_VERSION, place: self.place, fingerprint: self.fingerprint.clone() };
        journal::write_whole(&path, |file| {
            line(file, &header)?;
            line(file, &self.world)?;
            let mut count = 0;
            let mut row = |file: &mut std::io::BufWriter<File>, row: RowRef<'_>| {
                count += 1;
                line(file, &row)
            };
            for contact in self.world.contacts() {
                row(file, RowRef::Contact(contact))?;
            }
            for change in self.world.contact_changes() {
                row(file, RowRef::Change(change))?;
            }
            for receipt in self.world.receipts() {
                row(file, RowRef::Receipt(receipt))?;
            }
            for account in self.world.point_accounts() {
                row(file, RowRef::Points(account))?;
            }
            for voucher in self.world.vouchers() {
                row(file, RowRef::Voucher(voucher))?;
            }
            for assignment in self.world.assignments() {
                row(file, RowRef::Assignment(assignment))?;
            }
            for change in self.world.offer_changes() {
                row(file, RowRef::OfferChange(change))?;
            }
            for job in self.world.orders.jobs() {
                row(file, RowRef::OrderJob(job))?;
            }
            for order in self.world.orders() {
                row(file, RowRef::Order(order))?;
            }
            for effect in self.world.order_effects() {
                row(file, RowRef::OrderEffect(effect))?;
            }
            for mail in self.world.mails() {
                row(file, RowRef::Mail(mail))?;
            }
            for waiting in self.world.import_files() {
                row(file, RowRef::File(waiting))?;
            }
            for (key, creations) in self.world.creations() {
                row(file, RowRef::Creations(key, creations))?;
            }
            line(file, &RowRef::End(count))
        })?;
        let all = listed(&self.folder)?;
        all.iter().skip(KEPT).try_for_each(|(_, path)| std::fs::remove_file(path))
    }
}

fn line(file: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    file.write_all(b"\n")
}

/// The snapshots there are, the newest first.
fn listed(folder: &Path) -> std::io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let events = name.strip_prefix("snapshot-").and_then(|rest| rest.strip_suffix(".jsonl"));
        if let Some(events) = events.and_then(|digits| digits.parse().ok()) {
            found.push((events, path));
        }
    }
    found.sort_by_key(|(events, _)| std::cmp::Reverse(*events));
    Ok(found)
}

/// Deletes the snapshots of what comes after a place.
pub(crate) fn forget_after(folder: &Path, events: u64) -> std::io::Result<()> {
    let all = listed(folder)?;
    all.iter().filter(|(at, _)| *at > events).try_for_each(|(_, path)| std::fs::remove_file(path))
}

/// The newest snapshot that fits the journal and the rules.
pub(crate) fn newest(folder: &Path, journal: &Journal) -> Option<(World, Place)> {
    listed(folder).ok()?.iter().find_map(|(_, path)| load(path, journal))
}

fn load(path: &Path, journal: &Journal) -> Option<(World, Place)> {
    let mut lines = BufReader::new(File::open(path).ok()?).lines();
    let header: Header = serde_json::from_str(&lines.next()?.ok()?).ok()?;
    let place = header.place;
    let fits = header.rules == RULES_VERSION
        && place.offset <= journal.len()
        && journal.fingerprint(place).ok()? == header.fingerprint;
    if !fits {
        return None;
    }
    let mut world: World = serde_json::from_str(&lines.next()?.ok()?).ok()?;
    for (count, line) in (0..).zip(lines) {
        match serde_json::from_str(&line.ok()?).ok()? {
            Row::Contact(contact) => {
                world.contacts.insert(contact);
            }
            Row::Change(change) => world.history.push(change),
            Row::Receipt(receipt) => world.receipts.restore(receipt),
            Row::Points(account) => world.points.restore(account),
            Row::Voucher(voucher) => world.vouchers.insert(voucher),
            Row::Assignment(assignment) => world.assignments.insert(assignment),
            Row::OfferChange(change) => world.offer_changes.push(change),
            Row::OrderJob(job) => world.orders.restore(job),
            Row::Order(order) => world.orders.put(order),
            Row::OrderEffect(effect) => world.orders.done(effect),
            Row::Mail(mail) => world.mailbox.restore(mail),
            Row::File(file) => world.files.restore(file),
            Row::Creations(key, creations) => {
                world.creations.insert(key, creations);
            }
            Row::End(expected) => return (expected == count).then_some((world, place)),
        }
    }
    None
}
