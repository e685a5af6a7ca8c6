//! Point transactions by call: how they read, how more are booked, and what a repeated call does.

use sandbox::{Act, PointGift, Settings};
use serde_json::{Value, json};

use crate::automations::set_up;
use crate::tenant::{Tenant, request};

struct Account {
    tenant: Tenant,
    contact: String,
    id: String,
}

impl Account {
    fn new(settings: Settings) -> Account {
        let mut tenant = Tenant::with(settings);
        let contact = tenant.enrol();
        let accounts = tenant.get(&format!("/api/v3/point-accounts?contactId={contact}")).1;
        let id = accounts[0]["id"].as_str().unwrap().to_owned();
        Account { tenant, contact, id }
    }

    fn give(&mut self, gift: Value) {
        let mut gift = gift;
        gift["contact"] = json!(self.contact);
        let gift: PointGift = serde_json::from_value(gift).unwrap();
        assert_eq!(self.tenant.act(Act::GivePoints(gift)), 201);
    }

    fn list(&mut self, query: &str) -> Value {
        let (status, page) =
            self.tenant.get(&format!("/api/v3/point-transactions?accountId={}{query}", self.id));
        assert_eq!(status, 200, "{page}");
        page
    }

    /// The amounts that a list has.
    fn amounts(&mut self, query: &str) -> Vec<String> {
        let page = self.list(query);
        page["items"].as_array().unwrap().iter().map(|row| row["amount"].to_string()).collect()
    }

    fn transaction(&self, id: &str, amount: Value) -> Value {
        json!({ "accountId": self.id, "transactionId": id, "transactionType": "Addition", "amount": amount,
            "description": "Survey answered", "source": "Automation",
            "transactionDate": "2026-11-20T10:00:00Z", "validFrom": "2026-11-22T15:00:00Z" })
    }

    fn add(&mut self, body: &Value) -> u16 {
        self.tenant.post("/api/v3/point-transactions", &body.to_string()).0
    }

    fn balance(&mut self) -> String {
        let account = self.tenant.get(&format!("/api/v3/point-accounts/{}", self.id)).1;
        account["balance"].to_string()
    }
}

const ID: &str = "7f0e1d2c-3b4a-4958-8675-6a5b4c3d2e1f";

#[test]
fn points_that_are_added_read_back_in_the_documented_words() {
    let mut account = Account::new(Settings::default());
    let body = account.transaction(ID, json!(15.5));
    assert_eq!(account.add(&body), 202);
    let page = account.list("");
    let expected = json!({
        "items": [{
            "id": ID, "accountId": account.id, "description": "Survey answered", "source": "Automation",
            "amount": 15.5, "type": "Addition", "transactionDate": "2026-11-20T10:00:00Z",
            "createdOn": "2026-11-22T15:00:00Z", "modifiedOn": "2026-11-22T15:00:00Z",
            "validFrom": "2026-11-22T15:00:00Z", "validTo": null, "retailTransactionLineItemId": null,
        }],
        "totalCount": 1, "offset": 0, "count": 1, "links": [],
    });
    assert_eq!(page, expected);
    let mut taken = account.transaction("8f0e1d2c-3b4a-4958-8675-6a5b4c3d2e1f", json!(5));
    taken["transactionType"] = json!("Deduction");
    assert_eq!(account.add(&taken), 202);
    let first = account.list("&count=1");
    assert_eq!((&first["items"][0]["amount"], &first["items"][0]["type"]), (&json!(-5), &json!("Deduction")));
    assert_eq!((first["totalCount"].clone(), account.balance()), (json!(2), "10.5".to_owned()));
    let of_contact =
        format!("/api/v3/point-transactions?contactId={}&definitionId=1&offset=1", account.contact);
    assert_eq!(account.tenant.get(&of_contact).1["items"][0]["id"], json!(ID));
    assert_eq!(account.tenant.findings(), []);
}

#[test]
fn a_transaction_that_is_sent_again_is_booked_once_or_twice_by_the_switch() {
    for (repeated, expected) in [("ignored", "15"), ("booked", "30")] {
        let mut account = Account::new(Settings::default());
        account.tenant.switch("repeatedTransaction", repeated);
        let body = account.transaction(ID, json!(15));
        assert_eq!((account.add(&body), account.add(&body)), (202, 202));
        assert_eq!(account.balance(), expected, "{repeated}");
    }
}

