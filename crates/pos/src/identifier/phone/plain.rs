//! The mobile numbers of Sweden, Norway and Finland as most people write them, without the library's patterns: a history has millions of
//! them, and each costs the library microseconds.
//!
//! Invariant: what is answered here is what the library answers; the tests hold it to that. Everything else, and whatever
//! could be doubted, is the library's: the numbers of Denmark, say, are given out in pieces too small to be listed here.

/// The longest number with its country's code and what is dialled before it, in digits.
const DIGITS_MAX: usize = 16;

/// A country whose plain mobile numbers are known.
struct Plan {
    country: &'static str,
    code: &'static str,
    /// Dialled before a number within the country, and often written after its code too.
    trunk: &'static str,
    /// What a number begins with.
    starts: &'static [&'static str],
    /// How many digits it has.
    length: usize,
}

const PLANS: [Plan; 3] = [
    Plan { country: "SE", code: "46", trunk: "0", starts: &["70", "72", "73", "76", "79"], length: 9 },
    Plan {
        country: "NO",
        code: "47",
        trunk: "",
        starts: &["40", "41", "46", "48", "90", "91", "92", "93", "94", "95", "96", "97", "98", "99"],
        length: 8,
    },
    Plan { country: "FI", code: "358", trunk: "0", starts: &["40", "41", "44", "45", "46", "50"], length: 9 },
];

/// The number in E.164, if it is one of these and written plainly.
pub(super) fn mobile(text: &str, default_country: Option<&str>) -> Option<String> {
    let (is_abroad, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
    let mut buffer = [0; DIGITS_MAX];
    let digits = digits(rest, &mut buffer)?;
    let home = || PLANS.iter().find(|plan| Some(plan.country) == default_country);
    let abroad = if is_abroad {
        Some(digits)
    } else if default_country.is_none() || home().is_some() {
        // `00` is dialled for the + in all of these countries.
        digits.strip_prefix("00")
    } else {
        None
    };
    let (plan, number) = match abroad {
        Some(digits) => {
            let of = |plan: &'static Plan| Some((plan, digits.strip_prefix(plan.code)?));
            let (plan, number) = PLANS.iter().find_map(of)?;
            (plan, number.strip_prefix(plan.trunk).unwrap_or(number))
        }
        None => {
            let plan = home()?;
            (plan, digits.strip_prefix(plan.trunk)?)
        }
    };
    let is_theirs = number.len() == plan.length && plan.starts.iter().any(|start| number.starts_with(start));
    is_theirs.then(|| ["+", plan.code, number].concat())
}

/// The digits of a text of digits, with spaces, dashes and brackets between them.
fn digits<'b>(text: &str, buffer: &'b mut [u8; DIGITS_MAX]) -> Option<&'b str> {
    let bytes = text.as_bytes();
    if !bytes.first()?.is_ascii_digit() || !bytes.last()?.is_ascii_digit() {
        return None;
    }
    let mut count = 0;
    for byte in bytes {
        match byte {
            b'0'..=b'9' => {
                *buffer.get_mut(count)? = *byte;
                count += 1;
            }
            b' ' | b'-' | b'(' | b')' => {}
            _ => return None,
        }
    }
    std::str::from_utf8(&buffer[..count]).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::MobilePhone;
    use super::super::tests::country;
    use super::{PLANS, mobile};

    const HOMES: [Option<&str>; 8] =
        [None, Some("SE"), Some("NO"), Some("DK"), Some("FI"), Some("DE"), Some("US"), Some("IS")];

    /// Holds what is answered of a text to the library, whoever's it is; whether anything was.
    fn agrees(text: &str) -> Result<bool, TestCaseError> {
        let mut is_plain = false;
        for home in HOMES {
            if let Some(number) = mobile(text, home) {
                is_plain = true;
                let theirs = MobilePhone::of_any_kind(text, home.and_then(country));
                let theirs = theirs.map(|phone| phone.as_str().to_owned());
                prop_assert_eq!(theirs, Ok(number), "{} in {:?}", text, home);
            }
        }
        Ok(is_plain)
    }

    /// A number of one of the plans, written somehow.
    fn written() -> impl Strategy<Value = String> {
        let before = prop::sample::select(vec!["+", "00", "", "00 ", "+ "]);
        let between =
            prop::collection::vec(prop::sample::select(vec!["", "", "", " ", "-", " - ", "(", ")"]), 20);
        let code =
            prop::sample::select(vec!["46", "47", "358", "46 (0)", "358 (0)", "460", "470", "0", "", "00"]);
        (before, code, 0..PLANS.len(), any::<prop::sample::Index>(), "[0-9]{5,8}", between).prop_map(
            |(before, code, plan, start, rest, between)| {
                let start = start.get(PLANS[plan].starts);
                let number = format!("{start}{rest}");
                let spread = number.chars().zip(between).map(|(digit, mark)| format!("{digit}{mark}"));
                format!("{before}{code}{}", spread.collect::<String>())
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_plain_number_is_the_librarys(text in written()) {
            agrees(&text)?;
        }

        #[test]
        fn whatever_is_typed_is_the_librarys(text in "\\+?[0-9 ()-]{4,18}") {
            agrees(&text)?;
        }

        #[test]
        fn digits_alone_are_the_librarys(text in "(\\+|00)?(46|47|358)?0?[2-9][0-9]{6,9}") {
            agrees(&text)?;
        }
    }

    #[test]
    fn all_numbers_of_a_plan_are_given_out_by_their_first_four_digits() {
        for plan in &PLANS {
            for (start, next) in plan.starts.iter().flat_map(|start| (0..100).map(move |next| (start, next)))
            {
                for last in ["00000", "12345", "99999"] {
                    let number = format!("{start}{next:02}{}", &last[..plan.length - 4]);
                    let text = format!("+{}{number}", plan.code);
                    assert_eq!(mobile(&text, None).as_deref(), Some(text.as_str()));
                    assert_eq!(
                        mobile(&format!("{}{number}", plan.trunk), Some(plan.country)),
                        Some(text.clone())
                    );
                    assert!(MobilePhone::of_any_kind(&text, None).is_ok(), "{text}");
                }
            }
        }
    }
}
