//! The receipt as a till sends it, for the API's description only.
//!
//! It is read field by field by `pos`, which names every fault at once and never refuses a sale; no value of these
//! types is ever made. A test holds the names against those that are read.

#![expect(dead_code, reason = "these types document what pos reads; none is ever made")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// An exact decimal: a JSON number, or the same as a text.
#[derive(ToSchema)]
#[schema(examples(json!(200.00), json!("200.00")))]
pub enum Decimal {
    #[schema(rename = "number")]
    Number(f64),
    Text(String),
}

/// A finished sale. Only `store`, `receiptNumber`, `createdAt` and `lines` with an article, a price and a tax rate each
/// are needed for it to go to Engage; without them it is kept all the same and needs attention.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = Receipt, examples(json!({
    "store": "store03-stockholm", "till": "2", "receiptNumber": "000871", "operator": "17",
    "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK",
    "contact": { "mobilePhone": "+46701740605" },
    "lines": [
        { "id": "1", "kind": "purchase", "sku": "3001-BLK-M", "articleNumber": "3001", "name": "Wool sweater",
          "group": "Knitwear", "quantity": 2, "unitPrice": 200.00, "taxPercent": 25,
          "discounts": [{ "amount": 40.00, "type": "SALE", "description": "Weekend" }] }
    ],
    "discounts": [{ "percent": 10, "description": "Welcome 10%" }],
    "payments": [{ "type": "card", "amount": 324.00 }], "total": 324.00
})))]
pub struct ReceiptBody {
    /// Its identity once more; the one in the path counts.
    id: Option<String>,
    /// The store's external id.
    store: String,
    /// The till's name within the store.
    till: Option<String>,
    /// The printed number; need not be unique.
    receipt_number: String,
    /// Who stood at the till: a number, not a name.
    operator: Option<String>,
    /// When it was made, RFC 3339 with the till's offset. One without an offset is read in the store's zone.
    created_at: String,
    /// ISO 4217; the store's where left out.
    currency: Option<String>,
    /// The till's own rate to the group currency; else the configured table's.
    #[schema(value_type = Option<Decimal>)]
    exchange_rate: Option<Decimal>,
    /// `tax`, or `noTax` where prices, discounts and `paid` are without it; total and payments are with it always.
    prices_include: Option<String>,
    /// The customer; left out for an anonymous sale. Several identifiers may be given: the most exact counts.
    contact: Option<ContactBody>,
    /// What was sold, and what was taken back.
    lines: Vec<LineBody>,
    /// Discounts of the whole receipt, in the order in which they apply; each is spread over its lines.
    discounts: Option<Vec<DiscountBody>>,
    /// How it was paid.
    payments: Option<Vec<PaymentBody>>,
    /// What was paid, below zero where more was paid back; computed where left out.
    #[schema(value_type = Option<Decimal>)]
    total: Option<Decimal>,
    /// The till's own tax figures by rate; computed where left out. With `noTax`, lines that state no tax share these.
    taxes: Option<Vec<TaxBody>>,
    /// Names and values that go along to Engage.
    extra_data: Option<BTreeMap<String, String>>,
    /// `true`, or how: the customer gets a digital receipt, by an order and an action of it in Engage.
    #[schema(value_type = Option<DigitalReceipt>)]
    digital_receipt: Option<DigitalReceipt>,
    /// Training: answered and never delivered.
    training: Option<bool>,
    /// The checkout that it pays: it ends, and its offers are used.
    checkout: Option<String>,
}

/// How a digital receipt is wanted; `true` is the same as an empty object.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", examples(json!({ "language": "sv-SE" })))]
pub struct DigitalReceipt {
    /// A tag such as `sv-SE`; the store's language where left out.
    language: Option<String>,
    /// What the message shows besides, as its template in Engage wants it.
    #[schema(value_type = Option<Object>)]
    data: Option<()>,
}

