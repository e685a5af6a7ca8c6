//! Receipts as they are sent, and the transactions that Engage makes of them.
//!
//! All amounts are exact decimals and are written as JSON numbers with the digits they have:
//! 300.00 stays 300.00. Signs are the caller's (facts ).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::serde::{arbitrary_precision as exact, arbitrary_precision_option as exact_option};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{ContactId, ContactType, CreatedDate, Mismatch, Object, Text};

/// A receipt to register (fact R-07).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Whose it is; without a contact Engage keeps none (fact R-13).
    pub contact: MatchContact,
    /// The identity by which Engage drops repetitions (fact R-05).
    pub unique_receipt_id: Text,
    /// The printed number (fact R-08).
    pub receipt_number: Text,
    /// When it was made, in the shop's time.
    pub created_date: CreatedDate,
    /// The store; an unknown one is created (fact S-07).
    pub store_external_id: Text,
    /// ISO 4217 code (fact R-18).
    pub currency: Text,
    /// Multiplier from local to group amount (facts ).
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub exchange_rate_to_group_currency: Option<Decimal>,
    /// Total paid, VAT included; negative for a return (fact R-19).
    #[serde(with = "exact")]
    pub total_gross_price: Decimal,
    /// VAT by rate (fact R-27).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tax_details: Vec<TaxDetail>,
    /// How it was paid; always sent (fact R-32).
    pub payment_methods: Vec<Payment>,
    /// Its lines.
    pub items: Vec<Item>,
    /// The offers that were used; their lists are named by the tenant (fact R-39).
    #[serde(flatten)]
    pub used: UsedOffers,
    /// Further values (fact R-34).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_data: Vec<NameValue>,
}

/// How a receipt finds its contact (facts ).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatchContact {
    /// The value to match.
    pub match_key: Text,
    /// What kind of value it is.
    pub match_key_type: MatchKeyType,
    /// The type to match within; not needed with an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_type: Option<ContactType>,
}

impl MatchContact {
    /// By the contact's id: the only key that can't be ambiguous (fact C-01).
    pub fn by_id(id: &ContactId) -> MatchContact {
        MatchContact {
            match_key: Text::from(id),
            match_key_type: MatchKeyType::ContactId,
            contact_type: None,
        }
    }
}

/// The kinds of key a receipt may be matched by (fact R-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MatchKeyType {
    /// Engage's own id.
    ContactId,
    /// E-mail address.
    Email,
    /// Mobile phone.
    MobilePhone,
    /// Member number.
    MemberNumber,
    /// Id in an outside system.
    ExternalId,
    /// Personal identity number.
    SocialSecurityNumber,
}

/// VAT of one rate on a receipt (facts ).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxDetail {
    /// Name of the tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Rate.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// The tax.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub value: Option<Decimal>,
    /// Total with it.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub total_including_tax: Option<Decimal>,
    /// Total without it.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub total_excluding_tax: Option<Decimal>,
}

/// A payment row of a receipt (fact R-29) or an order (facts O-36, O-65).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Means of payment, such as `card`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// Shown name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Amount; negative on a return (fact R-30).
    #[serde(with = "exact")]
    pub value: Decimal,
}

/// A line (facts ).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Purchase or return.
    #[serde(rename = "type")]
    pub kind: ItemKind,
    /// Units; negative on a return line (fact R-23).
    pub quantity: i64,
    /// Paid for the whole line, VAT included, after every discount; positive on a return too (fact R-24).
    #[serde(with = "exact")]
    pub gross_paid_price: Decimal,
    /// VAT within it, positive on a return too (fact R-26).
    #[serde(with = "exact")]
    pub tax_amount: Decimal,
    /// Rate of VAT.
    #[serde(with = "exact")]
    pub tax_percent: Decimal,
    /// The most precise designation of the article (fact R-22).
    pub sku: Text,
    /// The article's number, shared by its variants.
    pub article_number: Text,
    /// The article's name.
    pub article_name: Text,
    /// The article's group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_group: Option<Text>,
    /// Margin, as a percentage.
    #[serde(with = "exact_option", skip_serializing_if = "Option::is_none")]
    pub margin_percent: Option<Decimal>,
    /// Whether the line earns points (fact R-33).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awards_bonus: Option<bool>,
    /// Discounts that are already taken off the price (fact R-36).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Further values (fact R-34).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_data: Vec<NameValue>,
}

