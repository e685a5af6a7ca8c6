//! What a tenant has set up: keys, contact types, currencies, consents. Parsed and checked once, at the edge.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::automations::Automations;
use crate::event::key_fingerprint;
use crate::files::{FileKind, ImportFolders};
use crate::levels::LevelRules;
use crate::money::Positive;
use crate::payouts::PayoutRules;
use crate::zone::Zone;

/// A tenant's set-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Settings {
    /// Which API keys are good (fact B-05).
    pub api_keys: ApiKeys,
    /// The contact types (facts C-02, C-04). The first is what `Member` means when a request names no type, unless
    /// there is one of that name.
    pub contact_types: Vec<ContactType>,
    /// What `customKey` looks up (fact C-10).
    pub custom_key: Identifier,
    /// Attributes that the tenant made beside the standard ones (fact C-61).
    pub custom_attributes: Vec<String>,
    /// The group currency (fact R-46).
    pub group_currency: String,
    /// What one unit of another currency is worth in the group's, for receipts without a rate (fact R-48).
    pub rates: BTreeMap<String, Decimal>,
    /// The consent definitions, as they are answered (facts S-10, S-11).
    pub consents: Vec<Value>,
    /// The country calling code of phone numbers typed without one, digits only.
    pub calling_code: String,
    /// Whose midnights end a day (fact P-28).
    pub time_zone: Zone,
    /// What receipts earn (fact P-40): nothing, unless something is set.
    pub points: PointRules,
    /// How points become vouchers (fact P-78): not at all, unless something is set.
    pub payouts: Option<PayoutRules>,
    /// How loyalty levels are reached (fact P-77); where nothing is set, they are what a person wrote.
    pub levels: Option<LevelRules>,
    /// The custom triggers that there are (fact P-81).
    pub custom_triggers: Vec<String>,
    /// What Engage does by itself (fact P-82).
    pub automations: Automations,
    /// How often one voucher can be given back (fact P-61).
    pub voucher_reactivations_max: u32,
    /// The SKUs of the article register, against which orders are held (fact O-55); where there is none, nothing is.
    pub articles: Option<BTreeSet<String>>,
    /// The statuses that orders of version 2 may have (fact O-67).
    pub order_statuses: OrderStatuses,
    /// Where files are brought to (fact M-10).
    pub import_folders: ImportFolders,
    /// What columns of CSV files are called here, by what they are otherwise: their layouts are the tenant's (fact M-18).
    pub file_columns: BTreeMap<FileKind, BTreeMap<String, String>>,
    /// How old a contact of a file must be, in years (fact M-15); of any age, where nothing is set.
    pub age_min: Option<u8>,
}

/// The statuses that orders of version 2 may have. An order with one of them triggers the action of that name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderStatuses {
    /// Of the order.
    pub order: BTreeSet<String>,
    /// Of its payment.
    pub payment: BTreeSet<String>,
}

impl Default for OrderStatuses {
    fn default() -> OrderStatuses {
        let order =
            ["DigitalReceipt", "ConfirmOrder", "ConfirmShipment", "InProgress", "Completed", "Cancelled"];
        let payment = ["Paid", "Unpaid", "Refunded"];
        OrderStatuses { order: order.map(str::to_owned).into(), payment: payment.map(str::to_owned).into() }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        let by_email = |handle: &str| ContactType {
            handle: handle.to_owned(),
            key: Identifier::Email,
            mandatory: Vec::new(),
        };
        Settings {
            api_keys: ApiKeys::Any,
            contact_types: vec![by_email("Member"), by_email("Contact")],
            custom_key: Identifier::MemberNumber,
            custom_attributes: Vec::new(),
            group_currency: "SEK".to_owned(),
            rates: BTreeMap::new(),
            consents: vec![member_terms()],
            calling_code: "46".to_owned(),
            time_zone: Zone::named("Europe/Stockholm").expect("the zone is in the table"),
            points: PointRules::default(),
            payouts: None,
            levels: None,
            custom_triggers: Vec::new(),
            automations: Automations::default(),
            voucher_reactivations_max: 3,
            articles: None,
            order_statuses: OrderStatuses::default(),
            import_folders: ImportFolders::default(),
            file_columns: BTreeMap::new(),
            age_min: None,
        }
    }
}

