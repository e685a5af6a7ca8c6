//! The reconciliation as one page: figures, plots and gaps, for the people who decide whether a migration is done.
//!
//! The page stands alone: no scripts, nothing to load, readable on paper, in the dark and by a screen reader; behind each
//! plot is its table. All words of the export's (stores, keys, reasons' codes) are escaped by the template.
//!
//! It decides nothing: what agrees and what doesn't is [`crate::reconcile`]'s.

mod number;
mod plot;
mod turnover;

use askama::Template;
use rust_decimal::Decimal;

use crate::Entity;
use crate::manifest::Scope;
use crate::reconcile::{Chain, Counted, Gap, GapCode, LookedAt, Reconciliation, Verdict};

use plot::{Bar, Plot};
use turnover::Money;

/// Reasons that are drawn; the table has all.
const REASONS_DRAWN_MAX: usize = 20;

/// The page.
///
/// # Errors
/// Never in practice: writing to a text doesn't fail.
pub fn html(reconciliation: &Reconciliation) -> Result<String, askama::Error> {
    Page::of(reconciliation).render()
}

#[derive(Debug, Template)]
#[template(path = "report.html")]
struct Page<'a> {
    of: &'a Reconciliation,
    verdict: Badge,
    looked_at: String,
    made_at: String,
    chains: Vec<ChainRow>,
    gaps: Vec<GapsOfCode<'a>>,
    money: Vec<Money>,
    reasons: Vec<Reason<'a>>,
    reasons_plot: Plot,
    reasons_left: usize,
    identifiers: Vec<[String; 4]>,
    identifiers_plot: Plot,
    sums: Vec<[String; 4]>,
    unverified: String,
}

/// A word with a tone.
#[derive(Debug, Clone, Copy)]
struct Badge {
    tone: &'static str,
    word: &'static str,
}

#[derive(Debug)]
struct ChainRow {
    name: &'static str,
    figures: [String; 5],
    mended: Option<String>,
    left_out: Vec<(String, String)>,
    records: [String; 3],
    verdict: Badge,
}

#[derive(Debug)]
struct GapsOfCode<'a> {
    code: String,
    meaning: &'static str,
    mend: &'static str,
    count: String,
    left: u64,
    shown: Vec<&'a Gap>,
}

#[derive(Debug)]
struct Reason<'a> {
    entity: &'static str,
    code: &'a str,
    count: u64,
    tone: Badge,
}

