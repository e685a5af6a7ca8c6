//! What a failed call means: for the delivery, and for Engage as a whole. Pure.

use std::time::Duration;

use engage::{Failure, Reached};
use store::Note;

/// Whether the call only reads or changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Repeating it is always safe.
    Read,
    /// Its effect may be there although no answer came.
    Write,
    /// The same, and the key may go to another creation in the meantime: the next look-up finds that one.
    Create,
}

/// What a failure means for what was to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// It surely had no effect; the same may work later.
    Transient(Note),
    /// It lost to another creation of the same contact; a look-up finds that one.
    Raced(Note),
    /// It may have had its effect.
    Unknown(Note),
    /// What it is about isn't there.
    NotThere(Note),
    /// It surely had no effect and never will as it is.
    Permanent(Note),
}

/// What a failure says about Engage as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// It answers like itself.
    Well,
    /// No link, or an answer that isn't Engage's, or one that no delivery is to blame for.
    Ill {
        /// How long it asks to be left alone.
        pause: Option<Duration>,
    },
    /// It broke down over this request; only a sign of illness if others fare alike.
    Doubtful,
}

/// What a failure means, for both.
#[derive(Debug, Clone, PartialEq)]
pub struct Failed {
    /// For what was to be done.
    pub judgement: Judgement,
    /// For Engage as a whole.
    pub whole: Whole,
    /// The status and the code of Engage's own refusal.
    pub refused: Option<(u16, Option<String>)>,
}

impl Failed {
    /// Whether Engage refused it with this status, and a code that ends like this: versions differ in how codes begin.
    pub fn is(&self, status: u16, ending: &str) -> bool {
        let code = |code: &Option<String>| code.as_deref().unwrap_or_default().ends_with(ending);
        self.refused.as_ref().is_some_and(|(said, its)| *said == status && code(its))
    }
}

/// Judges a failure.
pub fn judge(failure: &Failure, nature: Nature) -> Failed {
    let (judgement, whole) = weigh(failure, nature);
    let refused = match failure {
        Failure::Refused(refusal) => Some((refusal.status, refusal.code.clone())),
        Failure::NoAnswer { .. } | Failure::Unreadable { .. } => None,
    };
    Failed { judgement, whole, refused }
}

fn weigh(failure: &Failure, nature: Nature) -> (Judgement, Whole) {
    match failure {
        Failure::NoAnswer { reached: Reached::Never, reason } => {
            let note = note(
                "engageNotReached",
                format!("Engage could not be reached ({reason}); it is tried again by itself"),
            );
            (Judgement::Transient(note), Whole::Ill { pause: None })
        }
        Failure::NoAnswer { reached: Reached::Maybe, reason } => {
            let note = note("answerLost", format!("the call was sent and no answer came ({reason})"));
            (lost(note, nature), Whole::Ill { pause: None })
        }
        Failure::Unreadable { status, what } => {
            let note = note(
                "answerNotReadable",
                format!(
                    "status {status} with a body that isn't Engage's ({what}); a proxy or a sign-in page may stand between"
                ),
            );
            (lost(note, nature), Whole::Ill { pause: None })
        }
        Failure::Refused(refusal) => refused(refusal, nature),
    }
}

fn refused(refusal: &engage::Refusal, nature: Nature) -> (Judgement, Whole) {
    let said = match &refusal.code {
        Some(code) => format!("Engage answered {} {code}", refusal.status),
        None => format!("Engage answered {}", refusal.status),
    };
    match refusal.status {
        401 | 403 => {
            let detail = format!(
                "{said}: the API key is not accepted, or this address isn't on its allowlist; run `tillbridge doctor`"
            );
            (Judgement::Transient(note("keyNotAccepted", detail)), Whole::Ill { pause: None })
        }
        429 => {
            let detail = format!("{said}: too many requests; others may share the API key");
            (Judgement::Transient(note("tooManyRequests", detail)), Whole::Ill { pause: refusal.retry_after })
        }
        408 | 500 | 502..=599 => {
            let whole = match refusal.retry_after {
                Some(pause) => Whole::Ill { pause: Some(pause) },
                None => Whole::Doubtful,
            };
            (lost(note("engageFailed", said), nature), whole)
        }
        409 if nature == Nature::Create && is_creation_race(refusal.code.as_deref()) => {
            (Judgement::Raced(note("contactExists", format!("{said}: it is looked up again"))), Whole::Well)
        }
        404 if refusal.is("ContactNotFound") => {
            (Judgement::NotThere(note("engageRefused", said)), Whole::Well)
        }
        _ => {
            let mut detail = said;
            if !refusal.validation.is_empty() {
                detail.push_str(&format!(" with {} validation errors", refusal.validation.len()));
            }
            (Judgement::Permanent(note("engageRefused", detail)), Whole::Well)
        }
    }
}

