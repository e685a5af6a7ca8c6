//! Which fields there are.

use super::Part;
use crate::Entity;

/// What a line of a receipt can be.
pub const LINE_KINDS: [&str; 6] = ["sale", "return", "discount", "payment", "tax", "void"];

const STORES: &[&str] = &[
    "externalId",
    "name",
    "timeZone",
    "type",
    "city",
    "countryCode",
    "zipCode",
    "street",
    "county",
    "region",
    "email",
    "phoneNumber",
    "homepage",
    "active",
    "longitude",
    "latitude",
];

const CONTACTS: &[&str] = &[
    "memberNumber",
    "externalId",
    "firstName",
    "lastName",
    "email",
    "mobilePhone",
    "phone",
    "socialSecurityNumber",
    "birthDay",
    "gender",
    "street",
    "careOf",
    "zipCode",
    "city",
    "countryCode",
    "language",
    "currentStore",
    "memberRecruitedByStore",
    "acceptsEmail",
    "acceptsSms",
    "acceptsPostal",
    "created",
    "source",
];

const RECEIPTS: &[&str] = &[
    "id",
    "receiptNumber",
    "store",
    "till",
    "operator",
    "createdAt",
    "currency",
    "exchangeRate",
    "contact",
    "total",
    "pricesInclude",
];

const LINES: &[&str] = &[
    "line.kind",
    "line.sku",
    "line.articleNumber",
    "line.name",
    "line.group",
    "line.quantity",
    "line.unitPrice",
    "line.amount",
    "line.paid",
    "line.discount",
    "line.discountName",
    "line.taxPercent",
    "line.taxAmount",
    "line.returnsReceipt",
    "payment.type",
    "payment.amount",
];

const POINTS: &[&str] = &[
    "key",
    "amount",
    "type",
    "date",
    "createdOn",
    "validTo",
    "expireAfterMonthsInactive",
    "createdBy",
    "description",
    "source",
    "definition",
];

const VOUCHERS: &[&str] = &[
    "key",
    "promotionName",
    "createdOn",
    "expiryDate",
    "validFrom",
    "value",
    "currency",
    "values",
    "bonusPoints",
    "code",
    "used",
    "usedBy",
    "usedStore",
    "usedReceipt",
];

/// The fields that a table's rules may be of. Contacts may have others ([`is_open`]).
#[must_use]
pub fn fields_of(entity: Entity, part: Part) -> Vec<&'static str> {
    match (entity, part) {
        (Entity::Stores, _) => STORES.to_vec(),
        (Entity::Contacts, _) => CONTACTS.to_vec(),
        (Entity::Receipts, Part::Whole) => [RECEIPTS, LINES].concat(),
        (Entity::Receipts, Part::Lines) => [&["id"], LINES].concat(),
        (Entity::Points, _) => POINTS.to_vec(),
        (Entity::Vouchers, _) => VOUCHERS.to_vec(),
    }
}

/// Whether fields beyond those that are known go as they are: contacts have attributes of the tenant's own.
#[must_use]
pub const fn is_open(entity: Entity) -> bool {
    matches!(entity, Entity::Contacts)
}

/// The fields without which a table says nothing.
pub(crate) const fn needed(entity: Entity, part: Part) -> &'static [&'static str] {
    match (entity, part) {
        (Entity::Stores, _) => &["externalId", "name"],
        (Entity::Contacts, _) => &[],
        (Entity::Receipts, Part::Whole) => &["id", "store", "createdAt"],
        (Entity::Receipts, Part::Lines) => &["id"],
        (Entity::Points, _) => &["key", "amount", "date"],
        (Entity::Vouchers, _) => &["key", "promotionName"],
    }
}

/// What several columns make when some are blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joining {
    /// What there is: an address without its second line.
    WhatThereIs,
    /// Nothing without the last: a phone number is none with its country alone.
    ByTheLast,
    /// Nothing without any, and a fault without some: an identity has all its parts.
    All,
}

pub(super) fn joining(entity: Entity, field: &str) -> Joining {
    match (entity, field) {
        (Entity::Receipts, "id") | (_, "key") => Joining::All,
        (Entity::Receipts, "line.returnsReceipt" | "contact")
        | (
            Entity::Contacts,
            "mobilePhone" | "phone" | "memberNumber" | "externalId" | "socialSecurityNumber",
        ) => Joining::ByTheLast,
        _ => Joining::WhatThereIs,
    }
}