/// An order as it is now: what a receipt says of lines, discounts and payments, and what is an order's own. It has a
/// contact: Engage keeps none without.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = Order, examples(json!({
    "store": "store03-stockholm", "status": "inProgress", "externalStatus": "Picked",
    "createdAt": "2026-11-22T16:42:07+01:00", "changedAt": "2026-11-22T18:05:00+01:00", "currency": "SEK",
    "contact": { "email": "anna@example.com" }, "channel": "WEB",
    "lines": [
        { "id": "1", "kind": "purchase", "sku": "3001-BLK-M", "name": "Wool sweater", "quantity": 1,
          "unitPrice": 200.00, "taxPercent": 25, "extraData": { "size": "M" } },
        { "kind": "shipping", "name": "Home delivery", "quantity": 1, "unitPrice": 49.00, "taxPercent": 25 }
    ],
    "delivery": { "method": "Home", "trackingNumber": "SE123" }, "total": 249.00,
    "data": { "giftWrapped": true }
})))]
pub struct OrderBody {
    /// The store's external id.
    store: String,
    /// The till's name within the store.
    till: Option<String>,
    /// Who took it: a number, not a name.
    operator: Option<String>,
    /// `inProgress` where left out, `completed` or `cancelled`.
    status: Option<String>,
    /// How far it is, in words of the shop's own.
    external_status: Option<String>,
    /// Ids of other orders that it is about, such as that which is returned.
    references: Option<Vec<String>>,
    /// Where it was placed, such as `WEB`; `POS` where left out.
    channel: Option<String>,
    /// When it was placed, RFC 3339.
    created_at: String,
    /// When this state came about, RFC 3339; now where left out. One older than what is known here is refused.
    changed_at: Option<String>,
    /// ISO 4217; the store's where left out.
    currency: Option<String>,
    /// `tax`, or `noTax` where prices and discounts are without it.
    prices_include: Option<String>,
    /// The customer.
    contact: ContactBody,
    /// What is bought, and what is returned; what is no merchandise becomes a fee.
    lines: Vec<OrderLineBody>,
    /// Discounts of the whole order, in the order in which they apply; each is spread over its lines.
    discounts: Option<Vec<DiscountBody>>,
    /// How it was paid, as far as it was.
    payments: Option<Vec<PaymentBody>>,
    /// What it comes to; computed where left out.
    #[schema(value_type = Option<Decimal>)]
    total: Option<Decimal>,
    /// The shop's own tax figures by rate; computed where left out.
    taxes: Option<Vec<TaxBody>>,
    /// How it reaches the customer.
    delivery: Option<OrderDeliveryBody>,
    /// Whom the bill goes to.
    billing_address: Option<AddressBody>,
    /// Where it is sent.
    shipping_address: Option<AddressBody>,
    /// Whatever the shop wants kept with it, and shown in messages.
    #[schema(value_type = Option<Object>)]
    data: Option<()>,
}

/// A line of an order: what a receipt's line says, and these.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = OrderLine)]
pub struct OrderLineBody {
    /// What a receipt's line says.
    #[schema(inline)]
    #[serde(flatten)]
    line: LineBody,
    /// Address of a picture, http or https.
    image_url: Option<String>,
    /// Address of the article's page, http or https.
    target_url: Option<String>,
    /// Whatever the shop wants kept with the line: any object.
    #[schema(value_type = Option<Object>)]
    extra_data: Option<()>,
}

/// How an order reaches the customer.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = OrderDelivery)]
pub struct OrderDeliveryBody {
    /// By which means, such as `InStore`.
    method: Option<String>,
    /// By which number the carrier knows it.
    tracking_number: Option<String>,
    /// Where it can be followed, http or https.
    tracking_url: Option<String>,
    /// When it arrives, RFC 3339.
    delivery_date: Option<String>,
}

/// An address of an order.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = Address)]
pub struct AddressBody {
    /// Title, such as `Ms`.
    title: Option<String>,
    /// First name.
    first_name: Option<String>,
    /// Last name.
    last_name: Option<String>,
    /// Street.
    street: Option<String>,
    /// The rest of the street's line.
    street2: Option<String>,
    /// Postal code.
    zip_code: Option<String>,
    /// City.
    city: Option<String>,
    /// Country.
    country: Option<String>,
}

