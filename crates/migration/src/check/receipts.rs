//! Receipts: rows to till's receipts, and these to Engage's by the code that live ones take.
//!
//! All rows are sorted by the receipt that they are of, since they may stand anywhere, also in a file of heads and one of
//! lines. A receipt is sent, rejected or left out as a whole. Its money is `pos`'s to decide, and how Engage is told of it
//! `bridge`'s: nothing of that is done here, so that a receipt that a till sent too is the same receipt (fact M-03).
//!
//! Not here: whether a return's sale is in the export. A return goes by its own figures.

mod columns;
mod field;
mod gathered;
mod goods;
mod judge;
mod mend;
#[cfg(test)]
mod tests;
mod till;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use engage::model::ContactType;
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use pos::money::Currency;
use pos::store::{Country, Language, Letterhead, Store};

use self::columns::Tables;
use self::gathered::{Gathered, Held, Standing};
use self::judge::{ContactKey, Fate, Figures, Judged, Made, Rules};
use super::book::{self, Counted};
use super::desk::{Desk, Known, Ready};
use super::flow;
use super::frame::{Frame, batches};
use super::{Entry, Error, Reader};
use crate::layout::Layout;
use crate::manifest::Turnover;
use crate::mapping::{Mapping, Part, Retailer, Unfit};
use crate::sorter::{Record, Sorted, Sorter};
use crate::source::Row;
use crate::{Entity, Finding, Severity};

/// For how long a sale can be returned, in days.
const RETURNABLE_DAYS: i32 = 400;
/// How many receipts are judged at a time.
const BATCH_MAX: usize = 128;
/// Where rows are sorted, in the migration's folder.
const SORTING: &str = "sorting.part";
/// How much of the sales is gathered before it is written, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// Checks all receipts. `sales` is where those are written that can still be returned.
pub(super) fn check(
    frame: &mut Frame<'_>,
    desk: &mut Desk,
    layout: &Layout,
    sales: Option<&Path>,
) -> Result<(), Error> {
    let (sorted, tables) = gather(frame, desk)?;
    let has_lines = frame.mapping.table(Entity::Receipts, Part::Lines).is_some();
    let (contacts, stores) = (std::mem::take(&mut frame.contacts), std::mem::take(&mut frame.stores));
    let outcome =
        settle_all(frame, desk, layout, Settling { sorted, tables, has_lines, sales }, &contacts, &stores);
    (frame.contacts, frame.stores) = (contacts, stores);
    outcome
}

/// Reads all rows, and puts them in the order of their receipts.
fn gather(frame: &mut Frame<'_>, desk: &mut Desk) -> Result<(Sorted, Tables), Error> {
    let mut sorter = Sorter::new(&frame.folder.path().join(SORTING))?;
    let mut tables = Tables::default();
    let (mut place, mut value) = (0_u64, Vec::new());
    let mapping = frame.mapping;
    for part in [Part::Whole, Part::Lines] {
        let Some(table) = mapping.table(Entity::Receipts, part) else { continue };
        let read = batches(Reader::open(table, frame.folder)?);
        // One thread reads while this one puts in order what was read.
        let nothing = |_: &Entry| ();
        flow::in_order(1, read, nothing, |batch, _| {
            for entry in batch {
                desk.book.learn(&entry.origin);
                tables.learn(part, entry.at.file, &entry.origin.bound);
                place += 1;
                match id_of(entry) {
                    Ok(id) => {
                        value.clear();
                        Held::write(entry, part, place, &mut value);
                        sorter.push(id.as_bytes(), &value)?;
                    }
                    Err(finding) => drop(desk.reject([Counted::from(entry)], &[*finding])?),
                }
            }
            frame.went_on(batch.len() as u64, batch.iter().map(Entry::bytes).sum())
        })?;
        // What stands at the end of one table doesn't stand together with the first of the next.
        place += 1;
    }
    Ok((sorter.sorted()?, tables))
}

/// The id of the receipt that a row is of.
fn id_of(entry: &Entry) -> Result<Cow<'_, str>, Box<Finding>> {
    if let Some(finding) = entry.unread() {
        return Err(Box::new(finding));
    }
    let at = entry.origin.bound.at(field::Field::Id.as_str());
    let id = at.map_or(Ok(None), |at| entry.origin.bound.text(at, &entry.row));
    let missing = || Unfit {
        code: "noId",
        reason: "the row doesn't say which receipt it is of".to_owned(),
        mend: mend::of("noId"),
    };
    id.and_then(|id| id.ok_or_else(missing))
        .map_err(|unfit| Box::new(entry.finding(Severity::Blocker, at, unfit)))
}

/// What is settled, and where the sales go.
struct Settling<'s> {
    sorted: Sorted,
    tables: Tables,
    has_lines: bool,
    sales: Option<&'s Path>,
}

fn settle_all(
    frame: &mut Frame<'_>,
    desk: &mut Desk,
    layout: &Layout,
    settling: Settling<'_>,
    contacts: &Known,
    stores: &Known,
) -> Result<(), Error> {
    let Settling { sorted, tables, has_lines, sales } = settling;
    let rules = rules(frame, layout, contacts, stores);
    let mut receipts =
        Receipts { sorted, next: Record::default(), has_next: false, has_lines, buffers: Vec::new() };
    receipts.has_next = receipts.sorted.next(&mut receipts.next)?;
    let mut sales = match sales {
        Some(path) => Some(BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?)),
        None => None,
    };
    let mut turnover = BTreeMap::new();
    let read = |spent| receipts.batch(spent, &tables).map_err(Error::from);
    let judge = |receipt: &Gathered| rules.judge(receipt, &tables);
    flow::in_order(frame.lanes, read, judge, |batch, judged| {
        for (receipt, judged) in batch.iter().zip(judged) {
            settle(desk, receipt, judged, sales.as_mut(), &mut turnover)?;
        }
        frame.went_on(0, 0)
    })?;
    if let Some(sales) = sales {
        sales.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    }
    frame.sums.turnover = turnover.into_values().collect();
    Ok(())
}

