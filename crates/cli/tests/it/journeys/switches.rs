//! Which values of which switches the walk is taken under, and what is to be configured for some of them.
//!
//! The list is the sandbox's own: a switch that is added there is walked under each of its words, and one with a range
//! fails here until somebody says which of its values mean something.

use gateway::settings::{OrderStatuses, OrdersApi, Settings};
use sandbox::switches::{SPECS, Spec, Values};
use sandbox::{Switches, Zone};
use serde_json::{Value, json};

use super::stage::{of_the_tenant, tenant};

/// Switches that no walk is taken under, and why.
const NOT_WALKED: [(&str, &str); 26] = [
    ("unmatchedContact", "receipts go out for a contact's id only, never for one that isn't there"),
    ("unknownCurrency", "a receipt's currency, which the golden receipts are about"),
    ("pointsFrom", "what a receipt earns"),
    ("pointsRounding", "what a receipt earns"),
    ("pointsEarnedBy", "what a receipt earns"),
    ("returnMatching", "what a return takes"),
    ("returnMeasure", "what a return takes"),
    ("unmatchedReturn", "what a return takes"),
    ("pointDebt", "what a return takes"),
    ("retryAfterSeconds", "who keeps below the limit never sees it; `update` sends one as a fault"),
    ("lockedPromotion", "what becomes of a definition; no till makes one"),
    ("duplicateExternalId", "what becomes of a definition; no till makes one"),
    ("pointTransactionsAt", "no till asks for point transactions"),
    ("transactionItems", "no till asks for point transactions"),
    ("repeatedTransaction", "no till books points"),
    ("triggersAt", "no till pulls a trigger"),
    ("triggerAnswer", "no till pulls a trigger"),
    ("fileNames", "no till brings files"),
    ("fileExisting", "no till brings files"),
    ("fileReceiptsEarn", "no till brings files"),
    ("pointsFileRepeated", "no till brings files"),
    ("fileImportIntervalSeconds", "no till brings files"),
    ("bulkAnswer", "no till creates contacts in bulk"),
    ("bulkSeconds", "no till creates contacts in bulk"),
    ("orderJobs", "a job that fails or never ends needs a person, who is looked at in `orders`"),
    (
        "orderUnknownContact",
        "orders go out for a contact's id only; one that isn't visible yet is looked at in `orders`",
    ),
];

/// Switches that the way of offers meets, and that of contacts doesn't.
const OF_OFFERS: [&str; 18] = [
    "receiptAnswer",
    "emptyPaymentMethods",
    "receiptValidation",
    "receiptTaxSum",
    "receiptLineSum",
    "receiptPaymentSum",
    "offerLists",
    "receiptsRedeem",
    "lineItems",
    "netSums",
    "importIntervalSeconds",
    "assignAnswer",
    "duplicateAssign",
    "draftAssign",
    "endedAssign",
    "externalIdOnAssign",
    "offerAnswer",
    "reactivationConflict",
];

/// Switches that the way of orders meets alone.
const OF_ORDERS: [&str; 11] = [
    "orderAnswer",
    "orderJobLink",
    "orderJobPending",
    "orderJobFailed",
    "orderVersionTag",
    "orderPostExisting",
    "orderPutMissing",
    "orderJobSeconds",
    "orderV2TaxSum",
    "orderV2TotalSum",
    "orderV2PaymentSum",
];

/// Switches that both meet.
const OF_BOTH: [&str; 12] = [
    "newContactTrigger",
    "duplicateKey",
    "pointAccountMade",
    "vouchersShape",
    "voucherMembers",
    "promotionsAt",
    "redeemedListed",
    "scheduledListed",
    "channelsShown",
    "listsOfUnknownContact",
    "visibilityDelaySeconds",
    "rateLimitPerSecond",
];

/// Whose walk it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Contacts,
    Offers,
    Orders,
}

impl Way {
    fn meets(self, switch: &str) -> bool {
        let (of_offers, of_both) = (OF_OFFERS.contains(&switch), OF_BOTH.contains(&switch));
        let of_orders = OF_ORDERS.contains(&switch);
        let not_walked = NOT_WALKED.iter().any(|(name, _)| *name == switch);
        match self {
            _ if not_walked => false,
            Way::Contacts => !of_offers && !of_orders,
            Way::Offers => of_offers || of_both,
            Way::Orders => of_orders,
        }
    }
}

/// What the walk is taken under.
#[derive(Debug, Clone)]
pub struct Under {
    /// The switch and its value; what a failure is told by.
    pub switch: &'static str,
    pub value: Value,
    /// All switches that are set.
    pub switches: Value,
    pub settings: Settings,
    pub tenant: sandbox::Settings,
    /// Whether Engage tells what changed.
    pub feed: Feed,
}

/// The change feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Nobody asks for it here.
    NotAsked,
    /// It is asked for, and answered.
    Answered,
    /// It is asked for, and refused.
    Refused,
}

impl Under {
    /// Nothing is set, and the feed isn't asked for: what a shop starts from.
    pub fn nothing() -> Under {
        Under {
            switch: "nothing",
            value: Value::Null,
            switches: json!({}),
            settings: of_the_tenant(),
            tenant: tenant(),
            feed: Feed::NotAsked,
        }
    }

    /// Nothing is set, and the feed is asked for.
    pub fn feed() -> Under {
        Under { switch: "the feed is asked for", ..Under::nothing() }.with_feed(Feed::Answered)
    }

