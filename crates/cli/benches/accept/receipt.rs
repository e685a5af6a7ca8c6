//! The receipt that every till sends: 2 KiB of JSON without a fault, in a whole HTTP request that is rewritten in place.

use std::fmt::Write as _;

/// Bytes of a receipt.
pub(crate) const BODY_BYTES: usize = 2048;
/// The store that all tills stand in.
pub(crate) const STORE: &str = "store03-stockholm";

/// What stands for a till's number, a receipt's number and a customer's until they are set.
const TILL: &str = "@till";
const RECEIPT: &str = "@receipt@";
const CUSTOMER: &str = "@customer@";

const WARES: [(&str, &str, u32); 5] = [
    ("3001-BLK-M", "Wool sweater, black, medium", 400),
    ("2002-BLU-S", "Cotton shirt, blue, small", 250),
    ("4410-GRY-42", "Running shoes, grey, 42", 1_100),
    ("5120-WHT-3P", "Socks, white, three pairs", 90),
    ("7731-BRN-L", "Leather belt, brown, large", 350),
];

/// One till's request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    body_at: usize,
    receipt_at: Vec<usize>,
    customer_at: Vec<usize>,
}

impl Request {
    /// A till's request, with its number in it.
    pub(crate) fn of_till(till: usize) -> Request {
        let till = format!("{till:0width$}", width = TILL.len());
        let body = body();
        let head = format!(
            "PUT /v1/receipts/s03-{TILL}-{RECEIPT} HTTP/1.1\r\nhost: till\r\ncontent-type: application/json\r\n\
             content-length: {BODY_BYTES}\r\n\r\n"
        );
        let text = format!("{head}{body}").replace(TILL, &till);
        let places = |mark: &str| text.match_indices(mark).map(|(at, _)| at).collect();
        Request {
            body_at: head.len(),
            receipt_at: places(RECEIPT),
            customer_at: places(CUSTOMER),
            bytes: text.into_bytes(),
        }
    }

    /// Makes it another receipt.
    pub(crate) fn set(&mut self, receipt: u64, customer: u64) {
        for at in &self.receipt_at {
            write_digits(&mut self.bytes[*at..*at + RECEIPT.len()], receipt);
        }
        for at in &self.customer_at {
            write_digits(&mut self.bytes[*at..*at + CUSTOMER.len()], customer);
        }
    }

    /// The whole request.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its body alone.
    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[self.body_at..]
    }
}

fn body() -> String {
    let mut lines = String::new();
    let mut total = 0;
    for (n, (sku, name, price)) in WARES.iter().enumerate() {
        let quantity = 1 + n as u32 % 2;
        let paid = (price - 10) * quantity;
        total += paid;
        let comma = if n == 0 { "" } else { "," };
        write!(
            lines,
            r#"{comma}{{"id":"{}","kind":"purchase","sku":"{sku}","articleNumber":"{}","name":"{name}","group":"Clothing","#,
            n + 1,
            &sku[..4],
        )
        .and_then(|()| {
            write!(
                lines,
                r#""quantity":{quantity},"unitPrice":{price}.00,"taxPercent":25,"discounts":[{{"amount":{}.00,"type":"SALE","description":"Weekend"}}]}}"#,
                10 * quantity,
            )
        })
        .expect("a String takes any text");
    }
    let without_note = |note: &str| {
        format!(
            r#"{{"store":"{STORE}","till":"{TILL}","receiptNumber":"{RECEIPT}","operator":"17","createdAt":"2026-11-22T16:42:07+01:00","currency":"SEK","pricesInclude":"tax","contact":{{"email":"customer{CUSTOMER}@example.com"}},"lines":[{lines}],"payments":[{{"type":"card","amount":{total}.00}}],"total":{total}.00,"extraData":{{"note":"{note}"}}}}"#
        )
    };
    let missing = BODY_BYTES.checked_sub(without_note("").len());
    without_note(&"x".repeat(missing.expect("the lines alone are shorter than a receipt")))
}

fn write_digits(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
