//! Points by file (facts M-19 to M-22).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

use super::FileKind;
use super::outcome::Tally;
use super::people::{self, KeyType};
use super::table::{self, Table};
use super::xml::{self, Root};
use crate::findings::{Note, Rule};
use crate::points::{self, AMOUNT_MAX, DEFINITION, PointSource, PointTransaction};
use crate::switches::PointsFileRepeated;
use crate::world::World;

const COLUMNS: [&str; 12] = [
    "Key",
    "KeyType",
    "PointDefinitionId",
    "Amount",
    "TransactionType",
    "TransactionDate",
    "CreatedOn",
    "ValidTo",
    "CreatedBy",
    "Description",
    "Source",
    "ExpireAfterMonthsInactive",
];
const MANDATORY: [&str; 6] =
    ["Key", "KeyType", "PointDefinitionId", "Amount", "TransactionType", "TransactionDate"];
/// The XML's root is not public; its nodes are.
const ROOT: Root = Root { name: "pointtransactions", namespace: None, record: "pointtransaction" };
/// Most months of inactivity after which points end.
const MONTHS_MAX: i32 = 1_200;

pub(super) fn import_csv(world: &mut World, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
    let table = Table::read(bytes, &world.settings.columns_of(FileKind::Points))?;
    table.must_have(&MANDATORY)?;
    tally.notes(table.others(&COLUMNS).map(|column| Note::at(Rule::FileUnknownColumn, column)));
    let mut first = None;
    for row in table.rows() {
        import_row(world, &mut first, row.number, |column| row.get(column), tally);
    }
    Ok(())
}

pub(super) fn import_xml(world: &mut World, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
    let mut first = None;
    xml::records(bytes, &ROOT, |number, _, node| {
        let get = |column: &str| {
            let child = node.children.iter().find(|child| child.name.eq_ignore_ascii_case(column));
            child.map_or("", |child| child.text())
        };
        import_row(world, &mut first, number, get, tally);
    })
}

fn import_row<'a>(
    world: &mut World,
    first: &mut Option<KeyType>,
    number: u64,
    get: impl Fn(&str) -> &'a str,
    tally: &mut Tally,
) {
    let at = tally.at();
    let named = KeyType::named(get("KeyType"));
    // Whatever a later row says, the first one's is used (fact M-20).
    *first = first.or(named);
    let Some(key_type) = *first else { return tally.ignore(number, 1, "badKeyType") };
    if named != Some(key_type) {
        tally.note(Note::at(Rule::FileMixedKeys, "KeyType"));
    }
    let booking = match read(world, &get, at) {
        Ok(booking) => booking,
        Err(because) => return tally.ignore(number, 1, because),
    };
    let key = get("Key");
    let contact = match (people::find(world, key_type, key), key_type) {
        (Some(contact), _) => contact,
        (None, _) if key.is_empty() => return tally.ignore(number, 1, "noKey"),
        (None, KeyType::ContactId) => return tally.ignore(number, 1, "unknownContact"),
        (None, KeyType::By(kind)) => match people::default_type(world) {
            Some(contact_type) => {
                tally.created();
                people::create_bare(world, contact_type, kind, key, at)
            }
            None => return tally.ignore(number, 1, "unknownContact"),
        },
    };
    if world.switches.points_file_repeated == PointsFileRepeated::Ignored
        && is_there(world, contact, &booking)
    {
        return tally.ignore(number, 1, "exists");
    }
    let booking = PointTransaction { id: world.ids.next(), ..booking };
    points::book(world, contact, booking);
    tally.made(1);
}

/// The booking of a row; its id is not given yet.
fn read<'a>(
    world: &World,
    get: &impl Fn(&str) -> &'a str,
    at: Timestamp,
) -> Result<PointTransaction, &'static str> {
    let amount =
        table::decimal(get("Amount")).filter(|amount| amount.abs() <= AMOUNT_MAX).ok_or("badAmount")?;
    let source = match get("TransactionType").to_ascii_lowercase().as_str() {
        "purchase" => PointSource::Purchase,
        "return" => PointSource::Return,
        "adjustment" => PointSource::Adjustment,
        "rewardvoucher" => PointSource::RewardVoucher,
        _ => return Err("badTransactionType"),
    };
    let definition = get("PointDefinitionId");
    if !definition.is_empty() && definition != DEFINITION.to_string() {
        return Err("unknownDefinition");
    }
    let happened = in_utc(get("TransactionDate")).ok_or("badTransactionDate")?;
    let (valid_to, months) = (get("ValidTo"), get("ExpireAfterMonthsInactive"));
    if !valid_to.is_empty() && !months.is_empty() {
        return Err("twoEnds");
    }
    let valid_to = if valid_to.is_empty() { None } else { Some(in_utc(valid_to).ok_or("badValidTo")?) };
    let months = if months.is_empty() {
        None
    } else {
        let months = months.parse().ok().filter(|months| (1..=MONTHS_MAX).contains(months));
        Some(months.ok_or("badMonths")?)
    };
    let end = months.map(|months: i32| {
        let day = world.settings.time_zone.date(happened).saturating_add(months.months());
        world.settings.time_zone.start_of(day)
    });
    Ok(PointTransaction {
        description: get("Description").to_owned(),
        valid_from: happened,
        valid_to: valid_to.or(end),
        happened: Some(happened),
        lasts_while_active: months.is_some(),
        ..PointTransaction::at(at, Uuid::nil(), amount, source)
    })
}

/// A time in UTC, whether it says so or not (fact M-19).
fn in_utc(text: &str) -> Option<Timestamp> {
    let local = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    table::instant(text).or_else(local)
}

/// Whether the contact has a booking that cannot be told from this one.
fn is_there(world: &World, contact: Uuid, booking: &PointTransaction) -> bool {
    let same = |one: &PointTransaction| {
        (one.amount, one.source, one.happened, one.valid_to)
            == (booking.amount, booking.source, booking.happened, booking.valid_to)
            && one.description == booking.description
    };
    world.points.get(contact).is_some_and(|account| account.transactions.iter().any(same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_in_utc() {
        let expected: Timestamp = "2025-03-01T10:00:00Z".parse().unwrap();
        for text in ["2025-03-01T10:00:00Z", "2025-03-01T11:00:00+01:00", "2025-03-01 10:00:00.000"] {
            assert_eq!(in_utc(text), Some(expected), "{text}");
        }
        assert_eq!(in_utc("1 March"), None);
    }
}
