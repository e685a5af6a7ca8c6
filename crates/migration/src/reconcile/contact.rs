//! What Engage has of one contact, read with as few requests as tell it.

use engage::call::{
    Find, FindBy, Found as Match, VoucherList, contact_transactions, find_contact, point_accounts,
    point_transactions, read_contact, vouchers,
};
use engage::limits::TRANSACTIONS_PER_PAGE;
use engage::model::{Contact, ContactId, Page, PointTransaction, Text, Transaction, Voucher};
use engage::{Call, Failure};
use rust_decimal::Decimal;

use super::expected::Expected;
use super::reader::{Reader, is_of_contact};
use super::{Error, Key, Options};

/// Pages of one list that are read: a hundred thousand rows.
const PAGES_MAX: u64 = 1_000;

/// A contact as Engage has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Not at all.
    Nobody,
    /// More than once.
    Several(usize),
    /// Engage doesn't tell.
    Unreadable(String),
    /// Once.
    One(Box<Person>),
}

/// What a contact has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The identifiers that it has.
    pub identifiers: Vec<String>,
    /// Its receipts.
    pub transactions: Vec<Transaction>,
    /// Its points, where they were asked for.
    pub points: Option<Points>,
    /// Its vouchers, where they were asked for.
    pub vouchers: Vec<Voucher>,
}

/// A contact's points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Points {
    /// What it owns now.
    pub balance: Decimal,
    /// What happened, where the balance isn't what was sent.
    pub booked: Vec<PointTransaction>,
}

/// Reads a contact with all that it should have.
///
/// # Errors
/// When Engage doesn't answer, or doesn't let this key read.
pub async fn read(reader: &Reader<'_>, expected: &Expected, options: &Options) -> Result<Found, Error> {
    match person(reader, expected, options).await {
        Err(failure) if is_of_contact(&failure) => Ok(Found::Unreadable(failure.to_string())),
        answer => answer.map_err(Error::Engage),
    }
}

async fn person(reader: &Reader<'_>, expected: &Expected, options: &Options) -> Result<Found, Failure> {
    let Some(key) = Text::new(expected.key.as_str()) else { return Ok(Found::Nobody) };
    let by = match options.key {
        // Whichever of the two the tenant is set up for (fact C-10).
        Key::MemberNumber | Key::ExternalId => FindBy::CustomKey(key),
        Key::Email => FindBy::Email(key),
        Key::MobilePhone => FindBy::MobilePhone(key),
        Key::SocialSecurityNumber => FindBy::SocialSecurityNumber(key),
    };
    let find = Find { by, contact_type: Some(options.contact_type.clone()) };
    let id = match reader.read(&find_contact(&find)).await? {
        Match::One(id) => id,
        Match::None => return Ok(Found::Nobody),
        Match::Several(ids) => return Ok(Found::Several(ids.len())),
    };
    let mut person = Person::default();
    if !expected.identifiers.is_empty() {
        person.identifiers = identifiers(&reader.read(&read_contact(&id)).await?);
    }
    person.transactions = pages(reader, |offset, count| contact_transactions(&id, offset, count)).await?;
    if let Some(sent) = expected.points {
        person.points = Some(points(reader, &id, sent).await?);
    }
    if !expected.vouchers.is_empty() {
        let list = |offset, count| vouchers(&id, VoucherList::All, offset, count);
        person.vouchers = pages(reader, list).await?;
    }
    Ok(Found::One(Box::new(person)))
}

/// The names of the identifiers that a contact has.
fn identifiers(contact: &Contact) -> Vec<String> {
    let all = [
        ("email", contact.email.is_some()),
        ("externalId", contact.external_id.is_some()),
        ("memberNumber", contact.member_number.is_some()),
        ("mobilePhone", contact.mobile_phone.is_some()),
        ("socialSecurityNumber", contact.has_social_security_number),
    ];
    all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name.to_owned()).collect()
}

/// A balance, and what made it where it isn't what was sent: then live receipts may have earned, or points expired.
async fn points(reader: &Reader<'_>, id: &ContactId, sent: Decimal) -> Result<Points, Failure> {
    let accounts = reader.read(&point_accounts(id)).await?;
    let mut points =
        Points { balance: accounts.iter().map(|account| account.balance).sum(), booked: Vec::new() };
    if points.balance != sent {
        for account in &accounts {
            let list = |offset, count| point_transactions(&account.id, offset, count);
            points.booked.extend(pages(reader, list).await?);
        }
    }
    Ok(points)
}

/// All rows of a list that comes in pages.
async fn pages<T>(reader: &Reader<'_>, page: impl Fn(u64, u32) -> Call<Page<T>>) -> Result<Vec<T>, Failure> {
    let mut rows = Vec::new();
    for _ in 0..PAGES_MAX {
        let next = reader.read(&page(rows.len() as u64, TRANSACTIONS_PER_PAGE)).await?;
        // Where the list doesn't tell how many there are, a page that isn't full is the last.
        let full = next.items.len() >= TRANSACTIONS_PER_PAGE as usize;
        let (total, some) = (next.total_count, !next.items.is_empty());
        rows.extend(next.items);
        let more = total.map_or(full, |total| (rows.len() as u64) < total);
        if !(some && more) {
            break;
        }
    }
    Ok(rows)
}
