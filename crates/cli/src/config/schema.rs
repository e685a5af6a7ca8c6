//! The table of settings: every key, what kind of value it takes, its default and one sentence about it.
//!
//! The names of environment variables, the checks of names and ranges, the JSON Schema and the listing of the
//! effective configuration all follow from this table, so that a setting is added in one place (and described in
//! `default.toml`, which a test holds against the table). It knows nothing of files.

use gateway::CONTACT_FIELDS;

/// The prefix of every environment variable that sets something here.
pub(super) const VARIABLE_PREFIX: &str = "TILLBRIDGE_";

/// The table of exchange rates: its keys are currency codes, not fixed names.
pub(super) const RATES: &str = "currencies.rates";

/// The table of the points that the sandbox gives, by currency as well.
pub(super) const POINTS: &str = "sandbox.points";

/// The list of stores.
pub(super) const STORES: &str = "stores";

/// What a setting's value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An IP address and a port.
    Address,
    /// A path in the file system.
    Path,
    /// The address of a server, `http` or `https`.
    Url,
    /// Text that is never shown.
    Secret,
    /// Text that is not empty.
    Text,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A list of some of these words.
    Words(&'static [&'static str]),
    /// A list of names of the tenant's own.
    Names,
    /// A few lines of text, each a text of its own in a list.
    Lines,
    /// Yes or no.
    Flag,
    /// A whole number from the first to the second, both allowed.
    Whole(u32, u32),
    /// A field of a list's rows, as the wire names both: `list.field`.
    ListName,
    /// An exact decimal above zero, as a number or as text.
    Decimal,
    /// One such decimal, or one from each of some days on.
    Rate,
    /// An ISO 3166-1 code of two letters.
    Country,
    /// An ISO 639-1 code.
    Language,
    /// An ISO 4217 code.
    Currency,
    /// A list of such codes.
    Currencies,
    /// An amount above zero in each of some currencies.
    Amounts,
    /// What an outage means for an offer: a word, or a limit in each of some currencies.
    Outage,
    /// A day.
    Day,
    /// A name of the IANA time zone database.
    TimeZone,
}

/// One setting.
#[derive(Debug)]
pub(super) struct Field {
    /// The key, with its section: `gateway.listen`; of a store only the last part.
    pub(super) key: &'static str,
    /// What its value must be.
    pub(super) kind: Kind,
    /// What it is when nobody sets it, as it would stand in the file (without quotes).
    pub(super) default: Option<&'static str>,
    /// One sentence about it.
    pub(super) summary: &'static str,
}

impl Field {
    /// The environment variable that sets it.
    pub(super) fn variable(&self) -> String {
        variable(self.key)
    }
}

const fn field(key: &'static str, kind: Kind, default: Option<&'static str>, summary: &'static str) -> Field {
    Field { key, kind, default, summary }
}

/// The words of `gateway.auth`.
pub(super) const AUTHS: &[&str] = &["tokens", "none"];

/// The words of `engage.contact_key` (facts C-04, C-05), as tills name these fields.
pub(super) const CONTACT_KEYS: &[&str] =
    &["email", "mobilePhone", "memberNumber", "externalId", "personalIdentityNumber"];

/// The words of `engage.custom_key` (fact C-10).
pub(super) const CUSTOM_KEYS: &[&str] = &["memberNumber", "externalId"];

/// The words of `engage.promotions_at` (fact P-19).
pub(super) const PROMOTIONS_AT: &[&str] = &["assignments", "contact"];

/// The words of an outage; the third possibility is a limit.
pub(super) const OUTAGES: &[&str] = &["refuse", "honour"];

/// The words of `offers.vouchers.larger_than_basket`.
pub(super) const LARGER_THAN_BASKET: &[&str] = &["forfeit", "refuse"];

/// The words of `offers.vouchers.on_return`.
pub(super) const ON_RETURN: &[&str] = &["whole", "any", "never"];

/// The words of `orders.api`.
pub(super) const ORDERS_APIS: &[&str] = &["v3", "v2"];

/// The words of a promotion's `welcome`.
pub(super) const WELCOMES: &[&str] = &["till", "automation"];

