//! Large JPEGs at a fraction of their size. Of each block of 8 x 8 pixels only the coarse part is computed, so a photo of 12
//! megapixels is decoded in half the time when a quarter of its side is enough.

use std::panic::catch_unwind;

use image::RgbImage;
use mozjpeg::{ColorSpace, Decompress};

/// Eighths of a side that are quick to compute, smallest first.
const EIGHTHS: [u32; 3] = [1, 2, 4];

/// The picture, not turned, with a shorter side of at least `least` pixels and as little more as there can be. `None` where that
/// would be the whole picture, and for JPEGs that are better left to the usual decoder: in other colours than those of
/// photos, or broken.
pub(crate) fn decode_fraction(jpeg: &[u8], short: u32, least: u32) -> Option<RgbImage> {
    let eighths = EIGHTHS.into_iter().find(|eighths| short * eighths / 8 >= least)?;
    // The library's errors unwind.
    catch_unwind(|| decode(jpeg, eighths as u8)).ok()?
}

fn decode(jpeg: &[u8], eighths: u8) -> Option<RgbImage> {
    let mut decoder = Decompress::new_mem(jpeg).ok()?;
    if !matches!(decoder.color_space(), ColorSpace::JCS_YCbCr | ColorSpace::JCS_GRAYSCALE) {
        return None;
    }
    decoder.scale(eighths);
    let mut lines = decoder.rgb().ok()?;
    let (width, height) = (lines.width() as u32, lines.height() as u32);
    let pixels: Vec<[u8; 3]> = lines.read_scanlines().ok()?;
    lines.finish().ok()?;
    RgbImage::from_raw(width, height, pixels.into_flattened())
}
