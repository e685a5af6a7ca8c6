use serde_json::json;

use super::{Layout, Lines, UnknownPath};
use crate::Entity;
use crate::mapping::Format;
use crate::tape::Tape;

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn receipt() -> serde_json::Value {
    json!({
        "contact": {"matchKey": "7001", "matchKeyType": "memberNumber", "contactType": "Member"},
        "uniqueReceiptId": "r-1", "receiptNumber": "1", "createdDate": "2026-05-02T12:00:00+02:00",
        "storeExternalId": "s1", "currency": "SEK", "totalGrossPrice": "300.00",
        "paymentMethods": [{"type": "card", "value": "300.00"}],
        "items": [
            {"type": "PURCHASE", "quantity": 2, "sku": "a;b", "articleName": "Kaffe \"mörk\"", "awardsBonus": false,
             "extraData": [{"name": "row", "value": "<1>"}]},
            {"type": "PURCHASE", "quantity": 1, "sku": "c\r\nd"},
        ],
    })
}

fn lines(layout: &Layout) -> Lines {
    layout.lines(Tape::of(&receipt()).unwrap().root())
}

#[test]
fn a_receipt_is_a_row_an_item_and_no_value_divides_it() {
    let own = |name: &str, path: &str| (name.to_owned(), path.to_owned());
    let columns = [
        own("id", "uniqueReceiptId"),
        own("who", "contact.matchKey"),
        own("sku", "item.sku"),
        own("name", "item.articleName"),
        own("bonus", "item.awardsBonus"),
        own("paid", "paymentMethods"),
    ];
    let layout = Layout::new(Entity::Receipts, Format::Csv, &[], &columns).unwrap();
    assert_eq!(text(&layout.head()), "id;who;sku;name;bonus;paid\n");
    let lines = lines(&layout);
    let paid = r#""[{""type"":""card"",""value"":""300.00""}]""#;
    assert_eq!(
        text(&lines.bytes),
        format!("r-1;7001;a,b;\"Kaffe \"\"mörk\"\"\";False;{paid}\nr-1;7001;c d;;;{paid}\n")
    );
    assert_eq!((lines.count, lines.replaced), (2, vec!["sku".to_owned()]));
}

#[test]
fn a_receipt_in_xml_is_nested_as_its_json() {
    let layout = Layout::new(Entity::Receipts, Format::Xml, &[], &[]).unwrap();
    let lines = lines(&layout);
    let whole = [layout.head(), lines.bytes, layout.tail().to_vec()].concat();
    let whole = text(&whole);
    for part in [
        "<transactions xmlns=\"http://voyado.Schemas.ImportReceipts\">\n<transaction>",
        "<contact><matchKey>7001</matchKey>",
        "<paymentMethods><paymentMethod><type>card</type>",
        "<extraData><item name=\"row\">&lt;1&gt;</item></extraData></item>",
        "<sku>a;b</sku>",
        "<sku>c d</sku>",
        "</transaction>\n</transactions>\n",
    ] {
        assert!(whole.contains(part), "{part} in {whole}");
    }
    assert_eq!((lines.count, lines.replaced), (2, vec!["sku".to_owned()]));
}

#[test]
fn a_contact_in_xml_names_its_source_in_an_attribute() {
    let names = ["source", "memberNumber", "firstName"].map(str::to_owned);
    let layout = Layout::new(Entity::Contacts, Format::Xml, &names, &[]).unwrap();
    let lines = layout.line(&[Some("Old & new"), Some("7001"), None]);
    assert_eq!(
        text(&lines.bytes),
        "<member source=\"Old &amp; new\"><memberNumber>7001</memberNumber></member>\n"
    );
    let csv = Layout::new(Entity::Contacts, Format::Csv, &names, &[]).unwrap();
    assert_eq!(text(&csv.head()), "source;memberNumber;firstName\n");
    let lines = csv.line(&[Some("Old & new"), Some("7001"), None]);
    assert_eq!(text(&lines.bytes), "Old & new;7001;\n");
}

#[test]
fn a_column_that_no_record_has_is_refused() {
    for (entity, path) in
        [(Entity::Receipts, "item.skuu"), (Entity::Points, "key"), (Entity::Contacts, "lastName")]
    {
        let own = [("name".to_owned(), path.to_owned())];
        let fields = ["firstName".to_owned()];
        assert_eq!(
            Layout::new(entity, Format::Csv, &fields, &own),
            Err(UnknownPath { entity, path: path.to_owned() })
        );
    }
    let own = [("b".to_owned(), "lastName".to_owned()), ("a".to_owned(), "firstName".to_owned())];
    let fields = ["firstName", "city", "lastName"].map(str::to_owned);
    let layout = Layout::new(Entity::Contacts, Format::Csv, &fields, &own).unwrap();
    let lines = layout.line(&[Some("Ada"), Some("Lund"), Some("Lind")]);
    assert_eq!(text(&[layout.head(), lines.bytes].concat()), "b;a\nLind;Ada\n");
}
