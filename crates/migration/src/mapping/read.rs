//! A mapping from its text.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use jiff::tz::TimeZone;
use pos::money::Currency;
use pos::rates::{Rates, Row};
use pos::store::Country;

use super::document::{Document, Section, Setting};
use super::fields::{LINE_KINDS, fields_of, is_open, needed};
use super::problem::{did_you_mean, nearest};
use super::{
    ContactKey, ContactsBy, Format, From, Layout, Mapping, NumberForm, Part, PersonalNumbers, Problem,
    Retailer, Rule, Sftp, Stores, Table, Target, moment,
};
use crate::Entity;
use crate::source::{Encoding, Kind, Quote, Reading};

/// The version of the form.
pub(crate) const VERSION: u64 = 1;

/// The most files of a table, and the most rules.
const FILES_MAX: usize = 1_000;
const RULES_MAX: usize = 1_000;

/// The tables, in the order of work.
const TABLES: [(&str, Entity, Part); 6] = [
    ("stores", Entity::Stores, Part::Whole),
    ("contacts", Entity::Contacts, Part::Whole),
    ("receipts", Entity::Receipts, Part::Whole),
    ("receipt-lines", Entity::Receipts, Part::Lines),
    ("points", Entity::Points, Part::Whole),
    ("vouchers", Entity::Vouchers, Part::Whole),
];

/// What kinds are called where files for Engage are spoken of.
const KINDS: [(&str, Entity); 5] = [
    ("stores", Entity::Stores),
    ("contacts", Entity::Contacts),
    ("transactions", Entity::Receipts),
    ("points", Entity::Points),
    ("vouchers", Entity::Vouchers),
];

/// Where files go if nobody says (fact M-10).
const FOLDERS: [(Entity, &str); 5] = [
    (Entity::Stores, "/integration/storeImport"),
    (Entity::Contacts, "/integration/contactImport"),
    (Entity::Receipts, "/integration/transactionImport"),
    (Entity::Points, "/integration/pointTransactionImport"),
    (Entity::Vouchers, "/BonusCheckImport"),
];

pub(super) fn mapping(text: &str, folder: &Path) -> Result<Mapping, Vec<Problem>> {
    Document::read(text, |root| {
        root.only(&[
            "version",
            "retailer",
            "engage",
            "layouts",
            "stores",
            "contacts",
            "receipts",
            "receipt-lines",
            "points",
            "vouchers",
        ]);
        match root.get("version") {
            Some(version) if version.whole().is_some_and(|found| found != VERSION) => {
                version.problem(format!("this release reads version {VERSION}"));
            }
            Some(_) => {}
            None => root.missing("version", "begin the file with `version = 1`"),
        }
        let retailer = retailer(&root);
        let engage = target(&root, folder);
        let layouts = layouts(&root, engage.as_ref());
        let mut tables = Vec::new();
        for (name, entity, part) in TABLES {
            let Some(section) = root.section(name) else { continue };
            let zone = retailer.as_ref().map_or(TimeZone::UTC, |retailer| retailer.time_zone.clone());
            tables.extend(table(&section, entity, part, folder, zone));
        }
        name_files(&mut tables);
        let (retailer, engage) = (retailer?, engage?);
        check_whole(&root, &retailer, &engage, &tables);
        Some(Mapping { retailer, engage, tables, layouts, digest: digest(text) })
    })
}

/// A digest of what the text says, without its comments and the server.
fn digest(text: &str) -> String {
    let mut said: toml::Table = text.parse().unwrap_or_default();
    if let Some(toml::Value::Table(engage)) = said.get_mut("engage") {
        engage.remove("sftp");
    }
    blake3::hash(said.to_string().as_bytes()).to_hex().to_string()
}

