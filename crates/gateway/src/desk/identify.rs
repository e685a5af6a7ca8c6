//! Whom a till asks for.

use pos::identifier::{Email, MobilePhone};
use pos::store::Country;

use crate::frozen::{FrozenFinding, Who};

/// Identifiers as a till sends them, to be normalised.
#[derive(Debug, Clone, Default)]
pub struct Identified<'a> {
    /// An e-mail address.
    pub email: Option<&'a str>,
    /// A mobile phone number, as people write it.
    pub mobile_phone: Option<&'a str>,
}

/// Normalises the one identifier that is given. `country` is the store's, for numbers without a calling code.
///
/// # Errors
/// The faults, by place; the value itself is never repeated.
pub fn identify(identified: &Identified<'_>, country: Option<Country>) -> Result<Who, FrozenFinding> {
    match (identified.email, identified.mobile_phone) {
        (Some(text), None) => Email::parse(text)
            .map(|email| Who::Email(email.as_str().to_owned()))
            .map_err(|error| super::fault("emailInvalid", "/email", error.to_string())),
        (None, Some(text)) => MobilePhone::parse(text, country)
            .map(|phone| Who::MobilePhone(phone.as_str().to_owned()))
            .map_err(|error| super::fault("mobilePhoneInvalid", "/mobilePhone", error.to_string())),
        (None, None) => Err(super::fault("missing", "", "give an `email` or a `mobilePhone`")),
        (Some(_), Some(_)) => Err(super::fault("oneAtATime", "", "give one identifier, not several")),
    }
}
