//! The promotions file: each promotion as Engage is to have it, and the rules that Engage has no field for.
//!
//! Invariants: what is read is complete and can be sent; no name of one promotion is also one of another; every fault is
//! told at once, with its line. It doesn't know what Engage has: that is for `tillbridge promotions`.

use std::num::NonZeroU32;
use std::path::Path;

use engage::model::{
    AssignedValidity, ChannelKind, Money, NewChannel, NewDefinition, NewValidity, NewValue, Presentation,
    Text, Unit, Until,
};
use gateway::settings::{self, Gives, Outage, Welcome};
use pos::money::Currency;
use rust_decimal::Decimal;

use super::document::Document;
use super::fault::{Finding, Origin};
use super::raw::{Entry, Table};
use super::{Promotion, schema, value};

/// The most promotions in a file.
const PROMOTIONS_MAX: usize = 1_000;

const WELCOMES: &[Welcome] = &[Welcome::Till, Welcome::Automation];

/// What a promotion goes by.
const NAMES: [&str; 3] = ["code", "external_id", "id"];

/// The ways of saying what a promotion is worth in a channel.
const VALUES: [&str; 4] = ["percent", "amounts", "code", "manual"];

/// The promotions of a file.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read(path: &Path, text: &str, group: Option<Currency>) -> Result<Vec<Promotion>, Vec<Finding>> {
    let mut tables = Vec::new();
    let mut faults = Document::read(path, text, |document, file| {
        for (key, value) in file {
            if key.get_ref() == schema::PROMOTIONS {
                tables = document.rows(schema::PROMOTIONS, value, schema::PROMOTION_FIELDS);
            } else {
                document.unknown(key.get_ref(), key, vec![schema::PROMOTIONS]);
            }
        }
    });
    if let Some(first) = tables.get(PROMOTIONS_MAX) {
        let text = format!("these are {} promotions, where at most {PROMOTIONS_MAX} are taken", tables.len());
        return Err(vec![Finding::at(first.origin.clone(), text)]);
    }
    let mut promotions: Vec<Promotion> = Vec::new();
    for (index, table) in tables.iter().enumerate() {
        let mut row = Row { name: format!("{}[{index}]", schema::PROMOTIONS), table, faults: Vec::new() };
        taken(&mut row, &tables[..index]);
        promotions.extend(promotion(&mut row, group));
        faults.append(&mut row.faults);
    }
    if faults.is_empty() { Ok(promotions) } else { Err(faults) }
}

fn promotion(row: &mut Row<'_>, group: Option<Currency>) -> Option<Promotion> {
    let code = row.needed("code", value::text);
    let external_id = row.value("external_id", value::text);
    let id = row.value("id", value::text);
    let name = row.needed("name", value::text);
    let presentation = Presentation {
        heading: row.value("heading", value::prose),
        description: row.value("description", value::prose),
        link: row.value("link", value::link),
    };
    let validity = validity(row);
    let stacks = row.flag("stacks");
    let comes_back = row.flag("comes_back");
    let outage = if row.has("outage") { row.value("outage", value::outage) } else { Some(Outage::Refuse) };
    let welcome = row.value("welcome", |text| value::choice(text, schema::WELCOMES, WELCOMES));
    let gives = gives(row);
    let channels = channels(row, group);
    if !row.faults.is_empty() {
        return None;
    }
    let code = code?;
    // One that is named by its id was made by hand and need not have an external id (fact P-21): then none is asked for.
    let theirs = if id.is_some() { external_id.as_ref() } else { external_id.as_ref().or(Some(&code)) };
    let definition = NewDefinition {
        external_id: theirs.and_then(Text::new),
        name: Text::new(name.as_deref()?)?,
        validity: validity?,
        presentation,
        redemption_channels: channels,
    };
    let rules = settings::Promotion {
        external_id: external_id.unwrap_or_else(|| code.clone()),
        code,
        promotion_id: id,
        name: name?,
        gives,
        welcome,
        stacks: stacks?,
        outage: outage?,
        comes_back: comes_back?,
    };
    Some(Promotion { rules, definition })
}

