//! The clock: held against the `Date` of an answer of Engage's. Times of receipts and ends of tokens rest on it.

use anyhow::Context as _;
use gateway::Clock;
use http::header::{DATE, USER_AGENT};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use super::report::Check;
use crate::config::Engage;
use crate::wiring;

const GROUP: &str = "clock";
/// A difference that the network and the header's whole seconds explain.
const UNSUSPICIOUS: SignedDuration = SignedDuration::from_secs(5);
/// A difference with which receipts land on the wrong side of midnight, and TLS begins to fail.
const HARMFUL: SignedDuration = SignedDuration::from_secs(300);

/// Compares this machine's clock with Engage's.
pub(super) async fn checks(engage: &Engage) -> Vec<Check> {
    let clock = Clock::start();
    let before = clock.now();
    match date(engage).await {
        Ok(theirs) => vec![judge(before, theirs, clock.now())],
        Err(error) => {
            let found = format!("it can't be compared with Engage's: {error:#}");
            vec![Check::warning(GROUP, "time", found, "compare it with a clock that you trust")]
        }
    }
}

/// `theirs` was written at some time between `before` and `after`, and has whole seconds.
fn judge(before: Timestamp, theirs: Timestamp, after: Timestamp) -> Check {
    let ahead = before.duration_since(theirs + SignedDuration::from_secs(1));
    let behind = theirs.duration_since(after);
    let (off, word) = if ahead > behind { (ahead, "ahead of") } else { (behind, "behind") };
    let advice = "let it be set by NTP; `timedatectl` shows whether it is";
    let found = format!("{} s {word} Engage's", off.as_secs());
    match off {
        off if off <= UNSUSPICIOUS => Check::ok(GROUP, "time", "it agrees with Engage's"),
        off if off <= HARMFUL => Check::warning(GROUP, "time", found, advice),
        _ => Check::failed(GROUP, "time", found, advice),
    }
}

/// The `Date` of whatever the server answers. The API key isn't sent.
async fn date(engage: &Engage) -> anyhow::Result<Timestamp> {
    let builder =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(engage.timeout);
    let builder = match (engage.base_url.scheme(), &engage.ca_file) {
        ("http", _) => builder.no_proxy().tls_certs_only([]),
        (_, Some(file)) => {
            builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(&std::fs::read(file)?)?)
        }
        (_, None) => builder,
    };
    let request = builder.build()?.get(engage.base_url.clone()).header(USER_AGENT, wiring::USER_AGENT);
    let response = request.send().await.map_err(reqwest::Error::without_url)?;
    let date = response.headers().get(DATE).context("its answer has no date")?;
    Ok(DateTimeParser::new().parse_timestamp(date.to_str()?)?)
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    /// Fails unless a clock that is ahead by so many seconds gets this verdict.
    fn check(ahead: i64, verdict: Verdict) {
        let theirs = Timestamp::from_second(1_790_000_000).unwrap();
        let ours = theirs + SignedDuration::from_secs(ahead);
        let check = judge(ours, theirs, ours + SignedDuration::from_millis(80));
        assert_eq!(check.verdict, verdict, "{ahead}: {check:?}");
    }

    #[test]
    fn a_clock_is_judged_by_how_far_it_is_off() {
        for (ahead, verdict) in [
            (0, Verdict::Ok),
            (6, Verdict::Ok),
            (-5, Verdict::Ok),
            (7, Verdict::Warning),
            (-60, Verdict::Warning),
            (302, Verdict::Failed),
            (-3_600, Verdict::Failed),
        ] {
            check(ahead, verdict);
        }
    }
}
