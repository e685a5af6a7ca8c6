//! Words that stand for somebody, and how they are found again in whatever form they come out.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a form of a web page leaves as it is.
const LOOSELY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'+');
/// The letters of base64, and what stands for the last two where it goes into a URL.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// How much around a find is shown.
const AROUND_BYTES: usize = 120;

/// Something about somebody.
#[derive(Debug, Clone)]
pub struct Mark {
    pub what: &'static str,
    /// The ways in which it may be written.
    pub texts: Vec<String>,
}

/// All that is looked for.
#[derive(Debug, Clone, Default)]
pub struct Marks(Vec<Mark>);

/// A form in which a text may come out.
struct Form {
    name: &'static str,
    text: String,
    /// Whether capitals mean something in it.
    exact: bool,
}

impl Marks {
    pub fn add(&mut self, what: &'static str, texts: &[&str]) {
        for text in texts {
            assert!(text.len() >= 6, "{what}: {text:?} is too short to be told from other words");
        }
        self.0.push(Mark { what, texts: texts.iter().map(|text| (*text).to_owned()).collect() });
    }

    /// What of them stands in a text, in any form: what it is, how it is written, and where.
    pub fn found_in(&self, name: &str, text: &str) -> Vec<String> {
        let lower = text.to_lowercase();
        let find = |mark: &Mark| {
            mark.texts.iter().flat_map(|text| forms(text)).find_map(|form| {
                let (hay, needle) = match form.exact {
                    true => (text, form.text),
                    false => (lower.as_str(), form.text.to_lowercase()),
                };
                let shown = around(hay, hay.find(&needle)?, needle.len());
                Some(format!("{name}: the {}, {}: {shown}", mark.what, form.name))
            })
        };
        self.0.iter().filter_map(find).collect()
    }

    /// Those of them that stand nowhere in a text as they are.
    pub fn missing_in(&self, text: &str) -> Vec<&'static str> {
        let is_there = |mark: &&Mark| !mark.texts.iter().any(|one| text.contains(one.as_str()));
        self.0.iter().filter(is_there).map(|mark| mark.what).collect()
    }
}

fn around(text: &str, at: usize, len: usize) -> &str {
    let boundary = |at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = boundary((at + len + AROUND_BYTES).min(text.len()));
    text[boundary(at.saturating_sub(AROUND_BYTES))..end].trim()
}

fn forms(text: &str) -> Vec<Form> {
    let plain = |name, text| Form { name, text, exact: false };
    let escaped: String = text.chars().flat_map(json_escaped).collect();
    let each =
        |join: &str, byte: fn(&u8) -> String| text.bytes().map(|b| byte(&b)).collect::<Vec<_>>().join(join);
    let mut forms = vec![
        plain("as it is", text.to_owned()),
        plain("percent-encoded", utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()),
        plain("percent-encoded", utf8_percent_encode(text, LOOSELY).to_string()),
        plain(
            "as a form sends it",
            utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%20", "+"),
        ),
        plain("JSON-escaped", escaped),
        plain("escaped", text.escape_default().to_string()),
        plain("as escaped bytes", text.as_bytes().escape_ascii().to_string()),
        plain("as a list of bytes", each(", ", |byte| byte.to_string())),
        plain("in hexadecimal", each("", |byte| format!("{byte:02x}"))),
    ];
    for before in 0..3 {
        let inner = base64_of_the_middle(text.as_bytes(), before);
        forms.push(Form { name: "in base64", text: inner.replace('+', "-").replace('/', "_"), exact: true });
        forms.push(Form { name: "in base64", text: inner, exact: true });
    }
    forms
}

fn json_escaped(char: char) -> Vec<char> {
    match char {
        '"' | '\\' | '/' => vec!['\\', char],
        char if char.is_ascii() => vec![char],
        char => {
            let mut units = [0; 2];
            let units = char.encode_utf16(&mut units);
            units.iter().flat_map(|unit| format!("\\u{unit:04x}").chars().collect::<Vec<_>>()).collect()
        }
    }
}

/// The letters of base64 that depend on this text alone, where so many bytes of a group stand before it.
fn base64_of_the_middle(text: &[u8], before: usize) -> String {
    let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(text.iter().copied()).collect();
    let bits = bytes.len() * 8;
    let first = (before * 8).div_ceil(6);
    let letter = |n: usize| {
        let value = (0..6).fold(0, |value, bit| {
            let at = n * 6 + bit;
            value << 1 | usize::from(bytes[at / 8] >> (7 - at % 8) & 1)
        });
        char::from(BASE64[value])
    };
    (first..bits / 6).map(letter).collect()
}

#[test]
fn a_mark_is_found_in_whatever_form_it_comes_out() {
    let mut marks = Marks::default();
    marks.add("name", &["Gråöga+Ünder/1"]);
    for (text, is_found) in [
        ("said Gråöga+Ünder/1 to", true),
        ("said GRÅÖGA+ünder/1 to", true),
        ("?q=Gr%C3%A5%C3%B6ga%2B%C3%9Cnder%2F1", true),
        ("?q=Gr%c3%a5%c3%b6ga%2b%c3%9cnder/1", true),
        (r#"{"q":"Gr\u00e5\u00f6ga+\u00DCnder\/1"}"#, true),
        (r#"Text("Gr\u{e5}\u{f6}ga+\u{dc}nder/1")"#, true),
        (r#"b"Gr\xc3\xa5\xc3\xb6ga+\xc3\x9cnder/1""#, true),
        ("[71, 114, 195, 165, 195, 182, 103, 97, 43, 195, 156, 110, 100, 101, 114, 47, 49]", true),
        ("4772c3a5c3b667612bc39c6e6465722f31", true),
        // With nothing, one byte and two before it.
        ("R3LDpcO2Z2Erw5xuZGVyLzE=", true),
        ("eEdyw6XDtmdhK8OcbmRlci8xeA==", true),
        ("eHhHcsOlw7ZnYSvDnG5kZXIvMXh4", true),
        ("eHhHcsOlw7ZnYSvDnG5kZXIvMXh4".replace('+', "-").as_str(), true),
        ("G…1, Gr…1, Graoga under 1", false),
        ("", false),
    ] {
        assert_eq!(!marks.found_in("here", text).is_empty(), is_found, "{text}");
    }
}
