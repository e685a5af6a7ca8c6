//! The forms of identifiers: does a text look like an e-mail address, a phone number, a personal identity number, and
//! what is it called in the index.

use crate::contacts::Contact;
use crate::settings::Identifier;
use crate::switches::EmailCase;

/// Most characters in an e-mail address.
const EMAIL_MAX: usize = 254;

/// An identifier that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sought {
    pub(crate) kind: Identifier,
    /// As the index has it.
    pub(crate) indexed: String,
    /// As it was written.
    written: String,
}

impl Sought {
    /// None if the text has not the form of its kind.
    pub(crate) fn new(kind: Identifier, text: &str) -> Option<Sought> {
        Some(Sought { kind, indexed: indexed(kind, text)?, written: text.to_owned() })
    }

    /// What the catch-all look-up takes a text for.
    pub(crate) fn any(text: &str, custom_key: Identifier, calling_code: &str) -> Sought {
        let (kind, indexed) = recognised(text, custom_key, calling_code);
        Sought { kind, indexed, written: text.to_owned() }
    }

    /// Whether a contact has it.
    pub(crate) fn fits(&self, contact: &Contact, case: EmailCase) -> bool {
        let own = contact.attribute(self.kind.attribute());
        let indexed = own.and_then(|own| indexed(self.kind, own));
        indexed.as_ref() == Some(&self.indexed) && self.fits_as_written(contact, case)
    }

    /// Whether a contact that the index has under it has it as it was written, where that matters.
    pub(crate) fn fits_as_written(&self, contact: &Contact, case: EmailCase) -> bool {
        !self.minds_case(case) || contact.attribute(self.kind.attribute()) == Some(&self.written)
    }

    /// The text that one contact only may have where it is the key.
    pub(crate) fn key(&self, case: EmailCase) -> &str {
        if self.minds_case(case) { &self.written } else { &self.indexed }
    }

    fn minds_case(&self, case: EmailCase) -> bool {
        self.kind == Identifier::Email && case == EmailCase::Matters
    }
}

/// The text under which an identifier is indexed and compared; none if it has not the form.
///
/// A phone number needs its country calling code (fact C-19). Case of e-mail addresses is taken not to matter
/// (fact C-22). Personal numbers compare by their ten last digits or their eleven characters (fact C-20).
pub(crate) fn indexed(kind: Identifier, text: &str) -> Option<String> {
    match kind {
        Identifier::Email => is_email(text).then(|| text.to_lowercase()),
        Identifier::MobilePhone => international_phone(text),
        Identifier::SocialSecurityNumber => personal_number(text),
        Identifier::MemberNumber | Identifier::ExternalId => (!text.is_empty()).then(|| text.to_owned()),
    }
}

/// What the catch-all look-up takes a text for: the first kind whose form fits (fact C-11), with its indexed text.
///
/// A number without a calling code fits here, as at a till; it is read with the tenant's.
fn recognised(text: &str, custom_key: Identifier, calling_code: &str) -> (Identifier, String) {
    if let Some(email) = indexed(Identifier::Email, text) {
        return (Identifier::Email, email);
    }
    if let Some(number) = personal_number(text) {
        return (Identifier::SocialSecurityNumber, number);
    }
    if let Some(phone) = local_phone(text, calling_code) {
        return (Identifier::MobilePhone, phone);
    }
    (custom_key, text.to_owned())
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = text.len() <= EMAIL_MAX && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let labels = domain
        .split('.')
        .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
    plain && !local.is_empty() && !local.contains('@') && domain.contains('.') && labels
}

/// `+` and 7 to 15 digits; spaces and dashes between them are dropped.
fn international_phone(text: &str) -> Option<String> {
    let digits = phone_digits(text.strip_prefix('+')?)?;
    (!digits.starts_with('0')).then(|| format!("+{digits}"))
}

/// A phone number in its international form; one without a calling code is of the tenant's region (fact M-12).
pub(crate) fn local_phone(text: &str, calling_code: &str) -> Option<String> {
    if text.starts_with('+') {
        return international_phone(text);
    }
    let digits = phone_digits(text)?;
    if let Some(international) = digits.strip_prefix("00") {
        return Some(format!("+{international}"));
    }
    match digits.strip_prefix('0') {
        Some(national) => Some(format!("+{calling_code}{national}")),
        None => Some(format!("+{digits}")),
    }
}

