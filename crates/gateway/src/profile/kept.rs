//! A profile as it is kept, with what no till is shown of it: where it is from, and when somebody else last changed it.
//!
//! Engage tells when a contact was last changed and not by whom, so that of every sight it is kept whether that was us.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Profile;

/// A profile as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The profile.
    pub profile: Profile,
    /// Where it is from.
    pub from: From,
    /// When somebody else last changed the contact in Engage, as far as is known; a change whose time isn't known counts
    /// as the latest.
    pub others_changed_at: Option<Timestamp>,
}

/// Where a profile is from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum From {
    /// Engage showed it.
    #[default]
    Engage,
    /// A till said it of somebody whom Engage has just created: there may be more.
    Till,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Beside {
    from: From,
    others_changed_at: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(flatten)]
    profile: &'a Profile,
    from: From,
    #[serde(skip_serializing_if = "Option::is_none")]
    others_changed_at: Option<Timestamp>,
}

impl Kept {
    /// What a till said of somebody who was created so.
    pub fn said(profile: Profile) -> Kept {
        Kept { profile, from: From::Till, others_changed_at: None }
    }

    /// What Engage shows. `before` is what was kept: where nothing differs from it, nobody else has changed anything
    /// since. `modified_on` is when Engage says that it was changed.
    pub fn seen(profile: Profile, before: Option<&Kept>, modified_on: Option<Timestamp>) -> Kept {
        let others_changed_at = match before {
            Some(before) if before.is_still_so(&profile) => before.others_changed_at,
            _ => Some(modified_on.unwrap_or(Timestamp::MAX)),
        };
        Kept { profile, from: From::Engage, others_changed_at }
    }

    /// Reads it back.
    pub fn read(bytes: &[u8]) -> Option<Kept> {
        let profile = Profile::read(bytes)?;
        let Beside { from, others_changed_at } = serde_json::from_slice(bytes).ok()?;
        Some(Kept { profile, from, others_changed_at })
    }

    /// The form that is kept.
    pub fn write(&self) -> Vec<u8> {
        let Kept { profile, from, others_changed_at } = self;
        let written = Written { profile, from: *from, others_changed_at: *others_changed_at };
        serde_json::to_vec(&written).expect("plain data has a JSON form")
    }

    /// Whether Engage still has what this says, and nothing else where this says all. The type is no matter: we change it
    /// ourselves.
    fn is_still_so(&self, now: &Profile) -> bool {
        let own = |profile: &Profile| Profile { loyalty: None, contact_type: None, ..profile.clone() };
        match self.from {
            From::Engage => own(&self.profile) == own(now),
            From::Till => self.profile.is_part_of(now),
        }
    }
}