/// The kinds of line that are sent (fact R-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ItemKind {
    /// Goods sold.
    Purchase,
    /// Goods taken back.
    Return,
}

/// A discount on a line (facts ), or on an order (fact O-38).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Discount {
    /// Campaign or kind.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Text>,
    /// Shown name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// For the whole line, VAT included, negative.
    #[serde(with = "exact")]
    pub value: Decimal,
}

/// A named value (fact R-34).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameValue {
    /// Name.
    pub name: Text,
    /// Value.
    pub value: Text,
}

/// The offers that a receipt used. How the lists are called in version 3 isn't public, so their names are the caller's
/// (fact R-39).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedOffers {
    /// Where vouchers are named.
    pub vouchers_in: ListName,
    /// The vouchers' numbers.
    pub vouchers: Vec<Text>,
    /// Where promotions are named.
    pub promotions_in: ListName,
    /// The promotions' ids in Engage.
    pub promotions: Vec<Text>,
}

impl Serialize for UsedOffers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lists = serializer.serialize_map(None)?;
        for (name, values) in [(&self.vouchers_in, &self.vouchers), (&self.promotions_in, &self.promotions)] {
            if !values.is_empty() {
                let row = |value| BTreeMap::from([(name.field.as_str(), value)]);
                lists.serialize_entry(&name.list, &values.iter().map(row).collect::<Vec<_>>())?;
            }
        }
        lists.end()
    }
}

/// Where a receipt names something that it used: a list, and the field of each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListName {
    list: String,
    field: String,
}

/// A text that isn't the name of a list and a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a list of its own and the field of its rows are named as usedPromotions.promotionId, in letters and digits"
)]
pub struct NotAListName;

/// What a receipt holds otherwise.
const OTHER_FIELDS: [&str; 12] = [
    "contact",
    "uniqueReceiptId",
    "receiptNumber",
    "createdDate",
    "storeExternalId",
    "currency",
    "exchangeRateToGroupCurrency",
    "totalGrossPrice",
    "taxDetails",
    "paymentMethods",
    "items",
    "extraData",
];

impl ListName {
    /// Used vouchers as version 2 names them.
    #[must_use]
    pub fn vouchers_v2() -> ListName {
        ListName { list: "usedBonusChecks".to_owned(), field: "checkNumber".to_owned() }
    }

    /// Used promotions as version 2 names them.
    #[must_use]
    pub fn promotions_v2() -> ListName {
        ListName { list: "usedPromotions".to_owned(), field: "promotionId".to_owned() }
    }

    /// Whether both stand in one list, of which a receipt would have two.
    #[must_use]
    pub fn is_in_list_of(&self, other: &ListName) -> bool {
        self.list == other.list
    }
}

impl std::fmt::Display for ListName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.list, self.field)
    }
}

impl std::str::FromStr for ListName {
    type Err = NotAListName;

    fn from_str(text: &str) -> Result<ListName, NotAListName> {
        let is_name = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphabetic())
                && name.chars().all(|char| char.is_ascii_alphanumeric())
        };
        match text.split_once('.') {
            Some((list, field)) if is_name(list) && is_name(field) && !OTHER_FIELDS.contains(&list) => {
                Ok(ListName { list: list.to_owned(), field: field.to_owned() })
            }
            _ => Err(NotAListName),
        }
    }
}

/// A receipt that Engage has imported, as a contact's list shows it (fact R-52).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Engage's id.
    pub id: Option<Text>,
    /// The receipt's `uniqueReceiptId` (fact R-54).
    pub external_id: Option<Text>,
    /// The printed number.
    pub transaction_number: Option<Text>,
    /// When the receipt was made.
    pub created_date: Option<Text>,
    /// Name of the store.
    pub store_name: Option<Text>,
    /// Sum in the local currency, "net" by a definition that isn't published.
    pub local_net_price_sum: Option<Decimal>,
    /// The local currency.
    pub local_currency: Option<Text>,
}

impl Transaction {
    pub(crate) fn read(object: &Object<'_>) -> Result<Transaction, Mismatch> {
        Ok(Transaction {
            id: object.text("id"),
            external_id: object.key("externalId")?,
            transaction_number: object.text("transactionNumber"),
            created_date: object.text("createdDate"),
            store_name: object.text("storeName"),
            local_net_price_sum: object.decimal("localNetPriceSum")?,
            local_currency: object.text("localCurrency"),
        })
    }
}
