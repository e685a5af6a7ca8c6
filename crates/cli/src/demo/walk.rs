//! One customer's way through the shop, step by step, and what every step must come to.
//!
//! It sees what a till sees (the gateway's API) and what a visitor of the sandbox sees (`/_sandbox`), nothing else.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use gateway::Clock;
use http::Method;
use serde_json::{Value, json};
use tokio::time::{interval, timeout};

use super::narrate::{Narrator, Who};
use super::shop::{HELSINKI, IMPORT_S, STOCKHOLM, VISIBILITY_S};
use super::visit::Visit;
use crate::config::Config;
use crate::web::{Reply, Site};
use crate::wiring;

/// How often something that takes a while is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody who has become a member.
#[derive(Debug)]
struct Member {
    /// Her id.
    contact: String,
    /// Her welcome, as tills name it.
    welcome: String,
}

/// A walk under way.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) till: &'a Site,
    pub(super) engage: &'a Site,
    pub(super) narrator: &'a mut Narrator,
    pub(super) visit: Visit,
    pub(super) clock: Clock,
    /// The number of the last call of Engage's that was told.
    calls_told: u64,
}

impl<'a> Walk<'a> {
    /// Makes the sandbox as slow as Engage may be, and finds a customer whom it doesn't know.
    pub(super) async fn begin(
        till: &'a Site,
        engage: &'a Site,
        narrator: &'a mut Narrator,
    ) -> anyhow::Result<Walk<'a>> {
        let switches = json!({ "visibilityDelaySeconds": VISIBILITY_S, "importIntervalSeconds": IMPORT_S });
        let set = engage.call(Method::PUT, "/_sandbox/switches", Some(&switches), &[]).await?;
        ensure!(set.status.is_success(), "the sandbox's switches can't be set: {}", set.body);
        let status = engage.get("/_sandbox/status").await?.body;
        let contacts = status["counts"]["contacts"].as_u64().context("the sandbox counts no contacts")?;
        if contacts == 0 {
            set_up_stores(engage).await?;
        }
        let calls_told = calls(engage).await?;
        let visit = Visit::after(contacts);
        Ok(Walk { till, engage, narrator, visit, clock: Clock::start(), calls_told })
    }

    /// The whole way.
    pub(super) async fn run(mut self, config: &Config) -> anyhow::Result<()> {
        self.promotions_go_to_engage(config).await?;
        self.an_unknown_customer().await?;
        let Member { contact, welcome } = self.a_new_member().await?;
        self.a_known_customer(&contact).await?;
        self.all_that_she_has(&contact).await?;
        let first = self.a_discounted_purchase(&welcome).await?;
        self.the_same_again(&first).await?;
        let back = self.a_part_comes_back(&first).await?;
        let exchange = self.an_exchange(&first, &back).await?;
        let [mistake, reversal] = self.a_mistake_is_voided().await?;
        let claimed = self.a_claim().await?;
        let voucher = self.points_become_a_voucher(&contact).await?;
        let scarf = self.the_voucher_pays(&voucher).await?;
        let scarf_back = self.the_voucher_comes_back(&contact, &scarf, &voucher).await?;
        self.the_link_is_cut(&contact).await?;
        let second = self.a_purchase_in_the_dark().await?;
        let moved = self.a_change_in_the_dark(&contact).await?;
        self.the_link_is_mended(&second, &moved).await?;
        self.the_change_has_arrived(&contact, &moved).await?;
        let all = [&first, &back, &exchange, &mistake, &reversal, &claimed, &scarf, &scarf_back, &second];
        self.all_arrive(&contact, &all).await?;
        self.her_points(&contact).await?;
        self.she_is_forgotten(&contact).await?;
        self.a_copy_for_anybody().await?;
        self.a_digital_receipt().await?;
        self.narrator.passed(
            "All steps came to what they should: each receipt in Engage once, nobody's word lost, nothing left of her, one mail for him.",
        )
    }

    async fn an_unknown_customer(&mut self) -> anyhow::Result<()> {
        self.narrator.step("A customer gives her e-mail address. Is she known?")?;
        let (reply, took) = self.look_up(&json!({ "email": self.visit.email })).await?;
        expect(&reply, 404, Some("contactNotFound"))?;
        self.told(&reply, &format!("nobody by that, in {took}"))?;
        self.what_engage_got().await?;
        self.narrator.say(Who::So, "the cashier offers her to become a member")
    }

    async fn a_new_member(&mut self) -> anyhow::Result<Member> {
        self.narrator.step("She becomes a member")?;
        let body = self.visit.enrolment();
        let key = format!("enrolment-{}", self.visit.email);
        self.narrator.say(Who::Till, "POST /v1/contacts: name, e-mail, phone, what she agrees to")?;
        let before = self.clock.now();
        let reply =
            self.till.call(Method::POST, "/v1/contacts", Some(&body), &[("idempotency-key", &key)]).await?;
        let took = self.since(before);
        expect(&reply, 201, None)?;
        let contact = text(&reply.body, "contactId")?.to_owned();
        self.told(&reply, &format!("{}, contact {contact}, in {took}", text(&reply.body, "outcome")?))?;
        self.what_engage_got().await?;
        let contacts = self.engage.get("/_sandbox/contacts?count=1000").await?.body;
        let found = items(&contacts)?.iter().filter(|one| one["id"] == contact.as_str()).count();
        ensure!(found == 1, "Engage has {found} contacts with the id {contact}, not 1");
        self.narrator
            .say(Who::So, "Engage has her, with the store, the language and the terms she accepted")?;
        let welcome = self.her_welcome(&reply)?;
        Ok(Member { contact, welcome })
    }

    async fn a_known_customer(&mut self, contact: &str) -> anyhow::Result<()> {
        self.narrator.step("She is known at once, though Engage doesn't show a new contact yet")?;
        let (reply, took) = self.look_up(&json!({ "email": self.visit.email })).await?;
        expect(&reply, 200, None)?;
        ensure!(text(&reply.body, "contactId")? == contact, "another contact was found: {}", reply.body);
        self.told(&reply, &format!("{}, in {took}", source(&reply)?))?;
        self.what_engage_got().await?;
        self.narrator.step("The cashier types her phone number, the way people write it")?;
        let path =
            format!("/v1/contacts?store={STOCKHOLM}&mobilePhone={}", self.visit.phone.replace(' ', "%20"));
        self.narrator.say(Who::Till, &format!("GET /v1/contacts: {}", self.visit.phone))?;
        let before = self.clock.now();
        let live = |reply: &Reply| reply.body["source"] == "live";
        let reply = self.until(self.till, &path, "Engage shows her", live).await?;
        let profile = &reply.body["profile"];
        let name = format!("{} {}", text(profile, "firstName")?, text(profile, "lastName")?);
        ensure!(name == "Ada Lind", "her name came back as {name}");
        self.told(&reply, &format!("{}: {name}, after {}", source(&reply)?, self.since(before)))?;
        // It was asked too often while she wasn't shown for all of it to be told.
        self.skip_what_engage_got().await?;
        self.narrator
            .say(Who::So, &format!("this sandbox shows a new contact after {VISIBILITY_S} s, as Engage may"))
    }

    /// Asks who somebody is, and says so.
    pub(super) async fn look_up(&mut self, asked: &Value) -> anyhow::Result<(Reply, String)> {
        let typed =
            asked.get("email").or(asked.get("mobilePhone")).and_then(Value::as_str).unwrap_or_default();
        self.narrator.say(Who::Till, &format!("POST /v1/contacts/lookup: {typed}"))?;
        let before = self.clock.now();
        let reply = self.till.call(Method::POST, "/v1/contacts/lookup", Some(asked), &[]).await?;
        Ok((reply, self.since(before)))
    }

    /// Says what the till was told.
    pub(super) fn told(&self, reply: &Reply, gist: &str) -> anyhow::Result<()> {
        let code = reply.code().map(|code| format!(" {code}")).unwrap_or_default();
        self.narrator.say(Who::Told, &format!("{}{code}: {gist}", reply.status.as_u16()))
    }

    /// Says which calls reached Engage since this was last said.
    pub(super) async fn what_engage_got(&mut self) -> anyhow::Result<()> {
        let page = self.engage.get("/_sandbox/requests?count=1000").await?.body;
        let mut said = false;
        for call in items(&page)? {
            let number = call["number"].as_u64().unwrap_or_default();
            if number <= self.calls_told {
                continue;
            }
            self.calls_told = number;
            let line = engage_call(call)?;
            if said {
                self.narrator.more(&line)?
            } else {
                self.narrator.say(Who::Engage, &line)?
            }
            said = true;
        }
        if !said {
            self.narrator.say(Who::Engage, "was not asked")?;
        }
        Ok(())
    }

    /// Leaves untold which calls reached Engage since this was last said.
    pub(super) async fn skip_what_engage_got(&mut self) -> anyhow::Result<()> {
        self.calls_told = calls(self.engage).await?;
        Ok(())
    }

    /// Looks again and again until it is as wanted.
    pub(super) async fn until(
        &self,
        site: &Site,
        path: &str,
        what: &str,
        wanted: impl Fn(&Reply) -> bool,
    ) -> anyhow::Result<Reply> {
        let mut looks = interval(LOOK_EVERY);
        let looking = async {
            loop {
                looks.tick().await;
                let reply = site.get(path).await?;
                if wanted(&reply) {
                    return Ok(reply);
                }
            }
        };
        match timeout(PATIENCE, looking).await {
            Ok(found) => found,
            Err(_) => {
                let last = site.get(path).await?.body;
                anyhow::bail!("after {} s it still isn't so that {what}; it is {last}", PATIENCE.as_secs())
            }
        }
    }

    /// How long ago something was, for people.
    pub(super) fn since(&self, before: jiff::Timestamp) -> String {
        let ms = self.clock.now().duration_since(before).as_millis();
        if ms < 1 {
            "less than 1 ms".to_owned()
        } else if ms < 1_000 {
            format!("{ms} ms")
        } else {
            format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
        }
    }
}

