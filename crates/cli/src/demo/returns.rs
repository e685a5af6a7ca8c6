//! What comes back: a piece of a sale, an exchange, a sale that was none, and one whose customer says later who she is.

use anyhow::{Context as _, ensure};
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::narrate::Who;
use super::sales::{decimal, number};
use super::visit::Receipt;
use super::walk::{Walk, expect};

/// What she paid for one of two sweaters, its part of both discounts taken off.
const ONE_SWEATER: &str = "404.10";
/// What she adds for the one that she takes instead.
const DIFFERENCE: &str = "194.90";

impl Walk<'_> {
    pub(super) async fn a_part_comes_back(&mut self, sale: &Receipt) -> anyhow::Result<Receipt> {
        self.narrator
            .step("One sweater doesn't fit. The till names the sale, and asks what she gets for it")?;
        let mut back = self.visit.one_back(sale, self.clock.now(), "0.00")?;
        let asked = self.what_comes_back(&back.body).await?;
        ensure!(asked == decimal(ONE_SWEATER)?, "she would get {asked}, not {ONE_SWEATER}");
        back = self.visit.one_back(sale, self.clock.now(), &format!("-{ONE_SWEATER}"))?;
        self.put(&back, 201).await?;
        self.until_delivered(&back).await?;
        self.what_engage_got().await?;
        let got = self.one_in_engage(&back).await?;
        let item = &got["items"][0];
        ensure!(item["type"] == "RETURN" && item["quantity"] == -1, "Engage got {item}");
        ensure!(number(&item["grossPaidPrice"])? == asked, "Engage got {item}");
        ensure!(number(&got["totalGrossPrice"])? == -asked, "Engage's total is {}", got["totalGrossPrice"]);
        self.narrator
            .say(Who::So, "she gets back what she paid for it, sale and welcome taken off, to the öre")?;
        Ok(back)
    }

    /// What a return is worth, as the till is told before it pays.
    async fn what_comes_back(&mut self, body: &Value) -> anyhow::Result<Decimal> {
        let mut asked = body.clone();
        let fields = asked.as_object_mut().context("a receipt is an object")?;
        fields.retain(|name, _| name != "total" && name != "payments");
        self.narrator.say(Who::Till, "POST /v1/receipts/validate: 1 of line 1 back")?;
        let before = self.clock.now();
        let reply = self.till.call(Method::POST, "/v1/receipts/validate", Some(&asked), &[]).await?;
        let took = self.since(before);
        expect(&reply, 200, None)?;
        let paid = number(&reply.body["amounts"]["lines"][0]["paid"])?;
        self.told(&reply, &format!("{paid} SEK to pay back, in {took}"))?;
        Ok(paid)
    }

    pub(super) async fn an_exchange(&mut self, sale: &Receipt, back: &Receipt) -> anyhow::Result<Receipt> {
        self.narrator.step("The other one she exchanges for a warmer one, on one receipt")?;
        let exchange = self.visit.exchange(sale, self.clock.now(), DIFFERENCE)?;
        self.put(&exchange, 201).await?;
        self.until_delivered(&exchange).await?;
        self.what_engage_got().await?;
        let sold = self.one_in_engage(sale).await?;
        let (first, last) = (self.one_in_engage(back).await?, self.one_in_engage(&exchange).await?);
        let [sold, first, last] = [&sold, &first, &last].map(|receipt| &receipt["items"][0]);
        for money in ["grossPaidPrice", "taxAmount"] {
            let left = number(&sold[money])? - number(&first[money])? - number(&last[money])?;
            ensure!(left.is_zero(), "{left} of {money} is left of the sweaters");
        }
        let line = format!(
            "VAT of both {}: {} the first time, {} the second",
            sold["taxAmount"], first["taxAmount"], last["taxAmount"]
        );
        self.narrator.say(Who::Engage, &line)?;
        self.narrator
            .say(Who::So, "both sweaters are back, and nothing is left of them: not in VAT, not in points")?;
        Ok(exchange)
    }

    /// A sale that was none is taken back in full. Answers it and what takes it back.
    pub(super) async fn a_mistake_is_voided(&mut self) -> anyhow::Result<[Receipt; 2]> {
        self.narrator
            .step("A bag was rung up by mistake; the cashier voids the receipt, which Engage has already")?;
        let mistake = self.visit.mistake(self.clock.now())?;
        self.put(&mistake, 201).await?;
        self.until_delivered(&mistake).await?;
        let path = format!("/v1/receipts/{}/void", mistake.id);
        self.narrator.say(Who::Till, &format!("POST {path}"))?;
        let before = self.clock.now();
        let reply = self.till.call(Method::POST, &path, None, &[]).await?;
        let took = self.since(before);
        expect(&reply, 201, None)?;
        ensure!(reply.body["voidedAt"].is_string(), "it isn't void: {}", reply.body);
        self.told(&reply, &format!("voided, on disk, in {took}"))?;
        let reversal = Receipt { id: format!("{}~void", mistake.id), body: json!({}) };
        self.until_delivered(&reversal).await?;
        self.what_engage_got().await?;
        let totals = [self.one_in_engage(&mistake).await?, self.one_in_engage(&reversal).await?]
            .map(|receipt| number(&receipt["totalGrossPrice"]));
        let [sold, taken_back] = totals;
        ensure!((sold? + taken_back?).is_zero(), "the bag isn't taken back in full");
        self.narrator
            .say(Who::So, "Engage can't delete a receipt: a second one takes back every line of it")?;
        Ok([mistake, reversal])
    }

    pub(super) async fn a_claim(&mut self) -> anyhow::Result<Receipt> {
        self.narrator.step("She paid for socks without a name; now she says who she is")?;
        let sale = self.visit.without_a_name(self.clock.now())?;
        let reply = self.put(&sale, 201).await?;
        ensure!(reply.body["state"] == "unclaimed", "its state is {}", reply.body["state"]);
        let path = format!("/v1/receipts/{}/contact", sale.id);
        self.narrator.say(Who::Till, &format!("POST {path}: {}", self.visit.email))?;
        let before = self.clock.now();
        let whose = json!({ "email": self.visit.email });
        let reply = self.till.call(Method::POST, &path, Some(&whose), &[]).await?;
        let took = self.since(before);
        expect(&reply, 201, None)?;
        ensure!(reply.body["contactId"].is_string(), "it is nobody's: {}", reply.body);
        self.told(&reply, &format!("hers, on disk, in {took}"))?;
        self.until_delivered(&sale).await?;
        self.what_engage_got().await?;
        self.narrator.say(Who::So, "the receipt goes to Engage as hers, with the points it earns")?;
        Ok(sale)
    }
}
