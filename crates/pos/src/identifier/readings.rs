//! What a text can be, where nobody says which kind of identifier it is.
//!
//! The look-up's own catch-all stops at the first kind whose form fits, and so never finds a member number that
//! looks like a phone number (fact C-11). Here every reading comes out, and all of them are to be tried.
//!
//! It doesn't decide which reading is right: that shows only when somebody is found by it.

use jiff::civil::Date;

use super::clean::clean;
use super::{Email, Error, Identifier, MobilePhone, PersonalNumber, reference};
use crate::store::Country;

/// The most readings of one text: a phone number, a Swedish and a Finnish number, and a reference.
pub const READINGS_MAX: usize = 4;

/// The longest text that is read, in bytes, as it was typed.
const TYPED_BYTES_MAX: usize = 1_000;

/// What it depends on how a text is read.
#[derive(Debug, Clone, Copy)]
pub struct ReadingContext {
    /// The store's country: a phone number without a country's code is of it.
    pub country: Option<Country>,
    /// The day: it tells the century of a personal identity number of ten digits.
    pub today: Date,
    /// Whether the shop handles personal identity numbers.
    pub personal_numbers: bool,
    /// What the shop's own numbers are.
    pub custom: CustomReference,
}

/// What the shop's own numbers are (fact C-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomReference {
    /// The member number.
    MemberNumber,
    /// The id of another system.
    ExternalId,
}

/// Everything that a text which was typed, pasted or scanned can be, the likeliest first: at least one reading,
/// at most [`READINGS_MAX`].
///
/// The reference is always among them, and always last, so that a member number that looks like a phone number
/// is found; but for what holds an `@`, and for what can only be a personal identity number: as a reference that
/// would be sent in a place where nobody expects one. Where none is to be handled, it is refused.
///
/// # Errors
/// That nothing is left of it, or why it can be nothing; without repeating it.
pub fn readings(text: &str, context: &ReadingContext) -> Result<Vec<Identifier>, Error> {
    if text.len() > TYPED_BYTES_MAX {
        return Err(Error::TooLong);
    }
    let text = clean(text);
    let text = without_scheme(&text);
    if text.is_empty() {
        return Err(Error::Empty);
    }
    if text.contains('@') {
        return Ok(vec![Identifier::Email(Email::parse(text)?)]);
    }
    let phone = MobilePhone::parse(text, context.country).ok().map(Identifier::MobilePhone);
    let numbers = PersonalNumber::all(text, context.country, context.today).unwrap_or_default();
    // Ten digits may be many things; with a sign, a letter or the century they are nothing else.
    let bare = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_personal = !numbers.is_empty() && !bare;
    let custom = if is_personal { Err(Error::PersonalNumbersOff) } else { custom(text, context.custom) };

    let mut found: Vec<Identifier> = phone.into_iter().collect();
    if context.personal_numbers {
        found.extend(numbers.into_iter().map(Identifier::PersonalIdentityNumber));
    }
    match custom {
        Ok(custom) => found.push(custom),
        Err(error) if found.is_empty() => return Err(error),
        Err(_) => {}
    }
    Ok(found)
}

/// The shop's own number, if it can be one.
fn custom(text: &str, kind: CustomReference) -> Result<Identifier, Error> {
    match kind {
        CustomReference::ExternalId => reference(text).map(Identifier::ExternalId),
        CustomReference::MemberNumber => {
            // Cards show long numbers in groups.
            let in_groups = text.chars().all(|c| c.is_ascii_digit() || c == ' ');
            let text = if in_groups { text.replace(' ', "") } else { text.to_owned() };
            if text.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c)) {
                reference(&text).map(Identifier::MemberNumber)
            } else {
                Err(if text.chars().any(char::is_control) {
                    Error::ControlCharacters
                } else {
                    Error::NotAnIdentifier
                })
            }
        }
    }
}

/// Codes on business cards and in signatures say what they hold (`tel:`, `mailto:`), and more than is asked for.
fn without_scheme(text: &str) -> &str {
    let after = |scheme: &str| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    let rest = match (after("tel:"), after("mailto:")) {
        (Some(number), _) => number.split(';').next(),
        (None, Some(address)) => address.split('?').next(),
        (None, None) => Some(text),
    };
    rest.unwrap_or_default().trim()
}

#[cfg(test)]
mod tests;
