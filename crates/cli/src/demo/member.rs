//! What the walk shows of the customer herself: all that Engage has of her, a change that waits through the outage while
//! somebody changes the same in Engage, and that she is forgotten in the end.

use anyhow::{Context as _, ensure};
use http::Method;
use serde_json::{Value, json};

use super::narrate::Who;
use super::shop::STOCKHOLM;
use super::walk::{Walk, expect, source, text};
use crate::web::Reply;

/// Where she moves to.
const STREET: &str = "Nygatan 9";
/// Where she says that is.
const CITY: &str = "Lund";
/// What somebody at the head office makes of it meanwhile.
const CITY_IN_ENGAGE: &str = "Malmö";

/// A change that waits for the link.
#[derive(Debug)]
pub(super) struct Moved {
    /// Where its delivery is told.
    delivery: String,
}

impl Walk<'_> {
    pub(super) async fn all_that_she_has(&mut self, contact: &str) -> anyhow::Result<()> {
        self.narrator.step("In Engage she is given points and a level. What does the till see?")?;
        self.gifts(contact).await?;
        let path = format!("/v1/contacts/{contact}");
        self.narrator.say(Who::Till, "GET /v1/contacts/{contactId}")?;
        let before = self.clock.now();
        let reply = self.till.get(&path).await?;
        let took = self.since(before);
        expect(&reply, 200, None)?;
        self.told(&reply, &format!("{}, in {took}", source(&reply)?))?;
        let loyalty = &reply.body["profile"]["loyalty"];
        ensure!(loyalty["incomplete"].is_null(), "something could not be read: {loyalty}");
        ensure!(loyalty["points"] == 250 && loyalty["level"] == "silver", "she has {loyalty}");
        self.narrator.more("level silver, 250 points")?;
        self.what_engage_got().await?;
        self.narrator.say(Who::So, "each was read where Engage has it exactly, all of them at the same time")
    }

    /// What somebody gives her in Engage's own pages.
    async fn gifts(&self, contact: &str) -> anyhow::Result<()> {
        let of = format!("contacts/{contact}");
        self.act(Method::PATCH, &of, &json!({ "bonusBasedLevel": "silver" })).await?;
        self.act(Method::POST, &format!("{of}/points"), &json!({ "amount": 250 })).await.map(drop)
    }

    pub(super) async fn a_change_in_the_dark(&mut self, contact: &str) -> anyhow::Result<Moved> {
        self.narrator
            .step("She has moved, and says so in the dark; the head office changes her city meanwhile")?;
        let path = format!("/v1/contacts/{contact}");
        let change = json!({ "store": STOCKHOLM, "street": STREET, "city": CITY });
        self.narrator.say(Who::Till, &format!("PATCH /v1/contacts/{{contactId}}: {STREET}, {CITY}"))?;
        let before = self.clock.now();
        let reply = self.till.call(Method::PATCH, &path, Some(&change), &[]).await?;
        let took = self.since(before);
        expect(&reply, 202, None)?;
        self.told(&reply, &format!("{}, on disk, in {took}", text(&reply.body, "outcome")?))?;
        let shown = self.till.get(&path).await?;
        ensure!(shown.body["profile"]["street"] == STREET, "the till is shown {}", shown.body["profile"]);
        self.act(Method::PATCH, &format!("contacts/{contact}"), &json!({ "city": CITY_IN_ENGAGE })).await?;
        self.narrator
            .say(Who::Demo, &format!("somebody writes {CITY_IN_ENGAGE} into her address, in Engage"))?;
        self.what_engage_got().await?;
        self.narrator.say(Who::So, "tills see at once what she said, and Engage is owed it")?;
        let delivery = text(&reply.body["delivery"], "id")?;
        Ok(Moved { delivery: format!("/v1/deliveries/{delivery}") })
    }

    /// Waits until the change is delivered.
    pub(super) async fn until_moved(&self, moved: &Moved) -> anyhow::Result<Reply> {
        let done = |reply: &Reply| reply.body["state"] == "done";
        self.until(self.till, &moved.delivery, "the change is delivered", done).await
    }

    /// What became of the change once the link was back.
    pub(super) async fn the_change_has_arrived(
        &mut self,
        contact: &str,
        moved: &Moved,
    ) -> anyhow::Result<()> {
        let reply = self.until_moved(moved).await?;
        ensure!(reply.body["code"] == "newerInEngage", "its delivery says {}", reply.body);
        ensure!(reply.body["detail"] == "city", "it left alone {}", reply.body["detail"]);
        let there = self.contact_in_engage(contact).await?["attributes"].take();
        let address = (text(&there, "street")?, text(&there, "city")?);
        ensure!(address == (STREET, CITY_IN_ENGAGE), "she lives at {address:?}");
        self.narrator.say(Who::Engage, &format!("has her at {STREET}, {CITY_IN_ENGAGE}"))?;
        self.narrator
            .say(Who::So, "her street has arrived; the city, which is newer in Engage, was left alone")
    }

    pub(super) async fn she_is_forgotten(&mut self, contact: &str) -> anyhow::Result<()> {
        // Whether all was imported was asked too often for all of it to be told.
        self.skip_what_engage_got().await?;
        self.narrator.step("She asks to be forgotten")?;
        let path = format!("/v1/contacts/{contact}");
        self.narrator.say(Who::Till, "DELETE /v1/contacts/{contactId}, by an operator")?;
        let before = self.clock.now();
        let reply = self.till.call(Method::DELETE, &path, None, &[]).await?;
        let took = self.since(before);
        expect(&reply, 200, None)?;
        self.told(&reply, &format!("{}, in {took}", text(&reply.body, "outcome")?))?;
        let (reply, took) = self.look_up(&json!({ "email": self.visit.email })).await?;
        expect(&reply, 404, Some("contactNotFound"))?;
        self.told(&reply, &format!("nobody by that, in {took}"))?;
        self.what_engage_got().await?;
        expect(&self.till.get(&path).await?, 410, Some("contactForgotten"))?;
        let there = self.contact_in_engage(contact).await?;
        ensure!(there["presence"]["deleted"].is_object(), "Engage still has her: {there}");
        self.narrator.say(
            Who::So,
            "nothing of her is left here, and Engage has deleted her; she may enrol again, anew",
        )
    }

    async fn contact_in_engage(&self, contact: &str) -> anyhow::Result<Value> {
        Ok(self.engage.get(&format!("/_sandbox/contacts/{contact}")).await?.body["contact"].take())
    }

    /// Something that a person does in Engage's own pages.
    pub(super) async fn act(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let reply = self.engage.call(method, &format!("/_sandbox/{path}"), Some(body), &[]).await?;
        ensure!(reply.status.is_success(), "the sandbox doesn't do {path}: {}", reply.body);
        Ok(reply.body)
    }
}

/// The one row of a list.
pub(super) fn only(list: &Value) -> anyhow::Result<&Value> {
    let rows = list.as_array().map_or(&[][..], Vec::as_slice);
    ensure!(rows.len() == 1, "there should be one, and there are {}", rows.len());
    rows.first().context("there is none")
}