/// The wish to trigger an action of an order.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = OrderAction, examples(json!({
    "store": "store03-stockholm", "action": "ConfirmOrder", "language": "sv-SE"
})))]
pub struct ActionBody {
    /// The store's external id; may be left out with a token for one store.
    store: Option<String>,
    /// What the tenant's automation waits for.
    action: String,
    /// In which language, such as `sv-SE`.
    language: Option<String>,
    /// What the message shows besides.
    #[schema(value_type = Option<Object>)]
    data: Option<()>,
}

/// A basket before it is paid: what a receipt says, without payments.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = Checkout, examples(json!({
    "store": "store03-stockholm", "till": "2", "currency": "SEK",
    "contact": { "mobilePhone": "+46701740605" },
    "lines": [
        { "id": "1", "sku": "3001-BLK-M", "articleNumber": "3001", "name": "Wool sweater", "quantity": 2,
          "unitPrice": 200.00, "taxPercent": 25 }
    ],
    "discounts": [{ "offer": "2600000012345", "description": "Voucher" }]
})))]
pub struct CheckoutBody {
    /// The store's external id; may be left out with a token for one store.
    store: Option<String>,
    /// The till's name within the store.
    till: Option<String>,
    /// Who stands at the till: a number, not a name.
    operator: Option<String>,
    /// ISO 4217; the store's where left out.
    currency: Option<String>,
    /// `tax`, or `noTax` where prices and discounts are without it.
    prices_include: Option<String>,
    /// The customer; offers need one.
    contact: Option<ContactBody>,
    /// What is in the basket.
    lines: Vec<LineBody>,
    /// Discounts of the whole basket, in the order in which they apply. One that names an `offer` may leave its figure out:
    /// then it is what the offer gives.
    discounts: Option<Vec<DiscountBody>>,
}

/// How a receipt names its customer.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = ReceiptContact)]
pub struct ContactBody {
    /// Engage's id, or the one given at an enrolment; the most exact.
    contact_id: Option<String>,
    /// The member number.
    member_number: Option<String>,
    /// An id from another system.
    external_id: Option<String>,
    /// A personal identity number, where they are turned on.
    personal_identity_number: Option<String>,
    /// An e-mail address.
    email: Option<String>,
    /// A mobile phone number, as people write it.
    mobile_phone: Option<String>,
}

/// One line.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = ReceiptLine)]
pub struct LineBody {
    /// What a discount's `lines` and a return's `of` name it by.
    id: Option<String>,
    /// `purchase`, `return`, or what is no merchandise and not told to Engage: `giftCard`, `deposit`, `fee`, `shipping`,
    /// `donation`, `tip`. The figures of a return are positive.
    kind: Option<String>,
    /// The sale that a return is of. Then all but `quantity` may be left out, and without that all is returned that is
    /// left.
    of: Option<OfBody>,
    /// The most exact designation of the article.
    sku: Option<String>,
    /// The article's number, which variants may share.
    article_number: Option<String>,
    /// The article's name.
    name: Option<String>,
    /// The article's group.
    group: Option<String>,
    /// How many pieces, or how much by `unit`. Below zero only for what is no merchandise and was paid back.
    #[schema(value_type = Option<Decimal>)]
    quantity: Option<Decimal>,
    /// The unit of weighed or measured goods, such as `kg`.
    unit: Option<String>,
    /// The price of a piece, before discounts.
    #[schema(value_type = Option<Decimal>)]
    unit_price: Option<Decimal>,
    /// What was paid for the whole line after every discount. The till's figure wins over the computed one.
    #[schema(value_type = Option<Decimal>)]
    paid: Option<Decimal>,
    /// The tax rate.
    #[schema(value_type = Option<Decimal>)]
    tax_percent: Option<Decimal>,
    /// Several taxes of one line, instead of `taxPercent` and `taxAmount`.
    taxes: Option<Vec<LineTaxBody>>,
    /// The tax in what was paid. The till's figure wins over the computed one.
    #[schema(value_type = Option<Decimal>)]
    tax_amount: Option<Decimal>,
    /// Discounts of this line, in the order in which they apply; an amount is for the whole line.
    discounts: Option<Vec<DiscountBody>>,
    /// Names and values that go along to Engage.
    extra_data: Option<BTreeMap<String, String>>,
    /// Whether the line earns points.
    awards_points: Option<bool>,
    /// Whether the line takes part in the receipt's discounts.
    discountable: Option<bool>,
    /// Whether the cashier set the price by hand.
    price_override: Option<bool>,
}