fn validity(row: &mut Row<'_>) -> Option<NewValidity> {
    let start = row.needed("starts", value::day);
    let ends = row.value("ends", value::day);
    let days = row.whole("valid_days");
    let months = row.whole("valid_months");
    let said: Vec<&str> =
        ["ends", "valid_days", "valid_months"].into_iter().filter(|key| row.has(key)).collect();
    if let [_, .., last] = said.as_slice() {
        let text =
            format!("only one of {} can be said: Engage keeps one; take the others away", said.join(", "));
        row.fault(last, text);
    }
    if let (Some(start), Some(end)) = (start, ends)
        && end < start
    {
        row.fault("ends", format!("it would end on {end} before it starts on {start}"));
    }
    let assigned = |unit, amount| NonZeroU32::new(amount).map(|amount| AssignedValidity { unit, amount });
    let assigned =
        days.and_then(|days| assigned(Unit::Days, days)).or(months.and_then(|n| assigned(Unit::Months, n)));
    let until = ends.map(Until::Day).or(assigned.map(Until::Assigned)).unwrap_or(Until::FurtherNotice);
    Some(NewValidity { start: start?, until })
}

/// What the till's code stands for, where the shop says so here.
fn gives(row: &mut Row<'_>) -> Option<Gives> {
    let percent = row.whole("gives.percent").map(|percent| Gives::Percent(Decimal::from(percent)));
    let amounts = row.value("gives.amounts", value::amounts).map(Gives::Amounts);
    let said = ["gives.amounts", "gives.percent"].into_iter().find(|key| row.has(key));
    if percent.is_some() && amounts.is_some() {
        row.fault("gives.amounts", "a promotion gives percent or amounts, not both; take one away");
    }
    if let Some(key) = said.filter(|_| !row.has("pos.code")) {
        let text = "this says what the code of [promotion.pos] stands for, and there is none; say it under pos instead";
        row.fault(key, text);
    }
    percent.or(amounts)
}

fn channels(row: &mut Row<'_>, group: Option<Currency>) -> Vec<NewChannel> {
    let kinds = [("pos", ChannelKind::Pos), ("ecom", ChannelKind::Ecom), ("other", ChannelKind::Other)];
    let named = kinds.into_iter().filter(|(prefix, _)| row.has(prefix)).collect::<Vec<_>>();
    if named.is_empty() {
        let text = "it can be redeemed nowhere; add [promotion.pos], [promotion.ecom] or [promotion.other]";
        row.faults.push(Finding::of(&row.table.origin, &row.name, text));
    }
    named.into_iter().filter_map(|(prefix, kind)| channel(row, prefix, kind, group)).collect()
}

fn channel(
    row: &mut Row<'_>,
    prefix: &str,
    kind: ChannelKind,
    group: Option<Currency>,
) -> Option<NewChannel> {
    let key = |name: &str| format!("{prefix}.{name}");
    let percent = row.whole(&key("percent")).and_then(|percent| u8::try_from(percent).ok());
    let amounts = row.value(&key("amounts"), |text| money(value::amounts(text)?, group));
    let code = row.value(&key("code"), value::prose);
    let manual = row.value(&key("manual"), value::prose);
    let instruction = row.value(&key("instruction"), value::prose);
    let said: Vec<String> = VALUES.into_iter().map(key).filter(|key| row.has(key)).collect();
    match said.as_slice() {
        [_] => {}
        // Without an instruction there is nothing known under it, which is reported.
        [] if !row.has(&key("instruction")) => {}
        [] => {
            let known =
                VALUES.map(key).into_iter().filter(|key| is_known(key)).collect::<Vec<_>>().join(", ");
            row.fault(
                &key("instruction"),
                format!("it says nothing of what it is worth; add one of {known}"),
            );
        }
        [.., last] => {
            let text = format!("a channel has one worth, and here are {}; keep one", said.join(" and "));
            row.fault(last, text);
        }
    }
    let value = percent
        .map(NewValue::Percent)
        .or(amounts)
        .or(code.map(NewValue::ExternalOffer))
        .or(manual.map(NewValue::Manual));
    Some(NewChannel { kind, value: value?, instruction })
}

