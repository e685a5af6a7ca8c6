//! A JSON value on a tape: all of it in one list and one text, which are used again for the next.
//!
//! `serde_json::Value` takes memory for each name and each value, and of millions of records that is most of what reading
//! and writing them costs (ADR 0021). Here a value is read once, from its front to its back, or made of what can be
//! serialized.
//!
//! Invariants: what is on a tape is what `Value` would hold, numbers with all their digits and of fields of one name the
//! last; an object's fields are in the order in which they came.

mod read;
mod write;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::ser::{Error as _, Serialize, Serializer};

/// By this name serde_json hands over numbers with all their digits, both ways.
const NUMBER: &str = "$serde_json::private::Number";

/// A value.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    text: String,
    nodes: Vec<Node>,
}

/// A part of the tape's text.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    from: usize,
    to: usize,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Of an object's field.
    name: Span,
    is: Is,
}

#[derive(Debug, Clone, Copy)]
enum Is {
    Nothing,
    Truth(bool),
    Number(Span),
    Text(Span),
    /// What is in it follows, up to this node.
    List(usize),
    Object(usize),
}

impl Node {
    /// Where what comes after the node at this place is.
    const fn after(&self, at: usize) -> usize {
        match self.is {
            Is::List(end) | Is::Object(end) => end,
            Is::Nothing | Is::Truth(_) | Is::Number(_) | Is::Text(_) => at + 1,
        }
    }
}

/// A value on a tape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'t> {
    tape: &'t Tape,
    at: usize,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Shape<'t> {
    Nothing,
    Truth(bool),
    Number(&'t str),
    Text(&'t str),
    List(Items<'t>),
    Object(Items<'t>),
}

/// What is in a list or an object.
#[derive(Debug, Clone)]
pub(crate) struct Items<'t> {
    tape: &'t Tape,
    next: usize,
    end: usize,
}

impl Tape {
    /// The value.
    pub(crate) fn root(&self) -> Item<'_> {
        Item { tape: self, at: 0 }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.nodes.clear();
    }

    fn part(&self, span: Span) -> &str {
        &self.text[span.from..span.to]
    }

    /// Puts a text on the tape.
    fn keep(&mut self, text: &str) -> Span {
        let from = self.text.len();
        self.text.push_str(text);
        Span { from, to: self.text.len() }
    }

    /// Puts a number's digits on the tape.
    fn digits(&mut self, number: impl fmt::Display) -> Span {
        let from = self.text.len();
        write!(self.text, "{number}").expect("a String takes every text");
        Span { from, to: self.text.len() }
    }

    fn push(&mut self, name: Span, is: Is) {
        self.nodes.push(Node { name, is });
    }
}

impl<'t> Item<'t> {
    /// The name of an object's field.
    pub(crate) fn name(self) -> &'t str {
        self.tape.part(self.tape.nodes[self.at].name)
    }

    /// What it is.
    pub(crate) fn shape(self) -> Shape<'t> {
        let Self { tape, at } = self;
        let inside = |end| Items { tape, next: at + 1, end };
        match tape.nodes[at].is {
            Is::Nothing => Shape::Nothing,
            Is::Truth(truth) => Shape::Truth(truth),
            Is::Number(span) => Shape::Number(tape.part(span)),
            Is::Text(span) => Shape::Text(tape.part(span)),
            Is::List(end) => Shape::List(inside(end)),
            Is::Object(end) => Shape::Object(inside(end)),
        }
    }

    /// A field of an object.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        let Tape { text, nodes } = self.tape;
        let Is::Object(end) = nodes[self.at].is else { return None };
        let (mut at, mut found) = (self.at + 1, None);
        while at < end {
            let node = &nodes[at];
            if text.as_bytes()[node.name.from..node.name.to] == *name.as_bytes() {
                found = Some(Self { at, ..self });
            }
            at = node.after(at);
        }
        found
    }

    /// What is in a list; of anything else nothing.
    pub(crate) fn entries(self) -> Items<'t> {
        match self.shape() {
            Shape::List(entries) => entries,
            Shape::Nothing | Shape::Truth(_) | Shape::Number(_) | Shape::Text(_) | Shape::Object(_) => {
                Items { tape: self.tape, next: 0, end: 0 }
            }
        }
    }

    /// A text; of anything else nothing.
    pub(crate) fn text(self) -> Option<&'t str> {
        match self.shape() {
            Shape::Text(text) => Some(text),
            Shape::Nothing | Shape::Truth(_) | Shape::Number(_) | Shape::List(_) | Shape::Object(_) => None,
        }
    }

    /// Its JSON, as `Value` would write it: fields by their names.
    pub(crate) fn json(self) -> String {
        serde_json::to_string(&self).expect("what is on a tape is JSON")
    }
}

