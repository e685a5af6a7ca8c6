//! A query string, decoded as Engage's server decodes it: a raw `+` is a space (fact B-32).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str};

/// The parameters of a call, in their order.
#[derive(Debug)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    pub(super) has_raw_plus: bool,
}

impl Query {
    pub(super) fn parse(query: &str) -> Query {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Query { pairs: pairs.collect(), has_raw_plus: query.contains('+') }
    }

    /// A parameter's value, empty or not. Names are compared without regard to case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A parameter's value, if it is not empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_str())
    }
}

/// Parameters whose values are not shown anywhere: personal numbers, and what may be one.
const HIDDEN: [&str; 2] = ["socialSecurityNumber", "any"];

/// Segments of a path behind which stand keys of contacts, which may be personal numbers.
const HIDDEN_BEHIND: [&str; 2] = ["triggerBySocialSecurityNumber/", "triggerByContactTypeAndKey/"];

/// A target as lists show it.
pub(crate) fn shown_target(target: &str) -> String {
    let hidden = HIDDEN_BEHIND.iter().find_map(|marker| {
        let (before, _) = target.split_once(marker)?;
        Some(format!("{before}{marker}***"))
    });
    if let Some(hidden) = hidden {
        return hidden;
    }
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let shown: Vec<String> = query.split('&').map(shown_pair).collect();
    format!("{path}?{}", shown.join("&"))
}

fn shown_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if HIDDEN.iter().any(|one| one.eq_ignore_ascii_case(&decode(name))) => {
            format!("{name}=***")
        }
        _ => pair.to_owned(),
    }
}

/// What is encoded in a segment of a path: all but what never needs to be.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A segment of a path, decoded: a `+` is one there.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
