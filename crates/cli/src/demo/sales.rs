//! The sales of the walk: one with discounts, the same again, one in the dark; what Engage has in the end, and the points.

use anyhow::{Context as _, ensure};
use http::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::member::Moved;
use super::narrate::Who;
use super::shop::STOCKHOLM;
use super::visit::Receipt;
use super::walk::{Walk, expect, items, source, text};
use crate::web::Reply;

/// What an exchange of the demo's shop must come to: euro times its rate, in SEK.
const SECOND_IN_GROUP: &str = "1020.37";
/// The 250 points of a gift less 200 that became a voucher, and what she paid for and kept: 1169.10, 599.00 and 79.00
/// SEK, and 89.90 EUR at 11 each.
const POINTS: &str = "2886.00";

impl Walk<'_> {
    pub(super) async fn a_discounted_purchase(&mut self, welcome: &str) -> anyhow::Result<Receipt> {
        self.narrator.step("She buys two sweaters on sale and a jacket, with WELCOME10 off the whole")?;
        let sale = self.visit.first_sale(self.clock.now(), welcome)?;
        let reply = self.put(&sale, 201).await?;
        let paid = amounts(&reply.body["amounts"])?;
        ensure!(
            paid == [decimal("808.20")?, decimal("1169.10")?],
            "the welcome is spread otherwise: {paid:?}"
        );
        for (line, paid) in lines(&sale)?.iter().zip(&paid) {
            self.narrator.more(&format!("{:14} {paid:>8} SEK paid", text(line, "name")?))?;
        }
        let used = self.until_redeemed(&sale).await?;
        self.narrator.more(&used)?;
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

    pub(super) async fn the_same_again(&mut self, sale: &Receipt) -> anyhow::Result<()> {
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

    pub(super) async fn a_purchase_in_the_dark(&mut self) -> anyhow::Result<Receipt> {
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

    pub(super) async fn the_link_is_mended(&mut self, sale: &Receipt, moved: &Moved) -> anyhow::Result<()> {
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

    pub(super) async fn all_arrive(&mut self, contact: &str, receipts: &[&Receipt]) -> anyhow::Result<()> {
        self.narrator.step("Engage imports what it was sent, and Tillbridge looks whether it is there")?;
        self.narrator
            .say(Who::Demo, "imports are every second here, and every quarter of an hour in a tenant")?;
        for receipt in receipts {
            let path = format!("/v1/receipts/{}", receipt.id);
            let confirmed = |reply: &Reply| reply.body["state"] == "confirmed";
            self.until(self.till, &path, "the receipt is confirmed", confirmed).await?;
        }
        let all = receipts.len();
        self.narrator
            .say(Who::Told, &format!("all {all} are confirmed: Engage lists them among her transactions"))?;
        for (place, receipt) in receipts.iter().enumerate() {
            let line = self.imported(contact, receipt).await?;
            if place == 0 { self.narrator.say(Who::Engage, &line)? } else { self.narrator.more(&line)? }
        }
        self.findings().await
    }

    /// What Engage has of a receipt that was imported: whose it is, and what it counts for.
    async fn imported(&self, contact: &str, receipt: &Receipt) -> anyhow::Result<String> {
        let (row, id) = (self.only_row(receipt).await?, &receipt.id);
        let fate = &row["fate"]["imported"];
        ensure!(row["state"] == "imported", "{id} is {}: {}", row["state"], row["fate"]);
        ensure!(fate["contact"] == contact, "{id} is somebody else's: {fate}");
        let body: Value = serde_json::from_str(text(&row, "body")?)?;
        let (total, currency) = (number(&body["totalGrossPrice"])?, text(&body, "currency")?);
        let in_group = number(&fate["groupTotal"])?;
        let expected = if currency == "SEK" { total } else { decimal(SECOND_IN_GROUP)? };
        ensure!(in_group == expected, "{id} counts as {in_group} SEK, not {expected}");
        Ok(format!("{id:31}{total:>8} {currency} = {in_group:>8} SEK, hers"))
    }

    pub(super) async fn her_points(&mut self, contact: &str) -> anyhow::Result<()> {
        self.skip_what_engage_got().await?;
        self.narrator.step("What has she earned by all of it?")?;
        self.narrator.say(Who::Till, "GET /v1/contacts/{contactId}")?;
        let before = self.clock.now();
        let reply = self.till.get(&format!("/v1/contacts/{contact}")).await?;
        let took = self.since(before);
        expect(&reply, 200, None)?;
        let points = number(&reply.body["profile"]["loyalty"]["points"])?;
        ensure!(points == decimal(POINTS)?, "she has {points} points, not {POINTS}");
        self.told(&reply, &format!("{points} points, in {took}"))?;
        self.narrator.say(
            Who::So,
            "50 that a voucher left her, and a point for each krona and 11 for each euro that she spent and left spent",
        )
    }

    /// What the sandbox found against the guide's advice; there must be nothing.
    async fn findings(&mut self) -> anyhow::Result<()> {
        let page = self.engage.get("/_sandbox/findings").await?.body;
        let found: Vec<String> = items(&page)?.iter().map(Value::to_string).collect();
        ensure!(found.is_empty(), "the sandbox finds fault with what it was sent: {}", found.join(", "));
        self.narrator.say(Who::So, "all of it is hers, and the sandbox finds no fault with what it was sent")
    }

    /// Sends a receipt, and says so and what came back.
    pub(super) async fn put(&mut self, sale: &Receipt, status: u16) -> anyhow::Result<Reply> {
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

    pub(super) async fn until_delivered(&self, sale: &Receipt) -> anyhow::Result<()> {
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
    async fn in_engage(&self, sale: &Receipt) -> anyhow::Result<Vec<Value>> {
        let page = self.engage.get(&format!("/_sandbox/receipts?uniqueReceiptId={}", sale.id)).await?.body;
        items(&page).cloned()
    }

    pub(super) async fn only_row(&self, sale: &Receipt) -> anyhow::Result<Value> {
        let mut rows = self.in_engage(sale).await?;
        ensure!(rows.len() == 1, "Engage has {} receipts {}, not 1", rows.len(), sale.id);
        Ok(rows.remove(0))
    }

    /// The one receipt that Engage got under an id, as it was sent.
    pub(super) async fn one_in_engage(&self, sale: &Receipt) -> anyhow::Result<Value> {
        let row = self.only_row(sale).await?;
        Ok(serde_json::from_str(text(&row, "body")?)?)
    }
}

fn lines(sale: &Receipt) -> anyhow::Result<&Vec<Value>> {
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
pub(super) fn number(value: &Value) -> anyhow::Result<Decimal> {
    match value {
        Value::Number(number) => decimal(&number.to_string()),
        Value::String(text) => decimal(text),
        other => anyhow::bail!("{other} is no number"),
    }
}

pub(super) fn decimal(text: &str) -> anyhow::Result<Decimal> {
    Decimal::from_str_exact(text).with_context(|| format!("{text} is no decimal"))
}
