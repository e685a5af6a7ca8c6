//! What our elements and classes look like on paper: the PDF's side of the style sheet.

use super::dom::Element;

/// Where a line stands between its edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the edge where reading starts.
    Start,
    /// In the middle.
    Center,
    /// At the edge where reading ends: amounts.
    End,
}

/// The direction of a block's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dir {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
    /// By the first strong letter.
    Auto,
}

/// Style inherited from block to block and into text.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Size of letters in points.
    pub size: f32,
    /// Whether letters are bold.
    pub bold: bool,
    /// Alignment of lines.
    pub align: Align,
    /// Direction of paragraphs.
    pub dir: Dir,
    /// Space above and below the block, in points; not inherited.
    pub margin: f32,
}

impl Style {
    /// The style of the document's body.
    pub const BODY: Self = Self { size: 8.0, bold: false, align: Align::Start, dir: Dir::Ltr, margin: 0.0 };

    /// The style of `element` inside this one.
    pub fn enter(self, element: &Element) -> Self {
        let mut style = Self { margin: 0.0, ..self };
        match element.name.as_str() {
            "h1" => style = Self { size: 12.0, bold: true, margin: 3.0, ..style },
            "h2" => style = Self { size: 8.5, bold: true, margin: 6.0, ..style },
            "p" => style.margin = 3.0,
            "hr" => style.margin = 6.0,
            "table" => style.margin = 3.0,
            "svg" => style.margin = 9.0,
            "b" | "strong" => style.bold = true,
            "small" => style.size *= 0.85,
            _ => {}
        }
        style.classes(element);
        style.dir = match element.attribute("dir") {
            Some("rtl") => Dir::Rtl,
            Some("auto") => Dir::Auto,
            Some("ltr") => Dir::Ltr,
            _ => style.dir,
        };
        style
    }

    fn classes(&mut self, element: &Element) {
        for class in element.attribute("class").unwrap_or_default().split_ascii_whitespace() {
            match class {
                "num" => self.align = Align::End,
                "center" => self.align = Align::Center,
                "note" => self.size = Self::BODY.size * 0.9,
                "total" => (self.bold, self.size) = (true, 10.5),
                "void" => (self.bold, self.size, self.margin) = (true, 12.0, 6.0),
                _ => {}
            }
        }
    }

    /// The height of a line of this style's letters.
    pub fn line_height(self) -> f32 {
        self.size * 1.3
    }
}
