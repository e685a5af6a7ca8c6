//! Which column is which field, and which file is what: by how its columns are called and what stands in them.

use super::column::Profile;
use super::words::{CLOCK, FILES, Field, Look, fields_of, plain};
use super::{FileLook, meanings};
use crate::Entity;
use crate::mapping::Part;

/// Below this a guess is none.
const CONFIDENCE_MIN: f32 = 0.35;
/// Below this a file is nothing that is known.
const SCORE_MIN: f32 = 3.0;
/// What a file's name adds to its score.
const NAME_SCORE: f32 = 2.0;

/// What a field is thought to be made of.
#[derive(Debug, Clone)]
pub(super) struct Guess {
    pub(super) field: &'static str,
    /// Places in the header.
    pub(super) columns: Vec<usize>,
    pub(super) join: &'static str,
    pub(super) confidence: f32,
    pub(super) why: String,
    pub(super) date: Option<String>,
    /// What its words mean, and those that weren't understood.
    pub(super) values: Option<Vec<(String, String)>>,
    pub(super) unknown: Vec<(String, u64)>,
    /// How much it says about the file.
    tells: u8,
}

impl Guess {
    fn made_of(field: &'static str, columns: Vec<usize>, confidence: f32, why: &str) -> Self {
        Self {
            field,
            columns,
            join: "",
            confidence,
            why: why.to_owned(),
            date: None,
            values: None,
            unknown: Vec::new(),
            tells: 0,
        }
    }
}

