//! Blocks: the document becomes a column of strips that pages are filled with.

use super::dom::{Element, Node};
use super::face::Fonts;
use super::inline::{Inline, Line};
use super::shape::Shaped;
use super::style::{Align, Style};
use super::{svg, table};

/// Elements that stand on their own lines; all others flow with the text.
const BLOCKS: [&str; 16] = [
    "html", "body", "main", "header", "footer", "section", "article", "address", "div", "h1", "h2", "p",
    "hr", "table", "svg", "figure",
];

/// Elements that are not shown.
const HIDDEN: [&str; 5] = ["head", "script", "style", "title", "template"];

/// A closed shape filled with black, its corners relative to its strip.
pub type Polygon = Vec<(f32, f32)>;

/// Something drawn within a strip.
#[derive(Debug, Clone)]
pub enum Mark {
    /// A run of text whose base line starts at a point.
    Text(f32, f32, Shaped),
    /// Shapes.
    Fill(Vec<Polygon>),
}

/// A horizontal slice of the document that is never cut by a page's end.
#[derive(Debug, Clone, Default)]
pub struct Strip {
    /// Space above, dropped at the top of a page.
    pub gap: f32,
    /// Height without the gap.
    pub height: f32,
    /// Whether the next strip should be on the same page.
    pub keep: bool,
    /// What is drawn, left edge and top of the strip being zero.
    pub marks: Vec<Mark>,
}

/// Lays a document out in a column of `width` points.
pub fn layout(root: &Element, fonts: &Fonts, width: f32) -> Vec<Strip> {
    let mut flow = Flow { fonts, width, strips: Vec::new(), gap: 0.0, text: Inline::default() };
    flow.children(root, Style::BODY);
    flow.strips
}

struct Flow<'a> {
    fonts: &'a Fonts,
    width: f32,
    strips: Vec<Strip>,
    /// Margin due above the next strip: neighbours' margins overlap.
    gap: f32,
    /// Text of the block that is open.
    text: Inline,
}

impl Flow<'_> {
    fn children(&mut self, element: &Element, style: Style) {
        for child in &element.children {
            match child {
                Node::Text(text) => self.text.push(text, style),
                Node::Element(inner) if HIDDEN.contains(&inner.name.as_str()) => {}
                Node::Element(inner) if BLOCKS.contains(&inner.name.as_str()) => {
                    self.flush(style);
                    self.block(inner, style.enter(inner));
                }
                Node::Element(inner) => self.text.push_element(inner, style),
            }
        }
        self.flush(style);
    }

    fn block(&mut self, element: &Element, style: Style) {
        self.gap = self.gap.max(style.margin);
        match element.name.as_str() {
            "hr" => self.add(vec![rule(self.width)]),
            "svg" => self.add(svg::layout(element, style, self.width).into_iter().collect()),
            "table" => self.add(table::layout(element, style, self.fonts, self.width)),
            _ => self.children(element, style),
        }
        self.gap = self.gap.max(style.margin);
    }

    fn flush(&mut self, style: Style) {
        let text = std::mem::take(&mut self.text);
        if !text.is_blank() {
            let lines = text.lines(self.fonts, self.width, style.dir);
            let heading = style.size > Style::BODY.size;
            let strips = lines.iter().map(|line| text_strip(line, style, self.width));
            let strips = strips.map(|strip| Strip { keep: heading, ..strip });
            self.add(strips.collect());
        }
    }

    fn add(&mut self, mut strips: Vec<Strip>) {
        if let Some(first) = strips.first_mut() {
            first.gap = first.gap.max(std::mem::take(&mut self.gap));
        }
        self.strips.append(&mut strips);
    }
}

/// A line of text as a strip of `width`.
pub fn text_strip(line: &Line, style: Style, width: f32) -> Strip {
    let height = Style { size: line.size, ..style }.line_height();
    let slack = width - line.width;
    let mut x = match (style.align, line.rtl) {
        (Align::Start, false) | (Align::End, true) => 0.0,
        (Align::Center, _) => slack / 2.0,
        (Align::End, false) | (Align::Start, true) => slack,
    };
    let base = height * 0.77;
    let mut marks = Vec::new();
    for run in &line.runs {
        marks.push(Mark::Text(x, base, run.clone()));
        x += run.width();
    }
    Strip { height, marks, ..Strip::default() }
}

/// A rectangle as a polygon.
pub fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Polygon {
    vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
}

fn rule(width: f32) -> Strip {
    let marks = vec![Mark::Fill(vec![rectangle(0.0, 0.0, width, 0.6)])];
    Strip { height: 0.6, marks, ..Strip::default() }
}
