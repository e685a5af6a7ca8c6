//! From any JSON to an order: what it says as a receipt does, then what is its own.

use serde_json::{Map, Value};

use super::{Address, Order, OrderDelivery, OrderLine, OrderStatus, REFERENCES_MAX, Reading, URL_CHARS_MAX};
use crate::receipt::{At, LINES_MAX, Reader, Receipt, When, order_fields, read_order, read_time};

const DELIVERY_FIELDS: [&str; 4] = ["method", "trackingNumber", "trackingUrl", "deliveryDate"];

const ADDRESS_FIELDS: [&str; 8] =
    ["title", "firstName", "lastName", "street", "street2", "zipCode", "city", "country"];

/// The code of a time of change that can't be read.
const CHANGED_AT_INVALID: &str = "changedAtInvalid";

/// The fields that are read of an order, of its lines, discounts, delivery and addresses, for whoever documents them.
#[must_use]
pub fn known_fields() -> [(&'static str, &'static [&'static str]); 5] {
    let [order, line, discount] = order_fields();
    [order, line, discount, ("delivery", &DELIVERY_FIELDS), ("address", &ADDRESS_FIELDS)]
}

/// Reads an order from any JSON.
///
/// Never panics and never stops at the first thing that is wrong; the order is there when no fault was found.
#[must_use]
pub fn parse(body: &Value) -> Reading<'_> {
    let mut reader = Reader::default();
    let mut reading = Reading { order: None, store: None, findings: Vec::new(), broken: None };
    if let Value::Object(map) = body {
        let receipt = read_order(&mut reader, map);
        reading.store = Some(receipt.store).filter(|store| !store.is_empty());
        let order = read_own(&mut reader, map, receipt);
        if reader.findings.has_fault() {
            reading.broken = Some(order);
        } else {
            reading.order = Some(order);
        }
    } else {
        reader.findings.fault("notAnObject", &At::Root, "an order is a JSON object; send { \"store\": … }");
    }
    reading.findings = reader.findings.finish();
    reading
}

/// What is an order's own, beside what it says as a receipt does.
fn read_own<'a>(reader: &mut Reader, map: &'a Map<String, Value>, receipt: Receipt<'a>) -> Order<'a> {
    let lines = map.get("lines").map(|lines| read_lines(reader, lines)).unwrap_or_default();
    let mut order = Order {
        status: OrderStatus::default(),
        external_status: None,
        references: Vec::new(),
        channel: None,
        changed_at: None,
        delivery: OrderDelivery::default(),
        billing_address: None,
        shipping_address: None,
        data: None,
        receipt,
        lines,
    };
    for (key, value) in map {
        let at = At::Root.field(key);
        match key.as_str() {
            "status" => order.status = read_status(reader, &at, value),
            "externalStatus" => order.external_status = reader.text(&at, value),
            "references" => order.references = read_references(reader, &at, value),
            "channel" => order.channel = reader.text(&at, value),
            "changedAt" => order.changed_at = read_time(reader, &at, value, CHANGED_AT_INVALID),
            "delivery" => order.delivery = read_delivery(reader, &at, value),
            "billingAddress" => order.billing_address = read_address(reader, &at, value),
            "shippingAddress" => order.shipping_address = read_address(reader, &at, value),
            "data" => order.data = read_data(reader, &at, value),
            // Read as of a receipt, or by nobody, which was said.
            _ => {}
        }
    }
    order
}

/// What each line says beyond one of a receipt. The list itself was judged before; each line keeps its place.
fn read_lines<'a>(reader: &mut Reader, lines: &'a Value) -> Vec<OrderLine<'a>> {
    let items = lines.as_array().filter(|items| items.len() <= LINES_MAX).map_or(&[][..], Vec::as_slice);
    let list = At::Root.field("lines");
    let lines = items.iter().enumerate();
    lines.map(|(position, line)| read_line(reader, &list.item(position), line)).collect()
}

fn read_line<'a>(reader: &mut Reader, at: &At<'_>, line: &'a Value) -> OrderLine<'a> {
    let mut read = OrderLine::default();
    for (key, value) in line.as_object().into_iter().flatten() {
        let at = at.field(key);
        match key.as_str() {
            "imageUrl" => read.image_url = read_url(reader, &at, value),
            "targetUrl" => read.target_url = read_url(reader, &at, value),
            "extraData" => read.extra_data = read_data(reader, &at, value),
            _ => {}
        }
    }
    read
}

