//! XML as Engage reads it (facts M-16, M-17): one element a record, somewhere below the root. A record becomes a small
//! tree; the file as a whole never does.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use serde_json::{Map, Value};

use super::table;

/// How deep elements may stand in one another.
const DEPTH_MAX: usize = 16;
/// How many elements a record may have.
const ELEMENTS_MAX: usize = 20_000;

/// An element with all that is in it.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    text: String,
}

impl Node {
    fn of(start: &BytesStart<'_>) -> Result<Node, String> {
        let mut node = Node { name: start.local_name().into_inner().to_owned(), ..Node::default() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
            node.attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        Ok(node)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// Its text, without spaces around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    fn value(&self, shape: &Shape) -> Value {
        let name = self.name.as_str();
        if shape.lists.contains(&name) {
            return self.children.iter().map(|row| row.row(shape)).collect();
        }
        match self.text() {
            _ if !self.children.is_empty() => Value::Object(self.object(shape)),
            "true" | "True" if shape.flags.contains(&name) => Value::Bool(true),
            "false" | "False" if shape.flags.contains(&name) => Value::Bool(false),
            text => Value::from(text),
        }
    }

    /// What is in it as JSON: an element with others in it is an object, any other a text, but for those of the shape.
    pub(super) fn object(&self, shape: &Shape) -> Map<String, Value> {
        self.children.iter().map(|child| (child.name.clone(), child.value(shape))).collect()
    }

    /// A row of a list: `<item name="…">value</item>` is a name and a value.
    fn row(&self, shape: &Shape) -> Value {
        match self.attribute("name") {
            Some(name) if self.children.is_empty() => Value::Object(Map::from_iter([
                ("name".to_owned(), Value::from(name)),
                ("value".to_owned(), Value::from(self.text())),
            ])),
            Some(_) | None => self.value(shape),
        }
    }
}

/// Which elements are something else than an object or a text.
pub(super) struct Shape {
    /// An array of what is in them.
    pub(super) lists: &'static [&'static str],
    /// True or false.
    pub(super) flags: &'static [&'static str],
}

/// What the root of a file must be.
pub(super) struct Root {
    pub(super) name: &'static str,
    /// Its namespace, where it is known.
    pub(super) namespace: Option<&'static str>,
    /// The element that is a record.
    pub(super) record: &'static str,
}

/// Hands every record to `each`, with its number and the name of the element around it. A file that is not well formed
/// hands out nothing at all.
pub(super) fn records(
    bytes: &[u8],
    root: &Root,
    mut each: impl FnMut(u64, &str, &Node),
) -> Result<(), String> {
    let text = table::text(bytes)?;
    walk(text, root, &mut |_, _, _| {})?;
    walk(text, root, &mut each)
}

