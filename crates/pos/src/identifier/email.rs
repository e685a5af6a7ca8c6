//! E-mail addresses.

use std::fmt::Write;

use email_address::{EmailAddress, Options};

use super::clean::clean;
use super::{Error, HIDDEN, head};

/// The longest e-mail address that can be delivered to (RFC 5321), in bytes.
pub const EMAIL_BYTES_MAX: usize = 254;

/// An e-mail address, trimmed and in small letters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an e-mail address.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = clean(text);
        if text.is_empty() {
            return Err(Error::Empty);
        }
        if text.len() > EMAIL_BYTES_MAX {
            return Err(Error::TooLong);
        }
        let options = Options::default().without_display_text().without_domain_literal();
        let address = EmailAddress::parse_with_options(&text, options).map_err(|_| Error::NotAnEmail)?;
        if !address.domain().contains('.') {
            return Err(Error::NoDomain);
        }
        Ok(Self(text.to_lowercase()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let mut masked = format!("{}{HIDDEN}@{}{HIDDEN}", head(local, 1), head(domain, 1));
        if let Some((_, top)) = domain.rsplit_once('.') {
            write!(masked, ".{top}").expect("a String takes every text");
        }
        masked
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::Email;
    use crate::identifier::Error;

    #[test]
    fn an_email_is_trimmed_and_in_small_letters() {
        for (text, address) in [
            ("  Anna.Berg@Example.COM\n", "anna.berg@example.com"),
            ("a+b@sub.example.se", "a+b@sub.example.se"),
            ("\u{feff}anna＠example.com\r", "anna@example.com"),
        ] {
            assert_eq!(Email::parse(text).unwrap().as_str(), address);
        }
    }

    #[test]
    fn what_is_no_email_says_what_to_do() {
        let long = format!("{}@example.com", "a".repeat(250));
        for (text, error) in [
            ("", Error::Empty),
            ("   ", Error::Empty),
            ("anna", Error::NotAnEmail),
            ("anna@", Error::NotAnEmail),
            ("anna@@example.com", Error::NotAnEmail),
            ("Anna <anna@example.com>", Error::NotAnEmail),
            ("anna@[127.0.0.1]", Error::NotAnEmail),
            ("anna@localhost", Error::NoDomain),
            (long.as_str(), Error::TooLong),
        ] {
            assert_eq!(Email::parse(text), Err(error), "{text}");
        }
    }
}
