//! A first mapping, drafted by looking at the export: for each guess how sure it is, and why.
//!
//! [`look`] reads every row of every file and keeps a bounded profile of each column; what a file holds and
//! what a column means is then guessed from the words of the header and from the values. [`Draft::write`] makes the
//! mapping file of it, which `Mapping::read` reads back.
//!
//! Invariants: memory doesn't grow with the export; no value of the export is shown but masked, except words that many
//! rows share and that say what a row is.
//!
//! A draft is for a person to read: nothing is migrated by it unseen.

mod assign;
mod column;
mod meanings;
mod retailer;
#[cfg(test)]
mod tests;
mod words;
mod write;

use std::path::{Component, Path, PathBuf};

use jiff::ToSpan as _;
use jiff::civil::Date;

use self::assign::Guess;
use self::column::{Numbers, Profile};
use self::retailer::Retailer;
use crate::Entity;
use crate::mapping::{ContactKey, NumberForm, Part};
use crate::source::{self, Dialect, Failure, Kind, Reading, Row, Source};

/// The window that is recommended for receipts (fact M-26), in months.
const WINDOW_MONTHS: i32 = 24;

/// What was found in an export.
#[derive(Debug)]
pub struct Draft {
    tables: Vec<Drafted>,
    /// Files that fit nothing, or a kind that other files fit better, and why.
    unused: Vec<(String, String)>,
    key: (ContactKey, String),
    retailer: Retailer,
    since: Option<Date>,
}

