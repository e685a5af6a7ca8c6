//! The sandbox's own tables of what a JSON body may hold, and the reader that compares a body with one.
//!
//! Each field names its fact. A field that is misspelt, absent, null or empty is told apart, because Engage treats
//! these differently and a client's own types would hide which of them it sent.

mod offers;
mod orders;
mod receipts;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Fact;

pub(crate) use offers::{ASSIGNMENT, PROMOTION, REDEMPTION, VALIDITY};
pub(crate) use orders::{ORDER, ORDER_ACTION, ORDER_DELIVERY, ORDER_STATUS, ORDER_V2};
pub(crate) use receipts::{RECEIPT, RECEIPT_RENAMED, offer_lists};

/// How many troubles one body is searched for; a body beyond it is bad enough.
const TROUBLES_MAX: usize = 200;

/// A field of a body.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    kind: Kind,
    need: Need,
    pub(crate) fact: Fact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Mandatory,
    Optional,
}

/// What a field holds. A number passes for text and text for a number where it reads as one (fact B-39).
#[derive(Debug)]
enum Kind {
    Text,
    Flag,
    Decimal,
    Whole,
    Instant,
    Day,
    Word(&'static [&'static str]),
    Object(&'static [Field]),
    /// Whatever the sender likes, in an object: Engage hands it on as it is. A page calls it a text (fact O-46).
    Free,
    /// An array of texts.
    Texts,
    Rows(&'static [Field]),
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Flag => "true or false",
            Kind::Decimal => "a decimal number",
            Kind::Whole => "a whole number",
            Kind::Instant => "a time in ISO 8601",
            Kind::Day => "a day, YYYY-MM-DD",
            Kind::Word(_) => "one of the known words",
            Kind::Object(_) => "an object",
            Kind::Free => "an object or a text",
            Kind::Texts => "an array of texts",
            Kind::Rows(_) => "an array",
        }
    }
}

const fn must(name: &'static str, kind: Kind, fact: &'static str) -> Field {
    Field { name, kind, need: Need::Mandatory, fact: Fact(fact) }
}

const fn may(name: &'static str, kind: Kind, fact: &'static str) -> Field {
    Field { name, kind, need: Need::Optional, fact: Fact(fact) }
}

/// A contact to be created: what every tenant has. The tenant's own attributes come beside it.
pub(crate) const CONTACT: &[Field] = &[
    may("contactType", Kind::Text, "C-29"),
    may("firstName", Kind::Text, "C-58"),
    may("lastName", Kind::Text, "C-58"),
    may("email", Kind::Text, "C-58"),
    may("mobilePhone", Kind::Text, "C-19"),
    may("memberNumber", Kind::Text, "C-21"),
    may("externalId", Kind::Text, "C-21"),
    may("socialSecurityNumber", Kind::Text, "C-20"),
    may("street", Kind::Text, "C-58"),
    may("zipCode", Kind::Text, "C-58"),
    may("city", Kind::Text, "C-58"),
    may("careOf", Kind::Text, "C-58"),
    may("country", Kind::Text, "C-60"),
    may("countryCode", Kind::Text, "C-60"),
    may("language", Kind::Text, "C-60"),
    may("birthDay", Kind::Text, "B-31"),
    may("gender", Kind::Text, "C-59"),
    may("createdInStore", Kind::Text, "C-55"),
    may("store", Kind::Text, "C-55"),
    may("preferences", Kind::Object(PREFERENCES), "C-32"),
    may("consents", Kind::Rows(CONSENT), "C-34"),
];

/// Points that are added (fact P-76).
pub(crate) const POINT_TRANSACTION: &[Field] = &[
    must("accountId", Kind::Text, "P-76"),
    may("transactionId", Kind::Text, "P-76"),
    must("transactionType", Kind::Word(&["Addition", "Deduction"]), "P-76"),
    must("amount", Kind::Decimal, "P-76"),
    must("description", Kind::Text, "P-76"),
    must("source", Kind::Text, "P-76"),
    may("transactionDate", Kind::Instant, "P-76"),
    may("validFrom", Kind::Instant, "P-76"),
    may("validTo", Kind::Instant, "P-76"),
];

/// Attributes that say the level (fact P-33): Engage sets them, a call cannot.
pub(crate) const LEVEL: [&str; 4] =
    ["bonusBasedLevel", "bonusBasedLevelChanged", "bonusBasedLevelExpires", "bonusBasedLevelLeftForUpgrade"];

