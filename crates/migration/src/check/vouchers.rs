//! Reward vouchers, of contacts that there are (facts M-23, M-24).
//!
//! A voucher names its holder by the member number. Where the export has another key, that key stands in the file until the
//! run has read the member numbers back.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pos::money::Currency;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::book::{Counted, Fate};
use super::desk::{Desk, Ready};
use super::frame::{Frame, each, is_blocked};
use super::keys::Keys;
use super::reading::{self, Reading};
use super::words::unfit;
use super::{ContactKeys, Entry, Error, KeyDigest, Ledger};
use crate::Finding;
use crate::layout::{Layout, Lines};
use crate::mapping::{Table, Unfit};

#[derive(Debug)]
struct Rules<'a> {
    layout: &'a Layout,
    keys: ContactKeys,
    zone: &'a TimeZone,
    currency: &'a str,
}

#[derive(Debug)]
struct Judged {
    findings: Vec<Finding>,
    key: Option<(String, KeyDigest)>,
    code: Option<String>,
    is_used: bool,
    value: Decimal,
    currency: String,
    lines: Lines,
}

/// What the settling remembers of vouchers.
#[derive(Debug, Default)]
struct Seen {
    codes: Ledger,
    occurrences: Keys,
}

/// Checks all vouchers.
pub(super) fn check(
    frame: &mut Frame<'_>,
    desk: &mut Desk,
    table: &Table,
    layout: &Layout,
) -> Result<(), Error> {
    let retailer = &frame.mapping.retailer;
    let rules =
        Rules { layout, keys: frame.keys, zone: &retailer.time_zone, currency: &retailer.group_currency };
    let mut seen = Seen::default();
    each(
        frame,
        desk,
        table,
        |entry| rules.judge(entry),
        |frame, desk, entry, judged| settle(frame, desk, &mut seen, entry, judged),
    )
}

impl Rules<'_> {
    fn judge(&self, entry: &Entry) -> Judged {
        let mut row = Reading::of(entry);
        let key = row.owner(self.keys);
        let promotion = row.needed("promotionName", reading::text);
        let dates = self.dates(&mut row);
        let (value, currency) = self.value(&mut row);
        let values = row
            .optional("values", |entry, at| reading::text(entry, at)?.map(|text| amounts(&text)).transpose());
        let values =
            values.unwrap_or_else(|| json!([{ "Currency": currency, "Amount": number(value) }]).to_string());
        let points = row.optional("bonusPoints", reading::decimal).unwrap_or_default();
        let code = row.text("code");
        let is_used = row.optional("used", reading::truth).unwrap_or(false);
        let [used_by, used_store, used_receipt] =
            ["usedBy", "usedStore", "usedReceipt"].map(|field| row.text(field));
        let [created, expires, starts] = dates.map(|at| at.map(written));
        let cells = [
            key.as_ref().map(|(key, _)| key.clone()),
            promotion,
            created,
            expires,
            starts,
            Some(values),
            Some(points.normalize().to_string()),
            Some(value.to_string()),
            code.clone(),
            Some(if is_used { "1" } else { "0" }.to_owned()),
            used_by,
            used_store,
            used_receipt,
        ];
        let lines = self.layout.line(&cells.each_ref().map(Option::as_deref));
        row.replaced(&lines.replaced);
        Judged { findings: row.findings, key, code, is_used, value, currency, lines }
    }

    /// When it was made, when it ends and when it begins, in this order as in the file.
    fn dates(&self, row: &mut Reading<'_>) -> [Option<Timestamp>; 3] {
        let created = row.needed("createdOn", reading::time).map(|moment| moment.at);
        let expires = row.needed("expiryDate", reading::time).map(|moment| reading::end(&moment, self.zone));
        let starts = row.optional("validFrom", reading::time).map(|moment| moment.at).or(created);
        for (field, from) in [("createdOn", created), ("validFrom", starts)] {
            if let (Some(from), Some(to)) = (from, expires)
                && from > to
            {
                let reason = "the voucher ends before it begins";
                row.blocker(field, unfit("datesOutOfOrder", reason, "mend one of the dates"));
                break;
            }
        }
        [created, expires, starts]
    }

    /// What it is worth.
    fn value(&self, row: &mut Reading<'_>) -> (Decimal, String) {
        let value = row.needed("value", reading::decimal);
        if value.is_some_and(|value| value <= Decimal::ZERO) {
            row.blocker(
                "value",
                unfit("badVoucherValue", "a voucher is worth more than nothing", "mend the value"),
            );
        }
        let said = row.optional("currency", reading::text);
        let currency = said.map_or_else(|| self.currency.to_owned(), |said| said.to_ascii_uppercase());
        if Currency::parse(&currency).is_err() {
            row.blocker(
                "currency",
                unfit("unknownCurrency", "this is no ISO 4217 currency", "write SEK, EUR, …"),
            );
        }
        (value.unwrap_or_default(), currency)
    }
}

