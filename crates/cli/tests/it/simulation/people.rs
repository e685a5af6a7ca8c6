//! The customers: what they are known by, and how they stand in Engage before anything happens.

use gateway::settings::{ContactKey, CustomKey, Engage};

use super::random::Random;

/// Published as test numbers, so that they are nobody's: <https://skatteverket.se> lists them.
const PERSONAL_NUMBERS: [&str; 8] = [
    "196408233234",
    "197010632391",
    "201906112386",
    "190308189802",
    "189001019802",
    "202601612381",
    "202601912393",
    "191711602399",
];

/// A kind of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Email,
    Phone,
    Member,
    External,
    Personal,
}

impl Kind {
    pub(super) fn of(key: ContactKey) -> Kind {
        match key {
            ContactKey::Email => Kind::Email,
            ContactKey::MobilePhone => Kind::Phone,
            ContactKey::MemberNumber => Kind::Member,
            ContactKey::ExternalId => Kind::External,
            ContactKey::PersonalIdentityNumber => Kind::Personal,
        }
    }

    /// The till's name for it.
    pub(super) fn said(self) -> &'static str {
        match self {
            Kind::Personal => "personalIdentityNumber",
            other => other.attribute(),
        }
    }

    /// Engage's name for it.
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Kind::Email => "email",
            Kind::Phone => "mobilePhone",
            Kind::Member => "memberNumber",
            Kind::External => "externalId",
            Kind::Personal => "socialSecurityNumber",
        }
    }
}

/// How somebody stands in Engage before the gateway is first started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    Unknown,
    /// Of the type that the tenant enrols.
    Member,
    /// Of another.
    Subscriber,
}

/// A customer, or one to be.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// All that the person can be known by.
    pub(super) known_by: Vec<(Kind, String)>,
    pub(super) before: Before,
    /// Contact ids that tills were given for this person.
    pub(super) contact_ids: Vec<String>,
    /// Those that they were given before the person was forgotten.
    pub(super) dead_ids: Vec<String>,
    /// Shares an identifier that isn't the tenant's key with somebody else.
    pub(super) shares: bool,
    /// Somebody gave a creation of this person up, or the like, so that less can be said about it.
    pub(super) meddled: bool,
    /// A till named the person by an id of Engage's that no till here was given: until the two are known to be one, what
    /// is said by one name is somebody else's word to the other.
    pub(super) twice_here: bool,
    /// When the person was last forgotten here.
    pub(super) forgotten: Option<jiff::Timestamp>,
    /// When the contact was last deleted in Engage, by whomever; and by somebody there.
    pub(super) deleted: Option<jiff::Timestamp>,
    pub(super) deleted_by_others: Option<jiff::Timestamp>,
}

impl Person {
    pub(super) fn draw(random: &mut Random, n: usize, engage: &Engage) -> Person {
        let mut known_by =
            vec![(Kind::Email, format!("person{n}@example.com")), (Kind::Phone, format!("+467017406{n:02}"))];
        match (engage.contact_key, engage.custom_key) {
            (ContactKey::MemberNumber, _) => known_by.push((Kind::Member, format!("M-7{n:03}"))),
            (_, CustomKey::ExternalId) => known_by.push((Kind::External, format!("ext-{n}"))),
            // Engage gives it out.
            (_, CustomKey::MemberNumber) => {}
        }
        if engage.personal_identity_numbers {
            known_by.push((Kind::Personal, PERSONAL_NUMBERS[n].to_owned()));
        }
        Person {
            known_by,
            before: random.pick(&[Before::Unknown, Before::Unknown, Before::Member, Before::Subscriber]),
            contact_ids: Vec::new(),
            dead_ids: Vec::new(),
            shares: false,
            meddled: false,
            twice_here: false,
            forgotten: None,
            deleted: None,
            deleted_by_others: None,
        }
    }

    pub(super) fn value(&self, kind: Kind) -> Option<&str> {
        self.known_by.iter().find(|(own, _)| *own == kind).map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, value: &str) -> bool {
        self.known_by.iter().any(|(_, own)| own == value)
    }

    /// Whether a contact's end, here or in Engage, came after this.
    pub(super) fn ended_since(&self, at: jiff::Timestamp) -> bool {
        self.forgotten.into_iter().chain(self.deleted).any(|end| end >= at)
    }
}

/// The first two are a family: they have one phone, or one address where the phone is the key.
pub(super) fn share(people: &mut [Person], key: Kind) {
    let shared = if key == Kind::Phone { Kind::Email } else { Kind::Phone };
    let [first, second, ..] = people else { return };
    let value = first.value(shared).unwrap_or_default().to_owned();
    for (kind, own) in &mut second.known_by {
        if *kind == shared {
            own.clone_from(&value);
        }
    }
    (first.shares, second.shares) = (true, true);
}