impl Settings {
    /// The default set-up with another key for the contact type `Member`.
    #[must_use]
    pub fn with_member_key(mut self, key: Identifier) -> Settings {
        for contact_type in self.contact_types.iter_mut().filter(|one| one.handle == "Member") {
            contact_type.key = key;
        }
        self
    }

    /// The contact type with this handle, whatever its case (fact C-03).
    pub(crate) fn contact_type(&self, handle: &str) -> Option<&ContactType> {
        self.contact_types.iter().find(|one| one.handle.eq_ignore_ascii_case(handle))
    }

    /// What the tenant calls columns of this kind of file: their usual names by the tenant's.
    pub(crate) fn columns_of(&self, kind: FileKind) -> BTreeMap<&str, &str> {
        let own = self.file_columns.get(&kind).into_iter().flatten();
        own.map(|(usual, own)| (own.as_str(), usual.as_str())).collect()
    }

    /// Whether contacts of this type are the tenant's members: those of its first type, and of any type of that name.
    pub(crate) fn is_member_type(&self, handle: &str) -> bool {
        let first = self.contact_types.first().map(|one| one.handle.as_str());
        first.into_iter().chain(["Member"]).any(|one| one.eq_ignore_ascii_case(handle))
    }
}

fn member_terms() -> Value {
    json!({ "id": "memberTerms", "name": "Member terms", "metaData": {
        "displayText": { "sv-SE": "Jag godkänner", "en-GB": "I accept the" },
        "linkText": { "sv-SE": "medlemsvillkoren", "en-GB": "member terms" },
        "conditionText": { "sv-SE": "<p>Villkor för medlemmar.</p>", "en-GB": "<p>Terms for members.</p>" } } })
}

/// What receipts earn (facts P-40, P-46).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PointRules {
    /// How many points one unit of a currency earns. Where a currency has no factor, or 0, nothing is earned.
    pub factors: BTreeMap<String, Decimal>,
    /// How many days after the import the points begin to count; 0 is at once.
    pub pending_days: u16,
    /// How long they count from then on.
    #[serde(alias = "validMonths")]
    pub expires: PointExpiry,
    /// What purchases earn beside (fact P-80).
    pub extra: Vec<ExtraPoints>,
}

/// How points expire (fact P-79).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "WrittenExpiry")]
pub enum PointExpiry {
    /// Never.
    #[default]
    Never,
    /// So many months after they began to count, each booking by itself.
    Rolling(u16),
    /// On the first of January after the year in which they began to count and so many more.
    CalendarYear(u16),
    /// So many months after the contact's last purchase.
    Inactive(u16),
}

/// An expiry as it is written: a model, or a number of months.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenExpiry {
    Months(Option<u16>),
    Model(ExpiryModel),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum ExpiryModel {
    Never,
    Rolling(u16),
    CalendarYear(u16),
    Inactive(u16),
}

impl From<WrittenExpiry> for PointExpiry {
    fn from(written: WrittenExpiry) -> PointExpiry {
        match written {
            WrittenExpiry::Months(None) | WrittenExpiry::Model(ExpiryModel::Never) => PointExpiry::Never,
            WrittenExpiry::Months(Some(months)) | WrittenExpiry::Model(ExpiryModel::Rolling(months)) => {
                PointExpiry::Rolling(months)
            }
            WrittenExpiry::Model(ExpiryModel::CalendarYear(years)) => PointExpiry::CalendarYear(years),
            WrittenExpiry::Model(ExpiryModel::Inactive(months)) => PointExpiry::Inactive(months),
        }
    }
}

