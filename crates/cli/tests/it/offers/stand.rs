//! A shop that has promotions, a member of it, and what was done with her offers in Engage.

use std::collections::BTreeSet;

use gateway::settings::{Auth, Gives, Offers, Outage, Promotion, Settings, Welcome};
use serde_json::{Value, json};

use crate::api::{Answer, STOCKHOLM, Shop, purchase, settings};

/// The member's address.
pub const ADA: &str = "ada@example.com";
/// The welcome: ten percent.
pub const WELCOME: &str = "WELCOME10";
/// Fifty kronor off, as often as it is given; who brings everything back gets it again.
pub const FIFTY: &str = "FIFTY";
/// The call that assigns.
pub const ASSIGN: &str = "/api/v3/promotion-assignments";
/// The call that redeems an assignment.
pub const REDEEM_PROMOTION: &str = "/api/v3/promotion-assignments/*/redeem";
/// The call that redeems a voucher.
pub const REDEEM_VOUCHER: &str = "/api/v3/reward-vouchers/*/redeem";
/// The call that makes one usable again.
pub const REACTIVATE: &str = "/api/v3/reward-vouchers/*/reactivate";
/// The states of what is owed to Engage.
const OWED: [&str; 6] = ["waiting", "inFlight", "unknown", "waiting", "inFlight", "unknown"];

/// A shop with promotions, whose tenant has them too.
pub struct Stand {
    pub shop: Shop,
}

/// A voucher in Engage.
#[derive(Debug, Clone)]
pub struct Voucher {
    pub id: String,
    pub number: String,
}

/// The shop's promotions: a welcome that somebody assigns, and one that cashiers give.
pub fn promotions(welcome: Option<Welcome>) -> Offers {
    let promotion = |code: &str, gives: Gives| Promotion {
        code: code.to_owned(),
        external_id: code.to_owned(),
        promotion_id: None,
        name: code.to_owned(),
        gives: Some(gives),
        welcome: None,
        stacks: true,
        outage: Outage::Refuse,
        comes_back: false,
    };
    let sek = pos::money::Currency::parse("SEK").unwrap();
    let fifty = Promotion { comes_back: true, ..promotion(FIFTY, Gives::Amounts(vec![(sek, 50.into())])) };
    let welcome = Promotion { welcome, ..promotion(WELCOME, Gives::Percent(10.into())) };
    Offers { promotions: vec![welcome, fifty], ..Offers::default() }
}

/// The usual shop with these offers.
pub fn with(offers: Offers) -> Settings {
    Settings { offers, ..settings(Auth::None) }
}

/// What stands in Engage of a promotion.
fn definition(code: &str, kind: &str, value: &str) -> Value {
    json!({ "externalId": code, "name": code, "redemptionChannels": [{ "type": "POS", "valueType": kind, "value": value }] })
}

impl Stand {
    /// A shop whose till assigns the welcome.
    pub async fn open() -> Stand {
        Stand::with(with(promotions(Some(Welcome::Till))), json!({})).await
    }

    /// One with these settings and switches.
    pub async fn with(settings: Settings, switches: Value) -> Stand {
        Stand::of_tenant(settings, sandbox::Settings::default(), switches).await
    }

    /// One whose tenant is set up like this.
    pub async fn of_tenant(settings: Settings, tenant: sandbox::Settings, switches: Value) -> Stand {
        let stand = Stand { shop: Shop::with_tenant(settings, tenant).await };
        stand.shop.admin("PUT", "switches", switches).await;
        for (code, kind, value) in [(WELCOME, "PERCENT", "10"), (FIFTY, "MONEY", "50")] {
            stand.shop.admin("POST", "promotions", definition(code, kind, value)).await;
        }
        stand
    }

    /// The id in Engage of a promotion.
    pub async fn promotion(&self, code: &str) -> String {
        let all = self.shop.admin("GET", "promotions", Value::Null).await;
        let is_it = |one: &&Value| one["definition"]["externalId"] == code;
        let found = all["items"].as_array().unwrap().iter().find(is_it);
        found.unwrap_or_else(|| panic!("{code} in {all}"))["id"].as_str().unwrap().to_owned()
    }

    /// A member whom Engage has without our doing.
    pub async fn member(&self) -> String {
        self.shop.has("Member", json!({ "email": ADA, "firstName": "Ada", "lastName": "Lind" })).await
    }

    /// Engage makes a voucher of a hundred kronor for somebody.
    pub async fn voucher(&self, contact: &str) -> Voucher {
        let given = json!({ "amount": 100, "currency": "SEK", "name": "Bonus" });
        let made = self.shop.admin("POST", &format!("contacts/{contact}/vouchers"), given).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let number = self.voucher_in_engage(&id).await["number"].as_str().unwrap().to_owned();
        Voucher { id, number }
    }

