//! Money: currencies with their minor unit, amounts in whole minor units, percentages, and rounding.
//!
//! Invariants: an [`Amount`] is a whole number of minor units, so adding never rounds; every rounding in this
//! crate is half away from zero and happens once per step; decimals are read from their text, exactly.
//!
//! An [`Amount`] does not carry its currency: a receipt has one, and its settlement names it once.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The largest amount of one line, discount, payment or total, in minor units (10^14: a million million SEK).
///
/// Ten thousand lines of it still add up within an `i64`, and a product of two sums within an `i128`.
pub const AMOUNT_MAX_MINOR: i64 = 100_000_000_000_000;

/// The most significant digits of a decimal that a till may send.
const DECIMAL_DIGITS_MAX: u32 = 18;

/// The largest exponent (as in `1e3`, either sign) that is read; beyond it nothing can be money.
const DECIMAL_EXPONENT_MAX: i32 = 64;

/// A percentage has at most this many decimals.
const PERCENT_DECIMALS: u32 = 6;

/// One hundred percent, in the unit of [`Percent`].
const HUNDRED_PERCENT: u32 = 100 * 10_u32.pow(PERCENT_DECIMALS);

/// Why a text is not money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a currency one can pay with.
    #[error("the currency isn't an ISO 4217 code of a currency with a minor unit, such as SEK, EUR or JPY")]
    UnknownCurrency,
    /// Not a decimal number.
    #[error("this isn't a decimal number; write it as 1234.50, without spaces or thousands separators")]
    NotANumber,
    /// More digits before the decimal point than money needs.
    #[error("the number is too large; the most is {AMOUNT_MAX_MINOR} minor units of the currency")]
    TooLarge,
    /// More significant digits than can be kept exactly.
    #[error("the number has too many digits; at most {DECIMAL_DIGITS_MAX} are kept exactly")]
    TooPrecise,
    /// An amount that isn't a whole number of minor units.
    #[error("{currency} has {decimals} decimals; round the amount as it was paid")]
    TooManyDecimals {
        /// The ISO 4217 code.
        currency: &'static str,
        /// How many decimals it has.
        decimals: u32,
    },
    /// Not between 0 and 100.
    #[error("a percentage lies between 0 and 100")]
    PercentOutOfRange,
    /// Finer than a millionth of a percent.
    #[error("a percentage has at most {PERCENT_DECIMALS} decimals")]
    PercentTooPrecise,
}

/// An ISO 4217 currency that has a minor unit, so that one can pay with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "std::borrow::Cow<'_, str>")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads an ISO 4217 code, in either case.
    ///
    /// # Errors
    /// [`Error::UnknownCurrency`], also for gold, test codes and the like, which have no minor unit.
    pub fn parse(code: &str) -> Result<Self, Error> {
        let mut upper: [u8; 3] = code.as_bytes().try_into().map_err(|_| Error::UnknownCurrency)?;
        upper.make_ascii_uppercase();
        let known = std::str::from_utf8(&upper).ok().and_then(iso_currency::Currency::from_code);
        known.filter(|currency| currency.exponent().is_some()).map(Self).ok_or(Error::UnknownCurrency)
    }

    /// The ISO 4217 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals the minor unit has: SEK 2, JPY 0, KWD 3.
    #[must_use]
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().expect("`parse` lets only currencies with a minor unit through"))
    }

    /// The amount that a decimal says, exactly.
    ///
    /// # Errors
    /// [`Error::TooManyDecimals`] when it isn't a whole number of minor units, [`Error::TooLarge`] beyond
    /// [`AMOUNT_MAX_MINOR`].
    pub fn amount(self, value: Decimal) -> Result<Amount, Error> {
        let exponent = self.exponent();
        let (mantissa, scale) = (value.mantissa(), value.scale());
        let minor = if scale <= exponent {
            mantissa.checked_mul(pow10(exponent - scale)).ok_or(Error::TooLarge)?
        } else {
            let unit = pow10(scale - exponent);
            if mantissa % unit != 0 {
                return Err(Error::TooManyDecimals { currency: self.code(), decimals: exponent });
            }
            mantissa / unit
        };
        bounded(minor)
    }

    /// The amount of `quantity` at `unit_price`, rounded once; `true` when rounding changed it.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`AMOUNT_MAX_MINOR`].
    pub fn times(self, unit_price: Decimal, quantity: Decimal) -> Result<(Amount, bool), Error> {
        let (unit_price, quantity) = (unit_price.normalize(), quantity.normalize());
        let exact = unit_price
            .mantissa()
            .checked_mul(quantity.mantissa())
            .and_then(|units| units.checked_mul(pow10(self.exponent())))
            .ok_or(Error::TooLarge)?;
        let unit = pow10(unit_price.scale() + quantity.scale());
        Ok((bounded(divide_rounded(exact, unit))?, exact % unit != 0))
    }

    /// The decimal of an amount, with all the decimals of the currency: `300.00`.
    #[must_use]
    pub fn decimal(self, amount: Amount) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(amount.0), self.exponent())
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> Self {
        currency.code()
    }
}

