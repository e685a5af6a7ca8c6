//! The list of all switches: name, values, fact, and what each decides.

use serde::Serialize;
use serde_json::Value;

use crate::Fact;

/// What a switch may be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Values {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A whole number in a range.
    Between {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
}

/// A switch as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spec {
    /// Its name in JSON.
    pub name: &'static str,
    /// What it may be set to.
    pub values: Values,
    /// The fact that leaves it open.
    pub fact: Fact,
    /// What it decides.
    pub about: &'static str,
}

const fn spec(name: &'static str, values: Values, fact: &'static str, about: &'static str) -> Spec {
    Spec { name, values, fact: Fact(fact), about }
}

/// Every switch there is.
pub const SPECS: &[Spec] = &[
    spec("receiptAnswer", Values::OneOf(&["202", "200"]), "R-14", "status of a receipt that was taken"),
    spec("createAnswer", Values::OneOf(&["201", "200"]), "C-38", "status of a contact that was created"),
    spec(
        "duplicateKey",
        Values::OneOf(&["conflict409", "returnsExistingId", "returnsExistingContact"]),
        "C-42",
        "answer to a creation whose key exists",
    ),
    spec(
        "preferencesSpelling",
        Values::OneOf(&["acceptsEmail", "AcceptsEmails"]),
        "C-40",
        "how preferences are spelt in a contact",
    ),
    spec("contentTypeOnGet", Values::OneOf(&["tolerated", "500"]), "B-10", "a GET without Content-Type"),
    spec(
        "emptyPaymentMethods",
        Values::OneOf(&["refused", "accepted"]),
        "R-32",
        "a receipt of zero without a payment row",
    ),
    spec("idAnswer", Values::OneOf(&["string", "object"]), "C-12", "how a found contact's id is written"),
    spec(
        "badIdentifierOnCreate",
        Values::OneOf(&["422", "400"]),
        "C-46",
        "a malformed identifier in a creation or an update",
    ),
    spec(
        "unknownStoreOnCreate",
        Values::OneOf(&["accepted", "created", "refused"]),
        "C-26",
        "a creation that names an unknown store",
    ),
    spec(
        "unmatchedContact",
        Values::OneOf(&["dropped", "refused404"]),
        "R-12",
        "a receipt whose contact does not exist",
    ),
    spec(
        "unknownCurrency",
        Values::OneOf(&["dropped", "rateOne"]),
        "R-50",
        "a receipt in a currency for which there is no rate",
    ),
    spec(
        "receiptValidation",
        Values::OneOf(&["lenient", "strict"]),
        "R-17",
        "whether a receipt's signs, discounts and taxes are checked, as those of orders always are",
    ),
    spec(
        "receiptTaxSum",
        Values::OneOf(&["lenient", "strict"]),
        "R-60",
        "whether the taxes of a receipt's lines must add up to taxDetails",
    ),
    spec(
        "receiptLineSum",
        Values::OneOf(&["lenient", "strict"]),
        "R-60",
        "whether a receipt's lines must add up to its total",
    ),
    spec(
        "receiptPaymentSum",
        Values::OneOf(&["lenient", "strict"]),
        "R-60",
        "whether a receipt's payments must add up to its total",
    ),
    spec(
        "offerLists",
        Values::OneOf(&["v2", "renamed"]),
        "R-63",
        "how a receipt names used offers; renamed: usedRewardVouchers.voucherNumber, usedPromotionAssignments.promotionId",
    ),
    spec(
        "receiptsRedeem",
        Values::OneOf(&["no", "yes"]),
        "R-40",
        "whether an offer that a receipt names is used by its import",
    ),
    spec("lineItems", Values::OneOf(&["listed", "empty"]), "R-61", "whether a transaction has its lines"),
    spec(
        "netSums",
        Values::OneOf(&["withTax", "withoutTax"]),
        "R-62",
        "whether a transaction's net sums have the tax in them",
    ),
    spec(
        "pointsFrom",
        Values::OneOf(&["localPrice", "groupPrice"]),
        "P-41",
        "the price that points are earned by: local, or in the group currency",
    ),
    spec("pointsRounding", Values::OneOf(&["exact", "whole", "down"]), "P-42", "how points are rounded"),
    spec("pointsEarnedBy", Values::OneOf(&["members", "everybody"]), "P-45", "whose receipts earn points"),
    spec(
        "returnMatching",
        Values::OneOf(&["newestFirst", "oldestFirst", "samePriceFirst", "never"]),
        "R-58",
        "which purchase a return is matched with first",
    ),
    spec(
        "returnMeasure",
        Values::OneOf(&["paid", "quantity"]),
        "R-58",
        "what says how much of a purchase came back",
    ),
    spec(
        "unmatchedReturn",
        Values::OneOf(&["formula", "nothing"]),
        "R-58",
        "what a return takes that matches no purchase: what its price would earn, or nothing",
    ),
    spec(
        "pointDebt",
        Values::OneOf(&["allowed", "never"]),
        "P-44",
        "whether a return may take more points than there are",
    ),
    spec(
        "emailCase",
        Values::OneOf(&["ignored", "matters"]),
        "C-22",
        "whether case matters when e-mail addresses are compared",
    ),
    spec(
        "severalParameters",
        Values::OneOf(&["allMatch", "firstNonEmpty"]),
        "C-17",
        "how several parameters of a look-up combine",
    ),
    spec(
        "untypedLookup",
        Values::OneOf(&["anyType", "defaultType"]),
        "C-93",
        "which types a look-up without contactType searches",
    ),
    spec(
        "unapprovedInLookup",
        Values::OneOf(&["found", "hidden"]),
        "C-93",
        "whether a look-up finds unapproved contacts",
    ),
    spec(
        "unapprovedHolder",
        Values::OneOf(&["approvesExisting", "createsSecond", "conflict409"]),
        "C-43",
        "a creation whose key an unapproved contact has",
    ),
    spec(
        "keyAcrossTypes",
        Values::OneOf(&["allowed", "conflict409"]),
        "C-07",
        "a creation whose key a contact of another type has",
    ),
    spec(
        "keyClash",
        Values::OneOf(&["409", "422"]),
        "C-73",
        "an update or change of type towards a key that another contact has",
    ),
    spec(
        "preferencesDefault",
        Values::OneOf(&["false", "true"]),
        "C-33",
        "what a preference is that a creation does not name",
    ),
    spec(
        "absentPreferences",
        Values::OneOf(&["leftAlone", "setToFalse"]),
        "C-52",
        "preferences that an update with others does not name",
    ),
    spec("updateAnswer", Values::OneOf(&["contact", "empty200", "empty204"]), "C-69", "answer to an update"),
    spec(
        "contactTypeInUpdate",
        Values::OneOf(&["ignored", "refused422"]),
        "C-71",
        "an update that names a contact type",
    ),
    spec(
        "mandatoryEmptied",
        Values::OneOf(&["refused422", "accepted"]),
        "C-72",
        "an update that empties the key or a mandatory field",
    ),
    spec(
        "typeChangeMissing",
        Values::OneOf(&["422", "400"]),
        "C-54",
        "a change of type whose mandatory data is missing",
    ),
    spec(
        "attributeValidation",
        Values::OneOf(&["lenient", "strict"]),
        "C-62",
        "whether gender, language, countryCode, birthDay and lengths are checked",
    ),
    spec(
        "errorField",
        Values::OneOf(&["absent", "named"]),
        "B-26",
        "whether a validation error names its field in a member of its own",
    ),
    spec(
        "unsetAttributes",
        Values::OneOf(&["absent", "null"]),
        "C-39",
        "how attributes that are not set are answered",
    ),
    spec(
        "levelIn",
        Values::OneOf(&["contactAndOverview", "overviewOnly"]),
        "P-34",
        "where the level is answered",
    ),
    spec(
        "changesFeed",
        Values::OneOf(&["on", "off403", "off404"]),
        "C-85",
        "whether the change feed is switched on, and what it answers if not",
    ),
    spec("changesZone", Values::OneOf(&["utc", "tenantZone"]), "C-86", "the zone of the change feed's times"),
    spec(
        "pointAccountsShape",
        Values::OneOf(&["bareArray", "page"]),
        "P-02",
        "how point accounts are listed",
    ),
    spec(
        "pointAccountMade",
        Values::OneOf(&["withMember", "atFirstPoints"]),
        "P-07",
        "when a contact gets its point account",
    ),
    spec("vouchersShape", Values::OneOf(&["page", "bareArray"]), "P-12", "how vouchers are listed"),
    spec(
        "voucherMembers",
        Values::OneOf(&["all", "perList"]),
        "P-13",
        "whether each list of vouchers leaves out what its name says",
    ),
    spec(
        "promotionsAt",
        Values::OneOf(&["both", "assignmentsOnly", "contactOnly"]),
        "P-19",
        "where a contact's promotions are listed",
    ),
    spec("redeemedListed", Values::OneOf(&["no", "yes"]), "P-26", "whether used promotions are listed"),
    spec(
        "scheduledListed",
        Values::OneOf(&["no", "yes"]),
        "P-30",
        "whether promotions whose first day lies ahead are listed",
    ),
    spec(
        "channelsShown",
        Values::OneOf(&["asked", "all"]),
        "P-25",
        "which channels a promotion has in a list for one channel",
    ),
    spec(
        "pointTransactionsAt",
        Values::OneOf(&["both", "pointTransactionsOnly", "pointAccountsOnly"]),
        "P-76",
        "where point transactions are: /point-transactions or /point-accounts/transactions",
    ),
    spec(
        "transactionItems",
        Values::OneOf(&["items", "Items"]),
        "P-75",
        "how a list of point transactions names its rows",
    ),
    spec(
        "repeatedTransaction",
        Values::OneOf(&["ignored", "booked"]),
        "P-76",
        "a point transaction whose transactionId was booked already",
    ),
    spec("triggersAt", Values::OneOf(&["both", "v2Only"]), "P-81", "where custom triggers are"),
    spec("triggerAnswer", Values::OneOf(&["200", "202", "204"]), "P-81", "status of a custom trigger"),
    spec(
        "newContactTrigger",
        Values::OneOf(&["registration", "registrationOrPromotion"]),
        "P-82",
        "whether a contact that becomes a member by a change of type is a new contact for automations",
    ),
    spec(
        "listsOfUnknownContact",
        Values::OneOf(&["notFound404", "empty"]),
        "P-36",
        "points, vouchers and promotions of an unknown contact",
    ),
    spec(
        "assignAnswer",
        Values::OneOf(&["object", "assignmentId", "string", "empty"]),
        "P-51",
        "how an assignment is answered",
    ),
    spec(
        "duplicateAssign",
        Values::OneOf(&["allowed", "conflict409"]),
        "P-53",
        "an assignment of a promotion that the contact has already",
    ),
    spec(
        "draftAssign",
        Values::OneOf(&["notFound404", "expired409"]),
        "P-53",
        "an assignment of a promotion in Draft",
    ),
    spec(
        "endedAssign",
        Values::OneOf(&["expired409", "notFound404"]),
        "P-53",
        "an assignment of a promotion that ended",
    ),
    spec(
        "externalIdOnAssign",
        Values::OneOf(&["refused400", "accepted"]),
        "P-53",
        "whether an assignment may name its promotion by the external id",
    ),
    spec(
        "offerAnswer",
        Values::OneOf(&["empty", "object"]),
        "P-55",
        "how a redemption or reactivation is answered",
    ),
    spec(
        "reactivationConflict",
        Values::OneOf(&["409", "406"]),
        "P-60",
        "the status of a reactivation that cannot be",
    ),
    spec(
        "lockedPromotion",
        Values::OneOf(&["409", "400"]),
        "P-64",
        "the status of a change or deletion of a promotion that cannot be",
    ),
    spec(
        "duplicateExternalId",
        Values::OneOf(&["refused409", "accepted"]),
        "P-63",
        "whether two promotions may have one external id",
    ),
    spec("orderAnswer", Values::OneOf(&["202", "201"]), "O-07", "status of an accepted change of an order"),
    spec(
        "orderJobLink",
        Values::OneOf(&["headerAndBody", "header", "body"]),
        "O-08",
        "where the link to an order's job stands",
    ),
    spec(
        "orderJobs",
        Values::OneOf(&["processed", "neverEnd", "doneUntold", "fail"]),
        "O-06",
        "what becomes of changes of orders that are accepted from now on",
    ),
    spec("orderJobPending", Values::OneOf(&["200", "202"]), "O-11", "status of a job that is not done"),
    spec("orderJobFailed", Values::OneOf(&["422", "200"]), "O-10", "status of a job that failed"),
    spec(
        "orderVersionTag",
        Values::OneOf(&["body", "etag"]),
        "O-16",
        "where an order that is read has its tag",
    ),
    spec(
        "orderPostExisting",
        Values::OneOf(&["jobFails", "replaces", "conflict409"]),
        "O-41",
        "a creation of an order that is there",
    ),
    spec(
        "orderPutMissing",
        Values::OneOf(&["notFound404", "creates"]),
        "O-42",
        "a replacement of an order that is not there",
    ),
    spec(
        "orderUnknownContact",
        Values::OneOf(&["storedWithout", "jobFails"]),
        "O-56",
        "an order whose contact does not exist",
    ),
    spec(
        "orderV2TaxSum",
        Values::OneOf(&["lenient", "strict"]),
        "O-70",
        "whether the taxes of an order of version 2 must add up to its total tax",
    ),
    spec(
        "orderV2TotalSum",
        Values::OneOf(&["lenient", "strict"]),
        "O-70",
        "whether the items and fees of an order of version 2 must add up to its total",
    ),
    spec(
        "orderV2PaymentSum",
        Values::OneOf(&["lenient", "strict"]),
        "O-70",
        "whether the payments of an order of version 2 must add up to its total",
    ),
    spec(
        "fileNames",
        Values::OneOf(&["csvAndXml", "any"]),
        "M-31",
        "which files are picked up: those that end with .csv or .xml, or whatever is there",
    ),
    spec(
        "fileExisting",
        Values::OneOf(&["updates", "skips"]),
        "M-14",
        "what a file does with a contact whose key exists",
    ),
    spec(
        "fileReceiptsEarn",
        Values::OneOf(&["no", "yes"]),
        "M-27",
        "whether receipts that come by file earn points",
    ),
    spec(
        "pointsFileRepeated",
        Values::OneOf(&["counts", "ignored"]),
        "M-22",
        "a row of points that was imported before",
    ),
    spec("bulkAnswer", Values::OneOf(&["202", "200"]), "M-28", "status of a bulk call that was taken"),
    spec(
        "fileImportIntervalSeconds",
        Values::Between { least: 0, most: 86_400 },
        "M-08",
        "how often files are picked up; 0 is at once",
    ),
    spec(
        "bulkSeconds",
        Values::Between { least: 0, most: 86_400 },
        "M-28",
        "how long the work of a bulk call takes; 0 is done at once",
    ),
    spec(
        "orderJobSeconds",
        Values::Between { least: 0, most: 86_400 },
        "O-50",
        "how long a change of an order takes; 0 is done at once",
    ),
    spec(
        "visibilityDelaySeconds",
        Values::Between { least: 0, most: 3_600 },
        "B-22",
        "how long look-ups do not see a new contact",
    ),
    spec(
        "importIntervalSeconds",
        Values::Between { least: 0, most: 86_400 },
        "R-03",
        "how often receipts are imported; 0 is at once",
    ),
    spec(
        "rateLimitPerSecond",
        Values::Between { least: 1, most: 100_000 },
        "B-14",
        "requests of one key taken in any second",
    ),
    spec(
        "retryAfterSeconds",
        Values::Between { least: 0, most: 3_600 },
        "B-16",
        "Retry-After of a 429; 0 leaves it out",
    ),
    spec(
        "overviewCacheSeconds",
        Values::Between { least: 0, most: 86_400 },
        "C-65",
        "how long an answered overview is answered again; 0 is never",
    ),
    spec(
        "changesCap",
        Values::Between { least: 1, most: 250_000 },
        "C-83",
        "how many ids the change feed answers at most; more are 400",
    ),
];

impl Spec {
    pub(super) fn takes(&self, value: &Value) -> bool {
        match self.values {
            Values::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Values::Between { least, most } => {
                value.as_u64().is_some_and(|number| (u64::from(least)..=u64::from(most)).contains(&number))
            }
        }
    }
}
