//! Shaping: from a run of text in one face, size, script and direction to glyphs.

use std::ops::Range;

use krilla::text::{GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer};

use super::face::{FaceId, Fonts};

/// Text that is shaped in one go.
#[derive(Debug, Clone)]
pub struct Run {
    /// Bytes of the paragraph's text.
    pub range: Range<usize>,
    /// Face of all its letters.
    pub face: FaceId,
    /// Size of its letters in points.
    pub size: f32,
    /// Whether it reads from right to left.
    pub rtl: bool,
}

/// A run's glyphs from left to right.
#[derive(Debug, Clone)]
pub struct Shaped {
    /// The run's own text, to which the glyphs' ranges refer.
    pub text: String,
    /// Face.
    pub face: FaceId,
    /// Size in points.
    pub size: f32,
    /// Glyphs in visual order, measured in ems.
    pub glyphs: Vec<KrillaGlyph>,
}

impl Shaped {
    /// Width in points.
    pub fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.x_advance).sum::<f32>() * self.size
    }

    /// The width of each cluster in the order of reading, with its first byte in the run.
    pub fn clusters(&self) -> Vec<(usize, f32)> {
        let mut clusters = std::collections::BTreeMap::new();
        for glyph in &self.glyphs {
            *clusters.entry(glyph.text_range.start).or_insert(0.0) += glyph.x_advance * self.size;
        }
        clusters.into_iter().collect()
    }
}

/// Shapes one run of a paragraph.
pub fn shape(fonts: &Fonts, paragraph: &str, run: &Run) -> Shaped {
    let face = fonts.get(run.face);
    let text = paragraph[run.range.clone()].to_owned();
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(&text);
    buffer.guess_segment_properties();
    buffer.set_direction(if run.rtl { Direction::RightToLeft } else { Direction::LeftToRight });
    let output = rustybuzz::shape(&face.shaper, &[], buffer);

    let em = face.font.units_per_em();
    let mut starts: Vec<usize> = output.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    starts.sort_unstable();
    let end = |start| {
        let next = starts.partition_point(|other| *other <= start);
        starts.get(next).copied().unwrap_or(text.len())
    };
    let pairs = output.glyph_infos().iter().zip(output.glyph_positions());
    let glyphs = pairs.map(|(info, at)| {
        let start = info.cluster as usize;
        KrillaGlyph::new(
            GlyphId::new(info.glyph_id),
            at.x_advance as f32 / em,
            at.x_offset as f32 / em,
            at.y_offset as f32 / em,
            at.y_advance as f32 / em,
            start..end(start),
            None,
        )
    });
    let glyphs = glyphs.collect();
    Shaped { text, face: run.face, size: run.size, glyphs }
}
