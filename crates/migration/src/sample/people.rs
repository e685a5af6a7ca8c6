//! The sample's customers: each is a function of the seed and her place in the export.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::World;
use super::chance::{Chance, Of};
use super::fault::{Effect, Fault};
use crate::Entity;

/// The columns of her file.
pub(super) const COLUMNS: [&str; 14] = [
    "KUNDNR",
    "FORNAMN",
    "EFTERNAMN",
    "EPOST",
    "MOBIL",
    "FODD",
    "KON",
    "GATA",
    "POSTNR",
    "ORT",
    "LAND",
    "NYHETSBREV",
    "SMS",
    "PERSONNR",
];

/// The first customer's number: seven digits, which no phone has.
const FIRST_KEY: u64 = 5_000_000;
/// The first number of those whom the export doesn't have.
const FIRST_STRANGER: u64 = 8_000_000;
/// How far back one is looked for whose address or number somebody repeats.
const REPEATED_WITHIN: u64 = 1_000;
/// How many days of birth there are, from the first of 1940.
const BIRTH_DAYS: u64 = 24_000;

const FIRST_NAMES: [&str; 24] = [
    "Ada", "Åsa", "Björn", "Märta", "Örjan", "Elsa", "Nils", "Karin", "Søren", "Ingrid", "Päivi", "Jörgen",
    "Lovisa", "Håkan", "Aino", "Magnus", "Sigrid", "Åke", "Linnéa", "Oskar", "Tuula", "Kåre", "Ebba",
    "Vidar",
];
const LAST_NAMES: [&str; 20] = [
    "Lind",
    "Öberg",
    "Sjögren",
    "Åkesson",
    "Berg",
    "Hållén",
    "Nyström",
    "Ødegård",
    "Virtanen",
    "Hämäläinen",
    "Dahl",
    "Björk",
    "Engström",
    "Holm",
    "Löfgren",
    "Ström",
    "Ek",
    "Norén",
    "Ås",
    "Mäkinen",
];
const STREETS: [&str; 8] = [
    "Storgatan",
    "Kungsgatan",
    "Ängsvägen",
    "Björkvägen",
    "Östra Hamngatan",
    "Skolgatan",
    "Mannerheimvägen",
    "Kirkegata",
];
/// Countries with the town and the postal code of it.
const SWEDEN: [(&str, &str); 4] =
    [("Stockholm", "111 22"), ("Göteborg", "411 03"), ("Malmö", "211 20"), ("Umeå", "903 26")];

/// A customer as she should stand in the export, and what is wrong there.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) cells: [String; 14],
    pub(super) fault: Option<Fault>,
    faulty: [String; 14],
}

impl Person {
    /// The customer at a place.
    pub(super) fn at(world: &World<'_>, index: u64) -> Self {
        let cells = cells(world, index);
        let mut faulty = cells.clone();
        let fault = fault(world, index).filter(|fault| spoil(world, index, *fault, &mut faulty));
        Self { cells, fault, faulty }
    }

    /// Her row as the export has it.
    pub(super) fn as_exported(&self) -> &[String; 14] {
        &self.faulty
    }

    /// Which identifiers Engage is sent of her, if she is sent.
    pub(super) fn identifiers(&self) -> impl Iterator<Item = &'static str> {
        let email = (!self.cells[3].is_empty() && self.fault != Some(Fault::BadEmail)).then_some("email");
        let phone =
            (!self.cells[4].is_empty() && self.fault != Some(Fault::BadPhone)).then_some("mobilePhone");
        let number = (!self.cells[13].is_empty()).then_some("socialSecurityNumber");
        [Some("memberNumber"), email, phone, number].into_iter().flatten()
    }
}

/// The number of the customer at a place.
pub(super) fn key(index: u64) -> String {
    (FIRST_KEY + index).to_string()
}

/// A number that no customer has.
pub(super) fn strangers_key(index: u64) -> String {
    (FIRST_STRANGER + index).to_string()
}

/// A customer whom Engage gets, from a place on; the first one where there is none.
pub(super) fn accepted_from(world: &World<'_>, start: u64) -> u64 {
    let contacts = world.options.contacts.max(1);
    let accepted = |index: &u64| fault(world, *index).is_none_or(|fault| fault.effect() == Effect::Warned);
    (start..contacts).chain(0..start).find(accepted).unwrap_or(0)
}

fn fault(world: &World<'_>, index: u64) -> Option<Fault> {
    world.options.faults.draw(world.options.seed, Entity::Contacts, index)
}

