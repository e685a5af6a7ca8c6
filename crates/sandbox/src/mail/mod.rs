//! Mails: what an automation makes of an order's action, such as the digital receipt (facts O-45, O-62).
//!
//! **A mail is made once, in the world,** of the order as it is stored, the contact, the action and the templates, all of
//! which the journal knows: a replay makes the same mails and sends none. The mailbox keeps the last of them; whoever
//! set up a mail server has each sent there as well, and the world is told what came of it.
//!
//! **What anybody typed is text, never markup, a header or a direction of writing.** Figures are those of the order, to
//! the last digit; only the points are the sandbox's, and named an estimate.
//!
//! A mail that can't be made is a line of the integration log. The order and its action stand.
//!
//! Not done: consents and preferences (a receipt is no advertisement), bounces, mails of campaigns.

mod code;
mod example;
mod language;
mod mailbox;
mod order;
mod templates;
mod text;
mod view;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub(crate) use mailbox::Mailbox;
pub use mailbox::{Delivery, Mail};
pub use templates::{Broken, MailTemplates};

use crate::contacts::Contact;
use crate::earning;
use crate::effect::{Effect, Level};
use crate::orders::actions::OrderAction;
use crate::world::World;
use language::Language;

/// Where the HTML of a mail finds the picture of its code: among the mail's own parts.
pub(crate) const CODE_SOURCE: &str = "cid:code@sandbox";

/// A mail for every action of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderMail {
    /// The action that calls for it (fact O-45).
    pub action: String,
    /// The template that it is made by.
    #[serde(default = "digital_receipt")]
    pub template: String,
    /// Its subject instead of the language's own, in which `{shop}` and `{orderId}` stand for theirs.
    #[serde(default)]
    pub subject: Option<String>,
}

fn digital_receipt() -> String {
    templates::DIGITAL_RECEIPT.to_owned()
}

impl OrderMail {
    /// The digital receipt, which a tenant of the sandbox has from the beginning.
    #[must_use]
    pub fn digital_receipt() -> OrderMail {
        OrderMail { action: digital_receipt(), template: digital_receipt(), subject: None }
    }
}

/// Who mails come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Sender {
    /// The shop's name; the store's, where there is none.
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

impl Default for Sender {
    fn default() -> Sender {
        Sender { name: None, address: "receipts@sandbox.invalid".to_owned() }
    }
}

/// The picture of a code as a PNG; none for a text that no code is made of.
pub(crate) fn code_png(text: &str) -> Option<Vec<u8>> {
    code::png(text)
}

/// What was written for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    language: String,
    shop: String,
    subject: String,
    html: String,
    text: String,
    code: Option<String>,
}

/// Writes a mail in the first of these languages that is spoken.
fn write(
    content: &view::Content<'_>,
    templates: &MailTemplates,
    template: &str,
    languages: &[&str],
) -> Result<Written, Broken> {
    let language = Language::choose(languages.iter().copied(), templates.files())?;
    let order = order::Order::read(content.order);
    let view = view::View::new(content, order, &language);
    Ok(Written {
        html: templates.html(template, &view)?,
        text: templates.text(template, &view)?,
        language: language.tag.clone(),
        shop: view.shop.name,
        subject: view.subject,
        code: view.code_text,
    })
}

/// Why no mail is made.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    #[error("contact {0} is not there")]
    NoContact(Uuid),
    #[error("contact {0} has no e-mail address")]
    NoAddress(Uuid),
    #[error("there is no template {0}.html")]
    NoTemplate(String),
    #[error("the template is broken: {0}")]
    Broken(#[from] Broken),
}

impl World {
    /// What the tenant's automations do on an order's action.
    pub(crate) fn order_action(&mut self, action: &OrderAction) {
        let wanted = |mail: &&OrderMail| mail.action == action.action;
        let mails: Vec<OrderMail> =
            self.settings.automations.order_mails.iter().filter(wanted).cloned().collect();
        let what = format!("action {} of order {}", text::clean(&action.action), shown_id(&action.order));
        if mails.is_empty() {
            let text = format!("automation: nothing is set up for {what}");
            return self.log(Level::Info, action.at, text);
        }
        for mail in mails {
            match self.compose(action, &mail) {
                Ok(mail) => {
                    let number = self.mailbox.put(mail);
                    self.effect(Effect::Mailed { number });
                    self.log(Level::Info, action.at, format!("automation: mail {number} for {what}"));
                }
                Err(error) => {
                    let text = format!("automation: no mail for {what}: {error}");
                    self.log(Level::Error, action.at, text);
                }
            }
        }
    }