/// Every setting outside the lists, in the order in which it is shown.
pub(super) const FIELDS: &[Field] = &[
    field("gateway.listen", Kind::Address, Some("127.0.0.1:8700"), "Where the tills call."),
    field(
        "gateway.data_dir",
        Kind::Path,
        Some("tillbridge-data"),
        "The folder of everything that must survive.",
    ),
    field(
        "gateway.auth",
        Kind::Choice(AUTHS),
        Some("tokens"),
        "How tills prove who they are; none only on loopback.",
    ),
    field(
        "gateway.wait_ms",
        Kind::Whole(0, 30_000),
        Some("1500"),
        "The longest a till's call waits for Engage, in milliseconds.",
    ),
    field(
        "gateway.lookup_wait_ms",
        Kind::Whole(0, 30_000),
        Some("1500"),
        "The longest a look-up of a contact waits for Engage, in milliseconds.",
    ),
    field(
        "gateway.claim_days",
        Kind::Whole(1, 400),
        Some("30"),
        "How long a receipt that names no customer may be claimed for one, in days.",
    ),
    field(
        "engage.base_url",
        Kind::Url,
        Some("http://127.0.0.1:8701"),
        "The tenant's address; by default the sandbox on this machine.",
    ),
    field(
        "engage.api_key",
        Kind::Secret,
        None,
        "The API key; better in the environment or in a file of its own.",
    ),
    field("engage.api_key_file", Kind::Path, None, "A file that holds the API key and nothing else."),
    field("engage.ca_file", Kind::Path, None, "Certificates (PEM) to trust besides the machine's own."),
    field("engage.source", Kind::Text, Some("POS"), "The source that Engage notes for what comes from here."),
    field(
        "engage.requests_per_second",
        Kind::Whole(1, 200),
        Some("40"),
        "The most calls to Engage in any second, for everything together.",
    ),
    field(
        "engage.contact_type",
        Kind::Text,
        Some("Member"),
        "The type of the contacts that tills enrol and find.",
    ),
    field(
        "engage.contact_key",
        Kind::Choice(CONTACT_KEYS),
        Some("email"),
        "The field by which Engage tells contacts of this type apart.",
    ),
    field(
        "engage.custom_key",
        Kind::Choice(CUSTOM_KEYS),
        Some("memberNumber"),
        "What the tenant's customKey look-up searches.",
    ),
    field(
        "engage.personal_identity_numbers",
        Kind::Flag,
        Some("false"),
        "Whether personal identity numbers are taken from tills and sent to Engage.",
    ),
    field(
        "engage.mandatory_fields",
        Kind::Words(&CONTACT_FIELDS),
        Some(""),
        "What contacts of this type must have beside their key, by the tills' names.",
    ),
    field(
        "engage.custom_attributes",
        Kind::Names,
        Some(""),
        "The tenant's own attributes that tills may show and set, by their names in Engage.",
    ),
    field(
        "engage.level_attribute",
        Kind::Text,
        Some("bonusBasedLevel"),
        "The attribute that holds a contact's loyalty level.",
    ),
    field(
        "engage.level_left_attribute",
        Kind::Text,
        Some("bonusBasedLevelLeftForUpgrade"),
        "The attribute that holds what is missing to the next level.",
    ),
    field(
        "engage.promotions_at",
        Kind::Choice(PROMOTIONS_AT),
        Some("assignments"),
        "Where a contact's promotions are read.",
    ),
    field(
        "engage.changes_interval_seconds",
        Kind::Whole(0, 86_400),
        Some("0"),
        "How often Engage is asked which contacts changed, in seconds; 0 is never.",
    ),
    field(
        "engage.changes_time_zone",
        Kind::TimeZone,
        Some("UTC"),
        "The time zone in which Engage reads the times of that question.",
    ),
    field(
        "engage.used_vouchers",
        Kind::ListName,
        Some("usedBonusChecks.checkNumber"),
        "Where a receipt names the vouchers that it used.",
    ),
    field(
        "engage.used_promotions",
        Kind::ListName,
        Some("usedPromotions.promotionId"),
        "Where a receipt names the promotions that it used.",
    ),
    field(
        "engage.timeout_ms",
        Kind::Whole(1_000, 120_000),
        Some("30000"),
        "The longest one call to Engage may take, in milliseconds.",
    ),
    field(
        "engage.import_interval_seconds",
        Kind::Whole(0, 86_400),
        Some("900"),
        "How often the tenant imports receipts, in seconds.",
    ),
    field(
        "engage.visibility_window_seconds",
        Kind::Whole(0, 3_600),
        Some("60"),
        "How long a new contact may stay invisible to look-ups, in seconds.",
    ),
    field(
        "engage.max_in_flight",
        Kind::Whole(1, 256),
        Some("32"),
        "The most calls to Engage under way at once.",
    ),
    field("offers.promotions", Kind::Path, None, "The promotions file, found from the folder of this file."),
    field(
        "offers.hold_minutes",
        Kind::Whole(1, 240),
        Some("10"),
        "How long a checkout holds its offers, in minutes.",
    ),
    field(
        "offers.vouchers.outage",
        Kind::Outage,
        Some("refuse"),
        "What becomes of a voucher that can't be checked because Engage isn't reached.",
    ),
    field(
        "offers.vouchers.larger_than_basket",
        Kind::Choice(LARGER_THAN_BASKET),
        Some("forfeit"),
        "What becomes of a voucher that is worth more than is left to pay.",
    ),
    field(
        "offers.vouchers.on_return",
        Kind::Choice(ON_RETURN),
        Some("whole"),
        "When a return gives a voucher back: when the whole came back, at any return, or never.",
    ),
    field("offers.vouchers.stack", Kind::Flag, Some("true"), "Whether vouchers may stand beside promotions."),
    field(
        "orders.api",
        Kind::Choice(ORDERS_APIS),
        Some("v3"),
        "Which version of Engage's orders the tenant uses.",
    ),
    field("orders.channel", Kind::Text, Some("POS"), "Where an order was placed that doesn't say where."),
    field(
        "orders.receipt_action",
        Kind::Text,
        Some("DigitalReceipt"),
        "The action that the tenant answers with a digital receipt.",
    ),
    field(
        "orders.v2.in_progress",
        Kind::Text,
        Some("InProgress"),
        "With version 2: what the tenant calls an order under way.",
    ),
    field(
        "orders.v2.completed",
        Kind::Text,
        Some("Completed"),
        "With version 2: what the tenant calls a completed order.",
    ),
    field(
        "orders.v2.cancelled",
        Kind::Text,
        Some("Cancelled"),
        "With version 2: what the tenant calls a cancelled order.",
    ),
    field(
        "orders.v2.payment",
        Kind::Text,
        Some("Paid"),
        "With version 2: the payment status of every order.",
    ),
    field(
        "documents.public_url",
        Kind::Url,
        None,
        "Where customers reach this gateway: what links to their receipts begin with.",
    ),
    field(
        "documents.templates",
        Kind::Path,
        None,
        "A folder of templates and words of the shop's own, found from the folder of this file.",
    ),
    field("sandbox.listen", Kind::Address, Some("127.0.0.1:8701"), "Where the sandbox answers."),
    field(
        "sandbox.data_dir",
        Kind::Path,
        Some("tillbridge-data/sandbox"),
        "The folder of the sandbox's journal.",
    ),
    field("currencies.group", Kind::Currency, None, "The tenant's group currency."),
    field(
        "currencies.converted_by_engage",
        Kind::Currencies,
        Some(""),
        "The currencies that the tenant is set up to convert: without a rate here they go without one.",
    ),
];

