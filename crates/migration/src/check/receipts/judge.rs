//! What becomes of one receipt: a till's receipt by the same code as a live one, and the rules of a migration over it.

use bridge::receipt::Heading;
use engage::model::{ContactType, ListName, MatchContact, MatchKeyType, Text, UsedOffers};
use jiff::Timestamp;
use jiff::civil::Date;
use pos::identifier;
use pos::rates::Rates;
use pos::receipt::{SettledReceipt, Settling};
use pos::store::Store;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use super::columns::Tables;
use super::field::Field;
use super::gathered::{Gathered, Standing};
use super::mend;
use super::till::{Till, finding_at};
use crate::check::{Clocks, ContactKeys, Frame, KeyDigest, Known};
use crate::layout::{Layout, Lines};
use crate::mapping::{self, Part};
use crate::tape::Tape;
use crate::{Finding, Severity};

/// The longest id, in bytes: what a till may send.
pub(super) const ID_BYTES_MAX: usize = 200;

/// What the total may differ from its lines by, in minor units, without a payment that explains it.
const TOTAL_DIFFERS_MAX: i64 = 1;

/// Findings that say nothing here: a sale that is named isn't looked up, a price of a piece may be worked out, what holds
/// nothing for Engage is left out by that name, and most exports have no payments at all.
const NOT_SAID: [&str; 4] = ["returnOfUnknownReceipt", "priceRounded", "nothingForEngage", "paymentsMissing"];

/// What decides about all receipts alike.
pub(super) struct Rules<'p> {
    /// What a receipt takes over from where it was made, which is the retailer's.
    pub(super) store: Store,
    pub(super) rates: Rates,
    /// What receipts name their contact by.
    pub(super) contact: ContactKey,
    pub(super) contact_type: Option<ContactType>,
    pub(super) layout: &'p Layout,
    /// Older ones are left out.
    pub(super) since: Option<Date>,
    /// Later ones can't be.
    pub(super) now: Timestamp,
    /// From when on a sale may still be returned.
    pub(super) returnable_since: Date,
    /// Who there is.
    pub(super) keys: ContactKeys,
    pub(super) contacts: &'p Known,
    pub(super) stores: &'p Known,
    pub(super) clocks: Clocks,
}

/// What receipts name their contact by (facts R-10, M-06).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContactKey {
    pub(super) till: identifier::Kind,
    pub(super) engage: MatchKeyType,
}

impl ContactKey {
    pub(super) const fn of(key: mapping::ContactKey) -> Self {
        use identifier::Kind;
        let (till, engage) = match key {
            mapping::ContactKey::MemberNumber => (Kind::MemberNumber, MatchKeyType::MemberNumber),
            mapping::ContactKey::ExternalId => (Kind::ExternalId, MatchKeyType::ExternalId),
            mapping::ContactKey::Email => (Kind::Email, MatchKeyType::Email),
            mapping::ContactKey::MobilePhone => (Kind::MobilePhone, MatchKeyType::MobilePhone),
            mapping::ContactKey::SocialSecurityNumber => {
                (Kind::PersonalIdentityNumber, MatchKeyType::SocialSecurityNumber)
            }
        };
        Self { till, engage }
    }
}

/// A receipt, judged.
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    /// What it counts as in the turnover, as far as it can be known.
    pub(super) figures: Option<Figures>,
    pub(super) fate: Fate,
}

/// What becomes of it.
pub(super) enum Fate {
    Sent(Box<Made>),
    LeftOut(&'static str),
    Rejected,
}

/// Where and what it counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Figures {
    pub(super) store: String,
    pub(super) month: String,
    pub(super) currency: String,
    pub(super) total: Decimal,
}

/// A receipt as it is sent.
pub(super) struct Made {
    pub(super) contact: String,
    pub(super) items: usize,
    pub(super) digest: KeyDigest,
    pub(super) lines: Lines,
    /// The line of the sales that can still be returned.
    pub(super) sale: Option<String>,
}

impl Rules<'_> {
    /// Judges a receipt.
    pub(super) fn judge(&self, receipt: &Gathered, tables: &Tables) -> Judged {
        let refused = |code: &'static str, reason: &str| {
            let blocker = finding_at(receipt, tables, 0, Some(Field::Id));
            let (code, reason, mend) = (code.to_owned(), reason.to_owned(), mend::of(code));
            let findings = vec![Finding { code, reason, mend, ..blocker }];
            Judged { findings, figures: None, fate: Fate::Rejected }
        };
        match receipt.standing {
            Standing::Repeated => {
                return Judged { findings: Vec::new(), figures: None, fate: Fate::LeftOut("repeated") };
            }
            // Which row it is the caller can say.
            Standing::Other(..) => return refused("duplicateId", "another receipt has the same id"),
            Standing::First => {}
        }
        if receipt.rows.first().is_none_or(|row| row.part != Part::Whole) {
            return refused("noHead", "no row of the receipts has the id of these lines");
        }
        let till = Till::of(receipt, tables, self.store.currency.code(), &self.clocks);
        Judging { rules: self, receipt, tables, till }.judge()
    }
}

