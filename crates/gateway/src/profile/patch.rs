//! What is to change in Engage, decided from what a till said and what Engage has now. Pure.
//!
//! Engage replaces whatever is present in an update, also by nothing (fact C-51), so a patch holds only what differs.
//! All three preferences go out together, as they were read, with the changed ones laid over them (fact C-52).

use std::collections::BTreeSet;
use std::fmt;

use super::{Profile, either};
use crate::frozen::{Base, FrozenEnrolment, FrozenUpdate, Preferences};

/// What is to change in Engage, by the till's names and in the till's form. Its `Debug` shows the names alone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// Fields and their new values.
    pub set: Vec<(String, String)>,
    /// Fields to empty.
    pub clear: Vec<String>,
    /// All preferences, where one changes.
    pub preferences: Option<Preferences>,
    /// Consents that change.
    pub consents: Vec<(String, bool)>,
}

impl fmt::Debug for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<&str> = self.set.iter().map(|(name, _)| name.as_str()).collect();
        let Patch { clear, preferences, consents, .. } = self;
        let mut shown = f.debug_struct("Patch");
        shown.field("set", &set).field("clear", clear).field("preferences", preferences);
        shown.field("consents", consents).finish()
    }
}

impl Patch {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Patch::default()
    }

    /// The profile after it.
    pub fn laid_over(&self, profile: &Profile) -> Profile {
        let mut after = profile.clone();
        for (name, value) in &self.set {
            after.put(name, Some(value));
        }
        for name in &self.clear {
            after.put(name, None);
        }
        if let Some(preferences) = self.preferences {
            after.preferences = preferences.into();
        }
        for (id, value) in &self.consents {
            after.put_consent(id, *value);
        }
        after
    }
}

/// What an enrolment changes of somebody who is there: it fills what is empty, and gives what was not given. Nothing that
/// was filled is overwritten, and no consent is taken back.
pub fn fill(frozen: &FrozenEnrolment, now: &Profile) -> Patch {
    let empty = frozen.fields().filter(|(name, _)| now.is_empty(name));
    let mut preferences = Preferences::from(now.preferences);
    for (channel, stated) in frozen.preferences.each() {
        if let Some(place) = preferences.place(channel) {
            *place = either(*place, stated);
        }
    }
    let gives = |(id, value): &&(String, bool)| match now.consent(id) {
        Some(true) => false,
        Some(false) => *value,
        None => true,
    };
    Patch {
        set: empty.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        clear: Vec::new(),
        preferences: (preferences != now.preferences.into()).then_some(preferences),
        consents: frozen.consents.iter().filter(gives).cloned().collect(),
    }
}

/// What an update changes, and what it leaves alone because somebody else changed it in Engage since it was said.
pub fn update(frozen: &FrozenUpdate, now: &Profile, changed_since: bool) -> (Patch, BTreeSet<String>) {
    let mut patch = Patch::default();
    let mut left_alone = BTreeSet::new();
    let nothing = Base::default();
    let base = frozen.base.as_ref().unwrap_or(&nothing);
    // Where Engage was never seen to have the contact, what is filled counts as changed by somebody else if they changed
    // anything of it since.
    let may_be_newer = base.seen || changed_since;
    for (name, value) in frozen.fields() {
        let fate = match name {
            // Its value is never read: one that is there may be any.
            "personalIdentityNumber" if !now.is_empty(name) && value.is_some() => Fate::LeftAlone,
            "personalIdentityNumber" if now.is_empty(name) == value.is_none() => Fate::Same,
            "personalIdentityNumber" => Fate::Changes,
            _ => {
                let (value, now) = (value.map(str::to_owned), now.field(name).map(str::to_owned));
                fate(value, now, base.field(name), base.seen, may_be_newer)
            }
        };
        match (fate, value) {
            (Fate::Same, _) => {}
            (Fate::LeftAlone, _) => drop(left_alone.insert(name.to_owned())),
            (Fate::Changes, Some(value)) => patch.set.push((name.to_owned(), value.to_owned())),
            (Fate::Changes, None) => patch.clear.push(name.to_owned()),
        }
    }
    let mut preferences = Preferences::from(now.preferences);
    for (channel, stated) in frozen.preferences.each() {
        let (Some(stated), Some(place)) = (stated, preferences.place(channel)) else { continue };
        match fate(Some(stated), *place, base.preference(channel), base.seen, may_be_newer) {
            Fate::Same => {}
            Fate::LeftAlone => drop(left_alone.insert(format!("preferences/{channel}"))),
            Fate::Changes => *place = Some(stated),
        }
    }
    patch.preferences = (preferences != now.preferences.into()).then_some(preferences);
    for (id, value) in &frozen.consents {
        match fate(Some(*value), now.consent(id), base.consent(id), base.seen, may_be_newer) {
            Fate::Same => {}
            Fate::LeftAlone => drop(left_alone.insert(format!("consents/{id}"))),
            Fate::Changes => patch.consents.push((id.clone(), *value)),
        }
    }
    (patch, left_alone)
}

/// What becomes of one thing that an update touches.
enum Fate {
    /// It is so already.
    Same,
    /// It is to be changed.
    Changes,
    /// Somebody else changed it since.
    LeftAlone,
}

/// `base` is what it may be without anybody else's doing; `seen` tells whether that is all it can be.
fn fate<T: PartialEq>(
    new: Option<T>,
    now: Option<T>,
    base: &[Option<T>],
    seen: bool,
    may_be_newer: bool,
) -> Fate {
    match now {
        _ if now == new => Fate::Same,
        _ if base.contains(&now) || !may_be_newer => Fate::Changes,
        None if !seen => Fate::Changes,
        _ => Fate::LeftAlone,
    }
}
