//! A migration that was sent, and an Engage that has it, but for what a test has done to it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use engage::model::ContactType;
use engage::{Failure, Request, Response};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::check::keys::KeyDigest;
use crate::manifest::{Certainty, Manifest, PlannedFile, Scope, StartedBy, Tally, Turnover, VoucherSum};
use crate::plan::index::Index;
use crate::reconcile::{
    Against, Amounts, Error, Key, Options, Progress, Reader, Reconciliation, Sample, run,
};
use crate::surroundings::{Pausing, Surroundings};
use crate::{Entity, Folder, RowAt};

/// When the plan was made, before and after it.
const STAMP: &str = "20261120120000";
pub const BEFORE: &str = "2026-11-01T10:00:00+01:00";
pub const AFTER: &str = "2026-11-21T10:00:00+01:00";

/// A contact as it was sent, and as Engage has it.
#[derive(Debug, Clone, Default)]
pub struct Contact {
    pub key: String,
    pub fate: Fate,
    pub identifiers: Vec<&'static str>,
    pub identifiers_there: Vec<&'static str>,
    pub receipts: Vec<Receipt>,
    /// `transactions` of the tills, or of nobody knows whom: id and time.
    pub extra: Vec<(String, &'static str)>,
    pub points: Vec<Decimal>,
    /// What was booked besides: how much, and when.
    pub booked: Vec<(Decimal, &'static str)>,
    pub vouchers: Vec<Voucher>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    #[default]
    There,
    Missing,
    Several,
    Refused,
}

#[derive(Debug, Clone)]
pub struct Receipt {
    pub id: String,
    pub store: &'static str,
    pub month: &'static str,
    pub total: Decimal,
    /// What Engage has of it: how often, and what it comes to.
    pub there: Vec<Value>,
}

#[derive(Debug, Clone)]
pub struct Voucher {
    pub code: Option<String>,
    pub value: Decimal,
    pub there: bool,
    pub used_on: Option<&'static str>,
}

/// A number as it is, with all its digits.
pub fn number(value: Decimal) -> Value {
    serde_json::from_str(&value.to_string()).unwrap()
}

/// All of it, and a clock that goes only when somebody waits.
pub struct World {
    pub contacts: Vec<Contact>,
    pub manifest: Manifest,
    pub options: Options,
    pub folder: Folder,
    pub stop: AtomicBool,
    /// Requests that are refused before one is answered, with which status.
    pub refusals: Mutex<Vec<u16>>,
    /// When each request came.
    pub requests: Mutex<Vec<(Timestamp, String)>>,
    clock: AtomicU64,
    _temporary: TempDir,
}

impl World {
    pub fn of(contacts: Vec<Contact>) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::at(temporary.path());
        std::fs::create_dir_all(folder.files()).unwrap();
        std::fs::create_dir_all(folder.path().join("index")).unwrap();
        let file = file(&folder);
        let manifest = manifest(&contacts, file);
        write_index(&folder, &contacts);
        let options = Options {
            key: Key::MemberNumber,
            contact_type: ContactType::member(),
            sample: None,
            amounts: Amounts::Compared,
            made_at: "2026-11-23T00:00:00Z".parse().unwrap(),
        };
        let (refusals, requests) = (Mutex::default(), Mutex::default());
        let (stop, clock) = (AtomicBool::new(false), AtomicU64::new(0));
        Self { contacts, manifest, options, folder, stop, refusals, requests, clock, _temporary: temporary }
    }

    /// Compares with Engage, ten requests a second, and with each step told.
    pub fn run_with(&self, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Reconciliation, Error> {
        let now = || self.now();
        let pause = |wait: Duration| -> Pausing {
            self.clock.fetch_add(u64::try_from(wait.as_millis()).unwrap(), Ordering::Relaxed);
            Box::pin(std::future::ready(()))
        };
        let around = Surroundings { now: &now, pause: &pause, stop: &self.stop };
        let reader = Reader::new(
            |request| Box::pin(std::future::ready(self.answer(&request))),
            around,
            NonZeroU32::new(10).unwrap(),
        );
        let against = Against::Engage(&reader);
        let done = run(&self.folder, &self.manifest, against, &self.options, progress, &self.stop);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(done)
    }

    pub fn run(&self) -> Result<Reconciliation, Error> {
        self.run_with(&mut |_| {})
    }

    /// Compares without Engage.
    pub fn run_against(&self, against: Against<'_, '_>) -> Result<Reconciliation, Error> {
        let mut progress = |_| {};
        let done = run(&self.folder, &self.manifest, against, &self.options, &mut progress, &self.stop);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(done)
    }

    pub fn sample(mut self, contacts: u64, seed: u64) -> Self {
        self.options.sample = Some(Sample { contacts, seed });
        self
    }

    /// How often contacts were looked for.
    pub fn finds(&self) -> usize {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|(_, path)| path.starts_with("/api/v3/contacts/id?")).count()
    }

    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        start + SignedDuration::from_millis(self.clock.load(Ordering::Relaxed).try_into().unwrap())
    }