/// The amounts of a voucher in several currencies, as the file has them (fact M-23).
fn amounts(text: &str) -> Result<String, Unfit> {
    let bad = || {
        let mend = "write [{\"Currency\":\"EUR\",\"Amount\":5.00}], or map value and currency alone";
        unfit("badVoucherValues", "this is no list of currencies and amounts", mend)
    };
    let list: Vec<Value> = serde_json::from_str(text).map_err(|_| bad())?;
    let is_amount = |value: &Value| {
        let currency = value.get("Currency").and_then(Value::as_str);
        let amount = value.get("Amount").filter(|amount| amount.is_number());
        currency.is_some_and(|currency| Currency::parse(currency).is_ok()) && amount.is_some()
    };
    if list.is_empty() || !list.iter().all(is_amount) {
        return Err(bad());
    }
    Ok(Value::Array(list).to_string())
}

/// A decimal as a JSON number, with the digits that it has.
fn number(value: Decimal) -> Value {
    serde_json::from_str(&value.to_string()).expect("a decimal is a JSON number")
}

/// A time as voucher files have it (fact M-23). Their zone isn't said: UTC, as in points files (fact M-19).
fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S.000").to_string()
}

fn settle(
    frame: &mut Frame<'_>,
    desk: &mut Desk,
    seen: &mut Seen,
    entry: &Entry,
    judged: &mut Judged,
) -> Result<(), Error> {
    let mut row = Reading::of(entry);
    row.known_owner(judged.key.as_ref(), &frame.contacts, "no contact that is sent has this key");
    let code = judged.code.as_deref().map(|code| KeyDigest::of("voucher", code));
    if let Some(holder) = code.and_then(|code| seen.codes.holder(code)) {
        let place = desk.book.place(entry.origin.part, holder);
        let reason = format!("{place} is a voucher with the same code");
        row.blocker("code", Unfit { code: "duplicateCode", reason, mend: "keep one of the two".to_owned() });
    }
    judged.findings.append(&mut row.findings);
    let (false, Some((key, _))) = (is_blocked(&judged.findings), &judged.key) else {
        desk.reject([Counted::from(entry)], &judged.findings)?;
        return Ok(());
    };
    let digest = match code {
        Some(code) => {
            let claimed = seen.codes.claim(code, entry.at);
            debug_assert!(claimed.is_ok(), "nobody has it");
            code
        }
        None => {
            let content = KeyDigest::of_content(&judged.lines.bytes);
            KeyDigest::of("voucher without code", &format!("{content} {}", seen.occurrences.count(content)))
        }
    };
    let (value, used) = (judged.value.to_string(), if judged.is_used { "1" } else { "0" });
    let index = [key, judged.code.as_deref().unwrap_or_default(), used, &value, &judged.currency];
    let ready = Ready { source: entry.at, lines: &judged.lines, digest, index: &index };
    if desk.send([Counted::from(entry)], &judged.findings, &ready)? == Fate::Sent {
        let sums = &mut frame.sums.vouchers;
        sums.count += 1;
        sums.used += u64::from(judged.is_used);
        *sums.value.entry(judged.currency.clone()).or_default() += judged.value;
    }
    Ok(())
}
