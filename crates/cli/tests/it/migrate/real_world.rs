//! What people really bought: the orders of CDNOW, a music shop on the web, from January 1997 to June 1998, by everybody
//! who bought there for the first time in that first quarter.
//!
//! The set is Fader and Hardie's, who studied when customers come back. It is in no file of this repository: `./test`
//! fetches it as a part of the Python package `lifetimes`, by version and digest. Its facts, which no sample of ours has:
//! orders of nothing, sixteen orders of one customer on one day, orders of ninety-nine pieces, days without a time of day,
//! a country and a currency that nothing else here has.
//!
//! What is true of it is summed up from its text here, in whole cents, by none of our code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::stage::Stage;
use crate::support::run;

/// Where `./test` puts it, seen from the build's folder.
const TEXT: &str = "datasets/lifetimes-0.11.3/lifetimes/datasets/CDNOW_master.txt";
/// As the set's authors count it.
const ORDERS: usize = 69_659;
const CUSTOMERS: usize = 23_570;

/// An order: `customer_id date number_of_cds dollar_value`.
struct Order {
    customer: String,
    date: String,
    pieces: u64,
    dollars: String,
    cents: i64,
    /// Which one of the customer's of that day.
    number: u32,
}

/// The whole set.
///
/// # Panics
/// When it wasn't fetched.
fn orders() -> Vec<Order> {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let path = built.join(TEXT);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{} can't be read ({error}): run ./test once with a network, which fetches it", path.display())
    });
    let mut of_the_day: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut order = |line: &str| {
        let [customer, date, pieces, dollars] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("not an order: {line}");
        };
        let number = of_the_day.entry((customer.to_owned(), date.to_owned())).or_default();
        *number += 1;
        let (whole, part) = dollars.split_once('.').unwrap();
        assert_eq!(part.len(), 2, "{line}");
        Order {
            customer: customer.to_owned(),
            date: date.to_owned(),
            pieces: pieces.parse().unwrap(),
            dollars: dollars.to_owned(),
            cents: format!("{whole}{part}").parse().unwrap(),
            number: *number,
        }
    };
    text.lines().skip(1).map(&mut order).collect()
}

/// The set as a shop system's export, and the mapping that is drafted of it.
fn drafted(orders: &[Order]) -> (Stage, String) {
    let stage = Stage::empty();
    let export = stage.dir.path().join("export");
    fs::create_dir(&export).unwrap();
    let stores = "store;name;time_zone;country\ncdnow;CDNOW;America/New_York;US\n";
    let customers: BTreeSet<&str> = orders.iter().map(|order| order.customer.as_str()).collect();
    let customers = customers.iter().fold("customer_id\n".to_owned(), |text, id| text + id + "\n");
    let mut sales = "order_number,store,customer_id,date,number_of_cds,dollar_value,currency\n".to_owned();
    for Order { customer, date, pieces, dollars, number, .. } in orders {
        writeln!(sales, "{customer}/{number},cdnow,{customer},{date},{pieces},{dollars},USD").unwrap();
    }
    for (name, text) in [("stores.csv", stores), ("customers.csv", &customers), ("orders.csv", &sales)] {
        fs::write(export.join(name), text).unwrap();
    }
    let files = ["export/stores.csv", "export/customers.csv", "export/orders.csv"];
    run(stage.dir.path(), &[&["migrate", "init"][..], &files].concat()).ok();
    let draft = fs::read_to_string(stage.folder().join("migration.toml")).unwrap();
    (stage, draft)
}

/// Says what no column says, as a person does: in the lines that the draft has for it.
fn mended(draft: &str) -> String {
    let mut text = draft.to_owned();
    for (asked, said) in [
        ("# \"line.sku\" = { value = \"GOODS\" }", "\"line.sku\" = { value = \"CD\" }"),
        ("# \"line.taxPercent\" = { value = \"25\" }", "\"line.taxPercent\" = { value = \"0\" }"),
    ] {
        assert!(text.contains(asked), "nothing asks for {said}:\n{text}");
        text = text.replace(asked, said);
    }
    text
}

/// Orders and cents by month.
fn by_month<'a>(orders: impl IntoIterator<Item = &'a Order>) -> BTreeMap<String, (u64, i64)> {
    let mut months: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for order in orders {
        let sum = months.entry(format!("{}-{}", &order.date[..4], &order.date[4..6])).or_default();
        *sum = (sum.0 + 1, sum.1 + order.cents);
    }
    months
}

/// The same of a plan's sums.
fn planned_by_month(plan: &Value) -> BTreeMap<String, (u64, i64)> {
    let sum = |row: &Value| {
        assert_eq!((&row["store"], &row["currency"]), (&json!("cdnow"), &json!("USD")), "{row}");
        (row["receiptsSent"].as_u64().unwrap(), cents(row["totalSent"].as_str().unwrap()))
    };
    let rows = plan["turnover"].as_array().unwrap().iter();
    rows.map(|row| (row["month"].as_str().unwrap().to_owned(), sum(row)))
        .filter(|(_, sum)| sum.0 > 0)
        .collect()
}

