//! Seals: what is kept about a contact is enciphered under a key of that contact's, which is what is erased.
//!
//! SQLite moves rows about, and leaves a copy now and then where a page has room: overwriting what is deleted doesn't
//! reach it, nor what the log or an earlier row held. A key does: keys stand in a table whose rows are only ever added
//! at its end and overwritten in their place, so there is one copy, and with it goes all that was ever sealed with it.
//! A blob whose key is gone is no blob: it reads as NULL.
//!
//! This is no protection of a file that is stolen whole, for the keys are in it.

use jiff::Timestamp;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

const KEY_BYTES: usize = 32;
const DRAW_CONTEXT: &str = "tillbridge store 2026-11 seals";

/// A contact's key.
pub(crate) type Key = [u8; KEY_BYTES];

/// Where keys come from: random bytes that are never written down.
pub(crate) struct Source {
    key: Key,
    drawn: std::cell::Cell<u64>,
}

impl Source {
    /// From bytes that are random at every start; the instant keeps apart the starts of those who have only one seed.
    pub(crate) fn new(seed: &[u8; 32], now: Timestamp) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(DRAW_CONTEXT);
        hasher.update(seed);
        hasher.update(&now.as_nanosecond().to_le_bytes());
        Self { key: *hasher.finalize().as_bytes(), drawn: std::cell::Cell::new(0) }
    }

    /// A new key.
    pub(crate) fn key(&self) -> Key {
        let n = self.drawn.get();
        self.drawn.set(n + 1);
        *blake3::keyed_hash(&self.key, &n.to_le_bytes()).as_bytes()
    }

    /// What makes one sealing different from every other under the same key.
    pub(crate) fn nonce(&self) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&self.key()[..NONCE_LEN]);
        nonce
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source(…)")
    }
}

/// Lets statements say `seal(key, nonce, blob)` and `unseal(key, blob)`. Where there is no key, the blob is nobody's
/// and stands as it is.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("seal", 3, flags, |call| {
        let blob = bytes(call.get_raw(2))?;
        match call.get_raw(0) {
            ValueRef::Null => Ok(blob.to_vec()),
            key => seal(bytes(key)?, bytes(call.get_raw(1))?, blob)
                .ok_or_else(|| Error::UserFunctionError("a contact's key is none".into())),
        }
    })?;
    connection.create_scalar_function("unseal", 2, flags, |call| match (call.get_raw(0), call.get_raw(1)) {
        (_, ValueRef::Null) => Ok(None),
        (ValueRef::Null, blob) => Ok(Some(bytes(blob)?.to_vec())),
        (key, blob) => Ok(unseal(bytes(key)?, bytes(blob)?)),
    })
}

fn bytes(value: ValueRef<'_>) -> Result<&[u8]> {
    value.as_blob().map_err(|error| Error::UserFunctionError(error.into()))
}

/// The nonce, the ciphered bytes, and the tag that tells whether the key fits and no byte changed.
fn seal(key: &[u8], nonce: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let mut sealed = Vec::with_capacity(nonce.len() + plain.len() + AES_256_GCM.tag_len());
    sealed.extend_from_slice(nonce);
    sealed.extend_from_slice(plain);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut sealed[NONCE_LEN..]).ok()?;
    sealed.extend_from_slice(tag.as_ref());
    Some(sealed)
}

fn unseal(key: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
    let mut plain = rest.to_vec();
    let length = key
        .open_in_place(Nonce::try_assume_unique_for_key(nonce).ok()?, Aad::empty(), &mut plain)
        .ok()?
        .len();
    plain.truncate(length);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_with_its_own_key_only() {
        let source = Source::new(&[1; 32], Timestamp::UNIX_EPOCH);
        let (key, other) = (source.key(), source.key());
        for length in [0, 1, 15, 16, 17, 5_000] {
            let plain: Vec<u8> = (0..length).map(|n: u32| n as u8).collect();
            let sealed = seal(&key, &source.nonce(), &plain).unwrap();
            assert!(length < 15 || !sealed.windows(plain.len()).any(|window| window == plain));
            assert_eq!(unseal(&key, &sealed), Some(plain));
            assert_eq!(unseal(&other, &sealed), None);
        }
        assert_eq!(unseal(&key, b"too short"), None);
    }

    #[test]
    fn a_byte_that_changed_is_noticed() {
        let key = [3; 32];
        let sealed = seal(&key, &[5; NONCE_LEN], b"a receipt").unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(unseal(&key, &changed), None, "at {place}");
        }
    }

    #[test]
    fn what_has_no_key_stands_as_it_is() {
        let db = Connection::open_in_memory().unwrap();
        register(&db).unwrap();
        let there_and_back = "SELECT unseal(NULL, seal(NULL, ?1, ?2))";
        let read: Vec<u8> = db.query_row(there_and_back, (b"nonce", b"receipt"), |row| row.get(0)).unwrap();
        assert_eq!(read, b"receipt");
        let gone: Option<Vec<u8>> =
            db.query_row("SELECT unseal(?1, ?2)", ([1; KEY_BYTES], [2; 50]), |row| row.get(0)).unwrap();
        assert_eq!(gone, None);
    }

    #[test]
    fn keys_differ_within_a_start_and_between_starts() {
        let second = Timestamp::from_second(1).unwrap();
        let sources = [([1; 32], Timestamp::UNIX_EPOCH), ([2; 32], Timestamp::UNIX_EPOCH), ([1; 32], second)];
        let keys: std::collections::BTreeSet<Key> = sources
            .into_iter()
            .map(|(seed, now)| Source::new(&seed, now))
            .flat_map(|source| [source.key(), source.key()])
            .collect();
        assert_eq!(keys.len(), 6);
    }
}
