//! What the words of legacy systems mean where a field takes one of a few.

use std::collections::BTreeMap;

use super::words::plain;
use crate::Entity;
use crate::mapping::truth_of;

/// What is sent, and what it may be called.
type Meanings = &'static [(&'static str, &'static [&'static str])];

/// Meanings by field.
const MEANINGS: [(Entity, &str, Meanings); 4] = [
    (
        Entity::Contacts,
        "gender",
        &[
            (
                "Female",
                &["k", "f", "w", "kvinna", "kvinne", "kvinde", "female", "woman", "nainen", "frau", "2"],
            ),
            ("Male", &["m", "man", "mann", "mand", "male", "mies", "1"]),
        ],
    ),
    (
        Entity::Receipts,
        "line.kind",
        &[
            (
                "sale",
                &[
                    "f",
                    "s",
                    "fors",
                    "forsaljning",
                    "sale",
                    "sald",
                    "vara",
                    "artikel",
                    "item",
                    "salg",
                    "myynti",
                    "verkauf",
                    "kop",
                ],
            ),
            ("return", &["r", "ret", "retur", "return", "aterkop", "refund", "palautus", "ruckgabe"]),
            ("discount", &["d", "rab", "rabatt", "discount", "alennus", "ale"]),
            ("payment", &["p", "b", "bet", "betalning", "payment", "tender", "betaling", "maksu", "zahlung"]),
            ("tax", &["moms", "tax", "vat", "mva", "alv", "skatt", "mwst"]),
            ("void", &["v", "mak", "makulerad", "void", "annullerad", "cancelled", "slettet", "storno"]),
        ],
    ),
    (
        Entity::Stores,
        "type",
        &[
            ("RETAIL", &["butik", "retail", "store", "fysisk", "myymala", "filiale"]),
            (
                "ECOMM",
                &[
                    "webb",
                    "web",
                    "ecomm",
                    "ecom",
                    "ehandel",
                    "online",
                    "natbutik",
                    "nettbutikk",
                    "verkkokauppa",
                ],
            ),
        ],
    ),
    (
        Entity::Points,
        "type",
        &[
            ("purchase", &["k", "kop", "purchase", "kjop", "kob", "osto", "kauf"]),
            ("return", &["r", "retur", "return", "palautus"]),
            ("adjustment", &["j", "justering", "adjustment", "manuell", "korjaus", "saldo", "balance"]),
            ("rewardvoucher", &["check", "bonuscheck", "voucher", "rewardvoucher"]),
        ],
    ),
];

/// Values with what they mean, and those that nobody understood with how often they occur.
type Understood = (Vec<(String, String)>, Vec<(String, u64)>);

/// What each of the values means.
pub(super) fn of(entity: Entity, field: &str, values: &BTreeMap<String, u64>) -> Understood {
    let words = MEANINGS.iter().find(|(of, name, _)| *of == entity && *name == field);
    let words = words.map_or(&[][..], |(.., words)| words);
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (value, count) in values {
        let bare = plain(value);
        match words.iter().find(|(_, called)| called.contains(&bare.as_str())) {
            Some((meaning, _)) => known.push((value.clone(), (*meaning).to_owned())),
            None => unknown.push((value.clone(), *count)),
        }
    }
    (known, unknown)
}

/// As [`of`], for yes and no.
pub(super) fn truths(values: &BTreeMap<String, u64>) -> Understood {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (value, count) in values {
        match truth_of(value) {
            Some(truth) => known.push((value.clone(), truth.to_string())),
            None => unknown.push((value.clone(), *count)),
        }
    }
    (known, unknown)
}
