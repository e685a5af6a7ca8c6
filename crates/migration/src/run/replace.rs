//! Whether a plan may take the place of the one that is there.
//!
//! The files and lists of a plan that a run began with are needed to its end: what was taken is noted from them, and what
//! a delta leaves out is what was noted. So a plan that was begun is replaced only by the same one, or by a delta once all
//! of it is in. Otherwise records that are on their way would be in neither plan, or in both, and points count twice
//! (fact M-22).

use std::io;

use super::journal::{self, Journal};
use super::state::State;
use super::{batches_of, digest, former_open};
use crate::manifest::Scope;
use crate::{Folder, Manifest};

/// Most files that a refusal names.
const NAMED_MAX: usize = 5;

/// Why the plan that is there stays.
#[derive(Debug, thiserror::Error)]
pub enum Kept {
    /// Files of it aren't in.
    #[error(
        "{count} files of the plan that was begun aren't in yet: {named}. A delta leaves out what was sent, so first bring \
         these in with `migrate run` (of one in doubt say `--was-imported FILE yes`, or `no`), then plan it. The plan that \
         was begun is kept"
    )]
    Open {
        /// How many.
        count: usize,
        /// The first of them.
        named: String,
    },
    /// It was begun, and this is another.
    #[error(
        "a run has begun with the plan that is here, and this one would be another: the export, what was mended, or the \
         mapping has changed. Bring the one that was begun to its end with `migrate run`, then plan what is new with \
         `plan --delta`; to try something, take another --folder. The plan that was begun is kept"
    )]
    Begun,
    /// The journal can't tell.
    #[error("the run's journal")]
    Journal(#[from] journal::Error),
    /// The plan that is there can't tell.
    #[error("the plan that is here")]
    Plan(#[from] io::Error),
}

/// No run begins while this is held.
#[derive(Debug)]
pub struct Held {
    _journal: Option<Journal>,
}

/// Asks whether this plan may take the place of the folder's. Until what is answered is dropped, no run begins.
///
/// # Errors
/// Every [`Kept`].
pub fn may_replace(folder: &Folder, next: &Manifest) -> Result<Held, Kept> {
    let path = folder.journal();
    if !path.exists() {
        return Ok(Held { _journal: None });
    }
    let (journal, lines) = Journal::open(&path)?;
    let former = match std::fs::read(folder.manifest()) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(io::Error::from)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    decide(former.as_ref(), next, &State::of(&lines))?;
    Ok(Held { _journal: Some(journal) })
}

fn decide(former: Option<&Manifest>, next: &Manifest, state: &State) -> Result<(), Kept> {
    let is_same = state.plan.as_ref().is_some_and(|(begun, _)| *begun == digest(next));
    if state.files.is_empty() || is_same {
        return Ok(());
    }
    match next.scope {
        Scope::Full => Err(Kept::Begun),
        Scope::Delta => match open(former, state).as_slice() {
            [] => Ok(()),
            open => Err(Kept::Open { count: open.len(), named: named(open) }),
        },
    }
}

/// Files that aren't in: of the plan that is there, if it was begun; of those before it, what may be on its way.
fn open(former: Option<&Manifest>, state: &State) -> Vec<String> {
    let files = former.map_or(&[][..], |former| &former.files);
    let is_begun = files.iter().any(|file| state.files.contains_key(&file.name));
    let is_open = |name: &str, batches| is_begun && !state.stage(name).is_done(batches);
    let own = files.iter().filter(|file| is_open(&file.name, batches_of(file))).map(|file| file.name.clone());
    own.chain(former_open(files, state)).collect()
}

fn named(files: &[String]) -> String {
    let first = files[..files.len().min(NAMED_MAX)].join(", ");
    if files.len() > NAMED_MAX { format!("{first}, …") } else { first }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::super::journal::{Entry, Line, VERSION};
    use super::*;
    use crate::Entity;
    use crate::manifest::{self, Certainty, PlannedFile, StartedBy, VoucherSum};

    fn plan(scope: Scope, stamp: &str, entities: &[Entity]) -> Manifest {
        let file = |entity: &Entity| PlannedFile {
            name: format!("{stamp}_0001_{}.csv", entity.as_str()),
            entity: *entity,
            folder: format!("/{}", entity.as_str()),
            started_by: StartedBy::Engage,
            layout: Certainty::Documented,
            needs_member_numbers: false,
            records: 1,
            lines: 1,
            bytes: 1,
            blake3: stamp.to_owned(),
        };
        Manifest {
            version: manifest::VERSION,
            stamp: stamp.to_owned(),
            scope,
            mapping: String::new(),
            inputs: Vec::new(),
            tallies: BTreeMap::new(),
            files: entities.iter().map(file).collect(),
            turnover: Vec::new(),
            identifiers: BTreeMap::new(),
            points: Default::default(),
            vouchers: VoucherSum::default(),
        }
    }

    fn state(begun: &Manifest, entries: impl IntoIterator<Item = Entry>) -> State {
        let plan = Entry::Plan { version: VERSION, digest: digest(begun), scope: begun.scope };
        let line = |entry| Line { at: Timestamp::UNIX_EPOCH, entry };
        let lines: Vec<Line> = std::iter::once(plan).chain(entries).map(line).collect();
        State::of(&lines)
    }

    const BOTH: [Entity; 2] = [Entity::Contacts, Entity::Points];

    fn taken(plan: &Manifest) -> impl Iterator<Item = Entry> {
        plan.files.iter().map(|file| Entry::PickedUp { file: file.name.clone() })
    }

    #[test]
    fn a_plan_that_no_run_has_begun_with_is_replaced_by_any() {
        let former = plan(Scope::Full, "1", &BOTH);
        for next in [plan(Scope::Full, "2", &BOTH), plan(Scope::Delta, "2", &BOTH)] {
            for state in [State::default(), state(&former, [])] {
                decide(Some(&former), &next, &state).unwrap();
            }
        }
    }

    #[test]
    fn a_full_plan_that_was_begun_is_replaced_by_none_but_itself() {
        let former = plan(Scope::Full, "1", &BOTH);
        for entries in [taken(&former).take(1).collect::<Vec<_>>(), taken(&former).collect()] {
            let state = state(&former, entries);
            decide(Some(&former), &former, &state).unwrap();
            let other = decide(Some(&former), &plan(Scope::Full, "2", &BOTH), &state);
            assert!(matches!(other, Err(Kept::Begun)), "{other:?}");
        }
    }

    #[test]
    fn a_delta_is_planned_once_every_file_of_the_plan_before_it_is_in() {
        let former = plan(Scope::Full, "1", &BOTH);
        let (contacts, points) = (former.files[0].name.clone(), former.files[1].name.clone());
        let delta = plan(Scope::Delta, "2", &BOTH);
        let of_points = |entry: fn(String) -> Entry| {
            let taken = Entry::PickedUp { file: contacts.clone() };
            decide(Some(&former), &delta, &state(&former, [taken, entry(points.clone())]))
        };
        for open in [
            (|file| Entry::Begun { file, attempt: 1 }) as fn(String) -> Entry,
            |file| Entry::Whole { file },
            |file| Entry::Uploaded { file },
            |file| Entry::InDoubt { file },
            |file| Entry::Word { file, imported: false },
        ] {
            let told = of_points(open).unwrap_err().to_string();
            assert!(told.contains(&points) && !told.contains(&contacts), "{told}");
        }
        of_points(|file| Entry::Word { file, imported: true }).unwrap();
        of_points(|file| Entry::PickedUp { file }).unwrap();
        // Not sent at all.
        let taken = Entry::PickedUp { file: contacts.clone() };
        assert!(decide(Some(&former), &delta, &state(&former, [taken])).is_err());
    }

    #[test]
    fn a_delta_that_no_run_has_begun_with_is_replaced_by_another() {
        let first = plan(Scope::Full, "1", &BOTH);
        let state = state(&first, taken(&first));
        let delta = plan(Scope::Delta, "2", &BOTH);
        decide(Some(&delta), &plan(Scope::Delta, "3", &BOTH), &state).unwrap();
    }
}