fn cents(amount: &str) -> i64 {
    let (whole, part) = amount.split_once('.').unwrap_or((amount, "0"));
    whole.parse::<i64>().unwrap() * 100 + format!("{part:0<2}").parse::<i64>().unwrap()
}

/// The pieces in all of a plan's files of receipts.
fn pieces(stage: &Stage) -> u64 {
    let files = stage.files().into_iter().filter(|(name, _)| name.ends_with("_transactions.csv"));
    let mut pieces = 0;
    for (_, bytes) in files {
        let text = String::from_utf8(bytes).unwrap();
        let mut rows = text.lines().map(|line| line.split(';').collect::<Vec<_>>());
        let quantity = rows.next().unwrap().iter().position(|name| *name == "quantity").unwrap();
        pieces += rows.map(|row| row[quantity].parse::<u64>().unwrap()).sum::<u64>();
    }
    pieces
}

#[test]
fn eighteen_months_of_a_real_shop_come_through_to_the_cent() {
    let orders = orders();
    assert_eq!(orders.len(), ORDERS, "another set");
    assert!(orders.iter().any(|order| order.cents == 0) && orders.iter().any(|order| order.number == 16));
    let (stage, draft) = drafted(&orders);
    fs::write(stage.folder().join("migration.toml"), mended(&draft)).unwrap();

    let checked = stage.step(&["check", "--json"]).json();
    let counts = |entity: &str| {
        let tally = &checked["tallies"][entity];
        assert_eq!(tally["blockers"], json!({}), "{tally:#}");
        (tally["rows"].clone(), tally["recordsSent"].clone())
    };
    assert_eq!(counts("contacts"), (json!(CUSTOMERS), json!(CUSTOMERS)));
    assert_eq!(counts("receipts"), (json!(ORDERS), json!(ORDERS)));

    let plan = stage.step(&["plan", "--json"]).json();
    assert_eq!(planned_by_month(&plan), by_month(&orders));
    assert_eq!(pieces(&stage), orders.iter().map(|order| order.pieces).sum::<u64>());
    let lines = plan["files"].as_array().unwrap().iter().map(|file| file["lines"].as_u64().unwrap());
    assert_eq!(lines.max(), Some(20_000), "fact M-05");

    let rehearsed = stage.step(&["rehearse", "--json"]).json();
    assert_eq!(rehearsed["verdict"], "agrees", "{rehearsed:#}");

    // What is older is left out to the day, and counted.
    let recent = |order: &&Order| order.date.as_str() >= "19980101";
    let plan = stage.step(&["plan", "--since", "1998-01-01", "--json"]).json();
    assert_eq!(planned_by_month(&plan), by_month(orders.iter().filter(recent)));
    let left_out = ORDERS - orders.iter().filter(recent).count();
    assert_eq!(plan["tallies"]["receipts"]["rowsLeftOut"], json!({ "beforeSince": left_out }));
}

#[test]
fn a_real_export_is_drafted_but_for_what_it_doesnt_say() {
    let orders = orders();
    let (stage, draft) = drafted(&orders[..2_000]);
    for said in [
        "country = \"US\"\n",
        "time-zone = \"America/New_York\"\n",
        "currency = \"USD\"\n",
        "group-currency = \"USD\"\n",
        "contact-key = \"externalId\"\n",
        "files = [\"../export/orders.csv\"]\n",
        "externalId = \"customer_id\"\n",
        "receiptNumber = \"order_number\"\n",
        "createdAt = { column = \"date\", date = \"%Y%m%d\" }\n",
        "contact = \"customer_id\"\n",
        "\"line.quantity\" = \"number_of_cds\"\n",
        "\"line.amount\" = \"dollar_value\"\n",
    ] {
        assert!(draft.contains(said), "{said} isn't in\n{draft}");
    }
    // Unread, it sends nothing: and it says that the mapping is at fault, and not two thousand rows.
    let checked = stage.step(&["check"]);
    assert_eq!(checked.code, 3, "{}", checked.stderr);
    assert!(checked.stdout.contains("None of the 2000 rows of receipts can be sent"), "{}", checked.stdout);
    fs::write(stage.folder().join("migration.toml"), mended(&draft)).unwrap();
    stage.step(&["check"]).ok();
    // The export and the mapping can be moved together.
    let moved = Stage::empty();
    for name in ["export", "migration"] {
        fs::rename(stage.dir.path().join(name), moved.dir.path().join(name)).unwrap();
    }
    moved.step(&["check"]).ok();
}
