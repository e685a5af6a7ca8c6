//! Receipts and turnover: all together, and store by store.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::reconcile::{Month, Sum};

use super::number;
use super::plot::{self, Column, Plot, Size};

/// Stores that are drawn, those with the largest turnover; the table has all.
const STORES_DRAWN_MAX: usize = 60;

/// All that is of one currency.
#[derive(Debug)]
pub struct Money {
    /// The currency's code.
    pub currency: String,
    /// Turnover by month, all stores together.
    pub turnover: Plot,
    /// Receipts by month, all stores together.
    pub receipts: Plot,
    /// Each store by itself, where there are several.
    pub stores: Vec<Store>,
    /// Stores that aren't drawn.
    pub stores_left: usize,
    /// Every figure.
    pub rows: Vec<Row>,
}

/// A store's plots.
#[derive(Debug)]
pub struct Store {
    /// Its external id.
    pub name: String,
    /// Turnover by month.
    pub turnover: Plot,
    /// Receipts by month.
    pub receipts: Plot,
}

/// A line of the table.
#[derive(Debug)]
pub struct Row {
    /// The store's external id.
    pub store: String,
    /// `YYYY-MM`.
    pub month: String,
    /// Receipts and turnover: of the export, sent, sought, found.
    pub figures: [[String; 2]; 4],
    /// Whether Engage has something else than was sought.
    pub differs: bool,
}

type Months = BTreeMap<String, [Option<Sum>; 3]>;

/// The turnover by currency.
pub fn by_currency(all: &[Month]) -> Vec<Money> {
    let mut currencies: BTreeMap<&str, Vec<&Month>> = BTreeMap::new();
    for month in all {
        currencies.entry(&month.currency).or_default().push(month);
    }
    currencies.into_iter().map(|(currency, months)| of_currency(currency, &months)).collect()
}

fn of_currency(currency: &str, all: &[&Month]) -> Money {
    let mut together = Months::new();
    let mut stores: BTreeMap<&str, Months> = BTreeMap::new();
    for month in all {
        add(&mut together, month);
        add(stores.entry(&month.store).or_default(), month);
    }
    // A store without a month has a bar of nothing there, so that all plots of the page have the same months.
    for months in stores.values_mut() {
        for month in together.keys() {
            months.entry(month.clone()).or_default();
        }
    }
    let mut stores: Vec<_> = if stores.len() > 1 { stores.into_iter().collect() } else { Vec::new() };
    stores.sort_by_cached_key(|(_, months)| {
        let total: Decimal = months.values().filter_map(|sums| Some(sums[0]?.total)).sum();
        std::cmp::Reverse(total)
    });
    let stores_left = stores.len().saturating_sub(STORES_DRAWN_MAX);
    stores.truncate(STORES_DRAWN_MAX);
    let drawn = stores.into_iter().enumerate().map(|(index, (store, months))| {
        let id = format!("{currency}-{index}");
        let (turnover, receipts) = plots(&id, &format!("{store}, {currency}"), &months, Size::Small);
        Store { name: store.to_owned(), turnover, receipts }
    });
    let (turnover, receipts) = plots(currency, currency, &together, Size::Wide);
    Money {
        currency: currency.to_owned(),
        turnover,
        receipts,
        stores: drawn.collect(),
        stores_left,
        rows: all.iter().map(|month| row(month)).collect(),
    }
}

fn add(months: &mut Months, month: &Month) {
    let found = month.engage.map(|compared| compared.found);
    let sums = months.entry(month.month.clone()).or_default();
    // What was looked for is what is sent, but of a sample: then its figures are drawn, like with like.
    let sent = month.engage.map_or(month.sent, |compared| compared.sought);
    for (sum, more) in sums.iter_mut().zip([Some(month.export), Some(sent), found]) {
        if let Some(more) = more {
            let sum = sum.get_or_insert_default();
            sum.receipts += more.receipts;
            sum.total += more.total;
        }
    }
}

fn plots(id: &str, of: &str, months: &Months, size: Size) -> (Plot, Plot) {
    let any_engage = months.values().any(|[_, _, engage]| engage.is_some());
    let columns = |value: fn(Sum) -> Decimal| {
        let column = |(month, [export, sent, engage]): (&String, &[Option<Sum>; 3])| Column {
            label: month.clone(),
            export: value(export.unwrap_or_default()),
            sent: value(sent.unwrap_or_default()),
            engage: any_engage.then(|| value(engage.unwrap_or_default())),
        };
        months.iter().map(column).collect::<Vec<_>>()
    };
    let turnover = columns(|sum| sum.total);
    let receipts = columns(|sum| sum.receipts.into());
    (
        plot::columns(format!("turnover-{id}"), format!("Turnover by month, {of}"), &turnover, size),
        plot::columns(format!("receipts-{id}"), format!("Receipts by month, {of}"), &receipts, size),
    )
}

fn row(month: &Month) -> Row {
    let engage = month.engage;
    let sums =
        [Some(month.export), Some(month.sent), engage.map(|all| all.sought), engage.map(|all| all.found)];
    let shown = |sum: Option<Sum>| match sum {
        Some(sum) => [number::grouped(sum.receipts.into()), number::money(sum.total)],
        None => ["–", "–"].map(str::to_owned),
    };
    let differs = engage.is_some_and(|all| all.sought != all.found);
    Row { store: month.store.clone(), month: month.month.clone(), figures: sums.map(shown), differs }
}