impl TryFrom<std::borrow::Cow<'_, str>> for Currency {
    type Error = Error;

    fn try_from(code: std::borrow::Cow<'_, str>) -> Result<Self, Error> {
        Self::parse(&code)
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in whole minor units of its receipt's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of this many minor units.
    #[must_use]
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The number of minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Amount {
    /// Whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Its size, without the sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// `part` of `whole` of this amount, rounded once; nothing where the whole is nothing.
    ///
    /// The part is not above the whole, and neither is below zero nor has more than 24 digits.
    #[must_use]
    pub(crate) fn proportion(self, part: Decimal, whole: Decimal) -> Self {
        if whole.is_zero() {
            return Self::ZERO;
        }
        let scale = part.scale().max(whole.scale());
        let units = |decimal: Decimal| decimal.mantissa() * pow10(scale - decimal.scale());
        Self(narrow(divide_rounded(i128::from(self.0) * units(part), units(whole))))
    }

    /// The same in proportion to another change, from `before` to `after`; rounded once.
    #[must_use]
    pub(crate) fn scaled(self, after: Self, before: Self) -> Self {
        if before.is_zero() {
            return Self::ZERO;
        }
        let product = i128::from(self.0) * i128::from(after.0) * i128::from(before.0.signum());
        let scaled = divide_rounded(product, i128::from(before.0.abs()));
        // Beyond an i64 only by figures that contradict each other, which were said.
        Self(i64::try_from(scaled).unwrap_or(i64::MAX).clamp(-AMOUNT_MAX_MINOR, AMOUNT_MAX_MINOR))
    }
}

impl std::ops::Neg for Amount {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::ops::Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl std::iter::Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |sum, amount| sum + amount)
    }
}

/// A percentage from 0 to 100, exact to a millionth of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct Percent(u32);

impl Percent {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// All of it.
    pub const ALL: Self = Self(HUNDRED_PERCENT);

    /// Several percentages of the same; `None` when they come to more than 100.
    pub(crate) fn sum(percentages: impl Iterator<Item = Self>) -> Option<Self> {
        let units: u64 = percentages.map(|percent| u64::from(percent.0)).sum();
        u32::try_from(units).ok().filter(|&units| units <= HUNDRED_PERCENT).map(Self)
    }

    /// What percentage `part` is of `whole`, rounded to two decimals and at most 100.
    pub(crate) fn that_is(part: Amount, whole: Amount) -> Self {
        const TWO_DECIMALS: i128 = 10_i128.pow(PERCENT_DECIMALS - 2);
        if whole.0 <= 0 || part.0 <= 0 {
            return Self::ZERO;
        }
        let hundredths = divide_rounded(i128::from(part.0) * 10_000, i128::from(whole.0));
        let units = hundredths.min(10_000) * TWO_DECIMALS;
        u32::try_from(units).map_or(Self(HUNDRED_PERCENT), Self)
    }

    /// A percentage from a decimal: `25` or `12.5`.
    ///
    /// # Errors
    /// [`Error::PercentOutOfRange`] and [`Error::PercentTooPrecise`].
    pub fn new(value: Decimal) -> Result<Self, Error> {
        if value.is_sign_negative() && !value.is_zero() || value > Decimal::ONE_HUNDRED {
            return Err(Error::PercentOutOfRange);
        }
        let value = value.normalize();
        if value.scale() > PERCENT_DECIMALS {
            return Err(Error::PercentTooPrecise);
        }
        let units = value.mantissa() * pow10(PERCENT_DECIMALS - value.scale());
        u32::try_from(units).map(Self).map_err(|_| Error::PercentOutOfRange)
    }