    /// Nothing is set, and the tenant's own key is the external id.
    pub fn external_ids() -> Under {
        let mut under = Under { switch: "external ids", ..Under::nothing() };
        under.settings.engage.custom_key = gateway::settings::CustomKey::ExternalId;
        under.tenant.custom_key = sandbox::Identifier::ExternalId;
        under
    }

    /// Whether this is walked under.
    pub fn is(&self, switch: &str, value: &str) -> bool {
        assert!(SPECS.iter().any(|spec| spec.name == switch), "there is no switch {switch}");
        self.switch == switch && self.value == value
    }

    /// The same for a number.
    pub fn number(&self, switch: &str) -> Option<u64> {
        assert!(SPECS.iter().any(|spec| spec.name == switch), "there is no switch {switch}");
        self.value.as_u64().filter(|_| self.switch == switch)
    }

    fn with_feed(mut self, feed: Feed) -> Under {
        self.settings.engage.changes_interval = Some(std::time::Duration::from_millis(200));
        self.feed = feed;
        self
    }

    fn of(spec: &Spec, value: Value) -> Under {
        let (switch, switches) = (spec.name, json!({ spec.name: value }));
        let mut under = Under { switch, value, switches, ..Under::nothing() };
        match (switch, under.value.as_str()) {
            ("changesFeed", _) => under = under.with_feed(Feed::Refused),
            // As few as this is less than any window has in it.
            ("changesCap", _) => under = under.with_feed(Feed::Refused),
            // The operator asked Voyado, and configured it.
            ("changesZone", _) => {
                under = under.with_feed(Feed::Answered);
                under.tenant.time_zone = Zone::named("Europe/Stockholm").unwrap();
                under.settings.engage.changes_time_zone =
                    jiff::tz::TimeZone::get("Europe/Stockholm").unwrap();
            }
            ("promotionsAt", Some("contactOnly")) => {
                under.settings.engage.promotions_at = engage::call::PromotionsAt::Contact;
            }
            // A receipt is looked for twice, a window apart; what fills its contact's phone number is tried in between.
            ("visibilityDelaySeconds", _) => {
                under.settings.engage.visibility_window = std::time::Duration::from_secs(12);
            }
            ("offerLists", Some("renamed")) => {
                under.settings.engage.used_vouchers = "usedRewardVouchers.voucherNumber".parse().unwrap();
                under.settings.engage.used_promotions =
                    "usedPromotionAssignments.promotionId".parse().unwrap();
            }
            ("orderV2TaxSum" | "orderV2TotalSum" | "orderV2PaymentSum", _) => {
                under.settings.orders.api = OrdersApi::V2(OrderStatuses::default());
            }
            // The operator knows what the key allows.
            ("rateLimitPerSecond", _) => under.settings.engage.requests_per_second = Some(LOW_RATE - 5),
            _ => {}
        }
        under
    }
}

/// A limit that our own rate of 40 would go above.
const LOW_RATE: u32 = 20;

/// Every value but the default's of every switch that a way can meet; and the default, for contacts three times,
/// differently configured.
pub fn all(way: Way) -> Vec<Under> {
    let default = Switches::default();
    let mut all = match way {
        Way::Contacts => vec![Under::nothing(), Under::feed(), Under::external_ids()],
        Way::Offers | Way::Orders => vec![Under::nothing()],
    };
    for spec in SPECS.iter().filter(|spec| way.meets(spec.name)) {
        let default = default.value(spec.name).unwrap();
        let others = values(spec).into_iter().filter(|value| *value != default);
        all.extend(others.map(|value| Under::of(spec, value)));
    }
    all
}

/// The values that mean something, the default among them.
fn values(spec: &Spec) -> Vec<Value> {
    let numbers = |numbers: &[u32]| numbers.iter().map(|number| json!(number)).collect();
    match (spec.values, spec.name) {
        (Values::OneOf(words), _) => words.iter().map(|word| json!(word)).collect(),
        // More than the window that is configured is a tenant that isn't as configured.
        (_, "visibilityDelaySeconds") => numbers(&[0, 1]),
        (_, "rateLimitPerSecond") => numbers(&[LOW_RATE, 200]),
        (_, "importIntervalSeconds") => numbers(&[0, 1]),
        (_, "overviewCacheSeconds") => numbers(&[0, 300, 86_400]),
        (_, "orderJobSeconds") => numbers(&[0, 4]),
        (_, "changesCap") => numbers(&[1, 250_000]),
        (_, name) => panic!("say which values of {name} the walk is taken under"),
    }
}

#[test]
fn every_switch_is_walked_under_or_is_named_with_a_reason() {
    let walked = [all(Way::Contacts), all(Way::Offers), all(Way::Orders)].concat();
    for spec in SPECS {
        let is_named = NOT_WALKED.iter().any(|(name, _)| *name == spec.name);
        let values = walked.iter().filter(|under| under.switch == spec.name).count();
        assert_ne!(is_named, values > 0, "{} is walked under {values} values", spec.name);
    }
    let named = NOT_WALKED.iter().map(|(name, _)| name).chain(&OF_OFFERS).chain(&OF_ORDERS).chain(&OF_BOTH);
    for name in named {
        assert!(SPECS.iter().any(|spec| spec.name == *name), "there is no switch {name}");
    }
}
