//! Whom a till asks for: one identifier, or whatever was typed or scanned, in every way that it can be read.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pos::identifier::{CustomReference, Error, Identifier, Kind, ReadingContext, readings};
use pos::store::Country;

use super::{Desk, Scope, fault};
use crate::frozen::{FrozenFinding, Who};
use crate::settings::CustomKey;

/// Identifiers as a till sends them, to be normalised. It has no `Debug`: nothing of it may be shown.
#[derive(Clone, Copy, Default)]
pub struct Identified<'a> {
    /// An e-mail address.
    pub email: Option<&'a str>,
    /// A mobile phone number, as people write it.
    pub mobile_phone: Option<&'a str>,
    /// A member number.
    pub member_number: Option<&'a str>,
    /// An id from another system.
    pub external_id: Option<&'a str>,
    /// A personal identity number.
    pub personal_identity_number: Option<&'a str>,
    /// Whatever was typed or scanned.
    pub any: Option<&'a str>,
}

/// Where and when something is asked: it decides how numbers are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The country of a number without a calling code.
    pub(super) country: Option<Country>,
    /// The day there, which tells the century of a personal identity number of ten digits.
    pub(super) today: Date,
}

impl Desk<'_> {
    /// Normalises the one identifier that is given: one reading, or of `any` all that it can be. `store` is the one
    /// that asks.
    ///
    /// # Errors
    /// What is wrong with it and what to do; the value itself is never repeated.
    pub fn identify(
        &self,
        identified: &Identified<'_>,
        store: Option<&str>,
        by: &Scope,
        at: Timestamp,
    ) -> Result<Vec<Who>, FrozenFinding> {
        let place = self.place(store.or_else(|| by.only_store()), at);
        let named = [
            (Kind::Email, identified.email),
            (Kind::MobilePhone, identified.mobile_phone),
            (Kind::MemberNumber, identified.member_number),
            (Kind::ExternalId, identified.external_id),
            (Kind::PersonalIdentityNumber, identified.personal_identity_number),
        ];
        let named: Vec<(Kind, &str)> =
            named.into_iter().filter_map(|(kind, text)| Some((kind, text?))).collect();
        match (named.as_slice(), identified.any) {
            (&[(kind, text)], None) => {
                self.askable(kind)?;
                self.who(kind, text, place).map(|who| vec![who])
            }
            ([], Some(text)) => self.read_any(text, place),
            ([], None) => {
                let detail = "give an `email`, a `mobilePhone`, a `memberNumber`, an `externalId`, a \
                              `personalIdentityNumber`, or whatever was typed as `any`";
                Err(fault("missing", "", detail))
            }
            _ => Err(fault("oneAtATime", "", "give one identifier, not several")),
        }
    }

    /// One identifier of a kind that is named.
    pub(super) fn who(&self, kind: Kind, text: &str, place: Place) -> Result<Who, FrozenFinding> {
        let pointer = format!("/{}", kind.as_str());
        if kind == Kind::PersonalIdentityNumber && !self.settings.engage.personal_identity_numbers {
            return Err(fault("personalIdentityNumbersOff", pointer, PERSONAL_NUMBERS_OFF));
        }
        let read = Identifier::parse(kind, text, place.country, place.today);
        read.map(|identifier| Who::from(&identifier)).map_err(|error| match kind {
            Kind::Email => fault("emailInvalid", pointer, error.to_string()),
            Kind::MobilePhone => fault("mobilePhoneInvalid", pointer, error.to_string()),
            _ => fault("identifierInvalid", pointer, error.to_string()),
        })
    }

    /// Whether the tenant can be asked by an identifier of this kind (fact C-10).
    fn askable(&self, kind: Kind) -> Result<(), FrozenFinding> {
        let (other, instead) = match self.settings.engage.custom_key {
            CustomKey::MemberNumber => (Kind::ExternalId, "memberNumber"),
            CustomKey::ExternalId => (Kind::MemberNumber, "externalId"),
        };
        if kind != other {
            return Ok(());
        }
        let detail = format!(
            "this tenant can't be asked by it: its own key is the {instead}, as `[engage] custom_key` says; use that, \
             an e-mail address or a phone number"
        );
        Err(fault("identifierNotAskable", format!("/{}", kind.as_str()), detail))
    }

    fn read_any(&self, text: &str, place: Place) -> Result<Vec<Who>, FrozenFinding> {
        let context = ReadingContext {
            country: place.country,
            today: place.today,
            personal_numbers: self.settings.engage.personal_identity_numbers,
            custom: match self.settings.engage.custom_key {
                CustomKey::MemberNumber => CustomReference::MemberNumber,
                CustomKey::ExternalId => CustomReference::ExternalId,
            },
        };
        let read = readings(text, &context).map_err(|error| match error {
            Error::PersonalNumbersOff => fault("personalIdentityNumbersOff", "/any", PERSONAL_NUMBERS_OFF),
            _ => fault("identifierInvalid", "/any", error.to_string()),
        })?;
        Ok(read.iter().map(Who::from).collect())
    }

    /// Where a store is. Without one, the country that all the shop's stores share.
    pub(super) fn place(&self, store: Option<&str>, at: Timestamp) -> Place {
        let store = store.and_then(|id| self.shop(id));
        let zone = store.map_or(TimeZone::UTC, |store| store.time_zone.clone());
        Place {
            country: store.map(|store| store.country).or_else(|| self.settings.stores.common_country()),
            today: at.to_zoned(zone).date(),
        }
    }
}

/// What to do where personal identity numbers are off.
pub(super) const PERSONAL_NUMBERS_OFF: &str = "personal identity numbers are not handled here; ask for an e-mail address or a phone number, or have \
     `[engage] personal_identity_numbers` turned on";

impl From<&Identifier> for Who {
    fn from(identifier: &Identifier) -> Who {
        let value = identifier.value().to_owned();
        match identifier {
            Identifier::Email(_) => Who::Email(value),
            Identifier::MobilePhone(_) => Who::MobilePhone(value),
            Identifier::MemberNumber(_) => Who::MemberNumber(value),
            Identifier::ExternalId(_) => Who::ExternalId(value),
            Identifier::PersonalIdentityNumber(_) => Who::PersonalIdentityNumber(value),
            Identifier::ContactId(_) => Who::ContactId(value),
        }
    }
}
