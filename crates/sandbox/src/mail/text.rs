//! What somebody typed, made fit to be shown: on one line, of a bounded length, and unable to turn the text around it.
//!
//! Markup is none of its business: templates escape it.

/// Most characters of one text that a mail shows.
const TEXT_MAX: usize = 300;
/// Most characters of a subject.
pub(super) const SUBJECT_MAX: usize = 150;

/// Opens and closes a stretch of text whose direction is its own.
const ISOLATE: [char; 2] = ['\u{2068}', '\u{2069}'];

/// A text on one line, without what is not seen but acts, cut off where it is too long for any name.
pub(super) fn clean(text: &str) -> String {
    clean_to(text, TEXT_MAX)
}

pub(super) fn clean_to(text: &str, most: usize) -> String {
    // A multiple of what is shown is enough to look at, however long the text is.
    let looked_at = text.chars().take(most * 8).filter(|&c| !turns_text(c));
    let spaced: String = looked_at.map(|c| if c.is_control() || breaks_lines(c) { ' ' } else { c }).collect();
    let one_line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(most) {
        None => one_line,
        Some((end, _)) => format!("{}…", &one_line[..end]),
    }
}

/// The explicit marks of direction. Letters have theirs without them, and an open one would run on into what follows.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn breaks_lines(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// A text that keeps its direction to itself in plain text, where there is no markup to say so.
pub(super) fn isolated(text: &str) -> String {
    let [open, close] = ISOLATE;
    if text.chars().any(runs_leftward) { format!("{open}{text}{close}") } else { text.to_owned() }
}

/// Letters of the scripts that run from right to left.
fn runs_leftward(c: char) -> bool {
    matches!(c,
        '\u{0590}'..='\u{08ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Puts values in the places that a text has for them, `{name}`, each once: what a value says is not looked at again.
pub(super) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let inside = &rest[open + 1..];
        let place = inside.split_once('}').and_then(|(name, after)| {
            let value = values.iter().find(|(one, _)| *one == name)?.1;
            Some((value, after))
        });
        match place {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = inside;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_and_turns_nothing_around() {
        for (typed, shown) in [
            ("Wool sweater", "Wool sweater"),
            ("a\r\nBcc: x@example.com", "a Bcc: x@example.com"),
            ("\u{202e}gnp.exe\u{0}\u{7f}\u{85}!", "gnp.exe !"),
            ("a\u{2028}b\u{2066}c\u{feff}", "a bc"),
            ("  \t ", ""),
            ("שלום 👩‍👧", "שלום 👩‍👧"),
        ] {
            assert_eq!(clean(typed), shown, "{typed:?}");
        }
    }

    #[test]
    fn a_text_without_end_is_cut_off() {
        let shown = clean(&"ö".repeat(1_000_000));
        assert_eq!(shown.chars().count(), TEXT_MAX + 1);
        assert!(shown.ends_with('…'));
    }

    #[test]
    fn only_text_that_runs_leftward_is_set_apart() {
        assert_eq!(isolated("Ada"), "Ada");
        assert_eq!(isolated("עדה"), "\u{2068}עדה\u{2069}");
    }

    #[test]
    fn what_fills_a_place_opens_no_further_one() {
        let values = [("name", "{shop}"), ("shop", "Nord")];
        assert_eq!(filled("{name} at {shop}, {other} {", &values), "{shop} at Nord, {other} {");
    }
}
