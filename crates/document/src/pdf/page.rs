//! Filling the paper with strips, and writing it.
//!
//! A receipt is one page of the 80 mm roll, as long as it needs: that is what a phone shows best and what a receipt
//! printer prints. One that is longer than [`ROLL_MAX`] is cut into pages as high as A4, because viewers and printers
//! fail at pages that are metres long.

use krilla::geom::{PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};

use super::block::{Mark, Polygon, Strip};
use super::face::Fonts;
use crate::RenderError;

/// The width of the paper in points: 80 mm.
const WIDTH: f32 = 226.77;

/// The margin at all four edges, in points.
const MARGIN: f32 = 11.0;

/// The width between the margins, in points.
pub const CONTENT_WIDTH: f32 = WIDTH - 2.0 * MARGIN;

/// The longest page of a roll, in points: 1.4 m.
const ROLL_MAX: f32 = 4_000.0;

/// The height of the pages that a longer one is cut into, in points: that of A4.
const SHEET: f32 = 841.89;

/// The most strips that are kept on one page.
const KEPT_MAX: usize = 100;

/// Writes the document.
pub fn write(strips: &[Strip], title: &str, fonts: &Fonts) -> Result<Vec<u8>, RenderError> {
    let settings = SerializeSettings { enable_tagging: false, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    document.set_metadata(Metadata::new().title(title.to_owned()));
    let roll = stacked(strips) + 2.0 * MARGIN;
    let (pages, height) =
        if roll <= ROLL_MAX { (vec![strips], roll) } else { (paginate(strips, SHEET - 2.0 * MARGIN), SHEET) };
    for strips in pages {
        let settings = PageSettings::from_wh(WIDTH, height)
            .ok_or_else(|| RenderError::Pdf(format!("a page of {height} points")))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        draw_page(&mut surface, strips, fonts);
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| RenderError::Pdf(format!("{error:?}")))
}

/// The height of strips on one page: the gap above the first is dropped.
fn stacked(strips: &[Strip]) -> f32 {
    let all: f32 = strips.iter().map(|strip| strip.gap + strip.height).sum();
    all - strips.first().map_or(0.0, |first| first.gap)
}

/// Cuts the column into pages; strips to be kept together are, unless a page is too low for them.
fn paginate(strips: &[Strip], room: f32) -> Vec<&[Strip]> {
    let mut pages = Vec::new();
    let (mut start, mut at, mut used) = (0, 0, 0.0);
    while at < strips.len() {
        let kept = strips[at..].iter().take_while(|strip| strip.keep).take(KEPT_MAX).count() + 1;
        let mut end = (at + kept).min(strips.len());
        if stacked(&strips[at..end]) > room {
            end = at + 1;
        }
        let more = strips[at].gap + stacked(&strips[at..end]);
        if used + more > room && start < at {
            pages.push(&strips[start..at]);
            (start, used) = (at, 0.0);
        }
        used += if start == at { stacked(&strips[at..end]) } else { more };
        at = end;
    }
    pages.push(&strips[start..]);
    pages
}

fn draw_page(surface: &mut Surface<'_>, strips: &[Strip], fonts: &Fonts) {
    let mut y = MARGIN;
    for (index, strip) in strips.iter().enumerate() {
        y += if index == 0 { 0.0 } else { strip.gap };
        for mark in &strip.marks {
            draw(surface, mark, fonts, MARGIN, y);
        }
        y += strip.height;
    }
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, fonts: &Fonts, x: f32, y: f32) {
    match mark {
        Mark::Text(left, base, run) => {
            let font = fonts.get(run.face).font.clone();
            let start = Point::from_xy(x + left, y + base);
            surface.draw_glyphs(start, &run.glyphs, font, &run.text, run.size, false);
        }
        Mark::Fill(shapes) => fill(surface, shapes, x, y),
    }
}

fn fill(surface: &mut Surface<'_>, shapes: &[Polygon], x: f32, y: f32) {
    let mut path = PathBuilder::new();
    for shape in shapes {
        for (index, (px, py)) in shape.iter().enumerate() {
            if index == 0 { path.move_to(x + px, y + py) } else { path.line_to(x + px, y + py) }
        }
        path.close();
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}
