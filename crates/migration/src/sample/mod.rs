//! A legacy export to try a migration with: believable, of any size, and with a known share of every fault.
//!
//! Each record is a function of the seed and its place, so that nothing is remembered of the ones before: an export of
//! any size is written in the same little memory, and the same options give the same bytes. With it come the mapping
//! file that fits, `truth.json` ([`Truth`]: what a check must find), and `answers/`: what the rows that a check must
//! reject should have been, as a person would mend them.
//!
//! Nobody in it exists: the addresses end in a domain that is kept for examples.

mod chance;
mod fault;
mod mapping;
mod people;
mod rewards;
mod sales;
mod sheet;
mod shops;
#[cfg(test)]
mod tests;
mod till;
mod truth;

use std::io;

use encoding_rs::{UTF_8, WINDOWS_1252};
use jiff::civil::Date;

pub use self::fault::{Effect, Fault, Faults, OF};
use self::people::Person;
use self::rewards::{POINTS_COLUMNS, Points, VOUCHER_COLUMNS, Voucher};
use self::sales::Receipt;
use self::sheet::Sheet;
use self::shops::{Calendar, SHOPS};
pub use self::till::Form;
use self::truth::Counting;
pub use self::truth::{Sold, Sums, Truth};
use crate::Folder;

/// The name of the truth, in the folder.
pub const TRUTH: &str = "truth.json";
/// The most contacts: then the numbers by which they are told apart are used up.
pub const CONTACTS_MAX: u64 = 3_000_000;
/// The most receipts: a receipt's number has seven digits.
pub const RECEIPTS_MAX: u64 = 10_000_000;

/// What sample to write.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many customers; one at least, [`CONTACTS_MAX`] at most.
    pub contacts: u64,
    /// How many receipts, those that stand there twice counted once; [`RECEIPTS_MAX`] at most.
    pub receipts: u64,
    /// What everything is drawn from.
    pub seed: u64,
    /// The day that the export ends before; it covers 24 months.
    pub until: Date,
    /// How receipts stand in it.
    pub form: Form,
    /// How often each fault is made.
    pub faults: Faults,
    /// Whether customers have personal identity numbers.
    pub personal_numbers: bool,
}

/// What every record is made from.
struct World<'o> {
    options: &'o Options,
    calendar: Calendar,
}

/// Writes a sample into a migration's folder: `export/`, `answers/`, the mapping, the truth.
///
/// # Errors
/// When the disk can't take it.
pub fn write(folder: &Folder, options: &Options) -> io::Result<Truth> {
    let world = World { options, calendar: Calendar::new(options.until, options.receipts) };
    let mut truth = Counting::new();
    write_stores(folder, &mut truth)?;
    write_people(folder, &world, &mut truth)?;
    write_receipts(folder, &world, &mut truth)?;
    write_points(folder, &world, &mut truth)?;
    write_vouchers(folder, &world, &mut truth)?;
    let truth = truth.end();
    std::fs::write(folder.mapping(), mapping::text(options, &world.calendar))?;
    let text = serde_json::to_string_pretty(&truth).map_err(io::Error::other)?;
    std::fs::write(folder.path().join(TRUTH), text + "\n")?;
    Ok(truth)
}

fn write_stores(folder: &Folder, truth: &mut Counting) -> io::Result<()> {
    let mut sheet = Sheet::create(folder.path(), "stores.csv", WINDOWS_1252, &shops::COLUMNS)?;
    for shop in &SHOPS {
        sheet.row(&shop.cells)?;
        truth.store();
    }
    sheet.finish()
}

fn write_people(folder: &Folder, world: &World<'_>, truth: &mut Counting) -> io::Result<()> {
    let mut sheet = Sheet::create(folder.path(), "customers.csv", WINDOWS_1252, &people::COLUMNS)?;
    for index in 0..world.options.contacts {
        let person = Person::at(world, index);
        let row = match person.fault {
            Some(Fault::TooManyCells) => sheet.careless_row(person.as_exported())?,
            _ => sheet.row(person.as_exported())?,
        };
        if blocked(person.fault) {
            sheet.mend(row, &person.cells)?;
        }
        truth.person(&person);
    }
    sheet.finish()
}

fn write_receipts(folder: &Folder, world: &World<'_>, truth: &mut Counting) -> io::Result<()> {
    let mut writer = till::Writer::create(folder.path(), world.options.form)?;
    // A receipt that stands there twice does so after the next one, as where an export was made in two parts; the last
    // one never does.
    let mut again: Option<Receipt> = None;
    for index in 0..world.options.receipts {
        let receipt = Receipt::at(world, index);
        let exported = receipt.as_exported(world);
        let written = writer.write(&exported)?;
        if blocked(receipt.fault) {
            writer.mend(&receipt, &written)?;
        }
        truth.receipt(&receipt, written.rows);
        let repeated = (receipt.fault == Some(Fault::Repeated)).then_some(exported);
        if let Some(repeated) = std::mem::replace(&mut again, repeated) {
            truth.repeated(writer.write(&repeated)?.rows);
        }
    }
    writer.finish()
}

fn write_points(folder: &Folder, world: &World<'_>, truth: &mut Counting) -> io::Result<()> {
    let mut sheet = Sheet::create(folder.path(), "points.csv", UTF_8, &POINTS_COLUMNS)?;
    for points in (0..world.options.contacts).flat_map(|index| Points::of(world, index)) {
        let row = sheet.row(points.as_exported())?;
        if blocked(points.fault) {
            sheet.mend(row, &points.cells)?;
        }
        truth.points(&points);
    }
    sheet.finish()
}

fn write_vouchers(folder: &Folder, world: &World<'_>, truth: &mut Counting) -> io::Result<()> {
    let mut sheet = Sheet::create(folder.path(), "vouchers.csv", UTF_8, &VOUCHER_COLUMNS)?;
    for voucher in (0..world.options.contacts).filter_map(|index| Voucher::of(world, index)) {
        let row = sheet.row(voucher.as_exported())?;
        if blocked(voucher.fault) {
            sheet.mend(row, &voucher.cells)?;
        }
        truth.voucher(&voucher);
    }
    sheet.finish()
}

fn blocked(fault: Option<Fault>) -> bool {
    fault.is_some_and(|fault| fault.effect() == Effect::Blocked)
}
