//! The tables of orders: as version 3 stores them, and as version 2 has them told.

use super::{Field, Kind, may, must};

/// An order to be stored.
pub(crate) const ORDER: &[Field] = &[
    must("orderId", Kind::Text, "O-22"),
    must("contact", Kind::Object(CONTACT), "O-24"),
    may("externalStoreId", Kind::Text, "O-25"),
    must("status", Kind::Word(STATUSES), "O-26"),
    may("externalStatus", Kind::Text, "O-27"),
    may("references", Kind::Texts, "O-29"),
    must("currencyCode", Kind::Text, "O-20"),
    may("channel", Kind::Text, "O-19"),
    may("createdAt", Kind::Instant, "O-28"),
    may("lastChangedAt", Kind::Instant, "O-19"),
    must("totalPrice", Kind::Decimal, "O-21"),
    may("lineItems", Kind::Object(LINES), "O-19"),
    may("payments", Kind::Object(PAYMENTS), "O-36"),
    may("fees", Kind::Object(FEES), "O-37"),
    may("discounts", Kind::Object(DISCOUNTS), "O-38"),
    may("delivery", Kind::Object(DELIVERY), "O-31"),
    may("billingAddress", Kind::Object(ADDRESS), "O-32"),
    may("shippingAddress", Kind::Object(ADDRESS), "O-32"),
    may("data", Kind::Free, "O-39"),
    may("orderAction", Kind::Object(EMBEDDED), "O-51"),
];

/// The words of an order's status.
const STATUSES: &[&str] = &["InProgress", "Completed", "Cancelled"];

const CONTACT: &[Field] = &[
    must("matchKey", Kind::Text, "O-24"),
    must("matchKeyType", Kind::Word(MATCH_KEY_TYPES), "O-24"),
    may("contactType", Kind::Text, "O-24"),
];

const MATCH_KEY_TYPES: &[&str] =
    &["ContactId", "Email", "MobilePhone", "MemberNumber", "ExternalId", "SocialSecurityNumber"];

const LINES: &[Field] = &[must("items", Kind::Rows(LINE), "O-33"), may("subTotal", Kind::Decimal, "O-34")];

const LINE: &[Field] = &[
    must("type", Kind::Word(&["Purchase", "Return"]), "O-33"),
    must("sku", Kind::Text, "O-33"),
    may("articleNumber", Kind::Text, "O-33"),
    may("name", Kind::Text, "O-33"),
    may("group", Kind::Text, "O-33"),
    must("quantity", Kind::Decimal, "O-33"),
    may("unit", Kind::Text, "O-33"),
    may("pricePerUnit", Kind::Decimal, "O-33"),
    must("totalPrice", Kind::Decimal, "O-34"),
    may("taxPercent", Kind::Decimal, "O-33"),
    may("taxAmount", Kind::Decimal, "O-33"),
    may("discounts", Kind::Rows(DISCOUNT), "O-38"),
    may("imageUrl", Kind::Text, "O-33"),
    may("targetUrl", Kind::Text, "O-33"),
    may("extraData", Kind::Free, "O-39"),
];

const PAYMENTS: &[Field] = &[
    must(
        "items",
        Kind::Rows(&[
            must("type", Kind::Text, "O-36"),
            may("description", Kind::Text, "O-36"),
            must("value", Kind::Decimal, "O-36"),
        ]),
        "O-36",
    ),
    may("total", Kind::Decimal, "O-36"),
];

const FEES: &[Field] = &[
    must(
        "items",
        Kind::Rows(&[
            must("type", Kind::Text, "O-37"),
            may("description", Kind::Text, "O-37"),
            must("value", Kind::Decimal, "O-37"),
            may("taxPercent", Kind::Decimal, "O-37"),
            may("taxAmount", Kind::Decimal, "O-37"),
        ]),
        "O-37",
    ),
    may("total", Kind::Decimal, "O-37"),
];

const DISCOUNTS: &[Field] =
    &[must("items", Kind::Rows(DISCOUNT), "O-38"), may("total", Kind::Decimal, "O-38")];

const DISCOUNT: &[Field] = &[
    may("type", Kind::Text, "O-38"),
    may("description", Kind::Text, "O-38"),
    must("value", Kind::Decimal, "O-38"),
];

const ADDRESS: &[Field] = &[
    may("title", Kind::Text, "O-32"),
    may("firstname", Kind::Text, "O-32"),
    may("lastname", Kind::Text, "O-32"),
    may("street", Kind::Text, "O-32"),
    may("street2", Kind::Text, "O-32"),
    may("zipCode", Kind::Text, "O-32"),
    may("city", Kind::Text, "O-32"),
    may("country", Kind::Text, "O-32"),
];

const EMBEDDED: &[Field] = &[
    must("action", Kind::Text, "O-52"),
    may("language", Kind::Text, "O-52"),
    may("data", Kind::Free, "O-52"),
];

