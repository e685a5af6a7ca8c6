//! Templates and words: the embedded ones, and those of a folder that replace them by name.
//!
//! A folder may hold `receipt.html` (the document), `receipt.css` (what it looks like on a screen), further `.html`
//! and `.css` files that these include, and a file of words for each language, such as `sv.toml`, with the words to be
//! said otherwise. Everything that a template sets is escaped, whatever the name of its file.
//!
//! Templates are read and tried once, at start: what is broken is said with its file and line, not to a customer.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use crate::error::Fault;
use crate::{Document, Language, RenderError, TemplateError, code_svg, pdf, sample};

/// The template of a document.
const RECEIPT: &str = "receipt.html";

/// The largest file of a folder, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The most files of a folder.
const FILES_MAX: usize = 100;

/// How many steps a document may take: far more than the longest receipt needs, so that no loop is for ever.
const STEPS_MAX: u64 = 30_000_000;

/// The templates that come with the program.
const EMBEDDED: [(&str, &str); 2] = [
    (RECEIPT, include_str!("../templates/receipt.html")),
    ("receipt.css", include_str!("../templates/receipt.css")),
];

/// The words that come with the program.
const fn words_of(language: Language) -> &'static str {
    match language {
        Language::Sv => include_str!("../templates/sv.toml"),
        Language::En => include_str!("../templates/en.toml"),
        Language::Nb => include_str!("../templates/nb.toml"),
        Language::Da => include_str!("../templates/da.toml"),
        Language::Fi => include_str!("../templates/fi.toml"),
        Language::De => include_str!("../templates/de.toml"),
    }
}

/// The templates and words that documents are made with.
#[derive(Debug, Clone)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
    words: Arc<Vec<(Language, Value)>>,
}

impl Default for Templates {
    fn default() -> Self {
        Files::embedded().compile().expect("the embedded templates are tried by the tests")
    }
}

impl Templates {
    /// The embedded templates, those replaced that the folder has too.
    ///
    /// # Errors
    /// [`TemplateError`], also where a template can be read and not filled in with a sample receipt.
    pub fn read(folder: &Path) -> Result<Self, TemplateError> {
        let mut files = Files::embedded();
        files.replace(folder)?;
        let templates = files.compile()?;
        templates.try_out()?;
        Ok(templates)
    }

    /// The document as HTML.
    ///
    /// # Errors
    /// [`RenderError::Template`], with templates of a folder alone.
    pub fn html(&self, document: &Document) -> Result<String, RenderError> {
        let words = self.words.iter().find(|(language, _)| *language == document.language);
        let words = words.map(|(_, words)| words.clone()).unwrap_or_default();
        let given = context! { words, ..Value::from_serialize(document) };
        let receipt = self.environment.get_template(RECEIPT).and_then(|template| template.render(given));
        receipt.map_err(|error| RenderError::Template(Fault::from(error)))
    }

    /// Fills the templates in with a receipt that has everything, in every language.
    fn try_out(&self) -> Result<(), TemplateError> {
        for language in Language::ALL {
            for document in sample::documents(language) {
                let html = self.html(&document).map_err(|error| match error {
                    RenderError::Template(fault) => TemplateError::Template(fault),
                    error => TemplateError::Pdf(error),
                })?;
                pdf(&html).map_err(TemplateError::Pdf)?;
            }
        }
        Ok(())
    }
}

/// Templates and words as they are written.
struct Files {
    templates: Vec<(String, String)>,
    words: Vec<(Language, toml::Table)>,
}

impl Files {
    fn embedded() -> Self {
        let words = Language::ALL.map(|language| {
            (language, words_of(language).parse().expect("the embedded words are tried by the tests"))
        });
        let templates = EMBEDDED.map(|(name, text)| (name.to_owned(), text.to_owned()));
        Self { templates: templates.into(), words: words.into() }
    }

    fn replace(&mut self, folder: &Path) -> Result<(), TemplateError> {
        let unreadable = |source| TemplateError::Unreadable { path: folder.to_owned(), source };
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)?.take(FILES_MAX + 1) {
            paths.push(entry.map_err(unreadable)?.path());
        }
        if paths.len() > FILES_MAX {
            return Err(too_large(folder));
        }
        // In the order of their names, so that the same folder always says the same.
        paths.sort();
        for path in paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            match path.extension().and_then(std::ffi::OsStr::to_str) {
                Some("toml") => self.replace_words(&name, &read(&path)?)?,
                Some("html" | "css") => self.templates.push((name, read(&path)?)),
                // Notes, and what editors and machines leave behind.
                _ => {}
            }
        }
        Ok(())
    }

    fn replace_words(&mut self, file: &str, text: &str) -> Result<(), TemplateError> {
        let language =
            Language::ALL.into_iter().find(|language| file.strip_suffix(".toml") == Some(language.code()));
        let Some(language) = language else {
            return Err(TemplateError::UnknownLanguage { file: file.to_owned() });
        };
        let own: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            TemplateError::Words {
                file: file.to_owned(),
                line: line_at(text, at),
                reason: error.message().to_owned(),
            }
        })?;
        let known = self.words.iter_mut().filter(|(of, _)| *of == language);
        for (_, words) in known {
            merge(words, &own).map_err(|key| TemplateError::Words {
                file: file.to_owned(),
                line: line_of(text, &key),
                reason: format!("`{key}` isn't a word, or isn't written as one text"),
            })?;
        }
        Ok(())
    }

    fn compile(self) -> Result<Templates, TemplateError> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_fuel(Some(STEPS_MAX));
        environment
            .add_function("qr", |text: &str| Value::from_safe_string(code_svg(text).unwrap_or_default()));
        for (name, text) in self.templates {
            environment
                .add_template_owned(name, text)
                .map_err(|error| TemplateError::Template(Fault::from(error)))?;
        }
        let words = self.words.into_iter().map(|(language, words)| (language, Value::from_serialize(words)));
        Ok(Templates { environment: Arc::new(environment), words: Arc::new(words.collect()) })
    }
}

/// Puts words in the place of others; a key that isn't one of words is handed back.
fn merge(into: &mut toml::Table, own: &toml::Table) -> Result<(), String> {
    for (key, value) in own {
        match (into.get_mut(key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(own)) => merge(inner, own)?,
            (Some(toml::Value::Table(_)), _) | (_, toml::Value::Table(_)) => return Err(key.clone()),
            // A word of the shop's own is for its own template.
            (_, toml::Value::String(_)) => drop(into.insert(key.clone(), value.clone())),
            _ => return Err(key.clone()),
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, TemplateError> {
    let unreadable = |source| TemplateError::Unreadable { path: path.to_owned(), source };
    if fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES_MAX {
        return Err(too_large(path));
    }
    fs::read_to_string(path).map_err(unreadable)
}

fn too_large(path: &Path) -> TemplateError {
    TemplateError::TooLarge { path: path.to_owned(), limit: FILE_BYTES_MAX, files: FILES_MAX }
}

fn line_at(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count()
}

/// The line on which a key is set, or the first.
fn line_of(text: &str, key: &str) -> usize {
    let sets = |line: &str| line.trim_start().trim_start_matches(['[', '"']).starts_with(key);
    1 + text.lines().position(sets).unwrap_or(0)
}