fn walk(text: &str, root: &Root, each: &mut dyn FnMut(u64, &str, &Node)) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    // The elements around a record, then those of the record.
    let (mut around, mut inside): (Vec<String>, Vec<Node>) = (Vec::new(), Vec::new());
    let (mut number, mut elements) = (0, 0);
    loop {
        let place = reader.buffer_position();
        let event = reader.read_event().map_err(|error| format!("byte {place}: {error}"))?;
        match event {
            Event::Start(start) | Event::Empty(start) if around.len() + inside.len() >= DEPTH_MAX => {
                return Err(format!("byte {place}: {} stands too deep", start.local_name().into_inner()));
            }
            Event::Start(start) => {
                open(&start, root, &mut around, &mut inside)?;
                elements += usize::from(!inside.is_empty());
            }
            Event::Empty(start) => {
                open(&start, root, &mut around, &mut inside)?;
                close(root, &mut around, &mut inside, &mut number, each);
            }
            Event::End(_) => close(root, &mut around, &mut inside, &mut number, each),
            Event::Text(text) => {
                if let Some(node) = inside.last_mut() {
                    node.text.push_str(&text.xml10_content());
                }
            }
            Event::CData(text) => {
                if let Some(node) = inside.last_mut() {
                    node.text.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(name) => {
                let meant = referred(&name).ok_or_else(|| format!("byte {place}: an unknown entity"))?;
                if let Some(node) = inside.last_mut() {
                    node.text.push_str(&meant);
                }
            }
            Event::DocType(_) => return Err("a document type is not taken".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if around.is_empty() && inside.is_empty() => break,
            Event::Eof => return Err("it ends in the middle of an element".to_owned()),
        }
        if inside.is_empty() {
            elements = 0;
        } else if elements > ELEMENTS_MAX {
            return Err(format!("byte {place}: a record has more than {ELEMENTS_MAX} elements"));
        }
    }
    if number == 0 { Err("it holds no record".to_owned()) } else { Ok(()) }
}

/// What `&name;` stands for.
fn referred(name: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if name.is_char_ref() {
        return name.resolve_char_ref().ok().flatten().map(String::from);
    }
    quick_xml::escape::resolve_predefined_entity(&name.xml10_content()).map(str::to_owned)
}

fn open(
    start: &BytesStart<'_>,
    root: &Root,
    around: &mut Vec<String>,
    inside: &mut Vec<Node>,
) -> Result<(), String> {
    let node = Node::of(start)?;
    if around.is_empty() {
        check_root(&node, root)?;
    }
    let is_record = !around.is_empty() && node.name.eq_ignore_ascii_case(root.record);
    if is_record || !inside.is_empty() {
        inside.push(node);
    } else {
        around.push(node.name);
    }
    Ok(())
}

fn check_root(node: &Node, root: &Root) -> Result<(), String> {
    if node.name != root.name {
        return Err(format!("its root is <{}>, not <{}>", node.name, root.name));
    }
    let Some(namespace) = root.namespace else { return Ok(()) };
    let named = node.attributes.iter().any(|(name, value)| name.starts_with("xmlns") && value == namespace);
    if named { Ok(()) } else { Err(format!("its root is not of the namespace {namespace}")) }
}

fn close(
    root: &Root,
    around: &mut Vec<String>,
    inside: &mut Vec<Node>,
    number: &mut u64,
    each: &mut dyn FnMut(u64, &str, &Node),
) {
    let Some(node) = inside.pop() else {
        around.pop();
        return;
    };
    match inside.last_mut() {
        Some(parent) => parent.children.push(node),
        None => {
            *number += 1;
            each(*number, around.last().map_or(root.name, String::as_str), &node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: Root = Root { name: "rows", namespace: Some("urn:rows"), record: "row" };

    fn read(text: &str) -> Result<Vec<(u64, String, Value)>, String> {
        let mut rows = Vec::new();
        records(text.as_bytes(), &ROOT, |number, around, node| {
            rows.push((
                number,
                around.to_owned(),
                Value::Object(node.object(&Shape { lists: &["parts"], flags: &["a"] })),
            ));
        })?;
        Ok(rows)
    }

    #[test]
    fn records_become_json() {
        let text = r#"<?xml version="1.0"?><rows xmlns="urn:rows"><new><row><a>x &amp; &#229;<!-- c --></a><b/>
            <parts><part><n>1</n></part><item name="k">v</item></parts></row></new><row><a> true </a></row></rows>"#;
        let rows = read(text).unwrap();
        assert_eq!((rows.len(), rows[0].0, rows[0].1.as_str()), (2, 1, "new"));
        let expected = serde_json::json!({
            "a": "x & å", "b": "", "parts": [{ "n": "1" }, { "name": "k", "value": "v" }]
        });
        assert_eq!(rows[0].2, expected);
        assert_eq!((rows[1].1.as_str(), &rows[1].2["a"]), ("rows", &Value::Bool(true)));
    }

    #[test]
    fn what_is_not_well_formed_or_of_another_root_hands_out_nothing() {
        assert!(read("<rows xmlns='urn:rows'><row><a>1</a></row><row><a>1</row></rows>").is_err());
        assert!(read("<rows xmlns='urn:rows'><row><a>1</a></row>").is_err());
        assert!(read("<rows><row/></rows>").unwrap_err().contains("namespace"));
        assert!(read("<lines xmlns='urn:rows'><row/></lines>").unwrap_err().contains("root"));
        assert!(read("<rows xmlns='urn:rows'><row>&bomb;</row></rows>").unwrap_err().contains("entity"));
        assert!(read("<!DOCTYPE rows><rows xmlns='urn:rows'/>").unwrap_err().contains("document type"));
    }
}
