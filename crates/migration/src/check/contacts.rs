//! Contacts: each with its key, and no attribute twice that is one person's alone.
//!
//! A bad key is a blocker; another bad field is left out with a warning, as Engage's importer would do (fact M-15).

use std::borrow::Cow;

use pos::store::Country;

use super::book::Counted;
use super::contact_keys::{self, ContactKeys};
use super::desk::{Desk, Ready};
use super::frame::{Frame, each, is_blocked};
use super::words::{self, unfit};
use super::{Entry, Error, KeyDigest};
use crate::layout::{Layout, Lines};
use crate::mapping::{ContactKey, FieldAt, Format, Table, Unfit};
use crate::plan::index::columns;
use crate::{Entity, Finding, Severity};

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Unique(ContactKey),
    BirthDay,
    Gender,
    Country,
    Language,
    ZipCode,
    Accepts,
    Text,
}

/// How contacts are judged.
#[derive(Debug)]
struct Rules<'a> {
    keys: ContactKeys,
    fields: Vec<Field>,
    country: Option<usize>,
    layout: &'a Layout,
}

/// An attribute that is one person's alone.
#[derive(Debug)]
struct Claim {
    attribute: ContactKey,
    field: FieldAt,
    digest: KeyDigest,
    /// Blank where the index doesn't show it.
    value: String,
}

/// A contact by itself.
#[derive(Debug)]
struct Judged {
    findings: Vec<Finding>,
    claims: Vec<Claim>,
    lines: Lines,
    digest: KeyDigest,
}

/// Checks all contacts.
pub(super) fn check(
    frame: &mut Frame<'_>,
    desk: &mut Desk,
    table: &Table,
    layout: &Layout,
) -> Result<(), Error> {
    let rules = Rules {
        keys: frame.keys,
        fields: layout.fields().iter().map(|name| Field::of(name)).collect(),
        country: layout.fields().iter().position(|name| Field::of(name) == Field::Country),
        layout,
    };
    each(frame, desk, table, |entry| rules.judge(entry), settle)
}

impl Field {
    fn of(name: &str) -> Self {
        match name {
            "birthDay" => Self::BirthDay,
            "gender" => Self::Gender,
            "countryCode" => Self::Country,
            "language" => Self::Language,
            "zipCode" => Self::ZipCode,
            _ if name.starts_with("accepts") => Self::Accepts,
            _ => match ContactKey::ALL.into_iter().find(|key| key.as_str() == name) {
                Some(key) => Self::Unique(key),
                None => Self::Text,
            },
        }
    }
}

