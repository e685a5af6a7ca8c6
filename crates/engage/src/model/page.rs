//! Lists, whole or in parts.

use serde_json::value::RawValue;

use super::{Mismatch, Object, Shape};

/// A part of a list (fact B-33).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Rows before these.
    pub offset: u64,
    /// Rows in all, when said.
    pub total_count: Option<u64>,
}

type ReadRow<T> = fn(&Object<'_>) -> Result<T, Mismatch>;

impl<T> Page<T> {
    pub(crate) fn read(object: &Object<'_>, row: ReadRow<T>) -> Result<Page<T>, Mismatch> {
        // An answer without rows is no answer: it would pass for a contact that never bought anything.
        let rows = object.list("items")?.ok_or(Mismatch { member: "items", expected: "there" })?;
        let items = rows.into_iter().map(|shape| read_row(Some(shape), row));
        Ok(Page {
            items: items.collect::<Result<_, _>>()?,
            offset: object.count("offset")?.unwrap_or(0),
            total_count: object.count("totalCount")?,
        })
    }

    /// The page that a list without pages is: nothing comes before it or after it.
    pub(crate) fn of_all(rows: Vec<&RawValue>, row: ReadRow<T>) -> Result<Page<T>, Mismatch> {
        let items = rows.into_iter().map(|raw| read_row(Shape::of(raw), row));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        Ok(Page { offset: 0, total_count: Some(items.len() as u64), items })
    }
}

fn read_row<T>(shape: Option<Shape<'_>>, row: ReadRow<T>) -> Result<T, Mismatch> {
    match shape {
        Some(Shape::Object(object)) => row(&object),
        _ => Err(Mismatch { member: "a row", expected: "an object" }),
    }
}
