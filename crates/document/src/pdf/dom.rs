//! The smallest tree that the layout needs, built from HTML tokens.

use html5gum::{HtmlString, Token, Tokenizer};

/// How deep elements may stand within each other; what is deeper loses its elements and keeps its text.
const DEPTH_MAX: usize = 100;

/// Elements that never have an end tag.
const VOID: [&str; 7] = ["br", "hr", "img", "meta", "link", "col", "input"];

/// An element or a piece of text.
#[derive(Debug)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, entities resolved.
    Text(String),
}

/// An element and what is in it.
#[derive(Debug, Default)]
pub struct Element {
    /// Name in lower case.
    pub name: String,
    /// Attributes in the order of their names.
    pub attributes: Vec<(String, String)>,
    /// Children in order.
    pub children: Vec<Node>,
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element of that name at any depth, this one included.
    pub fn find(&self, name: &str) -> Option<&Element> {
        if self.name == name {
            return Some(self);
        }
        self.elements().find_map(|child| child.find(name))
    }
}

/// Parses a whole document into a nameless root. Wrong nesting is closed leniently.
pub fn parse(html: &str) -> Element {
    let mut open = vec![Element::default()];
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => {
                let attributes = tag.attributes.iter();
                let element = Element {
                    name: text(&tag.name),
                    attributes: attributes.map(|(k, v)| (text(k), text(v))).collect(),
                    children: Vec::new(),
                };
                let leaf = tag.self_closing || VOID.contains(&element.name.as_str());
                if leaf {
                    push(&mut open, Node::Element(element));
                } else if open.len() < DEPTH_MAX {
                    open.push(element);
                }
            }
            Token::EndTag(tag) => close(&mut open, &text(&tag.name)),
            Token::String(string) => push(&mut open, Node::Text(text(&string))),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    while open.len() > 1 {
        close_top(&mut open);
    }
    open.pop().unwrap_or_default()
}

/// The document's title, or nothing.
pub fn title(root: &Element) -> String {
    let title = root.find("title").map(|found| found.children.as_slice());
    match title {
        Some([Node::Text(text), ..]) => text.trim().to_owned(),
        _ => String::new(),
    }
}

fn close(open: &mut Vec<Element>, name: &str) {
    let Some(depth) = open.iter().rposition(|element| element.name == name) else { return };
    while open.len() > depth.max(1) {
        close_top(open);
    }
}

fn close_top(open: &mut Vec<Element>) {
    if let Some(top) = open.pop() {
        push(open, Node::Element(top));
    }
}

fn push(open: &mut [Element], node: Node) {
    if let Some(top) = open.last_mut() {
        top.children.push(node);
    }
}

fn text(string: &HtmlString) -> String {
    String::from_utf8_lossy(string).into_owned()
}
