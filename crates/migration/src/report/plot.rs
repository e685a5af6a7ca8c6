//! Plots as drawings of lines and boxes: where each stands is worked out here, the template writes them as SVG.
//!
//! Columns show the same figure three times over: what the export has as a wide pale box, what is sent as a narrow strong
//! one in it, what Engage has as a line across. Where all agree, the line lies on top of both boxes; it needs no colour
//! to see where it doesn't. Bars show the first two figures alone.
//!
//! Places are decimals, since what they are made of is money.

use askama::Template;
use rust_decimal::Decimal;

use super::number;

/// Where something stands, in tenths of a pixel.
const PLACES: u32 = 1;
/// Labels below columns that fit side by side in a wide plot.
const LABELS_MAX: usize = 12;
/// The height of a bar's row.
const ROW_HEIGHT: u32 = 30;
/// The characters of a bar's name that fit.
const NAME_CHARS_MAX: usize = 34;

/// A drawing.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "plot.svg")]
pub struct Plot {
    /// Its name within the page.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// The same for who can't see it, with the figures that matter most.
    pub description: String,
    /// How wide it is drawn.
    pub width: u32,
    /// How high.
    pub height: u32,
    /// Lines across, with the figure that each stands for.
    pub ticks: Vec<Tick>,
    /// Boxes and lines.
    pub marks: Vec<Mark>,
    /// Words.
    pub labels: Vec<Label>,
}

/// A line across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Where.
    pub y: Decimal,
    /// From where on.
    pub x: u32,
    /// The figure that it stands for.
    pub label: String,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it shows, as the style names it.
    pub class: &'static str,
    /// Its left.
    pub x: Decimal,
    /// Its top.
    pub y: Decimal,
    /// Its width.
    pub width: Decimal,
    /// Its height.
    pub height: Decimal,
    /// What it says when it is pointed at.
    pub tip: String,
}

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub x: Decimal,
    /// Its base line.
    pub y: Decimal,
    /// Which part of it stands there: `start`, `middle` or `end`.
    pub anchor: &'static str,
    /// The word.
    pub text: String,
}

/// A column: a figure before, sent and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What it is of.
    pub label: String,
    /// In the export.
    pub export: Decimal,
    /// Sent.
    pub sent: Decimal,
    /// In Engage, where that was looked at.
    pub engage: Option<Decimal>,
}

/// A bar: a figure, and perhaps one that should be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// The figure.
    pub value: u64,
    /// In Engage, where that was looked at.
    pub engage: Option<u64>,
}

/// How large columns are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Across the page.
    Wide,
    /// One of many.
    Small,
}

impl Size {
    const fn pixels(self) -> (u32, u32, u32) {
        match self {
            // Width, height, and what the figures at the left take of the width.
            Self::Wide => (960, 260, 64),
            Self::Small => (300, 120, 48),
        }
    }
}

/// A plot of columns.
#[must_use]
pub fn columns(id: String, title: String, columns: &[Column], size: Size) -> Plot {
    let (width, height, left) = size.pixels();
    let (top, bottom) = (10, 24);
    let scale = Scale::of(
        columns,
        match size {
            Size::Wide => 4,
            Size::Small => 2,
        },
    );
    let tall = Decimal::from(height - top - bottom);
    let y = |value: Decimal| (Decimal::from(top) + scale.share_below_top(value) * tall).round_dp(PLACES);
    let step = Decimal::from(width - left) / Decimal::from(columns.len().max(1));
    let place = |share: Decimal| (step * share).round_dp(PLACES);
    let mut plot = Plot {
        description: described(columns),
        ticks: scale.ticks().map(|at| Tick { y: y(at), x: left, label: number::short(at) }).collect(),
        marks: Vec::new(),
        labels: Vec::new(),
        id,
        title,
        width,
        height,
    };
    let labelled = columns
        .len()
        .div_ceil(match size {
            Size::Wide => LABELS_MAX,
            Size::Small => 3,
        })
        .max(1);
    for (index, column) in columns.iter().enumerate() {
        let start = Decimal::from(left) + step * Decimal::from(index);
        let tip = column.tip();
        let mut mark = |class, value: Decimal, inset: Decimal| {
            let (one, other) = (y(value), y(Decimal::ZERO));
            let (y, height) = (one.min(other), (one - other).abs());
            let x = (start + place(inset)).round_dp(PLACES);
            let width = place(Decimal::ONE - inset - inset);
            plot.marks.push(Mark { class, x, y, width, height, tip: tip.clone() });
        };
        mark("export", column.export, Decimal::new(10, 2));
        mark("sent", column.sent, Decimal::new(28, 2));
        if let Some(engage) = column.engage {
            let (x, width) =
                ((start + place(Decimal::new(4, 2))).round_dp(PLACES), place(Decimal::new(92, 2)));
            let y = y(engage) - Decimal::ONE;
            plot.marks.push(Mark { class: "engage", x, y, width, height: Decimal::TWO, tip });
        }
        if index % labelled == 0 {
            let x = (start + step / Decimal::TWO).round_dp(PLACES);
            let y = Decimal::from(height - 7);
            plot.labels.push(Label { x, y, anchor: "middle", text: column.label.clone() });
        }
    }
    plot
}

