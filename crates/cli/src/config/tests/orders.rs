//! Orders, the documents that customers open, and what they read on them of a store.

use std::path::Path;

use gateway::settings::{OrderStatuses, Orders, OrdersApi};
use pos::store::Printed;
use serde_json::json;

use super::super::build::TextFile;
use super::super::{assemble, json_schema, show, show_json};
use super::{STORE, faults, loaded, warnings};

#[test]
fn orders_go_by_version_3_unless_the_tenant_still_uses_the_other() {
    let by_default = loaded("", &[]).config;
    assert_eq!(by_default.orders, Orders::default());
    assert_eq!(by_default.engage.tenant.order_channel, "POS");
    let text = "[orders]\napi = \"v2\"\nchannel = \"Shop\"\nreceipt_action = \"Kvitto\"\n\
        [orders.v2]\nin_progress = \"Pågår\"\ncompleted = \"Klar\"\ncancelled = \"Avbruten\"\npayment = \"Betald\"\n";
    let set = loaded(text, &[]).config;
    let [in_progress, completed, cancelled, payment] =
        ["Pågår", "Klar", "Avbruten", "Betald"].map(str::to_owned);
    let statuses = OrderStatuses { in_progress, completed, cancelled, payment };
    assert_eq!(set.orders, Orders { api: OrdersApi::V2(statuses), receipt_action: "Kvitto".to_owned() });
    assert_eq!(set.engage.tenant.order_channel, "Shop");
    let defaults = loaded("", &[("TILLBRIDGE_ORDERS__API", "v2")]).config.orders;
    assert_eq!(defaults.api, OrdersApi::V2(OrderStatuses::default()));
}

#[test]
fn what_orders_cannot_be_like_is_refused() {
    let cases = [
        ("[orders]\napi = \"v4\"\n", "orders.api: \"v4\" is none of v3, v2"),
        ("[orders]\napi = 3\n", "orders.api: this must be text in quotes"),
        ("[orders]\nchanel = \"POS\"\n", "did you mean channel?"),
        ("[orders]\nreceipt_action = \" \"\n", "this is empty"),
        ("[orders]\nv2 = \"yes\"\n", "a table [orders.v2]"),
        ("[orders.v2]\npaid = \"Paid\"\n", "known here: in_progress, completed, cancelled, payment"),
        ("[documents]\npublic_uri = \"https://a.example\"\n", "did you mean public_url?"),
    ];
    for (text, expected) in cases {
        let found = faults(text, &[]);
        assert_eq!(found.len(), 1, "{text}\n{found:#?}");
        assert!(found[0].starts_with("t.toml:2: ") && found[0].contains(expected), "{text}\n{found:#?}");
    }
}

#[test]
fn links_to_documents_begin_where_customers_reach_the_gateway() {
    let url = |text: &str| {
        let set = loaded(&format!("[documents]\npublic_url = \"{text}\"\n"), &[]);
        (set.config.documents.public_url.clone().unwrap(), warnings(&set))
    };
    assert_eq!(loaded("", &[]).config.documents.public_url, None);
    let none: Vec<String> = Vec::new();
    for (text, expected) in [
        ("https://receipts.shop.example", "https://receipts.shop.example"),
        ("https://shop.example/kvitton/", "https://shop.example/kvitton"),
        ("http://127.0.0.1:8700/", "http://127.0.0.1:8700"),
        ("http://[::1]:8700", "http://[::1]:8700"),
    ] {
        assert_eq!(url(text), (expected.to_owned(), none.clone()));
    }
    let (_, warned) = url("http://receipts.shop.example");
    assert!(
        warned[0].starts_with("t.toml:2: documents.public_url") && warned[0].contains("TLS"),
        "{warned:?}"
    );
}

#[test]
fn an_address_that_no_link_can_begin_with_is_refused() {
    for (text, expected) in [
        ("", "is no address"),
        ("receipts.shop.example", "is no address"),
        ("ftp://shop.example", "must begin with https://"),
        ("mailto:receipts@shop.example", "must begin with https://"),
        ("https://u:p@shop.example", "a user or password has no place"),
        ("https://shop.example/?store=3", "without ? and #"),
        ("https://shop.example/#receipts", "without ? and #"),
    ] {
        let found = faults(&format!("[documents]\npublic_url = \"{text}\"\n"), &[]);
        assert_eq!(found.len(), 1, "{text}\n{found:#?}");
        assert!(
            found[0].starts_with("t.toml:2: documents.public_url: ") && found[0].contains(expected),
            "{text}\n{found:#?}"
        );
    }
}