fn phone_digits(text: &str) -> Option<String> {
    let inner = text.starts_with(|c: char| c.is_ascii_digit());
    let known = text.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-');
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (inner && known && (7..=15).contains(&digits.len())).then_some(digits)
}

fn personal_number(text: &str) -> Option<String> {
    swedish_number(text).or_else(|| finnish_number(text))
}

/// Ten or twelve digits, with or without a dash (or a plus) before the last four: a date and a check digit.
fn swedish_number(text: &str) -> Option<String> {
    let digits: String = match text.len() {
        10 | 12 => text.to_owned(),
        11 | 13 => {
            let (date, last) = text.split_at_checked(text.len() - 5)?;
            format!("{date}{}", last.strip_prefix(['-', '+'])?)
        }
        _ => return None,
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ten = &digits[digits.len() - 10..];
    // A coordination number has 60 added to its day.
    let day = ten[4..6].parse::<u8>().ok()? % 60;
    let month = ten[2..4].parse::<u8>().ok()?;
    let dated = (1..=12).contains(&month) && (1..=31).contains(&day);
    (dated && luhn(ten)).then(|| ten.to_owned())
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// `DDMMYYCZZZQ`, C the century's sign, Q the check character; the sign may be left out as `-` only.
fn finnish_number(text: &str) -> Option<String> {
    if text.len() != 11 || !text.is_ascii() {
        return None;
    }
    let upper = text.to_ascii_uppercase();
    let (date, rest) = upper.split_at(6);
    let (century, serial) = rest.split_at(1);
    let (serial, check) = serial.split_at(3);
    let number: usize = format!("{date}{serial}").parse().ok()?;
    let signed = "+-ABCDEFUVWXY".contains(century);
    let right = "0123456789ABCDEFHJKLMNPRSTUVWXY".as_bytes().get(number % 31) == Some(&check.as_bytes()[0]);
    (signed && right).then_some(upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(text: &str) -> (Identifier, String) {
        recognised(text, Identifier::MemberNumber, "46")
    }

    #[test]
    fn the_catch_all_stops_at_the_first_form_that_fits() {
        assert_eq!(any("Ada@Example.com"), (Identifier::Email, "ada@example.com".to_owned()));
        assert_eq!(any("19811218-9876").0, Identifier::SocialSecurityNumber);
        assert_eq!(any("131052-308T").0, Identifier::SocialSecurityNumber);
        assert_eq!(any("070-123 45 67"), (Identifier::MobilePhone, "+46701234567".to_owned()));
        assert_eq!(
            any("10000001").0,
            Identifier::MobilePhone,
            "a member number that looks like a phone number"
        );
        assert_eq!(any("M-17").0, Identifier::MemberNumber);
    }

    #[test]
    fn a_phone_number_needs_its_calling_code_where_it_is_named_as_one() {
        assert_eq!(indexed(Identifier::MobilePhone, "+46 70 123 45 67").as_deref(), Some("+46701234567"));
        for wrong in ["0701234567", " 46701234567", "+0701234567", "+46", "+46701234567x"] {
            assert_eq!(indexed(Identifier::MobilePhone, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn personal_numbers_are_one_person_with_and_without_century_and_dash() {
        let ten = indexed(Identifier::SocialSecurityNumber, "8112189876");
        assert!(ten.is_some());
        for same in ["811218-9876", "198112189876", "19811218-9876"] {
            assert_eq!(indexed(Identifier::SocialSecurityNumber, same), ten, "{same}");
        }
        for wrong in ["8112189875", "8113189876", "811218x9876", "131052-308A", "åäöåäö"] {
            assert_eq!(indexed(Identifier::SocialSecurityNumber, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in ["", "ada", "@example.com", "ada@", "ada@example", "a da@example.com", "a@b@example.com"]
        {
            assert_eq!(indexed(Identifier::Email, wrong), None, "{wrong}");
        }
    }
}
