//! Points: history or a balance, of contacts that there are (facts M-19 to M-22).
//!
//! A row of an unknown contact is a blocker: Engage would make an empty contact of it (fact M-21). Rows that say the same are
//! rows of their own: two purchases of a day may earn alike.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::book::Counted;
use super::desk::{Desk, Ready};
use super::frame::{Frame, each, is_blocked};
use super::keys::Keys;
use super::reading::{self, Reading};
use super::words::unfit;
use super::{ContactKeys, Entry, Error, KeyDigest};
use crate::Finding;
use crate::layout::{Layout, Lines};
use crate::mapping::Table;

/// The point definition that all tenants have (fact M-19).
const DEFINITION: &str = "1";

#[derive(Debug)]
struct Rules<'a> {
    layout: &'a Layout,
    keys: ContactKeys,
    zone: &'a TimeZone,
    now: Timestamp,
}

#[derive(Debug)]
struct Judged {
    findings: Vec<Finding>,
    key: Option<(String, KeyDigest)>,
    amount: Decimal,
    lines: Lines,
}

/// Checks all points.
pub(super) fn check(
    frame: &mut Frame<'_>,
    desk: &mut Desk,
    table: &Table,
    layout: &Layout,
) -> Result<(), Error> {
    let zone = &frame.mapping.retailer.time_zone;
    let rules = Rules { layout, keys: frame.keys, zone, now: frame.now };
    let mut occurrences = Keys::default();
    each(
        frame,
        desk,
        table,
        |entry| rules.judge(entry),
        |frame, desk, entry, judged| settle(frame, desk, &mut occurrences, entry, judged),
    )
}

impl Rules<'_> {
    fn judge(&self, entry: &Entry) -> Judged {
        let mut row = Reading::of(entry);
        let key = row.owner(self.keys);
        let amount = row.needed("amount", reading::decimal);
        let kind = self.kind(&mut row, amount);
        let date = row.needed("date", reading::time);
        let date = row.clock("date", date);
        if date.as_ref().is_some_and(|date| date.at > self.now) {
            row.blocker("date", unfit("futureDate", "the points are of a time to come", "mend the date"));
        }
        let created = row.optional("createdOn", reading::time);
        let ends = row.optional("validTo", reading::time).map(|moment| reading::end(&moment, self.zone));
        let months = row.optional("expireAfterMonthsInactive", reading::decimal);
        if ends.is_some() && months.is_some() {
            let reason = "points end on a day or after months without a purchase, not both";
            row.blocker("validTo", unfit("twoExpiries", reason, "leave one of the two blank"));
        }
        if months.is_some_and(|months| months <= Decimal::ZERO || !months.fract().is_zero()) {
            row.blocker(
                "expireAfterMonthsInactive",
                unfit("badMonths", "this is no number of months", "mend it"),
            );
        }
        let definition = row.text("definition").unwrap_or_else(|| DEFINITION.to_owned());
        let said = ["createdBy", "description", "source"].map(|field| row.text(field));
        let [created_by, description, source] = said;
        let written = |at: Option<Timestamp>| at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let values = [
            key.as_ref().map(|(key, _)| key.clone()),
            Some(self.keys.key.as_str().to_owned()),
            Some(definition),
            amount.map(|amount| amount.to_string()),
            kind.map(str::to_owned),
            written(date.map(|date| date.at)),
            written(created.map(|created| created.at)),
            written(ends),
            created_by,
            description,
            source,
            months.map(|months| months.normalize().to_string()),
        ];
        let lines = self.layout.line(&values.each_ref().map(Option::as_deref));
        row.replaced(&lines.replaced);
        Judged { findings: row.findings, key, amount: amount.unwrap_or_default(), lines }
    }

    /// What the points are for. Without a word for it they are a correction, or a balance.
    fn kind(&self, row: &mut Reading<'_>, amount: Option<Decimal>) -> Option<&'static str> {
        const KINDS: [&str; 4] = ["purchase", "return", "adjustment", "rewardvoucher"];
        let Some(word) = row.optional("type", reading::text) else { return Some("adjustment") };
        let Some(kind) = KINDS.into_iter().find(|kind| kind.eq_ignore_ascii_case(&word)) else {
            let mend = "give the rule a table of `values`: purchase, return, adjustment or rewardvoucher";
            row.blocker("type", unfit("badPointsType", "Engage knows no such type of points", mend));
            return None;
        };
        let is_odd = amount.is_some_and(|amount| match kind {
            "purchase" => amount < Decimal::ZERO,
            "return" | "rewardvoucher" => amount > Decimal::ZERO,
            _ => false,
        });
        if is_odd {
            let reason = "a purchase earns points; a return and a reward voucher take them";
            row.warning("amount", unfit("amountSign", reason, "check the sign: it is sent as it is"));
        }
        Some(kind)
    }
}

fn settle(
    frame: &mut Frame<'_>,
    desk: &mut Desk,
    occurrences: &mut Keys,
    entry: &Entry,
    judged: &mut Judged,
) -> Result<(), Error> {
    let mut row = Reading::of(entry);
    let reason = "no contact that is sent has this key; Engage would make an empty one";
    row.known_owner(judged.key.as_ref(), &frame.contacts, reason);
    judged.findings.append(&mut row.findings);
    let (false, Some((key, _))) = (is_blocked(&judged.findings), &judged.key) else {
        desk.reject([Counted::from(entry)], &judged.findings)?;
        return Ok(());
    };
    let content = KeyDigest::of_content(&judged.lines.bytes);
    let nth = occurrences.count(content);
    let digest = KeyDigest::of("points", &format!("{content} {nth}"));
    let amount = judged.amount.to_string();
    let ready = Ready { source: entry.at, lines: &judged.lines, digest, index: &[key, &amount] };
    if desk.send([Counted::from(entry)], &judged.findings, &ready)? == super::book::Fate::Sent {
        frame.sums.points += judged.amount;
    }
    Ok(())
}
