//! What is wrong with a configuration, and where. A fault never repeats a value that may be a secret.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a value comes from. Later ones outrank earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Nobody set it.
    Default,
    /// A line of the configuration file, counted from 1.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
}

impl Origin {
    /// Whether the other stands in the same place, whatever the line: neither outranks the other.
    pub(super) fn same_rank(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// A path that stands in a file is found from that file's folder, any other from where Tillbridge was started.
    pub(super) fn found_from(&self, path: PathBuf) -> PathBuf {
        match self {
            Self::File { path: file, .. } => file.parent().unwrap_or(Path::new("")).join(path),
            Self::Default | Self::Variable(_) => path,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => write!(f, "{name}"),
        }
    }
}

/// One thing to mend, or (as a warning) to think about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Where.
    pub(crate) origin: Origin,
    /// Which setting, if it is about one.
    pub(crate) key: Option<String>,
    /// What is wrong and what to do.
    pub(crate) text: String,
}

impl Finding {
    /// About one setting.
    pub(super) fn of(origin: &Origin, key: &str, text: impl Into<String>) -> Self {
        Self { origin: origin.clone(), key: Some(key.to_owned()), text: text.into() }
    }

    /// About a place.
    pub(super) fn at(origin: Origin, text: impl Into<String>) -> Self {
        Self { origin, key: None, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.origin, &self.key) {
            (Origin::Default, Some(key)) => write!(f, "{key}: {}", self.text),
            (Origin::Default, None) => write!(f, "{}", self.text),
            (origin @ Origin::File { .. }, Some(key)) => write!(f, "{origin}: {key}: {}", self.text),
            (origin, _) => write!(f, "{origin}: {}", self.text),
        }
    }
}

/// Why a configuration can't be used: everything that is wrong with it, at once.
#[derive(Debug)]
pub(crate) struct Faults(pub(super) Vec<Finding>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0.len();
        write!(f, "the configuration has {number} {}:", if number == 1 { "fault" } else { "faults" })?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for Faults {}
