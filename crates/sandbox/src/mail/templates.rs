//! The templates of mails: those that come with the sandbox, and a user's own, which stand in for them by name.
//!
//! `<name>.html` and `<name>.txt` are a mail's two forms, `<language>.json` a language's words by key. A user's files are
//! kept in the world like all that it rests on, so that a replay makes the mails that were made. Everything that a
//! template of HTML prints is escaped, unless the template itself says otherwise.

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use super::{example, language, text};

/// The mail that is made where no other template is named.
pub(super) const DIGITAL_RECEIPT: &str = "DigitalReceipt";

const BUILT_IN: [(&str, &str); 2] = [
    ("DigitalReceipt.html", include_str!("DigitalReceipt.html")),
    ("DigitalReceipt.txt", include_str!("DigitalReceipt.txt")),
];

/// How many steps a template may take.
const STEPS_MAX: u64 = 5_000_000;
/// The largest form of a mail, in bytes.
const FORM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A user's templates and words, by the names of their files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailTemplates(BTreeMap<String, String>);

/// A template or a file of words that no mail can be made with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {what}")]
pub struct Broken {
    file: String,
    line: usize,
    what: String,
}

impl Broken {
    pub(super) fn new(file: &str, line: usize, what: &str) -> Broken {
        Broken { file: file.to_owned(), line, what: what.to_owned() }
    }

    /// What went wrong, but not with what: that may be somebody's name.
    fn of(file: &str, error: &minijinja::Error) -> Broken {
        let line = error.line().unwrap_or_default();
        Broken::new(error.name().unwrap_or(file), line, &error.kind().to_string())
    }
}

impl MailTemplates {
    /// Takes files by their names, after an example was made with each of them.
    ///
    /// # Errors
    /// The first file that is broken, and where.
    pub fn new(files: BTreeMap<String, String>) -> Result<MailTemplates, Broken> {
        let templates = MailTemplates(files);
        for (file, content) in &templates.0 {
            match file.rsplit_once('.') {
                Some((_, "json")) => {
                    language::parse(file, content)?;
                }
                Some((name, "html" | "txt")) => {
                    check_syntax(file, content)?;
                    // What others build on is only checked with those that do.
                    if !name.starts_with('_') {
                        example::try_out(&templates, name)?;
                    }
                }
                _ => return Err(Broken::new(file, 0, "this is no .html, .txt or .json")),
            }
        }
        Ok(templates)
    }

    /// Whether a mail can be made by a template of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.source(&format!("{name}.html")).is_some()
    }

    pub(super) fn files(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    fn source(&self, file: &str) -> Option<&str> {
        let built_in = BUILT_IN.iter().find(|(name, _)| *name == file).map(|(_, source)| *source);
        self.0.get(file).map(String::as_str).or(built_in)
    }

    /// The HTML of a mail.
    pub(super) fn html(&self, name: &str, view: &impl Serialize) -> Result<String, Broken> {
        self.render(&format!("{name}.html"), view)
    }

    /// Its text; where there is no template of one, that of the receipt.
    pub(super) fn text(&self, name: &str, view: &impl Serialize) -> Result<String, Broken> {
        let own = format!("{name}.txt");
        let file = if self.source(&own).is_some() { own } else { format!("{DIGITAL_RECEIPT}.txt") };
        self.render(&file, view)
    }

    fn render(&self, file: &str, view: &impl Serialize) -> Result<String, Broken> {
        let mut environment = environment();
        let ours = BUILT_IN.into_iter().filter(|(name, _)| !self.0.contains_key(*name));
        let theirs = self.0.iter().map(|(name, source)| (name.as_str(), source.as_str()));
        for (name, source) in ours.chain(theirs).filter(|(name, _)| !name.ends_with(".json")) {
            // Another template that is broken is only missed by those that build on it.
            match environment.add_template(name, source) {
                Err(error) if name == file => return Err(Broken::of(file, &error)),
                Ok(()) | Err(_) => {}
            }
        }
        let template = environment.get_template(file).map_err(|error| Broken::of(file, &error))?;
        let form = template.render(view).map_err(|error| Broken::of(file, &error))?;
        if form.len() > FORM_BYTES_MAX {
            return Err(Broken::new(file, 0, "the mail grew too large"));
        }
        Ok(form)
    }
}

/// What a person who wrote a template is told of it: more than may be said once it is filled with somebody's data.
fn check_syntax(file: &str, source: &str) -> Result<(), Broken> {
    let parsed = environment().add_template_owned(file.to_owned(), source.to_owned());
    parsed.map_err(|error| {
        let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        Broken::new(file, error.line().unwrap_or_default(), &detail)
    })
}

fn environment<'a>() -> Environment<'a> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_fuel(Some(STEPS_MAX));
    environment.set_keep_trailing_newline(true);
    environment.add_filter("isolated", |value: &str| text::isolated(value));
    environment
}
