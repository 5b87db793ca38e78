//! A text as a picture that a camera reads (ISO/IEC 18004).

use portcullis_base::Secret;
use qrcode::{Color, QrCode};

use crate::error::ApiError;

/// Pixels to a module's side.
const SCALE: usize = 6;
/// Modules of white around the symbol, as the standard wants.
const QUIET: usize = 4;
const BLACK: u8 = 0;
const WHITE: u8 = 255;

/// The picture as PNG.
///
/// # Errors
/// `InvalidInput` when the text is too long for any symbol.
pub fn png(text: &Secret) -> Result<Vec<u8>, ApiError> {
    let code = QrCode::new(text.expose_bytes())
        .map_err(|_| ApiError::invalid_input("The name is too long for a QR code; choose a shorter one."))?;
    let side = (code.width() + 2 * QUIET) * SCALE;
    let modules = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let place = |at: usize| (at / SCALE).checked_sub(QUIET).filter(|module| *module < code.width());
        let (Some(column), Some(line)) = (place(x), place(y)) else { return false };
        modules.get(line * code.width() + column) == Some(&Color::Dark)
    };
    let pixels: Vec<u8> = (0..side)
        .flat_map(|y| (0..side).map(move |x| (x, y)))
        .map(|(x, y)| if is_dark(x, y) { BLACK } else { WHITE })
        .collect();
    encoded(side, &pixels).map_err(|_| ApiError::internal("a QR code could not be written"))
}

fn encoded(side: usize, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_the_symbol_with_its_quiet_zone() {
        let text: Secret = "otpauth://totp/a@123456789012?secret=ABCDEFGH".to_owned().into();
        let bytes = png(&text).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let code = QrCode::new(text.expose_bytes()).unwrap();
        let side = info.width as usize;
        assert_eq!(side, (code.width() + 8) * SCALE);
        let middle = |module: usize| (module + QUIET) * SCALE + SCALE / 2;
        for (at, color) in code.to_colors().into_iter().enumerate() {
            let (x, y) = (middle(at % code.width()), middle(at / code.width()));
            assert_eq!(pixels[y * side + x] == BLACK, color == Color::Dark, "{x} {y}");
        }
        assert!(pixels[..side * QUIET * SCALE].iter().all(|pixel| *pixel == WHITE));
    }
}