/// An action on an order.
pub(crate) const ORDER_ACTION: &[Field] = &[
    must("action", Kind::Text, "O-45"),
    must("versionTag", Kind::Text, "O-45"),
    may("language", Kind::Text, "O-45"),
    may("data", Kind::Free, "O-46"),
];

/// What becomes of an order's statuses.
pub(crate) const ORDER_STATUS: &[Field] = &[
    may("status", Kind::Word(STATUSES), "O-54"),
    may("externalStatus", Kind::Text, "O-54"),
    may("orderAction", Kind::Object(EMBEDDED), "O-52"),
];

/// What becomes of an order's delivery.
pub(crate) const ORDER_DELIVERY: &[Field] = &[
    may("method", Kind::Text, "O-54"),
    may("trackingNumber", Kind::Text, "O-54"),
    may("trackingUri", Kind::Text, "O-54"),
    may("deliveryDate", Kind::Instant, "O-54"),
    may("orderAction", Kind::Object(EMBEDDED), "O-52"),
];

const DELIVERY: &[Field] = &[
    may("method", Kind::Text, "O-31"),
    may("trackingNumber", Kind::Text, "O-31"),
    may("trackingUri", Kind::Text, "O-31"),
    may("deliveryDate", Kind::Instant, "O-31"),
];

/// An order in version 2: told, never stored.
pub(crate) const ORDER_V2: &[Field] = &[
    must("contact", Kind::Object(CONTACT), "O-64"),
    must("orderNumber", Kind::Text, "O-64"),
    must("orderStatus", Kind::Text, "O-64"),
    must("paymentStatus", Kind::Text, "O-64"),
    must("createdDate", Kind::Instant, "O-64"),
    must("storeId", Kind::Text, "O-64"),
    must("currency", Kind::Text, "O-64"),
    must("totalGrossPrice", Kind::Decimal, "O-64"),
    must("items", Kind::Rows(ITEM_V2), "O-64"),
    may("language", Kind::Text, "O-64"),
    may("shippingDate", Kind::Instant, "O-65"),
    may("statusChangedDate", Kind::Instant, "O-65"),
    may("exchangeRateToGroupCurrency", Kind::Decimal, "O-65"),
    may("extraData", Kind::Free, "O-68"),
    may("totalTax", Kind::Decimal, "O-65"),
    may("taxDetails", Kind::Rows(TAX_V2), "O-65"),
    may("paymentMethods", Kind::Rows(PAYMENT_V2), "O-65"),
    may("freightFee", Kind::Object(FEE_V2), "O-65"),
    may("handlingFee", Kind::Object(FEE_V2), "O-65"),
    may("totalRoundOff", Kind::Object(FEE_V2), "O-65"),
    may("totalDiscounts", Kind::Decimal, "O-65"),
    may("totalOriginalPrice", Kind::Decimal, "O-65"),
    may("totalItemsPrice", Kind::Decimal, "O-65"),
    may("totalNetPrice", Kind::Decimal, "O-65"),
    may("anyReturnItems", Kind::Flag, "O-65"),
];

const ITEM_V2: &[Field] = &[
    must("type", Kind::Word(&["PURCHASE", "RETURN"]), "O-66"),
    must("sku", Kind::Text, "O-66"),
    must("quantity", Kind::Decimal, "O-66"),
    must("grossPaidPrice", Kind::Decimal, "O-66"),
    must("description", Kind::Text, "O-66"),
    may("grossPaidPricePerUnit", Kind::Decimal, "O-66"),
    may("taxAmount", Kind::Decimal, "O-66"),
    may("taxPercent", Kind::Decimal, "O-66"),
    may("imageUrl", Kind::Text, "O-66"),
    may("targetUrl", Kind::Text, "O-66"),
    may("extraData", Kind::Free, "O-66"),
    may("totalDiscount", Kind::Decimal, "O-66"),
    may("originalPrice", Kind::Decimal, "O-66"),
    may("originalPricePerUnit", Kind::Decimal, "O-66"),
    may("discounts", Kind::Rows(DISCOUNT_V2), "O-66"),
    may("discounted", Kind::Flag, "O-66"),
];

const DISCOUNT_V2: &[Field] = &[
    must("value", Kind::Decimal, "O-66"),
    may("type", Kind::Text, "O-66"),
    may("description", Kind::Text, "O-66"),
    may("extraData", Kind::Free, "O-66"),
];

const FEE_V2: &[Field] = &[
    must("value", Kind::Decimal, "O-65"),
    may("tax", Kind::Decimal, "O-65"),
    may("taxPercent", Kind::Decimal, "O-65"),
];

const PAYMENT_V2: &[Field] = &[
    must("type", Kind::Text, "O-65"),
    must("value", Kind::Decimal, "O-65"),
    may("description", Kind::Text, "O-65"),
];

const TAX_V2: &[Field] = &[
    may("description", Kind::Text, "O-65"),
    may("value", Kind::Decimal, "O-65"),
    may("percent", Kind::Decimal, "O-65"),
];
