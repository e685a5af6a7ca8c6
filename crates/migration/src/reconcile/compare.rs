//! What a contact should have against what it has. Pure.

use std::collections::BTreeMap;

use engage::model::{PointTransaction, Text, Transaction, Voucher as Held};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Entity;
use crate::manifest::Scope;

use super::contact::{Found, Person, Points};
use super::expected::Expected;
use super::index::{Receipt, Voucher};
use super::outcome::{Compared, Gap, GapCode, Sum};
use super::{Amounts, Key, shown};

/// What comparing a contact came to; also what is kept of it while the reconciliation goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Whether it was sent, and whether it is there.
    pub contact: Compared<u64>,
    /// Its identifiers that were sent, and whether they are there.
    pub identifiers: BTreeMap<String, Compared<u64>>,
    /// Its receipts by store, month and currency.
    pub months: Vec<(String, String, String, Compared<Sum>)>,
    /// The sum of its points.
    pub points: Compared<Decimal>,
    /// Rows of points: those of a contact whose sum is right are all there.
    pub points_rows: Compared<u64>,
    /// Its vouchers.
    pub vouchers: Compared<u64>,
    /// Their worth by currency.
    pub worth: BTreeMap<String, Compared<Decimal>>,
    /// Receipts of the tills since the plan.
    pub live: u64,
    /// What is missing, too much or different.
    pub gaps: Vec<Gap>,
}

/// What a comparison needs to know besides the contact.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// What contacts are found by.
    pub key: Key,
    /// Whether amounts are compared.
    pub amounts: Amounts,
    /// When the plan was made: what is later came from the tills.
    pub planned: Timestamp,
    /// Whether the plan holds everything, so that what it doesn't hold is too much.
    pub scope: Scope,
}

/// Compares a contact.
pub fn compare(expected: &Expected, found: &Found, rules: Rules) -> Seen {
    let mut seen = Seen::sought(expected, rules.scope);
    let gap =
        |code| Gap { at: expected.at, ..Gap::new(Entity::Contacts, code, shown(rules.key, &expected.key)) };
    match found {
        // What the contact should have is missing with it, and counted as such; the contact itself is the one gap.
        Found::Nobody => seen.gaps.push(gap(GapCode::ContactMissing)),
        Found::Several(count) => seen.gaps.push(gap(GapCode::ContactAmbiguous).between(1, count)),
        Found::Unreadable(why) => {
            seen.gaps.push(Gap { found: Some(why.clone()), ..gap(GapCode::ContactUnreadable) });
        }
        Found::One(person) => {
            seen.contact.found = seen.contact.sought;
            seen.identifiers(expected, person, &gap);
            seen.receipts(expected, &person.transactions, rules);
            seen.points(person.points.as_ref(), rules, &gap);
            seen.vouchers(&expected.vouchers, &person.vouchers, rules, &gap);
        }
    }
    seen
}

impl Seen {
    /// What is looked for, with nothing found yet.
    fn sought(expected: &Expected, scope: Scope) -> Self {
        let mut seen = Self::default();
        seen.contact.sought = u64::from(expected.at.is_some());
        for name in &expected.identifiers {
            seen.identifiers.insert(name.clone(), Compared { sought: 1, found: 0 });
        }
        for receipt in &expected.receipts {
            seen.month(receipt).sought.add(receipt.total);
        }
        // A sum of what came since can't be told from what was there.
        if scope == Scope::Full {
            seen.points.sought = expected.points.unwrap_or_default();
            seen.points_rows.sought = expected.points_rows;
        }
        seen.vouchers.sought = expected.vouchers.len() as u64;
        for voucher in &expected.vouchers {
            seen.worth.entry(voucher.currency.clone()).or_default().sought += voucher.value;
        }
        seen
    }

    /// The sums that a receipt belongs to.
    fn month(&mut self, receipt: &Receipt) -> &mut Compared<Sum> {
        let is = |(store, month, currency, _): &(String, String, String, _)| {
            *store == receipt.store && *month == receipt.month && *currency == receipt.currency
        };
        let at = self.months.iter().position(is).unwrap_or_else(|| {
            let key = (receipt.store.clone(), receipt.month.clone(), receipt.currency.clone());
            self.months.push((key.0, key.1, key.2, Compared::default()));
            self.months.len() - 1
        });
        &mut self.months[at].3
    }

    fn identifiers(&mut self, expected: &Expected, person: &Person, gap: &dyn Fn(GapCode) -> Gap) {
        for name in &expected.identifiers {
            if person.identifiers.contains(name) {
                self.identifiers.entry(name.clone()).or_default().found = 1;
            } else {
                self.gaps.push(Gap { expected: Some(name.clone()), ..gap(GapCode::IdentifierMissing) });
            }
        }
    }

    fn receipts(&mut self, expected: &Expected, transactions: &[Transaction], rules: Rules) {
        let gap = |code, id: &str| Gap::new(Entity::Receipts, code, id);
        let mut by_id: BTreeMap<&str, Vec<&Transaction>> = BTreeMap::new();
        for transaction in transactions {
            by_id
                .entry(transaction.external_id.as_ref().map_or("", Text::as_str))
                .or_default()
                .push(transaction);
        }
        for receipt in &expected.receipts {
            let Some(there) = by_id.remove(receipt.id.as_str()) else {
                self.gaps.push(gap(GapCode::ReceiptMissing, &receipt.id));
                continue;
            };
            if there.len() > 1 {
                self.gaps.push(gap(GapCode::ReceiptTwice, &receipt.id).between(1, there.len()));
            }
            for transaction in there {
                let total = match amount(receipt, transaction, rules.amounts) {
                    Amount::Same => receipt.total,
                    Amount::Other { total, shown } => {
                        let expected = format!("{} {}", receipt.total.normalize(), receipt.currency);
                        self.gaps.push(gap(GapCode::AmountDiffers, &receipt.id).between(expected, shown));
                        total
                    }
                };
                self.month(receipt).found.add(total);
            }
        }
        for (id, transactions) in by_id {
            let is_live = |one: &&Transaction| {
                one.created_date.as_ref().and_then(instant).is_some_and(|at| at >= rules.planned)
            };
            let live = transactions.iter().copied().filter(is_live).count();
            self.live += live as u64;
            // A plan of what came since doesn't know what an earlier one sent.
            if rules.scope == Scope::Full && live < transactions.len() {
                let found =
                    transactions.iter().find(|one| !is_live(one)).and_then(|one| one.created_date.as_ref());
                let found = found.map(|date| date.as_str().to_owned());
                self.gaps.push(Gap { found, ..gap(GapCode::ReceiptUnexpected, id) });
            }
        }
    }

