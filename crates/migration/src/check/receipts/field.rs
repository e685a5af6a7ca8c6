//! The fields of a receipt that a mapping may fill: a till's words for them.

/// A field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What Engage knows the receipt by.
    Id,
    /// The printed number.
    ReceiptNumber,
    /// The store's external id.
    Store,
    /// The till's name.
    Till,
    /// Who stood there.
    Operator,
    /// When it was made.
    CreatedAt,
    /// What it was paid in.
    Currency,
    /// The rate to the group currency.
    ExchangeRate,
    /// Whose it is, by the contact's key.
    Contact,
    /// What was paid in all.
    Total,
    /// Whether prices hold their tax.
    PricesInclude,
    /// What a row is.
    Kind,
    /// The most exact designation of the article.
    Sku,
    /// The article's number.
    ArticleNumber,
    /// The article's name.
    Name,
    /// The article's group.
    Group,
    /// How much of it.
    Quantity,
    /// What the quantity is measured in.
    Unit,
    /// The price of a piece, before discounts.
    UnitPrice,
    /// The whole line before discounts.
    Amount,
    /// The whole line after every discount.
    Paid,
    /// What the line's own discount took off it.
    Discount,
    /// What a discount is called.
    DiscountName,
    /// The tax rate.
    TaxPercent,
    /// The tax in the line.
    TaxAmount,
    /// The id of the sale that a return is of.
    ReturnsReceipt,
    /// How it was paid.
    PaymentType,
    /// How much was paid so.
    PaymentAmount,
}

impl Field {
    /// How many there are.
    pub const COUNT: usize = 28;

    /// Every field, by its place in [`Field`].
    pub const ALL: [Self; Self::COUNT] = [
        Self::Id,
        Self::ReceiptNumber,
        Self::Store,
        Self::Till,
        Self::Operator,
        Self::CreatedAt,
        Self::Currency,
        Self::ExchangeRate,
        Self::Contact,
        Self::Total,
        Self::PricesInclude,
        Self::Kind,
        Self::Sku,
        Self::ArticleNumber,
        Self::Name,
        Self::Group,
        Self::Quantity,
        Self::Unit,
        Self::UnitPrice,
        Self::Amount,
        Self::Paid,
        Self::Discount,
        Self::DiscountName,
        Self::TaxPercent,
        Self::TaxAmount,
        Self::ReturnsReceipt,
        Self::PaymentType,
        Self::PaymentAmount,
    ];

    /// What all rows of a receipt say alike, and by which two receipts of one id are told apart.
    pub const OF_HEAD: [Self; 10] = [
        Self::ReceiptNumber,
        Self::Store,
        Self::Till,
        Self::CreatedAt,
        Self::Currency,
        Self::ExchangeRate,
        Self::Contact,
        Self::Total,
        Self::PricesInclude,
        Self::Operator,
    ];

    /// The mapping's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::ReceiptNumber => "receiptNumber",
            Self::Store => "store",
            Self::Till => "till",
            Self::Operator => "operator",
            Self::CreatedAt => "createdAt",
            Self::Currency => "currency",
            Self::ExchangeRate => "exchangeRate",
            Self::Contact => "contact",
            Self::Total => "total",
            Self::PricesInclude => "pricesInclude",
            Self::Kind => "line.kind",
            Self::Sku => "line.sku",
            Self::ArticleNumber => "line.articleNumber",
            Self::Name => "line.name",
            Self::Group => "line.group",
            Self::Quantity => "line.quantity",
            Self::Unit => "line.unit",
            Self::UnitPrice => "line.unitPrice",
            Self::Amount => "line.amount",
            Self::Paid => "line.paid",
            Self::Discount => "line.discount",
            Self::DiscountName => "line.discountName",
            Self::TaxPercent => "line.taxPercent",
            Self::TaxAmount => "line.taxAmount",
            Self::ReturnsReceipt => "line.returnsReceipt",
            Self::PaymentType => "payment.type",
            Self::PaymentAmount => "payment.amount",
        }
    }

    /// What a till's word for a figure of a line is made of.
    #[must_use]
    pub fn of_line(word: &str) -> Option<Self> {
        Some(match word {
            "kind" => Self::Kind,
            "sku" => Self::Sku,
            "articleNumber" => Self::ArticleNumber,
            "name" => Self::Name,
            "group" => Self::Group,
            "quantity" => Self::Quantity,
            "unit" => Self::Unit,
            "unitPrice" => Self::UnitPrice,
            "paid" => Self::Paid,
            "discounts" => Self::Discount,
            "taxPercent" | "taxes" => Self::TaxPercent,
            "taxAmount" => Self::TaxAmount,
            "of" => Self::ReturnsReceipt,
            _ => return None,
        })
    }

    /// What a till's word for something of the whole receipt is made of.
    #[must_use]
    pub fn of_receipt(word: &str) -> Option<Self> {
        match word {
            "discounts" => Some(Self::Discount),
            "taxes" => Some(Self::TaxAmount),
            "payments" => Some(Self::PaymentAmount),
            _ => Self::OF_HEAD.into_iter().find(|field| field.as_str() == word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Field;

    #[test]
    fn each_field_stands_at_its_place_and_has_a_name_of_its_own() {
        for (place, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, place);
            let same = Field::ALL.into_iter().filter(|other| other.as_str() == field.as_str());
            assert_eq!(same.count(), 1, "{field:?}");
        }
    }
}
