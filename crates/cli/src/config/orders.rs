//! Orders, digital receipts and the documents that customers open: the settings under `[orders]` and `[documents]`.

use document::Templates;
use gateway::settings::{OrderStatuses, Orders, OrdersApi};

use super::build::Reader;
use super::fault::Finding;
use super::{Documents, schema, value};

const API: &str = "orders.api";
const PUBLIC_URL: &str = "documents.public_url";
const TEMPLATES: &str = "documents.templates";

/// The words of [`API`].
#[derive(Debug, Clone, Copy)]
enum Api {
    V3,
    V2,
}

const APIS: &[Api] = &[Api::V3, Api::V2];

/// The section on orders, or nothing and at least one fault.
pub(super) fn orders(reader: &mut Reader<'_>) -> Option<Orders> {
    let api = reader.value(API, |text| value::choice(text, schema::ORDERS_APIS, APIS));
    let receipt_action = reader.value("orders.receipt_action", value::text);
    let statuses = statuses(reader);
    let api = match (api?, statuses?) {
        (Api::V3, _) => OrdersApi::V3,
        (Api::V2, statuses) => OrdersApi::V2(statuses),
    };
    Some(Orders { api, receipt_action: receipt_action? })
}

fn statuses(reader: &mut Reader<'_>) -> Option<OrderStatuses> {
    let in_progress = reader.value("orders.v2.in_progress", value::text);
    let completed = reader.value("orders.v2.completed", value::text);
    let cancelled = reader.value("orders.v2.cancelled", value::text);
    let payment = reader.value("orders.v2.payment", value::text);
    Some(OrderStatuses {
        in_progress: in_progress?,
        completed: completed?,
        cancelled: cancelled?,
        payment: payment?,
    })
}

/// The section on documents, or nothing and at least one fault.
pub(super) fn documents(reader: &mut Reader<'_>) -> Option<Documents> {
    let public_url = public_url(reader);
    let templates = templates(reader);
    Some(Documents { public_url: public_url?, templates: templates? })
}

/// Where customers reach the gateway, if they do; nothing where that is wrong.
fn public_url(reader: &mut Reader<'_>) -> Option<Option<String>> {
    if !reader.raw.settings.contains_key(PUBLIC_URL) {
        return Some(None);
    }
    let url = reader.value(PUBLIC_URL, value::public_url)?;
    if url.scheme() == "http" && !value::is_loopback(&url) {
        let text = "customers' receipts are read on the way without TLS; put a proxy that adds it before the gateway, \
                    and write https://";
        reader.warn(PUBLIC_URL, text);
    }
    Some(Some(url.as_str().trim_end_matches('/').to_owned()))
}

/// The templates of the shop's own folder, tried; nothing where they are broken.
fn templates(reader: &mut Reader<'_>) -> Option<Option<Templates>> {
    let Some(entry) = reader.raw.settings.get(TEMPLATES) else { return Some(None) };
    let folder = entry.origin.found_from(reader.value(TEMPLATES, value::path)?);
    let read = Templates::read(&folder).map_err(|error| {
        let (folder, error) = (folder.display(), anyhow::Error::from(error));
        let text = format!("{folder}: {error:#}; mend it, or take it out and the built-in one is used");
        reader.faults.push(Finding::of(&entry.origin, TEMPLATES, text));
    });
    read.ok().map(Some)
}
