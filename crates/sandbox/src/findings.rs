//! What requests did against the guide's advice. Engage takes such a request without a word; the sandbox tells.
//!
//! Findings of one rule at one place are one row with a count. They hold field names, never values.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Fact;

/// How many rows are kept; names of unknown fields come from outside, so there could be any number.
const FINDINGS_MAX: usize = 1_000;

/// A piece of advice that a request can go against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// A field was sent empty.
    EmptyValue,
    /// A field was sent as null.
    NullValue,
    /// A field that Engage does not know.
    UnknownField,
    /// A contact without a source.
    NoSource,
    /// A contact without a store.
    NoStore,
    /// A contact without a country.
    NoCountry,
    /// A contact without a language.
    NoLanguage,
    /// A header that was a parameter in version 2.
    HeaderParameter,
    /// A member number that Engage sets by itself.
    MemberNumberSent,
    /// A consent that is not defined.
    UnknownConsent,
    /// An e-mail address that is not in lower case.
    EmailCase,
    /// A query with a plus sign that is not encoded.
    RawPlus,
    /// A call without a user agent.
    NoUserAgent,
    /// A call without a content type that was answered all the same.
    NoContentType,
    /// A key in the wrong header.
    WrongKeyHeader,
    /// More requests in a second than are recommended.
    TooFast,
    /// A receipt without a currency.
    NoCurrency,
    /// A receipt in another currency without a rate.
    NoRate,
    /// A time without a zone.
    NoZone,
    /// A discount sent as a line.
    DiscountAsLine,
    /// A discount above zero.
    PositiveDiscount,
    /// A voucher sent as a payment.
    VoucherAsTender,
    /// Payments that do not add up to the total.
    PaymentsDiffer,
    /// Lines that do not add up to the total.
    LinesDiffer,
    /// A tax that is not in the price.
    TaxDiffers,
    /// A quantity, price or tax of the wrong sign.
    WrongSign,
    /// A receipt id that was used for something else before.
    ReceiptIdReused,
    /// A receipt whose contact does not exist.
    UnmatchedContact,
    /// A field was sent empty in an update.
    EmptyInUpdate,
    /// A contact type in an update.
    TypeInUpdate,
    /// A field in an update that is set once only.
    FixedInUpdate,
    /// An overview asked for by something else than a contact's id.
    OverviewAsLookup,
    /// Tax rows that do not add up to the taxes of the lines.
    TaxDetailsDiffer,
    /// Prices that look like those of one piece.
    PerUnitPrice,
    /// A time that is not written as the store's clocks show it.
    NotLocalTime,
    /// A rate that cannot be one, or looks upside down.
    OddRate,
    /// A store that is not among those that were set up.
    UnknownStore,
    /// A promotion's id where an assignment's is meant.
    PromotionForAssignment,
    /// A promotion that the contact has already and did not use.
    AssignedTwice,
    /// An offer redeemed after the receipt that names it.
    RedeemedAfterReceipt,
    /// A receipt that names an offer as used that was not redeemed.
    UsedNotRedeemed,
    /// An action that was triggered with this order before.
    ActionTwice,
    /// An action with a tag that is not the order's of today.
    StaleTag,
    /// A change of an order, or an action on it, before anybody asked how the last change went.
    JobNotPolled,
    /// A sum of an order that is not the sum of its rows.
    OrderSumDiffers,
    /// A file with more rows than are advised.
    FileTooLong,
    /// A file whose rows name their contacts by several sorts of keys.
    FileMixedKeys,
    /// A file of contacts of several types.
    FileMixedTypes,
    /// A contact of a file that shares an attribute with another one.
    FileDuplicate,
    /// A file that is not named as it should be.
    FileName,
    /// Rows of a receipt that a file brought before.
    FileReceiptCut,
    /// A file that was picked up before all of it was there.
    FileUnfinished,
    /// A column or element of a file that Engage does not know.
    FileUnknownColumn,
}

/// What is known about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// The rule.
    pub rule: Rule,
    /// Its name as it is listed.
    pub code: &'static str,
    /// The guide's section.
    pub guide: &'static str,
    /// The fact it rests on.
    pub fact: Fact,
    /// What to do instead.
    pub text: &'static str,
}

