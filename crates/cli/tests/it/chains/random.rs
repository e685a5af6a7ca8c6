//! Dealings drawn by chance: sales, returns, exchanges, voids, claims, restarts and a link that comes and goes. Here is
//! known how many pieces of each line are left, and nothing of money. In the end everything comes back.

use gateway::settings::Auth;
use serde_json::{Value, json};

use super::ledger::Left;
use super::lessons::earning_shop;
use super::stand::{ADA, BO, STOCKHOLM};
use super::{back, receipt};
use crate::api::{HELSINKI, Shop, settings};
use crate::tills::Chance;

/// What happens, and how often; in which order, chance decides.
const MIX: [(Deal, usize); 7] = [
    (Deal::Sell, 20),
    (Deal::GiveBack, 35),
    (Deal::ReturnTooMuch, 6),
    (Deal::Void, 14),
    (Deal::Claim, 8),
    (Deal::Restart, 3),
    (Deal::InTheDark, 2),
];
/// The most lines of a receipt, of each kind.
const LINES_MAX: u64 = 3;

/// A receipt that was taken.
struct Taken {
    id: String,
    /// Whether it may still be claimed.
    anonymous: bool,
    voided: bool,
    /// How many pieces of each line that it sold are left.
    left: Vec<u32>,
    /// What it took back: of which receipt, of which line, how many.
    back: Vec<(usize, usize, u32)>,
}

/// The shop and what is known of it.
struct Dealings {
    shop: Shop,
    chance: Chance,
    taken: Vec<Taken>,
}

/// Something that may happen.
#[derive(Debug, Clone, Copy)]
enum Deal {
    Sell,
    GiveBack,
    ReturnTooMuch,
    Void,
    Claim,
    Restart,
    /// Some of it while there is no link.
    InTheDark,
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_dealt_nothing_is_left_once_everything_has_come_back() {
    let mut dealings = Dealings { shop: earning_shop().await, chance: Chance::drawn(), taken: Vec::new() };
    let mut deals: Vec<Deal> = MIX.iter().flat_map(|(deal, times)| vec![*deal; *times]).collect();
    dealings.chance.shuffle(&mut deals);
    for deal in deals {
        dealings.deal(deal).await;
    }
    assert_ne!(dealings.shop.left().await, Left::new(), "something is sold and has not come back");
    dealings.end().await;
    assert_eq!(dealings.shop.left().await, Left::new());
    let shown = dealings.shop.call("GET", "/v1/deliveries?state=needsAttention", Value::Null).await;
    assert_eq!(shown.body["items"], json!([]));
    let findings = dealings.shop.admin("GET", "findings", Value::Null).await;
    let findings = findings["items"].as_array().unwrap().iter();
    // Nothing limits the rate of this gateway.
    let of_receipts: Vec<&Value> = findings.filter(|row| row["rule"] != "tooFast").collect();
    assert_eq!(of_receipts, Vec::<&Value>::new());
}

impl Dealings {
    async fn deal(&mut self, deal: Deal) {
        match deal {
            Deal::Sell => self.take(Vec::new(), 1).await,
            Deal::GiveBack => self.give_back().await,
            Deal::ReturnTooMuch => self.return_too_much().await,
            Deal::Void => self.void().await,
            Deal::Claim => self.claim().await,
            Deal::Restart => self.shop.restart_gateway(settings(Auth::None)).await,
            Deal::InTheDark => {
                self.shop.cut().await;
                self.take(Vec::new(), 1).await;
                self.give_back().await;
                self.void().await;
                self.shop.mend().await;
                // The next customer is asked for, by which it is known that the link is back.
                let next = "/v1/contacts?email=somebody%40example.com";
                self.shop.until_that(next, |body| body["code"] == "contactNotFound").await;
            }
        }
    }

    /// A return, or an exchange.
    async fn give_back(&mut self) {
        let goods = self.some_goods();
        let least = self.chance.between(0, 1);
        self.take(goods, least).await;
    }

    /// A receipt that takes this back and sells at least so many lines.
    async fn take(&mut self, back_of: Vec<(usize, usize, u32)>, lines_min: u64) {
        // With nothing to take back it is a sale; one that sells nothing only takes back.
        let lines_min = if back_of.is_empty() { 1 } else { lines_min };
        let count = self.chance.between(lines_min, LINES_MAX * lines_min);
        let sold: Vec<u32> = (0..count).map(|_| self.chance.between(1, 4) as u32).collect();
        let contact = *self.chance.pick(&[Some(ADA), Some(BO), None]);
        let id = format!("r-{}", self.taken.len());
        let mut lines: Vec<Value> = back_of.iter().map(|part| self.back_line(*part)).collect();
        for (n, quantity) in sold.iter().enumerate() {
            lines.push(self.sold_line(n, *quantity));
        }
        let store = *self.chance.pick(&[STOCKHOLM, HELSINKI]);
        let mut body = receipt(store, &id, "2026-11-20T10:00:00+01:00", Value::from(lines));
        if let Some(email) = contact {
            body["contact"] = json!({ "email": email });
        }
        if !sold.is_empty() && self.chance.one_in(2) {
            body["discounts"] = json!([{ "percent": self.chance.between(1, 30), "description": "Member" }]);
        }
        let taken = self.shop.call("PUT", &format!("/v1/receipts/{id}"), body.clone()).await;
        assert_eq!((taken.status, &taken.body["faults"]), (201, &Value::Null), "{body}: {taken:?}");
        for (of, line, quantity) in &back_of {
            self.taken[*of].left[*line] -= quantity;
        }
        let anonymous = contact.is_none() && !sold.is_empty();
        self.taken.push(Taken { id, anonymous, voided: false, left: sold, back: back_of });
    }

