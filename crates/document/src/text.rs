//! What somebody typed, made fit to be shown: one line, of a bounded length, that can't turn the text around it.
//!
//! It is not escaped here: that is the template's, which knows where it stands.

/// The most characters that are shown of one text.
pub(crate) const SHOWN_CHARS_MAX: usize = 300;

/// The text without what can't be seen, its white space single, and cut where it is longer than anybody reads.
pub(crate) fn clean(typed: &str) -> String {
    let mut shown = String::with_capacity(typed.len().min(SHOWN_CHARS_MAX));
    let mut count = 0;
    for letter in typed.chars().filter(|&letter| !is_unseen(letter)) {
        let letter = if is_space(letter) { ' ' } else { letter };
        if letter == ' ' && (shown.is_empty() || shown.ends_with(' ')) {
            continue;
        }
        if count == SHOWN_CHARS_MAX {
            shown.push('…');
            return shown;
        }
        shown.push(letter);
        count += 1;
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// The same, or nothing where nothing is left.
pub(crate) fn clean_some(typed: Option<&str>) -> Option<String> {
    typed.map(clean).filter(|shown| !shown.is_empty())
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Control characters, and the invisible ones that change direction, join or hide: of these only what Persian and
/// joined emoji are written with is kept.
fn is_unseen(letter: char) -> bool {
    let control = letter.is_control() && !is_space(letter);
    control
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}')
}

#[cfg(test)]
mod tests {
    use super::{SHOWN_CHARS_MAX, clean, clean_some};

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        assert_eq!(clean(" a\t\r\n b\u{0}\u{7}\u{200b}c\u{2029} d "), "a bc d");
        assert_eq!(clean("\u{202e}evil\u{2066}\u{2069}\u{feff}"), "evil");
        assert_eq!(clean_some(Some(" \u{200f}\n")), None);
    }

    #[test]
    fn what_languages_need_is_kept() {
        for text in ["می‌خواهم", "👩‍👧", "Blåbær – 330 מ״ל", "e\u{301}"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn a_long_text_is_cut_and_shows_it() {
        let shown = clean(&"å".repeat(10_000));
        assert_eq!(shown.chars().count(), SHOWN_CHARS_MAX + 1);
        assert!(shown.ends_with('…'), "{shown}");
        assert_eq!(clean(&"å".repeat(SHOWN_CHARS_MAX)).chars().count(), SHOWN_CHARS_MAX);
    }
}
