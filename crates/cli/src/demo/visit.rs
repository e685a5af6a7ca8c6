//! The customer that is shown, and what she buys, brings back and exchanges. Invented, all of it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::shop::{HELSINKI, STOCKHOLM};

/// Swedish numbers that nobody has (070-174 06 05 to 99 are kept free for fiction).
const PHONES: u32 = 95;
/// How many customers each visit has: her, and her brother.
const CUSTOMERS: u64 = 2;
/// How many receipt numbers each visit has for itself.
const NUMBERS: u64 = 10;

/// A customer and her receipts; each walk over the same data has its own.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) email: String,
    /// Her brother's.
    pub(super) brother: String,
    /// As a cashier types it.
    pub(super) phone: String,
    first_number: u64,
}

/// A receipt as a till sends it.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    pub(super) id: String,
    pub(super) body: Value,
}

/// Where a till stands.
struct Till {
    store: &'static str,
    number: &'static str,
    currency: &'static str,
    zone: &'static str,
}

const IN_STOCKHOLM: Till = Till { store: STOCKHOLM, number: "2", currency: "SEK", zone: "Europe/Stockholm" };
const IN_HELSINKI: Till = Till { store: HELSINKI, number: "1", currency: "EUR", zone: "Europe/Helsinki" };

impl Visit {
    /// The visit after others, by the contacts that they made.
    pub(super) fn after(contacts: u64) -> Visit {
        let visits = contacts.div_ceil(CUSTOMERS);
        let email = |name: &str| match visits {
            0 => format!("{name}@example.com"),
            visits => format!("{name}+{visits}@example.com"),
        };
        let phone = 605 + visits % u64::from(PHONES);
        Visit {
            email: email("ada.lind"),
            brother: email("nils.lind"),
            phone: format!("070-174 0{} {:02}", phone / 100, phone % 100),
            first_number: 871 + NUMBERS * visits,
        }
    }

    /// What she tells to become a member.
    pub(super) fn enrolment(&self) -> Value {
        json!({
            "store": STOCKHOLM, "email": self.email, "mobilePhone": self.phone,
            "firstName": "Ada", "lastName": "Lind", "zipCode": "111 51", "city": "Stockholm",
            "preferences": { "email": true, "sms": false },
            "consents": [{ "id": "memberTerms", "value": true }],
        })
    }

    /// What he tells to become one.
    pub(super) fn brothers_enrolment(&self) -> Value {
        json!({
            "store": STOCKHOLM, "email": self.brother, "firstName": "Nils", "lastName": "Lind",
            "consents": [{ "id": "memberTerms", "value": true }],
        })
    }

    /// Two sweaters on sale and a jacket, and the welcome off the whole.
    pub(super) fn first_sale(&self, now: Timestamp, welcome: &str) -> anyhow::Result<Receipt> {
        let lines = json!([
            { "id": "1", "kind": "purchase", "sku": "3001-BLK-M", "articleNumber": "3001", "name": "Wool sweater",
              "group": "Knitwear", "quantity": 2, "unitPrice": "499.00", "taxPercent": 25,
              "discounts": [{ "amount": "100.00", "type": "SALE", "description": "Weekend sale" }] },
            { "id": "2", "kind": "purchase", "sku": "4107-NVY-38", "articleNumber": "4107", "name": "Rain jacket",
              "group": "Outerwear", "quantity": 1, "unitPrice": "1299.00", "taxPercent": 25 },
        ]);
        let mut sale = self.receipt(&IN_STOCKHOLM, 0, now, lines, "1977.30")?;
        sale.body["discounts"] =
            json!([{ "percent": 10, "offer": welcome, "type": "WELCOME", "description": "Welcome 10%" }]);
        Ok(sale)
    }

    /// One piece of a line comes back; what for is the sale's to know.
    pub(super) fn one_back(&self, sale: &Receipt, now: Timestamp, total: &str) -> anyhow::Result<Receipt> {
        self.receipt(&IN_STOCKHOLM, 1, now, json!([one_of(sale, "1")]), total)
    }

    /// Another piece comes back, for something dearer.
    pub(super) fn exchange(&self, sale: &Receipt, now: Timestamp, total: &str) -> anyhow::Result<Receipt> {
        let lines = json!([one_of(sale, "1"),
            { "id": "2", "kind": "purchase", "sku": "3014-GRY-L", "articleNumber": "3014",
              "name": "Lambswool sweater", "group": "Knitwear", "quantity": 1, "unitPrice": "599.00",
              "taxPercent": 25 }]);
        self.receipt(&IN_STOCKHOLM, 2, now, lines, total)
    }

    /// What nobody wanted to buy.
    pub(super) fn mistake(&self, now: Timestamp) -> anyhow::Result<Receipt> {
        let lines = json!([{ "id": "1", "kind": "purchase", "sku": "6300-TAN", "articleNumber": "6300",
            "name": "Leather bag", "group": "Accessories", "quantity": 1, "unitPrice": "899.00", "taxPercent": 25 }]);
        self.receipt(&IN_STOCKHOLM, 3, now, lines, "899.00")
    }

    /// What she buys without saying who she is.
    pub(super) fn without_a_name(&self, now: Timestamp) -> anyhow::Result<Receipt> {
        let lines = json!([{ "id": "1", "kind": "purchase", "sku": "7002-RED-38", "articleNumber": "7002",
            "name": "Wool socks", "group": "Knitwear", "quantity": 1, "unitPrice": "79.00", "taxPercent": 25 }]);
        let mut sale = self.receipt(&IN_STOCKHOLM, 4, now, lines, "79.00")?;
        sale.body["contact"] = Value::Null;
        Ok(sale)
    }

