//! Stores: each once, with its name and zone (facts M-25, S-03 to S-06).

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use pos::store::Country;

use super::book::Counted;
use super::desk::{Desk, Ready};
use super::frame::{Frame, each, is_blocked};
use super::words::{self, unfit};
use super::{Entry, Error, KeyDigest};
use crate::layout::{Layout, Lines};
use crate::mapping::{FieldAt, Table, Unfit};
use crate::{Finding, Severity};

/// The field that must be there whether the export has it or not.
pub(super) const TIME_ZONE: &str = "timeZone";

const EXTERNAL_ID: &str = "externalId";

/// The clocks of the stores that say one, by their external ids.
#[derive(Debug, Clone, Default)]
pub struct Clocks(BTreeMap<String, TimeZone>);

impl Clocks {
    /// By which clock a store's times are.
    #[must_use]
    pub fn of(&self, store: &str) -> Option<&TimeZone> {
        self.0.get(store)
    }
}

#[derive(Debug)]
struct Rules<'a> {
    layout: &'a Layout,
    zone: Option<&'a str>,
    country: Option<Country>,
}

#[derive(Debug)]
struct Judged {
    findings: Vec<Finding>,
    id: Option<(String, FieldAt)>,
    clock: Option<TimeZone>,
    lines: Lines,
    digest: KeyDigest,
}

/// Checks all stores.
pub(super) fn check(
    frame: &mut Frame<'_>,
    desk: &mut Desk,
    table: &Table,
    layout: &Layout,
) -> Result<(), Error> {
    let mapping = frame.mapping;
    let zone = mapping.retailer.time_zone.iana_name();
    let rules = Rules { layout, zone, country: frame.keys.country };
    each(frame, desk, table, |entry| rules.judge(entry), settle)
}

impl Rules<'_> {
    fn judge(&self, entry: &Entry) -> Judged {
        let bound = &entry.origin.bound;
        let mut findings = Vec::new();
        let (mut id, mut clock) = (None, None);
        let mut values: Vec<Option<Cow<'_, str>>> = Vec::with_capacity(self.layout.fields().len());
        for name in self.layout.fields() {
            let Some(at) = bound.at(name) else {
                values.push(self.zone.map(Cow::Borrowed));
                continue;
            };
            let is_needed = name == EXTERNAL_ID || name == "name";
            let value = match self.value(name, at, entry) {
                Ok(None) if is_needed => {
                    Err(unfit("missingField", "a store can't be without it", "fill it in"))
                }
                read => read,
            };
            let severity = if is_needed { Severity::Blocker } else { Severity::Warning };
            let value = value.unwrap_or_else(|unfit| {
                findings.push(entry.finding(severity, Some(at), unfit));
                None
            });
            if name == EXTERNAL_ID {
                id = value.as_ref().map(|id| (id.clone().into_owned(), at));
            }
            if name == TIME_ZONE {
                clock = value.as_deref().and_then(|zone| TimeZone::get(zone).ok());
            }
            values.push(if name == TIME_ZONE { value.or(self.zone.map(Cow::Borrowed)) } else { value });
        }
        let plain: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
        let lines = self.layout.line(&plain);
        let digest = KeyDigest::of_content(&lines.bytes);
        Judged { findings, id, clock, lines, digest }
    }

    fn value<'e>(&self, name: &str, at: FieldAt, entry: &'e Entry) -> Result<Option<Cow<'e, str>>, Unfit> {
        let (bound, row) = (&entry.origin.bound, &entry.row);
        if name == "active" {
            return Ok(bound
                .truth(at, row)?
                .map(|truth| Cow::Borrowed(if truth { "True" } else { "False" })));
        }
        let Some(text) = bound.text(at, row)? else { return Ok(None) };
        words::fitting(&text)?;
        Ok(Some(match name {
            TIME_ZONE if TimeZone::get(&text).is_err() => {
                return Err(unfit(
                    "badTimeZone",
                    "this is no zone of the IANA list",
                    "write it as Europe/Stockholm",
                ));
            }
            "type" => Cow::Borrowed(words::store_type(&text)?),
            "countryCode" => Cow::Owned(words::country(&text)?.as_str().to_owned()),
            "zipCode" => Cow::Owned(words::zip_code(&text, self.country)?),
            _ => text,
        }))
    }
}

fn settle(frame: &mut Frame<'_>, desk: &mut Desk, entry: &Entry, judged: &mut Judged) -> Result<(), Error> {
    let known = judged.id.as_ref().map(|(id, at)| (Frame::store(id), *at));
    if let Some((digest, at)) = known
        && let Some(holder) = frame.stores.ledger.holder(digest)
    {
        let place = desk.book.place(entry.origin.part, holder);
        let unfit = Unfit {
            code: "duplicateKey",
            reason: format!("{place} is a store with the same externalId"),
            mend: "keep one of the two".to_owned(),
        };
        judged.findings.push(entry.finding(Severity::Blocker, Some(at), unfit));
    }
    match (&judged.id, known) {
        (Some((id, _)), Some((digest, _))) if !is_blocked(&judged.findings) => {
            let claimed = frame.stores.ledger.claim(digest, entry.at);
            debug_assert!(claimed.is_ok(), "nobody has it");
            let ready = Ready { source: entry.at, lines: &judged.lines, digest: judged.digest, index: &[id] };
            desk.send([Counted::from(entry)], &judged.findings, &ready)?;
            frame.clocks.0.extend(judged.clock.take().map(|clock| (id.clone(), clock)));
        }
        _ => drop(desk.reject([Counted::from(entry)], &judged.findings)?),
    }
    Ok(())
}
