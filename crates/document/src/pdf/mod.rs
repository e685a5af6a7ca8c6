//! Lays the HTML of a document out on a receipt roll.
//!
//! Not a browser: it knows the elements and classes in [`style`], which the embedded template uses, flows what else
//! there is as text, and reads no style sheet. Every element is to be closed, but for those that never are. The same
//! HTML gives the same bytes; fonts are embedded, and text can be read back in the order it is written in. What no
//! font has is a box.
//!
//! Invariants: any text in, never a panic; time and memory grow with the length of the HTML, which has a limit.

#![expect(clippy::float_arithmetic, reason = "points on paper, not money: amounts come here as text")]

mod block;
mod dom;
mod face;
mod inline;
mod page;
mod shape;
mod style;
mod svg;
mod table;

use crate::RenderError;

/// The most HTML that a PDF is made of, in bytes: more than 10,000 lines with discounts have.
pub const HTML_BYTES_MAX: usize = 16 << 20;

/// The same document as a PDF.
///
/// # Errors
/// [`RenderError::TooLong`] above [`HTML_BYTES_MAX`]; [`RenderError::Pdf`] where it can't be written.
pub fn pdf(html: &str) -> Result<Vec<u8>, RenderError> {
    if html.len() > HTML_BYTES_MAX {
        return Err(RenderError::TooLong { bytes: html.len(), limit: HTML_BYTES_MAX });
    }
    let fonts = face::Fonts::embedded()?;
    let root = dom::parse(html);
    let strips = block::layout(&root, &fonts, page::CONTENT_WIDTH);
    page::write(&strips, &dom::title(&root), &fonts)
}

#[cfg(test)]
mod tests;
