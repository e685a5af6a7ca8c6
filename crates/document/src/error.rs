//! What can go wrong with a document: a template that somebody replaced, or HTML that no PDF can be made of.

use std::io;
use std::path::PathBuf;

/// Why a folder of templates is refused.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file or the folder can't be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is no text, or a larger one than a template can be.
    #[error("{} is larger than {limit} bytes, or there are more than {files} files", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The most bytes of a file.
        limit: u64,
        /// The most files of a folder.
        files: usize,
    },
    /// A file of words for a language that there is none for.
    #[error("{file} is of no language that documents are in; there are sv, en, nb, da, fi and de")]
    UnknownLanguage {
        /// The name of the file.
        file: String,
    },
    /// A file of words that can't be read as such.
    #[error("{file}, line {line}: {reason}")]
    Words {
        /// The name of the file.
        file: String,
        /// The line.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A template that can't be read, or can't be filled in.
    #[error("{0}")]
    Template(Fault),
    /// A template that no PDF can be made of.
    #[error("no PDF can be made of the sample receipt")]
    Pdf(#[source] RenderError),
}

/// Why a document can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The template can't be filled in.
    #[error("{0}")]
    Template(Fault),
    /// More HTML than a PDF is made of.
    #[error("the document has {bytes} bytes of HTML, a PDF is made of {limit} at most")]
    TooLong {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The fonts can't be read: a fault of the build.
    #[error("the font {0} can't be read")]
    Font(&'static str),
    /// The PDF can't be written.
    #[error("the PDF can't be written: {0}")]
    Pdf(String),
}

/// What is wrong in a template, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    file: String,
    line: usize,
    reason: String,
}

impl From<minijinja::Error> for Fault {
    fn from(error: minijinja::Error) -> Self {
        // The cause knows the file that was included, the error only the one that included it.
        let mut inner = &error;
        while let Some(cause) =
            std::error::Error::source(inner).and_then(<dyn std::error::Error>::downcast_ref)
        {
            inner = cause;
        }
        let reason = match inner.detail() {
            Some(detail) => format!("{}: {detail}", inner.kind()),
            None => inner.kind().to_string(),
        };
        let file = inner.name().unwrap_or("a template").to_owned();
        Self { file, line: inner.line().unwrap_or(1), reason }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}: {}", self.file, self.line, self.reason)
    }
}