/// Makes the fault; false where it can't be made of this one.
fn spoil(world: &World<'_>, index: u64, fault: Fault, cells: &mut [String; 14]) -> bool {
    // Somebody before her who is as she should be, and has what is to be repeated.
    let earlier = |column: usize| {
        let before = (index.saturating_sub(REPEATED_WITHIN)..index).rev();
        let mut right = before.filter(|other| self::fault(world, *other).is_none());
        right.find_map(|other| {
            Some(std::mem::take(&mut self::cells(world, other)[column])).filter(|cell| !cell.is_empty())
        })
    };
    let (column, value) = match fault {
        Fault::BadEmail if cells[3].is_empty() => return false,
        Fault::BadEmail => (3, cells[3].replace('@', "(at)")),
        Fault::BadPhone if cells[4].is_empty() => return false,
        // Too short in Sweden, which it names: Finland has shorter ones.
        Fault::BadPhone => (4, "+46 70-12".to_owned()),
        Fault::FutureBirthDay => (5, format!("{}0412", world.options.until.year() + 40)),
        Fault::Semicolon | Fault::TooManyCells => (7, format!("{}; lgh 1101", cells[7])),
        Fault::RepeatedEmail => match earlier(3) {
            Some(email) => (3, email),
            None => return false,
        },
        Fault::RepeatedKey => match earlier(0) {
            Some(key) => (0, key),
            None => return false,
        },
        Fault::MissingKey => (0, String::new()),
        // The others are no customer's.
        _ => return false,
    };
    cells[column] = value;
    true
}

fn cells(world: &World<'_>, index: u64) -> [String; 14] {
    let mut chance = Chance::of(world.options.seed, Of::Person, index);
    let (first, last) = (*chance.pick(&FIRST_NAMES), *chance.pick(&LAST_NAMES));
    let country = match chance.below(20) {
        0 => "FI",
        1 => "NO",
        _ => "SE",
    };
    let (town, postal_code) = match country {
        "FI" => ("Helsingfors", "00100"),
        "NO" => ("Oslo", "0150"),
        _ => *chance.pick(&SWEDEN),
    };
    let email = match chance.one_in(12) {
        true => String::new(),
        false => format!("{}.{}{index}@example.com", plain(first), plain(last)),
    };
    // Somebody who has no address has a phone, so that everybody can be reached.
    let phone = match !email.is_empty() && chance.one_in(10) {
        true => String::new(),
        false => phone(&mut chance, country, index),
    };
    let born = birth_day(index);
    let consent = |chance: &mut Chance| if chance.one_in(3) { "N" } else { "J" }.to_owned();
    let personal_number = match world.options.personal_numbers && country == "SE" {
        true => personal_number(born, index / BIRTH_DAYS),
        false => String::new(),
    };
    [
        key(index),
        first.to_owned(),
        last.to_owned(),
        email,
        phone,
        born.strftime("%Y%m%d").to_string(),
        chance.pick(&["K", "M", ""]).to_string(),
        format!("{} {}", chance.pick(&STREETS), 1 + chance.below(99)),
        postal_code.to_owned(),
        town.to_owned(),
        country.to_owned(),
        consent(&mut chance),
        consent(&mut chance),
        personal_number,
    ]
}

/// A number as one of the many who typed them wrote it; everybody's is another one.
fn phone(chance: &mut Chance, country: &str, index: u64) -> String {
    // A prime step visits each number of seven digits once; nobody has the one of noughts only.
    let digits = format!("{:07}", (index + 1) % 10_000_000 * 1_299_709 % 10_000_000);
    let (a, b, c) = (&digits[..3], &digits[3..5], &digits[5..]);
    match country {
        "FI" => format!("+358 40 {digits}"),
        "NO" => format!("+47 9{digits}"),
        _ => {
            let operator = chance.pick(&["70", "72", "73", "76", "79"]);
            match chance.below(5) {
                0 => format!("0{operator}-{a} {b} {c}"),
                1 => format!("0{operator}{digits}"),
                2 => format!("+46{operator}{digits}"),
                3 => format!("0046 {operator} {a} {b} {c}"),
                _ => format!("+46 (0){operator}-{a}{b}{c}"),
            }
        }
    }
}

fn birth_day(index: u64) -> Date {
    let days = i64::try_from(index * 7_919 % BIRTH_DAYS).expect("days of a life");
    date(1940, 1, 1).checked_add(days.days()).expect("a day of the last century or this one")
}

/// A Swedish personal identity number with its check digit: the nth of a day.
fn personal_number(born: Date, nth: u64) -> String {
    let digits = format!("{}{:03}", born.strftime("%y%m%d"), 100 + nth % 900);
    let sum: u32 = digits
        .chars()
        .enumerate()
        .map(|(at, digit)| {
            let doubled = digit.to_digit(10).unwrap_or(0) * if at % 2 == 0 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    format!("{}-{:03}{}", born.strftime("%Y%m%d"), 100 + nth % 900, (10 - sum % 10) % 10)
}

/// A name in the letters of an address.
fn plain(name: &str) -> String {
    let plain = |letter: char| match letter {
        'å' | 'ä' | 'Å' | 'Ä' => 'a',
        'ö' | 'ø' | 'Ö' | 'Ø' => 'o',
        'é' => 'e',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(plain).collect()
}
