//! What a contact bought, summed up from its imported receipts (fact P-38).
//!
//! Which receipts count how is not documented. Here amounts and articles are those of purchases less those of returns,
//! and a receipt is a purchase if any of its lines is one.

use jiff::{Timestamp, ToSpan};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::lines::LineKind;
use crate::money::number;
use crate::receipts::{Fate, Receipt};
use crate::world::World;

/// Decimal places of an average.
const AVERAGE_PLACES: u32 = 2;

/// One receipt, as far as the summary goes.
struct Bought {
    sold: Timestamp,
    written: String,
    imported: Timestamp,
    amount: Decimal,
    articles: Decimal,
    is_purchase: bool,
}

/// The summary as it is answered.
pub(crate) fn summary(world: &World, contact: Uuid, at: Timestamp) -> Value {
    let all: Vec<Bought> = world.receipts.of(contact).filter_map(bought).collect();
    let zone = &world.settings.time_zone;
    let today = zone.date(at);
    let since = |years: i32| zone.start_of(today.saturating_sub(years.years()));
    let latest = all.iter().max_by_key(|one| one.sold).map(|one| one.written.clone());
    let updated = all.iter().map(|one| one.imported).max().map(|at| zone.written(at));
    let mut answer = Map::from_iter([
        ("latestReceiptDate".to_owned(), Value::from(latest)),
        ("lastUpdated".to_owned(), Value::from(updated)),
    ]);
    for (span, from) in [("All", Timestamp::MIN), ("LastYear", since(1)), ("LastTwoYears", since(2))] {
        let within: Vec<&Bought> = all.iter().filter(|one| one.sold >= from).collect();
        for (figure, value) in figures(&within) {
            answer.insert(format!("{figure}{span}"), number(value));
        }
    }
    Value::Object(answer)
}

fn figures(receipts: &[&Bought]) -> [(&'static str, Decimal); 4] {
    let amount = sum(receipts.iter().map(|one| one.amount));
    let articles = sum(receipts.iter().map(|one| one.articles));
    let purchases = Decimal::from(receipts.iter().filter(|one| one.is_purchase).count());
    let average = amount.checked_div(purchases).unwrap_or_default();
    let rounded = average.round_dp_with_strategy(AVERAGE_PLACES, RoundingStrategy::MidpointAwayFromZero);
    [
        ("purchaseAmount", amount),
        ("numberOfArticlePurchases", articles),
        ("averageReceipt", rounded),
        ("purchaseFrequency", purchases),
    ]
}

fn bought(receipt: &Receipt) -> Option<Bought> {
    let content = &receipt.content;
    let Fate::Imported { at: imported, group_total, .. } = receipt.fate else { return None };
    let lines = receipt.lines();
    let is_purchase = lines.iter().any(|line| matches!(line.what, LineKind::Purchase { .. }));
    Some(Bought {
        sold: receipt.sold(),
        written: content.created_date.clone(),
        imported,
        amount: group_total,
        articles: sum(lines.iter().map(|line| line.quantity)),
        is_purchase,
    })
}

/// Figures come from outside, so there could be any: what is beyond counting stays at the most there is.
fn sum(figures: impl Iterator<Item = Decimal>) -> Decimal {
    figures.fold(Decimal::ZERO, Decimal::saturating_add)
}