/// Amounts as Engage has them: one in its main currency, and local values in the others (fact P-62).
fn money(amounts: Vec<(Currency, Decimal)>, group: Option<Currency>) -> Result<NewValue, String> {
    let main = match (group, amounts.as_slice()) {
        (Some(group), _) => group,
        (None, [(only, _)]) => *only,
        (None, _) => {
            return Err(
                "Engage keeps one of these in its main currency; say which with currencies.group".to_owned()
            );
        }
    };
    let amount = amounts.iter().find(|(currency, _)| *currency == main).map(|(_, amount)| *amount);
    let amount = amount.ok_or_else(|| {
        format!("Engage always has an amount in the group currency, {main}; add one in {main}")
    })?;
    let others = amounts.into_iter().filter(|(currency, _)| *currency != main);
    let local =
        others.filter_map(|(currency, amount)| Some(Money { amount, currency: Text::new(currency.code())? }));
    Ok(NewValue::Money { amount, local_values: local.collect() })
}

fn is_known(key: &str) -> bool {
    schema::PROMOTION_FIELDS.iter().any(|field| field.key == key)
}

/// Notes names that an earlier promotion goes by already: a till must mean one thing by each.
fn taken(row: &mut Row<'_>, earlier: &[Table]) {
    for key in NAMES {
        let Some(entry) = row.table.settings.get(key) else { continue };
        let goes_by = |table: &Table| {
            let names = NAMES.iter().filter_map(|name| Some((*name, table.settings.get(name)?)));
            let same = |(name, other): (&str, &Entry)| {
                other.text == entry.text || name == "id" && other.text.eq_ignore_ascii_case(&entry.text)
            };
            names.into_iter().any(same)
        };
        if let Some(index) = earlier.iter().position(goes_by) {
            let text = format!("{} is already a name of promotion[{index}]; names are unique", entry.text);
            row.fault(key, text);
        }
    }
}

/// One promotion that is being read.
struct Row<'a> {
    name: String,
    table: &'a Table,
    faults: Vec<Finding>,
}

impl Row<'_> {
    /// Whether it stands there. If it can't be read, that is reported, and nothing is to be said of its absence.
    fn has(&self, key: &str) -> bool {
        self.table.named.contains(key)
    }

    /// The value of a setting, if it is set and right.
    fn value<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let entry = self.table.settings.get(key)?;
        parse(&entry.text).map_err(|problem| self.fault(key, problem)).ok()
    }

    /// The value of a setting that every promotion needs.
    fn needed<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if !self.has(key) {
            self.fault(key, "this is missing; every promotion needs it");
        }
        self.value(key, parse)
    }

    /// A yes or no; no where it isn't said.
    fn flag(&mut self, key: &str) -> Option<bool> {
        if self.has(key) { self.value(key, value::flag) } else { Some(false) }
    }

    /// A whole number, within what the table of settings allows.
    fn whole(&mut self, key: &str) -> Option<u32> {
        let field = schema::PROMOTION_FIELDS.iter().find(|field| field.key == key)?;
        let schema::Kind::Whole(least, most) = field.kind else { return None };
        self.value(key, |text| value::whole(text, least, most))
    }

    fn fault(&mut self, key: &str, text: impl Into<String>) {
        let entry = self.table.settings.get(key);
        let origin: &Origin = entry.map_or(&self.table.origin, |entry| &entry.origin);
        self.faults.push(Finding::of(origin, &format!("{}.{key}", self.name), text));
    }
}