struct Judging<'j> {
    rules: &'j Rules<'j>,
    receipt: &'j Gathered,
    tables: &'j Tables,
    till: Till,
}

impl Judging<'_> {
    fn judge(mut self) -> Judged {
        let rules = self.rules;
        if let Some(contact) = &self.till.contact {
            let contact = json!({ rules.contact.till.as_str(): contact });
            self.till.json.insert("contact".to_owned(), contact);
        }
        let body = Value::Object(std::mem::take(&mut self.till.json));
        let reading = pos::receipt::parse(&body);
        let known =
            pos::receipt::Known { store: Some(&rules.store), rates: &rules.rates, owner: None, sales: &[] };
        let settling = pos::receipt::settle(&reading, &known);
        let figures = Some(figures(&body, &settling));
        let settled = reading.receipt.as_ref().zip(settling.settlement.as_ref());
        let settled = settled.and_then(|(receipt, settlement)| SettledReceipt::new(receipt, settlement).ok());
        if let Some(rule) = self.left_out(&settling, settled.as_ref()) {
            return Judged { findings: Vec::new(), figures, fate: Fate::LeftOut(rule) };
        }
        let mut findings = std::mem::take(&mut self.till.findings);
        for found in reading.findings.iter().chain(&settling.findings) {
            findings.extend(self.finding(found, settled.as_ref(), &findings));
        }
        let contact = settling.identifiers.first().map(|identifier| identifier.value().to_owned());
        self.rule_out(&mut findings, &body, &settling, contact.as_deref());
        let blocked = findings.iter().any(|finding| finding.severity == Severity::Blocker);
        let made = match (blocked, settled, contact) {
            (false, Some(settled), Some(contact)) => match self.make(&settled, contact, &body) {
                Ok(made) => Some(made),
                Err(error) => {
                    let mend = "give it in the export or as a constant in the mapping".to_owned();
                    findings.push(Finding { mend, ..self.blocker(0, None, "incomplete", error) });
                    None
                }
            },
            _ => None,
        };
        if made.is_none() && findings.iter().all(|finding| finding.severity == Severity::Warning) {
            let reason = "its money can't be decided".to_owned();
            findings.push(Finding {
                mend: mend::of("incomplete"),
                ..self.blocker(0, None, "incomplete", reason)
            });
        }
        for replaced in made.iter().flat_map(|made| &made.lines.replaced) {
            let code = "unsendableCharacter";
            let reason = format!("`{replaced}` holds a character that a file can't; it is replaced");
            let warning = Finding { severity: Severity::Warning, ..self.blocker(0, None, code, reason) };
            findings.push(Finding { mend: mend::of(code), ..warning });
        }
        let fate = made.map_or(Fate::Rejected, |made| Fate::Sent(Box::new(made)));
        Judged { findings, figures, fate }
    }

    /// The rule by which it is left out whatever else is wrong with it: nobody need mend what isn't sent.
    fn left_out(&self, settling: &Settling, settled: Option<&SettledReceipt<'_>>) -> Option<&'static str> {
        let rules = self.rules;
        let day = settling.settlement.as_ref().map(|settlement| settlement.created_at.date());
        if rules.since.zip(day).is_some_and(|(since, day)| day < since) {
            return Some("beforeSince");
        }
        // Engage keeps no receipt without a contact (fact R-13).
        if self.till.contact.is_none()
            && !self.till.findings.iter().any(|finding| is_of(finding, Field::Contact))
        {
            return Some("noContact");
        }
        settled.is_some_and(|settled| settled.parts().next().is_none()).then_some("nothingForEngage")
    }

    /// What `pos` found, at the row that it is about.
    fn finding(
        &self,
        found: &pos::receipt::Finding,
        settled: Option<&SettledReceipt<'_>>,
        said: &[Finding],
    ) -> Option<Finding> {
        let severity = match found.severity {
            _ if NOT_SAID.contains(&found.code) => return None,
            pos::receipt::Severity::Fault => Severity::Blocker,
            pos::receipt::Severity::Warning if found.code == "totalDiffers" => match settled.map(unexplained)
            {
                Some(gap) if gap <= TOTAL_DIFFERS_MAX => Severity::Warning,
                Some(_) | None => Severity::Blocker,
            },
            pos::receipt::Severity::Warning => Severity::Warning,
        };
        let (row, field) = self.till.place(&found.pointer);
        let at = finding_at(self.receipt, self.tables, row, field);
        // A value that couldn't be read isn't also called missing.
        if said.iter().any(|before| before.at == at.at && before.field == at.field && at.field.is_some()) {
            return None;
        }
        let (code, reason) = (found.code.to_owned(), found.detail.clone());
        Some(Finding { severity, mend: mend::of(found.code), code, reason, ..at })
    }

    /// What a migration rules out beyond what a till may not do.
    fn rule_out(
        &self,
        findings: &mut Vec<Finding>,
        body: &Value,
        settling: &Settling,
        contact: Option<&str>,
    ) {
        let rules = self.rules;
        let id = &self.receipt.id;
        let mut block = |row: usize, field: Field, code: &'static str, reason: &str| {
            let blocker = self.blocker(row, Some(field), code, reason.to_owned());
            findings.push(Finding { mend: mend::of(code), ..blocker });
        };
        if id.len() > ID_BYTES_MAX || id.chars().any(char::is_control) {
            block(0, Field::Id, "idInvalid", "the receipt's id is too long, or holds control characters");
        }
        if let Some((row, field)) = self.receipt.contradiction(self.tables) {
            block(row, field, "rowsDiffer", "another row of the same receipt says something else here");
        }
        // Engage passes over receipts of stores and contacts that it doesn't know, without a word (fact M-03).
        if contact.is_some_and(|key| !rules.contacts.holds(rules.keys.digest(key))) {
            block(0, Field::Contact, "unknownContact", "no contact that is migrated has this key");
        }
        let store = body.get("store").and_then(Value::as_str);
        if store.is_some_and(|store| !rules.stores.holds(Frame::store(store))) {
            block(0, Field::Store, "unknownStore", "no store that is migrated or set up has this id");
        }
        let made_at = settling.settlement.as_ref().map(|settlement| settlement.created_at.timestamp());
        if made_at.is_some_and(|at| at > rules.now) {
            block(0, Field::CreatedAt, "inFuture", "the receipt was made later than now");
        }
    }

    fn blocker(&self, row: usize, field: Option<Field>, code: &str, reason: String) -> Finding {
        Finding { code: code.to_owned(), reason, ..finding_at(self.receipt, self.tables, row, field) }
    }

    fn make(&self, settled: &SettledReceipt<'_>, contact: String, body: &Value) -> Result<Made, String> {
        let rules = self.rules;
        let created_at = settled.settlement().created_at;
        // Sales that a return names aren't looked up here, so that all of a receipt is its own contact's, at one rate: it is
        // one part, which keeps the id as it would live.
        let part = settled.parts().next().ok_or("it holds nothing that Engage is told of")?;
        let heading = Heading {
            contact: MatchContact {
                match_key: Text::new(contact.as_str()).ok_or("the contact's key is blank")?,
                match_key_type: rules.contact.engage,
                contact_type: rules.contact_type.clone(),
            },
            unique_receipt_id: &self.receipt.id,
            receipt_number: None,
            made_at: created_at,
            used: UsedOffers {
                vouchers_in: ListName::vouchers_v2(),
                vouchers: Vec::new(),
                promotions_in: ListName::promotions_v2(),
                promotions: Vec::new(),
            },
        };
        let receipt = bridge::receipt::receipt(settled, &part, heading).map_err(|error| error.to_string())?;
        let record = Tape::of(&receipt).map_err(|error| error.to_string())?;
        let is_returnable =
            created_at.date() >= rules.returnable_since && settled.lines().any(|line| !line.back);
        let sale = Sale { contact_key: &contact, id: &self.receipt.id, receipt: body };
        let sale = is_returnable.then(|| serde_json::to_string(&sale)).transpose();
        let sale = sale.map_err(|error| error.to_string())?;
        Ok(Made {
            contact,
            items: receipt.items.len(),
            digest: digest(&self.receipt.id),
            lines: rules.layout.lines(record.root()),
            sale,
        })
    }
}