/// The names of the attributes that every tenant has.
pub fn standard_attributes<'a>() -> impl Iterator<Item = &'a str> {
    let beside = ["contactType", "preferences", "consents"];
    CONTACT.iter().map(|field| field.name).filter(move |name| !beside.contains(name))
}

const PREFERENCES: &[Field] = &[
    may("acceptsEmail", Kind::Flag, "C-32"),
    may("acceptsSms", Kind::Flag, "C-32"),
    may("acceptsPostal", Kind::Flag, "C-32"),
];

const CONSENT: &[Field] = &[
    must("id", Kind::Text, "C-34"),
    must("value", Kind::Flag, "C-34"),
    may("source", Kind::Text, "C-34"),
    may("comment", Kind::Text, "S-12"),
];

/// A store to be created.
pub(crate) const STORE: &[Field] = &[
    must("name", Kind::Text, "S-02"),
    must("externalId", Kind::Text, "S-02"),
    may("type", Kind::Text, "S-05"),
    may("city", Kind::Text, "S-03"),
    may("countryCode", Kind::Text, "S-03"),
    may("zipCode", Kind::Text, "S-03"),
    may("street", Kind::Text, "S-03"),
    may("timeZone", Kind::Text, "S-04"),
    may("active", Kind::Flag, "S-03"),
    may("adjacentZipCodes", Kind::Text, "S-03"),
    may("county", Kind::Text, "S-03"),
    may("email", Kind::Text, "S-03"),
    may("emailUnsubscribeText", Kind::Text, "S-03"),
    may("emailViewOnlineText", Kind::Text, "S-03"),
    may("footerHtml", Kind::Text, "S-03"),
    may("headerHtml", Kind::Text, "S-03"),
    may("homepage", Kind::Text, "S-03"),
    may("locale", Kind::Text, "S-03"),
    may("phoneNumber", Kind::Text, "S-03"),
    may("region", Kind::Text, "S-03"),
    may("senderAddress", Kind::Text, "S-03"),
    may("senderName", Kind::Text, "S-03"),
];

/// Every table, by the call whose body it is.
pub(crate) const ALL: [(&str, &[Field]); 16] = [
    ("POST /api/v3/contacts", CONTACT),
    ("PATCH /api/v3/contacts/{contactId}", CONTACT),
    ("POST /api/v3/receipts", RECEIPT),
    ("POST /api/v3/receipts (offerLists: renamed)", RECEIPT_RENAMED),
    ("POST /api/v3/stores", STORE),
    ("POST /api/v3/promotions/multichannels", PROMOTION),
    ("PUT /api/v3/promotions/multichannels/{promotionId}/validity", VALIDITY),
    ("POST /api/v3/promotion-assignments", ASSIGNMENT),
    ("POST /api/v3/promotion-assignments/{assignmentId}/redeem", REDEMPTION),
    ("POST /api/v3/point-transactions", POINT_TRANSACTION),
    ("POST /api/v3/orders", ORDER),
    ("PUT /api/v3/orders/{orderId}", ORDER),
    ("POST /api/v3/orders/{orderId}/action", ORDER_ACTION),
    ("POST /api/v3/orders/{orderId}/change-status", ORDER_STATUS),
    ("POST /api/v3/orders/{orderId}/change-delivery", ORDER_DELIVERY),
    ("POST /api/v2/orders", ORDER_V2),
];

/// A field as it is listed for whoever wants to know what the sandbox reads.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    path: String,
    mandatory: bool,
    kind: &'static str,
    pub(crate) fact: Fact,
}

/// Every field of a table, those inside others under their path.
pub(crate) fn listed(table: &'static [Field]) -> Vec<Listed> {
    fn list(table: &'static [Field], at: &str, all: &mut Vec<Listed>) {
        for field in table {
            let path = join(at, field.name);
            let mandatory = field.need == Need::Mandatory;
            all.push(Listed { path: path.clone(), mandatory, kind: field.kind.name(), fact: field.fact });
            match field.kind {
                Kind::Object(inner) => list(inner, &path, all),
                Kind::Rows(inner) => list(inner, &format!("{path}[]"), all),
                Kind::Text
                | Kind::Flag
                | Kind::Decimal
                | Kind::Whole
                | Kind::Instant
                | Kind::Day
                | Kind::Word(_)
                | Kind::Free
                | Kind::Texts => {}
            }
        }
    }
    let mut all = Vec::new();
    list(table, "", &mut all);
    all
}