fn retailer(root: &Section<'_, '_>) -> Option<Retailer> {
    let Some(section) = root.section("retailer") else {
        root.missing("retailer", "[retailer] says the country, the time zone and the currency");
        return None;
    };
    section.only(&[
        "country",
        "time-zone",
        "currency",
        "group-currency",
        "rates",
        "since",
        "personal-numbers",
    ]);
    for name in ["country", "time-zone", "currency"] {
        if section.get(name).is_none() {
            section.missing(name, "of values in the export that name none");
        }
    }
    let capitals = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_country = |text: &str| capitals(text) && Country::parse(text).is_ok();
    let currency = |name| {
        let is_one = |text: &str| capitals(text) && Currency::parse(text).is_ok();
        section.parsed(name, "a currency such as SEK", |text| is_one(text).then(|| text.to_owned()))
    };
    let country =
        section.parsed("country", "a country such as SE", |text| is_country(text).then(|| text.to_owned()));
    let time_zone =
        section.parsed("time-zone", "a zone such as Europe/Stockholm", |text| TimeZone::get(text).ok());
    let group = currency("group-currency");
    let currency = currency("currency");
    let since = section.parsed("since", "a date such as 2024-11-23", |text| text.parse().ok());
    let personal_numbers = match section.get("personal-numbers").and_then(|setting| setting.truth()) {
        Some(true) => PersonalNumbers::Allowed,
        Some(false) | None => PersonalNumbers::Refused,
    };
    let currency = currency?;
    let group_currency = group.unwrap_or_else(|| currency.clone());
    Some(Retailer {
        country: country?,
        time_zone: time_zone?,
        rates: rates(&section, &group_currency),
        group_currency,
        currency,
        since,
        personal_numbers,
    })
}

/// The dated table of rates, such as `EUR = { 2024-01-01 = 11.35 }`.
fn rates(retailer: &Section<'_, '_>, group: &str) -> Rates {
    let Some(table) = retailer.get("rates") else {
        return Rates::new(Currency::parse(group).ok(), Vec::new()).unwrap_or_default();
    };
    let mut rows = Vec::new();
    for setting in table.section().iter().flat_map(Section::all) {
        let Ok(currency) = Currency::parse(setting.name) else {
            setting.problem(format!("{:?} isn't a currency such as EUR", setting.name));
            continue;
        };
        for dated in setting.section().iter().flat_map(Section::all) {
            let rate = dated.scalar().and_then(|text| text.parse().ok());
            match (dated.name.parse(), rate) {
                (Ok(from), Some(rate)) => rows.push(Row { currency, from, rate }),
                (_, _) => {
                    dated.problem("this must be a day and its rate, such as 2024-01-01 = 11.35".to_owned())
                }
            }
        }
    }
    Rates::new(Currency::parse(group).ok(), rows).unwrap_or_else(|error| {
        table.problem(error.to_string());
        Rates::default()
    })
}

fn target(root: &Section<'_, '_>, folder: &Path) -> Option<Target> {
    let Some(section) = root.section("engage") else {
        root.missing(
            "engage",
            "[engage] says what receipts name their contact by: contact-key = \"memberNumber\"",
        );
        return None;
    };
    section.only(&[
        "contact-key",
        "contact-type",
        "contacts-by",
        "contacts-as",
        "receipts-as",
        "known-stores",
        "stores-exist",
        "folders",
        "sftp",
    ]);
    if section.get("contact-key").is_none() {
        section.missing("contact-key", "what receipts name their contact by, such as memberNumber");
    }
    let formats = [("csv", Format::Csv), ("xml", Format::Xml)];
    let ways = [("file", ContactsBy::File), ("bulk", ContactsBy::Bulk)];
    let mut folders = BTreeMap::from(FOLDERS.map(|(entity, path)| (entity, path.to_owned())));
    if let Some(own) = section.section("folders") {
        own.only(&KINDS.map(|(name, _)| name));
        for (name, entity) in KINDS {
            folders.extend(own.text(name).map(|path| (entity, path)));
        }
    }
    let contact_key = section.choice("contact-key", &ContactKey::ALL.map(|key| (key.as_str(), key)));
    let contact_type = section.text("contact-type");
    Some(Target {
        contact_type: contact_type.unwrap_or_else(|| "Member".to_owned()),
        contacts_by: section.choice("contacts-by", &ways).unwrap_or_default(),
        contacts_as: section.choice("contacts-as", &formats).unwrap_or_default(),
        receipts_as: section.choice("receipts-as", &formats).unwrap_or_default(),
        known_stores: section.get("known-stores").and_then(|setting| setting.texts()).unwrap_or_default(),
        stores: match section.get("stores-exist").and_then(|setting| setting.truth()) {
            Some(true) => Stores::ThereAlready,
            Some(false) | None => Stores::First,
        },
        folders,
        sftp: section.section("sftp").and_then(|sftp| server(&sftp, folder)),
        contact_key: contact_key?,
    })
}

