//! Orders as Engage has them, and the links by which it leads from one answer to the next.
//!
//! A link is never followed to where it says: only its path is kept, and only one that a call here could have made
//! itself, so that it leads nowhere but to the tenant's own address.

use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{ContactId, Mismatch, Object, Page, Shape, Text};
use crate::limits;

/// Where jobs are.
const JOBS: &str = "/api/v3/orders/jobs/";
/// Where a contact's orders are.
const ORDERS: &str = "/api/v3/orders?";

/// An order that Engage has stored (fact O-16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOrder {
    /// Its id.
    pub order_id: Text,
    /// The name of this version, by which an action says what it is about (facts O-44, O-47).
    pub version_tag: Option<Text>,
    /// Whose it is; an order whose contact is missing may be nobody's (fact O-56).
    pub contact_id: Option<ContactId>,
    /// How far it is, in Engage's spelling.
    pub status: Option<Text>,
    /// How far it is, in the sender's.
    pub external_status: Option<Text>,
    /// When the sender last changed it, by what the sender said.
    pub last_changed_at: Option<Timestamp>,
    /// What it sums to.
    pub total_price: Option<Decimal>,
}

impl StoredOrder {
    pub(crate) fn read(object: &Object<'_>) -> Result<StoredOrder, Mismatch> {
        let changed = object.text("lastChangedAt");
        Ok(StoredOrder {
            order_id: object.required("orderId")?,
            version_tag: object.key("versionTag")?.map(version_tag).transpose()?,
            contact_id: object.text("contactId").and_then(|id| ContactId::new(id.into_string()).ok()),
            status: object.text("status"),
            external_status: object.text("externalStatus"),
            last_changed_at: changed.and_then(|time| time.as_str().parse().ok()),
            total_price: object.decimal("totalPrice").unwrap_or_default(),
        })
    }
}

/// A tag that is short enough to be kept: its own form is Engage's.
pub(crate) fn version_tag(text: Text) -> Result<Text, Mismatch> {
    let fits = text.as_str().len() <= limits::VERSION_TAG_BYTES_MAX;
    fits.then_some(text).ok_or(Mismatch { member: "versionTag", expected: "a short text" })
}

/// A page of a contact's orders, and the way to the next one (fact O-18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    /// The orders.
    pub page: Page<StoredOrder>,
    /// Where more of them are.
    pub next: Option<PageLink>,
}

impl OrderPage {
    pub(crate) fn read(object: &Object<'_>) -> Result<OrderPage, Mismatch> {
        let links = object.list("links")?.unwrap_or_default();
        let next = links.into_iter().find_map(|link| match link {
            Shape::Object(link) => {
                let is_next = link.text("rel").is_some_and(|rel| rel.as_str().eq_ignore_ascii_case("next"));
                is_next.then(|| PageLink::of(link.text("href")?.as_str())).flatten()
            }
            Shape::Null | Shape::Text(_) | Shape::Bare(_) | Shape::List(_) => None,
        });
        Ok(OrderPage { page: Page::read(object, StoredOrder::read)?, next })
    }
}

/// Where the job of a change is (fact O-08): its path. It may be kept, and be read again with [`JobLink::of`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobLink(String);

impl JobLink {
    /// The path that a link leads to; `None` when that isn't a job's.
    pub fn of(link: &str) -> Option<JobLink> {
        let path = path(link);
        let id = path.strip_prefix(JOBS)?;
        let fits = (1..=limits::JOB_ID_BYTES_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~%:=+".contains(&b))
            && id.bytes().any(|b| b != b'.');
        fits.then(|| JobLink(path.to_owned()))
    }

    /// From a job's id, already encoded for a path.
    pub(crate) fn of_id(encoded: impl fmt::Display) -> Option<JobLink> {
        JobLink::of(&format!("{JOBS}{encoded}"))
    }

    /// The path, from the slash on.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a page of a contact's orders is: its path and query.
#[derive(Clone, PartialEq, Eq)]
pub struct PageLink(String);

impl PageLink {
    /// The path and query that a link leads to; `None` when they aren't those of a contact's orders.
    pub fn of(link: &str) -> Option<PageLink> {
        let path = path(link);
        let query = path.strip_prefix(ORDERS)?;
        let fits = query.len() <= limits::PAGE_LINK_BYTES_MAX
            && query.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~%=&".contains(&b));
        fits.then(|| PageLink(path.to_owned()))
    }

    /// Path and query, from the slash on.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PageLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageLink({} bytes)", self.0.len())
    }
}

/// Whether a link leads to an order: not to a job, and not to the list.
pub(crate) fn leads_to_an_order(link: &str) -> bool {
    let order = path(link).strip_prefix("/api/v3/orders/");
    order.is_some_and(|id| !id.is_empty() && !id.starts_with("jobs/") && !id.contains(['?', '#']))
}

/// The path and query of a link, whether or not it names a host.
fn path(link: &str) -> &str {
    let link = link.trim();
    let Some((scheme, rest)) = link.split_once("://") else { return link };
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let from = rest.find('/').filter(|_| is_web).unwrap_or(rest.len());
    &rest[from..]
}
