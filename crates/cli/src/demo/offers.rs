//! What the walk shows of offers: promotions that stand in a file, a welcome that comes with the sign-up, points that
//! become a voucher, and the voucher back again when what it paid for comes back.

use anyhow::{Context as _, ensure};
use http::Method;
use serde_json::{Value, json};

use super::member::only;
use super::narrate::Who;
use super::sales::{decimal, number};
use super::visit::Receipt;
use super::walk::{Walk, expect, items, text};
use crate::config::Config;
use crate::promotions;
use crate::web::Reply;

/// What the tills call the welcome, and its external id in Engage.
const WELCOME: &str = "WELCOME10";
/// What so many of her points are worth.
const POINTS_PAID_OUT: u32 = 200;
/// What is left to pay of the scarf.
const SCARF_PAID: &str = "249.00";

/// A voucher, as tills name it and as Engage does.
#[derive(Debug)]
pub(super) struct Voucher {
    number: String,
    id: String,
}

impl Walk<'_> {
    /// A program makes drafts; a person activates them.
    pub(super) async fn promotions_go_to_engage(&mut self, config: &Config) -> anyhow::Result<()> {
        self.narrator.step("The shop's promotions stand in a file. Engage gets them from there")?;
        self.narrator.say(Who::Demo, "tillbridge promotions apply")?;
        let applied = promotions::apply(config).await?;
        self.narrator.more(applied.lines().next().unwrap_or_default())?;
        let promotion = self.promotion().await?;
        if promotion["status"] == "Draft" {
            let activate = format!("promotions/{}/activate", text(&promotion, "id")?);
            self.act(Method::POST, &activate, &Value::Null).await?;
            self.narrator.say(Who::Demo, "somebody activates it in Engage, which lets no program do that")?;
        }
        let status = self.promotion().await?["status"].take();
        ensure!(status == "Active", "{WELCOME} is {status}");
        // Where this was shown before, there was nothing to do.
        self.skip_what_engage_got().await?;
        self.narrator.say(Who::So, "who signs up from now on gets it, and may use it at once")
    }

    async fn promotion(&self) -> anyhow::Result<Value> {
        let page = self.engage.get("/_sandbox/promotions?count=1000").await?.body;
        let found = items(&page)?.iter().find(|one| one["definition"]["externalId"] == WELCOME);
        found.cloned().with_context(|| format!("Engage has no {WELCOME}"))
    }

    /// The welcome that came with a sign-up; Engage may not show her yet, to whom it is given.
    pub(super) fn her_welcome(&self, enrolled: &Reply) -> anyhow::Result<String> {
        let offer = only(&enrolled.body["offers"])?;
        ensure!(offer["promotion"] == WELCOME, "she is given {offer}");
        ensure!(offer["state"] == "ready" || offer["state"] == "pending", "her welcome is {offer}");
        self.narrator
            .more(&format!("and {WELCOME} is hers, {}, to be used at once", text(offer, "state")?))?;
        Ok(text(offer, "offerId")?.to_owned())
    }

    /// Waits until the one offer of a sale is redeemed, and says so.
    pub(super) async fn until_redeemed(&self, sale: &Receipt) -> anyhow::Result<String> {
        let path = format!("/v1/receipts/{}", sale.id);
        let redeemed = |reply: &Reply| reply.body["offers"][0]["state"] == "redeemed";
        let reply = self.until(self.till, &path, "its offer is redeemed", redeemed).await?;
        let amount = &only(&reply.body["offers"])?["amount"];
        Ok(format!("the offer is redeemed: {} {}", amount["amount"], text(amount, "currency")?))
    }

    pub(super) async fn points_become_a_voucher(&mut self, contact: &str) -> anyhow::Result<Voucher> {
        self.narrator.step("Engage makes a voucher of 50.00 of 200 of her points")?;
        let steps = json!([{ "points": POINTS_PAID_OUT, "amount": 50 }]);
        let rules = json!({ "pays": { "steps": steps }, "vouchersMax": 1, "name": "Bonus" });
        self.act(Method::PUT, "payout-rules", &rules).await?;
        let paid = self.act(Method::POST, "payouts", &json!({ "contact": contact })).await?;
        let made = only(&paid["vouchers"])?;
        let voucher =
            Voucher { number: text(made, "voucherNumber")?.to_owned(), id: text(made, "id")?.to_owned() };
        self.narrator.say(Who::Demo, &format!("the payout makes voucher {}", voucher.number))?;
        let shown = self.her_vouchers(contact).await?;
        ensure!(only(&shown)?["number"] == voucher.number.as_str(), "the till is shown {shown}");
        self.what_engage_got().await?;
        Ok(voucher)
    }

    /// The vouchers that the till is shown.
    async fn her_vouchers(&mut self, contact: &str) -> anyhow::Result<Value> {
        self.narrator.say(Who::Till, "GET /v1/contacts/{contactId}")?;
        let before = self.clock.now();
        let reply = self.till.get(&format!("/v1/contacts/{contact}")).await?;
        let took = self.since(before);
        expect(&reply, 200, None)?;
        let vouchers = reply.body["profile"]["loyalty"]["vouchers"].clone();
        let row = only(&vouchers)?;
        let worth = &row["values"][0];
        // It is kept beside the answer, and a sale goes by what is kept.
        let kept = |reply: &Reply| reply.body["profile"]["loyalty"]["vouchers"][0]["number"] == row["number"];
        let export = format!("/v1/contacts/{contact}/export");
        self.until(self.till, &export, "what she has is kept", kept).await?;
        let gist =
            format!("voucher {}: {} {}", text(row, "number")?, worth["amount"], text(worth, "currency")?);
        self.told(&reply, &format!("{gist}, in {took}"))?;
        Ok(vouchers)
    }

    pub(super) async fn the_voucher_pays(&mut self, voucher: &Voucher) -> anyhow::Result<Receipt> {
        self.narrator.step("The voucher pays part of a scarf")?;
        let sale = self.visit.scarf(self.clock.now(), &voucher.number, SCARF_PAID)?;
        self.put(&sale, 201).await?;
        let used = self.until_redeemed(&sale).await?;
        self.narrator.more(&used)?;
        self.until_delivered(&sale).await?;
        self.what_engage_got().await?;
        // Imported before it comes back, or the sandbox would find that its voucher isn't used.
        let path = format!("/v1/receipts/{}", sale.id);
        let confirmed = |reply: &Reply| reply.body["state"] == "confirmed";
        self.until(self.till, &path, "the receipt is confirmed", confirmed).await?;
        self.skip_what_engage_got().await?;
        ensure!(self.is_used(voucher).await?, "the voucher isn't used in Engage");
        let got = self.one_in_engage(&sale).await?;
        ensure!(number(&got["totalGrossPrice"])? == decimal(SCARF_PAID)?, "Engage's total is {got}");
        ensure!(got["usedBonusChecks"][0]["checkNumber"] == voucher.number.as_str(), "Engage got {got}");
        self.narrator
            .say(Who::So, "it is redeemed before the receipt goes: a conflict would be known at the till")?;
        Ok(sale)
    }

    pub(super) async fn the_voucher_comes_back(
        &mut self,
        contact: &str,
        sale: &Receipt,
        voucher: &Voucher,
    ) -> anyhow::Result<Receipt> {
        self.narrator.step("The scarf comes back, and with it the voucher")?;
        let back = self.visit.scarf_back(sale, self.clock.now(), &format!("-{SCARF_PAID}"))?;
        self.put(&back, 201).await?;
        let path = format!("/v1/receipts/{}", back.id);
        let given_back = |reply: &Reply| reply.body["offers"][0]["state"] == "givenBack";
        self.until(self.till, &path, "the voucher is given back", given_back).await?;
        self.until_delivered(&back).await?;
        self.what_engage_got().await?;
        ensure!(!self.is_used(voucher).await?, "the voucher is still used in Engage");
        self.her_vouchers(contact).await?;
        // The till was shown her once more.
        self.skip_what_engage_got().await?;
        self.narrator.say(Who::So, "she has 249.00 and the voucher again, and may use it another time")?;
        Ok(back)
    }

    async fn is_used(&self, voucher: &Voucher) -> anyhow::Result<bool> {
        let page = self.engage.get("/_sandbox/vouchers?count=1000").await?.body;
        let found = items(&page)?.iter().find(|one| one["id"] == voucher.id.as_str());
        Ok(!found.with_context(|| format!("Engage has no voucher {}", voucher.id))?["redeemed"].is_null())
    }
}