fn server(section: &Section<'_, '_>, folder: &Path) -> Option<Sftp> {
    section.only(&["host", "port", "user", "password-file", "key-file", "host-key"]);
    for name in ["host", "user"] {
        if section.get(name).is_none() {
            section.missing(name, "the server isn't reached without it");
        }
    }
    let port = match section.get("port") {
        None => Some(22),
        Some(setting) => {
            let port = setting.whole().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
            if port.is_none() {
                setting.problem("a port is between 1 and 65535".to_owned());
            }
            port
        }
    };
    let key = |text: &str| text.starts_with("SHA256:").then(|| text.to_owned());
    let host_key = section.parsed("host-key", "a fingerprint such as SHA256:…", key);
    let path = |name| section.text(name).map(|path| folder.join(path));
    Some(Sftp {
        host: section.text("host")?,
        port: port?,
        user: section.text("user")?,
        password_file: path("password-file"),
        key_file: path("key-file"),
        host_key,
    })
}

fn layouts(root: &Section<'_, '_>, engage: Option<&Target>) -> BTreeMap<Entity, Layout> {
    let mut layouts = BTreeMap::new();
    let Some(section) = root.section("layouts") else { return layouts };
    section.only(&KINDS.map(|(name, _)| name));
    for (name, entity) in KINDS {
        let Some(columns) = section.section(name) else { continue };
        let pair = |setting: Setting<'_, '_>| Some((setting.name.to_owned(), setting.text()?));
        let columns: Vec<_> = columns.all().into_iter().filter_map(pair).collect();
        if columns.is_empty() {
            section.missing(name, "a layout has at least one column, \"name\" = \"path\"");
        }
        if let (Some(setting), Some(other)) =
            (section.get(name), engage.and_then(|to| has_no_columns(entity, to)))
        {
            setting
                .problem(format!("{other}, which has no columns to name: take this away, or send it as CSV"));
        }
        layouts.insert(entity, Layout { columns });
    }
    layouts
}

/// How a kind goes where that isn't by CSV.
fn has_no_columns(entity: Entity, to: &Target) -> Option<&'static str> {
    match entity {
        Entity::Contacts if to.contacts_by == ContactsBy::Bulk => Some("contacts go by the bulk calls"),
        Entity::Contacts if to.contacts_as == Format::Xml => Some("contacts go as XML"),
        Entity::Receipts if to.receipts_as == Format::Xml => Some("receipts go as XML"),
        Entity::Stores | Entity::Contacts | Entity::Receipts | Entity::Points | Entity::Vouchers => None,
    }
}

fn table(
    section: &Section<'_, '_>,
    entity: Entity,
    part: Part,
    folder: &Path,
    zone: TimeZone,
) -> Option<Table> {
    section.only(&["files", "delimiter", "encoding", "quote", "sheet", "number", "fields"]);
    let files = match section.get("files") {
        Some(setting) => {
            let files = setting.texts();
            if files.as_ref().is_some_and(|files| files.len() > FILES_MAX) {
                setting.problem(format!("a table has at most {FILES_MAX} files"));
            }
            for file in files.iter().flatten() {
                if let Err(error) = Kind::of(Path::new(file)) {
                    setting.problem(error.to_string());
                }
            }
            files
        }
        None => {
            section.missing("files", "the files that hold these rows");
            None
        }
    };
    let reading = reading(section);
    let Some(fields) = section.section("fields") else {
        section.missing("fields", "each field with the column that it is made of");
        return None;
    };
    let mut rules = Vec::new();
    let known = fields_of(entity, part);
    for setting in fields.all() {
        if known_field(&setting, entity, &known)
            && let Some(rule) = rule(&setting)
        {
            if setting.name == "line.kind" {
                check_kinds(&setting, &rule);
            }
            rules.push((setting.name.to_owned(), rule));
        }
    }
    if rules.len() > RULES_MAX {
        fields.document.problem(
            None,
            section_name(entity, part),
            format!("a table has at most {RULES_MAX} fields"),
        );
    }
    for name in needed(entity, part) {
        if !fields.all().iter().any(|setting| setting.name == *name) {
            fields.missing(name, "records aren't complete without it");
        }
    }
    let files: Vec<_> = files?.iter().map(|file| folder.join(file)).collect();
    Some(Table { entity, part, files, reading, rules, names: Vec::new(), zone, line: fields.line() })
}