#[test]
fn a_transaction_that_is_wrong_is_refused_and_books_nothing() {
    let mut account = Account::new(Settings::default());
    let good = account.transaction(ID, json!(15));
    for (field, value, status) in [
        ("amount", json!(0), 400),
        ("amount", json!("many"), 400),
        ("source", json!("Rain"), 400),
        ("description", Value::Null, 400),
        ("transactionType", json!("Gift"), 400),
        ("transactionId", json!("15"), 400),
        ("accountId", json!("nobody"), 404),
        ("accountId", json!(account.contact), 404),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        assert_eq!(account.add(&body), status, "{field} {value}");
    }
    assert_eq!(account.amounts(""), Vec::<String>::new());
    let query = "/api/v3/point-transactions";
    for (target, status) in [
        (query.to_owned(), 400),
        (format!("{query}?accountId={}&filter=Some", account.id), 400),
        (format!("{query}?accountId={}", account.contact), 404),
        (format!("{query}?contactId={}&definitionId=2", account.contact), 404),
    ] {
        assert_eq!(account.tenant.get(&target).0, status, "{target}");
    }
}

#[test]
fn a_list_shows_what_counts_what_will_and_what_expired() {
    let mut account = Account::new(Settings::default());
    account.give(json!({ "amount": 100, "validTo": "2026-12-01T00:00:00Z" }));
    account.give(json!({ "amount": 40, "validFrom": "2027-01-01T00:00:00Z" }));
    account.give(json!({ "amount": -30 }));
    assert_eq!(account.amounts(""), ["-30", "40", "100"]);
    assert_eq!(account.amounts("&filter=Active"), ["-30", "100"]);
    assert_eq!(account.amounts("&filter=pending"), ["40"]);
    account.tenant.now = "2026-12-24T00:00:00Z".parse().unwrap();
    assert_eq!(account.amounts(""), ["-70", "-30", "40", "100"]);
    let expiry = account.list("")["items"][0].clone();
    assert_eq!(
        (&expiry["type"], &expiry["transactionDate"]),
        (&json!("Expiry"), &json!("2026-12-01T00:00:00Z"))
    );
    assert_eq!(account.list("")["items"][0]["id"], expiry["id"], "its id stays");
    assert_eq!(account.balance(), "0");
}

#[test]
fn transactions_are_where_and_named_as_the_switches_say() {
    for (at, first, second) in
        [("both", 200, 200), ("pointTransactionsOnly", 200, 404), ("pointAccountsOnly", 404, 200)]
    {
        let mut account = Account::new(Settings::default());
        account.tenant.switch("pointTransactionsAt", at);
        let body = account.transaction(ID, json!(15)).to_string();
        for (path, status) in [("point-transactions", first), ("point-accounts/transactions", second)] {
            let target = format!("/api/v3/{path}?accountId={}", account.id);
            assert_eq!(account.tenant.get(&target).0, status, "{at} {path}");
            let added = if status == 200 { 202 } else { 404 };
            assert_eq!(account.tenant.post(&format!("/api/v3/{path}"), &body).0, added, "{at} {path}");
        }
        account.tenant.switch("transactionItems", "Items");
        account.tenant.switch("pointTransactionsAt", "both");
        let page = account.list("");
        assert_eq!((page["Items"].as_array().map(Vec::len), page.get("items")), (Some(1), None));
    }
}

#[test]
fn points_expire_by_the_tenants_model() {
    for (expires, moments) in [
        (json!("never"), vec![("2036-11-22T15:00:00Z", "100", Value::Null)]),
        (
            json!({ "rolling": 12 }),
            vec![
                ("2027-11-21T22:59:59Z", "100", json!("2027-11-22T00:00:00+01:00")),
                ("2027-11-21T23:00:00Z", "0", Value::Null),
            ],
        ),
        (
            json!({ "calendarYear": 1 }),
            vec![
                ("2027-12-31T22:59:59Z", "100", json!("2028-01-01T00:00:00+01:00")),
                ("2027-12-31T23:00:00Z", "0", Value::Null),
            ],
        ),
        (
            json!({ "inactive": 6 }),
            vec![
                ("2027-05-21T21:59:59Z", "100", json!("2027-05-22T00:00:00+02:00")),
                ("2027-05-21T22:00:00Z", "0", Value::Null),
            ],
        ),
        (json!(12), vec![("2027-11-21T23:00:00Z", "0", Value::Null)]),
    ] {
        let mut account = Account::new(set_up(&json!({ "points": { "expires": expires } })));
        account.give(json!({ "amount": 100 }));
        for (moment, balance, end) in moments {
            account.tenant.now = moment.parse().unwrap();
            let read = account.tenant.get(&format!("/api/v3/point-accounts/{}", account.id)).1;
            assert_eq!(read["balance"].to_string(), balance, "{expires} at {moment}");
            assert_eq!(read["balanceExpires"], end, "{expires} at {moment}");
        }
    }
}

