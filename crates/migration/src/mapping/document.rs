//! A mapping's text while it is read: sections of settings of the types that they take, and what is wrong with the rest.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Problem;
use super::problem::did_you_mean;

/// What was found while reading.
pub(super) struct Document<'t> {
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

/// A table of settings with its name.
#[derive(Clone)]
pub(super) struct Section<'d, 't> {
    pub(super) document: &'d Document<'t>,
    table: &'d DeTable<'t>,
    /// Its whole key.
    name: String,
    at: usize,
}

/// A value with the key that it stands under.
#[derive(Clone)]
pub(super) struct Setting<'d, 't> {
    pub(super) document: &'d Document<'t>,
    /// The last part of its key.
    pub(super) name: &'d str,
    /// All of it.
    key: String,
    value: &'d DeValue<'t>,
    span: Range<usize>,
}

impl<'t> Document<'t> {
    /// Has a text looked at, if it is TOML.
    pub(super) fn read<T>(
        text: &'t str,
        look: impl FnOnce(Section<'_, 't>) -> Option<T>,
    ) -> Result<T, Vec<Problem>> {
        let (content, errors) = DeTable::parse_recoverable(text);
        let document = Document { text, problems: RefCell::default() };
        for error in errors {
            // Only the message: the parser's own display quotes the line.
            document.problem(error.span().map(|span| span.start), "", error.message().to_owned());
        }
        let table = content.get_ref();
        let read = if document.problems.borrow().is_empty() {
            look(Section { document: &document, table, name: String::new(), at: 0 })
        } else {
            None
        };
        let mut problems = document.problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        match read {
            Some(read) if problems.is_empty() => Ok(read),
            Some(_) | None => Err(problems),
        }
    }

    pub(super) fn problem(&self, at: Option<usize>, key: &str, text: String) {
        let line = at.map(|at| self.line(at));
        self.problems.borrow_mut().push(Problem { line, key: key.to_owned(), text });
    }

    /// Tells of something on a line that is known already.
    pub(super) fn problem_on(&self, line: usize, key: &str, text: String) {
        self.problems.borrow_mut().push(Problem { line: Some(line), key: key.to_owned(), text });
    }

    pub(super) fn line(&self, at: usize) -> usize {
        1 + self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|byte| **byte == b'\n').count()
    }
}

impl<'d, 't> Section<'d, 't> {
    fn key(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) }
    }

    /// Tells of settings that there aren't.
    pub(super) fn only(&self, known: &[&str]) {
        for key in self.table.keys().filter(|key| !known.contains(&&**key.get_ref())) {
            let meant = did_you_mean(key.get_ref(), known.iter().copied());
            let text = format!("there is no such setting{meant}");
            self.document.problem(Some(key.span().start), &self.key(key.get_ref()), text);
        }
    }

    /// A setting, if it is there.
    pub(super) fn get(&self, name: &'d str) -> Option<Setting<'d, 't>> {
        let value = self.table.get(name)?;
        Some(self.setting(name, value))
    }

    fn setting(&self, name: &'d str, value: &'d Spanned<DeValue<'t>>) -> Setting<'d, 't> {
        Setting {
            document: self.document,
            name,
            key: self.key(name),
            value: value.get_ref(),
            span: value.span(),
        }
    }

    /// All settings, as they stand in the file.
    pub(super) fn all(&self) -> Vec<Setting<'d, 't>> {
        let mut all: Vec<_> =
            self.table.iter().map(|(key, value)| self.setting(key.get_ref(), value)).collect();
        all.sort_by_key(|setting| setting.span.start);
        all
    }

    /// A table below.
    pub(super) fn section(&self, name: &'d str) -> Option<Section<'d, 't>> {
        self.get(name)?.section()
    }

    /// A text that isn't blank.
    pub(super) fn text(&self, name: &'d str) -> Option<String> {
        self.get(name)?.text()
    }

    /// A text made into something, or what it should have been.
    pub(super) fn parsed<T>(
        &self,
        name: &'d str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let setting = self.get(name)?;
        let text = setting.text()?;
        let parsed = parse(&text);
        if parsed.is_none() {
            setting.problem(format!("{text:?} isn't {expected}"));
        }
        parsed
    }

    /// One of these words.
    pub(super) fn choice<T: Copy>(&self, name: &'d str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let setting = self.get(name)?;
        let text = setting.text()?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let meant = did_you_mean(&text, words.iter().copied());
            setting.problem(format!("{text:?} is none of {}{meant}", words.join(", ")));
        }
        found
    }

    /// Tells that a setting is missing.
    pub(super) fn missing(&self, name: &str, what: &str) {
        self.document.problem(Some(self.at), &self.key(name), format!("this is missing: {what}"));
    }

    /// The line that it begins on.
    pub(super) fn line(&self) -> usize {
        self.document.line(self.at)
    }
}

impl<'d, 't> Setting<'d, 't> {
    pub(super) fn problem(&self, text: String) {
        self.document.problem(Some(self.span.start), &self.key, text);
    }

    fn wrong_type(&self, expected: &str) {
        self.problem(format!("this must be {expected}, not {}", an(self.value.type_str())));
    }

    /// Whether it is a table of settings.
    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    pub(super) fn section(&self) -> Option<Section<'d, 't>> {
        let Some(table) = self.value.as_table() else {
            self.wrong_type("a table");
            return None;
        };
        Some(Section { document: self.document, table, name: self.key.clone(), at: self.span.start })
    }

    /// A text that isn't blank.
    pub(super) fn text(&self) -> Option<String> {
        let text = self.any_text()?;
        if text.trim().is_empty() {
            self.problem("this is blank; fill it, or take it away".to_owned());
            return None;
        }
        Some(text)
    }

    /// A text that may be blank.
    pub(super) fn any_text(&self) -> Option<String> {
        let text = self.value.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong_type("a text in quotes");
        }
        text
    }

    /// A text, or a number or a truth as it is written.
    pub(super) fn scalar(&self) -> Option<String> {
        match self.value {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            DeValue::Boolean(truth) => Some(truth.to_string()),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => self.any_text(),
        }
    }

    pub(super) fn truth(&self) -> Option<bool> {
        let truth = self.value.as_bool();
        if truth.is_none() {
            self.wrong_type("true or false");
        }
        truth
    }

    /// Texts, at least one.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        let texts: Option<Vec<String>> = self.value.as_array().and_then(|values| {
            values.iter().map(|value| value.get_ref().as_str().map(str::to_owned)).collect()
        });
        match texts {
            Some(texts) if texts.iter().any(|text| text.trim().is_empty()) || texts.is_empty() => {
                self.problem("this needs texts that aren't blank, at least one".to_owned());
                None
            }
            Some(texts) => Some(texts),
            None => {
                self.wrong_type("a list of texts");
                None
            }
        }
    }

    pub(super) fn whole(&self) -> Option<u64> {
        let number = self.value.as_integer().and_then(|number| number.as_str().replace('_', "").parse().ok());
        if number.is_none() {
            self.wrong_type("a whole number");
        }
        number
    }
}

fn an(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}
