//! How values stand in columns: instants as microseconds, states and roles as small numbers, a delivery's progress
//! as a row of them.
//!
//! The numbers are on disk and in the partial indexes of the schema: they never change their meaning.

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Row, ToSql};

use crate::checkout::CheckoutState;
use crate::command::Role;
use crate::lifecycle::{Phase, Progress, Sighting};
use crate::reader::subjects::SubjectKey;
use crate::rows::{Alias, ContactKey, ContentHash, DeliveryId, DeliveryState, DocumentId, Note, TokenHash};
use crate::subject::Way;

/// An instant in a column, in whole microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Micros(pub(crate) Timestamp);

impl ToSql for Micros {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_microsecond().into())
    }
}

impl FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = value.as_i64()?;
        Timestamp::from_microsecond(micros).map(Self).map_err(|_| FromSqlError::OutOfRange(micros))
    }
}

/// An instant that may be absent, on its way into a column.
pub(crate) fn micros(at: Option<Timestamp>) -> Option<Micros> {
    at.map(Micros)
}

impl DeliveryState {
    /// Every state, in the order of the numbers that stand for them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Waiting, Self::InFlight, Self::Unknown, Self::Done, Self::NeedsAttention, Self::Discarded];

    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::InFlight => 1,
            Self::Unknown => 2,
            Self::Done => 3,
            Self::NeedsAttention => 4,
            Self::Discarded => 5,
        }
    }
}

impl ToSql for DeliveryState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.number().into())
    }
}

impl FromSql for DeliveryState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        Self::ALL.into_iter().find(|state| state.number() == number).ok_or(FromSqlError::OutOfRange(number))
    }
}

impl ToSql for Role {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = match self {
            Self::Independent => 0,
            Self::CreatesContact => 1,
            Self::NeedsContact => 2,
            Self::ChangesContact => 3,
            Self::ErasesContact => 4,
        };
        Ok(number.into())
    }
}

impl FromSql for Role {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self::Independent),
            1 => Ok(Self::CreatesContact),
            2 => Ok(Self::NeedsContact),
            3 => Ok(Self::ChangesContact),
            4 => Ok(Self::ErasesContact),
            number => Err(FromSqlError::OutOfRange(number)),
        }
    }
}

impl ToSql for DeliveryId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for DeliveryId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for DocumentId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for DocumentId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for ContactKey {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for ContactKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for Alias {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

impl FromSql for Alias {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(Self)
    }
}

/// How far a contact was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Here; Engage may still have it.
    Here,
    /// In Engage too.
    Everywhere,
}

impl ToSql for Extent {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = match self {
            Self::Here => 1,
            Self::Everywhere => 2,
        };
        Ok(number.into())
    }
}

impl FromSql for Extent {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            1 => Ok(Self::Here),
            2 => Ok(Self::Everywhere),
            number => Err(FromSqlError::OutOfRange(number)),
        }
    }
}

impl ToSql for Way {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let number = match self {
            Self::InTurn => 0,
            Self::Replaces => 1,
            Self::Follows => 2,
        };
        Ok(number.into())
    }
}

impl FromSql for Way {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self::InTurn),
            1 => Ok(Self::Replaces),
            2 => Ok(Self::Follows),
            number => Err(FromSqlError::OutOfRange(number)),
        }
    }
}

impl ToSql for SubjectKey {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for SubjectKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl FromSql for CheckoutState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_i64()? {
            0 => Ok(Self::Open),
            1 => Ok(Self::Paid),
            2 => Ok(Self::Released),
            number => Err(FromSqlError::OutOfRange(number)),
        }
    }
}

impl ToSql for ContentHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

impl FromSql for ContentHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(Self)
    }
}

impl ToSql for TokenHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

impl FromSql for TokenHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(Self)
    }
}

/// Reads where a delivery stands from a row that has the columns of that by their names. The schema's checks make
/// the columns that a state needs present; were one absent, this is an error and nothing is guessed.
pub(crate) fn progress(row: &Row<'_>) -> rusqlite::Result<Progress> {
    let needed_note = || -> rusqlite::Result<Note> {
        Ok(Note { code: row.get("note_code")?, detail: row.get("note_detail")? })
    };
    let at = |name: &str| row.get::<_, Micros>(name).map(|at| at.0);
    let maybe = |name: &str| row.get::<_, Option<Micros>>(name).map(|at| at.map(|at| at.0));
    let phase = match row.get("state")? {
        DeliveryState::Waiting => Phase::Waiting { due: at("due")?, note: note(row)? },
        DeliveryState::InFlight => Phase::InFlight { begun: at("begun")? },
        DeliveryState::Unknown => Phase::Unknown { due: at("due")?, note: note(row)? },
        DeliveryState::Done => Phase::Done {
            begun: maybe("begun")?,
            ended: at("ended")?,
            note: note(row)?,
            sighting: match (maybe("confirm_due")?, maybe("confirmed_at")?) {
                (Some(due), _) => Sighting::Awaited { due, misses: row.get("misses")? },
                (None, Some(seen)) => Sighting::Seen(seen),
                (None, None) => Sighting::NotAsked,
            },
        },
        DeliveryState::NeedsAttention => Phase::NeedsAttention { note: needed_note()? },
        DeliveryState::Discarded => Phase::Discarded { ended: at("ended")?, note: needed_note()? },
    };
    Ok(Progress {
        phase,
        attempts: row.get("attempts")?,
        failures: row.get("failures")?,
        landed: maybe("landed")?,
        resent: row.get("resent")?,
    })
}

/// Reads a note from the columns that hold it.
pub(crate) fn note(row: &Row<'_>) -> rusqlite::Result<Option<Note>> {
    match row.get("note_code")? {
        Some(code) => Ok(Some(Note { code, detail: row.get("note_detail")? })),
        None => Ok(None),
    }
}

/// The columns that differ from state to state.
#[derive(Default)]
pub(crate) struct PhaseColumns<'a> {
    pub(crate) due: Option<Timestamp>,
    pub(crate) begun: Option<Timestamp>,
    pub(crate) note: Option<&'a Note>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) confirm_due: Option<Timestamp>,
    pub(crate) misses: u32,
    pub(crate) confirmed_at: Option<Timestamp>,
}

impl<'a> PhaseColumns<'a> {
    pub(crate) fn of(phase: &'a Phase) -> Self {
        let none = PhaseColumns::default();
        match phase {
            Phase::Waiting { due, note } | Phase::Unknown { due, note } => {
                Self { due: Some(*due), note: note.as_ref(), ..none }
            }
            Phase::InFlight { begun } => Self { begun: Some(*begun), ..none },
            Phase::NeedsAttention { note } => Self { note: Some(note), ..none },
            Phase::Discarded { ended, note } => Self { ended: Some(*ended), note: Some(note), ..none },
            Phase::Done { begun, ended, note, sighting } => {
                let done = Self { begun: *begun, ended: Some(*ended), note: note.as_ref(), ..none };
                match *sighting {
                    Sighting::NotAsked => done,
                    Sighting::Awaited { due, misses } => Self { confirm_due: Some(due), misses, ..done },
                    Sighting::Seen(at) => Self { confirmed_at: Some(at), ..done },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_the_states_are_their_places() {
        for (place, state) in DeliveryState::ALL.into_iter().enumerate() {
            assert_eq!(state.number(), place as i64);
        }
    }
}