impl Rules<'_> {
    fn judge(&self, entry: &Entry) -> Judged {
        let bound = &entry.origin.bound;
        let country = self.country(entry);
        let (mut findings, mut claims) = (Vec::new(), Vec::with_capacity(ContactKey::ALL.len()));
        let mut values: Vec<Option<Cow<'_, str>>> = Vec::with_capacity(self.fields.len());
        for ((_, at), field) in bound.fields().zip(&self.fields) {
            let is_key = *field == Field::Unique(self.keys.key);
            let severity = if is_key { Severity::Blocker } else { Severity::Warning };
            let value = match self.value(*field, at, entry, country) {
                Ok(None) if is_key => {
                    Err(unfit("missingKey", "the contact has no key", "give it one, or leave the row out"))
                }
                read => read,
            };
            values.push(value.unwrap_or_else(|unfit| {
                findings.push(entry.finding(severity, Some(at), unfit));
                None
            }));
            if let (Field::Unique(attribute), Some(Some(value))) = (*field, values.last()) {
                let digest = KeyDigest::of(attribute.as_str(), value);
                let is_shown = shown(self.keys.key).contains(&attribute);
                let value = if is_shown { value.clone().into_owned() } else { String::new() };
                claims.push(Claim { attribute, field: at, digest, value });
            }
        }
        let plain: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
        let lines = self.layout.line(&plain);
        for name in &lines.replaced {
            let unfit = unfit(
                "unsendableCharacter",
                "the value holds a semicolon or a line break, which a file can't; it is sent with a comma or space instead",
                "nothing, or mend the value",
            );
            findings.push(entry.finding(Severity::Warning, bound.at(name), unfit));
        }
        let digest = KeyDigest::of_content(&lines.bytes);
        Judged { findings, claims, lines, digest }
    }

    /// Where the person lives: how a phone number and a postal code are read.
    fn country(&self, entry: &Entry) -> Option<Country> {
        let at = self.country.and_then(|place| entry.origin.bound.fields().nth(place));
        let said = at.and_then(|(_, at)| entry.origin.bound.text(at, &entry.row).ok().flatten());
        match (said, self.keys.country) {
            // Most live where the retailer is.
            (Some(code), Some(own)) if own.as_str() == code => Some(own),
            (said, own) => said.and_then(|code| Country::parse(&code).ok()).or(own),
        }
    }

    fn value<'e>(
        &self,
        field: Field,
        at: FieldAt,
        entry: &'e Entry,
        country: Option<Country>,
    ) -> Result<Option<Cow<'e, str>>, Unfit> {
        let (bound, row) = (&entry.origin.bound, &entry.row);
        if field == Field::BirthDay {
            let Some(date) = bound.date(at, row)? else { return Ok(None) };
            let date = words::birth_day(date, self.keys.today)?;
            return Ok(Some(Cow::Owned(date.to_string())));
        }
        if field == Field::Accepts {
            return Ok(bound.truth(at, row)?.map(|truth| Cow::Borrowed(self.truth(truth))));
        }
        let Some(text) = bound.text(at, row)? else { return Ok(None) };
        Ok(Some(match field {
            Field::Unique(attribute) => {
                let value = self.keys.read_as(attribute, &text, country)?;
                if contact_keys::is_placeholder(attribute, &value) {
                    let code = match attribute {
                        ContactKey::Email => "placeholderEmail",
                        ContactKey::MobilePhone
                        | ContactKey::MemberNumber
                        | ContactKey::ExternalId
                        | ContactKey::SocialSecurityNumber => "placeholderPhone",
                    };
                    return Err(unfit(
                        code,
                        "the value was made up and reaches nobody",
                        "nothing: it is left out",
                    ));
                }
                Cow::Owned(value)
            }
            Field::Gender => Cow::Borrowed(words::gender(&text)?),
            Field::Country if country.is_some_and(|country| country.as_str() == text) => text,
            Field::Country => Cow::Owned(words::country(&text)?.as_str().to_owned()),
            Field::Language => Cow::Owned(words::language(&text)?.as_str().to_owned()),
            Field::ZipCode => Cow::Owned(words::zip_code(&text, country)?),
            Field::Text if text.eq_ignore_ascii_case("true") => Cow::Borrowed(self.truth(true)),
            Field::Text if text.eq_ignore_ascii_case("false") => Cow::Borrowed(self.truth(false)),
            Field::Text | Field::BirthDay | Field::Accepts => {
                words::fitting(&text)?;
                text
            }
        }))
    }

    /// Yes or no (fact M-12).
    const fn truth(&self, truth: bool) -> &'static str {
        match (self.layout.format(), truth) {
            (Format::Csv, true) => "True",
            (Format::Csv, false) => "False",
            (Format::Xml, true) => "true",
            (Format::Xml, false) => "false",
        }
    }
}

/// The attributes that an index of contacts shows by this key.
const fn shown(key: ContactKey) -> [ContactKey; 3] {
    [key, ContactKey::MemberNumber, ContactKey::ExternalId]
}

fn settle(frame: &mut Frame<'_>, desk: &mut Desk, entry: &Entry, judged: &mut Judged) -> Result<(), Error> {
    for claim in &judged.claims {
        let Some(holder) = frame.contacts.ledger.holder(claim.digest) else { continue };
        let place = desk.book.place(entry.origin.part, holder);
        let (attribute, is_key) = (claim.attribute.as_str(), claim.attribute == frame.keys.key);
        let unfit = Unfit {
            code: contact_keys::duplicate(claim.attribute, is_key),
            reason: format!("{place} has the same {attribute}, which may be one contact's only"),
            mend: "keep one of the two, or put them together".to_owned(),
        };
        judged.findings.push(entry.finding(Severity::Blocker, Some(claim.field), unfit));
    }
    if is_blocked(&judged.findings) {
        desk.reject([Counted::from(entry)], &judged.findings)?;
        return Ok(());
    }
    let (mut identifiers, mut held) = (String::new(), [""; 3]);
    for claim in &judged.claims {
        // Two attributes of one row have different namespaces, and others were just asked for.
        let claimed = frame.contacts.ledger.claim(claim.digest, entry.at);
        debug_assert!(claimed.is_ok(), "nobody has it");
        let name = claim.attribute.as_str();
        match frame.sums.identifiers.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(frame.sums.identifiers.insert(name.to_owned(), 1)),
        }
        identifiers.push_str(if identifiers.is_empty() { "" } else { " " });
        identifiers.push_str(name);
        for (place, attribute) in shown(frame.keys.key).iter().enumerate() {
            if *attribute == claim.attribute {
                held[place] = &claim.value;
            }
        }
    }
    let [key, member_number, external_id] = held;
    let index = [key, member_number, external_id, &identifiers];
    debug_assert_eq!(index.len(), columns(Entity::Contacts).len(), "a value a column");
    let ready = Ready { source: entry.at, lines: &judged.lines, digest: judged.digest, index: &index };
    desk.send([Counted::from(entry)], &judged.findings, &ready)?;
    Ok(())
}