/// Receipts by the order of their ids.
struct Receipts {
    sorted: Sorted,
    next: Record,
    has_next: bool,
    has_lines: bool,
    /// Rows of settled receipts, whose memory is used again.
    buffers: Vec<Row>,
}

impl Receipts {
    fn batch(&mut self, mut spent: Vec<Gathered>, tables: &Tables) -> io::Result<Vec<Gathered>> {
        self.buffers.clear();
        self.buffers.extend(spent.drain(..).flat_map(|receipt| receipt.rows).map(|held| held.row));
        let mut batch = spent;
        while batch.len() < BATCH_MAX && self.has_next {
            let id = String::from_utf8_lossy(&self.next.key).into_owned();
            let mut rows = Vec::new();
            while self.has_next && self.next.key == id.as_bytes() {
                let row = self.buffers.pop().unwrap_or_default();
                rows.push(Held::read(&self.next.value, row).map_err(io::Error::other)?);
                self.has_next = self.sorted.next(&mut self.next)?;
            }
            let gathered = Gathered { id, rows, has_lines: self.has_lines, standing: Standing::First };
            match gathered.stands_together() {
                true => batch.push(gathered),
                false => batch.extend(gathered.part(tables)),
            }
        }
        Ok(batch)
    }
}

/// Enters a receipt: into the file for Engage, or into the rejects with all its rows.
fn settle(
    desk: &mut Desk,
    receipt: &Gathered,
    judged: &mut Judged,
    sales: Option<&mut BufWriter<File>>,
    turnover: &mut BTreeMap<(String, String, String), Turnover>,
) -> Result<(), Error> {
    let Judged { findings, figures, fate } = judged;
    let rows = || receipt.rows.iter().map(Held::counted);
    let fate = match fate {
        Fate::Sent(made) => {
            let unknown = Figures::default();
            send(desk, receipt, made, figures.as_ref().unwrap_or(&unknown), findings, sales)?
        }
        Fate::LeftOut(rule) => desk.leave_out(rows(), findings, rule)?,
        Fate::Rejected => {
            if let Standing::Other(part, at) = receipt.standing {
                let reason = format!("another receipt has the same id, at {}", desk.book.place(part, at));
                findings.iter_mut().for_each(|finding| finding.reason.clone_from(&reason));
            }
            desk.reject(rows(), findings)?
        }
    };
    let Some(figures) = figures.take() else { return Ok(()) };
    let Figures { store, month, currency, total } = figures;
    let sum =
        turnover.entry((store, month, currency)).or_insert_with_key(|(store, month, currency)| Turnover {
            store: store.clone(),
            month: month.clone(),
            currency: currency.clone(),
            receipts: 0,
            total: 0.into(),
            receipts_sent: 0,
            total_sent: 0.into(),
        });
    sum.receipts += 1;
    sum.total += total;
    if fate == book::Fate::Sent {
        sum.receipts_sent += 1;
        sum.total_sent += total;
    }
    Ok(())
}

fn send(
    desk: &mut Desk,
    receipt: &Gathered,
    made: &Made,
    figures: &Figures,
    findings: &[Finding],
    sales: Option<&mut BufWriter<File>>,
) -> Result<book::Fate, Error> {
    let (total, items) = (figures.total.to_string(), made.items.to_string());
    let Figures { store, month, currency, .. } = figures;
    let index: [&str; 7] = [&receipt.id, &made.contact, store, month, currency, &total, &items];
    let source = receipt.rows.first().map(|row| row.at).expect("what is sent has rows");
    let ready = Ready { source, lines: &made.lines, digest: made.digest, index: &index };
    let fate = desk.send(receipt.rows.iter().map(Held::counted), findings, &ready)?;
    if let (book::Fate::Sent, Some(sales), Some(sale)) = (fate, sales, &made.sale) {
        sales.write_all(sale.as_bytes())?;
        sales.write_all(b"\n")?;
    }
    Ok(fate)
}

fn rules<'p>(frame: &Frame<'_>, layout: &'p Layout, contacts: &'p Known, stores: &'p Known) -> Rules<'p> {
    let Mapping { retailer, engage, .. } = frame.mapping;
    let days: Span = RETURNABLE_DAYS.days();
    Rules {
        store: shop(retailer),
        rates: retailer.rates.clone(),
        contact: ContactKey::of(engage.contact_key),
        contact_type: ContactType::new(engage.contact_type.as_str()),
        layout,
        since: frame.since,
        now: frame.now,
        returnable_since: frame.today.checked_sub(days).unwrap_or(Date::MIN),
        keys: frame.keys,
        contacts,
        stores,
        clocks: frame.clocks.clone(),
    }
}

/// What a receipt takes over from where it was made: an export's stores are all the retailer's.
fn shop(retailer: &Retailer) -> Store {
    Store {
        external_id: String::new(),
        name: String::new(),
        country: Country::parse(&retailer.country).expect("a mapping's country was read"),
        language: Language::parse("en").expect("a language"),
        currency: Currency::parse(&retailer.currency).expect("a mapping's currency was read"),
        time_zone: retailer.time_zone.clone(),
        letterhead: Letterhead::default(),
    }
}
