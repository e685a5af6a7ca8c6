//! The mailbox: the last mails that were made, and what became of them.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many mails are kept.
const MAILS_MAX: usize = 1_000;
/// How much they may hold together, in bytes; the last one is kept whatever it holds.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// Its number, from 1.
    pub number: u64,
    /// When it was made, in world time.
    pub at: Timestamp,
    /// The order that it is about.
    pub order_id: String,
    /// Whom it is for.
    pub contact: Uuid,
    /// The action that called for it.
    pub action: String,
    /// The template that it was made by.
    pub template: String,
    /// The language that it is in.
    pub language: String,
    /// The sender's address.
    pub from: String,
    /// The sender's name.
    pub from_name: String,
    /// The receiver's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The mail as HTML.
    pub html: String,
    /// The mail as text.
    pub text: String,
    /// What its code says, where it has one.
    pub code: Option<String>,
    /// What became of it.
    pub delivery: Delivery,
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum Delivery {
    /// It lies in the mailbox.
    Mailbox,
    /// It went to the mail server as well.
    Sent {
        /// When, in world time.
        at: Timestamp,
    },
    /// The mail server did not take it. It is not tried again.
    Failed {
        /// When, in world time.
        at: Timestamp,
        /// What the server said.
        problem: String,
    },
}

impl Mail {
    fn bytes(&self) -> usize {
        self.html.len() + self.text.len()
    }
}

/// The mails there are. Only their count is written with the world; the rows have lines of a snapshot of their own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Mailbox {
    ever: u64,
    #[serde(skip)]
    rows: VecDeque<Arc<Mail>>,
    #[serde(skip)]
    bytes: usize,
}

impl Mailbox {
    pub(super) fn next_number(&self) -> u64 {
        self.ever + 1
    }

    /// Keeps a mail under the next number.
    pub(super) fn put(&mut self, mail: Mail) -> u64 {
        self.ever += 1;
        self.restore(Mail { number: self.ever, ..mail });
        self.ever
    }

    /// Puts back a mail that was numbered before.
    pub(crate) fn restore(&mut self, mail: Mail) {
        self.bytes += mail.bytes();
        self.rows.push_back(Arc::new(mail));
        while self.rows.len() > MAILS_MAX || self.bytes > BYTES_MAX && self.rows.len() > 1 {
            let oldest = self.rows.pop_front();
            self.bytes -= oldest.map_or(0, |mail| mail.bytes());
        }
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = &Mail> + ExactSizeIterator {
        self.rows.iter().map(AsRef::as_ref)
    }

    fn place(&self, number: u64) -> Option<usize> {
        self.rows.binary_search_by_key(&number, |mail| mail.number).ok()
    }

    pub(super) fn get(&self, number: u64) -> Option<&Mail> {
        self.place(number).map(|place| self.rows[place].as_ref())
    }

    pub(super) fn set_delivery(&mut self, number: u64, delivery: Delivery) {
        if let Some(place) = self.place(number) {
            Arc::make_mut(&mut self.rows[place]).delivery = delivery;
        }
    }

    /// Throws away what was written to a contact.
    pub(crate) fn forget(&mut self, contact: Uuid) {
        self.rows.retain(|mail| mail.contact != contact);
        self.bytes = self.rows.iter().map(|mail| mail.bytes()).sum();
    }

    /// How many mails there ever were.
    pub(crate) fn ever(&self) -> u64 {
        self.ever
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(contact: Uuid, html: &str) -> Mail {
        let text = String::new;
        Mail {
            number: 0,
            at: Timestamp::UNIX_EPOCH,
            order_id: text(),
            contact,
            action: text(),
            template: text(),
            language: text(),
            from: text(),
            from_name: text(),
            to: text(),
            subject: text(),
            html: html.to_owned(),
            text: text(),
            code: None,
            delivery: Delivery::Mailbox,
        }
    }

    #[test]
    fn the_oldest_mails_go_and_numbers_stay() {
        let mut mailbox = Mailbox::default();
        for _ in 0..MAILS_MAX + 3 {
            mailbox.put(mail(Uuid::nil(), "x"));
        }
        assert_eq!(mailbox.rows().len(), MAILS_MAX);
        assert_eq!(mailbox.get(3), None);
        assert_eq!(mailbox.get(4).unwrap().number, 4);
        let large = "x".repeat(BYTES_MAX);
        let number = mailbox.put(mail(Uuid::nil(), &large));
        assert_eq!(mailbox.rows().map(|mail| mail.number).collect::<Vec<_>>(), [number]);
    }

    #[test]
    fn a_forgotten_contacts_mails_are_gone_and_their_numbers_are_not_given_again() {
        let mut mailbox = Mailbox::default();
        let [one, other] = [1, 2].map(Uuid::from_u128);
        for contact in [one, other, one] {
            mailbox.put(mail(contact, "x"));
        }
        mailbox.forget(one);
        assert_eq!(mailbox.rows().map(|mail| mail.number).collect::<Vec<_>>(), [2]);
        assert_eq!((mailbox.bytes, mailbox.put(mail(one, "y"))), (1, 4));
    }
}
