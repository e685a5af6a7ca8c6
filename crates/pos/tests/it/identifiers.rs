//! Any text in: never a panic, and what comes out is in its one form.

use jiff::civil::date;
use pos::identifier::{CustomReference, Identifier, Kind, READINGS_MAX, ReadingContext, readings};
use pos::store::Country;

use crate::random::Random;

/// What a cashier, a scanner, a phone's address book and an East Asian keyboard may put in.
const PIECES: &[&str] = &[
    "070",
    "123",
    "45 67",
    "+46",
    "(0)",
    "0046",
    "19",
    "640823",
    "3234",
    "131052",
    "308T",
    "a",
    "F",
    "-",
    "+",
    "@",
    ".",
    "/",
    " ",
    "\u{a0}",
    "\u{200b}",
    "\u{202a}",
    "\r",
    "\t",
    "\u{0}",
    "\u{2212}",
    "０",
    "９",
    "－",
    "＠",
    "å",
    "😀",
    "tel:",
    "mailto:",
    ";ext=1",
    "?subject=",
    "example.com",
    "9001001",
    "٣",
    "000",
    "99",
];

fn context(random: &mut Random) -> ReadingContext {
    let country = random.pick(&[Some("SE"), Some("FI"), Some("NO"), Some("DE"), None]);
    ReadingContext {
        country: country.map(|code| Country::parse(code).unwrap()),
        today: date(2026, 11, 22),
        personal_numbers: random.one_in(2),
        custom: *random.pick(&[CustomReference::MemberNumber, CustomReference::ExternalId]),
    }
}

fn kind(identifier: &Identifier) -> Kind {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == identifier.kind()).unwrap()
}

#[test]
fn whatever_is_typed_is_read_without_a_panic_into_fixed_points() {
    let mut random = Random::announced("identifiers");
    let mut read = 0;
    for _ in 0..5_000 {
        let pieces = random.between(0, 7);
        let text: String = (0..pieces).map(|_| *random.pick(PIECES)).collect();
        let context = context(&mut random);
        for kind in Kind::ALL {
            // Whether it is one doesn't matter here.
            let _ = Identifier::parse(kind, &text, context.country, context.today);
        }
        let Ok(found) = readings(&text, &context) else { continue };
        assert!((1..=READINGS_MAX).contains(&found.len()), "{text:?}");
        for (place, one) in found.iter().enumerate() {
            assert!(!found[..place].contains(one), "{text:?} is twice {one:?}");
            let personal = matches!(one, Identifier::PersonalIdentityNumber(_));
            assert!(context.personal_numbers || !personal, "{text:?}");
            let again = Identifier::parse(kind(one), one.value(), context.country, context.today);
            assert_eq!(again.as_ref().map(Identifier::value), Ok(one.value()), "{text:?}");
            read += 1;
        }
    }
    assert!(read > 1_500, "{read}");
}
