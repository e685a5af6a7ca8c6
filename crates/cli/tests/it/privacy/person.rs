//! Somebody who is nobody: every kind of data that a shop may hold of a person, each a word of its own.

use serde_json::{Value, json};

use super::marks::Marks;

pub const STOCKHOLM: &str = "store03-stockholm";
pub const FIRST_NAME: &str = "Zebulonia";
pub const LAST_NAME: &str = "Quistgård";
pub const EMAIL: &str = "vinterplommon@example.com";
pub const PHONE: &str = "070-174 06 13";
pub const PERSONAL: &str = "811218-9876";
pub const EXTERNAL_ID: &str = "EXT-5527-QZ";
pub const STREET: &str = "Zirkongatan 77";
pub const CARE_OF: &str = "Xylander";
pub const CITY: &str = "Ortmarken";
pub const BIRTHDAY: &str = "1937-11-29";
pub const SHOE_SIZE: &str = "WIDEMARK-47";
pub const LINE: &str = "Gravyr Ullabritt";
pub const EXTRA: &str = "Hälsning Snorkfröken";
pub const PAYMENT: &str = "Kort 4471 Ullaberit";
pub const OPERATOR: &str = "Bengtzing";
pub const VOUCHER: &str = "Vintermarksbonus";
pub const API_KEY: &str = "nyckel-5f3c9d-hemlig";

/// What stands for her, and the key of the shop's that is known before anything has happened.
pub fn marks() -> Marks {
    let mut marks = Marks::default();
    marks.add("first name", &[FIRST_NAME]);
    marks.add("last name", &[LAST_NAME]);
    marks.add("e-mail address", &["vinterplommon"]);
    marks.add("phone number", &["+46701740613", "701740613", "70-174 06 13"]);
    marks.add("personal identity number", &["198112189876", "8112189876", "811218-9876"]);
    marks.add("external id", &[EXTERNAL_ID]);
    marks.add("street", &[STREET]);
    marks.add("care of", &[CARE_OF]);
    marks.add("city", &[CITY]);
    marks.add("birthday", &[BIRTHDAY]);
    marks.add("custom attribute", &[SHOE_SIZE]);
    marks.add("line's name", &[LINE]);
    marks.add("receipt's extra data", &[EXTRA]);
    marks.add("payment's description", &[PAYMENT]);
    marks.add("operator", &[OPERATOR]);
    marks.add("voucher's name", &[VOUCHER]);
    marks.add("API key", &[API_KEY]);
    marks
}

/// Becoming a member, with all of it.
pub fn enrolment() -> Value {
    json!({
        "store": STOCKHOLM, "email": EMAIL, "mobilePhone": PHONE, "personalIdentityNumber": PERSONAL,
        "externalId": EXTERNAL_ID, "firstName": FIRST_NAME, "lastName": LAST_NAME, "street": STREET, "careOf": CARE_OF,
        "city": CITY, "birthDay": BIRTHDAY, "attributes": { "shoeSize": SHOE_SIZE },
        "preferences": { "email": true }, "consents": [{ "id": "memberTerms", "value": true }],
    })
}

/// A purchase of hers.
pub fn receipt(contact: &Value) -> Value {
    json!({
        "store": STOCKHOLM, "till": "2", "receiptNumber": "000871", "operator": OPERATOR,
        "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK", "contact": contact,
        "lines": [{ "id": "1", "kind": "purchase", "sku": "3001", "articleNumber": "3001", "name": LINE, "quantity": 2,
                    "unitPrice": 200.00, "taxPercent": 25, "extraData": { "greeting": EXTRA } }],
        "payments": [{ "type": "card", "amount": 400.00, "description": PAYMENT }], "total": 400.00,
        "extraData": { "greeting": EXTRA },
    })
}

/// Each way to name her.
pub fn named() -> Vec<Value> {
    let by = |kind: &str, value: &str| json!({ kind: value });
    vec![
        by("email", EMAIL),
        by("mobilePhone", PHONE),
        by("externalId", EXTERNAL_ID),
        by("memberNumber", EXTERNAL_ID),
        by("personalIdentityNumber", PERSONAL),
        by("any", EMAIL),
        by("any", PERSONAL),
        by("any", PHONE),
    ]
}