/// What a file holds, with its fields and how sure that is.
pub(super) fn kind_of(look: &FileLook, stores: &[Profile]) -> Option<(Entity, Part, Vec<Guess>, f32)> {
    let mut scored: Vec<(f32, Entity, Part, Vec<Guess>)> = Entity::ALL
        .into_iter()
        .map(|entity| {
            let whole = guesses(look, entity, Part::Whole, stores);
            let is_head = whole.iter().any(|guess| matches!(guess.field, "store" | "createdAt"));
            let (part, guesses) = if entity == Entity::Receipts && !is_head {
                (Part::Lines, guesses(look, entity, Part::Lines, stores))
            } else {
                (Part::Whole, whole)
            };
            (score(&guesses, look, entity), entity, part, guesses)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let second = scored.get(1).map_or(0.0, |(score, ..)| *score);
    let (best, entity, part, guesses) = scored.into_iter().next()?;
    (best >= SCORE_MIN).then(|| (entity, part, guesses, certainty(best, second)))
}

#[expect(clippy::float_arithmetic, reason = "how sure a guess is, of no money")]
fn certainty(best: f32, second: f32) -> f32 {
    best / (best + second / 2.0)
}

#[expect(clippy::float_arithmetic, reason = "how sure a guess is, of no money")]
fn score(guesses: &[Guess], look: &FileLook, entity: Entity) -> f32 {
    let file = look.name.rsplit('/').next().unwrap_or_default();
    let file = plain(look.sheet.as_deref().unwrap_or(file));
    let named = FILES.iter().find(|(.., words)| words.iter().any(|word| file.contains(word)));
    let named = if named.is_some_and(|(of, ..)| *of == entity) { NAME_SCORE } else { 0.0 };
    guesses.iter().map(|guess| guess.confidence * f32::from(guess.tells)).sum::<f32>() + named
}

/// The fields of a file that holds this, each with the column that fits it best.
pub(super) fn guesses(look: &FileLook, entity: Entity, part: Part, stores: &[Profile]) -> Vec<Guess> {
    let fields = fields_of(entity, part);
    let lists = look.columns.iter().any(|column| column.name.contains("[]"));
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (place, field) in fields.iter().enumerate() {
        let in_list = field.name.starts_with("line.") || field.name.starts_with("payment.");
        for (index, column) in
            look.columns.iter().enumerate().filter(|(_, column)| !column.name.starts_with('_'))
        {
            if lists && column.name.contains("[]") != in_list {
                continue;
            }
            let confidence = fit(column, field, stores);
            if confidence >= CONFIDENCE_MIN {
                pairs.push((confidence, place, index));
            }
        }
    }
    // The surest first; of equals the field that stands first.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut found: Vec<(usize, Guess)> = Vec::new();
    for (confidence, place, index) in pairs {
        if !found.iter().any(|(taken, guess)| *taken == place || guess.columns[0] == index) {
            found.push((place, guess(fields[place], &look.columns[index], index, confidence, entity)));
        }
    }
    found.sort_by_key(|(place, _)| *place);
    let mut guesses: Vec<Guess> = found.into_iter().map(|(_, guess)| guess).collect();
    if entity == Entity::Receipts {
        compose(&mut guesses, look, part);
    }
    if look.sheet.is_some() {
        guesses.iter_mut().for_each(read_as_shown);
    }
    guesses
}

/// A workbook's times are shown as ISO 8601, those of midnight without their clock: one form wouldn't fit both, and none is
/// needed.
fn read_as_shown(guess: &mut Guess) {
    guess.date = guess.date.take().filter(|form| !form.starts_with("%Y-%m-%d"));
}

/// What of a receipt stands in several columns, or twice in one.
fn compose(guesses: &mut Vec<Guess>, look: &FileLook, part: Part) {
    let at = |guesses: &[Guess], field: &str| guesses.iter().position(|guess| guess.field == field);
    let clock = at(guesses, CLOCK).map(|place| guesses.remove(place));
    let created = at(guesses, "createdAt");
    let day = created.map(|place| guesses[place].columns[0]);
    if let (Some(created), Some(clock)) = (created, clock)
        && !look.columns[guesses[created].columns[0]].has_clock()
    {
        let created = &mut guesses[created];
        let (form, ..) = look.columns[clock.columns[0]].clock_form();
        created.columns.extend(&clock.columns);
        created.join = " ";
        created.why = format!("{}; {}", created.why, clock.why);
        created.date = created.date.as_ref().map(|date| format!("{date} {form}"));
    }
    if part == Part::Whole && at(guesses, "id").is_none() {
        let column = |field| at(guesses, field).map(|place| guesses[place].columns[0]);
        if let (Some(store), Some(number)) = (column("store"), column("receiptNumber")) {
            let columns = [Some(store), column("till"), day, Some(number)].into_iter().flatten().collect();
            let why = "no column is an id of its own; it must be what the tills will send live";
            guesses.insert(0, Guess { join: "-", ..Guess::made_of("id", columns, 0.5, why) });
        }
    }
    let pays = guesses.iter().any(|guess| {
        let meanings = guess.values.iter().flatten();
        guess.field == "line.kind" && meanings.into_iter().any(|(_, meaning)| meaning == "payment")
    });
    if let Some(place) = at(guesses, "line.amount").filter(|_| pays) {
        let columns = guesses[place].columns.clone();
        guesses.push(Guess::made_of(
            "payment.amount",
            columns,
            0.7,
            "payments are rows, with their amount there too",
        ));
    }
}

/// How well a column fits a field, from 0 to 1.
#[expect(clippy::float_arithmetic, reason = "how sure a guess is, of no money")]
fn fit(column: &Profile, field: &Field, stores: &[Profile]) -> f32 {
    let name = called(&column.name, field.words);
    let values = if column.filled == 0 { 0.5 } else { looks(column, field.look, stores) };
    if name > 0.0 {
        return name * (0.2 + 0.8 * values);
    }
    // Without a word for it only values that can hardly be anything else count.
    match field.look {
        Look::Email if values > 0.8 => 0.85 * values,
        Look::PersonalNumber if values > 0.9 => 0.7,
        Look::Phone if values > 0.9 => 0.5,
        Look::Store if values > 0.95 && column.distinct() > 2 && !stores.is_empty() => 0.6,
        _ => 0.0,
    }
}

/// How much a name says.
fn called(name: &str, words: &[&str]) -> f32 {
    let whole = plain(name);
    let last = plain(name.rsplit(['.', ']']).next().unwrap_or_default());
    let within = |word: &&&str| word.len() >= 4 && (whole.starts_with(**word) || whole.ends_with(**word));
    if words.contains(&whole.as_str()) {
        1.0
    } else if words.contains(&last.as_str()) {
        0.9
    } else if words.iter().any(|word| within(&word)) {
        0.6
    } else {
        0.0
    }
}

/// How many of a column's values look as they should.
fn looks(column: &Profile, look: Look, stores: &[Profile]) -> f32 {
    let short = |letters: usize| {
        let is = |value: &str| value.len() == letters && value.bytes().all(|byte| byte.is_ascii_alphabetic());
        let values = column.values().into_iter().flatten();
        column.share(values.filter(|(value, _)| is(value)).map(|(_, count)| count).sum())
    };
    let few = |is: bool| if is { 1.0 } else { 0.0 };
    match look {
        Look::Email => column.share(column.emails),
        Look::Phone => column.share(column.phones),
        Look::PersonalNumber => column.share(column.personal),
        Look::Time => column.share(column.date_form().1),
        Look::Clock => column.share(column.clock_form().1),
        Look::Number => column.share(column.numbers.all),
        Look::Truth => column.share(column.truths),
        Look::Word => few(column.values().is_some()),
        Look::Country => short(2),
        Look::Currency => short(3),
        Look::Letters => column.share(column.letters),
        Look::Store if stores.is_empty() => few(column.distinct() < 5_000).min(0.8),
        Look::Store => stores.iter().map(|store| column.share_in(store)).fold(0.3, f32::max),
        Look::Key => {
            if column.is_key() {
                1.0
            } else {
                0.4
            }
        }
        Look::Any => 0.85,
    }
}

fn guess(field: &Field, column: &Profile, index: usize, confidence: f32, entity: Entity) -> Guess {
    let mut guess = Guess { tells: field.tells, ..Guess::made_of(field.name, vec![index], confidence, "") };
    let named = called(&column.name, field.words) > 0.0;
    let of = |count: u64, what: &str| format!("{} of {} values {what}", spaced(count), spaced(column.filled));
    let values = match field.look {
        _ if column.filled == 0 => "it is blank throughout".to_owned(),
        Look::Email => of(column.emails, "look like e-mail addresses"),
        Look::Phone => of(column.phones, "look like phone numbers"),
        Look::PersonalNumber => of(column.personal, "are personal identity numbers"),
        Look::Number => of(column.numbers.all, "are numbers"),
        Look::Truth => of(column.truths, "say yes or no"),
        Look::Clock => of(column.clock_form().1, "are times of day"),
        Look::Time => {
            let (form, count, tie) = column.date_form();
            guess.date = Some(form.to_owned()).filter(|form| !form.is_empty());
            let tie = if tie { ", which could be read in another way too" } else { "" };
            let form = if form.is_empty() { "ISO 8601" } else { form };
            of(count, &format!("are dates of the form {form}{tie}"))
        }
        Look::Key if column.is_key() => "no value stands there twice, or hardly any".to_owned(),
        Look::Word | Look::Country | Look::Currency | Look::Letters | Look::Store | Look::Key | Look::Any => {
            format!("about {} different values", spaced(column.distinct()))
        }
    };
    if let (Some(few), Look::Truth | Look::Word) = (column.values(), field.look) {
        let (known, unknown) = match field.look {
            Look::Truth => meanings::truths(few),
            _ => meanings::of(entity, field.name, few),
        };
        guess.values = Some(known).filter(|known| !known.is_empty());
        guess.unknown = unknown;
    }
    let called = if named { "it is called so" } else { "by its values alone" };
    guess.why = format!("{called}; {values}");
    guess
}

/// A count with commas between thousands.
pub(super) fn spaced(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}