/// The settings of one store: what it needs, and what its customers read on a receipt besides its name.
pub(super) const STORE_FIELDS: &[Field] = &[
    field("external_id", Kind::Text, None, "The store's externalId in Engage."),
    field("name", Kind::Text, None, "The store's name."),
    field("country", Kind::Country, None, "The store's country, in two letters (ISO 3166-1)."),
    field("language", Kind::Language, None, "The store's language, in two letters (ISO 639-1)."),
    field("currency", Kind::Currency, None, "The store's currency, in three letters (ISO 4217)."),
    field("time_zone", Kind::TimeZone, None, "The store's time zone, an IANA name."),
    field("address", Kind::Lines, None, "On receipts: the store's address, line by line."),
    field("phone", Kind::Text, None, "On receipts: the store's phone number."),
    field(
        "organisation_number",
        Kind::Text,
        None,
        "On receipts: the number that the company is registered under.",
    ),
    field("vat_number", Kind::Text, None, "On receipts: the company's number for VAT."),
    field("website", Kind::Text, None, "On receipts: the shop's page."),
];

/// The settings that every store needs.
pub(super) const STORE_NEEDS: &[&str] =
    &["external_id", "name", "country", "language", "currency", "time_zone"];

/// The tables whose keys are currency codes, and what stands under each.
pub(super) const TABLES: &[Field] = &[
    field(RATES, Kind::Rate, None, "What one unit of this currency is in the group currency."),
    field(POINTS, Kind::Decimal, None, "How many points one unit of this currency earns in the sandbox."),
];