    /// A voucher as Engage has it now.
    pub async fn voucher_in_engage(&self, id: &str) -> Value {
        let all = self.shop.admin("GET", "vouchers?count=1000", Value::Null).await;
        let found = all["items"].as_array().unwrap().iter().find(|one| one["id"] == id).cloned();
        found.unwrap_or_else(|| panic!("voucher {id} in {all}"))
    }

    /// Somebody gives a promotion in Engage itself; answers the assignment's id.
    pub async fn given_in_engage(&self, contact: &str, code: &str) -> String {
        let given = json!({ "promotion": self.promotion(code).await });
        let made = self.shop.admin("POST", &format!("contacts/{contact}/promotions"), given).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// A till looks somebody up, and what it was shown is kept here.
    pub async fn looked_up(&self, contact: &str) -> Value {
        let path = format!("/v1/contacts/{contact}");
        let shown = self.shop.until_that(&path, |body| body["source"] == "live").await;
        let names = |of: &Value, list: &str, name: &str| -> Vec<Value> {
            let rows = of["profile"]["loyalty"][list].as_array().into_iter().flatten();
            rows.map(|row| row[name].clone()).collect()
        };
        let is_kept = |held: &Value| {
            let mut lists = [("vouchers", "number"), ("promotions", "assignmentId")].into_iter();
            held["profile"]["loyalty"].is_object()
                && lists.all(|(list, name)| {
                    let kept = names(held, list, name);
                    names(&shown, list, name).iter().all(|one| kept.contains(one))
                })
        };
        self.shop.until_that(&format!("{path}/export"), is_kept).await;
        shown
    }

    /// A till gives a promotion to somebody, under an identity of its own.
    pub async fn assign(&self, key: &str, contact: &str, promotion: &str) -> Answer {
        let body = json!({ "store": STOCKHOLM, "promotion": promotion }).to_string().into_bytes();
        let path = format!("/v1/contacts/{contact}/promotions");
        self.shop.send(None, "POST", &path, body, &[("idempotency-key", key)]).await
    }

    /// A till sends a sale, which has no fault.
    pub async fn sell(&self, id: &str, sale: Value) -> Value {
        let taken = self.shop.call("PUT", &format!("/v1/receipts/{id}"), sale).await;
        assert_eq!((taken.status, &taken.body["faults"]), (201, &Value::Null), "{id}: {taken:?}");
        taken.body
    }

    /// A receipt as a till reads it.
    pub async fn receipt(&self, id: &str) -> Value {
        self.shop.call("GET", &format!("/v1/receipts/{id}"), Value::Null).await.body
    }

    pub async fn void(&self, id: &str) -> Value {
        let voided = self.shop.call("POST", &format!("/v1/receipts/{id}/void"), Value::Null).await;
        assert_eq!(voided.status, 201, "{id}: {voided:?}");
        voided.body
    }

    /// Lets the next so many calls of a kind meet a fault.
    pub async fn fault(&self, method: &str, path: &str, times: u32, kind: Value) {
        let fault = json!({ "on": { "method": method, "path": path }, "times": times, "kind": kind });
        self.shop.admin("POST", "faults", fault).await;
    }

    /// Cuts the link; customers are asked for until that is known.
    pub async fn cut(&self) {
        self.shop.cut().await;
        while self.shop.call("GET", "/healthz", Value::Null).await.body["engage"] == "up" {
            self.shop.lookup(json!({ "email": "somebody@example.com", "view": "minimal" })).await;
        }
    }

    /// Mends it; the next customer is asked for, by which it is known.
    pub async fn mend(&self) {
        self.shop.mend().await;
        let next = "/v1/contacts?email=somebody%40example.com";
        self.shop.until_that(next, |body| body["code"] == "contactNotFound").await;
    }

    /// Waits until nothing is owed to Engage any more; what failed before is tried at once. Answers what needs a person.
    pub async fn settled(&self) -> Vec<Value> {
        let mut hurried = BTreeSet::new();
        loop {
            let owed = self.owed().await;
            let Some(first) = owed.iter().find(|row| row["code"].is_string()).or(owed.first()) else { break };
            for row in owed.iter().filter(|row| row["code"].is_string()) {
                let tried = (row["id"].to_string(), row["nextTry"].to_string());
                if hurried.insert(tried) {
                    let id = row["id"].as_str().unwrap();
                    // It is refused where it was settled meanwhile.
                    self.shop.call("POST", &format!("/v1/deliveries/{id}/retry"), Value::Null).await;
                }
            }
            self.until_it_moves(first).await;
        }
        self.needing_attention().await
    }

    /// Waits until nothing is owed to Engage any more, and hurries nothing. Answers what needs a person.
    pub async fn ended(&self) -> Vec<Value> {
        while let Some(first) = self.owed().await.first() {
            self.until_it_moves(first).await;
        }
        self.needing_attention().await
    }

    async fn until_it_moves(&self, before: &Value) {
        let path = format!("/v1/deliveries/{}", before["id"].as_str().unwrap());
        let moves = |row: &Value| {
            row["state"] != before["state"]
                || row["code"] != before["code"]
                || row["attempts"] != before["attempts"]
                || row["nextTry"] != before["nextTry"]
        };
        self.shop.until_that(&path, moves).await;
    }

    async fn needing_attention(&self) -> Vec<Value> {
        let page = self.shop.call("GET", "/v1/deliveries?state=needsAttention&limit=500", Value::Null).await;
        page.body["items"].as_array().unwrap().clone()
    }

    async fn owed(&self) -> Vec<Value> {
        let mut owed = Vec::new();
        for state in OWED {
            let path = format!("/v1/deliveries?state={state}&limit=500");
            let page = self.shop.call("GET", &path, Value::Null).await;
            owed.extend(page.body["items"].as_array().unwrap().iter().cloned());
        }
        owed
    }

    /// What was done with an offer in Engage, in order.
    pub async fn deeds(&self, offer: &str) -> Vec<String> {
        let rows =
            self.shop.admin("GET", &format!("effects/offers?count=1000&id={offer}"), Value::Null).await;
        words(&rows)
    }

    /// What was done with a contact's offers in Engage, in order.
    pub async fn deeds_of(&self, contact: &str) -> Vec<String> {
        let path = format!("effects/offers?count=1000&contact={contact}");
        words(&self.shop.admin("GET", &path, Value::Null).await)
    }

    /// The exceptions that operators see: what, and why.
    pub async fn exceptions(&self) -> Vec<(String, String)> {
        let page = self.shop.call("GET", "/v1/exceptions", Value::Null).await;
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = page.body["items"].as_array().unwrap_or_else(|| panic!("{page:?}")).iter();
        rows.map(|row| (text(row, "offer"), text(row, "code"))).collect()
    }

    /// What the sandbox found against the guide's advice.
    pub async fn findings(&self) -> Vec<String> {
        let page = self.shop.admin("GET", "findings?count=1000", Value::Null).await;
        let rows = page["items"].as_array().unwrap().iter();
        // Nothing limits the rate of this gateway; and what was given back and is used again stands on a receipt already.
        let is_meant = |row: &&Value| row["rule"] != "tooFast" && row["rule"] != "redeemedAfterReceipt";
        rows.filter(is_meant).map(Value::to_string).collect()
    }

    /// The figures, as Prometheus reads them.
    pub async fn metrics(&self) -> String {
        let read = self.shop.http.get(format!("{}/metrics", self.shop.gateway)).send().await.unwrap();
        read.text().await.unwrap()
    }

    /// Fails unless Engage imported this receipt once, for this contact.
    pub async fn is_imported_once(&self, id: &str, contact: &str) {
        let rows = self.shop.engages(id).await;
        let imported: Vec<&Value> = rows.iter().filter(|row| row["state"] == "imported").collect();
        assert_eq!(imported.len(), 1, "{id}: {rows:?}");
        assert_eq!(imported[0]["fate"]["imported"]["contact"], contact, "{id}");
    }
}

fn words(rows: &Value) -> Vec<String> {
    rows["items"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

/// Two sweaters for 400.00, less so much by this offer.
pub fn sale(offer: &str, off: u32) -> Value {
    let mut sale = purchase(STOCKHOLM, ADA);
    sale["discounts"] = json!([{ "amount": off, "offer": offer, "description": "Offer" }]);
    sale["payments"] = json!([{ "type": "card", "amount": 400 - off }]);
    sale["total"] = json!(400 - off);
    sale
}

/// What a till was told of the offers of a receipt: state and code, one after the other.
pub fn offers_of(receipt: &Value) -> Vec<(String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = receipt["offers"].as_array().into_iter().flatten();
    rows.map(|row| (text(row, "state"), text(row, "code"))).collect()
}

/// The same as texts, where it is one offer without a code.
pub fn states(receipt: &Value) -> Vec<String> {
    offers_of(receipt).into_iter().map(|(state, _)| state).collect()
}