    fn answer(&self, request: &Request) -> Result<Response, Failure> {
        self.requests.lock().unwrap().push((self.now(), request.path_and_query.clone()));
        if let Some(status) = self.refusals.lock().unwrap().pop() {
            let retry_after = (status == 429).then(|| Duration::from_secs(7));
            return Ok(Response { status, retry_after, ..Response::default() });
        }
        let (path, query) = request.path_and_query.split_once('?').unwrap_or((&request.path_and_query, ""));
        let query: BTreeMap<_, _> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let (status, body) = self.body(path, &query);
        Ok(Response { status, body: body.to_string().into(), ..Response::default() })
    }

    fn body(&self, path: &str, query: &BTreeMap<&str, &str>) -> (u16, Value) {
        let parts: Vec<_> = path.split('/').skip(2).collect();
        let of = |id: &str| &self.contacts[id[1..].parse::<usize>().unwrap()];
        let paged = |rows: Vec<Value>| {
            let (offset, count) = (query["offset"].parse().unwrap(), query["count"].parse().unwrap());
            let total = rows.len();
            json!({ "items": rows.into_iter().skip(offset).take(count).collect::<Vec<_>>(), "totalCount": total })
        };
        match parts.as_slice() {
            ["v3", "contacts", "id"] => self.find(query.get("customKey").copied().unwrap_or_default()),
            ["v3", "contacts", id] => (200, json!({ "id": id, "attributes": of(id).attributes() })),
            ["v2", "contacts", id, "transactions"] => (200, paged(of(id).transactions())),
            ["v3", "point-accounts"] => {
                (200, json!([{ "id": query["contactId"], "balance": of(query["contactId"]).balance() }]))
            }
            ["v3", "point-transactions"] => (200, paged(of(query["accountId"]).bookings())),
            ["v3", "reward-vouchers"] => (200, paged(of(query["contactId"]).held())),
            _ => (404, json!({ "errorCode": "Unknown" })),
        }
    }

    fn find(&self, key: &str) -> (u16, Value) {
        let place = self.contacts.iter().position(|contact| contact.key == key);
        match place.map(|place| (place, self.contacts[place].fate)) {
            None | Some((_, Fate::Missing)) => (404, json!({ "errorCode": "ContactNotFound" })),
            Some((_, Fate::Several)) => {
                let details = json!({ "multipleMatchesFound": ["c1", "c2"] });
                (409, json!({ "errorCode": "MultipleMatches", "messageDetails": details }))
            }
            Some((_, Fate::Refused)) => (400, json!({ "errorCode": "SomethingElse" })),
            Some((place, Fate::There)) => (200, json!(format!("c{place}"))),
        }
    }
}

impl Contact {
    fn attributes(&self) -> Value {
        self.identifiers_there.iter().map(|name| ((*name).to_owned(), json!("there"))).collect()
    }

    fn transactions(&self) -> Vec<Value> {
        let sent = self.receipts.iter().flat_map(|receipt| {
            receipt.there.iter().map(|total| {
                json!({ "externalId": receipt.id, "localNetPriceSum": total, "localCurrency": "SEK", "createdDate": BEFORE })
            })
        });
        let extra = self.extra.iter().map(|(id, at)| json!({ "externalId": id, "createdDate": at }));
        sent.chain(extra).collect()
    }

    fn balance(&self) -> Value {
        number(self.points.iter().chain(self.booked.iter().map(|(amount, _)| amount)).sum())
    }

    fn bookings(&self) -> Vec<Value> {
        let row = |(amount, at): (Decimal, &str)| json!({ "id": "1", "amount": number(amount), "transactionDate": at });
        let sent = self.points.iter().map(|amount| row((*amount, BEFORE)));
        sent.chain(self.booked.iter().copied().map(row)).collect()
    }

    fn held(&self) -> Vec<Value> {
        let there = self.vouchers.iter().enumerate().filter(|(_, voucher)| voucher.there);
        there
            .map(|(place, voucher)| {
                json!({
                    "id": "1",
                    "voucherNumber": voucher.code.clone().unwrap_or_else(|| format!("own-{place}")),
                    "value": { "amount": number(voucher.value), "currency": "SEK" },
                    "redeemed": voucher.used_on.is_some(),
                    "redeemedOn": voucher.used_on,
                })
            })
            .collect()
    }
}