#[test]
fn a_broken_template_stops_the_start_with_its_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("own")).unwrap();
    let path = folder.path().join("tillbridge.toml");
    let text = "[documents]\ntemplates = \"own\"\n";
    let read = || {
        let file = TextFile { text: text.to_owned(), world_readable: false };
        let read = assemble(Some((Path::new(&path), &file)), std::iter::empty());
        read.map(drop).map_err(|faults| faults.to_string())
    };
    assert_eq!(read(), Ok(()), "an empty folder replaces nothing");
    for (name, content, expected) in [
        ("receipt.html", "<p>{{ words.gone }}</p>", "receipt.html, line 1"),
        ("receipt.css", "p {\n{% if %}\n}", "receipt.css, line 2"),
        ("sv.toml", "total = 1\n", "sv.toml, line 1"),
        ("fr.toml", "", "fr.toml is of no language"),
    ] {
        let file = folder.path().join("own").join(name);
        std::fs::write(&file, content).unwrap();
        let told = read().unwrap_err();
        let all = ["tillbridge.toml:2: documents.templates: ", "own: ", expected, "mend it"];
        assert!(all.iter().all(|part| told.contains(part)), "{told}");
        std::fs::remove_file(&file).unwrap();
    }
    std::fs::remove_dir(folder.path().join("own")).unwrap();
    assert!(read().unwrap_err().contains("own can't be read"));
}

#[test]
fn what_customers_read_of_a_store_is_its_own_and_may_be_left_out() {
    let bare = loaded(STORE, &[]).config;
    assert_eq!(bare.stores.get("store03-stockholm").unwrap().letterhead, pos::store::Letterhead::default());
    let text = format!(
        "{STORE}address = [\"Drottninggatan 53, 2 tr\", \"111 21 Stockholm\"]\nphone = \"08-123 45 67\"\n\
         organisation_number = \"556000-0000\"\nvat_number = \"SE556000000001\"\nwebsite = \"shop.example\"\n"
    );
    let set = loaded(&text, &[]);
    let letterhead = set.config.stores.get("store03-stockholm").unwrap().letterhead.clone();
    let lines: Vec<&str> = letterhead.address.iter().map(Printed::as_str).collect();
    assert_eq!(lines, ["Drottninggatan 53, 2 tr", "111 21 Stockholm"]);
    let others =
        [letterhead.phone, letterhead.organisation_number, letterhead.vat_number, letterhead.website];
    let others = others.map(|text| text.unwrap().as_str().to_owned());
    assert_eq!(others, ["08-123 45 67", "556000-0000", "SE556000000001", "shop.example"]);

    let again = loaded(&show(&set), &[]);
    assert_eq!(format!("{:?}", again.config.stores), format!("{:?}", set.config.stores), "{}", show(&set));
    let shown: serde_json::Value = serde_json::from_str(&show_json(&set)).unwrap();
    let rows = shown["stores"][0].as_array().unwrap();
    let address = rows.iter().find(|row| row["key"] == "address").unwrap();
    assert_eq!(address["value"], json!(["Drottninggatan 53, 2 tr", "111 21 Stockholm"]));
}

#[test]
fn what_does_not_fit_on_a_receipt_is_refused() {
    let long = format!("phone = \"{}\"", "0".repeat(101));
    for (line, expected) in [
        ("address = \"Drottninggatan 53\"", "stores[0].address: this must be a list of texts"),
        ("address = [\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\"]", "at most 6 are printed"),
        ("address = [\"Drottninggatan 53\\n111 21\"]", "one for each line"),
        ("address = [\" \"]", "one for each line"),
        ("website = \"\"", "stores[0].website: what is printed on a receipt is one line"),
        (&long, "at most 100 characters"),
        ("telephone = \"08\"", "no such setting"),
    ] {
        let found = faults(&format!("{STORE}{line}\n"), &[]);
        assert_eq!(found.len(), 1, "{line}\n{found:#?}");
        assert!(found[0].starts_with("t.toml:9: ") && found[0].contains(expected), "{line}\n{found:#?}");
    }
    assert!(loaded(&format!("{STORE}address = []\n"), &[]).config.stores.iter().len() == 1);
}

#[test]
fn an_editor_knows_what_a_store_needs() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    let store = &schema["properties"]["stores"]["items"];
    assert_eq!(
        store["required"],
        json!(["external_id", "name", "country", "language", "currency", "time_zone"])
    );
    assert_eq!(store["properties"]["address"]["maxItems"], 6);
}