    /// A scarf that a voucher pays part of.
    pub(super) fn scarf(&self, now: Timestamp, voucher: &str, total: &str) -> anyhow::Result<Receipt> {
        let lines = json!([{ "id": "1", "kind": "purchase", "sku": "8105-BLU", "articleNumber": "8105",
            "name": "Wool scarf", "group": "Accessories", "quantity": 1, "unitPrice": "299.00", "taxPercent": 25 }]);
        let mut sale = self.receipt(&IN_STOCKHOLM, 6, now, lines, total)?;
        sale.body["discounts"] =
            json!([{ "amount": "50.00", "offer": voucher, "type": "VOUCHER", "description": "Bonus" }]);
        Ok(sale)
    }

    /// The scarf comes back.
    pub(super) fn scarf_back(&self, sale: &Receipt, now: Timestamp, total: &str) -> anyhow::Result<Receipt> {
        self.receipt(&IN_STOCKHOLM, 7, now, json!([one_of(sale, "1")]), total)
    }

    /// A pair of gloves, in another country and another currency.
    pub(super) fn second_sale(&self, now: Timestamp) -> anyhow::Result<Receipt> {
        let lines = json!([{ "id": "1", "kind": "purchase", "sku": "5210-BRN-7", "articleNumber": "5210",
            "name": "Leather gloves", "group": "Accessories", "quantity": 1, "unitPrice": "89.90",
            "taxPercent": "25.5" }]);
        self.receipt(&IN_HELSINKI, 5, now, lines, "89.90")
    }

    /// A mug, for somebody who says nothing of himself.
    pub(super) fn anonymous(&self, now: Timestamp) -> anyhow::Result<Receipt> {
        let lines = json!([{ "id": "1", "kind": "purchase", "sku": "9010-WHT", "articleNumber": "9010",
            "name": "Stoneware mug", "group": "Home", "quantity": 1, "unitPrice": "129.00", "taxPercent": 25 }]);
        let mut sale = self.receipt(&IN_STOCKHOLM, 8, now, lines, "129.00")?;
        sale.body["contact"] = Value::Null;
        Ok(sale)
    }

    /// Two shirts on sale and a bag of coffee, a tenth off the whole; the receipt shall come by e-mail.
    pub(super) fn brothers_sale(&self, now: Timestamp) -> anyhow::Result<Receipt> {
        let lines = json!([
            { "id": "1", "kind": "purchase", "sku": "2210-WHT-L", "articleNumber": "2210", "name": "Linen shirt",
              "group": "Shirts", "quantity": 2, "unitPrice": "249.00", "taxPercent": 25,
              "discounts": [{ "amount": "50.00", "type": "SALE", "description": "Weekend sale" }] },
            { "id": "2", "kind": "purchase", "sku": "9400", "articleNumber": "9400", "name": "Coffee, whole beans",
              "group": "Home", "quantity": 1, "unitPrice": "89.00", "taxPercent": 12 },
        ]);
        let mut sale = self.receipt(&IN_STOCKHOLM, 9, now, lines, "483.30")?;
        sale.body["contact"] = json!({ "email": self.brother });
        sale.body["discounts"] =
            json!([{ "percent": 10, "type": "FAMILY", "description": "Family day 10%" }]);
        sale.body["digitalReceipt"] = json!({ "language": "en" });
        Ok(sale)
    }

    /// Hers, paid by card.
    fn receipt(
        &self,
        till: &Till,
        nth: u64,
        now: Timestamp,
        lines: Value,
        total: &str,
    ) -> anyhow::Result<Receipt> {
        let number = format!("{:06}", self.first_number + nth);
        Ok(Receipt {
            id: format!("{}-{}-{number}", till.store, till.number),
            body: json!({
                "store": till.store, "till": till.number, "receiptNumber": number, "operator": "17",
                "createdAt": local(now, till.zone)?, "currency": till.currency,
                "contact": { "email": self.email }, "lines": lines,
                "payments": [{ "type": "card", "amount": total }], "total": total,
            }),
        })
    }
}

/// One piece of a sale's line comes back.
fn one_of(sale: &Receipt, line: &str) -> Value {
    json!({ "id": "1", "kind": "return", "of": { "receipt": sale.id, "line": line }, "quantity": 1 })
}

/// The time on the till's clock.
fn local(now: Timestamp, zone: &str) -> anyhow::Result<String> {
    Ok(now.in_tz(zone)?.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_visit_has_a_customer_and_numbers_of_its_own() {
        let (first, second) = (Visit::after(0), Visit::after(CUSTOMERS));
        assert_eq!((first.email.as_str(), first.phone.as_str()), ("ada.lind@example.com", "070-174 06 05"));
        assert_eq!(
            (second.email.as_str(), second.phone.as_str()),
            ("ada.lind+1@example.com", "070-174 06 06")
        );
        assert_eq!(second.brother, "nils.lind+1@example.com");
        assert_eq!(Visit::after(1).email, second.email, "a visit that broke off has its customer too");
        let now = Timestamp::UNIX_EPOCH;
        let ids = [&first, &second].map(|visit| visit.first_sale(now, "tbo-1").unwrap().id);
        assert_ne!(ids[0], ids[1]);
        assert_eq!(first.first_sale(now, "tbo-1").unwrap().body["createdAt"], "1970-01-01T01:00:00+01:00");
    }
}
