//! What must hold in the end, whatever happened before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::engage::Engage;
use super::operator;
use crate::tills::{Caller, Enrolment, Reply, Sale, Till, VISIBILITY_WINDOW, figures_in};

/// What the tills know to be acknowledged.
#[derive(Debug, Default)]
pub struct Books {
    pub enrolments: Vec<Enrolment>,
    pub sales: Vec<Sale>,
}

impl Books {
    pub fn of(tills: &[Till]) -> Books {
        Books {
            enrolments: tills.iter().flat_map(|till| till.enrolments.clone()).collect(),
            sales: tills.iter().flat_map(|till| till.sales.clone()).collect(),
        }
    }

    /// Compares them with Engage and with the gateway, which owes nothing any more.
    pub fn are_true(&self, engage: &Engage, gateway: &str, log: &str) {
        assert!(!log.contains("panicked"), "{log}");
        self.arrived(engage);
        self.created_once(engage);
        let caller = Caller::new();
        let deliveries = operator::deliveries(&caller, gateway, None);
        for row in &deliveries {
            assert_eq!(row["state"], "done", "{row}");
        }
        self.created_after_a_look(engage, &caller, gateway, &deliveries);
        self.are_known(&caller, gateway);
    }

    /// What was acknowledged is in Engage once, as it was said and with whom it belongs to; and nothing else is.
    pub fn arrived(&self, engage: &Engage) {
        let contacts = contacts(engage);
        let mut arrived: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for row in engage.all("receipts") {
            arrived.entry(text(&row["uniqueReceiptId"])).or_default().push(row);
        }
        for sale in &self.sales {
            let rows = arrived.remove(&sale.id).unwrap_or_else(|| panic!("{} never arrived", sale.id));
            let imported: Vec<&Value> = rows.iter().filter(|row| row["state"] == "imported").collect();
            let ignored = rows.iter().filter(|row| row["state"] == "ignored").count();
            assert_eq!((imported.len(), ignored), (1, rows.len() - 1), "{rows:#?}");
            let bodies: Vec<Value> = rows.iter().map(|row| parsed(&row["body"])).collect();
            assert!(bodies.iter().all(|body| *body == bodies[0]), "it was sent again as another: {rows:#?}");
            assert_eq!(figures_in(&bodies[0]).as_ref(), Some(&sale.figures), "{}: {}", sale.id, sale.body);
            assert_eq!(bodies[0]["receiptNumber"], *sale.id);
            assert_eq!(bodies[0]["contact"]["matchKey"], *contacts[&sale.email], "{}", sale.id);
            assert_eq!(imported[0]["fate"]["imported"]["contact"], *contacts[&sale.email], "{}", sale.id);
        }
        assert!(arrived.is_empty(), "nobody said {:?}", arrived.keys());
    }

    /// Each person was made once, and nobody else was.
    pub fn created_once(&self, engage: &Engage) {
        let said: BTreeSet<String> =
            self.enrolments.iter().map(|enrolment| enrolment.email.clone()).collect();
        let made: BTreeSet<String> = contacts(engage).into_keys().collect();
        assert_eq!(said, made);
        for row in engage.all("creations") {
            assert_eq!(row["made"], 1, "{row}");
        }
    }

    /// Engage was asked for a creation again only after it was looked for, which is after a new contact must be seen; and
    /// never without an attempt in the books.
    fn created_after_a_look(&self, engage: &Engage, caller: &Caller, gateway: &str, deliveries: &[Value]) {
        let mut calls: BTreeMap<String, Vec<Call>> = BTreeMap::new();
        for line in engage.all("journal") {
            if let Some((email, call)) = contact_call(&line["event"]["request"]) {
                calls.entry(email).or_default().push(call);
            }
        }
        let keys: BTreeMap<&str, &str> =
            self.enrolments.iter().map(|enrolment| (&*enrolment.key, &*enrolment.email)).collect();
        let mut attempts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in deliveries.iter().filter(|row| row["kind"] == "createContact") {
            let url = format!("{gateway}/v1/deliveries/{}", text(&row["id"]));
            let history = caller.get(&url)["history"].as_array().expect("a history").clone();
            let begun: Vec<Timestamp> = history
                .iter()
                .filter(|line| line["what"] == "attempt")
                .map(|line| instant(&line["at"]))
                .collect();
            let email = keys[row["of"].as_str().expect("an identity")];
            *attempts.entry(email).or_default() += begun.len();
            for pair in begun.windows(2) {
                assert!(
                    pair[1] >= pair[0] + VISIBILITY_WINDOW,
                    "{email} was created again too soon: {history:#?}"
                );
            }
        }
        for (email, calls) in calls {
            let asked = calls.iter().filter(|call| **call == Call::Create).count();
            assert!(asked <= attempts[&*email], "{email}: {calls:?} of {} attempts", attempts[&*email]);
            let unseen = calls.windows(2).any(|pair| pair == [Call::Create, Call::Create]);
            assert!(!unseen, "{email}: {calls:?}");
        }
    }

    /// The gateway knows all of it: the same again is the same.
    pub fn are_known(&self, caller: &Caller, gateway: &str) {
        for sale in &self.sales {
            let reply = sale.call(caller, gateway);
            assert!(
                matches!(&reply, Reply::Answered(answer) if answer.status == 200),
                "{}: {reply:?}",
                sale.id
            );
        }
        for enrolment in &self.enrolments {
            let reply = enrolment.call(caller, gateway);
            assert!(
                matches!(&reply, Reply::Answered(answer) if answer.status == 200),
                "{enrolment:?}: {reply:?}"
            );
        }
    }
}

/// A call about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Find,
    Create,
}

fn contact_call(request: &Value) -> Option<(String, Call)> {
    let target = request["target"].as_str()?;
    match request["method"].as_str()? {
        "POST" if target.starts_with("/api/v3/contacts?") => {
            Some((text(&parsed(&request["body"]["text"])["email"]), Call::Create))
        }
        "GET" => {
            let email = target.strip_prefix("/api/v3/contacts/id?email=")?.split('&').next()?;
            Some((percent_encoding::percent_decode_str(email).decode_utf8_lossy().into_owned(), Call::Find))
        }
        _ => None,
    }
}

/// Everybody in Engage: their ids by their e-mail.
fn contacts(engage: &Engage) -> BTreeMap<String, String> {
    let rows = engage.all("contacts");
    let by_email: BTreeMap<String, String> =
        rows.iter().map(|row| (text(&row["attributes"]["email"]), text(&row["id"]))).collect();
    assert_eq!(rows.len(), by_email.len(), "somebody is there twice");
    by_email
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn parsed(value: &Value) -> Value {
    serde_json::from_str(&text(value)).expect("JSON")
}

fn instant(value: &Value) -> Timestamp {
    text(value).parse().expect("an instant")
}