    fn compose(&self, action: &OrderAction, wanted: &OrderMail) -> Result<Mail, Unsent> {
        let contact = self.contacts.get(action.contact).ok_or(Unsent::NoContact(action.contact))?;
        let to = contact.attribute("email").ok_or(Unsent::NoAddress(action.contact))?;
        if !self.mail_templates.has(&wanted.template) {
            return Err(Unsent::NoTemplate(wanted.template.clone()));
        }
        let sender = &self.settings.automations.mail_from;
        let store = action.order.get("externalStoreId").and_then(Value::as_str);
        let store = store.and_then(|id| self.stores.iter().find(|store| store.external_id == id));
        let content = view::Content {
            order: &action.order,
            action: &action.action,
            data: action.data.as_ref(),
            first_name: contact.attribute("firstName"),
            shop: sender.name.as_deref(),
            store: store.map(|store| store.name()),
            subject: wanted.subject.as_deref(),
            points: self.estimated_points(action, contact),
            at: action.at,
            zone: &self.settings.time_zone,
        };
        let languages = [action.language.as_deref(), contact.attribute("language")];
        let languages: Vec<&str> = languages.into_iter().flatten().collect();
        let written = write(&content, &self.mail_templates, &wanted.template, &languages)?;
        Ok(Mail {
            number: self.mailbox.next_number(),
            at: action.at,
            order_id: action.order.get("orderId").and_then(Value::as_str).unwrap_or_default().to_owned(),
            contact: action.contact,
            action: action.action.clone(),
            template: wanted.template.clone(),
            language: written.language,
            from: sender.address.clone(),
            from_name: written.shop,
            to: to.to_owned(),
            subject: written.subject,
            html: written.html,
            text: written.text,
            code: written.code,
            delivery: Delivery::Mailbox,
        })
    }

    /// What the order would earn were it a receipt of now; nothing is said where that is nothing.
    fn estimated_points(&self, action: &OrderAction, contact: &Contact) -> Option<rust_decimal::Decimal> {
        let order = order::Order::read(&action.order);
        let sold = order.created.as_deref().and_then(|text| text.parse().ok()).unwrap_or(action.at);
        let lines = order.lines.iter().map(|line| earning::Estimated {
            names: [&line.sku, &line.article_number],
            quantity: line.quantity,
            paid: line.total,
        });
        let points = earning::estimate(self, contact, &order.currency, sold, lines);
        (points > rust_decimal::Decimal::ZERO).then_some(points)
    }

    /// Notes what a mail server said to a mail.
    pub(crate) fn mail_was_sent(&mut self, number: u64, problem: Option<String>, at: Timestamp) {
        let delivery = match &problem {
            None => Delivery::Sent { at },
            Some(problem) => Delivery::Failed { at, problem: problem.clone() },
        };
        self.mailbox.set_delivery(number, delivery);
        match problem {
            None => self.log(Level::Info, at, format!("mail {number} was handed to the mail server")),
            Some(problem) => {
                self.log(
                    Level::Warning,
                    at,
                    format!("mail {number} was not sent and is not tried again: {problem}"),
                );
            }
        }
    }

    /// The mails that are kept, the oldest first.
    pub fn mails(&self) -> impl DoubleEndedIterator<Item = &Mail> + ExactSizeIterator {
        self.mailbox.rows()
    }

    /// A mail by its number, if it is kept still.
    #[must_use]
    pub fn mail(&self, number: u64) -> Option<&Mail> {
        self.mailbox.get(number)
    }

    /// The templates and words that a user put in the place of the sandbox's own.
    #[must_use]
    pub fn mail_templates(&self) -> &MailTemplates {
        &self.mail_templates
    }
}

fn shown_id(order: &Value) -> String {
    text::clean(order.get("orderId").and_then(Value::as_str).unwrap_or_default())
}

#[cfg(test)]
mod tests;