/// A creation that lost to another creation of the same contact (facts C-41, C-44).
fn is_creation_race(code: Option<&str>) -> bool {
    matches!(code, Some("ApprovedContactWithKeyExists" | "ContactWithKeyIsBeingCreated"))
}

fn lost(note: Note, nature: Nature) -> Judgement {
    match nature {
        Nature::Read => Judgement::Transient(note),
        Nature::Write | Nature::Create => Judgement::Unknown(note),
    }
}

/// A note with a stable code.
pub fn note(code: &str, detail: impl Into<String>) -> Note {
    Note { code: code.to_owned(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: Option<&str>) -> Failure {
        engage::Refusal { status, code: code.map(str::to_owned), ..engage::Refusal::default() }.into()
    }

    fn kind(judgement: &Judgement) -> &'static str {
        match judgement {
            Judgement::Transient(_) => "transient",
            Judgement::Raced(_) => "raced",
            Judgement::Unknown(_) => "unknown",
            Judgement::NotThere(_) => "not there",
            Judgement::Permanent(_) => "permanent",
        }
    }

    #[test]
    fn each_failure_has_one_meaning_for_a_write_and_one_for_a_read() {
        let maybe = Failure::NoAnswer { reached: Reached::Maybe, reason: "timed out".into() };
        let never = Failure::NoAnswer { reached: Reached::Never, reason: "refused".into() };
        let page = Failure::Unreadable { status: 200, what: "html".into() };
        let table = [
            (&never, "transient", "transient"),
            (&maybe, "unknown", "transient"),
            (&page, "unknown", "transient"),
            (&refusal(429, None), "transient", "transient"),
            (&refusal(401, None), "transient", "transient"),
            (&refusal(500, None), "unknown", "transient"),
            (&refusal(504, None), "unknown", "transient"),
            (&refusal(501, None), "permanent", "permanent"),
            (&refusal(400, Some("InvalidEmailAddress")), "permanent", "permanent"),
            (&refusal(422, Some("ValidationError")), "permanent", "permanent"),
            (&refusal(404, Some("ContactNotFound")), "not there", "not there"),
            (&refusal(404, None), "permanent", "permanent"),
            (&refusal(409, Some("SomethingElse")), "permanent", "permanent"),
        ];
        for (failure, write, read) in table {
            assert_eq!(kind(&judge(failure, Nature::Write).judgement), write, "{failure:?}");
            assert_eq!(kind(&judge(failure, Nature::Create).judgement), write, "{failure:?}");
            assert_eq!(kind(&judge(failure, Nature::Read).judgement), read, "{failure:?}");
        }
    }

    #[test]
    fn only_a_creation_can_lose_to_another_creation() {
        for code in ["ApprovedContactWithKeyExists", "ContactWithKeyIsBeingCreated"] {
            let failure = refusal(409, Some(code));
            assert_eq!(kind(&judge(&failure, Nature::Create).judgement), "raced", "{code}");
            // An update towards a key that another contact has stays one (fact C-73).
            assert_eq!(kind(&judge(&failure, Nature::Write).judgement), "permanent", "{code}");
        }
    }

    #[test]
    fn one_request_that_breaks_engage_is_not_yet_an_ill_engage() {
        assert_eq!(judge(&refusal(500, None), Nature::Write).whole, Whole::Doubtful);
        assert_eq!(judge(&refusal(429, None), Nature::Write).whole, Whole::Ill { pause: None });
        assert_eq!(judge(&refusal(400, None), Nature::Write).whole, Whole::Well);
    }
}
