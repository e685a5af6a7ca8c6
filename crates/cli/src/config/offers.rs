//! What the shop has decided about offers: the settings under `[offers]`.

use std::time::Duration;

use gateway::settings::{LargerThanBasket, OnReturn, Vouchers};
use pos::money::Currency;

use super::build::{ReadFile, Reader};
use super::fault::Finding;
use super::{Offers, Promotion, promotions, schema, value};

const MINUTE: Duration = Duration::from_secs(60);
const PROMOTIONS: &str = "offers.promotions";
const LARGER_THAN_BASKET: &[LargerThanBasket] = &[LargerThanBasket::Forfeit, LargerThanBasket::Refuse];
const ON_RETURN: &[OnReturn] = &[OnReturn::Whole, OnReturn::Any, OnReturn::Never];

/// The whole section, or nothing and at least one fault.
pub(super) fn offers(reader: &mut Reader<'_>, read_file: ReadFile<'_>) -> Option<Offers> {
    let hold = reader.whole("offers.hold_minutes").map(|minutes| MINUTE * minutes);
    let vouchers = vouchers(reader);
    let promotions = promotions(reader, read_file);
    Some(Offers { hold: hold?, vouchers: vouchers?, promotions: promotions? })
}

fn vouchers(reader: &mut Reader<'_>) -> Option<Vouchers> {
    let outage = reader.value("offers.vouchers.outage", value::outage);
    let larger_than_basket = reader.value("offers.vouchers.larger_than_basket", |text| {
        value::choice(text, schema::LARGER_THAN_BASKET, LARGER_THAN_BASKET)
    });
    let on_return =
        reader.value("offers.vouchers.on_return", |text| value::choice(text, schema::ON_RETURN, ON_RETURN));
    let stack = reader.value("offers.vouchers.stack", value::flag);
    Some(Vouchers {
        outage: outage?,
        larger_than_basket: larger_than_basket?,
        on_return: on_return?,
        stack: stack?,
    })
}

/// The promotions of the file, if one is named.
fn promotions(reader: &mut Reader<'_>, read_file: ReadFile<'_>) -> Option<Vec<Promotion>> {
    let Some(entry) = reader.raw.settings.get(PROMOTIONS) else { return Some(Vec::new()) };
    let path = reader.value(PROMOTIONS, value::path)?;
    let path = entry.origin.found_from(path);
    let file = match read_file(&path) {
        Ok(file) => file,
        Err(problem) => {
            let text = format!("{}: {problem}", path.display());
            reader.faults.push(Finding::of(&entry.origin, PROMOTIONS, text));
            return None;
        }
    };
    // A wrong one is reported where the rates are read.
    let group = reader.raw.settings.get("currencies.group");
    let group = group.and_then(|entry| Currency::parse(&entry.text).ok());
    promotions::read(&path, &file.text, group).map_err(|faults| reader.faults.extend(faults)).ok()
}