    /// The decimal, without trailing zeros.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        Decimal::new(i64::from(self.0), PERCENT_DECIMALS).normalize()
    }

    /// This percentage of `base`, rounded once.
    #[must_use]
    pub fn of(self, base: Amount) -> Amount {
        let part = i128::from(base.0) * i128::from(self.0);
        Amount(narrow(divide_rounded(part, i128::from(HUNDRED_PERCENT))))
    }

    /// The tax that is inside `paid` when this is the tax rate: `paid - paid / (1 + p/100)`, rounded once.
    #[must_use]
    pub fn contained_in(self, paid: Amount) -> Amount {
        let whole = i128::from(HUNDRED_PERCENT) + i128::from(self.0);
        Amount(narrow(divide_rounded(i128::from(paid.0) * i128::from(self.0), whole)))
    }
}

impl From<Percent> for u32 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl TryFrom<u32> for Percent {
    type Error = Error;

    fn try_from(units: u32) -> Result<Self, Error> {
        if units <= HUNDRED_PERCENT { Ok(Self(units)) } else { Err(Error::PercentOutOfRange) }
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} %", self.decimal())
    }
}

/// Reads a decimal number exactly: `12`, `12.50`, `-0.5`, `15e-1`.
///
/// # Errors
/// [`Error::NotANumber`], and [`Error::TooLarge`] or [`Error::TooPrecise`] for what money never needs.
pub fn parse_decimal(text: &str) -> Result<Decimal, Error> {
    let unsigned = text.strip_prefix('-');
    let (digits, exponent) = split_exponent(unsigned.unwrap_or(text))?;
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return Err(Error::NotANumber),
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err(Error::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    let mut mantissa = digits_value(0, whole).ok_or(Error::TooLarge)?;
    mantissa = digits_value(mantissa, fraction).ok_or(Error::TooPrecise)?;
    if mantissa == 0 {
        return Ok(Decimal::ZERO);
    }
    let exponent = exponent.ok_or(Error::TooLarge)?;
    let mut scale = i32::try_from(fraction.len()).map_err(|_| Error::TooPrecise)? - exponent;
    while scale < 0 {
        mantissa = mantissa.checked_mul(10).filter(|&kept| kept < pow10_u64()).ok_or(Error::TooLarge)?;
        scale += 1;
    }
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    let scale =
        u32::try_from(scale).ok().filter(|&scale| scale <= DECIMAL_DIGITS_MAX).ok_or(Error::TooPrecise)?;
    let signed = if unsigned.is_some() { -i128::from(mantissa) } else { i128::from(mantissa) };
    Ok(Decimal::from_i128_with_scale(signed, scale))
}

/// Splits `15e-1` into its digits and its exponent, which is `None` when it is out of all bounds.
fn split_exponent(text: &str) -> Result<(&str, Option<i32>), Error> {
    let Some(at) = text.bytes().position(|byte| byte | 0x20 == b'e') else { return Ok((text, Some(0))) };
    let (digits, exponent) = (&text[..at], &text[at + 1..]);
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::NotANumber);
    }
    Ok((digits, exponent.parse().ok().filter(|value: &i32| value.abs() <= DECIMAL_EXPONENT_MAX)))
}

/// `start` followed by these ASCII digits, or `None` when they are too many.
fn digits_value(start: u64, digits: &str) -> Option<u64> {
    digits.bytes().try_fold(start, |value, byte| {
        let value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
        (value < pow10_u64()).then_some(value)
    })
}

const fn pow10_u64() -> u64 {
    10_u64.pow(DECIMAL_DIGITS_MAX)
}

const fn pow10(exponent: u32) -> i128 {
    10_i128.pow(exponent)
}

/// Divides and rounds half away from zero; `denominator` is positive.
fn divide_rounded(numerator: i128, denominator: i128) -> i128 {
    let (quotient, rest) = (numerator / denominator, numerator % denominator);
    if rest.abs() >= denominator - rest.abs() { quotient + numerator.signum() } else { quotient }
}

fn bounded(minor: i128) -> Result<Amount, Error> {
    i64::try_from(minor)
        .ok()
        .filter(|minor| minor.abs() <= AMOUNT_MAX_MINOR)
        .map(Amount)
        .ok_or(Error::TooLarge)
}

/// At most all of an amount, which fits as the amount did.
fn narrow(minor: i128) -> i64 {
    i64::try_from(minor).expect("a part of an amount fits where the amount did")
}

#[cfg(test)]
mod tests;