const fn rule(
    rule: Rule,
    code: &'static str,
    guide: &'static str,
    fact: &'static str,
    text: &'static str,
) -> Advice {
    Advice { rule, code, guide, fact: Fact(fact), text }
}

/// Every rule, in the order of [`Rule`].
pub const RULES: [Advice; 53] = [
    rule(
        Rule::EmptyValue,
        "emptyValue",
        "2.5",
        "C-51",
        "leave the field out: an empty value replaces what is stored",
    ),
    rule(Rule::NullValue, "nullValue", "2.5", "C-51", "leave the field out: null replaces what is stored"),
    rule(
        Rule::UnknownField,
        "unknownField",
        "2.3",
        "C-36",
        "Engage ignores fields outside its data model without an error",
    ),
    rule(Rule::NoSource, "noSource", "2.3", "C-24", "send `source` in the query of every creation"),
    rule(Rule::NoStore, "noStore", "2.3", "C-24", "send `storeExternalId` in the query of every creation"),
    rule(Rule::NoCountry, "noCountry", "2.3", "C-31", "send `country` or `countryCode` with every contact"),
    rule(Rule::NoLanguage, "noLanguage", "2.3", "C-31", "send `language` (ISO 639-1) with every contact"),
    rule(
        Rule::HeaderParameter,
        "headerParameter",
        "2.3",
        "B-30",
        "version 3 ignores this header: send it in the query",
    ),
    rule(
        Rule::MemberNumberSent,
        "memberNumberSent",
        "2.1",
        "C-21",
        "Engage numbers its members itself: the number was ignored",
    ),
    rule(Rule::UnknownConsent, "unknownConsent", "2.3", "S-10", "send only consents that /consents lists"),
    rule(Rule::EmailCase, "emailCase", "2.1", "C-22", "send e-mail addresses in lower case"),
    rule(Rule::RawPlus, "rawPlus", "2.1", "B-32", "encode `+` as %2B: as it is, it means a space"),
    rule(
        Rule::NoUserAgent,
        "noUserAgent",
        "1",
        "B-07",
        "send a User-Agent with name and version in every call",
    ),
    rule(
        Rule::NoContentType,
        "noContentType",
        "1",
        "B-09",
        "send Content-Type: application/json in every call, GET too",
    ),
    rule(Rule::WrongKeyHeader, "wrongKeyHeader", "1", "B-06", "send the key as `apikey`, not as `x-api-key`"),
    rule(Rule::TooFast, "tooFast", "1", "B-13", "stay below 50 requests a second"),
    rule(Rule::NoCurrency, "noCurrency", "3.2", "R-18", "every receipt must have a currency code"),
    rule(
        Rule::NoRate,
        "noRate",
        "3.2",
        "R-48",
        "send `exchangeRateToGroupCurrency` with what is not in the group currency",
    ),
    rule(Rule::NoZone, "noZone", "3.1", "R-09", "send local time with its offset"),
    rule(
        Rule::DiscountAsLine,
        "discountAsLine",
        "3.1",
        "R-35",
        "spread a discount over the lines; it is never a line of its own",
    ),
    rule(Rule::PositiveDiscount, "positiveDiscount", "3.1", "R-37", "a discount's value is negative"),
    rule(
        Rule::VoucherAsTender,
        "voucherAsTender",
        "3.1",
        "R-38",
        "a voucher is a discount: as a payment it would earn points",
    ),
    rule(Rule::PaymentsDiffer, "paymentsDiffer", "3.1", "R-31", "payments should add up to the total"),
    rule(
        Rule::LinesDiffer,
        "linesDiffer",
        "3.1",
        "R-45",
        "purchase lines less return lines should be the total",
    ),
    rule(
        Rule::TaxDiffers,
        "taxDiffers",
        "3.1",
        "R-26",
        "the tax is the share of the price that the percentage makes",
    ),
    rule(
        Rule::WrongSign,
        "wrongSign",
        "3.3",
        "R-23",
        "return lines have a negative quantity, a positive price and tax; totals and payments of a return are negative",
    ),
    rule(
        Rule::ReceiptIdReused,
        "receiptIdReused",
        "3.1",
        "R-42",
        "another receipt, a return too, needs another id: this one is ignored",
    ),
    rule(
        Rule::UnmatchedContact,
        "unmatchedContact",
        "3.1",
        "R-12",
        "resolve the contact first: such a receipt is dropped in silence",
    ),
    rule(
        Rule::EmptyInUpdate,
        "emptyInUpdate",
        "2.5",
        "C-51",
        "send only what changes: an empty value overwrites what is stored",
    ),
    rule(
        Rule::TypeInUpdate,
        "typeInUpdate",
        "2.5",
        "C-53",
        "change the type with updateContactType: in an update it has no effect",
    ),
    rule(
        Rule::FixedInUpdate,
        "fixedInUpdate",
        "2.5",
        "C-55",
        "leave the recruiting store out: once set it never changes",
    ),
    rule(
        Rule::OverviewAsLookup,
        "overviewAsLookup",
        "2.1",
        "C-64",
        "look contacts up with contacts/id, and ask for the overview by contactId",
    ),
    rule(
        Rule::TaxDetailsDiffer,
        "taxDetailsDiffer",
        "3.1",
        "R-60",
        "the tax rows should be the taxes of the lines",
    ),
    rule(
        Rule::PerUnitPrice,
        "perUnitPrice",
        "3.1",
        "R-24",
        "the price is what was paid for the whole line, all pieces together",
    ),
    rule(
        Rule::NotLocalTime,
        "notLocalTime",
        "3.1",
        "R-09",
        "send the store's local time with its offset, not UTC or another place's",
    ),
    rule(
        Rule::OddRate,
        "oddRate",
        "3.2",
        "R-47",
        "the rate is what one unit is worth in the group currency: above 0, 1 for that currency itself, not the inverse",
    ),
    rule(
        Rule::UnknownStore,
        "unknownStore",
        "1",
        "S-07",
        "name a store that was set up: Engage makes another one of what it does not know",
    ),
    rule(
        Rule::PromotionForAssignment,
        "promotionForAssignment",
        "4.4",
        "P-55",
        "redeem the assignment by its own id, not by the promotion's",
    ),
    rule(
        Rule::AssignedTwice,
        "assignedTwice",
        "4.1",
        "P-54",
        "list before assigning: the contact has this promotion and did not use it",
    ),
    rule(
        Rule::RedeemedAfterReceipt,
        "redeemedAfterReceipt",
        "4.4",
        "P-55",
        "redeem right after the payment, before the receipt that names the offer",
    ),
    rule(
        Rule::UsedNotRedeemed,
        "usedNotRedeemed",
        "4.4",
        "P-70",
        "redeem what a receipt names as used: the receipt does not do it",
    ),
    rule(
        Rule::ActionTwice,
        "actionTwice",
        "3.4",
        "O-49",
        "trigger an action once: every call of it starts the automations again",
    ),
    rule(
        Rule::StaleTag,
        "staleTag",
        "3.4",
        "O-47",
        "read the order's versionTag anew after each change: an old one gets 404",
    ),
    rule(
        Rule::JobNotPolled,
        "jobNotPolled",
        "3.4",
        "O-50",
        "ask the job of an order's change how it went before the next change or an action, or embed the action",
    ),
    rule(
        Rule::OrderSumDiffers,
        "orderSumDiffers",
        "3.4",
        "O-35",
        "a total is the sum of its rows; that of an order is its purchases less its returns, and the fees",
    ),
    rule(
        Rule::FileTooLong,
        "fileTooLong",
        "migration",
        "M-05",
        "cut files at 20,000 rows: a longer one may run out of time",
    ),
    rule(
        Rule::FileMixedKeys,
        "fileMixedKeys",
        "migration",
        "M-06",
        "one sort of key a file: that of the first row is used for all",
    ),
    rule(
        Rule::FileMixedTypes,
        "fileMixedTypes",
        "migration",
        "M-12",
        "one contact type a file: that of the first row is used",
    ),
    rule(
        Rule::FileDuplicate,
        "fileDuplicate",
        "migration",
        "M-13",
        "clean what is unique before: the import compares keys only, so there are two contacts now",
    ),
    rule(
        Rule::FileName,
        "fileName",
        "migration",
        "M-11",
        "name a file [YYYYMMDDHHmmss]_[sequence]_[what it holds], such as 20261123180000_0001_contacts.csv",
    ),
    rule(
        Rule::FileReceiptCut,
        "fileReceiptCut",
        "migration",
        "M-04",
        "keep all rows of a receipt together in one file: what comes later is ignored",
    ),
    rule(
        Rule::FileUnfinished,
        "fileUnfinished",
        "migration",
        "M-31",
        "bring a file under another name, such as x.csv.part, and rename it when all of it is there",
    ),
    rule(
        Rule::FileUnknownColumn,
        "fileUnknownColumn",
        "migration",
        "M-12",
        "use the names of Engage's fields: what it does not know is left out",
    ),
];

