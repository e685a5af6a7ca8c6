//! Whatever somebody typed stays text: it makes no element, no attribute, turns nothing around and breaks no PDF.

use document::{Document, Language, Templates, code_svg, pdf};
use scraper::{Html, Node};
use serde_json::{Value, json};

use crate::random::Random;
use crate::support::{EVERYTHING, json, plain, read_back, shown_as};

const PIECES: [&str; 24] = [
    "<script>alert(1)</script>",
    "</style><script>",
    "</bdi></td></table>",
    "\" onload=\"x",
    "' style='color:red",
    "<img src=https://x.example/a.png>",
    "<!--",
    "]]>",
    "{{ total }}",
    "{% raw %}",
    "&lt;b&gt;&#x3c;",
    "&amp",
    "\u{202e}desrever",
    "\u{2069}\u{2069}\u{2067}",
    "\u{200b}\u{feff}\u{ad}",
    "\u{0}\u{7}\u{1b}[31m",
    "\r\n\t",
    "שלום עולם",
    "شاي بالنعناع",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "日本語",
    "Z̸̢̛͎͔a̷l̶g̵o̴",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "a",
];

fn typed(random: &mut Random) -> String {
    // Something is always left to show, so that the same elements are there.
    let pieces = (0..random.between(1, 6)).map(|_| random.pick(&PIECES));
    ["x"].into_iter().chain(pieces).collect()
}

/// A receipt with the same text, or another each time, wherever one can be typed.
fn with(mut text: impl FnMut() -> String) -> (Value, String) {
    let mut body = json(EVERYTHING);
    for pointer in [
        "/till",
        "/receiptNumber",
        "/operator",
        "/lines/0/name",
        "/lines/0/discounts/0/description",
        "/lines/1/unit",
        "/lines/1/name",
        "/lines/2/of/receipt",
        "/discounts/0/description",
        "/payments/0/description",
        "/payments/0/type",
    ] {
        *body.pointer_mut(pointer).unwrap() = json!(text());
    }
    (body, text())
}

fn hostile(body: &Value, other: &str, language: Language) -> Document {
    shown_as(body, language, |told| document::Told {
        id: other,
        issuer: document::Issuer { name: other, ..told.issuer },
        ..told
    })
}

/// Every element with the names of its attributes, as a browser reads them.
fn elements(html: &str) -> Vec<String> {
    let nodes = Html::parse_document(html).tree;
    let elements = nodes.values().filter_map(Node::as_element);
    elements
        .map(|element| {
            let mut attributes: Vec<_> = element.attrs().map(|(name, _)| name).collect();
            attributes.sort_unstable();
            format!("{} {}", element.name(), attributes.join(" "))
        })
        .collect()
}

#[test]
fn nothing_typed_becomes_an_element_or_an_attribute() {
    let mut random = Random::announced("elements");
    let templates = Templates::default();
    let (body, other) = with(|| "plain".to_owned());
    let harmless = elements(&templates.html(&hostile(&body, &other, Language::Sv)).unwrap());
    for _ in 0..300 {
        let (body, other) = with(|| typed(&mut random));
        let html = templates.html(&hostile(&body, &other, Language::Sv)).unwrap();
        assert_eq!(elements(&html), harmless, "{body}\n{html}");
    }
}

#[test]
fn nothing_typed_turns_or_hides_the_text_around_it() {
    let (body, other) = with(|| "x\u{202e}\u{2066}\u{0}\u{200b}y".to_owned());
    let html = Templates::default().html(&hostile(&body, &other, Language::En)).unwrap();
    let text = plain(&read_back(&pdf(&html).unwrap()));
    let unseen = |letter: char| matches!(letter, '\u{0}' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!html.contains(unseen), "{html}");
    assert!(text.contains("xy 2,400.00") && text.contains("2,231.83 SEK"), "{text}");
}

#[test]
fn a_right_to_left_name_leaves_the_amounts_in_their_places() {
    let (body, other) = with(|| "שלום עולם 12".to_owned());
    let html = Templates::default().html(&hostile(&body, &other, Language::Sv)).unwrap();
    let text = plain(&read_back(&pdf(&html).unwrap()));
    assert!(
        text.contains("2 400,00") && text.contains("−240,00") && text.contains("Totalt 2 231,83 SEK"),
        "{text}"
    );
    assert!(text.contains("שלום"), "{text}");
}

#[test]
fn a_pdf_of_anything_typed_is_made_and_read() {
    let mut random = Random::announced("typed");
    let templates = Templates::default();
    for case in 0..150_usize {
        let (body, other) = with(|| typed(&mut random));
        let html = templates.html(&hostile(&body, &other, Language::ALL[case % 6])).unwrap();
        let made = pdf(&html).unwrap();
        if case.is_multiple_of(30) {
            assert!(plain(&read_back(&made)).contains("231"), "{body}");
        }
    }
    let (body, other) = with(|| "å".repeat(10_000));
    let html = templates.html(&hostile(&body, &other, Language::Sv)).unwrap();
    assert!(plain(&read_back(&pdf(&html).unwrap())).contains("2 231,83 SEK"), "the total is missing");
}

#[test]
fn a_pdf_of_any_html_is_made_or_refused_without_a_panic() {
    const PARTS: [&str; 40] = [
        "<p>",
        "</p>",
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "<td class=num>",
        "<td colspan=9999>",
        "</td>",
        "<td colspan=-1>",
        "<bdi>",
        "</bdi>",
        "<br>",
        "<hr>",
        "<h1>",
        "</h1>",
        "<svg viewBox=\"0 0 1 1\" width=9>",
        "<svg viewBox='NaN 0 inf 1e38' width='1e38'>",
        "<svg viewBox='0 0 0 0' width=0>",
        "</svg>",
        "<path d='M0 0h1v1h-1z'/>",
        "<path d='Mé 1e39 h-9e9 v z z M'/>",
        "<path d='zzzhhvvM1,2'/>",
        "<small>",
        "<b>",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "<div dir=rtl>",
        "<div dir=auto>",
        "</div>",
        "&nbsp;",
        "&#0;",
        "&#x202e;",
        "ffi é̂ 👩‍👧",
        "שלום شاي",
        "\u{2029}\u{85}\u{1c}\r\n",
        "wort-mit-strich 1 234,50",
    ];
    let mut random = Random::announced("any HTML");
    for _ in 0..600 {
        let html: String = (0..random.between(0, 60)).map(|_| random.pick(&PARTS)).collect();
        drop(pdf(&html));
        let cut: String = html.chars().filter(|_| !random.one_in(15)).collect();
        drop(pdf(&cut));
    }
    for deep in ["<p>", "<table><tr><td>", "<bdi>", "<svg>"] {
        drop(pdf(&deep.repeat(5_000)));
    }
    assert!(pdf(&" ".repeat(document::HTML_BYTES_MAX + 1)).is_err());
}

#[test]
fn a_code_is_drawn_of_what_fits_into_one() {
    let drawn = code_svg("https://receipts.example/documents/1/mac").unwrap();
    assert!(drawn.starts_with("<svg xmlns=") && drawn.ends_with("</svg>"), "{drawn}");
    assert!(code_svg(&"\"><script>".repeat(10)).is_some_and(|drawn| !drawn.contains("script")));
    assert_eq!(code_svg(&"a".repeat(10_000)), None);
}
