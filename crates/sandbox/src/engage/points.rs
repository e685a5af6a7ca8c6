//! Points by call: what was booked, and booking more, in version 3 and in version 2 (facts P-75, P-76).
//!
//! In version 2 an account's id is a whole number (fact P-03): that of its contact in the order of creation.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Asked, Refusal, loyalty, object, reading};
use crate::contacts::Contact;
use crate::effect::Answer;
use crate::money::number;
use crate::points::{self, DEFINITION};
use crate::profile::Problem;
use crate::switches::{PointTransactionsAt, RepeatedTransaction, TransactionItems};
use crate::transactions::{self, Filter, Wanted};
use crate::world::World;
use crate::{fields, lint};

/// Most rows of one call in version 2 (fact P-76).
const ROWS_MAX: usize = 1_000;
/// For how long version 2 remembers an idempotency key (fact P-76).
const KEY_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Most keys that are remembered; beyond, the oldest is forgotten.
const KEYS_MAX: usize = 10_000;

/// The calls about points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call<'a> {
    List(Place),
    Add(Place),
    ListV2,
    AddV2,
    OneV2(&'a str),
    AccountsV2,
    AccountV2(&'a str),
    BonusTransactions(&'a str),
    Reward(&'a str),
}

/// Under which path version 3 has transactions (fact P-76).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    PointTransactions,
    PointAccounts,
}

impl Place {
    fn is_there(self, world: &World) -> bool {
        match world.switches.point_transactions_at {
            PointTransactionsAt::Both => true,
            PointTransactionsAt::PointTransactionsOnly => self == Place::PointTransactions,
            PointTransactionsAt::PointAccountsOnly => self == Place::PointAccounts,
        }
    }
}

impl<'a> Call<'a> {
    /// The call that a method and the segments of a path mean.
    pub(super) fn of(method: &str, segments: &[&'a str]) -> Option<Call<'a>> {
        Some(match (method, segments) {
            ("GET", ["v3", "point-transactions"]) => Call::List(Place::PointTransactions),
            ("POST", ["v3", "point-transactions"]) => Call::Add(Place::PointTransactions),
            ("GET", ["v3", "point-accounts", "transactions"]) => Call::List(Place::PointAccounts),
            ("POST", ["v3", "point-accounts", "transactions"]) => Call::Add(Place::PointAccounts),
            ("GET", ["v2", "point-accounts", "transactions"]) => Call::ListV2,
            ("POST", ["v2", "point-accounts", "transactions"]) => Call::AddV2,
            ("GET", ["v2", "point-accounts", "transactions", id]) => Call::OneV2(id),
            ("GET", ["v2", "point-accounts"]) => Call::AccountsV2,
            ("GET", ["v2", "point-accounts", id]) if id.bytes().all(|b| b.is_ascii_digit()) => {
                Call::AccountV2(id)
            }
            ("GET", ["v2", "contacts", id, "bonuspointtransactions"]) => Call::BonusTransactions(id),
            ("POST", ["v2", "contacts", id, "rewardpointtransaction"]) => Call::Reward(id),
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Call::List(Place::PointTransactions) => "GET /api/v3/point-transactions",
            Call::List(Place::PointAccounts) => "GET /api/v3/point-accounts/transactions",
            Call::Add(Place::PointTransactions) => "POST /api/v3/point-transactions",
            Call::Add(Place::PointAccounts) => "POST /api/v3/point-accounts/transactions",
            Call::ListV2 => "GET /api/v2/point-accounts/transactions",
            Call::AddV2 => "POST /api/v2/point-accounts/transactions",
            Call::OneV2(_) => "GET /api/v2/point-accounts/transactions/{id}",
            Call::AccountsV2 => "GET /api/v2/point-accounts",
            Call::AccountV2(_) => "GET /api/v2/point-accounts/{accountId}",
            Call::BonusTransactions(_) => "GET /api/v2/contacts/{contactId}/bonuspointtransactions",
            Call::Reward(_) => "POST /api/v2/contacts/{contactId}/rewardpointtransaction",
        }
    }

    pub(super) fn parameters(self) -> &'static [&'static str] {
        match self {
            Call::List(_) | Call::ListV2 => {
                &["accountId", "contactId", "definitionId", "filter", "offset", "count"]
            }
            Call::AccountsV2 => &["contactId"],
            Call::BonusTransactions(_) => &["offset", "count"],
            Call::Add(_) | Call::AddV2 | Call::OneV2(_) | Call::AccountV2(_) | Call::Reward(_) => &[],
        }
    }

    pub(super) fn answer(self, world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
        match self {
            Call::List(place) | Call::Add(place) if !place.is_there(world) => Ok(loyalty::no_such_path()),
            Call::List(_) => list(world, asked, Version::V3),
            Call::Add(_) => add(world, asked),
            Call::ListV2 => list(world, asked, Version::V2),
            Call::AddV2 => add_rows(world, asked),
            Call::OneV2(id) => one(world, asked, id),
            Call::AccountsV2 => accounts(world, asked),
            Call::AccountV2(id) => account(world, asked, id),
            Call::BonusTransactions(id) => bonus_transactions(world, asked, id),
            Call::Reward(id) => reward(world, asked, id),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V2,
    V3,
}

/// An account's id in version 2.
fn account_number(world: &World, contact: Uuid) -> Value {
    Value::from(world.contacts.number(contact))
}

fn no_account() -> Refusal {
    Refusal::new(404, "PointAccountNotFound", "The point account was not found.")
}

fn invalid(field: &str, what: &str) -> Refusal {
    Refusal::invalid(400, vec![Problem::of(field, what)])
}

/// The contact of an account's id, in either version's form, if it has an account.
fn holder_of<'a>(world: &'a World, asked: &Asked<'_>, account: &str) -> Result<&'a Contact, Refusal> {
    let contact = match (Uuid::try_parse(account), account.parse()) {
        (Ok(id), _) => Some(points::account_id(id)),
        (Err(_), Ok(number)) => world.contacts.numbered(number).map(|contact| contact.id),
        (Err(_), Err(_)) => None,
    };
    let contact = contact.ok_or_else(no_account)?.to_string();
    let contact = reading::visible(world, asked, &contact).map_err(|_| no_account())?;
    points::answered(world, contact, asked.moment.at).map(|_| contact).ok_or_else(no_account)
}

/// Whose transactions are asked for: of an account, else of a contact and a kind of points (fact P-75).
fn asked_for<'a>(world: &'a World, asked: &Asked<'_>) -> Result<&'a Contact, Refusal> {
    if let Some(account) = asked.query.filled("accountId") {
        return holder_of(world, asked, account);
    }
    let contact = asked.query.filled("contactId");
    let contact = contact.ok_or_else(|| invalid("accountId", "or contactId is required"))?;
    if asked.query.filled("definitionId").is_some_and(|id| id != DEFINITION.to_string()) {
        return Err(Refusal::new(404, "PointDefinitionNotFound", "The point definition was not found."));
    }
    loyalty::holder(world, asked, contact)?.ok_or_else(no_account)
}

fn filter(asked: &Asked<'_>) -> Result<Filter, Refusal> {
    let named = Value::from(asked.query.filled("filter").unwrap_or("All"));
    match fields::word(&named, &["All", "Active", "Pending"]) {
        Some("All") => Ok(Filter::All),
        Some("Active") => Ok(Filter::Active),
        Some(_) => Ok(Filter::Pending),
        None => Err(invalid("filter", "is not All, Active or Pending")),
    }
}

fn list(world: &World, asked: &Asked<'_>, version: Version) -> Result<Answer, Refusal> {
    let (offset, count) = reading::page(asked)?;
    let filter = filter(asked)?;
    let contact = asked_for(world, asked)?;
    let id = match version {
        Version::V2 => account_number(world, contact.id),
        Version::V3 => json!(points::account_id(contact.id)),
    };
    let account = world.points.get(contact.id);
    let all = account.map(|account| transactions::listed(account, filter, asked.moment.at));
    let all = all.unwrap_or_default();
    let items: Vec<Value> = all.iter().skip(offset).take(count).map(|one| one.answered(&id)).collect();
    let name = match (version, world.switches.transaction_items) {
        (Version::V3, TransactionItems::Capital) => "Items",
        (Version::V2, _) | (Version::V3, TransactionItems::Small) => "items",
    };
    let mut page = json!({ "totalCount": all.len(), "offset": offset, "count": items.len(), "links": [] });
    page[name] = Value::from(items);
    Ok(Answer::json(200, &page))
}

/// `POST /api/v3/point-transactions`, answered without a body.
fn add(world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let body = object(asked)?;
    let troubles = fields::inspect(&body, fields::POINT_TRANSACTION, &[]);
    asked.notes.extend(lint::troubles(&troubles));
    let problems: Vec<Problem> = troubles.iter().filter(|one| one.refuses()).map(Problem::from).collect();
    if !problems.is_empty() {
        return Err(Refusal::invalid(400, problems));
    }
    let text = |name: &str| body.get(name).and_then(fields::text).unwrap_or_default();
    let contact = holder_of(world, asked, &text("accountId"))?.id;
    let id = text("transactionId");
    let id = match id.as_str() {
        "" => None,
        id => Some(Uuid::try_parse(id).map_err(|_| invalid("transactionId", "is not valid"))?),
    };
    let known = id.is_some_and(|id| is_booked(world, contact, id));
    if known && world.switches.repeated_transaction == RepeatedTransaction::Ignored {
        return Ok(Answer::empty(202));
    }
    let wanted = Wanted::read(&body, contact).map_err(|what| Refusal::invalid(400, vec![problem(what)]))?;
    let amount = match fields::word(&body["transactionType"], &["Addition", "Deduction"]) {
        Some("Deduction") => -wanted.amount.abs(),
        _ => wanted.amount,
    };
    // Two bookings of one id are told apart by an id of the sandbox's own.
    let wanted = Wanted { id: id.filter(|_| !known), amount, ..wanted };
    transactions::add(world, wanted, asked.moment.at);
    Ok(Answer::empty(202))
}

fn is_booked(world: &World, contact: Uuid, id: Uuid) -> bool {
    world.points.get(contact).is_some_and(|account| account.transactions.iter().any(|one| one.id == id))
}

/// A problem that is said as a whole sentence.
fn problem(what: &str) -> Problem {
    let (field, what) = what.split_once(' ').unwrap_or((what, ""));
    Problem::of(field, what)
}

/// What version 2 answered to an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    at: Timestamp,
    answer: String,
}

/// `POST /api/v2/point-accounts/transactions`: rows that are wrong are left out, and the call succeeds all the same.
fn add_rows(world: &mut World, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let at = asked.moment.at;
    world.remembered.retain(|_, one| at.duration_since(one.at) < KEY_KEPT);
    let api_key = asked.request.get("apikey").unwrap_or_default();
    let key = asked.request.get("idempotency-key").filter(|key| !key.is_empty());
    let key = key.map(|key| format!("{api_key} {key}"));
    if let Some(one) = key.as_ref().and_then(|key| world.remembered.get(key)) {
        let answer: Value = serde_json::from_str(&one.answer).unwrap_or_default();
        return Ok(Answer::json(200, &answer));
    }
    let rows: Vec<Value> = serde_json::from_slice(&asked.request.body)
        .map_err(|_| Refusal::new(400, "InvalidJson", "The body is not a JSON array."))?;
    if rows.len() > ROWS_MAX {
        return Err(Refusal::new(400, "TooManyTransactions", "There are too many transactions."));
    }
    let mut left_out = LeftOut::default();
    for row in rows {
        if let Err(why) = add_row(world, asked, &row) {
            left_out.note(&row, why);
        }
    }
    let answer = left_out.answered();
    if let Some(key) = key {
        if world.remembered.len() >= KEYS_MAX {
            let oldest = world.remembered.iter().min_by_key(|(_, one)| one.at).map(|(key, _)| key.clone());
            oldest.map(|oldest| world.remembered.remove(&oldest));
        }
        world.remembered.insert(key, Remembered { at, answer: answer.to_string() });
    }
    Ok(Answer::json(200, &answer))
}

/// Why a row is left out.
enum Why {
    Contact,
    Definition,
    Other(&'static str),
}

fn add_row(world: &mut World, asked: &Asked<'_>, row: &Value) -> Result<(), Why> {
    let row = row.as_object().ok_or(Why::Other("a row is not an object"))?;
    let contact = row.get("contactId").and_then(Value::as_str).unwrap_or_default();
    let contact = reading::visible(world, asked, contact).map_err(|_| Why::Contact)?.id;
    if row.get("definitionId").and_then(fields::text).is_none_or(|id| id != DEFINITION.to_string()) {
        return Err(Why::Definition);
    }
    let wanted = Wanted::read(row, contact).map_err(Why::Other)?;
    transactions::add(world, wanted, asked.moment.at);
    Ok(())
}

#[derive(Default)]
struct LeftOut {
    rows: Vec<Value>,
    messages: Vec<&'static str>,
    definitions: Vec<Value>,
    contacts: Vec<Value>,
}

impl LeftOut {
    fn note(&mut self, row: &Value, why: Why) {
        self.rows.push(row.clone());
        match why {
            Why::Contact => self.contacts.push(row["contactId"].clone()),
            Why::Definition => self.definitions.push(row["definitionId"].clone()),
            Why::Other(what) => self.messages.push(what),
        }
    }

    fn answered(self) -> Value {
        json!({
            "notAccepted": self.rows,
            "errorMessages": self.messages,
            "missingDefinitionIds": self.definitions,
            "missingContactIds": self.contacts,
        })
    }
}

fn one(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let unknown = || Refusal::new(404, "PointTransactionNotFound", "The point transaction was not found.");
    let id = Uuid::try_parse(id).map_err(|_| unknown())?;
    let found = world.points.rows().find_map(|account| {
        let all = transactions::listed(account, Filter::All, asked.moment.at);
        let one = all.iter().find(|one| one.id == id)?;
        Some(one.answered(&account_number(world, account.contact)))
    });
    Ok(Answer::json(200, &found.ok_or_else(unknown)?))
}

fn accounts(world: &World, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let holder = loyalty::holder(world, asked, asked.query.get("contactId").unwrap_or_default())?;
    let account = holder.and_then(|contact| answered(world, contact, asked));
    let items: Vec<Value> = account.into_iter().collect();
    let count = items.len();
    let page = json!({ "items": items, "totalCount": count, "offset": 0, "count": count, "links": [] });
    Ok(Answer::json(200, &page))
}

fn account(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = holder_of(world, asked, id)?;
    Ok(Answer::json(200, &answered(world, contact, asked).ok_or_else(no_account)?))
}

/// An account in version 2.
fn answered(world: &World, contact: &Contact, asked: &Asked<'_>) -> Option<Value> {
    let mut account = points::answered(world, contact, asked.moment.at)?;
    account["id"] = account_number(world, contact.id);
    Some(account)
}

fn bonus_transactions(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = reading::visible(world, asked, id)?;
    let (offset, count) = reading::page(asked)?;
    let account = world.points.get(contact.id);
    let all = account.map(|account| transactions::listed(account, Filter::All, asked.moment.at));
    let all = all.unwrap_or_default();
    let written = |one: &transactions::Listed<'_>| {
        json!({
            "id": one.id,
            "amount": number(one.amount),
            "transactionDateTime": one.happened,
            "description": one.description,
            "type": one.type_word_v2(),
            "automationBonusAdjustmentReason": null,
        })
    };
    let items: Vec<Value> = all.iter().skip(offset).take(count).map(written).collect();
    let page = json!({ "items": items, "totalCount": all.len(), "offset": offset, "count": items.len() });
    Ok(Answer::json(200, &page))
}

/// `POST /api/v2/contacts/{contactId}/rewardpointtransaction`, which says no source.
fn reward(world: &mut World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = reading::visible(world, asked, id)?.id;
    let body = object(asked)?;
    let mut row = Map::from_iter([("source".to_owned(), Value::from("Manual"))]);
    row.extend(body.get("points").map(|points| ("amount".to_owned(), points.clone())));
    row.extend(body.get("description").map(|text| ("description".to_owned(), text.clone())));
    let wanted = Wanted::read(&row, contact)
        .map_err(|what| Refusal::invalid(400, vec![problem(&what.replace("amount", "points"))]))?;
    let at = asked.moment.at;
    transactions::add(world, wanted, at);
    let total = world.points.get(contact).map(|account| account.balance(at).active).unwrap_or_default();
    Ok(Answer::json(200, &json!({ "contactId": contact, "totalRewardPoints": number(total) })))
}
