//! The keyed hashes under which identifiers and contents are stored.
//!
//! The secret is drawn once per file and never leaves it, so a hash taken from one shop's database says nothing
//! about another's, and a stolen list of hashes can't be tried against all phone numbers without the file.

use std::fmt;

use crate::rows::{Alias, ContentHash, TokenHash};

const ALIAS_CONTEXT: &str = "tillbridge store 2026-11 alias";
const CONTENT_CONTEXT: &str = "tillbridge store 2026-11 content";
/// The kind of the aliases that are ids of contacts.
const CONTACT_ID: &str = "contactId";
const TOKEN_CONTEXT: &str = "tillbridge store 2026-11 token";

/// Makes the keyed hashes of one database.
#[derive(Clone)]
pub struct Keys {
    alias: [u8; 32],
    content: [u8; 32],
}

impl Keys {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self {
            alias: blake3::derive_key(ALIAS_CONTEXT, secret),
            content: blake3::derive_key(CONTENT_CONTEXT, secret),
        }
    }

    /// The alias for an identifier that was brought to its normal form. The same value of another kind is another
    /// alias.
    pub fn alias(&self, kind: &str, value: &str) -> Alias {
        let mut hasher = blake3::Hasher::new_keyed(&self.alias);
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hasher.update(&(kind.len() as u64).to_le_bytes());
        hasher.update(kind.as_bytes());
        hasher.update(value.as_bytes());
        Alias(first_half(hasher.finalize()))
    }

    /// The alias of a contact under an id of its own: the one that tills were given, or Engage's. The store sees to it
    /// that each contact has these.
    pub fn contact_id(&self, id: &str) -> Alias {
        self.alias(CONTACT_ID, id)
    }

    /// A name for what has this identity, in hexadecimal digits: always the same, and nobody guesses it without the
    /// secret.
    pub fn name(&self, kind: &str, identity: &str) -> String {
        self.alias(kind, identity).0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The hash of a content in the canonical form of `version`. Hashes of different versions never compare equal.
    pub fn content(&self, version: u8, canonical: &[u8]) -> ContentHash {
        let mut hash = [version; 17];
        hash[1..].copy_from_slice(&first_half(blake3::keyed_hash(&self.content, canonical)));
        ContentHash(hash)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl TokenHash {
    /// The hash of a token as it is presented. A token is 256 random bits, so the hash needs no key and no salt.
    pub fn of(secret: &str) -> Self {
        Self(blake3::derive_key(TOKEN_CONTEXT, secret.as_bytes()))
    }
}

fn first_half(hash: blake3::Hash) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.as_bytes()[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_depends_on_kind_value_and_secret_and_on_nothing_else() {
        let keys = Keys::new(&[1; 32]);
        assert_eq!(keys.alias("email", "a@example.com"), keys.clone().alias("email", "a@example.com"));
        assert_ne!(keys.alias("email", "a@example.com"), keys.alias("phone", "a@example.com"));
        assert_ne!(keys.alias("ab", "c"), keys.alias("a", "bc"));
        assert_ne!(keys.alias("email", "a"), Keys::new(&[2; 32]).alias("email", "a"));
    }

    #[test]
    fn contents_of_different_versions_never_compare_equal() {
        let keys = Keys::new(&[1; 32]);
        assert_eq!(keys.content(1, b"{}"), keys.content(1, b"{}"));
        assert_ne!(keys.content(1, b"{}"), keys.content(2, b"{}"));
    }

    #[test]
    fn the_keys_are_not_shown() {
        let shown = format!("{:?}", Keys::new(&[1; 32]));
        assert_eq!(shown, "Keys(…)");
    }
}