/// Something in a body that is not as its table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Where, such as `items[0].sku`.
    pub(crate) path: String,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A mandatory field is not there.
    Absent,
    /// The field is `null`; `mandatory` says whether it had to be something.
    Null { mandatory: bool },
    /// The field is `""`.
    Empty { mandatory: bool },
    /// The field is of another kind.
    NotA(&'static str),
    /// A time without a zone.
    NoZone,
    /// The table has no such field; the one that looks most like it, if any does.
    Unknown { nearest: Option<&'static str> },
}

impl Trouble {
    /// Whether a body with this trouble is refused at the door: mandatory fields and kinds are checked, the rest is
    /// let through (fact R-15).
    pub(crate) fn refuses(&self) -> bool {
        match self.what {
            What::Absent | What::NotA(_) => true,
            What::Null { mandatory } | What::Empty { mandatory } => mandatory,
            What::NoZone | What::Unknown { .. } => false,
        }
    }

    /// One sentence for an answer's list.
    pub(crate) fn describe(&self) -> String {
        let path = &self.path;
        match &self.what {
            What::Absent => format!("{path} is required but absent."),
            What::Null { .. } => format!("{path} is required but null."),
            What::Empty { .. } => format!("{path} is required but empty."),
            What::NotA(kind) => format!("{path} is not {kind}."),
            What::NoZone => format!("{path} has no zone designator."),
            What::Unknown { nearest: None } => format!("{path} is not a known field."),
            What::Unknown { nearest: Some(name) } => format!("{path} is not a known field; {name} is."),
        }
    }
}

/// Compares an object with a table. `also` names further text fields at the top level.
pub(crate) fn inspect(object: &Map<String, Value>, table: &'static [Field], also: &[String]) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    inspect_object(object, table, also, "", &mut troubles);
    troubles
}

fn inspect_object(
    object: &Map<String, Value>,
    table: &'static [Field],
    also: &[String],
    at: &str,
    troubles: &mut Vec<Trouble>,
) {
    for field in table {
        match object.get(field.name) {
            None if field.need == Need::Mandatory => report(troubles, join(at, field.name), What::Absent),
            None => {}
            Some(value) => inspect_value(value, field, &join(at, field.name), troubles),
        }
    }
    for (name, value) in object {
        let listed = also.iter().any(|one| one == name);
        if listed && value.is_null() {
            report(troubles, join(at, name), What::Null { mandatory: false });
        } else if listed && value == "" {
            report(troubles, join(at, name), What::Empty { mandatory: false });
        } else if !listed && !table.iter().any(|field| field.name == name) {
            report(troubles, join(at, name), What::Unknown { nearest: nearest(name, table) });
        }
    }
}

fn inspect_value(value: &Value, field: &Field, at: &str, troubles: &mut Vec<Trouble>) {
    let mandatory = field.need == Need::Mandatory;
    if value.is_null() {
        return report(troubles, at.to_owned(), What::Null { mandatory });
    }
    if value == "" {
        return report(troubles, at.to_owned(), What::Empty { mandatory });
    }
    let fits = match &field.kind {
        Kind::Text => value.is_string() || value.is_number(),
        Kind::Flag => value.is_boolean(),
        Kind::Decimal => decimal(value).is_some(),
        Kind::Whole => decimal(value).is_some_and(|number| number.is_integer()),
        Kind::Word(words) => word(value, words).is_some(),
        Kind::Instant if has_no_zone(value) => return report(troubles, at.to_owned(), What::NoZone),
        Kind::Instant => instant(value).is_some(),
        Kind::Day => value
            .as_str()
            .is_some_and(|text| text.len() == "YYYY-MM-DD".len() && text.parse::<Date>().is_ok()),
        Kind::Free => value.is_object() || value.is_string(),
        Kind::Texts => value.as_array().is_some_and(|all| all.iter().all(|one| text(one).is_some())),
        Kind::Object(table) => match value {
            Value::Object(object) => return inspect_object(object, table, &[], at, troubles),
            _ => false,
        },
        Kind::Rows(table) => match value {
            Value::Array(rows) => return inspect_rows(rows, table, at, troubles),
            _ => false,
        },
    };
    if !fits {
        report(troubles, at.to_owned(), What::NotA(field.kind.name()));
    }
}

fn inspect_rows(rows: &[Value], table: &'static [Field], at: &str, troubles: &mut Vec<Trouble>) {
    for (index, row) in rows.iter().enumerate() {
        let at = format!("{at}[{index}]");
        match row {
            Value::Object(object) => inspect_object(object, table, &[], &at, troubles),
            _ => report(troubles, at, What::NotA("an object")),
        }
    }
}

/// What a table knows of an object that was compared with it: nulls and other fields left out, text where a number
/// stands for one, words as the table spells them.
pub(crate) fn known(object: &Map<String, Value>, table: &'static [Field]) -> Map<String, Value> {
    let filled = |field: &Field| object.get(field.name).filter(|value| !value.is_null());
    let pairs = table.iter().filter_map(|field| {
        let value = filled(field)?;
        let value = match (&field.kind, value) {
            (Kind::Object(table), Value::Object(inner)) => Value::Object(known(inner, table)),
            (Kind::Rows(table), Value::Array(rows)) => {
                rows.iter().filter_map(Value::as_object).map(|row| Value::Object(known(row, table))).collect()
            }
            (Kind::Text, value) => Value::from(text(value)?),
            (Kind::Word(words), value) => Value::from(word(value, words)?),
            (_, value) => value.clone(),
        };
        Some((field.name.to_owned(), value))
    });
    pairs.collect()
}

fn report(troubles: &mut Vec<Trouble>, path: String, what: What) {
    if troubles.len() < TROUBLES_MAX {
        troubles.push(Trouble { path, what });
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// A number, written as one or as text.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => decimal_text(&number.to_string()),
        Value::String(text) => decimal_text(text),
        _ => None,
    }
}

fn decimal_text(text: &str) -> Option<Decimal> {
    text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
}

/// A text, written as one or as a number.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The known word that this is, whatever its case (fact R-10).
pub(crate) fn word(value: &Value, words: &[&'static str]) -> Option<&'static str> {
    let text = value.as_str()?;
    words.iter().find(|one| one.eq_ignore_ascii_case(text)).copied()
}

/// A time with its zone (fact B-31).
pub(crate) fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn has_no_zone(value: &Value) -> bool {
    value.as_str().is_some_and(|text| instant(value).is_none() && text.parse::<DateTime>().is_ok())
}

/// The field whose name looks most like this one: the same but for case, or at most two letters away.
fn nearest(name: &str, table: &'static [Field]) -> Option<&'static str> {
    const NAME_MAX: usize = 40;
    if name.len() > NAME_MAX {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    table
        .iter()
        .map(|field| (distance(&lower, &field.name.to_ascii_lowercase()), field.name))
        .filter(|(away, near)| *away <= 2 && *away < near.len())
        .min()
        .map(|(_, near)| near)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let swap = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = swap.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn troubles(body: Value, table: &'static [Field]) -> Vec<(String, What)> {
        let Value::Object(object) = body else { panic!("an object") };
        inspect(&object, table, &["shoeSize".to_owned()])
            .into_iter()
            .map(|one| (one.path, one.what))
            .collect()
    }

    #[test]
    fn absent_null_empty_and_misspelt_are_four_things() {
        let body = json!({ "name": null, "externalID": "7", "city": "", "street": null, "shoeSize": "" });
        let expected = [
            ("name", What::Null { mandatory: true }),
            ("externalId", What::Absent),
            ("city", What::Empty { mandatory: false }),
            ("street", What::Null { mandatory: false }),
            ("externalID", What::Unknown { nearest: Some("externalId") }),
            ("shoeSize", What::Empty { mandatory: false }),
        ];
        assert_eq!(troubles(body, STORE), expected.map(|(path, what)| (path.to_owned(), what)));
    }

    #[test]
    fn a_number_passes_for_text_and_text_for_a_number() {
        let row = json!({ "checkNumber": 900_100_200 });
        assert_eq!(troubles(row, receipts::USED_VOUCHER), []);
        assert_eq!(troubles(json!({ "value": "-25.00" }), receipts::DISCOUNT), []);
        let wrong = troubles(json!({ "value": "free" }), receipts::DISCOUNT);
        assert_eq!(wrong, [("value".to_owned(), What::NotA("a decimal number"))]);
    }

    #[test]
    fn a_time_without_a_zone_is_told_from_one_that_is_no_time() {
        let Value::Object(zoneless) = json!({ "createdDate": "2025-03-14T16:42:07" }) else {
            panic!("an object")
        };
        let Value::Object(no_time) = json!({ "createdDate": "yesterday" }) else { panic!("an object") };
        let find = |object: &Map<String, Value>| {
            inspect(object, RECEIPT, &[]).into_iter().find(|one| one.path == "createdDate").unwrap()
        };
        assert!(!find(&zoneless).refuses());
        assert!(find(&no_time).refuses());
    }

    #[test]
    fn only_a_name_that_is_close_is_suggested() {
        assert_eq!(nearest("MobilePhone", CONTACT), Some("mobilePhone"));
        assert_eq!(nearest("zipcod", CONTACT), Some("zipCode"));
        assert_eq!(nearest("favouriteColour", CONTACT), None);
    }
}
