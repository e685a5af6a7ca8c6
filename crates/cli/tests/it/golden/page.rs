//! The document that shows all cases side by side.

use std::fmt::Write as _;

use super::case::{Call, Case, POINT_FACTORS, What, unique_receipt_id};
use super::text::lines;

const HEAD: &str = "# Receipts, side by side

What a till sends, what Engage gets for it, and what the sandbox stores. All of it was written by hand, from
[what is known about Engage](engage-facts.md) and from the rules of the [integration guide](integration-guide.md); a test
sends each receipt through a real gateway to a real sandbox that checks all that Engage may check, and compares digit by digit. This page is put together from the
folders of `crates/cli/tests/it/golden` by `TILLBRIDGE_BLESS=1 cargo nextest run -p tillbridge -E 'test(golden)'`.

`<ada>` and `<bo>` stand for the ids of contacts in Engage, `<welcome>` for that of a promotion that Ada was given and the
till was shown. Where she has others, their names stand for a voucher's number or the id of an assignment, and
`<name.promotion>` for that of its promotion.";

/// The whole document.
pub fn of(cases: &[Case]) -> String {
    let factors = POINT_FACTORS.map(|(code, factor)| format!("{factor} for 1 {code}")).join(", ");
    let mut page =
        format!("{HEAD}\n\nReceipts earn points here by what was paid in the local currency: {factors}.\n\n");
    for case in cases {
        writeln!(page, "- [{}](#{})", heading(case), anchor(&heading(case))).unwrap();
    }
    for case in cases {
        show(&mut page, case);
    }
    page
}

fn show(page: &mut String, case: &Case) {
    writeln!(page, "\n## {}\n\n{}", heading(case), case.about).unwrap();
    for offer in &case.offers {
        let (what, told) = match &offer.what {
            What::Voucher(told) => ("a voucher", told),
            What::Promotion(told) => ("a promotion", told),
        };
        let name = told["name"].as_str().unwrap_or_default();
        writeln!(page, "\nAda has {what}, `{}`: {name}, and the till was shown it.", offer.stands_as)
            .unwrap();
    }
    let mut shown = 0;
    for call in &case.calls {
        let of_call: Vec<String> = case
            .engage
            .iter()
            .filter(|receipt| comes_of(&unique_receipt_id(receipt), call))
            .map(|receipt| lines(receipt))
            .collect();
        shown += of_call.len();
        show_call(page, call, &of_call);
    }
    assert_eq!(shown, case.engage.len(), "{}: each receipt comes of one call", case.name);
    show_stored(page, case);
}

fn show_call(page: &mut String, call: &Call, engage: &[String]) {
    write!(page, "\n`{}` → {}", call.call, call.state).unwrap();
    if !call.warnings.is_empty() {
        write!(page, ", with the warnings `{}`", call.warnings.join("`, `")).unwrap();
    }
    if !call.offers.is_empty() {
        let offers = call.offers.iter().map(|(offer, state)| format!("`{offer}` {state}"));
        write!(page, "; {}", offers.collect::<Vec<String>>().join(", ")).unwrap();
    }
    let body = call.body.as_ref().map_or("(no body)\n".to_owned(), |body| block(&lines(body)));
    let engage = match engage {
        [] => "(nothing)\n".to_owned(),
        all => all.iter().map(|receipt| block(receipt)).collect::<Vec<String>>().join("\n"),
    };
    let head = "<table><tr><th>The till sends</th><th>Engage gets</th></tr><tr valign=\"top\"><td>";
    writeln!(page, "\n\n{head}\n\n{body}\n</td><td>\n\n{engage}\n</td></tr></table>").unwrap();
}

fn show_stored(page: &mut String, case: &Case) {
    if case.stored.receipts.is_empty() {
        return;
    }
    let group = case.tenant.as_ref().map_or("SEK", |tenant| tenant.group.as_str());
    writeln!(page, "\n| stored | rate | {group} | points of each line |\n| --- | ---: | ---: | --- |")
        .unwrap();
    for receipt in &case.stored.receipts {
        let points: Vec<String> =
            receipt.points.iter().map(|points| points.normalize().to_string()).collect();
        let (id, rate, total) = (&receipt.id, receipt.rate.normalize(), receipt.group_total);
        writeln!(page, "| `{id}` | {rate} | {total} | {} |", points.join(", ")).unwrap();
    }
    if !case.stored.findings.is_empty() {
        let findings = case.stored.findings.join("`, `");
        writeln!(page, "\nThe sandbox finds against the guide: `{findings}`.").unwrap();
    }
    for (offer, state) in &case.stored.offers {
        writeln!(page, "\n`{offer}` is {state} in the end.").unwrap();
    }
    let balances =
        case.stored.balances.iter().map(|(who, points)| format!("`<{who}>` {}", points.normalize()));
    writeln!(page, "\nPoints in the end: {}.", balances.collect::<Vec<String>>().join(", ")).unwrap();
}

/// Whether a receipt that Engage gets comes of this call.
fn comes_of(id: &str, call: &Call) -> bool {
    let Some(part) = id.strip_prefix(call.receipt()) else { return false };
    call.state == "delivered" && (part == "~void") == call.path().ends_with("/void")
}

fn heading(case: &Case) -> String {
    let number = case.name.split('-').next().unwrap_or_default();
    format!("{number} {}", case.title)
}

/// As pages that show Markdown name a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || [' ', '-'].contains(char));
    kept.map(|char| if char == ' ' { '-' } else { char.to_ascii_lowercase() }).collect()
}

fn block(json: &str) -> String {
    format!("```json\n{json}\n```\n")
}