fn read_status(reader: &mut Reader, at: &At<'_>, value: &Value) -> OrderStatus {
    if value.is_null() {
        return OrderStatus::default();
    }
    let text = value.as_str().unwrap_or_default();
    let known = OrderStatus::ALL.into_iter().find(|status| status.as_str() == text);
    if known.is_none() {
        let names = OrderStatus::ALL.map(OrderStatus::as_str).join(", ");
        let detail =
            format!("this is no status of an order; say one of {names}, and your own in externalStatus");
        reader.findings.fault("orderStatusUnknown", at, detail);
    }
    known.unwrap_or_default()
}

fn read_references<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Vec<&'a str> {
    let items = reader.list(at, value, REFERENCES_MAX);
    let items = items.iter().enumerate();
    items.filter_map(|(position, value)| reader.text(&at.item(position), value)).collect()
}

fn read_delivery<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> OrderDelivery<'a> {
    let mut delivery = OrderDelivery::default();
    for (key, value) in read_data(reader, at, value).into_iter().flatten() {
        let at = at.field(key);
        match key.as_str() {
            "method" => delivery.method = reader.text(&at, value),
            "trackingNumber" => delivery.tracking_number = reader.text(&at, value),
            "trackingUrl" => delivery.tracking_url = read_url(reader, &at, value),
            "deliveryDate" => delivery.delivery_date = read_date(reader, &at, value),
            _ => reader.unknown(&at, key, &DELIVERY_FIELDS),
        }
    }
    delivery
}

/// When it comes: a time, or a day alone, which is read as its beginning.
fn read_date(reader: &mut Reader, at: &At<'_>, value: &Value) -> Option<When> {
    let text = reader.text(at, value)?;
    let when = When::parse(text).or_else(|_| When::parse(&format!("{}T00:00:00", text.trim())));
    if when.is_err() {
        let detail = "left out: this isn't a date; write it as 2026-11-25, or with a time and its offset";
        reader.findings.warn("deliveryDateInvalid", at, detail);
    }
    when.ok()
}

/// An address; `None` where nothing is said in it.
fn read_address<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Option<Address<'a>> {
    let mut address = Address::default();
    for (key, value) in read_data(reader, at, value)? {
        let at = at.field(key);
        let field = match key.as_str() {
            "title" => &mut address.title,
            "firstName" => &mut address.first_name,
            "lastName" => &mut address.last_name,
            "street" => &mut address.street,
            "street2" => &mut address.street2,
            "zipCode" => &mut address.zip_code,
            "city" => &mut address.city,
            "country" => &mut address.country,
            _ => {
                reader.unknown(&at, key, &ADDRESS_FIELDS);
                continue;
            }
        };
        *field = reader.text(&at, value);
    }
    Some(address).filter(|address| *address != Address::default())
}

/// An object; what is none is a fault, because the order would say something else without it.
fn read_data<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Option<&'a Map<String, Value>> {
    if value.is_null() { None } else { reader.object(at, value) }
}

/// An address of the web; another is left out, because somebody will follow it.
fn read_url<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Option<&'a str> {
    let url = match value {
        Value::Null => return None,
        Value::String(text) => text.trim(),
        other => {
            reader.left_out(at, "text", other);
            return None;
        }
    };
    if url.is_empty() {
        return None;
    }
    if !is_of_the_web(url) {
        let detail = format!(
            "left out: this isn't an address of the web; write it as https://…, in at most {URL_CHARS_MAX} characters"
        );
        reader.findings.warn("urlInvalid", at, detail);
        return None;
    }
    Some(url)
}

/// Whether a text is an `http` or `https` address with a host, and nothing that could end one in a page or a mail.
fn is_of_the_web(url: &str) -> bool {
    let is_plain = |char: char| !char.is_whitespace() && !char.is_control() && !"\"'<>\\`".contains(char);
    let of = |scheme: &str| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    let rest = of("https://").or_else(|| of("http://"));
    let has_host =
        rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_alphanumeric() || first == '['));
    has_host && url.chars().all(is_plain) && url.chars().count() <= URL_CHARS_MAX
}

#[cfg(test)]
mod tests {
    use super::is_of_the_web;

    #[test]
    fn an_address_of_the_web_has_a_host_and_nothing_that_could_end_it() {
        for url in [
            "https://a.example",
            "http://a.example/x?y=1&z=2#f",
            "HTTPS://å.example/ä",
            "https://[::1]:8080/",
        ] {
            assert!(is_of_the_web(url), "{url}");
        }
        let long = format!("https://a.example/{}", "x".repeat(2_000));
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//a.example",
            "a.example",
            "https://",
            "https:///x",
            "https://a b",
            "https://a\"onload=",
            "https://a.example/'><script>",
            "https://a\n.example",
            "ftp://a.example",
            "å",
            &long,
        ] {
            assert!(!is_of_the_web(url), "{url}");
        }
    }
}
