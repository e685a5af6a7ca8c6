//! Reward vouchers by file (facts M-23, M-24).

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use super::FileKind;
use super::outcome::Tally;
use super::people::{self, KeyType};
use super::table::{self, Row, Table};
use crate::findings::{Note, Rule};
use crate::money::Money;
use crate::settings::Identifier;
use crate::vouchers::{self, Voucher};
use crate::world::World;

const MANDATORY: [&str; 10] = [
    "MemberKey",
    "PromotionName",
    "CreatedOn",
    "ExpiryDate",
    "ValidFrom",
    "RewardVoucherValues",
    "BonusPoints",
    "Value",
    "UniqueCode",
    "Used",
];
const OPTIONAL: [&str; 3] = ["UsedBy", "UsedStoreId", "UsedByInvoiceExternalId"];

/// A value as a file has it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Worth {
    currency: String,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    amount: Decimal,
}

pub(super) fn import(world: &mut World, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
    let table = Table::read(bytes, &world.settings.columns_of(FileKind::Vouchers))?;
    table.must_have(&MANDATORY)?;
    let known = MANDATORY.into_iter().chain(OPTIONAL).collect::<Vec<_>>();
    tally.notes(table.others(&known).map(|column| Note::at(Rule::FileUnknownColumn, column)));
    let mut codes: HashSet<String> = world.vouchers.rows().map(|voucher| voucher.number.clone()).collect();
    for row in table.rows() {
        match read(world, &row, tally.at()) {
            Err(because) => tally.ignore(row.number, 1, because),
            Ok(voucher) if !codes.insert(voucher.number.clone()) => tally.ignore(row.number, 1, "exists"),
            Ok(voucher) => {
                let id = world.ids.next();
                world.vouchers.insert(Voucher { id, ..voucher });
                tally.made(1);
            }
        }
    }
    Ok(())
}

/// The voucher of a row; its id is not given yet.
fn read(world: &World, row: &Row<'_>, at: Timestamp) -> Result<Voucher, &'static str> {
    let key = row.filled("MemberKey").ok_or("noKey")?;
    let contact = people::find(world, KeyType::By(Identifier::MemberNumber), key).ok_or("unknownContact")?;
    let time = |column: &str| local(world, row.get(column));
    let given = time("CreatedOn").ok_or("badCreatedOn")?;
    let expires = time("ExpiryDate").ok_or("badExpiryDate")?;
    time("ValidFrom").ok_or("badValidFrom")?;
    let (value, local_values) = values(world, row)?;
    let points = match row.filled("BonusPoints") {
        Some(text) => table::decimal(text).ok_or("badBonusPoints")?,
        None => Decimal::ZERO,
    };
    let redeemed = match row.get("Used") {
        "1" => Some(at),
        "0" | "" => None,
        _ => return Err("badUsed"),
    };
    let number = row.filled("UniqueCode").map_or_else(|| vouchers::next_number(world), str::to_owned);
    Ok(Voucher {
        id: Uuid::nil(),
        contact,
        number,
        name: row.filled("PromotionName").ok_or("noPromotionName")?.to_owned(),
        value,
        local_values,
        points,
        given,
        expires: Some(expires),
        redeemed,
        reactivations: 0,
    })
}

/// A time as it is written in these files, `2018-01-19 10:36:57.000`: the tenant's, unless it says whose.
fn local(world: &World, text: &str) -> Option<Timestamp> {
    let local = || text.parse::<DateTime>().ok().map(|local| world.settings.time_zone.instant(local));
    table::instant(text).or_else(local)
}

/// What it is worth in the group currency, else in the first that is named, and in the others.
fn values(world: &World, row: &Row<'_>) -> Result<(Money, Vec<Money>), &'static str> {
    let text = row.filled("RewardVoucherValues").ok_or("noValues")?;
    let all: Vec<Worth> = serde_json::from_str(text).map_err(|_| "badValues")?;
    let mut all: Vec<Money> =
        all.into_iter().map(|Worth { currency, amount }| Money { amount, currency }).collect();
    if all.is_empty() || !all.iter().all(vouchers::is_worth_something) {
        return Err("badValues");
    }
    let is_main = |one: &Money| one.currency.eq_ignore_ascii_case(&world.settings.group_currency);
    let main = all.iter().position(is_main).unwrap_or(0);
    let value = all.remove(main);
    match row.filled("Value").map(table::decimal) {
        Some(None) => Err("badValue"),
        Some(Some(_)) | None => Ok((value, all)),
    }
}
