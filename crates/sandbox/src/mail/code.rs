//! A code to scan: a QR code as a PNG of black and white.

use qrcode::{Color, EcLevel, QrCode};

/// The longest text that is made a code of, in bytes: more would be too fine to scan from a screen.
const TEXT_MAX: usize = 255;
/// The light margin that scanners ask for, in modules.
const MARGIN: usize = 4;
/// A module's width and height, in pixels.
const MODULE_PIXELS: usize = 8;

/// Whether a code is made of this text.
pub(super) fn fits(text: &str) -> bool {
    !text.is_empty() && text.len() <= TEXT_MAX
}

/// The code of a text; none for one that does not fit.
pub(super) fn png(text: &str) -> Option<Vec<u8>> {
    if !fits(text) {
        return None;
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let modules = code.width();
    let colors = code.to_colors();
    let is_dark = |pixel: (usize, usize)| {
        let module = |place: usize| (place / MODULE_PIXELS).checked_sub(MARGIN).filter(|at| *at < modules);
        match (module(pixel.0), module(pixel.1)) {
            (Some(x), Some(y)) => colors[y * modules + x] == Color::Dark,
            _ => false,
        }
    };
    let pixels = (modules + 2 * MARGIN) * MODULE_PIXELS;
    // One bit a pixel, the first the highest, 1 is white; rows begin on a byte.
    let row = |y: usize| {
        (0..pixels.div_ceil(8)).map(move |byte| {
            let bits = (0..8).map(move |bit| byte * 8 + bit);
            bits.fold(0_u8, |row, x| row << 1 | u8::from(!is_dark((x, y))))
        })
    };
    let bytes: Vec<u8> = (0..pixels).flat_map(row).collect();
    encoded(u32::try_from(pixels).ok()?, &bytes).ok()
}

fn encoded(pixels: u32, bytes: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, pixels, pixels);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(bytes)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a scanner reads, which shares nothing with what wrote it.
    fn scanned(png: &[u8]) -> String {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let (width, height) = (info.width as usize, info.height as usize);
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_scanner_reads_what_was_written() {
        for text in ["store03-2-000871", "1", "Kvitto №7 åäö", &"x".repeat(TEXT_MAX)] {
            assert_eq!(scanned(&png(text).unwrap()), text);
        }
    }

    #[test]
    fn no_code_is_made_of_nothing_or_of_a_book() {
        assert_eq!(png(""), None);
        assert_eq!(png(&"x".repeat(TEXT_MAX + 1)), None);
    }
}
