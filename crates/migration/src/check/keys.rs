//! Many keys in little memory: sixteen bytes each, twelve of a digest and four of a number that belongs to it.
//!
//! Keys are spread over shards by the first bits of their digest, and each shard is a sorted list. Digests are uniform, so
//! that where one belongs is known almost exactly without looking, and a list grows by a sixteenth instead of doubling.
//!
//! With 96 bits, among ten million keys two that differ are taken for one with a chance of one in 10^15.

/// How many bits choose a shard.
const SHARD_BITS: u32 = 12;

/// How many hexadecimal digits a digest is written with.
const DIGITS: usize = 24;

/// The longest key that is put together before it is hashed, its namespace included: of few bytes at once the hash is
/// cheaper than of the same bytes in parts.
const AT_ONCE_BYTES: usize = 256;

/// A digest of a key, in a namespace of its own. Two numbers, since they are compared faster than bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyDigest {
    head: u64,
    tail: u32,
}

impl KeyDigest {
    /// The digest of a value among others of the same kind.
    #[must_use]
    pub fn of(namespace: &str, value: &str) -> Self {
        let (namespace, value) = (namespace.as_bytes(), value.as_bytes());
        let from = namespace.len() + 1;
        let mut whole = [0; AT_ONCE_BYTES];
        match whole.get_mut(..from + value.len()) {
            Some(whole) => {
                whole[..namespace.len()].copy_from_slice(namespace);
                whole[from..].copy_from_slice(value);
                Self::of_bytes(whole)
            }
            None => Self::of_bytes(&[namespace, &[0], value].concat()),
        }
    }

    /// The digest of a record as it is sent, by which another of the same content is known.
    #[must_use]
    pub fn of_content(bytes: &[u8]) -> Self {
        Self::of_bytes(bytes)
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        Self::cut(&blake3::hash(bytes))
    }

    fn cut(digest: &blake3::Hash) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, ..] = *digest.as_bytes();
        Self { head: u64::from_be_bytes([a, b, c, d, e, f, g, h]), tail: u32::from_be_bytes([i, j, k, l]) }
    }

    /// Reads what [`Display`](std::fmt::Display) wrote.
    #[must_use]
    pub fn read(hex: &str) -> Option<Self> {
        if hex.len() != DIGITS || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let (head, tail) = hex.split_at(2 * size_of::<u64>());
        Some(Self { head: u64::from_str_radix(head, 16).ok()?, tail: u32::from_str_radix(tail, 16).ok()? })
    }

    fn shard(self) -> usize {
        usize::try_from(self.head >> (u64::BITS - SHARD_BITS)).expect("twelve bits fit")
    }

    /// About where it is in a sorted list of `length` that holds one shard.
    fn place(self, length: usize) -> usize {
        let within = u128::from(self.head << SHARD_BITS);
        let place = (within * (length as u128)) >> u64::BITS;
        usize::try_from(place).expect("less than the length")
    }
}

impl std::fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}{:08x}", self.head, self.tail)
    }
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    head: u64,
    tail: u32,
    number: u32,
}

impl Slot {
    const fn digest(&self) -> KeyDigest {
        KeyDigest { head: self.head, tail: self.tail }
    }
}

/// Keys and their numbers.
#[derive(Debug)]
pub struct Keys {
    shards: Vec<Vec<Slot>>,
    count: u64,
}

impl Default for Keys {
    fn default() -> Self {
        Self { shards: vec![Vec::new(); 1 << SHARD_BITS], count: 0 }
    }
}

impl Keys {
    /// The number of a key.
    #[must_use]
    pub fn get(&self, digest: KeyDigest) -> Option<u32> {
        let shard = &self.shards[digest.shard()];
        find(shard, digest).ok().map(|at| shard[at].number)
    }

    /// Adds a key unless it is there; what is there then is answered.
    pub fn insert(&mut self, digest: KeyDigest, number: u32) -> Option<u32> {
        let shard = &mut self.shards[digest.shard()];
        match find(shard, digest) {
            Ok(at) => Some(shard[at].number),
            Err(at) => {
                if shard.len() == shard.capacity() {
                    shard.reserve_exact(shard.len() / 16 + 4);
                }
                shard.insert(at, Slot { head: digest.head, tail: digest.tail, number });
                self.count += 1;
                None
            }
        }
    }

    /// Counts a key: how often it was counted before.
    pub fn count(&mut self, digest: KeyDigest) -> u32 {
        let shard = digest.shard();
        if let Some(before) = self.insert(digest, 1) {
            let at = find(&self.shards[shard], digest).expect("it is there");
            self.shards[shard][at].number = before.saturating_add(1);
            return before;
        }
        0
    }

    /// How many keys there are.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// Where a digest is, or where it belongs.
fn find(shard: &[Slot], digest: KeyDigest) -> Result<usize, usize> {
    let mut at = digest.place(shard.len());
    while at > 0 && shard[at - 1].digest() >= digest {
        at -= 1;
    }
    while at < shard.len() && shard[at].digest() < digest {
        at += 1;
    }
    if shard.get(at).is_some_and(|slot| slot.digest() == digest) { Ok(at) } else { Err(at) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::{KeyDigest, Keys, Slot};

    proptest! {
        #[test]
        fn keys_are_a_map_whose_first_number_stays(keys in proptest::collection::vec(0..400_u32, 0..2_000)) {
            let (mut ours, mut map) = (Keys::default(), HashMap::new());
            for (number, key) in (0..).zip(&keys) {
                let digest = KeyDigest::of("email", &key.to_string());
                let before = map.get(key).copied();
                prop_assert_eq!(ours.get(digest), before);
                prop_assert_eq!(ours.insert(digest, number), before);
                map.entry(*key).or_insert(number);
            }
            prop_assert_eq!(ours.len(), map.len() as u64);
            for (key, number) in map {
                prop_assert_eq!(ours.get(KeyDigest::of("email", &key.to_string())), Some(number));
                prop_assert_eq!(ours.get(KeyDigest::of("mobilePhone", &key.to_string())), None);
            }
        }

        #[test]
        fn a_digest_is_of_the_namespace_and_the_value_whatever_their_length(value in ".{0,200}") {
            let whole = format!("email\0{value}");
            prop_assert_eq!(KeyDigest::of("email", &value), KeyDigest::of_content(whole.as_bytes()));
        }

        #[test]
        fn a_digest_is_read_as_it_was_written(value in ".*") {
            let digest = KeyDigest::of("email", &value);
            prop_assert_eq!(KeyDigest::read(&digest.to_string()), Some(digest));
        }
    }

    #[test]
    fn a_key_takes_sixteen_bytes_and_a_sixteenth() {
        assert_eq!(size_of::<Slot>(), 16);
        let mut keys = Keys::default();
        for key in 0..200_000_u32 {
            keys.insert(KeyDigest::of("email", &key.to_string()), key);
        }
        let reserved: usize = keys.shards.iter().map(|shard| shard.capacity() * 16).sum();
        assert!(reserved < 200_000 * 18, "{reserved}");
    }

    #[test]
    fn a_key_is_counted() {
        let mut keys = Keys::default();
        let digest = KeyDigest::of("points", "7001 10.00");
        assert_eq!([keys.count(digest), keys.count(digest), keys.count(digest)], [0, 1, 2]);
    }
}
