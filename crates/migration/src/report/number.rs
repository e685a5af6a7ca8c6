//! Figures as people read them.

use rust_decimal::Decimal;

/// Between groups of three digits: narrow, and no line breaks there.
const GAP: char = '\u{202f}';

/// With a gap at each thousand, and the decimals that it has.
#[must_use]
pub fn grouped(value: Decimal) -> String {
    let text = value.abs().to_string();
    let (whole, decimals) = text.split_once('.').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
    let mut out = String::from(if value.is_sign_negative() && !value.is_zero() { "-" } else { "" });
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(GAP);
        }
        out.push(digit);
    }
    if let Some(decimals) = decimals {
        out.push('.');
        out.push_str(decimals);
    }
    out
}

/// An amount of money: at least two decimals, never fewer than it has.
#[must_use]
pub fn money(value: Decimal) -> String {
    let mut value = value.normalize();
    if value.scale() < 2 {
        value.rescale(2);
    }
    grouped(value)
}

/// At the side of a plot, where there is little room: thousands, millions and milliards by a letter.
#[must_use]
pub fn short(value: Decimal) -> String {
    let thousand = Decimal::from(1_000);
    let (mut value, mut letter) = (value.normalize(), "");
    for next in ["k", "M", "G", "T"] {
        // From ten thousand on: 2 500 is read as quickly as 2.5 k.
        if value.abs() < Decimal::from(10_000) && (letter.is_empty() || value.abs() < thousand) {
            break;
        }
        (value, letter) = ((value / thousand).round_dp(1).normalize(), next);
    }
    if letter.is_empty() { grouped(value) } else { format!("{}{GAP}{letter}", grouped(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn figures_have_a_gap_at_each_thousand() {
        let plain = |text: &str| grouped(decimal(text)).replace(GAP, "_");
        assert_eq!(["0", "999", "1000", "-1234567.89"].map(plain), ["0", "999", "1_000", "-1_234_567.89"]);
    }

    #[test]
    fn money_has_two_decimals_or_all_that_it_has() {
        assert_eq!(
            ["1", "1.5", "1.250", "-0.125"].map(|text| money(decimal(text))),
            ["1.00", "1.50", "1.25", "-0.125"]
        );
    }

    #[test]
    fn short_figures_have_a_letter_from_ten_thousand_on() {
        let brief = |text: &str| short(decimal(text)).replace(GAP, "_");
        assert_eq!(
            ["0", "2500", "9999", "-25000", "1500000", "12000000000"].map(brief),
            ["0", "2_500", "9_999", "-25_k", "1.5_M", "12_G"]
        );
    }
}