impl PointExpiry {
    /// The first moment at which points no longer count.
    pub(crate) fn end(self, zone: &Zone, counts_from: Timestamp, booked: Timestamp) -> Option<Timestamp> {
        let after = |from: Timestamp, months: u16| {
            zone.start_of(zone.date(from).saturating_add(i32::from(months).months()))
        };
        match self {
            PointExpiry::Never => None,
            PointExpiry::Rolling(months) => Some(after(counts_from, months)),
            PointExpiry::CalendarYear(more) => {
                let last = zone.date(counts_from).saturating_add(i32::from(more).years()).last_of_year();
                Some(zone.start_of(last.saturating_add(1.day())))
            }
            PointExpiry::Inactive(months) => Some(after(booked, months)),
        }
    }
}

/// Points for purchases of some time and some articles, beside what they earn anyway (fact P-80).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExtraPoints {
    /// Its name.
    pub name: String,
    /// The first day of sales that it is for.
    pub from: Date,
    /// The last one; until further notice, if nothing is said.
    #[serde(default)]
    pub to: Option<Date>,
    /// The articles that it is for, by SKU or article number; all, where none is named.
    #[serde(default)]
    pub articles: Vec<String>,
    /// What it gives.
    pub gives: ExtraGives,
}

/// What an extra-points promotion gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExtraGives {
    /// So many times what is earned anyway, in all: 2 gives as much again, 0.8 takes a fifth back.
    Factor(Positive),
    /// So many points for each article.
    PerArticle(Positive),
}

impl ExtraPoints {
    /// Whether it is for an article that was sold on a day.
    pub(crate) fn is_for(&self, day: Date, names: [&str; 2]) -> bool {
        let in_time = self.from <= day && self.to.is_none_or(|to| day <= to);
        let is_named = |article: &String| names.contains(&article.as_str());
        in_time && (self.articles.is_empty() || self.articles.iter().any(is_named))
    }
}

impl PointRules {
    /// The factor of a currency.
    pub(crate) fn factor(&self, currency: &str) -> Decimal {
        let listed = self.factors.iter().find(|(name, _)| name.eq_ignore_ascii_case(currency));
        listed.map_or(Decimal::ZERO, |(_, factor)| *factor)
    }
}

/// Which API keys are good. Keys are held as fingerprints, never as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApiKeys {
    /// Any key that is not empty.
    Any,
    /// Only those with these fingerprints; made by [`ApiKeys::only`].
    Only(Vec<String>),
}

impl ApiKeys {
    /// Only these keys are good.
    #[must_use]
    pub fn only<'a>(keys: impl IntoIterator<Item = &'a str>) -> ApiKeys {
        ApiKeys::Only(keys.into_iter().map(key_fingerprint).collect())
    }

    pub(crate) fn accept(&self, fingerprint: &str) -> bool {
        match self {
            ApiKeys::Any => !fingerprint.is_empty(),
            ApiKeys::Only(good) => good.iter().any(|one| one == fingerprint),
        }
    }
}

/// A model of contacts with a key and mandatory fields of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactType {
    /// Its handle, such as `Member`.
    pub handle: String,
    /// Which identifier is its key; only the key is unique (fact C-06).
    pub key: Identifier,
    /// Further attributes that a creation must have (fact C-30).
    #[serde(default)]
    pub mandatory: Vec<String>,
}

/// What a contact can be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Identifier {
    /// An e-mail address.
    Email,
    /// A mobile phone number.
    MobilePhone,
    /// A personal identity number.
    SocialSecurityNumber,
    /// The number in Engage's own sequence.
    MemberNumber,
    /// An id of an outside system.
    ExternalId,
}

impl Identifier {
    /// Each of them.
    pub const ALL: [Identifier; 5] = [
        Identifier::Email,
        Identifier::MobilePhone,
        Identifier::SocialSecurityNumber,
        Identifier::MemberNumber,
        Identifier::ExternalId,
    ];

    /// The attribute that holds it.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Identifier::Email => "email",
            Identifier::MobilePhone => "mobilePhone",
            Identifier::SocialSecurityNumber => "socialSecurityNumber",
            Identifier::MemberNumber => "memberNumber",
            Identifier::ExternalId => "externalId",
        }
    }
}