impl Rule {
    /// What is known about it.
    #[must_use]
    pub fn advice(self) -> Advice {
        RULES[self as usize]
    }
}

/// A rule that was gone against, at one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The call, such as `POST /api/v3/receipts`.
    pub call: String,
    /// Where in it, such as `items[].discounts[].value`; empty for the call as a whole.
    pub place: String,
    /// What else there is to say, such as the name that was meant.
    pub hint: String,
    /// How often.
    pub count: u64,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// The number of the last request that did.
    pub request: u64,
}

/// All findings, one row for each rule and place.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Findings {
    rows: BTreeMap<(Rule, String, String), Finding>,
}

/// Something to note down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) rule: Rule,
    pub(crate) path: String,
    pub(crate) hint: String,
}

impl Note {
    pub(crate) fn of(rule: Rule) -> Note {
        Note::at(rule, "")
    }

    pub(crate) fn at(rule: Rule, path: impl Into<String>) -> Note {
        Note { rule, path: path.into(), hint: String::new() }
    }
}

impl Findings {
    /// Whether it is the first of its kind.
    pub(crate) fn note(&mut self, note: Note, call: &str, at: Timestamp, request: u64) -> bool {
        let place = without_indexes(&note.path);
        let key = (note.rule, call.to_owned(), place.clone());
        if let Some(row) = self.rows.get_mut(&key) {
            row.count += 1;
            row.last = at;
            row.request = request;
            return false;
        }
        if self.rows.len() == FINDINGS_MAX {
            return false;
        }
        let (rule, call) = (note.rule, call.to_owned());
        let row = Finding { rule, call, place, hint: note.hint, count: 1, first: at, last: at, request };
        self.rows.insert(key, row);
        true
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Finding> {
        self.rows.values()
    }
}

impl Serialize for Findings {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows.values())
    }
}