impl<'t> Iterator for Items<'t> {
    type Item = Item<'t>;

    fn next(&mut self) -> Option<Item<'t>> {
        let at = self.next;
        if at >= self.end {
            return None;
        }
        self.next = self.tape.nodes[at].after(at);
        Some(Item { tape: self.tape, at })
    }
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.shape() {
            Shape::Nothing => serializer.serialize_unit(),
            Shape::Truth(truth) => serializer.serialize_bool(truth),
            Shape::Number(digits) => {
                digits.parse::<serde_json::Number>().map_err(S::Error::custom)?.serialize(serializer)
            }
            Shape::Text(text) => serializer.serialize_str(text),
            Shape::List(entries) => serializer.collect_seq(entries),
            Shape::Object(fields) => {
                let fields: BTreeMap<&str, Self> = fields.map(|field| (field.name(), field)).collect();
                fields.serialize(serializer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::Tape;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "-?[1-9][0-9]{0,30}(\\.[0-9]{1,9})?(e-?[0-9]{1,2})?"
                .prop_map(|digits| digits.parse().expect("JSON")),
            ".{0,9}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-d\"\\\\å]{0,2}", inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_comes_off_the_tape_as_it_went_on(first in values(), value in values()) {
            let mut tape = Tape::default();
            for value in [first, value] {
                let text = value.to_string();
                tape.read(&text).unwrap();
                prop_assert_eq!(tape.root().json(), text.as_str());
                prop_assert_eq!(Tape::of(&value).unwrap().root().json(), text);
            }
        }

        #[test]
        fn a_text_is_read_where_serde_json_reads_it(text in "[\\[\\]{}:,\"a\\\\u0-9.eE+ -]{0,24}") {
            let (ours, theirs) = (Tape::default().read(&text), serde_json::from_str::<Value>(&text));
            match (ours, theirs) {
                (Ok(()), Ok(_)) => {}
                (Err(ours), Err(theirs)) => prop_assert_eq!(ours.column(), theirs.column()),
                (ours, theirs) => prop_assert!(false, "{:?} but {:?}", ours, theirs),
            }
        }
    }

    #[test]
    fn of_fields_of_one_name_the_last_counts() {
        let mut tape = Tape::default();
        tape.read(r#"{"a":[1],"b":2.50,"a":[3,{"c":null}]}"#).unwrap();
        let root = tape.root();
        assert_eq!(root.get("a").unwrap().entries().count(), 2);
        assert_eq!(root.json(), r#"{"a":[3,{"c":null}],"b":2.50}"#);
        assert!(root.get("c").is_none() && root.get("b").unwrap().get("c").is_none());
    }

    #[test]
    fn what_nests_too_deep_is_refused_as_by_serde_json() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(serde_json::from_str::<Value>(&deep).is_err() && Tape::default().read(&deep).is_err());
        assert_eq!(Tape::of(&json!({ "n": 1.5 })).unwrap().root().json(), r#"{"n":1.5}"#);
    }
}
