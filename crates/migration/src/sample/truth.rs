//! What a check must find in a sample, and what must come to Engage: known because the faults were made on purpose.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::fault::{Effect, Fault};
use super::people::Person;
use super::rewards::{Points, Voucher};
use super::sales::Receipt;
use crate::Entity;
use crate::manifest::{Tally, VoucherSum};

/// The version of its form.
const VERSION: u32 = 1;

/// What is true of a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Truth {
    /// The version of the form.
    pub version: u32,
    /// As it is exported.
    pub exported: Sums,
    /// Once the rejects are mended by the answers that go with the sample.
    pub mended: Sums,
}

/// What must be found, and what must come out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    /// What becomes of the rows of each kind.
    pub tallies: BTreeMap<Entity, Tally>,
    /// Receipts that are sent, and what they come to, by store, month and currency.
    pub sold: Vec<Sold>,
    /// Contacts that are sent, by the identifiers that they have.
    pub identifiers: BTreeMap<String, u64>,
    /// The sum of the points that are sent.
    pub points: Decimal,
    /// The vouchers that are sent.
    pub vouchers: VoucherSum,
}

/// The receipts of a store in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sold {
    /// The store's external id.
    pub store: String,
    /// `YYYY-MM`.
    pub month: String,
    /// The currency's code.
    pub currency: String,
    /// How many.
    pub receipts: u64,
    /// What they come to.
    pub total: Decimal,
}

/// A truth that is being counted.
pub(super) struct Counting {
    exported: Part,
    mended: Part,
}

#[derive(Default)]
struct Part {
    sums: Sums,
    sold: BTreeMap<(&'static str, String, &'static str), (u64, Decimal)>,
}

impl Counting {
    pub(super) fn new() -> Self {
        Self { exported: Part::default(), mended: Part::default() }
    }

    /// Counts a record of so many rows, and answers of which sums it is part: of those as exported, of the mended.
    fn count(&mut self, entity: Entity, rows: u64, fault: Option<Fault>) -> (bool, bool) {
        let effect = fault.map(Fault::effect);
        let exported = self.exported.count(entity, rows, fault);
        let mended = match effect {
            Some(Effect::Blocked) => {
                let sent = self.mended.count(entity, rows, None);
                self.mended.tally(entity).mended += rows;
                sent
            }
            _ => self.mended.count(entity, rows, fault),
        };
        (exported, mended)
    }

    fn each(&mut self, entity: Entity, rows: u64, fault: Option<Fault>, mut add: impl FnMut(&mut Part)) {
        let (exported, mended) = self.count(entity, rows, fault);
        if exported {
            add(&mut self.exported);
        }
        if mended {
            add(&mut self.mended);
        }
    }

    pub(super) fn store(&mut self) {
        self.each(Entity::Stores, 1, None, |_| {});
    }

    pub(super) fn person(&mut self, person: &Person) {
        self.each(Entity::Contacts, 1, person.fault, |part| {
            for kind in person.identifiers() {
                *part.sums.identifiers.entry(kind.to_owned()).or_default() += 1;
            }
        });
    }

    pub(super) fn receipt(&mut self, receipt: &Receipt, rows: u64) {
        let month = receipt.made.date().strftime("%Y-%m").to_string();
        let (shop, total) = (receipt.shop, Decimal::new(receipt.head.total, 2));
        self.each(Entity::Receipts, rows, receipt.fault, |part| {
            let sold = part.sold.entry((shop.id, month.clone(), shop.currency)).or_default();
            sold.0 += 1;
            sold.1 += total;
        });
    }

    /// Counts rows that stand there once more.
    pub(super) fn repeated(&mut self, rows: u64) {
        for part in [&mut self.exported, &mut self.mended] {
            let tally = part.tally(Entity::Receipts);
            tally.rows += rows;
            *tally.rows_left_out.entry(Fault::Repeated.code().to_owned()).or_default() += rows;
        }
    }

    pub(super) fn points(&mut self, points: &Points) {
        self.each(Entity::Points, 1, points.fault, |part| part.sums.points += Decimal::from(points.amount));
    }

    pub(super) fn voucher(&mut self, voucher: &Voucher) {
        self.each(Entity::Vouchers, 1, voucher.fault, |part| {
            let sum = &mut part.sums.vouchers;
            sum.count += 1;
            sum.used += u64::from(voucher.used);
            *sum.value.entry("SEK".to_owned()).or_default() += Decimal::new(voucher.value, 2);
        });
    }

    pub(super) fn end(self) -> Truth {
        Truth { version: VERSION, exported: self.exported.end(), mended: self.mended.end() }
    }
}

impl Part {
    fn tally(&mut self, entity: Entity) -> &mut Tally {
        self.sums.tallies.entry(entity).or_default()
    }

    /// Counts a record; answers whether it is sent.
    fn count(&mut self, entity: Entity, rows: u64, fault: Option<Fault>) -> bool {
        let tally = self.tally(entity);
        tally.rows += rows;
        let effect = fault.map(|fault| (fault.effect(), fault.code().to_owned()));
        match effect {
            Some((Effect::Blocked, code)) => {
                tally.rows_rejected += rows;
                tally.records_rejected += 1;
                *tally.blockers.entry(code).or_default() += 1;
                return false;
            }
            Some((Effect::LeftOut, code)) => {
                *tally.rows_left_out.entry(code).or_default() += rows;
                return false;
            }
            Some((Effect::Warned, code)) => *tally.warnings.entry(code).or_default() += 1,
            Some((Effect::SentOnce, _)) | None => {}
        }
        tally.rows_sent += rows;
        tally.records_sent += 1;
        true
    }

    fn end(self) -> Sums {
        let sold = self.sold.into_iter().map(|((store, month, currency), (receipts, total))| Sold {
            store: store.to_owned(),
            month,
            currency: currency.to_owned(),
            receipts,
            total,
        });
        Sums { sold: sold.collect(), ..self.sums }
    }
}