/// The stores in Engage, where somebody sets them up before the first receipt.
async fn set_up_stores(engage: &Site) -> anyhow::Result<()> {
    let headers = [("apikey", "sandbox"), ("user-agent", wiring::USER_AGENT)];
    for (id, name, country, time_zone) in [
        (STOCKHOLM, "Stockholm Drottninggatan", "SE", "Europe/Stockholm"),
        (HELSINKI, "Helsinki Aleksanterinkatu", "FI", "Europe/Helsinki"),
    ] {
        let store = json!({
            "externalId": id, "name": name, "type": "RETAIL", "countryCode": country, "timeZone": time_zone,
        });
        let made = engage.call(Method::POST, "/api/v3/stores", Some(&store), &headers).await?;
        ensure!(made.status.as_u16() == 201, "Engage doesn't take the store {id}: {}", made.body);
    }
    Ok(())
}

/// How many calls Engage has got.
async fn calls(engage: &Site) -> anyhow::Result<u64> {
    let status = engage.get("/_sandbox/status").await?.body;
    status["counts"]["requests"].as_u64().context("the sandbox counts no calls")
}

/// A call as Engage saw it, without what stands in its query.
fn engage_call(call: &Value) -> anyhow::Result<String> {
    let path = text(call, "target")?.split('?').next().unwrap_or_default().to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let name = |(at, part): (usize, &&str)| match part.len() {
        36 if at > 0 && parts[at - 1] == "contacts" => "{contactId}".to_owned(),
        36 => "{id}".to_owned(),
        _ => (*part).to_owned(),
    };
    let path: Vec<String> = parts.iter().enumerate().map(name).collect();
    let answer = match (call["status"].as_u64(), call["fault"].as_str()) {
        (Some(status), _) => status.to_string(),
        (None, fault) => fault.unwrap_or("cut").to_owned(),
    };
    Ok(format!("{} {}: {answer}", text(call, "method")?, path.join("/")))
}

/// Where an answer about a customer came from, for people.
pub(super) fn source(reply: &Reply) -> anyhow::Result<String> {
    Ok(match text(&reply.body, "source")? {
        "live" => "found, as Engage has her".to_owned(),
        "lastKnown" => format!("found, as last known {} s ago", reply.body["ageSeconds"]),
        "enrolled" => "found, as she enrolled".to_owned(),
        other => anyhow::bail!("an answer from {other}"),
    })
}

/// Fails unless an answer has this status, and this code if there shall be one.
pub(super) fn expect(reply: &Reply, status: u16, code: Option<&str>) -> anyhow::Result<()> {
    let found = (reply.status.as_u16(), reply.code());
    ensure!(
        found == (status, code),
        "the answer should be {status} {}, and is {} {}",
        code.unwrap_or_default(),
        found.0,
        reply.body
    );
    Ok(())
}

/// A member that is a text.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> anyhow::Result<&'v str> {
    value.get(name).and_then(Value::as_str).with_context(|| format!("there is no {name} in {value}"))
}

/// The rows of a page of the sandbox's.
pub(super) fn items(page: &Value) -> anyhow::Result<&Vec<Value>> {
    page.get("items").and_then(Value::as_array).with_context(|| format!("there are no items in {page}"))
}