/// The list of the promotions file.
pub(super) const PROMOTIONS: &str = "promotion";

/// The settings of one promotion, in the promotions file.
pub(super) const PROMOTION_FIELDS: &[Field] = &[
    field("code", Kind::Text, None, "What tills call it: the code of their own promotion."),
    field("external_id", Kind::Text, None, "Its external id in Engage; the code, where this is left out."),
    field("id", Kind::Text, None, "Its id in Engage, where it has no external id there."),
    field("name", Kind::Text, None, "Its name, for staff and cashiers."),
    field("heading", Kind::Text, None, "Its heading, for customers."),
    field("description", Kind::Text, None, "Its description, for customers."),
    field("link", Kind::Url, None, "The address of a page about it."),
    field("starts", Kind::Day, None, "Its first day."),
    field("ends", Kind::Day, None, "Its last day, which is part of it."),
    field("valid_days", Kind::Whole(1, 3_650), None, "How many days an assignment is good."),
    field("valid_months", Kind::Whole(1, 120), None, "How many months an assignment is good."),
    field("stacks", Kind::Flag, Some("false"), "Whether it may stand beside other offers."),
    field("outage", Kind::Outage, Some("refuse"), "What becomes of it while Engage isn't reached."),
    field("comes_back", Kind::Flag, Some("false"), "Whether who brings everything back gets it again."),
    field("welcome", Kind::Choice(WELCOMES), None, "Who gives it to those who sign up."),
    field(
        "gives.percent",
        Kind::Whole(1, 100),
        None,
        "So many percent, where the till's code stands for them.",
    ),
    field(
        "gives.amounts",
        Kind::Amounts,
        None,
        "An amount in each currency, where the till's code stands for it.",
    ),
    field("pos.percent", Kind::Whole(1, 100), None, "At tills: so many percent."),
    field("pos.amounts", Kind::Amounts, None, "At tills: an amount in each currency."),
    field("pos.code", Kind::Text, None, "At tills: the code of their own promotion."),
    field("pos.manual", Kind::Text, None, "At tills: what the cashier does by hand."),
    field("pos.instruction", Kind::Text, None, "What the cashier is told."),
    field("ecom.percent", Kind::Whole(1, 100), None, "On the web: so many percent."),
    field("ecom.amounts", Kind::Amounts, None, "On the web: an amount in each currency."),
    field("ecom.code", Kind::Text, None, "On the web: the code of the shop's own promotion."),
    field("ecom.instruction", Kind::Text, None, "On the web: what is told."),
    field("other.percent", Kind::Whole(1, 100), None, "Elsewhere: so many percent."),
    field("other.amounts", Kind::Amounts, None, "Elsewhere: an amount in each currency."),
    field("other.code", Kind::Text, None, "Elsewhere: a code."),
    field("other.instruction", Kind::Text, None, "Elsewhere: what is told."),
];

/// The environment variable that sets a key.
pub(super) fn variable(key: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

/// The setting of that key.
pub(super) fn find(key: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.key == key)
}

/// The table of that key.
pub(super) fn table(key: &str) -> Option<&'static Field> {
    TABLES.iter().find(|table| table.key == key)
}

/// Whether some setting lies under that name.
pub(super) fn is_section(name: &str) -> bool {
    table(name).is_some() || FIELDS.iter().any(|field| is_under(field.key, name))
}

/// The names that may stand directly under a section (`""` is the file itself).
pub(super) fn names_under(section: &str) -> Vec<&'static str> {
    names_in(FIELDS.iter().chain(TABLES).map(|field| field.key).chain([STORES]), section)
}

/// The names, of those that these keys have, that may stand directly under a section.
pub(super) fn names_in(keys: impl Iterator<Item = &'static str>, section: &str) -> Vec<&'static str> {
    let below =
        |key| if section.is_empty() { Some(key) } else { str::strip_prefix(key, section)?.strip_prefix('.') };
    let mut names: Vec<&'static str> = Vec::new();
    for name in keys.filter_map(below).filter_map(|rest| rest.split('.').next()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The candidate that was probably meant, if one is near enough.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Whether a key lies under a section.
pub(super) fn is_under(key: &str, section: &str) -> bool {
    key.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'))
}
