//! What is read: a receipt, or an order, which says the same of what is bought and more of its own.

/// Whose fields are known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A finished sale.
    Receipt,
    /// An order. What is its own is read by [`order`](crate::order); no sale is drawn on by its returns.
    Order,
}

pub(super) const RECEIPT: [&str; 19] = [
    "store",
    "till",
    "receiptNumber",
    "operator",
    "createdAt",
    "currency",
    "exchangeRate",
    "pricesInclude",
    "contact",
    "lines",
    "discounts",
    "payments",
    "total",
    "taxes",
    "extraData",
    "digitalReceipt",
    "training",
    "checkout",
    "id",
];

pub(super) const ORDER: [&str; 22] = [
    "store",
    "till",
    "operator",
    "createdAt",
    "currency",
    "pricesInclude",
    "contact",
    "lines",
    "discounts",
    "payments",
    "total",
    "taxes",
    "id",
    "status",
    "externalStatus",
    "references",
    "channel",
    "changedAt",
    "delivery",
    "billingAddress",
    "shippingAddress",
    "data",
];

pub(super) const RECEIPT_LINE: [&str; 19] = [
    "id",
    "kind",
    "of",
    "sku",
    "articleNumber",
    "name",
    "group",
    "quantity",
    "unit",
    "unitPrice",
    "paid",
    "taxPercent",
    "taxAmount",
    "taxes",
    "discounts",
    "extraData",
    "awardsPoints",
    "discountable",
    "priceOverride",
];

pub(super) const ORDER_LINE: [&str; 21] = [
    "id",
    "kind",
    "of",
    "sku",
    "articleNumber",
    "name",
    "group",
    "quantity",
    "unit",
    "unitPrice",
    "paid",
    "taxPercent",
    "taxAmount",
    "taxes",
    "discounts",
    "extraData",
    "awardsPoints",
    "discountable",
    "priceOverride",
    "imageUrl",
    "targetUrl",
];

impl Form {
    /// The fields of the whole.
    pub(super) const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Receipt => &RECEIPT,
            Self::Order => &ORDER,
        }
    }

    /// The fields of a line.
    pub(super) const fn line_fields(self) -> &'static [&'static str] {
        match self {
            Self::Receipt => &RECEIPT_LINE,
            Self::Order => &ORDER_LINE,
        }
    }
}