#[test]
fn rules_of_an_older_journal_are_read() {
    let old = set_up(&json!({ "points": { "factors": { "SEK": 1 }, "validMonths": 12 } }));
    assert_eq!(old.points.expires, sandbox::PointExpiry::Rolling(12));
    let none = set_up(&json!({ "points": { "validMonths": null } }));
    assert_eq!(none.points.expires, sandbox::PointExpiry::Never);
    let again: Settings = serde_json::from_value(serde_json::to_value(&old).unwrap()).unwrap();
    assert_eq!(again, old);
}

#[test]
fn version_2_has_accounts_by_number_and_its_own_words_for_what_was_booked() {
    let mut account = Account::new(Settings::default());
    let body = account.transaction(ID, json!(15));
    account.add(&body);
    account.give(json!({ "amount": 5, "validTo": "2026-11-23T00:00:00Z", "description": "Fair" }));
    account.tenant.wait(86_400);
    let contact = account.contact.clone();
    let page = account.tenant.get(&format!("/api/v2/point-accounts?contactId={contact}")).1;
    assert_eq!((&page["items"][0]["id"], &page["totalCount"]), (&json!(1), &json!(1)));
    assert_eq!(account.tenant.get("/api/v2/point-accounts/1").1, page["items"][0]);
    assert_eq!(account.tenant.get("/api/v2/point-accounts/2").0, 404);
    let list = account.tenant.get("/api/v2/point-accounts/transactions?accountId=1").1;
    assert_eq!((list["items"][0]["accountId"].clone(), list["totalCount"].clone()), (json!(1), json!(3)));
    let one = account.tenant.get(&format!("/api/v2/point-accounts/transactions/{ID}"));
    assert_eq!(one, (200, list["items"][2].clone()));
    assert_eq!(account.tenant.get(&format!("/api/v2/point-accounts/transactions/{contact}")).0, 404);
    let bonus = account.tenant.get(&format!("/api/v2/contacts/{contact}/bonuspointtransactions")).1;
    let told: Vec<_> = bonus["items"].as_array().unwrap().iter().map(|row| row["type"].clone()).collect();
    assert_eq!(told, ["DueDate", "Adjustment", "FromAutomation"]);
    let target = format!("/api/v2/contacts/{contact}/rewardpointtransaction");
    let (status, total) =
        account.tenant.post(&target, r#"{ "points": -2.5, "description": "Spilt", "type": "Adjustment" }"#);
    assert_eq!((status, total), (200, json!({ "contactId": contact, "totalRewardPoints": 12.5 })));
    assert_eq!(account.tenant.post(&target, r#"{ "description": "Spilt" }"#).0, 400);
}

#[test]
fn version_2_books_the_rows_that_are_right_and_a_key_is_remembered_for_a_day() {
    let mut account = Account::new(Settings::default());
    let contact = account.contact.clone();
    let row = |contact: &str, definition: u32, description: Value| {
        json!({ "contactId": contact, "amount": 10, "definitionId": definition, "source": "Manual",
            "description": description })
    };
    let rows = json!([
        row(&contact, 1, json!("right")),
        row(&contact, 2, json!("no such kind")),
        row(ID, 1, json!("nobody")),
        row(&contact, 1, Value::Null),
        7,
    ]);
    let send = |account: &mut Account, key: &str, body: &str| {
        let event =
            request("POST", "/api/v2/point-accounts/transactions", body).header("Idempotency-Key", key);
        let reply = account.tenant.send(sandbox::Event::Request(event));
        let answer = reply.answer().unwrap();
        (answer.status, serde_json::from_slice::<Value>(&answer.body).unwrap())
    };
    let (status, left_out) = send(&mut account, "k-1", &rows.to_string());
    let expected = json!({
        "notAccepted": [rows[1], rows[2], rows[3], rows[4]],
        "errorMessages": ["description is required", "a row is not an object"],
        "missingDefinitionIds": [2], "missingContactIds": [ID],
    });
    assert_eq!((status, &left_out), (200, &expected));
    assert_eq!(send(&mut account, "k-1", &rows.to_string()), (200, left_out));
    assert_eq!(account.balance(), "10", "the same key again books nothing");
    send(&mut account, "k-2", &rows.to_string());
    assert_eq!(account.balance(), "20");
    account.tenant.wait(24 * 3_600);
    send(&mut account, "k-1", &rows.to_string());
    assert_eq!(account.balance(), "30", "a day later it is forgotten");
    let many = Value::from(vec![json!({}); 1_001]);
    assert_eq!(send(&mut account, "", &many.to_string()).0, 400);
    assert_eq!(send(&mut account, "", "{}").0, 400);
}
