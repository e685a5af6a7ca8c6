//! The mapping file of a draft.

use std::fmt::Write as _;

use super::assign::{Guess, spaced};
use super::{Draft, Drafted, number_form};
use crate::Entity;
use crate::finding::masked;
use crate::mapping::{Part, needed};
use crate::source::Quote;

/// What stands for a field that must be there and that no column looks like: no check lets it pass.
const PLACEHOLDER: &str = "?";

/// The field that stays commented out: it may be migrated only if the retailer has the right to.
const PERSONAL: &str = "socialSecurityNumber";

impl Draft {
    /// The mapping file: each guess with how sure it is, from 0 to 1, and why.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = String::from(
            "# Drafted by looking at every row of the export. The number before each reason says how sure it is, from\n\
             # 0 to 1: read them all, mend what is wrong, then run the check.\nversion = 1\n",
        );
        let line = |text: &mut String, line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        line(&mut text, "\n[retailer]");
        line(&mut text, "# By the countries of the contacts or stores, or else a guess.");
        line(&mut text, &format!("country = {}", quoted(self.country.code)));
        line(&mut text, &format!("time-zone = {}", quoted(self.country.zone)));
        line(&mut text, &format!("currency = {}", quoted(&self.currency)));
        line(&mut text, &format!("group-currency = {}", quoted(self.country.currency)));
        if let Some(since) = self.since {
            line(&mut text, "# 24 months before the last receipt; older ones are left out.");
            line(&mut text, &format!("since = \"{since}\""));
        }
        line(&mut text, "# Whether personal identity numbers may be migrated.");
        line(&mut text, "personal-numbers = false");
        line(&mut text, "\n[engage]");
        line(&mut text, &format!("# {}", comment(&self.key.1)));
        line(&mut text, &format!("contact-key = \"{}\"", self.key.0.as_str()));
        line(&mut text, "contact-type = \"Member\"");
        line(
            &mut text,
            "# [engage.sftp]\n# host = \"ftp.voyado.com\"\n# user = \"\"\n# password-file = \"\"",
        );
        line(&mut text, "# host-key = \"SHA256:\"");
        for table in &self.tables {
            self.table(&mut text, table);
        }
        for (file, why) in &self.unused {
            line(&mut text, &format!("\n# Not used: {}: {}", comment(file), comment(why)));
        }
        text
    }

    fn table(&self, text: &mut String, table: &Drafted) {
        let name = match (table.entity, table.part) {
            (Entity::Receipts, Part::Lines) => "receipt-lines",
            (entity, _) => entity.as_str(),
        };
        let file = &table.file;
        let files: Vec<String> = table.files.iter().map(|file| quoted(file)).collect();
        put(text, &format!("\n[{name}]"));
        let unreadable = match file.unreadable {
            0 => String::new(),
            count => format!(", {} of which can't be read: the check tells why", spaced(count)),
        };
        let rows = spaced(file.rows + file.unreadable);
        put(text, &format!("# {:.2}: {rows} rows{unreadable}", table.confidence));
        put(text, &format!("files = [{}]", files.join(", ")));
        if let Some(dialect) = file.dialect {
            put(text, &format!("delimiter = {}", quoted(&char::from(dialect.delimiter).to_string())));
            put(text, &format!("encoding = {}", quoted(&dialect.encoding.name())));
            if let Quote::By(quote) = dialect.quote
                && quote != b'"'
            {
                put(text, &format!("quote = {}", quoted(&char::from(quote).to_string())));
            }
        }
        if let Some(sheet) = &file.sheet {
            put(text, &format!("sheet = {}", quoted(sheet)));
        }
        if let Some(form) = number_form(file) {
            put(text, &format!("number = {}", quoted(&form.example())));
        }
        put(text, &format!("[{name}.fields]"));
        for guess in &table.guesses {
            field(text, guess, table);
        }
        self.placeholders(text, table);
        left_over(text, table);
    }

    /// Fields without which the mapping isn't complete.
    fn placeholders(&self, text: &mut String, table: &Drafted) {
        let key = (table.entity == Entity::Contacts).then_some(self.key.0.as_str());
        for name in needed(table.entity, table.part).iter().copied().chain(key) {
            if !table.guesses.iter().any(|guess| guess.field == name) {
                put(text, "# 0.00: no column looks like this; name the one that it is");
                put(text, &format!("{} = {{ value = \"{PLACEHOLDER}\" }}", key_of(name)));
            }
        }
    }
}

fn field(text: &mut String, guess: &Guess, table: &Drafted) {
    put(text, &format!("# {:.2}: {}", guess.confidence, comment(&guess.why)));
    let unknown: Vec<String> = guess
        .unknown
        .iter()
        .map(|(value, count)| format!("{} ({} times)", quoted(&masked(value)), spaced(*count)))
        .collect();
    if !unknown.is_empty() && guess.values.is_some() {
        put(text, &format!("# not understood, add them to the values: {}", comment(&unknown.join(", "))));
    }
    let names: Vec<String> = guess.columns.iter().map(|at| quoted(&table.file.columns[*at].name)).collect();
    let mut rule = match names.as_slice() {
        [name] => format!("column = {name}"),
        names => format!("columns = [{}], join = {}", names.join(", "), quoted(guess.join)),
    };
    if let Some(date) = &guess.date {
        write!(rule, ", date = {}", quoted(date)).expect("writing to a string succeeds");
    }
    if let Some(values) = &guess.values {
        let pairs: Vec<String> = values
            .iter()
            .map(|(value, meaning)| format!("{} = {}", quoted(value), quoted(meaning)))
            .collect();
        write!(rule, ", values = {{ {} }}", pairs.join(", ")).expect("writing to a string succeeds");
    }
    let plain = names.len() == 1 && guess.date.is_none() && guess.values.is_none();
    let rule = if plain { names[0].clone() } else { format!("{{ {rule} }}") };
    let off = if guess.field == PERSONAL { "# with personal-numbers = true: " } else { "" };
    put(text, &format!("{off}{} = {rule}", key_of(guess.field)));
}

/// Columns that nothing was made of.
fn left_over(text: &mut String, table: &Drafted) {
    for (index, column) in table.file.columns.iter().enumerate() {
        if table.guesses.iter().any(|guess| guess.columns.contains(&index)) {
            continue;
        }
        let example = match column.filled {
            0 => "blank throughout".to_owned(),
            _ => format!(
                "about {} different values, such as {}",
                spaced(column.distinct()),
                masked(&column.example)
            ),
        };
        put(text, &format!("# ? = {}   # {}", comment(&quoted(&column.name)), comment(&example)));
    }
}

fn put(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A field's name as a key.
fn key_of(name: &str) -> String {
    if name.contains('.') { quoted(name) } else { name.to_owned() }
}

/// A text as TOML has it, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            char if char.is_control() => {
                write!(quoted, "\\u{:04X}", u32::from(char)).expect("writing to a string succeeds");
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// A text that ends no comment.
fn comment(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}