    fn points(&mut self, found: Option<&Points>, rules: Rules, gap: &dyn Fn(GapCode) -> Gap) {
        let (Some(found), Scope::Full) = (found, rules.scope) else { return };
        let sought = self.points.sought;
        let before = match found.balance == sought {
            true => sought,
            false => booked_before(&found.booked, rules.planned),
        };
        self.points.found = before;
        if before == sought {
            self.points_rows.found = self.points_rows.sought;
        } else {
            let gap = Gap { entity: Entity::Points, ..gap(GapCode::PointsDiffer) };
            self.gaps.push(gap.between(sought.normalize(), before.normalize()));
        }
    }

    fn vouchers(&mut self, sent: &[Voucher], held: &[Held], rules: Rules, gap: &dyn Fn(GapCode) -> Gap) {
        let mut left: Vec<&Held> = held.iter().collect();
        // Those with a code first, so that one without doesn't take theirs.
        let (named, unnamed): (Vec<_>, Vec<_>) = sent.iter().partition(|voucher| voucher.code.is_some());
        for voucher in named.into_iter().chain(unnamed) {
            let fits = |held: &&Held| match &voucher.code {
                Some(code) => held.number.as_str().eq_ignore_ascii_case(code),
                None => {
                    worth(held, &voucher.currency) == Some(voucher.value) && used_fits(voucher, held, rules)
                }
            };
            let subject = |code| {
                let entity = Entity::Vouchers;
                let expected = Some(format!("{} {}", voucher.value.normalize(), voucher.currency));
                Gap { entity, expected, ..gap(code) }
            };
            let Some(place) = left.iter().position(fits) else {
                self.gaps.push(subject(GapCode::VoucherMissing));
                continue;
            };
            let held = left.swap_remove(place);
            let value = worth(held, &voucher.currency);
            self.vouchers.found += 1;
            self.worth.entry(voucher.currency.clone()).or_default().found += value.unwrap_or_default();
            if value != Some(voucher.value) || !used_fits(voucher, held, rules) {
                let word = |used| if used { "used" } else { "not used" };
                let sent =
                    format!("{} {}, {}", voucher.value.normalize(), voucher.currency, word(voucher.used));
                let (value, currency) = (held.value.amount.normalize(), held.value.currency.as_str());
                let found = format!("{value} {currency}, {}", word(held.redeemed));
                self.gaps.push(subject(GapCode::VoucherDiffers).between(sent, found));
            }
        }
    }
}

/// What a receipt comes to in Engage.
enum Amount {
    /// What was sent, as far as that is compared.
    Same,
    /// Something else.
    Other { total: Decimal, shown: String },
}

fn amount(receipt: &Receipt, transaction: &Transaction, amounts: Amounts) -> Amount {
    let (Amounts::Compared, Some(total)) = (amounts, transaction.local_net_price_sum) else {
        return Amount::Same;
    };
    let currency = transaction.local_currency.as_ref().map_or(receipt.currency.as_str(), Text::as_str);
    // Engage's sums are of binary floating point: half a cent is none (fact R-52).
    let same = (total - receipt.total).abs() < Decimal::new(5, 3);
    match same && currency.eq_ignore_ascii_case(&receipt.currency) {
        true => Amount::Same,
        false => Amount::Other {
            total: total.round_dp(4),
            shown: format!("{} {currency}", total.round_dp(4).normalize()),
        },
    }
}

/// What was booked for a time before the plan. What expired since was there.
fn booked_before(booked: &[PointTransaction], planned: Timestamp) -> Decimal {
    let is_expiry = |one: &&PointTransaction| {
        one.kind.as_ref().is_some_and(|kind| kind.as_str().eq_ignore_ascii_case("Expiry"))
    };
    let is_before =
        |one: &&PointTransaction| one.made_on.as_ref().and_then(instant).is_none_or(|at| at < planned);
    booked.iter().filter(|one| !is_expiry(one)).filter(is_before).map(|one| one.amount).sum()
}

/// A voucher that was sent unused may have been used since the plan.
fn used_fits(sent: &Voucher, held: &Held, rules: Rules) -> bool {
    let since = || held.redeemed_on.as_ref().and_then(instant).is_some_and(|at| at >= rules.planned);
    sent.used == held.redeemed || !sent.used && since()
}

fn worth(held: &Held, currency: &str) -> Option<Decimal> {
    let all = std::iter::once(&held.value).chain(&held.local_values);
    let of = |money: &&engage::model::Money| money.currency.as_str().eq_ignore_ascii_case(currency);
    all.filter(of).map(|money| money.amount).next()
}

/// An instant as Engage writes it; without an offset it is taken as UTC, since which zone is meant isn't known.
fn instant(text: &Text) -> Option<Timestamp> {
    let text = text.as_str();
    let civil = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(civil)
}
