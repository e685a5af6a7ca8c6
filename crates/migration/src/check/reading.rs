//! A row read field by field, with everything that is wrong of it.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::words::{self, unfit};
use super::{ContactKeys, Entry, KeyDigest, Known};
use crate::mapping::{FieldAt, Moment, Unfit};
use crate::{Finding, Severity};

/// A row while it is read.
#[derive(Debug)]
pub(super) struct Reading<'e> {
    pub(super) entry: &'e Entry,
    pub(super) findings: Vec<Finding>,
}

impl<'e> Reading<'e> {
    pub(super) const fn of(entry: &'e Entry) -> Self {
        Self { entry, findings: Vec::new() }
    }

    /// A value without which there is no record.
    pub(super) fn needed<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&'e Entry, FieldAt) -> Result<Option<T>, Unfit>,
    ) -> Option<T> {
        let value = self.optional(field, read);
        if value.is_none() && !self.findings.iter().any(|finding| finding.field.as_deref() == Some(field)) {
            self.blocker(
                field,
                unfit("missingField", "the record can't be without it", "fill it in, or map it"),
            );
        }
        value
    }

    /// A value; one that can't be read is a blocker, since what it says would be lost.
    pub(super) fn optional<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&'e Entry, FieldAt) -> Result<Option<T>, Unfit>,
    ) -> Option<T> {
        let at = self.entry.origin.bound.at(field)?;
        read(self.entry, at).unwrap_or_else(|unfit| {
            self.findings.push(self.entry.finding(Severity::Blocker, Some(at), unfit));
            None
        })
    }

    /// Whose record it is: the contact's key in its one form, and its digest.
    pub(super) fn owner(&mut self, keys: ContactKeys) -> Option<(String, KeyDigest)> {
        let key =
            self.needed("key", |entry, at| text(entry, at)?.map(|text| keys.read(&text)).transpose())?;
        let digest = keys.digest(&key);
        Some((key, digest))
    }

    /// Blocks a record whose owner isn't sent.
    pub(super) fn known_owner(
        &mut self,
        owner: Option<&(String, KeyDigest)>,
        contacts: &Known,
        reason: &'static str,
    ) {
        if owner.is_some_and(|(_, digest)| !contacts.holds(*digest)) {
            self.blocker("key", unfit("unknownContact", reason, "mend the key, or the contact's row"));
        }
    }

    /// A text that may be missing; one that is too long is left out with a warning.
    pub(super) fn text(&mut self, field: &str) -> Option<String> {
        let text = self.optional(field, text)?;
        match words::fitting(&text) {
            Ok(()) => Some(text),
            Err(unfit) => {
                self.warning(field, unfit);
                None
            }
        }
    }

    pub(super) fn blocker(&mut self, field: &str, unfit: Unfit) {
        self.note(Severity::Blocker, field, unfit);
    }

    pub(super) fn warning(&mut self, field: &str, unfit: Unfit) {
        self.note(Severity::Warning, field, unfit);
    }

    /// What the clock did at a time, if anything.
    pub(super) fn clock(&mut self, field: &str, moment: Option<Moment>) -> Option<Moment> {
        let mut moment = moment?;
        if let Some(note) = moment.note.take() {
            self.warning(field, note);
        }
        Some(moment)
    }

    /// Warns of each column in which something can't be sent as it is.
    pub(super) fn replaced(&mut self, columns: &[String]) {
        for column in columns {
            let reason =
                "the value holds a semicolon or a line break; it is sent with a comma or space instead";
            // Columns of points and vouchers are our fields with a capital.
            let mut field = column.clone();
            field[..1].make_ascii_lowercase();
            self.warning(&field, unfit("unsendableCharacter", reason, "nothing, or mend the value"));
        }
    }

    fn note(&mut self, severity: Severity, field: &str, unfit: Unfit) {
        let at = self.entry.origin.bound.at(field);
        let mut finding = self.entry.finding(severity, at, unfit);
        finding.field.get_or_insert_with(|| field.to_owned());
        self.findings.push(finding);
    }
}

pub(super) fn text(entry: &Entry, at: FieldAt) -> Result<Option<String>, Unfit> {
    Ok(entry.origin.bound.text(at, &entry.row)?.map(Into::into))
}

pub(super) fn decimal(entry: &Entry, at: FieldAt) -> Result<Option<Decimal>, Unfit> {
    entry.origin.bound.decimal(at, &entry.row)
}

pub(super) fn truth(entry: &Entry, at: FieldAt) -> Result<Option<bool>, Unfit> {
    entry.origin.bound.truth(at, &entry.row)
}

pub(super) fn time(entry: &Entry, at: FieldAt) -> Result<Option<Moment>, Unfit> {
    entry.origin.bound.time(at, &entry.row)
}

/// The last second of something that lasts until a day, and the instant where a time is said.
pub(super) fn end(moment: &Moment, zone: &TimeZone) -> Timestamp {
    let civil = moment.offset.to_datetime(moment.at);
    let is_day = moment.day_only || civil.time() == Time::midnight();
    if !is_day {
        return moment.at;
    }
    match civil.date().tomorrow().ok().and_then(|next| next.to_zoned(zone.clone()).ok()) {
        Some(next) => next.timestamp() - SignedDuration::from_secs(1),
        None => moment.at,
    }
}
