//! Templates and words of a shop's own.

use std::fs;
use std::path::Path;

use document::{Language, TemplateError, Templates};
use tempfile::TempDir;

use crate::support::{EVERYTHING, json, shown};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn refused(files: &[(&str, &str)]) -> String {
    let error = Templates::read(folder(files).path()).unwrap_err();
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    format!("{error} {}", cause.unwrap_or_default())
}

#[test]
fn words_and_templates_of_a_folder_replace_the_embedded_ones() {
    let own = folder(&[
        ("sv.toml", "total = \"Att betala\"\nslogan = \"Alltid ull\"\n[payment]\ncard = \"Bankkort\"\n"),
        (
            "receipt.html",
            "<p>{% include \"top.html\" %}{{ words.total }}: {{ total }} {{ words.payment[payments[0].kind] }}</p>",
        ),
        ("top.html", "{{ issuer.name }} "),
        ("README", "not a template"),
    ]);
    let document = shown(&json(EVERYTHING), Language::Sv);
    let error = Templates::read(own.path()).unwrap_err();
    assert!(
        error.to_string().contains("receipt.html, line 1"),
        "the sample without payments is tried too: {error}"
    );
    let html = "<p>{% include \"top.html\" %}{{ words.total }}: {{ total }}{% for payment in payments %} {{ words.payment[payment.kind]|default(payment.kind) }}{% endfor %}</p>";
    fs::write(own.path().join("receipt.html"), html).unwrap();
    let templates = Templates::read(own.path()).unwrap();
    let html = templates.html(&document).unwrap();
    assert_eq!(
        html,
        "<p>Ull &amp; Garn Drottninggatan Att betala: 2\u{a0}231,83\u{a0}SEK Bankkort Kontant Växel</p>"
    );
}

#[test]
fn an_empty_folder_changes_nothing() {
    let document = shown(&json(EVERYTHING), Language::Fi);
    let templates = Templates::read(folder(&[]).path()).unwrap();
    assert_eq!(templates.html(&document).unwrap(), Templates::default().html(&document).unwrap());
}

#[test]
fn what_is_broken_is_said_with_its_file_and_line() {
    for (file, text, said) in [
        ("receipt.html", "<p>\n{{ total", "receipt.html, line 2"),
        ("receipt.html", "<p>\n\n{{ totall }}", "receipt.html, line 3"),
        ("receipt.html", "{% for line in lines %}\n{{ line.nane }}{% endfor %}", "receipt.html, line 2"),
        ("receipt.html", "\n{% include \"nowhere.html\" %}", "receipt.html, line 2"),
        ("receipt.css", "p { }\n{{ oops }}", "receipt.css, line 2"),
        (
            "receipt.html",
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}\n{% endfor %}",
            "receipt.html, line 1",
        ),
        ("sv.toml", "total = \"a\"\nreceipt = 3\n", "sv.toml, line 2: `receipt`"),
        ("sv.toml", "total = \"a\"\n\nreceipt = \n", "sv.toml, line 3"),
        ("sv.toml", "[payment]\ncard = 3\n", "sv.toml, line 2: `card`"),
        ("fr.toml", "total = \"a\"\n", "fr.toml is of no language"),
    ] {
        let error = refused(&[(file, text)]);
        assert!(error.contains(said), "{file} {text:?}: {error}");
    }
    let nowhere = Templates::read(Path::new("/nowhere")).unwrap_err();
    assert!(matches!(nowhere, TemplateError::Unreadable { .. }), "{nowhere}");
    let large = "a".repeat(2 << 20);
    assert!(refused(&[("receipt.html", &large)]).contains("larger than"));
}

#[test]
fn a_template_of_a_shop_escapes_too_whatever_its_name() {
    let own = folder(&[("receipt.html", "{% include \"name.css\" %}"), ("name.css", "{{ issuer.name }}")]);
    let html = Templates::read(own.path()).unwrap().html(&shown(&json(EVERYTHING), Language::Sv)).unwrap();
    assert_eq!(html, "Ull &amp; Garn Drottninggatan");
}
