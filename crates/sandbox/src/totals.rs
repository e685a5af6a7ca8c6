//! What a world comes to, counted: what a rehearsed migration is held against, without reading every row.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::files::FileImport;
use crate::money::number;
use crate::receipts::{Fate, Receipt};
use crate::vouchers::Which;
use crate::world::World;

/// How many letters of a time say its month: `2025-03`.
const MONTH: usize = 7;

/// The imported receipts of one store, month and currency.
#[derive(Debug, Default)]
struct Sum {
    receipts: u64,
    lines: u64,
    total: Decimal,
    group_total: Decimal,
}

/// Contacts, receipts by store, month and currency, points and vouchers. A month is that of the sale as its receipt
/// writes it, which is the store's own; a receipt is counted once it is imported.
pub(crate) fn totals(world: &World, at: Timestamp) -> Value {
    let here = || world.contacts().filter(|contact| contact.is_here());
    let members =
        here().filter(|one| one.approved && world.settings.is_member_type(&one.contact_type)).count();
    json!({
        "at": at,
        "contacts": here().count(),
        "approvedMembers": members,
        "stores": world.stores().len(),
        "receipts": receipts(world),
        "points": points(world, at),
        "vouchers": vouchers(world, at),
        "files": files(world),
    })
}

/// What the last files lost: values that were left out, by file and field, and whole files that failed, with the reason.
fn files(world: &World) -> Value {
    let lost = |one: &&FileImport| one.failed.is_some() || !one.dropped_fields.is_empty();
    let told = |one: &FileImport| json!({ "file": one.file, "folder": one.folder, "leftOut": one.dropped_fields, "failed": one.failed });
    world.file_imports().filter(lost).map(told).collect()
}

fn receipts(world: &World) -> Value {
    let mut sums: BTreeMap<(&str, &str, &str), Sum> = BTreeMap::new();
    let mut imported = 0_u64;
    for Receipt { content, fate, .. } in world.receipts() {
        let Fate::Imported { group_total, .. } = fate else { continue };
        imported += 1;
        let month = content.created_date.get(..MONTH).unwrap_or(&content.created_date);
        let sum = sums.entry((&content.store_external_id, month, &content.currency)).or_default();
        sum.receipts += 1;
        sum.lines += content.item_count as u64;
        sum.total = sum.total.saturating_add(content.total);
        sum.group_total = sum.group_total.saturating_add(*group_total);
    }
    let rows: Vec<Value> = sums
        .into_iter()
        .map(|((store, month, currency), sum)| {
            json!({
                "store": store,
                "month": month,
                "currency": currency,
                "receipts": sum.receipts,
                "lines": sum.lines,
                "total": number(sum.total),
                "groupTotal": number(sum.group_total),
            })
        })
        .collect();
    json!({ "imported": imported, "rows": rows })
}

fn points(world: &World, at: Timestamp) -> Value {
    let (mut active, mut pending, mut booked, mut transactions) =
        (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO, 0);
    for account in world.point_accounts() {
        let balance = account.balance(at);
        active += balance.active;
        pending += balance.pending;
        booked += account.transactions.iter().map(|one| one.amount).sum::<Decimal>();
        transactions += account.transactions.len();
    }
    json!({
        "accounts": world.point_accounts().len(),
        "transactions": transactions,
        "booked": number(booked),
        "active": number(active),
        "pending": number(pending),
    })
}

fn vouchers(world: &World, at: Timestamp) -> Value {
    let (mut available, mut redeemed, mut expired) = (0_u64, 0_u64, 0_u64);
    let mut worth: BTreeMap<&str, Decimal> = BTreeMap::new();
    for voucher in world.vouchers() {
        if voucher.redeemed.is_some() {
            redeemed += 1;
        } else if voucher.is(Which::Available, at) {
            available += 1;
            let sum = worth.entry(&voucher.value.currency).or_default();
            *sum = sum.saturating_add(voucher.value.amount);
        } else {
            expired += 1;
        }
    }
    let worth: BTreeMap<&str, Value> =
        worth.into_iter().map(|(currency, sum)| (currency, number(sum))).collect();
    json!({ "available": available, "redeemed": redeemed, "expired": expired, "availableWorth": worth })
}