    fn sold_line(&mut self, n: usize, quantity: u32) -> Value {
        let price = self.chance.between(1, 99_999);
        let mut line = json!({
            "id": n.to_string(), "kind": "purchase", "sku": self.chance.pick(&["cup", "lamp", "tea"]),
            "quantity": quantity, "unitPrice": format!("{}.{:02}", price / 100, price % 100),
            "taxPercent": self.chance.pick(&["25", "12", "6"]),
        });
        if self.chance.one_in(3) {
            line["discounts"] = json!([{ "percent": self.chance.between(1, 60), "description": "Weekend" }]);
        }
        line
    }

    fn back_line(&self, (of, line, quantity): (usize, usize, u32)) -> Value {
        back(&self.taken[of].id, &line.to_string(), Some(&quantity.to_string()))
    }

    /// Some of the goods that are left, of up to three lines.
    fn some_goods(&mut self) -> Vec<(usize, usize, u32)> {
        let mut goods: Vec<(usize, usize, u32)> = self.goods_left();
        self.chance.shuffle(&mut goods);
        goods.truncate(self.chance.between(1, LINES_MAX) as usize);
        for part in &mut goods {
            part.2 = self.chance.between(1, u64::from(part.2)) as u32;
        }
        goods
    }

    fn goods_left(&self) -> Vec<(usize, usize, u32)> {
        let of_receipt = |(of, taken): (usize, &Taken)| {
            let left: Vec<(usize, usize, u32)> =
                taken.left.iter().enumerate().map(|(line, left)| (of, line, *left)).collect();
            left
        };
        let standing = self.taken.iter().enumerate().filter(|(_, taken)| !taken.voided);
        standing.flat_map(of_receipt).filter(|(_, _, left)| *left > 0).collect()
    }

    /// A piece more than there is: kept and shown, and given up by an operator.
    async fn return_too_much(&mut self) {
        let mut goods = self.goods_left();
        self.chance.shuffle(&mut goods);
        let Some((of, line, left)) = goods.first().copied() else { return };
        let lines = json!([self.back_line((of, line, left + 1))]);
        let body = receipt(STOCKHOLM, "over", "2026-11-20T10:00:00+01:00", lines);
        let path = format!("/v1/receipts/over-{}", self.chance.between(0, u64::MAX - 1));
        let over = self.shop.call("PUT", &path, body).await;
        assert_eq!(over.body["faults"][0]["code"], "overReturn", "{over:?}");
        let delivery = over.body["deliveries"][0]["id"].as_str().expect("it is kept for a person");
        let discard = format!("/v1/deliveries/{delivery}/discard");
        let given_up = self.shop.call("POST", &discard, json!({ "reason": "counted wrong" })).await;
        assert_eq!(given_up.status, 200, "{given_up:?}");
    }

    /// Undoes any receipt; one of which something came back can't be.
    async fn void(&mut self) {
        let standing: Vec<usize> = (0..self.taken.len()).filter(|&n| !self.taken[n].voided).collect();
        if standing.is_empty() {
            return;
        }
        let chosen = *self.chance.pick(&standing);
        let path = format!("/v1/receipts/{}/void", self.taken[chosen].id);
        let voided = self.shop.call("POST", &path, Value::Null).await;
        let drawn_on = |of: usize| {
            let mut others = self.taken.iter().filter(|taken| !taken.voided);
            others.any(|taken| taken.back.iter().any(|(on, ..)| *on == of))
        };
        if drawn_on(chosen) {
            assert_eq!((voided.status, voided.code()), (409, "hasReturns"), "{path}: {voided:?}");
            return;
        }
        assert_eq!(voided.status, 201, "{path}: {voided:?}");
        self.taken[chosen].voided = true;
        for (of, line, quantity) in self.taken[chosen].back.clone() {
            self.taken[of].left[line] += quantity;
        }
    }

    async fn claim(&mut self) {
        let open: Vec<usize> =
            (0..self.taken.len()).filter(|&n| self.taken[n].anonymous && !self.taken[n].voided).collect();
        if !open.is_empty() {
            let chosen = *self.chance.pick(&open);
            self.claim_it(chosen).await;
        }
    }

    async fn claim_it(&mut self, n: usize) {
        let email = *self.chance.pick(&[ADA, BO]);
        let path = format!("/v1/receipts/{}/contact", self.taken[n].id);
        let claimed = self.shop.call("POST", &path, json!({ "email": email })).await;
        assert_eq!(claimed.status, 201, "{path}: {claimed:?}");
        self.taken[n].anonymous = false;
    }

    /// Everything comes back, and whoever was not named is named.
    async fn end(&mut self) {
        for n in 0..self.taken.len() {
            if self.taken[n].anonymous && !self.taken[n].voided && self.chance.one_in(2) {
                self.claim_it(n).await;
            }
        }
        for part in self.goods_left() {
            let lines = json!([self.back_line(part)]);
            let body = receipt(STOCKHOLM, "end", "2026-11-21T10:00:00+01:00", lines);
            let path = format!("/v1/receipts/end-{}-{}", part.0, part.1);
            let taken = self.shop.call("PUT", &path, body).await;
            assert_eq!((taken.status, &taken.body["faults"]), (201, &Value::Null), "{taken:?}");
        }
        for n in 0..self.taken.len() {
            if self.taken[n].anonymous && !self.taken[n].voided {
                self.claim_it(n).await;
            }
        }
    }
}