/// A line of the sales that can still be returned. Its fields are in the order of their names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sale<'s> {
    contact_key: &'s str,
    id: &'s str,
    receipt: &'s Value,
}

/// By what a receipt is known as sent. It is never sent again, whatever becomes of it: Engage takes no second (fact M-03).
fn digest(id: &str) -> KeyDigest {
    KeyDigest::of("receipt", id)
}

fn is_of(finding: &Finding, field: Field) -> bool {
    finding.field.as_deref() == Some(field.as_str())
}

/// What of the total the lines don't explain, in minor units.
fn unexplained(settled: &SettledReceipt<'_>) -> i64 {
    let lines: i64 =
        settled.lines().map(|line| if line.back { -line.paid.minor() } else { line.paid.minor() }).sum();
    (settled.settlement().total.minor() - lines).abs()
}

/// What it counts as: by its money where that is decided, else by what the export says.
fn figures(body: &Value, settling: &Settling) -> Figures {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let store = text("store");
    match &settling.settlement {
        Some(settlement) => Figures {
            store,
            month: settlement.created_at.date().strftime("%Y-%m").to_string(),
            currency: settlement.currency.code().to_owned(),
            total: settlement.currency.decimal(settlement.total),
        },
        None => Figures {
            store,
            month: text("createdAt").chars().take("YYYY-MM".len()).collect(),
            currency: text("currency"),
            total: text("total").parse().unwrap_or_default(),
        },
    }
}
