//! What customers take home: a copy for whoever says nothing of himself, and the digital receipt of a member.

use anyhow::{Context as _, ensure};
use http::Method;
use rust_decimal::Decimal;
use serde_json::Value;

use super::narrate::Who;
use super::sales::{decimal, number};
use super::visit::Receipt;
use super::walk::{Walk, expect, items, text};
use crate::web::{Opened, Reply};

/// What the brother pays.
const TOTAL: &str = "483.30";

impl Walk<'_> {
    pub(super) async fn a_copy_for_anybody(&mut self) -> anyhow::Result<()> {
        self.narrator
            .step("Somebody buys a mug and says nothing of himself; he scans a code for his copy")?;
        let sale = self.visit.anonymous(self.clock.now())?;
        let reply = self.put(&sale, 201).await?;
        let link = text(&reply.body["document"], "link")?;
        let place = format!("/v1/receipts/{}/document", sale.id);
        let code = self.opened(&format!("{place}?format=code"), "image/svg+xml").await?;
        ensure!(code.bytes.starts_with(b"<"), "the code is no picture");
        self.narrator.say(Who::Till, &format!("GET {place}?format=code, and shows it"))?;
        // As his telephone does, which has no token.
        let path = link.strip_prefix(self.till.base_url()).context("the link leads elsewhere")?;
        let page = self.opened(&format!("{path}?language=en"), "text/html").await?;
        let page = String::from_utf8(page.bytes)?;
        ensure!(page.contains("129.00") && page.contains("Stoneware mug"), "his copy says {page}");
        let pdf = self.opened(&format!("{path}?format=pdf"), "application/pdf").await?;
        ensure!(pdf.bytes.starts_with(b"%PDF-"), "the file is no PDF");
        let (open, secret) = path.rsplit_once('/').context("the link has no secret")?;
        let guessed = self.till.get(&format!("{open}/{}", "0".repeat(secret.len()))).await?;
        ensure!(guessed.status.as_u16() == 404, "a guessed link is answered {}", guessed.status);
        self.narrator.say(Who::Told, &format!("a page, and a PDF of {} bytes", pdf.bytes.len()))?;
        self.what_engage_got().await?;
        self.narrator.say(Who::So, "he has his copy, and nobody knows who he is; a link can't be guessed")
    }

    pub(super) async fn a_digital_receipt(&mut self) -> anyhow::Result<()> {
        self.narrator.step("Her brother becomes a member too, and wants his receipt by e-mail")?;
        self.brother_enrols().await?;
        let sale = self.visit.brothers_sale(self.clock.now())?;
        let reply = self.put(&sale, 201).await?;
        let link = text(&reply.body["document"], "link")?.to_owned();
        let path = format!("/_sandbox/mails?orderId={}", sale.id);
        let sent = |reply: &Reply| items(&reply.body).is_ok_and(|mails| !mails.is_empty());
        let mails = self.until(self.engage, &path, "the digital receipt was sent", sent).await?.body;
        self.until_done(&sale).await?;
        self.what_engage_got().await?;
        let mail = super::member::only(&mails["items"])?.clone();
        ensure!(mail["to"] == self.visit.brother.as_str(), "it went to {}", mail["to"]);
        let page = format!("{}/_sandbox/mailbox/{}", self.engage.base_url(), mail["number"]);
        self.narrator.say(Who::Engage, &format!("mails him: {}", text(&mail, "subject")?))?;
        self.narrator.more(&page)?;
        self.amounts_agree(&sale, &mail, &reply, &link).await?;
        self.narrator.say(
            Who::So,
            &format!("one mail; {TOTAL} SEK and its VAT on mail, copy, order and receipt, to the öre"),
        )
    }

    async fn brother_enrols(&mut self) -> anyhow::Result<()> {
        let email = self.visit.brother.clone();
        self.narrator.say(Who::Till, &format!("POST /v1/contacts: {email}"))?;
        let key = format!("enrolment-{email}");
        let body = self.visit.brothers_enrolment();
        let reply =
            self.till.call(Method::POST, "/v1/contacts", Some(&body), &[("idempotency-key", &key)]).await?;
        expect(&reply, 201, None)?;
        self.told(&reply, text(&reply.body, "outcome")?)?;
        self.skip_what_engage_got().await
    }

    /// Waits until the order, its job and its action are behind us, and sees that the action went once.
    async fn until_done(&self, sale: &Receipt) -> anyhow::Result<()> {
        let path = format!("/v1/receipts/{}", sale.id);
        let done = |reply: &Reply| {
            let deliveries = reply.body["deliveries"].as_array().map_or(&[][..], Vec::as_slice);
            !deliveries.is_empty() && deliveries.iter().all(|delivery| delivery["state"] == "done")
        };
        self.until(self.till, &path, "all of it is delivered", done).await?;
        let page = self.engage.get("/_sandbox/requests?count=1000").await?.body;
        let action = format!("/orders/{}/action", sale.id);
        let is_action = |call: &&Value| call["target"].as_str().is_some_and(|path| path.ends_with(&action));
        let triggered = items(&page)?.iter().filter(is_action).count();
        ensure!(triggered == 1, "the action was triggered {triggered} times, not once");
        Ok(())
    }

    /// The same amounts on the mail, the copy, the order and the receipt.
    async fn amounts_agree(
        &self,
        sale: &Receipt,
        mail: &Value,
        taken: &Reply,
        link: &str,
    ) -> anyhow::Result<()> {
        let total = decimal(TOTAL)?;
        let receipt = self.one_in_engage(sale).await?;
        ensure!(number(&receipt["totalGrossPrice"])? == total, "the receipt in Engage is {receipt}");
        let page = self.engage.get(&format!("/_sandbox/orders?orderId={}", sale.id)).await?.body;
        let order = super::member::only(&page["items"])?;
        ensure!(number(&order["body"]["totalPrice"])? == total, "the order in Engage is {order}");
        let mut told = vec![total];
        for line in taken.body["amounts"]["lines"].as_array().context("the answer has no lines")? {
            told.extend([number(&line["paid"])?, number(&line["taxAmount"])?]);
        }
        let mail = self.engage.get(&format!("/_sandbox/mails/{}", mail["number"])).await?.body;
        let path = link.strip_prefix(self.till.base_url()).context("the link leads elsewhere")?;
        let copy = self.opened(&format!("{path}?language=en"), "text/html").await?;
        let copy = String::from_utf8(copy.bytes)?;
        for (what, shown) in
            [("mail", text(&mail, "html")?), ("mail's text", text(&mail, "text")?), ("copy", &copy)]
        {
            let missing: Vec<&Decimal> =
                told.iter().filter(|amount| !shown.contains(&format!("{amount:.2}"))).collect();
            ensure!(missing.is_empty(), "{missing:?} can't be read on the {what}: {shown}");
        }
        Ok(())
    }

    /// Opens a page or a file that must be there.
    async fn opened(&self, path: &str, kind: &str) -> anyhow::Result<Opened> {
        let opened = self.till.open(path).await?;
        ensure!(opened.status.as_u16() == 200, "{path} is answered {}", opened.status);
        ensure!(opened.kind.starts_with(kind), "{path} is {}", opened.kind);
        Ok(opened)
    }
}