/// One file of the plan, as it was planned.
fn file(folder: &Folder) -> PlannedFile {
    let bytes = b"all of it";
    std::fs::write(folder.files().join("one.csv"), bytes).unwrap();
    PlannedFile {
        name: "one.csv".to_owned(),
        entity: Entity::Receipts,
        folder: "/integration/transactionImport".to_owned(),
        started_by: StartedBy::Engage,
        layout: Certainty::Unverified,
        needs_member_numbers: false,
        records: 1,
        lines: 1,
        bytes: bytes.len() as u64,
        blake3: blake3::hash(bytes).to_string(),
    }
}

fn manifest(contacts: &[Contact], file: PlannedFile) -> Manifest {
    let tally = |sent: usize| {
        let sent = sent as u64;
        let left_out = BTreeMap::from([("beforeSince".to_owned(), 2)]);
        let rows = sent + 3;
        let (rows_sent, records_sent) = (sent, sent);
        Tally { rows, rows_sent, rows_rejected: 1, rows_left_out: left_out, records_sent, ..Tally::default() }
    };
    let mut turnover: BTreeMap<(&str, &str), (u64, Decimal)> = BTreeMap::new();
    let mut identifiers = BTreeMap::new();
    for contact in contacts {
        for name in &contact.identifiers {
            *identifiers.entry((*name).to_owned()).or_insert(0) += 1;
        }
        for receipt in &contact.receipts {
            let sum = turnover.entry((receipt.store, receipt.month)).or_default();
            *sum = (sum.0 + 1, sum.1 + receipt.total);
        }
    }
    let month = |((store, month), (receipts, total)): ((&str, &str), (u64, Decimal))| Turnover {
        store: store.to_owned(),
        month: month.to_owned(),
        currency: "SEK".to_owned(),
        receipts: receipts + 1,
        total: total + Decimal::ONE,
        receipts_sent: receipts,
        total_sent: total,
    };
    let count = |of: fn(&Contact) -> usize| contacts.iter().map(of).sum();
    let vouchers = || contacts.iter().flat_map(|contact| &contact.vouchers);
    let worth: Decimal = vouchers().map(|voucher| voucher.value).sum();
    Manifest {
        version: 1,
        stamp: STAMP.to_owned(),
        scope: Scope::Full,
        mapping: String::new(),
        inputs: Vec::new(),
        tallies: [
            (Entity::Contacts, tally(contacts.len())),
            (Entity::Receipts, tally(count(|contact| contact.receipts.len()))),
            (Entity::Points, tally(count(|contact| contact.points.len()))),
            (Entity::Vouchers, tally(count(|contact| contact.vouchers.len()))),
        ]
        .into(),
        files: vec![file],
        turnover: turnover.into_iter().map(month).collect(),
        identifiers,
        points: contacts.iter().flat_map(|contact| &contact.points).sum(),
        vouchers: VoucherSum {
            count: vouchers().count() as u64,
            used: 0,
            value: BTreeMap::from([("SEK".to_owned(), worth)]),
        },
    }
}

fn write_index(folder: &Folder, contacts: &[Contact]) {
    let index = |entity| Index::create(Some(&folder.index(entity)), entity).unwrap();
    let [mut people, mut receipts, mut points, mut vouchers] =
        [Entity::Contacts, Entity::Receipts, Entity::Points, Entity::Vouchers].map(index);
    let digest = KeyDigest::of("test", "");
    for (place, contact) in contacts.iter().enumerate() {
        let at = RowAt { file: 0, row: place as u64 + 2 };
        let key = contact.key.as_str();
        people.write("one.csv", at, digest, &[key, key, "", &contact.identifiers.join(" ")]).unwrap();
        for receipt in &contact.receipts {
            let total = receipt.total.to_string();
            let values = [&receipt.id, key, receipt.store, receipt.month, "SEK", &total, "1"];
            receipts.write("one.csv", at, digest, &values).unwrap();
        }
        for amount in &contact.points {
            points.write("one.csv", at, digest, &[key, &amount.to_string()]).unwrap();
        }
        for voucher in &contact.vouchers {
            let (code, value) = (voucher.code.as_deref().unwrap_or(""), voucher.value.to_string());
            vouchers.write("one.csv", at, digest, &[key, code, "0", &value, "SEK"]).unwrap();
        }
    }
    [people, receipts, points, vouchers].into_iter().for_each(|index| index.finish().unwrap());
}
