//! Exchange rates to the group currency: a dated table, and what it says on a day.
//!
//! A rate multiplies: group amount = local amount x rate. A row counts from its day until the next row of the
//! same currency. A currency without a row has no rate, never a silent 1; only the group currency itself is 1.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::money::Currency;

/// Why a table of rates is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A rate of zero or less.
    #[error("the rate of {currency} from {from} isn't above zero")]
    NotPositive {
        /// The currency of the row.
        currency: Currency,
        /// The day of the row.
        from: Date,
    },
    /// Two rows of one currency count from the same day.
    #[error("{currency} has two rates from {from}; keep one")]
    Duplicate {
        /// The currency of the rows.
        currency: Currency,
        /// The day of the rows.
        from: Date,
    },
    /// Rates without the currency that they lead to.
    #[error("there are rates, but no group currency that they lead to; name it")]
    NoGroupCurrency,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The local currency.
    pub currency: Currency,
    /// The first day that the rate counts.
    pub from: Date,
    /// What a local amount is multiplied by.
    pub rate: Decimal,
}

/// The group currency and the rates to it; empty where the tenant has none set up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates {
    group: Option<Currency>,
    rows: Vec<Row>,
    /// What Engage converts by a table of its own.
    converted: Vec<Currency>,
}

impl Rates {
    /// A table of rates, in any order.
    ///
    /// # Errors
    /// A rate that isn't above zero, two of one currency from one day, or rates without a group currency.
    pub fn new(group: Option<Currency>, mut rows: Vec<Row>) -> Result<Self, Error> {
        if group.is_none() && !rows.is_empty() {
            return Err(Error::NoGroupCurrency);
        }
        if let Some(row) = rows.iter().find(|row| row.rate <= Decimal::ZERO) {
            return Err(Error::NotPositive { currency: row.currency, from: row.from });
        }
        rows.sort_by_key(|row| (row.currency.code(), row.from));
        let twice =
            rows.windows(2).find(|pair| (pair[0].currency, pair[0].from) == (pair[1].currency, pair[1].from));
        if let Some([row, _]) = twice {
            return Err(Error::Duplicate { currency: row.currency, from: row.from });
        }
        Ok(Self { group, rows, converted: Vec::new() })
    }

    /// The same, where the tenant has a table in Engage for these currencies (fact R-48): one without a row here
    /// needs no rate.
    #[must_use]
    pub fn converted_by_engage(self, converted: Vec<Currency>) -> Self {
        Self { converted, ..self }
    }

    /// Whether Engage converts this currency itself, so that a receipt may leave the rate out.
    #[must_use]
    pub fn is_converted_by_engage(&self, currency: Currency) -> bool {
        self.converted.contains(&currency)
    }

    /// The group currency, where one is set up.
    #[must_use]
    pub fn group(&self) -> Option<Currency> {
        self.group
    }

    /// What an amount in `currency` of this day is multiplied by; 1 for the group currency itself.
    #[must_use]
    pub fn rate(&self, currency: Currency, on: Date) -> Option<Decimal> {
        if self.group == Some(currency) {
            return Some(Decimal::ONE);
        }
        let after = self.rows.partition_point(|row| (row.currency.code(), row.from) <= (currency.code(), on));
        self.rows[..after].last().filter(|row| row.currency == currency).map(|row| row.rate)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use rust_decimal::Decimal;

    use super::{Error, Rates, Row};
    use crate::money::Currency;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn row(code: &str, from: Date, hundredths: i64) -> Row {
        Row { currency: currency(code), from, rate: Decimal::new(hundredths, 2) }
    }

    #[test]
    fn the_rate_of_a_day_is_that_of_the_latest_row_until_then() {
        let (january, june) = (date(2026, 1, 1), date(2026, 6, 1));
        let rows = vec![row("EUR", june, 1135), row("NOK", january, 98), row("EUR", january, 1099)];
        let rates = Rates::new(Some(currency("SEK")), rows).unwrap();
        assert_eq!(rates.rate(currency("EUR"), date(2025, 12, 31)), None);
        assert_eq!(rates.rate(currency("EUR"), january), Some(Decimal::new(1099, 2)));
        assert_eq!(rates.rate(currency("EUR"), date(2026, 5, 31)), Some(Decimal::new(1099, 2)));
        assert_eq!(rates.rate(currency("EUR"), june), Some(Decimal::new(1135, 2)));
        assert_eq!(rates.rate(currency("NOK"), june), Some(Decimal::new(98, 2)));
    }

    #[test]
    fn the_group_currency_is_one_and_an_unknown_currency_is_not() {
        let rates = Rates::new(Some(currency("SEK")), vec![]).unwrap();
        assert_eq!(rates.rate(currency("SEK"), date(2026, 1, 1)), Some(Decimal::ONE));
        assert_eq!(rates.rate(currency("USD"), date(2026, 1, 1)), None);
        assert_eq!(Rates::default().rate(currency("SEK"), date(2026, 1, 1)), None);
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let (sek, eur, day) = (Some(currency("SEK")), currency("EUR"), date(2026, 1, 1));
        let refused = |rows| Rates::new(sek, rows).unwrap_err();
        assert_eq!(refused(vec![row("EUR", day, 0)]), Error::NotPositive { currency: eur, from: day });
        let twice = vec![row("EUR", day, 1), row("EUR", day, 1)];
        assert_eq!(refused(twice), Error::Duplicate { currency: eur, from: day });
        assert_eq!(Rates::new(None, vec![row("EUR", day, 1)]), Err(Error::NoGroupCurrency));
    }
}
