//! Stores by file (fact M-25).

use serde_json::{Map, Value};

use super::FileKind;
use super::outcome::Tally;
use super::table::{Row, Table};
use crate::fields;
use crate::findings::{Note, Rule};
use crate::stores::{Origin, Store};
use crate::world::World;
use crate::zone::Zone;

const MANDATORY: [&str; 3] = ["externalId", "name", "timeZone"];

pub(super) fn import(world: &mut World, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
    let table = Table::read(bytes, &world.settings.columns_of(FileKind::Stores))?;
    table.must_have(&MANDATORY)?;
    let known: Vec<&str> = fields::STORE.iter().map(|field| field.name).collect();
    tally.notes(table.others(&known).map(|column| Note::at(Rule::FileUnknownColumn, column)));
    for row in table.rows() {
        let sent = match read(&row, &known, tally) {
            Ok(sent) => sent,
            Err(because) => {
                tally.ignore(row.number, 1, because);
                continue;
            }
        };
        let external_id = row.get("externalId").to_owned();
        match world.stores.get(&external_id).cloned() {
            Some(mut store) => {
                store.fields.extend(sent);
                world.stores.insert(store);
                tally.updated();
            }
            None => {
                let id = world.ids.next();
                world.stores.insert(Store { id, external_id, fields: sent, origin: Origin::File });
                tally.made(1);
            }
        }
    }
    Ok(())
}

fn read(row: &Row<'_>, known: &[&str], tally: &mut Tally) -> Result<Map<String, Value>, &'static str> {
    if MANDATORY.iter().any(|column| row.filled(column).is_none()) {
        return Err("incomplete");
    }
    if Zone::named(row.get("timeZone")).is_none() {
        return Err("badTimeZone");
    }
    let mut sent = Map::new();
    for (column, text) in row.pairs().filter(|(column, text)| known.contains(column) && !text.is_empty()) {
        let value = match column {
            "type" if !["RETAIL", "ECOMM"].contains(&text) => None,
            "active" => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
            _ => Some(Value::from(text)),
        };
        match value {
            Some(value) => drop(sent.insert(column.to_owned(), value)),
            None => tally.drop_field(row.number, column),
        }
    }
    Ok(sent)
}
