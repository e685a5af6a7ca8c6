//! The sample's stores, and when they sell: more on Saturdays and before Christmas.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};

/// The columns of their file.
pub(super) const COLUMNS: [&str; 8] = ["BUTIKSNR", "NAMN", "TIDSZON", "TYP", "GATA", "POSTNR", "ORT", "LAND"];
/// Months of sales in the export.
const MONTHS: i32 = 24;
/// The hour at which the tills begin, and for how many seconds they sell.
const OPENS_AT: i8 = 10;
const OPEN_SECONDS: u128 = 9 * 3_600;

/// A store.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) id: &'static str,
    pub(super) cells: [&'static str; 8],
    /// The currency that it sells in, and what its rate to kronor is written as where it is another one.
    pub(super) currency: &'static str,
    pub(super) rate: &'static str,
}

const fn shop(cells: [&'static str; 8], currency: &'static str, rate: &'static str) -> Shop {
    Shop { id: cells[0], cells, currency, rate }
}

/// All of them.
pub(super) const SHOPS: [Shop; 5] = [
    shop(
        [
            "101",
            "Stockholm City",
            "Europe/Stockholm",
            "BUTIK",
            "Drottninggatan 1",
            "111 51",
            "Stockholm",
            "SE",
        ],
        "SEK",
        "",
    ),
    shop(
        [
            "102",
            "Göteborg Nordstan",
            "Europe/Stockholm",
            "BUTIK",
            "Nordstadstorget 6",
            "411 05",
            "Göteborg",
            "SE",
        ],
        "SEK",
        "",
    ),
    shop(
        ["103", "Umeå Avion", "Europe/Stockholm", "BUTIK", "Marknadsgatan 2", "904 22", "Umeå", "SE"],
        "SEK",
        "",
    ),
    shop(
        [
            "201",
            "Helsingfors Forum",
            "Europe/Helsinki",
            "BUTIK",
            "Mannerheimvägen 20",
            "00100",
            "Helsingfors",
            "FI",
        ],
        "EUR",
        "11,35",
    ),
    shop(["900", "Webbutiken", "Europe/Stockholm", "WEBB", "", "", "", "SE"], "SEK", ""),
];

/// When so many receipts were made.
#[derive(Debug)]
pub(super) struct Calendar {
    first: Date,
    /// What was sold by the end of each day, in parts of nothing in particular.
    until: Vec<u64>,
    receipts: u64,
}

impl Calendar {
    /// Up to a day, which isn't part of it.
    pub(super) fn new(end: Date, receipts: u64) -> Self {
        let first = first_day(end);
        let mut sum = 0;
        let until = first.series(1.day()).take_while(|day| *day < end).map(|day| {
            sum += weight(day);
            sum
        });
        Self { until: until.collect(), first, receipts: receipts.max(1) }
    }

    /// The first day that is recommended to be migrated: what is older is left out.
    pub(super) const fn first(&self) -> Date {
        self.first
    }

    /// When the receipt at a place was made: later ones later.
    pub(super) fn at(&self, index: u64) -> DateTime {
        let all = u128::from(self.until.last().copied().unwrap_or(1));
        // In parts of a part, so that a day's receipts stand apart in it.
        let at = (2 * u128::from(index) + 1) * all * OPEN_SECONDS / (2 * u128::from(self.receipts));
        let day = self.until.partition_point(|until| u128::from(*until) * OPEN_SECONDS <= at);
        let day = day.min(self.until.len().saturating_sub(1));
        let before = if day == 0 { 0 } else { u128::from(self.until[day - 1]) };
        let part = at - before * OPEN_SECONDS;
        let second = part / u128::from(self.until[day]).saturating_sub(before).max(1);
        let second = i64::try_from(second.min(OPEN_SECONDS - 1)).expect("seconds of a day");
        let date =
            self.first.checked_add(i64::try_from(day).expect("days").days()).expect("a day before the end");
        date.at(OPENS_AT, 0, 0, 0).checked_add(second.seconds()).expect("the same day")
    }
}

fn first_day(end: Date) -> Date {
    end.checked_sub(MONTHS.months()).expect("two years before a day of this century")
}

fn weight(day: Date) -> u64 {
    let of_week = [10, 10, 11, 12, 17, 22, 9];
    let at = usize::try_from(day.weekday().to_monday_zero_offset()).expect("a day of the week");
    of_week[at] * if day.month() == 12 { 16 } else { 10 }
}
