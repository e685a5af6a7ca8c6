//! What contacts hold many of, such as vouchers: in the order in which it was given, found by its id or its contact.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

/// Something that belongs to one contact for good.
pub(crate) trait Held {
    fn id(&self) -> Uuid;
    fn contact(&self) -> Uuid;
}

/// All of a kind. The rows are the truth, the index is made from them; copies of a world share the rows.
#[derive(Debug, Clone)]
pub(crate) struct Holdings<T> {
    rows: Vec<Arc<T>>,
    by_id: HashMap<Uuid, usize>,
    by_contact: HashMap<Uuid, Vec<usize>>,
}

impl<T> Default for Holdings<T> {
    fn default() -> Holdings<T> {
        Holdings { rows: Vec::new(), by_id: HashMap::new(), by_contact: HashMap::new() }
    }
}

impl<T: Held + Clone> Holdings<T> {
    pub(crate) fn insert(&mut self, one: T) {
        let row = self.rows.len();
        self.by_id.insert(one.id(), row);
        self.by_contact.entry(one.contact()).or_default().push(row);
        self.rows.push(Arc::new(one));
    }

    pub(crate) fn get(&self, id: Uuid) -> Option<&T> {
        self.by_id.get(&id).map(|row| self.rows[*row].as_ref())
    }

    pub(crate) fn get_mut(&mut self, id: Uuid) -> Option<&mut T> {
        self.by_id.get(&id).map(|row| Arc::make_mut(&mut self.rows[*row]))
    }

    /// What a contact holds, the first given first.
    pub(crate) fn of(&self, contact: Uuid) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        let rows = self.by_contact.get(&contact).map_or(&[][..], Vec::as_slice);
        rows.iter().map(|row| self.rows[*row].as_ref())
    }

    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.rows.iter().map(AsRef::as_ref)
    }
}