impl Draft {
    /// Whether nothing was recognised.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}

/// A table of the mapping to be.
#[derive(Debug)]
struct Drafted {
    entity: Entity,
    part: Part,
    /// As the mapping will say them.
    files: Vec<String>,
    file: FileLook,
    guesses: Vec<Guess>,
    confidence: f32,
}

/// A file that was read.
#[derive(Debug)]
struct FileLook {
    name: String,
    rows: u64,
    unreadable: u64,
    dialect: Option<Dialect>,
    sheet: Option<String>,
    columns: Vec<Profile>,
}

impl FileLook {
    /// Whether both can be files of one table.
    fn is_like(&self, other: &Self) -> bool {
        let names = |look: &Self| look.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
        self.sheet == other.sheet && names(self) == names(other)
    }
}

/// Looks at all of an export. The mapping will stand in `base`: the paths in it are from there.
///
/// # Errors
///
/// If a file can't be read at all. A record that can't be is passed over: the check will tell of it.
pub fn look(paths: &[PathBuf], base: &Path) -> Result<Draft, source::Error> {
    let mut looks = Vec::new();
    for path in paths {
        let name = seen_from(base, path).to_string_lossy().replace('\\', "/");
        if Kind::of(path)? != Kind::Workbook {
            looks.push(read(path, name, None)?);
            continue;
        }
        // Each sheet is a table of its own; one without rows is none.
        for sheet in source::sheets(path)? {
            match read(path, name.clone(), Some(sheet)) {
                Ok(look) => looks.push(look),
                Err(source::Error::Form { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(decide(looks))
}

/// A path as the mapping says it: from where that stands, so that both may be moved together, unless they share nothing.
fn seen_from(base: &Path, path: &Path) -> PathBuf {
    let is_name = |part: &Component<'_>| matches!(part, Component::Normal(_));
    let shared = base.components().zip(path.components()).take_while(|(a, b)| a == b);
    let shared: Vec<Component<'_>> = shared.map(|(part, _)| part).collect();
    if base.is_absolute() && !shared.iter().any(is_name) {
        return path.to_owned();
    }
    let up = base.components().skip(shared.len()).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared.len())).collect()
}

fn read(path: &Path, name: String, sheet: Option<String>) -> Result<FileLook, source::Error> {
    let reading = Reading { sheet: sheet.clone(), ..Reading::default() };
    let mut file = Source::open(path, &reading, &[])?;
    let mut look = FileLook {
        name,
        rows: 0,
        unreadable: 0,
        dialect: file.dialect(),
        sheet,
        columns: file.header().iter().map(|name| Profile::new(name)).collect(),
    };
    let mut row = Row::new();
    loop {
        match file.read(&mut row) {
            Ok(false) => return Ok(look),
            Err(Failure::Row(_)) => look.unreadable += 1,
            Err(Failure::Source(error)) => return Err(error),
            Ok(true) => {
                look.rows += 1;
                for (column, cell) in look.columns.iter_mut().zip(row.cells()) {
                    column.add(cell);
                }
            }
        }
    }
}

fn decide(looks: Vec<FileLook>) -> Draft {
    let stores: Vec<Profile> = looks
        .iter()
        .filter(|look| assign::kind_of(look, &[]).is_some_and(|(entity, ..)| entity == Entity::Stores))
        .flat_map(|look| look.columns.iter().filter(|column| column.is_key()).cloned())
        .collect();
    let mut tables: Vec<Drafted> = Vec::new();
    let mut unused = Vec::new();
    for look in looks {
        let Some((entity, part, guesses, confidence)) = assign::kind_of(&look, &stores) else {
            unused.push((look.name, "nothing in it was recognised".to_owned()));
            continue;
        };
        let Some(known) = tables.iter_mut().find(|table| (table.entity, table.part) == (entity, part)) else {
            let files = vec![look.name.clone()];
            tables.push(Drafted { entity, part, files, file: look, guesses, confidence });
            continue;
        };
        if known.file.is_like(&look) {
            known.files.push(look.name.clone());
            for (column, other) in known.file.columns.iter_mut().zip(&look.columns) {
                column.join(other);
            }
            known.file.rows += look.rows;
            known.file.unreadable += look.unreadable;
            known.guesses = assign::guesses(&known.file, entity, part, &stores);
        } else if confidence > known.confidence {
            let loser = std::mem::replace(
                known,
                Drafted { entity, part, files: vec![look.name.clone()], file: look, guesses, confidence },
            );
            unused.extend(loser.files.into_iter().map(|file| (file, other_columns(entity))));
        } else {
            unused.push((look.name, other_columns(entity)));
        }
    }
    // Lines without heads are receipts of a row a line, if they can be.
    if !tables.iter().any(|table| (table.entity, table.part) == (Entity::Receipts, Part::Whole)) {
        for table in tables.iter_mut().filter(|table| table.part == Part::Lines) {
            table.part = Part::Whole;
            table.guesses = assign::guesses(&table.file, table.entity, Part::Whole, &stores);
        }
    }
    tables.sort_by_key(|table| (table.entity, table.part));
    whole(tables, unused)
}

fn other_columns(entity: Entity) -> String {
    format!("it looks like {} too, but has other columns; map it in a folder of its own", entity.as_str())
}

/// What is told of the retailer and the tenant.
fn whole(tables: Vec<Drafted>, unused: Vec<(String, String)>) -> Draft {
    let column = |entity: Entity, part: Part, field: &str| {
        let table = tables.iter().find(|table| (table.entity, table.part) == (entity, part))?;
        let guess = table.guesses.iter().find(|guess| guess.field == field)?;
        table.file.columns.get(*guess.columns.first()?)
    };
    let most = |entity: Entity, field: &str| column(entity, Part::Whole, field).and_then(Profile::most_usual);
    let latest = column(Entity::Receipts, Part::Whole, "createdAt").and_then(|column| column.latest);
    let key = contact_key(&column);
    Draft {
        key,
        retailer: Retailer::told_by(&most),
        since: latest.and_then(|latest| latest.checked_sub(WINDOW_MONTHS.months()).ok()),
        tables,
        unused,
    }
}

/// The attribute of contacts that receipts name: that whose values occur there, or else the usual one.
fn contact_key<'a>(column: &dyn Fn(Entity, Part, &str) -> Option<&'a Profile>) -> (ContactKey, String) {
    let named = [Entity::Receipts, Entity::Points, Entity::Vouchers].into_iter().find_map(|entity| {
        let field = if entity == Entity::Receipts { "contact" } else { "key" };
        column(entity, Part::Whole, field)
    });
    // A personal number is no key that anybody is led to.
    let keys = || {
        ContactKey::ALL
            .into_iter()
            .filter(|key| *key != ContactKey::SocialSecurityNumber)
            .filter_map(|key| column(Entity::Contacts, Part::Whole, key.as_str()).map(|column| (key, column)))
    };
    let best = named.and_then(|named| {
        let shares = keys().map(|(key, own)| (named.share_in(own), key, own));
        shares.filter(|(share, ..)| *share > 0.5).max_by(|a, b| a.0.total_cmp(&b.0))
    });
    match best {
        Some((share, key, own)) => {
            let why = format!("{share:.2}: what receipts name their customer by stands in {}", own.name);
            (key, why)
        }
        None => match keys().next() {
            Some((key, own)) => (key, format!("0.50: contacts have it, in {}", own.name)),
            None => (ContactKey::MemberNumber, "0.10: no key of contacts was recognised".to_owned()),
        },
    }
}

/// How a file's numbers are written, by all columns that hold numbers.
fn number_form(look: &FileLook) -> Option<NumberForm> {
    let mut all = Numbers::default();
    for column in look.columns.iter().filter(|column| column.share(column.numbers.all) > 0.9) {
        all.join(&column.numbers);
    }
    let example = match all {
        Numbers { comma_last: 1.., .. } => "1.234,56",
        Numbers { dot_last: 1.., .. } => "1,234.56",
        Numbers { comma, dot: 0, .. } if comma > 0 => "1234,56",
        Numbers { dot, comma: 0, .. } if dot > 0 => "1234.56",
        _ => return None,
    };
    NumberForm::of(example)
}
