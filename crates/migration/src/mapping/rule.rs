//! What a field is made of.

use std::collections::BTreeMap;

/// A field's rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Where its value comes from.
    pub from: From,
    /// How its dates and times are written, as in `strftime`.
    pub date: Option<String>,
    /// What its values mean; one that isn't here is a fault, or [`Self::otherwise`].
    pub values: Option<BTreeMap<String, String>>,
    /// What values that aren't in the table mean.
    pub otherwise: Option<String>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// Columns, one after the other.
    Columns {
        /// At least one.
        names: Vec<String>,
        /// What stands between them.
        join: String,
        /// What stands before them.
        prefix: String,
    },
    /// The same for all rows.
    Constant(String),
}

impl Rule {
    /// A column as it is.
    #[must_use]
    pub fn column(name: &str) -> Self {
        let names = vec![name.to_owned()];
        Self {
            from: From::Columns { names, join: String::new(), prefix: String::new() },
            date: None,
            values: None,
            otherwise: None,
        }
    }

    /// The columns that it is made of; of a constant none.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        match &self.from {
            From::Columns { names, .. } => names,
            From::Constant(_) => &[],
        }
    }
}
