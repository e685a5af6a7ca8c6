//! Mails from orders, through the world that makes them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use super::*;
use crate::event::{Act, Event};
use crate::settings::{PointRules, Settings};
use crate::world::step;

/// Texts that try to be something else.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</td></tr></table>--><!--",
    "{{ t.total }}{% for x in range(9) %}",
    "\u{202e}txet sdrawkcab\u{2066} שלום עולם",
    "a\r\nBcc: evil@example.com\r\n\r\nbody",
    "&lt;b&gt;&amp;\u{0}\u{1b}[31m'`",
    "DonaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftDonaudampfschifffahrtsgesellschaft",
];

fn order() -> Value {
    serde_json::from_str(include_str!("example.json")).unwrap()
}

/// A world with a contact and a store, and the contact's id.
fn world(settings: Settings, contact: Value) -> (World, Uuid) {
    let mut world = World::new(7, settings);
    let Value::Object(fields) = contact else { unreachable!("a contact is an object") };
    let create = Act::CreateContact { contact_type: "Member".to_owned(), fields };
    let (reply, _) = step(&mut world, Event::Act(create), Timestamp::UNIX_EPOCH);
    let body: Value = serde_json::from_slice(&reply.answer().unwrap().body).unwrap();
    let id = body["id"].as_str().and_then(|id| id.parse().ok());
    (world, id.unwrap_or_else(|| unreachable!("a contact was refused: {body}")))
}

fn ada() -> Value {
    json!({ "email": "ada.lind@example.com", "firstName": "Ada", "language": "sv" })
}

fn earning() -> Settings {
    let factors = BTreeMap::from([("SEK".to_owned(), rust_decimal::Decimal::ONE)]);
    Settings { points: PointRules { factors, ..PointRules::default() }, ..Settings::default() }
}

fn action(contact: Uuid, order: Value) -> OrderAction {
    let data = order.get("data").cloned();
    OrderAction {
        order,
        contact,
        action: "DigitalReceipt".to_owned(),
        language: None,
        data,
        at: Timestamp::UNIX_EPOCH,
    }
}

/// The mail of an order, for somebody who earns points.
fn mail_of(order: Value, language: &str) -> Mail {
    let (mut world, contact) = world(earning(), ada());
    let language = Some(language.to_owned());
    world.order_action(&OrderAction { language, ..action(contact, order) });
    world.mails().next_back().unwrap().clone()
}

