//! The mapping file that fits a sample.

use super::{Form, Options, shops::Calendar};

/// Its text.
pub(super) fn text(options: &Options, calendar: &Calendar) -> String {
    let personal = options.personal_numbers;
    let number = if personal { "socialSecurityNumber = \"PERSONNR\"\n" } else { "" };
    let head = format!(
        "# How the columns of the sample become fields of Engage.\n\
         version = 1\n\n\
         [retailer]\n\
         country = \"SE\"\n\
         time-zone = \"Europe/Stockholm\"\n\
         currency = \"SEK\"\n\
         group-currency = \"SEK\"\n\
         since = \"{}\"\n\
         personal-numbers = {personal}\n\n\
         [engage]\n\
         contact-key = \"memberNumber\"\n\
         contact-type = \"Member\"\n\n",
        calendar.first(),
    );
    let contacts = CONTACTS.replace("PERSONAL", number);
    let receipts = match options.form {
        Form::Rows => ROWS.to_owned() + HEAD + LINES,
        Form::HeaderAndLines => HEADERS.to_owned() + HEAD + RECEIPT_LINES + LINES,
        Form::JsonLines => JSON.to_owned(),
    };
    [head.as_str(), STORES, &contacts, &receipts, POINTS, VOUCHERS].concat()
}

const STORES: &str = r#"[stores]
files = ["export/stores.csv"]
encoding = "windows-1252"
[stores.fields]
externalId = "BUTIKSNR"
name = "NAMN"
timeZone = "TIDSZON"
type = { column = "TYP", values = { BUTIK = "RETAIL", WEBB = "ECOMM" } }
street = "GATA"
zipCode = "POSTNR"
city = "ORT"
countryCode = "LAND"

"#;

const CONTACTS: &str = r#"[contacts]
files = ["export/customers.csv"]
encoding = "windows-1252"
[contacts.fields]
memberNumber = "KUNDNR"
firstName = "FORNAMN"
lastName = "EFTERNAMN"
email = "EPOST"
mobilePhone = "MOBIL"
PERSONALbirthDay = { column = "FODD", date = "%Y%m%d" }
gender = { column = "KON", values = { K = "Female", M = "Male" } }
street = "GATA"
zipCode = "POSTNR"
city = "ORT"
countryCode = "LAND"
acceptsEmail = { column = "NYHETSBREV", values = { J = "true", N = "false" } }
acceptsSms = { column = "SMS", values = { J = "true", N = "false" } }
source = { value = "Sample" }

"#;

const ROWS: &str = r#"[receipts]
files = ["export/sales.csv"]
encoding = "windows-1252"
number = "1.234,56"
[receipts.fields]
id = { columns = ["BUTIK", "KASSA", "DATUM", "NR"], join = "-" }
"#;

const HEADERS: &str = r#"[receipts]
files = ["export/receipts.csv"]
number = "1.234,56"
[receipts.fields]
id = "ID"
"#;

const HEAD: &str = r#"store = "BUTIK"
till = "KASSA"
receiptNumber = "NR"
createdAt = { columns = ["DATUM", "TID"], join = " ", date = "%Y-%m-%d %H:%M:%S" }
contact = "KUNDNR"
currency = "VALUTA"
exchangeRate = "KURS"
total = "TOTAL"
"#;

const RECEIPT_LINES: &str = r#"
[receipt-lines]
files = ["export/receipt-lines.csv"]
number = "1.234,56"
[receipt-lines.fields]
id = "ID"
"#;

const LINES: &str = r#""line.kind" = { column = "TYP", values = { F = "sale", R = "return", RAB = "discount", BET = "payment" } }
"line.sku" = "ARTNR"
"line.name" = "BENAMNING"
"line.group" = "VARUGRUPP"
"line.quantity" = "ANTAL"
"line.unitPrice" = "APRIS"
"line.amount" = "BELOPP"
"line.taxPercent" = "MOMS"
"line.returnsReceipt" = "REF"
"payment.type" = "BETSATT"
"payment.amount" = "BELOPP"

"#;

const JSON: &str = r#"[receipts]
files = ["export/sales.jsonl"]
[receipts.fields]
id = "id"
store = "store"
till = "till"
receiptNumber = "number"
createdAt = { column = "soldAt", date = "%Y-%m-%dT%H:%M:%S" }
contact = "customer.number"
currency = "currency"
exchangeRate = "rate"
total = "total"
"line.kind" = { column = "rows[].type", values = { F = "sale", R = "return", RAB = "discount", BET = "payment" } }
"line.sku" = "rows[].article"
"line.name" = "rows[].name"
"line.group" = "rows[].group"
"line.quantity" = "rows[].quantity"
"line.unitPrice" = "rows[].price"
"line.amount" = "rows[].amount"
"line.taxPercent" = "rows[].tax"
"line.returnsReceipt" = "rows[].of"
"payment.type" = "rows[].means"
"payment.amount" = "rows[].amount"

"#;

const POINTS: &str = r#"[points]
files = ["export/points.csv"]
[points.fields]
key = "KUNDNR"
amount = "POANG"
type = { column = "HANDELSE", values = { K = "purchase", J = "adjustment" } }
date = { column = "DATUM", date = "%Y-%m-%d %H:%M:%S" }
validTo = { column = "GILTIG_TILL", date = "%Y-%m-%d" }
description = "TEXT"

"#;

const VOUCHERS: &str = r#"[vouchers]
files = ["export/vouchers.csv"]
number = "1.234,56"
[vouchers.fields]
key = "KUNDNR"
promotionName = "ERBJUDANDE"
createdOn = { column = "SKAPAD", date = "%Y-%m-%d %H:%M:%S" }
expiryDate = { column = "GILTIG_TILL", date = "%Y-%m-%d" }
value = "VARDE"
currency = "VALUTA"
code = "KOD"
used = { column = "ANVAND", values = { J = "true", N = "false" } }
"#;
