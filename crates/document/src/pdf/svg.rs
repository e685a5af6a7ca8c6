//! The one kind of drawing our templates have: an `svg` whose paths are `M x y h w v h h -w z`
//! rectangles, which is how a QR code is written.

use super::block::{Mark, Polygon, Strip};
use super::dom::Element;
use super::style::{Align, Style};

/// The largest number that is read, either sign: nothing that is drawn needs more, and sums of it stay finite.
const NUMBER_MAX: f32 = 100_000.0;

/// What isn't drawn: the paper is white.
const WHITE: &str = "#fff";

/// Lays out a drawing, or nothing if its `viewBox` or `width` cannot be read.
pub fn layout(svg: &Element, style: Style, width: f32) -> Option<Strip> {
    let view = svg.attribute("viewbox").or_else(|| svg.attribute("viewBox"))?;
    let view: Vec<f32> = view.split_ascii_whitespace().filter_map(number).collect();
    let [left, top, view_width, view_height] = view[..] else { return None };
    // A pixel of CSS is three quarters of a point.
    let wished = number(svg.attribute("width")?.trim_end_matches("px"))?;
    let scale = (wished * 0.75).min(width) / view_width;
    if !scale.is_finite() || scale <= 0.0 || view_height <= 0.0 {
        return None;
    }
    let x = match style.align {
        Align::Start => 0.0,
        Align::Center => (width - view_width * scale) / 2.0,
        Align::End => width - view_width * scale,
    };
    let paths = svg.elements().filter(|child| child.name == "path" && child.attribute("fill") != Some(WHITE));
    let data = paths.filter_map(|path| path.attribute("d"));
    let place = |(px, py): (f32, f32)| (x + (px - left) * scale, (py - top) * scale);
    let shapes = data.flat_map(polygons).map(|shape| shape.into_iter().map(place).collect());
    let marks = vec![Mark::Fill(shapes.collect())];
    Some(Strip { height: view_height * scale, marks, ..Strip::default() })
}

/// Reads the commands M, h, v and z; whatever else comes is skipped.
fn polygons(data: &str) -> Vec<Polygon> {
    let mut shapes = Vec::new();
    let mut shape = Polygon::new();
    let (mut x, mut y) = (0.0, 0.0);
    for (command, numbers) in commands(data) {
        match (command, &numbers[..]) {
            ('M', [to_x, to_y]) => (x, y) = (*to_x, *to_y),
            ('h', [by]) => x += by,
            ('v', [by]) => y += by,
            ('z' | 'Z', []) => {
                shapes.push(std::mem::take(&mut shape));
                continue;
            }
            _ => continue,
        }
        shape.push((x, y));
    }
    shapes
}

fn number(text: &str) -> Option<f32> {
    text.parse().ok().filter(|number: &f32| number.abs() <= NUMBER_MAX)
}

fn commands(data: &str) -> impl Iterator<Item = (char, Vec<f32>)> {
    let starts = data.char_indices().filter(|(_, letter)| letter.is_ascii_alphabetic());
    starts.map(|(at, letter)| {
        let rest = &data[at + 1..];
        let end = rest.find(|next: char| next.is_ascii_alphabetic()).unwrap_or(rest.len());
        let numbers = rest[..end].split([' ', ',']).filter_map(number);
        (letter, numbers.collect())
    })
}