/// Every text of an order, and of its contact, in the hands of `change`.
fn retyped(value: &mut Value, change: &mut impl FnMut(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(rows) => rows.iter_mut().for_each(|row| retyped(row, change)),
        Value::Object(fields) => {
            let typed = fields.iter_mut().filter(|(name, _)| {
                // These say what it is, and are no texts that anybody types.
                !["type", "currencyCode", "createdAt", "matchKey", "versionTag", "receiptUrl", "orderId"]
                    .contains(&name.as_str())
            });
            typed.for_each(|(_, value)| retyped(value, change));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The names of a page's tags with the names of their attributes, in their order.
fn tags(html: &str) -> Vec<String> {
    let tag = |rest: &str| {
        let (mut name, mut quoted) = (String::new(), false);
        for c in rest.chars() {
            match c {
                '"' => quoted = !quoted,
                '>' if !quoted => break,
                _ if quoted => {}
                c => name.push(c),
            }
        }
        name
    };
    html.match_indices('<').map(|(at, _)| tag(&html[at + 1..])).collect()
}

#[test]
fn the_receipt_reads_so_in_each_language() {
    for language in ["sv", "en", "nb", "da", "fi", "de"] {
        let mail = mail_of(order(), language);
        let text = format!("{}\n\n{}", mail.subject, mail.text);
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/examples/digital-receipt.{language}.txt"));
        if std::env::var_os("TILLBRIDGE_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == text, "{} is not what is written; TILLBRIDGE_BLESS=1 writes it", path.display());
        assert!(mail.html.contains(&format!("<html lang=\"{language}\"")), "{}", mail.html);
    }
}

#[test]
fn both_forms_show_the_same_figures() {
    let mail = mail_of(order(), "sv");
    for figure in [
        "324,00",
        "178,20",
        "55,80",
        "−109,00",
        "−40,00",
        "−36,00",
        "−19,80",
        "−6,20",
        "449,00",
        "49,00",
        "498,00",
        "200,00",
        "298,00",
        "63,96",
        "19,09",
        "≈ 449",
    ] {
        let figure = figure.replace(' ', "\u{a0}");
        let figure = figure.replace("≈\u{a0}", "≈ ");
        assert!(mail.text.contains(&figure), "{figure}: {}", mail.text);
        assert!(mail.html.contains(&figure), "{figure}: {}", mail.html);
    }
    assert_eq!(mail.code.as_deref(), Some("store03-2-000871"));
    assert!(mail.html.contains("https:&#x2f;&#x2f;receipts.shop.example&#x2f;"), "{}", mail.html);
}

#[test]
fn nothing_that_was_typed_is_more_than_text() {
    let plain = tags(&mail_of(order(), "en").html);
    for typed in HOSTILE {
        let mut order = order();
        retyped(&mut order, &mut |_| typed.to_owned());
        let mail = mail_of(order, "en");
        assert_eq!(tags(&mail.html), plain, "{typed}: {}", mail.html);
        assert!(!mail.text.chars().any(|c| c.is_control() && c != '\n'), "{typed}");
        assert!(!mail.subject.contains(['\r', '\n']), "{typed}: {}", mail.subject);
        for turned in ['\u{202e}', '\u{202d}'] {
            assert!(!mail.html.contains(turned) && !mail.text.contains(turned), "{typed}");
        }
        let opened = mail.text.matches('\u{2068}').count();
        assert_eq!(opened, mail.text.matches('\u{2069}').count(), "{typed}");
    }
}

#[test]
fn a_contacts_hostile_name_stays_in_its_greeting() {
    for typed in HOSTILE {
        let (mut world, contact) = world(
            Settings::default(),
            json!({ "email": "ada.lind@example.com", "firstName": typed, "language": "en" }),
        );
        world.order_action(&action(contact, order()));
        let mail = world.mails().next().unwrap();
        let greeting = format!("Hello {},", text::clean(typed));
        assert!(mail.text.contains(&greeting), "{greeting}: {}", mail.text);
        assert!(!mail.html.contains("<script>") && !mail.html.contains("<img src=x"), "{}", mail.html);
    }
}

#[test]
fn an_order_of_nonsense_is_a_mail_without_what_makes_no_sense() {
    for order in [
        json!({}),
        json!({ "orderId": 7, "lineItems": [], "payments": "x", "currencyCode": {}, "createdAt": "soon" }),
        json!({ "orderId": "o", "totalPrice": "1e300", "lineItems": { "items": [null, 7, {}, { "quantity": "∞" }] } }),
        json!({ "orderId": "o".repeat(5_000), "references": vec!["r"; 5_000] }),
    ] {
        let mail = mail_of(order.clone(), "en");
        assert!(mail.html.contains("Receipt"), "{order}");
    }
}

#[test]
fn a_long_order_shows_its_first_lines_and_says_how_many_there_are_more() {
    let line = json!({ "type": "Purchase", "sku": "1", "quantity": 1, "totalPrice": 1 });
    let order = json!({ "orderId": "o", "currencyCode": "EUR", "totalPrice": 1203,
        "lineItems": { "items": vec![line; 1_203], "subTotal": 1203 } });
    let mail = mail_of(order, "en");
    assert!(
        mail.text.contains("and 203 more lines") && mail.text.contains("Total: €1203.00"),
        "{}",
        mail.text
    );
}

#[test]
fn the_language_is_the_actions_then_the_contacts_then_english() {
    for (of_action, of_contact, expected) in
        [(Some("fi-FI"), "sv", "fi"), (None, "sv", "sv"), (Some("xx"), "de", "de"), (None, "pl", "en")]
    {
        let contact = json!({ "email": "ada.lind@example.com", "language": of_contact });
        let (mut world, contact) = world(Settings::default(), contact);
        let language = of_action.map(str::to_owned);
        world.order_action(&OrderAction { language, ..action(contact, order()) });
        assert_eq!(world.mails().next().unwrap().language, expected);
    }
}

#[test]
fn points_are_only_estimated_where_something_would_be_earned() {
    let (mut world, contact) = world(Settings::default(), ada());
    world.order_action(&action(contact, order()));
    assert!(!world.mails().next().unwrap().text.contains('≈'));
    assert!(mail_of(order(), "sv").text.contains("≈ 449 poäng\nEn uppskattning."));
    let mut brought_back = order();
    brought_back["lineItems"]["items"].as_array_mut().unwrap().drain(..3);
    let mail = mail_of(brought_back, "sv");
    assert!(!mail.text.contains('≈') && mail.text.contains("Returkvitto"), "{}", mail.text);
}

#[test]
fn each_automation_of_an_action_sends_a_mail_and_no_other_does() {
    let mut settings = Settings::default();
    let mail = |action: &str, subject: Option<&str>| OrderMail {
        action: action.to_owned(),
        subject: subject.map(str::to_owned),
        ..OrderMail::digital_receipt()
    };
    settings.automations.order_mails = vec![
        mail("ConfirmOrder", Some("{shop}: {orderId}\r\nBcc: x@example.com")),
        mail("ConfirmOrder", None),
        mail("DigitalReceipt", None),
    ];
    settings.automations.mail_from.name = Some("Nordan".to_owned());
    let (mut world, contact) = world(settings, ada());
    world.order_action(&OrderAction { action: "ConfirmOrder".to_owned(), ..action(contact, order()) });
    world.order_action(&OrderAction { action: "Other".to_owned(), ..action(contact, order()) });
    let subjects: Vec<&str> = world.mails().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(subjects, ["Nordan: store03-2-000871 Bcc: x@example.com", "Ditt kvitto från Nordan"]);
    let last = world.log_lines().next_back().unwrap();
    assert!(last.text.contains("nothing is set up for action Other"), "{last:?}");
}

#[test]
fn what_can_not_be_sent_is_a_line_of_the_log() {
    let by_phone = json!({ "mobilePhone": "+46701234567" });
    let settings = Settings::default().with_member_key(crate::settings::Identifier::MobilePhone);
    let (mut world, contact) = world(settings, by_phone);
    world.order_action(&action(contact, order()));
    world.order_action(&action(Uuid::from_u128(5), order()));
    assert_eq!(world.mails().len(), 0);
    let lines: Vec<&str> = world.log_lines().map(|line| line.text.as_str()).collect();
    assert!(lines[lines.len() - 2].contains("has no e-mail address"), "{lines:?}");
    assert!(lines[lines.len() - 1].contains("is not there"), "{lines:?}");
}

fn templates<const N: usize>(files: [(&str, &str); N]) -> Result<MailTemplates, Broken> {
    MailTemplates::new(files.map(|(name, content)| (name.to_owned(), content.to_owned())).into())
}

#[test]
fn a_users_template_stands_in_for_ours_and_is_escaped_as_ours_is() {
    let own = "<p>{{ order.source.data.receiptUrl }} {{ data.note }} {{ lines[0].total }} {{ t.total }}</p>";
    let (mut world, contact) = world(Settings::default(), ada());
    world.mail_templates =
        templates([("DigitalReceipt.html", own), ("sv.json", r#"{"total":"Summa"}"#)]).unwrap();
    let data = Some(json!({ "note": "<b>1.50</b>" }));
    world.order_action(&OrderAction { data, ..action(contact, order()) });
    let mail = world.mails().next().unwrap();
    let url = "https:&#x2f;&#x2f;receipts.shop.example&#x2f;documents&#x2f;store03-2-000871&#x2f;9c1f";
    let total = "324,00\u{a0}kr";
    assert_eq!(mail.html, format!("<p>{url} &lt;b&gt;1.50&lt;&#x2f;b&gt; {total} Summa</p>"));
    assert!(mail.text.contains("Summa: 498,00"), "{}", mail.text);
}

#[test]
fn a_broken_template_is_refused_with_its_line() {
    for (file, content, expected) in [
        ("DigitalReceipt.html", "\n{% if %}", "DigitalReceipt.html, line 2"),
        ("DigitalReceipt.txt", "{{ total|nosuchfilter }}", "DigitalReceipt.txt, line 1"),
        ("Other.html", "{{ nosuchfunction() }}", "Other.html, line 1"),
        ("Other.html", "{% include 'gone.html' %}", "Other.html, line 1"),
        (
            "Other.html",
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
            "Other.html",
        ),
        ("sv.json", "{\n\"total\": 7}", "sv.json, line 2"),
        ("notes.md", "x", "notes.md"),
    ] {
        let error = templates([(file, content)]).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{file}: {error}");
    }
}

#[test]
fn a_template_that_breaks_on_an_order_is_a_line_of_the_log_that_names_nobody() {
    let own = "{% if lines|length == 4 %}ok{% else %}{{ order.id + 1 }}{% endif %}";
    let (mut world, contact) = world(Settings::default(), ada());
    world.mail_templates = templates([("DigitalReceipt.html", own)]).unwrap();
    let secret = json!({ "orderId": "Ada Lind", "lineItems": { "items": [] } });
    world.order_action(&action(contact, secret));
    assert_eq!(world.mails().len(), 0);
    let line = world.log_lines().next_back().unwrap();
    assert_eq!(line.level, Level::Error);
    assert!(
        line.text.ends_with("the template is broken: DigitalReceipt.html, line 1: invalid operation"),
        "{line:?}"
    );
    world.order_action(&action(contact, order()));
    assert_eq!(world.mails().len(), 1);
}

#[test]
fn what_a_mail_server_said_is_noted() {
    let (mut world, contact) = world(Settings::default(), ada());
    world.order_action(&action(contact, order()));
    world.order_action(&action(contact, order()));
    let sent = |number, problem: Option<&str>| {
        Event::Act(Act::MailSent { number, problem: problem.map(str::to_owned) })
    };
    step(&mut world, sent(1, None), Timestamp::UNIX_EPOCH);
    step(&mut world, sent(2, Some("the mail server answered 550")), Timestamp::UNIX_EPOCH);
    assert!(matches!(world.mail(1).unwrap().delivery, Delivery::Sent { .. }));
    assert!(
        matches!(&world.mail(2).unwrap().delivery, Delivery::Failed { problem, .. } if problem.ends_with("550"))
    );
    let lines: Vec<&str> = world.log_lines().rev().take(2).map(|line| line.text.as_str()).collect();
    assert!(lines[0].starts_with("mail 2 was not sent and is not tried again"), "{lines:?}");
}
