//! What is odd about the shape of a body that Engage would take: what is empty, null, unknown or without a zone.

use crate::fields::{Trouble, What};
use crate::findings::{Note, Rule};

/// The findings that follow from a body's troubles with its table.
pub(crate) fn troubles(troubles: &[Trouble]) -> impl Iterator<Item = Note> {
    troubles.iter().filter_map(|trouble| {
        let path = trouble.path.clone();
        match &trouble.what {
            What::Null { .. } => Some(Note::at(Rule::NullValue, path)),
            What::Empty { .. } => Some(Note::at(Rule::EmptyValue, path)),
            What::NoZone => Some(Note::at(Rule::NoZone, path)),
            What::Unknown { nearest } => {
                let hint = nearest.map(|name| format!("{name} is known")).unwrap_or_default();
                Some(Note { rule: Rule::UnknownField, path, hint })
            }
            What::Absent | What::NotA(_) => None,
        }
    })
}

/// The same for an update, in which what is empty overwrites.
pub(crate) fn update_troubles(of: &[Trouble]) -> impl Iterator<Item = Note> {
    troubles(of).map(|note| match note.rule {
        Rule::NullValue | Rule::EmptyValue => Note { rule: Rule::EmptyInUpdate, ..note },
        _ => note,
    })
}
