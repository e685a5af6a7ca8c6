//! Any JSON in: receipts bent at random never panic, and what is said of them is true.

use pos::canonical::canonical;
use pos::rates::Rates;
use pos::receipt::{FINDINGS_MAX, Severity, parse, settle};
use serde_json::Value;

use crate::random::Random;
use crate::support::{EXAMPLE, json, known, store};

const MUTANTS: usize = 20_000;

/// What a value is replaced with: the odd ends of every type.
const VALUES: [&str; 28] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "2.5",
    "1e3",
    "1e400",
    "-1e-400",
    "0.005",
    "1e99999999999999999999",
    "99999999999999999999999999999999",
    "1000000000000",
    "100",
    "25",
    "\"\"",
    "\" \"",
    "\"0\"",
    "\"-5\"",
    "\"1,5\"",
    "\"2026-11-22T16:42:07\"",
    "\"return\"",
    "\"EUR\"",
    "[]",
    "{}",
    "[[[{}]],null,{\"a\":1}]",
];

/// Names that a value is moved to: known ones, in places where they don't belong.
const NAMES: [&str; 14] = [
    "store",
    "lines",
    "paid",
    "amount",
    "percent",
    "unit",
    "discounts",
    "taxes",
    "id",
    "lines/0",
    "a~b",
    "",
    "taxAmount",
    "exchangeRate",
];

#[test]
fn a_bent_receipt_never_panics_and_is_a_receipt_or_has_a_fault() {
    let mut random = Random::announced("mutants");
    let (store, rates) = (store(), Rates::default());
    let (mut whole, mut settled) = (0, 0);
    for case in 0..MUTANTS {
        let mut body = json(EXAMPLE);
        for _ in 0..random.between(1, 5) {
            bend(&mut random, &mut body);
        }
        let reading = parse(&body);
        let faults = reading.findings.iter().filter(|finding| finding.severity == Severity::Fault).count();
        assert_eq!(reading.receipt.is_some(), faults == 0, "case {case}: {body}");
        assert_eq!(reading, parse(&body), "case {case}: {body}");
        let mut findings = reading.findings.clone();
        let store = if random.one_in(4) { None } else { Some(&store) };
        let settling = settle(&reading, &known(store, &rates));
        if reading.receipt.is_some() {
            whole += 1;
            let fault = settling.findings.iter().any(|finding| finding.severity == Severity::Fault);
            assert!(settling.settlement.is_some() || fault, "case {case}: {body}");
            settled += usize::from(settling.settlement.is_some());
        } else {
            assert_eq!(settling.settlement, None, "case {case}: {body}");
        }
        findings.extend(settling.findings);
        assert!(findings.len() <= 2 * (FINDINGS_MAX + 1));
        for finding in &findings {
            let parent = finding.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            assert!(body.pointer(parent).is_some(), "case {case}: {} in {body}", finding.pointer);
            assert!(!finding.detail.to_lowercase().contains("marker"), "case {case}: {}", finding.detail);
            assert!(!finding.detail.contains("701234567"), "case {case}: {}", finding.detail);
        }
    }
    assert!(whole > MUTANTS / 20 && settled > MUTANTS / 20, "{whole} whole, {settled} settled");
}

#[test]
fn the_canonical_form_forgets_spelling_and_nothing_else() {
    let mut random = Random::announced("canonical");
    let original = canonical(&json(EXAMPLE));
    let mut changed = 0;
    for _ in 0..MUTANTS / 4 {
        let mut body = json(EXAMPLE);
        bend(&mut random, &mut body);
        let form = canonical(&body);
        let read: Value = serde_json::from_slice(&form).unwrap();
        assert_eq!(canonical(&read), form, "{body}");
        let pretty: Value = serde_json::from_str(&serde_json::to_string_pretty(&body).unwrap()).unwrap();
        assert_eq!(canonical(&pretty), form, "{body}");
        changed += usize::from(form != original);
    }
    assert!(changed > MUTANTS / 5, "{changed}");
}

/// Replaces, removes, renames or doubles something, anywhere.
fn bend(random: &mut Random, body: &mut Value) {
    let depth = random.between(1, 4);
    let mut at = body;
    for _ in 0..depth {
        let stop = match at {
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => true,
        };
        if stop {
            break;
        }
        at = match at {
            Value::Object(map) => {
                let position = random.index(map.len());
                map.values_mut().nth(position).unwrap()
            }
            Value::Array(items) => {
                let position = random.index(items.len());
                &mut items[position]
            }
            _ => unreachable!("only what holds something is entered"),
        };
    }
    let replacement = json(VALUES[random.index(VALUES.len())]);
    match at {
        Value::Object(map) if !map.is_empty() => {
            let name = map.keys().nth(random.index(map.len())).unwrap().clone();
            match random.index(4) {
                0 => drop(map.remove(&name)),
                1 => drop(map.insert(name, replacement)),
                2 => drop(map.insert((*random.pick(&NAMES)).to_owned(), replacement)),
                _ => {
                    let value = map.remove(&name).unwrap();
                    map.insert((*random.pick(&NAMES)).to_owned(), value);
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let position = random.index(items.len());
            match random.index(3) {
                0 => drop(items.remove(position)),
                1 => items[position] = replacement,
                _ => items.push(items[position].clone()),
            }
        }
        other => *other = replacement,
    }
}