/// One discount: an amount or a percentage.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = ReceiptDiscount)]
pub struct DiscountBody {
    /// How much, tax included.
    #[schema(value_type = Option<Decimal>)]
    amount: Option<Decimal>,
    /// How much of what remains.
    #[schema(value_type = Option<Decimal>)]
    percent: Option<Decimal>,
    /// The shop's code for it.
    #[schema(rename = "type")]
    kind: Option<String>,
    /// What the customer reads.
    description: Option<String>,
    /// The offer that it uses: a voucher's number, or a promotion's or assignment's id. Named to Engage, not yet redeemed.
    offer: Option<String>,
    /// The ids of the lines it is limited to.
    lines: Option<Vec<String>>,
}

/// The sale that a line is a return of.
#[derive(ToSchema)]
#[schema(as = ReceiptOf)]
pub struct OfBody {
    /// The id of its receipt.
    receipt: String,
    /// The id of its line, or its position from 1 where those lines have no ids. Left out, it is found by the sku.
    line: Option<String>,
}

/// One of several taxes of a line.
#[derive(ToSchema)]
#[schema(as = ReceiptLineTax)]
pub struct LineTaxBody {
    /// The rate.
    #[schema(value_type = Decimal)]
    percent: Decimal,
    /// The tax; computed where left out.
    #[schema(value_type = Option<Decimal>)]
    amount: Option<Decimal>,
    /// What the customer reads.
    description: Option<String>,
}

/// A promotion for a customer.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = PromotionAssignment)]
pub struct PromotionBody {
    /// The store's external id; may be left out with a token for one store.
    store: Option<String>,
    /// The promotion: by the code of tills, its external id, or its id in Engage.
    #[schema(example = "WELCOME10")]
    promotion: String,
}

/// How a receipt is voided.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", as = ReceiptVoid)]
pub struct VoidBody {
    /// When, RFC 3339; now where left out.
    created_at: Option<String>,
    /// The number that was printed for it.
    receipt_number: Option<String>,
    /// Who stood at the till: a number, not a name.
    operator: Option<String>,
    /// Why.
    reason: Option<String>,
}

/// One payment.
#[derive(ToSchema)]
#[schema(as = ReceiptPayment)]
pub struct PaymentBody {
    /// `card`, `cash`, `swish` and so on. Never a card's number. `change` is taken off the cash, `rounding` stands for
    /// itself, and a `voucher` becomes a discount.
    #[schema(rename = "type")]
    kind: String,
    /// How much.
    #[schema(value_type = Decimal)]
    amount: Decimal,
    /// What the customer reads.
    description: Option<String>,
    /// The voucher that it is: its number.
    offer: Option<String>,
}

/// The till's tax at one rate.
#[derive(ToSchema)]
#[schema(as = ReceiptTax)]
pub struct TaxBody {
    /// The rate.
    #[schema(value_type = Decimal)]
    percent: Decimal,
    /// The tax.
    #[schema(value_type = Decimal)]
    amount: Decimal,
    /// What the customer reads.
    description: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    fn documented(schema: &str) -> BTreeSet<String> {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let properties = &document["components"]["schemas"][schema]["properties"];
        properties
            .as_object()
            .unwrap_or_else(|| panic!("{schema} is not documented"))
            .keys()
            .cloned()
            .collect()
    }

    #[test]
    fn what_is_documented_of_a_receipt_is_what_is_read_of_it() {
        for (what, fields) in pos::receipt::known_fields() {
            let schema = match what {
                "receipt" => "Receipt",
                "line" => "ReceiptLine",
                _ => "ReceiptDiscount",
            };
            let read: BTreeSet<String> = fields.iter().map(|field| (*field).to_owned()).collect();
            assert_eq!(documented(schema), read, "{schema}");
        }
    }

    #[test]
    fn the_documented_example_is_a_receipt_without_a_fault() {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let example: &Value = &document["components"]["schemas"]["Receipt"]["examples"][0];
        let reading = pos::receipt::parse(example);
        assert!(reading.receipt.is_some() && reading.findings.is_empty(), "{:?}", reading.findings);
    }
}
