//! By what contacts are told apart: each attribute that is one person's alone, normalised as Engage and the tills have it.

use jiff::civil::Date;
use pos::identifier::{Error, Identifier, Kind};
use pos::store::Country;

use super::keys::KeyDigest;
use crate::mapping::{ContactKey, Unfit};

/// How attributes of a contact are read.
#[derive(Debug, Clone, Copy)]
pub struct ContactKeys {
    /// What receipts, points and vouchers name a contact by.
    pub key: ContactKey,
    /// Of which country phone numbers are that name none.
    pub country: Option<Country>,
    /// Tells the century of short personal numbers.
    pub today: Date,
}

impl ContactKeys {
    /// The key of a contact, normalised.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn read(&self, text: &str) -> Result<String, Unfit> {
        self.read_as(self.key, text, self.country)
    }

    /// The digest of a normalised key.
    #[must_use]
    pub fn digest(&self, key: &str) -> KeyDigest {
        KeyDigest::of(self.key.as_str(), key)
    }

    /// An attribute, normalised.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn read_as(
        &self,
        attribute: ContactKey,
        text: &str,
        country: Option<Country>,
    ) -> Result<String, Unfit> {
        let (kind, code) = match attribute {
            ContactKey::MemberNumber => (Kind::MemberNumber, "badMemberNumber"),
            ContactKey::ExternalId => (Kind::ExternalId, "badExternalId"),
            ContactKey::Email => (Kind::Email, "badEmail"),
            ContactKey::MobilePhone => (Kind::MobilePhone, "badMobilePhone"),
            ContactKey::SocialSecurityNumber => (Kind::PersonalIdentityNumber, "badSocialSecurityNumber"),
        };
        match Identifier::parse(kind, text, country, self.today) {
            Ok(identifier) => Ok(identifier.value().to_owned()),
            Err(error) => Err(unfit(code, error)),
        }
    }
}

/// The parts of such an error's text: what is wrong, and what to do.
fn unfit(code: &'static str, error: Error) -> Unfit {
    let text = error.to_string();
    let (reason, mend) = text.split_once("; ").unwrap_or((&text, "mend it, or leave it blank"));
    Unfit { code, reason: reason.to_owned(), mend: mend.to_owned() }
}

/// The code of a second row with the same value.
pub(super) const fn duplicate(attribute: ContactKey, is_key: bool) -> &'static str {
    match attribute {
        _ if is_key => "duplicateKey",
        ContactKey::MemberNumber => "duplicateMemberNumber",
        ContactKey::ExternalId => "duplicateExternalId",
        ContactKey::Email => "duplicateEmail",
        ContactKey::MobilePhone => "duplicateMobilePhone",
        ContactKey::SocialSecurityNumber => "duplicateSocialSecurityNumber",
    }
}

/// Whether an address or number was typed so that the till would go on, and is nobody's.
pub(super) fn is_placeholder(attribute: ContactKey, value: &str) -> bool {
    const NOBODY: [&str; 18] = [
        "noname",
        "noemail",
        "nomail",
        "noreply",
        "no-reply",
        "no.reply",
        "none",
        "test",
        "na",
        "null",
        "ingen",
        "ingenmail",
        "saknas",
        "okand",
        "unknown",
        "anonymous",
        "xxx",
        "dummy",
    ];
    /// How many equal digits at the end no subscriber's number has.
    const EQUAL_DIGITS: usize = 7;
    match attribute {
        ContactKey::Email => value.split('@').next().is_some_and(|local| NOBODY.contains(&local)),
        ContactKey::MobilePhone => {
            let mut digits = value.bytes().rev();
            let last = digits.next();
            1 + digits.take_while(|digit| Some(*digit) == last).count() >= EQUAL_DIGITS
        }
        ContactKey::MemberNumber | ContactKey::ExternalId | ContactKey::SocialSecurityNumber => false,
    }
}