fn section_name(entity: Entity, part: Part) -> &'static str {
    TABLES.iter().find(|(_, e, p)| *e == entity && *p == part).map_or("", |(name, ..)| name)
}

fn reading(section: &Section<'_, '_>) -> Reading {
    let ascii = |text: &str| match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Some(*byte),
        _ => None,
    };
    let quote = section.get("quote").and_then(|setting| {
        let text = setting.any_text()?;
        match ascii(&text) {
            _ if text.is_empty() => Some(Quote::Never),
            Some(byte) => Some(Quote::By(byte)),
            None => {
                setting.problem("a quote is one plain character, or \"\" for none".to_owned());
                None
            }
        }
    });
    // A tab is blank to everything else.
    let delimiter = section.get("delimiter").and_then(|setting| {
        let found = ascii(&setting.any_text()?);
        if found.is_none() {
            setting.problem("a delimiter is one plain character, such as \";\" or \"\\t\"".to_owned());
        }
        found
    });
    Reading {
        delimiter,
        quote,
        encoding: section.parsed("encoding", "an encoding such as utf-8 or windows-1252", Encoding::named),
        sheet: section.text("sheet"),
        number: section.parsed("number", "a number such as 1 234,56 or 1234.56", NumberForm::of),
    }
}

/// Whether a field exists; of contacts others may, unless they are only misspelt.
fn known_field(setting: &Setting<'_, '_>, entity: Entity, known: &[&str]) -> bool {
    if known.contains(&setting.name) {
        return true;
    }
    let near = nearest(setting.name, known.iter().copied());
    let misspelt = near.is_some_and(|near| strsim::damerau_levenshtein(near, setting.name) <= 1)
        || known.iter().any(|name| name.eq_ignore_ascii_case(setting.name));
    if is_open(entity) && !misspelt {
        return true;
    }
    let meant = did_you_mean(setting.name, known.iter().copied());
    setting.problem(format!("there is no such field{meant}"));
    false
}

fn rule(setting: &Setting<'_, '_>) -> Option<Rule> {
    if !setting.is_table() {
        let column = setting.text()?;
        own_column(setting, &column);
        return Some(Rule::column(&column));
    }
    let section = setting.section()?;
    section.only(&["column", "columns", "join", "prefix", "value", "date", "values", "otherwise"]);
    let (column, columns, value) = (section.get("column"), section.get("columns"), section.get("value"));
    let text = |name| section.get(name).and_then(|setting| setting.any_text());
    let names = match (column, columns, value) {
        (Some(column), None, None) => Some(vec![column.text()?]),
        (None, Some(columns), None) => Some(columns.texts()?),
        (None, None, Some(value)) => {
            let value = value.scalar()?;
            let others = ["join", "prefix", "date", "values", "otherwise"];
            if others.iter().any(|name| section.get(name).is_some()) {
                setting.problem("a `value` stands alone: it is the same for all rows".to_owned());
            }
            return Some(Rule { from: From::Constant(value), date: None, values: None, otherwise: None });
        }
        _ => {
            setting.problem("say exactly one of `column`, `columns` and `value`".to_owned());
            None
        }
    }?;
    for name in &names {
        own_column(setting, name);
    }
    let date = section.parsed("date", "a date's form such as %Y-%m-%d %H:%M", |format| {
        moment::is_format(format).then(|| format.to_owned())
    });
    let values = section.section("values").map(|values| {
        values.all().iter().filter_map(|value| Some((value.name.to_owned(), value.scalar()?))).collect()
    });
    let otherwise = section.get("otherwise").and_then(|setting| setting.scalar());
    if otherwise.is_some() && values.is_none() {
        setting.problem("`otherwise` needs a table of `values`".to_owned());
    }
    let from = From::Columns {
        names,
        join: text("join").unwrap_or_default(),
        prefix: text("prefix").unwrap_or_default(),
    };
    Some(Rule { from, date, values, otherwise })
}