/// A plot of bars, one below the other.
#[must_use]
pub fn bars(id: String, title: String, rows: &[Bar]) -> Plot {
    const WIDTH: u32 = 720;
    const LEFT: u32 = 250;
    const RIGHT: u32 = 150;
    let most = rows.iter().map(|row| row.value.max(row.engage.unwrap_or(0))).max().unwrap_or(0).max(1);
    let long = |value: u64| {
        let share = Decimal::from(value) / Decimal::from(most);
        (share * Decimal::from(WIDTH - LEFT - RIGHT)).round_dp(PLACES)
    };
    let (mut marks, mut labels) = (Vec::new(), Vec::new());
    for (index, row) in rows.iter().enumerate() {
        let top = Decimal::from(index) * Decimal::from(ROW_HEIGHT) + Decimal::from(4);
        let tip = row.tip();
        let (x, base) = (Decimal::from(LEFT), top + Decimal::from(15));
        let height = Decimal::from(22);
        marks.push(Mark { class: "sent", x, y: top, width: long(row.value), height, tip: tip.clone() });
        if let Some(engage) = row.engage {
            let (x, y) = (x + long(engage) - Decimal::ONE, top - Decimal::TWO);
            let height = height + Decimal::from(4);
            marks.push(Mark { class: "engage", x, y, width: Decimal::TWO, height, tip: tip.clone() });
        }
        let text = shortened(&row.label);
        labels.push(Label { x: x - Decimal::TEN, y: base, anchor: "end", text });
        let end = x + long(row.value.max(row.engage.unwrap_or(0))) + Decimal::from(8);
        labels.push(Label { x: end, y: base, anchor: "start", text: row.figures() });
    }
    let told = rows.iter().take(LABELS_MAX).map(Bar::tip).collect::<Vec<_>>().join("; ");
    let height = u32::try_from(rows.len()).unwrap_or(u32::MAX / ROW_HEIGHT).saturating_mul(ROW_HEIGHT) + 4;
    Plot { id, title, description: told, width: WIDTH, height, ticks: Vec::new(), marks, labels }
}

impl Column {
    fn tip(&self) -> String {
        let engage = self.engage.map(|engage| format!(", in Engage {}", number::grouped(engage)));
        let (export, sent) = (number::grouped(self.export), number::grouped(self.sent));
        format!("{}: export {export}, sent {sent}{}", self.label, engage.unwrap_or_default())
    }
}

impl Bar {
    fn figures(&self) -> String {
        let value = number::grouped(self.value.into());
        match self.engage {
            Some(engage) if engage != self.value => format!("{value} → {}", number::grouped(engage.into())),
            _ => value,
        }
    }

    fn tip(&self) -> String {
        let engage = self.engage.map(|engage| format!(", in Engage {}", number::grouped(engage.into())));
        format!("{}: {}{}", self.label, number::grouped(self.value.into()), engage.unwrap_or_default())
    }
}

fn described(columns: &[Column]) -> String {
    let Some((first, last)) = columns.first().zip(columns.last()) else { return "Nothing.".to_owned() };
    let sum = |of: fn(&Column) -> Decimal| number::grouped(columns.iter().map(of).sum());
    let (export, sent) = (sum(|column| column.export), sum(|column| column.sent));
    let engage = columns.iter().map(|column| column.engage).sum::<Option<Decimal>>();
    let engage = engage.map(|engage| format!(", in Engage {}", number::grouped(engage)));
    let engage = engage.unwrap_or_default();
    format!("{} to {}. In all: export {export}, sent {sent}{engage}.", first.label, last.label)
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= NAME_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(NAME_CHARS_MAX - 1).chain(['…']).collect()
}