impl<'a> Page<'a> {
    fn of(of: &'a Reconciliation) -> Self {
        let reasons = reasons(of);
        let refused = |reason: &&Reason<'_>| reason.tone.tone == "bad";
        let bars: Vec<_> = reasons.iter().filter(refused).map(Reason::bar).collect();
        let drawn = bars.len().min(REASONS_DRAWN_MAX);
        let identifiers: Vec<_> = of.identifiers.iter().map(|(name, counted)| bar(name, counted)).collect();
        Page {
            of,
            verdict: badge(of.verdict),
            looked_at: looked_at(&of.looked_at),
            made_at: of.made_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            chains: of.chains.iter().map(|(entity, chain)| chain_row(*entity, chain)).collect(),
            gaps: of.gap_counts.iter().map(|(code, count)| gaps_of(of, *code, *count)).collect(),
            money: turnover::by_currency(&of.turnover),
            reasons_plot: plot::bars(
                "reasons".into(),
                "Faults that keep rows back, by reason".into(),
                &bars[..drawn],
            ),
            reasons_left: bars.len() - drawn,
            reasons,
            identifiers: of.identifiers.iter().map(|(name, counted)| counts(name, counted)).collect(),
            identifiers_plot: plot::bars("identifiers".into(), "Members by identifier".into(), &identifiers),
            sums: sums(of),
            unverified: of
                .files
                .unverified
                .iter()
                .map(|entity| entity.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}

impl Reason<'_> {
    fn bar(&self) -> Bar {
        Bar { label: format!("{}: {}", self.entity, self.code), value: self.count, engage: None }
    }
}

fn badge(verdict: Verdict) -> Badge {
    match verdict {
        Verdict::Agrees => Badge { tone: "good", word: "Agrees" },
        Verdict::Gaps => Badge { tone: "bad", word: "Gaps" },
        Verdict::NotLookedAt => Badge { tone: "plain", word: "Engage not asked" },
    }
}

fn looked_at(looked_at: &LookedAt) -> String {
    let grouped = |count: &u64| number::grouped((*count).into());
    match looked_at {
        LookedAt::Plan => "The export and the plan were compared. Engage wasn't asked.".to_owned(),
        LookedAt::Sample { contacts, of, seed } => {
            let share = Decimal::from(*contacts) * Decimal::ONE_HUNDRED / Decimal::from((*of).max(1));
            let share = share.round_dp(2).normalize();
            let (contacts, of) = (grouped(contacts), grouped(of));
            format!(
                "Of {of} contacts, {contacts} ({share} %) were read from Engage with all that they have, chosen by \
                 chance (seed {seed}). Gaps of the others aren't known."
            )
        }
        LookedAt::Everything { contacts } => {
            format!("All {} contacts were read from Engage with all that they have.", grouped(contacts))
        }
        LookedAt::Twin => "The files were imported into a sandbox, and its sums compared.".to_owned(),
    }
}

fn chain_row(entity: Entity, chain: &Chain) -> ChainRow {
    let left_out: u64 = chain.rows_left_out.values().sum();
    let figures = [chain.rows, chain.rows_sent, chain.rows_rejected, left_out, chain.records.sent];
    let grouped = |count: u64| number::grouped(count.into());
    let engage = |of: fn(&crate::reconcile::Compared<u64>) -> u64| match &chain.records.engage {
        Some(compared) => grouped(of(compared)),
        None => "–".to_owned(),
    };
    ChainRow {
        name: entity.as_str(),
        figures: figures.map(grouped),
        mended: (chain.mended > 0).then(|| grouped(chain.mended)),
        left_out: chain.rows_left_out.iter().map(|(code, count)| (code.clone(), grouped(*count))).collect(),
        records: [grouped(chain.records.sent), engage(|all| all.sought), engage(|all| all.found)],
        verdict: badge(chain.verdict),
    }
}

fn gaps_of(of: &Reconciliation, code: GapCode, count: u64) -> GapsOfCode<'_> {
    let shown: Vec<_> = of.gaps.iter().filter(|gap| gap.code == code).collect();
    GapsOfCode {
        code: serde_json::to_value(code)
            .ok()
            .and_then(|name| Some(name.as_str()?.to_owned()))
            .unwrap_or_default(),
        meaning: code.meaning(),
        mend: code.mend(),
        count: number::grouped(count.into()),
        left: count.saturating_sub(shown.len() as u64),
        shown,
    }
}

/// Why rows are kept back or noticed, the most frequent first.
fn reasons(of: &Reconciliation) -> Vec<Reason<'_>> {
    const BLOCKER: Badge = Badge { tone: "bad", word: "rejected" };
    const WARNING: Badge = Badge { tone: "careful", word: "sent all the same" };
    let mut reasons = Vec::new();
    for (entity, chain) in &of.chains {
        for (tone, codes) in [(BLOCKER, &chain.blockers), (WARNING, &chain.warnings)] {
            let entity = entity.as_str();
            reasons.extend(codes.iter().map(|(code, count)| Reason { entity, code, count: *count, tone }));
        }
    }
    reasons.sort_by_key(|reason| (reason.tone.word, std::cmp::Reverse(reason.count)));
    reasons
}

fn bar(name: &str, counted: &Counted<u64>) -> Bar {
    // Of a sample both figures must be of the sample, or the line would say nothing.
    let value = counted.engage.map_or(counted.sent, |compared| compared.sought);
    Bar { label: name.to_owned(), value, engage: counted.engage.map(|compared| compared.found) }
}

fn counts(name: &str, counted: &Counted<u64>) -> [String; 4] {
    row(name, counted, |count| number::grouped((*count).into()))
}

/// Points, and vouchers by currency.
fn sums(of: &Reconciliation) -> Vec<[String; 4]> {
    let points = std::iter::once(row("Points", &of.points, |sum| number::grouped(sum.normalize())));
    let vouchers = of
        .vouchers
        .iter()
        .map(|(currency, counted)| row(&format!("Vouchers, {currency}"), counted, |sum| number::money(*sum)));
    points.chain(vouchers).collect()
}

fn row<T>(name: &str, counted: &Counted<T>, shown: impl Fn(&T) -> String) -> [String; 4] {
    let (sought, found) = match &counted.engage {
        Some(compared) => (shown(&compared.sought), shown(&compared.found)),
        None => ("–".to_owned(), "–".to_owned()),
    };
    [name.to_owned(), shown(&counted.sent), sought, found]
}

#[cfg(test)]
mod tests;