/// Columns that begin with `_` are those that rejects get at their end.
fn own_column(setting: &Setting<'_, '_>, column: &str) {
    if column.starts_with('_') {
        setting.problem(format!("{column:?} can't be data: columns that begin with _ are those of rejects"));
    }
}

fn check_kinds(setting: &Setting<'_, '_>, rule: &Rule) {
    let constant = match &rule.from {
        From::Constant(value) => Some(value),
        From::Columns { .. } => None,
    };
    let said =
        rule.values.iter().flatten().map(|(_, meaning)| meaning).chain(&rule.otherwise).chain(constant);
    let wrong: HashSet<&String> = said.filter(|word| !LINE_KINDS.contains(&word.as_str())).collect();
    for word in wrong {
        let meant = did_you_mean(word, LINE_KINDS);
        setting.problem(format!("{word:?} is none of {}{meant}", LINE_KINDS.join(", ")));
    }
}

/// Names each file as its rejects are named: by its own name where no other has it.
fn name_files(tables: &mut [Table]) {
    let plain = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match Kind::of(path) {
            Ok(Kind::Workbook) => format!("{name}.csv"),
            Ok(Kind::Delimited | Kind::JsonLines) | Err(_) => name,
        }
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in tables.iter().flat_map(|table| table.files.iter().map(|file| plain(file))) {
        *counts.entry(name).or_default() += 1;
    }
    let mut taken = HashSet::new();
    for table in tables {
        let section = table.name();
        for file in &table.files {
            let own = plain(file);
            let mut name = if counts[&own] == 1 { own.clone() } else { format!("{section}-{own}") };
            let mut count = 2;
            while !taken.insert(name.clone()) {
                name = format!("{section}-{count}-{own}");
                count += 1;
            }
            table.names.push(name);
        }
    }
}

/// What can be told only of the mapping as a whole.
fn check_whole(root: &Section<'_, '_>, retailer: &Retailer, engage: &Target, tables: &[Table]) {
    let refused = retailer.personal_numbers == PersonalNumbers::Refused;
    let key = engage.contact_key.as_str();
    let personal = ContactKey::SocialSecurityNumber.as_str();
    if tables.is_empty() {
        root.missing(
            "contacts",
            "a mapping has at least one table: stores, contacts, receipts, points or vouchers",
        );
    }
    if refused && key == personal {
        let text = "personal numbers may not be migrated unless [retailer] personal-numbers = true";
        root.document.problem(None, "engage.contact-key", text.to_owned());
    }
    for table in tables {
        let has = |field: &str| table.rules.iter().any(|(name, _)| name == field);
        let problem = |field: &str, text: &str| {
            root.document.problem_on(
                table.line,
                &format!("{}.fields.{field}", table.name()),
                text.to_owned(),
            );
        };
        if table.entity == Entity::Contacts && !has(key) {
            problem(key, "this is missing: receipts name their contact by it ([engage] contact-key)");
        }
        if table.entity == Entity::Contacts && refused && has(personal) {
            problem(
                personal,
                "personal numbers may not be migrated unless [retailer] personal-numbers = true",
            );
        }
        if table.entity == Entity::Points
            && !matches!(engage.contact_key, ContactKey::MemberNumber | ContactKey::ExternalId)
        {
            problem(
                "key",
                "points name their contact by memberNumber or externalId only ([engage] contact-key)",
            );
        }
        if table.part == Part::Lines
            && !tables.iter().any(|other| (other.entity, other.part) == (Entity::Receipts, Part::Whole))
        {
            problem("id", "[receipt-lines] needs [receipts], which holds the heads");
        }
    }
}
