//! The sales of the walk: one with discounts, the same again, one in the dark, and what Engage has in the end.

use anyhow::{Context as _, ensure};
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::member::Moved;
use super::narrate::Who;
use super::shop::{STOCKHOLM, Sale};
use super::walk::{Walk, expect, items, source, text};
use crate::web::Reply;

/// What an exchange of the demo's shop must come to: euro times its rate, in SEK.
const SECOND_IN_GROUP: &str = "1020.37";

impl Walk<'_> {
    pub(super) async fn a_discounted_purchase(&mut self) -> anyhow::Result<Sale> {
        self.narrator
            .step("She buys two sweaters on sale and a jacket, with a welcome gift of 50.00 off the whole")?;
        let sale = self.visit.first_sale(self.clock.now())?;
        let reply = self.put(&sale, 201).await?;
        let paid = amounts(&reply.body["amounts"])?;
        ensure!(paid == [decimal("877.56")?, decimal("1269.44")?], "the gift is spread otherwise: {paid:?}");
        for (line, paid) in lines(&sale)?.iter().zip(&paid) {
            self.narrator.more(&format!("{:14} {paid:>8} SEK paid", text(line, "name")?))?;
        }
        self.until_delivered(&sale).await?;
        self.what_engage_got().await?;
        let got = self.one_in_engage(&sale).await?;
        let engage_paid = engage_amounts(&got)?;
        ensure!(engage_paid == paid, "Engage got {engage_paid:?}, the till was told {paid:?}");
        let total: Decimal = engage_paid.iter().sum();
        ensure!(total == number(&got["totalGrossPrice"])?, "Engage's lines add up to {total}");
        self.narrator
            .say(Who::So, &format!("Engage's lines add up to the till's {total} SEK, to the öre"))?;
        Ok(sale)
    }

    pub(super) async fn the_same_again(&mut self, sale: &Sale) -> anyhow::Result<()> {
        self.narrator.step("The till didn't hear the answer and sends the same receipt again")?;
        self.put(sale, 200).await?;
        self.one_in_engage(sale).await?;
        self.what_engage_got().await?;
        self.narrator.say(Who::So, "it is one receipt, taken once")
    }

    pub(super) async fn the_link_is_cut(&mut self, contact: &str) -> anyhow::Result<()> {
        self.narrator.step("The link to Engage is cut. She is looked up all the same")?;
        let cut = json!([{ "on": { "method": "*", "path": "*" }, "kind": "cutBefore" }]);
        self.faults(&cut).await?;
        self.narrator.say(Who::Demo, "every call to Engage is cut from now on")?;
        let asked = json!({ "mobilePhone": self.visit.phone, "store": STOCKHOLM });
        let (reply, took) = self.look_up(&asked).await?;
        expect(&reply, 200, None)?;
        ensure!(text(&reply.body, "contactId")? == contact, "another contact was found: {}", reply.body);
        ensure!(reply.body["source"] == "lastKnown", "the answer is {}", reply.body["source"]);
        self.told(&reply, &format!("{}, in {took}", source(&reply)?))?;
        self.what_engage_got().await
    }

    pub(super) async fn a_purchase_in_the_dark(&mut self) -> anyhow::Result<Sale> {
        self.narrator.step("In Helsinki she buys gloves, in euro, in the dark")?;
        let (reply, took) = self.look_up(&json!({ "email": self.visit.email })).await?;
        expect(&reply, 200, None)?;
        self.told(&reply, &format!("{}, in {took}", source(&reply)?))?;
        let sale = self.visit.second_sale(self.clock.now())?;
        let reply = self.put(&sale, 201).await?;
        ensure!(reply.body["state"] == "accepted", "its state is {}", reply.body["state"]);
        let rate = number(&reply.body["amounts"]["exchangeRate"])?;
        self.narrator.more(&format!("89.90 EUR, at the rate of the day, {rate}, whenever it arrives"))?;
        let path = format!("/v1/receipts/{}", sale.id);
        let tried = |reply: &Reply| reply.body["deliveries"][0]["code"].is_string();
        self.until(self.till, &path, "its delivery was tried", tried).await?;
        self.what_engage_got().await?;
        let there = self.in_engage(&sale).await?;
        ensure!(there.is_empty(), "Engage has it, although the link is cut: {there:?}");
        self.narrator.say(Who::So, "it is on this machine's disk; the customer goes home, nobody waited")?;
        Ok(sale)
    }

    pub(super) async fn the_link_is_mended(&mut self, sale: &Sale, moved: &Moved) -> anyhow::Result<()> {
        self.narrator.step("The link is mended, and nobody does anything")?;
        self.faults(&json!([])).await?;
        let before = self.clock.now();
        self.until_delivered(sale).await?;
        self.until_moved(moved).await?;
        let took = self.since(before);
        self.what_engage_got().await?;
        self.one_in_engage(sale).await?;
        self.narrator.say(Who::So, &format!("what waited has arrived by itself, {took} later"))
    }

    pub(super) async fn both_arrive(&mut self, contact: &str, sales: [&Sale; 2]) -> anyhow::Result<()> {
        self.narrator.step("Engage imports what it was sent, and Tillbridge looks whether it is there")?;
        self.narrator
            .say(Who::Demo, "imports are every second here, and every quarter of an hour in a tenant")?;
        for sale in sales {
            let path = format!("/v1/receipts/{}", sale.id);
            let confirmed = |reply: &Reply| reply.body["state"] == "confirmed";
            self.until(self.till, &path, "the receipt is confirmed", confirmed).await?;
        }
        self.narrator.say(Who::Told, "both are confirmed: Engage lists them among her transactions")?;
        for (place, sale) in sales.into_iter().enumerate() {
            let row = self.only_row(sale).await?;
            let fate = &row["fate"]["imported"];
            ensure!(row["state"] == "imported", "{} is {}: {}", sale.id, row["state"], row["fate"]);
            ensure!(fate["contact"] == contact, "{} is somebody else's: {fate}", sale.id);
            let (total, currency) = (text(&sale.body, "total")?, text(&sale.body, "currency")?);
            let in_group = number(&fate["groupTotal"])?;
            let expected = if currency == "SEK" { total } else { SECOND_IN_GROUP };
            ensure!(in_group == decimal(expected)?, "{} counts as {in_group} SEK, not {expected}", sale.id);
            let line = format!("{}  {total:>7} {currency} = {in_group:>7} SEK, hers", sale.id);
            if place == 0 { self.narrator.say(Who::Engage, &line)? } else { self.narrator.more(&line)? }
        }
        self.findings().await
    }

    /// What the sandbox found against the guide's advice; there must be nothing.
    async fn findings(&mut self) -> anyhow::Result<()> {
        let page = self.engage.get("/_sandbox/findings").await?.body;
        let found: Vec<String> = items(&page)?.iter().map(Value::to_string).collect();
        ensure!(found.is_empty(), "the sandbox finds fault with what it was sent: {}", found.join(", "));
        self.narrator.say(Who::So, "both are hers, and the sandbox finds no fault with what it was sent")
    }

    /// Sends a receipt, and says so and what came back.
    async fn put(&mut self, sale: &Sale, status: u16) -> anyhow::Result<Reply> {
        let path = format!("/v1/receipts/{}", sale.id);
        let (total, currency) = (text(&sale.body, "total")?, text(&sale.body, "currency")?);
        self.narrator.say(Who::Till, &format!("PUT {path}: {total} {currency}"))?;
        let before = self.clock.now();
        let reply = self.till.call(Method::PUT, &path, Some(&sale.body), &[]).await?;
        let took = self.since(before);
        expect(&reply, status, None)?;
        let state = text(&reply.body, "state")?;
        self.told(&reply, &format!("{state}, on disk, in {took}"))?;
        for part in ["warnings", "faults"] {
            ensure!(reply.body.get(part).is_none(), "the receipt has {part}: {}", reply.body[part]);
        }
        Ok(reply)
    }

    async fn until_delivered(&self, sale: &Sale) -> anyhow::Result<()> {
        let path = format!("/v1/receipts/{}", sale.id);
        let arrived = |reply: &Reply| matches!(reply.body["state"].as_str(), Some("delivered" | "confirmed"));
        self.until(self.till, &path, "the receipt is delivered", arrived).await.map(drop)
    }

    async fn faults(&self, faults: &Value) -> anyhow::Result<()> {
        let set = self.engage.call(Method::PUT, "/_sandbox/faults", Some(faults), &[]).await?;
        ensure!(set.status.is_success(), "the sandbox's faults can't be set: {}", set.body);
        Ok(())
    }

    /// What Engage got under a receipt's id.
    async fn in_engage(&self, sale: &Sale) -> anyhow::Result<Vec<Value>> {
        let page = self.engage.get(&format!("/_sandbox/receipts?uniqueReceiptId={}", sale.id)).await?.body;
        items(&page).cloned()
    }

    async fn only_row(&self, sale: &Sale) -> anyhow::Result<Value> {
        let mut rows = self.in_engage(sale).await?;
        ensure!(rows.len() == 1, "Engage has {} receipts {}, not 1", rows.len(), sale.id);
        Ok(rows.remove(0))
    }

    /// The one receipt that Engage got under an id, as it was sent.
    async fn one_in_engage(&self, sale: &Sale) -> anyhow::Result<Value> {
        let row = self.only_row(sale).await?;
        Ok(serde_json::from_str(text(&row, "body")?)?)
    }
}

fn lines(sale: &Sale) -> anyhow::Result<&Vec<Value>> {
    sale.body["lines"].as_array().context("a sale has lines")
}

/// What was paid for each line, as the till was told.
fn amounts(amounts: &Value) -> anyhow::Result<Vec<Decimal>> {
    let lines = amounts["lines"].as_array().with_context(|| format!("there are no lines in {amounts}"))?;
    lines.iter().map(|line| number(&line["paid"])).collect()
}

/// What was paid for each line, as Engage got it.
fn engage_amounts(receipt: &Value) -> anyhow::Result<Vec<Decimal>> {
    let lines = receipt["items"].as_array().with_context(|| format!("there are no items in {receipt}"))?;
    lines.iter().map(|line| number(&line["grossPaidPrice"])).collect()
}

/// An exact decimal, as a JSON number or text.
fn number(value: &Value) -> anyhow::Result<Decimal> {
    match value {
        Value::Number(number) => decimal(&number.to_string()),
        Value::String(text) => decimal(text),
        other => anyhow::bail!("{other} is no number"),
    }
}

fn decimal(text: &str) -> anyhow::Result<Decimal> {
    Decimal::from_str_exact(text).with_context(|| format!("{text} is no decimal"))
}
