//! The fonts, each as the shaper and as the PDF writer see it.

use crate::RenderError;

/// The letters of documents.
static REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSans.ttf");

/// The same, bold.
static BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSans-Bold.ttf");

/// One font file.
pub struct Face {
    /// For shaping.
    pub shaper: rustybuzz::Face<'static>,
    /// For embedding.
    pub font: krilla::text::Font,
}

impl Face {
    fn new(name: &'static str, data: &'static [u8]) -> Result<Self, RenderError> {
        let shaper = rustybuzz::Face::from_slice(data, 0).ok_or(RenderError::Font(name))?;
        let font = krilla::text::Font::new(data.into(), 0).ok_or(RenderError::Font(name))?;
        Ok(Self { shaper, font })
    }

    fn has(&self, letter: char) -> bool {
        self.shaper.glyph_index(letter).is_some()
    }
}

/// Names a face within [`Fonts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaceId {
    /// Normal letters.
    Regular,
    /// Bold letters.
    Bold,
}

/// The faces a document is set in.
pub struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    /// The fonts that come with the program.
    pub fn embedded() -> Result<Self, RenderError> {
        Ok(Self { regular: Face::new("DejaVu Sans", REGULAR)?, bold: Face::new("DejaVu Sans Bold", BOLD)? })
    }

    /// The face of that name.
    pub fn get(&self, id: FaceId) -> &Face {
        match id {
            FaceId::Regular => &self.regular,
            FaceId::Bold => &self.bold,
        }
    }

    /// The face to set `letter` in: bold only where the bold file has the letter.
    pub fn pick(&self, letter: char, bold: bool) -> FaceId {
        if bold && self.bold.has(letter) { FaceId::Bold } else { FaceId::Regular }
    }
}
