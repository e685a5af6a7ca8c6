//! Samples are the same for the same options, and their truth adds up.

use std::path::Path;

use jiff::civil::date;

use super::*;
use crate::Entity;

fn options(form: Form) -> Options {
    let often = Fault::ALL.into_iter().fold(Faults::none(), |faults, fault| faults.with(fault, 300));
    Options {
        contacts: 400,
        receipts: 900,
        seed: 7,
        until: date(2026, 11, 1),
        form,
        faults: often,
        personal_numbers: true,
    }
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join("export").join(name)).unwrap()
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let truths = [&one, &other].map(|at| write(&Folder::at(at.path()), &options(Form::Rows)).unwrap());
    assert_eq!(truths[0], truths[1]);
    for name in ["stores.csv", "customers.csv", "sales.csv", "points.csv", "vouchers.csv"] {
        assert!(read(one.path(), name) == read(other.path(), name), "{name}");
    }
}

#[test]
fn every_fault_is_made_and_every_row_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    for form in [Form::Rows, Form::HeaderAndLines, Form::JsonLines] {
        let truth = write(&Folder::at(folder.path()), &options(form)).unwrap();
        for fault in Fault::ALL {
            let tally = &truth.exported.tallies[&fault.entity()];
            let kinds = [&tally.blockers, &tally.warnings, &tally.rows_left_out];
            assert!(kinds.iter().any(|kind| kind.contains_key(fault.code())), "{fault:?} {form:?}");
        }
        for tally in truth.exported.tallies.values().chain(truth.mended.tallies.values()) {
            let left_out: u64 = tally.rows_left_out.values().sum();
            assert_eq!(tally.rows, tally.rows_sent + tally.rows_rejected + left_out, "{tally:?}");
        }
        for (entity, tally) in &truth.mended.tallies {
            assert_eq!(tally.rows_rejected, 0);
            assert_eq!(tally.mended, truth.exported.tallies[entity].rows_rejected);
        }
    }
}

#[test]
fn rows_are_counted_as_the_files_have_them() {
    let folder = tempfile::tempdir().unwrap();
    let truth = write(&Folder::at(folder.path()), &options(Form::Rows)).unwrap();
    for (entity, name) in [
        (Entity::Stores, "stores.csv"),
        (Entity::Contacts, "customers.csv"),
        (Entity::Receipts, "sales.csv"),
        (Entity::Points, "points.csv"),
        (Entity::Vouchers, "vouchers.csv"),
    ] {
        let lines = read(folder.path(), name).iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(truth.exported.tallies[&entity].rows + 1, lines as u64, "{name}");
    }
}

#[test]
fn sales_lie_in_the_window_and_saturdays_sell_most() {
    let calendar = Calendar::new(date(2026, 11, 1), 100_000);
    let days: Vec<_> = (0..100_000).map(|index| calendar.at(index)).collect();
    assert!(days.is_sorted());
    assert!(days[0].date() >= date(2024, 11, 1) && days[99_999].date() < date(2026, 11, 1));
    let on = |weekday| days.iter().filter(|day| day.date().weekday() == weekday).count();
    assert!(on(jiff::civil::Weekday::Saturday) > 2 * on(jiff::civil::Weekday::Sunday));
}