impl<'de> Deserialize<'de> for Findings {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Findings, D::Error> {
        let rows = Vec::<Finding>::deserialize(deserializer)?;
        let keyed = rows.into_iter().map(|row| ((row.rule, row.call.clone(), row.place.clone()), row));
        Ok(Findings { rows: keyed.collect() })
    }
}

/// `items[12].sku` as `items[].sku`, so that a hundred lines are one finding.
fn without_indexes(path: &str) -> String {
    let mut inside = false;
    path.chars()
        .filter(|&c| {
            inside = (inside || c == '[') && c != ']';
            !inside || c == '['
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_stand_in_their_order() {
        for (place, advice) in RULES.iter().enumerate() {
            assert_eq!(advice.rule as usize, place, "{}", advice.code);
            assert_eq!(serde_json::to_value(advice.rule).unwrap(), advice.code);
        }
    }

    #[test]
    fn a_hundred_lines_with_one_fault_are_one_finding() {
        let mut findings = Findings::default();
        for line in 0..100 {
            let note = Note::at(Rule::PositiveDiscount, format!("items[{line}].discounts[0].value"));
            assert_eq!(findings.note(note, "POST /api/v3/receipts", Timestamp::UNIX_EPOCH, line), line == 0);
        }
        let rows: Vec<_> = findings.iter().collect();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].place.as_str(), rows[0].count), ("items[].discounts[].value", 100));
    }
}
