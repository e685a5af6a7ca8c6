//! Codes to scan: QR, drawn as SVG.

use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

/// The light edge that a scanner needs, in modules.
const QUIET_MODULES: usize = 4;

/// How large a code is shown, in CSS pixels: about 34 mm.
const SIZE_PX: usize = 130;

/// A QR code of the text as an SVG of its own; `None` where it is longer than a code can hold.
#[must_use]
pub fn code_svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, modules) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in modules.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            if run[0] == Color::Dark {
                let length = run.len();
                path.push_str(&format!("M{x} {y}h{length}v1h-{length}z"));
            }
            x += run.len();
        }
    }
    let view = width + 2 * QUIET_MODULES;
    Some(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" class="code center" viewBox="-{QUIET_MODULES} -{QUIET_MODULES} {view} {view}" width="{SIZE_PX}" height="{SIZE_PX}" shape-rendering="crispEdges"><path fill="#fff" d="M-{QUIET_MODULES} -{QUIET_MODULES}h{view}v{view}h-{view}z"/><path fill="#000" d="{path}"/></svg>"##
    ))
}
