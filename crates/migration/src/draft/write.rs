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

/// Of what each line of a receipt must have: what it may be told by, and what may hold for all of them.
const OF_EACH_LINE: [(&[&str], &str); 4] = [
    (&["line.sku", "line.articleNumber"], "GOODS"),
    (&["line.quantity"], "1"),
    (&["line.paid", "line.amount", "line.unitPrice"], "0.00"),
    (&["line.taxPercent"], "25"),
];

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
        let retailer = &self.retailer;
        for (name, told) in
            [("country", &retailer.country), ("time-zone", &retailer.zone), ("currency", &retailer.currency)]
        {
            line(&mut text, &format!("# {}", told.why));
            line(&mut text, &format!("{name} = {}", quoted(&told.value)));
        }
        line(&mut text, "# 0.60: what most is sold in; Engage's settings tell it");
        line(&mut text, &format!("group-currency = {}", quoted(&retailer.currency.value)));
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
        if table.entity == Entity::Receipts && (table.part == Part::Lines || !self.has_lines()) {
            lines_lack(text, table);
        }
        left_over(text, table);
    }

    fn has_lines(&self) -> bool {
        self.tables.iter().any(|table| table.part == Part::Lines)
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

/// What no line is sent without, and no column looks like. It is left to a person: what holds for all is nothing to guess.
fn lines_lack(text: &mut String, table: &Drafted) {
    for (fields, example) in OF_EACH_LINE {
        if !table.guesses.iter().any(|guess| fields.contains(&guess.field)) {
            let names = fields.join(" or ");
            put(text, &format!("# 0.00: no column looks like {names}, and no line is sent without it:"));
            put(text, "# name its column, or say what holds for all");
            put(text, &format!("# {} = {{ value = \"{example}\" }}", key_of(fields[0])));
        }
    }
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
