//! An example of an order, to try templates out with before anybody's mail depends on them.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

use super::templates::{Broken, MailTemplates};
use super::{Written, view, write};
use crate::settings::Settings;

const ORDER: &str = include_str!("example.json");

/// Makes a mail of the example by a template; its text only, where it has no other form.
pub(super) fn try_out(templates: &MailTemplates, name: &str) -> Result<Written, Broken> {
    let order: Value = serde_json::from_str(ORDER).expect("the example is JSON");
    let settings = Settings::default();
    let content = view::Content {
        order: &order,
        action: "DigitalReceipt",
        data: order.get("data"),
        first_name: Some("Ada"),
        shop: None,
        store: Some("Nordan Stockholm"),
        subject: None,
        points: Some(Decimal::from(120)),
        at: Timestamp::UNIX_EPOCH,
        zone: &settings.time_zone,
    };
    let name = if templates.has(name) { name } else { super::templates::DIGITAL_RECEIPT };
    write(&content, templates, name, &["en"])
}