/// Which figures a plot reaches from and to, in even steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scale {
    low: Decimal,
    high: Decimal,
    step: Decimal,
}

impl Scale {
    fn of(columns: &[Column], steps: u32) -> Self {
        let values = || columns.iter().flat_map(|c| [Some(c.export), Some(c.sent), c.engage]).flatten();
        let high = values().max().unwrap_or_default().max(Decimal::ZERO);
        let low = values().min().unwrap_or_default().min(Decimal::ZERO);
        let step = even(high.saturating_sub(low) / Decimal::from(steps));
        let whole = |value: Decimal, up: bool| {
            let steps = value / step;
            (if up { steps.ceil() } else { steps.floor() }).saturating_mul(step)
        };
        Self { low: whole(low, false), high: whole(high, true).max(step), step }
    }

    /// How far below the plot's top a figure stands: 0 at the top, 1 at the bottom.
    fn share_below_top(&self, value: Decimal) -> Decimal {
        self.high.saturating_sub(value) / self.high.saturating_sub(self.low)
    }

    fn ticks(&self) -> impl Iterator<Item = Decimal> {
        let (low, high, step) = (self.low, self.high, self.step);
        std::iter::successors(Some(low), move |at| Some(at.saturating_add(step)).filter(|next| *next <= high))
            // The step is made so that there are few; a limit all the same.
            .take(12)
    }
}

/// The next even figure above: 1, 2 or 5 with zeros.
fn even(step: Decimal) -> Decimal {
    let mut power = Decimal::ONE;
    while power < step {
        for of_ten in [1, 2, 5] {
            let even = power.saturating_mul(Decimal::from(of_ten));
            if even >= step {
                return even;
            }
        }
        power = power.saturating_mul(Decimal::TEN);
    }
    power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(export: i64, sent: i64, engage: Option<i64>) -> Column {
        let label = "2024-05".to_owned();
        Column { label, export: export.into(), sent: sent.into(), engage: engage.map(Decimal::from) }
    }

    #[test]
    fn figures_at_the_left_are_even_and_reach_around_all_columns() {
        let plot = columns("p".into(), "t".into(), &[column(940, 930, Some(-120))], Size::Wide);
        let ticks: Vec<_> = plot.ticks.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(ticks, ["-500", "0", "500", "1 000"].map(|text| text.replace(' ', "\u{202f}")));
    }

    #[test]
    fn what_engage_has_lies_on_top_of_what_was_sent_where_both_agree() {
        let plot = columns("p".into(), "t".into(), &[column(100, 80, Some(80))], Size::Small);
        let [export, sent, engage] = plot.marks.as_slice() else { panic!("three marks") };
        assert_eq!((export.class, sent.class, engage.class), ("export", "sent", "engage"));
        assert_eq!(engage.y + Decimal::ONE, sent.y);
        assert!(export.y < sent.y, "the export is higher");
    }

    #[test]
    fn an_empty_plot_and_one_of_zeros_are_drawn() {
        assert!(columns("p".into(), "t".into(), &[], Size::Wide).marks.is_empty());
        let plot = columns("p".into(), "t".into(), &[column(0, 0, Some(0))], Size::Wide);
        assert!(plot.marks.iter().all(|mark| mark.height <= Decimal::TWO));
        assert_eq!(bars("p".into(), "t".into(), &[]).height, 4);
    }

    proptest! {
        #[test]
        fn every_mark_lies_within_its_plot(
            values in prop::collection::vec((any::<i64>(), any::<i64>(), prop::option::of(any::<i64>())), 1..60)
        ) {
            let all: Vec<_> = values.iter().map(|(a, b, c)| column(*a, *b, *c)).collect();
            for size in [Size::Wide, Size::Small] {
                let plot = columns("p".into(), "t".into(), &all, size);
                for mark in &plot.marks {
                    prop_assert!(mark.x >= Decimal::ZERO && mark.width >= Decimal::ZERO);
                    prop_assert!(mark.x + mark.width <= Decimal::from(plot.width + 1));
                    prop_assert!(mark.y >= Decimal::ZERO && mark.height >= Decimal::ZERO);
                    prop_assert!(mark.y + mark.height <= Decimal::from(plot.height));
                }
                prop_assert!(plot.ticks.len() <= 12);
            }
        }
    }
}
